//! What the terminal can do, and what its owner wants.

use std::env;
use std::io::{self, IsTerminal};

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

/// True if a person sees this stream.
pub(crate) fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Stdout => io::stdout().is_terminal(),
        Stream::Stderr => io::stderr().is_terminal(),
    }
}

/// True if standard input is typed by a person, who would wait for us while we wait for them.
pub(crate) fn is_stdin_terminal() -> bool {
    io::stdin().is_terminal()
}

/// True if this stream is to be coloured: what the user said for this run, then `NO_COLOR`,
/// `CLICOLOR_FORCE` and `TERM=dumb`, then whether it is a terminal.
pub(crate) fn color(stream: Stream, wanted: Option<bool>) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is = |name, what: &str| env::var_os(name).is_some_and(|value| value == what);
    if let Some(wanted) = wanted {
        return wanted;
    }
    if set("NO_COLOR") {
        return false;
    }
    if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
        return true;
    }
    !is("TERM", "dumb") && !is("CLICOLOR", "0") && is_terminal(stream)
}

/// Columns of the terminal behind this stream; a constant where there is none, so that files and
/// pipes get the same text everywhere.
pub(crate) fn width(stream: Stream) -> usize {
    if !is_terminal(stream) {
        return DEFAULT_WIDTH;
    }
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(columns, _)| usize::from(columns.0))
}
