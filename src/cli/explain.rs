//! `explain`: the page of one rule or of one problem with an input, or the list of both.

use super::args::ExplainArgs;
use super::exit_status::ExitStatus;
use super::printer;
use crate::report::explain;
use crate::shell::{Stream, System};
use crate::text::did_you_mean;

/// Prints the page or the list.
pub(crate) fn run(system: &dyn System, args: &ExplainArgs) -> ExitStatus {
    let text = match &args.rule {
        None => explain::list(),
        Some(id) => {
            let Some(page) = explain::find(id) else {
                let near = did_you_mean(id, explain::all().map(|page| page.id));
                printer::eprint_line(
                    system,
                    &format!(
                        "error: there is no page `{id}`{near}\n\nfor the list: flink-migrate explain"
                    ),
                );
                return ExitStatus::Failed;
            };
            if system.color(Stream::Stdout, None) {
                page.styled(system.width(Stream::Stdout))
            } else {
                page.text.to_string()
            }
        }
    };
    let mut out = system.stdout();
    out.bytes(text.as_bytes());
    printer::stdout_status(system, out.finish())
}
