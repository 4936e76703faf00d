//! What several dumps say together: one verdict for each job.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::{Dump, Judge, LiveResource, Place, Verdict};
use crate::flink::kind::FlinkKind;
use crate::flink::location;
use crate::flink::problem::FileProblem;
use crate::k8s::ObjectKey;

/// One resource and what is to be thought of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it is. The job behind a snapshot whose own resource is in no dump is what it refers to.
    pub kind: FlinkKind,
    /// Its key.
    pub key: ObjectKey,
    /// Where it stands.
    pub place: Place,
    /// What is to be thought of it.
    pub verdict: Verdict,
}

impl Judged {
    /// True if a savepoint map has an entry for it: a location, or null.
    pub fn has_entry(&self) -> bool {
        !matches!(self.verdict, Verdict::NoState { .. })
    }
}

/// A resource by its key and its kind.
type Id = (ObjectKey, FlinkKind);

/// The verdicts on everything in the dumps, sorted by namespace and name.
///
/// # Errors
/// Every resource of which two dumps say different things, and every name that two kinds share, so
/// that a map could not tell them apart.
pub fn harvest(dumps: &[Dump], judge: &Judge) -> Result<Vec<Judged>, Vec<FileProblem>> {
    let resources = || dumps.iter().flat_map(|dump| &dump.resources);
    let mut snapshots: BTreeMap<Id, Vec<&LiveResource>> = BTreeMap::new();
    for snapshot in resources().filter(|found| found.kind == FlinkKind::StateSnapshot) {
        snapshots.entry(job_of(snapshot)).or_default().push(snapshot);
    }
    let mut judged: BTreeMap<Id, Judged> = BTreeMap::new();
    let mut problems = Vec::new();
    for found in resources().filter(|found| found.kind != FlinkKind::StateSnapshot) {
        let id = (found.key.clone(), found.kind);
        let of_job = snapshots.get(&id).map_or(&[][..], |of_job| of_job);
        let verdict = judge.judge(found, of_job);
        let next = Judged {
            kind: found.kind,
            key: found.key.clone(),
            place: found.place.clone(),
            verdict,
        };
        match judged.entry(id) {
            Slot::Vacant(slot) => drop(slot.insert(next)),
            Slot::Occupied(slot) => problems.extend(disagreement(slot.get(), &next)),
        }
    }
    for (id, of_job) in snapshots {
        // A job of another kind has the name and its entry.
        let is_taken = FlinkKind::ALL.into_iter().any(|kind| {
            let other = judged.get(&(id.0.clone(), kind));
            kind != id.1 && other.is_some_and(Judged::has_entry)
        });
        if is_taken {
            continue;
        }
        if let Slot::Vacant(slot) = judged.entry(id) {
            let Some(first) = of_job.first() else { continue };
            let behind = behind(slot.key(), first);
            slot.insert(behind);
        }
    }
    problems.extend(shared_names(&judged));
    distrust_shared(&mut judged);
    if problems.is_empty() { Ok(judged.into_values().collect()) } else { Err(problems) }
}

/// The job that a snapshot refers to; the snapshot itself if it refers to none.
fn job_of(snapshot: &LiveResource) -> Id {
    let reference = snapshot.snapshot.as_ref();
    let name = reference.and_then(|said| said.job_name.clone());
    let kind = reference.and_then(|said| said.job_kind.as_deref()).map_or(
        // What the operator takes where none is said (`JobReference.java`, 1.10.0).
        Some(FlinkKind::Deployment),
        FlinkKind::from_name,
    );
    match (name, kind) {
        (Some(name), Some(kind)) if kind.is_workload() => {
            (ObjectKey { namespace: snapshot.key.namespace.clone(), name }, kind)
        }
        _ => (snapshot.key.clone(), FlinkKind::StateSnapshot),
    }
}

/// What is known of a job of which only a snapshot was dumped: whether it runs is not.
fn behind(job: &Id, snapshot: &LiveResource) -> Judged {
    let (key, kind) = job.clone();
    let verdict = if kind == FlinkKind::StateSnapshot {
        Verdict::NoState { what: "FlinkStateSnapshot: it refers to no job".into() }
    } else {
        Verdict::Distrusted {
            reason: format!(
                "the dump has its FlinkStateSnapshot and not the {} itself, so whether it is \
                 suspended is not known",
                kind.name()
            ),
            help: "take the dump with `kubectl get flinkdeployments,flinksessionjobs,\
                   flinkstatesnapshots -A -o json`",
        }
    };
    Judged { kind, key, place: snapshot.place.clone(), verdict }
}

/// What two dumps say differently of one resource, if they do.
fn disagreement(first: &Judged, second: &Judged) -> Option<FileProblem> {
    let (key, elsewhere) = (shown(second), &first.place);
    let message = match (&first.verdict, &second.verdict) {
        (Verdict::Trusted { location: a, .. }, Verdict::Trusted { location: b, .. }) => {
            let message = || format!("`{key}` has one savepoint here and another at {elsewhere}");
            (a != b).then(message)?
        }
        (Verdict::Trusted { .. }, _) => {
            format!("`{key}` has no savepoint to be trusted here, and one at {elsewhere}")
        }
        (_, Verdict::Trusted { .. }) => {
            format!("`{key}` has a savepoint to be trusted here, and none at {elsewhere}")
        }
        _ if first.has_entry() == second.has_entry() => return None,
        _ if second.has_entry() => {
            format!("`{key}` has a job with state here, and none at {elsewhere}")
        }
        _ => format!("`{key}` has no job with state here, and one at {elsewhere}"),
    };
    Some(problem(second, message, "give the latest dump alone"))
}

/// A savepoint is the state of one job: of several that have the same, at most one has its own.
fn distrust_shared(judged: &mut BTreeMap<Id, Judged>) {
    let mut of_place: BTreeMap<(&str, &str), Vec<&Id>> = BTreeMap::new();
    for (id, judged) in judged.iter() {
        if let Verdict::Trusted { location, .. } = &judged.verdict {
            of_place.entry(location::place(location)).or_default().push(id);
        }
    }
    let mut doubts: Vec<(Id, String)> = Vec::new();
    for ids in of_place.values().filter(|ids| ids.len() > 1) {
        let [first, second, ..] = ids[..] else { continue };
        for id in ids {
            let other = if *id == first { second } else { first };
            let more = match ids.len() - 2 {
                0 => String::new(),
                more => format!(" and of {more} more"),
            };
            let key = judged.get(other).map(shown).unwrap_or_default();
            doubts.push(((*id).clone(), format!("its savepoint is also that of {key}{more}")));
        }
    }
    for (id, reason) in doubts {
        let help = "find out which of them took it, and give that one its entry by hand";
        if let Some(judged) = judged.get_mut(&id) {
            judged.verdict = Verdict::Distrusted { reason, help };
        }
    }
}

/// A map has one entry for a name, whatever the kind.
fn shared_names(judged: &BTreeMap<Id, Judged>) -> Vec<FileProblem> {
    let with_entry: Vec<&Judged> = judged.values().filter(|judged| judged.has_entry()).collect();
    let pairs = with_entry.windows(2).filter(|pair| pair[0].key == pair[1].key);
    let told = pairs.map(|pair| {
        let (first, second) = (pair[0], pair[1]);
        let message = format!(
            "`{}` is a {} here and a {} at {}, and a map has one entry for both",
            shown(second),
            second.kind.name(),
            first.kind.name(),
            first.place
        );
        problem(second, message, "give the dump of one kind, and the other's entry by hand")
    });
    told.collect()
}

fn shown(judged: &Judged) -> String {
    judged.key.to_string().escape_debug().to_string()
}

fn problem(judged: &Judged, message: String, help: &str) -> FileProblem {
    let Place { file, position, .. } = &judged.place;
    FileProblem { path: file.to_string(), position: *position, message, help: help.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::samples::{later, list, preview, snapshot, stable};
    use super::super::{Judge, read_dump};
    use super::*;

    fn harvested(texts: &[(&str, String)]) -> Result<Vec<String>, Vec<String>> {
        let dumps: Vec<Dump> =
            texts.iter().map(|(name, text)| read_dump(name, text).unwrap()).collect();
        let judged = harvest(&dumps, &Judge::default())
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let shown = judged.iter().map(|judged| {
            let verdict = match &judged.verdict {
                Verdict::Trusted { location, .. } => location.clone(),
                Verdict::Distrusted { reason, .. } => format!("not: {reason}"),
                Verdict::NoState { what } => format!("none: {what}"),
            };
            format!("{} {verdict}", judged.key)
        });
        Ok(shown.collect())
    }

    fn named(mut job: Value, namespace: &str, name: &str) -> Value {
        job["metadata"]["namespace"] = json!(namespace);
        job["metadata"]["name"] = json!(name);
        job
    }

    #[test]
    fn what_several_dumps_say_is_sorted_and_each_job_told_once() {
        let mut session = preview();
        session["spec"]["job"] = Value::Null;
        session["status"] = json!({"jobManagerDeploymentStatus": "READY"});
        let mut other = named(stable(), "a", "z");
        other["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"]["location"] =
            json!("file:/sp/savepoint-2");
        let first = list(&[named(preview(), "b", "x"), other]);
        let second = list(&[named(session, "a", "s"), named(preview(), "b", "x")]);
        assert_eq!(
            harvested(&[("1.json", first), ("2.json", second)]).unwrap(),
            [
                "a/s none: session cluster: whatever jobs run in it end with it",
                "a/z file:/sp/savepoint-2",
                "b/x file:/sp/savepoint-1",
            ]
        );
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
        let told = [
            "a/x not: its savepoint is also that of b/x",
            "b/x not: its savepoint is also that of a/x",
            "b/y /sp/2",
        ];
        assert_eq!(harvested(&[("1.json", list(&two))]).unwrap(), told);
        let apart = [("1.json", list(&two[..1])), ("2.json", list(&two[1..]))];
        assert_eq!(harvested(&apart).unwrap(), told, "whatever dump it stands in");
        let three = [two[0].clone(), two[1].clone(), at("c", "z", "file:///sp/1/")];
        assert_eq!(
            harvested(&[("1.json", list(&three))]).unwrap(),
            [
                "a/x not: its savepoint is also that of b/x and of 1 more",
                "b/x not: its savepoint is also that of a/x and of 1 more",
                "c/z not: its savepoint is also that of a/x and of 1 more",
            ]
        );
        // One that stands in both dumps is one job.
        let twice = [("1.json", list(&two[2..])), ("2.json", list(&two[2..]))];
        assert_eq!(harvested(&twice).unwrap(), ["b/y /sp/2"]);
    }

    #[test]
    fn dumps_that_disagree_are_told_with_both_places() {
        let mut running = preview();
        running["spec"]["job"]["state"] = json!("running");
        let mut other = preview();
        other["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"]["location"] = json!("/sp/2");
        let mut stateless = running.clone();
        stateless["spec"]["job"]["upgradeMode"] = json!("stateless");
        stateless["status"] = Value::Null;
        let told = |a: &Value, b: &Value| {
            let (a, b) = (list(std::slice::from_ref(a)), list(std::slice::from_ref(b)));
            harvested(&[("a.json", a), ("b.json", b)]).unwrap_err()
        };
        let (good, help) = (preview(), "give the latest dump alone");
        let at = |said: &str| {
            vec![format!("b.json:5:7: error: `prod/orders` has {said} a.json:5:7; {help}")]
        };
        assert_eq!(told(&good, &other), at("one savepoint here and another at"));
        assert_eq!(told(&good, &running), at("no savepoint to be trusted here, and one at"));
        assert_eq!(told(&running, &good), at("a savepoint to be trusted here, and none at"));
        assert_eq!(told(&running, &stateless), at("no job with state here, and one at"));
        assert_eq!(told(&stateless, &running), at("a job with state here, and none at"));
    }

    #[test]
    fn a_name_that_two_kinds_share_has_no_entry_of_its_own() {
        let mut session_job = stable();
        session_job["kind"] = json!("FlinkSessionJob");
        let told = harvested(&[("a.json", list(&[stable(), session_job]))]).unwrap_err();
        assert_eq!(told.len(), 1);
        assert!(
            told[0].contains(
                "`prod/orders` is a FlinkSessionJob here and a FlinkDeployment at a.json:5"
            ),
            "{told:?}"
        );
    }

    #[test]
    fn a_snapshot_without_its_job_says_nothing_of_the_job() {
        let mut of_nothing = snapshot();
        of_nothing["spec"]["jobReference"] = Value::Null;
        let alone = harvested(&[("a.json", list(&[snapshot(), snapshot(), of_nothing]))]).unwrap();
        assert_eq!(alone.len(), 2);
        assert!(
            alone[0].starts_with("prod/orders not: the dump has its FlinkStateSnapshot"),
            "{alone:?}"
        );
        assert!(alone[1].starts_with("prod/orders-savepoint-upgrade-1 none: "), "{alone:?}");
    }

    #[test]
    fn a_snapshot_in_another_dump_speaks_for_its_job_alone() {
        let mut job = later();
        job["status"]["jobStatus"]["savepointInfo"] = json!({});
        let (job, snapshot) = (list(&[job]), list(&[snapshot()]));
        let alone = harvested(&[("a.json", job.clone())]).unwrap();
        assert_eq!(alone, ["prod/orders file:/sp/savepoint-1"]);
        let both = harvested(&[("a.json", job.clone()), ("b.json", snapshot.clone())]).unwrap();
        assert_eq!(both, ["prod/orders file:/sp/savepoint-1"]);
        let of_session_job =
            snapshot.replace("\"kind\": \"FlinkDeployment\"", "\"kind\": \"FlinkSessionJob\"");
        let both = harvested(&[("a.json", job), ("b.json", of_session_job)]).unwrap();
        assert_eq!(both, ["prod/orders file:/sp/savepoint-1"]);
    }
}
