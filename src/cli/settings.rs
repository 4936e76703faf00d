//! What was typed and what the configuration says, as one meaning.

use std::path::{Path, PathBuf};

use super::commands::{is_manifest_name, is_stdin};
use super::options::{FailOn, INPUT_OPTIONS, SharedArgs};
use super::run_context::{CommandError, LoadedConfig, RunContext, StepFlags};
use crate::diagnostic::Severity;
use crate::report::Format;
use crate::shell::{System, is_excluded};
use crate::task::Step;

/// What is done with the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Show them as a diff.
    Diff,
    /// Show them as findings; in the usual form if absent.
    Check(Option<Format>),
    /// Write what is sound if everything is.
    Write,
    /// Write what is sound.
    WriteKeepGoing,
    /// Say what a write would be about, and leave it at that.
    Preview,
}

/// Where the manifests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ManifestInput {
    /// Files and directories.
    Paths,
    /// Standard input.
    Stdin,
    /// Standard input under a name that is left out: not looked at.
    ExcludedStdin,
}

/// Everything about a run.
pub(crate) struct Settings<'s> {
    pub(crate) run: RunContext<'s>,
    pub(crate) args: SharedArgs,
    pub(crate) action: Action,
    /// The run only reports, since no step was given (`--require-step`).
    pub(crate) is_preview: bool,
    pub(crate) input: ManifestInput,
    /// The least severity that counts as failed; nothing that a manifest says counts if there is none.
    pub(crate) fail_on: Option<Severity>,
}

impl<'s> Settings<'s> {
    /// What was typed and what the configuration says, combined.
    pub(crate) fn new(
        system: &'s dyn System,
        action: Action,
        args: SharedArgs,
    ) -> Result<Settings<'s>, CommandError> {
        let reports: Vec<&Path> = args.report.iter().map(|(_, path)| path.as_path()).collect();
        let loaded = LoadedConfig::find(system, &args.inputs)?;
        let chosen = loaded.chosen_scope(&args.tree)?;
        let mut scope_steps: Vec<Step> = loaded.config.scope_steps(chosen).collect();
        scope_steps.retain(|_| args.step.is_none());
        // The workloads of a chosen scope are all that a run is about.
        let own = scope_steps.first().copied().filter(|_| chosen.is_some());
        let step = args.step.or(own).or(loaded.config.step);
        let waits = |step: Option<Step>| step.is_none_or(|step| step == Step::Prepare);
        let is_waiting = waits(step) || scope_steps.iter().any(|step| waits(Some(*step)));
        let is_preview = args.hook.require_step && is_waiting;
        scope_steps.retain(|_| !is_preview);
        // A repository that waits for the migration sees what it will change.
        let step = step.filter(|_| !is_preview).unwrap_or_default();
        let steps: Vec<Step> = std::iter::once(step).chain(scope_steps.iter().copied()).collect();
        reject_unused_at_steps(&steps, &args)?;
        let options = StepFlags {
            step,
            has_scope_steps: !scope_steps.is_empty(),
            savepoints_dir: args.savepoints_dir.as_deref(),
            strict: args.strict,
            verified: args.verified.as_deref(),
        };
        let mut run = loaded.run(&args.tree, &args.inputs, args.verbosity, &options, &reports)?;
        run.force_exclude |= args.hook.staged;
        check_report_paths(&reports, &run)?;
        let input = manifest_input(&args, &run)?;
        for (option, is_typed) in
            [("--require-step", args.hook.require_step), ("--staged", args.hook.staged)]
        {
            if is_typed && input != ManifestInput::Paths {
                let message = "it is for files; standard input is never rewritten in place";
                return Err(CommandError::usage(option, message));
            }
        }
        Ok(Settings {
            action: match action {
                Action::Write | Action::WriteKeepGoing if is_preview => Action::Preview,
                action => action,
            },
            is_preview,
            input,
            fail_on: match args.fail_on {
                _ if args.exit_zero || is_preview => None,
                None | Some(FailOn::Change) => Some(Severity::Change),
                Some(FailOn::Decision) => Some(Severity::Decision),
                Some(FailOn::Error) => Some(Severity::Error),
            },
            run,
            args,
        })
    }
}

/// Refuses what was typed and does not count at any of these steps. Once the migration is done nothing of it
/// does, and hooks go on with the options they have.
fn reject_unused_at_steps(run: &[Step], args: &SharedArgs) -> Result<(), CommandError> {
    if run.contains(&Step::Done) {
        return Ok(());
    }
    let is_used = |steps: &[Step]| steps.iter().any(|step| run.contains(step));
    let of_step = INPUT_OPTIONS.iter().filter(|(_, steps, _)| is_used(steps));
    let used: Vec<&str> = of_step.map(|(option, ..)| *option).collect();
    let who = format!("step {}", run[0].name());
    args.inputs.reject_unused(&used, &who)?;
    let of_one_step = [
        ("--savepoints-dir", args.savepoints_dir.is_some(), Step::Suspend),
        ("--verified", args.verified.is_some(), Step::Cleanup),
    ];
    match of_one_step.into_iter().find(|(_, typed, of)| *typed && !run.contains(of)) {
        None => Ok(()),
        Some((option, _, of)) => {
            let message = format!("{who} does not use it; it is for `--step {}`", of.name());
            Err(CommandError::usage(option, &message))
        }
    }
}

fn manifest_input(args: &SharedArgs, run: &RunContext<'_>) -> Result<ManifestInput, CommandError> {
    let SharedArgs { paths, stdin_filename, .. } = args;
    if !paths.iter().any(|path| is_stdin(path)) {
        if stdin_filename.is_some() {
            let message = "standard input is not read; give `-` as PATH";
            return Err(CommandError::usage("--stdin-filename", message));
        }
        return Ok(ManifestInput::Paths);
    }
    if paths.len() > 1 {
        let message = "standard input is read alone; run once for `-` and once for the rest";
        return Err(CommandError::usage("PATH", message));
    }
    let path = stdin_filename.as_ref().map(|name| run.run_dirs.cwd().join(name));
    let is_excluded =
        run.force_exclude && path.is_some_and(|path| is_excluded(&run.exclude, &path));
    Ok(if is_excluded { ManifestInput::ExcludedStdin } else { ManifestInput::Stdin })
}

/// A report must not take the place of something that people wrote, or of another report.
pub(crate) fn check_report_paths(
    reports: &[&Path],
    run: &RunContext<'_>,
) -> Result<(), CommandError> {
    let canonical = |file: &Path| run.system.canonical(file);
    let mut taken: Vec<PathBuf> = run.input_files.iter().map(|file| canonical(file)).collect();
    taken.extend(run.config_file.as_deref().map(canonical));
    for &path in reports {
        let refuse = |message: &str| {
            Err(CommandError::usage("--report", &format!("{}: {message}", path.display())))
        };
        if is_manifest_name(path) {
            return refuse("a report must not have the name of a manifest; choose another name");
        }
        let path = canonical(path);
        if taken.contains(&path) {
            return refuse("the file is used for something else; choose another name");
        }
        taken.push(path);
    }
    Ok(())
}
