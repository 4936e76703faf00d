//! From where a job is to start at its first deployment after the migration.

/// What is expected of a workload's next first deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedStart {
    /// Its job starts from this location.
    From(String),
    /// Its job starts without state, and somebody said that it may, or it keeps none.
    Empty,
    /// Its job is suspended, not for the migration, and nobody said that it is to run: it does not
    /// start.
    Parked,
    /// It has no job: a session cluster.
    NoJob,
    /// Nothing says from where, or two things do; why, as the end of a sentence.
    Open(String),
}
