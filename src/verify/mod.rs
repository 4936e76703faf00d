//! Whether every job did what was expected of it: logs and dumps held against the tree.

mod attribution;
mod input;
mod job_starts;
mod judge;
mod live_status;
mod log;
mod log_stream;
mod process_starts;
mod sequence;

use self::attribution::{Attribution, AttributionNotes, Clues, Workloads};
use self::job_starts::{JobStart, StartedFrom};
use self::process_starts::ProcessStart;
use crate::cluster::LiveResource;
use crate::flink::workload::ExpectedStart;
use crate::k8s::ObjectKey;

pub use attribution::AttributedBy;
pub use input::{UnusableInput, VerifyInput, VerifyInputReader};
pub use log::{Log, LogEvent, LogEventKind};

/// A workload of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedWorkload {
    /// Its key.
    pub key: ObjectKey,
    /// Its file, as shown to people.
    pub file_name: String,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// Its `initialSavepointPath` as it is written.
    pub written_path: Option<String>,
    /// What is expected of it.
    pub expected_start: ExpectedStart,
}

/// How it ended, as far as it was seen. Which of them is right depends on what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// From the location that was expected.
    Restored,
    /// From another location, where one was expected or none.
    RestoredElsewhere,
    /// Without state.
    StartedEmpty,
    /// It was asked to start from the location that was expected. Whether it did was not seen.
    Asked,
    /// It read the state there, and was not seen to run with all of it.
    Read,
    /// It did not start.
    NotStarted,
    /// Nothing was seen of it that counts.
    NotSeen,
}

impl Verdict {
    /// Every verdict, the worst first where something else was expected.
    pub const ALL: [Verdict; 7] = [
        Verdict::RestoredElsewhere,
        Verdict::StartedEmpty,
        Verdict::NotStarted,
        Verdict::Asked,
        Verdict::Read,
        Verdict::NotSeen,
        Verdict::Restored,
    ];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Restored => "restored",
            Verdict::RestoredElsewhere => "restored-elsewhere",
            Verdict::StartedEmpty => "started-empty",
            Verdict::Asked => "asked",
            Verdict::Read => "read",
            Verdict::NotStarted => "not-started",
            Verdict::NotSeen => "not-seen",
        }
    }
}

/// Whether that is what was expected, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expectation {
    /// It is not: it runs from a state that is not its own, or from none.
    Contradicted,
    /// It is not: it does not run.
    NotMet,
    /// Nobody can say.
    Unknown,
    /// It is.
    Met,
}

/// A line of a log or a place in a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The file, as shown to people.
    pub file_name: String,
    /// Its line, from 1.
    pub line: usize,
    /// What stands there, or what it comes to.
    pub text: String,
    /// How it is known whose it is.
    pub by: AttributedBy,
}

/// What became of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadVerdict {
    /// The workload.
    pub workload: ExpectedWorkload,
    /// How it ended.
    pub verdict: Verdict,
    /// Whether that is right.
    pub expectation: Expectation,
    /// From where it started, if that is known.
    pub from: Option<String>,
    /// What was found, as a sentence without a subject.
    pub found: String,
    /// What else there is to say about it.
    pub notes: Vec<String>,
    /// What to do about it.
    pub repair: Option<String>,
    /// What that rests on, the deciding line first.
    pub evidence: Vec<Evidence>,
}

/// What became of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// One for each workload, the worst first.
    pub verdicts: Vec<WorkloadVerdict>,
    /// The controllers of the operator that were seen to start.
    pub reconcilers: Vec<String>,
    /// What could not be used, and why.
    pub notes: Vec<String>,
    /// How many starts, empty or from a location that no entry has, may be of any workload.
    pub unattributed: usize,
}

impl Verification {
    /// The worst of all; nothing if there is no workload. A start that is nobody's may be that of a workload
    /// which did well before.
    pub fn worst(&self) -> Option<Expectation> {
        let worst = self.verdicts.iter().map(|verdict| verdict.expectation).min()?;
        Some(if self.unattributed > 0 { worst.min(Expectation::Unknown) } else { worst })
    }
}

/// Something that was seen of a workload.
enum Observation<'s> {
    Start {
        input: usize,
        start: JobStart<'s>,
        evidence: Evidence,
    },
    Status {
        status: live_status::LiveStatus,
        job: live_status::LiveJob<'s>,
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
    let mut observer = Observer {
        workloads: Workloads { expected, jobs: Vec::new(), is_lone },
        observations: expected.iter().map(|_| Vec::new()).collect(),
        notes: AttributionNotes::default(),
        unattributed: 0,
    };
    let mut has_dump = false;
    for dump in inputs.iter().filter_map(VerifyInput::as_dump) {
        has_dump = true;
        for resource in dump.resources.iter().filter(|resource| resource.kind.is_workload()) {
            observer.observe_resource(resource);
        }
    }
    let logs: Vec<&Log> = inputs.iter().filter_map(VerifyInput::as_log).collect();
    observer.learn_jobs(&logs);
    let processes = process_starts::process_starts(&logs, &observer.workloads);
    let mut reconcilers: Vec<String> = Vec::new();
    for (number, log) in logs.into_iter().enumerate() {
        observer.observe_log(number, log, &processes);
        for event in &log.events {
            if let LogEventKind::Registered(name) = &event.kind
                && !reconcilers.contains(name)
            {
                reconcilers.push(name.clone());
            }
        }
    }
    let pairs = expected.iter().zip(&observer.observations);
    let mut verdicts: Vec<WorkloadVerdict> = pairs
        .map(|(workload, observations)| {
            judge::judge(workload.clone(), expected, observations, has_dump)
        })
        .collect();
    verdicts.sort_by_cached_key(|one| (one.expectation, rank(one), one.workload.key.to_string()));
    let unattributed = observer.unattributed;
    Verification { verdicts, reconcilers, notes: observer.notes.into_lines(), unattributed }
}

/// How bad it is among those that are as much as expected; all that are right are alike.
fn rank(verified: &WorkloadVerdict) -> Option<usize> {
    let is_wrong = verified.expectation != Expectation::Met;
    is_wrong.then(|| Verdict::ALL.iter().position(|verdict| *verdict == verified.verdict))?
}

/// Gathers what was seen, workload by workload.
struct Observer<'s> {
    workloads: Workloads<'s>,
    observations: Vec<Vec<Observation<'s>>>,
    notes: AttributionNotes,
    unattributed: usize,
}

impl<'s> Observer<'s> {
    fn observe_resource(&mut self, resource: &'s LiveResource) {
        let (key, place) = (&resource.key, &resource.place);
        let attribution = match self.workloads.with_key(key)[..] {
            [at] => Attribution::To(at, AttributedBy::Status),
            [] => Attribution::Other(key.to_string()),
            _ => Attribution::Ambiguous(vec![key.to_string()]),
        };
        let Attribution::To(at, by) = attribution else {
            return self.notes.add(&place.name, place.position.line, attribution);
        };
        let mut notes = Vec::new();
        let expected_start = &self.workloads.expected[at].expected_start;
        let status = live_status::read(resource, expected_start, &mut notes);
        let job = resource.status.as_ref().and_then(|live| live.job_status.job_id.as_deref());
        self.workloads.jobs.extend(job.filter(|id| *id != SHARED_JOB_ID).map(|id| (id, at)));
        let (file_name, line) = (place.name.to_string(), place.position.line);
        let evidence = Evidence { file_name, line, text: live_status::to_text(&status), by };
        let job = live_status::job(resource);
        self.observations[at].push(Observation::Status { status, job, notes, evidence });
    }

    /// Learns whose a job is by its starts: a later one has the same id, wherever it starts from.
    fn learn_jobs(&mut self, logs: &[&'s Log]) {
        for (log, start) in logs
            .iter()
            .flat_map(|log| job_starts::read_starts(log).into_iter().map(move |start| (log, start)))
        {
            let Some(job) = start.job.filter(|job| *job != SHARED_JOB_ID) else { continue };
            let location = start.from.location();
            let clues =
                Clues { job: start.job, name: start.name, location, ..clues(log, start.event) };
            if let Attribution::To(at, _) = self.workloads.attribute(&clues)
                && self.workloads.jobs.iter().all(|(known, _)| *known != job)
            {
                self.workloads.jobs.push((job, at));
            }
        }
    }

    fn observe_log(&mut self, number: usize, log: &'s Log, processes: &[ProcessStart<'s>]) {
        for mut start in job_starts::read_starts(log) {
            let location = start.from.location();
            let clues =
                Clues { job: start.job, name: start.name, location, ..clues(log, start.event) };
            let (at, by) = match self.workloads.attribute(&clues) {
                Attribution::To(at, by) => (at, by),
                attribution => {
                    self.unattributed += usize::from(self.may_be_of_any(&start, &attribution));
                    self.notes.add(&log.name, start.event.line, attribution);
                    continue;
                }
            };
            let is_of_nobody =
                start.event.owner.is_none() && !self.workloads.is_lone && by != AttributedBy::File;
            if is_of_nobody {
                // Where the head of a log is cut off, that of another job may go on behind this one
                // unseen, and all jobs of Flink 1.15 have one id.
                let begins = log.events.first().map(|event| &event.kind);
                let is_whole = begins == Some(&LogEventKind::ProcessStarted);
                let has_own_id = start.job != Some(SHARED_JOB_ID);
                start.running = start.running.filter(|one| match one.kind {
                    LogEventKind::CheckpointCompleted => has_own_id,
                    _ => is_whole,
                });
            }
            process_starts::fail_superseded(&mut start, number, at, processes);
            let evidence = evidence(log, start.event, by);
            self.observations[at].push(Observation::Start { input: number, start, evidence });
        }
        for event in &log.events {
            let location = match &event.kind {
                LogEventKind::Configured(location) => Some(location.as_str()),
                LogEventKind::Deployed
                | LogEventKind::Refused(_)
                | LogEventKind::Running(_)
                | LogEventKind::CheckpointCompleted => None,
                _ => continue,
            };
            let clues = Clues { job: event.job.as_deref(), location, ..clues(log, event) };
            let Attribution::To(at, by) = self.workloads.attribute(&clues) else { continue };
            let evidence = evidence(log, event, by);
            self.observations[at].push(match &event.kind {
                LogEventKind::Configured(location) => {
                    Observation::Configured(location.clone(), evidence)
                }
                LogEventKind::Refused(text) => Observation::Refused(text.clone(), evidence),
                LogEventKind::Deployed => Observation::Deployed(evidence),
                _ => Observation::Runs(evidence),
            });
        }
    }

    /// True if a start that is no workload's for certain may have lost the state of one: it is empty, or
    /// from a location that no entry has.
    fn may_be_of_any(&self, start: &JobStart<'_>, attribution: &Attribution) -> bool {
        if matches!(attribution, Attribution::Other(_)) {
            return false;
        }
        match &start.from {
            StartedFrom::Nothing => true,
            StartedFrom::Retained(_) => false,
            StartedFrom::Location(location) => {
                let clues = Clues { location: Some(location), ..Clues::default() };
                self.workloads.with_location(&clues).is_empty()
            }
        }
    }
}

/// What the line itself is to be attributed by.
fn clues<'c>(log: &'c Log, event: &'c LogEvent) -> Clues<'c> {
    Clues { file_name: &log.name, owner: event.owner.as_ref(), ..Clues::default() }
}

/// The line as evidence.
fn evidence(log: &Log, event: &LogEvent, by: AttributedBy) -> Evidence {
    let (file_name, text) = (log.name.clone(), event.text.clone());
    Evidence { file_name, line: event.line, text, by }
}
