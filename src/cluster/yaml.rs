//! The YAML reader of a dump: the parser's events, each looked at once and forgotten.

use granit_parser::{Event, Options, Parser, ScalarStyle, Tag};

use super::draft::Value;
use super::sink::{AGAIN, Met, Sink, twice};
use super::wanted::{DOCUMENT, Open, Want};
use crate::yaml::{MAX_NESTING, Scalar, resolve};

fn options() -> Options {
    granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    }
}

/// Reads YAML documents. What is wrong with them is told to the sink.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let mut reader = Reader { sink, open: Vec::new(), skipped: 0, documents: 0 };
    for item in Parser::new_from_str_with_options(text, options()) {
        let stopped = match item {
            Ok((event, span)) => {
                let at = span.byte_range().map_or(0, |range| range.start);
                reader.take(&event, at).map_err(|message| (at, message))
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                Err((at, format!("this is not YAML ({})", error.info())))
            }
        };
        if let Err((at, message)) = stopped {
            reader.sink.problem(at, &message, AGAIN);
        }
        if reader.sink.is_broken() {
            return;
        }
    }
}

/// A mapping or list that is wanted and whose end has not been seen.
struct Level {
    want: &'static Want,
    /// The key below which it stands.
    key: &'static str,
    is_mapping: bool,
    met: Met,
    next: Next,
}

/// What comes next in a mapping.
enum Next {
    Key,
    /// The value of a key nobody wants.
    Skipped,
    Value(&'static Want, &'static str),
}

struct Reader<'r, 's> {
    sink: &'r mut Sink<'s>,
    open: Vec<Level>,
    /// How many collections are open inside what nobody wants.
    skipped: usize,
    documents: usize,
}

impl Reader<'_, '_> {
    fn take(&mut self, event: &Event<'_>, at: usize) -> Result<(), String> {
        match event {
            Event::DocumentStart(is_marked, _) => {
                self.documents += 1;
                if self.documents > 1 && !is_marked {
                    return Err("a second document begins without a `---` line".into());
                }
            }
            Event::Alias(_) => {
                return Err("an alias stands here, which no cluster prints".into());
            }
            Event::Scalar(text, style, _, tag) if self.skipped == 0 => {
                return self.scalar(text, *style, tag.as_deref(), at);
            }
            Event::MappingStart(_, _, tag) => return self.begin(true, tag.as_deref(), at),
            Event::SequenceStart(_, _, tag) => return self.begin(false, tag.as_deref(), at),
            Event::MappingEnd | Event::SequenceEnd => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: usize,
    ) -> Result<(), String> {
        let is_plain = style == ScalarStyle::Plain && tag.is_none();
        if let Some(open) = self.open.last_mut()
            && open.is_mapping
            && matches!(open.next, Next::Key)
        {
            if is_plain && text == "<<" {
                return Err("a merge key stands here, which no cluster prints".into());
            }
            open.next = match open.want.below(text) {
                Some((number, _)) if open.met.again(number) => return Err(twice(text)),
                Some((number, want)) => Next::Value(want, open.want.entries[number].0),
                None => Next::Skipped,
            };
            return Ok(());
        }
        let Some((want, key)) = self.wanted() else { return Ok(()) };
        if matches!(want.opens, Some(Open::Document)) {
            // A document of nothing but comments comes as an empty scalar.
            let is_nothing = is_plain && resolve(text) == Scalar::Null;
            let message = "this is no Kubernetes object";
            return if is_nothing { Ok(()) } else { Err(message.into()) };
        }
        check_tag(tag, "str")?;
        let value = if is_plain { resolve(text) } else { Scalar::Text(text) };
        let value = match value {
            Scalar::Null => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Number(number) => Value::Number(number),
            Scalar::Text(text) => Value::Text(text),
        };
        self.sink.scalar(want, key, &value, at);
        Ok(())
    }

    /// What is wanted of the value that begins, and the key of it. Nothing if it is to be skipped.
    fn wanted(&mut self) -> Option<(&'static Want, &'static str)> {
        let Some(open) = self.open.last_mut() else { return Some((&DOCUMENT, "")) };
        if !open.is_mapping {
            return open.want.each.map(|each| (each, open.key));
        }
        match std::mem::replace(&mut open.next, Next::Key) {
            Next::Value(want, key) => Some((want, key)),
            Next::Skipped => None,
            // A collection as a key: what stands behind it is nothing that is wanted either.
            Next::Key => {
                open.next = Next::Skipped;
                None
            }
        }
    }

    fn begin(&mut self, is_mapping: bool, tag: Option<&Tag>, at: usize) -> Result<(), String> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        let Some((want, key)) = self.wanted() else {
            self.skipped = 1;
            return Ok(());
        };
        check_tag(tag, if is_mapping { "map" } else { "seq" })?;
        if is_mapping {
            self.sink.open(want, key, at);
        } else if matches!(want.opens, Some(Open::Document)) {
            return Err("this is a list, not a Kubernetes object".into());
        } else {
            self.sink.list(want, key);
        }
        self.open.push(Level { want, key, is_mapping, met: Met::default(), next: Next::Key });
        Ok(())
    }

    fn end(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if let Some(open) = self.open.pop()
            && open.is_mapping
        {
            self.sink.close(open.want);
        }
    }
}

/// A tag by which a value stands for something else.
fn check_tag(tag: Option<&Tag>, own: &str) -> Result<(), String> {
    let Some(tag) = tag else { return Ok(()) };
    let tag = format!("{}{}", tag.handle(), tag.suffix());
    if tag == "!" || tag.strip_prefix("tag:yaml.org,2002:") == Some(own) {
        return Ok(());
    }
    Err(format!("the tag `{}` stands here, which no cluster prints", tag.escape_debug()))
}
