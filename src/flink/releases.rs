//! STUB
#![allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Release {
    minor: u16,
}
impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}
impl Release {
    pub const FIRST: Release = Release { minor: 0 };
    pub const LAST: Release = Release { minor: 15 };
    pub const fn new(minor: u16) -> Release {
        Release { minor }
    }
    pub fn parse(text: &str) -> Result<Release, String> {
        let minor = text.strip_prefix("1.").and_then(|m| m.parse().ok()).filter(|m| *m <= 15);
        minor
            .map(|minor| Release { minor })
            .ok_or_else(|| format!("there is no operator {text}; known are 1.0 to 1.15"))
    }
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    Refuses,
    Ignores,
    Drops,
    Changes,
    Accepts,
}
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub topic: &'static str,
    pub from: Release,
    pub to: Option<Release>,
    pub effect: Effect,
    pub what: &'static str,
    pub message: Option<&'static str>,
    pub source: &'static str,
    pub rule: Option<&'static str>,
}
impl Row {
    pub fn holds(&self, r: Release) -> bool {
        self.from <= r && self.to.is_none_or(|to| r <= to)
    }
    pub fn releases(&self) -> String {
        match self.to {
            None => format!("{} and later", self.from),
            Some(to) => format!("{} to {to}", self.from),
        }
    }
}
const fn row(from: u16, to: Option<u16>) -> Row {
    Row {
        topic: "",
        from: Release::new(from),
        to: match to {
            Some(t) => Some(Release::new(t)),
            None => None,
        },
        effect: Effect::Refuses,
        what: "",
        message: None,
        source: "",
        rule: None,
    }
}
pub const NAME_PATTERN: Row = row(1, None);
pub const HA_CLUSTER_ID: Row = row(4, None);
pub const OLD_FLINK_IGNORED: Row = row(7, Some(8));
pub const OLD_FLINK_REFUSED: Row = row(9, None);
pub const MEMORY_DEFAULTS_GONE: Row = row(2, None);
pub const SLOTS_DEFAULT: Row = row(3, None);
pub const MEMORY_REQUIRED: Row = row(4, None);
pub const SUSPENDED_REFUSED: Row = row(0, Some(6));
pub const SUSPENDED_WAITS: Row = row(7, None);
pub const CHECKPOINTING_DIR: Row = row(11, None);
pub fn name_is_sound(name: &str) -> bool {
    name.len() <= 45 && !name.contains('.')
}
