//! What must hold for the plan of a manifest, tried on manifests that are mutated at random. The
//! numbers are the same in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flink_migrate::flink::savepoints;
use flink_migrate::inputs::{CheckpointsDir, WorkloadOverride};
use flink_migrate::k8s::ObjectKey;
use flink_migrate::path::PathNames;
use flink_migrate::plan::{DocumentOutcome, FileOutcome, Outcome, Unit, input};
use flink_migrate::project::{CatalogFile, FileIndex, Project, Sought};
use flink_migrate::rules::Facts;
use flink_migrate::task::Step;
use flink_migrate::text::{EditSet, Span, diff};
use flink_migrate::yaml::{self, Change, Document, FieldPath, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rayon::prelude::*;

use super::meaning::{Fate, Meaning, differences, read};
use super::{lines, pieces};

/// Where the search begins.
pub const SEED: u8 = 41;

/// Into how many searches the cases are parted, each with a seed of its own.
const PARTS: u32 = 8;

/// A manifest that exists, and what is known about it.
pub struct Input {
    pub id: String,
    pub name: String,
    pub bytes: Vec<u8>,
    pub facts: Arc<Facts>,
}

/// One thing that is done to a text. Numbers count lines or bytes, modulo what is there.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    Delete(u32),
    Duplicate(u32),
    Swap(u32, u32),
    Indent(u32, u8),
    Outdent(u32, u8),
    Comment(u32),
    TrailingComment(u32),
    Blank(u32, u8),
    Quote(u32, bool),
    Unquote(u32),
    Fold(u32),
    Odd(u32, u8),
    AtLineEnd(u32, u8),
    Anchor(u32),
    Null(u32),
    Line(u32, u8),
    LineEnds(u8),
    Truncate(u32),
    Splice(u32, u32, u32),
}

/// Characters that readers of YAML stumble over.
const ODD: [&str; 22] = [
    "\r", "\t", "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\0", "é", "漢", "😀", "\u{7f}",
    "\u{a0}", "#", " #", ": ", "\"", "'", "{", "}", ",", "\n", "\\",
];

/// Lines that change what is around them.
const LINES: [&str; 12] = [
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "<<: *a\n",
    "? x\n",
    "- x\n",
    "x: |\n",
    "x: >+\n\n\n",
    "{{ if .Values.x }}\n",
    "&a\n",
    "serviceAccount: x\n",
    "# flink-migrate: was running\n",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation as M;
    let n = || any::<u32>();
    prop_oneof![
        4 => n().prop_map(M::Delete),
        2 => n().prop_map(M::Duplicate),
        2 => (n(), n()).prop_map(|(a, b)| M::Swap(a, b)),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::Indent(a, b)),
        2 => (n(), any::<u8>()).prop_map(|(a, b)| M::Outdent(a, b)),
        3 => n().prop_map(M::Comment),
        3 => n().prop_map(M::TrailingComment),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::Blank(a, b)),
        3 => (n(), any::<bool>()).prop_map(|(a, b)| M::Quote(a, b)),
        2 => n().prop_map(M::Unquote),
        4 => n().prop_map(M::Fold),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::Odd(a, b)),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::AtLineEnd(a, b)),
        2 => n().prop_map(M::Anchor),
        3 => n().prop_map(M::Null),
        2 => (n(), any::<u8>()).prop_map(|(a, b)| M::Line(a, b)),
        1 => any::<u8>().prop_map(M::LineEnds),
        1 => n().prop_map(M::Truncate),
        2 => (n(), n(), n()).prop_map(|(a, b, c)| M::Splice(a, b, c)),
    ]
}

fn at(n: u32, len: usize) -> usize {
    n as usize % len.max(1)
}

impl Mutation {
    fn apply(self, text: &str, inputs: &[Input]) -> String {
        let mut rows: Vec<String> = lines(text).into_iter().map(String::from).collect();
        if rows.is_empty() {
            return text.to_string();
        }
        let len = rows.len();
        match self {
            Mutation::Delete(n) => drop(rows.remove(at(n, len))),
            Mutation::Duplicate(n) => rows.insert(at(n, len), rows[at(n, len)].clone()),
            Mutation::Swap(a, b) => rows.swap(at(a, len), at(b, len)),
            Mutation::Indent(n, by) => {
                rows[at(n, len)].insert_str(0, &" ".repeat(1 + usize::from(by % 4)));
            }
            Mutation::Outdent(n, by) => {
                let row = &mut rows[at(n, len)];
                let blanks = row.len() - row.trim_start_matches(' ').len();
                row.drain(..blanks.min(1 + usize::from(by % 4)));
            }
            Mutation::Comment(n) => {
                let row = &rows[at(n, len)];
                let blanks = row.len() - row.trim_start_matches(' ').len();
                let comment =
                    format!("{}# a: b {{\n", " ".repeat(if n % 3 == 0 { 0 } else { blanks }));
                rows.insert(at(n, len), comment);
            }
            Mutation::TrailingComment(n) => at_line_end(&mut rows[at(n, len)], " # c"),
            Mutation::Blank(n, how) => {
                rows.insert(
                    at(n, len),
                    ["\n", "  \n", "\t\n", "\r\n", "\n\n"][usize::from(how) % 5].into(),
                );
            }
            Mutation::Quote(n, double) => with_value(&mut rows[at(n, len)], |value| {
                if double {
                    format!("{value:?}")
                } else {
                    format!("'{}'", value.replace('\'', "''"))
                }
            }),
            Mutation::Unquote(n) => with_value(&mut rows[at(n, len)], |value| {
                value.trim_matches(['"', '\'']).to_string()
            }),
            Mutation::Fold(n) => fold(&mut rows, at(n, len)),
            Mutation::Odd(n, which) => return insert_char(text, at(n, text.len() + 1), which),
            Mutation::AtLineEnd(n, which) => {
                at_line_end(&mut rows[at(n, len)], ODD[usize::from(which) % ODD.len()]);
            }
            Mutation::Anchor(n) => with_value(&mut rows[at(n, len)], |value| format!("&a {value}")),
            Mutation::Null(n) => with_value(&mut rows[at(n, len)], |_| {
                ["", "~", "null", "*a", "{}", "[]", "\"\""][at(n / 7, 7)].to_string()
            }),
            Mutation::Line(n, which) => {
                rows.insert(at(n, len), LINES[usize::from(which) % LINES.len()].into());
            }
            Mutation::LineEnds(how) => {
                let end = ["\r\n", "\r"][usize::from(how) % 2];
                for row in &mut rows {
                    *row = row.replace('\n', end);
                }
            }
            Mutation::Truncate(n) => {
                let mut end = at(n, text.len() + 1);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                return text[..end].to_string();
            }
            Mutation::Splice(other, mine, theirs) => {
                let other = &inputs[at(other, inputs.len())];
                let other = String::from_utf8_lossy(&other.bytes).into_owned();
                let rest = lines(&other);
                rows.truncate(at(mine, len + 1));
                rows.extend(rest[at(theirs, rest.len())..].iter().map(ToString::to_string));
            }
        }
        rows.concat()
    }
}

fn at_line_end(row: &mut String, text: &str) {
    let end = row.trim_end_matches(['\n', '\r']).len();
    row.insert_str(end, text);
}

/// Rewrites what stands behind the first `: `, or at the end of `key:`.
fn with_value(row: &mut String, write: impl Fn(&str) -> String) {
    let end = row.trim_end_matches(['\n', '\r']).len();
    let body = &row[..end];
    let start = match body.find(": ") {
        Some(colon) => colon + 2,
        None if body.ends_with(':') => end,
        None => return,
    };
    let blank = if start == end && !body.ends_with(' ') { " " } else { "" };
    let value = format!("{blank}{}", write(&body[start..]));
    row.replace_range(start..end, &value);
}

/// Writes the lines below `key:` between braces behind it, if they are plain pairs.
fn fold(rows: &mut Vec<String>, from: usize) {
    let indent = |row: &str| row.len() - row.trim_start_matches(' ').len();
    let Some(holder) = (0..rows.len()).map(|i| (from + i) % rows.len()).find(|&i| {
        let next = rows.get(i + 1).map_or(0, |next| indent(next));
        rows[i].trim_end().ends_with(':') && next > indent(&rows[i])
    }) else {
        return;
    };
    let inner = indent(&rows[holder + 1]);
    let below: Vec<String> = rows[holder + 1..]
        .iter()
        .take_while(|row| indent(row) >= inner && row.contains(':'))
        .cloned()
        .collect();
    if below.iter().any(|row| {
        indent(row) > inner
            || row.contains(['#', '{', '[', '|', '&'])
            || row.trim_end().ends_with(':')
    }) {
        return;
    }
    let lf = if rows[holder].ends_with("\r\n") { "\r\n" } else { "\n" };
    let pairs: Vec<&str> = below.iter().map(|row| row.trim()).collect();
    let shape = from % 4;
    let flow = match shape {
        0 => format!(" {{{}}}{lf}", pairs.join(", ")),
        1 => format!(" {{ {}, }}{lf}", pairs.join(", ")),
        2 => format!(" {{{}}}{lf}", pairs.join(",")),
        _ => {
            let pad = " ".repeat(inner);
            let own: String = pairs.iter().map(|pair| format!("{pad}{pair},{lf}")).collect();
            format!(" {{{lf}{own}{}}}{lf}", " ".repeat(indent(&rows[holder])))
        }
    };
    let head = rows[holder].trim_end().to_string();
    rows.splice(holder..=holder + below.len(), [format!("{head}{flow}")]);
}

fn insert_char(text: &str, mut at: usize, which: u8) -> String {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    format!("{}{}{}", &text[..at], ODD[usize::from(which) % ODD.len()], &text[at..])
}

/// How often each thing was seen, so that a suite that tests nothing shows.
#[derive(Default)]
pub struct Seen {
    pub judged: AtomicUsize,
    pub changed: AtomicUsize,
    pub held: AtomicUsize,
    pub not_understood: AtomicUsize,
    pub failed: AtomicUsize,
    pub suspended: AtomicUsize,
    pub known: AtomicUsize,
}

/// Something that goes wrong.
pub struct WorkloadSummary {
    /// What is said about it holds this.
    says: &'static str,
    /// A text that is meant holds this.
    looks_like: fn(&str) -> bool,
    /// Why it is so.
    pub reason: &'static str,
    /// The shortest text for it: the rest of the `spec` of a stateless job that may start fresh.
    pub shortest: &'static str,
}

pub const KNOWN: &[WorkloadSummary] = &[WorkloadSummary {
    says: "found a tab character",
    looks_like: |text| text.contains('\t'),
    reason: "a plain scalar is written before a line of tabs, where libyaml lets none stand",
    shortest: "  jobManager: {\n    resource: {memory: \"1g\"\n\t\n    }}\n",
}];

impl WorkloadSummary {
    pub fn explains(&self, why: &str, bytes: &[u8]) -> bool {
        why.contains(self.says) && (self.looks_like)(&String::from_utf8_lossy(bytes))
    }
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Mutates the inputs in so many ways; what was seen, and what must not be.
pub fn search(inputs: &[Input], cases: u32) -> (Seen, Vec<String>) {
    let seen = Seen::default();
    let explored = |part| explore(inputs, part, cases / PARTS, &seen);
    let failures = (0..PARTS).into_par_iter().filter_map(explored).collect();
    (seen, failures)
}

fn explore(inputs: &[Input], part: u32, cases: u32, seen: &Seen) -> Option<String> {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 3000, ..Config::default() };
    let mut start = [SEED; 32];
    start[0] = u8::try_from(part).unwrap();
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &start));
    let what = (any::<u32>(), any::<bool>(), prop::collection::vec(mutation(), 0..5));
    let ended = runner.run(&what, |(which, generous, mutations)| {
        let (input, bytes, facts) = mutated(inputs, which, generous, &mutations);
        match sound(&input.name, &bytes, &facts, seen) {
            Err(why) if KNOWN.iter().any(|known| known.explains(&why, &bytes)) => {
                count(&seen.known);
                Ok(())
            }
            result => result.map_err(TestCaseError::fail),
        }
    });
    match ended {
        Ok(()) => None,
        Err(TestError::Fail(reason, (which, generous, mutations))) => {
            let (input, bytes, _) = mutated(inputs, which, generous, &mutations);
            let text = String::from_utf8_lossy(&bytes);
            Some(format!(
                "{reason}\n{} after {mutations:?} (generous: {generous})\n{text}\nas a string: {text:?}",
                input.id
            ))
        }
        Err(TestError::Abort(reason)) => Some(format!("gave up: {reason}")),
    }
}

/// The input, what became of its bytes, and the facts of its case; or facts that answer most questions.
fn mutated<'a>(
    inputs: &'a [Input],
    which: u32,
    generous: bool,
    mutations: &[Mutation],
) -> (&'a Input, Vec<u8>, Facts) {
    let input = &inputs[at(which, inputs.len())];
    let bytes = match std::str::from_utf8(&input.bytes) {
        Ok(text) => mutations
            .iter()
            .fold(text.to_string(), |text, mutation| mutation.apply(&text, inputs))
            .into_bytes(),
        Err(_) => input.bytes.clone(),
    };
    let (mut stated, mut policy) = (input.facts.inputs().clone(), input.facts.policy().clone());
    let whole = &mut stated.whole_tree;
    if generous {
        whole.service_account.get_or_insert("flink".into());
        whole.namespace.get_or_insert("lab".into());
        let template = || CheckpointsDir::Template("s3://cp/{name}".into());
        policy.checkpoints_dir.get_or_insert_with(template);
    }
    let (_, index) = catalog_file(&input.name, &bytes);
    let keys = index.workloads.iter().map(|known| known.key.to_string());
    let keys: BTreeSet<String> = keys.filter(|key| !key.contains('(')).collect();
    match (generous, which / 7 % 3) {
        (true, 0) => {
            let entry = |(i, key): (usize, &String)| {
                format!("{}: s3://sp/{i}\n", serde_json::Value::from(key.as_str()))
            };
            // A name that no map can hold leaves the map of the case.
            let entries: String = keys.iter().enumerate().map(entry).collect();
            let map = savepoints::read("map.yaml", &entries);
            whole.savepoints = map.map_or_else(|_| Arc::clone(&whole.savepoints), Arc::new);
        }
        (true, 1) => {
            let fresh = |key: String| WorkloadOverride {
                key: ObjectKey::parse(&key),
                fresh: true,
                ..WorkloadOverride::default()
            };
            whole.overrides = keys.into_iter().map(fresh).collect();
            whole.savepoints = Arc::default();
        }
        _ => {}
    }
    (input, bytes, Facts::new(stated, policy, Project::of(vec![index], true, PathNames::default())))
}

/// What a file says before it is judged.
pub fn catalog_file(name: &str, bytes: &[u8]) -> (CatalogFile, FileIndex) {
    CatalogFile::read(&name.into(), name, bytes, Sought::Workloads, false)
}

/// The plan of a file that nobody has read before.
fn plan_file(name: &str, bytes: &[u8], facts: &Facts, unit: Unit) -> Option<FileOutcome> {
    let (file, _) = catalog_file(name, bytes);
    flink_migrate::plan::plan_file(&file, bytes, facts, 3, unit).outcome
}

/// Everything that must hold for the plan of a file.
pub fn sound(name: &str, bytes: &[u8], facts: &Facts, seen: &Seen) -> Result<(), String> {
    let Some(plan) = plan_file(name, bytes, facts, Unit::File) else { return Ok(()) };
    count(&seen.judged);
    match plan.outcome() {
        Some(Outcome::Changed) => count(&seen.changed),
        Some(Outcome::Held) => count(&seen.held),
        Some(Outcome::NotUnderstood) => count(&seen.not_understood),
        Some(Outcome::Failed) => count(&seen.failed),
        Some(Outcome::AlreadyRight) | None => {}
    }
    for located in &plan.diagnostics {
        let diagnostic = &located.diagnostic;
        if diagnostic.id == input::PROOF {
            return Err(format!("a law of ours was broken: {}", diagnostic.message));
        }
        if diagnostic.span.start > diagnostic.span.end || diagnostic.span.end > bytes.len() {
            return Err(format!(
                "{:?} lies outside the file of {} bytes: {}",
                diagnostic.span,
                bytes.len(),
                diagnostic.message
            ));
        }
    }
    let open = plan.documents.iter().any(|document| document.outcome > Outcome::Changed);
    if open && plan.changes() {
        return Err("a document is open, and the file changes".into());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return if plan.changes() { Err("what is not text changes".into()) } else { Ok(()) };
    };
    within(&edits(&plan), text)?;
    let by_document = plan_file(name, bytes, facts, Unit::Document);
    let by_document = by_document.as_ref().map(edits).unwrap_or_default();
    within(&by_document, text)?;
    let after = edits(&plan).apply(text);
    let patched =
        patched(text, &diff(name, plan.rewrite.as_ref().map_or(&[], |rewrite| &rewrite.hunks)))?;
    if patched != after {
        return Err(format!("the diff applied gives {patched:?}, the edits give {after:?}"));
    }
    let stream = by_document.apply(text);
    nothing_lost(&plan, text, &stream)?;
    same_meaning(&plan, text, &stream)?;
    settled(name, &plan, text, &stream, facts)?;
    by_way_of_suspend(name, &plan, text, facts, seen)
}

/// Suspended first, the file is converted to the same bytes, or held as it was.
fn by_way_of_suspend(
    name: &str,
    plan: &FileOutcome,
    before: &str,
    facts: &Facts,
    seen: &Seen,
) -> Result<(), String> {
    if facts.policy().step != Step::Convert {
        return Ok(());
    }
    let mut policy = facts.policy().clone();
    policy.savepoints_dir = Some("s3://sp/{name}".into());
    policy.step = Step::Suspend;
    let suspending = Facts::new(facts.inputs().clone(), policy, facts.project().clone());
    let Some(stopped) = plan_file(name, before.as_bytes(), &suspending, Unit::File) else {
        return Ok(());
    };
    let law = stopped.diagnostics.iter().find(|located| located.diagnostic.id == input::PROOF);
    if let Some(located) = law {
        return Err(format!("suspend breaks a law of ours: {}", located.diagnostic.message));
    }
    if !stopped.changes() {
        return Ok(());
    }
    count(&seen.suspended);
    let between = edits(&stopped).apply(before);
    let index =
        Project::of(vec![catalog_file(name, between.as_bytes()).1], true, PathNames::default());
    let facts = Facts::new(facts.inputs().clone(), facts.policy().clone(), index);
    let again = plan_file(name, between.as_bytes(), &facts, Unit::File);
    let then = again.as_ref().map(edits).unwrap_or_default();
    if plan.changes() || plan.outcome() == Some(Outcome::AlreadyRight) {
        let (wanted, found) = (edits(plan).apply(before), then.apply(&between));
        if wanted != found {
            return Err(format!(
                "by way of suspend:\n{between:?}\ngives {found:?}\nnot {wanted:?}"
            ));
        }
    } else if !then.is_empty() {
        return Err(format!("held without suspend, and not with it: {between:?}"));
    }
    Ok(())
}

fn edits(plan: &FileOutcome) -> EditSet {
    plan.rewrite.as_ref().map(|rewrite| rewrite.edits.clone()).unwrap_or_default()
}

/// In order, apart, and between characters.
fn within(edits: &EditSet, text: &str) -> Result<(), String> {
    let mut done = 0;
    let mut last: Option<Span> = None;
    for edit in edits.iter() {
        let Span { start, end } = edit.span;
        let sound = done <= start && start <= end && end <= text.len() && last != Some(edit.span);
        if !sound || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            return Err(format!("{edit:?} after byte {done} of {}", text.len()));
        }
        (done, last) = (end, Some(edit.span));
    }
    Ok(())
}

/// Every comment is there in its order, but for that of a field that is removed.
fn nothing_lost(plan: &FileOutcome, before: &str, after: &str) -> Result<(), String> {
    for ((line, old), (_, new)) in pieces(before).iter().zip(&pieces(after)) {
        let Ok(doc) = yaml::parse(old, 0) else { continue };
        let here = *line..*line + lines(old).len();
        let documents = plan.documents.iter().filter(|document| here.contains(&document.line));
        let changes = documents.flat_map(DocumentOutcome::changes).map(|field| &field.change);
        let own: Vec<Range<usize>> = changes
            .filter(|change| matches!(change, Change::Remove { .. }))
            .map(|change| own_bytes(&doc, change.path()))
            .collect();
        if let Some(lost) = lost_comment(&doc, &own, new) {
            return Err(format!("the comment `{lost}` is gone:\n{after}"));
        }
    }
    Ok(())
}

/// Documents without changes are the same bytes, and others differ by their changes to a reader.
fn same_meaning(plan: &FileOutcome, before: &str, after: &str) -> Result<(), String> {
    if before == after {
        return Ok(());
    }
    let (old, new) = (pieces(before), pieces(after));
    if old.len() != new.len() {
        return Err(format!("{} documents before, {} after:\n{after}", old.len(), new.len()));
    }
    for ((line, old), (_, new)) in old.iter().zip(&new) {
        let here = *line..line + lines(old).len();
        let planned = plan
            .documents
            .iter()
            .filter(|document| here.contains(&document.line))
            .flat_map(DocumentOutcome::changes)
            .map(|field| &field.change);
        let planned: Vec<&Change> = planned.collect();
        if planned.is_empty() {
            if old != new {
                return Err(format!(
                    "the document of line {line} has no changes and is not the same:\n{after}"
                ));
            }
            continue;
        }
        let seen = |text: &str| read(text).map_err(|error| format!("line {line}: {error}\n{text}"));
        let mut found = differences(&seen(old)?, &seen(new)?);
        for change in planned {
            let wanted = match change {
                Change::Set { value, .. } => Fate::Set(meaning(value)),
                Change::Insert { value, .. } => Fate::Inserted(meaning(value)),
                Change::Remove { .. } => Fate::Removed,
                Change::Rename { path, to, value } => {
                    let renamed = path.split_last().map(|(parent, _)| parent.key(to).pointer());
                    let fate = found.remove(&renamed.unwrap_or_default());
                    if fate != Some(Fate::Inserted(meaning(value))) {
                        return Err(format!("{path} was to be called {to}: {fate:?}\n{after}"));
                    }
                    Fate::Removed
                }
            };
            let fate = found.remove(&change.path().pointer());
            if fate.as_ref() != Some(&wanted) {
                return Err(format!(
                    "{} was to be {wanted:?} and is {fate:?}:\n{after}",
                    change.path()
                ));
            }
        }
        if !found.is_empty() {
            return Err(format!("this too has changed: {found:?}\n{after}"));
        }
    }
    Ok(())
}

fn meaning(value: &Value) -> Meaning {
    match value {
        Value::Text(text) => Meaning::Text(text.clone()),
        Value::Number(number) => read(number).unwrap(),
        Value::Mapping(pairs) => {
            Meaning::Map(pairs.iter().map(|(key, value)| (key.clone(), meaning(value))).collect())
        }
    }
}

/// Nothing that was changed asks for more, and the others end as they ended.
fn settled(
    name: &str,
    plan: &FileOutcome,
    before: &str,
    after: &str,
    facts: &Facts,
) -> Result<(), String> {
    if before == after {
        return Ok(());
    }
    let index =
        Project::of(vec![catalog_file(name, after.as_bytes()).1], true, PathNames::default());
    let facts = Facts::new(facts.inputs().clone(), facts.policy().clone(), index);
    let Some(again) = plan_file(name, after.as_bytes(), &facts, Unit::Document) else {
        return Err(format!("nothing of ours is left:\n{after}"));
    };
    let ended = |plan: &FileOutcome| -> BTreeMap<usize, Outcome> {
        let ended = plan.documents.iter().map(|document| match document.outcome {
            Outcome::Changed => (document.index, Outcome::AlreadyRight),
            other => (document.index, other),
        });
        ended.collect()
    };
    let asks = again.diagnostics.iter().any(|located| located.diagnostic.fix.is_some())
        && !plan.documents.iter().any(|d| d.outcome > Outcome::Changed);
    if again.rewrite.is_some() || asks || ended(plan) != ended(&again) {
        return Err(format!("not settled:\n{after}\n{:#?}", again.diagnostics));
    }
    Ok(())
}

/// A unified diff of one file, applied: every line that it keeps or takes must be there.
fn patched(before: &str, diff: &str) -> Result<String, String> {
    if diff.is_empty() {
        return Ok(before.to_string());
    }
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let rows: Vec<&str> = diff.split_inclusive('\n').collect();
    if !rows[0].starts_with("--- a/") || !rows[1].starts_with("+++ b/") {
        return Err(format!("the diff begins with {:?}", &rows[..2]));
    }
    let (mut out, mut done) = (String::new(), 0);
    let mut i = 2;
    while i < rows.len() {
        let header = rows[i]
            .strip_prefix("@@ -")
            .and_then(|rest| rest.strip_suffix(" @@\n"))
            .ok_or(rows[i])?;
        let (from, to) = header.split_once(" +").ok_or(rows[i])?;
        let range = |text: &str| -> Option<(usize, usize)> {
            let (start, len) = text.split_once(',').unwrap_or((text, "1"));
            Some((start.parse().ok()?, len.parse().ok()?))
        };
        let ((start, mut to_take), (_, mut to_come)) =
            (range(from).ok_or(rows[i])?, range(to).ok_or(rows[i])?);
        let start = if to_take == 0 { start } else { start - 1 };
        out.extend(
            old.get(done..start)
                .ok_or(format!("a hunk begins before line {done}"))?
                .iter()
                .copied(),
        );
        done = start;
        i += 1;
        while to_take + to_come > 0 {
            let row = rows.get(i).ok_or("a hunk is too short")?;
            let without_end = rows.get(i + 1).is_some_and(|next| next.starts_with('\\'));
            let line = if without_end {
                row[1..].strip_suffix('\n').unwrap_or(&row[1..])
            } else {
                &row[1..]
            };
            let sign = row.as_bytes()[0];
            if sign != b'+' {
                if old.get(done) != Some(&line) {
                    return Err(format!(
                        "line {} is {:?}, the diff says {line:?}",
                        done + 1,
                        old.get(done)
                    ));
                }
                done += 1;
                to_take = to_take.checked_sub(1).ok_or("a hunk takes too much")?;
            }
            if sign != b'-' {
                out.push_str(line);
                to_come = to_come.checked_sub(1).ok_or("a hunk brings too much")?;
            }
            i += 1 + usize::from(without_end);
        }
    }
    out.extend(old[done..].iter().copied());
    Ok(out)
}

/// From the key to the end of the line on which its value ends: what goes with a removed field.
pub fn own_bytes(doc: &Document<'_>, path: &FieldPath) -> Range<usize> {
    let (parent, last) = path.split_last().unwrap();
    let yaml::PathSegment::Key(key) = last else { return 0..0 };
    let mapping = doc.root().at(&parent).unwrap();
    let entry = mapping.own_entry(key).unwrap();
    let end = doc.node(entry.value).span.end;
    let line_end = doc.text[end..].find(['\n', '\r']).map_or(doc.text.len(), |at| end + at);
    doc.node(entry.key).head..line_end
}

/// A comment that is no longer there, and was not within `own`. The mark of a parked job is none.
pub fn lost_comment(doc: &Document<'_>, own: &[Range<usize>], after: &str) -> Option<String> {
    let found = yaml::parse(after, 0).ok()?;
    let unmarked = |comment: &str| {
        let end = comment.find("# flink-migrate: was").unwrap_or(comment.len());
        Some(comment[..end].trim_end().to_string()).filter(|comment| !comment.is_empty())
    };
    let mut left = found.comments().iter().filter_map(|&comment| unmarked(found.slice(comment)));
    let kept =
        doc.comments().iter().filter(|comment| !own.iter().any(|own| own.contains(&comment.start)));
    let mut kept = kept.filter_map(|&comment| unmarked(doc.slice(comment)));
    kept.find(|comment| !left.any(|other| other == *comment))
}
