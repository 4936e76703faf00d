//! The workloads of a file: what changes in each, what it starts from, and what that risks.

use std::collections::{BTreeMap, BTreeSet};

use super::field_change::{Field, FieldSide, fields_of, highlighted_value, push_change};
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
    /// The jobs of a session cluster end.
    JobsEnd,
    /// It could not be read or judged.
    Unread,
    /// It is held until somebody answers.
    Decide,
}

impl Risk {
    /// Every risk, the greatest first.
    pub(crate) const ALL: [Risk; 6] =
        [Risk::Decide, Risk::Unread, Risk::JobsEnd, Risk::State, Risk::Low, Risk::None];

    /// The word in the table.
    pub(crate) fn word(self) -> &'static str {
        Risk::WORDS[self as usize].0
    }

    /// What the word means.
    pub(crate) fn meaning(self) -> &'static str {
        Risk::WORDS[self as usize].1
    }

    /// Word and meaning of each risk, the least first.
    const WORDS: [(&'static str, &'static str); 6] = [
        ("none", "only the version changes"),
        ("low", "fields are written out"),
        ("state", "the starting state changes"),
        ("jobs-end", "the jobs that run in the session cluster end with it"),
        ("unread", "not read or not judged"),
        ("decide", "stays as it is until it is answered"),
    ];
}

/// What a table says of where a job starts from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SavepointChange {
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
pub(crate) struct WorkloadRow<'c> {
    /// `namespace/name` or `name`.
    pub(crate) workload: Option<&'c str>,
    /// That of its document.
    pub(crate) kind: Option<&'c str>,
    /// Where the first finding about it stands, else where its document begins.
    pub(crate) line: usize,
    pub(crate) fields: Vec<Field>,
    pub(crate) savepoint: SavepointChange,
    pub(crate) risk: Risk,
    /// It is ready to change, and something else holds its file.
    pub(crate) is_waiting: bool,
}

/// How a report sets words apart from others.
pub(crate) struct Markup {
    pub(crate) name: fn(&str) -> String,
    pub(crate) location: fn(&str) -> String,
    pub(crate) strong: [&'static str; 2],
    pub(crate) aside: [&'static str; 2],
}

impl Markup {
    fn with_aside(&self, text: String, aside: Option<&str>) -> String {
        match (aside, self.aside) {
            (Some(aside), [open, close]) => format!("{text} {open}{aside}{close}"),
            (None, _) => text,
        }
    }
}

impl WorkloadRow<'_> {
    /// The fields that change, each once, the first `most` of them by name.
    pub(crate) fn changes(&self, markup: &Markup, most: usize) -> String {
        let mut names: Vec<String> = Vec::new();
        for field in &self.fields {
            let is_version = field.is_version();
            let name =
                if is_version { "version".to_string() } else { (markup.name)(&field.short()) };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let more = names.len().saturating_sub(most);
        names.truncate(most);
        names.extend((more > 0).then(|| format!("{more} more")));
        let names = if names.is_empty() { "–".to_string() } else { names.join(", ") };
        markup.with_aside(names, self.is_waiting.then_some("waits for its file"))
    }
}

impl SavepointChange {
    pub(crate) fn display(&self, markup: &Markup) -> String {
        match self {
            Self::Untouched => "–".to_string(),
            Self::NoJob => "no job".to_string(),
            Self::Written { location, replaces } => {
                let aside = replaces.then_some("replaces another");
                markup.with_aside((markup.location)(location), aside)
            }
            Self::Removed => "removed, starts empty".to_string(),
            Self::Empty => "starts empty".to_string(),
            Self::Kept(Some(location)) => {
                markup.with_aside((markup.location)(location), Some("stays"))
            }
            Self::Kept(None) => "the path in Git stays".to_string(),
            Self::Open(rule) => {
                let [open, close] = markup.strong;
                format!("{open}{}{close}", (markup.name)(rule))
            }
        }
    }
}

/// The rows of a file, in order of place.
pub(crate) fn rows(file: &FileOutcome) -> Vec<WorkloadRow<'_>> {
    let mut diagnostics = ByWorkload::new();
    for located in &file.diagnostics {
        let workload = (located.location.document, located.diagnostic.workload.as_deref());
        diagnostics.entry(workload).or_default().push(located);
    }
    file.documents.iter().flat_map(|document| document_rows(file, document, &diagnostics)).collect()
}

type ByWorkload<'c> = BTreeMap<(usize, Option<&'c str>), Vec<&'c Located>>;

fn document_rows<'c>(
    file: &'c FileOutcome,
    document: &'c DocumentOutcome,
    diagnostics: &ByWorkload<'c>,
) -> Vec<WorkloadRow<'c>> {
    let kind = document.kind.as_deref();
    // A savepoint map is no workload; what is asked about it stands among the questions.
    if kind == Some(SAVEPOINT_MAP) || kind == Some(OPERATOR_VALUES) {
        return Vec::new();
    }
    let none = Vec::new();
    let mut seen = BTreeSet::new();
    let names = document.workloads.iter().map(String::as_str).filter(|name| seen.insert(*name));
    let names: Vec<Option<&str>> = names.map(Some).chain([None]).collect();
    let mut rows: Vec<WorkloadRow<'c>> = Vec::new();
    for name in names {
        let diagnostics = diagnostics.get(&(document.index, name)).unwrap_or(&none);
        let row = row(document, name, diagnostics);
        // What is about no workload in particular is a row of its own if there is no other, or if
        // it does something by itself.
        let has_own_row = row.risk > Risk::None || !row.fields.is_empty();
        if name.is_some() || has_own_row || document.workloads.is_empty() {
            rows.push(row);
        }
    }
    add_unexplained_changes(document, &mut rows);
    spread_outcome(document, &mut rows);
    let still = !file.changes();
    for row in &mut rows {
        row.is_waiting = still && row.risk < Risk::Unread && !row.fields.is_empty();
    }
    rows.retain(|row| row.risk > Risk::None || !row.fields.is_empty());
    rows
}

fn row<'c>(
    document: &'c DocumentOutcome,
    workload: Option<&'c str>,
    diagnostics: &[&'c Located],
) -> WorkloadRow<'c> {
    let line = diagnostics
        .iter()
        .map(|located| located.location.position.line)
        .min()
        .unwrap_or(document.line);
    let fields: Vec<Field> =
        diagnostics.iter().flat_map(|located| fields_of(located, document)).collect();
    WorkloadRow {
        workload,
        kind: document.kind.as_deref(),
        line,
        savepoint: savepoint(diagnostics, &fields),
        risk: diagnostics.iter().map(|located| risk(located, document)).max().unwrap_or(Risk::None),
        fields,
        is_waiting: false,
    }
}

fn risk(located: &Located, document: &DocumentOutcome) -> Risk {
    let Diagnostic { fix, waived_by, .. } = &located.diagnostic;
    match Outcome::of(&located.diagnostic) {
        Outcome::Held => Risk::Decide,
        Outcome::NotUnderstood | Outcome::Failed => Risk::Unread,
        _ if located.diagnostic.id == rules::SESSION_CLUSTER => Risk::JobsEnd,
        _ if (waived_by.is_some() || fix.is_some()) && is_about_state(located) => Risk::State,
        _ => risk_of_fields(&fields_of(located, document)),
    }
}

fn risk_of_fields(fields: &[Field]) -> Risk {
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

fn savepoint(diagnostics: &[&Located], fields: &[Field]) -> SavepointChange {
    let asks = |located: &&&Located| {
        located.diagnostic.severity >= Severity::Decision && is_about_state(located)
    };
    if let Some(located) = diagnostics.iter().find(asks) {
        return SavepointChange::Open(located.diagnostic.id);
    }
    if let Some(field) = fields.iter().find(|field| field.is_savepoint()) {
        let replaces = field.old != FieldSide::Unset;
        return match &field.new {
            FieldSide::Value(location) => {
                SavepointChange::Written { location: location.clone(), replaces }
            }
            _ => SavepointChange::Removed,
        };
    }
    let accepted = |rule: &str| {
        let is_meant =
            |Diagnostic { id, waived_by, .. }: &Diagnostic| *id == rule && waived_by.is_some();
        diagnostics.iter().find(|located| is_meant(&located.diagnostic))
    };
    if let Some(located) = accepted(rules::KEEPS_PATH) {
        let path = FieldPath::from_keys([field::SPEC, field::JOB, field::INITIAL_SAVEPOINT_PATH]);
        return SavepointChange::Kept(highlighted_value(located, &path));
    }
    if accepted(rules::STARTS_EMPTY).is_some() {
        return SavepointChange::Empty;
    }
    let is_session = |located: &&Located| located.diagnostic.id == rules::SESSION_CLUSTER;
    if diagnostics.iter().any(is_session) {
        SavepointChange::NoJob
    } else {
        SavepointChange::Untouched
    }
}

/// Changes of the document that no finding explains belong to its first row.
fn add_unexplained_changes(document: &DocumentOutcome, rows: &mut [WorkloadRow<'_>]) {
    let Some((first, others)) = rows.split_first_mut() else { return };
    let known = others.iter().chain([&*first]).flat_map(|row| &row.fields);
    let known: BTreeSet<FieldPath> = known.map(|field| field.path.clone()).collect();
    let mut fields = Vec::new();
    for FieldChange { change, old } in document.changes() {
        push_change(change, old.as_deref(), "", &mut fields);
    }
    fields.retain(|field| !known.contains(&field.path));
    first.risk = first.risk.max(risk_of_fields(&fields));
    if first.savepoint == SavepointChange::Untouched {
        first.savepoint = savepoint(&[], &fields);
    }
    first.fields.extend(fields);
}

/// Where nothing about a workload tells why the document is held or was not read, it
/// goes for all of them.
fn spread_outcome(document: &DocumentOutcome, rows: &mut [WorkloadRow<'_>]) {
    if !is_open(document.outcome) || rows.iter().any(|row| row.risk >= Risk::Unread) {
        return;
    }
    let risk = if document.outcome == Outcome::Held { Risk::Decide } else { Risk::Unread };
    for row in rows {
        row.risk = risk;
    }
}
