//! What is said before the steps: the workloads, and what has to be decided or known beforehand.

use std::collections::HashMap;

use super::{
    Deployed, Prose, RunbookBuilder, RunbookKind, RunbookRow, RunbookWorkload, is_mode_absent,
};
use crate::flink::location;
use crate::flink::names::{FlinkKind, is_placeholder};
use crate::flink::releases::{
    OLD_FLINK, Release, SUSPENDED_WAITS, flink_version_since, is_old_flink,
};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::plan::PlannedWorkload;

/// The workloads as a table shows them.
pub(crate) fn rows(builder: &RunbookBuilder<'_>) -> Vec<RunbookRow> {
    let row = |workload: &RunbookWorkload<'_>| RunbookRow {
        key: workload.manifest.key.clone(),
        what: what(workload),
        file: workload.manifest.summary.file.clone(),
        line: workload.manifest.summary.line,
        effect: effect(workload),
    };
    builder.workloads.iter().map(row).collect()
}

fn what(workload: &RunbookWorkload<'_>) -> Prose {
    let version = if workload.is_preview() { "" } else { ", at `v1beta1` already" };
    let what = match (
        workload.manifest.summary.kind,
        workload.is_session(),
        workload.manifest.summary.mode.is_stateful(),
    ) {
        (FlinkKind::SessionJob, ..) => "job of a session cluster".into(),
        (_, true, _) => "session cluster".into(),
        (_, _, true) => Prose::of("job, {}", &[&workload.manifest.summary.mode.to_string()]),
        (..) if is_mode_absent(&workload.manifest.summary.mode) => {
            "job without an upgrade mode".into()
        }
        (..) => "stateless job".into(),
    };
    what.then(version)
}

fn effect(workload: &RunbookWorkload<'_>) -> Prose {
    if !workload.is_preview() {
        return "Stays as it is.".into();
    }
    let absent = if workload.is_absent { " It is not on the cluster." } else { "" };
    if let Some(answer) =
        workload.answer.filter(|_| workload.manifest.start != ExpectedStart::Parked)
    {
        let effect = Prose::of(
            "Ends in step 7 without a savepoint, starts from {} in step 9, as was answered by hand.",
            &[&location::masked(answer)],
        );
        return effect.then(absent);
    }
    let effect: Prose = match &workload.manifest.start {
        ExpectedStart::NoJob => "Its jobs end in step 6.".into(),
        ExpectedStart::Parked if workload.manifest.state_override.is_some() => {
            "Parked: stays parked.".into()
        }
        ExpectedStart::Parked => "Parked: to be decided, see above.".into(),
        _ if workload.is_unparked() => match &workload.manifest.start {
            ExpectedStart::Empty => {
                "Parked; starts empty in step 9, as the configuration says.".into()
            }
            _ => "Parked; starts from its savepoint in step 9, as the configuration says.".into(),
        },
        _ if workload.is_suspended_now() => match &workload.manifest.start {
            ExpectedStart::Empty => "Stopped in step 2; may start empty.".into(),
            _ => "Stopped with a savepoint in step 2, starts from it in step 9.".into(),
        },
        ExpectedStart::From(path) => {
            Prose::of("Starts from {} in step 9.", &[&location::masked(path)])
        }
        ExpectedStart::Open(_) => "To be decided: see above.".into(),
        ExpectedStart::Empty => "Starts empty in step 9, as always.".into(),
    };
    effect.then(absent)
}

/// What has to be known, or decided, before anybody begins.
pub(crate) fn warnings(builder: &RunbookBuilder<'_>, kind: RunbookKind) -> Vec<Prose> {
    let mut warnings = Vec::new();
    let input = builder.input;
    let keys = |wanted: &dyn Fn(&RunbookWorkload<'_>) -> bool| -> Vec<String> {
        builder
            .workloads
            .iter()
            .filter(|workload| wanted(workload))
            .map(RunbookWorkload::key)
            .collect()
    };
    let list = |keys: &[String]| Prose::list(keys.iter().map(String::as_str));
    for blocking_resource in &builder.blocking {
        let what = Prose::of(
            "STOP: {} {} ({}): ",
            &[blocking_resource.kind, &blocking_resource.key.to_string(), &blocking_resource.place],
        );
        warnings.push(what.and(blocking_resource.why.clone()).then("."));
    }
    if !input.unread.is_empty() {
        warnings.push(list(&input.unread).then(
            ": no manifest that could be read (a template, a dump, something without a name, broken or encrypted), so \
             this runbook knows nothing of the workloads in them. Run \
             `flink-migrate check` and settle that first.",
        ));
    }
    for (key, why) in &input.unnamed {
        warnings.push(Prose::of(
            "{}: what it is called on the cluster cannot be told, since {}.",
            &[&key.to_string(), why],
        ));
    }
    warnings.extend(duplicate_warnings(builder));
    let nameless =
        keys(&|workload| workload.manifest.key.namespace.as_deref().is_none_or(is_placeholder));
    if !nameless.is_empty() {
        warnings.push(list(&nameless).then(
            ": no namespace is known. Give it with `--namespace`, or replace NAMESPACE in the commands.",
        ));
    }
    if kind == RunbookKind::Migration {
        let done = keys(&|workload| !workload.is_preview());
        if !done.is_empty() {
            warnings.push(list(&done).then(
                ": at `v1beta1` already, and not in the steps. If the cluster still has one of them at \
                 `v1alpha1`, step 8 deletes it without a savepoint: step 5 tells, and stops there.",
            ));
        }
        decision_warnings(builder, &mut warnings);
    }
    flink_version_warnings(builder, &mut warnings);
    if input.targets.len() > 1 {
        warnings.push(
            "These files belong to more than one cluster, by the scopes of the configuration. A runbook is \
             for one cluster: give the folder of each, one after the other."
                .into(),
        );
    }
    if input.options.iter().any(|(name, _)| *name == "select") {
        warnings.push(
            "The run is limited by `--select`. Step 8 is not: it deletes every `FlinkDeployment` of the \
             cluster."
                .into(),
        );
    }
    warnings
}

/// Workloads that more than one manifest declares: a cluster has one of each, and it cannot be told
/// which manifest that is.
fn duplicate_warnings<'a>(builder: &'a RunbookBuilder<'_>) -> impl Iterator<Item = Prose> + 'a {
    let mut declared: HashMap<_, Vec<&PlannedWorkload>> = HashMap::new();
    for Deployed { item: it, .. } in &builder.input.workloads {
        declared.entry(&it.key).or_default().push(it);
    }
    builder.workloads.iter().filter_map(move |workload| {
        let same = declared.get(&workload.manifest.key).into_iter().flatten();
        let same = same.filter(|it| it.summary.kind == workload.manifest.summary.kind);
        let names = &builder.input.names;
        let places: Vec<String> =
            same.map(|it| names.display_line(&it.summary.file, it.summary.line)).collect();
        let listed = Prose::list(places.iter().map(String::as_str));
        let warnings = Prose::of("{} is declared more than once, in ", &[&workload.key()]).and(listed);
        let warnings = warnings.then(
            ". If these are two clusters, make a runbook for each; if one of them is a copy, leave it out \
             with `--exclude`.",
        );
        (places.len() > 1).then_some(warnings)
    })
}

/// What nobody has decided yet.
fn decision_warnings(builder: &RunbookBuilder<'_>, warnings: &mut Vec<Prose>) {
    for workload in builder.preview_workloads() {
        match &workload.manifest.start {
            _ if workload.answer.is_some() => {}
            ExpectedStart::Open(why) if !workload.is_suspended_now() && !workload.is_parked() => warnings.push(Prose::of(
                "{}: step `suspend` does not stop it with a savepoint, but {}. Write its mode, or answer \
                 for it with `savepoint` or `fresh` in the configuration.",
                &[&workload.key(), &why.replace('`', "")],
            )),
            ExpectedStart::From(_) if !workload.is_suspended_now() && !workload.is_parked() => warnings.push(Prose::of(
                "{}: it has a path to start from, and step `suspend` does not stop it, since its mode is \
                 not a stateful one. What it does after that savepoint was taken is lost: answer \
                 `savepoint = true` for it in the configuration.",
                &[&workload.key()],
            )),
            ExpectedStart::NoJob => {}
            _ if workload.is_parked() && workload.manifest.summary.mode.is_stateful() && workload.manifest.summary.mode != Mode::Savepoint => {
                warnings.push(Prose::of(
                    "{}: it was parked without a savepoint, and step 7 deletes what is left of its state. \
                     Resume it first, or put its newest retained checkpoint into a map of answers (`--answers`).",
                    &[&workload.key()],
                ));
            }
            _ => {}
        }
        warnings.extend(parked(workload, builder.target()));
        if workload.is_suspended_now()
            && workload.answer.is_none()
            && workload.manifest.summary.savepoints_dir.is_none()
            && builder.input.savepoints_dir.is_none()
        {
            warnings.push(Prose::of(
                "{}: its manifest has no `state.savepoints.dir`, without which operator 0.1.0 takes no \
                 savepoint. Print this runbook again with `--savepoints-dir`.",
                &[&workload.key()],
            ));
        }
        if workload.manifest.summary.kind == FlinkKind::SessionJob {
            warnings.push(Prose::of(
                "{}: only snapshots before operator 0.1.0 knew session jobs at `v1alpha1`. See whether the \
                 cluster has it at all.",
                &[&workload.key()],
            ));
        }
    }
}

/// What a parked job still needs: step `convert` does not guess whether it is to run.
fn parked(workload: &RunbookWorkload<'_>, target: Option<Release>) -> Option<Prose> {
    if !workload.is_parked() || workload.is_unparked() {
        return None;
    }
    let key = workload.key();
    if workload.manifest.state_override.is_none() {
        return Some(Prose::of(
            "{}: it was parked before, and step `convert` holds it until somebody says what it is to be: \
             `state = \"running\"` for it in the configuration starts it in step 9, \
             `state = \"suspended\"` keeps it parked.",
            &[&key],
        ));
    }
    if target.is_some_and(|target| SUSPENDED_WAITS.contains(target)) {
        return None;
    }
    Some(Prose::of(
        "{}: it is to stay parked, and operators before {} refuse a new resource that is suspended. Say \
         `state = \"running\"` for it in the configuration, or install a later release and name it with \
         `--target-operator`.",
        &[&key, &SUSPENDED_WAITS.from.to_string()],
    ))
}

/// Which releases do not take the Flink of which workload.
fn flink_version_warnings(builder: &RunbookBuilder<'_>, warnings: &mut Vec<Prose>) {
    let target = builder.target();
    let mut versions: Vec<&str> = builder
        .workloads
        .iter()
        .filter_map(|workload| workload.manifest.summary.flink_version.as_deref())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    for version in versions {
        let is_old = is_old_flink(version);
        let since = flink_version_since(version);
        let keys: Vec<String> = builder
            .workloads
            .iter()
            .filter(|workload| workload.manifest.summary.flink_version.as_deref() == Some(version))
            .map(RunbookWorkload::key)
            .collect();
        let names = Prose::list(keys.iter().map(String::as_str));
        let refused = |target: Release| {
            (is_old && OLD_FLINK.iter().any(|refusal| refusal.releases.contains(target)))
                || since.is_some_and(|since| target < since)
        };
        match target {
            Some(target) if refused(target) => warnings.push(
                names
                    .and(Prose::of(
                        ": operator {} does not run {}. Change `flinkVersion` and `image` together in \
                         the conversion",
                        &[&target.to_string(), version],
                    ))
                    .then(if is_old {
                        ", or install a release up to 1.6 in step 8 and upgrade from there later."
                    } else {
                        ", or install a later release."
                    }),
            ),
            None if is_old => warnings.push(names.and(Prose::of(
                ": {} is not run by operators from 1.7 on (ignored by 1.7 and 1.8, rejected from 1.9 on).",
                &[version],
            ))),
            _ => {}
        }
    }
}
