//! What a later operator does not take.

use super::{Check, FLINK_VERSION, NAME, Rule, Step, Subject, Theme};
use crate::diagnostic::{Diagnostic, SymbolicLocation};
use crate::flink::dialect;
use crate::flink::names::{FlinkKind, is_placeholder, key};
use crate::flink::releases::{
    HA_CLUSTER_ID, NAME_PATTERN, OLD_FLINK, Release, ReleaseRefusal, SESSION_LAST_STATE,
    flink_version_since, is_old_flink, listed_spelling, name_is_sound,
};
use crate::flink::workload::{MODE, Mode};
use crate::k8s::is_dns_name;

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Convert],
    answer: "change it, or an earlier release",
    checks: &[Check::Complete(check)],
    ..Rule::new(Theme::Releases, include_str!("operator_refuses.md"))
};

/// Something that some releases refuse.
struct Refused {
    at: SymbolicLocation,
    what: String,
    by: &'static [ReleaseRefusal],
    help: &'static str,
}

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    if subject.workload.kind != FlinkKind::Deployment {
        let refused = session_last_state(subject);
        return refused.and_then(|refused| judged(subject, refused)).into_iter().collect();
    }
    let refused = [name(subject), cluster_id(subject), old_flink(subject)];
    let judged = refused.into_iter().flatten().filter_map(|refused| judged(subject, refused));
    judged.chain(unlisted_flink(subject)).collect()
}

fn name(subject: &Subject<'_, '_>) -> Option<Refused> {
    let name = &subject.workload.key.name;
    // What is no name at all is filled in later.
    if !is_dns_name(name) || name_is_sound(name) {
        return None;
    }
    Some(Refused {
        at: SymbolicLocation::from(&NAME),
        what: format!("the name `{name}`"),
        by: &[NAME_PATTERN],
        help: "use at most 45 lower case letters, digits and `-`, beginning with a letter",
    })
}

fn cluster_id(subject: &Subject<'_, '_>) -> Option<Refused> {
    // The operator's own configuration may have the key: only manifests are checked for it.
    subject.workload.configuration.get(key::HA_CLUSTER_ID)?;
    Some(Refused {
        at: SymbolicLocation::Setting(key::HA_CLUSTER_ID),
        what: format!("`{}`", key::HA_CLUSTER_ID),
        by: &[HA_CLUSTER_ID],
        help: "remove the key: the operator sets it itself",
    })
}

fn session_last_state(subject: &Subject<'_, '_>) -> Option<Refused> {
    (subject.mode() == Mode::LastState).then(|| Refused {
        at: SymbolicLocation::from(&MODE),
        what: "`upgradeMode: last-state` of a session job".to_string(),
        by: &[SESSION_LAST_STATE],
        help: "write savepoint, or install operator 1.10 or later",
    })
}

fn old_flink(subject: &Subject<'_, '_>) -> Option<Refused> {
    let version = flink_version(subject)?;
    let (what, help) = if is_placeholder(&version) {
        let what = format!("flinkVersion `{version}` is filled in later, and v1_13 or v1_14");
        (what, "run on the manifest after substitution, or accept it if it is v1_15 or later")
    } else if is_old_flink(&version) {
        let help = "move flinkVersion and image to a newer Flink together, or stop at an operator before 1.7";
        (format!("flinkVersion {version}"), help)
    } else {
        return None;
    };
    Some(Refused { at: SymbolicLocation::from(&FLINK_VERSION), what, by: &OLD_FLINK, help })
}

/// A version of Flink that the CRD does not list. What `preview-dialect` has a word for is left to it.
fn unlisted_flink(subject: &Subject<'_, '_>) -> Option<Diagnostic> {
    let version = flink_version(subject)?;
    let at = &FLINK_VERSION;
    let target = subject.inputs.target;
    let is_of_dialect = |written| dialect::flink_version(written).is_some();
    match (flink_version_since(&version), target) {
        (None, _) if is_placeholder(&version) => None,
        (None, _) if subject.workload.text(&FLINK_VERSION).is_some_and(is_of_dialect) => None,
        (None, _) => {
            let (first, last) = (Release::FIRST, Release::LAST);
            let message = format!(
                "flinkVersion `{version}` is rejected by every operator: no CRD of {first} to {last} \
                 lists it"
            );
            let help = match listed_spelling(&version) {
                Some(listed) => format!("write `{listed}`"),
                None => "write the version of Flink that the image has, such as `v1_16`".into(),
            };
            Some(Diagnostic::decision(RULE.id, at, message).help(help))
        }
        (Some(since), Some(target)) if target < since => {
            let message = format!(
                "flinkVersion {version} is rejected by operator {target}: its CRD lists it from {since} on"
            );
            let help = format!("stay at an older Flink, or install operator {since} or later");
            Some(Diagnostic::decision(RULE.id, at, message).help(help))
        }
        (Some(since), None) if since > Release::FIRST => {
            let message = format!("flinkVersion {version} is rejected by operators before {since}");
            let help = format!("install operator {since} or later");
            Some(Diagnostic::note(RULE.id, at, message).help(help))
        }
        (Some(_), _) => None,
    }
}

/// The version of Flink as the manifest will say it.
fn flink_version(subject: &Subject<'_, '_>) -> Option<String> {
    let written = subject.workload.text(&FLINK_VERSION)?;
    Some(dialect::flink_version(written).unwrap_or_else(|| written.to_string()))
}

fn judged(subject: &Subject<'_, '_>, refused: Refused) -> Option<Diagnostic> {
    let Refused { at, what, by, help } = refused;
    let Some(target) = subject.inputs.target else {
        let effects: Vec<String> = by
            .iter()
            .map(|refusal| format!("{} by operators {}", refusal.effect, refusal.releases))
            .collect();
        let message = format!("{what} is {}", effects.join(", "));
        return Some(Diagnostic::note(RULE.id, at, message).help(help));
    };
    let refusal = by.iter().find(|refusal| refusal.releases.contains(target))?;
    let message = format!("{what} is {} by operator {target}", refusal.effect);
    Some(Diagnostic::decision(RULE.id, at, message).help(help))
}
