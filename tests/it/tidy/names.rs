//! Names of files and of types.

use std::collections::BTreeMap;

use super::{File, accepts, after, complains, is_word, rust};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];

/// A file's name says what is inside.
pub(crate) fn file_names(files: &[File]) -> Vec<String> {
    let is_code = |path: &&File| ["src/", "tests/"].iter().any(|folder| path.0.starts_with(folder));
    let is_empty = |part: &str| EMPTY_NAMES.contains(&part.trim_end_matches(".rs"));
    let nameless = files.iter().filter(is_code).filter(|(path, _)| path.split('/').any(is_empty));
    nameless.map(|(path, _)| format!("{path}: the name says nothing")).collect()
}

#[test]
fn a_name_that_says_nothing_is_reported() {
    complains(file_names, "src/text/utils.rs", "");
    complains(file_names, "tests/common/mod.rs", "");
    accepts(file_names, "src/text/span.rs", "");
}

/// A name that two files make visible makes a reader ask which of the two types is meant.
pub(crate) fn reused_type_names(files: &[File]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in rust(files, "src/").filter(|(path, _)| !path.ends_with("/tests.rs")) {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for declared in ["pub ", "pub(crate) "].into_iter().flat_map(|shown| after(code, shown)) {
            let kinds = ["struct ", "enum ", "trait ", "type "];
            let Some(rest) = kinds.iter().find_map(|kind| declared.strip_prefix(kind)) else {
                continue;
            };
            let name = rest.split(|c| !is_word(c)).next().unwrap_or_default();
            places.entry(name).or_default().push(path);
        }
    }
    let reused = places.into_iter().filter(|(_, paths)| paths.len() > 1);
    reused.map(|(name, paths)| format!("{}: `{name}` is used twice", paths.join(", "))).collect()
}

#[test]
fn a_type_name_that_two_files_make_visible_is_reported() {
    complains(reused_type_names, "src/a.rs", "pub struct Row;\npub(crate) enum Row {}");
    accepts(reused_type_names, "src/a.rs", "pub struct Row<T>(T);\nstruct Row2;\npub fn row() {}");
    accepts(reused_type_names, "src/a.rs", "pub struct Row;\nmod a {\n    struct Row;\n}\n");
}
