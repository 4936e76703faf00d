//! What comes after the first start: a process that dies before it is through, and starts that keep the
//! state or lose it.

use super::{ID, answer, ended, prefixed, restores, starts_empty, tree, verify, workload};

const ENTRY: &str = "s3://lake/sp/savepoint-1";

/// A line as Flink 1.16 writes it, at this minute past eight.
fn line(minute: u8, logger: &str, text: &str) -> String {
    format!(
        "2022-05-27 08:{minute:02}:14,000 INFO  org.apache.flink.runtime.{logger} [] - {text}\n"
    )
}

fn boots(minute: u8) -> String {
    let text = " Starting KubernetesApplicationClusterEntrypoint (Version: 1.16.0, Scala: 2.12)";
    line(minute, "entrypoint.ClusterEntrypoint", text)
}

/// A process that dies as soon as it was told of its savepoint.
fn dies(minute: u8) -> String {
    let coordinator = "checkpoint.CheckpointCoordinator";
    boots(minute)
        + &line(minute, coordinator, "No checkpoint found during restore.")
        + &line(minute, coordinator, &format!("Starting job {ID} from savepoint {ENTRY} ()"))
}

/// A process that starts its job without state.
fn empty(minute: u8) -> String {
    boots(minute)
        + &line(minute, "checkpoint.CheckpointCoordinator", "No checkpoint found during restore.")
        + &line(minute, "jobmaster.JobMaster", "Using failover strategy")
}

/// `text` as the lines of a pod of `orders` that ends with these five characters.
fn of_pod(own: &str, text: &str) -> String {
    prefixed("orders", text).replace("x2x4z", own)
}

#[test]
fn a_start_that_died_and_an_empty_one_behind_it_are_no_restore() {
    let sandbox = tree();
    sandbox.write("orders.log", &(dies(1) + &empty(2)));
    let told = answer(&sandbox, &["orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "started-empty no");
    assert_eq!(workload(&told, "prod/orders")["evidence"][0]["line"], 5);
    let note = workload(&told, "prod/orders")["notes"][0].as_str().unwrap();
    assert_eq!(note, "a start of it came to nothing before another process: orders.log:4");
    verify(&sandbox, &["orders.log"]).ended(1);
    // The next pod of the deployment, and the log of the pod before.
    sandbox.write("all.log", &(of_pod("bbbbb", &empty(2)) + &of_pod("ccccc", &dies(1))));
    verify(&sandbox, &["all.log"]).ended(1);
    sandbox.write("orders.previous.log", &dies(1));
    sandbox.write("orders.log", &empty(2));
    verify(&sandbox, &["orders.log", "orders.previous.log"]).ended(1);
}

#[test]
fn a_start_that_is_followed_by_another_process_is_not_a_good_one() {
    let sandbox = tree();
    sandbox.write("orders.log", &dies(1));
    assert_eq!(ended(&answer(&sandbox, &["orders.log"]), "prod/orders"), "restored yes");
    sandbox.write("orders.log", &(dies(1) + &boots(2)));
    let told = answer(&sandbox, &["orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "not-started no");
    let found = workload(&told, "prod/orders")["found"].as_str().unwrap();
    assert!(found.ends_with("and its process ended before it was seen to"), "{found}");
    assert_eq!(workload(&told, "prod/orders")["evidence"][1]["line"], 4);
    verify(&sandbox, &["orders.log"]).ended(3);
    sandbox.write("all.log", &(of_pod("bbbbb", &dies(1)) + &of_pod("ccccc", &boots(2))));
    let told = answer(&sandbox, &["all.log"]);
    assert_eq!(ended(&told, "prod/orders"), "not-started no");
    assert_eq!(workload(&told, "prod/orders")["evidence"][1]["line"], 4);
    // A pod that began before it does not end it.
    sandbox.write("all.log", &(of_pod("bbbbb", &dies(2)) + &of_pod("ccccc", &boots(1))));
    assert_eq!(ended(&answer(&sandbox, &["all.log"]), "prod/orders"), "restored yes");
    // Nor does a process end what was seen to restore.
    sandbox.write("orders.log", &(boots(1) + &restores(ENTRY) + &boots(2)));
    assert_eq!(ended(&answer(&sandbox, &["orders.log"]), "prod/orders"), "restored yes");
}

#[test]
fn an_empty_start_after_a_restore_has_lost_the_state() {
    let sandbox = tree();
    sandbox.write("orders.log", &(restores(ENTRY) + &starts_empty()));
    let told = answer(&sandbox, &["orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "started-empty no");
    let found = workload(&told, "prod/orders")["found"].as_str().unwrap();
    assert_eq!(found, "started without state, after an earlier start of it");
    let later = starts_empty().replace("2022-05-27", "2022-06-27");
    sandbox.write("a/orders.log", &restores(ENTRY));
    sandbox.write("b/orders.log", &later);
    let told = answer(&sandbox, &["b/orders.log", "a/orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "started-empty no");
    verify(&sandbox, &["b/orders.log", "a/orders.log"]).ended(1);
}

#[test]
fn later_starts_that_keep_the_state_contradict_nothing() {
    let sandbox = tree();
    let kept = format!(
        "Restoring job {ID} from Checkpoint 9 @ 0 for {ID} located at s3://lake/cp/chk-9.\n"
    );
    let again = dies(1) + &dies(2) + &dies(3) + &dies(4) + &dies(5) + &boots(6) + &restores(ENTRY);
    for text in [restores(ENTRY) + &boots(9) + &kept, restores(ENTRY).repeat(9), again] {
        sandbox.write("orders.log", &text);
        let told = answer(&sandbox, &["orders.log"]);
        assert_eq!(ended(&told, "prod/orders"), "restored yes", "{text}");
    }
    // What is to be empty may be so as often as it likes.
    sandbox.write("clicks.log", &starts_empty().repeat(3));
    assert_eq!(ended(&answer(&sandbox, &["clicks.log"]), "prod/clicks"), "started-empty yes");
}

#[test]
fn a_session_cluster_that_died_has_restored_no_job_of_its_own() {
    let sandbox = tree();
    let of = |own: &str, text: &str| prefixed("sql", text).replace("x2x4z", own);
    sandbox.write("sql.log", &(of("bbbbb", &dies(1)) + &of("ccccc", &boots(2))));
    assert_eq!(ended(&answer(&sandbox, &["sql.log"]), "prod/orders"), "not-started no");
}
