//! What the cluster says, and whether to believe it.
//!
//! A dump is what `kubectl get … -o json` or `-o yaml` prints. Serde reads it into [`LiveResource`], which
//! has the fields that somebody asks for; no tree of a dump is built, because that of a large cluster
//! is one document of hundreds of megabytes.

mod answers;
mod clock;
mod dump;
mod foreign;
mod harvest;
mod map;
mod observed;
#[cfg(test)]
mod samples;
mod trust;

pub use answers::answered;
pub use clock::{Clock, Moment};
pub use dump::{Dump, contradictions, is_dump, is_manifest, read_dump};
pub use harvest::{Judged, harvest};
pub use map::savepoint_map;
pub use observed::{
    Job, JobStatus, LastSpec, LiveResource, Marks, Place, Reconciliation, Savepoint, SavepointInfo,
    Snapshot, Status,
};
pub use trust::{Judge, Verdict};
