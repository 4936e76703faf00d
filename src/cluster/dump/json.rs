//! JSON: the documents of a dump, and the text of `lastReconciledSpec`.

use serde_json::error::Category;

use super::documents::{DumpBuilder, DumpDocument, NO_OBJECT, ROOT_LIST, TAKE_AGAIN};
use super::fields::LastText;
use super::lenient::Lenient;
use crate::cluster::LastSpec;
use crate::text::Position;

/// Reads JSON documents, one after the other.
pub(crate) fn read<'t>(text: &'t str, documents: &mut DumpBuilder<'t>) {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Lenient<DumpDocument>>();
    while !documents.is_broken() {
        let rest = text[stream.byte_offset()..].trim_start();
        let start = text.len() - rest.len();
        match stream.next() {
            None => return,
            Some(Ok(Lenient::Value(document))) => documents.add(document, start),
            Some(Ok(_)) if rest.starts_with('[') => documents.problem(start, ROOT_LIST, TAKE_AGAIN),
            Some(Ok(_)) => documents.problem(start, NO_OBJECT, TAKE_AGAIN),
            Some(Err(error)) => {
                let position =
                    Position { line: error.line().max(1), column: error.column().max(1) };
                documents.problem_at(position, &message(&error), TAKE_AGAIN);
            }
        }
    }
}

/// What the text of a `lastReconciledSpec` says.
pub(crate) fn read_last_spec(text: &str) -> LastSpec {
    match serde_json::from_str(text) {
        Ok(last) => LastText::into_last_spec(last),
        Err(error) if error.classify() == Category::Data => {
            LastSpec::Unreadable(error_text(&error))
        }
        Err(_) => LastSpec::Unreadable("it is not JSON".into()),
    }
}

fn message(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "the file ends in the middle of its JSON: it seems to be cut off".into(),
        Category::Data => error_text(error),
        _ => format!("this is not JSON ({})", error_text(error)),
    }
}

/// What is wrong, without the place that serde adds.
fn error_text(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let text = full.split(" at line ").next().unwrap_or_default();
    let key = text.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`'));
    key.map_or_else(|| text.to_string(), super::duplicate_key)
}
