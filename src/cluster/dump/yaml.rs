//! YAML: a serde [`Deserializer`] over the parser's events. It keeps the spelling of scalars and
//! refuses what no cluster prints: aliases, merge keys and tags.

use std::fmt;

use granit_parser::{Event, Options, Parser, ScalarStyle, StrInput, Tag};
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::documents::{DumpBuilder, NO_OBJECT, ROOT_LIST, TAKE_AGAIN};
use super::value::DumpValue;
use crate::yaml::{MAX_NESTING, Scalar, resolve};

/// Reads YAML documents.
pub(crate) fn read<'t>(text: &'t str, documents: &mut DumpBuilder<'t>) {
    let mut yaml = Yaml::new(text);
    let mut count = 0;
    while !documents.is_broken() {
        match read_event(&mut yaml, &mut count, documents) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                documents.problem(error.at.unwrap_or(yaml.at), &error.message, TAKE_AGAIN);
            }
        }
    }
}

/// Reads the next document or what is between two. False at the end.
fn read_event<'t>(
    yaml: &mut Yaml<'t>,
    count: &mut usize,
    documents: &mut DumpBuilder<'t>,
) -> Result<bool, Error> {
    let Some(event) = yaml.next()? else { return Ok(false) };
    match event {
        Event::DocumentStart(is_marked, _) => {
            *count += 1;
            if *count > 1 && !is_marked {
                return Err(yaml.error("a second document begins without a `---` line"));
            }
        }
        // A document of nothing but comments comes as an empty scalar.
        Event::Scalar(ref text, ScalarStyle::Plain, _, None) if resolve(text) == Scalar::Null => {}
        Event::Scalar(..) => return Err(yaml.error(NO_OBJECT)),
        Event::SequenceStart(..) => return Err(yaml.error(ROOT_LIST)),
        Event::MappingStart(..) => {
            let start = yaml.at;
            if let DumpValue::Mapping(document) = DumpValue::deserialize(Node { yaml, event })? {
                documents.add(document, start);
            }
        }
        _ => {}
    }
    Ok(true)
}

/// Shows the visitor the first document. Nothing if there is none or the visitor does not take it.
pub(crate) fn visit_first<'t, V: Visitor<'t>>(text: &'t str, visitor: V) -> Option<V::Value> {
    let mut yaml = Yaml::new(text);
    loop {
        match yaml.next().ok()?? {
            Event::StreamStart | Event::DocumentStart(..) => {}
            event => return Node { yaml: &mut yaml, event }.deserialize_any(visitor).ok(),
        }
    }
}

struct Yaml<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    /// Where the last event begins.
    at: usize,
}

impl<'t> Yaml<'t> {
    fn new(text: &'t str) -> Yaml<'t> {
        let events = Parser::new_from_str_with_options(text, options());
        Yaml { text, events, at: 0 }
    }

    fn next(&mut self) -> Result<Option<Event<'t>>, Error> {
        let Some(item) = self.events.next() else { return Ok(None) };
        let (event, span) = item.map_err(|error| Error {
            at: Some(error.marker().byte_offset().unwrap_or(0).min(self.text.len())),
            message: format!("this is not YAML ({})", error.info()),
        })?;
        self.at = span.byte_range().map_or(0, |range| range.start);
        if let Event::Alias(_) = event {
            return Err(self.error("found an alias, which kubectl never prints"));
        }
        Ok(Some(event))
    }

    /// The next event of a collection that is open.
    fn inside(&mut self) -> Result<Event<'t>, Error> {
        let event = self.next()?;
        event.ok_or_else(|| self.error("the file ends in the middle of its YAML"))
    }

    /// Passes over the rest of the node that begins with this event.
    fn skip(&mut self, event: &Event<'t>) -> Result<(), Error> {
        let mut depth = depth_after(0, event);
        while depth > 0 {
            depth = depth_after(depth, &self.inside()?);
        }
        Ok(())
    }

    /// The scalar that was read last as it is in the text, unless it is written with escapes.
    fn borrowed(&self, scalar: &str) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
        rest.get(..scalar.len()).filter(|key| *key == scalar)
    }

    /// Refuses a tag by which a value is something else than it seems.
    fn check_tag(&self, tag: Option<&Tag>, own: &str) -> Result<(), Error> {
        let Some(tag) = tag else { return Ok(()) };
        let tag = format!("{}{}", tag.handle(), tag.suffix());
        if tag == "!" || tag.strip_prefix("tag:yaml.org,2002:") == Some(own) {
            return Ok(());
        }
        let tag = tag.escape_debug();
        Err(self.error(format!("found the tag `{tag}`, which kubectl never prints")))
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error { at: Some(self.at), message: message.into() }
    }
}

fn options() -> Options {
    granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    }
}

fn depth_after(depth: usize, event: &Event<'_>) -> usize {
    match event {
        Event::MappingStart(..) | Event::SequenceStart(..) => depth + 1,
        Event::MappingEnd | Event::SequenceEnd => depth - 1,
        _ => depth,
    }
}

/// A value whose first event has been read.
struct Node<'y, 't> {
    yaml: &'y mut Yaml<'t>,
    event: Event<'t>,
}

impl<'de> Deserializer<'de> for Node<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Node { yaml, event } = self;
        match event {
            Event::MappingStart(_, _, tag) => {
                yaml.check_tag(tag.as_deref(), "map")?;
                visitor.visit_map(Entries(yaml))
            }
            Event::SequenceStart(_, _, tag) => {
                yaml.check_tag(tag.as_deref(), "seq")?;
                visitor.visit_seq(Entries(yaml))
            }
            Event::Scalar(text, style, _, tag) => {
                yaml.check_tag(tag.as_deref(), "str")?;
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                match if is_plain { resolve(&text) } else { Scalar::Text(&text) } {
                    Scalar::Null => visitor.visit_unit(),
                    Scalar::Bool(value) => visitor.visit_bool(value),
                    Scalar::Number(number) => visitor.visit_bytes(number.as_bytes()),
                    Scalar::Text(text) => visitor.visit_str(text),
                }
            }
            _ => visitor.visit_unit(),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.yaml.skip(&self.event)?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// What is in an open mapping or list.
struct Entries<'y, 't>(&'y mut Yaml<'t>);

impl<'de> SeqAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        match self.0.inside()? {
            Event::SequenceEnd => Ok(None),
            event => seed.deserialize(Node { yaml: self.0, event }).map(Some),
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Entries(yaml) = self;
        loop {
            match yaml.inside()? {
                Event::MappingEnd => return Ok(None),
                Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<" => {
                    return Err(yaml.error("found a merge key, which kubectl never prints"));
                }
                Event::Scalar(text, ..) => {
                    return match yaml.borrowed(&text) {
                        Some(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
                        None => seed.deserialize(StrDeserializer::new(&text)),
                    }
                    .map(Some);
                }
                // A collection as a key: nothing that is read has one.
                event => {
                    yaml.skip(&event)?;
                    let value = yaml.inside()?;
                    yaml.skip(&value)?;
                }
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let event = self.0.inside()?;
        seed.deserialize(Node { yaml: self.0, event })
    }
}

/// What is wrong, and where; an error that serde makes is at the event that was read last.
#[derive(Debug)]
struct Error {
    at: Option<usize>,
    message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error { at: None, message: message.to_string() }
    }
}
