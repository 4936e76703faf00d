//! One document as a tree of nodes that know their bytes.

mod node;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::text::Span;
use node::SeenKeys;

/// Number of a node within its document.
pub type NodeId = usize;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>` and indented lines.
    Block,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappingEntry {
    /// The key's node.
    pub key: NodeId,
    /// The value's node.
    pub value: NodeId,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind<'t> {
    /// A scalar, escapes undone.
    Scalar {
        /// The text it stands for.
        text: Cow<'t, str>,
        /// How it is written.
        style: Style,
    },
    /// `*name`: stands for the node with this anchor.
    Alias {
        /// The anchor's number.
        anchor: usize,
    },
    /// `key: value` pairs in order.
    Mapping {
        /// Written with braces.
        flow: bool,
        /// The pairs.
        entries: Vec<MappingEntry>,
    },
    /// Items in order.
    Sequence {
        /// Written with brackets.
        flow: bool,
        /// The items.
        items: Vec<NodeId>,
    },
}

/// A node and where it is. Offsets count from the start of the document's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'t> {
    /// What it is.
    pub kind: NodeKind<'t>,
    /// Its own bytes, without anchor and tag. Empty where a value is left out (`key:`). Of a block
    /// scalar only the start (its first content byte) is exact.
    pub span: Span,
    /// Where it begins, anchor and tag included.
    pub head: usize,
    /// End of the token before it; its anchor, tag and `|` come after this.
    pub floor: usize,
    /// The number of its `&anchor`.
    pub anchor: Option<usize>,
    /// Its tag, resolved: `tag:yaml.org,2002:str`, `!local`.
    pub tag: Option<String>,
}

impl NodeKind<'_> {
    /// True for a collection written with braces or brackets.
    pub(crate) fn is_flow(&self) -> bool {
        matches!(self, NodeKind::Mapping { flow: true, .. } | NodeKind::Sequence { flow: true, .. })
    }
}

impl Node<'_> {
    fn into_owned(self) -> Node<'static> {
        let kind = match self.kind {
            NodeKind::Scalar { text, style } => {
                NodeKind::Scalar { text: Cow::Owned(text.into_owned()), style }
            }
            NodeKind::Alias { anchor } => NodeKind::Alias { anchor },
            NodeKind::Mapping { flow, entries } => NodeKind::Mapping { flow, entries },
            NodeKind::Sequence { flow, items } => NodeKind::Sequence { flow, items },
        };
        Node { kind, ..self }
    }
}

/// One document.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    /// The bytes of the document: marker, directives and comments included.
    pub text: &'t str,
    /// Where `text` begins in its file.
    pub base: usize,
    pub(crate) tree: Arc<NodeTree<'t>>,
}

/// What a reader made of a document's text.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeTree<'t> {
    pub(crate) comments: Vec<Span>,
    /// The root comes first.
    pub(crate) nodes: Vec<Node<'t>>,
    pub(crate) anchors: HashMap<usize, NodeId>,
    pub(crate) aliased: HashSet<usize>,
    pub(crate) anchor_names: HashMap<usize, String>,
}

/// A document without its text, which need not be read again when the text comes back.
#[derive(Clone, Debug)]
pub struct KeptDocument(Arc<NodeTree<'static>>);

impl KeptDocument {
    /// The document once more. `text` must be the very text it was read from.
    pub fn with<'t>(&self, text: &'t str, base: usize) -> Document<'t> {
        Document { text, base, tree: Arc::<NodeTree<'static>>::clone(&self.0) }
    }
}

/// How many aliases are followed to reach one value.
const MAX_HOPS: usize = 16;
/// How many mappings the merge keys of one mapping may bring in.
const MAX_MERGED: usize = 64;

impl<'t> Document<'t> {
    /// The document without its text.
    pub fn into_kept(self) -> KeptDocument {
        let tree = Arc::unwrap_or_clone(self.tree);
        let nodes = tree.nodes.into_iter().map(Node::into_owned).collect();
        KeptDocument(Arc::new(NodeTree { nodes, ..tree }))
    }

    /// Every comment, `#` included, in order.
    pub fn comments(&self) -> &[Span] {
        &self.tree.comments
    }

    /// The root node.
    pub fn root(&self) -> NodeRef<'_> {
        NodeRef { doc: self, id: 0 }
    }

    /// A node by number.
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        &self.tree.nodes[id]
    }

    /// Every node, in the order in which they begin.
    pub fn nodes(&self) -> impl Iterator<Item = &Node<'t>> {
        self.tree.nodes.iter()
    }

    /// The text behind a span of this document.
    pub fn slice(&self, span: Span) -> &'t str {
        &self.text[span.range()]
    }

    /// The name of an anchor, without `&`.
    pub fn anchor_name(&self, anchor: usize) -> &str {
        self.tree.anchor_names.get(&anchor).map_or("", String::as_str)
    }

    /// True if an alias somewhere stands for this very node, so that a change here shows there too.
    pub fn is_shared(&self, id: NodeId) -> bool {
        self.tree.nodes[id].anchor.is_some_and(|anchor| self.tree.aliased.contains(&anchor))
    }

    /// True if some mapping of the document, at any depth, has one key twice; the second key's node.
    pub fn duplicate_key(&self) -> Option<NodeId> {
        self.mappings().find_map(|entries| {
            let mut seen = SeenKeys::default();
            let mut keys = entries.iter().map(|entry| entry.key);
            keys.find(|key| self.scalar_text(*key).is_some_and(|text| !seen.insert(text)))
        })
    }

    /// True if some mapping has a mapping or sequence as key, as an unquoted `{{ … }}` yields.
    pub fn collection_key(&self) -> Option<NodeId> {
        let mut keys = self.mappings().flatten().map(|entry| entry.key);
        keys.find(|key| {
            let kind = &self.tree.nodes[*key].kind;
            matches!(kind, NodeKind::Mapping { .. } | NodeKind::Sequence { .. })
        })
    }

    fn mappings(&self) -> impl Iterator<Item = &[MappingEntry]> {
        self.nodes().filter_map(|node| match &node.kind {
            NodeKind::Mapping { entries, .. } => Some(&entries[..]),
            _ => None,
        })
    }

    /// The first line break, outside quotes and block scalars, that YAML readers disagree about.
    pub fn disputed_break(&self) -> Option<usize> {
        let mut disputed =
            self.text.char_indices().filter(|(_, c)| super::DISPUTED_LINE_BREAKS.contains(c));
        let first = disputed.next()?;
        let quoted = self.nodes().filter(
            |node| matches!(&node.kind, NodeKind::Scalar { style, .. } if *style != Style::Plain),
        );
        let mut quoted: Vec<Span> = quoted.map(|node| node.span).collect();
        quoted.sort_unstable();
        let is_quoted = |at: usize| {
            let after = quoted.partition_point(|span| span.start <= at);
            after.checked_sub(1).is_some_and(|last| at < quoted[last].end)
        };
        std::iter::once(first).chain(disputed).map(|(at, _)| at).find(|&at| !is_quoted(at))
    }

    /// The comment on the line of byte `at`, at or after it.
    pub fn comment_after(&self, at: usize) -> Option<Span> {
        let comments = &self.tree.comments;
        let next = *comments.get(comments.partition_point(|comment| comment.start < at))?;
        let between = &self.text.as_bytes()[at..next.start];
        memchr::memchr2(b'\n', b'\r', between).is_none().then_some(next)
    }
}

/// A node within its document: the way to read.
#[derive(Clone, Copy, Debug)]
pub struct NodeRef<'d> {
    /// The document.
    pub doc: &'d Document<'d>,
    /// The node's number.
    pub id: NodeId,
}

impl Document<'_> {
    /// The text of a scalar node as it is written, without asking what it means.
    pub(crate) fn scalar_text(&self, id: NodeId) -> Option<&str> {
        match &self.tree.nodes[id].kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    fn is_plain(&self, id: NodeId) -> bool {
        matches!(&self.tree.nodes[id].kind, NodeKind::Scalar { style: Style::Plain, .. })
    }
}
