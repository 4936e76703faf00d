//! What a reader sees: an ordered tree in which nothing is lost that YAML says.

use std::borrow::Cow;
use std::fmt;

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

    /// The first place at which this tree and another differ.
    fn mismatch(&self, other: &Tree<'_>, path: &FieldPath) -> Option<TreeMismatch> {
        let differs = || Some(TreeMismatch::new(path, "changed as well"));
        match (self, other) {
            (Tree::Mapping(ours), Tree::Mapping(theirs)) => {
                let below = |key: &Tree<'_>| match key {
                    Tree::Text(key) => path.key(key),
                    _ => path.clone(),
                };
                let pairs = ours.iter().zip(theirs);
                let mut found = pairs.map(|((key, one), (other_key, other))| {
                    if key == other_key {
                        one.mismatch(other, &below(key))
                    } else {
                        let found = if ours.len() < theirs.len() { other_key } else { key };
                        Some(TreeMismatch::new(&below(found), "changed as well"))
                    }
                });
                found.find_map(|it| it).or_else(|| {
                    let rest = ours.get(theirs.len()).or_else(|| theirs.get(ours.len()))?;
                    Some(TreeMismatch::new(&below(&rest.0), "changed as well"))
                })
            }
            (Tree::Sequence(ours), Tree::Sequence(theirs)) if ours.len() == theirs.len() => {
                let mut items = ours.iter().zip(theirs).enumerate();
                items.find_map(|(i, (one, other))| one.mismatch(other, &path.index(i)))
            }
            _ if self == other => None,
            _ => differs(),
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
) -> Result<(), TreeMismatch> {
    for change in changes {
        let absent = || TreeMismatch::new(change.path(), "did not exist");
        match change {
            Change::Set { path, value, .. } => {
                *before.at(path).ok_or_else(absent)?.inner() = Tree::planned(value, number);
            }
            Change::Remove { path } => {
                before.take(path).ok_or_else(absent)?;
            }
            Change::Rename { path, to, .. } => before.rename(path, to).ok_or_else(absent)?,
            Change::Insert { path, value, .. } => {
                let missing = || TreeMismatch::new(path, "is missing in the result");
                let inserted = found.take(path).ok_or_else(missing)?;
                if inserted != Tree::planned(value, number) {
                    let what = format!("reads as {inserted:?} in the result");
                    return Err(TreeMismatch::new(path, &what));
                }
                was_fillable(&mut before, &mut found, path)?;
            }
        }
    }
    before.mismatch(&found, &FieldPath::default()).map_or(Ok(()), Err)
}

/// Where two trees differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeMismatch {
    pub(crate) path: FieldPath,
    what: String,
}

impl TreeMismatch {
    fn new(path: &FieldPath, what: &str) -> TreeMismatch {
        TreeMismatch { path: path.clone(), what: what.to_string() }
    }
}

impl fmt::Display for TreeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.what)
    }
}

/// A null into which keys were inserted has become a mapping: emptied again, it counts as the null.
fn was_fillable(
    before: &mut Tree<'_>,
    found: &mut Tree<'_>,
    path: &FieldPath,
) -> Result<(), TreeMismatch> {
    let Some((parent, _)) = path.split_last() else { return Ok(()) };
    let emptied = found.at(&parent).is_some_and(|tree| *tree.inner() == Tree::Mapping(Vec::new()));
    let old = before.at(&parent).ok_or_else(|| TreeMismatch::new(&parent, "was not there"))?;
    if emptied && *old.inner() == Tree::Null {
        *old.inner() = Tree::Mapping(Vec::new());
    }
    Ok(())
}
