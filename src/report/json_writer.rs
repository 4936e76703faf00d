//! JSON as text: two spaces deep, one final newline, strings that are safe to print, and numbers as
//! the manifest spells them, which `serde_json` would change (`1.10` to `1.1`).

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::printable;
use crate::yaml::{FieldPath, Value};

/// Writes the value and a newline. What a terminal would obey is escaped, not only what JSON
/// demands. Fails only if `out` does.
pub(crate) fn write(value: &impl Serialize, out: &mut dyn fmt::Write) -> fmt::Result {
    let text = serde_json::to_string_pretty(value).map_err(|_| fmt::Error)?;
    // A line break is never part of a string here: it is the layout.
    let must_be_escaped = |c: char| c != '\n' && printable::unsafe_to_show(c);
    let mut rest = text.as_str();
    while let Some(at) = rest.find(must_be_escaped) {
        let (plain, from) = rest.split_at(at);
        out.write_str(plain)?;
        let Some(c) = from.chars().next() else { break };
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = &from[c.len_utf8()..];
    }
    writeln!(out, "{rest}")
}

/// The program that wrote a report.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Tool {
    #[cfg_attr(test, schemars(extend("const" = env!("CARGO_PKG_NAME"))))]
    name: &'static str,
    version: &'static str,
}

pub(crate) const TOOL: Tool =
    Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// The field as a JSON pointer (RFC 6901), from the root of the document.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline, extend("format" = "json-pointer")))]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn new(path: &FieldPath) -> Pointer {
        Pointer(path.pointer())
    }
}

/// An array whose items are made while it is written: of a long one only the text is in memory.
pub(crate) struct LazyArray<F>(pub(crate) F);

impl<F: Fn() -> I, I: IntoIterator<Item: Serialize>> Serialize for LazyArray<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// What becomes of the secrets in a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    Kept,
    /// Values of secret keys, and credentials in texts.
    Masked,
    /// The whole value is one.
    All,
}

/// A value of a manifest. A number that JSON does not know (`0x10`, `.5`, `1_000`) is a string.
pub(crate) struct ManifestValue<'v> {
    pub(crate) value: &'v Value,
    pub(crate) secrets: Secrets,
}

impl Serialize for ManifestValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Mapping(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| {
                    let is_secret =
                        self.secrets == Secrets::Masked && printable::is_secret_key(key);
                    let secrets = if is_secret { Secrets::All } else { self.secrets };
                    (key, ManifestValue { value, secrets })
                }))
            }
            Value::Sequence(items) => {
                let secrets = self.secrets;
                serializer.collect_seq(items.iter().map(|value| ManifestValue { value, secrets }))
            }
            Value::Null => serializer.serialize_unit(),
            Value::Marked(value, _) => {
                ManifestValue { value, secrets: self.secrets }.serialize(serializer)
            }
            _ if self.secrets == Secrets::All => serializer.serialize_str(printable::MASK),
            Value::Text(text) if self.secrets == Secrets::Masked => {
                serializer.serialize_str(&printable::masked(text))
            }
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(text) => match json_number(text) {
                Some(number) => number.serialize(serializer),
                None => serializer.serialize_str(text),
            },
        }
    }
}

#[cfg(test)]
impl schemars::JsonSchema for ManifestValue<'_> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let value = generator.subschema_for::<ManifestValue<'_>>();
        let mapping = schemars::json_schema!({"type": "object", "additionalProperties": value});
        let sequence = schemars::json_schema!({"type": "array", "items": value});
        let of = |kind: &str| schemars::json_schema!({"type": kind});
        let scalars = [of("string"), of("number"), of("null")];
        schemars::json_schema!({"anyOf": [scalars[0], scalars[1], scalars[2], mapping, sequence]})
    }
}

fn json_number(text: &str) -> Option<Box<RawValue>> {
    let is_number = text.parse::<serde_json::Number>().is_ok();
    RawValue::from_string(text.to_string())
        .ok()
        .filter(|_| is_number && !text.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut out = String::new();
        write(value, &mut out).unwrap();
        out
    }

    #[test]
    fn numbers_keep_their_spelling_where_json_has_them() {
        let number = |text: &str| {
            let value = &Value::Number(text.to_string());
            written(&ManifestValue { value, secrets: Secrets::Kept })
        };
        for text in ["0", "-1", "1.0", "1.10", "1E3", "123456789012345678901234567890"] {
            assert_eq!(number(text), format!("{text}\n"));
        }
        for text in [".5", "0x10", "1_000", "+1", "01", ".inf", "", " 1", "1\n", "1e999"] {
            assert_eq!(number(text), format!("{}\n", serde_json::to_string(text).unwrap()));
        }
    }

    #[test]
    fn strings_come_back_as_they_were_and_are_safe_to_print() {
        let text: String =
            (0..0x3000).chain([0xfeff, 0xe0041]).filter_map(char::from_u32).collect();
        let json = written(&text);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(!json.trim_end().contains(printable::unsafe_to_show));
        assert_eq!(written(&"ö\n\u{1b}\u{7f}\u{e0041}"), "\"ö\\n\\u001b\\u007f\\udb40\\udc41\"\n");
    }
}
