//! When two texts name one place.
//!
//! A log, a status and a savepoint map seldom spell a location alike. Those spellings that
//! `AbstractFsCheckpointStorageAccess.resolveCheckpointPointer` (`flink-runtime`, 1.14 and 1.20)
//! resolves to one directory are one, and no others: `s3` and `s3a` may be two file systems, and no
//! file system is asked whether case counts. `file://host/x` is a path of its own, which Flink refuses:
//! a local file has no authority (`FileSystem.getUnguardedFileSystem`, `flink-core`).

use super::{METADATA_FILE, split_scheme};

/// The scheme of local files, which a bare path counts for.
const FILE_SCHEME: &str = "file";

/// True if both name one savepoint or checkpoint: with or without `/_metadata` and slashes at the
/// end, and for local files with or without `file:` and the empty authority (`file:///x`).
pub fn same(a: &str, b: &str) -> bool {
    place(a) == place(b)
}

/// What all texts that name one place have in common and no other text has, to sort or group them by.
pub fn place(location: &str) -> (&str, &str) {
    match parts(location) {
        // What names nothing is only like itself.
        (_, "") => ("", location),
        parts => parts,
    }
}

/// The scheme, and the rest without what makes no difference.
fn parts(location: &str) -> (&str, &str) {
    let (scheme, rest) = match split_scheme(location) {
        // An empty authority is none: what is left begins with the slash of the path.
        Some((FILE_SCHEME, rest)) => {
            let path = rest.strip_prefix("//").filter(|path| path.starts_with('/'));
            (FILE_SCHEME, path.unwrap_or(rest))
        }
        Some(parts) => parts,
        None => (FILE_SCHEME, location),
    };
    let rest = rest.trim_end_matches('/');
    let directory = rest.strip_suffix(METADATA_FILE).filter(|directory| directory.ends_with('/'));
    (scheme, directory.unwrap_or(rest).trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_spellings_of_one_place_are_one() {
        let one = [
            "/d/savepoint-1",
            "/d/savepoint-1/",
            "/d/savepoint-1/_metadata",
            "file:/d/savepoint-1",
            "file:/d/savepoint-1/_metadata",
            "file:///d/savepoint-1",
            "file:///d/savepoint-1//",
            "file:///d/savepoint-1/_metadata",
        ];
        for a in one {
            for b in one {
                assert!(same(a, b), "{a} and {b}");
            }
        }
        assert!(same("s3://b/x/_metadata", "s3://b/x/"));
        assert!(same("hdfs:///x", "hdfs:///x/_metadata"));
    }

    #[test]
    fn what_may_be_two_places_is_two() {
        for (a, b) in [
            ("s3://b/x", "s3a://b/x"),
            ("s3://b/x", "s3://b/X"),
            ("s3://B/x", "s3://b/x"),
            ("s3://b/x", "s3://b/x/_metadat"),
            ("s3://b/x", "s3://b/x_metadata"),
            ("s3://b/x", "s3://b/x/y"),
            ("s3://k:s@b/x", "s3://b/x"),
            ("/d/x", "hdfs:/d/x"),
            ("file://host/x", "file:///host/x"),
            ("file://host/x", "file:///x"),
            ("file://host/x", "/host/x"),
            ("file:/d/x", "hdfs:/d/x"),
            ("hdfs:///x", "hdfs:/x"),
            ("//d/x", "/d/x"),
            ("/", "file:///"),
            ("", "/"),
            ("/d//x", "/d/x"),
        ] {
            assert!(!same(a, b), "{a} and {b}");
        }
        assert!(same("", ""));
    }

    fn location() -> impl Strategy<Value = String> {
        let scheme = prop::sample::select(vec!["", "file:", "file://", "s3://b", "hdfs:", "x:"]);
        let path = "(/[a-z_]{1,3}){0,3}(/_metadata)?/{0,2}";
        (scheme, path).prop_map(|(scheme, path)| format!("{scheme}{path}"))
    }

    proptest! {
        #[test]
        fn sameness_is_an_equivalence(a in location(), b in location(), c in location()) {
            prop_assert!(same(&a, &a));
            prop_assert_eq!(same(&a, &b), same(&b, &a));
            if same(&a, &b) && same(&b, &c) {
                prop_assert!(same(&a, &c), "{} {} {}", a, b, c);
            }
        }

        #[test]
        fn a_directory_is_its_metadata(a in "(/[a-z]{1,8}){1,3}", scheme in "(s3://b|file:|file://|)") {
            let directory = format!("{scheme}{a}");
            let [slash, file, other] =
                ["/", "/_metadata", "x"].map(|end| directory.clone() + end);
            prop_assert!(same(&directory, &slash));
            prop_assert!(same(&directory, &file));
            prop_assert!(!same(&directory, &other));
        }

        #[test]
        fn no_text_is_too_odd(a in ".{0,40}", b in ".{0,40}") {
            prop_assert_eq!(same(&a, &b), same(&b, &a));
        }
    }
}
