//! A path of keys and indices to a field of a document.

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
