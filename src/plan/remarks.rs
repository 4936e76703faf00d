//! Diagnostics for inputs that are not manifests: savepoint maps, the operator's configuration.

use super::document::unless_waived;
use super::{DocumentOutcome, FileOutcome, Outcome};
use crate::diagnostic::{Diagnostic, Located, Location, Severity, SymbolicLocation};
use crate::rules::{self, Context, Unread};

/// The plans, and those of other inputs that a rule reports something about, sorted by path. Such a file
/// is never written; a decision about it holds the run, and no manifest. `unreadable` is the number of
/// files that could not be opened, and so have no plan.
pub fn add_input_diagnostics(
    mut files: Vec<FileOutcome>,
    context: &Context<'_>,
    unreadable: usize,
) -> Vec<FileOutcome> {
    let not_understood = files.iter().filter(|file| hides_workloads(file)).count();
    let found = rules::judge_run(context, Unread { files: unreadable + not_understood });
    let found = found.into_iter().filter_map(|(kind, one)| Some((kind, in_input(one)?)));
    let mut found: Vec<(&str, Located)> = found.collect();
    found.sort_by(|(_, a), (_, b)| {
        let (a, b) = (&a.location, &b.location);
        (&a.file, a.position).cmp(&(&b.file, b.position))
    });
    for of_file in found.chunk_by(|(_, a), (_, b)| a.location.file == b.location.file) {
        let path = &of_file[0].1.location.file;
        let at = files.partition_point(|file| file.path < *path);
        if files.get(at).is_none_or(|file| file.path != *path) {
            files.insert(at, FileOutcome::new(path));
        }
        add(&mut files[at], of_file);
    }
    files
}

fn in_input(diagnostic: Diagnostic) -> Option<Located> {
    let SymbolicLocation::Input(place) = diagnostic.location.clone() else { return None };
    Some(Located::without_line(diagnostic, &place.name, place.position))
}

/// Adds these diagnostics, and a held document that stands for the input if one of them is a decision.
fn add(file: &mut FileOutcome, found: &[(&str, Located)]) {
    let index = file.documents.len();
    let holding = found.iter().find(|(_, Located { diagnostic, .. })| {
        diagnostic.severity >= Severity::Decision && diagnostic.waived_by.is_none()
    });
    file.documents.extend(holding.map(|(kind, located)| DocumentOutcome {
        index,
        line: located.location.position.line,
        kind: Some((*kind).to_string()),
        workloads: Vec::new(),
        outcome: Outcome::Held,
        fields: Vec::new(),
    }));
    for (_, located) in found {
        let Located { diagnostic, location, excerpt } = located.clone();
        let location = Location { document: index, ..location };
        let reported = unless_waived(diagnostic, &mut file.waived);
        let located = |diagnostic| Located { diagnostic, location, excerpt };
        file.diagnostics.extend(reported.map(located));
    }
}

/// True if the file may have a workload that we could not read. A document that was read and then
/// refused has a kind.
fn hides_workloads(file: &FileOutcome) -> bool {
    file.documents.iter().any(|document| match document.outcome {
        Outcome::NotUnderstood => true,
        Outcome::Failed => document.kind.is_none(),
        Outcome::AlreadyRight | Outcome::Changed | Outcome::Held => false,
    })
}
