//! How large the sources are: the figures are printed, and no file may grow beyond what a person reads
//! at once.

use std::path::Path;

use super::{File, accepts, complains, files, rust};

/// Lines of the longest file in `src/`.
const LONGEST: usize = 400;
/// Lines that the pages of all rules may have together.
const ALL_PAGES: usize = 2_000;

/// No source is longer than [`LONGEST`], and none evades `rustfmt`.
pub(crate) fn long_files(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in rust(files, "src/") {
        let lines = text.lines().count();
        if lines > LONGEST {
            complaints.push(format!("{path}: {lines} lines, more than {LONGEST}"));
        }
        if text.contains("#[rustfmt::skip]") {
            complaints.push(format!("{path}: it evades rustfmt"));
        }
    }
    complaints
}

#[test]
fn a_long_file_and_one_that_evades_rustfmt_are_reported() {
    complains(long_files, "src/text/a.rs", &"\n".repeat(LONGEST + 1));
    complains(long_files, "src/text/a.rs", "#[rustfmt::skip]\nconst A: u8 = 1;\n");
    accepts(long_files, "src/text/a.rs", &"\n".repeat(LONGEST));
    accepts(long_files, "tests/a.rs", &"\n".repeat(LONGEST + 1));
}

#[test]
fn the_sizes_are_printed_and_the_pages_of_rules_are_not_too_long() {
    let files = files();
    let sources: Vec<(&str, &str)> = rust(&files, "src/").collect();
    let code: usize = sources.iter().map(|(path, text)| lines_of_code(path, text)).sum();
    let all: usize = sources
        .iter()
        .chain(&rust(&files, "tests/").collect::<Vec<_>>())
        .map(|(_, text)| text.lines().count())
        .sum();
    let is_page =
        |path: &str| Path::new(path).extension().is_some_and(|extension| extension == "md");
    let pages = files.iter().filter(|(path, _)| path.starts_with("src/") && is_page(path));
    let pages: usize = pages.map(|(_, text)| text.lines().count()).sum();
    println!(
        "{code} lines of code in {} files of src, {all} lines of Rust in src and tests, {pages} \
              lines of rule pages",
        sources.len()
    );
    assert!(code > 0 && all > code);
    assert!(pages <= ALL_PAGES, "{pages} lines of rule pages");
}

/// Lines that are neither blank nor a comment, without files and modules of tests.
fn lines_of_code(path: &str, text: &str) -> usize {
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return 0;
    }
    let mut count = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            let opening = lines.by_ref().find(|line| line.ends_with(['{', ';']));
            if opening.is_some_and(|line| line.ends_with('{')) {
                lines.by_ref().find(|line| *line == "}");
            }
            continue;
        }
        let text = line.trim();
        count += usize::from(!text.is_empty() && !text.starts_with("//"));
    }
    count
}

#[test]
fn tests_comments_and_blank_lines_are_no_code() {
    let text =
        "//! A.\n\nfn a() {\n    // Why.\n}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    assert_eq!(lines_of_code("src/a.rs", text), 2);
    assert_eq!(lines_of_code("src/a/tests.rs", text), 0);
    assert_eq!(lines_of_code("src/a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n"), 1);
}
