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
pub struct VerificationReport {
    workloads: HashMap<ObjectKey, ReportedVerdict>,
    /// The file of the report, as messages call it.
    pub name: String,
    /// How many starts in it may be of any workload, and have lost its state.
    pub unattributed: usize,
}

/// What was seen of one workload.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReportedVerdict {
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
    #[serde(default, rename = "place")]
    manifest: Option<String>,
}

impl ReportedVerdict {
    /// True if the job restored from where it was expected to.
    pub fn is_restored(&self) -> bool {
        self.outcome == RESTORED && self.as_expected.as_deref().is_none_or(|word| word == "yes")
    }

    /// The file of the manifest that was meant, as seen from where it was verified; nothing where the
    /// report does not say.
    pub fn file(&self) -> Option<&str> {
        let manifest = self.manifest.as_deref()?;
        Some(manifest.rsplit_once(':').map_or(manifest, |(file, _)| file))
    }
}

#[derive(Deserialize)]
struct Report {
    version: u64,
    #[serde(default)]
    summary: Summary,
    workloads: Vec<ReportedVerdict>,
}

#[derive(Default, Deserialize)]
struct Summary {
    #[serde(default)]
    unattributed: usize,
}

impl VerificationReport {
    /// Reads the report. `name` is its file as shown to people.
    ///
    /// # Errors
    /// One line that says why it is no report of `verify`, with its place where one can be given.
    pub fn read(name: &str, text: &str) -> Result<VerificationReport, Vec<String>> {
        let report: Report = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line().max(1), error.column().max(1));
            vec![format!(
                "{name}:{line}:{column}: error: this is not a report of `flink-migrate verify \
                 --format json`; write one and name it here"
            )]
        })?;
        if report.version != VERSION {
            return Err(vec![format!(
                "{name}:1:1: error: the report has version {}, expected {VERSION}; verify again \
                 with this release",
                report.version
            )]);
        }
        let mut workloads = HashMap::new();
        for verdict in report.workloads {
            let key = ObjectKey::parse(&verdict.workload);
            if let Some(twice) = workloads.insert(key, verdict) {
                return Err(vec![format!(
                    "{name}:1:1: error: duplicate workload `{}` in this report; verify the \
                     clusters one by one, and clean up after each",
                    twice.workload
                )]);
            }
        }
        let unattributed = report.summary.unattributed;
        Ok(VerificationReport { workloads, name: name.to_string(), unattributed })
    }

    /// What was seen of the workload; nothing if nobody looked at it.
    pub fn verdict(&self, workload: &ObjectKey) -> Option<&ReportedVerdict> {
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
        let verified = VerificationReport::read("v.json", text).unwrap();
        let verdict = |key| verified.verdict(&ObjectKey::parse(key));
        assert!(verdict("prod/orders").is_some_and(ReportedVerdict::is_restored));
        assert!(!verdict("prod/clicks").is_some_and(ReportedVerdict::is_restored));
        assert_eq!(verdict("prod/other"), None);
    }

    #[test]
    fn a_report_that_contradicts_itself_is_not_believed() {
        let verdict = |more: &str| {
            let text = format!(
                r#"{{"version": 1, "workloads": [{{"workload": "p/a", "outcome": "restored",
                "location": "/1", "place": "eu/a.yaml:7"{more}}}]}}"#
            );
            VerificationReport::read("v.json", &text)
                .map(|verified| verified.verdict(&ObjectKey::parse("p/a")).cloned().unwrap())
        };
        let right = verdict(r#", "as_expected": "yes""#).unwrap();
        assert!(right.is_restored() && right.file() == Some("eu/a.yaml"));
        for word in ["no", "open", ""] {
            assert!(
                !verdict(&format!(r#", "as_expected": "{word}""#)).unwrap().is_restored(),
                "{word}"
            );
        }
        assert!(verdict(r#", "outcome": "restored""#).is_err());
        let twice = r#"{"version": 1, "workloads": [
            {"workload": "p/a", "outcome": "restored-elsewhere", "location": "/1"},
            {"workload": "p/a", "outcome": "restored", "location": "/1"}]}"#;
        assert!(
            VerificationReport::read("v.json", twice).unwrap_err()[0]
                .contains("duplicate workload `p/a`")
        );
    }

    #[test]
    fn what_is_no_report_is_refused_with_its_place() {
        for text in ["", "{}", "[]", "prod/orders: restored", "{\"version\": 1}"] {
            let errors = VerificationReport::read("v.json", text).unwrap_err();
            assert!(errors[0].starts_with("v.json:1:"), "{errors:?}");
        }
        let newer =
            VerificationReport::read("v.json", r#"{"version": 2, "workloads": []}"#).unwrap_err();
        assert!(newer[0].contains("version 2"), "{newer:?}");
    }
}
