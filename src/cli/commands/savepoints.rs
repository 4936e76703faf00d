//! `savepoints`: dumps of the cluster become a savepoint map, all of it or nothing.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum, ValueHint};

use super::{dump, is_stdin, savepoint_map};
use crate::cli::exit_status::ExitStatus;
use crate::cli::printer;
use crate::cli::run_context::{CommandError, CommandResult, lossy};
use crate::cluster::{
    CollectedSavepoint, Dump, Judge, Moment, StateTrust, apply_answers, collect, is_manifest,
};
use crate::plan::STDIN;
use crate::report::savepoints::{self as map, MapFormat};
use crate::shell::{System, now};
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

With `-o` the file is replaced at once or left as it is. A shell empties the file after `>` before
the program starts, so an older map is lost if the dump cannot be read.

Where a savepoint cannot be trusted, `--answers` supplies the location to use, such as a retained
checkpoint. A trusted savepoint always takes precedence.

Exit status: 0 every savepoint is trusted, or there is none; 3 at least one is not, and is null in
the map; 2 wrong usage, a dump that cannot be read, or an answer for a job that is not in it:
nothing is written.")]
pub(crate) struct SavepointsArgs {
    /// Dump of the cluster, as JSON or YAML, or `-` for standard input [default: -]
    #[arg(value_name = "DUMP", value_hint = ValueHint::FilePath)]
    dumps: Vec<PathBuf>,

    /// Trust no savepoint taken before: 2022-05-03T10:00:00Z, or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time)]
    taken_after: Option<Moment>,

    /// A savepoint map with answers of your own, for what is not trusted
    ///
    /// Its location replaces null. Where a savepoint is trusted, it must be the same one.
    #[arg(long, value_name = "MAP", value_hint = ValueHint::FilePath)]
    answers: Option<PathBuf>,

    /// Format of the map [default: as the extension of --output says, else yaml]
    #[arg(long, value_name = "NAME")]
    format: Option<MapFormat>,

    /// Write the map to a file, all or nothing
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,

    /// Print only what is not trusted
    #[arg(short, long)]
    quiet: bool,
}

impl ValueEnum for MapFormat {
    fn value_variants<'a>() -> &'a [MapFormat] {
        &[MapFormat::Yaml, MapFormat::Json, MapFormat::Csv]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            MapFormat::Yaml => ("yaml", "With comments: when each was taken, and why one is null"),
            MapFormat::Json => ("json", "One object of locations, nulls and `stateless`"),
            MapFormat::Csv => ("csv", "namespace,name,location,reason"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// Reads the dumps, judges them and writes the map.
pub(crate) fn run(system: &dyn System, args: &SavepointsArgs) -> CommandResult {
    let format = map_format(system, args).map_err(|message| {
        let help = "for help: flink-migrate savepoints --help";
        CommandError::new(format!("error: {message}\n\n{help}"))
    })?;
    let (judged, notes) = read(system, args)?;
    let text = map::savepoints(format, &judged, &header(args));
    let status = printer::write_or_print(system, args.output.as_deref(), &text)?;
    let is_written = status == ExitStatus::Success;
    Ok(if is_written { eprint_results(system, args, &judged, &notes) } else { status })
}

/// The form of the map, if what was typed makes sense.
fn map_format(system: &dyn System, args: &SavepointsArgs) -> Result<MapFormat, String> {
    let dashes = args.dumps.iter().filter(|dump| is_stdin(dump)).count();
    if dashes > 1 {
        return Err("standard input can be read once only".into());
    }
    if args.answers.as_deref().is_some_and(is_stdin) {
        return Err("`--answers` names a file; standard input is for a dump".into());
    }
    if args.dumps.is_empty() && system.is_stdin_terminal() {
        return Err("no dump given; write `kubectl get flinkdeployments -A -o json | \
                    flink-migrate savepoints`, or name a file"
            .into());
    }
    let Some(output) = &args.output else {
        return Ok(args.format.unwrap_or(MapFormat::Yaml));
    };
    if is_stdin(output) {
        return Err("`--output` names a file; without it the map goes to standard output".into());
    }
    let name = escape_controls(&lossy(output));
    let target = system.canonical(output);
    let is_target = |file: &PathBuf| !is_stdin(file) && system.canonical(file) == target;
    for (what, files) in [("dump", &args.dumps[..]), ("answers", args.answers.as_slice())] {
        if files.iter().any(is_target) {
            return Err(format!("the map would replace the {what} {name}; name another file"));
        }
    }
    // Nobody's manifest goes for a map that another run has written.
    if system.is_file(output) && savepoint_map(system, output).is_err() {
        return Err(format!("{name} exists and is not a savepoint map; name another file"));
    }
    // By its extension a map is read, so that another form in it would be read wrongly.
    let extension = output.extension().unwrap_or_default().to_ascii_lowercase();
    let by_name = match extension.to_str() {
        Some("csv") => Some(MapFormat::Csv),
        Some("json") => Some(MapFormat::Json),
        Some(other @ ("tsv" | "toml")) => {
            return Err(format!("a map is written as yaml, json or csv, not as {other}"));
        }
        _ => None,
    };
    let form = args.format.or(by_name).unwrap_or(MapFormat::Yaml);
    if (form == MapFormat::Csv) != (by_name == Some(MapFormat::Csv)) {
        return Err(format!("the extension of {name} does not match --format"));
    }
    Ok(form)
}

/// The verdicts, and notes on dumps that hold something else as well. What is wrong with all dumps
/// is reported at once.
fn read(
    system: &dyn System,
    args: &SavepointsArgs,
) -> Result<(Vec<CollectedSavepoint>, Vec<String>), CommandError> {
    let (mut dumps, mut notes, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for path in dump_paths(args) {
        match dump(system, path) {
            Err(CommandError(lines)) => problems.extend(lines),
            Ok((name, dump)) => {
                notes.extend(note(&name, &dump));
                let why = is_manifest(&dump);
                problems.extend(why.map(|why| FileError::new(name, why).to_string()));
                dumps.push(dump);
            }
        }
    }
    if !problems.is_empty() {
        return Err(CommandError(problems));
    }
    let judge = Judge { taken_after: args.taken_after, now: now().and_then(Moment::from_millis) };
    let mut judged = collect(&dumps, &judge).map_err(CommandError::escaped)?;
    if let Some(path) = &args.answers {
        let answers = savepoint_map(system, path)?;
        judged = apply_answers(judged, &answers).map_err(CommandError::escaped)?;
    }
    Ok((judged, notes))
}

fn dump_paths(args: &SavepointsArgs) -> Vec<&Path> {
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
    (!others.is_empty()).then(|| format!("{name}: ignored: {others}"))
}

/// Prints which savepoints are not trusted, what to do, and a summary.
fn eprint_results(
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
    let names = dump_paths(args).into_iter();
    names
        .map(|path| if is_stdin(path) { STDIN.into() } else { name(path).unwrap_or_default() })
        .collect()
}

fn time(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| {
        "write 2022-05-03T10:00:00Z, or milliseconds since 1970, from 2022 on".to_string()
    })
}
