//! Files that are to be left out.

use std::path::{Path, PathBuf};

use globset::GlobSet;

/// A set of globs and the directory they are relative to.
#[derive(Clone, Debug)]
pub struct ExcludeGlobs {
    base: PathBuf,
    globs: GlobSet,
}

impl ExcludeGlobs {
    /// `base` is absolute and free of symbolic links.
    pub fn new(base: &Path, globs: GlobSet) -> ExcludeGlobs {
        ExcludeGlobs { base: base.to_path_buf(), globs }
    }

    /// True if the file or directory at `path` (absolute) is to be left out.
    pub fn matches(&self, path: &Path) -> bool {
        !self.globs.is_empty()
            && path.strip_prefix(&self.base).is_ok_and(|below| self.globs.is_match(below))
    }
}
