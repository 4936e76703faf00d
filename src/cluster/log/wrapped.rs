//! What is wrapped around a line of Flink: by kubectl, container runtimes, collectors, and layouts
//! that write JSON.

use serde_json::{Map, Value};

use super::whose::{Named, Owner, owner_of_pod};

/// A line without its wrapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unwrapped {
    /// Whose it is, if the wrapping says.
    pub(super) owner: Option<Owner>,
    /// The pod that wrote it.
    pub(super) pod: Option<String>,
    /// When it was written, in a form that sorts; of the wrappings the innermost counts.
    pub(super) time: Option<String>,
    /// Its level, if a field says so.
    pub(super) level: Option<String>,
    /// The class that wrote it, if a field says so.
    pub(super) logger: Option<String>,
    /// What Flink or the operator wrote, with what a JSON layout keeps apart appended: exceptions.
    pub(super) text: String,
}

/// Layers that are taken off at most: a collector around a runtime around kubectl around JSON.
const LAYERS: usize = 6;

/// Members that hold the line or its message: log4j's JSON layout and ECS, docker, stern, Google's
/// and Amazon's collectors.
const MESSAGES: [&str; 6] = ["message", "log", "msg", "@message", "textPayload", "MESSAGE"];

/// Members that hold the class that wrote the line: log4j's JSON layout, logstash, ECS, and others.
const LOGGERS: [&str; 4] = ["loggerName", "logger_name", "log.logger", "logger"];

/// Members that hold an exception, as a text or an object.
const EXCEPTIONS: [&str; 5] =
    ["thrown", "exception", "error.message", "error.stack_trace", "stack_trace"];

/// Names of the containers of JobManagers and of the operator (chart and pod templates, 0.1.0 to
/// 1.15.0), by which the columns of `stern` are known.
const CONTAINERS: [&str; 3] =
    ["flink-main-container", "flink-kubernetes-operator", "flink-webhook"];

/// Takes the wrapping off.
pub(super) fn unwrap(line: &str) -> Unwrapped {
    let mut found = Unwrapped::default();
    let mut text = line.trim().to_string();
    for _ in 0..LAYERS {
        let Some(inner) = layer(&text, &mut found) else { break };
        text = inner;
    }
    if let Some((time, _)) = time(&text) {
        found.time = Some(time);
    }
    found.text = text;
    found
}

/// What is inside the outermost layer; nothing if there is none.
fn layer(text: &str, found: &mut Unwrapped) -> Option<String> {
    if let Some(rest) = text.strip_prefix("[pod/") {
        let (pod, rest) = rest.split_once("] ").or_else(|| Some((rest.strip_suffix(']')?, "")))?;
        found.of_pod(None, pod.split('/').next().unwrap_or(pod));
        return Some(rest.to_string());
    }
    if text.starts_with('{') {
        let Ok(Value::Object(members)) = serde_json::from_str(text) else { return None };
        return json(&members, found);
    }
    if let Some((stamp, rest)) = time(text)
        && text.as_bytes().get(10) == Some(&b'T')
    {
        // A runtime and `kubectl --timestamps` put the time in front of the line, the layouts of
        // Flink and the operator a blank between date and time.
        let rest = rest.strip_prefix(' ')?;
        found.time = Some(stamp);
        let inner = ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
            .iter()
            .find_map(|stream| rest.strip_prefix(stream));
        return Some(inner.unwrap_or(rest).to_string());
    }
    let mut words = text.splitn(4, ' ');
    let (one, two, three) = (words.next()?, words.next()?, words.next()?);
    if CONTAINERS.contains(&two) {
        found.of_pod(None, one);
        return Some(text[one.len() + two.len() + 2..].to_string());
    }
    if CONTAINERS.contains(&three) {
        found.of_pod(Some(one), two);
        return Some(words.next().unwrap_or_default().to_string());
    }
    None
}

/// What a line of JSON says.
fn json(members: &Map<String, Value>, found: &mut Unwrapped) -> Option<String> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let within = |outer: &str, name: &str| members.get(outer)?.get(name)?.as_str();
    let pod = text("podName").or(within("kubernetes", "pod_name"));
    if let Some(pod) = pod.or_else(|| members.get("kubernetes")?.get("pod")?.get("name")?.as_str())
    {
        let namespace = text("namespace").or(within("kubernetes", "namespace_name"));
        found.of_pod(namespace.or(within("kubernetes", "namespace")), pod);
    }
    let mdc = |key: &str| {
        let nested = ["contextMap", "mdc", "context", "labels"];
        text(key).or_else(|| nested.iter().find_map(|outer| within(outer, key)))
    };
    if let Some(name) = mdc("resource.name") {
        let namespace = mdc("resource.namespace").map(String::from);
        found.owner = Some(Owner { namespace, name: name.to_string(), named: Named::Resource });
    }
    for name in ["@timestamp", "timestamp", "time", "timeMillis"] {
        found.time = text(name).and_then(time).map(|(time, _)| time).or(found.time.take());
    }
    found.level = text("level").or(text("log.level")).map(str::to_uppercase).or(found.level.take());
    let logger = LOGGERS.iter().find_map(|name| text(name)).or(within("log", "logger"));
    found.logger = logger.map(String::from).or(found.logger.take());
    let mut inner = MESSAGES.iter().find_map(|name| text(name))?.trim().to_string();
    for exception in EXCEPTIONS.iter().filter_map(|name| members.get(*name)) {
        inner.push(' ');
        match exception {
            Value::String(text) => inner.push_str(text),
            other => inner.push_str(&other.to_string()),
        }
    }
    Some(inner)
}

impl Unwrapped {
    fn of_pod(&mut self, namespace: Option<&str>, pod: &str) {
        self.pod =
            Some(namespace.map_or(pod.to_string(), |namespace| format!("{namespace}/{pod}")));
        self.owner = Some(owner_of_pod(namespace, pod));
    }
}

/// The time at the beginning of a text, to milliseconds and without its zone, and the rest. The
/// layouts of Flink and the operator write none, and clusters run in UTC.
fn time(text: &str) -> Option<(String, &str)> {
    let bytes = text.as_bytes();
    let form = b"0000-00-00 00:00:00";
    let fits = |(i, of): (usize, &u8)| match (of, bytes.get(i)) {
        (b'0', Some(digit)) => digit.is_ascii_digit(),
        (b' ', Some(between)) => matches!(between, b' ' | b'T'),
        (of, here) => Some(of) == here,
    };
    if !form.iter().enumerate().all(fits) {
        return None;
    }
    let fraction = &text[form.len()..];
    let digits = fraction.strip_prefix([',', '.']).unwrap_or_default();
    let digits = &digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())];
    let rest = &fraction[digits.len() + usize::from(!digits.is_empty())..];
    let zone = rest.strip_prefix('Z').or_else(|| {
        let zone = rest.get(..6).filter(|zone| zone.starts_with(['+', '-']))?;
        zone[1..].bytes().all(|b| b.is_ascii_digit() || b == b':').then(|| &rest[6..])
    });
    let millis = format!("{digits:0<3}");
    let time = format!("{} {}.{}", &text[..10], &text[11..form.len()], &millis[..3]);
    Some((time, zone.unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: &str = "2022-05-27 16:13:00,417 INFO  o.a.f.X [] - Starting job";

    #[test]
    fn every_wrapping_is_taken_off() {
        let pod = "orders-6c9f7b5d8d-x2x4z";
        for (line, is_of_pod) in [
            (INNER.to_string(), false),
            (format!("[pod/{pod}/flink-main-container] {INNER}"), true),
            (format!("[pod/{pod}/flink-main-container] 2022-05-27T16:13:00.5Z {INNER}"), true),
            (format!("2022-05-27T16:13:00.417123456Z stdout F {INNER}"), false),
            (format!("2022-05-27T16:13:00.417123456+02:00 {INNER}"), false),
            (
                format!(r#"{{"log":"{INNER}\n","stream":"stdout","time":"2022-05-27T16:13:01Z"}}"#),
                false,
            ),
            (format!("{pod} flink-main-container {INNER}"), true),
            (format!("prod {pod} flink-main-container {INNER}"), true),
            (format!(r#"{{"message":"{INNER}","namespace":"prod","podName":"{pod}"}}"#), true),
            (format!(r#"{{"kubernetes":{{"pod_name":"{pod}"}},"log":"{INNER}"}}"#), true),
        ] {
            let found = unwrap(&line);
            assert_eq!(found.text, INNER, "{line}");
            assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"), "{line}");
            let name = found.owner.map(|owner| owner.name);
            assert_eq!(name.as_deref(), is_of_pod.then_some("orders"), "{line}");
        }
    }

    #[test]
    fn layouts_of_json_are_read() {
        let line = r#"{"instant":{"epochSecond":1},"level":"error","loggerName":"x","message":"No",
            "thrown":{"message":"Cannot find"},"contextMap":{"resource.name":"a","resource.namespace":"b"}}"#;
        let found = unwrap(&line.replace('\n', " "));
        assert!(found.text.starts_with("No ") && found.text.contains("Cannot find"));
        assert_eq!(found.level.as_deref(), Some("ERROR"));
        let owner = found.owner.unwrap();
        assert_eq!((owner.namespace.as_deref(), owner.name.as_str()), (Some("b"), "a"));
        assert_eq!(owner.named, Named::Resource);
        let ecs = r#"{"@timestamp":"2022-05-27T16:13:00.417Z","log.level":"INFO","message":"m"}"#;
        let found = unwrap(ecs);
        assert_eq!((found.text.as_str(), found.level.as_deref()), ("m", Some("INFO")));
        assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"));
    }

    #[test]
    fn what_only_looks_wrapped_is_left() {
        for line in ["{", "{}", "[pod/", "[pod/x", "2022-05-27T16:13:00Z", "a b c", "é[pod/x] y"] {
            assert_eq!(unwrap(line).text, line);
        }
        let nested = "[pod/a-6c9f7b5d8d-x2x4z/c] ".repeat(20);
        assert!(unwrap(&nested).text.starts_with("[pod/"));
    }
}
