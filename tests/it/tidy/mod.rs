//! The structure of the repository, checked on every file that a commit would hold.
//!
//! A check is a function from `(path, text)` pairs to complaints. Beside each is a test that plants what
//! the check must find, so that a check without complaints is known to be able to complain.

mod documents;
mod modules;
mod names;
mod sizes;

use std::path::Path;

type File = (String, String);
type Check = fn(&[File]) -> Vec<String>;

const CHECKS: [Check; 20] = [
    modules::imports,
    modules::listed_order,
    modules::system_access,
    modules::types_in_cli,
    modules::typed_paths,
    modules::opening_comments,
    modules::shared_mutability,
    modules::rules_without_bytes,
    modules::rule_ids,
    modules::rule_pages,
    names::file_names,
    names::reused_type_names,
    sizes::long_files,
    documents::todos,
    documents::paths_in_documents,
    documents::machine_paths,
    documents::registries,
    documents::explained_crates,
    documents::pins,
    documents::readme_commands,
];

#[test]
fn the_repository_is_tidy() {
    let files = files();
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "the walk found the sources");
    let complaints: Vec<String> = CHECKS.iter().flat_map(|check| check(&files)).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Every file that is not ignored, with `/` in its path whatever the system.
fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut walk = ignore::WalkBuilder::new(root);
    walk.hidden(false).parents(false).git_global(false).require_git(false);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    let read = |entry: ignore::DirEntry| {
        let bytes = std::fs::read(entry.path()).ok()?;
        let path = entry.path().strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
        Some((path, String::from_utf8_lossy(&bytes).into_owned()))
    };
    walk.build().filter_map(|entry| entry.ok().and_then(read)).collect()
}

fn rust<'f>(files: &'f [File], folder: &str) -> impl Iterator<Item = (&'f str, &'f str)> {
    let is_rust =
        |path: &str| Path::new(path).extension().is_some_and(|extension| extension == "rs");
    let within = files.iter().filter(move |(path, _)| path.starts_with(folder) && is_rust(path));
    within.map(|(path, text)| (path.as_str(), text.as_str()))
}

fn text_of<'f>(files: &'f [File], path: &str) -> &'f str {
    files.iter().find(|(name, _)| name == path).map_or("", |(_, text)| text)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What follows each `needle` that does not continue a word.
fn after<'t>(text: &'t str, needle: &'t str) -> impl Iterator<Item = &'t str> {
    let stands_alone = move |at: usize| !text[..at].ends_with(is_word);
    text.match_indices(needle)
        .filter(move |(at, _)| stands_alone(*at))
        .map(move |(at, _)| &text[at + needle.len()..])
}

fn complains(check: Check, path: &str, text: &str) {
    let complaints = check(&[(path.to_string(), text.to_string())]);
    assert!(!complaints.is_empty(), "nothing was found in {path}: {text}");
    assert!(complaints.iter().all(|complaint| complaint.contains(": ")), "{complaints:?}");
}

fn accepts(check: Check, path: &str, text: &str) {
    let complaints = check(&[(path.to_string(), text.to_string())]);
    assert!(complaints.is_empty(), "{path}: {complaints:?}");
}
