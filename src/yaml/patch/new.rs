//! Lines of a mapping that nobody has written yet.

use super::scalar::{self, Context};
use crate::yaml::Value;

const BLOCK: Context = Context { flow: false, json: false };

/// `key: value` as a line of a block mapping, without its end, or `key: null`.
pub fn line(key: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => scalar::entry(key, &Value::Text(value.to_string()), BLOCK),
        None => scalar::entry(key, &Value::Number("null".to_string()), BLOCK),
    }
}
