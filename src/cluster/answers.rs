//! Answers that people gave by hand, for the jobs whose savepoint a dump does not let trust.
//!
//! An answer never stands against the cluster: where a savepoint is trusted, it has to be the same one.

use super::{CollectedSavepoint, StateTrust};
use crate::flink::location::same;
use crate::flink::problem::FileProblem;
use crate::flink::savepoints::{SavepointEntry, SavepointMap};
use crate::text::Position;

/// The verdicts, in which the location of an answer takes the place of what is not trusted. An entry
/// without a location answers nothing.
///
/// # Errors
/// Every answer for a job that no dump has, or that has no state, and every one that names another
/// location than the savepoint to be trusted.
pub fn apply_answers(
    mut collected: Vec<CollectedSavepoint>,
    answers: &SavepointMap,
) -> Result<Vec<CollectedSavepoint>, Vec<FileProblem>> {
    let mut problems = Vec::new();
    for (i, entry) in answers.entries().iter().enumerate() {
        let Some(answer) = &entry.location else { continue };
        let place = answers.place(i);
        let mut same_key = collected.iter_mut().filter(|one| one.key == entry.key);
        // A name that two kinds share is told by who has state.
        let found = same_key.find(|one| one.has_entry());
        let Some(one) = found else {
            let message = format!("the dump has no job with state called `{}`", key_text(entry));
            problems.push(problem(
                place,
                message,
                "write it as `namespace/name`, as the dump has it",
            ));
            continue;
        };
        match &one.trust {
            StateTrust::Trusted { location, .. } if !same(location, answer) => {
                let message = format!(
                    "`{}` has another savepoint to be trusted, at {}",
                    key_text(entry),
                    one.place
                );
                problems.push(problem(
                    place,
                    message,
                    "take the answer out: the cluster knows better",
                ));
            }
            StateTrust::Distrusted { reason, .. } => {
                let why =
                    format!("answered by hand in {}; not trusted: {reason}", file_name(place));
                one.trust = StateTrust::Trusted { location: answer.clone(), taken: None, why };
            }
            _ => {}
        }
    }
    if problems.is_empty() { Ok(collected) } else { Err(problems) }
}

fn key_text(entry: &SavepointEntry) -> String {
    entry.key.to_string().escape_debug().to_string()
}

/// The file without the directories of one machine.
fn file_name(place: Option<(&str, Position)>) -> String {
    place.map_or_else(String::new, |(path, position)| {
        let name = path.rsplit('/').next().unwrap_or(path);
        format!("{name}:{}", position.line)
    })
}

fn problem(place: Option<(&str, Position)>, message: String, help: &str) -> FileProblem {
    let (path, position) = place.unwrap_or(("", Position { line: 1, column: 1 }));
    FileProblem { path: path.to_string(), position, message, help: help.to_string() }
}
