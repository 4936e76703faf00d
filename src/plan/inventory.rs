//! The workloads of a tree, as those see them who look at the cluster's side of the migration.

use super::survey::Readings;
use crate::flink::detect::concerns_us;
use crate::flink::names::{ApiVersion, FlinkKind, field, state};
use crate::flink::objects::{Object, objects};
use crate::flink::workload::{ExpectedStart, Mode, STATE, Workload};
use crate::helm::source_of;
use crate::k8s::ObjectKey;
use crate::path::RepoPath;
use crate::rules::{self, Facts};
use crate::text::{LineIndex, SourceFile};
use crate::yaml;

/// A workload that a complete manifest declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its key as built, or as written where that cannot be told.
    pub key: ObjectKey,
    /// What it is.
    pub kind: FlinkKind,
    /// At which version.
    pub version: ApiVersion,
    /// Its file.
    pub file: RepoPath,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// The upgrade mode before step `suspend`.
    pub mode: Mode,
    /// The upgrade mode that its manifest says now.
    pub written_mode: Mode,
    /// What its `state` says; `running` where it says nothing, as in every release.
    pub state: String,
    /// `suspended` was written by step `suspend`.
    pub suspended_for_migration: bool,
    /// It was suspended before, and not for the migration.
    pub is_parked: bool,
    /// The state that the configuration gives a parked job.
    pub answered_state: Option<String>,
    /// Whether the configuration wants it stopped with a savepoint; what its mode says if it is silent.
    pub asks_savepoint: Option<bool>,
    /// From where it is to start.
    pub start: ExpectedStart,
    /// Its `flinkVersion`.
    pub flink_version: Option<String>,
    /// Its own `state.savepoints.dir`.
    pub savepoints_dir: Option<String>,
    /// A comment says that Helm rendered it.
    pub is_rendered: bool,
}

/// The workloads of a file that the run selects, some of whose documents may have been read; patches
/// are none. Never fails: what cannot be read
/// declares nothing, and is for `check` to report.
pub fn inventory(
    file: &RepoPath,
    bytes: &[u8],
    readings: &Readings,
    facts: &Facts,
) -> Vec<Declared> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| concerns_us(bytes)) else {
        return Vec::new();
    };
    let source = SourceFile { name: file.as_str(), text }.line_index();
    let chunks = yaml::chunks(text).into_iter().filter(|chunk| {
        let slice = &text[chunk.span.range()];
        slice.len() <= super::MAX_DOCUMENT && concerns_us(slice.as_bytes())
    });
    let mut found = Vec::new();
    for chunk in chunks {
        let slice = &text[chunk.span.range()];
        let is_rendered = source_of(slice).is_some();
        let known = readings.document(slice, chunk.span.start);
        let Some(doc) = known.or_else(|| yaml::parse(slice, chunk.span.start).ok()) else {
            continue;
        };
        for object in objects(&doc, file) {
            if let Object::Workload(workload) = object
                && !workload.is_dump()
                && !workload.is_partial()
                && !facts.project().is_patch(file)
                && facts.selects(&workload.key, file)
            {
                found.push(Declared { is_rendered, ..declared(&workload, &source, facts) });
            }
        }
    }
    found
}

fn declared(workload: &Workload<'_>, source: &LineIndex<'_>, facts: &Facts) -> Declared {
    let job = |name| workload.text(&[field::SPEC, field::JOB, name]);
    let overrides = facts.workload_override(&workload.key, &workload.file);
    let spec = |name| workload.text(&[field::SPEC, name]);
    Declared {
        key: facts.key(&workload.key, &workload.file),
        kind: workload.kind,
        version: workload.version,
        file: workload.file.clone(),
        line: source.position(workload.node.span_in_file().start).line,
        mode: workload.mode(),
        written_mode: job(field::UPGRADE_MODE).map_or(Mode::Absent, Mode::parse),
        state: job(field::STATE).unwrap_or(state::RUNNING).to_string(),
        suspended_for_migration: workload.mark(&STATE).is_some(),
        is_parked: workload.is_parked(),
        answered_state: overrides.and_then(|overrides| overrides.state.clone()),
        asks_savepoint: overrides.and_then(|overrides| overrides.savepoint),
        start: rules::expected_start(workload, facts),
        flink_version: spec(field::FLINK_VERSION).map(String::from),
        savepoints_dir: workload.savepoints_dir().map(String::from),
        is_rendered: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec:
  flinkVersion: v1_16
  job:
    upgradeMode: last-state
    initialSavepointPath: /sp/1
---
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: parked}
spec:
  flinkVersion: v1_14
  job:
    state: suspended
---
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: sql}
spec: {flinkVersion: v1_14}
---
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {namespace: prod, name: orders}
spec: {job: {upgradeMode: savepoint}}
";

    #[test]
    fn complete_manifests_are_told_and_patches_are_not() {
        let found = inventory(
            &"a.yaml".into(),
            MANIFEST.as_bytes(),
            &Readings::default(),
            &Facts::default(),
        );
        let told: Vec<_> =
            found.iter().map(|one| (one.key.to_string(), one.line, one.start.clone())).collect();
        assert_eq!(
            told,
            [
                ("prod/orders".to_string(), 1, ExpectedStart::From("/sp/1".into())),
                ("prod/parked".to_string(), 10, ExpectedStart::Parked),
                ("prod/sql".to_string(), 18, ExpectedStart::NoJob),
            ]
        );
        assert_eq!(found[0].mode, Mode::LastState);
        assert_eq!(found[1].flink_version.as_deref(), Some("v1_14"));
    }

    #[test]
    fn what_cannot_be_read_declares_nothing() {
        assert_eq!(
            inventory(
                &"a.yaml".into(),
                b"flink.apache.org: [",
                &Readings::default(),
                &Facts::default()
            ),
            []
        );
        assert_eq!(
            inventory(
                &"a.yaml".into(),
                b"flink.apache.org \xff",
                &Readings::default(),
                &Facts::default()
            ),
            []
        );
    }
}
