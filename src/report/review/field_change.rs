//! What becomes of one field, with the reason.

use crate::diagnostic::{Change, Located};
use crate::flink::names::field;
use crate::plan::DocumentOutcome;
use crate::report::{printable, region};
use crate::yaml::{FieldPath, PathSegment, Value};

/// Longest value shown whole, in characters; of a longer one the end is shown.
const LONGEST: usize = 300;

/// A change as people read it. Its texts are masked and harmless.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// From the root of the document.
    pub(crate) path: FieldPath,
    pub(crate) old: FieldSide,
    pub(crate) new: FieldSide,
    /// What the rule says; empty if no rule speaks for it.
    pub(crate) why: String,
}

/// A field before or after.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FieldSide {
    /// It is not there.
    Unset,
    /// It has this value.
    Value(String),
    /// It is null, a mapping or a list.
    Other,
    /// It has this name, and the value it had.
    Called(String),
}

impl FieldSide {
    /// The value; `unset` where there is none, and a new name behind the word `called`.
    pub(crate) fn display(&self, code: fn(&str) -> String, unset: &str, called: &str) -> String {
        match self {
            FieldSide::Unset => unset.to_string(),
            FieldSide::Value(value) => code(value),
            FieldSide::Other => "another value".to_string(),
            FieldSide::Called(name) => format!("{called}{}", code(name)),
        }
    }
}

impl Field {
    /// True if nothing but the name of a version changes.
    pub(crate) fn is_version(&self) -> bool {
        self.last() == field::API_VERSION || self.last() == VERSION
    }

    /// True for where a job starts from.
    pub(crate) fn is_savepoint(&self) -> bool {
        self.last() == field::INITIAL_SAVEPOINT_PATH
    }

    fn last(&self) -> &str {
        last(&self.path)
    }

    /// The path without what every path of a workload begins with.
    pub(crate) fn short(&self) -> String {
        let steps = self.path.steps();
        let is_spec =
            |step: &PathSegment| matches!(step, PathSegment::Key(key) if key == field::SPEC);
        let from = steps.iter().position(is_spec).map_or(0, |at| at + 1);
        let root = FieldPath::default();
        let short = steps[from..].iter().fold(root, |path, step| match step {
            PathSegment::Key(key) => path.key(key),
            PathSegment::Index(index) => path.index(*index),
        });
        if from == 0 || short.steps().is_empty() {
            self.path.to_string()
        } else {
            short.to_string()
        }
    }
}

/// The field by which a selector of kustomize names a version.
const VERSION: &str = "version";

fn last(path: &FieldPath) -> &str {
    match path.steps().last() {
        Some(PathSegment::Key(key)) => key,
        _ => "",
    }
}

/// The fields that a diagnostic about this document changes.
pub(crate) fn fields_of(located: &Located, document: &DocumentOutcome) -> Vec<Field> {
    let why = printable::message(&located.diagnostic.message);
    let mut fields = Vec::new();
    for change in located.diagnostic.fix.iter().flatten() {
        let field = document.fields.iter().find(|field| field.change.path() == change.path());
        let old = field.and_then(|field| field.old.as_deref());
        push_change(change, old, &why, &mut fields);
    }
    fields
}

/// Adds what this change makes of a field with this old value. A block is told leaf by leaf.
pub(crate) fn push_change(change: &Change, old: Option<&str>, why: &str, fields: &mut Vec<Field>) {
    let path = change.path().clone();
    let old = old.map_or(FieldSide::Other, |old| FieldSide::Value(printable_text(old, &path)));
    let why = why.to_string();
    match change {
        Change::Set { value: Value::Mapping(_) | Value::Sequence(_) | Value::Null, .. } => {
            fields.push(Field { path, old, new: FieldSide::Other, why });
        }
        Change::Set { value, .. } => {
            let new = FieldSide::Value(printable(value, &path));
            fields.push(Field { path, old, new, why });
        }
        Change::Insert { value, .. } => push_inserted(value, path, &why, fields),
        // As in a JSON pointer, `-` is the place behind the last item.
        Change::Append { value, .. } => push_inserted(value, path.key("-"), &why, fields),
        Change::Rename { to, .. } => {
            let old = FieldSide::Called(last(&path).to_string());
            fields.push(Field { path, old, new: FieldSide::Called((*to).to_string()), why });
        }
        Change::Remove { .. } => fields.push(Field { path, old, new: FieldSide::Unset, why }),
    }
}

fn push_inserted(value: &Value, path: FieldPath, why: &str, fields: &mut Vec<Field>) {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let hidden = printable::is_secret_path(&path);
                let at = fields.len();
                push_inserted(value, path.key(key), why, fields);
                for field in fields[at..].iter_mut().filter(|_| hidden) {
                    field.new = FieldSide::Value(printable::MASK.to_string());
                }
            }
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (number, item) in items.iter().enumerate() {
                push_inserted(item, path.index(number), why, fields);
            }
        }
        value => {
            let new = FieldSide::Value(printable(value, &path));
            fields.push(Field { path, old: FieldSide::Unset, new, why: why.to_string() });
        }
    }
}

fn printable(value: &Value, path: &FieldPath) -> String {
    match value {
        Value::Text(text) | Value::Number(text) => printable_text(text, path),
        Value::Mapping(_) => printable_text("{}", path),
        Value::Sequence(_) => printable_text("[]", path),
        Value::Null => printable_text("null", path),
        Value::Marked(value, _) => printable(value, path),
    }
}

fn printable_text(text: &str, path: &FieldPath) -> String {
    if printable::is_secret_path(path) {
        return printable::MASK.to_string();
    }
    printable::truncate_start(&printable::masked(text), LONGEST)
}

/// The value that a diagnostic points at; nothing if its line does not show it whole.
pub(crate) fn highlighted_value(located: &Located, path: &FieldPath) -> Option<String> {
    let span = located.location.span.range();
    let text = region::highlighted_text(located)
        .filter(|text| !text.is_empty() && text.len() == span.len())?;
    let quoted = ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
    Some(printable_text(quoted.unwrap_or(text), path))
}
