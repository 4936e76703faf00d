//! A suspended job: stopped for the migration, or parked long ago?

use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme, state};
use crate::finding::{Finding, Remedy};
use crate::flink::names::{MARK, MARK_ABSENT, mode as modes, state as states};
use crate::flink::releases::{SUSPENDED_REFUSED, SUSPENDED_WAITS};
use crate::gitops::Workload;
use crate::yaml::{Change, FieldPath, Mark, Position, Value};

pub(super) const RULE: Rule = Rule {
    id: "job-state",
    theme: Theme::State,
    steps: &[Step::Convert, Step::Resume],
    summary: "a suspended job is not started unasked",
    answer: "state = ... for the workload",
    explain: "\
What changed: operators 1.0 to 1.6 reject a new resource whose job is `suspended` (\"Job must start
in running state\"). From 1.7 on it is accepted, and the job waits until it is resumed.

When: `state` is `suspended`, or neither that nor `running`. Nobody can tell whether the job was
stopped for the migration or parked long ago, so it is a decision, with a savepoint or without.

It is one too if the mark of step `suspend` cannot be read, or stands at `state` while
`upgradeMode` is not what that step wrote: then nobody can tell what comes back.

What is done: a line that carries the mark of step `suspend`, as in `state: suspended #
flink-migrate: was running`, answers for itself. What stood there comes back, in `upgradeMode`
too, and a line that was not there goes.

What to do: answer for the workload in `flink-migrate.toml`:

    [workload.\"prod/orders\"]
    state = \"running\"

`running` starts the job. `suspended` leaves the state as it is, and takes a `--target-operator`
of 1.7 or later. The path of its savepoint is written all the same, and the job starts from it
when it is resumed. JSON cannot carry the mark: there `upgrade-mode` beside `state` says what
`upgradeMode` is to be.
",
    example: Example {
        given: &[],
        args: &[],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:14:12: decision: prod/orders is suspended, and nothing says whether for \
            the migration or long ago",
    },
    accepting: Some(
        "`state` stays as it is, whatever the target: operators 1.0 to 1.6 reject the \
         resource, later ones wait until the job is resumed",
    ),
    source: "DefaultValidator.java:263 (1.0.0), :398 (1.6.1), \
        AbstractFlinkResourceReconciler.java:113 (1.7.0); FLINK-32729",
    accept: Acceptable::ForOneWorkload,
    check: Check::Complete(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
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
    state: suspended
    upgradeMode: stateless
";

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let workload = subject.workload;
    let restored = unsuspended(workload).into_iter().map(|(keys, change, message)| {
        Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&keys), message)
    });
    let mut findings: Vec<Finding> = restored.collect();
    findings.extend(misread(subject));
    findings.extend(parked(subject));
    findings.extend(answered_mode(subject));
    findings
}

/// What takes back step `suspend`: the field, the change, and its words. Where a line carries the
/// mark, the value before comes back and the mark goes; a line that was not there goes.
pub fn unsuspended(workload: &Workload<'_>) -> Vec<([&'static str; 3], Change, String)> {
    let restored = workload.marks().into_iter().map(|(keys, before)| {
        let path = FieldPath::of(keys);
        let [.., field] = keys;
        if before == MARK_ABSENT {
            (keys, Change::Remove { path }, format!("step suspend added `{field}`: it goes"))
        } else {
            let value = Value::Text(before.to_string());
            let change = Change::Set { path, value, mark: Mark::Take(MARK) };
            (keys, change, format!("`{field}` was {before} before step suspend"))
        }
    });
    restored.collect()
}

/// Marks that cannot be taken at their word: one that nobody can read, and one of `state` beside a mode
/// that step `suspend` did not write.
fn misread(subject: &Subject<'_, '_>) -> Option<Finding> {
    let Subject { workload, key, answer, .. } = subject;
    let decision = |keys: &[&str; 3], message: String, help: String| {
        let finding = Finding::new(RULE.id, Remedy::Decision, workload.point(keys), message);
        Some(finding.help(help))
    };
    if let Some(keys) = workload.odd_mark() {
        let [.., field] = keys;
        let message = format!("the mark of step suspend on the line of `{field}` cannot be read");
        let help = format!("write `{field}` as it was before, and take the comment away");
        return decision(&keys, message, help);
    }
    let written = workload.text(&state::MODE);
    let is_ours = written == Some(modes::SAVEPOINT);
    let answered = answer.is_some_and(|answer| answer.upgrade_mode.is_some());
    if !workload.is_suspended() || workload.is_parked() || is_ours || answered {
        return None;
    }
    let mode = written.unwrap_or("absent");
    let message = format!(
        "{key} was suspended by step suspend, which wrote `upgradeMode: savepoint`, and it is {mode} now"
    );
    let help = format!(
        "write what it was before, or `upgrade-mode` under [workload.\"{key}\"] in flink-migrate.toml"
    );
    decision(&state::MODE, message, help)
}

/// A job that is suspended, or might be, and does not say why.
fn parked(subject: &Subject<'_, '_>) -> Option<Finding> {
    let Subject { workload, key, given, facts, .. } = subject;
    let written = workload.text(&state::STATE)?;
    if written == states::RUNNING || workload.mark(&state::STATE).is_some() {
        return None;
    }
    let unclear = written != states::SUSPENDED;
    let span = workload.point(&state::STATE);
    let answer = subject.answer.and_then(|answer| answer.state.as_deref());
    if answer == Some(states::RUNNING) {
        let value = Value::Text(states::RUNNING.to_string());
        let change = workload.put(&state::STATE, value, Position::Last);
        let message = format!("{key} is started, as flink-migrate.toml says");
        return Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), span, message));
    }
    let stays = answer == Some(states::SUSPENDED) && !unclear;
    // Under the old operator a new resource must run, whatever the target is (`DefaultDeploymentValidator`
    // of release 0.1.0, line 228).
    let target = given.target.filter(|_| facts.step != Step::Resume);
    if stays && target.is_some_and(|target| SUSPENDED_WAITS.contains(target)) {
        let message = format!(
            "{key} stays suspended, as flink-migrate.toml says: it starts from its path when it is resumed"
        );
        return Some(Finding::new(RULE.id, Remedy::Note, span, message));
    }
    let message = match (unclear, answer) {
        (true, _) => format!("the state of {key} is `{written}`: nobody can tell whether it runs"),
        (false, Some(_)) => {
            let which = match target {
                _ if facts.step == Step::Resume => "which operator 0.1.0 rejects".to_string(),
                Some(target) => format!("which operator {target} rejects"),
                None => format!(
                    "which operators {SUSPENDED_REFUSED} reject, and no target says that it is none of them"
                ),
            };
            format!("{key} is to stay suspended, {which}")
        }
        (false, None) => {
            format!("{key} is suspended, and nothing says whether for the migration or long ago")
        }
    };
    let start = format!(
        "set `state = \"running\"` under [workload.\"{key}\"] in flink-migrate.toml to start it"
    );
    let later = SUSPENDED_WAITS.from;
    let help = if facts.step == Step::Resume {
        format!("{start}, or leave it out with `--select` or `--exclude`")
    } else {
        format!(
            "{start}, or `state = \"suspended\"` to keep it so, with `--target-operator {later}` or later"
        )
    };
    Some(Finding::new(RULE.id, Remedy::Decision, span, message).help(help))
}

/// The upgrade mode that the configuration gives the job: JSON cannot carry the mark.
fn answered_mode(subject: &Subject<'_, '_>) -> Option<Finding> {
    let workload = subject.workload;
    workload.job()?;
    let mode = subject.answer?.upgrade_mode.as_deref()?;
    if workload.text(&state::MODE) == Some(mode) || workload.mark(&state::MODE).is_some() {
        return None;
    }
    let change = workload.put(&state::MODE, Value::Text(mode.to_string()), Position::Last);
    let message = format!("upgradeMode becomes {mode}, as flink-migrate.toml says");
    Some(Finding::new(RULE.id, Remedy::Edit(vec![change]), workload.point(&state::MODE), message))
}
