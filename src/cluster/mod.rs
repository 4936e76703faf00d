//! What the cluster says, and whether to believe it.
//!
//! A dump is what `kubectl get … -o json` or `-o yaml` prints. Serde reads it into [`LiveResource`], which
//! has the fields that somebody asks for; no tree of a dump is built, because that of a large cluster
//! is one document of hundreds of megabytes.

mod clock;
mod collect;
mod dump;
mod live_resource;
mod savepoint_map;
#[cfg(test)]
mod tests;
mod trust;

pub use clock::{Clock, Moment};
pub use collect::{CollectedSavepoint, collect};
pub use dump::{Dump, contradictions, is_dump, is_manifest, read_dump};
pub use live_resource::{
    Job, JobStatus, LastSpec, LiveResource, OperatorStatus, OwnerLabels, Reconciliation, Savepoint,
    SavepointInfo, Snapshot,
};
pub use savepoint_map::{apply_answers, savepoint_map};
pub use trust::{Judge, StateTrust};
