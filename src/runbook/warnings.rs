//! What comes before the steps: the table of workloads, and what has to be decided or known beforehand.

use std::collections::{BTreeMap, HashMap};

use super::{Prose, RunbookBuilder, RunbookKind, RunbookWorkload};
use crate::flink::location;
use crate::flink::names::FlinkKind;
use crate::flink::releases::{
    OLD_FLINK, Release, SUSPENDED_WAITS, flink_version_since, is_old_flink,
};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::k8s::is_dns_label;
use crate::plan::PlannedWorkload;

/// The release that starts a job empty by itself if its first submission fails (FLINK-28845, fixed in 1.2.0).
const RETRIES_EMPTY: Release = Release::new(1);

/// A workload in the table.
pub(crate) struct RunbookRow<'i> {
    pub(crate) planned: &'i PlannedWorkload,
    pub(crate) description: Prose,
    /// What becomes of it.
    pub(crate) effect: Prose,
}

pub(crate) fn rows<'i>(builder: &RunbookBuilder<'i>) -> Vec<RunbookRow<'i>> {
    let is_mixed = builder.preview_workloads().next().is_some();
    let row = |workload: &RunbookWorkload<'i>| RunbookRow {
        planned: workload.planned,
        description: description(workload, is_mixed),
        effect: effect(workload),
    };
    builder.workloads.iter().map(row).collect()
}

fn description(workload: &RunbookWorkload<'_>, is_mixed: bool) -> Prose {
    let mode = &workload.manifest.mode;
    let description = match workload.manifest.kind {
        FlinkKind::SessionJob => "job of a session cluster".into(),
        _ if workload.is_session_cluster() => "session cluster".into(),
        _ if mode.is_stateful() => Prose::format("job, {}", &[&mode.to_string()]),
        _ if *mode == Mode::Absent => "job without an upgrade mode".into(),
        _ => "stateless job".into(),
    };
    let is_converted = is_mixed && !workload.is_preview();
    description.then(if is_converted { ", at `v1beta1` already" } else { "" })
}

fn effect(workload: &RunbookWorkload<'_>) -> Prose {
    if !workload.is_preview() {
        return "Stays as it is.".into();
    }
    let start = &workload.planned.start;
    let may_be_empty = *start == ExpectedStart::Empty;
    let mut location = "";
    let effect = match start {
        start if workload.answer.is_some() && *start != ExpectedStart::Parked => {
            location = workload.answer.unwrap_or_default();
            "Ends in step 7 without a savepoint, starts from {} in step 9, as answered by hand."
        }
        ExpectedStart::NoJob => "Its jobs end in step 6.",
        ExpectedStart::Parked if workload.planned.state_override.is_some() => {
            "Parked: stays parked."
        }
        ExpectedStart::Parked => "Parked: to be decided, see above.",
        _ if workload.is_unparked() && may_be_empty => {
            "Parked; starts empty in step 9, as the configuration says."
        }
        _ if workload.is_unparked() => {
            "Parked; starts from its savepoint in step 9, as the configuration says."
        }
        _ if workload.is_suspended_by_us() && may_be_empty => "Stopped in step 2; may start empty.",
        _ if workload.is_suspended_by_us() => {
            "Stopped with a savepoint in step 2, starts from it in step 9."
        }
        ExpectedStart::From(path) => {
            location = path;
            "Starts from {} in step 9."
        }
        ExpectedStart::Open(_) => "To be decided: see above.",
        ExpectedStart::Empty => "Starts empty in step 9, as always.",
    };
    let absent = if workload.is_absent { " Not on the cluster." } else { "" };
    Prose::format(effect, &[&location::masked(location)]).then(absent)
}

/// What has to be known, or decided, before anybody begins.
pub(crate) fn warnings(builder: &RunbookBuilder<'_>, kind: RunbookKind) -> Vec<Prose> {
    let input = builder.input;
    let blocking = builder.blocking.iter();
    let mut warnings: Vec<Prose> =
        blocking.map(|blocking| Prose::from("STOP: ").then(blocking.message())).collect();
    if !input.unread.is_empty() {
        warnings.push(Prose::names(&input.unread).then(
            ": not a readable manifest (a template, a dump, an object without a name, broken or \
             encrypted), so their workloads are missing here. Run `flink-migrate check` and fix \
             that first.",
        ));
    }
    warnings.extend(input.unnamed.iter().map(|(key, reason)| {
        Prose::format(
            "{}: its name on the cluster is unknown, since {}.",
            &[&key.to_string(), reason],
        )
    }));
    duplicate_warnings(builder, &mut warnings);
    let keys = |is_wanted: fn(&RunbookWorkload<'_>) -> bool| -> Vec<String> {
        let wanted = builder.workloads.iter().filter(|workload| is_wanted(workload));
        wanted.map(RunbookWorkload::key).collect()
    };
    let unknown_namespace = keys(|workload| {
        workload.planned.key.namespace.as_deref().is_none_or(|it| !is_dns_label(it))
    });
    if !unknown_namespace.is_empty() {
        warnings.push(Prose::names(unknown_namespace).then(
            ": no namespace is known. Give it with `--namespace`, or replace NAMESPACE in the commands.",
        ));
    }
    if kind == RunbookKind::Migration {
        let converted = keys(|workload| !workload.is_preview());
        if !converted.is_empty() {
            warnings.push(Prose::names(converted).then(
                ": at `v1beta1` already, and not in the steps. If the cluster still has one of them at \
                 `v1alpha1`, step 8 deletes it without a savepoint: step 5 finds this, and stops.",
            ));
        }
        for workload in builder.preview_workloads() {
            let templates = decisions(builder, workload).into_iter();
            warnings.extend(templates.map(|(template, name)| {
                Prose::format(template, &[&workload.key(), name.as_deref().unwrap_or_default()])
            }));
        }
    }
    if kind == RunbookKind::Migration && builder.target() == Some(RETRIES_EMPTY) {
        warnings.push(Prose::from(
            "Operator 1.1 retries a first start that failed without its path, and a job with state \
             then starts empty (FLINK-28845). Install 1.2 or later: `--target-operator 1.2`.",
        ));
    }
    flink_version_warnings(builder, kind, &mut warnings);
    if input.targets.len() > 1 {
        warnings.push(Prose::from(
            "These files belong to more than one cluster, by the scopes of the configuration. A runbook is \
             for one cluster: pass `--scope NAME`, or give the folder of each, one after the other.",
        ));
    }
    if kind != RunbookKind::Upgrade && input.options.iter().any(|(name, _)| *name == "select") {
        warnings.push(Prose::from(
            "The run is limited by `--select`. Step 8 is not: it deletes every `FlinkDeployment` of the \
             cluster.",
        ));
    }
    warnings
}

/// Workloads that more than one manifest declares: a cluster has one of each, and nothing says which
/// manifest that is.
fn duplicate_warnings(builder: &RunbookBuilder<'_>, warnings: &mut Vec<Prose>) {
    let mut files: HashMap<_, Vec<String>> = HashMap::new();
    let input = builder.input;
    for PlannedWorkload { key, summary, .. } in input.workloads.iter().map(|it| &it.item) {
        let location = input.names.display_line(&summary.file, summary.line);
        files.entry((key, summary.kind)).or_default().push(location);
    }
    for workload in &builder.workloads {
        let files = &files[&(&workload.planned.key, workload.manifest.kind)];
        if files.len() > 1 {
            let warning = Prose::format("{} is declared more than once, in ", &[&workload.key()]);
            warnings.push(warning.then(Prose::names(files)).then(
                ". If these are two clusters, make a runbook for each; if one of them is a copy, leave it out \
                 with `--exclude`.",
            ));
        }
    }
}

/// What is not decided yet about a workload: sentences with its key, and perhaps another name.
fn decisions(
    builder: &RunbookBuilder<'_>,
    workload: &RunbookWorkload<'_>,
) -> Vec<(&'static str, Option<String>)> {
    let manifest = workload.manifest;
    let mut open: Vec<(&str, Option<String>)> = Vec::new();
    let is_left_running = !workload.is_suspended_by_us() && !manifest.is_parked;
    let loses_state = manifest.mode.is_stateful() && manifest.mode != Mode::Savepoint;
    match &workload.planned.start {
        _ if workload.answer.is_some() => {}
        ExpectedStart::Open(why) if is_left_running => open.push((
            "{}: step `suspend` does not stop it with a savepoint, but {}. Write its mode, or \
             answer for it with `savepoint` or `fresh` in the configuration.",
            Some(why.replace('`', "")),
        )),
        ExpectedStart::From(_) if is_left_running => open.push((
            "{}: it has a path to start from, and step `suspend` does not stop it, since its mode is \
             not a stateful one. What it does after that savepoint was taken is lost: answer \
             `savepoint = true` for it in the configuration.",
            None,
        )),
        ExpectedStart::NoJob => {}
        _ if manifest.is_parked && loses_state => {
            open.push((
                "{}: it was parked without a savepoint, and step 7 deletes what is left of its state. \
                 Resume it first, or put its newest retained checkpoint into a map of answers (`--answers`).",
                None,
            ));
        }
        _ => {}
    }
    // Step `convert` does not guess whether a parked job is to run.
    let waits = builder.target().is_some_and(|target| SUSPENDED_WAITS.contains(target));
    if !manifest.is_parked || workload.is_unparked() {
    } else if workload.planned.state_override.is_none() {
        open.push((
            "{}: it was parked before, and step `convert` holds it until its state is decided: \
             `state = \"running\"` for it in the configuration starts it in step 9, \
             `state = \"suspended\"` keeps it parked.",
            None,
        ));
    } else if !waits {
        open.push((
            "{}: it is to stay parked, and operators before {} reject a new resource that is \
             suspended. Set `state = \"running\"` for it in the configuration, or install a \
             later release and name it with `--target-operator`.",
            Some(SUSPENDED_WAITS.from.to_string()),
        ));
    }
    let has_directory = manifest.savepoints_dir.is_some() || builder.input.savepoints_dir.is_some();
    if workload.is_suspended_by_us() && workload.answer.is_none() && !has_directory {
        open.push((
            "{}: its manifest has no `state.savepoints.dir`, without which operator 0.1.0 takes no \
             savepoint. Print this runbook again with `--savepoints-dir`.",
            None,
        ));
    }
    if manifest.kind == FlinkKind::SessionJob {
        open.push((
            "{}: only snapshots before operator 0.1.0 had session jobs at `v1alpha1`. Check \
             whether the cluster has it at all.",
            None,
        ));
    }
    open
}

/// Which releases do not take the Flink of which workload.
fn flink_version_warnings(
    builder: &RunbookBuilder<'_>,
    kind: RunbookKind,
    warnings: &mut Vec<Prose>,
) {
    let is_migration = kind == RunbookKind::Migration;
    let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for workload in &builder.workloads {
        if let Some(version) = workload.manifest.flink_version.as_deref() {
            keys.entry(version).or_default().push(workload.key());
        }
    }
    for (version, keys) in keys {
        let is_old = is_old_flink(version);
        let is_refused = |target: Release| {
            (is_old && OLD_FLINK.iter().any(|refusal| refusal.releases.contains(target)))
                || flink_version_since(version).is_some_and(|since| target < since)
        };
        let warning = match builder.target() {
            Some(target) if is_refused(target) => Prose::format(
                ": operator {} does not support {}. Change `flinkVersion` and `image` together ",
                &[&target.to_string(), version],
            )
            .then(match (is_migration, is_old) {
                (true, true) => {
                    "in the conversion, or install a release up to 1.6 in step 8 and upgrade from \
                     there later."
                }
                (true, false) => "in the conversion, or install a later release.",
                (false, true) => {
                    "while the present operator runs: the new one neither acts on such a resource nor \
                     deletes it."
                }
                (false, false) => "once a later release is installed.",
            }),
            None if is_old => Prose::format(
                ": {} is not supported by operators from 1.7 on (ignored by 1.7 and 1.8, rejected \
                 from 1.9 on).",
                &[version],
            ),
            _ => continue,
        };
        warnings.push(Prose::names(keys).then(warning));
    }
}
