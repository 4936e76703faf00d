//! `savepoints`: dumps of the cluster become a savepoint map, all of it or nothing.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};

use super::exit_status::ExitStatus;
use super::printer;
use crate::cluster::{
    CollectedSavepoint, Dump, Judge, Moment, StateTrust, apply_answers, collect, is_manifest,
    read_dump,
};
use crate::flink::problem::FileProblem;
use crate::flink::savepoints as maps;
use crate::plan::STDIN;
use crate::report::savepoints::{self as map, MapFormat};
use crate::shell::System;
use crate::workspace::{FileError, escape_controls};

/// Options of `savepoints`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl get flinkdeployments -A -o json > dump.json
  flink-migrate savepoints dump.json -o savepoints.yaml
  kubectl get flinkdeployments -A -o json | flink-migrate savepoints -o savepoints.yaml

Take the dump when every job is SUSPENDED. A savepoint is trusted only if the spec, what the
operator reconciled last and the status all say that its job was stopped with it. From operator
1.10 on, dump flinkdeployments,flinksessionjobs,flinkstatesnapshots together: the snapshots say
when each was taken.

With `-o` the file is replaced at once or left as it is. A shell empties the file behind `>` before
the program starts, so that a map of yesterday is gone if the dump cannot be read.

Where a savepoint is not trusted and will not be, `--answers` takes the location that somebody
answers for: a retained checkpoint, say. It never goes before a savepoint that is trusted.

ExitStatus: 0 every savepoint is trusted, or there is none; 3 at least one is not, and is null in the
map; 2 wrong usage, a dump that cannot be read, or an answer that fits
no job of it: nothing is written.")]
pub(crate) struct SavepointsArgs {
    /// What kubectl printed, as JSON or YAML, or `-` for standard input [default: -]
    #[arg(value_name = "DUMP", value_hint = ValueHint::FilePath)]
    dumps: Vec<PathBuf>,

    /// Trust nothing that was taken earlier: 2022-05-03T10:00:00Z, or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time)]
    taken_after: Option<Moment>,

    /// A savepoint map with answers of your own, for what is not trusted
    ///
    /// Its location takes the place of null. Where a savepoint is trusted, it must be the same one.
    #[arg(long, value_name = "MAP", value_hint = ValueHint::FilePath)]
    answers: Option<PathBuf>,

    /// Form of the map [default: as the extension of --output says, else yaml]
    #[arg(long, value_name = "NAME")]
    format: Option<Form>,

    /// Write the map to a file, at once and whole or not at all
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,

    /// Say less: only what is not trusted
    #[arg(short, long)]
    quiet: bool,
}

/// What `--format` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// With comments: when each was taken, and why one is null
    Yaml,
    /// One object of locations and nulls
    Json,
    /// namespace,name,location,reason
    Csv,
}

/// Reads the dumps, judges them and writes the map.
pub(crate) fn run(system: &dyn System, args: &SavepointsArgs) -> ExitStatus {
    let format = match usage(system, args) {
        Ok(format) => format,
        Err(message) => {
            printer::eprint_line(
                system,
                &format!("error: {message}\n\nfor help: flink-migrate savepoints --help"),
            );
            return ExitStatus::Failed;
        }
    };
    match read(system, args) {
        Ok((judged, notes)) => {
            let text = map::savepoints(format, &judged, &header(args));
            let status = written(system, args, &text);
            if status == ExitStatus::Success { tell(system, args, &judged, &notes) } else { status }
        }
        Err(problems) => {
            printer::eprint_lines(system, "", problems);
            ExitStatus::Failed
        }
    }
}

/// The form of the map, if what was typed makes sense.
fn usage(system: &dyn System, args: &SavepointsArgs) -> Result<MapFormat, String> {
    let dashes = args.dumps.iter().filter(|dump| is_dash(dump)).count();
    if dashes > 1 {
        return Err("standard input can be read once only".into());
    }
    if args.answers.as_deref().is_some_and(is_dash) {
        return Err("`--answers` names a file; standard input is for a dump".into());
    }
    if args.dumps.is_empty() && system.is_stdin_terminal() {
        return Err("no dump given; write `kubectl get flinkdeployments -A -o json | \
                    flink-migrate savepoints`, or name a file"
            .into());
    }
    let Some(output) = &args.output else {
        return Ok(args.format.map_or(MapFormat::Yaml, Form::format));
    };
    if is_dash(output) {
        return Err("`--output` names a file; without it the map goes to standard output".into());
    }
    let target = system.canonical(output);
    let is_target = |file: &PathBuf| !is_dash(file) && system.canonical(file) == target;
    for (what, files) in [("dump", &args.dumps[..]), ("answers", args.answers.as_slice())] {
        if files.iter().any(is_target) {
            let name = escape_controls(&output.to_string_lossy());
            return Err(format!("the map would replace the {what} {name}; name another file"));
        }
    }
    if system.is_file(output) && !is_map(system, output) {
        let name = escape_controls(&output.to_string_lossy());
        return Err(format!("{name} is there and is no savepoint map; name another file"));
    }
    // By its extension a map is read, so that another form in it would be read wrongly.
    let extension = output.extension().unwrap_or_default().to_ascii_lowercase();
    let by_name = match extension.to_str() {
        Some("csv") => Some(Form::Csv),
        Some("json") => Some(Form::Json),
        Some(other @ ("tsv" | "toml")) => {
            return Err(format!("a map is written as yaml, json or csv, not as {other}"));
        }
        _ => None,
    };
    let form = args.format.or(by_name).unwrap_or(Form::Yaml);
    if (form == Form::Csv) != (by_name == Some(Form::Csv)) {
        let name = escape_controls(&output.to_string_lossy());
        return Err(format!("{name} would be read as another form than --format says"));
    }
    Ok(form.format())
}

/// True for a file that another run may have written: nobody's manifest goes for a map.
fn is_map(system: &dyn System, file: &Path) -> bool {
    let name = file.to_string_lossy();
    system.read_text(file, &name).is_ok_and(|text| maps::read(&name, &text).is_ok())
}

impl Form {
    fn format(self) -> MapFormat {
        match self {
            Form::Yaml => MapFormat::Yaml,
            Form::Json => MapFormat::Json,
            Form::Csv => MapFormat::Csv,
        }
    }
}

/// The verdicts, and notes on dumps that hold something else as well. What is wrong with all dumps
/// is told at once.
fn read(
    system: &dyn System,
    args: &SavepointsArgs,
) -> Result<(Vec<CollectedSavepoint>, Vec<String>), Vec<String>> {
    let (mut dumps, mut notes, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for path in named(args) {
        let name = name_of(path);
        let text = if is_dash(path) {
            system.read_stdin_text(&name)
        } else {
            system.read_text(path, &name)
        };
        match text {
            Err(problem) => problems.push(problem.to_string()),
            Ok(text) => match read_dump(&name, &text) {
                Err(found) => {
                    problems.extend(found.iter().map(|found| escape_controls(&found.to_string())));
                }
                Ok(dump) => {
                    notes.extend(note(&name, &dump));
                    let why = is_manifest(&dump);
                    problems.extend(why.map(|why| FileError::new(&*name, why).to_string()));
                    dumps.push(dump);
                }
            },
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let judge =
        Judge { taken_after: args.taken_after, now: system.now().and_then(Moment::from_millis) };
    let told = |found: Vec<FileProblem>| -> Vec<String> {
        found.iter().map(|found| escape_controls(&found.to_string())).collect()
    };
    let judged = collect(&dumps, &judge).map_err(told)?;
    let Some(path) = &args.answers else { return Ok((judged, notes)) };
    let name = path.to_string_lossy().into_owned();
    let text = system.read_text(path, &name).map_err(|problem| vec![problem.to_string()])?;
    let answers = maps::read(&name, &text).map_err(told)?;
    Ok((apply_answers(judged, &answers).map_err(told)?, notes))
}

fn named(args: &SavepointsArgs) -> Vec<&Path> {
    if args.dumps.is_empty() {
        return vec![Path::new("-")];
    }
    args.dumps.iter().map(PathBuf::as_path).collect()
}

fn note(name: &str, dump: &Dump) -> Option<String> {
    if dump.is_empty() {
        return Some(format!(
            "{name} lists nothing: is it the right cluster, and did you ask for all namespaces (-A)?"
        ));
    }
    let others = dump.others_summary();
    (!others.is_empty()).then(|| format!("{name}: not looked at: {others}"))
}

/// The map, where it belongs.
fn written(system: &dyn System, args: &SavepointsArgs, text: &str) -> ExitStatus {
    let Some(path) = &args.output else {
        let mut out = system.stdout();
        out.bytes(text.as_bytes());
        return printer::stdout_status(system, out.finish());
    };
    match system.replace_one(path, &path.to_string_lossy(), text) {
        Ok(()) => ExitStatus::Success,
        Err(problem) => {
            printer::eprint_line(system, &problem.to_string());
            ExitStatus::Failed
        }
    }
}

/// Says which savepoints are not trusted and what to do, and what it comes to.
fn tell(
    system: &dyn System,
    args: &SavepointsArgs,
    judged: &[CollectedSavepoint],
    notes: &[String],
) -> ExitStatus {
    let mut status = ExitStatus::Success;
    let mut lines = Vec::new();
    for one in judged {
        if let StateTrust::Distrusted { reason, help } = &one.trust {
            status = ExitStatus::Held;
            lines.push(escape_controls(&format!(
                "{}: {}: not trusted: {reason}; {help}",
                one.place, one.key
            )));
        }
    }
    printer::eprint_lines(system, "", lines);
    if !args.quiet {
        printer::eprint_lines(system, "note: ", notes.iter().map(|note| escape_controls(note)));
        printer::eprint_line(system, &map::summary(judged));
    }
    status
}

/// The dumps as the header of the map names them: without the directories of one machine.
fn header(args: &SavepointsArgs) -> Vec<String> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names = named(args).into_iter();
    names
        .map(|path| if is_dash(path) { STDIN.into() } else { name(path).unwrap_or_default() })
        .collect()
}

fn name_of(path: &Path) -> String {
    if is_dash(path) { STDIN.to_string() } else { path.to_string_lossy().into_owned() }
}

fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn time(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| {
        "write 2022-05-03T10:00:00Z, or milliseconds since 1970, from 2022 on".to_string()
    })
}
