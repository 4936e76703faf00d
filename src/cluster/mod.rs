//! What the cluster says, and whether to believe it.
//!
//! A dump is what `kubectl get … -o json` or `-o yaml` prints. It is read event by event into
//! [`Observed`], which holds what anybody asks of a resource and nothing else; no tree of it is
//! ever built, because one dump of a large cluster is one document of hundreds of megabytes.

mod clock;
mod dump;
mod log;
mod observed;
mod verify;

pub use clock::{Clock, Moment};
pub use dump::{Dump, read_dump};
pub use observed::{
    Job, JobStatus, Kind, LastSpec, Marks, Observed, Place, Reconciliation, Savepoint,
    SavepointInfo, Snapshot, Status, Version,
};
pub use log::{Event, Failure, Log, LogReader, Owner, Said};
pub use verify::{
    AsExpected, Awaited, By, Evidence, Expected, Outcome, Source, Verdict, Verification,
    is_from_before, verify,
};
