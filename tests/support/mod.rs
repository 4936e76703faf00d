//! What the test suites share: the cases, and running the binary on a copy of one.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::print_stderr, reason = "a test reports what it skips")]

pub mod edits;
pub mod golden;
pub mod laws;
pub mod meaning;
pub mod mutated;
pub mod sandbox;

use std::collections::BTreeMap;
use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use flink_migrate::testing;

/// One case: `testdata/<suite>/<name>/`.
#[derive(Clone)]
pub struct Case {
    /// The suite and the name, with `/`.
    pub id: String,
    /// What `case.toml` says.
    pub spec: Spec,
    /// `testdata/<suite>/<name>/before`
    pub before: PathBuf,
    /// `golden/<suite>/<name>`
    pub golden: PathBuf,
}

impl Case {
    /// Reads `testdata/<suite>/<name>/case.toml`.
    pub fn read(suite: &str, name: &str) -> Case {
        let id = format!("{suite}/{name}");
        let home = root().join("testdata").join(&id);
        let toml = fs::read_to_string(home.join("case.toml"))
            .unwrap_or_else(|e| panic!("{id}: case.toml: {e}"));
        let spec = toml::from_str(&toml).unwrap_or_else(|e| panic!("{id}: case.toml: {e}"));
        let golden = root().join("golden").join(&id);
        Case { before: home.join("before"), golden, id, spec }
    }

    /// A case without a folder.
    pub fn from_files(id: &str, spec: Spec) -> Case {
        Case { id: id.into(), spec, before: PathBuf::new(), golden: PathBuf::new() }
    }

    /// A command with the options of the case.
    pub fn typed<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        command.iter().copied().chain(self.spec.args.iter().map(String::as_str)).collect()
    }
}

/// `case.toml`.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What the case shows, in one sentence.
    pub claim: String,
    /// Options, as typed behind the command.
    #[serde(default)]
    pub args: Vec<String>,
    /// The status of `check`.
    pub status: i32,
    /// What the files carry that an editor might take away: `crlf`, `cr`, `bom`, `no-final-newline`.
    #[serde(default)]
    pub traps: Vec<String>,
}

/// Every format of `check`.
pub const FORMATS: [&str; 11] = [
    "human",
    "concise",
    "json",
    "jsonpatch",
    "markdown",
    "html",
    "sarif",
    "github",
    "gitlab",
    "rdjson",
    "diff",
];

/// The id of a broken law of the program's own.
pub const PROOF: &str = "proof";

/// A page of `explain`.
pub struct Page {
    /// The id of a rule or of a problem with an input.
    pub id: String,
    /// The heading under which it is listed.
    pub theme: String,
    /// Its line in the list.
    pub summary: String,
    /// Its Markdown.
    pub text: String,
}

impl Page {
    /// True unless the page is about a problem with an input.
    pub fn is_rule(&self) -> bool {
        self.theme != "Input"
    }

    /// What `--accept` takes for the rule; nothing if it can only be answered.
    pub fn waiver(&self) -> Option<String> {
        let (_, accepting) = self.text.split_once("**Accepting:** with `--accept ")?;
        Some(accepting.split('`').next()?.replace("NAMESPACE/NAME", "prod/orders"))
    }

    /// True for a line of findings that the rule has written.
    pub fn wrote(&self, line: &str) -> bool {
        line.ends_with(&format!(" [{}]", self.id))
    }
}

/// Every page of `explain`, in the order of its list.
pub fn pages() -> Vec<Page> {
    let explain = |args: &[&str]| {
        let ran = testing::run(&BTreeMap::new(), &[&["explain"], args].concat());
        assert_eq!(ran.status, 0, "explain {args:?}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let mut theme = String::new();
    let mut found = Vec::new();
    for line in explain(&[]).lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("  ").and_then(|entry| entry.split_once("  ")) {
            None => theme = line.trim_end_matches(':').to_string(),
            Some((id, summary)) => found.push(Page {
                id: id.to_string(),
                theme: theme.clone(),
                summary: summary.trim_start().to_string(),
                text: explain(&[id]),
            }),
        }
    }
    found
}

/// The folder of the package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every case of every suite, sorted.
pub fn cases() -> Vec<Case> {
    let mut found = Vec::new();
    for suite in folders(&root().join("testdata")) {
        let names = folders(&root().join("testdata").join(&suite));
        found.extend(names.iter().map(|name| Case::read(&suite, name)));
    }
    assert!(!found.is_empty(), "no cases found");
    found
}

/// The folders in a folder, sorted by name.
pub fn folders(at: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(at) else { return Vec::new() };
    let entries = entries.map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file below a folder with its bytes, by relative path with `/`.
pub fn tree(at: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![at.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(at).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Writes a tree into a folder.
pub fn plant(tree: &BTreeMap<String, Vec<u8>>, at: &Path) {
    for (name, bytes) in tree {
        let path = at.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Runs the binary in a folder.
pub fn run(at: &Path, args: &[&str]) -> Output {
    sandbox::program(at, args).output().unwrap()
}

/// Runs a command of the binary with a case's options, on these files in a folder of their own.
pub fn spawn_case(
    case: &Case,
    files: &BTreeMap<String, Vec<u8>>,
    command: &[&str],
) -> testing::Run {
    let place = tempfile::tempdir().unwrap();
    plant(files, place.path());
    let Output { status, stdout, stderr } = run(place.path(), &case.typed(command));
    let status = status.code().unwrap();
    testing::Run { status, stdout, stderr, files: tree(place.path()) }
}

/// Runs a command with a case's options on these files, in the process.
pub fn run_case(case: &Case, files: &BTreeMap<String, Vec<u8>>, command: &[&str]) -> testing::Run {
    testing::run(files, &case.typed(command))
}

/// Files that are manifests by name, and not the case's maps.
pub fn is_manifest(case: &Case, name: &str) -> bool {
    let is_map = case.spec.args.iter().any(|arg| arg == name) || name.ends_with("savepoints.yaml");
    let is_kustomization = name.contains("kustomization") || name.ends_with("Kustomization");
    [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) && !is_map && !is_kustomization
}

/// What `work` makes of each item, in the order of the items. Threads of their own, because a thread of
/// the program's pool would begin another item while it waits for one, until its stack is full.
pub fn in_parallel<'t, T: Sync, R: Send>(
    items: &'t [T],
    work: impl Fn(&'t T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let items = std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            Some((at, items.get(at)?))
        });
        items.map(|(at, item)| (at, work(item))).collect::<Vec<_>>()
    };
    let mut found: Vec<(usize, R)> = thread::scope(|scope| {
        let begin = |_| thread::Builder::new().stack_size(8 << 20).spawn_scoped(scope, take);
        let count = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..count).map(begin).map(Result::unwrap).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined.flat_map(|own| own.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, made)| made).collect()
}

/// Numbers that look random and are the same on every machine.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % n as u64).unwrap()
    }

    /// Brings the items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// The lines of a text, each with its end: LF, CRLF or a lone CR.
pub fn lines(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.find(['\n', '\r']) {
            None => rest.len(),
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
        };
        found.push(&rest[..end]);
        rest = &rest[end..];
    }
    found
}

/// What people wrote for people in a line: all of it if it is blank or a comment, else the comment
/// behind the value, the mark of a parked job left out.
pub fn comment_in(line: &str) -> Option<&str> {
    let text = line.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() || text.trim_start().starts_with('#') {
        return Some(text);
    }
    let comment = &text[text.find(" #")?..];
    let marked = comment.find("# flink-migrate: was");
    let own = &comment[..marked.unwrap_or(comment.len())];
    (!own.trim().is_empty()).then_some(own.trim())
}

/// The documents of a stream, told apart independently of the library: the number of the first line
/// and the text, markers included. Together they are the whole text but for a byte order mark.
pub fn pieces(text: &str) -> Vec<(usize, String)> {
    let is_marker = |line: &str, marker: &str| {
        line.strip_prefix(marker)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
    };
    let is_idle = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let mut found: Vec<(usize, String)> = vec![(1, String::new())];
    let mut only_directives = false;
    for (i, line) in lines(text.trim_start_matches('\u{feff}')).into_iter().enumerate() {
        if is_marker(line, "---") && !only_directives {
            found.push((i + 1, String::new()));
        }
        let piece = found.last_mut().unwrap();
        only_directives = if line.starts_with('%') {
            only_directives || lines(&piece.1).into_iter().all(is_idle)
        } else {
            only_directives && is_idle(line)
        };
        piece.1.push_str(line);
        if is_marker(line, "...") {
            found.push((i + 2, String::new()));
        }
    }
    found.retain(|(_, piece)| !piece.is_empty());
    found
}
