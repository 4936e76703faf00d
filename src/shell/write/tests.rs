//! What is written, what is refused, and what is left beside it.

use super::*;
use crate::text::{Digest, Edit, EditSet, Span};

fn edit(before: &[u8]) -> TextChange {
    let edits = EditSet::new(vec![Edit { span: Span::new(0, 1), text: "X".into() }]).unwrap();
    TextChange::Edit { digest: Digest::new(before), edits }
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// What becomes of these files of a folder, which are judged unless they are new.
fn write(
    root: &[PathBuf; 1],
    files: &[(&str, TextChange)],
    if_unwritable: IfUnwritable,
) -> Result<Vec<FileError>, WriteError> {
    let replacements: Vec<Replacement<'_>> =
        files.iter().map(|(name, change)| Replacement { file: None, name, change }).collect();
    let rewrites = replacements.iter().zip(files).map(|(replacement, (name, _))| FileRewrite {
        replacement,
        path: root[0].join(name),
        write_roots: root,
    });
    replace_files(&rewrites.collect::<Vec<_>>(), if_unwritable)
}

#[test]
fn a_file_that_changed_since_it_was_read_stops_the_whole_write() {
    let folder = tempfile::tempdir().unwrap();
    let root = [folder.path().canonicalize().unwrap()];
    let (a, b) = (root[0].join("a"), root[0].join("b"));
    fs::write(&a, "1 one\n").unwrap();
    fs::write(&b, "2 two, and more\n").unwrap();
    for if_unwritable in [IfUnwritable::WriteNothing, IfUnwritable::WriteTheRest] {
        let stale = [("a", edit(b"1 one\n")), ("b", edit(b"2 two\n"))];
        let unwritten = write(&root, &stale, if_unwritable).unwrap_err();
        let problems = &unwritten.problems;
        assert_eq!((problems.len(), unwritten.replaced), (1, 0));
        assert!(problems[0].to_string().starts_with("b: error: changed while being read"));
        assert_eq!(fs::read_to_string(&a).unwrap(), "1 one\n");
        assert_eq!(names(&root[0]), ["a", "b"]);
    }
    let fresh = [("a", edit(b"1 one\n")), ("b", edit(b"2 two, and more\n"))];
    assert_eq!(write(&root, &fresh, IfUnwritable::WriteNothing).unwrap(), []);
    assert_eq!(fs::read_to_string(&a).unwrap(), "X one\n");
    assert_eq!(fs::read_to_string(&b).unwrap(), "X two, and more\n");
    assert_eq!(names(&root[0]), ["a", "b"]);
}

#[test]
fn a_file_that_came_in_the_place_of_a_new_one_stops_the_whole_write() {
    let folder = tempfile::tempdir().unwrap();
    let root = [folder.path().canonicalize().unwrap()];
    fs::write(root[0].join("a"), "1\n").unwrap();
    let create = || TextChange::Create { text: "new\n".into() };
    let files = [("a", edit(b"1\n")), ("b", create()), ("c", create())];
    std::os::unix::fs::symlink("nowhere", root[0].join("c")).unwrap();
    for if_unwritable in [IfUnwritable::WriteNothing, IfUnwritable::WriteTheRest] {
        let unwritten = write(&root, &files, if_unwritable).unwrap_err();
        assert_eq!(unwritten.replaced, 0);
        assert_eq!(unwritten.problems[0].to_string(), "c: error: was created meanwhile; run again");
        assert_eq!(fs::read_to_string(root[0].join("a")).unwrap(), "1\n");
        assert_eq!(names(&root[0]), ["a", "c"]);
    }
    // Between the last look and the rename: what is there stays.
    let (target, text) = (root[0].join("d"), tempfile::NamedTempFile::new_in(&root[0]).unwrap());
    fs::write(&target, "theirs\n").unwrap();
    let (name, text) = ("d", Some(text.into_temp_path()));
    let problem = put(StagedFile { name, target: target.clone(), before: None, text }).unwrap_err();
    assert!(problem.message.starts_with("cannot be created: "), "{problem}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "theirs\n");
}

#[test]
fn a_new_file_has_the_mode_that_any_new_file_gets_and_a_deleted_one_is_gone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let root = [folder.path().canonicalize().unwrap()];
    fs::write(root[0].join("gone"), "1\n").unwrap();
    let files = [
        ("gone", TextChange::Delete { digest: Digest::new(b"1\n") }),
        ("new", TextChange::Create { text: "new\n".into() }),
    ];
    assert_eq!(write(&root, &files, IfUnwritable::WriteNothing).unwrap(), []);
    assert_eq!(names(&root[0]), ["new"]);
    fs::write(root[0].join("any"), "").unwrap();
    let mode = |name| fs::metadata(root[0].join(name)).unwrap().permissions().mode();
    assert_eq!(mode("new"), mode("any"));
    let unwritten = write(&root, &files[..1], IfUnwritable::WriteTheRest).unwrap();
    assert_eq!(unwritten.len(), 1, "{unwritten:?}");
}

#[test]
fn what_is_created_waits_for_the_rest_of_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let root = [folder.path().canonicalize().unwrap()];
    for (name, mode) in [("a", 0o444), ("b", 0o644)] {
        use std::os::unix::fs::PermissionsExt;
        fs::write(root[0].join(name), "1\n").unwrap();
        fs::set_permissions(root[0].join(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    let files = [("a", edit(b"1\n")), ("b", edit(b"1\n"))];
    let created = [("c", TextChange::Create { text: "new\n".into() })];
    let both = [&files[..], &created].concat();
    let unwritten = write(&root, &both, IfUnwritable::WriteTheRest).unwrap();
    assert_eq!(unwritten.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(names(&root[0]), ["a", "b"]);
    assert_eq!(write(&root, &files, IfUnwritable::WriteTheRest).unwrap().len(), 1);
    assert_eq!(fs::read_to_string(root[0].join("b")).unwrap(), "X\n");
}

#[test]
fn nothing_outside_the_tree_is_ever_replaced_or_created() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (link, target) = (inside.path().join("link"), outside.path().join("a"));
    fs::write(&target, "1\n").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    std::os::unix::fs::symlink(outside.path(), inside.path().join("away")).unwrap();
    let root = [inside.path().canonicalize().unwrap()];
    let create = || TextChange::Create { text: "new\n".into() };
    for (name, change, problem) in [
        ("link", edit(b"1\n"), "the link leaves the tree"),
        ("away/new", create(), "cannot be created: its directory is not in PATH"),
        ("../new", create(), "cannot be created: its directory is not in PATH"),
    ] {
        let unwritten = write(&root, &[(name, change)], IfUnwritable::WriteNothing).unwrap_err();
        assert!(unwritten.problems[0].message.starts_with(problem), "{unwritten:?}");
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "1\n");
    assert_eq!(names(outside.path()), ["a"]);
}
