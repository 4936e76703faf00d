//! What both readers of a dump feed: objects begin, say something, and end.

use std::sync::Arc;

use super::draft::{Draft, Value};
use super::wanted::{Field, Open, Want};
use super::{Dump, LastSpec, Observed, Place};
use crate::flink::problem::FileProblem;
use crate::text::{Lines, Position, SourceFile};

/// How the kind of a list ends: `List`, `FlinkDeploymentList`.
const LIST: &str = "List";

/// A dump being read.
pub(super) struct Sink<'t> {
    file: Arc<str>,
    lines: Lines<'t>,
    dump: Dump,
    /// The document that is open.
    document: Draft,
    /// Its object that is open.
    item: Option<Draft>,
    /// The objects of the open document whose kind may still be said by the list around them.
    waiting: Vec<(usize, Draft)>,
    has_items: bool,
    /// Where the open document says that it is not the last page.
    more: Option<usize>,
    in_history: bool,
    /// Number of the object that was met last.
    objects: usize,
    problems: Vec<FileProblem>,
}

impl<'t> Sink<'t> {
    pub(super) fn new(name: &str, text: &'t str) -> Sink<'t> {
        let lines = SourceFile { name: "", text }.counted();
        Sink {
            file: name.into(),
            lines,
            dump: Dump::default(),
            document: Draft::default(),
            item: None,
            waiting: Vec::new(),
            has_items: false,
            more: None,
            in_history: false,
            objects: 0,
            problems: Vec::new(),
        }
    }

    fn draft(&mut self) -> &mut Draft {
        self.item.as_mut().unwrap_or(&mut self.document)
    }

    /// A mapping begins at byte `at`, below `key`.
    pub(super) fn open(&mut self, want: &Want, key: &str, at: usize) {
        match want.opens {
            Some(Open::Document) => {
                self.document = Draft::at(at);
                self.has_items = false;
                self.more = None;
            }
            Some(Open::Item) => self.item = Some(Draft::at(at)),
            Some(open) => {
                self.in_history |= open == Open::PastSavepoint;
                self.draft().open(open);
            }
            None => self.draft().odd(key),
        }
    }

    /// The mapping ends.
    pub(super) fn close(&mut self, want: &Want) {
        match want.opens {
            Some(Open::Document) => self.end_document(),
            Some(Open::Item) => self.end_item(),
            Some(Open::PastSavepoint) => self.in_history = false,
            _ => {}
        }
    }

    /// A list begins.
    pub(super) fn list(&mut self, want: &Want, key: &str) {
        match want.each {
            Some(each) if each.opens == Some(Open::Item) => self.has_items = true,
            Some(_) => {}
            None if want.opens == Some(Open::Item) => self.no_object(),
            None => self.draft().odd(key),
        }
    }

    /// A scalar at byte `at`, or below a key that lies there.
    pub(super) fn scalar(&mut self, want: &Want, key: &str, value: &Value<'_>, at: usize) {
        let in_history = self.in_history;
        match want.scalar {
            Some(field @ (Field::Continue | Field::Remaining)) => {
                let is_more = self.item.is_none() && tells_of_more(field, value);
                self.more = self.more.or(is_more.then_some(at));
            }
            Some(field) => self.draft().scalar(field, key, value, in_history),
            // `items: null` is how some versions of kubectl print an empty list.
            None if *value == Value::Null && want.opens != Some(Open::Item) => {
                self.has_items |= want.each.is_some_and(|each| each.opens == Some(Open::Item));
            }
            None if want.opens == Some(Open::Item) => self.no_object(),
            None => self.draft().odd(key),
        }
    }

    /// Something else stands where an object of a list should.
    fn no_object(&mut self) {
        if !self.is_broken() {
            self.problem(self.document.at, "an item of the list is no object", AGAIN);
        }
    }

    fn end_item(&mut self) {
        self.objects += 1;
        let Some(draft) = self.item.take() else { return };
        match &draft.kind {
            Some(kind) if draft.kind().is_none() && !is_list(kind) => {
                *self.dump.others.entry(kind.clone()).or_default() += 1;
            }
            _ => self.waiting.push((self.objects, draft)),
        }
    }

    fn end_document(&mut self) {
        let document = std::mem::take(&mut self.document);
        let waiting = std::mem::take(&mut self.waiting);
        let kind = document.kind.as_deref();
        if !self.has_items && kind.is_some_and(|kind| !is_list(kind)) {
            self.objects += 1;
            let number = self.objects;
            return self.object(number, document);
        }
        self.dump.lists += 1;
        let Some(of_list) = kind.and_then(|kind| kind.strip_suffix(LIST)) else {
            let message = if self.has_items || !waiting.is_empty() {
                "the list of objects has no `kind: List` behind its items: it seems to be cut off"
            } else {
                "this is no Kubernetes object: it has no `kind`"
            };
            return self.problem(document.at, message, AGAIN);
        };
        if !self.has_items {
            let message = "the list has no `items`: it seems to be cut off";
            return self.problem(document.at, message, AGAIN);
        }
        if let Some(at) = self.more {
            let message = "the list goes on behind what stands here: it is one page of several";
            return self.problem(at, message, WHOLE);
        }
        for (number, mut draft) in waiting {
            // The API server leaves out in the items of a typed list what the list says.
            if draft.kind.is_none() && !of_list.is_empty() {
                draft.kind = Some(of_list.to_string());
                draft.api_version = draft.api_version.or_else(|| document.api_version.clone());
            }
            self.object(number, draft);
        }
    }

    fn object(&mut self, number: usize, draft: Draft) {
        let at = draft.at;
        let Some(kind) = draft.kind() else {
            return match draft.kind {
                Some(kind) if is_list(&kind) => {
                    self.problem(at, "a list stands inside a list", AGAIN);
                }
                Some(kind) => *self.dump.others.entry(kind).or_default() += 1,
                None => self.problem(at, "an object of the list has no `kind`", AGAIN),
            };
        };
        let position = self.lines.position(at);
        let place = Place { file: Arc::clone(&self.file), item: number, position };
        match draft.finish(kind, place) {
            Some(observed) => match unfit(&observed) {
                Some(message) => self.problem(at, &message, AGAIN),
                None => self.dump.resources.push(observed),
            },
            None => self.problem(at, &format!("a {} has no `metadata.name`", kind.name()), AGAIN),
        }
    }

    /// What is wrong at a byte.
    pub(super) fn problem(&mut self, at: usize, message: &str, help: &str) {
        let position = self.lines.position(at);
        self.problem_at(position, message, help);
    }

    /// What is wrong at a place.
    pub(super) fn problem_at(&mut self, position: Position, message: &str, help: &str) {
        self.problems.push(FileProblem {
            path: self.file.to_string(),
            position,
            message: message.to_string(),
            help: help.to_string(),
        });
    }

    /// True once something was wrong.
    pub(super) fn is_broken(&self) -> bool {
        !self.problems.is_empty()
    }

    /// What was read, if it was the text of a `lastReconciledSpec`.
    pub(super) fn into_last_spec(self) -> LastSpec {
        match self.problems.first() {
            Some(problem) => LastSpec::Unreadable(problem.message.clone()),
            None => self.document.into_last_spec(),
        }
    }

    pub(super) fn finish(self) -> Result<Dump, Vec<FileProblem>> {
        if self.problems.is_empty() { Ok(self.dump) } else { Err(self.problems) }
    }
}

/// What to do about a dump that is not whole.
pub(super) const AGAIN: &str = "take the dump again, and give it as kubectl printed it";

/// What to do about a list in pages, which the API server gives to whoever asks it for some at a time.
const WHOLE: &str =
    "take the dump again with `kubectl get flinkdeployments -A -o json`, which reads every page";

/// True if the metadata of a list says so that there is more of it.
fn tells_of_more(field: Field, value: &Value<'_>) -> bool {
    match *value {
        Value::Null => false,
        Value::Bool(_) => true,
        Value::Number(text) | Value::Text(text) => {
            !text.is_empty() && (field == Field::Continue || text != "0")
        }
    }
}

/// Which keys of a mapping that are wanted have been met, one bit each.
#[derive(Clone, Copy, Default)]
pub(super) struct Met(u64);

impl Met {
    /// True if the key of this number has been met before.
    pub(super) fn again(&mut self, number: usize) -> bool {
        let bit = 1 << number;
        let before = self.0 & bit != 0;
        self.0 |= bit;
        before
    }
}

/// What is said of a key that stands twice.
pub(super) fn twice(key: &str) -> String {
    format!("the key `{key}` stands twice in one mapping")
}

/// A name or a namespace that no object in a cluster has, and by which a savepoint map would mean
/// something else.
fn unfit(observed: &Observed) -> Option<String> {
    let is_unfit =
        |text: &str| text.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control());
    let namespace = observed.key.namespace.as_deref().filter(|namespace| is_unfit(namespace));
    let name = Some(observed.key.name.as_str()).filter(|name| is_unfit(name));
    let (field, value) = match (namespace, name) {
        (Some(namespace), _) => ("namespace", namespace),
        (None, Some(name)) => ("name", name),
        (None, None) => return None,
    };
    let value: String = value.chars().take(60).collect();
    let kind = observed.kind.name();
    Some(format!("a {kind} has the {field} `{}`, which no cluster takes", value.escape_debug()))
}

fn is_list(kind: &str) -> bool {
    kind.ends_with(LIST)
}
