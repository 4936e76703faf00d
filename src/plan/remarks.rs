//! What is to be said of files that are no manifests: savepoint maps, the operator's configuration.

use super::{DocumentPlan, FilePlan, Outcome};
use crate::finding::{Level, Placed};
use crate::rules::{self, Facts, Remark, Unread};
use crate::text::{Excerpt, Span};

/// The plans, and those of the files that the rules remark on, sorted by path. Such a file is never
/// written; a decision about it holds the run, and no manifest. `unreadable` is the number of files that
/// could not be opened, and so have no plan.
pub fn with_remarks(mut files: Vec<FilePlan>, facts: &Facts, unreadable: usize) -> Vec<FilePlan> {
    let not_understood = files.iter().filter(|file| hides_workloads(file)).count();
    let mut remarks = rules::judge_run(facts, Unread { files: unreadable + not_understood });
    remarks.sort_by(|a, b| (&a.path, a.position).cmp(&(&b.path, b.position)));
    for said in remarks.chunk_by(|a, b| a.path == b.path) {
        let at = files.partition_point(|file| file.path < said[0].path);
        if files.get(at).is_none_or(|file| file.path != said[0].path) {
            files.insert(at, FilePlan::new(&said[0].path));
        }
        add(&mut files[at], said);
    }
    files
}

/// True if a workload may stand in the file that nobody knows of. A document that was read and then
/// refused is known by its kind.
fn hides_workloads(file: &FilePlan) -> bool {
    file.documents.iter().any(|document| match document.outcome {
        Outcome::NotUnderstood => true,
        Outcome::Failed => document.kind.is_none(),
        Outcome::AlreadyRight | Outcome::Changed | Outcome::Held => false,
    })
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
