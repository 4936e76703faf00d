//! The only room with windows: finds, reads and writes files.

mod discover;
mod exclude;
mod ground;
mod output;
mod problem;
mod read;
mod terminal;
mod threads;
mod walk;
mod write;

pub use discover::{Discovery, Found, Role, Search};
pub use exclude::{BadGlob, Exclude};
pub use ground::Ground;
pub use output::{Output, stderr, stdout};
pub use problem::{Problem, harmless};
pub use read::{canonical, read_again, read_context, read_stdin, read_text};
pub use terminal::{Stream, color, is_terminal, width};
pub use threads::{each, threads};
pub use write::{Rewrite, Unwritten, replace_all, replace_one};
