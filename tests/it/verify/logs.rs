//! Logs: whose a line is, which start counts, and what it comes to.

use super::{ID, answer, ended, prefixed, restores, starts_empty, tree, verify, workload};

#[test]
fn a_mixed_tree_in_which_all_went_well_is_fine() {
    let sandbox = tree();
    sandbox.write("logs/orders.log", &restores("s3://lake/sp/savepoint-1/_metadata"));
    sandbox.write("logs/pay.log", &restores("s3://lake/sp/savepoint-2"));
    sandbox.write("logs/clicks.log", &starts_empty());
    let logs = ["logs/orders.log", "logs/pay.log", "logs/clicks.log"];
    let ran = verify(&sandbox, &logs).ended(0);
    assert!(ran.err.contains("5 workloads: 5 as expected"), "{}", ran.err);
    let answer = answer(&sandbox, &logs);
    assert_eq!(ended(&answer, "prod/orders"), "restored yes");
    assert_eq!(ended(&answer, "prod/pay"), "restored yes");
    assert_eq!(ended(&answer, "prod/clicks"), "started-empty yes");
    assert_eq!(ended(&answer, "prod/parked"), "not-started yes");
    assert_eq!(ended(&answer, "prod/sql"), "not-started yes");
}

#[test]
fn the_pod_says_whose_a_line_is() {
    let sandbox = tree();
    let log = prefixed("orders", &restores("s3://lake/sp/savepoint-1"))
        + &prefixed("pay", &restores("s3://lake/sp/savepoint-2"))
        + &prefixed("clicks", &starts_empty());
    let ran = sandbox.run_with_input(&["verify", "--savepoints", "map.yaml"], log.as_bytes());
    assert!(ran.ended(0).out.contains("<stdin>:2"));
}

#[test]
fn two_jobs_that_took_each_others_savepoint_are_both_wrong() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-2"));
    sandbox.write("pay.log", &restores("s3://lake/sp/savepoint-1"));
    let answer = answer(&sandbox, &["orders.log", "pay.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "restored-elsewhere no");
    assert_eq!(ended(&answer, "prod/pay"), "restored-elsewhere no");
    assert_eq!(answer["workloads"][0]["workload"], "prod/orders", "the worst first");
    assert_eq!(workload(&answer, "prod/pay")["started_from"], "s3://lake/sp/savepoint-1");
    verify(&sandbox, &["orders.log", "pay.log"]).ended(1);
}

#[test]
fn a_location_that_one_entry_has_says_whose_a_line_is_and_nothing_else_does() {
    let sandbox = tree();
    sandbox.write("all.log", &(restores("s3://lake/sp/savepoint-1") + &starts_empty()));
    let answer = answer(&sandbox, &["all.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "restored yes");
    assert_eq!(workload(&answer, "prod/orders")["evidence"][0]["by"], "location");
    assert_eq!(ended(&answer, "prod/clicks"), "not-seen open");
    assert_eq!(ended(&answer, "prod/pay"), "not-seen open");
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("all.log:6") && note.contains("--prefix"), "{note}");
    verify(&sandbox, &["all.log"]).ended(3);
}

#[test]
fn one_location_in_two_entries_tells_nothing() {
    let sandbox = tree();
    sandbox.write("map.yaml", "prod/orders: /sp/1\nprod/pay: file:///sp/1/\n");
    sandbox.write("all.log", &restores("/sp/1"));
    let answer = answer(&sandbox, &["all.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "not-seen open");
    assert_eq!(ended(&answer, "prod/pay"), "not-seen open");
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("prod/orders or of prod/pay"), "{note}");
}

#[test]
fn of_two_namespaces_the_folder_tells() {
    let sandbox = tree();
    let other = super::manifest("orders", "upgradeMode: savepoint").replace("prod", "test");
    sandbox.write("deploy/test.yaml", &other);
    sandbox.write("map.yaml", "prod/orders: /sp/1\ntest/orders: /sp/2\nprod/pay: /sp/3\n");
    sandbox.write("prod/orders.log", &restores("/sp/2"));
    sandbox.write("test/all.log", &prefixed("orders", &restores("/sp/9")));
    let told = answer(&sandbox, &["prod/orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored-elsewhere no");
    assert_eq!(ended(&told, "test/orders"), "not-seen open");
    let told = answer(&sandbox, &["test/all.log"]);
    assert_eq!(ended(&told, "prod/orders"), "not-seen open");
    assert!(told["notes"][0].as_str().unwrap().contains("prod/orders or of test/orders"));
}

#[test]
fn a_job_that_started_empty_is_told_with_its_repair() {
    let sandbox = tree();
    sandbox.write("orders.log", &starts_empty());
    let ran = verify(&sandbox, &["orders.log"]).ended(1);
    assert!(ran.out.starts_with("deploy/orders.yaml:1: error: prod/orders started without state"));
    assert!(ran.out.contains("`initialSavepointPath: s3://lake/sp/savepoint-1`"), "{}", ran.out);
}

#[test]
fn the_first_start_counts_and_a_checkpoint_that_comes_first_is_open() {
    let sandbox = tree();
    let kept = format!(
        "Restoring job {ID} from Checkpoint 9 @ 0 for {ID} located at s3://lake/cp/chk-9.\n"
    );
    sandbox.write("orders.log", &(restores("s3://lake/sp/savepoint-1") + &kept));
    sandbox.write("pay.log", &kept);
    let answer = answer(&sandbox, &["orders.log", "pay.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "restored yes");
    assert_eq!(ended(&answer, "prod/pay"), "not-seen open");
    let found = workload(&answer, "prod/pay")["found"].as_str().unwrap();
    assert!(found.contains("high availability had kept"), "{found}");
    // Whoever gave the log of a later start must not be told to go back.
    let repair = workload(&answer, "prod/pay")["repair"].as_str().unwrap();
    assert!(repair.starts_with("give the log of its first start as well"), "{repair}");
}

#[test]
fn a_later_log_of_the_same_job_does_not_contradict_its_first() {
    let sandbox = tree();
    let kept = format!(
        "2022-05-28 09:00:00,000 INFO  CheckpointCoordinator [] - Restoring job {ID} from Checkpoint 9 @ 0 for {ID} \
         located at s3://lake/cp/chk-9.\n"
    );
    sandbox.write("orders.log", &kept);
    sandbox.write("orders.previous.log", &restores("s3://lake/sp/savepoint-1"));
    let told = answer(&sandbox, &["orders.log", "orders.previous.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored yes");
    // Without times it is known by what it is.
    sandbox.write("orders.log", &kept[kept.find("Restoring").unwrap()..]);
    let told = answer(&sandbox, &["orders.log", "orders.previous.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored yes");
}

#[test]
fn of_logs_that_contradict_each_other_the_worse_counts_unless_one_is_the_first() {
    let sandbox = tree();
    let without_times = |text: String| -> String {
        text.lines().map(|line| format!("{}\n", line.split_once(" - ").unwrap().1)).collect()
    };
    sandbox.write("a/orders.log", &without_times(restores("s3://lake/sp/savepoint-1")));
    sandbox.write("b/orders.log", &without_times(starts_empty()));
    let told = answer(&sandbox, &["a/orders.log", "b/orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "started-empty no");
    let later = restores("s3://lake/sp/savepoint-9").replace("2022-05-27", "2022-06-27");
    sandbox.write("a/orders.log", &restores("s3://lake/sp/savepoint-1"));
    sandbox.write("b/orders.log", &later);
    let told = answer(&sandbox, &["b/orders.log", "a/orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored yes");
    let earlier = starts_empty().replace("2022-05-27", "2022-04-27");
    sandbox.write("b/orders.log", &earlier);
    let told = answer(&sandbox, &["a/orders.log", "b/orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "started-empty no");
}

#[test]
fn a_restore_that_failed_is_no_restore_and_a_later_one_is() {
    let sandbox = tree();
    let fails = format!(
        "Starting job {ID} from savepoint s3://lake/sp/savepoint-1 ()\n\
         Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint \
         file/directory 's3://lake/sp/savepoint-1' on file system 's3'.\n"
    );
    sandbox.write("orders.log", &fails);
    let told = answer(&sandbox, &["orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "not-started no");
    assert_eq!(workload(&told, "prod/orders")["evidence"][1]["line"], 2);
    verify(&sandbox, &["orders.log"]).ended(3);
    sandbox.write("orders.log", &(fails + &restores("s3://lake/sp/savepoint-1")));
    let told = answer(&sandbox, &["orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored yes");
    let note = workload(&told, "prod/orders")["notes"][0].as_str().unwrap();
    assert_eq!(note, "a start of it failed: orders.log:2");
}

#[test]
fn that_a_job_runs_says_nothing_of_its_state() {
    let sandbox = tree();
    sandbox.write("orders.log", &format!("Job a ({ID}) switched from state CREATED to RUNNING.\n"));
    let answer = answer(&sandbox, &["orders.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "not-seen open");
    let found = workload(&answer, "prod/orders")["found"].as_str().unwrap();
    assert!(found.starts_with("runs; from what"), "{found}");
}

#[test]
fn what_was_to_stay_empty_or_parked_and_did_not_is_wrong() {
    let sandbox = tree();
    sandbox.write("clicks.log", &restores("s3://lake/sp/savepoint-7"));
    sandbox.write("parked.log", &starts_empty());
    let answer = answer(&sandbox, &["clicks.log", "parked.log"]);
    assert_eq!(ended(&answer, "prod/clicks"), "restored-elsewhere no");
    assert_eq!(ended(&answer, "prod/parked"), "started-empty no");
    verify(&sandbox, &["clicks.log", "parked.log"]).ended(1);
}

#[test]
fn the_operator_says_what_it_refused_and_what_it_deployed() {
    let sandbox = tree();
    sandbox.write(
        "operator.log",
        "2023-01-02 03:04:05,678 o.a.f.k.o.s.X [INFO ][prod/pay] Deploying application cluster\n\
         2023-01-02 03:04:05,678 o.a.f.k.o.c.X [ERROR][prod/orders] Validation failed: no account\n\
         2023-01-02 03:04:05,678 o.a.f.k.o.c.X [ERROR][test/orders] not ours\n",
    );
    let answer = answer(&sandbox, &["operator.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "not-started no");
    let found = workload(&answer, "prod/orders")["found"].as_str().unwrap();
    assert!(found.ends_with("Validation failed: no account"), "{found}");
    assert_eq!(ended(&answer, "prod/pay"), "not-seen open");
    assert_eq!(workload(&answer, "prod/pay")["evidence"][0]["by"], "resource");
    verify(&sandbox, &["operator.log"]).ended(3);
}

#[test]
fn where_nobody_knows_what_to_expect_nothing_is_as_expected() {
    let sandbox = tree();
    sandbox.write("map.yaml", "prod/orders: null # was RUNNING\nprod/pay: /sp/2\n");
    sandbox.write("orders.log", &restores("/sp/1"));
    let answer = answer(&sandbox, &["orders.log"]);
    assert_eq!(workload(&answer, "prod/orders")["as_expected"], "open");
    assert_eq!(workload(&answer, "prod/orders")["expected"]["start"], "open");
    verify(&sandbox, &["orders.log"]).ended(3);
}

#[test]
fn an_error_that_is_gone_is_no_refusal() {
    let sandbox = tree();
    sandbox.write(
        "operator.log",
        "x [ERROR][prod/orders] the server is away\nx [INFO ][prod/orders] Deploying application cluster\n",
    );
    let answer = answer(&sandbox, &["operator.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "not-seen open");
}

#[test]
fn what_a_session_cluster_writes_is_about_the_jobs_in_it() {
    let sandbox = tree();
    let job = super::manifest("query", "upgradeMode: savepoint")
        .replace("kind: FlinkDeployment", "kind: FlinkSessionJob")
        .replace("spec:\n", "spec:\n  deploymentName: sql\n");
    sandbox.write("deploy/query.yaml", &job);
    sandbox.write("map.yaml", "prod/orders: /sp/1\nprod/pay: /sp/2\nprod/query: /sp/3\n");
    sandbox.write("all.log", &prefixed("sql", &(restores("/sp/3") + &restores("/sp/9"))));
    let answer = answer(&sandbox, &["all.log"]);
    assert_eq!(ended(&answer, "prod/query"), "restored yes");
    assert_eq!(ended(&answer, "prod/sql"), "not-started yes");
}

#[test]
fn a_pod_of_another_workload_does_not_count_although_its_location_is_ours() {
    let sandbox = tree();
    sandbox.write("all.log", &prefixed("orders-v2", &restores("s3://lake/sp/savepoint-1")));
    let answer = answer(&sandbox, &["all.log"]);
    assert_eq!(ended(&answer, "prod/orders"), "not-seen open");
    let note = answer["notes"][0].as_str().unwrap();
    assert_eq!(note, "all.log: orders-v2 is not among what is verified");
}

#[test]
fn what_a_job_writes_in_the_words_of_flink_is_not_believed() {
    let sandbox = tree();
    let text = format!("Starting job {ID} from savepoint s3://lake/sp/savepoint-1 ()");
    let time = "2022-05-27 16:13:00,417";
    for forged in [
        format!("{time} INFO  com.acme.Main                  [] - {text}\n"),
        format!("{time} INFO  com.acme.CheckpointCoordinator [] - {text}\n"),
        serde_json::json!({"logger": "com.acme.X", "message": text}).to_string() + "\n",
    ] {
        sandbox.write("orders.log", &(forged + &starts_empty()));
        let told = answer(&sandbox, &["orders.log"]);
        assert_eq!(ended(&told, "prod/orders"), "started-empty no");
    }
    for own in [
        format!("{time} INFO  o.a.f.r.c.CheckpointCoordinator [] - {text}\n"),
        serde_json::json!({"loggerName": "o.a.f.r.c.CheckpointCoordinator", "message": text})
            .to_string(),
        format!("{text}\n"),
    ] {
        sandbox.write("orders.log", &own);
        assert_eq!(ended(&answer(&sandbox, &["orders.log"]), "prod/orders"), "restored yes");
    }
}

#[test]
fn of_two_namespaces_the_location_does_not_tell_whose_a_pod_is() {
    let sandbox = tree();
    let other = super::manifest("orders", "upgradeMode: savepoint").replace("prod", "dev");
    sandbox.write("deploy/dev.yaml", &other);
    sandbox.write("map.yaml", "prod/orders: /sp/1\ndev/orders: /sp/2\nprod/pay: /sp/3\n");
    let swapped = [restores("/sp/1"), restores("/sp/2")];
    sandbox.write("all.log", &swapped.clone().map(|text| prefixed("orders", &text)).concat());
    sandbox.write("x/orders.log", &swapped[0]);
    sandbox.write("y/orders.log", &swapped[1]);
    for logs in [&["all.log"][..], &["x/orders.log", "y/orders.log"]] {
        let told = answer(&sandbox, logs);
        assert_eq!(ended(&told, "prod/orders"), "not-seen open", "{logs:?}");
        assert_eq!(ended(&told, "dev/orders"), "not-seen open", "{logs:?}");
        let note = told["notes"][0].as_str().unwrap();
        let help = "give one log for each namespace, or name the file after the workload: `dev_orders.log`";
        assert!(
            note.contains("may be of dev/orders or of prod/orders") && note.ends_with(help),
            "{note}"
        );
        verify(&sandbox, logs).ended(3);
    }
    sandbox.write("dev_orders.log", &prefixed("orders", &swapped[0]));
    sandbox.write("prod_orders.log", &prefixed("orders", &swapped[1]));
    let told = answer(&sandbox, &["dev_orders.log", "prod_orders.log"]);
    assert_eq!(ended(&told, "prod/orders"), "restored-elsewhere no");
    assert_eq!(ended(&told, "dev/orders"), "restored-elsewhere no");
}

#[test]
fn the_answer_for_programs_has_the_place_and_the_grade_of_each() {
    let sandbox = tree();
    sandbox.write("orders.log", &restores("s3://lake/sp/savepoint-1"));
    sandbox.write("pay.log", &starts_empty());
    let told = answer(&sandbox, &["orders.log", "pay.log"]);
    for (key, place, grade) in [
        ("prod/orders", "deploy/orders.yaml:1", "yes"),
        ("prod/pay", "deploy/pay.yaml:1", "no"),
        ("prod/clicks", "deploy/clicks.yaml:1", "open"),
        ("prod/parked", "deploy/parked.yaml:1", "yes"),
        ("prod/sql", "deploy/sql.yaml:1", "yes"),
    ] {
        let one = workload(&told, key);
        assert_eq!(one["place"], place);
        assert_eq!(one["as_expected"], grade, "{key}");
    }
}
