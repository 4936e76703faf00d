//! What the cluster says, and whether to believe it.
//!
//! A dump is what `kubectl get … -o json` or `-o yaml` prints. Serde reads it into [`Observed`], which
//! has the fields that somebody asks for; no tree of a dump is built, because that of a large cluster
//! is one document of hundreds of megabytes.

mod answers;
mod attribution;
mod clock;
mod dump;
mod foreign;
mod harvest;
mod log;
mod map;
mod observed;
#[cfg(test)]
mod samples;
mod source;
mod trust;
mod verify;

pub use answers::answered;
pub use attribution::{AttributedBy, Owner};
pub use clock::{Clock, Moment};
pub use dump::{Dump, contradictions, is_dump, is_manifest, read_dump};
pub use harvest::{Judged, harvest};
pub use log::{Event, Failure, Log, LogReader, Said};
pub use map::savepoint_map;
pub use observed::{
    Job, JobStatus, LastSpec, Marks, Observed, Place, Reconciliation, Savepoint, SavepointInfo,
    Snapshot, Status,
};
pub use source::{SourceReader, Unusable};
pub use trust::{Judge, Verdict};
pub use verify::{
    AsExpected, Awaited, Evidence, Outcome, Source, Verification, Verified, is_from_before, verify,
};
