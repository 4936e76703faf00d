//! Which values of `spec.flinkVersion` the CRDs list: an enum, so that the API server rejects any
//! other (`flinkdeployments.flink.apache.org-v1.yml`, 1.0.0 to 1.15.0).

use super::Release;

/// Every value that some CRD lists, with the first release whose CRD does. No release took one away.
/// Operator 0.1.0 knew `v1_14`, `v1_15` and `v1_16`.
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
    use super::super::{Effect, ROWS};
    use super::*;

    #[test]
    fn what_is_listed_is_what_the_table_of_releases_says() {
        for row in ROWS.iter().filter(|row| row.effect == Effect::Accepts) {
            let Some((versions, _)) = row.what.split_once(" as `flinkVersion`") else { continue };
            for version in versions.split('`').filter(|part| part.starts_with('v')) {
                assert_eq!(flink_version_since(version), Some(row.from), "{version}");
            }
        }
        let said = |version: &str| {
            ROWS.iter().any(|row| row.effect == Effect::Accepts && row.what.contains(version))
        };
        assert!(LISTED.iter().all(|(version, _)| said(&format!("`{version}`"))));
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
