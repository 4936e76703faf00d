//! The documents of a dump, JSON or YAML: a list of objects, or one object.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::error::Category;

use super::Dump;
use super::object::{Malformed, flink_kind, live_resource};
use super::value::{DumpMapping, DumpValue, Items};
use crate::cluster::LiveResource;
use crate::diagnostic::{FilePosition, Located};
use crate::text::{LineIndex, Position, SourceFile};

/// What to do about a dump that is not whole.
pub(crate) const TAKE_AGAIN: &str = "take the dump again, and give it as kubectl printed it";

/// What to do about one page of a list; the API server returns pages to who asks for a limit.
const TAKE_EVERY_PAGE: &str =
    "take the dump again with `kubectl get flinkdeployments -A -o json`, which reads every page";

pub(crate) const NO_OBJECT: &str = "this is not a Kubernetes object";
pub(crate) const ROOT_LIST: &str = "this is a list, not a Kubernetes object";

/// How the kind of a list ends: `List`, `FlinkDeploymentList`.
pub(crate) const LIST_SUFFIX: &str = "List";

/// A dump that is being read.
pub(crate) struct DumpBuilder<'t> {
    name: Arc<str>,
    text: &'t str,
    lines: LineIndex<'t>,
    dump: Dump,
    problems: Vec<Located>,
}

impl<'t> DumpBuilder<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> DumpBuilder<'t> {
        DumpBuilder {
            name: name.into(),
            text,
            lines: SourceFile { name: "", text }.line_index(),
            dump: Dump::default(),
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
        self.problems.push(self.place(self.lines.position(at)).error(message, help));
    }

    fn place(&self, position: Position) -> FilePosition {
        FilePosition { name: Arc::clone(&self.name), position }
    }

    /// Adds a document. `start` is where it begins if it has no key.
    pub(crate) fn add(&mut self, mut document: DumpMapping<'t>, start: usize) {
        let at = document.first_key.map_or(start, |key| self.offset(key));
        let items = document.entries.iter().find(|(key, _)| key == "items");
        // An item without a key has no place of its own.
        let items_at = items.and_then(|entry| self.entry_offset(entry)).unwrap_or(at);
        let mut malformed = Malformed::default();
        let items = match document.remove("items") {
            None => None,
            // How some versions of kubectl print an empty list.
            Some(DumpValue::Null) => Some(Items::default()),
            Some(DumpValue::Items(items)) => Some(items),
            Some(_) => {
                malformed.add("items");
                None
            }
        };
        let item_kind = document.text("kind").map(|kind| kind.strip_suffix(LIST_SUFFIX));
        if items.is_none() && item_kind == Some(None) {
            return self.object(document, at, ListHead::default(), malformed);
        }
        self.dump.lists += 1;
        if items.as_ref().is_some_and(|items| items.is_malformed) {
            return self.problem(at, "an item of the list is not an object", TAKE_AGAIN);
        }
        let Some(Some(kind)) = item_kind else {
            let message = if items.is_some() {
                "the list of objects has no `kind: List` after its items: it seems to be cut off"
            } else {
                "this is not a Kubernetes object: it has no `kind`"
            };
            return self.problem(at, message, TAKE_AGAIN);
        };
        let Some(items) = items else {
            let message = "the list has no `items`: it seems to be cut off";
            return self.problem(at, message, TAKE_AGAIN);
        };
        if let Some(at) = self.next_page(&document) {
            let message = "the list is incomplete: it is one page of several";
            return self.problem(at, message, TAKE_EVERY_PAGE);
        }
        for (kind, count) in items.others {
            *self.dump.others.entry(kind).or_default() += count;
        }
        let list = ListHead { kind, api_version: document.text("apiVersion") };
        for item in items.objects {
            let at = item.first_key.map_or(items_at, |key| self.offset(key));
            self.object(item, at, list, Malformed::default());
        }
    }

    fn object(
        &mut self,
        object: DumpMapping<'t>,
        at: usize,
        list: ListHead<'_>,
        malformed: Malformed,
    ) {
        let (mut kind, mut api_version) = (object.text("kind"), object.text("apiVersion"));
        if kind.is_none() && !list.kind.is_empty() {
            kind = Some(list.kind);
            api_version = api_version.or(list.api_version);
        }
        let Some(flink_kind) = flink_kind(api_version, kind) else {
            return match kind {
                Some(kind) if kind.ends_with(LIST_SUFFIX) => {
                    self.problem(at, "found a list inside a list", TAKE_AGAIN);
                }
                Some(kind) => *self.dump.others.entry(kind.to_string()).or_default() += 1,
                None => self.problem(at, "an object of the list has no `kind`", TAKE_AGAIN),
            };
        };
        let place = self.place(self.lines.position(at));
        let api_version = api_version.unwrap_or_default().to_string();
        let Some(resource) = live_resource(object, flink_kind, &api_version, malformed, place)
        else {
            let message = format!("a {} has no `metadata.name`", flink_kind.name());
            return self.problem(at, &message, TAKE_AGAIN);
        };
        match invalid_name(&resource) {
            Some(message) => self.problem(at, &message, TAKE_AGAIN),
            None => self.dump.resources.push(resource),
        }
    }

    /// Where the metadata of a list says that there are later pages.
    fn next_page(&self, list: &DumpMapping<'t>) -> Option<usize> {
        let Some(DumpValue::Mapping(metadata)) = list.get("metadata") else { return None };
        let has_more = |(key, value): &&(Cow<'t, str>, DumpValue<'t>)| {
            let is_count = match key.as_ref() {
                "continue" => false,
                "remainingItemCount" => true,
                _ => return false,
            };
            match value {
                DumpValue::Null => false,
                DumpValue::Text(text) | DumpValue::Number(text) => {
                    !(text.is_empty() || is_count && text == "0")
                }
                _ => true,
            }
        };
        let entry = metadata.entries.iter().find(has_more)?;
        Some(self.entry_offset(entry).unwrap_or(0))
    }

    fn entry_offset(&self, (key, _): &(Cow<'t, str>, DumpValue<'t>)) -> Option<usize> {
        if let Cow::Borrowed(key) = key { Some(self.offset(key)) } else { None }
    }

    /// Where a key of the text begins, its quote included.
    fn offset(&self, key: &str) -> usize {
        let at = key.as_ptr() as usize - self.text.as_ptr() as usize;
        at - usize::from(self.text[..at].ends_with(['"', '\'']))
    }

    /// Reads JSON documents, one after the other.
    pub(crate) fn read_json(&mut self) {
        let text = self.text;
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<DumpValue>();
        while !self.is_broken() {
            let rest = text[stream.byte_offset()..].trim_start();
            let start = text.len() - rest.len();
            match stream.next() {
                None => return,
                Some(Ok(DumpValue::Mapping(document))) => self.add(document, start),
                Some(Ok(DumpValue::List(_))) => self.problem(start, ROOT_LIST, TAKE_AGAIN),
                Some(Ok(_)) => self.problem(start, NO_OBJECT, TAKE_AGAIN),
                Some(Err(error)) => {
                    let (line, column) = (error.line().max(1), error.column().max(1));
                    let message = match error.classify() {
                        Category::Eof => {
                            "the file ends in the middle of its JSON: it seems to be cut off".into()
                        }
                        Category::Data => error_text(&error),
                        _ => format!("this is not JSON ({})", error_text(&error)),
                    };
                    let place = self.place(Position { line, column });
                    self.problems.push(place.error(message, TAKE_AGAIN));
                }
            }
        }
    }
}

/// What the API server leaves out in the items of a typed list, since the list says it.
#[derive(Clone, Copy, Default)]
struct ListHead<'d> {
    kind: &'d str,
    api_version: Option<&'d str>,
}

/// What is wrong, without the place that serde adds.
pub(crate) fn error_text(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_string()
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
    Some(format!("a {kind} has the {field} `{}`, which no cluster accepts", value.escape_debug()))
}
