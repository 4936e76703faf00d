//! Which keys the root of a document has, found without reading what is below them.

use std::fmt;

use granit_parser::{Event, Parser};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::yaml::MAX_NESTING;

/// True if the document, JSON or YAML, is a mapping with this key. Stops there; what does not parse
/// up to the key has none.
pub(super) fn has_key(text: &str, key: &str) -> bool {
    if !text.trim_start().starts_with('{') {
        return yaml(text, key);
    }
    let mut found = false;
    let json = &mut serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(Keys { key, found: &mut found });
    found || (read.is_err() && yaml(text, key))
}

fn yaml(text: &str, key: &str) -> bool {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_NESTING,
        block_nesting_limit: MAX_NESTING,
    };
    let (mut depth, mut is_key) = (0_usize, true);
    for item in Parser::new_from_str_with_options(text, options) {
        let Ok((event, _)) = item else { return false };
        match event {
            Event::MappingStart(..) => depth += 1,
            Event::SequenceStart(..) if depth == 0 => return false,
            Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => depth = depth.saturating_sub(1),
            Event::Scalar(text, ..) if depth == 1 && is_key && text == key => return true,
            Event::Scalar(..) | Event::Alias(..) => {}
            _ => continue,
        }
        // At the root, keys and values take turns; a collection has had its turn when it ends.
        let began = matches!(event, Event::MappingStart(..)) && depth == 1;
        if depth == 1 && !began {
            is_key = !is_key;
        }
    }
    false
}

/// Looks for one key and stops at it, by an error.
struct Keys<'k> {
    key: &'k str,
    found: &'k mut bool,
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == self.key {
                *self.found = true;
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::has_key;

    #[test]
    fn a_key_counts_at_the_root_alone() {
        for text in [
            "apiVersion: v1",
            "items:\n- a: 1\n- [b]\napiVersion: v1\n",
            "{items: [], apiVersion: v1}",
            "{\"items\": [{}], \"apiVersion\": 1}",
            "\"apiVersion\": v1\nrest: {cut",
            "? [a]\n: b\napiVersion: x\n",
            "{\"apiVersion\": \"v1\", \"items\": [",
            "--- # x\nkind: List\napiVersion: v1\n",
        ] {
            assert!(has_key(text, "apiVersion"), "{text:?}");
        }
        for text in [
            "",
            "a: apiVersion",
            "a: {apiVersion: 1}",
            "[apiVersion: 1]",
            "{\"a\": \"apiVersion\"}",
            "- apiVersion: v1\n",
            "apiVersion",
            "{\"a\": {\"apiVersion\": 1}}",
            "a: 1\napiVersion",
        ] {
            assert!(!has_key(text, "apiVersion"), "{text:?}");
        }
    }
}
