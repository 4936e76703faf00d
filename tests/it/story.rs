//! The page `docs/upgrade.md`: every command on it is run, and every output and file is held against
//! what the page shows. `BLESS=1` writes what comes out now; then read the difference.
//!
//! A block `console` is commands and what they print: standard output, then standard error, then the
//! status unless it is 0. What the page cannot show stands in comments:
//!
//! * `<!-- put SOURCE as NAME -->`: a file of `examples/upgrade/` appears in the repository;
//! * `<!-- write NAME -->`: the next block is a file that people write;
//! * `<!-- read NAME -->`: the next block is what a file of the repository holds;
//! * `<!-- tree NAME -->`: what differs from the beginning is what `tests/story/NAME/` holds;
//! * `<!-- keep NAME -->` and `<!-- back to NAME -->`: the repository as it stands is kept, and comes
//!   back, as by a branch.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::support::golden::{self, Difference, is_blessing};
use crate::support::{plant, root, run, tree};

const PAGE: &str = "docs/upgrade.md";

type Files = BTreeMap<String, Vec<u8>>;

/// The repository while the story goes on.
struct Story {
    place: tempfile::TempDir,
    beginning: Files,
    kept: BTreeMap<String, Files>,
    commands: usize,
    trees: usize,
    failures: Vec<Difference>,
}

#[test]
fn the_upgrade_goes_as_the_page_describes_it() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let mut story = Story::begin();
    let rewritten = story.rewrite(&page);
    story.failures.extend(golden::file(&root().join(PAGE), &rewritten).err());
    assert!(story.failures.is_empty(), "{:#?}", story.failures);
    assert!(story.commands >= 12, "{} commands", story.commands);
    assert!(story.trees >= 4, "{} trees", story.trees);
}

/// The folder of the repository. What belongs to the window alone stands beside it.
const REPOSITORY: &str = "repository";

/// These files as a repository.
fn planted(files: &Files) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    plant(files, &place.path().join(REPOSITORY));
    fs::create_dir_all(place.path().join(REPOSITORY).join(".git")).unwrap();
    fs::create_dir(place.path().join("window")).unwrap();
    place
}

impl Story {
    fn begin() -> Story {
        let beginning = tree(&root().join("examples/gitops"));
        Story {
            place: planted(&beginning),
            beginning,
            kept: BTreeMap::new(),
            commands: 0,
            trees: 0,
            failures: Vec::new(),
        }
    }

    fn repository(&self) -> PathBuf {
        self.place.path().join(REPOSITORY)
    }

    /// The page with what comes out now.
    fn rewrite(&mut self, page: &str) -> String {
        let mut rewritten = String::new();
        let mut lines = page.lines();
        let mut asked = None;
        while let Some(line) = lines.next() {
            rewritten += &format!("{line}\n");
            if let Some(words) = line.strip_prefix("<!-- ").and_then(|l| l.strip_suffix(" -->")) {
                asked = self.follow_directive(words);
            }
            let Some(language) = line.strip_prefix("```").filter(|name| !name.is_empty()) else {
                continue;
            };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            rewritten += &match (asked.take(), language) {
                (Some(Asked::Write(name)), _) => self.write(&name, &block),
                (Some(Asked::Read(name)), _) => self.text(&name),
                (None, "console") => self.console(&block),
                (None, _) => block.iter().map(|line| format!("{line}\n")).collect(),
            };
            rewritten += "```\n";
        }
        rewritten
    }

    /// Does what a comment says; what it asks of the next block.
    fn follow_directive(&mut self, words: &str) -> Option<Asked> {
        match words.split(' ').collect::<Vec<_>>()[..] {
            ["put", source, "as", name] => {
                let to = self.repository().join(name);
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(root().join("examples/upgrade").join(source), to).unwrap();
                None
            }
            ["write", name] => Some(Asked::Write(name.into())),
            ["read", name] => Some(Asked::Read(name.into())),
            ["tree", name] => {
                self.compare(name);
                None
            }
            ["keep", name] => {
                self.kept.insert(name.into(), tree(&self.repository()));
                None
            }
            ["back", "to", name] => {
                self.place = planted(&self.kept[name]);
                None
            }
            _ => panic!("{PAGE}: nobody knows what `{words}` means"),
        }
    }

    fn write(&self, name: &str, block: &[&str]) -> String {
        let text: String = block.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.repository().join(name), &text).unwrap();
        text
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.repository().join(name)).unwrap()
    }

    /// The commands of a block, each with what it prints now.
    fn console(&mut self, block: &[&str]) -> String {
        let mut out = String::new();
        for command in block.iter().filter_map(|line| line.strip_prefix("$ flink-migrate ")) {
            self.commands += 1;
            out += &format!("$ flink-migrate {command}\n");
            let words: Vec<&str> = command.split(' ').map(|word| word.trim_matches('\'')).collect();
            let ran = run(&self.repository(), &words);
            for stream in [ran.stdout, ran.stderr] {
                out += &String::from_utf8(stream).unwrap();
            }
            match ran.status.code().unwrap() {
                0 => {}
                status => out += &format!("[status {status}]\n"),
            }
        }
        let strays = block.iter().filter(|line| line.starts_with("$ "));
        let strays = strays.filter(|line| !line.starts_with("$ flink-migrate ")).count();
        assert_eq!(strays, 0, "{PAGE}: only flink-migrate runs here");
        out
    }

    /// Holds what differs from the beginning against the golden tree.
    fn compare(&mut self, name: &str) {
        self.trees += 1;
        let golden = root().join("tests/story").join(name);
        let mut found = tree(&self.repository());
        for gone in self.beginning.keys().filter(|path| !found.contains_key(*path)) {
            self.failures.push(Difference(format!("{name}: {gone} is gone")));
        }
        // What people and commands have added stands on the page.
        found.retain(|path, bytes| self.beginning.get(path).is_some_and(|before| before != bytes));
        self.failures.extend(golden::folder(&golden, &found).err());
    }
}

/// What a comment asks of the block behind it.
enum Asked {
    Write(String),
    Read(String),
}

#[test]
fn what_is_converted_by_way_of_suspend_is_what_is_converted_at_once() {
    if is_blessing() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    plant(&tree(&root().join("examples/gitops")), place.path());
    let map = root().join("examples/savepoints.yaml");
    let ran = run(place.path(), &["write", "--savepoints", map.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let converted = tree(place.path());
    let rewritten = tree(&root().join("tests/story/converted"));
    assert_eq!(rewritten.len(), 5);
    for (name, bytes) in rewritten {
        assert_eq!(bytes, converted[&name], "{name}");
    }
}

#[test]
fn the_cleaned_tree_differs_from_the_converted_one_by_the_paths_alone() {
    if is_blessing() {
        return;
    }
    let [converted, cleaned] =
        ["converted", "cleaned"].map(|name| tree(&root().join("tests/story").join(name)));
    let mut removed = 0;
    for (name, before) in &converted {
        let lines = |bytes: &[u8]| -> Vec<String> {
            String::from_utf8_lossy(bytes).lines().map(String::from).collect()
        };
        let (before, after) = (lines(before), lines(&cleaned[name]));
        let gone: Vec<&String> = before.iter().filter(|line| !after.contains(line)).collect();
        removed += gone.len();
        assert!(gone.iter().all(|line| line.contains("initialSavepointPath")), "{name}: {gone:?}");
        assert_eq!(before.len() - gone.len(), after.len(), "{name}");
    }
    assert_eq!(removed, 3);
}
