//! Whether every job did what was expected of it: logs and dumps held against the tree.

mod judge;
mod starts;
mod status;
mod whose;

use std::collections::{BTreeMap, BTreeSet};

use self::starts::{How, Start};
use self::whose::{Directory, Hints, Whose};
use super::log::{Event, Log, Said};
use super::{Dump, Kind, Observed, Version};
use crate::gitops::Key;

pub use whose::By;

/// What is expected of a workload once it is deployed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Its job starts from this location.
    From(String),
    /// Its job starts without state.
    Empty,
    /// It is parked: its job does not start.
    Parked,
    /// It has no job.
    NoJob,
    /// Nobody knows; why, as the end of a sentence.
    Open(String),
}

/// A workload of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Its key.
    pub key: Key,
    /// Its file, as shown to people.
    pub file: String,
    /// Line of its manifest, from 1.
    pub line: usize,
    /// What is expected of it.
    pub expected: Expected,
}

/// How it ended, as far as it was seen. Which of them is right depends on what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// From the location that was expected.
    Restored,
    /// From another location, where one was expected or none.
    RestoredElsewhere,
    /// Without state.
    StartedEmpty,
    /// It was asked to start from the location that was expected. Whether it did was not seen.
    Asked,
    /// It did not start.
    NotStarted,
    /// Nothing was seen of it that counts.
    NotSeen,
}

impl Outcome {
    /// Every outcome, the worst first where something else was expected.
    pub const ALL: [Outcome; 6] = [
        Outcome::RestoredElsewhere,
        Outcome::StartedEmpty,
        Outcome::NotStarted,
        Outcome::Asked,
        Outcome::NotSeen,
        Outcome::Restored,
    ];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Restored => "restored",
            Outcome::RestoredElsewhere => "restored-elsewhere",
            Outcome::StartedEmpty => "started-empty",
            Outcome::Asked => "asked",
            Outcome::NotStarted => "not-started",
            Outcome::NotSeen => "not-seen",
        }
    }
}

/// Whether that is what was expected, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AsExpected {
    /// It is not: it runs from a state that is not its own, or from none.
    Wrong,
    /// It is not: it does not run.
    No,
    /// Nobody can say.
    Open,
    /// It is.
    Yes,
}

/// A line of a log or a place in a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The file, as shown to people.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What stands there, or what it comes to.
    pub text: String,
    /// How it is known whose it is.
    pub by: By,
}

/// What became of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The workload.
    pub awaited: Awaited,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether that is right.
    pub as_expected: AsExpected,
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
    pub verdicts: Vec<Verified>,
    /// The controllers of the operator that were seen to start.
    pub reconcilers: Vec<String>,
    /// What could not be used, and why.
    pub notes: Vec<String>,
}

impl Verification {
    /// The worst of all; nothing if there is no workload.
    pub fn worst(&self) -> Option<AsExpected> {
        self.verdicts.iter().map(|verdict| verdict.as_expected).min()
    }
}

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
    let mut directory = Directory { awaited, jobs: Vec::new(), is_lone };
    for source in sources {
        let Source::Dump(dump) = source else { continue };
        for observed in dump.resources.iter().filter(|resource| is_workload(resource)) {
            of_dump(observed, &mut directory, &mut seen, &mut notes);
        }
    }
    for (number, source) in sources.iter().enumerate() {
        let Source::Log(log) = source else { continue };
        of_log(number, log, &directory, &mut seen, &mut notes);
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

fn is_workload(observed: &Observed) -> bool {
    matches!(observed.kind, Kind::FlinkDeployment | Kind::FlinkSessionJob)
}

/// True if a resource stands in the dump as operator 0.1.0 had it: it is from before the migration.
pub fn is_from_before(dump: &Dump) -> bool {
    dump.resources.iter().any(|one| is_workload(one) && one.version == Version::Preview)
}

fn of_dump<'s>(
    observed: &'s Observed,
    directory: &mut Directory<'s>,
    seen: &mut [Vec<Seen<'s>>],
    notes: &mut Notes,
) {
    let key = Key { namespace: observed.namespace.clone(), name: observed.name.clone() };
    match directory.called(&key)[..] {
        [at] => {
            let (known, remarks) = status::of(observed, &directory.awaited[at].expected);
            let job =
                observed.status.as_ref().and_then(|status| status.job_status.job_id.as_deref());
            directory.jobs.extend(job.filter(|id| *id != ID_OF_ALL).map(|id| (id, at)));
            let evidence = Evidence {
                file: observed.place.file.to_string(),
                line: observed.place.position.line,
                text: status::text(&known),
                by: By::Status,
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
    directory: &Directory<'s>,
    seen: &mut [Vec<Seen<'s>>],
    notes: &mut Notes,
) {
    // A start that is nobody's is worth a note; what only goes with one is not.
    let mut place = |said: &Said, job: Option<&str>, location: Option<&str>| {
        let is_sign =
            !matches!(said.event, Event::Starting(_) | Event::Restoring(_) | Event::NoCheckpoint);
        let hints = Hints { file: &log.name, owner: said.owner.as_ref(), job, location };
        let here = format!("{}:{}", log.name, said.line);
        match directory.whose(&hints) {
            Whose::Of(at, by) => {
                let text = said.text.clone();
                return Some((at, Evidence { file: log.name.clone(), line: said.line, text, by }));
            }
            _ if is_sign => {}
            Whose::Other(key) => notes.other(&log.name, &key),
            Whose::Any(many) => {
                let keys: Vec<String> =
                    many.iter().map(|at| directory.awaited[*at].key.to_string()).collect();
                notes.ambiguous(&here, &keys);
            }
            Whose::Nobodys => notes.nobodys(&here),
        }
        None
    };
    for start in starts::of(log) {
        let location = match &start.how {
            How::From(location) | How::Kept(location) => Some(location.as_str()),
            How::Empty => None,
        };
        if let Some((at, evidence)) = place(start.said, start.job, location) {
            seen[at].push(Seen::Start { source: number, start: start.clone(), evidence });
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

/// What could not be used, gathered so that a thousand lines of one kind are one note.
#[derive(Default)]
struct Notes {
    others: BTreeMap<String, BTreeSet<String>>,
    ambiguous: BTreeMap<Vec<String>, Vec<String>>,
    nobodys: Vec<String>,
}

impl Notes {
    fn other(&mut self, file: &str, key: &str) {
        self.others.entry(file.to_string()).or_default().insert(key.to_string());
    }

    fn ambiguous(&mut self, place: &str, keys: &[String]) {
        self.ambiguous.entry(keys.to_vec()).or_default().push(place.to_string());
    }

    fn nobodys(&mut self, place: &str) {
        self.nobodys.push(place.to_string());
    }

    fn said(self) -> Vec<String> {
        let mut notes = Vec::new();
        for (keys, places) in self.ambiguous {
            let what = format!("may be of {}", keys.join(" or of "));
            notes.push(format!("{} {what}; {HOW_TO_TELL}", counted(&places)));
        }
        if !self.nobodys.is_empty() {
            let places = counted(&self.nobodys);
            notes.push(format!(
                "{places} names no workload, and nothing else tells whose it is; {HOW_TO_TELL}"
            ));
        }
        for (file, keys) in self.others {
            let named: Vec<&str> = keys.iter().take(NAMED).map(String::as_str).collect();
            let more = match keys.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let are = if keys.len() == 1 { "is" } else { "are" };
            let named = named.join(", ");
            notes.push(format!("{file}: {named}{more} {are} not among what is verified"));
        }
        notes
    }
}

/// So many of those that are not looked at are named.
const NAMED: usize = 5;

const HOW_TO_TELL: &str =
    "take the log with `kubectl logs --prefix`, or name the file after the workload";

/// The first of these places, and how many there are.
fn counted(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => format!("{one}:"),
        [first, rest @ ..] => format!("{first} and {} more:", rest.len()),
    }
}
