//! How many threads work, and how they share a list.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

use rayon::prelude::*;

use crate::plan::Each;

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
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let count = threads(None);
    if items.len() < 2 || count == 1 {
        return items.iter().map(work).collect();
    }
    let pool = POOL.get_or_init(|| rayon::ThreadPoolBuilder::new().num_threads(count).build().ok());
    match pool {
        Some(pool) => pool.install(|| items.par_iter().map(work).collect()),
        None => items.iter().map(work).collect(),
    }
}

/// All threads of the run together.
#[derive(Clone, Copy, Debug)]
pub struct AllCores;

impl Each for AllCores {
    fn each<T, R, W>(&self, items: &[T], work: W) -> Vec<R>
    where
        T: Sync,
        R: Send,
        W: Fn(&T) -> R + Send + Sync,
    {
        each(items, work)
    }
}
