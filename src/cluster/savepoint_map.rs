//! A dump as the savepoint map that it amounts to, and the answers that people gave by hand for what it
//! does not let trust. An answer never stands against the cluster: where a savepoint is trusted, it has
//! to be the same one.

use super::collect::key_text;
use super::{CollectedSavepoint, Judge, StateTrust, collect, read_dump};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::location::same_location;
use crate::flink::savepoints::{self, EntryValue, SavepointEntry, SavepointMap};

/// Reads a dump as a savepoint map: a location for each savepoint that is trusted, and for every other
/// workload a word with the reason. `name` is the file as shown to people.
///
/// # Errors
/// What [`read_dump`] and [`collect()`] refuse.
pub fn savepoint_map(name: &str, text: &str, judge: &Judge) -> Result<SavepointMap, Vec<Located>> {
    let dump = read_dump(name, text)?;
    savepoints::from_entries(collect(&[dump], judge)?.into_iter().filter_map(entry))
}

/// The entry; nothing for what is no workload.
fn entry(collected: CollectedSavepoint) -> Option<SavepointEntry> {
    if !collected.has_entry() {
        return None;
    }
    let (value, reason) = match collected.trust {
        StateTrust::Trusted { location, .. } | StateTrust::Answered { location, .. } => {
            (EntryValue::Location(location), None)
        }
        StateTrust::Distrusted { reason, .. } => (EntryValue::Null, Some(reason)),
        StateTrust::NoState { what } => (EntryValue::Stateless, Some(what)),
    };
    Some(SavepointEntry { key: collected.key, value, reason, place: collected.place })
}

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
        let Some(answer) = entry.location() else { continue };
        let mut same_key = collected.iter_mut().filter(|one| one.key == entry.key);
        // Of two kinds with one name, the one with state takes it.
        let found = same_key.find(|one| one.has_state());
        let Some(one) = found else {
            let message = format!("the dump has no stateful job named `{}`", key_text(&entry.key));
            let help = "write it as `namespace/name`, as the dump has it";
            problems.push(entry.place.error(message, help));
            continue;
        };
        match &one.trust {
            StateTrust::Trusted { location, .. } if !same_location(location, answer) => {
                let message = format!(
                    "`{}` has another, trusted savepoint, at {}",
                    key_text(&entry.key),
                    one.place
                );
                let help = "remove the answer: a trusted savepoint takes precedence";
                problems.push(entry.place.error(message, help));
            }
            StateTrust::Distrusted { reason, .. } => {
                let place = file_name(&entry.place);
                let why = format!("answered by hand in {place}; not trusted: {reason}");
                one.trust = StateTrust::Answered { location: answer.to_string(), why };
            }
            _ => {}
        }
    }
    if problems.is_empty() { Ok(collected) } else { Err(problems) }
}

/// The file without the directories of one machine.
fn file_name(place: &FilePosition) -> String {
    let name = place.name.rsplit('/').next().unwrap_or(&place.name);
    format!("{name}:{}", place.position.line)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{list, preview};
    use super::*;

    #[test]
    fn a_dump_is_a_map_with_places_and_reasons_and_an_entry_for_every_workload() {
        let mut running = preview();
        running["metadata"]["name"] = "running".into();
        running["spec"]["job"]["state"] = "running".into();
        let mut stateless = preview();
        stateless["metadata"]["name"] = "stateless".into();
        stateless["spec"]["job"]["upgradeMode"] = "stateless".into();
        stateless["status"] = serde_json::Value::Null;
        let text = list(&[running, stateless, preview()]);
        let map = savepoint_map("d.json", &text, &Judge::default()).unwrap();
        let [orders, running, stateless] = map.entries() else { panic!("{:?}", map.entries()) };
        assert_eq!(orders.location(), Some("file:/sp/savepoint-1"));
        assert_eq!(&*orders.place.name, "d.json");
        assert_eq!(running.key.to_string(), "prod/running");
        assert_eq!((&running.value, &stateless.value), (&EntryValue::Null, &EntryValue::Stateless));
        assert!(stateless.reason.as_deref().unwrap().starts_with("stateless job"));
        assert!(running.reason.as_deref().unwrap().starts_with("spec.job.state is `running`"));
        assert_eq!(map.entries()[1].place.to_string(), "d.json:5:7");
    }
}
