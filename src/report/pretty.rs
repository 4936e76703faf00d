//! JSON as text: two spaces deep, one final newline, and numbers as they were written, which
//! `serde_json` would read and write again (`1.10` as `1.1`).

use std::fmt;

use super::visible;

/// A JSON value to be written.
pub(crate) enum Json {
    /// True or false.
    Flag(bool),
    /// A number of things.
    Count(usize),
    /// A number, in the words of a manifest.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string.
    pub(crate) fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// A number that keeps its text; a string where YAML knows the number and JSON does not
    /// (`0x10`, `.5`, `1_000`).
    pub(crate) fn number(text: &str) -> Json {
        let json =
            text.parse::<serde_json::Number>().is_ok() && !text.contains(char::is_whitespace);
        if json { Json::Number(text.to_string()) } else { Json::text(text) }
    }

    /// An array of these.
    pub(crate) fn list(items: impl IntoIterator<Item = Json>) -> Json {
        Json::List(items.into_iter().collect())
    }

    /// An object of these members, without those that have no value.
    pub(crate) fn object<'k>(members: impl IntoIterator<Item = (&'k str, Option<Json>)>) -> Json {
        let present =
            members.into_iter().filter_map(|(key, value)| Some((key.to_string(), value?)));
        Json::Object(present.collect())
    }

    /// Writes the value and a newline.
    pub(crate) fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        self.at(0, out)?;
        out.write_char('\n')
    }

    fn at(&self, depth: usize, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Json::Flag(flag) => write!(out, "{flag}"),
            Json::Count(count) => write!(out, "{count}"),
            Json::Number(text) => out.write_str(text),
            Json::Text(text) => string(text, out),
            Json::List(items) => {
                block(('[', ']'), items, depth, out, |item, out| item.at(depth + 1, out))
            }
            Json::Object(members) => block(('{', '}'), members, depth, out, |member, out| {
                string(&member.0, out)?;
                out.write_str(": ")?;
                member.1.at(depth + 1, out)
            }),
        }
    }
}

fn block<T>(
    (open, close): (char, char),
    items: &[T],
    depth: usize,
    out: &mut dyn fmt::Write,
    each: impl Fn(&T, &mut dyn fmt::Write) -> fmt::Result,
) -> fmt::Result {
    out.write_char(open)?;
    for (i, item) in items.iter().enumerate() {
        write!(out, "{}\n{:indent$}", if i == 0 { "" } else { "," }, "", indent = 2 * (depth + 1))?;
        each(item, out)?;
    }
    if !items.is_empty() {
        write!(out, "\n{:indent$}", "", indent = 2 * depth)?;
    }
    out.write_char(close)
}

/// A string that is safe to print: what a terminal would obey is escaped, not only what JSON
/// demands.
fn string(text: &str, out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if visible::unsafe_to_show(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &Json) -> String {
        let mut out = String::new();
        json.write(&mut out).unwrap();
        out
    }

    #[test]
    fn numbers_keep_their_text_where_json_has_them() {
        for number in ["0", "-1", "1.0", "1.10", "1E3", "123456789012345678901234567890"] {
            assert_eq!(written(&Json::number(number)), format!("{number}\n"));
        }
        for other in [".5", "0x10", "1_000", "+1", "01", ".inf", "", " 1", "1\n", "1e999"] {
            assert!(matches!(Json::number(other), Json::Text(_)), "{other:?}");
        }
    }

    #[test]
    fn strings_come_back_as_they_were() {
        let text: String =
            (0..0x3000).chain([0xfeff, 0xe0041]).filter_map(char::from_u32).collect();
        let json = written(&Json::text(text.clone()));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(!json.trim_end().contains(visible::unsafe_to_show));
    }

    #[test]
    fn empty_blocks_stay_on_their_line() {
        let json = Json::object([("a", Some(Json::list([]))), ("b", None)]);
        assert_eq!(written(&json), "{\n  \"a\": []\n}\n");
    }
}
