//! Rendered charts that were committed.

use super::{Acceptable, Check, Rule};
use crate::finding::{Finding, Remedy};
use crate::text::Span;

pub(super) const RULE: Rule = Rule {
    id: "rendered",
    summary: "the file was rendered by Helm, and the next render undoes a change",
    explain: "\
When: a document at v1alpha1 stands in a file behind a comment `# Source: chart/templates/…`, which Helm
writes into what it renders. Said once for each file; never of standard input, where a rendered chart
belongs.

What is done: the document is converted like any other.

What to do: change the chart as well, or convert what it renders each time, or the next render brings
v1alpha1 back.
",
    accept: Acceptable::Yes,
    check: Check::File,
};

/// What is said of a file in which Helm rendered the template `source`.
pub fn from_chart(source: &str, span: Span) -> Finding {
    let message = format!("Helm rendered this from {source}: the next render undoes the change");
    let help = "change the chart as well, or convert what it renders each time";
    Finding::new(RULE.id, Remedy::Note, span, message).help(help)
}
