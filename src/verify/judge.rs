//! What became of one workload, from all that was seen of it, and what to do about it.

use super::live_status::{LiveJob, LiveStatus};
use super::sequence;
use super::{Evidence, Expectation, ExpectedWorkload, Observation, Verdict, WorkloadVerdict};
use crate::flink::location::same_location;
use crate::flink::workload::ExpectedStart;

/// What one observation comes to.
pub(crate) struct DetailedVerdict {
    pub(crate) verdict: Verdict,
    pub(crate) expectation: Expectation,
    pub(crate) from: Option<String>,
    pub(crate) found: String,
    /// High availability had kept the state, or the log begins after the first start.
    pub(crate) is_kept: bool,
    /// It is the last word of a log, that it failed or left out a part, which no dump answers.
    pub(crate) is_last_word: bool,
    /// The id of the job in the log, where a dump may say how far it has come since.
    pub(crate) job: Option<String>,
    pub(crate) evidence: Vec<Evidence>,
}

/// The verdict on one of all workloads; `has_dump` says that a dump could have held it. Of what contradicts
/// itself the worse counts, unless a log says which came first.
pub(crate) fn judge(
    workload: ExpectedWorkload,
    all: &[ExpectedWorkload],
    observations: &[Observation<'_>],
    has_dump: bool,
) -> WorkloadVerdict {
    let expected = &workload.expected_start;
    let mut notes: Vec<String> = Vec::new();
    let mut verdicts: Vec<DetailedVerdict> = sequence::verdicts(observations, &workload, all);
    for observation in observations {
        if let Observation::Status { status, job, notes: more, evidence } = observation {
            for verdict in &mut verdicts {
                verdict.follow(job, evidence);
            }
            verdicts.push(from_status(status, expected, evidence));
            notes.extend(more.iter().cloned());
        }
    }
    if verdicts.iter().all(|verdict| verdict.verdict == Verdict::NotSeen) {
        verdicts.extend(from_signs(observations, expected));
    }
    notes.extend(sequence::notes(observations, expected));
    // What is right and seen counts before what is only open; what is wrong before everything, and so is
    // that it failed, or has left its savepoint.
    verdicts.sort_by_key(|verdict| match (verdict.expectation, verdict.verdict) {
        (Expectation::Contradicted, _) => 0,
        (Expectation::NotMet, _) if verdict.is_last_word => 1,
        (Expectation::Unknown, Verdict::RestoredElsewhere) => 2,
        (Expectation::Unknown, _) if verdict.is_last_word => 3,
        (Expectation::Met, _) => 4,
        (Expectation::NotMet, _) => 5,
        (Expectation::Unknown, Verdict::Read) => 6,
        (Expectation::Unknown, Verdict::Asked) => 7,
        (Expectation::Unknown, _) => 8,
    });
    let mut verdicts = verdicts.into_iter();
    let mut worst = verdicts.next().unwrap_or_else(|| not_observed(expected, has_dump));
    worst.evidence.extend(verdicts.flat_map(|verdict| verdict.evidence));
    if let ExpectedStart::Open(why) = expected {
        worst.expectation = Expectation::Unknown;
        notes.insert(0, format!("it is unknown what to expect: {why}"));
    }
    let repair = repair(&worst, expected);
    let DetailedVerdict { verdict, expectation, from, found, evidence, .. } = worst;
    WorkloadVerdict { workload, verdict, expectation, from, found, notes, repair, evidence }
}

const RESTORED: &str = "restored from its savepoint";

impl DetailedVerdict {
    fn new(
        verdict: Verdict,
        expectation: Expectation,
        found: impl Into<String>,
        evidence: Option<&Evidence>,
    ) -> DetailedVerdict {
        let evidence = evidence.cloned().into_iter().collect();
        let found = found.into();
        let (is_kept, is_last_word) = (false, false);
        let (from, job) = (None, None);
        DetailedVerdict { verdict, expectation, from, found, is_kept, is_last_word, job, evidence }
    }

    /// It is unknown whether it is as expected.
    pub(crate) fn set_unknown(&mut self, verdict: Verdict, found: &str) {
        (self.verdict, self.expectation) = (verdict, Expectation::Unknown);
        self.found = found.to_string();
    }

    /// What a dump says of the job that a log was about: that it runs with what it has read, or failed.
    fn follow(&mut self, job: &LiveJob, evidence: &Evidence) {
        let is_same = self.job.is_some() && self.job.as_deref() == job.id();
        match job {
            LiveJob::Runs(_) if is_same && self.verdict == Verdict::Read => {
                (self.verdict, self.expectation) = (Verdict::Restored, Expectation::Met);
                self.found = RESTORED.to_string();
            }
            LiveJob::Failed(_) if is_same => {
                (self.verdict, self.expectation) = (Verdict::NotStarted, Expectation::NotMet);
                self.is_last_word = true;
                self.found = "was told to start from its savepoint, and has failed since".into();
            }
            _ => return,
        }
        self.evidence.push(evidence.clone());
    }

    pub(crate) fn started_from(
        location: &str,
        expected: &ExpectedStart,
        evidence: &Evidence,
    ) -> DetailedVerdict {
        let is_met = matches!(expected, ExpectedStart::From(it) if same_location(location, it));
        let (verdict, expectation) = if is_met {
            (Verdict::Restored, Expectation::Met)
        } else {
            (Verdict::RestoredElsewhere, Expectation::Contradicted)
        };
        let found = match expected {
            ExpectedStart::From(_) if is_met => RESTORED.to_string(),
            ExpectedStart::From(_) => format!("started from another location, {location}"),
            ExpectedStart::Parked => format!("is parked, and started from {location}"),
            ExpectedStart::Empty => {
                format!("was to start without state, and started from {location}")
            }
            ExpectedStart::NoJob | ExpectedStart::Open(_) => format!("started from {location}"),
        };
        let new = DetailedVerdict::new(verdict, expectation, found, Some(evidence));
        DetailedVerdict { from: Some(location.to_string()), ..new }
    }

    pub(crate) fn started_empty(expected: &ExpectedStart, evidence: &Evidence) -> DetailedVerdict {
        let (expectation, found) = match expected {
            ExpectedStart::Empty => (Expectation::Met, "started without state"),
            ExpectedStart::Parked => {
                (Expectation::Contradicted, "is parked, and started without state")
            }
            _ => (Expectation::Contradicted, "started without state"),
        };
        DetailedVerdict::new(Verdict::StartedEmpty, expectation, found, Some(evidence))
    }

    pub(crate) fn failed(found: String, evidence: &Evidence) -> DetailedVerdict {
        DetailedVerdict::new(Verdict::NotStarted, Expectation::NotMet, found, Some(evidence))
    }

    /// It was told to start from here; what came of it was not seen.
    fn requested(
        location: &str,
        expected: &ExpectedStart,
        evidence: &Evidence,
        how: &str,
    ) -> DetailedVerdict {
        let mut verdict = DetailedVerdict::started_from(location, expected, evidence);
        if verdict.expectation == Expectation::Met {
            let found = format!(
                "{how} to start from its savepoint; the log of its JobManager shows whether it did"
            );
            let (verdict, expectation) = (Verdict::Asked, Expectation::Unknown);
            return DetailedVerdict::new(verdict, expectation, found, Some(evidence));
        }
        verdict.found = match expected {
            ExpectedStart::From(_) => format!("{how} to start from another location, {location}"),
            _ => format!("{how} to start from {location}"),
        };
        verdict
    }

    fn not_seen(found: impl Into<String>, evidence: Option<&Evidence>) -> DetailedVerdict {
        DetailedVerdict::new(Verdict::NotSeen, Expectation::Unknown, found, evidence)
    }
}

fn from_status(
    status: &LiveStatus,
    expected: &ExpectedStart,
    evidence: &Evidence,
) -> DetailedVerdict {
    match status {
        LiveStatus::From(location) => {
            let mut verdict = DetailedVerdict::started_from(location, expected, evidence);
            if verdict.expectation == Expectation::Met {
                // That high availability had kept a checkpoint is in no dump.
                verdict.found += ", by the dump alone";
            }
            verdict
        }
        LiveStatus::Again { is_certain } => {
            let mut verdict = DetailedVerdict::started_empty(expected, evidence);
            verdict.found = "was deployed without state, after its first start".to_string();
            if !is_certain {
                let found = "was last deployed in mode stateless; its status does not tell whether \
                             that was its first start";
                verdict.set_unknown(Verdict::Asked, found);
                verdict.is_last_word = true;
            }
            verdict
        }
        LiveStatus::Empty => DetailedVerdict::started_empty(expected, evidence),
        LiveStatus::Asked(location) => {
            DetailedVerdict::requested(location, expected, evidence, "was deployed")
        }
        LiveStatus::NotStarted(why) => {
            let mut verdict = DetailedVerdict::failed(format!("did not start: {why}"), evidence);
            if matches!(expected, ExpectedStart::Parked | ExpectedStart::NoJob) {
                verdict.expectation = Expectation::Met;
            }
            verdict
        }
        LiveStatus::Nothing(why) => {
            DetailedVerdict::not_seen(format!("was not seen: {why}"), Some(evidence))
        }
    }
}

/// What is no start, but says something where nothing else does.
fn from_signs(observations: &[Observation<'_>], expected: &ExpectedStart) -> Vec<DetailedVerdict> {
    let has_started = observations.iter().any(|one| matches!(one, Observation::Start { .. }));
    // An error counts unless the operator deployed it once the error was gone.
    let is_gone = |error: &Evidence| {
        observations.iter().any(|one| match one {
            Observation::Deployed(deployed) => {
                deployed.file_name == error.file_name && deployed.line > error.line
            }
            _ => false,
        })
    };
    // One of a kind says as much as all of them.
    let mut verdicts: Vec<DetailedVerdict> = Vec::new();
    for observation in observations {
        let verdict = match observation {
            Observation::Refused(text, evidence) if !has_started && !is_gone(evidence) => {
                let found = format!("was not seen to start; the operator reports an error: {text}");
                DetailedVerdict::failed(found, evidence)
            }
            Observation::Configured(location, evidence) => {
                DetailedVerdict::requested(location, expected, evidence, "is configured")
            }
            Observation::Runs(evidence) => {
                let found = "runs; this log does not show what it started from";
                DetailedVerdict::not_seen(found, Some(evidence))
            }
            Observation::Deployed(evidence) => {
                let found = "was deployed; the log of its JobManager shows what it started from";
                DetailedVerdict::not_seen(found, Some(evidence))
            }
            _ => continue,
        };
        if !verdicts.iter().any(|other| other.found == verdict.found) {
            verdicts.push(verdict);
        }
    }
    verdicts
}

/// The verdict on a workload of which nothing was seen.
fn not_observed(expected: &ExpectedStart, has_dump: bool) -> DetailedVerdict {
    let found = match expected {
        ExpectedStart::Parked => "is parked, and was not seen to start",
        ExpectedStart::NoJob => "has no job: a session cluster",
        _ if has_dump => {
            return DetailedVerdict::not_seen("was not seen, and is not in a dump", None);
        }
        _ => return DetailedVerdict::not_seen("was not seen", None),
    };
    DetailedVerdict::new(Verdict::NotStarted, Expectation::Met, found, None)
}

/// What to do; nothing if nothing has to be done or nobody knows what.
///
/// From operator 1.8 on a new `savepointRedeployNonce` cancels the job as a stateless one, with what high
/// availability has kept, and deploys it from its path (`redeployWithSavepoint` of
/// `AbstractJobReconciler.java`, 1.8.0). Up to 1.3.0 the path of a first deployment that failed is not
/// kept, so that the next start is empty (`AbstractFlinkResourceReconciler.java`, 1.3.0 and 1.3.1).
fn repair(verdict: &DetailedVerdict, expected: &ExpectedStart) -> Option<String> {
    let again = |location: &str| {
        format!(
            "create it again with `initialSavepointPath: {location}`; from operator 1.8 on a new \
             `savepointRedeployNonce` next to that path is enough"
        )
    };
    Some(match (verdict.expectation, expected) {
        (Expectation::Unknown, ExpectedStart::From(location))
            if verdict.verdict == Verdict::RestoredElsewhere =>
        {
            format!(
                "if it is the savepoint of a later upgrade, verify with the log of its first start \
                 alone; else delete it and {}",
                again(location)
            )
        }
        (Expectation::Unknown, ExpectedStart::From(_)) if verdict.verdict == Verdict::Read => {
            "give its whole log once it has completed a checkpoint, or add the output of `kubectl \
             get flinkdeployments -A -o json`"
                .into()
        }
        (Expectation::Unknown, ExpectedStart::From(location)) if verdict.is_kept => format!(
            "give the log of its first start as well; if this is it, delete it, wait until its \
             high-availability metadata is gone, and {}",
            again(location)
        ),
        (Expectation::Contradicted, ExpectedStart::From(location)) => {
            format!("delete it and {}", again(location))
        }
        (Expectation::Contradicted, ExpectedStart::Empty) => {
            "if this is its first start, delete it and create it again without `initialSavepointPath`, \
             once its high-availability metadata is gone"
                .into()
        }
        (Expectation::Contradicted, ExpectedStart::Parked) => {
            "suspend it, or say in the configuration that it runs".into()
        }
        (Expectation::NotMet, ExpectedStart::From(_)) => {
            "fix the cause, then delete it and create it again with its path: up to operator \
             1.3.0 a change in place starts it empty"
                .into()
        }
        (Expectation::Unknown, ExpectedStart::From(_)) if verdict.verdict != Verdict::Asked => {
            "give the log of its JobManager from its first start on".into()
        }
        _ => return None,
    })
}
