//! The JSON reader of a dump: serde's visitors, which never hold more than the path they are on.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::error::Category;

use super::LastSpec;
use super::draft::Value;
use super::sink::{AGAIN, Met, Sink, twice};
use super::wanted::{DOCUMENT, LAST_SPEC_TEXT, Open, Want};
use crate::text::Position;

/// Reads JSON documents, one after the other. What is wrong with them is told to the sink.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut reader = Reader { text, at: 0, sink };
    while json.end().is_err() && !reader.sink.is_broken() {
        let seed = Seed { reader: &mut reader, want: &DOCUMENT, key: "" };
        if let Err(error) = seed.deserialize(&mut json) {
            reader.tell(&error);
        }
    }
}

/// What the text of a `lastReconciledSpec` says.
pub(super) fn read_last_spec(text: &str) -> LastSpec {
    let mut sink = Sink::new("", text);
    let mut json = serde_json::Deserializer::from_str(text);
    let mut reader = Reader { text, at: 0, sink: &mut sink };
    let seed = Seed { reader: &mut reader, want: &LAST_SPEC_TEXT, key: "" };
    match seed.deserialize(&mut json).and_then(|()| json.end()) {
        Ok(()) => sink.into_last_spec(),
        Err(error) if error.classify() == Category::Data => LastSpec::Unreadable(words(&error)),
        Err(_) => LastSpec::Unreadable("it is not JSON".into()),
    }
}

struct Reader<'r, 's, 't> {
    text: &'t str,
    /// Where the key lies that was met last.
    at: usize,
    sink: &'r mut Sink<'s>,
}

impl Reader<'_, '_, '_> {
    fn tell(&mut self, error: &serde_json::Error) {
        let position = Position { line: error.line().max(1), column: error.column().max(1) };
        let message = match error.classify() {
            Category::Eof => {
                "the file ends in the middle of its JSON: it seems to be cut off".into()
            }
            Category::Data => words(error),
            _ => format!("this is not JSON ({})", words(error)),
        };
        self.sink.problem_at(position, &message, AGAIN);
    }

    /// Where a piece of the text begins in it; nothing for what was decoded from it.
    fn offset(&self, piece: &str) -> Option<usize> {
        let at = (piece.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (at <= self.text.len()).then_some(at)
    }
}

/// What is wrong, without the place that serde adds.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_string()
}

/// Reads what is wanted here.
struct Seed<'a, 'r, 's, 't> {
    reader: &'a mut Reader<'r, 's, 't>,
    want: &'static Want,
    key: &'a str,
}

impl Seed<'_, '_, '_, '_> {
    fn scalar<E: serde::de::Error>(self, value: &Value<'_>) -> Result<(), E> {
        if matches!(self.want.opens, Some(Open::Document)) {
            return Err(E::custom("this is no Kubernetes object"));
        }
        let at = self.reader.at.saturating_sub(1);
        self.reader.sink.scalar(self.want, self.key, value, at);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(&Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<(), E> {
        self.scalar(&Value::Bool(truth))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.scalar(&Value::Number(&number.to_string()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.scalar(&Value::Number(&number.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.scalar(&Value::Number(&number.to_string()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.scalar(&Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if matches!(self.want.opens, Some(Open::Document)) {
            return Err(A::Error::custom("this is a JSON array, not a Kubernetes object"));
        }
        self.reader.sink.list(self.want, self.key);
        let Some(want) = self.want.each else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        loop {
            let seed = Seed { reader: &mut *self.reader, want, key: self.key };
            if items.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (want, mut met, mut is_open) = (self.want, Met::default(), false);
        while let Some(Key(key)) = map.next_key_seed(KeySeed)? {
            if let Cow::Borrowed(key) = key {
                self.reader.at = self.reader.offset(key).unwrap_or(self.reader.at);
            }
            if !std::mem::replace(&mut is_open, true) {
                self.reader.sink.open(want, self.key, self.reader.at.saturating_sub(1));
            }
            let Some((number, below)) = want.below(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if met.again(number) {
                return Err(A::Error::custom(twice(&key)));
            }
            map.next_value_seed(Seed { reader: &mut *self.reader, want: below, key: &key })?;
        }
        if !is_open {
            self.reader.sink.open(want, self.key, self.reader.at);
        }
        self.reader.sink.close(want);
        Ok(())
    }
}

/// A key, borrowed from the text unless it holds escapes.
struct Key<'de>(Cow<'de, str>);

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Key<'de>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_string())))
    }
}
