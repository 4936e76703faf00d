//! Keys of the configuration: those by which Flink's own file differs from any other YAML, and those that
//! were renamed after operator 0.1.0.

/// How the operator's own keys began in 0.1.0 (`OperatorConfigOptions.java`).
const OLD_PREFIX: &str = "operator.";
/// How they begin since (`KubernetesOperatorConfigOptions.java`, 1.0.0; FLINK-27023).
const PREFIX: &str = "kubernetes.operator.";
/// The operator's own metrics; in the configuration of the jobs these keys mean the jobs' metrics.
const METRICS: &str = "metrics.reporter.";

/// Keys that 1.1 renamed once more, without their prefix (the deprecated keys of
/// `KubernetesOperatorConfigOptions.java`, 1.1.0).
const TAILS: [(&str, &str); 7] = [
    ("reconciler.reschedule.interval", "reconcile.interval"),
    ("reconciler.max.parallelism", "reconcile.parallelism"),
    ("reconciler.flink.cancel.job.timeout", "flink.client.cancel.timeout"),
    ("reconciler.flink.cluster.shutdown.timeout", "resource.cleanup.timeout"),
    ("reconciler.jm-deployment-recovery.enabled", "jm-deployment-recovery.enabled"),
    ("observer.savepoint.trigger.grace-period", "savepoint.trigger.grace-period"),
    ("observer.flink.client.timeout", "flink.client.timeout"),
];

/// How a key is spelt since 1.1; nothing if it was not renamed. `of_operator` is true where the key
/// stands in the operator's own configuration, which 0.1.0 kept apart from that of the jobs.
pub(crate) fn renamed(before: &str, of_operator: bool) -> Option<String> {
    if of_operator && before.starts_with(METRICS) {
        return Some(format!("{PREFIX}{before}"));
    }
    let tail = before.strip_prefix(OLD_PREFIX)?;
    let tail = TAILS.iter().find(|(before, _)| *before == tail).map_or(tail, |(_, after)| after);
    Some(format!("{PREFIX}{tail}"))
}

/// True for a key that only operator 0.1.0 knows.
pub(crate) fn is_old_key(key: &str) -> bool {
    key.starts_with(OLD_PREFIX)
}

/// The first words of full keys, of Flink 1.14 to 2.0, its file systems, and operator 0.1.0.
const ROOTS: &str = "$internal akka blob classloader client cluster containerized env events execution \
    external-resource external-resources fs gs hadoop heartbeat high-availability historyserver io jmx \
    job job-result-store jobmanager jobstore kubernetes metrics operator oss parallelism pekko pipeline \
    plugin presto process python query queryable-state resourcemanager rest restart-strategy rpc s3 s3a \
    security slot slotmanager sql-client sql-gateway state streaming table task taskmanager traces user \
    web yarn zookeeper";

/// True for a key of Flink's configuration, or of the operator's in it. Two keys are one word, in Flink
/// 1.14 to 1.18.
pub(crate) fn is_of_flink(key: &str) -> bool {
    let has_root = |(root, _)| ROOTS.split_whitespace().any(|word| word == root);
    key.split_once('.').is_some_and(has_root)
        || matches!(key, "high-availability" | "restart-strategy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_operator_are_renamed_and_metrics_where_they_are_its_own() {
        for (before, after) in [
            ("operator.reconciler.reschedule.interval", "reconcile.interval"),
            ("operator.observer.savepoint.trigger.grace-period", "savepoint.trigger.grace-period"),
            ("operator.observer.rest-ready.delay", "observer.rest-ready.delay"),
        ] {
            for of_operator in [true, false] {
                assert_eq!(renamed(before, of_operator), Some(format!("{PREFIX}{after}")));
            }
        }
        let after = "kubernetes.operator.metrics.reporter.slf4j.interval";
        assert_eq!(renamed("metrics.reporter.slf4j.interval", true).as_deref(), Some(after));
        assert_eq!(renamed("metrics.reporter.slf4j.interval", false), None);
        assert_eq!(renamed("kubernetes.operator.reconcile.interval", true), None);
        assert_eq!(renamed("operators.x", true), None);
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
