//! What is said of a document that cannot be read as it stands.

use super::input;
use super::proof::SecondReader;
use crate::diagnostic::Diagnostic;
use crate::flink::prefilter::names_object;
use crate::project::MAX_DOCUMENT;
use crate::text::Span;
use crate::yaml::{self, Unrendered};

/// What to do about a template of Helm.
pub(crate) const TEMPLATE_HELP: &str =
    "run on the output of `helm template`, or leave the file out with `--exclude`";

const TAB_HELP: &str = "write blanks instead of tabs, or leave the file out with `--exclude`";

/// What is said of a document that begins at `at` and is too large to be read.
pub(crate) fn too_large(at: usize) -> Diagnostic {
    let message = format!("the document is larger than {} MiB", MAX_DOCUMENT >> 20);
    Diagnostic::decision(input::LIMIT, Span::empty(at), message)
        .help("split it, or leave the file out with `--exclude`")
}

/// What is said of a text that does not parse.
pub(crate) fn unreadable(
    error: &yaml::ParseError,
    span: Span,
    name: &str,
    text: &str,
) -> Diagnostic {
    if error.too_deep {
        let message = format!("the document is nested more than {} levels deep", yaml::MAX_NESTING);
        return Diagnostic::decision(input::LIMIT, span, message)
            .help("leave the file out with `--exclude`");
    }
    if yaml::is_commented_json(text) {
        return commented_json(text, span);
    }
    if let Some(what) = yaml::unrendered_text(name, text) {
        if matches!(what, Unrendered::Template(_)) && !names_object(text) {
            let message = "this template names flink.apache.org, and no kind or version of it";
            return Diagnostic::note(input::TEMPLATE, span, message);
        }
        return unrendered(what, span);
    }
    if is_json_sequence(text) {
        let message = "found several JSON objects in a row: kubectl applies all of them, kustomize only the first";
        return Diagnostic::error(input::BROKEN, span, message)
            .help("put a line `---` between them, or list them as the items of a `List`");
    }
    let is_tab = error.message.starts_with("tabs ");
    if is_tab && SecondReader::Libyaml.read(text).is_ok() {
        let message =
            "found a tab in an indentation, which kubectl reads, and flink-migrate does not";
        return Diagnostic::decision(input::UNCLEAR, span, message).help(TAB_HELP);
    }
    let language = if name.to_ascii_lowercase().ends_with(".json") { "JSON" } else { "YAML" };
    let message = format!("the document is not {language}: {}", error.message);
    let help =
        if is_tab { TAB_HELP } else { "fix the syntax, or leave the file out with `--exclude`" };
    Diagnostic::error(input::BROKEN, span, message).help(help)
}

/// The finding for JSON with comments, which kubectl and kustomize do not read.
pub(crate) fn commented_json(text: &str, span: Span) -> Diagnostic {
    if !names_object(text) {
        let message =
            "this JSON has comments, and names flink.apache.org, but no kind or version of it";
        return Diagnostic::note(input::UNCLEAR, span, message);
    }
    Diagnostic::decision(
        input::UNCLEAR,
        span,
        "found comments in JSON, which kubectl does not read",
    )
    .help("remove the comments, or leave the file out with `--exclude`")
}

/// The finding for a document that is yet to be rendered or merged.
pub(crate) fn unrendered(found: Unrendered, span: Span) -> Diagnostic {
    let message = match found {
        Unrendered::Conflict => "found merge conflict markers".to_string(),
        Unrendered::Template("") => "this is a template that has not been rendered".to_string(),
        Unrendered::Template(language) => {
            format!("this is a template ({language}) that has not been rendered")
        }
    };
    Diagnostic::decision(input::TEMPLATE, span, message).help(unrendered_help(found))
}

/// What to do about such a text.
pub(crate) fn unrendered_help(found: Unrendered) -> &'static str {
    match found {
        Unrendered::Conflict => "resolve the conflict first",
        Unrendered::Template("") => TEMPLATE_HELP,
        Unrendered::Template(_) => {
            "run on the rendered manifests, or leave the file out with `--exclude`"
        }
    }
}

/// True for more than one JSON object, one after the other.
fn is_json_sequence(text: &str) -> bool {
    let values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Map<_, _>>();
    let count = values.map_while(Result::ok).take(2).count();
    count > 1
}
