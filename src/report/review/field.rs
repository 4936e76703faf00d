//! What becomes of one field, with the reason.

use crate::diagnostic::{Change, Located};
use crate::flink::names::field;
use crate::report::{secret, wrap};
use crate::yaml::{FieldPath, Step, Value};

/// Longest value shown whole, in characters; of a longer one the end is shown.
const LONGEST: usize = 300;

/// A change as people read it. Its texts are masked and harmless.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) struct Field {
    /// From the root of the document.
    pub(in crate::report) path: FieldPath,
    pub(in crate::report) was: Side,
    pub(in crate::report) now: Side,
    /// What the rule says; empty if no rule speaks for it.
    pub(in crate::report) why: String,
}

/// A field before or after.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) enum Side {
    /// It is not there.
    Unset,
    /// It has this value.
    Value(String),
    /// It has some value, which the finding does not tell.
    Other,
    /// It has this name, and the value it had.
    Called(String),
}

impl Field {
    /// True if nothing but the name of a version changes.
    pub(in crate::report) fn is_version(&self) -> bool {
        self.last() == field::API_VERSION || self.last() == VERSION
    }

    /// True for where a job starts from.
    pub(in crate::report) fn is_savepoint(&self) -> bool {
        self.last() == field::INITIAL_SAVEPOINT_PATH
    }

    fn last(&self) -> &str {
        last(&self.path)
    }

    /// The path without what every path of a workload begins with.
    pub(in crate::report) fn short(&self) -> String {
        let steps = self.path.steps();
        let is_spec = |step: &Step| matches!(step, Step::Key(key) if key == field::SPEC);
        let from = steps.iter().position(is_spec).map_or(0, |at| at + 1);
        let root = FieldPath::default();
        let short = steps[from..].iter().fold(root, |path, step| match step {
            Step::Key(key) => path.key(key),
            Step::Index(index) => path.index(*index),
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
        Some(Step::Key(key)) => key,
        _ => "",
    }
}

/// The fields that a finding changes.
pub(super) fn of_finding(located: &Located) -> Vec<Field> {
    let Some(changes) = &located.diagnostic.fix else { return Vec::new() };
    let alone = changes.len() == 1;
    let mut fields = Vec::new();
    for change in changes {
        let was = if alone { before(located, change.path()) } else { Side::Other };
        of_change(change, was, &wrap::prose(&located.diagnostic.message, 0, 0), &mut fields);
    }
    fields
}

/// Adds what this change does. A block is told leaf by leaf.
pub(super) fn of_change(change: &Change, was: Side, why: &str, fields: &mut Vec<Field>) {
    let path = change.path().clone();
    let why = why.to_string();
    match change {
        Change::Set { value: Value::Mapping(_), .. } => {
            fields.push(Field { path, was, now: Side::Other, why });
        }
        Change::Set { value, .. } => {
            let now = Side::Value(shown(value, &path));
            fields.push(Field { path, was, now, why });
        }
        Change::Insert { value, .. } => inserted(value, path, &why, fields),
        Change::Rename { to, .. } => {
            let was = Side::Called(last(&path).to_string());
            fields.push(Field { path, was, now: Side::Called((*to).to_string()), why });
        }
        Change::Remove { .. } => fields.push(Field { path, was, now: Side::Unset, why }),
    }
}

fn inserted(value: &Value, path: FieldPath, why: &str, fields: &mut Vec<Field>) {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let hidden = secret::field(&path);
                let at = fields.len();
                inserted(value, path.key(key), why, fields);
                for field in fields[at..].iter_mut().filter(|_| hidden) {
                    field.now = Side::Value(secret::MASK.to_string());
                }
            }
        }
        value => {
            let now = Side::Value(shown(value, &path));
            fields.push(Field { path, was: Side::Unset, now, why: why.to_string() });
        }
    }
}

fn shown(value: &Value, path: &FieldPath) -> String {
    let text = match value {
        _ if secret::field(path) => return secret::MASK.to_string(),
        Value::Text(text) | Value::Number(text) => text,
        Value::Mapping(_) => "{}",
    };
    wrap::end(&secret::masked(text), LONGEST)
}

/// What stood there, where the finding points at just that: its line must name the field, and the
/// value must stand on it whole.
pub(super) fn before(located: &Located, path: &FieldPath) -> Side {
    let (excerpt, span) = (&located.excerpt, located.diagnostic.span.range());
    let Some(marked) = excerpt.text.get(excerpt.highlight.range()) else { return Side::Other };
    let line = excerpt.text[..excerpt.highlight.start].trim_end();
    let named = line.strip_suffix(':').is_some_and(|key| {
        let key = key.trim_end().trim_end_matches(['"', '\'']);
        let before = key.strip_suffix(last(path));
        before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '.'))
    });
    if !named || marked.is_empty() || marked.len() != span.len() {
        return Side::Other;
    }
    let quoted = ['"', '\''].iter().find_map(|q| marked.strip_prefix(*q)?.strip_suffix(*q));
    let value = Value::Text(quoted.unwrap_or(marked).to_string());
    Side::Value(shown(&value, path))
}
