//! Findings by rule: what is open, what was not understood, what people should know.

use std::collections::BTreeMap;

use super::{code, message, section};
use crate::report::diagnostic_groups::DiagnosticGroup;
use crate::report::plain_diagnostic::PlainDiagnostic;
use crate::report::review::{Review, summary_and_answer};

/// Findings of a rule that are not folded.
const OPEN: usize = 5;

/// Findings by rule; nothing where there are none.
pub(crate) fn diagnostics(
    review: &Review<'_>,
    groups: &[DiagnosticGroup<'_>],
    id: &str,
    title: &str,
) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let files = review.files.iter().enumerate();
    let anchors: Anchors<'_> = files
        .filter(|(_, reviewed)| reviewed.has_something_to_show())
        .map(|(at, reviewed)| (reviewed.file.repo_path.as_str(), at))
        .collect();
    let articles: String = groups.iter().map(|group| article(group, &anchors)).collect();
    section(id, &format!("{title} <span>{}</span>", Review::count(groups)), &articles)
}

/// The number of each file that is shown.
type Anchors<'c> = BTreeMap<&'c str, usize>;

/// A group. A text that all of its findings share is shown once.
fn article(group: &DiagnosticGroup<'_>, anchors: &Anchors<'_>) -> String {
    let (summary, answer) = summary_and_answer(group);
    let (rule, count, summary) = (code(group.rule), group.frequency(), message(summary));
    let answer = match answer {
        "" => String::new(),
        answer => format!(" <span class=\"answer\">{}</span>", message(answer)),
    };
    let shared = group.shared_message().filter(|_| group.diagnostics.len() > 1);
    let message = shared.map(|text| format!("<p>{}</p>\n", with_help(text, group.shared_help())));
    let (shown, folded) = group.diagnostics.split_at(OPEN.min(group.diagnostics.len()));
    let mut lists = list(shown, shared.is_some(), anchors);
    if !folded.is_empty() {
        let list = list(folded, shared.is_some(), anchors);
        let summary = format!("<summary>{} more</summary>", folded.len());
        lists += &format!("<details>{summary}\n{list}</details>\n");
    }
    format!(
        "<article>\n<h3>{rule} <small>{count}</small></h3>\n<p>{summary}{answer}</p>\n\
         {}{lists}</article>\n",
        message.unwrap_or_default()
    )
}

fn with_help(text: &str, help: Option<&str>) -> String {
    let help = help.map(|help| format!("<br><i>{}</i>", message(help))).unwrap_or_default();
    message(text) + &help
}

fn list(found: &[PlainDiagnostic<'_>], has_shared_message: bool, anchors: &Anchors<'_>) -> String {
    let item = |PlainDiagnostic { file, located }: &PlainDiagnostic<'_>| {
        let diagnostic = &located.diagnostic;
        let workload = diagnostic.workload.as_ref();
        let workload = workload.map(|name| format!("<b>{}</b> ", code(name))).unwrap_or_default();
        let place = code(&format!("{}:{}", file.repo_path, located.location.position.line));
        let place = match anchors.get(file.repo_path.as_str()) {
            Some(at) => format!("<a href=\"#f{at}\">{place}</a>"),
            None => place,
        };
        let message = with_help(&diagnostic.message, diagnostic.help.as_deref());
        let message = if has_shared_message { String::new() } else { format!("<br>{message}") };
        format!("<li>{workload}{place}{message}</li>\n")
    };
    format!("<ul class=\"found\">\n{}</ul>\n", found.iter().map(item).collect::<String>())
}
