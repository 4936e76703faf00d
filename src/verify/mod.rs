//! Whether every job did what was expected of it: logs and dumps held against the tree.

mod attribution;
mod first_start;
mod judge;
mod log;
mod notes;
mod outcome;
mod process_starts;
mod repair;
mod source;
mod starts;
mod status;

use self::attribution::{Attribution, Clues, Workloads};
use self::notes::Notes;
use self::process_starts::ProcessStart;
use self::starts::{How, Start};
use crate::cluster::{Dump, LiveResource};
use crate::flink::names::ApiVersion;

pub use attribution::{AttributedBy, Owner};
pub use log::{Event, Failure, Log, LogReader, Said};
pub use outcome::{AsExpected, Awaited, Evidence, Outcome, Verification, Verified};
pub use source::{SourceReader, Unusable};

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A log.
    Log(Log),
    /// A dump.
    Dump(Dump),
}

/// Something that was seen of a workload.
enum Seen<'s> {
    Start {
        source: usize,
        start: Start<'s>,
        evidence: Evidence,
    },
    Status {
        known: status::Known,
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
const ID_OF_ALL: &str = "00000000000000000000000000000000";

/// Holds what was read against what is expected. `is_lone` says that the tree has no more than one
/// workload with a job, so that what is said of a job is said of it.
pub fn verify(awaited: &[Awaited], sources: &[Source], is_lone: bool) -> Verification {
    let mut seen: Vec<Vec<Seen<'_>>> = awaited.iter().map(|_| Vec::new()).collect();
    let mut notes = Notes::default();
    let mut workloads = Workloads { awaited, jobs: Vec::new(), is_lone };
    for source in sources {
        let Source::Dump(dump) = source else { continue };
        for observed in dump.resources.iter().filter(|resource| resource.kind.is_workload()) {
            of_dump(observed, &mut workloads, &mut seen, &mut notes);
        }
    }
    let processes = process_starts::of(sources, &workloads);
    for (number, source) in sources.iter().enumerate() {
        let Source::Log(log) = source else { continue };
        of_log(number, log, (&workloads, &processes), &mut seen, &mut notes);
    }
    let mut reconcilers: Vec<String> = Vec::new();
    for source in sources {
        let Source::Log(log) = source else { continue };
        for name in log.reconcilers() {
            if !reconcilers.iter().any(|known| known == name) {
                reconcilers.push(name.to_string());
            }
        }
    }
    let has_dump = sources.iter().any(|source| matches!(source, Source::Dump(_)));
    let judged = awaited
        .iter()
        .zip(&seen)
        .map(|(awaited, seen)| judge::judge(awaited.clone(), seen, has_dump));
    let mut verdicts: Vec<Verified> = judged.collect();
    verdicts.sort_by_cached_key(|one| (one.as_expected, gravity(one), one.awaited.key.to_string()));
    Verification { verdicts, reconcilers, notes: notes.said() }
}

/// How bad it is among those that are as much as expected; all that are right are alike.
fn gravity(verified: &Verified) -> Option<usize> {
    let is_wrong = verified.as_expected != AsExpected::Yes;
    is_wrong.then(|| Outcome::ALL.iter().position(|known| *known == verified.outcome))?
}

/// True if a resource stands in the dump as operator 0.1.0 had it: it is from before the migration.
pub fn is_from_before(dump: &Dump) -> bool {
    dump.resources
        .iter()
        .any(|one| one.kind.is_workload() && one.version == Ok(ApiVersion::Preview))
}

fn of_dump<'s>(
    observed: &'s LiveResource,
    workloads: &mut Workloads<'s>,
    seen: &mut [Vec<Seen<'s>>],
    notes: &mut Notes,
) {
    let key = &observed.key;
    match workloads.with_key(key)[..] {
        [at] => {
            let (known, remarks) = status::of(observed, &workloads.awaited[at].expected);
            let job =
                observed.status.as_ref().and_then(|status| status.job_status.job_id.as_deref());
            workloads.jobs.extend(job.filter(|id| *id != ID_OF_ALL).map(|id| (id, at)));
            let evidence = Evidence {
                file: observed.place.file.to_string(),
                line: observed.place.position.line,
                text: status::text(&known),
                by: AttributedBy::Status,
            };
            seen[at].push(Seen::Status { known, notes: remarks, evidence });
        }
        [] => notes.other(&observed.place.file, &key.to_string()),
        _ => notes.ambiguous(
            &format!("{}:{}", observed.place.file, observed.place.position.line),
            &[key.to_string()],
        ),
    }
}

fn of_log<'s>(
    number: usize,
    log: &'s Log,
    (workloads, processes): (&Workloads<'s>, &[ProcessStart<'s>]),
    seen: &mut [Vec<Seen<'s>>],
    notes: &mut Notes,
) {
    // A start that is nobody's is worth a note; what only goes with one is not.
    let mut place = |said: &Said, job: Option<&str>, location: Option<&str>| {
        let is_sign =
            !matches!(said.event, Event::Starting(_) | Event::Restoring(_) | Event::NoCheckpoint);
        let clues = Clues { file: &log.name, owner: said.owner.as_ref(), job, location };
        let here = format!("{}:{}", log.name, said.line);
        match workloads.attribute(&clues) {
            Attribution::To(at, by) => {
                let text = said.text.clone();
                return Some((at, Evidence { file: log.name.clone(), line: said.line, text, by }));
            }
            _ if is_sign => {}
            Attribution::Other(key) => notes.other(&log.name, &key),
            Attribution::Ambiguous(many) => {
                let keys: Vec<String> =
                    many.iter().map(|at| workloads.awaited[*at].key.to_string()).collect();
                notes.ambiguous(&here, &keys);
            }
            Attribution::Unknown => notes.nobodys(&here),
        }
        None
    };
    for mut start in starts::of(log) {
        let location = match &start.how {
            How::From(location) | How::Kept(location) => Some(location.clone()),
            How::Empty => None,
        };
        if let Some((at, evidence)) = place(start.said, start.job, location.as_deref()) {
            process_starts::end_bare(&mut start, number, at, processes);
            seen[at].push(Seen::Start { source: number, start, evidence });
        }
    }
    for said in &log.said {
        let location = match &said.event {
            Event::Configured(location) => Some(location.as_str()),
            Event::Deployed | Event::Refused(_) | Event::Running => None,
            _ => continue,
        };
        let Some((at, evidence)) = place(said, said.job.as_deref(), location) else { continue };
        seen[at].push(match &said.event {
            Event::Configured(location) => Seen::Configured(location.clone(), evidence),
            Event::Refused(text) => Seen::Refused(text.clone(), evidence),
            Event::Running => Seen::Runs(evidence),
            _ => Seen::Deployed(evidence),
        });
    }
}
