//! One run: find and read, decide, show or write.

use std::path::PathBuf;

use super::exit_status::ExitStatus;
use super::settings::{Action, ManifestInput, Settings};
use super::{printer, stream};
use crate::engine::{self, Decided, Sought};
use crate::plan::{Changeset, FileOutcome, Outcome};
use crate::report;
use crate::shell::{Replacement, WritableWorkspace, WriteError};
use crate::workspace::FileError;

/// Runs, says what there is to say, and tells how it ended.
pub(crate) fn run(mut settings: Settings<'_>) -> ExitStatus {
    let input = std::mem::replace(&mut settings.input, ManifestInput::ExcludedStdin);
    match input {
        ManifestInput::Paths(paths) => {
            plan_files(&mut settings, &paths).unwrap_or_else(|problems| {
                printer::eprint_lines(settings.run.system, "", &problems);
                ExitStatus::Failed
            })
        }
        ManifestInput::Stdin(name) => stream::run(&mut settings, Some(&name)),
        ManifestInput::ExcludedStdin => stream::run(&mut settings, None),
    }
}

fn plan_files(
    settings: &mut Settings<'_>,
    paths: &[PathBuf],
) -> Result<ExitStatus, Vec<FileError>> {
    let mut facts = std::mem::take(&mut settings.run.facts);
    let run = &settings.run;
    let progress = run.system.progress(run.verbosity.quiet);
    let workspace = run.workspace(paths);
    let tree = engine::load(&*workspace, Sought::Workloads, &mut facts, &*progress)?;
    let waivers = &run.flag_waivers;
    let decided = engine::plan(&*workspace, tree, &facts, waivers, settings.context, &*progress)?;
    drop(progress);
    Ok(act(settings, &*workspace, &decided))
}

/// Why a run that could have failed or written something did not.
const WAITING: &str = "nothing was written and the status is 0, because the step is yet to come; when the \
    migration begins, set `step` in flink-migrate.toml to `suspend`, and then to `convert`";

/// Shows or writes what was decided.
fn act(
    settings: &Settings<'_>,
    workspace: &dyn WritableWorkspace,
    decided: &Decided,
) -> ExitStatus {
    let system = settings.run.system;
    let changeset = &decided.changeset;
    let mut status = ExitStatus::from_outcome(changeset.outcome(), false, settings.fail_on);
    if !decided.problems.is_empty() {
        status = ExitStatus::Failed;
    }
    if let Err(failed) = printer::write_reports(settings, changeset) {
        return failed;
    }
    match settings.action {
        Action::Diff => status = status.max(printer::print_diff(settings, changeset)),
        Action::Check(format) => {
            status = status.max(printer::print_diagnostics(settings, changeset, format))
        }
        Action::Preview => printer::eprint_diagnostics(settings, changeset),
        Action::Write | Action::WriteKeepGoing => {
            printer::eprint_diagnostics(settings, changeset);
            status = match write(settings, workspace, decided) {
                Ok(Written { is_done, unwritable }) => {
                    let ended =
                        ExitStatus::from_outcome(changeset.outcome(), is_done, settings.fail_on);
                    printer::eprint_lines(system, "", &unwritable);
                    let failed = !unwritable.is_empty() || !decided.problems.is_empty();
                    if failed { ExitStatus::Failed } else { ended }
                }
                Err(unwritten) => {
                    printer::eprint_lines(system, "", &unwritten.problems);
                    printer::eprint_line(system, &unfinished(&unwritten));
                    ExitStatus::Failed
                }
            };
        }
    }
    let is_fine = decided.problems.is_empty();
    if settings.is_preview && is_fine && changeset.outcome() > Outcome::AlreadyRight {
        printer::eprint_unless_quiet(settings, WAITING);
    }
    printer::eprint_notes(settings, &decided.notes, &decided.problems);
    status.max(printer::strict_status(settings, changeset, &decided.notes))
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
    if !all_sound && settings.action == Action::Write {
        printer::eprint_unless_quiet(
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
    let unwritable = if settings.action == Action::WriteKeepGoing {
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
    printer::eprint_unless_quiet(settings, &done);
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
