//! Takes off what kubectl, a container runtime or a JSON layout puts around a line.

use serde_json::{Map, Value};

/// A line without its wrapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unwrapped {
    /// The pod that wrote it.
    pub(crate) pod: Option<String>,
    /// When it was written, in a form that sorts. Of several times the innermost counts.
    pub(crate) time: Option<String>,
    /// The class that wrote it, if a JSON layout says so.
    pub(crate) logger: Option<String>,
    /// What Flink or the operator wrote.
    pub(crate) text: String,
}

/// Members that hold the class that wrote the line: log4j's JSON layout, ECS, and others.
const LOGGERS: [&str; 4] = ["loggerName", "log.logger", "logger_name", "logger"];

/// Takes off the prefix of `kubectl logs --prefix`, the time that `--timestamps` and a runtime put in
/// front, and the JSON layout of log4j. The text of any other JSON is empty: what it is about is not
/// known.
pub(crate) fn unwrap(line: &str) -> Unwrapped {
    let mut found = Unwrapped::default();
    let mut text = line.trim();
    if let Some(rest) = text.strip_prefix("[pod/")
        && let Some((source, rest)) = rest.split_once(']')
    {
        found.pod = Some(source.split('/').next().unwrap_or(source).to_string());
        text = rest.trim_start();
    }
    // The layouts of Flink and the operator write a blank between date and time.
    if let Some((stamp, rest)) = time(text)
        && text.as_bytes()[10] == b'T'
        && let Some(rest) = rest.strip_prefix(' ')
    {
        found.time = Some(stamp);
        text = rest.strip_prefix("stdout F ").or(rest.strip_prefix("stderr F ")).unwrap_or(rest);
    }
    if text.starts_with('{') {
        if let Ok(Value::Object(members)) = serde_json::from_str(text) {
            found.read_json(&members);
        }
        return found;
    }
    found.time = time(text).map(|(time, _)| time).or(found.time);
    found.text = text.to_string();
    found
}

impl Unwrapped {
    fn read_json(&mut self, members: &Map<String, Value>) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        self.text = text("message").unwrap_or_default().trim().to_string();
        self.logger = LOGGERS.iter().find_map(|name| text(name)).map(String::from);
        self.time = text("@timestamp").and_then(time).map(|(time, _)| time).or(self.time.take());
        // A failure may be named by the exception alone.
        for name in ["thrown", "error.message"] {
            if let Some(exception) = members.get(name) {
                self.text.push(' ');
                self.text.push_str(&exception.to_string());
            }
        }
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
    fn the_wrapping_is_taken_off() {
        let pod = "orders-6c9f7b5d8d-x2x4z";
        for (line, is_of_pod) in [
            (INNER.to_string(), false),
            (format!("[pod/{pod}/flink-main-container] {INNER}"), true),
            (format!("[pod/{pod}/flink-main-container] 2022-05-27T16:13:00.5Z {INNER}"), true),
            (format!("2022-05-27T16:13:00.417123456Z stdout F {INNER}"), false),
            (format!("2022-05-27T16:13:00.417123456+02:00 {INNER}"), false),
        ] {
            let found = unwrap(&line);
            assert_eq!(found.text, INNER, "{line}");
            assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"), "{line}");
            assert_eq!(found.pod.as_deref(), is_of_pod.then_some(pod), "{line}");
        }
    }

    #[test]
    fn the_json_layout_is_read() {
        let line = r#"{"level":"ERROR","loggerName":"x","message":"No","thrown":{"message":"Cannot find"}}"#;
        let found = unwrap(line);
        assert!(found.text.starts_with("No ") && found.text.contains("Cannot find"));
        assert_eq!(found.logger.as_deref(), Some("x"));
        let ecs = r#"{"@timestamp":"2022-05-27T16:13:00.417Z","log.logger":"x","message":"m"}"#;
        let found = unwrap(ecs);
        assert_eq!((found.text.as_str(), found.logger.as_deref()), ("m", Some("x")));
        assert_eq!(found.time.as_deref(), Some("2022-05-27 16:13:00.417"));
    }

    #[test]
    fn other_json_says_nothing() {
        for line in
            [r#"{"log":"2022-05-27 16:13:00,417 INFO  X [] - a"}"#, "{}", "{\"message\": 1}", "{"]
        {
            assert_eq!(unwrap(line), Unwrapped::default(), "{line}");
        }
    }

    #[test]
    fn a_line_that_only_looks_wrapped_is_left() {
        for line in ["[pod/", "[pod/x", "2022-05-27T16:13:00Z", "a b c", "é[pod/x] y"] {
            assert_eq!(unwrap(line).text, line);
        }
    }
}
