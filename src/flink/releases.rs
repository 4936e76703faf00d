//! The releases of the operator, and what each of them no longer takes or does.

mod rows;

use std::fmt;

pub use rows::{
    CHECKPOINTING_DIR, HA_CLUSTER_ID, MEMORY_DEFAULTS_GONE, MEMORY_REQUIRED, NAME_PATTERN,
    OLD_FLINK, SLOTS_DEFAULT, SUSPENDED_REFUSED, SUSPENDED_WAITS, flink_version_since,
    is_old_flink, listed_spelling, name_is_sound,
};

/// A minor release of the operator, 1.0 to 1.15.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Release {
    minor: u16,
}

impl Release {
    /// 1.0, of June 2022: the first with `v1beta1`.
    pub const FIRST: Release = Release { minor: 0 };
    /// 1.15, of May 2026: the last one that is known.
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
    /// release, 1.10, whether or not that patch ever came out.
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

/// The releases for which a fact holds. Shown as `1.7 and 1.8`, `1.9 and later`, `1.0 to 1.6`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReleaseRange {
    /// The first one.
    pub from: Release,
    /// The last one; none if the fact still holds in [`Release::LAST`].
    to: Option<Release>,
}

impl ReleaseRange {
    const fn since(minor: u16) -> ReleaseRange {
        ReleaseRange { from: Release::new(minor), to: None }
    }

    const fn between(first: u16, last: u16) -> ReleaseRange {
        ReleaseRange { from: Release::new(first), to: Some(Release::new(last)) }
    }

    /// True if the release is one of them.
    pub fn contains(self, release: Release) -> bool {
        self.from <= release && self.to.is_none_or(|to| release <= to)
    }
}

impl fmt::Display for ReleaseRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from;
        match self.to {
            None => write!(f, "{from} and later"),
            Some(to) if to == from => write!(f, "{from}"),
            Some(to) if to.minor == from.minor + 1 => write!(f, "{from} and {to}"),
            Some(to) => write!(f, "{from} to {to}"),
        }
    }
}

/// What a release does with a resource that it does not take. Shown as what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// The API server or the validator of the operator rejects it.
    Rejects,
    /// It is accepted and not acted upon; at best an event says so.
    Ignores,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effect::Rejects => "rejected",
            Effect::Ignores => "accepted and never acted upon",
        })
    }
}

/// Something that some releases do not take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReleaseRefusal {
    /// Which.
    pub releases: ReleaseRange,
    /// What they do.
    pub effect: Effect,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_two_numbers_and_a_patch_release_its_minor_one() {
        let minor = |text| Release::parse(text).map(|release| release.to_string());
        assert_eq!(minor("1.10"), Ok("1.10".to_string()));
        assert_eq!(minor("1.1"), Ok("1.1".to_string()));
        assert_eq!(minor("1.10.1"), Ok("1.10".to_string()));
        assert!(Release::parse("1.1") < Release::parse("1.10"));
        assert_eq!(Release::parse("1.0"), Ok(Release::FIRST));
        assert_eq!(Release::parse("1.15"), Ok(Release::LAST));
        for release in (0..=15).map(Release::new) {
            assert_eq!(Release::parse(&release.to_string()), Ok(release));
        }
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
}
