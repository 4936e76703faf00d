//! A runbook as a Markdown page: boxes to tick, and commands to copy. Names in it are as hostile as in
//! any report, and here they are words of commands as well.

use super::markdown::code;
use super::printable::{masked, sentences, unsafe_to_show};
use crate::runbook::{
    ChecklistItem, CommandCheck, ExpectedOutput, Prose, ProsePart, Runbook, RunbookKind,
    RunbookStep, ShellCommand,
};

/// The page.
pub(crate) fn render(runbook: &Runbook<'_>) -> String {
    let steps = runbook.steps.iter().enumerate().map(|(i, step)| rendered_step(i + 1, step));
    [
        introduction(runbook),
        section("## First\n", runbook.warnings.iter().map(|it| boxed(&paragraph(it, "  ")))),
        workloads(runbook),
        owners(runbook),
        differences(runbook),
        steps.collect(),
        recovery(runbook),
    ]
    .concat()
}

/// These lines under their heading, and a blank line; nothing where there are none.
fn section(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: String = lines.map(|line| line + "\n").collect();
    if lines.is_empty() { lines } else { format!("{heading}\n{lines}\n") }
}

/// Something to be ticked off.
fn boxed(text: &str) -> String {
    format!("- [ ] {text}")
}

fn introduction(runbook: &Runbook<'_>) -> String {
    let (title, summary) = match runbook.kind {
        RunbookKind::Migration => (
            "Migrate Flink workloads from v1alpha1 to v1beta1",
            "The resources are deleted and created again, since no cluster can serve both \
             versions. Follow the steps in this order: it keeps each job's state.",
        ),
        RunbookKind::NoWorkloads => (
            "Replace operator 0.1.0, without workloads",
            "No workload was found, so the operator and its CRD are simply replaced.",
        ),
        RunbookKind::Unknown => (
            "Which operator runs?",
            "No manifest of the tree can be read, so nothing is deleted or replaced before that is \
             known.",
        ),
        RunbookKind::Upgrade => (
            "Upgrade the Flink operator",
            "Everything is at v1beta1 already, so this is a normal upgrade, in which the jobs keep \
             running.",
        ),
    };
    let window = code(&format!("{}/", runbook.input.window));
    let mut text = format!(
        "# {title}\n\n{}\n\n\
         Go on only when each check gives the expected result.\n\
         Run the commands in the directory in which this page was made; files are kept in {window}, \
         which Git and `flink-migrate` ignore.\n\n\
         Run this first, in the terminal that you use for all of the commands, and replace \
         CONTEXT with the name of the context.\n\
         From then on `kubectl`, `helm` and `flux` have their own configuration there, so \
         switching contexts elsewhere cannot send one of these commands to another cluster.\n\
         It contains credentials: remove it at the end, with `rm -r \"$pinned\"`.\n\n{PINNING}\n",
        sentences(summary, "")
    );
    if runbook.runs("argocd") {
        text += "`argocd` has contexts of its own: check with `argocd context` that it uses the \
            Argo CD of this cluster, now and before step 4, and do not switch it in between.\n\n";
    }
    text
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

fn workloads(runbook: &Runbook<'_>) -> String {
    let heading =
        "## Workloads\n\n| workload | kind | what happens to it | manifest |\n|---|---|---|---|";
    let rows = runbook.rows.iter().map(|row| {
        let (summary, names) = (&row.planned.summary, &runbook.input.names);
        let key = code(&row.planned.key.to_string());
        let file = code(&names.display_line(&summary.file, summary.line));
        format!("| {key} | {} | {} | {file} |", text(&row.description), text(&row.effect))
    });
    section(heading, rows)
}

fn owners(runbook: &Runbook<'_>) -> String {
    let heading = "## What applies them\n\n\
                   | object | reason | certain | written in |\n|---|---|---|---|";
    let rows = runbook.owners.iter().map(|owner| {
        let object = &owner.object;
        let location = match &object.file {
            Some(file) => code(&runbook.input.names.display_line(file, object.line)),
            None => "only the cluster".to_string(),
        };
        let name = format!("{} {}", object.kind.name(), code(&object.key.to_string()));
        let certain = if owner.is_certain { "yes" } else { "probably" };
        format!("| {name} | {} | {certain} | {location} |", text(&owner.message()))
    });
    section(heading, rows)
}

fn differences(runbook: &Runbook<'_>) -> String {
    if runbook.input.cluster.is_none() {
        return String::new();
    }
    let blocking = runbook.blocking.iter().map(|it| format!("* **STOP** {}", text(&it.message())));
    let differences = runbook.differences.iter().map(|difference| {
        let key = code(&difference.key.to_string());
        format!("* {key}: {}.", text(&difference.message))
    });
    let none = runbook.blocking.is_empty() && runbook.differences.is_empty();
    let none = none.then(|| "The cluster and the tree have the same workloads.".to_string());
    section("## The cluster and the tree\n", none.into_iter().chain(blocking).chain(differences))
}

fn rendered_step(number: usize, step: &RunbookStep) -> String {
    let reason = paragraph(&step.reason.into(), "");
    let mut out = format!("## {number}. {}\n\n{reason}\n\n", step.title);
    let bullet = |prose: &Prose| format!("* {}\n", paragraph(prose, "  "));
    out.extend(step.notes.iter().map(bullet));
    out += if step.notes.is_empty() { "" } else { "\n" };
    for items in step.checklist.chunk_by(is_alike) {
        out += &match &items[0] {
            ChecklistItem::Run(_) => boxed(&format!("Run:\n\n{}\n", commands(items))),
            ChecklistItem::Check(check) => rendered_checks(check, items),
            ChecklistItem::Manual(what) => boxed(&format!("{}\n\n", paragraph(what, "  "))),
            ChecklistItem::Stop(why) => boxed(&format!("**STOP.** {}\n\n", paragraph(why, "  "))),
        };
    }
    out.extend(step.alternatives.iter().map(|alternative| {
        let commands = fence([&alternative.command], "");
        format!("{}\n\n{commands}\n", paragraph(&alternative.when, ""))
    }));
    let advice = step.troubleshooting.iter();
    let advice = advice.map(|advice| format!("* {}", paragraph(&(*advice).into(), "  ")));
    out + &section("If it fails:\n", advice)
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
fn rendered_checks(check: &CommandCheck, checks: &[ChecklistItem]) -> String {
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
    let workloads = checks.iter().filter_map(|item| match item {
        ChecklistItem::Check(check) => check.workload.as_ref(),
        _ => None,
    });
    let workloads = text(&Prose::names(workloads));
    let (subject, this) = match checks.len() {
        _ if check.workload.is_none() => (String::new(), "This"),
        1 => (format!("{workloads} "), "This"),
        _ => (format!("each of {workloads} "), "Each of these"),
    };
    let claim = text(&check.claim);
    let commands = commands(checks);
    boxed(&format!("{wait} {subject}{claim}.\n  {this} {must}{wanted}:\n\n{commands}\n"))
}

fn recovery(runbook: &Runbook<'_>) -> String {
    if runbook.recovery.is_empty() {
        return String::new();
    }
    let mut out = "## If it goes wrong\n".to_string();
    for procedure in &runbook.recovery {
        out += &format!("\n### {}\n\n", procedure.when);
        for (i, instruction) in procedure.instructions.iter().enumerate() {
            out += &format!("{}. {}\n", i + 1, paragraph(instruction, "   "));
        }
        if !procedure.commands.is_empty() {
            out += &format!("\n{}", fence(&procedure.commands, ""));
        }
    }
    out
}

/// The commands of these items as a block inside the box of an item.
fn commands(items: &[ChecklistItem]) -> String {
    fence(items.iter().filter_map(ChecklistItem::command), "  ")
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
        ProsePart::Code(name) => code(&masked(name)),
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
