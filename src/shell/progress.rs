//! How far a long run is, in one line for whoever waits at a terminal.
//!
//! The line is written over itself and is gone before anything else is printed. A run that is short,
//! piped or quiet never shows it.

use std::env;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::terminal::{Stream, is_terminal, width};

/// How long a run goes on in silence.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written again.
const PACE: Duration = Duration::from_millis(100);

/// Erases the line the cursor stands in.
const ERASE: &str = "\r\x1b[K";

/// What a run has done so far. Dropped, it takes its line away.
pub struct Progress {
    shown: Option<Shown>,
}

/// What a run works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Files, which are read and then judged.
    Files,
    /// A stream, which is judged while it is read.
    Stream,
}

struct Shown {
    counts: Arc<Counts>,
    writer: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    read: AtomicUsize,
    judged: AtomicUsize,
    to_judge: AtomicUsize,
    bytes: AtomicUsize,
    is_over: Mutex<bool>,
    over: Condvar,
}

impl Progress {
    /// Shown on standard error, if that is a terminal that can erase a line.
    pub fn of(work: Work) -> Progress {
        let can_erase = env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
        if !is_terminal(Stream::Stderr) || !can_erase {
            return Progress::hidden();
        }
        let width = width(Stream::Stderr);
        Progress::on(io::stderr(), move |counts| counts.line(work, width), PATIENCE, PACE)
    }

    /// Never shown.
    pub fn hidden() -> Progress {
        Progress { shown: None }
    }

    fn on(
        mut out: impl Write + Send + 'static,
        line: impl Fn(&Counts) -> String + Send + 'static,
        patience: Duration,
        pace: Duration,
    ) -> Progress {
        let counts = Arc::new(Counts::default());
        let told = Arc::clone(&counts);
        let tell = move || {
            let mut is_shown = false;
            while !told.is_over_after(if is_shown { pace } else { patience }) {
                // Nobody can be told that nothing can be told.
                let _ = write!(out, "{ERASE}{}", line(&told)).and_then(|()| out.flush());
                is_shown = true;
            }
            if is_shown {
                let _ = out.write_all(ERASE.as_bytes()).and_then(|()| out.flush());
            }
        };
        let writer = thread::Builder::new().name("progress".into()).spawn(tell);
        Progress { shown: writer.ok().map(|writer| Shown { counts, writer }) }
    }

    /// A file was read.
    pub fn read(&self) {
        self.count(|counts| &counts.read, 1);
    }

    /// So many files are to be judged.
    pub fn to_judge(&self, files: usize) {
        self.count(|counts| &counts.to_judge, files);
    }

    /// A file was judged.
    pub fn judged(&self) {
        self.count(|counts| &counts.judged, 1);
    }

    /// So much of a stream was read, in bytes.
    pub fn read_bytes(&self, bytes: usize) {
        self.count(|counts| &counts.bytes, bytes);
    }

    fn count(&self, which: impl FnOnce(&Counts) -> &AtomicUsize, more: usize) {
        if let Some(shown) = &self.shown {
            which(&shown.counts).fetch_add(more, Ordering::Relaxed);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Shown { counts, writer }) = self.shown.take() {
            *counts.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
            counts.over.notify_all();
            let _ = writer.join();
        }
    }
}

impl Counts {
    /// Waits so long, or until the run is over.
    fn is_over_after(&self, pause: Duration) -> bool {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.over.wait_timeout_while(is_over, pause, |is_over| !*is_over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// The line, cut so that the terminal does not break it in two.
    fn line(&self, work: Work, width: usize) -> String {
        let now = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let mut line = match (work, now(&self.read)) {
            (Work::Stream, _) => format!("{} MiB read", now(&self.bytes) >> 20),
            (Work::Files, 1) => "1 file read".to_string(),
            (Work::Files, read) => format!("{read} files read"),
        };
        let to_judge = now(&self.to_judge);
        if to_judge > 0 {
            line += &format!(", {} of {to_judge} judged", now(&self.judged));
        }
        line.truncate(width.saturating_sub(1));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, for the test and the thread that writes.
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_long_run_shows_a_line_and_takes_it_away() {
        let screen = Screen::default();
        let pace = Duration::from_millis(1);
        let line = |counts: &Counts| counts.line(Work::Files, 80);
        let progress = Progress::on(screen.clone(), line, pace, pace);
        progress.read();
        progress.read();
        progress.to_judge(2);
        progress.judged();
        while !screen.text().contains("2 files read, 1 of 2 judged") {
            thread::yield_now();
        }
        drop(progress);
        assert!(screen.text().ends_with(ERASE));
    }

    #[test]
    fn a_short_run_shows_nothing_and_does_not_wait() {
        let screen = Screen::default();
        let hour = Duration::from_secs(3_600);
        let progress = Progress::on(screen.clone(), |_| "x".into(), hour, hour);
        progress.read();
        drop(progress);
        assert_eq!(screen.text(), "");
    }

    #[test]
    fn the_line_stays_one_line() {
        let counts = Counts::default();
        counts.read.store(1, Ordering::Relaxed);
        counts.bytes.store(5 << 20, Ordering::Relaxed);
        assert_eq!(counts.line(Work::Files, 80), "1 file read");
        assert_eq!(counts.line(Work::Files, 7), "1 file");
        assert_eq!(counts.line(Work::Stream, 80), "5 MiB read");
    }
}
