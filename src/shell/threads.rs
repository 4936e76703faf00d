//! How many threads work, and how they share a list.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

use rayon::prelude::*;

/// Set once: the number of threads of this run.
static THREADS: OnceLock<usize> = OnceLock::new();

/// The number of threads of this run: what is wanted the first time somebody asks, else what the
/// machine runs at once.
pub fn threads(wanted: Option<usize>) -> usize {
    *THREADS.get_or_init(|| {
        wanted.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
    })
}

/// What `work` makes of each item, in the order of the items. A single item is not worth a thread.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    if items.len() < 2 || threads(None) == 1 {
        return items.iter().map(work).collect();
    }
    in_pool(|| items.par_iter().map(&work).collect())
}

/// What `work` returns on a thread of the pool, which it may share its work with.
pub fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let count = threads(None);
    let pool = POOL.get_or_init(|| rayon::ThreadPoolBuilder::new().num_threads(count).build().ok());
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
