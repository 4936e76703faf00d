//! The laws that hold before anything is written or printed as final.
//!
//! Two readers that share no scanner, no parser and no scalar table read the document before and
//! after: both must see the original tree, exactly the planned changes, and nothing else. The span
//! reader must find the same comments. Judged again, the result must ask for nothing; with its
//! version put back, for the version alone.

mod readers;
mod tree;

use super::document;
use crate::finding::{Change, Level};
use crate::flink::names::field;
use crate::gitops::{Object, objects};
use crate::rules::Facts;
use crate::text::EditSet;
use crate::yaml::{self, Document, FieldPath, Step};
use readers::{SecondReader, span_tree};
use tree::Tree;

/// Why a rewrite is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Law {
    /// The second reader cannot read the document as it is; its words.
    SecondReader(String),
    /// A law of ours: its name, and what is wrong.
    Broken(&'static str, String),
}

/// Proves that `edits` make exactly `changes` of the document and nothing else.
pub(super) fn prove(
    doc: &Document<'_>,
    edits: &EditSet,
    changes: &[Change],
    file: &str,
    facts: &Facts,
) -> Result<(), Law> {
    let after = edits.apply(doc.text);
    let rewritten = reread(&after)?;
    if yaml::chunks(&after).len() != 1 {
        return Err(Law::Broken("one document", "the result is no longer one document".into()));
    }
    let (old, new) = (span_tree(doc.root()), span_tree(rewritten.root()));
    tree::same_but(old, new, changes, &|literal| Tree::Number(literal.into()))
        .map_err(|what| Law::Broken("exactly the changes (span reader)", what))?;
    second_opinion(doc.text, &after, changes)?;
    same_comments(doc, edits, &rewritten)?;
    let objects = objects(&rewritten, file);
    let left = |objects: &[Object<'_>]| asked_for(&rewritten, objects, file, facts);
    if left(&objects).is_none_or(|changes| !changes.is_empty()) {
        return Err(Law::Broken("settled", "converting the result again would change it".into()));
    }
    there_and_back(objects, changes, left)
}

/// The changes that a document with these objects asks for; nothing if a decision is open.
fn asked_for(
    doc: &Document<'_>,
    objects: &[Object<'_>],
    file: &str,
    facts: &Facts,
) -> Option<Vec<Change>> {
    let judged = document::judge_objects(doc, objects, file, facts)?;
    (!judged.reaches(Level::Decision)).then(|| judged.changes())
}

fn reread(text: &str) -> Result<Document<'_>, Law> {
    yaml::parse(text, 0).map_err(|error| {
        Law::Broken("readable", format!("the result cannot be read: {}", error.message))
    })
}

/// The second reader's view: the original tree and the changes give the rewritten tree.
fn second_opinion(before: &str, after: &str, changes: &[Change]) -> Result<(), Law> {
    let reader = SecondReader::of(before);
    let expected = reader.read(before).map_err(Law::SecondReader)?;
    let found = reader
        .read(after)
        .map_err(|error| Law::Broken(reader.law(), format!("cannot read the result: {error}")))?;
    tree::same_but(expected, found, changes, &|literal| reader.number(literal))
        .map_err(|what| Law::Broken(reader.law(), what))
}

/// Every comment that no edit takes away is still there, in the same order.
fn same_comments(doc: &Document<'_>, edits: &EditSet, rewritten: &Document<'_>) -> Result<(), Law> {
    let kept = doc.comments().iter().filter_map(|comment| {
        let mut end = comment.end;
        for edit in edits.iter().filter(|edit| !edit.span.is_empty()) {
            if edit.span.start <= comment.start && comment.end <= edit.span.end {
                return None;
            }
            if comment.start < edit.span.start && edit.span.start < comment.end {
                end = edit.span.start;
            }
        }
        Some(doc.text[comment.start..end].trim_end())
    });
    let found = rewritten.comments().iter().map(|comment| rewritten.slice(*comment).trim_end());
    if kept.eq(found) {
        Ok(())
    } else {
        Err(Law::Broken("nothing lost", "the comments are no longer the same".into()))
    }
}

/// With the version put back, only the version is left to change: no rule would insert twice. The
/// result is judged as if its version were the old one, since nothing else of it would be another.
fn there_and_back<'d>(
    mut objects: Vec<Object<'d>>,
    changes: &[Change],
    left: impl Fn(&[Object<'d>]) -> Option<Vec<Change>>,
) -> Result<(), Law> {
    let version = Step::Key(field::API_VERSION.into());
    let versions: Vec<&Change> = changes
        .iter()
        .filter(|change| change.path().split_last().is_some_and(|(_, last)| *last == version))
        .collect();
    if versions.len() == changes.len() {
        return Ok(());
    }
    let old: Vec<FieldPath> = versions
        .iter()
        .filter_map(|change| change.path().split_last())
        .map(|(object, _)| object)
        .collect();
    document::put_back(&mut objects, &old);
    if left(&objects).is_some_and(|left| left.iter().eq(versions)) {
        Ok(())
    } else {
        Err(Law::Broken(
            "there and back",
            "with the version put back, more than the version would change".into(),
        ))
    }
}
