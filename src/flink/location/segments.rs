//! What the segments of a location tell: what Flink calls a savepoint, and which directories are above.

use super::{METADATA_FILE, identity, savepoint_segment};

/// How the directory of a checkpoint begins; its number follows
/// (`AbstractFsCheckpointStorageAccess.CHECKPOINT_DIR_PREFIX`, 1.14 and 1.20).
const CHECKPOINT_PREFIX: &str = "chk-";

/// How the directory of a savepoint begins
/// (`AbstractFsCheckpointStorageAccess.initializeLocationForSavepoint`, 1.14 and 1.20).
const SAVEPOINT_PREFIX: &str = "savepoint-";

/// The files of incremental checkpoints that others share, and those that belong to the job
/// (`AbstractFsCheckpointStorageAccess.CHECKPOINT_SHARED_STATE_DIR` and
/// `CHECKPOINT_TASK_OWNED_STATE_DIR`, 1.14 and 1.20).
const SHARED_DIRECTORIES: [&str; 2] = ["shared", "taskowned"];

/// True for the directory of a retained checkpoint, `…/chk-7`, or its `_metadata`. A restored job
/// takes it over and may delete it, while its files may be shared with other checkpoints.
pub fn is_retained_checkpoint(location: &str) -> bool {
    savepoint_segment(location)
        .strip_prefix(CHECKPOINT_PREFIX)
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// True if the last segment is one that Flink gives a savepoint or a checkpoint.
pub fn is_named_by_flink(location: &str) -> bool {
    savepoint_segment(location).starts_with(SAVEPOINT_PREFIX)
        || is_retained_checkpoint(location)
        || location.trim_end_matches('/').rsplit('/').next() == Some(METADATA_FILE)
}

/// True if the last segment holds files of several checkpoints.
pub fn is_shared_state(location: &str) -> bool {
    SHARED_DIRECTORIES.contains(&savepoint_segment(location))
}

/// The location and every directory above it, the nearest first, as [`identity`] spells them.
pub fn ancestors(location: &str) -> impl Iterator<Item = (&str, &str)> {
    let (scheme, path) = identity(location);
    std::iter::successors(Some(path), parent)
        .take_while(|path| !path.is_empty())
        .map(move |path| (scheme, path))
}

/// The directory above; nothing where there is none.
fn parent<'p>(here: &&'p str) -> Option<&'p str> {
    here.rfind('/').map(|at| here[..at].trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retained_checkpoints_are_known_by_their_last_segment() {
        for yes in ["s3://b/id/chk-7", "/id/chk-42/", "/id/chk-42/_metadata", "/chk-0/_metadata/"] {
            assert!(is_retained_checkpoint(yes), "{yes}");
        }
        for no in
            ["/chk-7/savepoint-1", "/id/chk-", "/id/chk-7a", "/id/my-chk-7", "/id/chk-7_metadata"]
        {
            assert!(!is_retained_checkpoint(no), "{no}");
        }
    }

    #[test]
    fn the_names_of_flink_and_the_directories_above_are_told() {
        for yes in
            ["s3://b/savepoint-1", "/id/chk-42/", "/any/_metadata", "/x/savepoint-1/_metadata"]
        {
            assert!(is_named_by_flink(yes), "{yes}");
        }
        for no in ["s3://b", "s3://b/savepoints", "/id/chk-x", "/id/shared", "/savepoint"] {
            assert!(!is_named_by_flink(no), "{no}");
        }
        assert!(is_shared_state("s3://b/id/taskowned/") && !is_shared_state("s3://b/shared/x"));
        let above: Vec<_> = ancestors("s3://b/a/savepoint-1/_metadata").collect();
        assert_eq!(above, [("s3", "//b/a/savepoint-1"), ("s3", "//b/a"), ("s3", "//b")]);
        let local: Vec<_> = ancestors("file:///a/b/").collect();
        assert_eq!(local, [("file", "/a/b"), ("file", "/a")]);
    }
}
