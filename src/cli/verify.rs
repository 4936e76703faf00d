//! `verify`: did every job do what was expected of it?

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::exit_status::ExitStatus;
use super::options::{InputArgs, TreeArgs, VerbosityArgs, hide_unused};
use super::printer;
use super::run_context::{CommandError, RunContext, Verbosity};
use super::settings::check_report_paths;
use crate::engine::{self, Sought};
use crate::plan::STDIN;
use crate::report::{self, Look, VerificationFormat};
use crate::shell::{Stream, System};
use crate::text::did_you_mean;
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

ExitStatus: 0 every job did what was expected; 1 one started from the wrong state; 3 one did not start,
or nothing tells how it started; 2 wrong usage, or an input that says nothing.")]
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

    /// Form of the answer: human, concise, json, markdown
    /// [default: human on a terminal, else concise]
    #[arg(long, value_name = "NAME", value_parser = format, help_heading = "Output")]
    format: Option<VerificationFormat>,

    /// Write the answer to a file as well; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = report, help_heading = "Output")]
    report: Vec<(VerificationFormat, PathBuf)>,

    #[command(flatten)]
    verbosity: VerbosityArgs,
}

/// The facts on which it depends from where a job is to start.
const USED_OPTIONS: [&str; 3] = ["savepoints", "namespace", "operator-config"];

/// Verifies, and says what came of it.
pub(crate) fn run(system: &dyn System, args: &VerifyArgs) -> ExitStatus {
    let ended = begun(system, args).and_then(|mut run| {
        let inputs = read(system, &args.files);
        let (awaited, is_lone) = awaited(&mut run, &args.paths)?;
        Ok((run.verbosity, verify::verify(&awaited, &inputs.sources, is_lone), inputs.problems))
    });
    match ended {
        Ok((verbosity, verification, problems)) => {
            say(system, args, verbosity, &verification, &problems)
        }
        Err(error) => {
            printer::eprint_line(system, &error.to_string());
            ExitStatus::Failed
        }
    }
}

/// What was typed, checked.
fn begun<'s>(system: &'s dyn System, args: &VerifyArgs) -> Result<RunContext<'s>, CommandError> {
    args.inputs.only(&USED_OPTIONS, "verify")?;
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
    // A dump that lies in the tree is no manifest.
    let never: Vec<&Path> = reports.iter().copied().chain(files.clone()).collect();
    let run = RunContext::load(system, &args.tree, &args.inputs, &args.verbosity, &never)?;
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
fn awaited(
    run: &mut RunContext<'_>,
    paths: &[PathBuf],
) -> Result<(Vec<ExpectedWorkload>, bool), CommandError> {
    let refused =
        |problems: Vec<FileError>| CommandError(problems.iter().map(ToString::to_string).collect());
    let mut facts = std::mem::take(&mut run.facts);
    let progress = run.system.progress(run.verbosity.quiet);
    let workspace = run.workspace(paths);
    let tree =
        engine::load(&*workspace, Sought::Workloads, &mut facts, &*progress).map_err(refused)?;
    if !tree.problems.is_empty() {
        return Err(refused(tree.problems));
    }
    let decided = engine::plan(&*workspace, tree, &facts, &[], 0, &*progress).map_err(refused)?;
    let awaited: Vec<ExpectedWorkload> = decided
        .changeset
        .workloads
        .into_iter()
        .map(|one| ExpectedWorkload {
            key: one.key,
            file: workspace.names().display(&one.summary.file),
            line: one.summary.line,
            expected_start: one.start,
        })
        .collect();
    if awaited.is_empty() {
        let message = match &facts.policy().select {
            Some(_) => {
                "error: --select: no workload of the tree matches, so there is none to verify"
            }
            None => "error: there is no workload to verify; name the manifests with --tree",
        };
        return Err(CommandError(vec![message.to_string()]));
    }
    let jobs =
        facts.project().workloads().iter().filter(|known| known.has_job && !known.partial).count();
    Ok((awaited, jobs == 1 && facts.project().is_whole_tree()))
}

/// What the files said, and what is wrong with those that said nothing.
#[derive(Default)]
struct Inputs {
    sources: Vec<VerifyInput>,
    problems: Vec<String>,
}

fn read(system: &dyn System, files: &[PathBuf]) -> Inputs {
    let stdin = [PathBuf::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    let mut inputs = Inputs::default();
    for file in files {
        match read_one(system, file) {
            Ok(source) => inputs.sources.push(source),
            Err(problems) => inputs.problems.extend(problems),
        }
    }
    inputs
}

fn read_one(system: &dyn System, file: &Path) -> Result<VerifyInput, Vec<String>> {
    let name = if is_stdin(file) { STDIN.to_string() } else { file.to_string_lossy().into_owned() };
    let path = (!is_stdin(file)).then_some(file);
    let mut reader = VerifyInputReader::new(&name);
    system
        .read_chunks(path, &name, &mut |piece| reader.feed(piece))
        .map_err(|problem| vec![problem.to_string()])?;
    reader.finish().map_err(|unusable| match unusable {
        UnusableInput::File(message) => vec![FileError::new(name, message).to_string()],
        UnusableInput::Parts(problems) => problems.iter().map(ToString::to_string).collect(),
    })
}

fn say(
    system: &dyn System,
    args: &VerifyArgs,
    verbosity: Verbosity,
    verification: &Verification,
    problems: &[String],
) -> ExitStatus {
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
            if let Err(problem) = system.replace_one(path, &path.to_string_lossy(), &text) {
                printer::eprint_line(system, &problem.to_string());
                return ExitStatus::Failed;
            }
        }
    } else if !args.report.is_empty() {
        printer::eprint_line(system, "no report was written");
    }
    let format = args.format.unwrap_or_else(|| {
        let is_person = !verbosity.quiet && system.is_terminal(Stream::Stdout);
        if is_person { VerificationFormat::Human } else { VerificationFormat::Concise }
    });
    if !is_whole && !format.is_for_people() {
        return ExitStatus::Failed;
    }
    let look = Look {
        color: system.color(Stream::Stdout, verbosity.color),
        width: system.width(Stream::Stdout),
        notes: !verbosity.quiet,
        changes: true,
    };
    let mut out = system.stdout();
    let _ = report::verification(format, verification, &look, &mut out);
    let stdout_status = printer::stdout_status(system, out.finish());
    if !verbosity.quiet && format != VerificationFormat::Human {
        printer::eprint_line(system, &report::verification_verdict(verification));
    }
    let status = if is_whole { status(verification) } else { ExitStatus::Failed };
    status.max(stdout_status)
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

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn format(text: &str) -> Result<VerificationFormat, String> {
    VerificationFormat::from_name(text).ok_or_else(|| {
        let names = VerificationFormat::ALL.map(VerificationFormat::name);
        let near = did_you_mean(text, names);
        format!("there is no format `{text}`{near} (known: {})", names.join(", "))
    })
}

fn report(text: &str) -> Result<(VerificationFormat, PathBuf), String> {
    match text.split_once('=') {
        None | Some((_, "")) => Err("write NAME=PATH, such as `json=verified.json`".into()),
        Some((_, "-")) => Err("a report goes to a file; --format prints to standard output".into()),
        Some((name, path)) => Ok((format(name)?, path.into())),
    }
}
