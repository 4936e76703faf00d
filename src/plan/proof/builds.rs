//! The proof of what is built: from the edited files, every root builds the conversion of what it built
//! before.

use std::collections::{BTreeMap, BTreeSet};

use super::readers::span_tree;
use super::tree::{self, Tree};
use crate::diagnostic::{Diagnostic, Severity};
use crate::flink::workload::Workload;
use crate::path::{RepoPath, WorkloadSource};
use crate::plan::document::JudgedDocument;
use crate::project::{BuildTexts, BuiltManifest, RootBuilder};
use crate::rules::{self, Context, DocumentId, RULES};
use crate::workspace::par_map;

/// A workload of which its root would build something else than the conversion of what it builds now.
pub(crate) struct Misbuilt<'p> {
    /// What is built now.
    pub(crate) built: &'p BuiltManifest,
    /// The files whose edits can have to do with it, at least one of them changed.
    pub(crate) files: BTreeSet<&'p RepoPath>,
    pub(crate) diagnostic: Diagnostic,
}

/// The workloads of which some root would build something else than the conversion of what it builds now.
/// `written` are the documents that are changed, `placed` the numbers of the workloads for which another
/// document than their own is.
pub(crate) fn prove_builds<'p>(
    context: &Context<'p>,
    edited: &BuildTexts,
    written: &BTreeSet<DocumentId>,
    placed: &BTreeSet<usize>,
) -> Vec<Misbuilt<'p>> {
    let project = context.project;
    let changed: BTreeSet<RepoPath> = written.iter().map(|(file, _)| file.clone()).collect();
    let mut by_root: BTreeMap<&RepoPath, Vec<&BuiltManifest>> = BTreeMap::new();
    for built in project.built() {
        by_root.entry(&built.root).or_default().push(built);
    }
    by_root.retain(|_, built| {
        built.iter().any(|one| {
            one.version_sites.iter().any(|site| changed.contains(site))
                || project.acting(one).any(|kustomization| changed.contains(kustomization))
                || placed.contains(&project.number_of(one))
        })
    });
    let part = |file: &RepoPath, delivering_file: Option<&RepoPath>| {
        context.scope(WorkloadSource { file, delivering_file })
    };
    let roots: Vec<&RepoPath> = by_root.keys().copied().collect();
    let after = RootBuilder::build_all(project, edited, &part, &changed, &roots);
    let rebuilt: Vec<_> = by_root.into_iter().zip(after).collect();
    let misbuilt = par_map(&rebuilt, |((root, before), after)| {
        let root = project.names().display(root);
        let proved = before.iter().enumerate().map(|(i, one)| match after {
            Ok(after) => match after.get(i) {
                Some(after) if (&after.file, after.document) == (&one.file, one.document) => {
                    let is_written = written.contains(&(one.file.clone(), one.document))
                        || placed.contains(&project.number_of(one));
                    converts(one, after, is_written, &root, context)
                }
                _ => Err(misbuilt(&root, "it builds another workload")),
            },
            Err(error) => Err(misbuilt(&root, &error.to_string())),
        });
        let misbuilt = proved.zip(before).filter_map(|(proved, built)| {
            let own = |one: &&'p BuiltManifest| one.version_sites.iter().collect::<BTreeSet<_>>();
            let is_changed = |file: &&'p RepoPath| changed.contains(*file);
            let files = Some(own(built)).filter(|own| own.iter().any(is_changed));
            let files = files.unwrap_or_else(|| before.iter().flat_map(own).collect());
            Some(Misbuilt { built, files, diagnostic: *proved.err()? })
        });
        misbuilt.collect::<Vec<_>>()
    });
    misbuilt.into_iter().flatten().collect()
}

fn misbuilt(root: &str, what: &str) -> Box<Diagnostic> {
    Box::new(rules::misbuilt(root, what))
}

/// An error unless `after` is the conversion of `before`, if the document `is_written`.
fn converts(
    before: &BuiltManifest,
    after: &BuiltManifest,
    is_written: bool,
    root: &str,
    context: &Context<'_>,
) -> Result<(), Box<Diagnostic>> {
    let judge = |workload: &Workload<'_>| {
        JudgedDocument::only(if context.selects(&workload.key, workload.source()) {
            rules::judge(RULES, workload, context)
        } else {
            Vec::new()
        })
    };
    let gone = || misbuilt(root, "it builds no such workload");
    let parsed = |one| BuiltManifest::document(one).map_err(|error| misbuilt(root, &error.message));
    let (old, new) = (parsed(before)?, parsed(after)?);
    let judged = before.with_workload_of(&old, judge).ok_or_else(gone)?;
    let left = after.with_workload_of(&new, judge).ok_or_else(gone)?;
    let is_converted = is_written || before.text != after.text;
    let changes = if is_converted { judged.changes() } else { Vec::new() };
    // A merge puts new keys last, wherever they are in the document.
    let [old, new] = [&old, &new].map(|doc| span_tree(doc.root()).sorted());
    tree::same_but(old, new, &changes, &|literal| Tree::Number(literal.into())).map_err(
        |mismatch| {
            let decider = after.decider(&mismatch.path).map(|it| &*it.by);
            Box::new(rules::misbuilt_field(root, &mismatch.path, &mismatch.to_string(), decider))
        },
    )?;
    if is_converted && (left.reaches(Severity::Decision) || !left.changes().is_empty()) {
        return Err(misbuilt(root, "converting it again would change it"));
    }
    Ok(())
}
