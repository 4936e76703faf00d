//! The table of operator releases against a list of facts that was read out of the operator's
//! sources without a look at the table: no fact is forgotten, and no row is made up.

use std::collections::BTreeMap;

use flink_migrate::flink::releases::{Effect, ROWS, Row};

/// The fact; the first and the last release it holds for; what it may do; words that a row about it
/// cannot do without. Entries of one fact are different ways to write it down. The number in front
/// groups them: 2.4 is about the chart's defaults, 2.5 about keys of the configuration, 4 about the
/// validators, one number each, and 5 about the schema.
type Expected = (&'static str, &'static str, &'static str, Effects, &'static [&'static str]);
type Effects = &'static [Effect];

/// First release of a fact that was true before 1.0 too: a row may leave 0.1 out.
const EVER: &str = "0.1";
/// Last release of a fact that still holds.
const OPEN: &str = "-";

const REFUSES: Effects = &[Effect::Refuses];
const ACCEPTS: Effects = &[Effect::Accepts];
const CHANGES: Effects = &[Effect::Changes];
const GIVES_LESS: Effects = &[Effect::Drops, Effect::Changes];
const PASSES_OVER: Effects = &[Effect::Ignores, Effect::Drops];
const LEAVES_LYING: Effects = &[Effect::Ignores, Effect::Drops, Effect::Refuses];
const ANY: Effects =
    &[Effect::Refuses, Effect::Ignores, Effect::Drops, Effect::Changes, Effect::Accepts];

/// What begins or ends with a release, and can be told from a manifest and the configuration.
static FACTS: &[Expected] = &[
    // Defaults of the chart.
    ("2.4 JobManager memory of the chart", "1.2", OPEN, GIVES_LESS, &["jobmanager", "memory"]),
    ("2.4 JobManager memory of the chart", "1.2", "1.3", LEAVES_LYING, &["jobmanager", "memory"]),
    ("2.4 JobManager memory of the chart", "1.2", OPEN, GIVES_LESS, &["1600m"]),
    ("2.4 TaskManager memory of the chart", "1.2", OPEN, GIVES_LESS, &["taskmanager", "memory"]),
    ("2.4 TaskManager memory of the chart", "1.2", "1.3", LEAVES_LYING, &["taskmanager", "memory"]),
    ("2.4 TaskManager memory of the chart", "1.2", OPEN, GIVES_LESS, &["1728m"]),
    ("2.4 slots of the chart", "1.3", OPEN, GIVES_LESS, &["taskmanager.numberOfTaskSlots"]),
    ("2.4 parallelism of the chart", "1.3", OPEN, GIVES_LESS, &["parallelism"]),
    ("2.4 Kubernetes units of memory", EVER, "1.6", REFUSES, &["memory"]),
    ("2.4 Kubernetes units of memory", "1.7", OPEN, ACCEPTS, &["memory"]),
    ("2.5 forbidden key", "1.4", OPEN, REFUSES, &["high-availability.cluster-id"]),
    // Validators, by the number of the rule.
    ("4.1 name", "1.1", OPEN, REFUSES, &["name", "45"]),
    ("4.3 Flink 1.14 lies still", "1.7", "1.8", LEAVES_LYING, &["v1_14"]),
    ("4.3 Flink 1.14 is rejected", "1.9", OPEN, REFUSES, &["v1_14"]),
    ("4.6 rollback", "1.0", OPEN, REFUSES, &["rollback"]),
    ("4.6 rollback", "1.0", "1.3", REFUSES, &["rollback"]),
    ("4.7 health check", "1.3", OPEN, REFUSES, &["health"]),
    ("4.11 jar", EVER, "1.1", REFUSES, &["jarURI"]),
    ("4.11 jar", "1.2", OPEN, ACCEPTS, &["jarURI"]),
    ("4.12 last-state without HA", EVER, "1.9", REFUSES, &["last-state"]),
    ("4.12 last-state without HA", "1.4", "1.9", REFUSES, &["last-state"]),
    ("4.12 last-state without HA", "1.10", OPEN, ACCEPTS, &["last-state"]),
    ("4.13 checkpoint directory", "1.0", OPEN, REFUSES, &["state.checkpoints.dir"]),
    ("4.16 periodic savepoints", "1.1", OPEN, REFUSES, &["periodic", "savepoint"]),
    ("4.17 age of a checkpoint", "1.5", OPEN, REFUSES, &["checkpoint", "age"]),
    ("4.18 TaskManagers", "1.1", OPEN, REFUSES, &["taskManager", "replicas"]),
    ("4.20 memory in a resource", EVER, "1.3", REFUSES, &["resource", "memory"]),
    ("4.20 memory in a resource", "1.4", OPEN, ACCEPTS, &["resource", "memory"]),
    ("4.21 memory anywhere", "1.4", OPEN, REFUSES, &["memory"]),
    ("4.23 ephemeral storage", "1.5", OPEN, REFUSES, &["ephemeralStorage"]),
    ("4.24 account", "1.0", OPEN, REFUSES, &["serviceAccount"]),
    ("4.25 suspended is rejected", EVER, "1.6", REFUSES, &["running"]),
    ("4.25 suspended is rejected", EVER, "1.6", REFUSES, &["suspended"]),
    ("4.25 suspended lies still", "1.7", OPEN, ANY, &["suspended"]),
    ("4.31 autoscaler", "1.7", OPEN, REFUSES, &["autoscaler"]),
    // Growth of the schema.
    ("5 v1_13", "1.0", OPEN, ACCEPTS, &["v1_13"]),
    ("5 v1_13", "1.0", "1.6", ACCEPTS, &["v1_13"]),
    ("5 v1_13", "1.0", "1.8", ACCEPTS, &["v1_13"]),
    ("5 allowNonRestoredState", "1.0", OPEN, ACCEPTS, &["allowNonRestoredState"]),
    ("5 taskManager.replicas", "1.1", OPEN, ACCEPTS, &["taskManager", "replicas"]),
    ("5 taskManager.replicas", EVER, "1.0", PASSES_OVER, &["taskManager", "replicas"]),
    ("5 mode", "1.2", OPEN, ACCEPTS, &["mode", "standalone"]),
    ("5 mode", EVER, "1.1", PASSES_OVER, &["mode", "standalone"]),
    ("5 clusterName", "1.3", OPEN, LEAVES_LYING, &["clusterName"]),
    ("5 v1_17", "1.4", OPEN, ACCEPTS, &["v1_17"]),
    ("5 v1_17", EVER, "1.3", REFUSES, &["v1_17"]),
    ("5 ephemeralStorage", "1.5", OPEN, ACCEPTS, &["ephemeralStorage"]),
    ("5 ephemeralStorage", EVER, "1.4", PASSES_OVER, &["ephemeralStorage"]),
    ("5 v1_18", "1.6", OPEN, ACCEPTS, &["v1_18"]),
    ("5 v1_18", EVER, "1.5", REFUSES, &["v1_18"]),
    ("5 checkpointTriggerNonce", "1.7", OPEN, ACCEPTS, &["checkpointTriggerNonce"]),
    ("5 checkpointTriggerNonce", EVER, "1.6", PASSES_OVER, &["checkpointTriggerNonce"]),
    ("5 v1_19", "1.7", OPEN, ACCEPTS, &["v1_19"]),
    ("5 v1_19", EVER, "1.6", REFUSES, &["v1_19"]),
    ("5 labels of the ingress", "1.8", OPEN, ACCEPTS, &["ingress", "labels"]),
    ("5 labels of the ingress", EVER, "1.7", PASSES_OVER, &["ingress", "labels"]),
    ("5 TLS of the ingress", "1.8", OPEN, ACCEPTS, &["ingress", "tls"]),
    ("5 TLS of the ingress", EVER, "1.7", PASSES_OVER, &["ingress", "tls"]),
    ("5 savepointRedeployNonce", "1.8", OPEN, ACCEPTS, &["savepointRedeployNonce"]),
    ("5 savepointRedeployNonce", EVER, "1.7", PASSES_OVER, &["savepointRedeployNonce"]),
    ("5 v1_20", "1.10", OPEN, ACCEPTS, &["v1_20"]),
    ("5 v1_20", EVER, "1.9", REFUSES, &["v1_20"]),
    ("5 autoscalerResetNonce", "1.11", OPEN, ACCEPTS, &["autoscalerResetNonce"]),
    ("5 autoscalerResetNonce", EVER, "1.10", PASSES_OVER, &["autoscalerResetNonce"]),
    ("5 v2_0", "1.11", OPEN, ACCEPTS, &["v2_0"]),
    ("5 v2_0", EVER, "1.10", REFUSES, &["v2_0"]),
    ("5 v2_1", "1.13", OPEN, ACCEPTS, &["v2_1"]),
    ("5 v2_1", EVER, "1.12", REFUSES, &["v2_1"]),
    ("5 v2_2", "1.13", OPEN, ACCEPTS, &["v2_2"]),
    ("5 v2_2", EVER, "1.12", REFUSES, &["v2_2"]),
    ("5 nested configuration", "1.13", OPEN, ACCEPTS, &["flinkConfiguration"]),
    ("5 nested configuration", EVER, "1.12", REFUSES, &["flinkConfiguration"]),
    ("5 FlinkSessionJob", "1.0", OPEN, ACCEPTS, &["FlinkSessionJob"]),
    ("5 FlinkStateSnapshot", "1.10", OPEN, ACCEPTS, &["FlinkStateSnapshot"]),
    ("5 FlinkBlueGreenDeployment", "1.14", OPEN, ACCEPTS, &["FlinkBlueGreenDeployment"]),
];

/// What holds for every release, needs a look at the cluster, or concerns other kinds and the status.
/// A table may leave it out; what it says of it has to be right.
static MORE: &[Expected] = &[
    ("2.4 ports of the chart", "1.2", OPEN, GIVES_LESS, &["port"]),
    ("2.4 chart until it gave less", EVER, "1.1", ACCEPTS, &["memory"]),
    ("2.4 chart until it gave less", EVER, "1.2", ACCEPTS, &["slots"]),
    ("2.5 forbidden key", EVER, OPEN, REFUSES, &["kubernetes.cluster-id"]),
    ("2.5 forbidden key", EVER, OPEN, REFUSES, &["kubernetes.namespace"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["kubernetes.container.image"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["kubernetes.service-account"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["kubernetes.jobmanager.replicas"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["parallelism.default"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["pipeline.jars"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["execution.target"]),
    ("2.5 overwritten key", EVER, OPEN, PASSES_OVER, &["kubernetes.rest-service.exposed.type"]),
    ("2.5 removed key", EVER, OPEN, PASSES_OVER, &["execution.savepoint.path"]),
    ("4.2", EVER, OPEN, REFUSES, &["flinkVersion"]),
    ("4.2", EVER, OPEN, REFUSES, &["Flink Version"]),
    ("4.3", "1.7", "1.8", LEAVES_LYING, &["v1_13"]),
    ("4.3", "1.9", OPEN, REFUSES, &["v1_13"]),
    ("4.4", "1.4", OPEN, REFUSES, &["flinkVersion", "last-state"]),
    ("4.6", "1.4", OPEN, ANY, &["rollback"]),
    ("4.8", EVER, OPEN, REFUSES, &["ingress"]),
    ("4.9", EVER, OPEN, REFUSES, &["log"]),
    ("4.10", EVER, OPEN, REFUSES, &["parallelism"]),
    ("4.12", EVER, "1.3", REFUSES, &["last-state"]),
    ("4.14", EVER, OPEN, REFUSES, &["state.savepoints.dir"]),
    ("4.15", EVER, OPEN, REFUSES, &["savepointTriggerNonce"]),
    ("4.19", EVER, OPEN, REFUSES, &["jobManager", "replicas"]),
    ("4.22", EVER, OPEN, REFUSES, &["memory", "parse"]),
    ("4.26", EVER, OPEN, REFUSES, &["session"]),
    ("4.27", "1.2", OPEN, REFUSES, &["standalone"]),
    ("4.28", EVER, "1.0", REFUSES, &["savepoint"]),
    ("4.29", EVER, "1.9", REFUSES, &["last-state"]),
    ("4.30", "1.8", OPEN, REFUSES, &["savepointRedeployNonce"]),
    ("4 session job without a job", "1.0", OPEN, REFUSES, &["FlinkSessionJob"]),
    ("4 last-state of a session job", "1.0", "1.9", REFUSES, &["session"]),
    ("4 last-state of a session job", "1.10", OPEN, ACCEPTS, &["session"]),
    ("4 configuration of a session job", "1.0", "1.2", REFUSES, &["session"]),
    ("4 configuration of a session job", "1.3", OPEN, ACCEPTS, &["session"]),
    ("4 suspended session job", "1.0", "1.6", REFUSES, &["running"]),
    ("4 deploymentName", "1.2", OPEN, REFUSES, &["deploymentName"]),
    ("4 jar of a session job", "1.15", OPEN, REFUSES, &["jarURI"]),
    ("4 host of a jar", "1.15", OPEN, REFUSES, &["private"]),
    ("4 snapshot", "1.10", OPEN, REFUSES, &["snapshot"]),
    ("4 label of a session job", "1.1", OPEN, ANY, &["target.session"]),
    ("5 API version", EVER, EVER, ACCEPTS, &["v1alpha1"]),
    ("5 API version", "1.0", OPEN, LEAVES_LYING, &["v1alpha1"]),
    ("5 API version", "1.0", OPEN, ACCEPTS, &["v1beta1"]),
    ("5 scale subresource", "1.1", OPEN, ACCEPTS, &["scale"]),
    ("5 claims of a template", "1.9", OPEN, LEAVES_LYING, &["resources.claims"]),
    ("5 claims of a template", "1.13", OPEN, LEAVES_LYING, &["resourceClaims"]),
    ("5 type of the template", "1.8", OPEN, ANY, &["PodTemplateSpec"]),
    ("5 old Flink", "1.15", OPEN, ANY, &["deprecated", "v1_18"]),
    ("5 savepointTriggerNonce", "1.10", OPEN, ANY, &["deprecated", "savepointTriggerNonce"]),
    ("5 status", "1.0", OPEN, ANY, &["savepointHistory"]),
    ("5 status", "1.0", OPEN, ANY, &["lastReconciledSpec"]),
    ("5 status", "1.1", OPEN, ANY, &["triggerType"]),
    ("5 status", "1.3", OPEN, ANY, &["formatType"]),
    ("5 status", "1.4", OPEN, ANY, &["lifecycleState"]),
    ("5 status", "1.7", OPEN, ANY, &["checkpointInfo"]),
    ("5 status", "1.8", OPEN, ANY, &["observedGeneration"]),
    ("5 status", "1.10", OPEN, ANY, &["upgradeSavepointPath"]),
    ("5 status", "1.11", OPEN, ANY, &["DELETED"]),
    ("5 status", "1.15", OPEN, ANY, &["conditions"]),
    // Beyond the four sections: changed defaults, high availability, and where checkpoints lie.
    ("1.5 cancelling in the web interface", "1.0", OPEN, CHANGES, &["web.cancel.enable"]),
    ("1.5 ended application", "1.0", OPEN, CHANGES, &["shutdown-on-application-finish"]),
    ("1.5 failed application", "1.0", OPEN, CHANGES, &["submit-failed-job"]),
    ("1.5 checkpoints of a cancelled job", "1.0", OPEN, CHANGES, &["checkpoints", "cancelled"]),
    ("1.5 interval of last-state", "1.0", OPEN, CHANGES, &["execution.checkpointing.interval"]),
    ("1.5 name of the pipeline", "1.2", OPEN, CHANGES, &["pipeline.name"]),
    ("1.5 startup probe", "1.6", OPEN, CHANGES, &["probe"]),
    ("1.3 configuration of the operator", "1.0", OPEN, ACCEPTS, &["FLINK-27029"]),
    ("2.1 cpu of the JobManager", "1.0", OPEN, CHANGES, &["kubernetes.jobmanager.cpu", "1.0"]),
    ("2.1 cpu of TaskManagers", "1.0", OPEN, CHANGES, &["kubernetes.taskmanager.cpu", "slots"]),
    ("2.2 replicas", "1.0", OPEN, CHANGES, &["kubernetes.jobmanager.replicas"]),
    ("2.2 standby JobManagers", "1.0", "1.3", REFUSES, &["standby", "Kubernetes"]),
    ("2.2 standby JobManagers", "1.4", OPEN, REFUSES, &["standby"]),
    ("2.2 spelling of high availability", "1.0", "1.2", REFUSES, &["KubernetesHaServicesFactory"]),
    (
        "2.2 spelling of high availability",
        "1.3",
        OPEN,
        ACCEPTS,
        &["`high-availability: kubernetes`"],
    ),
    ("2.2 means of high availability", "1.4", OPEN, ACCEPTS, &["ZooKeeper"]),
    ("5 versions before the CRD has them", "1.15", OPEN, REFUSES, &["v2_3", "v2_4"]),
    ("newer checkpoint directory", "1.11", OPEN, ACCEPTS, &["execution.checkpointing.dir"]),
    ("random job ids", "1.2", OPEN, CHANGES, &["FLINK-29109"]),
];

#[test]
fn every_fact_has_a_row() {
    let mut facts: BTreeMap<&str, Vec<&Expected>> = BTreeMap::new();
    for expected in FACTS {
        facts.entry(expected.0).or_default().push(expected);
    }
    let has_row = |ways: &[&Expected]| ROWS.iter().any(|row| ways.iter().any(|way| fits(row, way)));
    let lost: Vec<String> = facts
        .iter()
        .filter(|(_, ways)| !has_row(ways))
        .map(|(fact, ways)| {
            let ways: Vec<String> = ways.iter().map(|way| shown(way)).collect();
            format!("{fact}: {}", ways.join(", or "))
        })
        .collect();
    assert!(lost.is_empty(), "{} facts have no row:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn every_row_is_a_fact() {
    let known = |row: &Row| FACTS.iter().chain(MORE).any(|expected| fits(row, expected));
    let made_up: Vec<String> = ROWS
        .iter()
        .filter(|row| !known(row))
        .map(|row| format!("{} to {}, {}: {}", row.from, last(row), name(row.effect), text(row)))
        .collect();
    assert!(made_up.is_empty(), "{} rows are no fact:\n{}", made_up.len(), made_up.join("\n"));
}

#[test]
fn every_rule_that_a_row_names_exists() {
    for row in ROWS {
        let known = row.rule.is_none_or(|id| flink_migrate::rules::rule(id).is_some());
        assert!(known, "{:?}: {}", row.rule, text(row));
    }
}

#[test]
fn a_row_holds_from_its_first_release_to_its_last() {
    for row in ROWS {
        assert!(row.holds(row.from), "{} on: {}", row.from, text(row));
        for other in ROWS {
            let (first, asked) = (row.from.to_string(), other.from.to_string());
            let over = |last: String| last != OPEN && number(&asked) > number(&last);
            let wanted = number(&asked) >= number(&first) && !over(last(row));
            assert_eq!(
                row.holds(other.from),
                wanted,
                "{first} on, asked for {asked}: {}",
                text(row)
            );
        }
    }
}

fn fits(row: &Row, (_, from, to, effects, words): &Expected) -> bool {
    let begins = row.from.to_string();
    let text = text(row).to_lowercase();
    (begins == *from || (*from == EVER && begins == "1.0"))
        && last(row) == *to
        && effects.iter().any(|effect| name(*effect) == name(row.effect))
        && words.iter().all(|word| text.contains(&word.to_lowercase()))
}

/// The last release that a row holds for, whether its end is meant to be in or out.
fn last(row: &Row) -> String {
    match row.to {
        None => OPEN.to_string(),
        Some(end) if row.holds(end) => end.to_string(),
        Some(end) => match number(&end.to_string()) {
            (1, 0) => EVER.to_string(),
            (major, minor) => format!("{major}.{}", minor - 1),
        },
    }
}

fn number(release: &str) -> (u32, u32) {
    let parsed =
        release.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    parsed.unwrap_or_else(|| panic!("`{release}` is no release"))
}

fn text(row: &Row) -> String {
    format!("{} {} {}", row.what, row.message.unwrap_or_default(), row.source)
}

fn name(effect: Effect) -> &'static str {
    match effect {
        Effect::Refuses => "refuses",
        Effect::Ignores => "ignores",
        Effect::Drops => "drops",
        Effect::Changes => "changes",
        Effect::Accepts => "accepts",
    }
}

fn shown((_, from, to, effects, words): &Expected) -> String {
    let effects: Vec<&str> = effects.iter().copied().map(name).collect();
    format!("{from} to {to}, {} ({})", effects.join(" or "), words.join(", "))
}
