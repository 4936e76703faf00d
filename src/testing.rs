//! The program in the process, on files in memory: for tests, fuzz targets and benches.
//!
//! A command line is parsed as typed and reads nothing but the given files: no disk, no environment, no
//! terminal. It knows no ignore files and no symbolic links.

mod file_states;
mod memory_system;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

pub use file_states::{FileStates, held_states, report_states, write_states};
use memory_system::Memory;
use serde_json::Value;

use crate::cli;
use crate::flink::objects::{Object, objects};
use crate::gitops;
use crate::kustomize::{Accumulated, BuildError, BuiltObject};
use crate::path::{PathNames, RepoPath};
use crate::project::build::{BuildFiles, BuildMemo};
use crate::rules::{self, Context, RULES};
use crate::text::{self, SourceFile, Span};
use crate::yaml::{
    self, Change, Document, FieldPath, InsertPosition, Mark, NodeKind, PathSegment, patch,
};

/// Files by their path from the root of the tree, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// How a command line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// What was printed.
    pub stdout: Vec<u8>,
    /// What was said.
    pub stderr: Vec<u8>,
    /// The files afterwards, new ones too, without those that were deleted.
    pub files: Files,
}

/// Where a command line runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The working directory, from the root of the tree.
    pub folder: &'a str,
    /// True if the tree is a repository of Git.
    pub is_repository: bool,
    /// Standard input.
    pub stdin: &'a [u8],
    /// Columns of the terminal; nothing if there is none.
    pub width: Option<usize>,
}

/// Runs a command line, the name of the program left out, in the root of a tree.
pub fn run(files: &Files, args: &[&str]) -> Run {
    Place::default().run(files, args)
}

/// What the rules say of each workload under PATH when they are asked in this order, which arranges the
/// numbers of all rules; nothing if the options are refused.
pub fn judge(
    files: &Files,
    options: &[&str],
    order: &mut dyn FnMut(&mut [usize]),
) -> Option<Vec<String>> {
    let memory = Memory::new(Place::default(), files);
    let (inputs, policy, tree) =
        cli::inputs_of_check(&memory, &typed(&[&["check"], options].concat()))?;
    let context = Context::new(&inputs, &policy, &tree.project);
    let mut found = Vec::new();
    for name in tree.judged.iter().map(|(_, file)| &file.name) {
        let Ok(text) = str::from_utf8(&files[name]) else { continue };
        for slice in yaml::chunks(text).into_iter().map(|chunk| &text[chunk.span.range()]) {
            let Ok(doc) = yaml::parse(slice, 0) else { continue };
            for object in objects(&doc, &name.as_str().into()) {
                let Object::Workload(workload) = object else { continue };
                let mut numbers: Vec<usize> = (0..RULES.len()).collect();
                order(&mut numbers);
                let rules = numbers.into_iter().map(|number| &RULES[number]);
                let diagnostics = rules::judge(rules, &workload, &context).into_iter();
                let mut reported: Vec<String> = diagnostics.map(|one| format!("{one:?}")).collect();
                reported.sort();
                found.push(format!("{name}: {}", reported.join("\n")));
            }
        }
    }
    Some(found)
}

/// The document after these changes, or why they cannot be made. A change is what the JSON report
/// calls one; that of an insertion may say with `after` behind which key, null for the first place.
pub fn edit(document: &str, changes: &[Value]) -> Result<String, String> {
    let doc = yaml::parse(document, 0).map_err(|error| error.message)?;
    let is_doubtful = doc.duplicate_key().is_some() || doc.disputed_break().is_some();
    if is_doubtful || doc.collection_key().is_some() {
        return Err("readers differ".into());
    }
    let changes = changes.iter().map(|change| parse_change(&doc, change));
    let changes = changes.collect::<Result<Vec<Change>, String>>()?;
    let edits = patch::edits(&doc, &changes).map_err(|refusal| refusal.reason)?;
    Ok(edits.apply(document))
}

fn parse_change(doc: &Document<'_>, change: &Value) -> Result<Change, String> {
    let text = |key: &str| change[key].as_str().unwrap_or_default();
    let path = parse_pointer(doc, text("pointer"));
    let value = || parse_value(&change["value"]);
    Ok(match text("op") {
        "set" => Change::Set { path, value: value(), mark: Mark::Keep },
        "insert" => {
            let position = match change.get("after") {
                Some(Value::String(key)) => InsertPosition::After(key.clone().leak()),
                Some(_) => InsertPosition::First,
                None => InsertPosition::Last,
            };
            Change::Insert { path, value: value(), position, mark: None }
        }
        "append" => Change::Append { path, value: value() },
        "rename" => Change::Rename { path, to: text("to").to_string().leak(), value: value() },
        "remove" => Change::Remove { path },
        other => return Err(format!("`{other}` is not an operation")),
    })
}

fn parse_pointer(doc: &Document<'_>, pointer: &str) -> FieldPath {
    pointer.split('/').skip(1).fold(FieldPath::default(), |path, token| {
        let node = doc.root().at(&path).map(|node| &doc.node(node.id).kind);
        match token.parse() {
            Ok(index) if matches!(node, Some(NodeKind::Sequence { .. })) => path.index(index),
            _ => path.key(&token.replace("~1", "/").replace("~0", "~")),
        }
    })
}

fn parse_value(value: &Value) -> yaml::Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.clone(), parse_value(value)));
            yaml::Value::Mapping(members.collect())
        }
        Value::Array(items) => yaml::Value::Sequence(items.iter().map(parse_value).collect()),
        Value::String(text) => yaml::Value::Text(text.clone()),
        Value::Null => yaml::Value::Null,
        other => yaml::Value::Number(other.to_string()),
    }
}

/// The comments of a document, without those on the lines of the fields that these JSON pointers name;
/// nothing if it cannot be read.
pub fn comments(document: &str, without: &[&str]) -> Option<Vec<String>> {
    let doc = yaml::parse(document, 0).ok()?;
    let lines = |pointer: &&str| {
        let path = parse_pointer(&doc, pointer);
        let (parent, last) = path.split_last()?;
        let (start, value) = match last {
            PathSegment::Key(key) => {
                let entry = doc.root().at(&parent)?.own_entry(key)?;
                (doc.node(entry.key).head, entry.value)
            }
            PathSegment::Index(_) => {
                let item = doc.root().at(&path)?;
                (patch::dash(&doc, item.id).unwrap_or(item.node().head), item.id)
            }
        };
        let end = doc.node(value).span.end;
        let line_end = document[end..].find(['\n', '\r']).map_or(document.len(), |at| end + at);
        Some(start..line_end)
    };
    let without: Vec<Range<usize>> = without.iter().filter_map(lines).collect();
    let is_kept = |span: &&Span| !without.iter().any(|lines| lines.contains(&span.start));
    Some(doc.comments().iter().filter(is_kept).map(|span| doc.slice(*span).to_string()).collect())
}

fn typed(args: &[&str]) -> Vec<OsString> {
    ["flink-migrate"].iter().chain(args).map(OsString::from).collect()
}

impl Place<'_> {
    /// Runs a command line, the name of the program left out, in this place.
    pub fn run(&self, files: &Files, args: &[&str]) -> Run {
        let memory = Memory::new(*self, files);
        let status = cli::run_on(&memory, &typed(args)).into();
        let mut after = files.clone();
        after.append(&mut taken(memory.written));
        for key in taken(memory.deleted) {
            after.remove(&key);
        }
        Run { status, stdout: taken(memory.stdout), stderr: taken(memory.stderr), files: after }
    }
}

/// A unified diff with so many lines of context; empty if the texts are the same.
pub fn diff(name: &str, before: &str, after: &str, context: usize) -> String {
    text::unified(name, before, after, context)
}

fn taken<T>(list: Mutex<T>) -> T {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The objects of ours that the kustomization of a folder builds, as JSON; or why it does not: the text
/// begins with `refused`, `unmodelled` or `missing`.
pub fn build(files: &Files, root: &str) -> Result<Vec<Value>, String> {
    let built = BuildMemo::default().build(&BuildTree(files), &root.into(), None);
    json_of(&built.map_err(shown)?, |object| object.json())
}

/// The objects as JSON, unless some of them are unknown.
fn json_of(
    built: &Accumulated,
    json: impl Fn(&Arc<BuiltObject>) -> Value,
) -> Result<Vec<Value>, String> {
    if let Some(field) = built.unseen.first() {
        return Err(format!("unmodelled: {} {}", field.place.file.as_str(), field.reason));
    }
    Ok(built.objects.iter().map(json).collect())
}

fn shown(error: BuildError) -> String {
    match error {
        BuildError::Refused { reason, place } => {
            format!("refused: {} {reason}", place.file.as_str())
        }
        BuildError::Unmodelled { reason, place } => {
            format!("unmodelled: {} {reason}", place.file.as_str())
        }
        BuildError::Missing { written, place } => {
            format!("missing: {written}, which {} names", place.file.as_str())
        }
    }
}

/// The same objects, as the YAML documents that the rules are to judge.
pub fn build_texts(files: &Files, root: &str) -> Vec<String> {
    let built = BuildMemo::default().build(&BuildTree(files), &root.into(), None);
    let objects = built.map(|built| built.objects).unwrap_or_default();
    objects.iter().map(|object| object.render()).collect()
}

/// The objects of ours that the first delivery of the first object of Argo CD or Flux in a file brings to the
/// cluster, or why there are none, as [`build`] gives them.
pub fn deliver(files: &Files, object: &str) -> Result<Vec<Value>, String> {
    let text = str::from_utf8(&files[object]).unwrap_or_default();
    let source = SourceFile { name: object, text };
    let objects = gitops::read_listed_file(&object.into(), source);
    let mut objects = objects.map_err(|(at, message)| format!("refused: {at} {message}"))?;
    let delivery = objects.remove(0).deliveries.into_iter().next();
    let mut delivery = delivery.ok_or("refused: it delivers nothing")?;
    for name in delivery.override_files() {
        let Some(bytes) = files.get(&name) else { continue };
        let text = str::from_utf8(bytes).unwrap_or_default();
        let doc = yaml::parse(text, 0).map_err(|error| format!("refused: {}", error.message))?;
        delivery.merge(doc.root(), &RepoPath::from(&*name));
    }
    let (tree, mut memo) = (BuildTree(files), BuildMemo::default());
    let root = RepoPath::from(&*delivery.folder);
    let edited = memo.spec(&tree, &root).map(|spec| delivery.root_edits.edit(&spec));
    let built = edited.and_then(|edited| memo.build(&tree, &root, Some(&edited)));
    let finish = |object: &Arc<BuiltObject>| {
        let mut object = BuiltObject::clone(object);
        delivery.root_edits.finish(&mut object);
        object.json()
    };
    json_of(&built.map_err(shown)?, finish)
}

/// Files in memory, for a build.
struct BuildTree<'f>(&'f Files);

impl BuildFiles for BuildTree<'_> {
    fn resolve(&self, folder: &RepoPath, written: &str) -> RepoPath {
        PathNames::default().resolve(folder, written)
    }

    fn text(&self, file: &RepoPath) -> Option<Arc<str>> {
        str::from_utf8(self.0.get(file.as_str())?).ok().map(Arc::from)
    }
}
