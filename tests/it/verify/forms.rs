//! The forms of the answer.

use super::{ID, answer, prefixed, restores, starts_empty, tree, verify, workload};

/// What would leave a line, a cell, a fence or a terminal if it were let.
const HOSTILE: &str = "/sp/`|\u{1b}[2J<b>@team ::error::x";

#[test]
fn a_person_sees_the_worst_first_with_its_place_and_its_repair() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-0"));
    sandbox.write("clicks.log", &starts_empty());
    let ran = verify(&sandbox, &["orders.log", "clicks.log", "--format", "human"]).ended(1);
    assert_eq!(
        ran.out,
        "\
error: prod/orders started from another location, s3://lake/sp/savepoint-0
  expected   to start from s3://lake/sp/savepoint-1 (deploy/orders.yaml:1)
  seen       orders.log:2: Starting job 00000000000000000000000000000000 from savepoint
             s3://lake/sp/savepoint-0 ()
  help       delete it and create it again with `initialSavepointPath: s3://lake/sp/savepoint-1`;
             from operator 1.8 on a new `savepointRedeployNonce` next to that path is enough
open: prod/pay was not seen
  expected   to start from s3://lake/sp/savepoint-2/ (deploy/pay.yaml:1)
  help       give the log of its JobManager from its first start on
ok: prod/clicks started without state (clicks.log:1)
ok: prod/parked is parked, and was not seen to start
ok: prod/sql has no job: a session cluster
5 workloads: 1 started from the wrong state, 1 unknown, 3 as expected
"
    );
}

#[test]
fn a_log_reads_one_line_for_each_workload() {
    let sandbox = tree();
    sandbox.write("pay.log", &restores("s3://lake/sp/savepoint-2"));
    let ran = verify(&sandbox, &["pay.log"]).ended(3);
    assert_eq!(ran.out, "\
deploy/clicks.yaml:1: open: prod/clicks was not seen [not-seen]
deploy/orders.yaml:1: open: prod/orders was not seen, expected s3://lake/sp/savepoint-1; give the log of its JobManager from its first start on [not-seen]
deploy/parked.yaml:1: ok: prod/parked is parked, and was not seen to start [not-started]
deploy/pay.yaml:1: ok: prod/pay restored from its savepoint (pay.log:2) [restored]
deploy/sql.yaml:1: ok: prod/sql has no job: a session cluster [not-started]
");
}

#[test]
fn a_pull_request_gets_a_table() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-0"));
    let ran = verify(&sandbox, &["orders.log", "--format", "markdown", "-q"]).ended(1);
    assert!(ran.out.starts_with("<!-- flink-migrate -->\n### 5 workloads: 1 started from"));
    assert!(ran.out.contains("* **error:** `prod/orders` started from another location"));
    assert!(ran.out.contains("| `prod/orders` | restored-elsewhere | `orders.log:2` |"));
    assert_eq!(ran.err, "");
}

#[test]
fn reports_are_written_beside_what_is_printed_and_do_not_change_the_status() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-1"));
    let args = ["orders.log", "--report", "json=v.json", "--report", "markdown=v.md", "-q"];
    verify(&sandbox, &args).ended(3);
    let written: serde_json::Value = serde_json::from_str(&sandbox.read("v.json")).unwrap();
    assert_eq!(written, answer(&sandbox, &["orders.log"]));
    assert!(sandbox.read("v.md").contains("| `prod/orders` | restored |"));
}

#[test]
fn what_a_log_says_cannot_leave_its_line() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores(HOSTILE));
    sandbox.write(
        "pay.log",
        &format!("[ERROR][prod/pay] {HOSTILE}\nNo checkpoint found during restore.\n"),
    );
    for format in ["human", "concise", "markdown"] {
        let ran = verify(&sandbox, &["orders.log", "pay.log", "--format", format]).ended(1);
        assert!(!ran.out.contains('\u{1b}'), "{format}: {}", ran.out);
        assert!(!ran.out.lines().any(|line| line.trim_start().starts_with("::")), "{format}");
        assert!(!ran.out.contains(" ::error"), "{format}: {}", ran.out);
    }
    let markdown = verify(&sandbox, &["orders.log", "--format", "markdown"]).out;
    assert!(!markdown.contains(" <b>") && !markdown.contains(" @team"), "{markdown}");
    answer(&sandbox, &["orders.log", "pay.log"]);
}

#[test]
fn credentials_are_masked_and_still_compared() {
    let sandbox = tree();
    sandbox.write("map.yaml", "prod/orders: s3://key:secret@lake/sp/1\nprod/pay: /sp/2\n");
    let log = prefixed("orders", &restores("s3://key:secret@lake/sp/1/"))
        + &prefixed("pay", &restores("s3://key:other@lake/sp/2"));
    sandbox.write("all.log", &log);
    for format in ["human", "concise", "markdown", "json"] {
        let ran = verify(&sandbox, &["all.log", "--format", format]).ended(1);
        assert!(
            !ran.out.contains("secret") && !ran.out.contains("other@"),
            "{format}: {}",
            ran.out
        );
    }
    let answer = answer(&sandbox, &["all.log"]);
    assert_eq!(workload(&answer, "prod/orders")["outcome"], "restored");
    assert_eq!(workload(&answer, "prod/orders")["location"], "s3://***@lake/sp/1");
}

#[test]
fn step_cleanup_reads_what_verify_writes() {
    let sandbox = tree();
    let path = "upgradeMode: savepoint, initialSavepointPath: s3://lake/sp/savepoint-1";
    sandbox.write("deploy/orders.yaml", &super::manifest("orders", path));
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-1/_metadata"));
    verify(&sandbox, &["orders.log", "--report", "json=v.json"]).ended(3);
    let cleanup = ["diff", "deploy/orders.yaml", "--step", "cleanup", "--savepoints", "map.yaml"];
    let ran = sandbox.run(&[&cleanup[..], &["--verified", "v.json"]].concat());
    assert!(ran.out.contains("-  job: {upgradeMode: savepoint, initialSavepointPath"), "{ran:?}");
    let log = format!("Starting job {ID} from savepoint /sp/other\n");
    sandbox.write("orders.log", &log);
    verify(&sandbox, &["orders.log", "--report", "json=v.json"]).ended(1);
    sandbox.run(&[&cleanup[..], &["--verified", "v.json"]].concat()).ended(3);
}
