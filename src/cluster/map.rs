//! A dump as the savepoint map that it amounts to.

use super::{CollectedSavepoint, Judge, StateTrust, collect, read_dump};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::savepoints::{self, SavepointEntry, SavepointMap};

/// Reads a dump as a savepoint map: a location for each savepoint that is trusted, null with the
/// reason for each that is not, and nothing for what has no state. `name` is the file as shown to
/// people.
///
/// # Errors
/// What [`read_dump`] and [`collect`] refuse.
pub fn savepoint_map(name: &str, text: &str, judge: &Judge) -> Result<SavepointMap, Vec<Located>> {
    let dump = read_dump(name, text)?;
    savepoints::from_entries(collect(&[dump], judge)?.into_iter().filter_map(entry))
}

/// The entry; nothing for what has no state.
fn entry(collected: CollectedSavepoint) -> Option<SavepointEntry> {
    let (location, reason) = match collected.trust {
        StateTrust::Trusted { location, .. } => (Some(location), None),
        StateTrust::Distrusted { reason, .. } => (None, Some(reason)),
        StateTrust::NoState { .. } => return None,
    };
    let place = FilePosition { name: collected.place.file, position: collected.place.position };
    Some(SavepointEntry { key: collected.key, location, reason, place })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{list, preview};
    use super::*;

    #[test]
    fn a_dump_is_a_map_with_places_reasons_and_no_more_entries_than_jobs_with_state() {
        let mut running = preview();
        running["metadata"]["name"] = "running".into();
        running["spec"]["job"]["state"] = "running".into();
        let mut stateless = preview();
        stateless["metadata"]["name"] = "stateless".into();
        stateless["spec"]["job"]["upgradeMode"] = "stateless".into();
        stateless["status"] = serde_json::Value::Null;
        let text = list(&[running, stateless, preview()]);
        let map = savepoint_map("d.json", &text, &Judge::default()).unwrap();
        let [orders, running] = map.entries() else { panic!("{:?}", map.entries()) };
        assert_eq!(orders.location.as_deref(), Some("file:/sp/savepoint-1"));
        assert_eq!(&*orders.place.name, "d.json");
        assert_eq!((running.key.to_string().as_str(), &running.location), ("prod/running", &None));
        assert!(running.reason.as_deref().unwrap().starts_with("spec.job.state is `running`"));
        assert_eq!(map.entries()[1].place.to_string(), "d.json:5:7");
    }
}
