//! Reading a stream in batches of whole documents, so that no more of it is held than has to be
//! judged together.
//!
//! A document that is too large to be read goes by in windows, which are searched for the API group
//! like the windows of a file.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::read::{OVERLAP, fill};
use crate::flink::detect::{concerns_us, wide};
use crate::plan::{MAX_DOCUMENT, Sighting};
use crate::yaml::{MARKER_REACH, first_cut, last_cut};

/// How much is read of a giant at a time.
const WINDOW: usize = 1 << 20;

/// How much of a stream is held, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// A batch grows to this size before it is handed on. What fits into one is judged as a whole.
    pub batch: usize,
    /// A document that is larger is never held.
    pub document: usize,
}

impl Sizes {
    /// What a run works with.
    pub const USUAL: Sizes = Sizes { batch: 8 << 20, document: MAX_DOCUMENT };
    /// Everything is one batch.
    pub const UNLIMITED: Sizes = Sizes { batch: usize::MAX, document: usize::MAX };
}

/// What comes next in a stream. All of them together are the stream, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Whole documents.
    Documents(Vec<u8>),
    /// The beginning of a document that is too large to be held.
    Giant(Vec<u8>),
    /// More of it; what was found in it all with the last of it.
    Rest(Vec<u8>, Option<Sighting>),
}

/// Cuts a stream.
pub struct Cutter<R> {
    input: R,
    sizes: Sizes,
    /// What was read and not handed on; of a giant also the end of what was.
    held: Vec<u8>,
    has_ended: bool,
    giant: Option<Passing>,
}

/// A giant on its way.
struct Passing {
    /// How many of the bytes held were handed on.
    seen: usize,
    found: Sighting,
}

impl<R: Read> Cutter<R> {
    /// Cuts what `input` gives.
    pub fn new(input: R, sizes: Sizes) -> Cutter<R> {
        Cutter { input, sizes, held: Vec::new(), has_ended: false, giant: None }
    }

    /// The next piece, in memory that may have been used before; nothing at the end.
    pub fn next_piece(&mut self, spare: Vec<u8>) -> io::Result<Option<Piece>> {
        if let Some(passing) = self.giant.take() {
            return self.more_of(passing, spare).map(Some);
        }
        let step = self.sizes.batch.max(1);
        let mut wanted = self.held.len().max(step);
        loop {
            self.read_up_to(wanted)?;
            if self.has_ended {
                let all = std::mem::replace(&mut self.held, spare);
                self.held.clear();
                return Ok((!all.is_empty()).then_some(Piece::Documents(all)));
            }
            if let Some(cut) = last_cut(&self.held) {
                return Ok(Some(Piece::Documents(self.hand_on(cut, cut, spare))));
            }
            // A marker right behind the largest document would have been seen by now.
            let most = self.sizes.document.saturating_add(MARKER_REACH);
            if self.held.len() >= most {
                let found = sighted(&self.held);
                let all = self.held.len().saturating_sub(MARKER_REACH);
                let seen = all.min(OVERLAP);
                self.giant = Some(Passing { seen, found });
                return Ok(Some(Piece::Giant(self.hand_on(all, all - seen, spare))));
            }
            wanted = wanted.saturating_add(step).min(most);
        }
    }

    fn more_of(&mut self, mut passing: Passing, spare: Vec<u8>) -> io::Result<Piece> {
        self.read_up_to(self.held.len().saturating_add(WINDOW))?;
        // What a marker could still begin in waits for the next window.
        let certain = if self.has_ended { 0 } else { MARKER_REACH };
        let certain = self.held.len().saturating_sub(certain).max(passing.seen);
        let cut = first_cut(&self.held, passing.seen).filter(|&cut| cut <= certain);
        let end = cut.unwrap_or(certain);
        if passing.found == Sighting::Nothing {
            passing.found = sighted(&self.held[..end]);
        }
        let is_over = cut.is_some() || self.has_ended;
        let keep = if is_over { 0 } else { end.min(OVERLAP) };
        let mut rest = self.hand_on(end, end - keep, spare);
        rest.drain(..passing.seen);
        let found = passing.found;
        if !is_over {
            self.giant = Some(Passing { seen: keep, found });
        }
        Ok(Piece::Rest(rest, is_over.then_some(found)))
    }

    /// The first `end` bytes held, in memory of their own. Those from `keep` on stay.
    fn hand_on(&mut self, end: usize, keep: usize, mut spare: Vec<u8>) -> Vec<u8> {
        spare.clear();
        spare.extend_from_slice(&self.held[keep..]);
        let mut handed = std::mem::replace(&mut self.held, spare);
        handed.truncate(end);
        handed
    }

    fn read_up_to(&mut self, wanted: usize) -> io::Result<()> {
        while !self.has_ended && self.held.len() < wanted {
            let before = self.held.len();
            let size = (wanted - before).min(WINDOW);
            self.held.resize(before + size, 0);
            let read = fill(&mut self.input, &mut self.held[before..]);
            self.held.truncate(before + read.as_ref().map_or(0, |read| *read));
            self.has_ended = read? < size;
        }
        Ok(())
    }
}

/// What is found in these bytes.
fn sighted(bytes: &[u8]) -> Sighting {
    if !concerns_us(bytes) {
        Sighting::Nothing
    } else if wide(bytes).is_some() {
        Sighting::Wide
    } else {
        Sighting::Group
    }
}

/// A stream that is read while the pieces before are worked on.
pub struct ReadAhead {
    pieces: Receiver<io::Result<Piece>>,
    spare: Sender<Vec<u8>>,
}

impl ReadAhead {
    /// Reads standard input in a thread of its own, which ends with the stream, or with the process
    /// if nobody asks for more.
    pub fn stdin(sizes: Sizes) -> ReadAhead {
        ReadAhead::of(io::stdin(), sizes)
    }

    fn of(input: impl Read + Send + 'static, sizes: Sizes) -> ReadAhead {
        // The next piece is read while one is worked on, and then waits.
        let (give, pieces) = sync_channel(0);
        let (spare, give_back) = channel();
        thread::spawn(move || read_on(&mut Cutter::new(input, sizes), &give, &give_back));
        ReadAhead { pieces, spare }
    }

    /// The next piece; nothing at the end.
    pub fn next_piece(&self) -> Option<io::Result<Piece>> {
        self.pieces.recv().ok()
    }

    /// Gives memory back that is no longer needed.
    pub fn give_back(&self, memory: Vec<u8>) {
        // A reader that has come to the end needs none.
        let _ = self.spare.send(memory);
    }
}

fn read_on<R: Read>(
    cutter: &mut Cutter<R>,
    give: &SyncSender<io::Result<Piece>>,
    give_back: &Receiver<Vec<u8>>,
) {
    loop {
        let spare = give_back.try_recv().unwrap_or_default();
        let Some(next) = cutter.next_piece(spare).transpose() else { return };
        let failed = next.is_err();
        if give.send(next).is_err() || failed {
            return;
        }
    }
}
