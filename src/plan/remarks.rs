//! What is to be said of files that are no manifests: savepoint maps, the operator's configuration.

use super::{DocumentPlan, FilePlan, Outcome, Passed};
use crate::finding::{Level, Placed};
use crate::rules::{self, Facts, Remark};
use crate::text::{Digest, EditSet, Excerpt, Span};

/// The plans, and those of the files that the rules remark on, sorted by path. Such a file is never
/// written; a decision about it holds the run, and no manifest.
pub fn with_remarks(mut files: Vec<FilePlan>, facts: &Facts) -> Vec<FilePlan> {
    let mut remarks = rules::judge_run(facts);
    remarks.sort_by(|a, b| (&a.path, a.position).cmp(&(&b.path, b.position)));
    for said in remarks.chunk_by(|a, b| a.path == b.path) {
        let at = files.partition_point(|file| file.path < said[0].path);
        if files.get(at).is_none_or(|file| file.path != said[0].path) {
            files.insert(at, nothing_said(&said[0].path));
        }
        add(&mut files[at], said);
    }
    files
}

fn nothing_said(path: &str) -> FilePlan {
    FilePlan {
        path: path.to_string(),
        digest: Digest::of(&[]),
        edits: EditSet::default(),
        document_edits: EditSet::default(),
        diff: String::new(),
        held_diff: String::new(),
        documents: Vec::new(),
        findings: Vec::new(),
        passed: Passed::default(),
    }
}

fn add(file: &mut FilePlan, remarks: &[Remark]) {
    let index = file.documents.len();
    let holding = remarks.iter().find(|remark| remark.finding.level() >= Level::Decision);
    file.documents.extend(holding.map(|remark| DocumentPlan {
        index,
        line: remark.position.line,
        kind: Some(remark.kind.to_string()),
        workloads: Vec::new(),
        outcome: Outcome::Held,
        changes: Vec::new(),
    }));
    file.findings.extend(remarks.iter().map(|remark| Placed {
        finding: remark.finding.clone(),
        workload: remark.workload.clone(),
        document: index,
        position: remark.position,
        origin: None,
        excerpt: Excerpt { text: String::new(), highlight: Span::empty(0) },
    }));
}
