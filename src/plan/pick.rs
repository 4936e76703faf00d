//! The documents of a batch that have to be read. Of a long stream these are few, so that the search
//! goes through the whole text at once and not document by document.

use std::iter::Peekable;

use memchr::{memchr2_iter, memmem};

use crate::flink::detect::concerns_us;
use crate::flink::names::GROUP;
use crate::gitops::is_kustomization;
use crate::text::Span;
use crate::yaml::{Chunk, Chunks, Document};

/// A document that has to be read.
pub(super) struct Picked<'t> {
    pub(super) chunk: Chunk,
    /// It names the API group; else it may be a template, which holds its neighbours.
    pub(super) is_ours: bool,
    /// What it holds, where that was asked before.
    pub(super) doc: Option<Document<'t>>,
}

/// The documents to be read, numbered from `before`, and the number of all documents in the text.
/// None is ours if the text is not `relevant` as a whole.
pub(super) fn pick<'t>(
    name: &str,
    text: &str,
    is_relevant: bool,
    before: usize,
) -> (Vec<Picked<'t>>, usize) {
    let bytes = text.as_bytes();
    let all = is_kustomization(name);
    let mut group = memmem::find_iter(bytes, GROUP).peekable();
    let mut braces = memmem::find_iter(bytes, b"{{").peekable();
    // Without these the group can only be spelt plainly.
    let mut escapes = memchr2_iter(b'\\', 0, bytes).peekable();
    let mut picked = Vec::new();
    let mut chunks = Chunks::of(text);
    for Chunk { span, index, after_marker } in chunks.by_ref() {
        let named = |bytes: &[u8]| concerns_us(&bytes[span.range()]);
        let is_ours = all
            || is_relevant && (hit(&mut group, span) || (hit(&mut escapes, span) && named(bytes)));
        if is_ours || hit(&mut braces, span) {
            let chunk = Chunk { span, index: before + index, after_marker };
            picked.push(Picked { chunk, is_ours, doc: None });
        }
    }
    (picked, chunks.documents())
}

/// True if one of these places, which are asked for in order, lies in the span.
fn hit(places: &mut Peekable<impl Iterator<Item = usize>>, span: Span) -> bool {
    while places.next_if(|&at| at < span.start).is_some() {}
    places.peek().is_some_and(|&at| at < span.end)
}
