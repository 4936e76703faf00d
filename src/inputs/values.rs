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

/// A glob of files and directories to leave out.
#[derive(Clone, Debug)]
pub struct ExcludedPaths {
    /// The glob, relative to some folder, without `./` and the like.
    pub text: String,
    /// What it matches: paths relative to that folder.
    pub matcher: GlobSet,
}

/// Compiles a glob of what to leave out. It begins at the folder it is relative to; a directory that
/// matches is left out with all that is below it.
pub fn exclude_glob(glob: &str) -> Result<ExcludedPaths, String> {
    let text = glob.trim_end_matches('/').trim_start_matches("./").trim_start_matches('/');
    let matcher = match text {
        "" | "." => Err("the glob is empty".to_string()),
        text => path_glob(text),
    };
    let matcher =
        matcher.map_err(|message| format!("{message}; write a glob such as `vendor/**`"))?;
    Ok(ExcludedPaths { text: text.to_string(), matcher })
}

/// Compiles a glob of whole paths. A directory that matches brings all that lies below it.
pub(crate) fn path_glob(glob: &str) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in [glob.to_string(), format!("{glob}/**")] {
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        set.add(glob.map_err(|error| error.kind().to_string())?);
    }
    set.build().map_err(|error| error.to_string())
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
        exclude_glob(glob).unwrap().matcher.is_match(name)
    }

    #[test]
    fn a_directory_is_left_out_with_all_below_it() {
        for glob in ["vendor", "vendor/", "./vendor", "vendor/**", "/vendor", "./vendor/**"] {
            assert!(excludes(glob, "vendor/a/b.yaml"), "{glob}");
            assert!(!excludes(glob, "deploy/vendor/a/b.yaml"), "{glob}");
        }
    }

    #[test]
    fn a_glob_begins_at_the_base() {
        assert!(excludes("**/*.gen.yaml", "a/b/x.gen.yaml"));
        assert!(excludes("**/*.gen.yaml", "x.gen.yaml"));
        assert!(!excludes("*.gen.yaml", "a/x.gen.yaml"));
        assert!(excludes("a/*.yaml", "a/x.yaml"));
        assert!(!excludes("a/*.yaml", "a/b/x.yaml"));
    }

    #[test]
    fn a_glob_that_means_nothing_is_refused() {
        for glob in ["a[", "", "/", "./"] {
            assert!(exclude_glob(glob).is_err(), "{glob}");
        }
    }
}
