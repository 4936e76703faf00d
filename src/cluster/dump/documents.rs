//! The documents of a dump, JSON or YAML: a list of objects, or one object.

use std::sync::Arc;

use super::Dump;
use super::fields::{DumpObject, Items, Metadata};
use super::lenient::{DumpScalar, Keyed, Lenient};
use super::object::{Malformed, flink_kind};
use crate::cluster::{DumpLocation, LiveResource};
use crate::diagnostic::{FilePosition, Located};
use crate::text::{LineIndex, Position, SourceFile};

/// What to do about a dump that is not whole.
pub(crate) const TAKE_AGAIN: &str = "take the dump again, and give it as kubectl printed it";

/// What to do about one page of a list; the API server returns pages to who asks for a limit.
const TAKE_EVERY_PAGE: &str =
    "take the dump again with `kubectl get flinkdeployments -A -o json`, which reads every page";

pub(crate) const NO_OBJECT: &str = "this is no Kubernetes object";
pub(crate) const ROOT_LIST: &str = "this is a list, not a Kubernetes object";

/// How the kind of a list ends: `List`, `FlinkDeploymentList`.
pub(crate) const LIST_SUFFIX: &str = "List";

/// One document.
pub(crate) type DumpDocument<'t> = Keyed<'t, DumpObject<'t, Lenient<Items<'t>>>>;

/// A dump that is being read.
pub(crate) struct DumpBuilder<'t> {
    file: Arc<str>,
    text: &'t str,
    lines: LineIndex<'t>,
    dump: Dump,
    /// How many objects the documents so far have.
    objects: usize,
    problems: Vec<Located>,
}

impl<'t> DumpBuilder<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> DumpBuilder<'t> {
        DumpBuilder {
            file: name.into(),
            text,
            lines: SourceFile { name: "", text }.line_index(),
            dump: Dump::default(),
            objects: 0,
            problems: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> Result<Dump, Vec<Located>> {
        if self.problems.is_empty() { Ok(self.dump) } else { Err(self.problems) }
    }

    /// True once something was wrong.
    pub(crate) fn is_broken(&self) -> bool {
        !self.problems.is_empty()
    }

    /// What is wrong at a byte.
    pub(crate) fn problem(&mut self, at: usize, message: &str, help: &str) {
        let position = self.lines.position(at);
        self.problem_at(position, message, help);
    }

    pub(crate) fn problem_at(&mut self, position: Position, message: &str, help: &str) {
        let at = FilePosition { name: Arc::clone(&self.file), position };
        self.problems.push(at.error(message, help));
    }

    /// Adds a document. `start` is where it begins if it has no key.
    pub(crate) fn add(&mut self, document: DumpDocument<'t>, start: usize) {
        let Keyed { keys, value: mut document } = document;
        let at = self.first_key(&keys).unwrap_or(start);
        let mut malformed = Malformed::default();
        let items = malformed.take("items", std::mem::take(&mut document.items));
        let api_version = document.api_version.value().cloned();
        let kind = document.kind.value().cloned();
        let item_kind = kind.as_deref().map(|kind| kind.strip_suffix(LIST_SUFFIX));
        if items.is_none() && item_kind == Some(None) {
            self.objects += 1;
            let object = FoundObject { number: self.objects, at, api_version, kind, malformed };
            return self.object(object, document);
        }
        self.dump.lists += 1;
        if items.as_ref().is_some_and(|items| items.is_malformed) {
            return self.problem(at, "an item of the list is no object", TAKE_AGAIN);
        }
        let Some(Some(item_kind)) = item_kind else {
            let message = if items.is_some() {
                "the list of objects has no `kind: List` behind its items: it seems to be cut off"
            } else {
                "this is no Kubernetes object: it has no `kind`"
            };
            return self.problem(at, message, TAKE_AGAIN);
        };
        let Some(items) = items else {
            let message = "the list has no `items`: it seems to be cut off";
            return self.problem(at, message, TAKE_AGAIN);
        };
        if let Some(at) = document.metadata.value().and_then(|metadata| self.next_page(metadata)) {
            let message = "the list goes on behind what stands here: it is one page of several";
            return self.problem(at, message, TAKE_EVERY_PAGE);
        }
        // An item without a key has no place of its own.
        let at = keys.iter().find(|key| **key == "items").map_or(at, |key| self.offset(key));
        self.list(items, at, item_kind, api_version.as_ref());
    }

    /// Adds the items of a list of this kind. The API server leaves out in the items of a typed list
    /// what the list says.
    fn list(&mut self, items: Items<'t>, at: usize, kind: &str, api_version: Option<&String>) {
        for (kind, count) in items.others {
            *self.dump.others.entry(kind).or_default() += count;
        }
        let before = self.objects;
        self.objects += items.count;
        for (number, Keyed { keys, value: item }) in items.objects {
            let mut object = FoundObject {
                number: before + number,
                at: self.first_key(&keys).unwrap_or(at),
                api_version: item.api_version.value().cloned(),
                kind: item.kind.value().cloned(),
                malformed: Malformed::default(),
            };
            if object.kind.is_none() && !kind.is_empty() {
                object.kind = Some(kind.to_string());
                object.api_version = object.api_version.or_else(|| api_version.cloned());
            }
            self.object(object, item);
        }
    }

    fn object<I>(&mut self, found: FoundObject, object: DumpObject<'t, I>) {
        let at = found.at;
        let Some(kind) = found.flink_kind() else {
            return match found.kind {
                Some(kind) if kind.ends_with(LIST_SUFFIX) => {
                    self.problem(at, "a list stands inside a list", TAKE_AGAIN);
                }
                Some(kind) => *self.dump.others.entry(kind).or_default() += 1,
                None => self.problem(at, "an object of the list has no `kind`", TAKE_AGAIN),
            };
        };
        let position = self.lines.position(at);
        let place = DumpLocation { file: Arc::clone(&self.file), item: found.number, position };
        let api_version = found.api_version.as_deref().unwrap_or_default();
        match object.into_live_resource(kind, api_version, found.malformed, place) {
            Some(resource) => match invalid_name(&resource) {
                Some(message) => self.problem(at, &message, TAKE_AGAIN),
                None => self.dump.resources.push(resource),
            },
            None => {
                self.problem(at, &format!("a {} has no `metadata.name`", kind.name()), TAKE_AGAIN)
            }
        }
    }

    /// Where the metadata of a list says that there are later pages.
    fn next_page(&self, metadata: &Keyed<'t, Metadata>) -> Option<usize> {
        let has_more = |field: &Lenient<DumpScalar>, none: &[&str]| match field {
            Lenient::Absent => false,
            Lenient::Value(text) => !none.contains(&text.0.as_str()),
            Lenient::Malformed => true,
        };
        let token = has_more(&metadata.value.r#continue, &[""]).then_some("continue");
        let count = has_more(&metadata.value.remaining_item_count, &["", "0"]);
        let more = [token, count.then_some("remainingItemCount")];
        let key = metadata.keys.iter().find(|key| more.contains(&Some(**key)));
        (more != [None; 2]).then(|| key.map_or(0, |key| self.offset(key)))
    }

    fn first_key(&self, keys: &[&'t str]) -> Option<usize> {
        keys.first().map(|key| self.offset(key))
    }

    /// Where a key of the text begins, its quote included.
    fn offset(&self, key: &str) -> usize {
        let at = key.as_ptr() as usize - self.text.as_ptr() as usize;
        at - usize::from(self.text[..at].ends_with(['"', '\'']))
    }
}

/// An object, and what the list around it says of it.
struct FoundObject {
    /// Its number in the dump, from 1.
    number: usize,
    at: usize,
    api_version: Option<String>,
    kind: Option<String>,
    malformed: Malformed,
}

impl FoundObject {
    fn flink_kind(&self) -> Option<crate::flink::names::FlinkKind> {
        flink_kind(self.api_version.as_deref(), self.kind.as_deref())
    }
}

/// A name or a namespace that no object in a cluster has, and by which a savepoint map would mean
/// something else.
fn invalid_name(resource: &LiveResource) -> Option<String> {
    let is_invalid =
        |text: &str| text.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control());
    let namespace = resource.key.namespace.as_deref().filter(|namespace| is_invalid(namespace));
    let name = Some(resource.key.name.as_str()).filter(|name| is_invalid(name));
    let (field, value) = match (namespace, name) {
        (Some(namespace), _) => ("namespace", namespace),
        (None, Some(name)) => ("name", name),
        (None, None) => return None,
    };
    let value: String = value.chars().take(60).collect();
    let kind = resource.kind.name();
    Some(format!("a {kind} has the {field} `{}`, which no cluster takes", value.escape_debug()))
}
