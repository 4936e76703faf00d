//! JSON: the documents of a dump, and the text of `lastReconciledSpec`.

use serde_json::error::Category;

use super::documents::{AGAIN, Document, Documents, NO_OBJECT, ROOT_LIST};
use super::fields::LastText;
use super::lenient::Lenient;
use crate::cluster::LastSpec;
use crate::text::Position;

/// Reads JSON documents, one after the other.
pub(crate) fn read<'t>(text: &'t str, documents: &mut Documents<'t>) {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Lenient<Document>>();
    while !documents.is_broken() {
        let rest = text[stream.byte_offset()..].trim_start();
        let start = text.len() - rest.len();
        match stream.next() {
            None => return,
            Some(Ok(Lenient::Value(document))) => documents.add(document, start),
            Some(Ok(_)) if rest.starts_with('[') => documents.problem(start, ROOT_LIST, AGAIN),
            Some(Ok(_)) => documents.problem(start, NO_OBJECT, AGAIN),
            Some(Err(error)) => {
                let position =
                    Position { line: error.line().max(1), column: error.column().max(1) };
                documents.problem_at(position, &message(&error), AGAIN);
            }
        }
    }
}

/// What the text of a `lastReconciledSpec` says.
pub(crate) fn read_last_spec(text: &str) -> LastSpec {
    match serde_json::from_str(text) {
        Ok(last) => LastText::into_last_spec(last),
        Err(error) if error.classify() == Category::Data => LastSpec::Unreadable(words(&error)),
        Err(_) => LastSpec::Unreadable("it is not JSON".into()),
    }
}

fn message(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "the file ends in the middle of its JSON: it seems to be cut off".into(),
        Category::Data => words(error),
        _ => format!("this is not JSON ({})", words(error)),
    }
}

/// What is wrong, without the place that serde adds.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or_default();
    let key = words.strip_prefix("duplicate field `").and_then(|words| words.strip_suffix('`'));
    key.map_or_else(|| words.to_string(), super::twice)
}
