//! What must hold for a manifest, tried on manifests that are mutated at random. The same seed gives the
//! same manifests.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use flink_migrate::testing;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::Value;

use super::edits::{Operation, Outcome, attempts};
use super::laws::{Run, Tree, convert_after, files, own_step, reported_at, same_meaning, settled};
use super::{Case, Dice, PROOF, cases, in_parallel, is_manifest, lines, pieces, run_case, tree};

/// Where the search of the suite begins.
pub const SEED: u64 = 41;

/// Into how many searches the cases are parted, each with a seed of its own.
const PARTS: u32 = 8;

/// A manifest that exists, with the options of its case and the files that are no manifests.
pub struct Input {
    pub case: Case,
    pub name: String,
    pub bytes: Vec<u8>,
    pub beside: Tree,
}

/// The manifests of all suites.
pub fn inputs() -> Vec<Input> {
    let mut found = Vec::new();
    for case in cases() {
        if case.spec.args.chunks(2).any(|pair| !pair[0].starts_with("--")) {
            continue;
        }
        let (manifests, others): (Tree, Tree) =
            tree(&case.before).into_iter().partition(|(name, _)| is_manifest(&case, name));
        let is_beside = |name: &String| !name.to_lowercase().contains("kustomization");
        let beside: Tree = others.into_iter().filter(|(name, _)| is_beside(name)).collect();
        found.extend(manifests.into_iter().map(|(name, bytes)| {
            let (case, beside) = (case.clone(), beside.clone());
            Input { case, name, bytes, beside }
        }));
    }
    found
}

/// One thing that is done to a text. Numbers count lines or bytes, modulo what is there.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    Delete(u32),
    Duplicate(u32),
    Swap(u32, u32),
    Indent(u32, u8),
    Outdent(u32, u8),
    Comment(u32),
    TrailingComment(u32),
    Blank(u32, u8),
    Quote(u32, bool),
    Unquote(u32),
    Fold(u32),
    Odd(u32, u8),
    AtLineEnd(u32, u8),
    Anchor(u32),
    Null(u32),
    Line(u32, u8),
    LineEnds(u8),
    Truncate(u32),
    Splice(u32, u32, u32),
}

/// Characters that readers of YAML stumble over.
const ODD: [&str; 22] = [
    "\r", "\t", "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\0", "é", "漢", "😀", "\u{7f}",
    "\u{a0}", "#", " #", ": ", "\"", "'", "{", "}", ",", "\n", "\\",
];

/// Lines that change what is around them.
const LINES: [&str; 12] = [
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "<<: *a\n",
    "? x\n",
    "- x\n",
    "x: |\n",
    "x: >+\n\n\n",
    "{{ if .Values.x }}\n",
    "&a\n",
    "serviceAccount: x\n",
    "# flink-migrate: was running\n",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation as M;
    let n = || any::<u32>();
    prop_oneof![
        4 => n().prop_map(M::Delete),
        2 => n().prop_map(M::Duplicate),
        2 => (n(), n()).prop_map(|(a, b)| M::Swap(a, b)),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::Indent(a, b)),
        2 => (n(), any::<u8>()).prop_map(|(a, b)| M::Outdent(a, b)),
        3 => n().prop_map(M::Comment),
        3 => n().prop_map(M::TrailingComment),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::Blank(a, b)),
        3 => (n(), any::<bool>()).prop_map(|(a, b)| M::Quote(a, b)),
        2 => n().prop_map(M::Unquote),
        4 => n().prop_map(M::Fold),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::Odd(a, b)),
        3 => (n(), any::<u8>()).prop_map(|(a, b)| M::AtLineEnd(a, b)),
        2 => n().prop_map(M::Anchor),
        3 => n().prop_map(M::Null),
        2 => (n(), any::<u8>()).prop_map(|(a, b)| M::Line(a, b)),
        1 => any::<u8>().prop_map(M::LineEnds),
        1 => n().prop_map(M::Truncate),
        2 => (n(), n(), n()).prop_map(|(a, b, c)| M::Splice(a, b, c)),
    ]
}

fn at(n: u32, len: usize) -> usize {
    n as usize % len.max(1)
}

impl Mutation {
    fn apply(self, text: &str, inputs: &[Input]) -> String {
        let mut rows: Vec<String> = lines(text).into_iter().map(String::from).collect();
        if rows.is_empty() {
            return text.to_string();
        }
        let len = rows.len();
        match self {
            Mutation::Delete(n) => drop(rows.remove(at(n, len))),
            Mutation::Duplicate(n) => rows.insert(at(n, len), rows[at(n, len)].clone()),
            Mutation::Swap(a, b) => rows.swap(at(a, len), at(b, len)),
            Mutation::Indent(n, by) => {
                rows[at(n, len)].insert_str(0, &" ".repeat(1 + usize::from(by % 4)));
            }
            Mutation::Outdent(n, by) => {
                let row = &mut rows[at(n, len)];
                let blanks = row.len() - row.trim_start_matches(' ').len();
                row.drain(..blanks.min(1 + usize::from(by % 4)));
            }
            Mutation::Comment(n) => {
                let row = &rows[at(n, len)];
                let blanks = row.len() - row.trim_start_matches(' ').len();
                let comment =
                    format!("{}# a: b {{\n", " ".repeat(if n % 3 == 0 { 0 } else { blanks }));
                rows.insert(at(n, len), comment);
            }
            Mutation::TrailingComment(n) => at_line_end(&mut rows[at(n, len)], " # c"),
            Mutation::Blank(n, how) => {
                rows.insert(
                    at(n, len),
                    ["\n", "  \n", "\t\n", "\r\n", "\n\n"][usize::from(how) % 5].into(),
                );
            }
            Mutation::Quote(n, double) => with_value(&mut rows[at(n, len)], |value| {
                if double {
                    format!("{value:?}")
                } else {
                    format!("'{}'", value.replace('\'', "''"))
                }
            }),
            Mutation::Unquote(n) => with_value(&mut rows[at(n, len)], |value| {
                value.trim_matches(['"', '\'']).to_string()
            }),
            Mutation::Fold(n) => fold(&mut rows, at(n, len)),
            Mutation::Odd(n, which) => return insert_char(text, at(n, text.len() + 1), which),
            Mutation::AtLineEnd(n, which) => {
                at_line_end(&mut rows[at(n, len)], ODD[usize::from(which) % ODD.len()]);
            }
            Mutation::Anchor(n) => with_value(&mut rows[at(n, len)], |value| format!("&a {value}")),
            Mutation::Null(n) => with_value(&mut rows[at(n, len)], |_| {
                ["", "~", "null", "*a", "{}", "[]", "\"\""][at(n / 7, 7)].to_string()
            }),
            Mutation::Line(n, which) => {
                rows.insert(at(n, len), LINES[usize::from(which) % LINES.len()].into());
            }
            Mutation::LineEnds(how) => {
                let end = ["\r\n", "\r"][usize::from(how) % 2];
                for row in &mut rows {
                    *row = row.replace('\n', end);
                }
            }
            Mutation::Truncate(n) => {
                let mut end = at(n, text.len() + 1);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                return text[..end].to_string();
            }
            Mutation::Splice(other, mine, theirs) => {
                let other = &inputs[at(other, inputs.len())];
                let other = String::from_utf8_lossy(&other.bytes).into_owned();
                let rest = lines(&other);
                rows.truncate(at(mine, len + 1));
                rows.extend(rest[at(theirs, rest.len())..].iter().map(ToString::to_string));
            }
        }
        rows.concat()
    }
}

fn at_line_end(row: &mut String, text: &str) {
    let end = row.trim_end_matches(['\n', '\r']).len();
    row.insert_str(end, text);
}

/// Rewrites what is behind the first `: `, or at the end of `key:`.
fn with_value(row: &mut String, write: impl Fn(&str) -> String) {
    let end = row.trim_end_matches(['\n', '\r']).len();
    let body = &row[..end];
    let start = match body.find(": ") {
        Some(colon) => colon + 2,
        None if body.ends_with(':') => end,
        None => return,
    };
    let blank = if start == end && !body.ends_with(' ') { " " } else { "" };
    let value = format!("{blank}{}", write(&body[start..]));
    row.replace_range(start..end, &value);
}

/// Writes the lines below `key:` between braces behind it, if they are plain pairs.
fn fold(rows: &mut Vec<String>, from: usize) {
    let indent = |row: &str| row.len() - row.trim_start_matches(' ').len();
    let Some(holder) = (0..rows.len()).map(|i| (from + i) % rows.len()).find(|&i| {
        let next = rows.get(i + 1).map_or(0, |next| indent(next));
        rows[i].trim_end().ends_with(':') && next > indent(&rows[i])
    }) else {
        return;
    };
    let inner = indent(&rows[holder + 1]);
    let below: Vec<String> = rows[holder + 1..]
        .iter()
        .take_while(|row| indent(row) >= inner && row.contains(':'))
        .cloned()
        .collect();
    if below.iter().any(|row| {
        indent(row) > inner
            || row.contains(['#', '{', '[', '|', '&'])
            || row.trim_end().ends_with(':')
    }) {
        return;
    }
    let lf = if rows[holder].ends_with("\r\n") { "\r\n" } else { "\n" };
    let pairs: Vec<&str> = below.iter().map(|row| row.trim()).collect();
    let shape = from % 4;
    let flow = match shape {
        0 => format!(" {{{}}}{lf}", pairs.join(", ")),
        1 => format!(" {{ {}, }}{lf}", pairs.join(", ")),
        2 => format!(" {{{}}}{lf}", pairs.join(",")),
        _ => {
            let pad = " ".repeat(inner);
            let own: String = pairs.iter().map(|pair| format!("{pad}{pair},{lf}")).collect();
            format!(" {{{lf}{own}{}}}{lf}", " ".repeat(indent(&rows[holder])))
        }
    };
    let head = rows[holder].trim_end().to_string();
    rows.splice(holder..=holder + below.len(), [format!("{head}{flow}")]);
}

fn insert_char(text: &str, mut at: usize, which: u8) -> String {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    format!("{}{}{}", &text[..at], ODD[usize::from(which) % ODD.len()], &text[at..])
}

/// How often each thing was seen, so that a search that tests nothing shows.
#[derive(Default)]
pub struct Seen {
    pub judged: AtomicUsize,
    pub changed: AtomicUsize,
    pub held: AtomicUsize,
    pub not_understood: AtomicUsize,
    pub failed: AtomicUsize,
    pub suspended: AtomicUsize,
    pub excused: AtomicUsize,
}

/// Something that goes wrong.
pub struct KnownFailure {
    /// A part of the message.
    message: &'static str,
    /// A part of each such manifest.
    text: &'static str,
    /// Why it is so.
    pub reason: &'static str,
    /// The shortest text for it: the rest of the `spec` of a stateless job that may start fresh.
    pub shortest: &'static str,
}

pub const KNOWN_FAILURES: &[KnownFailure] = &[KnownFailure {
    message: "found a tab character",
    text: "\t",
    reason: "a plain scalar is written before a line of tabs, where libyaml lets none stand",
    shortest: "  jobManager: {\n    resource: {memory: \"1g\"\n\t\n    }}\n",
}];

impl KnownFailure {
    pub fn explains(&self, why: &str, bytes: &[u8]) -> bool {
        why.contains(self.message) && String::from_utf8_lossy(bytes).contains(self.text)
    }
}

impl Seen {
    /// What was seen, for people.
    pub fn counts(&self) -> String {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        format!(
            "{} judged, {} known to go wrong: {} changed, {} held, {} not understood, {} failed, {} \
             suspended",
            count(&self.judged),
            count(&self.excused),
            count(&self.changed),
            count(&self.held),
            count(&self.not_understood),
            count(&self.failed),
            count(&self.suspended)
        )
    }
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// How long and where to search.
#[derive(Clone, Copy)]
pub struct Search {
    pub seed: u64,
    /// How many mutated manifests.
    pub cases: u32,
    /// When to stop although not all were tried.
    pub deadline: Option<Instant>,
}

/// Which input, whether questions are answered, and what is done to its text.
type Mutated = (u32, bool, Vec<Mutation>);

impl Search {
    pub fn of_suite(cases: u32) -> Search {
        Search { seed: SEED, cases, deadline: None }
    }

    /// Holds the laws over mutated inputs; what was seen, and what must not be.
    pub fn hold_laws(self, inputs: &[Input]) -> (Seen, Vec<String>) {
        let seen = Seen::default();
        let law = |mutated: &Mutated| {
            let (case, name, before) = mutate(inputs, mutated);
            match sound(case, &name, &before, &seen) {
                Err(why)
                    if KNOWN_FAILURES.iter().any(|known| known.explains(&why, &before[&name])) =>
                {
                    count(&seen.excused);
                    Ok(())
                }
                result => result,
            }
        };
        let failures = self.hold(inputs, law);
        (seen, failures)
    }

    /// Holds that every edit of mutated inputs is read as that edit; how many were tried, and what must
    /// not be.
    pub fn hold_edits(self, inputs: &[Input]) -> (usize, Vec<String>) {
        let tried = AtomicUsize::new(0);
        let law = |mutated: &Mutated| {
            let (_, name, files) = mutate(inputs, mutated);
            let text = String::from_utf8_lossy(&files[&name]);
            for operation in Operation::ALL {
                for (what, outcome) in attempts(&text, operation, 2, &mut Dice(self.seed)) {
                    count(&tried);
                    if let Outcome::Wrong(why) = outcome {
                        return Err(format!("{what}: {why}"));
                    }
                }
            }
            Ok(())
        };
        let failures = self.hold(inputs, law);
        (tried.into_inner(), failures)
    }

    fn hold(
        self,
        inputs: &[Input],
        law: impl Fn(&Mutated) -> Result<(), String> + Sync,
    ) -> Vec<String> {
        let parts: Vec<u32> = (0..PARTS).collect();
        let failures = in_parallel(&parts, |part| self.explore(inputs, *part, &law));
        failures.into_iter().flatten().collect()
    }

    fn explore(
        self,
        inputs: &[Input],
        part: u32,
        law: impl Fn(&Mutated) -> Result<(), String>,
    ) -> Option<String> {
        let cases = self.cases / PARTS;
        let config = Config {
            cases,
            failure_persistence: None,
            max_shrink_iters: 1000,
            ..Config::default()
        };
        let mut start = [0; 32];
        start[..8].copy_from_slice(&self.seed.to_le_bytes());
        start[8..12].copy_from_slice(&part.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &start);
        let mut runner = TestRunner::new_with_rng(config, random);
        let what = (any::<u32>(), any::<bool>(), prop::collection::vec(mutation(), 0..5));
        let ended = runner.run(&what, |mutated| {
            if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Ok(());
            }
            law(&mutated).map_err(TestCaseError::fail)
        });
        match ended {
            Ok(()) => None,
            Err(TestError::Fail(reason, mutated)) => {
                let (case, name, files) = mutate(inputs, &mutated);
                let text = String::from_utf8_lossy(&files[&name]);
                Some(format!(
                    "{reason}\n{}/{name} with {:?} after {:?}\n{text}\nas a string: {text:?}",
                    case.id, case.spec.args, mutated.2
                ))
            }
            Err(TestError::Abort(reason)) => Some(format!("gave up: {reason}")),
        }
    }
}

/// A case with one manifest, mutated, and its options; some have more options, which answer most
/// questions.
fn mutate(inputs: &[Input], (which, is_answered, mutations): &Mutated) -> (Case, String, Tree) {
    let input = &inputs[at(*which, inputs.len())];
    let bytes = match std::str::from_utf8(&input.bytes) {
        Ok(text) => {
            let mutate = |text: String, mutation: &Mutation| mutation.apply(&text, inputs);
            mutations.iter().fold(text.to_string(), mutate).into_bytes()
        }
        Err(_) => input.bytes.clone(),
    };
    let mut case = input.case.clone();
    let mut files = input.beside.clone();
    files.insert(input.name.clone(), bytes);
    if *is_answered && own_step(&case, &files).is_none() {
        answer(&mut case, &mut files, *which);
    }
    (case, input.name.clone(), files)
}

/// Answers what is usually asked; one time in three each job has a savepoint, and one in three each may
/// start fresh.
fn answer(case: &mut Case, files: &mut Tree, which: u32) {
    let add = |case: &mut Case, option: &str, value: &str| {
        if !case.spec.args.iter().any(|arg| arg == option) {
            case.spec.args.extend([option.to_string(), value.to_string()]);
        }
    };
    add(case, "--service-account", "flink");
    add(case, "--namespace", "lab");
    add(case, "--checkpoints-dir", "s3://cp/{name}");
    if which / 7 % 3 == 2 {
        return;
    }
    let report = run_case(case, files, &["check", "--format", "json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap_or_default();
    let documents = self::files(&report).flat_map(|file| file["documents"].as_array().unwrap());
    let workloads = documents.flat_map(|document| document["workloads"].as_array().unwrap());
    let keys: BTreeSet<&str> = workloads.map(|key| key.as_str().unwrap()).collect();
    let keys = keys.into_iter().filter(|key| !key.contains('('));
    if (which / 7).is_multiple_of(3) {
        let mut map = String::new();
        for (number, key) in keys.enumerate() {
            let _ = writeln!(map, "{}: s3://sp/{number}", Value::from(key));
        }
        if let Some(own) = case.spec.args.iter().position(|arg| arg == "--savepoints") {
            case.spec.args.drain(own..own + 2);
        }
        files.insert("answers.yaml".into(), map.into_bytes());
        add(case, "--savepoints", "answers.yaml");
    } else if !files.contains_key("flink-migrate.toml") {
        let mut config = String::new();
        for key in keys {
            let _ = writeln!(config, "[workload.{}]\nfresh = true", Value::from(key));
        }
        files.insert("flink-migrate.toml".into(), config.into_bytes());
    }
}

/// Everything that must hold for a manifest.
pub fn sound(case: Case, name: &str, before: &Tree, seen: &Seen) -> Result<(), String> {
    let run = Run::on_files(case, before.clone());
    let file = run.file(name);
    if file.is_null() {
        return Ok(());
    }
    count(&seen.judged);
    match file["outcome"].as_str() {
        Some("changed") => count(&seen.changed),
        Some("held") => count(&seen.held),
        Some("not-understood") => count(&seen.not_understood),
        Some("failed") => count(&seen.failed),
        _ => {}
    }
    let bytes = &before[name];
    for finding in file["findings"].as_array().unwrap() {
        if finding["rule"] == PROOF {
            return Err(format!("a law of ours was broken: {}", finding["message"]));
        }
        let [start, end] = ["start", "end"].map(|end| finding["span"][end].as_u64().unwrap());
        if start > end || end > bytes.len() as u64 {
            return Err(format!("it lies outside the file of {} bytes: {finding}", bytes.len()));
        }
    }
    let is_changed = run.after[name] != *bytes;
    if is_changed != (file["outcome"] == "changed") {
        return Err(format!("the outcome is {}, changed: {is_changed}", file["outcome"]));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    let diff = String::from_utf8_lossy(&run.diff);
    let (patched, after) = (patched(text, &diff)?, String::from_utf8_lossy(&run.after[name]));
    if patched != after {
        return Err(format!("the diff applied gives {patched:?}, the edits give {after:?}"));
    }
    settled(&run)?;
    let changed = convert_after(&run, "suspend", &["--savepoints-dir", "s3://sp/{name}"])?;
    seen.suspended.fetch_add(changed, Ordering::Relaxed);
    sound_stream(&run, name, text)
}

/// The same for a stream, in which some documents may change while others are held.
fn sound_stream(run: &Run, name: &str, before: &str) -> Result<(), String> {
    let write = |text: &str| {
        let place = testing::Place { stdin: text.as_bytes(), ..testing::Place::default() };
        let command = ["write", "-", "--stdin-filename", name];
        reported_at(place, &run.before, &run.case.typed(&command))
    };
    let first = write(before);
    let is_own = |file: &&Value| file["path"] == name;
    let Some(file) = files(&first.report).find(is_own) else { return Ok(()) };
    let after = String::from_utf8_lossy(&first.stdout).into_owned();
    if after == before {
        return Ok(());
    }
    same_meaning(file, before, &after).map_err(|why| format!("{why}\n{after}"))?;
    nothing_lost(file, before, &after)?;
    let second = write(&after);
    let Some(again) = files(&second.report).find(is_own) else {
        // References of other kinds are not ours once they are right.
        let documents = file["documents"].as_array().unwrap();
        let is_ours = documents.iter().any(|document| document.get("kind").is_some());
        let lost = || format!("nothing of ours is left:\n{after}");
        return if is_ours { Err(lost()) } else { Ok(()) };
    };
    let outcomes = |file: &Value| -> Vec<(u64, String)> {
        let outcome = |document: &Value| {
            let outcome = document["outcome"].as_str().unwrap().replace("changed", "already-right");
            (document["index"].as_u64().unwrap(), outcome)
        };
        file["documents"].as_array().unwrap().iter().map(outcome).collect()
    };
    if second.stdout != after.as_bytes() || outcomes(file) != outcomes(again) {
        return Err(format!("not settled:\n{after}\n{again:#}"));
    }
    Ok(())
}

/// Every comment is there in its order, but for that of a field that is removed.
fn nothing_lost(file: &Value, before: &str, after: &str) -> Result<(), String> {
    let documents = file["documents"].as_array().unwrap();
    for ((line, old), (_, new)) in pieces(before).iter().zip(&pieces(after)) {
        let here = *line as u64..(*line + lines(old).len()) as u64;
        let own = documents.iter().filter(|one| here.contains(&one["line"].as_u64().unwrap()));
        let changes = own.flat_map(|document| document["changes"].as_array().unwrap());
        let removed = changes.filter(|change| change["op"] == "remove");
        let removed: Vec<&str> =
            removed.map(|change| change["pointer"].as_str().unwrap()).collect();
        if let Some(lost) = lost_comment(old, &removed, new) {
            return Err(format!("the comment `{lost}` is gone:\n{after}"));
        }
    }
    Ok(())
}

/// A comment that is no longer there, and was not on the lines of a removed field. The mark of a parked
/// job is none.
pub fn lost_comment(before: &str, removed: &[&str], after: &str) -> Option<String> {
    let unmarked = |comment: String| {
        let end = comment.find("# flink-migrate: was").unwrap_or(comment.len());
        Some(comment[..end].trim_end().to_string()).filter(|comment| !comment.is_empty())
    };
    let mut found = testing::comments(after, &[])?.into_iter().filter_map(unmarked);
    let mut wanted = testing::comments(before, removed)?.into_iter().filter_map(unmarked);
    wanted.find(|comment| !found.any(|other| other == *comment))
}

/// A unified diff of one file, applied: every line that it keeps or takes must be there.
fn patched(before: &str, diff: &str) -> Result<String, String> {
    if diff.is_empty() {
        return Ok(before.to_string());
    }
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let rows: Vec<&str> = diff.split_inclusive('\n').collect();
    if !rows[0].starts_with("--- a/") || !rows[1].starts_with("+++ b/") {
        return Err(format!("the diff begins with {:?}", &rows[..2]));
    }
    let (mut out, mut done) = (String::new(), 0);
    let mut i = 2;
    while i < rows.len() {
        let header = rows[i]
            .strip_prefix("@@ -")
            .and_then(|rest| rest.strip_suffix(" @@\n"))
            .ok_or(rows[i])?;
        let (from, to) = header.split_once(" +").ok_or(rows[i])?;
        let range = |text: &str| -> Option<(usize, usize)> {
            let (start, len) = text.split_once(',').unwrap_or((text, "1"));
            Some((start.parse().ok()?, len.parse().ok()?))
        };
        let ((start, mut to_take), (_, mut to_come)) =
            (range(from).ok_or(rows[i])?, range(to).ok_or(rows[i])?);
        let start = if to_take == 0 { start } else { start - 1 };
        out.extend(
            old.get(done..start)
                .ok_or(format!("a hunk begins before line {done}"))?
                .iter()
                .copied(),
        );
        done = start;
        i += 1;
        while to_take + to_come > 0 {
            let row = rows.get(i).ok_or("a hunk is too short")?;
            let without_end = rows.get(i + 1).is_some_and(|next| next.starts_with('\\'));
            let line = if without_end {
                row[1..].strip_suffix('\n').unwrap_or(&row[1..])
            } else {
                &row[1..]
            };
            let sign = row.as_bytes()[0];
            if sign != b'+' {
                if old.get(done) != Some(&line) {
                    return Err(format!(
                        "line {} is {:?}, the diff says {line:?}",
                        done + 1,
                        old.get(done)
                    ));
                }
                done += 1;
                to_take = to_take.checked_sub(1).ok_or("a hunk takes too much")?;
            }
            if sign != b'-' {
                out.push_str(line);
                to_come = to_come.checked_sub(1).ok_or("a hunk brings too much")?;
            }
            i += 1 + usize::from(without_end);
        }
    }
    out.extend(old[done..].iter().copied());
    Ok(out)
}
