//! One entry of a map in TOML: a location, or word that there is none to be trusted.

use toml::de::{DeTable, DeValue};

use super::{Key, Value};
use crate::flink::savepoints::read::{Reading, Said};

/// The key that stands for a null, which TOML does not have, with the reason as its value.
const DISTRUSTED: &str = "distrusted";

/// Takes the entry, or tells what is wrong with it; `below` is the namespace of its table.
pub(super) fn entry(
    reading: &mut Reading<'_>,
    below: Option<&str>,
    key: &Key<'_>,
    value: &Value<'_>,
) {
    let (key, at) = (key.get_ref().as_ref(), key.span().start);
    let Some((namespace, name)) = reading.key(below, key, at) else { return };
    let value_at = value.span().start;
    let mut said = Said { namespace, name, location: None, reason: None };
    let (what, help) = match value.get_ref() {
        DeValue::String(location) => {
            if reading.is_location(location, value_at) {
                said.location = Some(location);
                reading.entry(&said, at);
            }
            return;
        }
        DeValue::Table(table) if is_inline(reading.text, value) => {
            said.reason = reason(table);
            if said.reason.is_some() {
                return reading.entry(&said, at);
            }
            let help = format!("write the location, or `{{ {DISTRUSTED} = \"reason\" }}`");
            ("a table that says something else".to_string(), help)
        }
        _ => (describe(reading.text, value), "write it as text in quotes".to_string()),
    };
    reading.problem(value_at, format!("the location of `{name}` is {what}"), help);
}

/// The reason in `{ distrusted = "reason" }`; nothing if the table holds anything else.
fn reason<'d>(table: &'d DeTable<'_>) -> Option<&'d str> {
    let alone = table.len() == 1;
    table.get(DISTRUSTED).filter(|_| alone)?.get_ref().as_str()
}

/// What stands there where something else should.
pub(super) fn describe(text: &str, value: &Value<'_>) -> String {
    let written = &text[value.span()];
    match value.get_ref() {
        DeValue::Integer(_) | DeValue::Float(_) => format!("the number `{written}`"),
        DeValue::Boolean(truth) => format!("the truth value `{truth}`"),
        DeValue::Datetime(_) => format!("the time `{written}`"),
        DeValue::Array(_) => "a list".to_string(),
        DeValue::Table(_) => "a table".to_string(),
        DeValue::String(_) => "a text".to_string(),
    }
}

/// Whether a table is written in braces. A namespace never is, so that `{ distrusted = "…" }`
/// cannot be taken for a namespace with a job of that name.
pub(super) fn is_inline(text: &str, value: &Value<'_>) -> bool {
    text[value.span().start..].starts_with('{')
}

#[cfg(test)]
mod tests {
    use crate::flink::savepoints::told;

    #[test]
    fn distrusted_stands_for_null() {
        assert_eq!(
            told::seen(
                "m.toml",
                concat!(
                    "[savepoints]\na = { distrusted = \"it was\\n FAILED\" }\n",
                    "\"p/b\" = {distrusted = ''}\n",
                    "[savepoints.eu]\nc = { distrusted = 'old' }\ndistrusted = '/4'\n",
                )
            ),
            ["a=-|it was FAILED@2:1", "p/b=-@3:1", "eu/c=-|old@5:1", "eu/distrusted=/4@6:1"]
        );
        let other = "is a table that says something else";
        assert_eq!(
            told::wrong(
                "m.toml",
                concat!(
                    "[savepoints]\na = {}\nb = { distrusted = true }\nc = { reason = 'x' }\n",
                    "d = { distrusted = 'x', location = '/1' }\n\"p/e\" = { distrust = 'x' }\n",
                )
            ),
            [
                format!("2:5: the location of `a` {other}"),
                format!("3:5: the location of `b` {other}"),
                format!("4:5: the location of `c` {other}"),
                format!("5:5: the location of `d` {other}"),
                format!("6:9: the location of `e` {other}"),
            ]
        );
    }
}
