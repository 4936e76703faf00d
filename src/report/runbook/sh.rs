//! A runbook as a script that runs nothing unless it is told to, and stops at whatever is not so.

use std::fmt;

use super::quote::{line, quoted};
use super::title;
use crate::report::{secret, visible};
use crate::runbook::{Check, Command, Expect, Item, Piece, Prose, Runbook, Step};

/// What stands before the steps: how the script is used, and the words in which they are written.
const HEAD: &str = include_str!("head.sh");

/// What stands behind them: which of them are taken.
const TAIL: &str = include_str!("tail.sh");

/// The runbook as a script for `bash`.
pub(super) fn render(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str("#!/usr/bin/env bash\n")?;
    writeln!(out, "# {}.\n#", title(runbook.way))?;
    out.write_str(HEAD)?;
    writeln!(out, "\nlast={}", runbook.steps.len())?;
    let word = |is: bool| if is { "yes" } else { "no" };
    writeln!(out, "unnamed={}", word(runbook.lacks_namespace))?;
    writeln!(out, "with_argocd={}", word(runbook.calls("argocd")))?;
    writeln!(out, "window={}", quoted(&runbook.window))?;
    out.write_str("manifests=(\n")?;
    for manifest in &runbook.manifests {
        writeln!(out, "    {}", quoted(manifest))?;
    }
    out.write_str(")\n\n")?;
    out.write_str("first() {\n    :\n")?;
    for warning in &runbook.warnings {
        writeln!(out, "    say {}", quoted(&format!("first: {}", text(warning))))?;
    }
    out.write_str("}\n\n")?;
    for step in &runbook.steps {
        one(step, out)?;
    }
    if !runbook.troubles.is_empty() {
        out.write_str("# If it goes wrong:\n")?;
    }
    for trouble in &runbook.troubles {
        writeln!(out, "#\n# {}.", text(&trouble.when))?;
        for what in &trouble.what {
            writeln!(out, "#   * {}", text(what))?;
        }
        for command in &trouble.commands {
            writeln!(out, "#     {}", visible::line(&super::shown(command)))?;
        }
    }
    if !runbook.troubles.is_empty() {
        out.write_char('\n')?;
    }
    out.write_str(TAIL)
}

fn one(step: &Step, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "# {}", text(&step.why))?;
    for note in &step.notes {
        writeln!(out, "#   * {}", text(note))?;
    }
    for instead in &step.instead {
        writeln!(out, "# {}", text(&instead.when))?;
        for command in &instead.commands {
            writeln!(out, "#     {}", visible::line(&super::shown(command)))?;
        }
    }
    for wrong in &step.wrong {
        writeln!(out, "# If not so: {}", text(wrong))?;
    }
    writeln!(out, "step_{}() {{", step.number)?;
    writeln!(out, "    title {}", quoted(step.title))?;
    if step.items.is_empty() {
        out.write_str("    say 'nothing to do here'\n")?;
    }
    let persons = step.items.iter().filter(|item| matches!(item, Item::Person(_))).count();
    let mut person = 0;
    for item in &step.items {
        match item {
            Item::Person(what) => {
                person += 1;
                let number = match persons {
                    1 => step.number.to_string(),
                    _ => format!("{}.{person}", step.number),
                };
                writeln!(out, "    person {number} {}", quoted(&text(what)))?;
            }
            Item::Stop(why) => writeln!(out, "    halt {}", quoted(&text(why)))?,
            Item::Run(command) => writeln!(out, "    {}", run(command))?,
            Item::See(check) => writeln!(out, "    {}", see(check))?,
        }
    }
    out.write_str("}\n\n")
}

fn run(command: &Command) -> String {
    let words = std::iter::once(&command.program).chain(&command.args).map(String::as_str);
    match &command.into {
        Some(file) => format!("into {} {}", quoted(file), line(words)),
        None => format!("run {}", line(words)),
    }
}

fn see(check: &Check) -> String {
    let word = match &check.expect {
        Expect::Success => "success",
        Expect::Nothing => "nothing",
        Expect::Something => "something",
        Expect::Exactly(_) => "exactly",
        Expect::ExactlyOrNothing(_) => "exactly_or_nothing",
        Expect::Holds(_) => "holds",
        Expect::Lacks(_) => "lacks",
    };
    let wanted = super::demanded(&check.expect).1.unwrap_or_default();
    let about = check.about.iter().map(|key| visible::line(key).into_owned() + " ");
    let what: String = about.chain([text(&check.what)]).collect();
    let patience = if check.waits { "await" } else { "see" };
    let words = std::iter::once(&check.command.program).chain(&check.command.args);
    format!(
        "{patience} {} {word} {} \\\n        {}",
        quoted(&what),
        quoted(wanted),
        line(words.map(String::as_str))
    )
}

/// A sentence on one line, harmless in a comment and for a terminal.
fn text(prose: &Prose) -> String {
    let pieces = prose.0.iter().map(|piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Code(name) => visible::line(&secret::masked(name)).into_owned(),
    });
    pieces.collect()
}
