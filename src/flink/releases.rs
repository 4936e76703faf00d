//! The releases of the operator, and what each of them no longer takes or does: one constant for each
//! fact, with its source, a file of the operator, its lines and the release in which they are counted, and
//! the issue or commit.

use std::fmt;

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
        assert!(minor <= Release::LAST.minor, "unknown release of the operator");
        Release { minor }
    }

    /// Its newest patch release: the download pages of the project have one folder for each.
    pub fn newest_patch(self) -> String {
        let patch = u16::from(matches!(self.minor, 0 | 3 | 6 | 12));
        format!("{self}.{patch}")
    }

    fn parse_bare(text: &str) -> Option<Release> {
        let minor = text.strip_prefix("1.")?.split('.').next()?;
        let minor = minor.parse().ok().filter(|_| is_number(minor))?;
        (minor <= Release::LAST.minor).then_some(Release { minor })
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
            let bare = text.strip_prefix('v').unwrap_or(text);
            let bare = bare.strip_suffix(".x").unwrap_or(bare);
            let meant = match Release::parse_bare(bare) {
                _ if text == "latest" => Release::LAST.to_string(),
                Some(release) => release.to_string(),
                None => "it like 1.10".to_string(),
            };
            return Err(format!("`{text}` is not a release of the operator; write {meant}"));
        }
        let (first, last) = (Release::FIRST, Release::LAST);
        let minor = numbers[1].parse().ok().filter(|minor| *minor <= last.minor);
        match (numbers[0], minor) {
            ("1", Some(minor)) => Ok(Release { minor }),
            ("0", _) if numbers[1] == "1" => Err(format!(
                "operator {text} is the old one, of v1alpha1; the target is one of {first} to {last}"
            )),
            _ => Err(format!("unknown operator release {text}; known are {first} to {last}")),
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
            Effect::Ignores => "accepted but ignored",
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

/// A name that [`name_is_sound`] refuses (`DefaultValidator.java:56-57,107-116`, 1.1.0; `:137-146`,
/// 1.15.0; FLINK-28087).
pub const NAME_PATTERN: ReleaseRefusal =
    ReleaseRefusal { releases: ReleaseRange::since(1), effect: Effect::Rejects };

/// The key `high-availability.cluster-id` (`DefaultValidator.java`, 1.4.0 to 1.15.0; FLINK-27273,
/// 895d9f12).
pub const HA_CLUSTER_ID: ReleaseRefusal =
    ReleaseRefusal { releases: ReleaseRange::since(4), effect: Effect::Rejects };

/// A `flinkVersion` that [`is_old_flink`]: ignored but for a warning event
/// (`FlinkVersion.isSupported`, 1.15.0), then rejected (`DefaultValidator.java:155-158`, 1.15.0;
/// FLINK-35052), though the CRD still lists it.
pub const OLD_FLINK: [ReleaseRefusal; 2] = [
    ReleaseRefusal { releases: ReleaseRange::between(7, 8), effect: Effect::Ignores },
    ReleaseRefusal { releases: ReleaseRange::since(9), effect: Effect::Rejects },
];

/// A `FlinkSessionJob` whose `upgradeMode` is `last-state` (`DefaultValidator.java:374`, 1.0.0; `:548`,
/// 1.9.0).
pub const SESSION_LAST_STATE: ReleaseRefusal =
    ReleaseRefusal { releases: ReleaseRange::between(0, 9), effect: Effect::Rejects };

/// A resource that is new to the operator and suspended is rejected (`DefaultValidator.java:263-264`,
/// 1.0.0; `:398-400`, 1.6.1; FLINK-32729 dropped it in 1.7.0).
pub const SUSPENDED_REFUSED: ReleaseRange = ReleaseRange::between(0, 6);

/// A resource that is new to the operator and suspended is not deployed until it is resumed, and then
/// starts from `initialSavepointPath` (`AbstractFlinkResourceReconciler.java:113-119`, 1.7.0;
/// FLINK-32729).
pub const SUSPENDED_WAITS: ReleaseRange = ReleaseRange::since(7);

/// Defaults of one namespace or one Flink version count
/// (`kubernetes.operator.default-configuration…`, `FlinkConfigManager.java`, 1.6.0).
pub const JOB_DEFAULTS: ReleaseRange = ReleaseRange::since(6);

/// Those of a Flink version and all later ones too (`v1_18+`, `FlinkConfigManager.java`, 1.11.0).
pub const VERSION_AND_LATER: ReleaseRange = ReleaseRange::since(11);

/// `execution.checkpointing.dir` counts as the checkpoint directory: the key came with Flink 1.20
/// (`pom.xml`: Flink 1.19.1 in 1.10.0, 1.20.1 in 1.11.0).
pub const CHECKPOINTING_DIR: ReleaseRange = ReleaseRange::since(11);

/// The chart's default configuration has no `jobmanager.memory.process.size: 1600m` and no
/// `taskmanager.memory.process.size: 1728m`
/// (`helm/flink-kubernetes-operator/conf/flink-conf.yaml`, 1.2.0; c84f923f).
pub const MEMORY_DEFAULTS_GONE: ReleaseRange = ReleaseRange::since(2);

/// The chart's default configuration says `taskmanager.numberOfTaskSlots: 1`, which was 2
/// (`helm/flink-kubernetes-operator/conf/flink-conf.yaml`, 1.3.0; 772a2a4d).
pub const SLOTS_DEFAULT: ReleaseRange = ReleaseRange::since(3);

/// The validator rejects a cluster whose memory is known from nowhere; before, its pods fail
/// (`DefaultValidator.java:387,431`, 1.15.0; FLINK-30411).
pub const MEMORY_REQUIRED: ReleaseRange = ReleaseRange::since(4);

/// The longest name of a `FlinkDeployment`, in bytes.
const LONGEST_NAME: usize = 45;

/// True if the name matches `[a-z]([-a-z0-9]{0,43}[a-z0-9])?`; see [`NAME_PATTERN`].
pub fn name_is_sound(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(is_inner)
}

/// True for a `flinkVersion` that later operators do not run; see [`OLD_FLINK`].
pub fn is_old_flink(version: &str) -> bool {
    matches!(version, "v1_13" | "v1_14")
}

/// Every value that some CRD lists, with the first release whose CRD does. No release took one away.
/// The field is an enum, so that the API server rejects any other value
/// (`flinkdeployments.flink.apache.org-v1.yml`, 1.0.0 to 1.15.0). Operator 0.1.0 knew `v1_14`,
/// `v1_15` and `v1_16`.
const LISTED: [(&str, Release); 11] = [
    ("v1_13", Release::new(0)),
    ("v1_14", Release::new(0)),
    ("v1_15", Release::new(0)),
    ("v1_16", Release::new(0)),
    ("v1_17", Release::new(4)),
    ("v1_18", Release::new(6)),
    ("v1_19", Release::new(7)),
    ("v1_20", Release::new(10)),
    ("v2_0", Release::new(11)),
    ("v2_1", Release::new(13)),
    ("v2_2", Release::new(13)),
];

/// The first release whose CRD lists this `flinkVersion`; nothing if none does.
pub fn flink_version_since(version: &str) -> Option<Release> {
    LISTED.iter().find(|(listed, _)| *listed == version).map(|(_, since)| *since)
}

/// How a `flinkVersion` is spelt that differs from a listed one in case and punctuation alone, as
/// `V1.14` does; nothing for any other text.
pub fn listed_spelling(version: &str) -> Option<&'static str> {
    let bare = |text: &str| {
        let text = text.trim().to_ascii_lowercase().replace(['.', '-'], "_");
        text.strip_prefix('v').unwrap_or(&text).to_string()
    };
    let meant = bare(version);
    LISTED.iter().map(|(listed, _)| *listed).find(|listed| bare(listed) == meant)
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
        for text in ["", "1", "1.", ".1", "1.x", "1.2-rc1", " 1.2", "+1.2"] {
            let error = Release::parse(text).unwrap_err();
            assert_eq!(
                error,
                format!("`{text}` is not a release of the operator; write it like 1.10")
            );
        }
        for (text, meant) in [("v1.2", "1.2"), ("1.15.x", "1.15"), ("latest", "1.15")] {
            let error = Release::parse(text).unwrap_err();
            assert_eq!(error, format!("`{text}` is not a release of the operator; write {meant}"));
        }
        for text in ["1.01", "01.1", "1.2.3.4", "1..2", "1.-1", "1.2.", "1,2"] {
            assert!(Release::parse(text).is_err(), "{text}");
        }
        for text in ["1.99", "2.0", "1.16", "0.2", "1.99999999999", "1.99.1"] {
            let error = Release::parse(text).unwrap_err();
            assert_eq!(error, format!("unknown operator release {text}; known are 1.0 to 1.15"));
        }
        for text in ["0.1", "0.1.0"] {
            assert!(Release::parse(text).unwrap_err().contains("the old one"), "{text}");
        }
    }

    #[test]
    fn old_flink_is_taken_then_ignored_then_rejected() {
        let effect = |minor| {
            let row = OLD_FLINK.iter().find(|row| row.releases.contains(Release::new(minor)));
            row.map(|row| row.effect)
        };
        assert_eq!((effect(0), effect(6)), (None, None));
        assert_eq!((effect(7), effect(8)), (Some(Effect::Ignores), Some(Effect::Ignores)));
        assert_eq!((effect(9), effect(15)), (Some(Effect::Rejects), Some(Effect::Rejects)));
    }

    #[test]
    fn a_new_resource_that_is_suspended_is_either_rejected_or_waits() {
        for release in (0..=15).map(Release::new) {
            assert_ne!(SUSPENDED_REFUSED.contains(release), SUSPENDED_WAITS.contains(release));
        }
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

    #[test]
    fn no_crd_ever_listed_an_older_flink_or_another_spelling() {
        for version in ["v1_12", "V1_14", "1.14", "v1_014", "", "v2_3"] {
            assert_eq!(flink_version_since(version), None, "{version}");
        }
    }

    #[test]
    fn a_spelling_is_found_by_case_and_punctuation_and_never_by_the_number() {
        for (written, meant) in [("V1_14", "v1_14"), ("v1.14", "v1_14"), ("1-15", "v1_15")] {
            assert_eq!(listed_spelling(written), Some(meant), "{written}");
        }
        for other in ["v1_12", "v1_1", "v114", "", "latest", "1.14.3"] {
            assert_eq!(listed_spelling(other), None, "{other}");
        }
    }
}
