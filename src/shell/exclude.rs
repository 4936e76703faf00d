//! Globs of files that are to be left out.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A set of globs and the directory they are relative to.
#[derive(Clone, Debug)]
pub struct Exclude {
    base: PathBuf,
    globs: GlobSet,
}

/// A glob that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    /// Its place in the list that was given.
    pub index: usize,
    /// What is wrong with it.
    pub message: String,
}

impl Exclude {
    /// `base` is absolute and free of symbolic links. A glob with a `/` before its end is relative
    /// to it, any other matches a name at every depth; a directory that matches is left out with
    /// all that lies below it.
    pub fn new(base: &Path, globs: &[String]) -> Result<Exclude, BadGlob> {
        let mut set = GlobSetBuilder::new();
        for (index, glob) in globs.iter().enumerate() {
            let bad = |message: String| BadGlob { index, message };
            let name = glob.trim_end_matches('/').trim_start_matches("./");
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
        let globs =
            set.build().map_err(|error| BadGlob { index: 0, message: error.to_string() })?;
        Ok(Exclude { base: base.to_path_buf(), globs })
    }

    /// True if the file or directory at `path` (absolute) is to be left out.
    pub fn matches(&self, path: &Path) -> bool {
        !self.globs.is_empty()
            && path.strip_prefix(&self.base).is_ok_and(|below| self.globs.is_match(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(glob: &str, path: &str) -> bool {
        let exclude = Exclude::new(Path::new("/repo"), &[glob.to_string()]).unwrap();
        exclude.matches(&Path::new("/repo").join(path))
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
        let globs = ["ok".to_string(), "a[".to_string()];
        assert_eq!(Exclude::new(Path::new("/"), &globs).unwrap_err().index, 1);
    }
}
