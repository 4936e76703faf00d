//! What was typed and what the configuration says, as one meaning.

use std::path::{Path, PathBuf};

use super::args::{CheckArgs, DiffArgs, WriteArgs};
use super::basis::{Basis, Configured, Refusal, StepOptions};
use super::options::{FailOn, SharedArgs};
use crate::diagnostic::Severity;
use crate::plan::STDIN;
use crate::report::Format;
use crate::shell::System;
use crate::task::Step;

/// What is done with the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Show them as a diff.
    Diff,
    /// Show them as findings; in the usual form if absent.
    Check(Option<Format>),
    /// Write what is sound if everything is.
    Write,
    /// Write what is sound.
    WriteSound,
    /// Say what a write would be about, and leave it at that.
    Announce,
}

/// Where the manifests are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Files and directories; the working directory if empty.
    Paths(Vec<PathBuf>),
    /// Standard input, under this name.
    Stream(String),
    /// Standard input under a name that is left out: not looked at.
    StreamLeftOut,
}

/// Everything about a run.
pub(crate) struct Settings<'s> {
    pub(crate) basis: Basis<'s>,
    pub(crate) verb: Verb,
    /// The run only reports, since no step was given (`--require-step`).
    pub(crate) waits: bool,
    pub(crate) input: Input,
    pub(crate) reports: Vec<(Format, PathBuf)>,
    pub(crate) context: usize,
    /// Bytes that a Markdown report may have.
    pub(crate) markdown_budget: usize,
    /// The least severity that counts as failed; nothing that a manifest says counts if there is none.
    pub(crate) fail_on: Option<Severity>,
    /// Notes count like decisions.
    pub(crate) strict: bool,
}

/// What `diff` means.
pub(crate) fn of_diff(system: &dyn System, args: DiffArgs) -> Result<Settings<'_>, Refusal> {
    settings(system, Verb::Diff, args.shared)
}

/// What `check` means.
pub(crate) fn of_check(system: &dyn System, args: CheckArgs) -> Result<Settings<'_>, Refusal> {
    settings(system, Verb::Check(args.format), args.shared)
}

/// What `write` means.
pub(crate) fn of_write(system: &dyn System, args: WriteArgs) -> Result<Settings<'_>, Refusal> {
    settings(system, if args.keep_going { Verb::WriteSound } else { Verb::Write }, args.shared)
}

fn settings(system: &dyn System, verb: Verb, args: SharedArgs) -> Result<Settings<'_>, Refusal> {
    let reports: Vec<&Path> = args.report.iter().map(|(_, path)| path.as_path()).collect();
    let configured = Configured::find(system, &args.facts)?;
    let step = args.step.or(configured.step());
    let waits = args.require_step && step.is_none_or(|step| step == Step::Prepare);
    // Who waits for the window is told what it will bring.
    let step = step.filter(|_| !waits).unwrap_or_default();
    only_what_is_used(step, &args)?;
    let options = StepOptions {
        step,
        savepoints_dir: args.savepoints_dir.as_deref(),
        verified: args.verified.as_deref(),
    };
    let basis = configured.basis(&args.tree, &args.facts, &args.talk, &options, &reports)?;
    reports_are_apart(&reports, &basis)?;
    let input = input(args.paths, args.stdin_filename, &basis)?;
    if args.require_step && !matches!(input, Input::Paths(_)) {
        let message = "it is for files; standard input is rewritten nowhere";
        return Err(Refusal::usage("--require-step", message));
    }
    Ok(Settings {
        verb: match verb {
            Verb::Write | Verb::WriteSound if waits => Verb::Announce,
            verb => verb,
        },
        waits,
        input,
        reports: args.report,
        context: args.context,
        strict: args.strict,
        markdown_budget: args.markdown_budget,
        fail_on: match args.fail_on {
            _ if args.exit_zero || waits => None,
            None | Some(FailOn::Change) => Some(Severity::Change),
            Some(FailOn::Decision) => Some(Severity::Decision),
            Some(FailOn::Error) => Some(Severity::Error),
        },
        basis,
    })
}

/// The options about facts, and the steps that use them.
const USED_AT: [(&str, &[Step]); 8] = [
    ("savepoints", &[Step::Convert, Step::Cleanup, Step::Resume]),
    ("defaults", &[Step::Prepare, Step::Convert]),
    ("service-account", &[Step::Prepare, Step::Convert]),
    ("checkpoints-dir", &[Step::Prepare, Step::Convert]),
    ("operator-config", &[Step::Prepare, Step::Suspend, Step::Convert, Step::Resume]),
    ("target-operator", &[Step::Prepare, Step::Convert]),
    ("namespace", &Step::ALL),
    ("accept", &Step::ALL),
];

/// Refuses what was typed and does not count at this step. Once the migration is done nothing of it
/// does, and hooks go on with the options they have.
fn only_what_is_used(step: Step, args: &SharedArgs) -> Result<(), Refusal> {
    if step == Step::Done {
        return Ok(());
    }
    let of_step = USED_AT.iter().filter(|(_, steps)| steps.contains(&step));
    let used: Vec<&str> = of_step.map(|(option, _)| *option).collect();
    let who = format!("step {}", step.name());
    args.facts.only(&used, &who)?;
    let of_one_step = [
        ("--savepoints-dir", args.savepoints_dir.is_some(), Step::Suspend),
        ("--verified", args.verified.is_some(), Step::Cleanup),
    ];
    match of_one_step.into_iter().find(|(_, typed, of)| *typed && *of != step) {
        None => Ok(()),
        Some((option, _, of)) => {
            let message = format!("{who} does not use it; it is for `--step {}`", of.name());
            Err(Refusal::usage(option, &message))
        }
    }
}

fn input(
    paths: Vec<PathBuf>,
    stdin_filename: Option<String>,
    basis: &Basis<'_>,
) -> Result<Input, Refusal> {
    if !paths.iter().any(|path| path.as_os_str() == "-") {
        if stdin_filename.is_some() {
            let message = "standard input is not read; give `-` as PATH";
            return Err(Refusal::usage("--stdin-filename", message));
        }
        return Ok(Input::Paths(paths));
    }
    if paths.len() > 1 {
        let message = "standard input is read alone; run once for `-` and once for the rest";
        return Err(Refusal::usage("PATH", message));
    }
    let Some(name) = stdin_filename else { return Ok(Input::Stream(STDIN.into())) };
    let place = basis.run_dirs.cwd().join(&name);
    if basis.force_exclude && basis.exclude.iter().any(|exclude| exclude.matches(&place)) {
        return Ok(Input::StreamLeftOut);
    }
    Ok(Input::Stream(name))
}

/// A report must not take the place of something that people wrote, or of another report.
pub(crate) fn reports_are_apart(reports: &[&Path], basis: &Basis<'_>) -> Result<(), Refusal> {
    let canonical = |file: &Path| basis.system.canonical(file);
    let mut taken: Vec<PathBuf> = basis.inputs.iter().map(|file| canonical(file)).collect();
    taken.extend(basis.config_file.as_deref().map(canonical));
    for &path in reports {
        let refuse = |message: &str| {
            Err(Refusal::usage("--report", &format!("{}: {message}", path.display())))
        };
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "tpl")) {
            return refuse("a report must not be called like a manifest; choose another name");
        }
        let path = canonical(path);
        if taken.contains(&path) {
            return refuse("the file is needed for something else; choose another name");
        }
        taken.push(path);
    }
    Ok(())
}
