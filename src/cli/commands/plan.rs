//! `diff`, `check` and `write`: find and read, decide, show or write.

use std::path::PathBuf;

use crate::cli::exit_status::ExitStatus;
use crate::cli::printer;
use crate::cli::run_context::{CommandResult, RunContext};
use crate::cli::settings::{Action, ManifestInput, Settings};
use crate::cli::staged::Staged;
use crate::engine::{self, Decided};
use crate::plan::{Changeset, FileOutcome, Outcome, STDIN};
use crate::report;
use crate::shell::{IfUnwritable, Replacement, WritableWorkspace, WriteError};
use crate::workspace::{FileError, Workspace};

/// Runs the command, prints its output and returns the status.
pub(crate) fn run(mut settings: Settings<'_>) -> CommandResult {
    match settings.input {
        ManifestInput::Paths => plan_files(&settings),
        ManifestInput::Stdin => {
            let tree =
                settings.args.stdin_filename.as_ref().and_then(|it| settings.run.tree_of(it));
            let name = settings.args.stdin_filename.take().unwrap_or_else(|| STDIN.into());
            plan_stdin(&settings, Some(&name), tree)
        }
        ManifestInput::ExcludedStdin => plan_stdin(&settings, None, None),
    }
}

fn plan_files(settings: &Settings<'_>) -> CommandResult {
    let run = &settings.run;
    let progress = run.system.progress(run.verbosity.quiet);
    let typed = &settings.args.paths;
    let staged = settings.args.hook.staged.then(|| Staged::new(run, typed)).transpose()?;
    let workspace = run.workspace(staged.as_ref().map_or(typed, |staged| &staged.paths));
    let tree = engine::load(&*workspace, &run.inputs, &*progress, None)?;
    let RunContext { inputs, policy, flag_waivers, .. } = run;
    let lines = settings.args.context;
    let mut decided =
        engine::plan(&*workspace, tree, inputs, policy, flag_waivers, lines, &*progress)?;
    drop(progress);
    match settings.action {
        Action::Write | Action::WriteKeepGoing => match workspace.remove_leftovers() {
            0 => {}
            some => {
                let files = report::counted(some, "file");
                let message = format!("{files} removed that a killed `write` had left behind");
                printer::eprint_unless_quiet(settings, &message);
            }
        },
        _ => decided.notes.extend(leftover_note(&workspace.leftovers())),
    }
    if let Some(staged) = staged.as_ref().filter(|_| !settings.is_preview) {
        staged.refuse_parts(run, &mut decided)?;
    }
    act(settings, &decided, || write_files(settings, &*workspace, &decided))
}

/// What is said of files that a killed run has left behind.
fn leftover_note(files: &[String]) -> Option<String> {
    let first = files.first()?;
    let count = report::counted(files.len(), "file");
    Some(format!(
        "{count} left behind by a killed `write`, such as {first}; the next `write` removes them"
    ))
}

/// Standard input, judged like a file and written document by document: what is held passes through
/// unchanged, and the status says so. Without a name it is not judged. `tree` is what is read around it.
fn plan_stdin(settings: &Settings<'_>, name: Option<&str>, tree: Option<PathBuf>) -> CommandResult {
    let bytes = settings.run.system.read_stdin("standard input")?;
    let run = &settings.run;
    let names = run.run_dirs.names().clone();
    let input = name.map(|name| (name, &*bytes));
    let waivers = &run.flag_waivers;
    let lines = settings.args.context;
    let tree: Vec<PathBuf> = tree.into_iter().collect();
    let workspace = (!tree.is_empty()).then(|| run.workspace(&tree));
    let tree = workspace.as_ref().map(|tree| &**tree as &dyn Workspace);
    let (inputs, policy) = (&run.inputs, &run.policy);
    let decided = engine::plan_stream(input, tree, inputs, policy, names, waivers, lines)?;
    act(settings, &decided, || {
        let changeset = &decided.changeset;
        let rewrite = changeset.files.iter().find_map(|file| file.rewrite.as_ref());
        let text = rewrite.zip(str::from_utf8(&bytes).ok());
        let text = text.and_then(|(rewrite, text)| rewrite.text.apply(Some(text)));
        let text = text.as_ref().map_or(&*bytes, |text| text.as_bytes());
        let printed = printer::print(settings.run.system, text);
        printer::eprint_diagnostics(settings, changeset);
        ExitStatus::from_outcome(changeset.outcome(), true, settings.fail_on).max(printed)
    })
}

/// Why a run that could have failed or written something did not.
const WAITING: &str = "nothing was written and the status is 0, because the migration has not begun; \
    when it does, set `step` in flink-migrate.toml to `suspend`, and then to `convert`";

/// Shows what was decided, or writes it.
fn act(
    settings: &Settings<'_>,
    decided: &Decided,
    write: impl FnOnce() -> ExitStatus,
) -> CommandResult {
    let Decided { changeset, problems, notes, .. } = decided;
    printer::write_reports(settings, changeset)?;
    let unwritten = if problems.is_empty() {
        ExitStatus::from_outcome(changeset.outcome(), false, settings.fail_on)
    } else {
        ExitStatus::Failed
    };
    let status = match settings.action {
        Action::Diff => unwritten.max(printer::print_diff(settings, changeset)),
        Action::Check(format) => {
            unwritten.max(printer::print_diagnostics(settings, changeset, format))
        }
        Action::Preview => {
            printer::eprint_diagnostics(settings, changeset);
            unwritten
        }
        Action::Write | Action::WriteKeepGoing => write(),
    };
    if settings.is_preview && problems.is_empty() && changeset.outcome() > Outcome::AlreadyRight {
        printer::eprint_unless_quiet(settings, WAITING);
    }
    printer::eprint_notes(settings, notes, problems);
    Ok(status.max(printer::strict_status(settings, changeset, notes)))
}

/// Writes the sound files, if they are all to be written.
fn write_files(
    settings: &Settings<'_>,
    workspace: &dyn WritableWorkspace,
    decided: &Decided,
) -> ExitStatus {
    let Decided { changeset, problems, .. } = decided;
    printer::eprint_diagnostics(settings, changeset);
    let sound = changeset.files.iter().filter(|file| file.changes()).count();
    let is_sound = changeset.outcome() <= Outcome::Changed && problems.is_empty();
    let mut status = ExitStatus::from_outcome(changeset.outcome(), true, settings.fail_on);
    if !is_sound && settings.action == Action::Write {
        let refused = problems.len() - changeset.unreadable;
        let reason = nothing_written(changeset, refused, sound);
        printer::eprint_unless_quiet(settings, &reason);
        status = ExitStatus::from_outcome(changeset.outcome(), false, settings.fail_on);
    } else {
        match replace(settings, workspace, decided) {
            Ok(unwritable) => {
                let summary = summary(changeset, &unwritable);
                printer::eprint_unless_quiet(settings, &summary);
                printer::eprint_lines(settings.run.system, "", &unwritable);
                if !unwritable.is_empty() {
                    status = ExitStatus::Failed;
                }
            }
            Err(WriteError { problems, replaced }) => {
                printer::eprint_lines(settings.run.system, "", problems);
                let progress = match replaced {
                    0 => "nothing was written".into(),
                    some => {
                        format!(
                            "{} rewritten before that; run again to finish",
                            report::counted(some, "file")
                        )
                    }
                };
                printer::eprint_line(settings.run.system, &progress);
                status = ExitStatus::Failed;
            }
        }
    }
    if problems.is_empty() { status } else { ExitStatus::Failed }
}

/// Brings the files that change into their new states; returns why some of them cannot be.
fn replace(
    settings: &Settings<'_>,
    workspace: &dyn WritableWorkspace,
    decided: &Decided,
) -> Result<Vec<FileError>, WriteError> {
    let files = decided.changeset.files.iter().filter_map(|plan| {
        let file = decided.files.get(&plan.path).copied();
        Some(Replacement { file, name: &plan.path, change: &plan.rewrite.as_ref()?.text })
    });
    let files: Vec<Replacement<'_>> = files.collect();
    let if_unwritable = match settings.action {
        Action::WriteKeepGoing => IfUnwritable::WriteTheRest,
        _ => IfUnwritable::WriteNothing,
    };
    workspace.replace(&files, if_unwritable)
}

/// What a write came to.
fn summary(changeset: &Changeset, unwritable: &[FileError]) -> String {
    let is_written = |file: &&FileOutcome| unwritable.iter().all(|one| one.name != file.path);
    let changed = changeset.files.iter().filter(is_written);
    let changed = changed.filter_map(|file| file.rewrite.as_ref());
    let written: Vec<String> =
        report::written(changed, ["rewritten", "created", "deleted"]).collect();
    let left = changeset.files.iter().map(report::manifest_outcome);
    let left = left.filter(|outcome| *outcome > Some(Outcome::Changed)).count();
    let left: String = counts([(left, "left alone"), (unwritable.len(), "not writable")])
        .chain(report::open_inputs(changeset))
        .map(|count| format!("; {count}"))
        .collect();
    match written.join(", ") {
        none if none.is_empty() && left.is_empty() => report::summary_line(changeset),
        none if none.is_empty() => format!("no file rewritten{left}"),
        some => format!("{some}{left}"),
    }
}

/// Why nothing was written, and how to go on.
fn nothing_written(changeset: &Changeset, partly_staged: usize, sound: usize) -> String {
    let with = |outcome: Outcome| {
        let outcomes = changeset.files.iter().map(report::manifest_outcome);
        outcomes.filter(|found| *found == Some(outcome)).count()
    };
    let reasons = counts([
        (with(Outcome::Held), "held"),
        (with(Outcome::NotUnderstood), "not understood"),
        (with(Outcome::Failed), "failed"),
        (changeset.unreadable, "unreadable"),
        (partly_staged, "staged in part"),
    ]);
    let reasons: Vec<String> = reasons.chain(report::open_inputs(changeset)).collect();
    let way_out = match sound {
        0 => String::new(),
        _ => format!(
            "; answer what is open, or write {} with --keep-going",
            report::counted(sound, "file")
        ),
    };
    format!("nothing was written: {}{way_out}", reasons.join(", "))
}

/// Each count that is not zero, with what it counts.
fn counts<const N: usize>(counts: [(usize, &str); N]) -> impl Iterator<Item = String> {
    let some = counts.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{} {what}", report::counted(count, "file")))
}
