//! What several dumps say together: one verdict for each job.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::{Dump, Judge, LiveResource, StateTrust};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::location;
use crate::flink::names::FlinkKind;
use crate::k8s::ObjectKey;

/// One resource and what is to be thought of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedSavepoint {
    /// What it is. The job behind a snapshot whose own resource is in no dump is what it refers to.
    pub kind: FlinkKind,
    /// Its key.
    pub key: ObjectKey,
    /// Where it is.
    pub place: FilePosition,
    /// What is to be thought of it.
    pub trust: StateTrust,
}

impl CollectedSavepoint {
    /// True if a savepoint map has an entry for it: a location or a word.
    pub fn has_entry(&self) -> bool {
        self.kind.is_workload()
    }

    /// True if it has state, trusted or not.
    pub fn has_state(&self) -> bool {
        !matches!(self.trust, StateTrust::NoState { .. })
    }
}

/// A resource by its key and its kind.
type Id = (ObjectKey, FlinkKind);

/// The verdicts on everything in the dumps, sorted by namespace and name.
///
/// # Errors
/// Every resource of which two dumps say different things, and every name that two kinds share, so
/// that a map could not tell them apart.
pub fn collect(dumps: &[Dump], judge: &Judge) -> Result<Vec<CollectedSavepoint>, Vec<Located>> {
    let resources = || dumps.iter().flat_map(|dump| &dump.resources);
    let mut snapshots: BTreeMap<Id, Vec<&LiveResource>> = BTreeMap::new();
    for snapshot in resources().filter(|found| found.kind == FlinkKind::StateSnapshot) {
        snapshots.entry(referenced_job(snapshot)).or_default().push(snapshot);
    }
    let mut collected: BTreeMap<Id, CollectedSavepoint> = BTreeMap::new();
    let mut problems = Vec::new();
    for found in resources().filter(|found| found.kind != FlinkKind::StateSnapshot) {
        let id = (found.key.clone(), found.kind);
        let job_snapshots = snapshots.get(&id).map_or(&[][..], |job_snapshots| job_snapshots);
        let trust = judge.judge(found, job_snapshots);
        let (key, place) = (found.key.clone(), found.place.clone());
        let next = CollectedSavepoint { kind: found.kind, key, place, trust };
        match collected.entry(id) {
            Slot::Vacant(slot) => drop(slot.insert(next)),
            Slot::Occupied(slot) => problems.extend(disagreement(slot.get(), &next)),
        }
    }
    for (id, job_snapshots) in snapshots {
        // A job of another kind has the name and its entry.
        let is_taken = FlinkKind::ALL.into_iter().any(|kind| {
            let other = collected.get(&(id.0.clone(), kind));
            kind != id.1 && other.is_some_and(CollectedSavepoint::has_state)
        });
        if is_taken {
            continue;
        }
        if let Slot::Vacant(slot) = collected.entry(id) {
            let collected = from_snapshot_alone(slot.key(), job_snapshots[0]);
            slot.insert(collected);
        }
    }
    problems.extend(shared_names(&collected));
    distrust_shared(&mut collected);
    keep_one_of_each_name(&mut collected);
    if problems.is_empty() { Ok(collected.into_values().collect()) } else { Err(problems) }
}

/// The job that a snapshot refers to; the snapshot itself if it refers to none.
fn referenced_job(snapshot: &LiveResource) -> Id {
    let reference = snapshot.snapshot.as_ref();
    let name = reference.and_then(|details| details.job_name.clone());
    let kind = reference.and_then(|details| details.job_kind.as_deref());
    // What the operator takes where none is said (`JobReference.java`, 1.10.0).
    match (name, kind.map_or(Some(FlinkKind::Deployment), FlinkKind::from_name)) {
        (Some(name), Some(kind)) if kind.is_workload() => {
            (ObjectKey { namespace: snapshot.key.namespace.clone(), name }, kind)
        }
        _ => (snapshot.key.clone(), FlinkKind::StateSnapshot),
    }
}

/// What is known of a job of which only a snapshot was dumped: whether it runs is not.
fn from_snapshot_alone(job: &Id, snapshot: &LiveResource) -> CollectedSavepoint {
    let (key, kind) = job.clone();
    let trust = if kind == FlinkKind::StateSnapshot {
        StateTrust::NoState { what: "FlinkStateSnapshot: it does not refer to a job".into() }
    } else {
        StateTrust::Distrusted {
            reason: format!(
                "the dump has its FlinkStateSnapshot but not the {} itself, so it is unknown \
                 whether it is suspended",
                kind.name()
            ),
            help: "take the dump with `kubectl get flinkdeployments,flinksessionjobs,\
                   flinkstatesnapshots -A -o json`",
        }
    };
    CollectedSavepoint { kind, key, place: snapshot.place.clone(), trust }
}

/// What two dumps say differently of one resource, if they do.
fn disagreement(first: &CollectedSavepoint, second: &CollectedSavepoint) -> Option<Located> {
    let (key, elsewhere) = (key_text(&second.key), &first.place);
    let message = match (&first.trust, &second.trust) {
        (StateTrust::Trusted { location: a, .. }, StateTrust::Trusted { location: b, .. }) => {
            let message = || format!("`{key}` has one savepoint here and another at {elsewhere}");
            (a != b).then(message)?
        }
        (StateTrust::Trusted { .. }, _) => {
            format!("`{key}` has no trusted savepoint here, and one at {elsewhere}")
        }
        (_, StateTrust::Trusted { .. }) => {
            format!("`{key}` has a trusted savepoint here, and none at {elsewhere}")
        }
        _ if first.has_state() == second.has_state() => return None,
        _ if second.has_state() => {
            format!("`{key}` has a job with state here, and none at {elsewhere}")
        }
        _ => format!("`{key}` has no job with state here, and one at {elsewhere}"),
    };
    Some(second.place.error(message, "give only the latest dump"))
}

/// A savepoint is the state of one job: of several that have the same, at most one has its own.
fn distrust_shared(collected: &mut BTreeMap<Id, CollectedSavepoint>) {
    let mut by_location: BTreeMap<(&str, &str), Vec<&Id>> = BTreeMap::new();
    for (id, collected) in collected.iter() {
        if let StateTrust::Trusted { location, .. } = &collected.trust {
            by_location.entry(location::identity(location)).or_default().push(id);
        }
    }
    let mut distrusted: Vec<(Id, String)> = Vec::new();
    for ids in by_location.values().filter(|ids| ids.len() > 1) {
        let [first, second, ..] = ids[..] else { continue };
        for id in ids {
            let other = if *id == first { second } else { first };
            let more = match ids.len() - 2 {
                0 => String::new(),
                more => format!(" and of {more} more"),
            };
            let key = key_text(&other.0);
            distrusted.push(((*id).clone(), format!("its savepoint is also that of {key}{more}")));
        }
    }
    for (id, reason) in distrusted {
        let help = "find out which of them took it, and write its entry by hand";
        if let Some(collected) = collected.get_mut(&id) {
            collected.trust = StateTrust::Distrusted { reason, help };
        }
    }
}

/// A map has one entry for a name, whatever the kind.
fn shared_names(collected: &BTreeMap<Id, CollectedSavepoint>) -> Vec<Located> {
    let with_state = collected.values().filter(|collected| collected.has_state());
    let with_state: Vec<&CollectedSavepoint> = with_state.collect();
    let pairs = with_state.windows(2).filter(|pair| pair[0].key == pair[1].key);
    let problems = pairs.map(|pair| {
        let (first, second) = (pair[0], pair[1]);
        let message = format!(
            "`{}` is a {} here and a {} at {}, but a map has one entry for both",
            key_text(&second.key),
            second.kind.name(),
            first.kind.name(),
            first.place
        );
        second
            .place
            .error(message, "give the dump of one kind, and write the other's entry by hand")
    });
    problems.collect()
}

/// A map has one entry for a name: that of the job with state, which a session cluster of its name has
/// not.
fn keep_one_of_each_name(collected: &mut BTreeMap<Id, CollectedSavepoint>) {
    let ids: Vec<Id> = collected.keys().cloned().collect();
    let is_shared =
        |pair: &&[Id]| pair[0].0 == pair[1].0 && pair.iter().all(|(_, kind)| kind.is_workload());
    for pair in ids.windows(2).filter(is_shared) {
        let has_state = collected.get(&pair[0]).is_some_and(CollectedSavepoint::has_state);
        collected.remove(&pair[usize::from(has_state)]);
    }
}

pub(crate) fn key_text(key: &ObjectKey) -> String {
    key.to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{list, preview, stable};
    use super::super::{Judge, read_dump};
    use super::*;

    fn collect_all(texts: &[(&str, String)]) -> Result<Vec<String>, Vec<String>> {
        let dumps: Vec<Dump> =
            texts.iter().map(|(name, text)| read_dump(name, text).unwrap()).collect();
        let collected = collect(&dumps, &Judge::default())
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let lines = collected.iter().map(|collected| {
            let trust = match &collected.trust {
                StateTrust::Trusted { location, .. } | StateTrust::Answered { location, .. } => {
                    location.clone()
                }
                StateTrust::Distrusted { reason, .. } => format!("not: {reason}"),
                StateTrust::NoState { what } => format!("none: {what}"),
            };
            format!("{} {trust}", collected.key)
        });
        Ok(lines.collect())
    }

    fn named(mut job: Value, namespace: &str, name: &str) -> Value {
        job["metadata"]["namespace"] = json!(namespace);
        job["metadata"]["name"] = json!(name);
        job
    }

    #[test]
    fn a_savepoint_that_several_jobs_have_is_trusted_for_none() {
        let at = |namespace: &str, name: &str, location: &str| {
            let mut job = named(preview(), namespace, name);
            job["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"]["location"] =
                json!(location);
            job
        };
        let two =
            [at("a", "x", "file:/sp/1"), at("b", "x", "/sp/1/_metadata"), at("b", "y", "/sp/2")];
        let expected = [
            "a/x not: its savepoint is also that of b/x",
            "b/x not: its savepoint is also that of a/x",
            "b/y /sp/2",
        ];
        assert_eq!(collect_all(&[("1.json", list(&two))]).unwrap(), expected);
        let apart = [("1.json", list(&two[..1])), ("2.json", list(&two[1..]))];
        assert_eq!(collect_all(&apart).unwrap(), expected, "whatever dump it stands in");
        let three = [two[0].clone(), two[1].clone(), at("c", "z", "file:///sp/1/")];
        assert_eq!(
            collect_all(&[("1.json", list(&three))]).unwrap(),
            [
                "a/x not: its savepoint is also that of b/x and of 1 more",
                "b/x not: its savepoint is also that of a/x and of 1 more",
                "c/z not: its savepoint is also that of a/x and of 1 more",
            ]
        );
        // One that is in both dumps is one job.
        let twice = [("1.json", list(&two[2..])), ("2.json", list(&two[2..]))];
        assert_eq!(collect_all(&twice).unwrap(), ["b/y /sp/2"]);
    }

    #[test]
    fn dumps_that_disagree_are_reported_with_both_places() {
        let mut running = preview();
        running["spec"]["job"]["state"] = json!("running");
        let mut other = preview();
        other["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"]["location"] = json!("/sp/2");
        let mut stateless = running.clone();
        stateless["spec"]["job"]["upgradeMode"] = json!("stateless");
        stateless["status"] = Value::Null;
        let problems = |a: &Value, b: &Value| {
            let (a, b) = (list(std::slice::from_ref(a)), list(std::slice::from_ref(b)));
            collect_all(&[("a.json", a), ("b.json", b)]).unwrap_err()
        };
        let (good, help) = (preview(), "give only the latest dump");
        let at = |message: &str| {
            vec![format!("b.json:5:7: error: `prod/orders` has {message} a.json:5:7; {help}")]
        };
        assert_eq!(problems(&good, &other), at("one savepoint here and another at"));
        assert_eq!(problems(&good, &running), at("no trusted savepoint here, and one at"));
        assert_eq!(problems(&running, &good), at("a trusted savepoint here, and none at"));
        assert_eq!(problems(&running, &stateless), at("no job with state here, and one at"));
        assert_eq!(problems(&stateless, &running), at("a job with state here, and none at"));
    }

    #[test]
    fn a_name_that_two_kinds_share_has_no_entry_of_its_own() {
        let mut session_job = stable();
        session_job["kind"] = json!("FlinkSessionJob");
        let problems = collect_all(&[("a.json", list(&[stable(), session_job]))]).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].contains(
                "`prod/orders` is a FlinkSessionJob here and a FlinkDeployment at a.json:5"
            ),
            "{problems:?}"
        );
    }
}
