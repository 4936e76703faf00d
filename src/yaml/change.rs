//! What is to happen to a field: no bytes, no syntax.

use super::path::FieldPath;

/// A value that a change writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text; quoted wherever some reader would take it for something else.
    Text(String),
    /// A number, written literally.
    Number(String),
    /// A mapping, in order.
    Mapping(Vec<(String, Value)>),
}

/// Where among its siblings a new key stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// Before every other key.
    First,
    /// Right behind this key; at the end if there is no such key.
    After(&'static str),
    /// Behind every other key.
    Last,
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
        /// How the mark begins that goes with the old value, at the end of the line's own comment.
        unmark: Option<&'static str>,
    },
    /// A field that is not there.
    Insert {
        /// The field.
        path: FieldPath,
        /// Its value.
        value: Value,
        /// Its place.
        position: Position,
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
    /// A field and its own trailing comment go.
    Remove {
        /// The field.
        path: FieldPath,
    },
}

impl Change {
    /// The field that is changed.
    pub fn path(&self) -> &FieldPath {
        match self {
            Change::Set { path, .. }
            | Change::Insert { path, .. }
            | Change::Rename { path, .. }
            | Change::Remove { path } => path,
        }
    }

    /// The same change for a document in which the paths of this one start at `root`.
    #[must_use]
    pub fn below(mut self, root: &FieldPath) -> Change {
        match &mut self {
            Change::Set { path, .. }
            | Change::Insert { path, .. }
            | Change::Rename { path, .. }
            | Change::Remove { path } => *path = root.join(path),
        }
        self
    }
}
