//! Standard input: read whole, judged like a file, converted document by document.

use std::fmt::Write as _;

use crate::sandbox::{Ran, Sandbox, held, migrated, sound};
use serde_json::Value;

#[test]
fn two_workloads_of_one_key_are_both_held_wherever_they_are_in_a_stream() {
    let text = format!("{}---\n{}---\n{}", held("a"), held("b"), held("a"));
    let sandbox =
        Sandbox::with(&[("map.yaml", "prod/a: s3://lake/sp/a\nprod/b: s3://lake/sp/b\n")]);
    let args = ["check", "-", "--stdin-filename", "a.yaml", "--savepoints", "map.yaml"];
    let ran = sandbox.run_with_input(&args, text.as_bytes()).ended(3);
    let decisions: Vec<&str> =
        ran.out.lines().filter(|line| line.contains(": decision: ")).collect();
    let places: Vec<&str> = decisions.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["a.yaml:4:9", "a.yaml:54:9"], "{}", ran.out);
    for decision in decisions {
        assert!(decision.ends_with("[ambiguous-savepoint]"), "{decision}");
        assert!(decision.contains("a.yaml:1 and a.yaml:51"), "{decision}");
    }
    assert!(ran.out.contains("a.yaml:26:13: change: "), "{}", ran.out);
}

#[test]
fn a_stream_with_a_name_is_judged_in_the_tree_of_that_name() {
    let patch = "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n\
                 metadata: {name: a}\nspec: {job: {upgradeMode: savepoint}}\n";
    let sandbox = Sandbox::with(&[
        (".git/HEAD", ""),
        ("base/a.yaml", "kind: ConfigMap # flink.apache.org\n"),
        ("base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("overlay/kustomization.yaml", "resources: [../base]\npatches: [{path: p.yaml}]\n"),
        ("overlay/p.yaml", patch),
    ]);
    let text = sound("a");
    for (folder, name) in [(".", "base/a.yaml"), ("base", "./a.yaml")] {
        let mut args = vec!["write", "-", "--stdin-filename", name];
        let ran = sandbox.run_in_with_input(folder, &args, text.as_bytes()).ended(3);
        assert_eq!(ran.out, text, "{name}");
        assert!(ran.err.contains("[unmodelled]"), "{name}: {}", ran.err);
        // A file that is not there yet is judged as if it were.
        args[3] = "new.yaml";
        let ran = sandbox.run_in_with_input(folder, &args, text.as_bytes()).ended(3);
        assert!(ran.err.contains("is patched at "), "{name}: {}", ran.err);
        let ran = sandbox.run_in_with_input(folder, &args, sound("b").as_bytes()).ended(0);
        assert_eq!(ran.out, migrated("b"));
    }
}

#[test]
fn a_template_holds_every_document_of_its_stream() {
    let template = "{{- if .Values.on }}\nkind: ConfigMap\n{{- end }}\n";
    let text = format!("{}---\n{template}---\n{}", sound("a"), sound("b"));
    let sandbox = Sandbox::new();
    let ran = sandbox.run_with_input(&["write", "-"], text.as_bytes()).ended(3);
    assert_eq!(ran.out, text);
    assert_eq!(ran.err.matches("decision: this file is a template (line 25)").count(), 2);
}

#[test]
fn a_stream_that_is_not_utf_8_passes_unchanged() {
    let sandbox = Sandbox::new();
    let (a, b) = (sound("a"), sound("b"));
    let text = [a.as_bytes(), b"---\n\xff flink.apache.org\n---\n", b.as_bytes()].concat();
    let mut command = sandbox.command(&["write", "-"]);
    std::fs::write(sandbox.path("in.yaml"), &text).unwrap();
    command.stdin(std::fs::File::open(sandbox.path("in.yaml")).unwrap());
    let output = command.output().unwrap();
    assert_eq!(output.stdout, text);
    let ran = Ran::of(&output).ended(2);
    assert!(ran.err.contains("error: byte 468 is not UTF-8"), "{}", ran.err);
}

/// A stream in which documents of others are between ours, and what it becomes.
fn long_stream() -> (String, String) {
    let others =
        "---\nkind: ConfigMap\ndata:\n  a.key: some value of a rendered chart\n".repeat(900);
    let (mut text, mut wanted) = (String::new(), String::new());
    for i in 0..20 {
        let name = format!("a{i}");
        write!(text, "{others}---\n{}---\n{}", sound(&name), held(&name)).unwrap();
        write!(wanted, "{others}---\n{}---\n{}", migrated(&name), held(&name)).unwrap();
    }
    (text + "---\n" + sound("last").trim_end(), wanted + "---\n" + migrated("last").trim_end())
}

#[test]
fn a_long_stream_is_converted_and_its_diff_applies() {
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
fn the_report_of_a_long_stream_has_every_document_and_every_finding_in_its_place() {
    let (text, _) = long_stream();
    let args = ["check", "-", "--format", "json", "--jobs", "2"];
    let ran = Sandbox::new().run_with_input(&args, text.as_bytes()).ended(3);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
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
        let message = "<stdin>:25:1: decision: the document is larger than 16 MiB";
        assert_eq!(ran.err.starts_with(message), status == 3, "{}", ran.err);
        let ran = sandbox.run_with_input(&["diff", "-"], text.as_bytes());
        let lines = if status == 3 { "26,7 +26,7" } else { "25,7 +25,7" };
        let hunk = format!("\n@@ -{lines} @@\n");
        assert!(ran.out.contains("\n ---\n-apiVersion"));
        assert!(ran.out.contains(&hunk), "{hunk}");
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

#[cfg(target_os = "linux")]
#[test]
fn a_stream_takes_no_more_memory_than_three_times_its_size() {
    use std::io::{Read, Write};
    use std::process::Stdio;

    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["write", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (text, _) = long_stream();
    let mut stdin = child.stdin.take().unwrap();
    let rounds = (64 << 20) / text.len();
    for _ in 0..rounds {
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.write_all(b"\n").unwrap();
    }
    drop(stdin);
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    // The pipe does not take the rest, so the run is not over.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024;
    drop(stdout);
    child.wait().unwrap();
    assert!(peak < 3 * 64, "{peak} MiB");
}

#[test]
fn nobody_reading_what_is_printed_is_no_error() {
    let sandbox = Sandbox::new();
    let (text, _) = long_stream();
    for command in ["write", "diff"] {
        let mut child = sandbox
            .command(&[command, "-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let ran = Ran::of(&child.wait_with_output().unwrap()).ended(3);
        assert!(!ran.err.contains("error"), "{command}: {ran:?}");
    }
}
