//! The first look at a file: what it tells the rest of the run.

use crate::flink::detect::concerns_us;
use crate::flink::names::ApiVersion;
use crate::flink::objects::{Object, objects};
use crate::flink::operator;
use crate::flink::workload::{PATH, Workload};
use crate::helm::is_values;
use crate::kustomize::{Kustomization, is_kustomization};
use crate::path::RepoPath;
use crate::project::{FileIndex, WorkloadSummary};
use crate::text::{LineIndex, SourceFile};
use crate::yaml::{self, Chunks, Document, KeptDocument};

/// What one file tells the rest of the run; `name` is its path as shown to people. Never fails: what
/// cannot be read tells nothing here, and is reported when the file is planned.
pub fn survey(file: &RepoPath, name: &str, bytes: &[u8]) -> FileIndex {
    survey_telling(file, name, bytes, |_, _| {})
}

/// The documents of a file that the first look has read, by the bytes at which they begin.
#[derive(Debug, Default)]
pub struct Readings(Vec<(usize, KeptDocument)>);

impl Readings {
    /// The document that begins there in the same text, if it was read.
    pub(crate) fn document<'t>(&self, text: &'t str, begin: usize) -> Option<Document<'t>> {
        let at = self.0.binary_search_by_key(&begin, |(at, _)| *at).ok()?;
        Some(self.0[at].1.with(text, begin))
    }
}

/// The same, and the documents that were read for it.
pub fn survey_keeping(file: &RepoPath, name: &str, bytes: &[u8]) -> (FileIndex, Readings) {
    let mut readings = Readings::default();
    let survey =
        survey_telling(file, name, bytes, |begin, doc| readings.0.push((begin, doc.into_kept())));
    (survey, readings)
}

fn survey_telling(
    file: &RepoPath,
    name: &str,
    bytes: &[u8],
    mut read: impl FnMut(usize, Document<'_>),
) -> FileIndex {
    let mut survey = FileIndex::default();
    let kustomization = is_kustomization(file.file_name());
    let Ok(text) = std::str::from_utf8(bytes) else {
        survey.kustomization = kustomization.then(|| Kustomization::unread(file, bytes));
        survey.unread = Some(file.clone());
        return survey;
    };
    let source = SourceFile { name, text }.line_index();
    if is_values(name, bytes) {
        let values = operator::read(name, text).ok();
        survey.old_values = values.filter(|values| !values.renamed().is_empty());
    }
    for chunk in Chunks::new(text) {
        let slice = &text[chunk.span.range()];
        let relevant = kustomization || concerns_us(slice.as_bytes());
        if relevant && slice.len() > super::MAX_DOCUMENT {
            survey.unread = Some(file.clone());
            survey.kustomization = kustomization.then(|| Kustomization::unread(file, bytes));
        }
        if !relevant || slice.len() > super::MAX_DOCUMENT {
            continue;
        }
        let parsed = yaml::parse(slice, chunk.span.start).ok();
        let is_template = |doc: &Document<'_>| kustomization && doc.collection_key().is_some();
        let Some(doc) = parsed.filter(|doc| !is_template(doc)) else {
            if kustomization {
                survey.kustomization = Some(Kustomization::unread(file, bytes));
            }
            survey.unread = Some(file.clone());
            continue;
        };
        if kustomization && survey.kustomization.is_none() {
            survey.kustomization = Some(Kustomization::read(file, doc.root()));
        }
        survey.workloads.extend(known(&doc, file, &source));
        read(chunk.span.start, doc);
    }
    survey
}

/// The workloads of a document.
fn known(doc: &Document<'_>, file: &RepoPath, source: &LineIndex<'_>) -> Vec<WorkloadSummary> {
    let workloads = objects(doc, file).into_iter().filter_map(|object| match object {
        Object::Workload(workload) if !workload.is_dump() => Some(workload),
        _ => None,
    });
    workloads.map(|workload| describe(&workload, source)).collect()
}

fn describe(workload: &Workload<'_>, source: &LineIndex<'_>) -> WorkloadSummary {
    WorkloadSummary {
        key: workload.key.clone(),
        file: workload.file.clone(),
        line: source.position(workload.node.span_in_file().start).line,
        has_job: workload.job().is_some(),
        partial: workload.is_partial(),
        touches_judged_fields: workload.touches_judged_fields(),
        savepoints_dir: workload.savepoints_dir().map(String::from),
        checkpoints_dir: workload.checkpoints_dir().map(|(key, dir)| (key, dir.to_string())),
        preview: workload.version == ApiVersion::Preview,
        must_have_checkpoints_dir: workload.must_have_checkpoints_dir(&workload.mode()),
        chart_defaults: workload.chart_defaults().collect(),
        initial_savepoint: workload.text(&PATH).map(String::from),
    }
}
