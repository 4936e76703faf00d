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
pub enum InsertPosition {
    /// Before every other key.
    First,
    /// Right behind this key; at the end if there is no such key.
    After(&'static str),
    /// Behind every other key.
    Last,
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

    /// The mark that it leaves, if it leaves one.
    pub fn mark_left(&self) -> Option<&str> {
        match self {
            Change::Set { mark: Mark::Leave(mark), .. } => Some(mark),
            Change::Insert { mark, .. } => mark.as_deref(),
            _ => None,
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
