//! Reading a document node by node, as Kubernetes does: through aliases and merge keys.

use std::collections::HashSet;

use super::{MAX_HOPS, MAX_MERGED, MappingEntry, Node, NodeId, NodeKind, NodeRef, Style};
use crate::text::Span;
use crate::yaml::change::{FieldPath, PathSegment};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::template::{is_promise, is_value};

impl<'d> NodeRef<'d> {
    /// The node itself.
    pub fn node(self) -> &'d Node<'d> {
        &self.doc.tree.nodes[self.id]
    }

    /// Its bytes within the file.
    pub fn span_in_file(self) -> Span {
        self.node().span.shifted(self.doc.base)
    }

    /// The node an alias stands for; itself otherwise.
    #[must_use]
    pub fn resolved(self) -> NodeRef<'d> {
        let mut here = self;
        for _ in 0..MAX_HOPS {
            let NodeKind::Alias { anchor } = here.node().kind else { break };
            let Some(&id) = here.doc.tree.anchors.get(&anchor) else { break };
            here.id = id;
        }
        here
    }

    /// The value of `key`, aliases followed and merge keys (`<<`) asked when the mapping has no
    /// such key of its own; nothing if this is no mapping or has no such key.
    pub fn get(self, key: &str) -> Option<NodeRef<'d>> {
        self.get_within(key, &mut { MAX_MERGED })
    }

    /// The entry with `key` among the mapping's own; neither aliases nor merge keys are followed.
    pub fn own_entry(self, key: &str) -> Option<MappingEntry> {
        self.own_entries()
            .iter()
            .copied()
            .find(|entry| self.doc.scalar_text(entry.key) == Some(key))
    }

    /// The mapping's own entries in order; none if this is no mapping.
    pub fn own_entries(self) -> &'d [MappingEntry] {
        match &self.node().kind {
            NodeKind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// Key and value of every entry, aliases followed, merged ones last; keys that are no scalars
    /// are left out.
    pub fn entries(self) -> Vec<(&'d str, NodeRef<'d>)> {
        let pairs = self.pairs().into_iter();
        pairs.filter_map(|(key, value)| Some((key.doc.scalar_text(key.id)?, value))).collect()
    }

    /// As [`NodeRef::entries`], with the node of each key.
    pub fn pairs(self) -> Vec<(NodeRef<'d>, NodeRef<'d>)> {
        let mut found = Vec::new();
        self.collect_pairs(&mut SeenKeys::default(), &mut found, &mut { MAX_MERGED });
        found
    }

    /// The items of a sequence, aliases not followed; none if this is no sequence.
    pub fn items(self) -> impl Iterator<Item = NodeRef<'d>> {
        let items: &[NodeId] = match &self.resolved().node().kind {
            NodeKind::Sequence { items, .. } => items,
            _ => &[],
        };
        items.iter().map(move |&id| NodeRef { doc: self.doc, id })
    }

    /// What the scalar means to Kubernetes; nothing if this is a mapping or a sequence.
    pub fn scalar(self) -> Option<Scalar<'d>> {
        let node = self.resolved().node();
        let NodeKind::Scalar { text, style } = &node.kind else { return None };
        let core = node.tag.as_deref().and_then(|tag| tag.strip_prefix("tag:yaml.org,2002:"));
        let scalar = match (style, core) {
            (_, Some("str" | "binary")) => Scalar::Text(text),
            (_, Some("null")) => Scalar::Null,
            (Style::Plain, _) => resolve(text),
            _ => Scalar::Text(text),
        };
        let is_left_out = matches!(scalar, Scalar::Null | Scalar::Text(""));
        let comment = is_left_out.then(|| self.resolved().comment_as_value());
        Some(comment.flatten().map_or(scalar, Scalar::Text))
    }

    /// The text of a scalar however it is written or typed; nothing for null and collections.
    pub fn text(self) -> Option<&'d str> {
        match (&self.resolved().node().kind, self.scalar()?) {
            (_, Scalar::Null) => None,
            (_, Scalar::Text(text)) => Some(text),
            (NodeKind::Scalar { text, .. }, _) => Some(text),
            _ => None,
        }
    }

    /// The comment behind this value, or below it if nothing else follows, from which a template
    /// language makes the value; nothing if there is none.
    pub(crate) fn comment_as_value(self) -> Option<&'d str> {
        let node = self.node();
        let is_left_out = node.span.is_empty();
        let end = if is_left_out { node.floor } else { node.span.end };
        let comments = self.doc.comments();
        let next = *comments.get(comments.partition_point(|comment| comment.start < end))?;
        let (between, comment) = (&self.doc.text[end..next.start], self.doc.slice(next));
        // An anchor and a tag stand between the key and a value left out.
        let is_property = |word: &&str| word.starts_with(['&', '!']) && is_left_out;
        let is_below = between.contains(['\n', '\r']);
        let mut words = between.split_whitespace().map(|word| word.trim_start_matches(':'));
        let follows = words.all(|word| word.is_empty() || is_property(&word))
            && (!is_below || is_left_out && !comment.starts_with("#@"));
        (follows && is_value(comment)).then_some(comment)
    }

    /// The comment on the line of this value, if it says that somebody has yet to write a value; nothing if
    /// there is none.
    pub(crate) fn comment_as_promise(self) -> Option<&'d str> {
        let node = self.node();
        let end = if node.span.is_empty() { node.floor } else { node.span.end };
        let comment = self.doc.slice(self.doc.comment_after(end)?);
        is_promise(comment).then_some(comment)
    }

    /// True for `~`, `null` and a value left out, unless a template language fills it in.
    pub fn is_null(self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    /// True for a mapping, also through an alias.
    pub fn is_mapping(self) -> bool {
        matches!(self.resolved().node().kind, NodeKind::Mapping { .. })
    }

    /// True for a mapping whose keys are on lines of their own, also through an alias.
    pub fn is_block_mapping(self) -> bool {
        matches!(self.resolved().node().kind, NodeKind::Mapping { flow: false, .. })
    }

    /// The node at `path`, aliases and merge keys followed.
    pub fn at(self, path: &FieldPath) -> Option<NodeRef<'d>> {
        path.steps().iter().try_fold(self, |here, step| match step {
            PathSegment::Key(key) => here.get(key),
            PathSegment::Index(index) => here.items().nth(*index),
        })
    }

    /// `left` is how many mappings may still be looked into: merge keys can name each other.
    fn get_within(self, key: &str, left: &mut usize) -> Option<NodeRef<'d>> {
        let here = self.resolved();
        if let Some(entry) = here.own_entry(key) {
            return Some(NodeRef { doc: here.doc, id: entry.value });
        }
        here.merged().into_iter().find_map(|source| {
            *left = left.checked_sub(1)?;
            source.get_within(key, left)
        })
    }

    fn collect_pairs(
        self,
        seen: &mut SeenKeys<'d>,
        found: &mut Vec<(NodeRef<'d>, NodeRef<'d>)>,
        left: &mut usize,
    ) {
        let here = self.resolved();
        let node = |id| NodeRef { doc: here.doc, id };
        for entry in here.own_entries() {
            let Some(key) = here.doc.scalar_text(entry.key) else { continue };
            let is_merge = key == "<<" && here.doc.is_plain(entry.key);
            if !is_merge && seen.insert(key) {
                found.push((node(entry.key), node(entry.value)));
            }
        }
        for source in here.merged() {
            let Some(less) = left.checked_sub(1) else { return };
            *left = less;
            source.collect_pairs(seen, found, left);
        }
    }

    /// The mappings that `<<` names, the one that wins first.
    fn merged(self) -> Vec<NodeRef<'d>> {
        let merge = self.own_entry("<<").filter(|entry| self.doc.is_plain(entry.key));
        let Some(entry) = merge else { return Vec::new() };
        let value = NodeRef { doc: self.doc, id: entry.value }.resolved();
        if value.is_mapping() { vec![value] } else { value.items().collect() }
    }
}

/// The keys of a mapping that have gone by. Most mappings are small, and a few keys are compared
/// faster than they are hashed.
#[derive(Default)]
pub(crate) struct SeenKeys<'k> {
    few: Vec<&'k str>,
    many: HashSet<&'k str>,
}

impl<'k> SeenKeys<'k> {
    const FEW: usize = 32;

    /// True if the key has not been there before.
    pub(crate) fn insert(&mut self, key: &'k str) -> bool {
        if self.few.len() < SeenKeys::FEW {
            let is_new = !self.few.contains(&key);
            if is_new {
                self.few.push(key);
            }
            return is_new;
        }
        !self.few.contains(&key) && self.many.insert(key)
    }
}
