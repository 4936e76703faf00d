//! One run: find and read, decide, show or write.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::outcome::Status;
use super::settings::{Input, Settings, Verb};
use super::tree::{self, Kept, Tree};
use super::{show, stream, talk, unmatched};
use crate::plan::{self, Changeset, FileOutcome, Outcome, Unit};
use crate::report;
use crate::rules::Facts;
use crate::shell::{self, Found, Problem, Progress, Rewrite, Unwritten};

/// Runs, says what there is to say, and tells how it ended.
pub(super) fn run(mut settings: Settings) -> Status {
    let input = std::mem::replace(&mut settings.input, Input::StreamLeftOut);
    match input {
        Input::Paths(paths) => match decide(&mut settings, &paths) {
            Ok(decided) => act(&settings, &decided),
            Err(problems) => {
                talk::say_each("", &problems);
                Status::Failed
            }
        },
        Input::Stream(name) => stream::run(&mut settings, Some(&name)),
        Input::StreamLeftOut => stream::run(&mut settings, None),
    }
}

/// What a run over files came to.
struct Decided {
    changeset: Changeset,
    /// Where each file that was judged lies, by its path in the changeset.
    places: BTreeMap<String, Place>,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

/// Where a file lies, and what must hold it for it to be written.
struct Place {
    path: PathBuf,
    within: Arc<[PathBuf]>,
}

/// Reads everything, then judges each file in the light of the whole. No text is kept between the
/// two: a file is read again, and must be what it was.
fn decide(settings: &mut Settings, paths: &[PathBuf]) -> Result<Decided, Vec<Problem>> {
    let progress = Progress::new(settings.basis.talk.quiet);
    let Tree { targets, read: files_read, problems, mut notes, all_judged, .. } =
        tree::read(&mut settings.basis, paths, &progress)?;
    progress.start_judging(targets.len());
    let plans = shell::each(&targets, |file| {
        let plan = planned(file, &settings.basis.facts, settings.context);
        progress.file_done();
        plan
    });
    let mut changeset = Changeset {
        files_read,
        unreadable: problems.len(),
        step: settings.basis.facts.step,
        ..Changeset::default()
    };
    let mut places = BTreeMap::new();
    let mut changed_meanwhile = Vec::new();
    for (plan, file) in plans.into_iter().zip(targets) {
        match plan {
            Ok(None) => {}
            Ok(Some(plan)) => {
                places.insert(plan.path.clone(), Place { path: file.path, within: file.within });
                changeset.files.push(plan);
            }
            Err(problem) => changed_meanwhile.push(problem),
        }
    }
    if !changed_meanwhile.is_empty() {
        // What the tree said is no longer true, and every decision rests on it.
        return Err(changed_meanwhile);
    }
    changeset.files = plan::with_remarks(changeset.files, &settings.basis.facts, problems.len());
    notes.extend(unmatched::notes(&settings.basis, &changeset, all_judged));
    Ok(Decided { changeset, places, problems, notes })
}

fn planned(
    file: &Found<Kept>,
    facts: &Facts,
    context: usize,
) -> Result<Option<FileOutcome>, Problem> {
    let bytes = tree::again(file)?;
    Ok(plan::plan_file(&file.name, &bytes, &file.told.readings, facts, context, Unit::File))
}

/// Why a run that could have failed or written something did not.
const WAITING: &str = "nothing was written and the status is 0, because the step is yet to come; when the \
    migration begins, set `step` in flink-migrate.toml to `suspend`, and then to `convert`";

/// Shows or writes what was decided.
fn act(settings: &Settings, decided: &Decided) -> Status {
    let changeset = &decided.changeset;
    let mut status = Status::of(changeset.outcome(), false, settings.threshold);
    if !decided.problems.is_empty() {
        status = Status::Failed;
    }
    if let Err(failed) = show::reports(settings, changeset) {
        return failed;
    }
    match settings.verb {
        Verb::Diff => status = status.max(show::diff(settings, changeset)),
        Verb::Check(format) => status = status.max(show::findings(settings, changeset, format)),
        Verb::Announce => show::say_findings(settings, changeset),
        Verb::Write | Verb::WriteSound => {
            show::say_findings(settings, changeset);
            status = match write(settings, decided) {
                Ok(Written { is_done, unwritable }) => {
                    let ended = Status::of(changeset.outcome(), is_done, settings.threshold);
                    talk::say_each("", &unwritable);
                    let failed = !unwritable.is_empty() || !decided.problems.is_empty();
                    if failed { Status::Failed } else { ended }
                }
                Err(unwritten) => {
                    talk::say_each("", &unwritten.problems);
                    talk::say(&unfinished(&unwritten));
                    Status::Failed
                }
            };
        }
    }
    let is_fine = decided.problems.is_empty();
    if settings.waits && is_fine && changeset.outcome() > Outcome::AlreadyRight {
        show::say_unless_quiet(settings, WAITING);
    }
    show::end(settings, &decided.notes, &decided.problems);
    status.max(show::strictly(settings, changeset, &decided.notes))
}

/// What a write came to.
struct Written {
    /// What was to change has changed, but for what is not writable.
    is_done: bool,
    /// Sound files whose place takes no new text.
    unwritable: Vec<Problem>,
}

/// Writes the sound files, if they are all to be written.
fn write(settings: &Settings, decided: &Decided) -> Result<Written, Unwritten> {
    let files = &decided.changeset.files;
    let sound = files.iter().filter(|file| file.changes()).count();
    let worst = decided.changeset.outcome();
    let all_sound = worst <= Outcome::Changed && decided.problems.is_empty();
    if !all_sound && settings.verb == Verb::Write {
        show::say_unless_quiet(
            settings,
            &refused(&decided.changeset, decided.problems.len(), sound),
        );
        return Ok(Written { is_done: false, unwritable: Vec::new() });
    }
    let rewrites: Vec<Rewrite<'_>> = files
        .iter()
        .filter_map(|file| {
            let (rewrite, place) = (file.rewrite.as_ref()?, decided.places.get(&file.path)?);
            Some(Rewrite {
                name: &file.path,
                path: &place.path,
                within: &place.within,
                digest: rewrite.digest,
                edits: &rewrite.edits,
            })
        })
        .collect();
    let unwritable = if settings.verb == Verb::WriteSound {
        shell::replace_writable(&rewrites)?
    } else {
        shell::replace_all(&rewrites)?;
        Vec::new()
    };
    let left = files.iter().filter(|file| file.outcome() > Some(Outcome::Changed)).count();
    let left: String = [(left, "left alone"), (unwritable.len(), "not writable")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("; {} {what}", counted(count)))
        .collect();
    let done = match sound - unwritable.len() {
        0 if left.is_empty() => report::verdict(&decided.changeset),
        0 => format!("no file rewritten{left}"),
        some => format!("{} rewritten{left}", counted(some)),
    };
    show::say_unless_quiet(settings, &done);
    Ok(Written { is_done: true, unwritable })
}

/// How far a write came that could not be finished.
fn unfinished(unwritten: &Unwritten) -> String {
    match unwritten.replaced {
        0 => "nothing was written".into(),
        some => format!("{} rewritten before that; run again to finish", counted(some)),
    }
}

/// Why nothing was written, and how to go on.
fn refused(changeset: &Changeset, unreadable: usize, sound: usize) -> String {
    let with = |outcome: &[Outcome]| {
        let ends = |file: &&FileOutcome| file.outcome().is_some_and(|end| outcome.contains(&end));
        changeset.files.iter().filter(ends).count()
    };
    let reasons: Vec<String> = [
        (with(&[Outcome::Held]), "held"),
        (with(&[Outcome::NotUnderstood]), "not understood"),
        (with(&[Outcome::Failed]), "failed"),
        (unreadable, "unreadable"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", counted(count)))
    .collect();
    let way_out = match sound {
        0 => String::new(),
        _ => format!("; answer what is open, or write {} with --keep-going", counted(sound)),
    };
    format!("nothing was written: {}{way_out}", reasons.join(", "))
}

fn counted(files: usize) -> String {
    if files == 1 { "1 file".into() } else { format!("{files} files") }
}
