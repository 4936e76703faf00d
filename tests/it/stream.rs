//! Streams: cut into batches, planned as they come, and never held as a whole.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::{BROKEN, Ran, Sandbox, held, migrated, sound};
use crate::support::{Dice, cases, world};
use flink_migrate::finding::Level;
use flink_migrate::plan::{
    self, FilePlan, MAX_DOCUMENT, Outcome, StreamPlan, feed, input, plan_file,
};
use flink_migrate::rules::Facts;
use flink_migrate::rules::Step;
use flink_migrate::shell::{AllCores, Cutter, Piece, Sizes};
use flink_migrate::text::Hunks;
use flink_migrate::yaml;
use rayon::prelude::*;
use serde_json::Value;

/// What a stream comes to.
#[derive(Debug, Default)]
struct Streamed {
    out: Vec<u8>,
    hunks: Vec<u8>,
    plan: Option<FilePlan>,
    pieces: usize,
}

impl Streamed {
    fn of(name: &str, input: impl Read, facts: &Facts, sizes: Sizes) -> Streamed {
        let mut facts = facts.clone();
        let mut stream = StreamPlan::new(name, "");
        let mut hunks = Hunks::new(3);
        let mut streamed = Streamed::default();
        let mut cutter = Cutter::new(input, sizes);
        while let Some(piece) = cutter.next_piece(Vec::new()).unwrap() {
            streamed.pieces += 1;
            let plan = match piece {
                Piece::Documents(bytes) => {
                    let batch = stream.documents(&bytes, &mut facts, &AllCores);
                    feed(&mut hunks, &bytes, &batch.changing);
                    let mut done = 0;
                    for patch in &batch.changing {
                        streamed.out.extend_from_slice(&bytes[done..patch.span.start]);
                        streamed.out.extend_from_slice(patch.after.as_bytes());
                        done = patch.span.end;
                    }
                    streamed.out.extend_from_slice(&bytes[done..]);
                    batch.plan
                }
                Piece::Giant(bytes) => {
                    stream.begin_giant(&bytes);
                    hunks.same(&bytes);
                    streamed.out.extend(bytes);
                    None
                }
                Piece::Rest(bytes, found) => {
                    stream.pass_giant(&bytes);
                    hunks.same(&bytes);
                    streamed.out.extend(bytes);
                    found.and_then(|found| stream.end_giant(found))
                }
            };
            match (&mut streamed.plan, plan) {
                (Some(known), Some(plan)) => known.append(plan),
                (known @ None, plan) => *known = plan,
                (Some(_), None) => {}
            }
        }
        hunks.finish();
        streamed.hunks = hunks.take();
        streamed
    }

    /// Everything that was decided and said, one thing a line.
    fn told(&self) -> String {
        let mut told = String::new();
        for document in self.plan.iter().flat_map(|plan| &plan.documents) {
            writeln!(told, "{document:?}").unwrap();
        }
        for placed in self.plan.iter().flat_map(|plan| &plan.findings) {
            writeln!(told, "{placed:?}").unwrap();
        }
        told
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let documents = self.plan.iter().flat_map(|plan| &plan.documents);
        documents.map(|document| document.outcome).collect()
    }

    fn rules(&self, level: Level) -> Vec<&str> {
        let findings = self.plan.iter().flat_map(|plan| &plan.findings);
        let of_level = findings.filter(|placed| placed.finding.level() == level);
        of_level.map(|placed| placed.finding.rule).collect()
    }
}

/// Batches of so many bytes.
fn batches(batch: usize) -> Sizes {
    Sizes { batch, document: MAX_DOCUMENT }
}

/// Facts that hold only what they are given on the command line.
fn facts(sandbox: &Sandbox, map: &str) -> Facts {
    sandbox.write("map.yaml", map);
    let read = flink_migrate::flink::savepoints::read("map.yaml", map).unwrap();
    let mut facts = Facts::default();
    facts.given.savepoints = flink_migrate::flink::savepoints::merge(vec![read]).unwrap().into();
    facts
}

/// Cases in which one document says something of another that has gone by in a smaller batch: here a
/// template follows.
const ACROSS_DOCUMENTS: &[&str] = &["yaml/literal-document-beside-a-templated-one"];

#[test]
fn a_stream_comes_to_the_same_in_batches_of_any_size() {
    let broken: Vec<String> = cases()
        .into_par_iter()
        .flat_map(|case| {
            let Some(world) = world(&case) else { return Vec::new() };
            let manifests = world.manifests.iter();
            let streamed = manifests.filter(|(name, _)| plan::is_planned_in_batches(name));
            let broken = streamed.filter_map(|(name, bytes)| {
                let whole = Streamed::of(name, &bytes[..], &world.facts, Sizes::USUAL);
                [60, 200, 700].into_iter().find_map(|size| {
                    let cut = Streamed::of(name, &bytes[..], &world.facts, batches(size));
                    let same = cut.out == whole.out
                        && cut.hunks == whole.hunks
                        && cut.told() == whole.told();
                    let said = || {
                        format!(
                            "{}: {name} in batches of {size}\n{}\n{}",
                            case.id,
                            whole.told(),
                            cut.told()
                        )
                    };
                    (!same).then(said)
                })
            });
            let broken: Vec<String> = broken.collect();
            match (ACROSS_DOCUMENTS.contains(&case.id.as_str()), broken.is_empty()) {
                (true, true) => vec![format!("{}: no exception any more", case.id)],
                (true, false) => Vec::new(),
                (false, _) => broken,
            }
        })
        .collect();
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n\n"));
}

#[test]
fn a_stream_of_one_batch_is_judged_like_a_file() {
    let changed: usize = cases()
        .into_par_iter()
        .map(|case| {
            let Some(world) = world(&case) else { return 0 };
            let mut changed = 0;
            for (name, bytes) in &world.manifests {
                let mut facts = world.facts.clone();
                facts.index =
                    flink_migrate::gitops::Index::of(vec![plan::survey(name, bytes)], false, "");
                let stream = Streamed::of(name, &bytes[..], &facts, Sizes::UNLIMITED);
                let Some(file) = plan_file(name, bytes, &facts, 3) else {
                    assert!(stream.plan.is_none(), "{}: {name}", case.id);
                    continue;
                };
                let text = String::from_utf8_lossy(bytes);
                let wanted = if file.document_edits.is_empty() {
                    bytes.clone()
                } else {
                    file.document_edits.apply(&text).into_bytes()
                };
                assert_eq!(stream.out, wanted, "{}: {name}", case.id);
                let hunks = String::from_utf8(stream.hunks.clone()).unwrap();
                assert!(
                    file.edits.is_empty() || file.diff.ends_with(&hunks),
                    "{}: {name}",
                    case.id
                );
                changed += usize::from(stream.out != *bytes);
                let told = Streamed { plan: Some(file), ..Streamed::default() }.told();
                assert_eq!(stream.told(), told, "{}: {name}", case.id);
            }
            changed
        })
        .sum();
    assert!(changed > 100, "{changed}");
}

/// A text that comes in drops.
struct Drops<'t> {
    text: &'t [u8],
    dice: Dice,
}

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = (1 + self.dice.below(7)).min(buffer.len()).min(self.text.len());
        let (drop, rest) = self.text.split_at(size);
        buffer[..size].copy_from_slice(drop);
        self.text = rest;
        Ok(size)
    }
}

#[test]
fn documents_are_cut_where_the_reader_cuts_them_however_the_bytes_come() {
    let lines = [
        "---",
        "--- # x",
        "----",
        "---x",
        " ---",
        "...",
        "... # y",
        "....",
        "a: 1",
        "",
        "# c",
        "%YAML 1.1",
        "%b",
        "- ---",
        "|",
        "\u{a0}",
        "--- {a: 1}",
    ];
    let ends = ["\n", "\n", "\r\n", "\r"];
    let mut dice = Dice(4);
    for round in 0..3_000 {
        let mut text = String::from(if dice.below(5) == 0 { "\u{feff}" } else { "" });
        for _ in 0..dice.below(14) {
            text += lines[dice.below(lines.len())];
            text += ends[dice.below(ends.len())];
        }
        text += ["", "a: 2", "---", "..."][dice.below(4)];
        let wanted: Vec<(usize, &str)> = yaml::chunks(&text)
            .into_iter()
            .map(|chunk| (chunk.index, &text[chunk.span.range()]))
            .collect();
        let sizes = Sizes { batch: 1 + dice.below(30), document: usize::MAX };
        let mut cutter = Cutter::new(Drops { text: text.as_bytes(), dice: Dice(round) }, sizes);
        let (mut found, mut seen, mut documents) = (Vec::new(), String::new(), 0);
        while let Some(piece) = cutter.next_piece(vec![7; 3]).unwrap() {
            let Piece::Documents(bytes) = piece else { panic!("{piece:?}") };
            let batch = String::from_utf8(bytes).unwrap();
            let mut chunks = yaml::Chunks::of(&batch);
            for chunk in chunks.by_ref() {
                found.push((documents + chunk.index, batch[chunk.span.range()].to_string()));
            }
            documents += chunks.documents();
            seen += &batch;
        }
        assert_eq!(seen, text);
        let found: Vec<(usize, &str)> = found.iter().map(|(i, text)| (*i, &text[..])).collect();
        assert_eq!(found, wanted, "{text:?} in batches of {}", sizes.batch);
    }
}

#[test]
fn a_document_that_is_too_large_goes_by_between_its_neighbours_however_the_bytes_come() {
    let sandbox = Sandbox::new();
    let facts = facts(&sandbox, "{}");
    let filler = "# ---- filler - -- ... ---\n".repeat(300);
    let ours = format!("kind: ConfigMap\nof: \"flink.apa\\u0063he.org\"\n{filler}");
    let wide: String = "flink.apache.org".chars().flat_map(|c| [c, '\0']).collect();
    for (giant, rule) in [
        (format!("kind: ConfigMap\n{filler}"), None),
        (format!("one: \"{}\"", "line ".repeat(1_500)), None),
        (ours, Some(input::LIMIT)),
        (format!("kind: ConfigMap\n{filler}{wide}"), Some(input::UTF16)),
    ] {
        for end in ["\n", "\r\n", "\r"] {
            for marker in ["---", "--- # c", "...", "...\n---"] {
                let text =
                    format!("{}---\n{giant}\n{marker}\n{}---\n{BROKEN}", sound("a"), sound("b"));
                let text = text.replace('\n', end);
                let sizes = Sizes { batch: 3_000, document: 4_000 };
                let drops = Drops { text: text.as_bytes(), dice: Dice(3) };
                let streamed = Streamed::of("a.yaml", drops, &facts, sizes);
                let wanted =
                    text.replace(&sound("a").replace('\n', end), &migrated("a").replace('\n', end));
                let wanted = wanted
                    .replace(&sound("b").replace('\n', end), &migrated("b").replace('\n', end));
                assert_eq!(String::from_utf8_lossy(&streamed.out), wanted, "{marker:?} {end:?}");
                let plan = streamed.plan.as_ref().unwrap();
                let said = plan
                    .findings
                    .iter()
                    .find(|placed| [input::LIMIT, input::UTF16].contains(&placed.finding.rule));
                assert_eq!(said.map(|placed| placed.finding.rule), rule, "{marker:?} {end:?}");
                let line = 1 + sound("a").lines().count();
                if let Some(said) = said.filter(|said| said.finding.rule == input::LIMIT) {
                    assert_eq!((said.position.line, said.document), (line, 1));
                }
                let numbers: Vec<usize> = plan.documents.iter().map(|d| d.index).collect();
                assert_eq!(numbers, if rule.is_some() { vec![0, 1, 2, 3] } else { vec![0, 2, 3] });
                // The group is written with an escape or in UTF-16, so that this is the last one.
                let last = text.rfind("flink.apache.org").unwrap();
                let broken = plan.findings.last().unwrap();
                assert_eq!(broken.finding.rule, input::BROKEN);
                assert!(broken.finding.span.start > last, "spans count from the beginning");
                let line = text[..last].matches(end).count() + 1;
                assert!((line..line + 3).contains(&broken.position.line), "{broken:?} {line}");
            }
        }
    }
}

#[test]
fn a_marker_at_the_edge_of_a_window_ends_a_document_that_is_too_large() {
    let sandbox = Sandbox::new();
    let facts = facts(&sandbox, "{}");
    let sizes = Sizes { batch: 2_000, document: 2_000 };
    for length in 1_980..2_030 {
        let text = format!("a: {}\n---\n{}", "x".repeat(length), sound("a"));
        let streamed = Streamed::of("a.yaml", text.as_bytes(), &facts, sizes);
        assert_eq!(
            String::from_utf8(streamed.out.clone()).unwrap(),
            text.replace("v1alpha1", "v1beta1")
        );
        assert_eq!(streamed.plan.unwrap().documents[0].index, 1);
    }
}

#[test]
fn a_second_workload_of_one_key_is_told_from_one_that_has_gone_by() {
    let sandbox = Sandbox::new();
    let facts = facts(&sandbox, "prod/a: s3://lake/sp/a\nprod/b: s3://lake/sp/b\n");
    let text = format!("{}---\n{}---\n{}", held("a"), held("b"), held("a"));
    let together = Streamed::of("a.yaml", text.as_bytes(), &facts, Sizes::USUAL);
    assert_eq!(together.outcomes(), [Outcome::Held, Outcome::Changed, Outcome::Held]);
    let apart = Streamed::of("a.yaml", text.as_bytes(), &facts, batches(60));
    assert_eq!(apart.pieces, 3);
    assert_eq!(apart.outcomes(), [Outcome::Changed, Outcome::Changed, Outcome::Held]);
    assert_eq!(apart.rules(Level::Decision), ["ambiguous-savepoint"]);
    let said =
        apart.plan.unwrap().findings.into_iter().find(|p| p.finding.level() == Level::Decision);
    let message = said.unwrap().finding.message;
    assert!(message.contains("a.yaml:1 and a.yaml:51"), "{message}");
}

#[test]
fn a_template_holds_what_follows_in_a_stream() {
    let sandbox = Sandbox::new();
    let facts = facts(&sandbox, "{}");
    let template = "{{- if .Values.on }}\nkind: ConfigMap\n{{- end }}\n";
    let text = format!("{}---\n{template}---\n{}", sound("a"), sound("b"));
    let together = Streamed::of("a.yaml", text.as_bytes(), &facts, Sizes::USUAL);
    assert_eq!(together.outcomes(), [Outcome::NotUnderstood; 2]);
    let apart = Streamed::of("a.yaml", text.as_bytes(), &facts, batches(60));
    assert_eq!(apart.outcomes(), [Outcome::Changed, Outcome::NotUnderstood]);
    let message = apart.plan.unwrap().findings.pop().unwrap().finding.message;
    assert!(message.contains("(line 25)"), "{message}");
}

#[test]
fn bytes_that_are_no_text_hold_their_batch_and_no_other() {
    let sandbox = Sandbox::new();
    let facts = facts(&sandbox, "{}");
    let (a, b) = (sound("a"), sound("b"));
    let text = [a.as_bytes(), b"---\n\xff flink.apache.org\n---\n", b.as_bytes()];
    let together = Streamed::of("a.yaml", &text.concat()[..], &facts, Sizes::USUAL);
    assert_eq!((together.out, together.pieces), (text.concat(), 1));
    let apart = Streamed::of("a.yaml", &text.concat()[..], &facts, batches(60));
    let (a, b) = (migrated("a"), migrated("b"));
    assert_eq!(apart.out, [a.as_bytes(), text[1], b.as_bytes()].concat());
    let plan = apart.plan.unwrap();
    assert!(
        plan.findings.iter().any(|placed| placed.finding.message.starts_with("byte 468 ")),
        "{plan:#?}"
    );
}

#[test]
fn kustomizations_values_and_prose_are_not_cut() {
    for name in
        ["kustomization.yaml", "a/Kustomization", "operator-values.yaml", "README.md", "a.cue"]
    {
        assert!(!plan::is_planned_in_batches(name), "{name}");
    }
    for name in ["<stdin>", "a.yaml", "all.json", "rendered"] {
        assert!(plan::is_planned_in_batches(name), "{name}");
    }
}

/// A document of a megabyte that is none of ours.
fn padding() -> String {
    let mut text = String::from("---\nkind: ConfigMap\ndata:\n");
    while text.len() < 1 << 20 {
        text += "  some.key: some value of a rendered chart, as long as such values are\n";
    }
    text
}

/// A stream of several batches, in which changes stand on both sides of each cut, and what it becomes.
fn long_stream() -> (String, String) {
    let padding = padding();
    let (mut text, mut wanted) = (String::new(), String::new());
    for i in 0..20 {
        let name = format!("a{i}");
        write!(text, "{padding}---\n{}---\n{}", sound(&name), held(&name)).unwrap();
        write!(wanted, "{padding}---\n{}---\n{}", migrated(&name), held(&name)).unwrap();
    }
    (text + "---\n" + sound("last").trim_end(), wanted + "---\n" + migrated("last").trim_end())
}

#[test]
fn a_stream_of_many_batches_is_converted_and_its_diff_applies() {
    let sandbox = Sandbox::new();
    let (text, wanted) = long_stream();
    let ran = sandbox.run_with_input(&["write", "-"], text.as_bytes()).ended(3);
    assert!(ran.out == wanted);
    assert_eq!(ran.err.matches("[missing-savepoint]").count(), 20, "{}", ran.err);

    let ran = sandbox.run_with_input(&["diff", "-", "--stdin-filename", "x.yaml"], text.as_bytes());
    assert_eq!(ran.out.matches("--- a/x.yaml\n+++ b/x.yaml\n").count(), 1);
    assert_eq!(ran.out.matches("\n@@ ").count(), 21);
    assert_eq!(ran.err.matches("\nheld| --- a/x.yaml\nheld| +++ b/x.yaml\n").count(), 1);
    assert_eq!(ran.err.matches("\nheld| @@ ").count(), 20);
    assert!(ran.err.contains("1 file would change, 20 documents are held"), "{}", ran.err);
    sandbox.write("x.yaml", &text);
    sandbox.git("", &["init", "-q"]);
    sandbox.git_with_input("", &["apply", "-"], ran.out.as_bytes());
    assert!(sandbox.read("x.yaml") == wanted);
}

#[test]
fn reports_of_a_long_stream_tell_all_of_it() {
    let sandbox = Sandbox::new();
    let (text, _) = long_stream();
    let args = ["write", "-", "--report", "json=r.json", "--report", "diff=r.diff", "--jobs", "2"];
    let ran = sandbox.run_with_input(&args, text.as_bytes()).ended(3);
    let report: Value = serde_json::from_str(&sandbox.read("r.json")).unwrap();
    let checked = sandbox
        .run_with_input(&["check", "-", "--format", "json", "--jobs", "1"], text.as_bytes())
        .ended(3);
    assert_eq!(serde_json::from_str::<Value>(&checked.out).unwrap(), report);
    let diff = sandbox.run_with_input(&["diff", "-"], text.as_bytes());
    assert_eq!(sandbox.read("r.diff"), diff.out);
    assert!(!ran.err.contains("note"), "{}", ran.err);

    let documents = report["files"][0]["documents"].as_array().unwrap();
    assert_eq!(documents.len(), 41);
    let all: Vec<&str> = text.split("---\n").collect();
    let lines: Vec<&str> = text.lines().collect();
    for document in documents {
        let index = usize::try_from(document["index"].as_u64().unwrap()).unwrap();
        let line = usize::try_from(document["line"].as_u64().unwrap()).unwrap();
        assert!(all[index + 1].contains("flink.apache.org"));
        assert_eq!(lines[line - 1], "---");
    }
    for finding in report["files"][0]["findings"].as_array().unwrap() {
        let start = usize::try_from(finding["span"]["start"].as_u64().unwrap()).unwrap();
        let line = text[..start].matches('\n').count() + 1;
        assert_eq!(finding["line"], line, "{finding}");
    }
}

#[test]
fn a_giant_among_the_documents_passes_and_is_named_if_it_is_ours() {
    let sandbox = Sandbox::new();
    let giant = format!("---\nall: \"{}\"\n", "0123456789abcde ".repeat(17 << 16));
    for (named, status) in [("", 0), ("# of flink.apache.org/v1alpha1\n", 3)] {
        let text = format!("{}{giant}{named}---\n{}", sound("a"), sound("b"));
        let ran = sandbox.run_with_input(&["write", "-"], text.as_bytes()).ended(status);
        assert!(ran.out == format!("{}{giant}{named}---\n{}", migrated("a"), migrated("b")));
        let said = "<stdin>:25:1: decision: the document is larger than 16 MiB";
        assert_eq!(ran.err.starts_with(said), status == 3, "{}", ran.err);
        let ran = sandbox.run_with_input(&["diff", "-"], text.as_bytes());
        let (lines, before) = match status {
            3 => ("27,6 +27,6", format!(" {named}")),
            _ => ("27,5 +27,5", String::new()),
        };
        let hunk = format!("\n@@ -{lines} @@\n{before} ---\n-apiVersion");
        assert!(ran.out.contains(&hunk), "{}", ran.out);
    }
}

#[test]
fn a_million_empty_documents_count() {
    let sandbox = Sandbox::new();
    let text = format!("{}{}", "---\n".repeat(3_000_000), sound("a"));
    let args = ["check", "-", "--format", "json"];
    let ran = sandbox.run_with_input(&args, text.as_bytes()).ended(1);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let document = &report["files"][0]["documents"][0];
    assert_eq!((&document["index"], &document["line"]), (&2_999_999.into(), &3_000_000.into()));
}

/// A run that is fed and read while it goes.
struct Flow {
    child: Child,
}

impl Flow {
    fn of(sandbox: &Sandbox, args: &[&str]) -> Flow {
        let mut command = sandbox.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Flow { child: command.spawn().unwrap() }
    }

    /// The most memory the run has held resident so far, in MiB.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_stream_takes_no_more_memory_than_its_batches() {
    let sandbox = Sandbox::new();
    let mut flow = Flow::of(&sandbox, &["write", "-"]);
    let mut stdin = flow.child.stdin.take().unwrap();
    let stdout = flow.child.stdout.take().unwrap();
    let sum = std::thread::spawn(move || read_all(stdout));
    let padding = padding();
    for i in 0..200 {
        stdin.write_all(padding.as_bytes()).unwrap();
        stdin.write_all(format!("---\n{}", sound(&format!("a{i}"))).as_bytes()).unwrap();
    }
    // A giant at the end, which must not be held either.
    stdin.write_all(b"---\none: \"").unwrap();
    for _ in 0..50 {
        stdin.write_all("x".repeat(1 << 20).as_bytes()).unwrap();
    }
    stdin.write_all(b"\"\n").unwrap();
    let memory = flow.memory();
    drop(stdin);
    let status = flow.child.wait().unwrap().code();
    let length = sum.join().unwrap();
    assert_eq!(status, Some(0));
    assert!(length > 250 << 20, "{length}");
    assert!(memory < 100, "{memory} MiB");
}

fn read_all(mut stdout: ChildStdout) -> usize {
    let mut length = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match stdout.read(&mut buffer).unwrap() {
            0 => return length,
            read => length += read,
        }
    }
}

#[test]
fn nothing_more_is_read_once_nobody_reads_what_is_printed() {
    let sandbox = Sandbox::new();
    for command in ["write", "diff"] {
        let mut flow = Flow::of(&sandbox, &[command, "-"]);
        let mut stdin = flow.child.stdin.take().unwrap();
        drop(flow.child.stdout.take());
        let text = format!("---\n{}{}", sound("a"), padding());
        let began = Instant::now();
        while stdin.write_all(text.as_bytes()).is_ok() {
            assert!(began.elapsed() < Duration::from_secs(60), "{command} reads on");
        }
        let ran = Ran::of(&flow.child.wait_with_output().unwrap());
        assert!(ran.status == i32::from(command == "diff"), "{command}: {ran:?}");
        assert!(!ran.err.contains("error"), "{command}: {ran:?}");
    }
}

#[test]
fn what_is_not_kept_is_still_counted() {
    let sandbox = Sandbox::new();
    let facts = facts(&sandbox, "{}");
    let text = format!("{}---\n{}", sound("a"), held("b"));
    let mut plan = Streamed::of("a.yaml", text.as_bytes(), &facts, batches(60)).plan.unwrap();
    let counts = |plan: &FilePlan| {
        let changeset = plan::Changeset {
            files: vec![plan.clone()],
            files_read: 1,
            unreadable: 0,
            step: Step::Convert,
        };
        [Level::Note, Level::Change, Level::Decision, Level::Error].map(|l| changeset.findings(l))
    };
    let before = counts(&plan);
    assert!(before[0] > 0 && before[1] > 0 && before[2] > 0);
    plan.forget_unless(|level| level == Level::Decision);
    assert_eq!(counts(&plan), before);
    let kept: BTreeSet<Level> = plan.findings.iter().map(|p| p.finding.level()).collect();
    assert_eq!(kept, BTreeSet::from([Level::Decision]));
    assert!(plan.changes());
}
