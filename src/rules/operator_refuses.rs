//! What a later operator does not take.

use super::{Acceptable, Check, Example, Rule, Step, Subject, Theme};
use crate::finding::{Finding, Remedy};
use crate::flink::detect::FlinkKind;
use crate::flink::dialect;
use crate::flink::names::{field, is_placeholder, key};
use crate::flink::releases::{
    HA_CLUSTER_ID, NAME_PATTERN, OLD_FLINK, Refusal, Release, flink_version_since, is_old_flink,
    listed_spelling, name_is_sound,
};
use crate::text::Span;

pub(super) const RULE: Rule = Rule {
    id: "operator-refuses",
    theme: Theme::Releases,
    steps: &[Step::Convert],
    summary: "a later operator does not take this",
    answer: "change it, or an earlier release",
    explain: "\
What changed: operators refuse more from release to release.

* From 1.1 on: a name that is longer than 45 characters, holds anything but lower case letters,
  digits and `-`, does not begin with a letter, or ends with `-`.
* From 1.4 on: the key `high-availability.cluster-id` in `flinkConfiguration`.
* 1.7 and 1.8: `flinkVersion` `v1_13` and `v1_14` are accepted and never acted upon, but for a
  warning event.
* From 1.9 on: `flinkVersion` `v1_13` and `v1_14` are rejected.
* Always: a `flinkVersion` that the CRD does not list. `v1_13` to `v1_16` are listed from 1.0 on,
  `v1_17` from 1.4, `v1_18` from 1.6, `v1_19` from 1.7, `v1_20` from 1.10, `v2_0` from 1.11, `v2_1`
  and `v2_2` from 1.13 on.

When: with `--target-operator`, what that release refuses is a decision. A `flinkVersion` that is
filled in later counts as one that it refuses. Without a target, each is a note that names the
releases, but for a `flinkVersion` that no release lists, which is a decision in any case.

What to do: change the manifest, or stop at an earlier release first. A job moves to a newer Flink
by changing `flinkVersion` and `image` together: its savepoint is restored by the newer one. A
resource gets another name only by being created anew, and its savepoint entry must follow.
",
    example: Example {
        given: &[],
        args: &["--target-operator", "1.15"],
        file: "orders.yaml",
        before: EXAMPLE,
        after: EXAMPLE,
        says: "orders.yaml:5:17: decision: flinkVersion v1_14 is rejected by operator 1.15",
    },
    accepting: Some("the document keeps what that operator refuses"),
    source: "DefaultValidator.java (1.1.0, FLINK-28087; 1.4.0, FLINK-27273; 1.9.0, FLINK-35052), \
        flinkdeployments.flink.apache.org-v1.yml (1.0.0 to 1.15.0)",
    accept: Acceptable::Yes,
    check: Check::Complete(check),
};

/// The manifest of the example, which is left as it is.
const EXAMPLE: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_14
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: \"2\"
  serviceAccount: flink
  jobManager: {replicas: 1, resource: {memory: 2g, cpu: 1}}
  taskManager: {resource: {memory: 4g, cpu: 2}}
  job:
    jarURI: local:///opt/orders.jar
    parallelism: 4
    upgradeMode: stateless
";

/// Something that some releases refuse.
struct Refused {
    span: Span,
    what: String,
    by: &'static [Refusal],
    help: &'static str,
}

fn check(subject: &Subject<'_, '_>) -> Vec<Finding> {
    if subject.workload.kind != FlinkKind::Deployment {
        return Vec::new();
    }
    let refused = [name(subject), cluster_id(subject), old_flink(subject)];
    let judged = refused.into_iter().flatten().filter_map(|refused| judged(subject, refused));
    judged.chain(unlisted_flink(subject)).collect()
}

fn name(subject: &Subject<'_, '_>) -> Option<Refused> {
    let name = &subject.workload.key.name;
    if name.is_empty() || name_is_sound(name) {
        return None;
    }
    Some(Refused {
        span: subject.workload.point(&[field::METADATA, field::NAME]),
        what: format!("the name `{name}`"),
        by: &[NAME_PATTERN],
        help: "use at most 45 lower case letters, digits and `-`, beginning with a letter",
    })
}

fn cluster_id(subject: &Subject<'_, '_>) -> Option<Refused> {
    // The operator's own configuration may have the key: only manifests are checked for it.
    let setting = subject.workload.configuration.get(key::HA_CLUSTER_ID)?;
    Some(Refused {
        span: setting.node.span_in_file(),
        what: format!("`{}`", key::HA_CLUSTER_ID),
        by: &[HA_CLUSTER_ID],
        help: "take the key out: the operator sets it itself",
    })
}

fn old_flink(subject: &Subject<'_, '_>) -> Option<Refused> {
    let (version, span) = flink_version(subject)?;
    let (what, help) = if is_placeholder(&version) {
        let what = format!("flinkVersion `{version}` is filled in later, and v1_13 or v1_14");
        (what, "run on the manifest after substitution, or accept it if it is v1_15 or later")
    } else if is_old_flink(&version) {
        let help = "move flinkVersion and image to a newer Flink together, or stop at an operator before 1.7";
        (format!("flinkVersion {version}"), help)
    } else {
        return None;
    };
    Some(Refused { span, what, by: &OLD_FLINK, help })
}

/// A version of Flink that the CRD does not list. What `preview-dialect` has a word for is left to it.
fn unlisted_flink(subject: &Subject<'_, '_>) -> Option<Finding> {
    let (version, span) = flink_version(subject)?;
    let target = subject.given.target;
    let is_of_dialect = |written| dialect::flink_version(written).is_some();
    let found = |remedy, message: String| Some(Finding::new(RULE.id, remedy, span, message));
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
            Some(found(Remedy::Decision, message)?.help(help))
        }
        (Some(since), Some(target)) if target < since => {
            let message = format!(
                "flinkVersion {version} is rejected by operator {target}: its CRD lists it from {since} on"
            );
            let help = format!("stay at an older Flink, or install operator {since} or later");
            Some(found(Remedy::Decision, message)?.help(help))
        }
        (Some(since), None) if since > Release::FIRST => {
            let message = format!("flinkVersion {version} is rejected by operators before {since}");
            Some(found(Remedy::Note, message)?.help(format!("install operator {since} or later")))
        }
        (Some(_), _) => None,
    }
}

const FLINK_VERSION: [&str; 2] = [field::SPEC, field::FLINK_VERSION];

/// The version of Flink as the manifest will say it, and where.
fn flink_version(subject: &Subject<'_, '_>) -> Option<(String, Span)> {
    let written = subject.workload.text(&FLINK_VERSION)?;
    let version = dialect::flink_version(written).unwrap_or_else(|| written.to_string());
    Some((version, subject.workload.point(&FLINK_VERSION)))
}

fn judged(subject: &Subject<'_, '_>, refused: Refused) -> Option<Finding> {
    let Refused { span, what, by, help } = refused;
    let Some(target) = subject.given.target else {
        let effects: Vec<String> = by
            .iter()
            .map(|refusal| format!("{} by operators {}", refusal.effect, refusal.releases))
            .collect();
        let message = format!("{what} is {}", effects.join(", "));
        return Some(Finding::new(RULE.id, Remedy::Note, span, message).help(help));
    };
    let refusal = by.iter().find(|refusal| refusal.releases.contains(target))?;
    let message = format!("{what} is {} by operator {target}", refusal.effect);
    Some(Finding::new(RULE.id, Remedy::Decision, span, message).help(help))
}
