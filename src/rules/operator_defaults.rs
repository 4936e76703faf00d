//! Defaults of the operator's chart that later charts no longer have.

use super::context::job_scope;
use super::{CONFIGURATION, Check, Context, Diagnostic, Rule, Subject, Theme};
use crate::flink::chart::ChartDefault;
use crate::flink::names::{field, key};
use crate::flink::operator::{JobScope, When};
use crate::flink::releases::{MEMORY_REQUIRED, Release};
use crate::inputs::{Defaults, ScopeInputs};
use crate::project::WorkloadSummary;
use crate::yaml::{InsertPosition, Value};

pub(crate) const RULE: Rule = Rule {
    answer: "--target-operator, --defaults",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Releases, include_str!("operator_defaults.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, inputs, .. } = subject;
    let left_out = workload
        .chart_defaults()
        .filter(|default| !is_configured(*default, inputs, subject.job_scope()));
    let relied_on = left_out.filter_map(|default| Some((default, today(default, inputs)?)));
    let Some(target) = inputs.target else {
        return note(relied_on.map(|(default, _)| default)).into_iter().collect();
    };
    let dropped = relied_on.filter(|(default, _)| is_dropped(*default, target, inputs));
    dropped.map(|(default, setting)| judged(subject, default, setting, target)).collect()
}

/// True if it is an open question what this workload has in the place of the default that one of
/// these keys overrides.
pub(crate) fn is_open(summary: &WorkloadSummary, key: &str, context: &Context<'_>) -> bool {
    let inputs = context.scope_inputs(summary.source());
    let built = context.key(&summary.key, summary.source());
    let job = job_scope(&built, summary.flink_version.as_deref(), inputs);
    let mut left_out =
        summary.chart_defaults.iter().filter(|default| default.keys().contains(&key));
    let open = |default: &&ChartDefault| {
        let dropped = inputs.target.is_some_and(|target| is_dropped(**default, target, inputs));
        dropped && !is_configured(**default, inputs, job)
    };
    context.policy.defaults != Defaults::Preserve && left_out.any(|default| open(&default))
}

fn is_configured(default: ChartDefault, inputs: &ScopeInputs, job: JobScope<'_>) -> bool {
    default.keys().iter().any(|key| inputs.operator.tomorrow_of(key, job).is_some())
}

/// True if the new chart does not have it: too new, or configured to leave its defaults out.
fn is_dropped(default: ChartDefault, target: Release, inputs: &ScopeInputs) -> bool {
    default.gone().contains(target) || inputs.operator.drops_chart_defaults(When::Tomorrow)
}

/// The setting that a workload without one of its own has under operator 0.1.0; nothing if the
/// chart's defaults were left out there.
fn today(default: ChartDefault, inputs: &ScopeInputs) -> Option<(&'static str, &str)> {
    let operator = &inputs.operator;
    let own = default.keys().iter().find_map(|key| Some((*key, operator.today(key)?.text.trim())));
    let has_chart_defaults = !operator.drops_chart_defaults(When::Today);
    own.or_else(|| has_chart_defaults.then(|| default.setting()))
}

fn judged(
    subject: &Subject<'_, '_>,
    default: ChartDefault,
    (key, value): (&str, &str),
    target: Release,
) -> Diagnostic {
    let workload = subject.workload;
    let at = &CONFIGURATION;
    let what = what(default);
    if subject.context.policy.defaults == Defaults::Preserve {
        let change =
            workload.put_setting(key, Value::Text(value.to_string()), InsertPosition::Last);
        let message = format!("the {what} becomes {value}, what operator 0.1.0 used");
        return Diagnostic::change(RULE.id, at, message, vec![change]);
    }
    let then = match default {
        ChartDefault::Slots if !cpu_follows_slots(subject) => "a TaskManager gets one slot",
        ChartDefault::Slots if value == default.setting().1 => {
            "a TaskManager gets one slot, and half the cpu"
        }
        ChartDefault::Slots => "a TaskManager gets one slot, and one cpu",
        _ if MEMORY_REQUIRED.contains(target) => "the operator rejects the manifest",
        _ => "the pods fail to start",
    };
    let gone = default.gone();
    let gone = if gone.contains(target) {
        format!("later charts do not have it (from {})", gone.from)
    } else {
        "the new values leave it out (`append: false`)".to_string()
    };
    let message = format!("the {what} came from the chart of operator 0.1.0; {gone}: {then}");
    let help = format!(
        "write it, pass `--defaults preserve` for `{key}: {value}`, or `--operator-config FILE` if the \
         operator's configuration has it"
    );
    Diagnostic::decision(RULE.id, at, message).help(help)
}

/// True if a TaskManager has as many cpus as slots: nothing else says how many it has.
fn cpu_follows_slots(subject: &Subject<'_, '_>) -> bool {
    const CPU: [&str; 4] = [field::SPEC, field::TASK_MANAGER, field::RESOURCE, field::CPU];
    let keys = [key::TASK_MANAGER_CPU, key::TASK_MANAGER_CORES];
    subject.workload.get(&CPU).is_none() && keys.iter().all(|key| subject.setting(key).is_none())
}

fn what(default: ChartDefault) -> &'static str {
    match default {
        ChartDefault::JobManagerMemory => "memory of the JobManager",
        ChartDefault::TaskManagerMemory => "memory of the TaskManagers",
        ChartDefault::Slots => "number of slots",
    }
}

fn note(relied_on: impl Iterator<Item = ChartDefault>) -> Option<Diagnostic> {
    let defaults: Vec<String> = relied_on
        .map(|default| format!("{} (from {})", what(default), default.gone().from))
        .collect();
    if defaults.is_empty() {
        return None;
    }
    let message = format!(
        "it relies on defaults of operator 0.1.0's chart that later charts drop: {}",
        defaults.join(", ")
    );
    let help = "name the release you will install with `--target-operator`";
    Some(Diagnostic::note(RULE.id, &CONFIGURATION, message).help(help))
}
