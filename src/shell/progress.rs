//! A line on the terminal that shows how far a long run is.

use std::env;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::terminal::{Stream, is_terminal};
use crate::workspace::Progress;

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
        let is_shown = !quiet && can_erase && is_terminal(Stream::Stderr);
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
