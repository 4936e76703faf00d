//! What was typed and what the configuration says, as one meaning.

use std::path::{Path, PathBuf};

use super::args::{CheckArgs, DiffArgs, WriteArgs};
use super::basis::{Basis, Refusal};
use super::options::{FailOn, PREPARE, SharedArgs, by_hand};
use super::outcome::Threshold;
use crate::plan::STDIN;
use crate::report::Format;
use crate::rules::Step;
use crate::shell;

/// What is done with the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
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
pub(super) enum Input {
    /// Files and directories; the working directory if empty.
    Paths(Vec<PathBuf>),
    /// Standard input, under this name.
    Stream(String),
    /// Standard input under a name that is left out: not looked at.
    StreamLeftOut,
}

/// Everything about a run.
pub(super) struct Settings {
    pub(super) basis: Basis,
    pub(super) verb: Verb,
    /// The run only reports, since no step was given (`--require-step`).
    pub(super) waits: bool,
    pub(super) input: Input,
    pub(super) reports: Vec<(Format, PathBuf)>,
    pub(super) context: usize,
    /// Bytes that a Markdown report may have.
    pub(super) markdown_budget: usize,
    pub(super) threshold: Threshold,
    /// Notes count like decisions.
    pub(super) strict: bool,
}

/// What `diff` means.
pub(super) fn of_diff(args: DiffArgs) -> Result<Settings, Refusal> {
    settings(Verb::Diff, args.shared)
}

/// What `check` means.
pub(super) fn of_check(args: CheckArgs) -> Result<Settings, Refusal> {
    settings(Verb::Check(args.format), args.shared)
}

/// What `write` means.
pub(super) fn of_write(args: WriteArgs) -> Result<Settings, Refusal> {
    settings(if args.keep_going { Verb::WriteSound } else { Verb::Write }, args.shared)
}

fn settings(verb: Verb, args: SharedArgs) -> Result<Settings, Refusal> {
    let reports: Vec<&Path> = args.report.iter().map(|(_, path)| path.as_path()).collect();
    let mut basis = Basis::of(&args.tree, &args.facts, &args.talk, &reports)?;
    reports_are_apart(&reports, &basis)?;
    let step = args.step.or(basis.configured_step);
    let waits = args.require_step && step.is_none_or(|step| step == Step::Prepare);
    if step == Some(Step::Prepare) && !waits {
        let message = format!("{}; pass `--step convert` to look ahead", by_hand(PREPARE));
        let name = basis.config_file.as_ref().map(|file| basis.ground.name_of(file));
        return Err(Refusal(vec![format!("{}: error: {message}", name.unwrap_or_default())]));
    }
    basis.facts.step = step.unwrap_or_default();
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
        threshold: match args.fail_on {
            _ if args.exit_zero || waits => Threshold::Never,
            None | Some(FailOn::Change) => Threshold::Change,
            Some(FailOn::Decision) => Threshold::Decision,
            Some(FailOn::Error) => Threshold::Error,
        },
        basis,
    })
}

fn input(
    paths: Vec<PathBuf>,
    stdin_filename: Option<String>,
    basis: &Basis,
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
    let place = basis.ground.cwd().join(&name);
    if basis.force_exclude && basis.exclude.iter().any(|exclude| exclude.matches(&place)) {
        return Ok(Input::StreamLeftOut);
    }
    Ok(Input::Stream(name))
}

/// A report must not take the place of something that people wrote, or of another report.
fn reports_are_apart(reports: &[&Path], basis: &Basis) -> Result<(), Refusal> {
    let mut taken: Vec<PathBuf> = basis.inputs.iter().map(|file| shell::canonical(file)).collect();
    taken.extend(basis.config_file.as_deref().map(shell::canonical));
    for &path in reports {
        let refuse = |message: &str| {
            Err(Refusal::usage("--report", &format!("{}: {message}", path.display())))
        };
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "tpl")) {
            return refuse("a report must not be called like a manifest; choose another name");
        }
        let path = shell::canonical(path);
        if taken.contains(&path) {
            return refuse("the file is needed for something else; choose another name");
        }
        taken.push(path);
    }
    Ok(())
}
