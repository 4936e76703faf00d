//! How many threads a run has.

use std::num::NonZero;
use std::thread;

/// What `work` returns, on as many threads as are wanted; else on those of the process, as many as
/// the machine runs at once, which start when they are needed.
pub fn with_threads<R: Send>(wanted: Option<usize>, work: impl FnOnce() -> R + Send) -> R {
    let build = |count| rayon::ThreadPoolBuilder::new().num_threads(count).build().ok();
    match wanted.and_then(build) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// The number of threads of this run.
pub(crate) fn thread_count() -> usize {
    if rayon::current_thread_index().is_some() {
        return rayon::current_num_threads();
    }
    thread::available_parallelism().map_or(1, NonZero::get)
}
