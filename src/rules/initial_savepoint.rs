//! The job starts from the savepoint that the map names.

use super::state::{self, Row};
use super::{Acceptable, Check, Rule, Subject};
use crate::finding::{Finding, Remedy};
use crate::flink::location::{is_retained_checkpoint, masked};
use crate::flink::names::field;
use crate::gitops::Workload;
use crate::yaml::{Change, FieldPath, Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "initial-savepoint",
    summary: "a job starts from the savepoint the map names",
    explain: "\
What changed: the resource is deleted and created anew, so its next start is a first deployment. It
restores state only from spec.job.initialSavepointPath, whatever upgradeMode says.

What is done: the location of the savepoint map is written verbatim, behind upgradeMode where there
is one; an older path is replaced. With `fresh = true` for the workload and no entry, an old path is
removed: it would be honoured again.

Before:
    job:
      upgradeMode: savepoint
After:
    job:
      upgradeMode: savepoint
      initialSavepointPath: s3://lake/savepoints/savepoint-0a1b2c

A retained checkpoint (`/chk-N`) is accepted. A job that still runs replaces it with its next one,
and after the restore its directory must not be deleted.

Source: JobReconciler.java:70 (0.1.0), ApplicationReconciler.java:81 (1.0.0).
",
    accept: Acceptable::No,
    check: Check::Complete(check),
};

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    match subject.row() {
        Row::Restore { location } => restore(workload, location),
        Row::DropPath => {
            let change = Change::Remove { path: FieldPath::of(state::PATH) };
            let message = "the job may start without state, and its old path would be honoured again: it goes";
            vec![Finding::new(
                RULE.id,
                Remedy::Edit(vec![change]),
                workload.point(&state::PATH),
                message,
            )]
        }
        _ => Vec::new(),
    }
}

fn restore(workload: &Workload<'_>, location: &str) -> Vec<Finding> {
    let span = workload.point(&state::PATH);
    let mut findings = Vec::new();
    let written = workload.text(&state::PATH);
    if written != Some(location) {
        let value = Value::Text(location.to_string());
        let change = workload.put(&state::PATH, value, Position::After(field::UPGRADE_MODE));
        let shown = masked(location);
        let message = match written {
            Some(old) => format!("the job starts from {shown}, no longer from {}", masked(old)),
            None => format!("the job starts from {shown}"),
        };
        findings.push(Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message));
    }
    if is_retained_checkpoint(location) {
        let message = "the map names a retained checkpoint: a job that still runs replaces it";
        let help =
            "stop the job first, and do not delete the checkpoint's directory after the restore";
        findings.push(Finding::new(RULE.id, Remedy::Note, span, message).help(help));
    }
    findings
}
