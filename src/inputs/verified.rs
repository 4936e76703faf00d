//! What `verify` saw of each restored job, as far as step `cleanup` asks: its JSON report read back.

use std::collections::HashMap;

use serde::Deserialize;

use crate::k8s::ObjectKey;

/// What the report calls a job that restored from where it was expected to.
const RESTORED: &str = "restored";

/// The version of the report that is read.
const VERSION: u64 = 1;

/// Which workloads were looked at, and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    workloads: HashMap<ObjectKey, VerifiedWorkload>,
    /// The file of the report, as messages call it.
    pub origin: String,
}

/// What was seen of one workload.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VerifiedWorkload {
    workload: String,
    /// One of the words of the report, such as `restored` or `not-seen`.
    pub outcome: String,
    /// Whether that was expected: `yes`, `no` or `open`; nothing where the report does not say.
    #[serde(default)]
    as_expected: Option<String>,
    /// The location that it was expected to start from, credentials masked; nothing if none.
    pub location: Option<String>,
    /// Where its manifest stands, `path:line` as seen from where it was verified; nothing where the
    /// report does not say.
    #[serde(default)]
    place: Option<String>,
}

impl VerifiedWorkload {
    /// True if the job restored from where it was expected to.
    pub fn is_restored(&self) -> bool {
        self.outcome == RESTORED && self.as_expected.as_deref().is_none_or(|word| word == "yes")
    }

    /// The file of the manifest that was meant, as seen from where it was verified; nothing where the
    /// report does not say.
    pub fn file(&self) -> Option<&str> {
        let place = self.place.as_deref()?;
        Some(place.rsplit_once(':').map_or(place, |(file, _)| file))
    }
}

#[derive(Deserialize)]
struct Report {
    version: u64,
    workloads: Vec<VerifiedWorkload>,
}

impl Verified {
    /// Reads the report. `name` is its file as shown to people.
    ///
    /// # Errors
    /// One line that says why it is no report of `verify`, with its place where one can be given.
    pub fn read(name: &str, text: &str) -> Result<Verified, Vec<String>> {
        let report: Report = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line().max(1), error.column().max(1));
            vec![format!(
                "{name}:{line}:{column}: error: this is no report of `flink-migrate verify --format json`; \
                 write one and name it here"
            )]
        })?;
        if report.version != VERSION {
            return Err(vec![format!(
                "{name}:1:1: error: the report has version {}, and {VERSION} is read; verify again with \
                 this release",
                report.version
            )]);
        }
        let mut workloads = HashMap::new();
        for seen in report.workloads {
            let key = ObjectKey::parse(&seen.workload);
            if let Some(twice) = workloads.insert(key, seen) {
                return Err(vec![format!(
                    "{name}:1:1: error: the report speaks of `{}` twice; verify the clusters one by one, \
                     and clean up after each",
                    twice.workload
                )]);
            }
        }
        Ok(Verified { workloads, origin: name.to_string() })
    }

    /// What was seen of the workload; nothing if nobody looked at it.
    pub fn seen(&self, workload: &ObjectKey) -> Option<&VerifiedWorkload> {
        self.workloads.get(workload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_what_was_seen_of_each_workload() {
        let text = r#"{"version": 1, "tool": {}, "workloads": [
            {"workload": "prod/orders", "outcome": "restored", "location": "/sp/1", "found": "/sp/1"},
            {"workload": "prod/clicks", "outcome": "not-seen", "location": null}
        ]}"#;
        let verified = Verified::read("v.json", text).unwrap();
        let seen = |key| verified.seen(&ObjectKey::parse(key));
        assert!(seen("prod/orders").is_some_and(VerifiedWorkload::is_restored));
        assert!(!seen("prod/clicks").is_some_and(VerifiedWorkload::is_restored));
        assert_eq!(seen("prod/other"), None);
    }

    #[test]
    fn a_report_that_contradicts_itself_is_not_believed() {
        let seen = |more: &str| {
            let text = format!(
                r#"{{"version": 1, "workloads": [{{"workload": "p/a", "outcome": "restored",
                "location": "/1", "place": "eu/a.yaml:7"{more}}}]}}"#
            );
            Verified::read("v.json", &text)
                .map(|verified| verified.seen(&ObjectKey::parse("p/a")).cloned().unwrap())
        };
        let right = seen(r#", "as_expected": "yes""#).unwrap();
        assert!(right.is_restored() && right.file() == Some("eu/a.yaml"));
        for word in ["no", "open", ""] {
            assert!(
                !seen(&format!(r#", "as_expected": "{word}""#)).unwrap().is_restored(),
                "{word}"
            );
        }
        assert!(seen(r#", "outcome": "restored""#).is_err());
        let twice = r#"{"version": 1, "workloads": [
            {"workload": "p/a", "outcome": "restored-elsewhere", "location": "/1"},
            {"workload": "p/a", "outcome": "restored", "location": "/1"}]}"#;
        assert!(Verified::read("v.json", twice).unwrap_err()[0].contains("`p/a` twice"));
    }

    #[test]
    fn what_is_no_report_is_refused_with_its_place() {
        for text in ["", "{}", "[]", "prod/orders: restored", "{\"version\": 1}"] {
            let errors = Verified::read("v.json", text).unwrap_err();
            assert!(errors[0].starts_with("v.json:1:"), "{errors:?}");
        }
        let newer = Verified::read("v.json", r#"{"version": 2, "workloads": []}"#).unwrap_err();
        assert!(newer[0].contains("version 2"), "{newer:?}");
    }
}
