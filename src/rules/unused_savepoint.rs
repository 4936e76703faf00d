//! An entry of the savepoint map that belongs to nobody.

use super::{Acceptable, Check, Example, Facts, Remark, Rule, SAVEPOINT_MAP, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::savepoints::{Entry, SavepointMap};
use crate::gitops::Key;
use crate::text::{Span, nearest};

pub(super) const RULE: Rule = Rule {
    id: "unused-savepoint",
    theme: Theme::State,
    summary: "an entry of the savepoint map belongs to no workload",
    answer: "correct the map, or --accept",
    explain: "\
When: the whole tree was read, without `--select`, and no workload with a job is called like the
entry, at either version. A session cluster has no job and uses no entry. An entry that is null
only keeps a name occupied, so it is a note.

Why: a misspelt name loses state. The job that was meant is held as `missing-savepoint` if it is
known to keep state. If nothing in its manifest says so, as in the example, it starts empty. So
`write` writes nothing until this is settled, unless it is told to `--keep-going`.

What to do: correct the name, or take the entry out. Where one map serves several repositories,
accept the rule, for all entries or for one: `--accept unused-savepoint=prod/oders`.
",
    example: Example {
        given: &[("savepoints.yaml", "prod/oders: s3://lake/orders/savepoints/savepoint-0a1b2c\n")],
        args: &["--savepoints", "savepoints.yaml"],
        file: "orders.yaml",
        before: "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
",
        after: "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
",
        says: "savepoints.yaml:1:1: decision: there is no workload `prod/oders`; did you mean \
            `prod/orders`?",
    },
    accepting: Some(
        "the map stays as it is, and every workload is written as if the entry were not there",
    ),
    source: "without a path a first deployment starts empty: JobReconciler.java:70 (0.1.0), \
        ApplicationReconciler.java:81 (1.0.0)",
    accept: Acceptable::Yes,
    check: Check::Run(check),
};

/// How many entries are compared with every name: a map of another repository has none that is near.
const MOST_COMPARED: usize = 200;

fn check(facts: &Facts) -> Vec<Remark> {
    let jobs: Vec<String> = facts
        .jobs()
        .map(|(known, built)| built.unwrap_or_else(|| known.key.clone()).to_string())
        .collect();
    let remarks = unused(facts).enumerate().filter_map(|(i, (map, at))| {
        let entry = map.entries().get(at)?;
        let key = entry.key();
        if facts.accepts_named(RULE.id, &key) {
            return None;
        }
        let names = if i < MOST_COMPARED { &jobs[..] } else { &[] };
        let near = nearest(&key, names.iter().map(String::as_str));
        let (path, position) = map.place(at)?;
        let (path, kind) = (path.to_string(), SAVEPOINT_MAP);
        Some(Remark {
            path,
            position,
            kind,
            finding: finding(facts, entry, near),
            workload: Some(key),
        })
    });
    remarks.collect()
}

fn finding(facts: &Facts, entry: &Entry, near: Option<&str>) -> Finding {
    let key = entry.key();
    let session = facts.index.has_session_cluster(&entry.name);
    let message = match (near, session) {
        (Some(near), _) => format!("there is no workload `{key}`; did you mean `{near}`?"),
        (None, true) => {
            format!("`{key}` is a session cluster: it has no job that could start from a savepoint")
        }
        (None, false) => format!("there is no workload `{key}` with a job"),
    };
    let remedy = if entry.location.is_some() { Remedy::Decision } else { Remedy::Note };
    let help =
        format!("correct the name, take the entry out, or pass `--accept {}={key}`", RULE.id);
    Finding::new(RULE.id, remedy, Span::empty(0), message).help(help)
}

/// The entries that belong to no workload. None is known if not all of the tree was read, or not all
/// of it is judged.
fn unused(facts: &Facts) -> impl Iterator<Item = (&SavepointMap, usize)> {
    let found = facts.derived.unused.get_or_init(|| work_out(facts));
    let realms: Vec<_> = facts.realms().collect();
    found.iter().filter_map(move |(realm, at)| {
        let (_, given) = realms.iter().find(|(number, _)| number == realm)?;
        Some((&*given.savepoints, *at))
    })
}

fn work_out(facts: &Facts) -> Vec<(usize, usize)> {
    if !facts.index.is_whole_tree() || facts.select.is_some() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (realm, given) in facts.realms() {
        for (at, entry) in given.savepoints.entries().iter().enumerate() {
            if !is_used(facts, realm, entry) {
                found.push((realm, at));
            }
        }
    }
    found
}

/// True if the entry is, or could be, that of a workload with a job.
fn is_used(facts: &Facts, realm: usize, entry: &Entry) -> bool {
    let key = Key { namespace: entry.namespace.clone(), name: entry.name.clone() };
    let mut namesakes = facts.index.jobs_named(&entry.name);
    let named = namesakes.any(|known| {
        let here = facts.realm(&known.file);
        let built = facts.index.built_key(&known.key, &known.file, here.namespace);
        let fits = built.map_or(true, |built| {
            built == key || built.namespace.is_none() || key.namespace.is_none()
        });
        here.number == realm && fits
    });
    named || facts.index.may_be_renamed_to(&entry.name)
}

/// An entry that belongs to nobody and is called nearly like this workload.
pub(super) fn near<'a>(subject: &Subject<'a, '_>) -> Option<&'a Entry> {
    let facts = subject.facts;
    let realm = facts.realm(&subject.workload.file).number;
    let found = facts.derived.unused.get_or_init(|| work_out(facts));
    let (_, given) = facts.realms().find(|(number, _)| *number == realm)?;
    let entries: Vec<&Entry> = found
        .iter()
        .filter(|(number, _)| *number == realm)
        .filter_map(|(_, at)| given.savepoints.entries().get(*at))
        .filter(|entry| entry.location.is_some())
        .take(MOST_COMPARED)
        .collect();
    let keys: Vec<String> = entries.iter().map(|entry| entry.key()).collect();
    let near = nearest(&subject.key.to_string(), keys.iter().map(String::as_str))?;
    let at = keys.iter().position(|key| key == near)?;
    entries.get(at).copied()
}
