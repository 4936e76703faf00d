//! Values that options and the configuration share.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A location that may hold `{namespace}` and `{name}`.
pub fn location(text: &str) -> Result<String, String> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(format!(
            "`{}` has whitespace around it or a control character in it",
            text.escape_debug()
        ));
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
        return Err(format!(
            "`{text}` may contain {{namespace}} and {{name}}, and no other braces"
        ));
    }
    Ok(text.into())
}

/// The name of a service account: a DNS subdomain.
pub fn service_account(text: &str) -> Result<String, String> {
    dns_name(text, ".-", 253)
        .ok_or_else(|| format!("`{text}` is not the name of a service account"))
}

/// The name of a namespace: a DNS label.
pub fn namespace(text: &str) -> Result<String, String> {
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

/// A glob that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    /// Its index in the list.
    pub index: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Compiles the globs; they match paths relative to some folder. A glob with a `/` before its end
/// begins at that folder, any other matches a name at every depth. A directory that matches is left
/// out with all that is below it.
pub fn exclude_globs(globs: &[impl AsRef<str>]) -> Result<GlobSet, BadGlob> {
    let mut anchored = Vec::new();
    for (index, glob) in globs.iter().enumerate() {
        let name = glob.as_ref().trim_end_matches('/').trim_start_matches("./");
        anchored.push(match name.strip_prefix('/') {
            _ if name.is_empty() => {
                return Err(BadGlob { index, message: "the glob is empty".into() });
            }
            Some(from_base) => from_base.to_string(),
            None if name.contains('/') => name.to_string(),
            None => format!("**/{name}"),
        });
    }
    path_globs(anchored)
}

/// Compiles globs of whole paths. A directory that matches brings all that lies below it.
pub(crate) fn path_globs(
    globs: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<GlobSet, BadGlob> {
    let mut set = GlobSetBuilder::new();
    for (index, glob) in globs.into_iter().enumerate() {
        let glob = glob.as_ref();
        for pattern in [glob.to_string(), format!("{glob}/**")] {
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(glob.map_err(|error| BadGlob { index, message: error.kind().to_string() })?);
        }
    }
    set.build().map_err(|error| BadGlob { index: 0, message: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        assert!(service_account("flink.jobs-1").is_ok());
        assert!(service_account("Flink").is_err());
        assert!(namespace("prod.eu").is_err());
        assert!(namespace("").is_err());
    }

    fn excludes(glob: &str, name: &str) -> bool {
        exclude_globs(&[glob]).unwrap().is_match(name)
    }

    #[test]
    fn a_directory_is_left_out_with_all_below_it() {
        for glob in ["vendor", "vendor/", "./vendor", "vendor/**", "/vendor"] {
            assert!(excludes(glob, "vendor/a/b.yaml"), "{glob}");
        }
    }

    #[test]
    fn a_bare_name_matches_at_every_depth_and_a_path_only_from_the_base() {
        assert!(excludes("*.gen.yaml", "a/b/x.gen.yaml"));
        assert!(excludes("a/*.yaml", "a/x.yaml"));
        assert!(!excludes("a/*.yaml", "b/a/x.yaml"));
        assert!(!excludes("a/*.yaml", "a/b/x.yaml"));
        assert!(!excludes("/vendor", "b/vendor/x.yaml"));
    }

    #[test]
    fn a_glob_that_means_nothing_is_named() {
        assert_eq!(exclude_globs(&["ok", "a["]).unwrap_err().index, 1);
    }
}
