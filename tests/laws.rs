//! The laws of the house, each over every input of every suite.
//!
//! Command lines run in the process, on files in memory. One law shows that the binary does the same on
//! a disk. What is checked is read from bytes and reports by means of this file.
//! A law may have exceptions. Each has its reason, and one that is no longer needed fails the test.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use flink_migrate::testing;
use serde_json::Value;
use support::laws::{
    self, Run, Tree, changes, convert_after, files, held, same, same_meaning, written,
};
use support::sandbox::isolated;
use support::{
    Dice, cases, comment_in, in_parallel, is_manifest, lines, pieces, plant, run_case, spawn_case,
    tree,
};

static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| in_parallel(&cases(), Run::new));

/// Where every shuffle begins.
const SEED: u64 = 20_220_401;

/// Every run that is not only about wrong options, judged. `Ok` counts what was looked at.
fn law(
    name: &str,
    exceptions: &[(&str, &str)],
    judge: impl Fn(&Run) -> Result<usize, String> + Sync,
) {
    let results: Vec<(&str, Result<usize, String>)> =
        in_parallel(&RUNS, |run| (run.case.id.as_str(), judge(run)));
    assert_kept(name, exceptions, results);
}

/// Fails for what breaks the law without being an exception, and for exceptions that keep it.
fn assert_kept(
    name: &str,
    exceptions: &[(&str, &str)],
    results: Vec<(&str, Result<usize, String>)>,
) {
    let cases = results.len();
    let looked_at: usize = results.iter().filter_map(|(_, result)| result.as_ref().ok()).sum();
    let broken: BTreeMap<&str, String> =
        results.into_iter().filter_map(|(id, result)| Some((id, result.err()?))).collect();
    let excused = |id: &str| exceptions.iter().any(|(known, _)| *known == id);
    let new: Vec<String> = broken
        .iter()
        .filter(|(id, _)| !excused(id))
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    let stale: Vec<&str> =
        exceptions.iter().map(|(id, _)| *id).filter(|id| !broken.contains_key(id)).collect();
    println!("{name}: {looked_at} looked at in {cases} cases, {} exceptions", exceptions.len());
    assert!(new.is_empty(), "{name}: {} cases break the law\n\n{}", new.len(), new.join("\n\n"));
    assert!(stale.is_empty(), "{name}: no exceptions any more, take them off the list: {stale:?}");
    assert!(looked_at > 0, "{name}: nothing was looked at");
}

#[test]
fn converting_the_result_again_changes_nothing() {
    law("settled", &[], laws::settled);
}

#[test]
fn the_result_with_its_version_put_back_changes_in_the_version_alone() {
    law("there and back", &[], |run| {
        let mut back = run.after.clone();
        for (name, before, after) in run.changed() {
            // A version that a kustomization got takes no other's place.
            if versions(before).len() == versions(after).len() {
                back.insert(name.into(), put_back(before, after).into_bytes());
            }
        }
        let is_converted = back != run.after;
        for (name, after) in run.created().filter(|_| is_converted) {
            back.insert(name.into(), after.replace("v1beta1", "v1alpha1").into_bytes());
        }
        same("converted again", &run.after, &written(&run.case, &back))?;
        Ok(run.changed().count())
    });
}

#[test]
fn what_was_suspended_converts_as_if_it_had_not_been() {
    law("convert(suspend(t)) = convert(t)", SUSPEND_EXCEPTIONS, |run| {
        convert_after(run, "suspend", &["--savepoints-dir", "s3://lake/sp/{name}"])
    });
}

const SUSPEND_EXCEPTIONS: &[(&str, &str)] = &[
    (
        "convert/version-to-the-root-beside-a-scope-at-another-step",
        "its scopes take two steps, and convert holds what one of them has left",
    ),
    (
        "convert/version-to-the-root-of-a-chosen-scope",
        "between brackets, no entry goes while another comes: the patch of step suspend stays",
    ),
];

#[test]
fn what_was_prepared_converts_as_if_it_had_not_been() {
    law("convert(prepare(t)) = convert(t)", &[], |run| convert_after(run, "prepare", &[]));
}

/// `after` with the old version again wherever the new one took its place: both texts hold the same
/// number of versions, in the same order.
fn put_back(before: &str, after: &str) -> String {
    let (old, new) = (versions(before), versions(after));
    let mut back = after.to_string();
    for ((_, was), (at, is)) in old.into_iter().zip(new).rev() {
        if was != is {
            back.replace_range(at..at + is.len(), was);
        }
    }
    back
}

fn versions(text: &str) -> Vec<(usize, &str)> {
    let of = |version| text.match_indices(version);
    let mut found: Vec<(usize, &str)> = of("v1alpha1").chain(of("v1beta1")).collect();
    found.sort_unstable();
    found
}

#[test]
fn only_lines_that_a_finding_names_change_and_only_planned_lines_come() {
    law("surgical", SURGICAL_EXCEPTIONS, |run| {
        for (name, before, after) in run.changed() {
            surgical(run.file(name), before, after).map_err(|why| format!("{name}: {why}"))?;
        }
        Ok(run.changed().count())
    });
}

const SURGICAL_EXCEPTIONS: &[(&str, &str)] = &[
    ("cleanup/path-between-braces", "the line stays, and what stands between its braces goes"),
    ("cleanup/path-last-in-json", "the comma behind the entry before goes with the last one"),
    (
        "cleanup/path-on-the-last-line-without-newline",
        "the line before ends the file now, without a break as the last one did",
    ),
    (
        "convert/overlays-with-lists-in-several-styles",
        "an empty list between brackets becomes one below its key",
    ),
    (
        "convert/initial-savepoint-removed-between-braces",
        "the comma behind the entry before goes with the last one",
    ),
];

fn surgical(file: &Value, before: &str, after: &str) -> Result<(), String> {
    let findings = file["findings"].as_array().unwrap().iter();
    let named: BTreeSet<u64> = findings
        .filter(|finding| finding["level"] == "change")
        .map(|finding| finding["line"].as_u64().unwrap())
        .collect();
    let of = |op: &'static str| changes(file).into_iter().filter(move |change| change["op"] == op);
    let new = || of("insert").chain(of("append"));
    let mut to_come: Vec<String> = new().flat_map(keys).collect();
    let (mut to_set, mut to_go) = (of("set").count() + of("rename").count(), of("remove").count());
    let set_keys: Vec<String> = of("set").flat_map(keys).collect();
    let mut grown = new().count();
    let removed_keys: Vec<String> = of("remove").flat_map(keys).collect();
    // A mapping that is left empty goes too.
    let mut block: Option<usize> = None;
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();

    let (old, new) = (lines(before), lines(after));
    for op in similar::capture_diff_slices(similar::Algorithm::Patience, &old, &new) {
        if op.tag() == similar::DiffTag::Equal {
            continue;
        }
        let (gone, mut come) = (op.old_range(), new[op.new_range()].to_vec());
        // A line that begins with a planned key is one that was inserted.
        come.retain(|line| match to_come.iter().position(|key| begins_with_key(line, key)) {
            Some(at) => {
                to_come.remove(at);
                false
            }
            None => true,
        });
        let mut come = come.into_iter();
        for at in gone {
            let line = old[at];
            let is_named = named.contains(&(at as u64 + 1));
            match come.next() {
                // More was written into the line and nothing taken out of it: a key between braces, or
                // the comma before the next line.
                Some(longer)
                    if is_within(line, longer)
                        && grown > 0
                        && !(longer.contains("v1beta1") && line.contains("v1alpha1"))
                        && !longer.contains("# flink-migrate: was ") =>
                {
                    grown -= 1;
                }
                // Step suspend names the job by one of its lines, and sets two.
                Some(_)
                    if to_set > 0
                        && (is_named || set_keys.iter().any(|key| begins_with_key(line, key))) =>
                {
                    to_set -= 1;
                }
                None if block.is_some_and(|block| indent(line) > block) => {}
                None if removed_keys.iter().any(|key| begins_with_key(line, key)) && !is_named => {
                    block = Some(indent(line));
                }
                None if is_named && to_go > 0 => to_go -= 1,
                other => {
                    let why = if is_named { "once too often" } else { "and no finding names it" };
                    return Err(format!(
                        "line {}, `{}`, became {other:?}, {why}",
                        at + 1,
                        line.escape_debug()
                    ));
                }
            }
        }
        if let Some(line) = come.next() {
            return Err(format!("`{}` came, and no change says so", line.escape_debug()));
        }
    }
    Ok(())
}

/// The keys of the lines that an insertion may bring: its own, and those of the mapping it brings.
fn keys(change: &Value) -> Vec<String> {
    let pointer = change["pointer"].as_str().unwrap();
    let last = pointer.rsplit('/').next().unwrap().replace("~1", "/").replace("~0", "~");
    let mut keys = Vec::new();
    keys.extend(Some(last).filter(|_| change["op"] != "append"));
    push_keys(&change["value"], &mut keys);
    keys
}

fn push_keys(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            keys.push(key.clone());
            push_keys(value, keys);
        }),
        Value::Array(items) => items.iter().for_each(|item| push_keys(item, keys)),
        // A patch within a kustomization.
        Value::String(text) if text.contains('\n') => {
            let key = |line: &str| {
                line.trim_start_matches(['-', ' ']).split(':').next().unwrap().to_string()
            };
            keys.extend(text.lines().map(key));
        }
        _ => {}
    }
}

fn begins_with_key(line: &str, key: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '-']).trim_start_matches('"');
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches('"').starts_with(':'))
}

/// True if `line` is what is left of `longer` when something is taken out.
fn is_within(line: &str, longer: &str) -> bool {
    let mut rest = longer.trim_end_matches(['\n', '\r']).chars();
    line.trim_end_matches(['\n', '\r']).chars().all(|c| rest.any(|other| other == c))
}

#[test]
fn every_comment_and_every_blank_line_is_still_there_in_order() {
    law("nothing lost", &[], |run| {
        for (name, before, after) in run.changed() {
            let removed: Vec<String> = changes(run.file(name))
                .into_iter()
                .filter(|change| change["op"] == "remove")
                .flat_map(keys)
                .collect();
            let mut left = lines(after).into_iter().filter_map(comment_in);
            for line in lines(before) {
                let is_removed = removed.iter().any(|key| begins_with_key(line, key));
                let Some(wanted) = comment_in(line).filter(|_| !is_removed) else { continue };
                if !left.any(|found| found == wanted) {
                    return Err(format!("{name}: `{}` is gone", wanted.escape_debug()));
                }
            }
        }
        Ok(run.changed().count())
    });
}

#[test]
fn line_ends_of_carriage_return_and_line_feed_make_no_difference() {
    law("CRLF-blind", CRLF_EXCEPTIONS, |run| {
        let carries_cr = run.before.values().any(|bytes| bytes.contains(&b'\r'));
        if carries_cr || run.before.values().any(|bytes| std::str::from_utf8(bytes).is_err()) {
            return Ok(0);
        }
        let turned = |bytes: &Vec<u8>| {
            String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n").into_bytes()
        };
        let turned = |files: &Tree| -> Tree {
            files.iter().map(|(name, bytes)| (name.clone(), turned(bytes))).collect()
        };
        let before = turned(&run.before);
        let status = run_case(&run.case, &before, &["check"]).status;
        same("with CRLF", &turned(&run.after), &written(&run.case, &before))?;
        if status != run.status {
            return Err(format!("status {status}, not {}", run.status));
        }
        Ok(run.before.len())
    });
}

const CRLF_EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn a_byte_order_mark_makes_no_difference() {
    law("BOM-blind", BOM_EXCEPTIONS, |run| {
        let marked = |files: &Tree| -> Tree {
            let mark = |(name, bytes): (&String, &Vec<u8>)| {
                let plain =
                    std::str::from_utf8(bytes).is_ok_and(|text| !text.starts_with('\u{feff}'));
                let marked = plain && is_manifest(&run.case, name);
                let marked = marked && run.before.contains_key(name);
                (
                    name.clone(),
                    if marked {
                        [b"\xef\xbb\xbf", bytes.as_slice()].concat()
                    } else {
                        bytes.clone()
                    },
                )
            };
            files.iter().map(mark).collect()
        };
        let before = marked(&run.before);
        let [wanted, found] =
            [&run.before, &before].map(|files| run_case(&run.case, files, &["check"]));
        same("with a mark", &marked(&run.after), &written(&run.case, &before))?;
        if (found.status, &found.stdout) != (wanted.status, &wanted.stdout) {
            return Err(format!("other findings:\n{}", String::from_utf8_lossy(&found.stdout)));
        }
        Ok(run.before.len())
    });
}

const BOM_EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn the_binary_on_a_disk_does_what_the_process_does_in_memory() {
    law("binary and process", MEMORY_EXCEPTIONS, |run| {
        for command in [&["check"][..], &["write", "--keep-going"]] {
            let binary = spawn_case(&run.case, &run.before, command);
            let process = run_case(&run.case, &run.before, command);
            let printed = |run: &testing::Run| {
                [&run.stdout, &run.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            let [one, other] = [&binary, &process].map(|run| (run.status, printed(run)));
            if one != other {
                return Err(format!("{command:?}: the binary {one:#?}\nthe process {other:#?}"));
            }
            same(&format!("{command:?}"), &binary.files, &process.files)?;
        }
        Ok(2)
    });
}

/// What a [`testing::run`] does not know.
const MEMORY_EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn the_order_of_the_rules_makes_no_difference() {
    println!("shuffles begin with {SEED}");
    law("order-blind rules", &[], |run| {
        let options: Vec<&str> = run.case.spec.args.iter().map(String::as_str).collect();
        let Some(wanted) = testing::judge(&run.before, &options, &mut |_| {}) else { return Ok(0) };
        let mut dice = Dice(SEED);
        for turn in 0..6 {
            let arrange = &mut |rules: &mut [usize]| match turn {
                0 => rules.reverse(),
                _ => dice.shuffle(rules),
            };
            let found = testing::judge(&run.before, &options, arrange);
            if found.as_ref() != Some(&wanted) {
                return Err(format!("{wanted:#?}\nin another order {found:#?}"));
            }
        }
        Ok(wanted.len())
    });
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    law("order-blind threads", &[], |run| {
        for command in ["check", "diff"] {
            let wanted = run_case(&run.case, &run.before, &[command]).stdout;
            for jobs in ["1", "2", "8"] {
                let found = run_case(&run.case, &run.before, &[command, "--jobs", jobs]).stdout;
                if found != wanted {
                    return Err(format!(
                        "{command} --jobs {jobs} prints\n{}",
                        String::from_utf8_lossy(&found)
                    ));
                }
            }
        }
        Ok(6)
    });
}

#[test]
fn the_order_of_the_paths_makes_no_difference() {
    println!("shuffles begin with {SEED}");
    law("order-blind paths", &[], |run| {
        let mut paths: Vec<&str> =
            run.before.keys().map(|name| name.split('/').next().unwrap()).collect();
        paths.dedup();
        if paths.len() < 2 {
            return Ok(0);
        }
        let printed = |paths: &[&str]| {
            ["check", "diff"].map(|command| {
                run_case(&run.case, &run.before, &[&[command], paths].concat()).stdout
            })
        };
        let wanted = printed(&paths);
        paths.reverse();
        let mut dice = Dice(SEED);
        for _ in 0..2 {
            let found = printed(&paths);
            if found != wanted {
                return Err(format!(
                    "{paths:?} prints\n{}",
                    String::from_utf8_lossy(&found.concat())
                ));
            }
            dice.shuffle(&mut paths);
        }
        Ok(paths.len())
    });
}

#[test]
fn the_diff_applied_is_what_write_does() {
    law("the diff is the change", &[], |run| {
        let below =
            run.before.keys().filter_map(|name| name.rsplit_once('/')).map(|(folder, _)| folder);
        let below: BTreeSet<&str> = below.collect();
        let mut applied = diff_is_change(run, "", "")?;
        // The folders that objects of Argo CD and Flux name begin at the root of the repository.
        let is_delivered =
            |text: &str| text.contains("argoproj.io/") || text.contains("fluxcd.io/");
        if !run.before.values().any(|bytes| is_delivered(&String::from_utf8_lossy(bytes))) {
            applied += diff_is_change(run, "apps/flink", "")?;
        }
        for folder in below {
            applied += diff_is_change(run, "", folder)?;
        }
        Ok(applied)
    });
}

/// Takes the case, `nest` deep in a repository, runs `diff` in its folder `sub`, and applies it there.
fn diff_is_change(run: &Run, nest: &str, sub: &str) -> Result<usize, String> {
    let below = |name: &str| if nest.is_empty() { name.into() } else { format!("{nest}/{name}") };
    let before: Tree =
        run.before.iter().map(|(name, bytes)| (below(name), bytes.clone())).collect();
    let folder = [nest, sub].into_iter().filter(|part| !part.is_empty());
    let folder = folder.collect::<Vec<_>>().join("/");
    let where_from = format!("in `{nest}`, from `{sub}`");
    // What an option names lies where the case lies.
    let up = "../".repeat(folder.split('/').filter(|part| !part.is_empty()).count());
    let options = std::iter::once("").chain(run.case.spec.args.iter().map(String::as_str));
    let args = options.zip(&run.case.spec.args).map(|(option, arg)| match option {
        // Its globs begin at the root of the repository.
        "--exclude" => below(arg.trim_start_matches("./")),
        _ if run.before.contains_key(arg) => up.clone() + &below(arg),
        _ => arg.clone(),
    });
    let args: Vec<String> = args.collect();
    let of = |command: &[&'static str]| -> testing::Run {
        let all: Vec<&str> =
            command.iter().copied().chain(args.iter().map(String::as_str)).collect();
        let place = testing::Place { folder: &folder, is_repository: true, ..Default::default() };
        place.run(&before, &all)
    };

    let report = of(&["check", "--format", "json"]);
    let diff = of(&["diff"]);
    let patch = diff.stdout;
    same(&format!("{where_from}: diff has written"), &before, &diff.files)?;
    if let Ok(report) = serde_json::from_slice::<Value>(&report.stdout) {
        for name in held(&report) {
            let named = lines(std::str::from_utf8(&patch).unwrap())
                .into_iter()
                .any(|line| line.starts_with("+++") && line.contains(name));
            if named {
                return Err(format!("{where_from}: {name} is held and stands in the patch"));
            }
        }
    }
    let written = of(&["write", "--keep-going"]).files;
    if sub.is_empty() && nest.is_empty() {
        same("in a repository and outside of one", &run.after, &written)?;
    }
    let diff = lines(std::str::from_utf8(&run.diff).unwrap()).into_iter().map(|line| {
        let named =
            ["--- a/", "+++ b/"].into_iter().find_map(|it| Some((it, line.strip_prefix(it)?)));
        named.map_or_else(|| line.to_string(), |(marker, name)| format!("{marker}{}", below(name)))
    });
    if sub.is_empty() && patch != diff.collect::<String>().as_bytes() {
        return Err(format!("{where_from}: another diff\n{}", String::from_utf8_lossy(&patch)));
    }
    if patch.is_empty() {
        return same(&format!("{where_from}: an empty diff"), &before, &written).map(|()| 0);
    }

    let place = tempfile::tempdir().unwrap();
    let cwd = place.path().join(&folder);
    let files = || {
        let mut files = tree(place.path());
        files.retain(|name, _| !name.starts_with(".git/"));
        files
    };
    repository(place.path());
    plant(&before, place.path());
    let applied = git(&cwd, &["apply", "--allow-empty", "--whitespace=nowarn"], &patch);
    same(&format!("{where_from}: git apply ({applied})"), &written, &files())?;
    plant(&before, place.path());
    // It takes the paths as they are: from the root.
    if let Some(output) = gnu_patch(place.path(), &patch) {
        same(&format!("{where_from}: patch ({output})"), &written, &files())?;
    }
    Ok(1)
}

/// Makes the folder a repository without a commit.
fn repository(at: &Path) {
    for folder in [".git/objects", ".git/refs"] {
        fs::create_dir_all(at.join(folder)).unwrap();
    }
    fs::write(at.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
}

/// What git says.
fn git(at: &Path, args: &[&str], input: &[u8]) -> String {
    let output = fed(isolated("git", at).args(args), input).expect("these laws need git");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

static SKIPPED_ONCE: std::sync::Once = std::sync::Once::new();

/// What `patch` says; nothing if the program is not here.
fn gnu_patch(at: &Path, input: &[u8]) -> Option<String> {
    let output = fed(isolated("patch", at).args(["-p1", "--no-backup-if-mismatch"]), input);
    if let Ok(output) = output {
        return Some(
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        );
    }
    SKIPPED_ONCE.call_once(|| {
        eprintln!("SKIPPED: the program `patch` is not here; only `git apply` was tried");
    });
    None
}

fn fed(command: &mut Command, input: &[u8]) -> std::io::Result<Output> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // A reader that has gone says why itself.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output()
}

/// A document of some case, and what a stream of it alone comes to.
struct Alone {
    text: String,
    names: BTreeSet<String>,
    out: String,
}

#[test]
fn documents_convert_in_a_stream_as_they_do_alone() {
    println!("pairs begin with {SEED}");
    let mut texts = BTreeSet::new();
    for run in RUNS.iter() {
        for (name, bytes) in run.before.iter().filter(|(name, _)| is_manifest(&run.case, name)) {
            let ours = files(&run.report).any(|file| file["path"] == **name);
            let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| ours) else { continue };
            texts.extend(pieces(text).into_iter().map(|(_, piece)| piece));
        }
    }
    // A template among the documents makes the whole stream one. A line that is not finished ends the
    // stream, and with it the document. A text in UTF-16 is a whole file.
    let is_wide = |text: &str| text.contains("l\0i\0n\0k");
    let marks = [
        "{{", "{%", "{#", "<%", "<#", "<?", "[[", "[%", "[#", "#@", "#{", "#foreach", "% for",
        "%{", "(( if", "<< ", "<<<<<<<", "@foreach", "{foreach", "<if(", "ifdef(",
    ];
    let tokens = ["@project.image@", "%POLICY%"];
    let is_template = |text: &str| marks.iter().chain(&tokens).any(|mark| text.contains(mark));
    texts.retain(|text| !is_template(text) && !is_wide(text) && text.ends_with(['\n', '\r']));
    let texts: Vec<String> = texts.into_iter().collect();

    let mut maps = Tree::new();
    let workloads: Vec<BTreeSet<String>> = in_parallel(&texts, |text| {
        let report: Value =
            serde_json::from_slice(&stream(&maps, &["check", "--format", "json"], text)).unwrap();
        let documents = files(&report).flat_map(|file| file["documents"].as_array().unwrap());
        let workloads = documents.flat_map(|document| document["workloads"].as_array().unwrap());
        workloads.map(|key| key.as_str().unwrap().to_string()).collect()
    });
    let keys: BTreeSet<&String> =
        workloads.iter().flatten().filter(|key| !key.contains('(')).collect();
    // Some go without, so that some documents are held.
    let entries = keys.iter().enumerate().filter(|(i, _)| i % 4 > 0);
    let map: String =
        entries.map(|(i, key)| format!("{}: s3://sp/{i}\n", Value::from(key.as_str()))).collect();
    maps.insert("savepoints.yaml".into(), map.into_bytes());

    let outs = in_parallel(&texts, |text| converted(&maps, text));
    let mut alone: Vec<Alone> = texts
        .into_iter()
        .zip(outs)
        .zip(workloads)
        .map(|((text, out), workloads)| {
            let names =
                workloads.iter().map(|key| key.rsplit('/').next().unwrap().to_string()).collect();
            Alone { text, names, out }
        })
        .collect();
    let mut dice = Dice(SEED);
    let mut failures = Vec::new();
    let (mut pairs, mut both) = (0, 0);
    for _ in 0..2 {
        dice.shuffle(&mut alone);
        // Two of one name are no longer what they were alone: which is meant must be told apart.
        let chosen: Vec<&[Alone]> =
            alone.windows(2).filter(|pair| pair[0].names.is_disjoint(&pair[1].names)).collect();
        let found = in_parallel(&chosen, |pair| {
            let [one, other] = pair else { unreachable!() };
            let joint = match (one.text.ends_with("...\n"), other.text.starts_with('%')) {
                (true, _) => "",
                (false, true) => "...\n",
                (false, false) => "---\n",
            };
            let found = converted(&maps, &format!("{}{joint}{}", one.text, other.text));
            let wanted = format!("{}{joint}{}", one.out, other.out);
            let (one, other) = (&one.text, &other.text);
            let failure = format!("{one}\n* and *\n{other}\nwanted\n{wanted}\nfound\n{found}");
            (found != wanted).then_some(failure)
        });
        failures.extend(found.into_iter().flatten());
        pairs += chosen.len();
        both += chosen.iter().filter(|pair| pair.iter().all(|one| one.text != one.out)).count();
    }
    println!(
        "alone or together: {pairs} pairs of {} documents, both changed in {both}",
        alone.len()
    );
    assert!(
        failures.is_empty(),
        "{} pairs convert otherwise:\n{}",
        failures.len(),
        failures.join("\n\n\n")
    );
    assert!(both > 100);
}

/// The stream after `write -`. One that is wholly held must come through as it is.
fn converted(maps: &Tree, text: &str) -> String {
    let out = String::from_utf8(stream(maps, &["write"], text)).unwrap();
    let report: Value =
        serde_json::from_slice(&stream(maps, &["check", "--format", "json"], text)).unwrap();
    let changed = files(&report).any(|file| !changes(file).is_empty());
    assert_eq!(changed, out != text, "the report and the stream disagree:\n{text}\n{report}");
    out
}

fn stream(maps: &Tree, command: &[&str], text: &str) -> Vec<u8> {
    let options = [
        "-",
        "--isolated",
        "--namespace",
        "lab",
        "--service-account",
        "flink",
        "--checkpoints-dir",
        "s3://cp/{namespace}/{name}",
    ];
    let maps_option = if maps.is_empty() { &[][..] } else { &["--savepoints", "savepoints.yaml"] };
    let place = testing::Place { stdin: text.as_bytes(), ..Default::default() };
    place.run(maps, &[command, &options, maps_option].concat()).stdout
}

#[test]
fn a_stream_is_judged_like_a_file_and_differs_only_in_what_is_written() {
    law("stream and file", STREAM_AND_FILE_EXCEPTIONS, |run| {
        // A stream has no kustomization beside it, and no other path.
        let is_kustomized = run.before.keys().any(|name| name.contains("ustomization"));
        let has_paths = run.case.spec.args.chunks(2).any(|pair| !pair[0].starts_with("--"));
        let mut names = run.before.keys().filter(|name| is_manifest(&run.case, name));
        let (Some(name), None) = (names.next(), names.next()) else { return Ok(0) };
        if run.report.is_null() || is_kustomized || has_paths {
            return Ok(0);
        }
        let stream = |command: &[&'static str]| {
            let command = [command, &["-", "--stdin-filename", name]].concat();
            let place = testing::Place { stdin: &run.before[name], ..Default::default() };
            place.run(&run.before, &run.case.typed(&command)).stdout
        };
        let report = stream(&["check", "--format", "json"]);
        let report: Value = serde_json::from_slice(&report).map_err(|error| error.to_string())?;
        let found = files(&report).find(|file| file["path"] == **name).unwrap_or(&Value::Null);
        let wanted = run.file(name);
        if found["documents"] != wanted["documents"] || found["findings"] != wanted["findings"] {
            return Err(format!("the stream {found:#}\nthe file {wanted:#}"));
        }
        let is_written = stream(&["write"]) == run.after[name];
        let is_held = held(&run.report).contains(&name.as_str());
        if !is_written && !is_held {
            return Err("the stream is written in another way".into());
        }
        Ok(1)
    });
}

const STREAM_AND_FILE_EXCEPTIONS: &[(&str, &str)] = &[
    ("decide/unused-savepoint-beside-a-text-that-names-the-version", "a stream judges no map"),
    (
        "convert/initial-savepoint-from-a-csv-map-as-a-spreadsheet-writes-it",
        "an entry without a namespace is for a name that only a whole tree can have once",
    ),
    (
        "convert/missing-savepoint-answered-by-a-plain-name",
        "an answer without a namespace is for a name that only a whole tree can have once",
    ),
    (
        "convert/initial-savepoint-by-name-from-a-map-without-namespaces",
        "an entry without a namespace is for a name that only a whole tree can have once",
    ),
    (
        "decide/unused-savepoint-of-a-misspelt-name",
        "only a whole tree shows which entry belongs to no workload",
    ),
    ("untouched/excluded-by-configuration", "what is typed is judged, though it is excluded"),
];

#[test]
fn other_readers_see_exactly_the_changes_of_the_report() {
    law("same meaning elsewhere", &[], |run| {
        let mut read = 0;
        for (name, before, after) in run.changed() {
            read += same_meaning(run.file(name), before, after)
                .map_err(|why| format!("{name}: {why}"))?;
        }
        Ok(read)
    });
}

#[test]
fn held_files_never_change_and_write_alone_writes_all_or_nothing() {
    law("all or nothing", &[], |run| {
        let held = held(&run.report);
        if let Some(name) = held.iter().find(|name| run.before[**name] != run.after[**name]) {
            return Err(format!("{name} is held, and `write --keep-going` has changed it"));
        }
        let ended = run_case(&run.case, &run.before, &["write"]);
        let status = ended.status;
        let refused = matches!(status, 2 | 3);
        same("write", if refused { &run.before } else { &run.after }, &ended.files)?;
        if refused != (run.status == 2 || run.status == 3) {
            return Err(format!("check ends with {}, write with {status}", run.status));
        }
        Ok(held.len())
    });
}

#[test]
fn held_files_never_change_when_they_are_named_alone() {
    law("named alone", &[], |run| {
        let held = held(&run.report);
        let place = testing::Place { is_repository: true, ..Default::default() };
        for name in &held {
            let args = run.case.spec.args.iter().map(String::as_str);
            let args: Vec<&str> = ["write", "--keep-going", name].into_iter().chain(args).collect();
            if place.run(&run.before, &args).files[*name] != run.before[*name] {
                return Err(format!(
                    "{name} is held, and `write --keep-going {name}` has changed it"
                ));
            }
        }
        Ok(held.len())
    });
}
