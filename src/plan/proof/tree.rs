//! What a reader sees: an ordered tree in which nothing is lost that YAML says.

use std::borrow::Cow;

use crate::diagnostic::Change;
use crate::yaml::{FieldPath, PathSegment, Value};

/// A document as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tree<'t> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, as the reader spells it.
    Number(Cow<'t, str>),
    /// Text.
    Text(Cow<'t, str>),
    /// Items in order.
    Sequence(Vec<Tree<'t>>),
    /// Pairs in order.
    Mapping(Vec<(Tree<'t>, Tree<'t>)>),
    /// A value with a tag or an anchor.
    Marked(Cow<'t, str>, Box<Tree<'t>>),
    /// A reference to an anchor, by its name.
    Alias(&'t str),
}

/// How a reader spells a number.
pub(crate) type Spelling<'r, 't> = dyn Fn(&'t str) -> Tree<'t> + 'r;

impl<'t> Tree<'t> {
    /// The tree of a planned value.
    fn planned(value: &'t Value, number: &Spelling<'_, 't>) -> Tree<'t> {
        match value {
            Value::Text(text) => Tree::Text(text.into()),
            Value::Number(literal) => number(literal),
            Value::Mapping(entries) => {
                let pairs = entries
                    .iter()
                    .map(|(key, value)| (Tree::Text(key.into()), Tree::planned(value, number)));
                Tree::Mapping(pairs.collect())
            }
        }
    }

    /// The same with the pairs of every mapping in the order of their keys, where order means nothing.
    pub(crate) fn sorted(self) -> Tree<'t> {
        match self {
            Tree::Mapping(pairs) => {
                let mut pairs: Vec<_> =
                    pairs.into_iter().map(|(key, value)| (key, value.sorted())).collect();
                pairs.sort_by_cached_key(|(key, _)| format!("{key:?}"));
                Tree::Mapping(pairs)
            }
            Tree::Sequence(items) => Tree::Sequence(items.into_iter().map(Tree::sorted).collect()),
            Tree::Marked(mark, inner) => Tree::Marked(mark, Box::new(inner.sorted())),
            other => other,
        }
    }

    /// The value inside tags and anchors.
    fn inner(&mut self) -> &mut Tree<'t> {
        match self {
            Tree::Marked(_, inner) => inner.inner(),
            other => other,
        }
    }

    fn at(&mut self, path: &FieldPath) -> Option<&mut Tree<'t>> {
        path.steps().iter().try_fold(self, |here, step| match (here.inner(), step) {
            (Tree::Mapping(pairs), PathSegment::Key(key)) => {
                pairs.iter_mut().find(|(known, _)| is_key(known, key)).map(|(_, value)| value)
            }
            (Tree::Sequence(items), PathSegment::Index(index)) => items.get_mut(*index),
            _ => None,
        })
    }

    /// Gives the key at `path` another name.
    fn rename(&mut self, path: &FieldPath, to: &'t str) -> Option<()> {
        let (parent, PathSegment::Key(key)) = path.split_last()? else { return None };
        let Tree::Mapping(pairs) = self.at(&parent)?.inner() else { return None };
        let pair = pairs.iter_mut().find(|(known, _)| is_key(known, key))?;
        *pair.0.inner() = Tree::Text(to.into());
        Some(())
    }

    /// Takes the pair with this key out of the mapping at `path`.
    fn take(&mut self, path: &FieldPath) -> Option<Tree<'t>> {
        let (parent, PathSegment::Key(key)) = path.split_last()? else { return None };
        let Tree::Mapping(pairs) = self.at(&parent)?.inner() else { return None };
        let position = pairs.iter().position(|(known, _)| is_key(known, key))?;
        Some(pairs.remove(position).1)
    }
}

fn is_key(tree: &Tree<'_>, key: &str) -> bool {
    match tree {
        Tree::Text(text) => text == key,
        Tree::Marked(_, inner) => is_key(inner, key),
        _ => false,
    }
}

/// Compares `found` with `before` and the changes: what was inserted must be there with its value,
/// and without it, both must be the same, order of keys included.
pub(crate) fn same_but<'t>(
    mut before: Tree<'t>,
    mut found: Tree<'t>,
    changes: &'t [Change],
    number: &Spelling<'_, 't>,
) -> Result<(), String> {
    for change in changes {
        match change {
            Change::Set { path, value, .. } => {
                let field = before.at(path).ok_or_else(|| format!("{path} did not exist"))?;
                *field.inner() = Tree::planned(value, number);
            }
            Change::Remove { path } => {
                before.take(path).ok_or_else(|| format!("{path} did not exist"))?;
            }
            Change::Rename { path, to, .. } => {
                before.rename(path, to).ok_or_else(|| format!("{path} did not exist"))?;
            }
            Change::Insert { path, value, .. } => {
                let inserted =
                    found.take(path).ok_or_else(|| format!("{path} is missing in the result"))?;
                if inserted != Tree::planned(value, number) {
                    return Err(format!("{path} reads as {inserted:?} in the result"));
                }
                was_fillable(&mut before, &mut found, path)?;
            }
        }
    }
    if before == found { Ok(()) } else { Err("something else changed as well".to_string()) }
}

/// A null into which keys were inserted has become a mapping: emptied again, it counts as the null.
fn was_fillable(
    before: &mut Tree<'_>,
    found: &mut Tree<'_>,
    path: &FieldPath,
) -> Result<(), String> {
    let Some((parent, _)) = path.split_last() else { return Ok(()) };
    let emptied = found.at(&parent).is_some_and(|tree| *tree.inner() == Tree::Mapping(Vec::new()));
    let old = before.at(&parent).ok_or_else(|| format!("{parent} was not there"))?;
    if emptied && *old.inner() == Tree::Null {
        *old.inner() = Tree::Mapping(Vec::new());
    }
    Ok(())
}
