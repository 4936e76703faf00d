//! `flink-conf.yaml` as Flink reads it, which is not as YAML, and the keys in it.
//!
//! `GlobalConfiguration.loadYAMLResource` (Flink 1.14; `loadLegacyYAMLResource` in 1.19 and 1.20)
//! goes line by line: it cuts at the first `#`, takes what is before the first `: ` for the key
//! and the rest for the value, quotes included, and passes over lines that lack one of them. A
//! duplicate key has its last value.

/// A setting of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConfLine<'t> {
    /// Never empty.
    pub(crate) key: &'t str,
    /// Never empty.
    pub(crate) value: &'t str,
    /// Where the key begins in the text.
    pub(crate) at: usize,
}

/// The settings of the text in order.
pub(crate) fn settings(text: &str) -> impl Iterator<Item = ConfLine<'_>> {
    lines(text).filter_map(|(start, line)| {
        let (key, value) = without_comment(line).split_once(": ")?;
        let (key, value) = (trim(key), trim(value));
        let at = start + (line.len() - line.trim_start_matches(is_blank).len());
        (!key.is_empty() && !value.is_empty()).then_some(ConfLine { key, value, at })
    })
}

/// The first line with text that is not a setting, not even one without a value.
pub(crate) fn first_stray_line(text: &str) -> Option<usize> {
    let is_stray = |line: &str| {
        let text = without_comment(line);
        !text.is_empty() && !text.contains(": ") && !text.ends_with(':')
    };
    lines(text).find(|(_, line)| is_stray(line)).map(|(start, _)| start)
}

/// False for a text that may mean more than its lines say, as JSON and nested YAML do: read line by
/// line it would lose what is around its keys.
pub(crate) fn is_flat(text: &str) -> bool {
    let is_nested = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        line.starts_with([' ', '\t', '{', '[']) && !line.starts_with("{{")
    };
    lines(text).all(|(_, line)| without_comment(line).is_empty() || !is_nested(line))
}

/// The lines and where they begin. Both characters of CRLF end a line, which brings empty ones.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split(['\n', '\r']).map(move |line| {
        let start = next;
        next += line.len() + 1;
        (start, line)
    })
}

fn without_comment(line: &str) -> &str {
    trim(line.split('#').next().unwrap_or_default())
}

/// As `String.trim` of Java does it, and without a byte order mark.
fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

fn is_blank(c: char) -> bool {
    c <= ' ' || c == '\u{feff}'
}

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
    fn lines_are_read_as_flink_reads_them() {
        let text = concat!(
            "\u{feff}a.b: 1\r\n  c : *x  # why\n\td: %y: z\n",
            "e: s3://b#frag\nf:v\ng:\n: h\n# i: 1\nj: \"k\"\rl: # none\nm: ä\n",
        );
        let found: Vec<_> = settings(text).map(|line| (line.key, line.value)).collect();
        let expected = [
            ("a.b", "1"),
            ("c", "*x"),
            ("d", "%y: z"),
            ("e", "s3://b"),
            ("j", "\"k\""),
            ("m", "ä"),
        ];
        assert_eq!(found, expected);
        assert!(settings(text).all(|line| text[line.at..].starts_with(line.key)));
        assert_eq!(first_stray_line("# c\na: 1\nb:\n\n"), None);
        assert_eq!(first_stray_line("a: 1\n${CONF}\n"), Some(5));
    }

    #[test]
    fn nesting_is_seen() {
        for nested in ["a:\n  b: 1\n", "a: |+\n  b: *x\n", "# c\n{\n\"a\": 1", "[a: *b"] {
            assert!(!is_flat(nested), "{nested}");
        }
        for flat in ["a: *x\nb: %y\n", "a:\nb: 1\n  # c\n", "{{ if }}\n", ""] {
            assert!(is_flat(flat), "{flat}");
        }
    }

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
