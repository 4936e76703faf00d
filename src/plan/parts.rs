//! The documents of one text together: what one of them means for its neighbours, and where each
//! diagnostic lies.

use super::input;
use super::read::{PlannedDocument, ReadOutcome, ReadResult, TEMPLATE_HELP};
use super::{FileOutcome, Outcome, PlannedWorkload, STDIN};
use crate::diagnostic::{Diagnostic, Located, Location};
use crate::flink::location::masked;
use crate::rules;
use crate::text::{ChangedSpan, EditSet, LineIndex, Span};

/// The documents of a text that concern us, in order.
#[derive(Default)]
pub(crate) struct PlannedDocuments {
    documents: Vec<PlannedDocument>,
    /// The workloads in them, and in documents of which there is nothing to say.
    pub(crate) workloads: Vec<PlannedWorkload>,
    /// Where in the text it is a template.
    template: Option<usize>,
    /// What a waiver answers in documents of which nothing else is reported.
    waived: Vec<Diagnostic>,
}

impl PlannedDocuments {
    /// All that was read of a text, in order.
    pub(crate) fn new(documents: impl IntoIterator<Item = ReadResult>) -> PlannedDocuments {
        let mut planned = PlannedDocuments::default();
        for ReadResult { outcome, workloads } in documents {
            planned.workloads.extend(workloads);
            match outcome {
                ReadOutcome::Ours(part) => planned.add(*part),
                ReadOutcome::TemplateOfOthers(at) => {
                    planned.template = planned.template.or(Some(at));
                }
                ReadOutcome::NotOurs(waived) => planned.waived.extend(waived),
            }
        }
        planned
    }

    fn add(&mut self, part: PlannedDocument) {
        let action = part.diagnostics.iter().find(|diagnostic| diagnostic.id == input::TEMPLATE);
        self.template = self.template.or(action.map(|diagnostic| diagnostic.span().start));
        self.documents.push(part);
    }

    /// True if no document concerns us.
    pub(crate) fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.waived.is_empty()
    }

    /// Applies what one document means for the others.
    pub(crate) fn apply_neighbours(&mut self, source: &LineIndex<'_>) {
        if let Some(at) = self.template {
            self.hold_template(at, source.position(at).line);
        }
        if source.file.name != STDIN {
            self.note_rendered();
        }
    }

    /// A literal document between template actions is still part of a template: it may be repeated
    /// or left out.
    fn hold_template(&mut self, at: usize, line: usize) {
        for part in self.documents.iter_mut().filter(|part| part.plan.outcome <= Outcome::Held) {
            part.plan.outcome = Outcome::NotUnderstood;
            part.plan.fields.clear();
            let span = part.diagnostics.first().map_or(Span::empty(at), Diagnostic::span);
            let message =
                format!("this file is a template (line {line}): what it renders is unknown");
            let diagnostic = Diagnostic::decision(input::TEMPLATE, span, message);
            part.diagnostics = vec![diagnostic.help(TEMPLATE_HELP)];
            part.template = None;
            part.edits = EditSet::default();
        }
    }

    /// Says once of a file that Helm has rendered what is to change in it.
    fn note_rendered(&mut self) {
        let touched = [Outcome::Changed, Outcome::Held];
        let changes = |part: &&mut PlannedDocument| {
            part.diagnostics.iter().any(|diagnostic| diagnostic.fix.is_some())
        };
        let touched = self.documents.iter_mut().filter(|part| touched.contains(&part.plan.outcome));
        for part in touched.filter(changes) {
            if let (Some(template), Some(first)) = (&part.template, part.diagnostics.first()) {
                let found = rules::judge_rendered(template, first.location.clone());
                part.diagnostics.insert(0, found);
                return;
            }
        }
    }

    /// True if each can stay as it is or change.
    pub(crate) fn are_sound(&self) -> bool {
        self.documents.iter().all(|part| part.plan.outcome <= Outcome::Changed)
    }

    /// The edits of the documents that end so.
    pub(crate) fn edits(&self, wanted: impl Fn(Outcome) -> bool) -> EditSet {
        let ending = self.documents.iter().filter(|part| wanted(part.plan.outcome));
        // The documents of a text are disjoint, and so are their edits.
        EditSet::new(ending.flat_map(|part| part.edits.iter().cloned()).collect())
            .unwrap_or_default()
    }

    /// What the edits of those documents come to.
    pub(crate) fn patches(
        &self,
        source: &LineIndex<'_>,
        wanted: impl Fn(Outcome) -> bool,
    ) -> Vec<ChangedSpan> {
        let ending = self.documents.iter().filter(|part| wanted(part.plan.outcome));
        let edited = ending.filter(|part| !part.edits.is_empty());
        let patch = |part: &PlannedDocument| {
            let after = part.edits.apply_within(source.file.text, part.span);
            ChangedSpan { span: part.span, after }
        };
        edited.map(patch).collect()
    }

    /// What was decided about each, and what is reported.
    pub(crate) fn outcome(self, source: &LineIndex<'_>) -> FileOutcome {
        let mut file = FileOutcome::new(source.file.name);
        file.waived = self.waived;
        for PlannedDocument { plan, ours, template, diagnostics, waived, .. } in self.documents {
            let locate = |diagnostic| locate(source, plan.index, template.as_deref(), diagnostic);
            file.diagnostics.extend(diagnostics.into_iter().map(locate));
            file.waived.extend(waived);
            file.documents.extend(Some(plan).filter(|_| ours));
        }
        file
    }
}

/// The diagnostic with its place and its line.
fn locate(
    source: &LineIndex<'_>,
    document: usize,
    template: Option<&str>,
    diagnostic: Diagnostic,
) -> Located {
    let span = diagnostic.span();
    let location = Location {
        file: source.file.name.to_string(),
        document,
        position: source.position(span.start),
        span,
        template: template.map(String::from),
    };
    let mut excerpt = source.file.excerpt(span);
    let shown = masked(&excerpt.text);
    if shown != excerpt.text {
        excerpt.highlight = Span::new(0, shown.len());
        excerpt.text = shown;
    }
    Located { diagnostic, location, excerpt }
}
