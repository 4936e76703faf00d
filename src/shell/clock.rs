//! The time of this machine. It decides nothing but whether a clock elsewhere is far ahead.

use std::time::{SystemTime, UNIX_EPOCH};

/// What time it is, in milliseconds since 1970. Nothing on a machine that thinks it is earlier.
pub fn now() -> Option<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}
