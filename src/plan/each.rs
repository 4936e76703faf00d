//! How a list is gone through. What is planned does not depend on it.

/// Somebody who goes through lists: one item after the other, or several at once.
pub trait Each {
    /// What `work` makes of each item, in the order of the items.
    fn each<T, R, W>(&self, items: &[T], work: W) -> Vec<R>
    where
        T: Sync,
        R: Send,
        W: Fn(&T) -> R + Send + Sync;
}
