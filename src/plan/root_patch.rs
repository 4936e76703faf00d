//! A patch file that a kustomization gets, where nothing that is there can take a change.

use super::file::locate;
use super::placing::{PlacedRow, PlacingTree, merged, with_document, without_emptied};
use super::{DocumentOutcome, FieldChange, FileChange, FileOutcome, Outcome};
use crate::diagnostic::{Change, Diagnostic, SymbolicLocation};
use crate::flink::names::{GROUP, field};
use crate::path::{PathNames, RepoPath};
use crate::project::{BuiltManifest, IdInRoot};
use crate::rules::DocumentId;
use crate::text::{SourceFile, Span};
use crate::yaml::patch::{self, BlockNode};
use crate::yaml::{self, FieldPath, InsertPosition, NodeRef, Scalar, Value};

/// With what the name of each file that is created begins.
const FILE_PREFIX: &str = "flink-migrate-";

/// The field of a kustomization that lists patches of both kinds.
pub(crate) const PATCHES: &str = "patches";

/// The field that lists patches of JSON 6902, which kustomize applies after all others.
pub(crate) const PATCHES_JSON6902: &str = "patchesJson6902";

/// True for the name of a patch file that was created.
pub(crate) fn is_created(file: &RepoPath) -> bool {
    file.file_name().starts_with(FILE_PREFIX)
}

/// A patch file that is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CreatedPatch {
    /// The file.
    pub(crate) file: RepoPath,
    /// All of it.
    pub(crate) text: String,
    /// What is reported of it; locations are fields.
    diagnostics: Vec<Diagnostic>,
}

impl CreatedPatch {
    /// The file as it is reported and written.
    pub(crate) fn outcome(&self, names: &PathNames) -> FileOutcome {
        let name = &*names.display(&self.file);
        let source = &SourceFile { name, text: &self.text }.line_index();
        let mut outcome = FileOutcome::new(name);
        let Ok(doc) = yaml::parse(&self.text, 0) else { return outcome };
        let diagnostics = self.diagnostics.iter().map(|one| {
            let node = one.fix.iter().flatten().find_map(|change| doc.root().at(change.path()));
            let span = node.unwrap_or(doc.root()).span_in_file();
            locate(source, 0, None, Diagnostic { location: span.into(), ..one.clone() })
        });
        outcome.diagnostics = diagnostics.collect();
        let value = value_of(doc.root());
        let (path, position) = (FieldPath::default(), InsertPosition::Last);
        let change = Change::Insert { path, value, position, mark: None };
        outcome.documents = vec![whole_document(change, &self.diagnostics)];
        outcome.rewrite = Some(FileChange::create(self.text.clone()));
        outcome
    }
}

/// The patch file for these changes of a workload, its document at this API version, and the entry that lists
/// it; nothing if the kustomization cannot take an entry, or every name is taken.
pub(crate) fn create(
    changes: &[(&Diagnostic, Vec<Change>)],
    api_version: &str,
    built: &BuiltManifest,
    tree: &PlacingTree<'_>,
) -> Option<(CreatedPatch, (DocumentId, Diagnostic))> {
    let (first, _) = changes.first()?;
    let id = plain_id(built)?;
    let scalar = |text: &str| BlockNode::Scalar { token: patch::text_token(text), comment: None };
    let metadata = [(field::NAME, Some(&*id.name)), (field::NAMESPACE, id.namespace.as_deref())];
    let metadata = metadata.into_iter().filter_map(|(key, value)| Some((key, scalar(value?))));
    let identity = BlockNode::Mapping(vec![
        (field::API_VERSION, scalar(api_version)),
        (field::KIND, scalar(&id.kind)),
        (field::METADATA, BlockNode::Mapping(metadata.collect())),
    ]);
    let mut all: Vec<&Change> = changes.iter().flat_map(|(_, changes)| changes).collect();
    all.sort_by(|a, b| a.path().cmp(b.path()));
    let leaves_marks = all.iter().any(|change| !change.marks_left().is_empty());
    let content = all.into_iter().try_fold(patch::document(&identity), |text, change| {
        let doc = yaml::parse(&text, 0).ok()?;
        let edits = patch::edits(&doc, &[merged(change, doc.root(), true)?]).ok()?;
        Some(edits.apply(&text))
    })?;
    let is_crlf = tree.texts.get(&built.root).is_some_and(|text| text.contains("\r\n"));
    let content = if is_crlf { content.replace('\n', "\r\n") } else { content };
    let folder = built.root.folder();
    let named =
        |base: &str| tree.project.names().resolve(&folder, &format!("{FILE_PREFIX}{base}.yaml"));
    let bases =
        [Some(id.name.clone()), id.namespace.as_ref().map(|it| format!("{it}-{}", id.name))];
    let file =
        bases.iter().flatten().map(|base| named(base)).find(|it| !(tree.is_taken)(it, &content))?;
    let path = Value::Text(file.file_name().to_string());
    let entry = Value::Mapping(vec![("path".to_string(), path)]);
    let (document, listing) = listed(entry, PATCHES, leaves_marks, built, tree)?;
    let message = format!("`{}` is listed here", file.file_name());
    let listing = Diagnostic {
        location: SymbolicLocation::Field(listing.path().clone()),
        message,
        fix: Some(vec![listing]),
        ..(*first).clone()
    };
    let diagnostics = changes
        .iter()
        .map(|(one, changes)| Diagnostic { fix: Some(changes.clone()), ..(*one).clone() });
    let diagnostics = diagnostics.collect();
    Some((CreatedPatch { file, text: content, diagnostics }, (document, listing)))
}

/// A patch file that is deleted.
#[derive(Clone, Debug)]
pub(crate) struct DeletedPatch {
    /// The file.
    pub(crate) file: RepoPath,
    /// What is reported of it.
    diagnostics: Vec<Diagnostic>,
}

impl DeletedPatch {
    /// The file as it is reported and written; `before` is its text.
    pub(crate) fn outcome(&self, before: &str, names: &PathNames) -> FileOutcome {
        let name = &*names.display(&self.file);
        let source = &SourceFile { name, text: before }.line_index();
        let mut outcome = FileOutcome::new(name);
        let located = |one: &Diagnostic| {
            let location = Span::empty(0).into();
            locate(source, 0, None, Diagnostic { location, ..one.clone() })
        };
        outcome.diagnostics = self.diagnostics.iter().map(located).collect();
        let change = Change::Remove { path: FieldPath::default() };
        outcome.documents = vec![whole_document(change, &self.diagnostics)];
        outcome.rewrite = Some(FileChange::delete(before));
        outcome
    }
}

/// The one document of a file that comes or goes as a whole.
fn whole_document(change: Change, diagnostics: &[Diagnostic]) -> DocumentOutcome {
    DocumentOutcome {
        index: 0,
        line: 1,
        kind: None,
        workloads: diagnostics.iter().find_map(|one| one.workload.clone()).into_iter().collect(),
        outcome: Outcome::Changed,
        fields: vec![FieldChange { change, old: None }],
    }
}

/// Deletes the created patch file in which these changes leave nothing, and takes it off its list; nothing if it
/// cannot be taken off.
pub(crate) fn delete_emptied(
    row: &mut PlacedRow,
    built: &BuiltManifest,
    tree: &PlacingTree<'_>,
) -> Option<()> {
    let PlacingTree { project, texts, .. } = *tree;
    let is_own = |(file, document): &DocumentId| {
        *document == 0 && file.folder() == built.root.folder() && is_created(file)
    };
    let ours = row.taken.iter().map(|(id, _)| id).find(|id| is_own(id)).cloned();
    let Some(id) = ours else { return Some(()) };
    let own = || row.taken.iter().filter(|(document, _)| *document == id).map(|(_, one)| one);
    let mut changes: Vec<Change> =
        own().flat_map(|one| one.fix.iter().flatten()).cloned().collect();
    let is_emptied = with_document(texts, &id.0, 0, |doc| {
        without_emptied(doc.root(), &mut changes);
        let removed =
            |key: &str| changes.contains(&Change::Remove { path: FieldPath::from_keys([key]) });
        let identity = [field::API_VERSION, field::KIND, field::METADATA];
        changes.iter().all(|it| matches!(it, Change::Remove { .. }))
            && doc.root().entries().iter().all(|(key, _)| identity.contains(key) || removed(key))
    });
    if is_emptied != Some(true) {
        return Some(());
    }
    let diagnostics: Vec<Diagnostic> = own().cloned().collect();
    let first = diagnostics.first()?;
    let folder = built.root.folder();
    let path = FieldPath::from_keys([PATCHES]);
    let unlisted = with_document(texts, &built.root, 0, |doc| {
        let items = doc.root().get(PATCHES)?.items();
        let is_own = |item: &NodeRef<'_>| {
            let path = item.get("path").and_then(NodeRef::text);
            path.is_some_and(|path| project.names().resolve(&folder, path) == id.0)
        };
        let mut own = items.enumerate().filter(|(_, item)| is_own(item));
        Some(path.index(own.next()?.0))
    })??;
    let unlisted = Diagnostic {
        location: SymbolicLocation::Field(unlisted.clone()),
        message: format!("`{}` is no longer listed here", id.0.file_name()),
        fix: Some(vec![Change::Remove { path: unlisted }]),
        ..first.clone()
    };
    row.taken.retain(|(document, _)| *document != id);
    row.taken.push(((built.root.clone(), 0), unlisted));
    row.deleted = Some(DeletedPatch { file: id.0, diagnostics });
    Some(())
}

/// The entry of a kustomization that makes these changes of a workload by operations of JSON 6902, the version
/// last; nothing if they cannot be made so, or the kustomization cannot take an entry.
pub(crate) fn operate(
    changes: &[(&Diagnostic, Vec<Change>)],
    list: &str,
    built: &BuiltManifest,
    tree: &PlacingTree<'_>,
) -> Option<(DocumentId, Diagnostic)> {
    let id = plain_id(built)?;
    let text = |text: &str| Value::Text(text.to_string());
    let mapping = |entries: Vec<(&str, Value)>| {
        Value::Mapping(entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
    };
    let doc = built.document().ok()?;
    let is_version =
        |change: &&Change| *change.path() == FieldPath::from_keys([field::API_VERSION]);
    let mut all: Vec<&Change> = changes.iter().flat_map(|(_, changes)| changes).collect();
    all.sort_by_key(|change| (is_version(change), change.path()));
    let operations = all.into_iter().map(|change| {
        // What the object that delivers the root sets is to be changed there.
        let is_over_delivery = built.delivering_file.is_some() && !is_version(&change);
        if is_over_delivery || !change.marks_left().is_empty() {
            return None;
        }
        let change = merged(change, doc.root(), false)?;
        let operation = |name, value: Option<Value>| {
            let path = text(&change.path().pointer());
            let value = value.map(|value| ("value", value));
            mapping([("op", text(name)), ("path", path)].into_iter().chain(value).collect())
        };
        Some(match &change {
            Change::Set { value, .. } => operation("replace", Some(value.clone())),
            Change::Insert { value, .. } => operation("add", Some(value.clone())),
            Change::Remove { .. } => operation("remove", None),
            Change::Rename { .. } | Change::Append { .. } => return None,
        })
    });
    let operations = Value::Sequence(operations.collect::<Option<_>>()?);
    let named = [("group", Some(GROUP)), ("kind", Some(&*id.kind)), ("name", Some(&*id.name))];
    let namespace = [("namespace", id.namespace.as_deref())];
    let target = named.into_iter().chain(namespace);
    let target = target.filter_map(|(key, value)| Some((key, text(value?)))).collect();
    let patch = text(patch::document(&BlockNode::from(&operations)).trim_end());
    let entry = mapping(vec![("target", mapping(target)), ("patch", patch)]);
    let (document, listing) = listed(entry, list, false, built, tree)?;
    let (first, _) = changes.first()?;
    let messages: Vec<&str> = changes.iter().map(|(one, _)| &*one.message).collect();
    let listing = Diagnostic {
        location: SymbolicLocation::Field(listing.path().clone()),
        message: messages.join("; "),
        fix: Some(vec![listing]),
        ..(*first).clone()
    };
    Some((document, listing))
}

/// What the root calls the workload; nothing where that is not a plain name: a variable is filled in later, and to
/// a selector every name is an expression.
fn plain_id(built: &BuiltManifest) -> Option<&IdInRoot> {
    let is_plain = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let id = &built.id_in_root;
    (is_plain(&id.name) && id.namespace.as_deref().is_none_or(is_plain)).then_some(id)
}

/// The change that lists this entry last in the kustomization of a root; nothing if it cannot take an entry, or
/// would not be as it was when that is to be restored.
fn listed(
    entry: Value,
    list: &str,
    is_to_be_restored: bool,
    built: &BuiltManifest,
    tree: &PlacingTree<'_>,
) -> Option<(DocumentId, Change)> {
    let PlacingTree { project, texts, .. } = *tree;
    let root = &built.root;
    // A link would change what others build too.
    if project.real_path(root) != *root {
        return None;
    }
    let path = FieldPath::from_keys([list]);
    let change = with_document(texts, root, 0, |doc| match doc.root().own_entry(list) {
        // Once the entry goes, the list is not written again as it was.
        Some(_) if is_to_be_restored && doc.root().at(&path)?.items().next().is_none() => None,
        None if is_to_be_restored && doc.root().node().kind.is_flow() => None,
        None => {
            let (value, position) = (Value::Sequence(vec![entry]), InsertPosition::Last);
            Some(Change::Insert { path, value, position, mark: None })
        }
        Some(_) => Some(Change::Append { path, value: entry }),
    })??;
    Some(((root.clone(), 0), change))
}

/// What is written there, as a value to be written.
fn value_of(node: NodeRef<'_>) -> Value {
    match node.scalar() {
        None if node.is_mapping() => {
            let entries = node.entries().into_iter();
            Value::Mapping(entries.map(|(key, value)| (key.to_string(), value_of(value))).collect())
        }
        None => Value::Sequence(node.items().map(value_of).collect()),
        Some(Scalar::Null) => Value::Null,
        Some(Scalar::Number(literal)) => Value::Number(literal.to_string()),
        Some(Scalar::Bool(value)) => Value::Number(value.to_string()),
        Some(Scalar::Text(text)) => Value::Text(text.to_string()),
    }
}
