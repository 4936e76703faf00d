//! What the parser of the configuration says, in the words of somebody who wrote the file: it speaks of
//! the types that hold it.

use crate::text::did_you_mean;

/// Where a key belongs that stands in another part of the file.
const PLACES: [(&[&str], &str); 3] = [
    (&["namespace"], "write it under [[scope]], or pass `--namespace`"),
    (&["paths"], "write it under [[scope]]"),
    (
        &["fresh", "savepoint", "state", "upgrade-mode"],
        "write it under [workload.\"NAMESPACE/NAME\"]",
    ),
];

/// The parser's words on one line, and what to do.
pub(crate) fn explain(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        return unknown_key(rest);
    }
    if let Some(key) = between(message, "missing field `", "`") {
        let example = if key == "paths" { ", such as `paths = [\"clusters/eu/**\"]`" } else { "" };
        return format!("the key `{key}` is missing here; write it{example}");
    }
    let types =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "));
    match types {
        Some((found, expected)) => type_mismatch(found, expected),
        None => message.to_string(),
    }
}

/// `rest` is the key and what would be known in its place, each between backticks.
fn unknown_key(rest: &str) -> String {
    let key = rest.split('`').next().unwrap_or_default();
    let here: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    let near = did_you_mean(key, here.iter().copied());
    let help = match PLACES.iter().find(|(keys, _)| keys.contains(&key)) {
        // A slip is likelier than a key of another place.
        Some((_, place)) if near.is_empty() => format!("; {place}"),
        None if super::schema::KEYS.contains(&key) => "; write it at the top of the file".into(),
        None if near.is_empty() => "; take it out".into(),
        _ => near,
    };
    format!("there is no key `{key}` here{help}")
}

fn type_mismatch(found: &str, expected: &str) -> String {
    let value = between(found, "`", "`").unwrap_or_default();
    let is_table = found.starts_with("map");
    let what = match found.split(' ').next().unwrap_or_default() {
        "string" => format!("the text {}", found.trim_start_matches("string ")),
        "integer" | "floating" => format!("the number {value}"),
        "boolean" => value.to_string(),
        "sequence" => "a list".to_string(),
        // A date is held in a map of its own kind.
        _ if expected.contains("string") => "a table or a date".to_string(),
        _ => "a table".to_string(),
    };
    let is_list = expected.contains("sequence");
    let wanted = match expected {
        _ if is_list => "a list",
        _ if expected.contains("boolean") => "true or false",
        _ if expected.contains("string") => "a text",
        _ => "a table",
    };
    let help = match wanted {
        "a list" if is_table => {
            "; write [\"a\", \"b\"] for a list of texts, and for a scope \
                                 write [[scope]] with two brackets"
        }
        "a list" => "; write [\"a\", \"b\"]",
        "a text" if found.starts_with("floating") => "; write it in quotes: 1.10 is not 1.1",
        "a text" if found.starts_with("integer") => "; write it in quotes",
        "a table" => "; write it as a [table] with keys of its own",
        _ => "",
    };
    format!("{what} stands where {wanted} is expected{help}")
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}
