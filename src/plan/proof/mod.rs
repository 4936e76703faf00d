//! The laws that hold before anything is written or printed as final.
//!
//! Two readers that share no scanner, no parser and no scalar table read the document before and
//! after: both must see the original tree, exactly the planned changes, and nothing else. The span
//! reader must find the same comments. Judged again, the result must ask for nothing; with its
//! version put back, for the version alone.

mod builds;
mod readers;
mod tree;

pub(crate) use builds::{Misbuilt, prove_builds};
pub(crate) use readers::SecondReader;

use super::{document, placing};
use crate::diagnostic::{Change, Severity};
use crate::flink::names::field;
use crate::flink::objects::{Object, objects};
use crate::path::RepoPath;
use crate::project::BuiltManifest;
use crate::rules::{self, Context};
use crate::text::EditSet;
use crate::yaml::{self, Document, FieldPath, PathSegment, patch};
use readers::span_tree;
use tree::Tree;

/// Why a rewrite is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// The second reader cannot read the document as it is; its words.
    SecondReader(String),
    /// Step `convert` could not take the changes of step `suspend` back; why.
    Irreversible(String),
    /// A law of ours: its name, and what is wrong.
    Broken(&'static str, String),
}

/// Proves that `edits` make exactly `changes` of the document and nothing else.
pub(crate) fn prove(
    doc: &Document<'_>,
    edits: &EditSet,
    changes: &[Change],
    builds: &[BuiltManifest],
    file: &RepoPath,
    context: &Context<'_>,
) -> Result<(), Law> {
    let after = edits.apply(doc.text);
    let rewritten = yaml::parse(&after, 0).map_err(|error| {
        Law::Broken("readable", format!("the result cannot be read: {}", error.message))
    })?;
    if yaml::chunks(&after).len() != 1 {
        return Err(Law::Broken("one document", "the result is no longer one document".into()));
    }
    let (old, new) = (span_tree(doc.root()), span_tree(rewritten.root()));
    tree::same_but(old, new, changes, &|literal| Tree::Number(literal.into()))
        .map_err(|what| Law::Broken("exactly the changes (span reader)", what.to_string()))?;
    second_opinion(doc.text, &after, changes)?;
    same_comments(doc, edits, changes, &rewritten)?;
    let objects = objects(&rewritten, file);
    can_be_restored(doc, changes, &rewritten, &objects)?;
    if !builds.is_empty() {
        // What is built is judged, and `engine` builds it again.
        return Ok(());
    }
    let left = |objects: &[Object<'_>]| asked_for(&rewritten, objects, file, context);
    if left(&objects).is_none_or(|changes| !changes.is_empty()) {
        return Err(Law::Broken("settled", "converting the result again would change it".into()));
    }
    there_and_back(objects, changes, left)
}

/// The changes that a document with these objects asks for; nothing if a decision is open.
fn asked_for(
    doc: &Document<'_>,
    objects: &[Object<'_>],
    file: &RepoPath,
    context: &Context<'_>,
) -> Option<Vec<Change>> {
    let judged = document::judge(doc, objects, &[], file, context);
    (!judged.reaches(Severity::Decision)).then(|| judged.changes())
}

/// The second reader's view: the original tree and the changes give the rewritten tree.
fn second_opinion(before: &str, after: &str, changes: &[Change]) -> Result<(), Law> {
    let reader = SecondReader::of(before);
    let expected = reader.read(before).map_err(Law::SecondReader)?;
    let found = reader
        .read(after)
        .map_err(|error| Law::Broken(reader.law(), format!("cannot read the result: {error}")))?;
    tree::same_but(expected, found, changes, &|literal| reader.number(literal))
        .map_err(|what| Law::Broken(reader.law(), what.to_string()))
}

/// Every comment that no edit takes away is still there, in the same order; the marks that were
/// planned stand behind some of them or alone, and nothing else has come.
fn same_comments(
    doc: &Document<'_>,
    edits: &EditSet,
    changes: &[Change],
    rewritten: &Document<'_>,
) -> Result<(), Law> {
    let kept = doc.comments().iter().filter_map(|comment| {
        // Blanks behind a comment are none of it, and stay where a mark goes.
        let mut end = comment.start + doc.slice(*comment).trim_end().len();
        let written = end;
        for edit in edits.iter().filter(|edit| !edit.span.is_empty()) {
            if edit.span.start <= comment.start && written <= edit.span.end {
                return None;
            }
            if comment.start < edit.span.start && edit.span.start < written {
                end = edit.span.start;
            }
        }
        Some(doc.text[comment.start..end].trim_end())
    });
    let mut kept = kept.peekable();
    let marks = changes.iter().flat_map(Change::marks_left);
    let mut marks: Vec<&str> = marks.map(|(_, mark)| mark).collect();
    for comment in rewritten.comments() {
        let found = rewritten.slice(*comment).trim_end();
        if kept.next_if_eq(&found).is_some() {
            continue;
        }
        let Some(at) = marks.iter().position(|mark| found.ends_with(mark)) else {
            return Err(lost());
        };
        let own = found[..found.len() - marks.swap_remove(at).len()].trim_end();
        if !own.is_empty() && kept.next_if_eq(&own).is_none() {
            return Err(lost());
        }
    }
    if kept.next().is_none() && marks.is_empty() { Ok(()) } else { Err(lost()) }
}

fn lost() -> Law {
    Law::Broken("nothing lost", "the comments are no longer the same".into())
}

/// What step `suspend` has marked can be taken back to the byte.
fn can_be_restored(
    doc: &Document<'_>,
    changes: &[Change],
    rewritten: &Document<'_>,
    objects: &[Object<'_>],
) -> Result<(), Law> {
    let marks = changes.iter().flat_map(Change::marks_left);
    let marked: Vec<FieldPath> = marks.map(|(path, _)| path).collect();
    if marked.is_empty() {
        return Ok(());
    }
    let workloads = objects.iter().filter_map(|object| match object {
        Object::Workload(workload) => Some(workload),
        _ => None,
    });
    let back = workloads.flat_map(|workload| {
        let changes = rules::restore(workload).into_iter();
        changes.map(|change| change.below(&workload.root))
    });
    let mut back: Vec<Change> = back.filter(|change| marked.contains(change.path())).collect();
    for change in &mut back {
        if placing::is_added(rewritten, change.path()) {
            *change = Change::Remove { path: change.path().clone() };
        }
    }
    placing::without_emptied(rewritten.root(), &mut back);
    match patch::edits(rewritten, &back).map(|edits| edits.apply(rewritten.text)) {
        Ok(text) if text == doc.text => Ok(()),
        Ok(_) => Err(Law::Irreversible("a value would come back spelt in another way".into())),
        Err(refusal) => Err(Law::Irreversible(refusal.reason)),
    }
}

/// With the version put back, only the version is left to change: no rule would insert twice. The
/// result is judged as if its version were the old one, since nothing else of it would be another.
fn there_and_back<'d>(
    mut objects: Vec<Object<'d>>,
    changes: &[Change],
    left: impl Fn(&[Object<'d>]) -> Option<Vec<Change>>,
) -> Result<(), Law> {
    let version = PathSegment::Key(field::API_VERSION.into());
    let is_version =
        |change: &&Change| change.path().split_last().is_some_and(|(_, last)| *last == version);
    if changes.iter().all(|change| is_version(&change)) {
        return Ok(());
    }
    // References to other objects have versions too, which nothing puts back.
    let roots = document::roots(&objects);
    let of_object = |change: &&Change| {
        change.path().split_last().is_some_and(|(object, _)| roots.contains(&object))
    };
    let versions: Vec<&Change> = changes.iter().filter(is_version).filter(of_object).collect();
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
            "with the version restored, more than the version would change".into(),
        ))
    }
}
