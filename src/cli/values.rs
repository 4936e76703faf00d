//! Values that flags and the configuration share, read in one way.

use crate::rules::{CheckpointsDir, Defaults};

/// Reads `--defaults`, here and in the configuration.
pub(super) fn defaults(text: &str) -> Result<Defaults, String> {
    match text {
        "explicit" => Ok(Defaults::Explicit),
        "preserve" => Ok(Defaults::Preserve),
        "leave" => Ok(Defaults::Leave),
        _ => Err(format!("`{text}` is none of explicit, preserve, leave")),
    }
}

/// Reads `--checkpoints-dir`, here and in the configuration.
pub(super) fn checkpoints_dir(text: &str) -> Result<CheckpointsDir, String> {
    match text {
        "operator" => Ok(CheckpointsDir::Operator),
        "sibling" => Ok(CheckpointsDir::Sibling),
        _ => location(text).map(CheckpointsDir::Template).map_err(|error| {
            if text.contains('/') { error } else { format!("{error}, or `operator` or `sibling`") }
        }),
    }
}

/// A location that may hold `{namespace}` and `{name}`.
pub(super) fn location(text: &str) -> Result<String, String> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(format!("`{}` has blanks around it or inside it", text.escape_debug()));
    }
    let scheme = text.split_once(":/").map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c))
    });
    if !text.starts_with('/') && !has_scheme {
        return Err(format!(
            "`{text}` is not a location; write one such as `s3://bucket/{{name}}`"
        ));
    }
    let bare = text.replace("{namespace}", "").replace("{name}", "");
    if bare.contains(['{', '}']) {
        return Err(format!("`{text}` may hold {{namespace}} and {{name}} and no other braces"));
    }
    Ok(text.into())
}

/// The name of a service account: a DNS subdomain.
pub(super) fn service_account(text: &str) -> Result<String, String> {
    dns_name(text, ".-", 253)
        .ok_or_else(|| format!("`{text}` is not the name of a service account"))
}

/// Reads `--namespace`: a DNS label.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    dns_name(text, "-", 63).ok_or_else(|| format!("`{text}` is not the name of a namespace"))
}

fn dns_name(text: &str, punctuation: &str, longest: usize) -> Option<String> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let sound = text.chars().all(|c| alphanumeric(c) || punctuation.contains(c))
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.len() <= longest;
    sound.then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_not_taken_for_a_location() {
        assert!(checkpoints_dir("siblings").unwrap_err().contains("`sibling`"));
        assert!(checkpoints_dir("s3://b/{nmae}").is_err());
        assert!(checkpoints_dir(" s3://b").is_err());
        assert_eq!(checkpoints_dir("sibling"), Ok(CheckpointsDir::Sibling));
        for location in ["s3://b/{namespace}/{name}", "/data/cp", "file:/data", "hdfs:///cp"] {
            assert_eq!(checkpoints_dir(location), Ok(CheckpointsDir::Template(location.into())));
        }
    }

    #[test]
    fn names_are_names() {
        assert!(service_account("flink.jobs-1").is_ok());
        assert!(service_account("Flink").is_err());
        assert!(namespace("prod.eu").is_err());
        assert!(namespace("").is_err());
    }
}
