//! Work on many files at once. The threads are those of the pool in which the caller runs, else of
//! the pool of the process.

use rayon::prelude::*;

/// What `work` makes of each item, in the order of the items. A single item is not worth a thread.
pub fn par_map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(work).collect();
    }
    items.par_iter().map(work).collect()
}

/// What `work` returns on a thread of a pool, which it may share its work with.
pub fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}
