//! A stream: planned batch by batch as it comes, and never held as a whole.
//!
//! The unit is the document, for judging as for writing. What one document says of another counts
//! from the batch on in which it stands: the index grows, a second workload of one key is told from
//! the first, and a template holds all that follows. A stream of one batch is thus judged in the
//! light of all of it, like a file, and in a longer one what has gone by stays as it was.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::base::Base;
use super::each::Each;
use super::file::{empty, panicked, parts_of, text_of, too_wide, whole};
use super::other_text::is_other_text;
use super::parts::Patch;
use super::pick::{Picked, pick};
use super::read::{read_known, too_large};
use super::survey::{known, parsed, survey};
use super::{FilePlan, Outcome, Passed};
use crate::flink::detect::concerns_us;
use crate::gitops::{Index, Survey, is_called_values, is_kustomization};
use crate::rules::{Derived, Facts};
use crate::text::{Lines, SourceFile};

/// How much is kept of a document that is too large to be read: enough to show where it begins.
const HEAD: usize = 64 * 1024;

/// Up to so many bytes of our documents in a batch, each is parsed only once for telling what it
/// holds and for judging it. A parsed document takes about twenty times its bytes.
const PARSED_ONCE: usize = 512 * 1024;

/// True if a stream of this name can be planned batch by batch. A kustomization, values of the
/// operator's chart and files in another language are judged as a whole.
pub fn is_planned_in_batches(name: &str) -> bool {
    !is_kustomization(name) && !is_called_values(name) && !is_other_text(name)
}

/// A stream on its way.
pub struct StreamPlan<'n> {
    name: &'n str,
    /// The folder from which the name is seen.
    home: &'n str,
    base: Base,
    /// There is an index of what has gone by.
    is_indexed: bool,
    giant: Option<Giant>,
}

/// A document that goes by in pieces.
struct Giant {
    head: Vec<u8>,
    base: Base,
}

/// What was found in a document that went by in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sighting {
    /// Nothing that concerns us.
    #[default]
    Nothing,
    /// The API group.
    Group,
    /// The API group, in UTF-16 or UTF-32.
    Wide,
}

/// What a batch comes to.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// What was decided, places and numbers counted from the beginning of the stream; nothing if no
    /// document concerns us. Its edits are left to `changing`, and it has no diff.
    pub plan: Option<FilePlan>,
    /// The documents that change.
    pub changing: Vec<Patch>,
    /// Those that are held, and what they would become.
    pub held: Vec<Patch>,
}

impl<'n> StreamPlan<'n> {
    /// A stream that people know by this name, seen from the folder `home`.
    pub fn new(name: &'n str, home: &'n str) -> StreamPlan<'n> {
        StreamPlan { name, home, base: Base::default(), is_indexed: false, giant: None }
    }

    /// Plans the next documents, all of them whole. The index among the facts takes in what they
    /// say. Never panics: a panic while judging is a broken law, and the batch is left alone.
    pub fn documents(&mut self, bytes: &[u8], facts: &mut Facts, each: &impl Each) -> Batch {
        let read = std::str::from_utf8(bytes);
        let text = read.map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let is_relevant = is_kustomization(self.name) || concerns_us(bytes);
        let (picked, documents) = pick(self.name, &text, is_relevant, self.base.documents);
        let mut base = self.base.clone();
        let mut batch = Batch::default();
        if is_relevant || !picked.is_empty() || !is_planned_in_batches(self.name) {
            let planned =
                catch_unwind(AssertUnwindSafe(|| match text_of(self.name, bytes, read, &base) {
                    Ok(text) => {
                        let source = SourceFile { name: self.name, text: &text };
                        let source = &source.counted_from(base.lines);
                        self.planned(bytes, source, picked, &mut base, facts, each)
                    }
                    Err(unreadable) => {
                        let plan = is_relevant.then(|| unreadable.plan(self.name, &base));
                        Batch { plan, ..Batch::default() }
                    }
                }));
            batch = planned.unwrap_or_else(|_| {
                let plan = Some(panicked(self.name, bytes, &self.base));
                Batch { plan, ..Batch::default() }
            });
        }
        self.base = base;
        self.base.pass(bytes, documents);
        batch
    }

    fn planned<'t>(
        &mut self,
        bytes: &[u8],
        source: &Lines<'t>,
        mut picked: Vec<Picked<'t>>,
        base: &mut Base,
        facts: &mut Facts,
        each: &impl Each,
    ) -> Batch {
        self.take_in(bytes, source, &mut picked, facts, each);
        let facts = &*facts;
        let parts = parts_of(source, base, |source| {
            each.each(&picked, |one| read_known(source, &one.chunk, one.doc.as_ref(), facts))
        });
        if parts.is_empty() {
            return Batch::default();
        }
        let changing = parts.patches(source, |outcome| outcome == Outcome::Changed);
        let held = parts.patches(source, |outcome| outcome == Outcome::Held);
        let (documents, findings) = parts.told(source, base);
        let passed = Passed::rewritten(changing.len());
        let plan = FilePlan { documents, findings, passed, ..empty(source) };
        Batch { plan: Some(plan), changing, held }
    }

    /// Makes known what the documents say of themselves.
    fn take_in<'t>(
        &mut self,
        bytes: &[u8],
        source: &Lines<'t>,
        picked: &mut [Picked<'t>],
        facts: &mut Facts,
        each: &impl Each,
    ) {
        let told = if is_planned_in_batches(self.name) {
            let ours = picked.iter().filter(|one| one.is_ours);
            let size: usize = ours.map(|one| one.chunk.span.end - one.chunk.span.start).sum();
            let read =
                |one: &Picked<'t>| if one.is_ours { parsed(source, &one.chunk) } else { None };
            let workloads = if size > PARSED_ONCE {
                each.each(picked, |one| read(one).map(|doc| known(&doc, source)))
            } else {
                for (i, doc) in each.each(picked, read).into_iter().enumerate() {
                    picked[i].doc = doc;
                }
                picked.iter().map(|one| one.doc.as_ref().map(|doc| known(doc, source))).collect()
            };
            let workloads = workloads.into_iter().flatten().flatten().collect();
            Survey { workloads, ..Survey::default() }
        } else {
            survey(self.name, bytes)
        };
        if !self.is_indexed {
            facts.index = Index::of(vec![told], false, self.home);
            self.is_indexed = true;
        } else if !told.workloads.is_empty() {
            facts.index.grow(told.workloads);
        }
        facts.derived = Derived::default();
    }

    /// The beginning of a document that is too large to be read.
    pub fn begin_giant(&mut self, bytes: &[u8]) {
        let head = bytes[..bytes.len().min(HEAD)].to_vec();
        self.giant = Some(Giant { head, base: self.base.clone() });
        self.base.pass(bytes, 1);
    }

    /// More of it.
    pub fn pass_giant(&mut self, bytes: &[u8]) {
        self.base.pass(bytes, 0);
    }

    /// It has gone by, and this was found in it. The plan of a document that concerns us, which
    /// leaves it as it is.
    pub fn end_giant(&mut self, found: Sighting) -> Option<FilePlan> {
        let Giant { head, base } = self.giant.take()?;
        match found {
            Sighting::Nothing => None,
            Sighting::Group => {
                let text = String::from_utf8_lossy(&head);
                let start = text.find(|c| c != '\u{feff}').unwrap_or_default();
                Some(whole(self.name, &text, too_large(start), &base))
            }
            Sighting::Wide => {
                let ascii = head.iter().filter(|byte| byte.is_ascii() && **byte != 0);
                let text: String = ascii.map(|byte| char::from(*byte)).collect();
                Some(whole(self.name, &text, too_wide(), &base))
            }
        }
    }
}
