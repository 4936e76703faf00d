//! What collectors of logs put around a line. Only one that names the pod is read: whose a line is must be
//! certain.

use serde_json::{Map, Value};

/// Where collectors of logs name the pod: Filebeat and Elastic Agent, the same flat, Fluent Bit and
/// Fluentd, logcli, Cloud Logging, stern, Vector.
const PODS: [&[&str]; 8] = [
    &["kubernetes", "pod", "name"],
    &["kubernetes.pod.name"],
    &["kubernetes", "pod_name"],
    &["labels", "pod"],
    &["labels", "pod_name"],
    &["resource", "labels", "pod_name"],
    &["podName"],
    &["kubernetes", "podName"],
];
/// Where Datadog names it, among other tags: a list, or a text with commas.
const TAGS: [&str; 2] = ["tags", "ddtags"];
/// How the tag of the pod begins.
const POD_TAG: &str = "pod_name:";
/// The members that hold an entry of a search, with all that is said of it.
const ENTRIES: [&str; 3] = ["_source", "content", "jsonPayload"];
/// The members that hold what the pod wrote.
const LINES: [&str; 4] = ["line", "log", "message", "textPayload"];

/// The members of what a collector says of a line: those around it, and those of the entry in them.
fn entries(members: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let inner = ENTRIES.iter().filter_map(|name| members.get(*name)?.as_object());
    inner.chain([members])
}

/// The pod that a collector names.
pub(crate) fn pod_of(members: &Map<String, Value>) -> Option<String> {
    let of_tags = |entry: &Map<String, Value>| {
        let tags = TAGS.iter().filter_map(|name| entry.get(*name));
        let texts = tags.flat_map(|tags| match tags {
            Value::Array(tags) => tags.iter().filter_map(Value::as_str).collect(),
            Value::String(tags) => tags.split(',').collect(),
            _ => Vec::new(),
        });
        texts.into_iter().find_map(|tag| tag.trim().strip_prefix(POD_TAG).map(String::from))
    };
    let of_fields = |entry: &Map<String, Value>| {
        PODS.iter().find_map(|path| {
            let (first, rest) = path.split_first()?;
            let value = rest.iter().try_fold(entry.get(*first)?, |here, name| here.get(*name))?;
            value.as_str().map(String::from)
        })
    };
    entries(members).find_map(|entry| of_fields(entry).or_else(|| of_tags(entry)))
}

/// What the pod wrote, with the members beside it.
pub(crate) fn line_of(members: &Map<String, Value>) -> Option<(&Map<String, Value>, &str)> {
    entries(members)
        .flat_map(|entry| LINES.iter().map(move |name| (entry, entry.get(*name))))
        .find_map(|(entry, line)| Some((entry, line?.as_str()?)))
}

#[cfg(test)]
mod tests {
    use crate::verify::log::line::unwrap;

    const INNER: &str = "2022-05-27 16:13:00,417 INFO  o.a.f.X [] - Starting job";

    #[test]
    fn a_line_that_a_collector_kept_is_that_of_the_pod_it_names() {
        let pod = "orders-6c9f7b5d8d-x2x4z";
        let layout = r#"{\"loggerName\":\"x\",\"message\":\"Starting job\"}"#;
        for line in [
            format!(
                r#"{{"labels":{{"namespace":"prod","pod":"{pod}"}},"line":"{INNER}","timestamp":"2022-05-27T16:13:02Z"}}"#
            ),
            format!(
                r#"{{"_index":"k8s","_source":{{"@timestamp":"2022-05-27T16:13:02Z","message":"{INNER}","kubernetes":{{"pod":{{"name":"{pod}"}}}}}}}}"#
            ),
            format!(
                r#"{{"content":{{"message":"{INNER}","tags":["env:prod","pod_name:{pod}"]}},"id":"a"}}"#
            ),
            format!(r#"{{"message":"{INNER}","ddtags":"env:prod,pod_name:{pod}"}}"#),
            format!(
                r#"{{"log":"{INNER}\n","kubernetes":{{"pod_name":"{pod}"}},"stream":"stdout"}}"#
            ),
            format!(
                r#"{{"textPayload":"{INNER}","resource":{{"labels":{{"pod_name":"{pod}"}}}}}}"#
            ),
            format!(r#"{{"message":"{INNER}","podName":"{pod}","containerName":"main"}}"#),
        ] {
            let found = unwrap(&line);
            assert_eq!(found.pod.as_deref(), Some(pod), "{line}");
            assert_eq!(found.text, INNER, "{line}");
            assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"), "{line}");
        }
        for line in [
            format!(r#"{{"log":"{layout}","kubernetes":{{"pod_name":"{pod}"}}}}"#),
            format!(
                r#"{{"loggerName":"x","message":"Starting job","kubernetes":{{"pod_name":"{pod}"}}}}"#
            ),
        ] {
            let found = unwrap(&line);
            assert_eq!((found.text.as_str(), found.logger.as_deref()), ("Starting job", Some("x")));
            assert_eq!(found.pod.as_deref(), Some(pod), "{line}");
        }
    }
}
