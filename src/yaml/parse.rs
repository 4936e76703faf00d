//! From granit-parser's events to a [`Document`].

use std::borrow::Cow;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle, Tag};

use super::MAX_NESTING;
use super::document::{Document, MappingEntry, Node, NodeId, NodeKind, NodeTree, Style};
use crate::text::Span;

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where, in bytes from the start of the document's text.
    pub at: usize,
    /// What is wrong, in the parser's words.
    pub message: String,
    /// True if the document is only nested more deeply than [`MAX_NESTING`].
    pub too_deep: bool,
}

/// The reader's settings. Comments are never dropped, however many stand in a row; a block scalar
/// that ends with the file has no line feed, as Go reads it; keys may be as long as Go allows.
fn options() -> Options {
    granit_parser::options! {
        max_buffered_comment_events: usize::MAX,
        block_scalar_eof_without_line_feed: true,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    }
}

/// Reads one document that begins at byte `base` of its file.
pub fn parse(text: &str, base: usize) -> Result<Document<'_>, ParseError> {
    let mut builder = Builder::new(text, base);
    for item in Parser::new_from_str_with_options(text, options()) {
        match item {
            Ok((event, span)) => builder.take(event, span)?,
            Err(error) => {
                let message = error.info();
                let too_deep = message.contains("limit");
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                return Err(ParseError { at, message, too_deep });
            }
        }
    }
    builder.finish()
}

/// A collection whose end has not been seen.
struct Open {
    id: NodeId,
    pending_key: Option<NodeId>,
}

struct Builder<'t> {
    text: &'t str,
    base: usize,
    tree: NodeTree<'t>,
    open: Vec<Open>,
    floor: usize,
    documents: usize,
    /// The node an anchor event speaks of.
    latest: NodeId,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, base: usize) -> Builder<'t> {
        Builder {
            text,
            base,
            tree: NodeTree::default(),
            open: Vec::new(),
            floor: 0,
            documents: 0,
            latest: 0,
        }
    }

    fn take(&mut self, event: Event<'t>, span: granit_parser::Span) -> Result<(), ParseError> {
        let range = span.byte_range().unwrap_or(0..0);
        let head = span
            .tag_start()
            .and_then(|mark| mark.byte_offset())
            .map_or(range.start, |tag| tag.min(range.start));
        let place = Place { span: Span::new(range.start, range.end.max(range.start)), head };
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                self.floor = place.span.end;
                if self.documents > 1 {
                    let message = "a second document begins without a `---` line";
                    return Err(self.error(place.span.start, message));
                }
            }
            Event::Comment(..) => self.tree.comments.push(place.span),
            Event::Scalar(text, style, anchor, tag) => {
                let left_out = style == ScalarStyle::Plain && place.span.is_empty();
                let text = if left_out { Cow::Borrowed("") } else { text };
                let kind = NodeKind::Scalar { text, style: scalar_style(style) };
                self.add(kind, &place, anchor, tag.as_deref());
                self.floor = self.floor.max(place.span.end);
            }
            Event::Alias(anchor) => {
                self.tree.aliased.insert(anchor);
                self.add(NodeKind::Alias { anchor }, &place, 0, None);
                self.floor = self.floor.max(place.span.end);
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let kind = NodeKind::Mapping { flow, entries: Vec::new() };
                self.begin(kind, &place, anchor, tag.as_deref());
            }
            Event::SequenceStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let kind = NodeKind::Sequence { flow, items: Vec::new() };
                self.begin(kind, &place, anchor, tag.as_deref());
            }
            Event::MappingEnd | Event::SequenceEnd => self.end(&place),
            Event::Anchor(number, name) => {
                self.tree.anchor_names.insert(number, name.into_owned());
                let node = &mut self.tree.nodes[self.latest];
                node.head = node.head.min(place.span.start);
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, kind: NodeKind<'t>, place: &Place, anchor: usize, tag: Option<&Tag>) {
        let is_flow = kind.is_flow();
        let id = self.add(kind, place, anchor, tag);
        self.open.push(Open { id, pending_key: None });
        if is_flow {
            self.floor = self.floor.max(place.span.end);
        }
    }

    /// Closes the innermost collection. A block collection ends where its last child ends: the
    /// parser's own mark stands at the next token, behind comments.
    fn end(&mut self, place: &Place) {
        let Some(Open { id, .. }) = self.open.pop() else { return };
        let last = match &self.tree.nodes[id].kind {
            NodeKind::Mapping { flow: false, entries } => entries.last().map(|e| [e.key, e.value]),
            NodeKind::Sequence { flow: false, items } => items.last().map(|&item| [item, item]),
            _ => None,
        };
        let end = match last {
            Some(children) => {
                children.iter().map(|&c| self.tree.nodes[c].span.end).max().unwrap_or(0)
            }
            None => place.span.end,
        };
        let node = &mut self.tree.nodes[id];
        node.span.end = end.max(node.span.start);
        if node.kind.is_flow() {
            self.floor = self.floor.max(place.span.end);
        }
    }

    fn add(
        &mut self,
        kind: NodeKind<'t>,
        place: &Place,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> NodeId {
        let id = self.tree.nodes.len();
        let anchor = (anchor != 0).then_some(anchor);
        self.tree.anchors.extend(anchor.map(|anchor| (anchor, id)));
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
        self.tree.nodes.push(Node {
            kind,
            span: place.span,
            head: place.head,
            floor: self.floor,
            anchor,
            tag,
        });
        self.latest = id;
        self.attach(id);
        id
    }

    fn attach(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else { return };
        match &mut self.tree.nodes[open.id].kind {
            NodeKind::Sequence { items, .. } => items.push(id),
            NodeKind::Mapping { entries, .. } => match open.pending_key.take() {
                None => open.pending_key = Some(id),
                Some(key) => entries.push(MappingEntry { key, value: id }),
            },
            NodeKind::Scalar { .. } | NodeKind::Alias { .. } => {}
        }
    }

    fn error(&self, at: usize, message: &str) -> ParseError {
        ParseError { at: at.min(self.text.len()), message: message.to_string(), too_deep: false }
    }

    fn finish(mut self) -> Result<Document<'t>, ParseError> {
        if self.tree.nodes.is_empty() {
            return Err(self.error(0, "the document is empty"));
        }
        self.tree.comments.sort_unstable();
        Ok(Document { text: self.text, base: self.base, tree: Arc::new(self.tree) })
    }
}

struct Place {
    span: Span,
    head: usize,
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        ScalarStyle::Plain => Style::Plain,
    }
}
