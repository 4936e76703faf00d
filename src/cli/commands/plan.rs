//! `diff`, `check` and `write`: find and read, decide, show or write.

use std::path::PathBuf;

use crate::cli::exit_status::ExitStatus;
use crate::cli::printer;
use crate::cli::run_context::{CommandError, CommandResult, RunContext};
use crate::cli::settings::{Action, ManifestInput, Settings};
use crate::engine::{self, Decided, LoadedTree};
use crate::plan::{Changeset, Outcome, STDIN};
use crate::report;
use crate::shell::{IfUnwritable, Replacement, WritableWorkspace, WriteError};
use crate::workspace::{FileError, StreamedFile};

/// Runs the command, prints its output and returns the status.
pub(crate) fn run(mut settings: Settings<'_>) -> CommandResult {
    match settings.input {
        ManifestInput::Paths => plan_files(&settings),
        ManifestInput::Stdin => {
            let name = settings.args.stdin_filename.take().unwrap_or_else(|| STDIN.into());
            plan_stdin(&settings, Some(&name))
        }
        ManifestInput::ExcludedStdin => plan_stdin(&settings, None),
    }
}

fn plan_files(settings: &Settings<'_>) -> CommandResult {
    let run = &settings.run;
    let progress = run.system.progress(run.verbosity.quiet);
    let workspace = run.workspace(&settings.args.paths);
    let tree = engine::load(&*workspace, &run.inputs, &*progress)?;
    let RunContext { inputs, policy, flag_waivers, .. } = run;
    let lines = settings.args.context;
    let decided = engine::plan(&*workspace, tree, inputs, policy, flag_waivers, lines, &*progress)?;
    drop(progress);
    act(settings, &decided, || write_files(settings, &*workspace, &decided))
}

/// Standard input, judged like a file and written document by document: what is held passes through
/// unchanged, and the status says so. Without a name it is not judged.
fn plan_stdin(settings: &Settings<'_>, name: Option<&str>) -> CommandResult {
    let bytes = settings.run.system.read_stdin("standard input")?;
    let run = &settings.run;
    let names = run.run_dirs.names().clone();
    let tree = name.map(|name| load_around(run, name, &bytes)).transpose()?.flatten();
    let input = name.map(|name| (name, &*bytes));
    let RunContext { inputs, policy, flag_waivers, .. } = run;
    let lines = settings.args.context;
    let decided = engine::plan_stream(input, tree, inputs, policy, names, flag_waivers, lines);
    act(settings, &decided, || {
        let changeset = &decided.changeset;
        let rewrite = changeset.files.iter().find_map(|file| file.rewrite.as_ref());
        let text = rewrite.zip(str::from_utf8(&bytes).ok());
        let text = text.map(|(rewrite, text)| rewrite.edits.apply(text));
        let text = text.as_ref().map_or(&*bytes, |text| text.as_bytes());
        let printed = printer::print(settings.run.system, text);
        printer::eprint_diagnostics(settings, changeset);
        ExitStatus::from_outcome(changeset.outcome(), true, settings.fail_on).max(printed)
    })
}

/// The tree around a file whose text is that of standard input; nothing if there is no such file.
fn load_around(
    run: &RunContext<'_>,
    name: &str,
    bytes: &[u8],
) -> Result<Option<LoadedTree>, CommandError> {
    let paths = [PathBuf::from(name)];
    if !run.system.is_file(&paths[0]) {
        return Ok(None);
    }
    let (workspace, file) = (run.workspace(&paths), run.run_dirs.names().parse(name));
    let workspace = StreamedFile { workspace: &*workspace, file, bytes };
    Ok(Some(engine::load(&workspace, &run.inputs, &())?))
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
        let reason = nothing_written(changeset, problems.len(), sound);
        printer::eprint_unless_quiet(settings, &reason);
        status = ExitStatus::from_outcome(changeset.outcome(), false, settings.fail_on);
    } else {
        match replace(settings, workspace, decided) {
            Ok(unwritable) => {
                let summary = summary(changeset, sound, unwritable.len());
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

/// Replaces the files that change; returns why some of them cannot be.
fn replace(
    settings: &Settings<'_>,
    workspace: &dyn WritableWorkspace,
    decided: &Decided,
) -> Result<Vec<FileError>, WriteError> {
    let files = decided.changeset.files.iter().filter_map(|plan| {
        let (rewrite, file) = (plan.rewrite.as_ref()?, *decided.files.get(&plan.path)?);
        let (digest, edits) = (rewrite.digest, &rewrite.edits);
        Some(Replacement { file, name: &plan.path, digest, edits })
    });
    let files: Vec<Replacement<'_>> = files.collect();
    let if_unwritable = match settings.action {
        Action::WriteKeepGoing => IfUnwritable::WriteTheRest,
        _ => IfUnwritable::WriteNothing,
    };
    workspace.replace(&files, if_unwritable)
}

/// What a write came to.
fn summary(changeset: &Changeset, sound: usize, unwritable: usize) -> String {
    let left = changeset.files.iter().filter(|file| file.outcome() > Some(Outcome::Changed));
    let left: String = counts([(left.count(), "left alone"), (unwritable, "not writable")])
        .map(|count| format!("; {count}"))
        .collect();
    match sound - unwritable {
        0 if left.is_empty() => report::summary_line(changeset),
        0 => format!("no file rewritten{left}"),
        some => format!("{} rewritten{left}", report::counted(some, "file")),
    }
}

/// Why nothing was written, and how to go on.
fn nothing_written(changeset: &Changeset, unreadable: usize, sound: usize) -> String {
    let with = |outcome: Outcome| {
        changeset.files.iter().filter(|file| file.outcome() == Some(outcome)).count()
    };
    let reasons: Vec<String> = counts([
        (with(Outcome::Held), "held"),
        (with(Outcome::NotUnderstood), "not understood"),
        (with(Outcome::Failed), "failed"),
        (unreadable, "unreadable"),
    ])
    .collect();
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
