//! Where a savepoint lies, as Flink reads it.
//!
//! Flink hands the text of `initialSavepointPath` to
//! `AbstractFsCheckpointStorageAccess.resolveCheckpointPointer` (`flink-runtime`, 1.14 and 1.20
//! alike): it takes a directory or the `_metadata` file in it, `file:/x` and `file:///x` for one
//! place, and a path without a scheme for one of its default file system. It fails on an empty
//! text, a relative path, a leading blank and a scheme in upper case. Neither the CRD nor the
//! operator looks at the text, so what Flink would stumble over at the restore is refused here.

mod credentials;
mod placeholder;
mod segments;

use std::fmt;

pub use credentials::{MASK, is_secret_key, masked};
pub use segments::{ancestors, is_named_by_flink, is_retained_checkpoint, is_shared_state};

/// The text that operator 1.10 and later leave in `status.jobStatus.upgradeSavepointPath` where a
/// job goes on from its last checkpoint (`AbstractJobReconciler.java`, 1.10.0). It names no place.
pub const OPERATOR_DUMMY: &str = "KUBERNETES_OPERATOR_LAST_STATE";

/// The file inside a savepoint or checkpoint that stands for all of it
/// (`AbstractFsCheckpointStorageAccess.METADATA_FILE_NAME`, 1.14 and 1.20).
pub(crate) const METADATA_FILE: &str = "_metadata";

/// Schemes for which no plugin of Flink and no file system of Hadoop can hold a savepoint: addresses of
/// web pages, and what other tools call a bucket.
const NO_FILE_SYSTEMS: [&str; 13] = [
    "http", "https", "ftp", "ftps", "ssh", "scp", "git", "jdbc", "jar", "local", "arn", "gcs",
    "minio",
];

/// Schemes whose paths begin with a bucket or a container.
const WITH_BUCKET: [&str; 12] =
    ["s3", "s3a", "s3n", "s3p", "gs", "oss", "obs", "cosn", "abfs", "abfss", "wasb", "wasbs"];

/// Why a text is not the location of a savepoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing, blanks only, or a scheme with nothing behind it.
    Empty,
    /// It begins or ends with a blank.
    Padded,
    /// It holds this control or invisible character.
    Control(char),
    /// It holds this placeholder.
    Placeholder(String),
    /// It is what the operator writes where there is no savepoint.
    OperatorDummy,
    /// Its scheme, this one, has letters in upper case.
    UpperCaseScheme(String),
    /// No file system of Flink's has its scheme, this one.
    NoFileSystem(String),
    /// Its scheme, this one, asks for a bucket, and it has none.
    NoBucket(String),
    /// It is local and names a host: `file://host/x`.
    LocalHost,
    /// It has no scheme and does not begin with `/`, or no `/` follows its scheme.
    Relative,
    /// It begins with a drive, as `C:\x` does.
    NoLocation,
}

impl Flaw {
    /// What is.
    pub fn message(&self) -> String {
        match self {
            Flaw::Empty => "the location is empty".to_string(),
            Flaw::Padded => "the location begins or ends with whitespace".to_string(),
            Flaw::Control(c) => {
                format!("the location contains the control character `{}`", c.escape_default())
            }
            Flaw::Placeholder(part) => format!("`{part}` is a placeholder, not a location"),
            Flaw::OperatorDummy => {
                format!("`{OPERATOR_DUMMY}` is a placeholder of the operator, not a location")
            }
            Flaw::UpperCaseScheme(scheme) => {
                format!("the scheme `{scheme}:` is in upper case, which Flink does not accept")
            }
            Flaw::NoFileSystem(scheme) => {
                format!("the scheme `{scheme}:` is that of no file system of Flink")
            }
            Flaw::NoBucket(scheme) => format!("the `{scheme}:` location has no bucket"),
            Flaw::LocalHost => "the local path names a host, which Flink refuses".to_string(),
            Flaw::Relative => "the location is relative".to_string(),
            Flaw::NoLocation => "the location is neither a URI nor an absolute path".to_string(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Flaw::Empty | Flaw::OperatorDummy => {
                "write the location of the savepoint, or `null` if none is trusted".into()
            }
            Flaw::Padded => "remove the whitespace: Flink would read it as part of the path".into(),
            Flaw::Control(_) => "write the location on one line, as Flink reported it".into(),
            Flaw::Placeholder(_) => "write the location of the savepoint".into(),
            Flaw::UpperCaseScheme(scheme) => format!("write `{}:`", scheme.to_ascii_lowercase()),
            Flaw::NoFileSystem(_) => {
                "write the location as Flink reported it, such as `s3://bucket/path`".into()
            }
            Flaw::NoBucket(scheme) => format!("write `{scheme}://bucket/path`"),
            Flaw::LocalHost => "write `file:///path`, with three slashes".into(),
            Flaw::Relative | Flaw::NoLocation => {
                "write the whole of it, such as `s3://bucket/path` or `/path`".to_string()
            }
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message(), self.help())
    }
}

/// Whether Flink could restore from `location`, as far as its text tells. With or without
/// `/_metadata`, nearly any scheme in lower case (the image may hold any plugin), and a bare absolute
/// path are all right and to be written verbatim.
///
/// # Errors
/// The first flaw, in the order in which they are listed.
pub fn check(location: &str) -> Result<(), Flaw> {
    if location.trim().is_empty() {
        return Err(Flaw::Empty);
    }
    if location.trim() != location {
        return Err(Flaw::Padded);
    }
    if let Some(c) = location.chars().find(|&c| is_invisible(c)) {
        return Err(Flaw::Control(c));
    }
    if let Some(part) = placeholder::placeholder(location, savepoint_segment(location)) {
        return Err(Flaw::Placeholder(masked(part)));
    }
    if location == OPERATOR_DUMMY {
        return Err(Flaw::OperatorDummy);
    }
    let path = match split_scheme(location) {
        // One letter is a drive of Windows, and no scheme of any file system.
        Some((drive, _)) if drive.len() == 1 => return Err(Flaw::NoLocation),
        Some((scheme, _)) if scheme.contains(|c: char| c.is_ascii_uppercase()) => {
            return Err(Flaw::UpperCaseScheme(scheme.to_string()));
        }
        Some((scheme, _)) if NO_FILE_SYSTEMS.contains(&scheme) => {
            return Err(Flaw::NoFileSystem(scheme.to_string()));
        }
        Some((scheme, rest)) if WITH_BUCKET.contains(&scheme) && rest.starts_with('/') => {
            let has_bucket = rest.strip_prefix("//").is_some_and(|path| !path.starts_with('/'));
            let is_empty = rest.trim_matches('/').is_empty();
            if !has_bucket && !is_empty {
                return Err(Flaw::NoBucket(scheme.to_string()));
            }
            rest
        }
        Some((FILE_SCHEME, rest))
            if rest.strip_prefix("//").is_some_and(|path| !path.starts_with('/')) =>
        {
            return Err(if rest == "//" { Flaw::Empty } else { Flaw::LocalHost });
        }
        Some((_, rest)) => rest,
        None => location,
    };
    if path.trim_start_matches('/').is_empty() {
        return Err(Flaw::Empty);
    }
    if path.starts_with('/') { Ok(()) } else { Err(Flaw::Relative) }
}

/// The last segment of the path, `_metadata` left out.
pub(crate) fn savepoint_segment(location: &str) -> &str {
    identity(location).1.rsplit('/').next().unwrap_or_default()
}

/// The scheme of local files, which a bare path counts for.
const FILE_SCHEME: &str = "file";

/// True if both name one savepoint or checkpoint: with or without `/_metadata` and slashes at the
/// end, and for local files with or without `file:` and the empty authority (`file:///x`).
///
/// A log, a status and a savepoint map seldom spell a location alike. Those spellings that
/// `resolveCheckpointPointer` resolves to one directory are one, and no others: `s3` and `s3a` may be
/// two file systems, and no file system is asked whether case counts. `file://host/x` is a path of its
/// own, which Flink refuses: a local file has no authority (`FileSystem.getUnguardedFileSystem`,
/// `flink-core`).
pub fn same_location(a: &str, b: &str) -> bool {
    identity(a) == identity(b)
}

/// True if `resolved` may be what Flink made of `location`, which leaves scheme or host to the default
/// file system: `hdfs://nn:8020/x` of `/x` and of `hdfs:///x` (`Path.makeQualified`, Flink 1.14 to 2.1).
pub fn is_resolved_form(location: &str, resolved: &str) -> bool {
    let Some((scheme, rest)) = split_scheme(resolved) else { return false };
    let Some(rest) = rest.strip_prefix("//").filter(|rest| !rest.starts_with('/')) else {
        return false;
    };
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let (own_scheme, own) = split_scheme(location).unwrap_or((scheme, location));
    let own = own.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(own);
    own_scheme == scheme && own.starts_with('/') && same_location(own, path)
}

/// What all texts that name one place have in common and no other text has, to sort or group them by.
pub fn identity(location: &str) -> (&str, &str) {
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

/// Besides controls: what copying from a page brings along and nobody can see.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Scheme and rest, if the text begins with a scheme as RFC 3986 spells it.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(is_scheme_byte);
    is_scheme.then_some((scheme, rest))
}

fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_that_flink_takes_is_right() {
        for location in [
            "/flink-data/savepoints/savepoint-000000-aec3dd08e76d",
            "/d/savepoint-x/_metadata",
            "/d/savepoint-x/",
            "file:/d/x",
            "file:///d/x",
            "s3://todo-app/xxx-large/TODO-list/savepoint-7",
            "abfss://state@lake.dfs.core.windows.net/savepoints/savepoint-9/_metadata",
            "hdfs:///flink/sp 1/../(old)/{a}=$b/ä",
            "viewfs:/x",
            "obs+v2.1://b/x",
            "s3://lake/job/chk-42",
        ] {
            assert_eq!(check(location), Ok(()), "{location}");
        }
    }

    #[test]
    fn what_flink_would_stumble_over_is_refused() {
        for empty in ["", "  ", "\n", "s3://", "/", "file:///"] {
            assert_eq!(check(empty), Err(Flaw::Empty), "{empty:?}");
        }
        for padded in [" /a", "/a ", "/a\n", "\u{a0}s3://b/c"] {
            assert_eq!(check(padded), Err(Flaw::Padded), "{padded:?}");
        }
        assert_eq!(check("s3://b/\tc"), Err(Flaw::Control('\t')));
        assert_eq!(check("s3://b/\u{200b}c"), Err(Flaw::Control('\u{200b}')));
        assert_eq!(check("S3a://b/c"), Err(Flaw::UpperCaseScheme("S3a".into())));
        for scheme in ["https", "local", "gcs"] {
            let link = format!("{scheme}://s3.console.aws.amazon.com/lake/savepoint-1");
            assert_eq!(check(&link), Err(Flaw::NoFileSystem(scheme.into())));
        }
        assert_eq!(check("arn:aws:s3:::lake/sp"), Err(Flaw::NoFileSystem("arn".into())));
        for (nowhere, scheme) in [("s3:///x", "s3"), ("s3:/x/y", "s3"), ("gs:///lake/x", "gs")] {
            assert_eq!(check(nowhere), Err(Flaw::NoBucket(scheme.into())), "{nowhere}");
        }
        assert_eq!(check("file://data/savepoint-1"), Err(Flaw::LocalHost));
        assert_eq!(check("KUBERNETES_OPERATOR_LAST_STATE"), Err(Flaw::OperatorDummy));
        for relative in ["savepoints/x", "./x", "s3:b/c", "my_fs://b", "nn:8020/x", "todo", "~/x"] {
            assert_eq!(check(relative), Err(Flaw::Relative), "{relative}");
        }
        for drive in ["C:\\flink\\savepoint-1", "C:/flink/savepoint-1", "c:\\x", "d:/x", "C:"] {
            assert_eq!(check(drive), Err(Flaw::NoLocation), "{drive}");
        }
    }

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
                assert!(same_location(a, b), "{a} and {b}");
            }
        }
        assert!(same_location("s3://b/x/_metadata", "s3://b/x/"));
        assert!(same_location("hdfs:///x", "hdfs:///x/_metadata"));
    }

    #[test]
    fn what_flink_resolves_is_known_by_its_path() {
        for location in ["/d/x", "/d/x/", "hdfs:///d/x/_metadata", "hdfs:/d/x"] {
            assert!(is_resolved_form(location, "hdfs://nn:8020/d/x"), "{location}");
        }
        for (location, resolved) in [
            ("/d/x", "hdfs://nn/d/y"),
            ("s3://b/d/x", "s3://c/d/x"),
            ("s3://b/d/x", "hdfs://b/d/x"),
            ("hdfs:///d/x", "s3://b/d/x"),
            ("/d/x", "hdfs:///d/y"),
            ("//d/x", "hdfs://d/x"),
        ] {
            assert!(!is_resolved_form(location, resolved), "{location} and {resolved}");
        }
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
            assert!(!same_location(a, b), "{a} and {b}");
        }
        assert!(same_location("", ""));
    }
}
