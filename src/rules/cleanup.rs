//! The path of a job that has been restored from it.

use super::state;
use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::location::masked;
use crate::gitops::Lookup;
use crate::yaml::{Change, FieldPath};

pub(super) const RULE: Rule = Rule {
    id: "cleanup",
    theme: Theme::State,
    steps: &[Step::Cleanup],
    summary: "a path goes once its job has been restored from it",
    answer: "--verified",
    explain: "\
Why: `initialSavepointPath` counts at the first deployment only. Left in Git, it takes the job back
to the migration whenever the resource is created anew. Removed, such a job starts empty instead:
keep the path, or write a newer one, where resources are recreated.

When: the path is that of the job's entry in the savepoint map, and `flink-migrate verify` has seen
that the job restored from it. Without its report each removal is a decision, and so it is where the
report says anything else. A path that no entry names was not set by the migration: a note.

A path in a patch is a note as well, and stays: overlays are not built.

What is done: the line goes, with the comment at its end. Nothing is deployed anew, since no release
counts this field as a change of the job.

What to do: verify, keep the report, and name it:

    flink-migrate verify logs/* --savepoints savepoints.yaml --report json=verified.json
    flink-migrate write --step cleanup --savepoints savepoints.yaml --verified verified.json
",
    example: Example {
        given: &[
            ("savepoints.yaml", "prod/orders: s3://lake/orders/savepoints/savepoint-0a1b2c\n"),
            ("verified.json", VERIFIED),
        ],
        args: &[
            "--step",
            "cleanup",
            "--savepoints",
            "savepoints.yaml",
            "--verified",
            "verified.json",
        ],
        file: "orders.yaml",
        before: "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
    state.savepoints.dir: s3://lake/orders/savepoints
    state.checkpoints.dir: s3://lake/orders/checkpoints
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: savepoint
    initialSavepointPath: s3://lake/orders/savepoints/savepoint-0a1b2c
",
        after: "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
    state.savepoints.dir: s3://lake/orders/savepoints
    state.checkpoints.dir: s3://lake/orders/checkpoints
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: savepoint
",
        says: "orders.yaml:17:27: change: prod/orders was restored from its path, which goes: created \
            anew, it would start empty",
    },
    accepting: Some("the path goes, whatever is known of the restore"),
    source: "JobSpec.java:63 (1.0.0), JobSpec.java:74 and AbstractFlinkResourceReconciler.java:136 \
        (1.15.0)",
    accept: Acceptable::ForOneWorkload,
    check: Check::Stable(check),
};

/// The report of the example, as far as it is read.
const VERIFIED: &str = "\
{\"version\": 1, \"workloads\": [{\"workload\": \"prod/orders\", \"outcome\": \"restored\",
  \"location\": \"s3://lake/orders/savepoints/savepoint-0a1b2c\"}]}
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Subject { workload, facts, key, .. } = subject;
    let Some(path) = workload.text(&state::PATH) else { return Vec::new() };
    let span = workload.point(&state::PATH);
    if subject.is_partial() {
        let message = format!("this is a patch of {key}, and nobody built it: the path stays");
        let help = "remove it by hand, or build the overlay and clean up the result";
        return vec![Finding::new(RULE.id, Remedy::Note, span, message).help(help)];
    }
    let entry = match facts.entry(&workload.key, &workload.file) {
        Lookup::Found(entry) => Some(entry),
        Lookup::Nothing | Lookup::Ambiguous(_) => None,
    };
    if entry.and_then(|entry| entry.location.as_deref()) != Some(path) {
        let message = match entry {
            None => format!("{key} has a path that no entry names: it stays"),
            Some(entry) => format!(
                "{key} starts from {}, which is not what its entry says ({}): the path stays",
                masked(path),
                entry.origin
            ),
        };
        return vec![Finding::new(RULE.id, Remedy::Note, span, message)];
    }
    let seen = facts.verified.as_ref().map(|verified| (verified, verified.seen(&key.to_string())));
    let open = match seen {
        None => "nobody has verified".to_string(),
        Some((verified, None)) => format!("{} does not say", verified.origin),
        Some((verified, Some(seen))) if !seen.is_restored() => {
            format!("{} says {} and not", verified.origin, seen.outcome)
        }
        Some((verified, Some(seen)))
            if seen.file().is_some_and(|file| !facts.index.is_one_file(file, &workload.file)) =>
        {
            let file = seen.file().unwrap_or_default();
            format!("{} speaks of another {key}, that of {file}, and does not say", verified.origin)
        }
        Some((verified, Some(seen))) if seen.location.as_deref() != Some(&*masked(path)) => {
            format!("{} speaks of another location and does not say", verified.origin)
        }
        Some(_) => String::new(),
    };
    if open.is_empty() || subject.accepts(RULE.id) {
        let change = Change::Remove { path: FieldPath::of(state::PATH) };
        let message = if open.is_empty() {
            format!(
                "{key} was restored from its path, which goes: created anew, it would start empty"
            )
        } else {
            facts.has_accepted(RULE.id, &key.to_string());
            format!("accepted: the path of {key} goes: created anew, it would start empty")
        };
        return vec![Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message)];
    }
    let message = format!("{open} that {key} was restored from its path");
    let help = format!(
        "verify it, and pass the report with `--verified`, or remove the path with \
         `--accept {}={key}`",
        RULE.id
    );
    vec![Finding::new(RULE.id, Remedy::Decision, span, message).help(help)]
}
