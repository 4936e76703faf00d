//! A runbook as a Markdown page: boxes to tick, and commands to copy. Names in it are as hostile as in
//! any report, and here they are words of commands as well.

use std::fmt::{self, Write};

use super::markdown::code;
use super::printable::sentences;
use super::printable::unsafe_to_show;
use super::secret;
use crate::runbook::{
    ChecklistItem, CommandCheck, ExpectedOutput, Prose, ProsePart, Runbook, RunbookKind,
    RunbookStep, ShellCommand,
};

/// Writes the page. Fails only if `out` does.
pub(crate) fn render(runbook: &Runbook<'_>, out: &mut dyn Write) -> fmt::Result {
    introduction(runbook, out)?;
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
    for (i, step) in runbook.steps.iter().enumerate() {
        write_step(i + 1, step, out)?;
    }
    recovery(runbook, out)
}

fn introduction(runbook: &Runbook<'_>, out: &mut dyn Write) -> fmt::Result {
    let (title, summary) = match runbook.kind {
        RunbookKind::Migration => (
            "Migrate Flink workloads from v1alpha1 to v1beta1",
            "The resources are deleted and created again, since no cluster ever served both versions. \
             Take the steps in this order: it is what keeps each job's state.",
        ),
        RunbookKind::NoWorkloads => (
            "Replace operator 0.1.0, without workloads",
            "No workload was found, so the operator and its CRD are simply replaced.",
        ),
        RunbookKind::Upgrade => (
            "Upgrade the Flink operator",
            "Everything is at v1beta1 already, so this is a usual upgrade, in which the jobs go on running.",
        ),
    };
    writeln!(out, "# {title}\n\n{}\n", sentences(summary, ""))?;
    writeln!(
        out,
        "Go on only when a check says what it must.\n\
         Run the commands in the directory in which this page was made; what is kept goes into {}, which \
         Git and `flink-migrate` pass over.\n",
        code(&format!("{}/", runbook.input.window))
    )?;
    writeln!(
        out,
        "Run this before anything else, in the one terminal that all of the commands are for, with the \
         name of the context in the place of CONTEXT.\n\
         From then on `kubectl`, `helm` and `flux` have a configuration of their own there, so nobody \
         who switches contexts elsewhere can send one of these commands to another cluster.\n\
         It holds credentials: remove it when all is done.\n\n{PINNING}"
    )?;
    if runbook.runs("argocd") {
        writeln!(
            out,
            "`argocd` has contexts of its own: see with `argocd context` that it speaks to the Argo CD \
             of this cluster, now and before step 4, and let nobody switch it meanwhile.\n"
        )?;
    }
    Ok(())
}

/// A configuration for this terminal. Where its first line was not run nothing is exported, and for a
/// context that does not exist the file is empty, so that no cluster is reached.
const PINNING: &str = r#"```sh
pinned=$(mktemp -d)
kubectl config view --minify --flatten --raw --context=CONTEXT > "$pinned/config"
export KUBECONFIG="$pinned/config"
unset HELM_KUBECONTEXT HELM_KUBEAPISERVER HELM_KUBETOKEN
kubectl config view --minify '--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}'
```
"#;

fn workloads(runbook: &Runbook<'_>, out: &mut dyn Write) -> fmt::Result {
    if runbook.rows.is_empty() {
        return Ok(());
    }
    out.write_str("## Workloads\n\n| workload | what it is | what becomes of it | manifest |\n")?;
    out.write_str("|---|---|---|---|\n")?;
    for row in &runbook.rows {
        let key = code(&row.planned.key.to_string());
        let (description, effect) = (text(&row.description), text(&row.effect));
        let file =
            runbook.input.names.display_line(&row.planned.summary.file, row.planned.summary.line);
        writeln!(out, "| {key} | {description} | {effect} | {} |", code(&file))?;
    }
    out.write_char('\n')
}

fn owners(runbook: &Runbook<'_>, out: &mut dyn Write) -> fmt::Result {
    if runbook.owners.is_empty() {
        return Ok(());
    }
    out.write_str("## What keeps them as Git says\n\n")?;
    out.write_str("| object | why it counts | certain | written in |\n|---|---|---|---|\n")?;
    for owner in &runbook.owners {
        let object = &owner.object;
        let location = match &object.file {
            Some(file) => code(&runbook.input.names.display_line(file, object.line)),
            None => "only the cluster".to_string(),
        };
        let name = format!("{} {}", object.kind.name(), code(&object.key.to_string()));
        let certain = if owner.is_certain { "yes" } else { "probably" };
        writeln!(out, "| {name} | {} | {certain} | {location} |", text(&owner.reason.message()))?;
    }
    out.write_char('\n')
}

fn differences(runbook: &Runbook<'_>, out: &mut dyn Write) -> fmt::Result {
    if runbook.input.cluster.is_none() {
        return Ok(());
    }
    out.write_str("## The cluster and the tree\n\n")?;
    if runbook.blocking.is_empty() && runbook.differences.is_empty() {
        return out.write_str("The cluster has what the tree has.\n\n");
    }
    for blocking in &runbook.blocking {
        writeln!(out, "* **STOP** {}", text(&blocking.message()))?;
    }
    for difference in &runbook.differences {
        let message = text(&difference.message);
        writeln!(out, "* {}: {message}.", code(&difference.key.to_string()))?;
    }
    out.write_char('\n')
}

fn write_step(number: usize, step: &RunbookStep, out: &mut dyn Write) -> fmt::Result {
    let reason = paragraph(&step.reason.into(), "");
    writeln!(out, "## {number}. {}\n\n{reason}\n", step.title)?;
    for note in &step.notes {
        writeln!(out, "* {}", paragraph(note, "  "))?;
    }
    if !step.notes.is_empty() {
        out.write_char('\n')?;
    }
    for items in step.checklist.chunk_by(is_alike) {
        match &items[0] {
            ChecklistItem::Run(_) => {
                let commands = items.iter().filter_map(|item| match item {
                    ChecklistItem::Run(command) => Some(command),
                    _ => None,
                });
                write!(out, "- [ ] Run:\n\n{}\n", fence(commands, "  "))?;
            }
            ChecklistItem::Check(check) => {
                let checks = items.iter().filter_map(|item| match item {
                    ChecklistItem::Check(check) => Some(check),
                    _ => None,
                });
                write_checks(check, &checks.collect::<Vec<_>>(), out)?;
            }
            ChecklistItem::Manual(what) => writeln!(out, "- [ ] {}\n", paragraph(what, "  "))?,
            ChecklistItem::Stop(why) => {
                writeln!(out, "- [ ] **STOP.** {}\n", paragraph(why, "  "))?;
            }
        }
    }
    for alternative in &step.alternatives {
        let commands = fence([&alternative.command], "");
        writeln!(out, "{}\n\n{commands}", paragraph(&alternative.when, ""))?;
    }
    if !step.troubleshooting.is_empty() {
        out.write_str("If it does not go so:\n\n")?;
        for advice in &step.troubleshooting {
            writeln!(out, "* {}", paragraph(&(*advice).into(), "  "))?;
        }
        out.write_char('\n')?;
    }
    Ok(())
}

/// True if both are commands, or checks of the same claim about two workloads.
fn is_alike(a: &ChecklistItem, b: &ChecklistItem) -> bool {
    match (a, b) {
        (ChecklistItem::Run(_), ChecklistItem::Run(_)) => true,
        (ChecklistItem::Check(a), ChecklistItem::Check(b)) => {
            let is_about_workloads = a.workload.is_some() && b.workload.is_some();
            is_about_workloads
                && (&a.claim, &a.expected, a.waits) == (&b.claim, &b.expected, b.waits)
        }
        _ => false,
    }
}

/// A check, or the same one about several workloads, of which `check` is the first.
fn write_checks(
    check: &CommandCheck,
    checks: &[&CommandCheck],
    out: &mut dyn Write,
) -> fmt::Result {
    let wait = if check.waits { "Wait until" } else { "See that" };
    let (must, wanted) = match &check.expected {
        ExpectedOutput::Success => ("must end with status 0", None),
        ExpectedOutput::Nothing => ("must print nothing", None),
        ExpectedOutput::Something => ("must print something", None),
        ExpectedOutput::Exactly(text) => ("must print", Some(text)),
        ExpectedOutput::ExactlyOrNothing(text) => ("must print nothing, or", Some(text)),
        ExpectedOutput::Contains(text) => ("must print, among other things,", Some(text)),
        ExpectedOutput::Excludes(text) => ("must end with status 0 and not print", Some(text)),
    };
    let wanted = wanted.map(|wanted| format!(" {}", code(wanted))).unwrap_or_default();
    let workloads = checks.iter().filter_map(|check| check.workload.as_ref());
    let workloads = text(&Prose::names(workloads));
    let (subject, this) = match checks.len() {
        _ if check.workload.is_none() => (String::new(), "This"),
        1 => (format!("{workloads} "), "This"),
        _ => (format!("each of {workloads} "), "Each of these"),
    };
    let claim = text(&check.claim);
    let commands = fence(checks.iter().map(|check| &check.command), "  ");
    writeln!(out, "- [ ] {wait} {subject}{claim}.\n  {this} {must}{wanted}:\n\n{commands}")
}

fn recovery(runbook: &Runbook<'_>, out: &mut dyn Write) -> fmt::Result {
    if runbook.recovery.is_empty() {
        return Ok(());
    }
    out.write_str("## If it goes wrong\n")?;
    for procedure in &runbook.recovery {
        writeln!(out, "\n### {}\n", procedure.when)?;
        for (i, instruction) in procedure.instructions.iter().enumerate() {
            writeln!(out, "{}. {}", i + 1, paragraph(instruction, "   "))?;
        }
        if !procedure.commands.is_empty() {
            write!(out, "\n{}", fence(&procedure.commands, ""))?;
        }
    }
    Ok(())
}

/// The commands as a block to copy, each line indented by `inset`. No name can close it: its fence is
/// longer than any row of backticks in it, and none of its lines begins where a name does.
fn fence<'c>(commands: impl IntoIterator<Item = &'c ShellCommand>, inset: &str) -> String {
    let lines: Vec<String> = commands.into_iter().map(shell_line).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`').map(str::len)).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let lines: String = lines.iter().map(|line| format!("{inset}{line}\n")).collect();
    format!("{inset}{fence}sh\n{lines}{inset}{fence}\n")
}

fn text(prose: &Prose) -> String {
    let parts = prose.0.iter().map(|part| match part {
        ProsePart::Text(text) => text.clone(),
        ProsePart::Code(name) => code(&secret::masked(name)),
    });
    parts.collect()
}

/// One sentence on a line.
fn paragraph(prose: &Prose, inset: &str) -> String {
    sentences(&text(prose), inset)
}

fn shell_line(command: &ShellCommand) -> String {
    let words = std::iter::once(command.program).chain(command.args.iter().map(String::as_str));
    let line = words.map(quoted).collect::<Vec<_>>().join(" ");
    let Some(file) = command.output_file.as_deref() else { return line };
    let output = format!("{line} > {}", quoted(file));
    // What was kept before anything was changed is worth more than what is there now.
    let is_backup = file.rsplit('.').next() == Some("bak");
    if is_backup { format!("test -s {} || {output}", quoted(file)) } else { output }
}

/// The text as one word of `bash`: bare where that is plain, in single quotes, or with escapes where it
/// holds what a terminal would obey or hide. No argument of a program can hold a NUL, which is left out.
fn quoted(text: &str) -> String {
    let text = text.replace('\0', "");
    // A word that begins with a tilde is a home, one with an equals sign before any slash an assignment.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&b);
    let begins_plainly =
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if begins_plainly && text.bytes().all(is_plain) {
        return text;
    }
    if !text.contains(unsafe_to_show) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    // Bytes, since what `\u` means depends on the locale.
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if unsafe_to_show(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Three octal digits: a hexadecimal escape would swallow what follows.
                    out += &format!("\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}
