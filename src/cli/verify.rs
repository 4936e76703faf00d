//! `verify`: did every job do what was expected of it?

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::basis::{Basis, Refusal, Talk};
use super::options::{FactArgs, TalkArgs, TreeArgs, without_unused};
use super::outcome::Status;
use super::settings::reports_are_apart;
use super::{show, talk, tree};
use crate::cluster::{self, AsExpected, Awaited, LogReader, Source, Verification};
use crate::plan::{self, STDIN};
use crate::report::{self, Look, VerificationFormat};
use crate::shell::{self, Problem, Progress, Stream};
use crate::text::did_you_mean;

/// Options of `verify`.
#[derive(Debug, Args)]
#[command(defer(|command| without_unused(command, &USED)))]
#[command(after_help = "\
Examples:
  flink-migrate verify logs/* --savepoints savepoints.yaml
  kubectl get flinkdeployments -A -o json | flink-migrate verify --savepoints savepoints.yaml
  kubectl logs -n prod -l component=jobmanager --prefix --tail=-1 | flink-migrate verify
  flink-migrate verify logs/* --report json=verified.json

Status: 0 every job did what was expected; 1 one started from the wrong state; 3 one did not start,
or nothing tells how it started; 2 wrong usage, or an input that says nothing.")]
pub(super) struct VerifyArgs {
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
    facts: FactArgs,

    /// Form of the answer: human, concise, json, markdown
    /// [default: human on a terminal, else concise]
    #[arg(long, value_name = "NAME", value_parser = format, help_heading = "Output")]
    format: Option<VerificationFormat>,

    /// Write the answer to a file as well; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = report, help_heading = "Output")]
    report: Vec<(VerificationFormat, PathBuf)>,

    #[command(flatten)]
    talk: TalkArgs,
}

/// The facts on which it depends from where a job is to start.
const USED: [&str; 3] = ["savepoints", "namespace", "operator-config"];

/// Verifies, and says what came of it.
pub(super) fn run(args: &VerifyArgs) -> Status {
    let ended = begun(args).and_then(|mut basis| {
        let inputs = read(&args.files);
        let (awaited, is_lone) = awaited(&mut basis, &args.paths)?;
        Ok((basis.talk, cluster::verify(&awaited, &inputs.sources, is_lone), inputs.problems))
    });
    match ended {
        Ok((talk, verification, problems)) => say(args, talk, &verification, &problems),
        Err(refusal) => {
            talk::say(&refusal.to_string());
            Status::Failed
        }
    }
}

/// What was typed, checked.
fn begun(args: &VerifyArgs) -> Result<Basis, Refusal> {
    args.facts.only(&USED, "verify")?;
    if args.files.iter().filter(|file| is_stdin(file)).count() > 1 {
        return Err(Refusal::usage("FILE", "standard input can be read once only"));
    }
    if args.files.iter().all(|file| is_stdin(file)) && shell::is_typed() {
        let message = "standard input is a terminal; name logs or a dump, or pipe one in";
        return Err(Refusal::usage("FILE", message));
    }
    if args.paths.iter().any(|path| is_stdin(path)) {
        return Err(Refusal::usage("--tree", "standard input is for logs and dumps; give a path"));
    }
    let reports: Vec<&Path> = args.report.iter().map(|(_, path)| path.as_path()).collect();
    let files = args.files.iter().map(PathBuf::as_path).filter(|file| !is_stdin(file));
    // A dump that lies in the tree is no manifest.
    let never: Vec<&Path> = reports.iter().copied().chain(files.clone()).collect();
    let basis = Basis::of(&args.tree, &args.facts, &args.talk, &never)?;
    reports_are_apart(&reports, &basis)?;
    let read: Vec<PathBuf> = files.map(shell::canonical).collect();
    let taken = reports.iter().find(|path| read.contains(&shell::canonical(path)));
    match taken {
        Some(path) => {
            let message = format!("{}: the file is read; choose another name", path.display());
            Err(Refusal::usage("--report", &message))
        }
        None => Ok(basis),
    }
}

/// The workloads of the tree and what is expected of them; and whether the tree has no more than one
/// with a job.
fn awaited(basis: &mut Basis, paths: &[PathBuf]) -> Result<(Vec<Awaited>, bool), Refusal> {
    let refused =
        |problems: Vec<Problem>| Refusal(problems.iter().map(ToString::to_string).collect());
    let progress = Progress::new(basis.talk.quiet);
    let found = tree::read(basis, paths, &progress).map_err(refused)?;
    if !found.problems.is_empty() {
        return Err(refused(found.problems));
    }
    let mut awaited = Vec::new();
    for file in &found.targets {
        let bytes = tree::again(file).map_err(|problem| refused(vec![problem]))?;
        let declared = plan::inventory(&file.name, &bytes, &file.told.readings, &basis.facts);
        awaited.extend(declared.into_iter().map(|one| Awaited {
            key: one.key,
            file: one.file,
            line: one.line,
            expected: one.start,
        }));
    }
    if awaited.is_empty() {
        let message = match &basis.facts.select {
            Some(_) => {
                "error: --select: no workload of the tree matches, so there is none to verify"
            }
            None => "error: there is no workload to verify; name the manifests with --tree",
        };
        return Err(Refusal(vec![message.to_string()]));
    }
    let jobs = basis
        .facts
        .index
        .workloads()
        .iter()
        .filter(|known| known.has_job && !known.partial)
        .count();
    Ok((awaited, jobs == 1 && basis.facts.index.is_whole_tree()))
}

/// What the files said, and what is wrong with those that said nothing.
#[derive(Default)]
struct Inputs {
    sources: Vec<Source>,
    problems: Vec<String>,
}

fn read(files: &[PathBuf]) -> Inputs {
    let stdin = [PathBuf::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    let mut inputs = Inputs::default();
    for file in files {
        match read_one(file) {
            Ok(source) => inputs.sources.push(source),
            Err(problems) => inputs.problems.extend(problems),
        }
    }
    inputs
}

/// A dump is held as a whole, a log goes by. The first piece tells which it is.
fn read_one(file: &Path) -> Result<Source, Vec<String>> {
    let name = if is_stdin(file) { STDIN.to_string() } else { file.to_string_lossy().into_owned() };
    let path = (!is_stdin(file)).then_some(file);
    let mut reader = LogReader::new(&name);
    let mut dump: Option<Vec<u8>> = None;
    let mut is_first = true;
    let mut form = None;
    let read = shell::read_through(path, &name, |piece| {
        if is_first && cluster::is_dump(&String::from_utf8_lossy(piece)) {
            dump = Some(Vec::new());
        }
        form = form.or_else(|| other_form(piece).filter(|_| is_first));
        is_first = false;
        match &mut dump {
            Some(held) => held.extend_from_slice(piece),
            None => reader.feed(piece),
        }
    });
    let one = |message: &str| vec![Problem::new(name.clone(), message).to_string()];
    read.map_err(|problem| vec![problem.to_string()])?;
    if let Some(form) = form {
        return Err(one(form));
    }
    let Some(bytes) = dump else {
        let log = reader.finish();
        if log.said.is_empty() && !log.is_of_flink {
            return Err(one(NOTHING_IN_IT));
        }
        return Ok(Source::Log(log));
    };
    let text = String::from_utf8(bytes).map_err(|_| one("is not UTF-8; save it as UTF-8"))?;
    let dump = cluster::read_dump(&name, &text)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if let Some(why) = cluster::is_manifest(&dump) {
        return Err(one(&why));
    }
    if cluster::is_from_before(&dump) {
        return Err(one(FROM_BEFORE));
    }
    Ok(Source::Dump(dump))
}

/// What has to happen to a file that begins like this before anybody can read it; nothing if it is
/// text.
fn other_form(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("is UTF-16; save it as UTF-8"),
        [0x1f, 0x8b, ..] => Some("is compressed; unpack it"),
        _ => None,
    }
}

const NOTHING_IN_IT: &str = "no line about a job in it; give the log of a JobManager from its first start on, \
    that of the operator, or the output of `kubectl get flinkdeployments -A -o json`";

const FROM_BEFORE: &str = "the dump holds resources at v1alpha1: it is from before the migration; take it \
    again with `kubectl get flinkdeployments -A -o json`";

fn say(args: &VerifyArgs, talk: Talk, verification: &Verification, problems: &[String]) -> Status {
    // Who acts upon what was seen must not take a part for the whole, so nothing goes to them that
    // lacks what could not be read.
    talk::say_each("", problems);
    let is_whole = problems.is_empty();
    if is_whole {
        for (format, path) in &args.report {
            let look = Look { color: false, width: 0, notes: true, changes: true };
            let mut text = String::new();
            // Text in memory takes everything.
            let _ = report::verification(*format, verification, &look, &mut text);
            if let Err(problem) = shell::replace_one(path, &path.to_string_lossy(), &text) {
                talk::say(&problem.to_string());
                return Status::Failed;
            }
        }
    } else if !args.report.is_empty() {
        talk::say("no report was written");
    }
    let format = args.format.unwrap_or_else(|| {
        let is_person = !talk.quiet && shell::is_terminal(Stream::Stdout);
        if is_person { VerificationFormat::Human } else { VerificationFormat::Concise }
    });
    if !is_whole && !format.is_for_people() {
        return Status::Failed;
    }
    let look = Look {
        color: shell::color(Stream::Stdout, talk.color),
        width: shell::width(Stream::Stdout),
        notes: !talk.quiet,
        changes: true,
    };
    let mut out = shell::stdout();
    let _ = report::verification(format, verification, &look, &mut out);
    let printed = show::printed(out.finish());
    if !talk.quiet && format != VerificationFormat::Human {
        talk::say(&report::verification_verdict(verification));
    }
    let status = if is_whole { status(verification) } else { Status::Failed };
    status.max(printed)
}

/// How it ends. A job that runs from the wrong state is worse than one that is not known to run, so
/// that it decides, although its number is the smaller one.
fn status(verification: &Verification) -> Status {
    match verification.worst() {
        Some(AsExpected::Wrong) => Status::Changed,
        Some(AsExpected::No | AsExpected::Open) => Status::Held,
        Some(AsExpected::Yes) => Status::Fine,
        None => Status::Failed,
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
