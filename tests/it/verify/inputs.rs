//! Inputs that are none, and options that do not fit.

use super::{prefixed, restores, tree, verify};
use crate::sandbox::Sandbox;

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
