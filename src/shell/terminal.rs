//! The standard streams: what the terminal can do, what its owner wants, text that goes out, and the
//! line that shows how far a long run is.

use std::env;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::workspace::Progress;

/// One of the two streams people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Columns of a line where there is no terminal to ask.
pub const DEFAULT_WIDTH: usize = 100;

/// A stream that remembers how it went. Whoever reads our output may stop reading: that is no error of
/// ours, and ends the output quietly.
pub struct Output<'w> {
    inner: BufWriter<Box<dyn Write + 'w>>,
    failure: Option<io::Error>,
}

impl<'w> Output<'w> {
    /// Writes to `inner`, through a buffer.
    pub fn new(inner: Box<dyn Write + 'w>) -> Output<'w> {
        Output { inner: BufWriter::with_capacity(64 * 1024, inner), failure: None }
    }

    /// Writes these bytes, unless writing has failed before.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.failure = self.inner.write_all(bytes).err();
        }
    }

    /// Sends what is left. A reader that has gone is not an error.
    pub fn finish(mut self) -> io::Result<()> {
        let failure = match self.failure.take() {
            Some(failure) => Some(failure),
            None => self.inner.flush().err(),
        };
        // What could not be written must not be tried again when the buffer goes.
        drop(self.inner.into_parts());
        match failure {
            Some(failure) if failure.kind() != io::ErrorKind::BrokenPipe => Err(failure),
            _ => Ok(()),
        }
    }
}

/// An error here means that the stream is closed; `finish` says why.
impl fmt::Write for Output<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        if self.failure.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// How long a run lasts before the line appears.
const DELAY: Duration = Duration::from_secs(1);

/// Counts files. The line is cleared when this is dropped.
pub(crate) struct ProgressLine {
    /// When the run began; nothing if no line is wanted.
    started: Option<Instant>,
    bar: OnceLock<ProgressBar>,
    done: AtomicUsize,
    to_judge: AtomicUsize,
}

impl ProgressLine {
    /// Shows nothing if `quiet`, or if standard error is no terminal that can erase a line.
    pub(crate) fn new(quiet: bool) -> ProgressLine {
        let can_erase = env::var_os("TERM").is_none_or(|term| term != "dumb");
        let is_shown = !quiet && can_erase && io::stderr().is_terminal();
        ProgressLine::since(is_shown.then(Instant::now))
    }

    fn since(started: Option<Instant>) -> ProgressLine {
        let (done, to_judge) = (AtomicUsize::new(0), AtomicUsize::new(0));
        ProgressLine { started, bar: OnceLock::new(), done, to_judge }
    }
}

impl Progress for ProgressLine {
    fn file_done(&self) {
        let done = self.done.fetch_add(1, Relaxed) + 1;
        if self.started.is_some_and(|started| started.elapsed() >= DELAY) {
            let message = match self.to_judge.load(Relaxed) {
                0 => format!("files read: {done}"),
                to_judge => format!("files judged: {done} of {to_judge}"),
            };
            self.bar.get_or_init(ProgressBar::new_spinner).set_message(message);
        }
    }

    fn start_judging(&self, files: usize) {
        self.done.store(0, Relaxed);
        self.to_judge.store(files, Relaxed);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_built_after_a_second_of_a_run_at_a_terminal() {
        let second_ago = Instant::now().checked_sub(DELAY);
        for (started, is_built) in
            [(None, false), (Some(Instant::now()), false), (second_ago, true)]
        {
            let progress = ProgressLine::since(started);
            progress.file_done();
            assert_eq!(progress.bar.get().is_some(), is_built);
            progress.start_judging(2);
            progress.file_done();
            let shown = progress.bar.get().map(ProgressBar::message);
            assert_eq!(shown.as_deref(), is_built.then_some("files judged: 1 of 2"));
        }
    }
}
