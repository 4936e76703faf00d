//! How keys of Flink's configuration begin: what tells Flink's own file from any other YAML.

/// The first words of full keys, of Flink 1.14 to 2.0, its file systems, and operator 0.1.0.
#[rustfmt::skip]
const ROOTS: [&str; 58] = [
    "$internal", "akka", "blob", "classloader", "client", "cluster", "containerized", "env",
    "events", "execution", "external-resource", "external-resources", "fs", "gs", "hadoop",
    "heartbeat", "high-availability", "historyserver", "io", "jmx", "job", "job-result-store",
    "jobmanager", "jobstore", "kubernetes", "metrics", "operator", "oss", "parallelism", "pekko",
    "pipeline", "plugin", "presto", "process", "python", "query", "queryable-state",
    "resourcemanager", "rest", "restart-strategy", "rpc", "s3", "s3a", "security", "slot",
    "slotmanager", "sql-client", "sql-gateway", "state", "streaming", "table", "task",
    "taskmanager", "traces", "user", "web", "yarn", "zookeeper",
];

/// Keys that are one word, in Flink 1.14 to 1.18.
const WORDS: [&str; 2] = ["high-availability", "restart-strategy"];

/// True for a key of Flink's configuration, or of the operator's in it.
pub(super) fn is_of_flink(key: &str) -> bool {
    key.split_once('.').is_some_and(|(root, _)| ROOTS.contains(&root)) || WORDS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

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
