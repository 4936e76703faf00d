//! The workloads of a file: what changes in each, what it starts from, and what that risks.

use std::collections::{BTreeMap, BTreeSet};

use super::field::{Field, Side, of_change, of_diagnostic, pointed_at};
use super::is_open;
use crate::diagnostic::{Diagnostic, Located, Severity};
use crate::flink::names::field;
use crate::plan::{DocumentOutcome, FieldChange, FileOutcome, Outcome};
use crate::rules::{self, OPERATOR_VALUES, SAVEPOINT_MAP, Theme};
use crate::yaml::FieldPath;

/// What merging the change of a workload risks, the most last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Risk {
    /// Nothing but the version changes.
    None,
    /// Fields are written out, and no state is concerned.
    Low,
    /// What the job starts from changes.
    State,
    /// It could not be read or judged.
    Unread,
    /// It is held until somebody answers.
    Decide,
}

impl Risk {
    /// Every risk, the greatest first.
    pub(crate) const ALL: [Risk; 5] =
        [Risk::Decide, Risk::Unread, Risk::State, Risk::Low, Risk::None];

    /// The word in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Risk::None => "none",
            Risk::Low => "low",
            Risk::State => "state",
            Risk::Unread => "unread",
            Risk::Decide => "decide",
        }
    }

    /// What the word means.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Risk::None => "only the version changes",
            Risk::Low => "fields are written out",
            Risk::State => "what the job starts from changes",
            Risk::Unread => "not read or not judged",
            Risk::Decide => "stays as it is until somebody answers",
        }
    }
}

/// What a table says of where a job starts from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Savepoint {
    /// Nothing is changed about it.
    Untouched,
    /// There is no job that could start.
    NoJob,
    /// This location is written, credentials masked; in place of another one or not.
    Written { location: String, replaces: bool },
    /// The path in Git goes.
    Removed,
    /// There is no path, and somebody has accepted that the job loses its state.
    Empty,
    /// Somebody has accepted the path in Git, credentials masked where it can be told.
    Kept(Option<String>),
    /// This rule asks about it.
    Open(&'static str),
}

/// A workload, or what of a document belongs to none.
pub(crate) struct Row<'c> {
    /// `namespace/name` or `name`.
    pub(crate) workload: Option<&'c str>,
    /// That of its document.
    pub(crate) kind: Option<&'c str>,
    /// Where the first finding about it stands, else where its document begins.
    pub(crate) line: usize,
    pub(crate) fields: Vec<Field>,
    pub(crate) savepoint: Savepoint,
    pub(crate) risk: Risk,
    /// It is ready to change, and something else holds its file.
    pub(crate) waits: bool,
}

/// The rows of a file, in order of place.
pub(crate) fn of(file: &FileOutcome) -> Vec<Row<'_>> {
    let mut said: BTreeMap<(usize, Option<&str>), Vec<&Located>> = BTreeMap::new();
    for located in &file.diagnostics {
        said.entry((located.location.document, located.diagnostic.workload.as_deref()))
            .or_default()
            .push(located);
    }
    file.documents.iter().flat_map(|document| of_document(file, document, &said)).collect()
}

type Said<'c> = BTreeMap<(usize, Option<&'c str>), Vec<&'c Located>>;

fn of_document<'c>(
    file: &'c FileOutcome,
    document: &'c DocumentOutcome,
    said: &Said<'c>,
) -> Vec<Row<'c>> {
    let kind = document.kind.as_deref();
    // A savepoint map is no workload; what is asked about it stands among the questions.
    if kind == Some(SAVEPOINT_MAP) || kind == Some(OPERATOR_VALUES) {
        return Vec::new();
    }
    let none = Vec::new();
    let mut seen = BTreeSet::new();
    let names = document.workloads.iter().map(String::as_str).filter(|name| seen.insert(*name));
    let names: Vec<Option<&str>> = names.map(Some).chain([None]).collect();
    let mut rows: Vec<Row<'c>> = Vec::new();
    for name in names {
        let said = said.get(&(document.index, name)).unwrap_or(&none);
        let row = row(document, name, said);
        // What is said of no workload in particular is a row of its own if there is no other, or if
        // it does something by itself.
        let speaks = row.risk > Risk::None || !row.fields.is_empty();
        if name.is_some() || speaks || document.workloads.is_empty() {
            rows.push(row);
        }
    }
    unexplained(document, &mut rows);
    speaks_for_all(document, &mut rows);
    let still = !file.changes();
    for row in &mut rows {
        row.waits = still && row.risk < Risk::Unread && !row.fields.is_empty();
    }
    rows.retain(|row| row.risk > Risk::None || !row.fields.is_empty());
    rows
}

fn row<'c>(
    document: &'c DocumentOutcome,
    workload: Option<&'c str>,
    said: &[&'c Located],
) -> Row<'c> {
    let line =
        said.iter().map(|located| located.location.position.line).min().unwrap_or(document.line);
    let fields: Vec<Field> =
        said.iter().flat_map(|located| of_diagnostic(located, document)).collect();
    Row {
        workload,
        kind: document.kind.as_deref(),
        line,
        savepoint: savepoint(said, &fields),
        risk: said.iter().map(|located| risk(located, document)).max().unwrap_or(Risk::None),
        fields,
        waits: false,
    }
}

fn risk(located: &Located, document: &DocumentOutcome) -> Risk {
    let Diagnostic { fix, is_waived, .. } = &located.diagnostic;
    match Outcome::of(&located.diagnostic) {
        Outcome::Held => Risk::Decide,
        Outcome::NotUnderstood | Outcome::Failed => Risk::Unread,
        _ if (*is_waived || fix.is_some()) && is_about_state(located) => Risk::State,
        _ => of_fields(&of_diagnostic(located, document)),
    }
}

fn of_fields(fields: &[Field]) -> Risk {
    let risk = |field: &Field| match field {
        field if field.is_savepoint() => Risk::State,
        field if field.is_version() => Risk::None,
        _ => Risk::Low,
    };
    fields.iter().map(risk).max().unwrap_or(Risk::None)
}

fn is_about_state(located: &Located) -> bool {
    rules::rule(located.diagnostic.id).is_some_and(|rule| rule.theme == Theme::State)
}

fn savepoint(said: &[&Located], fields: &[Field]) -> Savepoint {
    let asks = |located: &&&Located| {
        located.diagnostic.severity >= Severity::Decision && is_about_state(located)
    };
    if let Some(located) = said.iter().find(asks) {
        return Savepoint::Open(located.diagnostic.id);
    }
    if let Some(field) = fields.iter().find(|field| field.is_savepoint()) {
        let replaces = field.was != Side::Unset;
        return match &field.now {
            Side::Value(location) => Savepoint::Written { location: location.clone(), replaces },
            _ => Savepoint::Removed,
        };
    }
    let accepted = |rule: &str| {
        let is_meant =
            |located: &&&Located| located.diagnostic.is_waived && located.diagnostic.id == rule;
        said.iter().find(is_meant)
    };
    if let Some(located) = accepted(rules::KEEPS_PATH) {
        let path = FieldPath::from_keys([field::SPEC, field::JOB, field::INITIAL_SAVEPOINT_PATH]);
        return Savepoint::Kept(pointed_at(located, &path));
    }
    if accepted(rules::STARTS_EMPTY).is_some() {
        return Savepoint::Empty;
    }
    let is_session = |located: &&Located| located.diagnostic.id == rules::SESSION_CLUSTER;
    if said.iter().any(is_session) { Savepoint::NoJob } else { Savepoint::Untouched }
}

/// Changes of the document that no finding explains belong to its first row.
fn unexplained(document: &DocumentOutcome, rows: &mut [Row<'_>]) {
    let Some((first, others)) = rows.split_first_mut() else { return };
    let known = others.iter().chain([&*first]).flat_map(|row| &row.fields);
    let known: BTreeSet<FieldPath> = known.map(|field| field.path.clone()).collect();
    let mut fields = Vec::new();
    for FieldChange { change, old } in document.changes() {
        of_change(change, old.as_deref(), "", &mut fields);
    }
    fields.retain(|field| !known.contains(&field.path));
    first.risk = first.risk.max(of_fields(&fields));
    if first.savepoint == Savepoint::Untouched {
        first.savepoint = savepoint(&[], &fields);
    }
    first.fields.extend(fields);
}

/// Where nothing that was said of a workload tells why the document is held or was not read, it
/// goes for all of them.
fn speaks_for_all(document: &DocumentOutcome, rows: &mut [Row<'_>]) {
    if !is_open(document.outcome) || rows.iter().any(|row| row.risk >= Risk::Unread) {
        return;
    }
    let risk = if document.outcome == Outcome::Held { Risk::Decide } else { Risk::Unread };
    for row in rows {
        row.risk = risk;
    }
}
