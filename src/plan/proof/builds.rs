//! The proof of what is built: from the edited files, every root builds the conversion of what it built
//! before.

use std::collections::{BTreeMap, BTreeSet};

use super::readers::span_tree;
use super::tree::{self, Tree};
use crate::diagnostic::Severity;
use crate::flink::workload::Workload;
use crate::path::RepoPath;
use crate::plan::document::JudgedDocument;
use crate::project::{BuildTexts, BuiltManifest, RootBuilder};
use crate::rules::{self, Context, RULES};
use crate::workspace::par_map;
use crate::yaml;

/// The files of documents of which some root would build something else than the conversion of what it builds
/// now, each with what is wrong. `changed` are the files that differ from what was judged.
pub(crate) fn prove_builds(
    context: &Context<'_>,
    edited: &BuildTexts,
    changed: &BTreeSet<RepoPath>,
) -> Vec<(RepoPath, String)> {
    let project = context.project;
    let mut by_root: BTreeMap<&RepoPath, Vec<&BuiltManifest>> = BTreeMap::new();
    for built in project.built() {
        by_root.entry(&built.root).or_default().push(built);
    }
    by_root.retain(|_, built| {
        built.iter().any(|one| one.version_sites.iter().any(|site| changed.contains(site)))
    });
    let mut builder = RootBuilder::new(project, edited).after(changed);
    let rebuilt: Vec<_> =
        by_root.into_iter().map(|(root, before)| (root, before, builder.build(root))).collect();
    let broken = par_map(&rebuilt, |(root, before, after)| {
        let proved = before.iter().enumerate().map(|(i, one)| match after {
            Ok(after) => match after.get(i) {
                Some(after) if (&after.file, after.document) == (&one.file, one.document) => {
                    converts(one, after, context)
                }
                _ => Err("something else is built".to_string()),
            },
            Err(error) => Err(error.to_string()),
        });
        let broken = proved.zip(before).filter_map(|(proved, one)| {
            let (what, root) = (proved.err()?, project.names().display(root));
            Some((one.file.clone(), format!("{root} would build something else: {what}")))
        });
        broken.collect::<Vec<_>>()
    });
    broken.into_iter().flatten().collect()
}

/// An error unless `after` is the conversion of `before`.
fn converts(
    before: &BuiltManifest,
    after: &BuiltManifest,
    context: &Context<'_>,
) -> Result<(), String> {
    let judge = |workload: &Workload<'_>| {
        JudgedDocument::only(if context.selects(&workload.key, &workload.file) {
            rules::judge(RULES, workload, context)
        } else {
            Vec::new()
        })
    };
    let gone = || "it is no workload".to_string();
    let judged = before.with_workload(judge).ok_or_else(gone)?;
    let left = after.with_workload(judge).ok_or_else(gone)?;
    let is_converted = before.text != after.text;
    if is_converted && (left.reaches(Severity::Decision) || !left.changes().is_empty()) {
        return Err("converting the result again would change it".into());
    }
    let changes = if is_converted { judged.changes() } else { Vec::new() };
    let parse = |text| yaml::parse(text, 0).map_err(|error| error.message.clone());
    let (old, new) = (parse(&before.text)?, parse(&after.text)?);
    // A merge puts new keys last, wherever they are in the document.
    let [old, new] = [&old, &new].map(|doc| span_tree(doc.root()).sorted());
    tree::same_but(old, new, &changes, &|literal| Tree::Number(literal.into()))
}
