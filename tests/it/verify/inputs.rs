//! Inputs that are none, and options that do not fit.

use super::{prefixed, restores, starts_empty, tree, verify};
use crate::sandbox::Sandbox;
use serde_json::{Value, json};

#[test]
fn a_log_that_says_nothing_is_named_and_the_others_are_still_judged() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-1"));
    sandbox.write("noise.log", "hello\nworld\n");
    sandbox.write("empty.log", "");
    let ran = verify(&sandbox, &["orders.log", "noise.log", "empty.log"]).ended(2);
    assert!(ran.err.contains("noise.log: error: no line about a job in it"), "{}", ran.err);
    assert!(ran.err.contains("empty.log: error: no line about a job in it"), "{}", ran.err);
    assert!(ran.out.contains("prod/orders restored"), "{}", ran.out);
}

#[test]
fn what_cannot_be_read_is_named() {
    let sandbox = tree();
    sandbox.write("logs/orders.log", &restores("/x"));
    let ran = verify(&sandbox, &["logs"]).ended(2);
    assert!(ran.err.contains("logs: error: is a directory, which is not searched; write `logs/*`"));
    let ran = verify(&sandbox, &["gone.log"]).ended(2);
    assert!(ran.err.contains("gone.log: error: cannot be read"), "{}", ran.err);
}

#[test]
fn a_file_in_another_form_is_named_with_what_to_do() {
    let sandbox = tree();
    std::fs::write(sandbox.path("a.log"), [0xff, 0xfe, b'x', 0]).unwrap();
    std::fs::write(sandbox.path("b.log"), [0x1f, 0x8b, 8, 0]).unwrap();
    let ran = verify(&sandbox, &["a.log", "b.log"]).ended(2);
    assert!(ran.err.contains("a.log: error: is UTF-16; save it as UTF-8"), "{}", ran.err);
    assert!(ran.err.contains("b.log: error: is compressed; unpack it"), "{}", ran.err);
}

#[test]
fn a_tree_without_workloads_has_nothing_to_verify() {
    let sandbox = Sandbox::with(&[("a.yaml", "kind: ConfigMap\n"), ("x.log", &restores("/x"))]);
    let ran = sandbox.run(&["verify", "x.log"]).ended(2);
    assert!(ran.err.contains("error: no workload to verify"), "{}", ran.err);
    let ran = verify(&tree(), &["--select", "test/*", "x.log"]).ended(2);
    assert!(ran.err.contains("no workload of the tree matches"), "{}", ran.err);
}

#[test]
fn options_that_do_not_count_are_refused() {
    let sandbox = tree();
    sandbox.write("x.log", &restores("/x"));
    for (args, message) in [
        (&["--defaults", "leave", "x.log"][..], "--defaults: verify does not use it"),
        (&["--format", "sarif", "x.log"], "unknown format `sarif`"),
        (&["--report", "json=x.log", "x.log"], "the file is read"),
        (&["--report", "json=a.yaml", "x.log"], "must not have the name of a manifest"),
        (&["--report", "json", "x.log"], "write NAME=PATH"),
        (&["-", "-"], "standard input can be read once only"),
        (&["--tree", "-", "x.log"], "give a path"),
    ] {
        let ran = verify(&sandbox, args).ended(2);
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
    }
}

#[test]
fn the_tree_may_lie_elsewhere_and_be_narrowed() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-1"));
    let args = ["--tree", "deploy/orders.yaml", "--tree", "deploy/sql.yaml", "orders.log"];
    let ran = verify(&sandbox, &args).ended(0);
    assert!(ran.err.contains("2 workloads: 2 as expected"), "{}", ran.err);
    let ran = verify(&sandbox, &["--select", "prod/orders", "orders.log"]).ended(0);
    assert!(ran.err.contains("1 workload: 1 as expected"), "{}", ran.err);
}

#[test]
fn a_job_that_is_selected_alone_does_not_get_the_lines_of_others() {
    let sandbox = tree();
    sandbox.write("all.log", &restores("s3://lake/sp/savepoint-9"));
    let ran = verify(&sandbox, &["--select", "prod/orders", "all.log"]).ended(3);
    assert!(ran.out.contains("prod/orders was not seen"), "{}", ran.out);
}

#[test]
fn a_giant_line_and_broken_bytes_do_no_harm() {
    let sandbox = tree();
    let mut log = vec![b'x'; 5 << 20];
    log.extend(b"\n\xff\xfe\x00\x1b[31m");
    log.extend(prefixed("orders", &restores("s3://lake/sp/savepoint-1")).into_bytes());
    let ran = sandbox.run_with_input(
        &["verify", "--savepoints", "map.yaml", "--select", "prod/orders"],
        &log.iter()
            .flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] })
            .collect::<Vec<_>>(),
    );
    assert!(ran.ended(0).out.contains("<stdin>:3"));
}

#[test]
fn what_a_collector_kept_is_judged_like_the_lines_of_its_pods() {
    let jobs = [
        ("orders", restores("s3://lake/sp/savepoint-1")),
        ("pay", starts_empty()),
        ("clicks", starts_empty()),
    ];
    let all = |wrap: &dyn Fn(&str, &str) -> String| -> String {
        let mut logs: Vec<_> = jobs.iter().map(|(name, log)| (name, log.lines())).collect();
        let mut text = String::new();
        // One line of each in turn, as a search over many pods gives them.
        for _ in 0..jobs[0].1.lines().count() {
            for (name, lines) in &mut logs {
                text.extend(lines.next().map(|line| wrap(name, line)));
            }
        }
        text
    };
    let verdicts = |log: &str| {
        let sandbox = tree();
        sandbox.write("all.log", log);
        let answer = super::answer(&sandbox, &["all.log"]);
        let one = |key: &str| super::workload(&answer, key)["outcome"].clone();
        ["prod/orders", "prod/pay", "prod/clicks"].map(one)
    };
    let expected = verdicts(&all(&|name, line| prefixed(name, line)));
    assert_eq!(expected[1], "started-empty");
    let envelope = |name: &str, line: &str, wrap: fn(Value, &str) -> Value| {
        format!("{}\n", wrap(line.into(), &format!("{name}-6c9f7b5d8d-x2x4z")))
    };
    let envelopes: [fn(Value, &str) -> Value; 4] = [
        |line, pod| json!({"labels": {"pod": pod, "container": "main"}, "line": line}),
        |line, pod| json!({"_source": {"message": line, "kubernetes": {"pod": {"name": pod}}}}),
        |line, pod| json!({"content": {"message": line, "tags": [format!("pod_name:{pod}")]}}),
        |line, pod| json!({"message": line, "podName": pod, "namespace": "prod"}),
    ];
    for wrap in envelopes {
        let log = all(&|name, line| envelope(name, line, wrap));
        assert_eq!(verdicts(&log), expected, "{log}");
    }
    // Without a pod nobody knows whose line it is.
    let log = all(&|_, line| format!("{}\n", json!({"log": line, "stream": "stdout"})));
    let sandbox = tree();
    sandbox.write("all.log", &log);
    let ran = verify(&sandbox, &["all.log"]).ended(2);
    assert!(ran.err.contains("no line about a job in it"), "{}", ran.err);
}
