//! Keys of the configuration: those that tell Flink's own file from any other YAML, and those that were
//! renamed after operator 0.1.0.

use super::values;

/// How the operator's own keys began in 0.1.0 (`OperatorConfigOptions.java`).
const OLD_PREFIX: &str = "operator.";
/// How they begin since (`KubernetesOperatorConfigOptions.java`, 1.0.0; FLINK-27023).
const PREFIX: &str = "kubernetes.operator.";
/// The operator's own metrics; in the configuration of the jobs these keys mean the jobs' metrics.
const METRICS: &str = "metrics.reporter.";

/// Keys that 1.1 renamed once more, without their prefix. It still knows those on the left, behind
/// the new prefix (the deprecated keys of `KubernetesOperatorConfigOptions.java`, 1.1.0); 1.0 knows
/// only those.
const TAILS: [(&str, &str); 7] = [
    ("reconciler.reschedule.interval", "reconcile.interval"),
    ("reconciler.max.parallelism", "reconcile.parallelism"),
    ("reconciler.flink.cancel.job.timeout", "flink.client.cancel.timeout"),
    ("reconciler.flink.cluster.shutdown.timeout", "resource.cleanup.timeout"),
    ("reconciler.jm-deployment-recovery.enabled", "jm-deployment-recovery.enabled"),
    ("observer.savepoint.trigger.grace-period", "savepoint.trigger.grace-period"),
    ("observer.flink.client.timeout", "flink.client.timeout"),
];

/// Keys of the chart's values (FLINK-27023); those of the logging within their section.
const PARTS: [(&str, &str); 3] = [
    (values::OLD, values::NEW),
    (values::OLD_OPERATOR, values::NEW),
    (values::OLD_LOGGING, values::NEW_LOGGING),
];

/// How the chart calls this part of its values since 1.0; nothing if it was not renamed.
pub(crate) fn part(name: &str) -> Option<&'static str> {
    PARTS.iter().find(|(before, _)| *before == name).map(|(_, after)| *after)
}

/// How a key is spelt since 1.1; nothing if it was not renamed. `of_operator` is true where the key
/// stands in the operator's own configuration, which 0.1.0 kept apart from that of the jobs.
pub(crate) fn key(before: &str, of_operator: bool) -> Option<String> {
    spellings(before, of_operator).pop()
}

/// Every spelling under which a release after 0.1.0 knows the key, the latest last; none if it was
/// not renamed.
pub(crate) fn spellings(before: &str, of_operator: bool) -> Vec<String> {
    if of_operator && before.starts_with(METRICS) {
        return vec![format!("{PREFIX}{before}")];
    }
    let Some(tail) = before.strip_prefix(OLD_PREFIX) else { return Vec::new() };
    let renamed = TAILS.iter().find(|(before, _)| *before == tail).map(|(_, after)| *after);
    std::iter::once(tail).chain(renamed).map(|tail| format!("{PREFIX}{tail}")).collect()
}

/// True for a key that only operator 0.1.0 knows.
pub(crate) fn is_old_key(key: &str) -> bool {
    key.starts_with(OLD_PREFIX)
}

/// The first words of full keys, of Flink 1.14 to 2.0, its file systems, and operator 0.1.0.
const ROOTS: [&str; 58] = [
    "$internal",
    "akka",
    "blob",
    "classloader",
    "client",
    "cluster",
    "containerized",
    "env",
    "events",
    "execution",
    "external-resource",
    "external-resources",
    "fs",
    "gs",
    "hadoop",
    "heartbeat",
    "high-availability",
    "historyserver",
    "io",
    "jmx",
    "job",
    "job-result-store",
    "jobmanager",
    "jobstore",
    "kubernetes",
    "metrics",
    "operator",
    "oss",
    "parallelism",
    "pekko",
    "pipeline",
    "plugin",
    "presto",
    "process",
    "python",
    "query",
    "queryable-state",
    "resourcemanager",
    "rest",
    "restart-strategy",
    "rpc",
    "s3",
    "s3a",
    "security",
    "slot",
    "slotmanager",
    "sql-client",
    "sql-gateway",
    "state",
    "streaming",
    "table",
    "task",
    "taskmanager",
    "traces",
    "user",
    "web",
    "yarn",
    "zookeeper",
];

/// Keys that are one word, in Flink 1.14 to 1.18.
const WORDS: [&str; 2] = ["high-availability", "restart-strategy"];

/// True for a key of Flink's configuration, or of the operator's in it.
pub(crate) fn is_of_flink(key: &str) -> bool {
    key.split_once('.').is_some_and(|(root, _)| ROOTS.contains(&root)) || WORDS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_spelling_of_today() {
        for (before, after) in [
            ("operator.reconciler.reschedule.interval", "reconcile.interval"),
            ("operator.reconciler.max.parallelism", "reconcile.parallelism"),
            ("operator.observer.savepoint.trigger.grace-period", "savepoint.trigger.grace-period"),
            ("operator.observer.flink.client.timeout", "flink.client.timeout"),
            ("operator.reconciler.flink.cancel.job.timeout", "flink.client.cancel.timeout"),
            ("operator.observer.rest-ready.delay", "observer.rest-ready.delay"),
            ("operator.observer.progress-check.interval", "observer.progress-check.interval"),
        ] {
            for of_operator in [true, false] {
                assert_eq!(key(before, of_operator), Some(format!("{PREFIX}{after}")));
            }
        }
        assert_eq!(key("kubernetes.operator.reconcile.interval", true), None);
        assert_eq!(key("operators.x", true), None);
    }

    #[test]
    fn metrics_are_renamed_where_they_are_the_operators() {
        let after = "kubernetes.operator.metrics.reporter.slf4j.interval";
        assert_eq!(key("metrics.reporter.slf4j.interval", true).as_deref(), Some(after));
        assert_eq!(key("metrics.reporter.slf4j.interval", false), None);
    }

    #[test]
    fn keys_of_flink_are_told_from_others() {
        for key in ["taskmanager.numberOfTaskSlots", "high-availability", "s3.endpoint"] {
            assert!(is_of_flink(key), "{key}");
        }
        for key in ["state", "services.web.image", "spec.job.state", "image.tag", "", ".", "x"] {
            assert!(!is_of_flink(key), "{key}");
        }
    }
}
