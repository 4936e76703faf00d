//! What role a document plays in its tree, and which workloads it becomes.

mod index;

pub use index::{Index, Survey};
