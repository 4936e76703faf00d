//! A field that may be malformed: that fails neither the object nor the file.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a dump has in a field.
#[derive(Debug, Default)]
pub(crate) enum Lenient<T> {
    /// No such key, or null.
    #[default]
    Absent,
    Value(T),
    /// Something of another shape than the operator writes.
    Malformed,
}

impl<T> Lenient<T> {
    /// The value, if it is well-formed.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Lenient::Value(value) => Some(value),
            Lenient::Absent | Lenient::Malformed => None,
        }
    }
}

/// The types that a field can have. Each reads the shapes that it accepts and drops all others.
pub(crate) trait FieldShape<'de>: Sized {
    fn from_null() -> Option<Self> {
        None
    }

    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    /// The number as it is spelled in YAML, or as serde prints it in JSON.
    fn from_number(_: &str) -> Option<Self> {
        None
    }

    fn from_text(_: &str) -> Option<Self> {
        None
    }

    fn from_list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn from_mapping<A: MapAccess<'de>>(mut entries: A) -> Result<Option<Self>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de, T: FieldShape<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyShape(PhantomData))
    }
}

struct AnyShape<T>(PhantomData<T>);

impl<'de, T: FieldShape<'de>> Visitor<'de> for AnyShape<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Lenient<T>, E> {
        Ok(T::from_null().map_or(Lenient::Absent, Lenient::Value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Lenient<T>, E> {
        Ok(T::from_bool(value).into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Lenient<T>, E> {
        Ok(T::from_number(&number.to_string()).into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Lenient<T>, E> {
        Ok(T::from_number(&number.to_string()).into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Lenient<T>, E> {
        Ok(T::from_number(&number.to_string()).into())
    }

    /// The YAML reader passes numbers as bytes, since serde has no number that keeps its spelling.
    fn visit_bytes<E: Error>(self, number: &[u8]) -> Result<Lenient<T>, E> {
        Ok(T::from_number(&String::from_utf8_lossy(number)).into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Lenient<T>, E> {
        Ok(T::from_text(text).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Lenient<T>, A::Error> {
        T::from_list(items).map(Lenient::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Lenient<T>, A::Error> {
        T::from_mapping(entries).map(Lenient::from)
    }
}

/// A value of a shape that was read and not accepted is malformed.
impl<T> From<Option<T>> for Lenient<T> {
    fn from(read: Option<T>) -> Lenient<T> {
        read.map_or(Lenient::Malformed, Lenient::Value)
    }
}

impl FieldShape<'_> for String {
    fn from_text(text: &str) -> Option<String> {
        Some(text.to_string())
    }
}

impl FieldShape<'_> for bool {
    fn from_bool(value: bool) -> Option<bool> {
        Some(value)
    }
}

/// Text or a number as it is spelled: the operator or an editor may leave either.
#[derive(Debug)]
pub(crate) struct DumpScalar(pub(crate) String);

impl FieldShape<'_> for DumpScalar {
    fn from_number(number: &str) -> Option<DumpScalar> {
        Some(DumpScalar(number.to_string()))
    }

    fn from_text(text: &str) -> Option<DumpScalar> {
        Some(DumpScalar(text.to_string()))
    }
}

impl<'de, T: FieldShape<'de>> FieldShape<'de> for Vec<Lenient<T>> {
    fn from_list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Some(list))
    }
}

/// A derived struct that is read from a mapping only: derive alone would accept a list as well.
pub(crate) trait Mapping {}

impl<'de, T: Mapping + Deserialize<'de>> FieldShape<'de> for T {
    fn from_mapping<A: MapAccess<'de>>(entries: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Some)
    }
}

/// A key of a mapping, borrowed from the dump unless it is written with escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Key<'t> {
    #[serde(borrow)]
    pub(crate) name: Cow<'t, str>,
}

/// A mapping and its keys, which tell where it is in the text.
#[derive(Debug)]
pub(crate) struct Keyed<'t, T> {
    pub(crate) keys: Vec<&'t str>,
    pub(crate) value: T,
}

impl<'de: 't, 't, T: Deserialize<'de>> FieldShape<'de> for Keyed<'t, T> {
    fn from_mapping<A: MapAccess<'de>>(entries: A) -> Result<Option<Self>, A::Error> {
        let mut entries = KeepKeys { entries, keys: Vec::new() };
        let value = T::deserialize(MapAccessDeserializer::new(&mut entries))?;
        Ok(Some(Keyed { keys: entries.keys, value }))
    }
}

struct KeepKeys<'de, A> {
    entries: A,
    keys: Vec<&'de str>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KeepKeys<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(Key { name }) = self.entries.next_key()? else { return Ok(None) };
        if let Cow::Borrowed(key) = name {
            self.keys.push(key);
        }
        seed.deserialize(StrDeserializer::new(&name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.entries.next_value_seed(seed)
    }
}
