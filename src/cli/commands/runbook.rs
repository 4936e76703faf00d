//! `runbook`: the cluster's side of the migration, for exactly the workloads of the tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::{dump, is_manifest_name, is_stdin, plan_tree, savepoint_map};
use crate::cli::exit_status::ExitStatus;
use crate::cli::options::{InputArgs, TreeArgs, VerbosityArgs, hide_unused};
use crate::cli::printer;
use crate::cli::run_context::{CommandError, CommandResult, RunContext, lossy};
use crate::cluster::{LiveResource, contradictions};
use crate::engine;
use crate::inputs::values;
use crate::report;
use crate::runbook::{Answers, DEFAULT_FOLDER, RunbookInput, RunbookKind, runbook};
use crate::shell::System;
use crate::workspace::escape_controls;

/// The options about facts that it uses.
const USED_OPTIONS: [&str; 3] = ["target-operator", "operator-config", "namespace"];

/// Options of `runbook`.
#[derive(Debug, Args)]
#[command(defer(|command| hide_unused(command, &USED_OPTIONS)))]
#[command(after_help = "\
Examples:
  flink-migrate runbook --target-operator 1.15 --output runbook.md
  flink-migrate runbook --output prod.md clusters/prod
  kubectl get flinkdeployments -A -o json > dump.json
  flink-migrate runbook --cluster dump.json     # compares the cluster with the tree

Exit status: 3 if the cluster has workloads that the tree has not.")]
pub(crate) struct RunbookArgs {
    /// Files or directories [default: .]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    tree: TreeArgs,

    #[command(flatten)]
    pub(crate) inputs: InputArgs,

    /// A dump of the cluster, to compare with the tree; may be repeated
    ///
    /// The output of `kubectl get flinkdeployments -A -o json`, or `-o yaml`.
    #[arg(long, value_name = "DUMP", value_hint = ValueHint::FilePath, help_heading = "Cluster")]
    cluster: Vec<PathBuf>,

    /// The savepoint map that step 3 writes [default: savepoints.yaml in that folder]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Cluster")]
    #[arg(value_parser = place)]
    map: Option<String>,

    /// A savepoint map with answers of your own, for jobs that cannot be stopped with a savepoint
    ///
    /// The steps take these jobs as they are and hand the map to `savepoints --answers`.
    #[arg(long, value_name = "MAP", value_hint = ValueHint::FilePath, help_heading = "Cluster")]
    answers: Option<PathBuf>,

    /// Where jobs without `state.savepoints.dir` put their savepoint: what step `suspend` is given
    #[arg(long, value_name = "TEMPLATE", help_heading = "Migration")]
    savepoints_dir: Option<String>,

    /// Helm release of the operator [default: flink-kubernetes-operator]
    #[arg(long, value_name = "NAME", help_heading = "Cluster")]
    release: Option<String>,

    /// Namespace of the operator [default: as Argo CD or Flux deploy it, else `default`]
    #[arg(long, value_name = "NS", help_heading = "Cluster")]
    operator_namespace: Option<String>,

    /// The chart to install [default: flink-operator-repo/flink-kubernetes-operator]
    #[arg(long, value_name = "REF", help_heading = "Cluster")]
    chart: Option<String>,

    /// The folder for backups, dumps and the map
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FOLDER, value_hint = ValueHint::DirPath)]
    #[arg(help_heading = "Cluster", value_parser = place)]
    window: String,

    /// Write it to a file, all or nothing, instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(help_heading = "Output")]
    output: Option<PathBuf>,

    #[command(flatten)]
    verbosity: VerbosityArgs,
}

/// Writes the runbook.
pub(crate) fn run(system: &dyn System, args: &RunbookArgs) -> CommandResult {
    if !args.inputs.savepoints.is_empty() {
        let message =
            "the map is made in step 3; pass locations that you answer by hand with --answers";
        return Err(CommandError::usage("--savepoints", message));
    }
    args.inputs.reject_unused(&USED_OPTIONS, "runbook")?;
    if args.paths.iter().any(|path| is_stdin(path)) {
        let message = "a runbook is for a tree; give the files or folders that are deployed";
        return Err(CommandError::usage("PATH", message));
    }
    let outputs: Vec<&Path> = args.output.iter().map(PathBuf::as_path).collect();
    let mut run = RunContext::load(system, &args.tree, &args.inputs, args.verbosity, &outputs)?;
    run.not_manifests.extend(args.answers.iter().map(|file| system.canonical(file)));
    run.not_manifests.extend(args.cluster.iter().map(|dump| system.canonical(dump)));
    let cluster = dumps(system, &args.cluster)?;
    if let Some(output) = &args.output {
        check_output_path(output, args, &run)?;
    }
    // A workload in what cannot be read would be deleted without having been stopped.
    let decided = plan_tree(&run, &args.paths)?;
    let clusters = engine::clusters(&decided, &run.inputs);
    if clusters.len() > 1 && args.tree.scope.is_none() {
        let message = format!(
            "a runbook is for one cluster, and these workloads belong to {}; pass the name of one, or give its folder as PATH",
            clusters.join(" and to ")
        );
        return Err(CommandError::usage("--scope", &message));
    }
    let mut input = runbook_input(args, engine::runbook_input(decided, &run.inputs), cluster)?;
    input.answers = args.answers.as_ref().map(|file| answers(system, file, &input)).transpose()?;
    let runbook = runbook(&input);
    let text = report::render_runbook(&runbook);
    let printed = printer::write_or_print(system, args.output.as_deref(), &text)?;
    if !run.verbosity.quiet {
        printer::eprint_lines(
            system,
            "",
            runbook.blocking.iter().map(|extra| {
                let (kind, key) = (extra.kind, escape_controls(&extra.key.to_string()));
                format!("{}: {kind} {key} is on the cluster and must not be deleted", extra.place)
            }),
        );
    }
    let is_open = runbook.kind == RunbookKind::Unknown || !runbook.blocking.is_empty();
    let ended = if is_open { ExitStatus::Held } else { ExitStatus::Success };
    Ok(printed.max(ended))
}

/// Every resource of every dump; nothing if there is no dump.
fn dumps(
    system: &dyn System,
    files: &[PathBuf],
) -> Result<Option<Vec<LiveResource>>, CommandError> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        match dump(system, file) {
            Ok((_, dump)) => found.extend(dump.resources),
            Err(CommandError(lines)) => errors.extend(lines),
        }
    }
    errors.extend(contradictions(&found).into_iter().map(|(first, other)| {
        let (place, kind, key) =
            (&other.place, other.kind.name(), escape_controls(&other.key.to_string()));
        let first = &first.place;
        format!(
            "{place}: error: {kind} {key} differs from the one at {first}; give only the latest dump"
        )
    }));
    if !errors.is_empty() {
        return Err(CommandError(errors));
    }
    Ok((!files.is_empty()).then_some(found))
}

/// The runbook must not take the place of something that it was made from.
fn check_output_path(
    output: &Path,
    args: &RunbookArgs,
    run: &RunContext<'_>,
) -> Result<(), CommandError> {
    let place = run.system.canonical(output);
    let mut taken =
        args.cluster.iter().chain(&args.answers).chain(&args.paths).chain(&run.input_files);
    let is_taken = taken.any(|file| run.system.canonical(file) == place);
    if is_taken || is_manifest_name(output) {
        let message = format!("{}: a runbook goes into a file of its own", output.display());
        return Err(CommandError::usage("--output", &message));
    }
    Ok(())
}

/// What the tree says, and what was typed.
fn runbook_input(
    args: &RunbookArgs,
    tree: RunbookInput,
    cluster: Option<Vec<LiveResource>>,
) -> Result<RunbookInput, CommandError> {
    let savepoints_dir = args.savepoints_dir.as_deref().map(values::location).transpose();
    let savepoints_dir =
        savepoints_dir.map_err(|message| CommandError::usage("--savepoints-dir", &message))?;
    Ok(RunbookInput {
        cluster,
        release: args.release.clone(),
        operator_namespace: args.operator_namespace.clone(),
        chart: args.chart.clone(),
        options: options(args),
        window: args.window.clone(),
        map: args.map.clone(),
        savepoints_dir,
        paths: args.paths.iter().map(|path| lossy(path)).collect(),
        ..tree
    })
}

/// The answers of a file. One that fits no workload would be left out in silence.
fn answers(
    system: &dyn System,
    path: &Path,
    input: &RunbookInput,
) -> Result<Answers, CommandError> {
    let map = savepoint_map(system, path)?;
    let (mut locations, mut problems) = (BTreeMap::new(), Vec::new());
    for entry in map.entries() {
        let key = &entry.key;
        if !input.workloads.iter().any(|placed| placed.item.key == *key) {
            problems.push(format!("{}: error: no workload is named {key}", entry.place));
        }
        locations.extend(entry.location().map(|location| (key.clone(), location.to_string())));
    }
    if problems.is_empty() {
        Ok(Answers { file: lossy(path), locations })
    } else {
        Err(CommandError::escaped(problems))
    }
}

/// What a further run needs to see the same tree, as it was typed.
fn options(args: &RunbookArgs) -> Vec<(&'static str, Option<String>)> {
    let (tree, inputs) = (&args.tree, &args.inputs);
    let path = |path: &PathBuf| Some(lossy(path));
    let mut options = Vec::new();
    options.extend(tree.exclude.iter().map(|glob| ("exclude", Some(glob.clone()))));
    options.extend(tree.force_exclude.then_some(("force-exclude", None)));
    options.extend(tree.select.iter().map(|glob| ("select", Some(glob.clone()))));
    options.extend(tree.scope.iter().map(|name| ("scope", Some(name.clone()))));
    options.extend(inputs.config.iter().map(|file| ("config", path(file))));
    options.extend(inputs.isolated.then_some(("isolated", None)));
    options.extend(inputs.namespace.iter().map(|name| ("namespace", Some(name.clone()))));
    options.extend(inputs.operator_config.iter().map(|file| ("operator-config", path(file))));
    options
        .extend(inputs.target_operator.iter().map(|text| ("target-operator", Some(text.clone()))));
    options
}

/// A place of its own that no program takes for an option.
fn place(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    match text {
        "" | "." | ".." => Err("name a directory of its own".into()),
        _ if text.starts_with('-') => Ok(format!("./{text}")),
        _ => Ok(text.to_string()),
    }
}
