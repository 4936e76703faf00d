//! The only room with windows: finds, reads and writes files.

mod clock;
mod discover;
mod exclude;
mod ground;
mod output;
mod problem;
mod progress;
mod read;
mod stdin;
mod terminal;
mod threads;
mod through;
mod walk;
mod write;

pub use clock::now;
pub use discover::{Discovery, Found, Role, Search};
pub use exclude::{BadGlob, Exclude};
pub use ground::Ground;
pub use output::{Output, stderr, stdout};
pub use problem::{Problem, harmless};
pub use progress::Progress;
pub use read::{canonical, read_again, read_context, read_text};
pub use stdin::{read_stdin, read_stdin_bytes};
pub use terminal::{Stream, color, is_terminal, is_typed, width};
pub use threads::{each, in_pool, threads};
pub use through::read_through;
pub use write::{Rewrite, Unwritten, replace_all, replace_one, replace_writable};
