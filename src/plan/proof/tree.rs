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
            Value::Null => Tree::Null,
            Value::Marked(value, _) => Tree::planned(value, number),
            Value::Sequence(items) => {
                let items = items.iter().map(|item| Tree::planned(item, number));
                Tree::Sequence(items.collect())
            }
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

    /// The items of the sequence at `path`.
    fn items(&mut self, path: &FieldPath) -> Option<&mut Vec<Tree<'t>>> {
        match self.at(path)?.inner() {
            Tree::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Takes the last item out of the sequence at `path`.
    fn pop(&mut self, path: &FieldPath) -> Option<Tree<'t>> {
        self.items(path)?.pop()
    }

    /// Puts an item where `path` says, before the one that is there.
    fn put_back(&mut self, path: &FieldPath, item: Tree<'t>) -> Option<()> {
        let (parent, PathSegment::Index(index)) = path.split_last()? else { return None };
        let items = self.items(&parent)?;
        (*index <= items.len()).then(|| items.insert(*index, item))
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
    // What went is put back first, so that every path leads to the same place in both trees.
    let mut items: Vec<&Change> = changes.iter().filter(|change| change.removes_item()).collect();
    items.sort_by(|a, b| a.path().cmp(b.path()));
    for item in items {
        let absent = || TreeMismatch::new(item.path(), "did not exist");
        let old = before.at(item.path()).ok_or_else(absent)?.clone();
        found.put_back(item.path(), old).ok_or_else(absent)?;
    }
    // The last item is the last one that was added.
    for change in changes.iter().rev() {
        if let Change::Append { path, value } = change {
            let missing = || TreeMismatch::new(path, "is missing an item in the result");
            let added = found.pop(path).ok_or_else(missing)?;
            is_planned(&added, value, path, number)?;
            was_fillable(&mut before, &mut found, path)?;
        }
    }
    for change in changes {
        let absent = || TreeMismatch::new(change.path(), "did not exist");
        match change {
            Change::Set { path, value, .. } => {
                *before.at(path).ok_or_else(absent)?.inner() = Tree::planned(value, number);
            }
            Change::Append { .. } => {}
            Change::Remove { .. } if change.removes_item() => {}
            Change::Remove { path } => {
                before.take(path).ok_or_else(absent)?;
            }
            Change::Rename { path, to, .. } => before.rename(path, to).ok_or_else(absent)?,
            Change::Insert { path, value, .. } => {
                let missing = || TreeMismatch::new(path, "is missing in the result");
                let inserted = found.take(path).ok_or_else(missing)?;
                is_planned(&inserted, value, path, number)?;
                let parent = path.split_last().map(|(parent, _)| parent).unwrap_or_default();
                was_fillable(&mut before, &mut found, &parent)?;
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

fn is_planned<'t>(
    found: &Tree<'t>,
    value: &'t Value,
    path: &FieldPath,
    number: &Spelling<'_, 't>,
) -> Result<(), TreeMismatch> {
    if *found == Tree::planned(value, number) {
        return Ok(());
    }
    Err(TreeMismatch::new(path, &format!("reads as {found:?} in the result")))
}

/// A null into which keys or items were inserted has become a collection: emptied again, it counts as
/// the null.
fn was_fillable<'t>(
    before: &mut Tree<'t>,
    found: &mut Tree<'t>,
    path: &FieldPath,
) -> Result<(), TreeMismatch> {
    let emptied = found
        .at(path)
        .map(|tree| tree.inner().clone())
        .filter(|tree| [Tree::Mapping(Vec::new()), Tree::Sequence(Vec::new())].contains(tree));
    let old = before.at(path).ok_or_else(|| TreeMismatch::new(path, "was not there"))?;
    if let Some(emptied) = emptied
        && *old.inner() == Tree::Null
    {
        *old.inner() = emptied;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::proof::readers::span_tree;
    use crate::yaml;

    /// What is wrong with `after`, if it is to be `before` and these changes.
    fn fault(before: &str, after: &str, changes: &[Change]) -> Option<String> {
        let [before, after] = [before, after].map(|text| yaml::parse(text, 0).unwrap());
        let (old, new) = (span_tree(before.root()), span_tree(after.root()));
        let number = |literal| Tree::Number(Cow::Borrowed(literal));
        same_but(old, new, changes, &number).err().map(|fault| fault.to_string())
    }

    fn append(value: &str) -> Change {
        Change::Append { path: FieldPath::from_keys(["a"]), value: Value::Text(value.into()) }
    }

    fn remove(number: usize) -> Change {
        Change::Remove { path: FieldPath::from_keys(["a"]).index(number) }
    }

    #[test]
    fn items_that_are_added_and_removed_are_all_that_changes() {
        let both = [append("x"), append("z")];
        let all = [append("x"), append("z"), remove(2), remove(0)];
        for (before, changes, after) in [
            ("a: [b]", &both[..], "a: [b, x, z]"),
            ("a: []", &both, "a: [x, z]"),
            ("a:", &both, "a: [x, z]"),
            ("a: [b, c, d, {e: f}]", &all, "a: [c, {e: f}, x, z]"),
            ("a: [b, c]", &[remove(0), remove(1)], "a: []"),
        ] {
            assert_eq!(fault(before, after, changes), None, "{before}");
        }
    }

    #[test]
    fn an_item_in_the_wrong_place_or_lost_is_a_fault() {
        for (before, changes, after) in [
            ("a: [b]", &[append("x")][..], "a: [b]"),
            ("a: [b]", &[append("x")], "a: [x, b]"),
            ("a: [b]", &[append("x")], "a: [x]"),
            ("a: [b]", &[append("x")], "a: [b, x, x]"),
            ("a: [b]", &[append("x")], "a: [b, x]\nc: d"),
            ("a: [b]", &[append("x")], "a: [b, {x: y}]"),
            ("a: {b: c}", &[append("x")], "a: [x]"),
            ("a: b", &[append("x")], "a: [x]"),
            ("a: {}", &[append("x")], "a: [x]"),
            ("a: [b]", &[append("x"), append("z")], "a: [b, z, x]"),
            ("a: [b, c]", &[remove(0)], "a: [b]"),
            ("a: [b, c]", &[remove(0)], "a: [b, c]"),
            ("a: [b, c]", &[remove(0)], "a: []"),
            ("a: [b, c]", &[remove(2)], "a: [b, c]"),
            ("a: [b, c, d]", &[remove(0), remove(2)], "a: [b]"),
        ] {
            assert!(fault(before, after, changes).is_some(), "{before}, {after}");
        }
    }
}
