//! Maps and problems as lines, for the tests of every shape.

use super::{Entry, FileProblem, read};
use crate::text::Position;

/// `namespace/name=location|reason@line:col`, one for each entry.
pub(super) fn seen(name: &str, text: &str) -> Vec<String> {
    let map = read(name, text).unwrap();
    let shown = map.entries().iter().map(|entry| {
        let Entry { namespace, name: job, location, reason, origin } = entry;
        let namespace = namespace.as_deref().map_or(String::new(), |n| format!("{n}/"));
        let location = location.as_deref().unwrap_or("-");
        let reason = reason.as_deref().map_or(String::new(), |r| format!("|{r}"));
        let at = origin.strip_prefix(&format!("{name}:")).unwrap();
        format!("{namespace}{job}={location}{reason}@{at}")
    });
    shown.collect()
}

/// `line:col: message`, one for each problem.
pub(super) fn wrong(name: &str, text: &str) -> Vec<String> {
    let problems = read(name, text).unwrap_err();
    assert!(problems.iter().all(|p| p.path == name && !p.help.is_empty()), "{problems:?}");
    let ordered = |p: &[FileProblem]| p[0].position <= p[1].position;
    assert!(problems.windows(2).all(ordered), "{problems:?}");
    let shown = problems.iter().map(|problem| {
        let Position { line, column } = problem.position;
        format!("{line}:{column}: {}", problem.message)
    });
    shown.collect()
}

/// What to do, one for each problem.
pub(super) fn help(name: &str, text: &str) -> Vec<String> {
    read(name, text).unwrap_err().into_iter().map(|problem| problem.help).collect()
}
