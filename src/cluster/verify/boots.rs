//! Processes that began in the place of others: a start that got no further than to be told of its
//! savepoint came to nothing once another pod of its deployment, or the next one, takes its turn.

use super::super::log::{Event, Named, Said};
use super::Source;
use super::starts::{Failed, Start};
use super::whose::{Directory, Hints, Whose};

/// A process that began.
pub(super) struct Boot<'s> {
    /// The log, by its place among the sources.
    source: usize,
    file: &'s str,
    said: &'s Said,
    /// The workload whose process it is, if anything says so.
    of: Option<usize>,
}

/// All that the logs tell of.
pub(super) fn of<'s>(sources: &'s [Source], directory: &Directory<'_>) -> Vec<Boot<'s>> {
    let mut boots = Vec::new();
    for (source, read) in sources.iter().enumerate() {
        let Source::Log(log) = read else { continue };
        let file = log.name.as_str();
        for said in log.said.iter().filter(|said| said.event == Event::Booted) {
            let owner = said.owner.as_ref();
            let hints = Hints { file, owner, job: None, location: None };
            let of = match directory.whose(&hints) {
                Whose::Of(at, _) => Some(at),
                _ => None,
            };
            boots.push(Boot { source, file, said, of });
        }
    }
    boots
}

/// Ends a start of the workload `at` if a process of another stream took its turn. What happens in
/// its own stream has been told by the order of the lines. Where no times tell which came later, the
/// other one may have, and the start is not taken for a good one.
pub(super) fn end_bare<'s>(start: &mut Start<'s>, source: usize, at: usize, boots: &[Boot<'s>]) {
    if !start.is_bare() {
        return;
    }
    let (said, owner) = (start.said, start.said.owner.as_ref());
    let is_of_deployment = owner.is_some_and(|owner| owner.named == Named::Deployment);
    let is_next = |boot: &&Boot<'_>| {
        let is_other = boot.source != source || boot.said.stream != said.stream;
        let is_same = boot.of == Some(at) || is_of_deployment && boot.said.owner.as_ref() == owner;
        let is_later = match (&boot.said.time, &said.time) {
            (Some(boot), Some(start)) => boot > start,
            _ => true,
        };
        is_other && is_same && is_later
    };
    let next = boots.iter().find(is_next);
    start.failed = next.map(|boot| Failed { file: boot.file, said: boot.said });
}
