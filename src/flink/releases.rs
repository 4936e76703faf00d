//! What the releases of the operator refuse, drop and change, as data.
//!
//! The resources of this migration are written once and meet whatever operator is installed, so
//! rules, reports and `docs/operator-releases.md` ask this one table.

mod configuration;
mod flink_versions;
mod manifest;
mod resources;
mod row;
mod sessions;
mod state;

use std::fmt;

pub use configuration::{HA_CLUSTER_ID, NESTED_CONFIGURATION};
pub use flink_versions::{flink_version_since, listed_spelling};
pub use manifest::{NAME_PATTERN, OLD_FLINK_IGNORED, OLD_FLINK_REFUSED, SERVICE_ACCOUNT_REQUIRED};
pub use resources::{
    MEMORY_DEFAULTS_GONE, MEMORY_REQUIRED, MEMORY_UNITS, MEMORY_UNITS_ACCEPTED, SLOTS_DEFAULT,
};
pub use row::{Effect, Row};
pub use sessions::SESSION_SCHEMES;
pub use state::{
    CHECKPOINTING_DIR, CHECKPOINTS_DIR_REQUIRED, RANDOM_JOB_IDS, SUSPENDED_REFUSED, SUSPENDED_WAITS,
};

/// A minor release of the operator, 1.0 to 1.15.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Release {
    minor: u16,
}

impl Release {
    /// 1.0, of June 2022: the first with `v1beta1`.
    pub const FIRST: Release = Release { minor: 0 };
    /// 1.15, of May 2026: the last that the table knows.
    pub const LAST: Release = Release { minor: 15 };

    /// The release 1.`minor`, for tables; what people type goes through [`Release::parse`].
    ///
    /// # Panics
    ///
    /// If there is no such release.
    pub const fn new(minor: u16) -> Release {
        assert!(minor <= Release::LAST.minor, "there is no such release of the operator");
        Release { minor }
    }

    /// The release in a text such as `1.10`. A patch release, `1.10.1`, is taken as its minor
    /// release, 1.10, without a look at whether that patch ever came out: the table knows minor
    /// ones.
    ///
    /// # Errors
    ///
    /// A sentence for people: the text is no two numbers, or such a release does not exist.
    pub fn parse(text: &str) -> Result<Release, String> {
        let numbers: Vec<&str> = text.split('.').collect();
        if !matches!(numbers.len(), 2 | 3) || !numbers.iter().all(|part| is_number(part)) {
            return Err(format!("`{text}` is no release of the operator; write it as in 1.10"));
        }
        let (first, last) = (Release::FIRST, Release::LAST);
        let minor = numbers[1].parse().ok().filter(|minor| *minor <= last.minor);
        match (numbers[0], minor) {
            ("1", Some(minor)) => Ok(Release { minor }),
            ("0", _) if numbers[1] == "1" => Err(format!(
                "operator {text} is the old one, of v1alpha1; known are {first} to {last}"
            )),
            _ => Err(format!("there is no operator {text}; known are {first} to {last}")),
        }
    }

    /// Every release, the first one first.
    pub fn all() -> impl Iterator<Item = Release> {
        (Release::FIRST.minor..=Release::LAST.minor).map(|minor| Release { minor })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// True for digits as a release has them: `0` and `10`, not `01`.
fn is_number(text: &str) -> bool {
    let is_padded = text.len() > 1 && text.starts_with('0');
    !text.is_empty() && !is_padded && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Every row. Rows of one topic stand together, the one that holds first standing first.
pub static ROWS: &[Row] = &JOINED;

static JOINED: [Row; COUNT] = joined();

const TABLES: [&[Row]; 5] =
    [manifest::ROWS, resources::ROWS, configuration::ROWS, state::ROWS, sessions::ROWS];

const COUNT: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

/// The tables one behind the other. Iterators cannot be used in a constant.
const fn joined() -> [Row; COUNT] {
    let mut rows = [NAME_PATTERN; COUNT];
    let (mut filled, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut at = 0;
        while at < TABLES[table].len() {
            rows[filled] = TABLES[table][at];
            filled += 1;
            at += 1;
        }
        table += 1;
    }
    rows
}

/// The longest name that [`NAME_PATTERN`] allows, in bytes.
const LONGEST_NAME: usize = 45;

/// True if operators from 1.1 on take the name of a `FlinkDeployment`; see [`NAME_PATTERN`].
pub fn name_is_sound(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: [(&str, Row); 17] = [
        ("NAME_PATTERN", NAME_PATTERN),
        ("HA_CLUSTER_ID", HA_CLUSTER_ID),
        ("OLD_FLINK_IGNORED", OLD_FLINK_IGNORED),
        ("OLD_FLINK_REFUSED", OLD_FLINK_REFUSED),
        ("MEMORY_DEFAULTS_GONE", MEMORY_DEFAULTS_GONE),
        ("SLOTS_DEFAULT", SLOTS_DEFAULT),
        ("MEMORY_REQUIRED", MEMORY_REQUIRED),
        ("SUSPENDED_REFUSED", SUSPENDED_REFUSED),
        ("SUSPENDED_WAITS", SUSPENDED_WAITS),
        ("CHECKPOINTING_DIR", CHECKPOINTING_DIR),
        ("CHECKPOINTS_DIR_REQUIRED", CHECKPOINTS_DIR_REQUIRED),
        ("SERVICE_ACCOUNT_REQUIRED", SERVICE_ACCOUNT_REQUIRED),
        ("RANDOM_JOB_IDS", RANDOM_JOB_IDS),
        ("MEMORY_UNITS", MEMORY_UNITS),
        ("MEMORY_UNITS_ACCEPTED", MEMORY_UNITS_ACCEPTED),
        ("NESTED_CONFIGURATION", NESTED_CONFIGURATION),
        ("SESSION_SCHEMES", SESSION_SCHEMES),
    ];

    #[test]
    fn every_row_with_a_name_stands_in_the_table_once() {
        for (name, row) in NAMED {
            assert_eq!(ROWS.iter().filter(|known| **known == row).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_row_is_well_formed() {
        for row in ROWS {
            let words = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            assert!(words(row.topic) && row.rule.is_none_or(words), "{row:?}");
            let ends = row.to.is_none_or(|to| row.from <= to && to < Release::LAST);
            assert!(ends, "a row that still holds has no end: {row:?}");
            let sentence = row.what.trim() == row.what && !row.what.ends_with('.');
            assert!(sentence && !row.what.contains("  "), "{row:?}");
            assert!(!row.source.contains("  ") && !row.source.is_empty(), "{row:?}");
            assert!(row.source.contains("FLINK-") || row.source.contains('('), "{row:?}");
            assert!(row.message.is_none_or(|said| !said.is_empty()), "{row:?}");
            let same = |other: &&Row| other.what == row.what;
            assert_eq!(ROWS.iter().filter(same).count(), 1, "said twice: {}", row.what);
        }
    }

    #[test]
    fn rows_of_one_topic_stand_together_in_the_order_of_releases() {
        let mut done: Vec<&str> = Vec::new();
        for group in ROWS.chunk_by(|a, b| a.topic == b.topic) {
            assert!(!done.contains(&group[0].topic), "{} stands apart", group[0].topic);
            done.push(group[0].topic);
            assert!(group.is_sorted_by_key(|row| row.from), "{}", group[0].topic);
        }
    }

    /// What one row refuses and another of its topic ignores, in one release.
    fn contradictions(rows: &[Row]) -> Vec<String> {
        let with = |effect| rows.iter().filter(move |row: &&Row| row.effect == effect);
        let pairs = with(Effect::Refuses)
            .flat_map(|refused| with(Effect::Ignores).map(move |ignored| (refused, ignored)));
        let same = pairs.filter(|(refused, ignored)| refused.topic == ignored.topic);
        same.flat_map(|(refused, ignored)| {
            let both = Release::all().filter(|r| refused.holds(*r) && ignored.holds(*r));
            both.map(|release| format!("{release}: {}, {}", refused.what, ignored.what))
        })
        .collect()
    }

    #[test]
    fn no_release_both_refuses_and_ignores_what_one_topic_is_about() {
        assert_eq!(contradictions(ROWS), Vec::<String>::new());
        let too_early = Row { from: Release::new(8), ..OLD_FLINK_REFUSED };
        assert_eq!(contradictions(&[OLD_FLINK_IGNORED, too_early]).len(), 1);
    }

    #[test]
    fn old_flink_is_taken_then_ignored_then_refused() {
        let of = |text| {
            let release = Release::parse(text).unwrap();
            (OLD_FLINK_IGNORED.holds(release), OLD_FLINK_REFUSED.holds(release))
        };
        assert_eq!((of("1.6"), of("1.7")), ((false, false), (true, false)));
        assert_eq!((of("1.8"), of("1.9")), ((true, false), (false, true)));
        assert_eq!(of("1.15"), (false, true));
    }

    #[test]
    fn a_release_is_two_numbers_and_a_patch_release_its_minor_one() {
        let minor = |text| Release::parse(text).map(|release| release.to_string());
        assert_eq!(minor("1.10"), Ok("1.10".to_string()));
        assert_eq!(minor("1.1"), Ok("1.1".to_string()));
        assert_eq!(minor("1.10.1"), Ok("1.10".to_string()));
        assert!(Release::parse("1.1") < Release::parse("1.10"));
        assert_eq!(Release::parse("1.0"), Ok(Release::FIRST));
        assert_eq!(Release::parse("1.15"), Ok(Release::LAST));
        assert!(Release::all().all(|release| Release::parse(&release.to_string()) == Ok(release)));
        assert_eq!(Release::all().count(), 16);
    }

    #[test]
    fn what_is_no_release_is_said_to_be_none() {
        for text in ["", "1", "1.", ".1", "1.x", "v1.2", "1.2.3.4", "1.2-rc1", " 1.2", "+1.2"] {
            let error = Release::parse(text).unwrap_err();
            assert_eq!(
                error,
                format!("`{text}` is no release of the operator; write it as in 1.10")
            );
        }
        for text in ["1.01", "01.1", "1..2", "1.-1", "1.2.", "1,2"] {
            assert!(Release::parse(text).is_err(), "{text}");
        }
        for text in ["1.99", "2.0", "1.16", "0.2", "1.99999999999", "1.99.1"] {
            let error = Release::parse(text).unwrap_err();
            assert_eq!(error, format!("there is no operator {text}; known are 1.0 to 1.15"));
        }
        for text in ["0.1", "0.1.0"] {
            assert!(Release::parse(text).unwrap_err().contains("the old one"), "{text}");
        }
    }

    #[test]
    fn the_releases_of_a_row_read_as_people_say_them() {
        let said = |from, to: Option<u16>| {
            let period = (Release::new(from), to.map(Release::new));
            Row { from: period.0, to: period.1, ..NAME_PATTERN }.releases()
        };
        assert_eq!(said(9, None), "1.9 and later");
        assert_eq!(said(0, None), "1.0 and later");
        assert_eq!(said(7, Some(8)), "1.7 and 1.8");
        assert_eq!(said(0, Some(6)), "1.0 to 1.6");
        assert_eq!(said(0, Some(0)), "1.0");
    }

    #[test]
    fn a_name_begins_with_a_letter_and_holds_small_letters_digits_and_hyphens() {
        let longest = "a".repeat(45);
        for name in ["a", "a1", "a-1", "a--b", "orders-v2", longest.as_str()] {
            assert!(name_is_sound(name), "{name}");
        }
        let too_long = "a".repeat(46);
        for name in ["", "1a", "-a", "a-", "-", "A", "aB", "a.b", "a_b", "ä", "a b", &too_long] {
            assert!(!name_is_sound(name), "{name}");
        }
    }
}
