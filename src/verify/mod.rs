//! Whether every job did what was expected of it: logs and dumps held against the tree.

mod attribution;
mod first_start;
mod input;
mod job_starts;
mod judge;
mod live_status;
mod log;
mod verdict;

use self::attribution::{Attribution, AttributionNotes, Clues, Workloads};
use self::job_starts::{JobStart, ProcessStart, StartedFrom};
use crate::cluster::LiveResource;

pub use attribution::AttributedBy;
pub use input::{UnusableInput, VerifyInput, VerifyInputReader};
pub use log::{Log, LogEvent, LogEventKind};
pub use verdict::{
    Evidence, Expectation, ExpectedWorkload, Verdict, Verification, WorkloadVerdict,
};

/// Something that was seen of a workload.
enum Observation<'s> {
    Start {
        input: usize,
        start: JobStart<'s>,
        evidence: Evidence,
    },
    Status {
        status: live_status::LiveStatus,
        notes: Vec<String>,
        evidence: Evidence,
    },
    /// The operator has deployed it.
    Deployed(Evidence),
    /// The operator has an error for it.
    Refused(String, Evidence),
    /// Its configuration names this location.
    Configured(String, Evidence),
    /// It runs.
    Runs(Evidence),
}

/// The job id of every application job of Flink 1.14 and 1.15, and of some later ones.
const SHARED_JOB_ID: &str = "00000000000000000000000000000000";

/// Holds what was read against what is expected. `is_lone` says that the tree has no more than one
/// workload with a job, so that what is said of a job is said of it.
pub fn verify(
    expected: &[ExpectedWorkload],
    inputs: &[VerifyInput],
    is_lone: bool,
) -> Verification {
    let mut observations: Vec<Vec<Observation<'_>>> = expected.iter().map(|_| Vec::new()).collect();
    let mut notes = AttributionNotes::default();
    let mut workloads = Workloads { expected, jobs: Vec::new(), is_lone };
    let mut has_dump = false;
    for dump in inputs.iter().filter_map(VerifyInput::as_dump) {
        has_dump = true;
        for resource in dump.resources.iter().filter(|resource| resource.kind.is_workload()) {
            observe_dump(resource, &mut workloads, &mut observations, &mut notes);
        }
    }
    let logs: Vec<&Log> = inputs.iter().filter_map(VerifyInput::as_log).collect();
    let processes = job_starts::process_starts(&logs, &workloads);
    let mut reconcilers: Vec<String> = Vec::new();
    for (number, log) in logs.into_iter().enumerate() {
        observe_log(number, log, (&workloads, &processes), &mut observations, &mut notes);
        for event in &log.events {
            if let LogEventKind::Registered(name) = &event.kind
                && !reconcilers.contains(name)
            {
                reconcilers.push(name.clone());
            }
        }
    }
    let mut verdicts: Vec<WorkloadVerdict> = expected
        .iter()
        .zip(&observations)
        .map(|(workload, observations)| judge::judge(workload.clone(), observations, has_dump))
        .collect();
    verdicts.sort_by_cached_key(|one| (one.expectation, rank(one), one.workload.key.to_string()));
    Verification { verdicts, reconcilers, notes: notes.into_lines() }
}

/// How bad it is among those that are as much as expected; all that are right are alike.
fn rank(verified: &WorkloadVerdict) -> Option<usize> {
    let is_wrong = verified.expectation != Expectation::Met;
    is_wrong.then(|| Verdict::ALL.iter().position(|verdict| *verdict == verified.verdict))?
}

fn observe_dump<'s>(
    resource: &'s LiveResource,
    workloads: &mut Workloads<'s>,
    observations: &mut [Vec<Observation<'s>>],
    notes: &mut AttributionNotes,
) {
    let key = &resource.key;
    match workloads.with_key(key)[..] {
        [at] => {
            let (status, remarks) =
                live_status::read(resource, &workloads.expected[at].expected_start);
            let job = resource.status.as_ref().and_then(|live| live.job_status.job_id.as_deref());
            workloads.jobs.extend(job.filter(|id| *id != SHARED_JOB_ID).map(|id| (id, at)));
            let evidence = Evidence {
                file: resource.place.file.to_string(),
                line: resource.place.position.line,
                text: live_status::to_text(&status),
                by: AttributedBy::Status,
            };
            observations[at].push(Observation::Status { status, notes: remarks, evidence });
        }
        [] => notes.add_other(&resource.place.file, &key.to_string()),
        _ => notes.add_ambiguous(
            &format!("{}:{}", resource.place.file, resource.place.position.line),
            &[key.to_string()],
        ),
    }
}

fn observe_log<'s>(
    number: usize,
    log: &'s Log,
    (workloads, processes): (&Workloads<'s>, &[ProcessStart<'s>]),
    observations: &mut [Vec<Observation<'s>>],
    notes: &mut AttributionNotes,
) {
    // A start that is nobody's is worth a note; what only goes with one is not.
    let mut place = |event: &LogEvent, job: Option<&str>, location: Option<&str>| {
        let is_sign = !matches!(
            event.kind,
            LogEventKind::Starting(_) | LogEventKind::Restoring(_) | LogEventKind::NoCheckpoint
        );
        let clues = Clues { file: &log.name, owner: event.owner.as_ref(), job, location };
        let here = format!("{}:{}", log.name, event.line);
        match workloads.attribute(&clues) {
            Attribution::To(at, by) => {
                let text = event.text.clone();
                return Some((at, Evidence { file: log.name.clone(), line: event.line, text, by }));
            }
            _ if is_sign => {}
            Attribution::Other(key) => notes.add_other(&log.name, &key),
            Attribution::Ambiguous(many) => {
                let keys: Vec<String> =
                    many.iter().map(|at| workloads.expected[*at].key.to_string()).collect();
                notes.add_ambiguous(&here, &keys);
            }
            Attribution::Unknown => notes.add_unattributed(&here),
        }
        None
    };
    for mut start in job_starts::read_starts(log) {
        let location = match &start.from {
            StartedFrom::Location(location) | StartedFrom::Retained(location) => {
                Some(location.clone())
            }
            StartedFrom::Nothing => None,
        };
        if let Some((at, evidence)) = place(start.event, start.job, location.as_deref()) {
            job_starts::fail_superseded(&mut start, number, at, processes);
            observations[at].push(Observation::Start { input: number, start, evidence });
        }
    }
    for event in &log.events {
        let location = match &event.kind {
            LogEventKind::Configured(location) => Some(location.as_str()),
            LogEventKind::Deployed | LogEventKind::Refused(_) | LogEventKind::Running => None,
            _ => continue,
        };
        let Some((at, evidence)) = place(event, event.job.as_deref(), location) else { continue };
        observations[at].push(match &event.kind {
            LogEventKind::Configured(location) => {
                Observation::Configured(location.clone(), evidence)
            }
            LogEventKind::Refused(text) => Observation::Refused(text.clone(), evidence),
            LogEventKind::Running => Observation::Runs(evidence),
            _ => Observation::Deployed(evidence),
        });
    }
}
