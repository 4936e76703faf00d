//! JSON 6902 patches, as the library that kustomize uses applies them (evanphx/json-patch 4): `replace` of
//! a missing member adds it, `copy` of one adds null, and an index may count from the end.

use super::fields::{BuildError, FileSpan};
use super::node::{BuiltContent, BuiltKey, BuiltNode, BuiltValue};
use super::object::BuiltObject;

/// Applies a list of operations.
pub(crate) fn apply(
    object: &mut BuiltObject,
    operations: &BuiltNode,
    by: &FileSpan,
) -> Result<(), BuildError> {
    let BuiltContent::Sequence(operations) = &operations.content else { return Ok(()) };
    for operation in operations {
        let run = Operation { operation, by };
        run.apply(&mut object.root)?;
    }
    object.is_rewritten = true;
    object.touch(by);
    if object.id.name.is_empty() || object.id.kind.is_empty() {
        return Err(BuildError::refused("takes away the name or the kind of what it patches", by));
    }
    Ok(())
}

struct Operation<'o> {
    operation: &'o BuiltNode,
    by: &'o FileSpan,
}

/// A step down that an operation names.
enum Child {
    Key(String),
    /// A place in a list; its length for a new item at the end.
    Index(usize),
}

impl Operation<'_> {
    fn apply(&self, root: &mut BuiltNode) -> Result<(), BuildError> {
        let pointer = self.text("path")?;
        match &*self.text("op")? {
            "add" => self.add(root, &pointer, self.value()),
            "remove" => self.remove(root, &pointer).map(|_| ()),
            "replace" => self.replace(root, &pointer),
            "move" => {
                let moved = self.remove(root, &self.text("from")?)?;
                self.add(root, &pointer, moved)
            }
            "copy" => {
                let from = self.text("from")?;
                let (parent, key) = self.parent(root, &from)?;
                let copied = match child(parent, &key, false) {
                    Some(Child::Key(key)) => {
                        parent.get(&key).cloned().unwrap_or_else(|| self.null())
                    }
                    Some(Child::Index(index)) => {
                        item(parent, index).cloned().ok_or_else(|| self.refused(&from))?
                    }
                    None => return Err(self.refused(&from)),
                };
                self.add(root, &pointer, copied)
            }
            "test" => self.test(root, &pointer),
            other => Err(BuildError::refused(format!("has the operation `{other}`"), self.by)),
        }
    }

    fn text(&self, key: &str) -> Result<String, BuildError> {
        let node = self.operation.get(key);
        let is_text = |node: &&BuiltNode| matches!(&node.content, BuiltContent::Scalar(it) if matches!(it.value, BuiltValue::Text(_)));
        let text = node.filter(is_text).and_then(BuiltNode::text).map(String::from);
        text.ok_or_else(|| {
            BuildError::refused(format!("has an operation without `{key}`"), self.by)
        })
    }

    fn null(&self) -> BuiltNode {
        BuiltNode::of_value(BuiltValue::Null, self.operation.origin.clone())
    }

    fn value(&self) -> BuiltNode {
        self.operation.get("value").cloned().unwrap_or_else(|| self.null())
    }

    fn refused(&self, pointer: &str) -> BuildError {
        BuildError::refused(
            format!("has an operation for `{pointer}`, which is not there"),
            self.by,
        )
    }

    /// The node above the last step of a pointer, and that step. What stands before the first slash does not
    /// count.
    fn parent<'n>(
        &self,
        root: &'n mut BuiltNode,
        pointer: &str,
    ) -> Result<(&'n mut BuiltNode, String), BuildError> {
        let mut steps: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect();
        let Some(last) = steps.pop() else {
            return Err(BuildError::unmodelled("has an operation for the whole object", self.by));
        };
        let mut here = root;
        for step in steps {
            let next = match child(here, &step, false) {
                Some(Child::Key(key)) => here.get_mut(&key),
                Some(Child::Index(index)) => match &mut here.content {
                    BuiltContent::Sequence(items) => items.get_mut(index),
                    _ => None,
                },
                None => None,
            };
            here = next.ok_or_else(|| self.refused(pointer))?;
        }
        Ok((here, last))
    }

    fn add(&self, root: &mut BuiltNode, pointer: &str, value: BuiltNode) -> Result<(), BuildError> {
        let (parent, key) = self.parent(root, pointer)?;
        match (child(parent, &key, true), &mut parent.content) {
            (Some(Child::Key(key)), BuiltContent::Mapping(entries)) => {
                let origin = self.operation.origin.clone();
                match entries.iter_mut().find(|(known, _)| known.text == key) {
                    Some((_, known)) => *known = value,
                    None => entries.push((BuiltKey { text: key, origin }, value)),
                }
                Ok(())
            }
            (Some(Child::Index(index)), BuiltContent::Sequence(items)) => {
                items.insert(index, value);
                Ok(())
            }
            _ => Err(self.refused(pointer)),
        }
    }

    fn remove(&self, root: &mut BuiltNode, pointer: &str) -> Result<BuiltNode, BuildError> {
        let (parent, key) = self.parent(root, pointer)?;
        let removed = match (child(parent, &key, false), &mut parent.content) {
            (Some(Child::Key(key)), _) => parent.remove(&key),
            (Some(Child::Index(index)), BuiltContent::Sequence(items)) => Some(items.remove(index)),
            _ => None,
        };
        removed.ok_or_else(|| self.refused(pointer))
    }

    fn replace(&self, root: &mut BuiltNode, pointer: &str) -> Result<(), BuildError> {
        let value = self.value();
        let (parent, key) = self.parent(root, pointer)?;
        match (child(parent, &key, false), &mut parent.content) {
            (Some(Child::Key(_)), _) => self.add(root, pointer, value),
            (Some(Child::Index(index)), BuiltContent::Sequence(items)) => {
                items[index] = value;
                Ok(())
            }
            _ => Err(self.refused(pointer)),
        }
    }

    fn test(&self, root: &mut BuiltNode, pointer: &str) -> Result<(), BuildError> {
        let (parent, key) = self.parent(root, pointer)?;
        let found = match child(parent, &key, false) {
            Some(Child::Key(key)) => parent.get(&key),
            Some(Child::Index(index)) => item(parent, index),
            None => return Err(self.refused(pointer)),
        };
        let null = self.null();
        if found.unwrap_or(&null).json() == self.value().json() {
            return Ok(());
        }
        Err(BuildError::refused(format!("tests `{pointer}`, which has another value"), self.by))
    }
}

/// Which child of a node a step names; nothing if it can have none of that name.
fn child(parent: &BuiltNode, step: &str, adds: bool) -> Option<Child> {
    match &parent.content {
        BuiltContent::Mapping(_) => Some(Child::Key(step.to_string())),
        BuiltContent::Sequence(items) => {
            let len = items.len() + usize::from(adds);
            let index = match step {
                "-" if adds => items.len(),
                step => {
                    let index: isize = step.parse().ok()?;
                    let from_end = index < 0;
                    usize::try_from(if from_end { index + len.cast_signed() } else { index })
                        .ok()?
                }
            };
            (index < len).then_some(Child::Index(index))
        }
        BuiltContent::Scalar(_) => None,
    }
}

fn item(parent: &BuiltNode, index: usize) -> Option<&BuiltNode> {
    match &parent.content {
        BuiltContent::Sequence(items) => items.get(index),
        _ => None,
    }
}
