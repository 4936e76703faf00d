//! Where a field is and what is to happen to it: no bytes, no syntax.

use std::fmt;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathSegment {
    /// Into a mapping.
    Key(String),
    /// Into a sequence, from 0.
    Index(usize),
}

/// A path from the root of a document, or of a workload, to one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<PathSegment>);

impl FieldPath {
    /// The path through these mapping keys.
    pub fn from_keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> FieldPath {
        FieldPath(keys.into_iter().map(|key| PathSegment::Key(key.to_string())).collect())
    }

    /// This path and one key more.
    #[must_use]
    pub fn key(&self, key: &str) -> FieldPath {
        self.with(PathSegment::Key(key.to_string()))
    }

    /// This path and one index more.
    #[must_use]
    pub fn index(&self, index: usize) -> FieldPath {
        self.with(PathSegment::Index(index))
    }

    /// This path followed by `tail`.
    #[must_use]
    pub fn join(&self, tail: &FieldPath) -> FieldPath {
        FieldPath(self.0.iter().chain(&tail.0).cloned().collect())
    }

    /// This path and one step more.
    #[must_use]
    pub fn then(&self, step: &PathSegment) -> FieldPath {
        self.with(step.clone())
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[PathSegment] {
        &self.0
    }

    /// The path without its last step, and that step; nothing at the root.
    pub fn split_last(&self) -> Option<(FieldPath, &PathSegment)> {
        let (last, parent) = self.0.split_last()?;
        Some((FieldPath(parent.to_vec()), last))
    }

    /// The path as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            out.push('/');
            match step {
                PathSegment::Key(key) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
                PathSegment::Index(index) => out.push_str(&index.to_string()),
            }
        }
        out
    }

    fn with(&self, step: PathSegment) -> FieldPath {
        let mut steps = self.0.clone();
        steps.push(step);
        FieldPath(steps)
    }
}

/// As people write it: `items[0].spec.flinkConfiguration."state.savepoints.dir"`.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                PathSegment::Index(index) => write!(f, "[{index}]")?,
                PathSegment::Key(key) => {
                    f.write_str(if i == 0 { "" } else { "." })?;
                    if key.contains(['.', ' ', '[', ']', '"']) || key.is_empty() {
                        write!(f, "{key:?}")?;
                    } else {
                        f.write_str(key)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A value that a change writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text; quoted wherever some reader would take it for something else.
    Text(String),
    /// A number, written literally.
    Number(String),
    /// Nothing.
    Null,
    /// A mapping, in order.
    Mapping(Vec<(String, Value)>),
    /// A sequence, in order.
    Sequence(Vec<Value>),
    /// A value within a mapping that is inserted, and the mark of its line.
    Marked(Box<Value>, String),
}

impl Value {
    /// True if a line of it has a mark.
    pub(crate) fn has_mark(&self) -> bool {
        let mut marks = Vec::new();
        self.push_marks(&FieldPath::default(), &mut marks);
        !marks.is_empty()
    }

    /// Adds the marks in it, each with the path of its line; it is itself at `path`.
    fn push_marks<'v>(&'v self, path: &FieldPath, marks: &mut Vec<(FieldPath, &'v str)>) {
        match self {
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    value.push_marks(&path.key(key), marks);
                }
            }
            Value::Marked(_, mark) => marks.push((path.clone(), mark)),
            Value::Sequence(_) | Value::Text(_) | Value::Number(_) | Value::Null => {}
        }
    }
}

/// Where among its siblings a new key goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InsertPosition {
    /// Before every other key.
    First,
    /// Right behind this key; at the end if there is no such key.
    After(&'static str),
    /// Behind every other key.
    Last,
    /// Behind the keys that come before it in the alphabet.
    Sorted,
}

/// What a change does to the mark at the end of a line: a comment that says what stood there, behind
/// the line's own comment. A mark begins with `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Whatever stands there stays.
    Keep,
    /// This one is left.
    Leave(String),
    /// The one that begins so goes.
    Take(&'static str),
}

/// One change of one field. The changes of a document are its RFC 6902 patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another value for a field that is there, null included.
    Set {
        /// The field.
        path: FieldPath,
        /// Its new value.
        value: Value,
        /// What becomes of the mark at the end of its line.
        mark: Mark,
    },
    /// A field that is not there.
    Insert {
        /// The field.
        path: FieldPath,
        /// Its value.
        value: Value,
        /// Its place.
        position: InsertPosition,
        /// The mark that its line gets.
        mark: Option<String>,
    },
    /// An item behind the others of a sequence. A null becomes a sequence.
    Append {
        /// The sequence.
        path: FieldPath,
        /// The item.
        value: Value,
    },
    /// A field gets another name, and keeps its value and its place.
    Rename {
        /// The field as it is called.
        path: FieldPath,
        /// What it will be called.
        to: &'static str,
        /// Its value, which an RFC 6902 patch must repeat.
        value: Value,
    },
    /// A field or an item of a sequence goes, and its own trailing comment with it.
    Remove {
        /// The field, or the item by its number before all changes.
        path: FieldPath,
    },
}

impl Change {
    /// The field that is changed.
    pub fn path(&self) -> &FieldPath {
        match self {
            Change::Set { path, .. }
            | Change::Insert { path, .. }
            | Change::Append { path, .. }
            | Change::Rename { path, .. }
            | Change::Remove { path } => path,
        }
    }

    /// True if an item of a sequence goes.
    pub(crate) fn removes_item(&self) -> bool {
        let last = self.path().steps().last();
        matches!((self, last), (Change::Remove { .. }, Some(PathSegment::Index(_))))
    }

    /// True for a removal of something in what `other` removes.
    pub(crate) fn is_within(&self, other: &Change) -> bool {
        matches!((self, other), (Change::Remove { path }, Change::Remove { path: outer })
            if path.steps().starts_with(outer.steps()))
    }

    /// The marks that it leaves, each with the field on the line of which it is.
    pub fn marks_left(&self) -> Vec<(FieldPath, &str)> {
        let mut marks = Vec::new();
        match self {
            Change::Set { path, mark: Mark::Leave(mark), .. } => {
                marks.push((path.clone(), &**mark));
            }
            Change::Insert { path, value, mark, .. } => {
                marks.extend(mark.iter().map(|mark| (path.clone(), &**mark)));
                value.push_marks(path, &mut marks);
            }
            _ => {}
        }
        marks
    }

    /// The same change for a document in which the paths of this one start at `root`.
    #[must_use]
    pub fn below(self, root: &FieldPath) -> Change {
        let path = root.join(self.path());
        self.at(path)
    }

    /// The same change of another field.
    #[must_use]
    pub fn at(mut self, field: FieldPath) -> Change {
        match &mut self {
            Change::Set { path, .. }
            | Change::Insert { path, .. }
            | Change::Append { path, .. }
            | Change::Rename { path, .. }
            | Change::Remove { path } => *path = field,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_code_and_point_like_json() {
        let path = FieldPath::from_keys(["items"]).index(1).key("spec").key("a.b/c~d");
        assert_eq!(path.to_string(), "items[1].spec.\"a.b/c~d\"");
        assert_eq!(path.pointer(), "/items/1/spec/a.b~1c~0d");
    }
}
