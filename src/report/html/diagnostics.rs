//! Findings by rule: what is open, what was not understood, what people should know.

use std::collections::BTreeMap;
use std::fmt;

use super::{code, message, open};
use crate::report::diagnostic_groups::DiagnosticGroup;
use crate::report::plain_diagnostic::PlainDiagnostic;
use crate::report::review::{Review, summary_and_answer};

/// Findings of a rule that are not folded.
const OPEN: usize = 5;

/// Findings by rule; nothing where there are none.
pub(crate) fn section(
    review: &Review<'_>,
    groups: &[DiagnosticGroup<'_>],
    (id, title): (&str, &str),
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    if groups.is_empty() {
        return Ok(());
    }
    open(id, &format!("{title} <span>{}</span>", Review::count(groups)), out)?;
    let files = review.files.iter().enumerate();
    let anchors: Anchors<'_> = files
        .filter(|(_, reviewed)| reviewed.has_something_to_show())
        .map(|(at, reviewed)| (reviewed.file.path.as_str(), at))
        .collect();
    groups.iter().try_for_each(|group| article(group, &anchors, out))?;
    out.write_str("</section>\n")
}

/// The number of each file that is shown.
type Anchors<'c> = BTreeMap<&'c str, usize>;

/// A group. What all of its findings say stands there once.
fn article(
    group: &DiagnosticGroup<'_>,
    anchors: &Anchors<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let (summary, answer) = summary_and_answer(group);
    let (rule, count) = (code(group.rule), group.frequency());
    writeln!(out, "<article>\n<h3>{rule} <small>{count}</small></h3>")?;
    let answer = match answer {
        "" => String::new(),
        answer => format!(" <span class=\"answer\">{}</span>", message(answer)),
    };
    writeln!(out, "<p>{}{answer}</p>", message(summary))?;
    let several = group.diagnostics.len() > 1;
    let shared = group.shared_message().filter(|_| several);
    if let Some(text) = shared {
        let help = group.shared_help().map(|help| format!("<br><i>{}</i>", message(help)));
        writeln!(out, "<p>{}{}</p>", message(text), help.unwrap_or_default())?;
    }
    let (shown, folded) = group.diagnostics.split_at(OPEN.min(group.diagnostics.len()));
    list(shown, shared.is_some(), anchors, out)?;
    if !folded.is_empty() {
        writeln!(out, "<details><summary>{} more</summary>", folded.len())?;
        list(folded, shared.is_some(), anchors, out)?;
        out.write_str("</details>\n")?;
    }
    out.write_str("</article>\n")
}

fn list(
    found: &[PlainDiagnostic<'_>],
    is_message_shared: bool,
    anchors: &Anchors<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    out.write_str("<ul class=\"found\">\n")?;
    for PlainDiagnostic { file, located } in found {
        let workload = located.diagnostic.workload.as_ref();
        let workload = workload.map(|name| format!("<b>{}</b> ", code(name))).unwrap_or_default();
        let place = code(&format!("{}:{}", file.path, located.location.position.line));
        let place = match anchors.get(file.path.as_str()) {
            Some(at) => format!("<a href=\"#f{at}\">{place}</a>"),
            None => place,
        };
        write!(out, "<li>{workload}{place}")?;
        if !is_message_shared {
            write!(out, "<br>{}", message(&located.diagnostic.message))?;
            if let Some(help) = &located.diagnostic.help {
                write!(out, "<br><i>{}</i>", message(help))?;
            }
        }
        out.write_str("</li>\n")?;
    }
    out.write_str("</ul>\n")
}
