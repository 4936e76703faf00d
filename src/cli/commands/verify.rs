//! `verify`: did every job do what was expected of it?

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::{display_name, is_stdin, plan_tree};
use crate::cli::exit_status::ExitStatus;
use crate::cli::options::{InputArgs, TreeArgs, VerbosityArgs, find_format, hide_unused};
use crate::cli::printer;
use crate::cli::run_context::{CommandError, CommandResult, RunContext};
use crate::cli::settings::check_report_paths;
use crate::report::{self, Look, VerificationFormat};
use crate::shell::{Stream, System};
use crate::verify::{
    self, Expectation, ExpectedWorkload, UnusableInput, Verification, VerifyInput,
    VerifyInputReader,
};
use crate::workspace::FileError;

/// Options of `verify`.
#[derive(Debug, Args)]
#[command(defer(|command| hide_unused(command, &USED_OPTIONS)))]
#[command(after_help = "\
Examples:
  flink-migrate verify logs/* --savepoints savepoints.yaml
  kubectl get flinkdeployments -A -o json | flink-migrate verify --savepoints savepoints.yaml
  kubectl logs -n prod -l component=jobmanager --prefix --tail=-1 | flink-migrate verify
  flink-migrate verify logs/* --report json=verified.json

Exit status: 0 every job started as expected; 1 one started from the wrong state; 3 one did not
start, or it is unknown how it started; 2 wrong usage, or an input without information.")]
pub(crate) struct VerifyArgs {
    /// Logs of JobManagers and of the operator, or dumps; `-` or none for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// Where the manifests are; may be repeated [default: .]
    #[arg(long = "tree", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    #[arg(help_heading = "Input")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    tree: TreeArgs,

    #[command(flatten)]
    pub(crate) inputs: InputArgs,

    /// Format of the verdicts: human, concise, json, markdown
    /// [default: human on a terminal, else concise]
    #[arg(long, value_name = "NAME", value_parser = format, help_heading = "Output")]
    format: Option<VerificationFormat>,

    /// Write the verdicts to a file as well; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = report, help_heading = "Output")]
    report: Vec<(VerificationFormat, PathBuf)>,

    #[command(flatten)]
    verbosity: VerbosityArgs,
}

/// The inputs on which it depends from where a job is to start.
const USED_OPTIONS: [&str; 3] = ["savepoints", "namespace", "operator-config"];

/// Verifies, and says what came of it.
pub(crate) fn run(system: &dyn System, args: &VerifyArgs) -> CommandResult {
    let run = load(system, args)?;
    let (sources, problems) = read(system, &args.files);
    let (expected_workloads, is_lone) = expected_workloads(&run, &args.paths)?;
    let verification = verify::verify(&expected_workloads, &sources, is_lone);
    print(system, args, &verification, &problems)
}

/// What was typed, checked.
fn load<'s>(system: &'s dyn System, args: &VerifyArgs) -> Result<RunContext<'s>, CommandError> {
    args.inputs.reject_unused(&USED_OPTIONS, "verify")?;
    if args.files.iter().filter(|file| is_stdin(file)).count() > 1 {
        return Err(CommandError::usage("FILE", "standard input can be read once only"));
    }
    if args.files.iter().all(|file| is_stdin(file)) && system.is_stdin_terminal() {
        let message = "standard input is a terminal; name logs or a dump, or pipe one in";
        return Err(CommandError::usage("FILE", message));
    }
    if args.paths.iter().any(|path| is_stdin(path)) {
        return Err(CommandError::usage(
            "--tree",
            "standard input is for logs and dumps; give a path",
        ));
    }
    let reports: Vec<&Path> = args.report.iter().map(|(_, path)| path.as_path()).collect();
    let files = args.files.iter().map(PathBuf::as_path).filter(|file| !is_stdin(file));
    // A dump in the tree is not a manifest.
    let never: Vec<&Path> = reports.iter().copied().chain(files.clone()).collect();
    let run = RunContext::load(system, &args.tree, &args.inputs, args.verbosity, &never)?;
    check_report_paths(&reports, &run)?;
    let read: Vec<PathBuf> = files.map(|file| system.canonical(file)).collect();
    let taken = reports.iter().find(|path| read.contains(&system.canonical(path)));
    match taken {
        Some(path) => {
            let message = format!("{}: the file is read; choose another name", path.display());
            Err(CommandError::usage("--report", &message))
        }
        None => Ok(run),
    }
}

/// The workloads of the tree and what is expected of them; and whether the tree has no more than one
/// with a job.
fn expected_workloads(
    run: &RunContext<'_>,
    paths: &[PathBuf],
) -> Result<(Vec<ExpectedWorkload>, bool), CommandError> {
    let decided = plan_tree(run, paths)?;
    let expected_workloads: Vec<ExpectedWorkload> = decided
        .changeset
        .workloads
        .into_iter()
        .map(|one| ExpectedWorkload {
            key: one.key,
            file_name: run.run_dirs.names().display(&one.summary.file),
            line: one.summary.line,
            written_path: one.summary.initial_savepoint,
            expected_start: one.start,
        })
        .collect();
    if expected_workloads.is_empty() {
        let message = match (&run.policy.select, run.policy.scope) {
            (Some(_), _) => "error: --select: no workload of the tree matches",
            (None, Some(_)) => "error: --scope: no workload of the tree is in it",
            (None, None) => "error: no workload to verify; name the manifests with --tree",
        };
        return Err(CommandError::new(message));
    }
    let jobs =
        decided.project.workloads().iter().filter(|known| known.has_job && !known.partial).count();
    Ok((expected_workloads, jobs == 1 && decided.project.is_whole_tree()))
}

/// What the files said, and what is wrong with those that said nothing.
fn read(system: &dyn System, files: &[PathBuf]) -> (Vec<VerifyInput>, Vec<String>) {
    let stdin = [PathBuf::from("-")];
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    for file in if files.is_empty() { &stdin } else { files } {
        match read_source(system, file) {
            Ok(source) => sources.push(source),
            Err(CommandError(lines)) => problems.extend(lines),
        }
    }
    (sources, problems)
}

fn read_source(system: &dyn System, file: &Path) -> Result<VerifyInput, CommandError> {
    let name = display_name(file);
    let path = (!is_stdin(file)).then_some(file);
    let mut reader = VerifyInputReader::new(&name);
    system.read_chunks(path, &name, &mut |chunk| reader.feed(chunk))?;
    reader.finish().map_err(|unusable| match unusable {
        UnusableInput::File(message) => FileError::new(name, message).into(),
        UnusableInput::Parts(problems) => {
            CommandError(problems.iter().map(ToString::to_string).collect())
        }
    })
}

fn print(
    system: &dyn System,
    args: &VerifyArgs,
    verification: &Verification,
    problems: &[String],
) -> CommandResult {
    let VerbosityArgs { color, quiet, .. } = args.verbosity;
    // Who acts upon what was seen must not take a part for the whole, so nothing goes to them that
    // lacks what could not be read.
    printer::eprint_lines(system, "", problems);
    let is_whole = problems.is_empty();
    if is_whole {
        for (format, path) in &args.report {
            let look = Look { color: false, width: 0, notes: true, changes: true };
            let mut text = String::new();
            // Text in memory takes everything.
            let _ = report::verification(*format, verification, &look, &mut text);
            system.replace_one(path, &text)?;
        }
    } else if !args.report.is_empty() {
        printer::eprint_line(system, "no report was written");
    }
    let format = args.format.unwrap_or_else(|| {
        let is_person = !quiet && system.is_terminal(Stream::Stdout);
        if is_person { VerificationFormat::Human } else { VerificationFormat::Concise }
    });
    if !is_whole && !format.is_for_people() {
        return Ok(ExitStatus::Failed);
    }
    let look = Look {
        color: system.color(Stream::Stdout, color.choice()),
        width: system.width(Stream::Stdout),
        notes: !quiet,
        changes: true,
    };
    let mut out = system.stdout();
    let _ = report::verification(format, verification, &look, &mut out);
    let printed = printer::stdout_status(system, out.finish());
    if !quiet && format != VerificationFormat::Human {
        printer::eprint_line(system, &report::verification_verdict(verification));
    }
    let status = if is_whole { status(verification) } else { ExitStatus::Failed };
    Ok(status.max(printed))
}

/// How it ends. A job that runs from the wrong state is worse than one that is not known to run, so
/// that it decides, although its number is the smaller one.
fn status(verification: &Verification) -> ExitStatus {
    match verification.worst() {
        Some(Expectation::Contradicted) => ExitStatus::Changed,
        Some(Expectation::NotMet | Expectation::Unknown) => ExitStatus::Held,
        Some(Expectation::Met) => ExitStatus::Success,
        None => ExitStatus::Failed,
    }
}

fn format(text: &str) -> Result<VerificationFormat, String> {
    find_format(text, &VerificationFormat::BY_NAME)
}

fn report(text: &str) -> Result<(VerificationFormat, PathBuf), String> {
    match text.split_once('=') {
        None | Some((_, "")) => Err("write NAME=PATH, such as `json=verified.json`".into()),
        Some((_, "-")) => Err("a report goes to a file; --format prints to standard output".into()),
        Some((name, path)) => Ok((format(name)?, path.into())),
    }
}
