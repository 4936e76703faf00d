//! What is said before the steps: the workloads, and what has to be decided or known beforehand.

use std::collections::HashMap;

use super::{Placed, Prose, Row, Scene, Subject, Way, is_unsaid};
use crate::flink::location;
use crate::flink::names::{FlinkKind, is_placeholder};
use crate::flink::releases::{
    OLD_FLINK, Release, SUSPENDED_WAITS, flink_version_since, is_old_flink,
};
use crate::flink::workload::{ExpectedStart, Mode};
use crate::plan::PlannedWorkload;

/// The workloads as a table shows them.
pub(crate) fn rows(scene: &Scene<'_>) -> Vec<Row> {
    let row = |one: &Subject<'_>| Row {
        key: one.it.key.clone(),
        what: what(one),
        file: one.it.summary.file.clone(),
        line: one.it.summary.line,
        fate: fate(one),
    };
    scene.subjects.iter().map(row).collect()
}

fn what(one: &Subject<'_>) -> Prose {
    let version = if one.is_preview() { "" } else { ", at `v1beta1` already" };
    let what = match (one.it.summary.kind, one.is_session(), one.it.summary.mode.is_stateful()) {
        (FlinkKind::SessionJob, ..) => "job of a session cluster".into(),
        (_, true, _) => "session cluster".into(),
        (_, _, true) => Prose::of("job, {}", &[&one.it.summary.mode.to_string()]),
        (..) if is_unsaid(&one.it.summary.mode) => "job without an upgrade mode".into(),
        (..) => "stateless job".into(),
    };
    what.then(version)
}

fn fate(one: &Subject<'_>) -> Prose {
    if !one.is_preview() {
        return "Stays as it is.".into();
    }
    let absent = if one.is_absent { " It is not on the cluster." } else { "" };
    if let Some(answer) = one.answer.filter(|_| one.it.start != ExpectedStart::Parked) {
        let fate = Prose::of(
            "Ends in step 7 without a savepoint, starts from {} in step 9, as was answered by hand.",
            &[&location::masked(answer)],
        );
        return fate.then(absent);
    }
    let fate: Prose = match &one.it.start {
        ExpectedStart::NoJob => "Its jobs end in step 6.".into(),
        ExpectedStart::Parked if one.it.state_override.is_some() => "Parked: stays parked.".into(),
        ExpectedStart::Parked => "Parked: to be decided, see above.".into(),
        _ if one.is_unparked() => match &one.it.start {
            ExpectedStart::Empty => {
                "Parked; starts empty in step 9, as the configuration says.".into()
            }
            _ => "Parked; starts from its savepoint in step 9, as the configuration says.".into(),
        },
        _ if one.is_suspended_now() => match &one.it.start {
            ExpectedStart::Empty => "Stopped in step 2; may start empty.".into(),
            _ => "Stopped with a savepoint in step 2, starts from it in step 9.".into(),
        },
        ExpectedStart::From(path) => {
            Prose::of("Starts from {} in step 9.", &[&location::masked(path)])
        }
        ExpectedStart::Open(_) => "To be decided: see above.".into(),
        ExpectedStart::Empty => "Starts empty in step 9, as always.".into(),
    };
    fate.then(absent)
}

/// What has to be known, or decided, before anybody begins.
pub(crate) fn warnings(scene: &Scene<'_>, way: Way) -> Vec<Prose> {
    let mut said = Vec::new();
    let situation = scene.situation;
    let keys = |wanted: &dyn Fn(&Subject<'_>) -> bool| -> Vec<String> {
        scene.subjects.iter().filter(|one| wanted(one)).map(Subject::key).collect()
    };
    let list = |keys: &[String]| Prose::list(keys.iter().map(String::as_str));
    for extra in &scene.extras {
        let what =
            Prose::of("STOP: {} {} ({}): ", &[extra.kind, &extra.key.to_string(), &extra.place]);
        said.push(what.and(extra.why.clone()).then("."));
    }
    if !situation.unread.is_empty() {
        said.push(list(&situation.unread).then(
            ": no manifest that could be read (a template, a dump, something without a name, broken or encrypted), so \
             this runbook knows nothing of the workloads in them. Run \
             `flink-migrate check` and settle that first.",
        ));
    }
    for (key, why) in &situation.unnamed {
        said.push(Prose::of(
            "{}: what it is called on the cluster cannot be told, since {}.",
            &[&key.to_string(), why],
        ));
    }
    said.extend(twice(scene));
    let nameless = keys(&|one| one.it.key.namespace.as_deref().is_none_or(is_placeholder));
    if !nameless.is_empty() {
        said.push(list(&nameless).then(
            ": no namespace is known. Give it with `--namespace`, or replace NAMESPACE in the commands.",
        ));
    }
    if way == Way::Migration {
        let done = keys(&|one| !one.is_preview());
        if !done.is_empty() {
            said.push(list(&done).then(
                ": at `v1beta1` already, and not in the steps. If the cluster still has one of them at \
                 `v1alpha1`, step 8 deletes it without a savepoint: step 5 tells, and stops there.",
            ));
        }
        decisions(scene, &mut said);
    }
    old_flink(scene, &mut said);
    if situation.targets.len() > 1 {
        said.push(
            "These files belong to more than one cluster, by the scopes of the configuration. A runbook is \
             for one cluster: give the folder of each, one after the other."
                .into(),
        );
    }
    if situation.options.iter().any(|(name, _)| *name == "select") {
        said.push(
            "The run is limited by `--select`. Step 8 is not: it deletes every `FlinkDeployment` of the \
             cluster."
                .into(),
        );
    }
    said
}

/// Workloads that more than one manifest declares: a cluster has one of each, and it cannot be told
/// which manifest that is.
fn twice<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = Prose> + 'a {
    let mut declared: HashMap<_, Vec<&PlannedWorkload>> = HashMap::new();
    for Placed { it, .. } in &scene.situation.workloads {
        declared.entry(&it.key).or_default().push(it);
    }
    scene.subjects.iter().filter_map(move |one| {
        let same = declared.get(&one.it.key).into_iter().flatten();
        let same = same.filter(|it| it.summary.kind == one.it.summary.kind);
        let names = &scene.situation.names;
        let places: Vec<String> =
            same.map(|it| names.display_line(&it.summary.file, it.summary.line)).collect();
        let listed = Prose::list(places.iter().map(String::as_str));
        let said = Prose::of("{} is declared more than once, in ", &[&one.key()]).and(listed);
        let said = said.then(
            ". If these are two clusters, make a runbook for each; if one of them is a copy, leave it out \
             with `--exclude`.",
        );
        (places.len() > 1).then_some(said)
    })
}

/// What nobody has decided yet.
fn decisions(scene: &Scene<'_>, said: &mut Vec<Prose>) {
    for one in scene.preview() {
        match &one.it.start {
            _ if one.answer.is_some() => {}
            ExpectedStart::Open(why) if !one.is_suspended_now() && !one.is_parked() => said.push(Prose::of(
                "{}: step `suspend` does not stop it with a savepoint, but {}. Write its mode, or answer \
                 for it with `savepoint` or `fresh` in the configuration.",
                &[&one.key(), &why.replace('`', "")],
            )),
            ExpectedStart::From(_) if !one.is_suspended_now() && !one.is_parked() => said.push(Prose::of(
                "{}: it has a path to start from, and step `suspend` does not stop it, since its mode is \
                 not a stateful one. What it does after that savepoint was taken is lost: answer \
                 `savepoint = true` for it in the configuration.",
                &[&one.key()],
            )),
            ExpectedStart::NoJob => {}
            _ if one.is_parked() && one.it.summary.mode.is_stateful() && one.it.summary.mode != Mode::Savepoint => {
                said.push(Prose::of(
                    "{}: it was parked without a savepoint, and step 7 deletes what is left of its state. \
                     Resume it first, or put its newest retained checkpoint into a map of answers (`--answers`).",
                    &[&one.key()],
                ));
            }
            _ => {}
        }
        said.extend(parked(one, scene.target()));
        if one.is_suspended_now()
            && one.answer.is_none()
            && one.it.summary.savepoints_dir.is_none()
            && scene.situation.savepoints_dir.is_none()
        {
            said.push(Prose::of(
                "{}: its manifest has no `state.savepoints.dir`, without which operator 0.1.0 takes no \
                 savepoint. Print this runbook again with `--savepoints-dir`.",
                &[&one.key()],
            ));
        }
        if one.it.summary.kind == FlinkKind::SessionJob {
            said.push(Prose::of(
                "{}: only snapshots before operator 0.1.0 knew session jobs at `v1alpha1`. See whether the \
                 cluster has it at all.",
                &[&one.key()],
            ));
        }
    }
}

/// What a parked job still needs: step `convert` does not guess whether it is to run.
fn parked(one: &Subject<'_>, target: Option<Release>) -> Option<Prose> {
    if !one.is_parked() || one.is_unparked() {
        return None;
    }
    let key = one.key();
    if one.it.state_override.is_none() {
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
fn old_flink(scene: &Scene<'_>, said: &mut Vec<Prose>) {
    let target = scene.target();
    let mut versions: Vec<&str> =
        scene.subjects.iter().filter_map(|one| one.it.summary.flink_version.as_deref()).collect();
    versions.sort_unstable();
    versions.dedup();
    for version in versions {
        let is_old = is_old_flink(version);
        let since = flink_version_since(version);
        let keys: Vec<String> = scene
            .subjects
            .iter()
            .filter(|one| one.it.summary.flink_version.as_deref() == Some(version))
            .map(Subject::key)
            .collect();
        let names = Prose::list(keys.iter().map(String::as_str));
        let refused = |target: Release| {
            (is_old && OLD_FLINK.iter().any(|refusal| refusal.releases.contains(target)))
                || since.is_some_and(|since| target < since)
        };
        match target {
            Some(target) if refused(target) => said.push(
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
            None if is_old => said.push(names.and(Prose::of(
                ": {} is not run by operators from 1.7 on (ignored by 1.7 and 1.8, rejected from 1.9 on).",
                &[version],
            ))),
            _ => {}
        }
    }
}
