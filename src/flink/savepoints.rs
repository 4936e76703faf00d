//! The savepoint map: which job's state lies where.

/// Every entry of every map of a run.
#[derive(Clone, Debug, Default)]
pub struct SavepointMap {}
