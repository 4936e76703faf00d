//! A runbook as a Markdown page: boxes to tick, and commands to copy. Names in it are as hostile as in
//! any report, and here they stand in commands as well.

mod quote;

use std::fmt;

use super::markdown::code;
use super::printable::sentences;
use super::secret;
use crate::runbook::{
    ChecklistItem, CommandCheck, ExpectedOutput, GitOpsOwner, Prose, ProsePart, Runbook,
    RunbookKind, RunbookStep, ShellCommand,
};

/// Writes the page. Fails only if `out` does.
pub fn render(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "# {}\n", title(runbook.kind))?;
    opening(runbook, out)?;
    if !runbook.warnings.is_empty() {
        out.write_str("## First\n\n")?;
        for warning in &runbook.warnings {
            writeln!(out, "- [ ] {}", paragraph(warning, "  "))?;
        }
        out.write_char('\n')?;
    }
    workloads(runbook, out)?;
    owners(runbook, out)?;
    differences(runbook, out)?;
    for step in &runbook.steps {
        write_step(step, out)?;
    }
    recovery(runbook, out)
}

/// What the runbook is about, as a title.
fn title(kind: RunbookKind) -> &'static str {
    match kind {
        RunbookKind::Migration => "Migrate Flink workloads from v1alpha1 to v1beta1",
        RunbookKind::NoWorkloads => "Replace operator 0.1.0, without workloads",
        RunbookKind::Upgrade => "Upgrade the Flink operator",
    }
}

fn opening(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    let what = match runbook.kind {
        RunbookKind::Migration => {
            "The resources are deleted and created again, since no cluster ever served both versions. \
             Take the steps in this order: it is what keeps each job's state."
        }
        RunbookKind::NoWorkloads => {
            "No workload was found, so the operator and its CRD are simply replaced."
        }
        RunbookKind::Upgrade => {
            "Everything is at v1beta1 already, so this is a usual upgrade, in which the jobs go on running."
        }
    };
    writeln!(out, "{}\n", sentences(what, ""))?;
    writeln!(
        out,
        "Go on only when a check says what it must.\n\
         Run the commands in the directory in which this page was made; what is kept goes into {}, which \
         Git and `flink-migrate` pass over.\n",
        code(&format!("{}/", runbook.window))
    )?;
    writeln!(
        out,
        "Run this before anything else, in the one terminal that all of the commands are for, with the \
         name of the context in the place of CONTEXT.\n\
         From then on `kubectl`, `helm` and `flux` have a configuration of their own there, so nobody \
         who switches contexts elsewhere can send one of these commands to another cluster.\n\
         It holds credentials: remove it when all is done.\n\n{PINNING}"
    )?;
    if runbook.calls("argocd") {
        writeln!(
            out,
            "`argocd` has contexts of its own: see with `argocd context` that it speaks to the Argo CD \
             of this cluster, now and before step 4, and let nobody switch it meanwhile.\n"
        )?;
    }
    Ok(())
}

/// The terminal's own configuration. Without its first line nothing is exported, and with a context
/// that is not there the file is empty, so that no cluster is reached.
const PINNING: &str = r#"```sh
pinned=$(mktemp -d)
kubectl config view --minify --flatten --raw --context=CONTEXT > "$pinned/config"
export KUBECONFIG="$pinned/config"
unset HELM_KUBECONTEXT HELM_KUBEAPISERVER HELM_KUBETOKEN
kubectl config view --minify '--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}'
```
"#;

fn workloads(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    if runbook.rows.is_empty() {
        return Ok(());
    }
    out.write_str("## Workloads\n\n| workload | what it is | what becomes of it | manifest |\n")?;
    out.write_str("|---|---|---|---|\n")?;
    for row in &runbook.rows {
        let (what, effect) = (text(&row.what), text(&row.effect));
        let location = runbook.names.display_line(&row.file, row.line);
        writeln!(
            out,
            "| {} | {what} | {effect} | {} |",
            code(&row.key.to_string()),
            code(&location)
        )?;
    }
    out.write_char('\n')
}

fn owners(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    if runbook.owners.is_empty() {
        return Ok(());
    }
    out.write_str("## What keeps them as Git says\n\n")?;
    out.write_str("| object | why it counts | certain | written in |\n|---|---|---|---|\n")?;
    for owner in &runbook.owners {
        let GitOpsOwner { object, reason, is_certain, .. } = owner;
        let place = match &object.file {
            Some(file) => code(&runbook.names.display_line(file, object.line)),
            None => "only the cluster".to_string(),
        };
        let (kind, certain) = (object.kind.name(), if *is_certain { "yes" } else { "probably" });
        let why = text(&reason.prose());
        writeln!(
            out,
            "| {kind} {} | {why} | {certain} | {place} |",
            code(&object.key.to_string())
        )?;
    }
    out.write_char('\n')
}

fn differences(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    if !runbook.is_compared {
        return Ok(());
    }
    out.write_str("## The cluster and the tree\n\n")?;
    if runbook.blocking.is_empty() && runbook.differences.is_empty() {
        return out.write_str("The cluster has what the tree has.\n\n");
    }
    for blocking_resource in &runbook.blocking {
        let place = Prose::of(
            "{} {} ({}): ",
            &[blocking_resource.kind, &blocking_resource.key.to_string(), &blocking_resource.place],
        );
        writeln!(out, "* **STOP** {}.", text(&place.and(blocking_resource.why.clone())))?;
    }
    for difference in &runbook.differences {
        writeln!(out, "* {}: {}.", code(&difference.key.to_string()), text(&difference.what))?;
    }
    out.write_char('\n')
}

fn write_step(step: &RunbookStep, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "## {}. {}\n\n{}\n", step.number, step.title, paragraph(&step.why, ""))?;
    for note in &step.notes {
        writeln!(out, "* {}", paragraph(note, "  "))?;
    }
    if !step.notes.is_empty() {
        out.write_char('\n')?;
    }
    let mut items = &step.items[..];
    while let Some(first) = items.first() {
        let same = |item: &ChecklistItem| match (first, item) {
            (ChecklistItem::Run(_), ChecklistItem::Run(_)) => true,
            (ChecklistItem::Check(a), ChecklistItem::Check(b)) => is_alike(a, b),
            _ => false,
        };
        let count = items.iter().take_while(|item| same(item)).count().max(1);
        match first {
            ChecklistItem::Run(_) => {
                let commands = items[..count].iter().filter_map(|item| match item {
                    ChecklistItem::Run(command) => Some(command),
                    _ => None,
                });
                write!(out, "- [ ] Run:\n\n{}\n", fence(commands, "  "))?;
            }
            ChecklistItem::Check(_) => {
                let checks = items[..count].iter().filter_map(|item| match item {
                    ChecklistItem::Check(check) => Some(check),
                    _ => None,
                });
                write_checks(&checks.collect::<Vec<_>>(), out)?;
            }
            ChecklistItem::Manual(what) => writeln!(out, "- [ ] {}\n", paragraph(what, "  "))?,
            ChecklistItem::Stop(why) => {
                writeln!(out, "- [ ] **STOP.** {}\n", paragraph(why, "  "))?
            }
        }
        items = &items[count..];
    }
    for alternatives in &step.alternatives {
        writeln!(
            out,
            "{}\n\n{}",
            paragraph(&alternatives.when, ""),
            fence(&alternatives.commands, "")
        )?;
    }
    if !step.troubleshooting.is_empty() {
        out.write_str("If it does not go so:\n\n")?;
        for troubleshooting in &step.troubleshooting {
            writeln!(out, "* {}", paragraph(troubleshooting, "  "))?;
        }
        out.write_char('\n')?;
    }
    Ok(())
}

/// True if both say the same of two workloads.
fn is_alike(a: &CommandCheck, b: &CommandCheck) -> bool {
    a.about.is_some()
        && b.about.is_some()
        && (&a.what, &a.expect, a.waits) == (&b.what, &b.expect, b.waits)
}

/// A check, or the same one about several workloads.
fn write_checks(checks: &[&CommandCheck], out: &mut dyn fmt::Write) -> fmt::Result {
    let Some(check) = checks.first() else { return Ok(()) };
    let wait = if check.waits { "Wait until" } else { "See that" };
    let (must, wanted) = expectation(&check.expect);
    let wanted = wanted.map(|wanted| format!(" {}", code(wanted))).unwrap_or_default();
    let commands = fence(checks.iter().map(|check| &check.command), "  ");
    let about = checks.iter().filter_map(|check| check.about.as_deref());
    let about = text(&Prose::list(about));
    let who = match checks.len() {
        _ if check.about.is_none() => String::new(),
        1 => format!("{about} "),
        _ => format!("each of {about} "),
    };
    let this = if checks.len() == 1 { "This" } else { "Each of these" };
    let what = text(&check.what);
    writeln!(out, "- [ ] {wait} {who}{what}.\n  {this} {must}{wanted}:\n\n{commands}")
}

/// What a check has to print, as the end of a sentence, and the text it speaks of.
fn expectation(expect: &ExpectedOutput) -> (&'static str, Option<&str>) {
    match expect {
        ExpectedOutput::Success => ("must end with status 0", None),
        ExpectedOutput::Nothing => ("must print nothing", None),
        ExpectedOutput::Something => ("must print something", None),
        ExpectedOutput::Exactly(text) => ("must print", Some(text)),
        ExpectedOutput::ExactlyOrNothing(text) => ("must print nothing, or", Some(text)),
        ExpectedOutput::Contains(text) => ("must print, among other things,", Some(text)),
        ExpectedOutput::Excludes(text) => ("must end with status 0 and not print", Some(text)),
    }
}

fn recovery(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    if runbook.recovery.is_empty() {
        return Ok(());
    }
    out.write_str("## If it goes wrong\n")?;
    for procedure in &runbook.recovery {
        writeln!(out, "\n### {}\n", text(&procedure.when))?;
        for (i, what) in procedure.what.iter().enumerate() {
            writeln!(out, "{}. {}", i + 1, paragraph(what, "   "))?;
        }
        if !procedure.commands.is_empty() {
            write!(out, "\n{}", fence(&procedure.commands, ""))?;
        }
    }
    Ok(())
}

/// The commands as a block to copy, `inset` deep. No name can close it: its fence is longer than any row
/// of backticks in it, and none of its lines begins where a name does.
fn fence<'c>(commands: impl IntoIterator<Item = &'c ShellCommand>, inset: &str) -> String {
    let lines: Vec<String> = commands.into_iter().map(shell_line).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`').map(str::len)).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let lines: String = lines.iter().map(|line| format!("{inset}{line}\n")).collect();
    format!("{inset}{fence}sh\n{lines}{inset}{fence}\n")
}

/// The command as one line for a shell.
fn shell_line(command: &ShellCommand) -> String {
    let words = std::iter::once(&command.program).chain(&command.args);
    let line = quote::line(words.map(String::as_str));
    match &command.output_file {
        // What was kept before anything was changed is worth more than what is there now.
        Some(file) if file.rsplit('.').next() == Some("bak") => {
            let file = quote::quoted(file);
            format!("test -s {file} || {line} > {file}")
        }
        Some(file) => format!("{line} > {}", quote::quoted(file)),
        None => line,
    }
}

fn text(prose: &Prose) -> String {
    let pieces = prose.0.iter().map(|piece| match piece {
        ProsePart::Text(words) => words.clone(),
        ProsePart::Code(name) => code(&secret::masked(name)),
    });
    pieces.collect()
}

/// One sentence on a line.
fn paragraph(prose: &Prose, inset: &str) -> String {
    sentences(&text(prose), inset)
}
