//! A runbook for programs: `schema/runbook-v1.schema.json`. A command is a program and its arguments,
//! so that nobody has to take a shell's quotes apart.

use std::fmt;

use super::{demanded, title, word};
use crate::report::pretty::Json;
use crate::report::secret;
use crate::runbook::{Command, Holder, Item, Piece, Prose, Runbook, Step, Trouble, Way};

/// Grows when a member changes its meaning or goes; a new member leaves it.
const VERSION: usize = 1;

/// The whole runbook as one object.
pub(super) fn render(runbook: &Runbook, out: &mut dyn fmt::Write) -> fmt::Result {
    let tool = Json::object([
        ("name", Some(Json::text(env!("CARGO_PKG_NAME")))),
        ("version", Some(Json::text(env!("CARGO_PKG_VERSION")))),
    ]);
    let way = match runbook.way {
        Way::Migration => "migration",
        Way::NoWorkloads => "no-workloads",
        Way::Upgrade => "upgrade",
    };
    let workloads = runbook.rows.iter().map(|row| {
        Json::object([
            ("workload", Some(Json::text(&row.key))),
            ("what", Some(prose(&row.what))),
            ("place", Some(Json::text(&row.place))),
            ("fate", Some(prose(&row.fate))),
        ])
    });
    let extras = runbook.extras.iter().map(|extra| {
        Json::object([
            ("workload", Some(Json::text(&extra.key))),
            ("kind", Some(Json::text(extra.kind))),
            ("place", Some(Json::text(&extra.place))),
            ("why", Some(prose(&extra.why))),
        ])
    });
    let differences = runbook.differences.iter().map(|difference| {
        Json::object([
            ("workload", Some(Json::text(&difference.key))),
            ("what", Some(prose(&difference.what))),
        ])
    });
    let report = Json::object([
        ("version", Some(Json::Count(VERSION))),
        ("tool", Some(tool)),
        ("way", Some(Json::text(way))),
        ("title", Some(Json::text(title(runbook.way)))),
        ("warnings", Some(Json::list(runbook.warnings.iter().map(prose)))),
        ("workloads", Some(Json::list(workloads))),
        ("holders", Some(Json::list(runbook.holders.iter().map(holder)))),
        ("compared", Some(Json::Flag(runbook.is_compared))),
        ("extras", Some(Json::list(extras))),
        ("differences", Some(Json::list(differences))),
        ("steps", Some(Json::list(runbook.steps.iter().map(step)))),
        ("troubles", Some(Json::list(runbook.troubles.iter().map(trouble)))),
    ]);
    report.write(out)
}

fn holder(holder: &Holder) -> Json {
    let Holder { keeper, reason, is_certain, has_workloads, has_operator } = holder;
    let place = keeper.file.as_ref().map(|file| Json::text(format!("{file}:{}", keeper.line)));
    Json::object([
        ("kind", Some(Json::text(keeper.kind.name()))),
        ("namespace", keeper.namespace.as_ref().map(Json::text)),
        ("name", Some(Json::text(&keeper.name))),
        ("place", place),
        ("why", Some(prose(&reason.prose()))),
        ("certain", Some(Json::Flag(*is_certain))),
        ("workloads", Some(Json::Flag(*has_workloads))),
        ("operator", Some(Json::Flag(*has_operator))),
    ])
}

fn step(step: &Step) -> Json {
    let instead = step.instead.iter().map(|instead| {
        Json::object([
            ("when", Some(prose(&instead.when))),
            ("commands", Some(Json::list(instead.commands.iter().map(command)))),
        ])
    });
    Json::object([
        ("number", Some(Json::Count(step.number))),
        ("title", Some(Json::text(step.title))),
        ("why", Some(prose(&step.why))),
        ("notes", Some(Json::list(step.notes.iter().map(prose)))),
        ("items", Some(Json::list(step.items.iter().map(item)))),
        ("instead", Some(Json::list(instead))),
        ("wrong", Some(Json::list(step.wrong.iter().map(prose)))),
    ])
}

fn item(item: &Item) -> Json {
    let kind = |kind: &str| ("kind", Some(Json::text(kind)));
    match item {
        Item::Person(what) => Json::object([kind("person"), ("what", Some(prose(what)))]),
        Item::Stop(why) => Json::object([kind("stop"), ("what", Some(prose(why)))]),
        Item::Run(run) => Json::object([kind("run"), ("command", Some(command(run)))]),
        Item::See(check) => {
            let (_, wanted) = demanded(&check.expect);
            Json::object([
                kind("check"),
                ("about", check.about.as_ref().map(Json::text)),
                ("what", Some(prose(&check.what))),
                ("command", Some(command(&check.command))),
                ("expect", Some(Json::text(word(&check.expect)))),
                ("text", wanted.map(Json::text)),
                ("waits", Some(Json::Flag(check.waits))),
            ])
        }
    }
}

fn command(command: &Command) -> Json {
    Json::object([
        ("program", Some(Json::text(&command.program))),
        ("arguments", Some(Json::list(command.args.iter().map(Json::text)))),
        ("into", command.into.as_ref().map(Json::text)),
    ])
}

fn trouble(trouble: &Trouble) -> Json {
    Json::object([
        ("when", Some(prose(&trouble.when))),
        ("what", Some(Json::list(trouble.what.iter().map(prose)))),
        ("commands", Some(Json::list(trouble.commands.iter().map(command)))),
    ])
}

/// A sentence with its code between backticks.
fn prose(prose: &Prose) -> Json {
    let pieces = prose.0.iter().map(|piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Code(name) => format!("`{}`", secret::masked(name)),
    });
    Json::text(pieces.collect::<String>())
}
