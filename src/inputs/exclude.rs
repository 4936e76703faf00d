//! Globs of files that are to be left out.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

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
    let mut set = GlobSetBuilder::new();
    for (index, glob) in globs.iter().enumerate() {
        let bad = |message: String| BadGlob { index, message };
        let name = glob.as_ref().trim_end_matches('/').trim_start_matches("./");
        if name.is_empty() {
            return Err(bad("the glob is empty".into()));
        }
        let anchored = match name.strip_prefix('/') {
            Some(from_base) => from_base.to_string(),
            None if name.contains('/') => name.to_string(),
            None => format!("**/{name}"),
        };
        for pattern in [anchored.clone(), format!("{anchored}/**")] {
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(glob.map_err(|error| bad(error.kind().to_string()))?);
        }
    }
    set.build().map_err(|error| BadGlob { index: 0, message: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(glob: &str, path: &str) -> bool {
        exclude_globs(&[glob]).unwrap().is_match(path)
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
