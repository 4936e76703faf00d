//! What to do about a job that did not do what was expected of it.
//!
//! From operator 1.8 on a new `savepointRedeployNonce` cancels the job as a stateless one, with what high
//! availability has kept, and deploys it from its path (`redeployWithSavepoint` of
//! `AbstractJobReconciler.java`, 1.8.0). Up to 1.3 the path
//! of a first deployment that failed is not kept (1.3.0), so that the next start is empty.

use super::{Expectation, Verdict};
use crate::flink::workload::ExpectedStart;

/// What to do; nothing if nothing has to be done or nobody knows what. `is_kept` says that high
/// availability had kept the state that it went on from, or that its first start was not seen.
pub(crate) fn suggest(
    verdict: Verdict,
    expectation: Expectation,
    is_kept: bool,
    expected: &ExpectedStart,
) -> Option<String> {
    let again = |location: &str| {
        format!(
            "create it again with `initialSavepointPath: {location}`; from operator 1.8 on a new \
             `savepointRedeployNonce` beside that path is enough"
        )
    };
    match (expectation, expected) {
        (Expectation::Unknown, ExpectedStart::From(location)) if is_kept => Some(format!(
            "give the log of its first start as well; if this is it, delete it, wait until nothing of its \
             high availability is left, and {}",
            again(location)
        )),
        (Expectation::Contradicted, ExpectedStart::From(location)) => {
            Some(format!("delete it and {}", again(location)))
        }
        (Expectation::Contradicted, ExpectedStart::Empty) => Some(
            "if this is its first start, delete it and create it again without `initialSavepointPath`, \
             once nothing of its high availability is left"
                .into(),
        ),
        (Expectation::Contradicted, ExpectedStart::Parked) => {
            Some("suspend it, or say in the configuration that it runs".into())
        }
        (Expectation::NotMet, ExpectedStart::From(_)) => Some(
            "mend the cause, then delete it and create it again with its path: up to operator 1.3 a change \
             in place starts it empty"
                .into(),
        ),
        (Expectation::Unknown, ExpectedStart::From(_)) if verdict != Verdict::Asked => {
            Some("give the log of its JobManager from its first start on".into())
        }
        _ => None,
    }
}
