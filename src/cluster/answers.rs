//! Answers that people gave by hand, for the jobs whose savepoint a dump does not let trust.
//!
//! An answer never stands against the cluster: where a savepoint is trusted, it has to be the same one.

use super::{CollectedSavepoint, StateTrust};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::location::same_location;
use crate::flink::savepoints::{SavepointEntry, SavepointMap};

/// The verdicts, in which the location of an answer takes the place of what is not trusted. An entry
/// without a location answers nothing.
///
/// # Errors
/// Every answer for a job that no dump has, or that has no state, and every one that names another
/// location than the savepoint to be trusted.
pub fn apply_answers(
    mut collected: Vec<CollectedSavepoint>,
    answers: &SavepointMap,
) -> Result<Vec<CollectedSavepoint>, Vec<Located>> {
    let mut problems = Vec::new();
    for entry in answers.entries() {
        let Some(answer) = &entry.location else { continue };
        let mut same_key = collected.iter_mut().filter(|one| one.key == entry.key);
        // A name that two kinds share is told by who has state.
        let found = same_key.find(|one| one.has_entry());
        let Some(one) = found else {
            let message = format!("the dump has no job with state called `{}`", key_text(entry));
            let help = "write it as `namespace/name`, as the dump has it";
            problems.push(entry.place.error(message, help));
            continue;
        };
        match &one.trust {
            StateTrust::Trusted { location, .. } if !same_location(location, answer) => {
                let message = format!(
                    "`{}` has another savepoint to be trusted, at {}",
                    key_text(entry),
                    one.place
                );
                let help = "take the answer out: the cluster knows better";
                problems.push(entry.place.error(message, help));
            }
            StateTrust::Distrusted { reason, .. } => {
                let why = format!(
                    "answered by hand in {}; not trusted: {reason}",
                    file_name(&entry.place)
                );
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
fn file_name(place: &FilePosition) -> String {
    let name = place.name.rsplit('/').next().unwrap_or(&place.name);
    format!("{name}:{}", place.position.line)
}
