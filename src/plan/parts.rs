//! The documents of one text together: what one of them means for its neighbours, and where each
//! finding lies.

use super::input;
use super::read::{Part, Read, TEMPLATE_HELP};
use super::{DocumentPlan, Outcome, STDIN};
use crate::finding::{Finding, Placed, Remedy};
use crate::flink::location::masked;
use crate::rules;
use crate::text::{EditSet, Lines, Patch, Span};

/// The documents of a text that concern us, in order.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    /// Where in the text it is a template.
    template: Option<usize>,
}

impl Parts {
    /// All that was read of a text, in order.
    pub(super) fn of(read: impl IntoIterator<Item = Read>) -> Parts {
        let mut parts = Parts::default();
        for read in read {
            match read {
                Read::Part(part) => parts.add(*part),
                Read::TemplateOfOthers(at) => parts.template = parts.template.or(Some(at)),
                Read::NotOurs => {}
            }
        }
        parts
    }

    fn add(&mut self, part: Part) {
        let action = part.findings.iter().find(|(finding, _)| finding.rule == input::TEMPLATE);
        self.template = self.template.or(action.map(|(finding, _)| finding.span.start));
        self.parts.push(part);
    }

    /// True if no document concerns us.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Applies what one document means for the others.
    pub(super) fn settle(&mut self, source: &Lines<'_>) {
        if let Some(at) = self.template {
            self.hold_template(at, source.position(at).line);
        }
        if source.file.name != STDIN {
            self.say_rendered();
        }
    }

    /// A literal document between template actions is still part of a template: it may be repeated
    /// or left out.
    fn hold_template(&mut self, at: usize, line: usize) {
        for part in self.parts.iter_mut().filter(|part| part.plan.outcome <= Outcome::Held) {
            part.plan.outcome = Outcome::NotUnderstood;
            part.plan.changes.clear();
            let span = part.findings.first().map(|(finding, _)| finding.span);
            let span = span.unwrap_or(Span::empty(at));
            let message = format!(
                "this file is a template (line {line}): what it renders cannot be told from here"
            );
            let finding = Finding::new(input::TEMPLATE, Remedy::NotUnderstood, span, message);
            part.findings = vec![(finding.help(TEMPLATE_HELP), None)];
            part.origin = None;
            part.edits = EditSet::default();
        }
    }

    /// Says once of a file that Helm has rendered what is to change in it.
    fn say_rendered(&mut self) {
        let touched = [Outcome::Changed, Outcome::Held];
        let is_edit = |remedy: &Remedy| matches!(remedy, Remedy::Edit(_));
        let changes =
            |part: &&mut Part| part.findings.iter().any(|(said, _)| is_edit(&said.remedy));
        let touched = self.parts.iter_mut().filter(|part| touched.contains(&part.plan.outcome));
        for part in touched.filter(changes) {
            if let (Some(origin), Some((finding, _))) = (&part.origin, part.findings.first()) {
                let found = rules::judge_rendered(origin, finding.span);
                part.findings.splice(0..0, found.into_iter().map(|finding| (finding, None)));
                return;
            }
        }
    }

    /// True if each can stay as it is or change.
    pub(super) fn are_sound(&self) -> bool {
        self.parts.iter().all(|part| part.plan.outcome <= Outcome::Changed)
    }

    /// The edits of the documents that end so.
    pub(super) fn edits(&self, wanted: impl Fn(Outcome) -> bool) -> EditSet {
        let ending = self.parts.iter().filter(|part| wanted(part.plan.outcome));
        // The documents of a text are disjoint, and so are their edits.
        EditSet::new(ending.flat_map(|part| part.edits.iter().cloned()).collect())
            .unwrap_or_default()
    }

    /// What the edits of those documents come to.
    pub(super) fn patches(
        &self,
        source: &Lines<'_>,
        wanted: impl Fn(Outcome) -> bool,
    ) -> Vec<Patch> {
        let ending = self.parts.iter().filter(|part| wanted(part.plan.outcome));
        let edited = ending.filter(|part| !part.edits.is_empty());
        let patch = |part: &Part| {
            let after = part.edits.apply_within(source.file.text, part.span);
            Patch { span: part.span, after }
        };
        edited.map(patch).collect()
    }

    /// What was decided about each, and what is to be said.
    pub(super) fn told(self, source: &Lines<'_>) -> (Vec<DocumentPlan>, Vec<Placed>) {
        let mut documents = Vec::new();
        let mut findings = Vec::new();
        for Part { plan, ours, origin, findings: said, .. } in self.parts {
            findings.extend(said.into_iter().map(|(finding, workload)| {
                let origin = origin.clone();
                Placed { workload, origin, ..locate(source, plan.index, finding) }
            }));
            documents.extend(Some(plan).filter(|_| ours));
        }
        (documents, findings)
    }
}

/// The finding with its place.
fn locate(source: &Lines<'_>, document: usize, finding: Finding) -> Placed {
    let position = source.position(finding.span.start);
    let mut excerpt = source.file.excerpt(finding.span);
    let shown = masked(&excerpt.text);
    if shown != excerpt.text {
        excerpt.highlight = Span::new(0, shown.len());
        excerpt.text = shown;
    }
    Placed { finding, workload: None, document, position, origin: None, excerpt }
}
