//! One run: find and read, decide, show or write.

use std::path::PathBuf;

use super::outcome::Status;
use super::settings::{Input, Settings, Verb};
use super::{show, stream, talk};
use crate::engine::{self, Decided, Sought};
use crate::plan::{Changeset, FileOutcome, Outcome};
use crate::report;
use crate::shell::{Replacement, WritableWorkspace, WriteError};
use crate::workspace::FileError;

/// Runs, says what there is to say, and tells how it ended.
pub(crate) fn run(mut settings: Settings<'_>) -> Status {
    let input = std::mem::replace(&mut settings.input, Input::StreamLeftOut);
    match input {
        Input::Paths(paths) => of_files(&mut settings, &paths).unwrap_or_else(|problems| {
            talk::say_each(settings.basis.system, "", &problems);
            Status::Failed
        }),
        Input::Stream(name) => stream::run(&mut settings, Some(&name)),
        Input::StreamLeftOut => stream::run(&mut settings, None),
    }
}

fn of_files(settings: &mut Settings<'_>, paths: &[PathBuf]) -> Result<Status, Vec<FileError>> {
    let mut facts = std::mem::take(&mut settings.basis.facts);
    let basis = &settings.basis;
    let progress = basis.system.progress(basis.talk.quiet);
    let workspace = basis.workspace(paths);
    let tree = engine::load(&*workspace, Sought::Workloads, &mut facts, &*progress)?;
    let waivers = &basis.flag_waivers;
    let decided = engine::plan(&*workspace, tree, &facts, waivers, settings.context, &*progress)?;
    drop(progress);
    Ok(act(settings, &*workspace, &decided))
}

/// Why a run that could have failed or written something did not.
const WAITING: &str = "nothing was written and the status is 0, because the step is yet to come; when the \
    migration begins, set `step` in flink-migrate.toml to `suspend`, and then to `convert`";

/// Shows or writes what was decided.
fn act(settings: &Settings<'_>, workspace: &dyn WritableWorkspace, decided: &Decided) -> Status {
    let system = settings.basis.system;
    let changeset = &decided.changeset;
    let mut status = Status::of(changeset.outcome(), false, settings.fail_on);
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
            status = match write(settings, workspace, decided) {
                Ok(Written { is_done, unwritable }) => {
                    let ended = Status::of(changeset.outcome(), is_done, settings.fail_on);
                    talk::say_each(system, "", &unwritable);
                    let failed = !unwritable.is_empty() || !decided.problems.is_empty();
                    if failed { Status::Failed } else { ended }
                }
                Err(unwritten) => {
                    talk::say_each(system, "", &unwritten.problems);
                    talk::say(system, &unfinished(&unwritten));
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
    unwritable: Vec<FileError>,
}

/// Writes the sound files, if they are all to be written.
fn write(
    settings: &Settings<'_>,
    workspace: &dyn WritableWorkspace,
    decided: &Decided,
) -> Result<Written, WriteError> {
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
    let replacements: Vec<Replacement<'_>> = files
        .iter()
        .filter_map(|plan| {
            let (rewrite, file) = (plan.rewrite.as_ref()?, *decided.files.get(&plan.path)?);
            let (digest, edits) = (rewrite.digest, &rewrite.edits);
            Some(Replacement { file, name: &plan.path, digest, edits })
        })
        .collect();
    let unwritable = if settings.verb == Verb::WriteSound {
        workspace.replace_writable(&replacements)?
    } else {
        workspace.replace_all(&replacements)?;
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
fn unfinished(unwritten: &WriteError) -> String {
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
