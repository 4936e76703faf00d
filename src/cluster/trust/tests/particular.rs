//! What is particular to one release, kind or question, beside the conditions that hold for all.

use super::*;

#[test]
fn a_job_manager_that_stays_up_with_a_finished_job_is_no_reason() {
    let ready = with(stable(), "/status/jobManagerDeploymentStatus", json!("READY"));
    assert!(location(&judge(&ready)).is_some(), "{:?}", judge(&ready));
    let suspended = with(ready, "/status/jobStatus/state", json!("SUSPENDED"));
    assert!(reason(judge(&suspended)).contains("JobManager is not gone"));
}

#[test]
fn a_suspended_job_of_release_1_0_is_told_from_one_that_ended_by_its_times_and_its_place() {
    let trigger = "/status/jobStatus/savepointInfo/lastSavepoint/triggerType";
    let job = with(stable(), trigger, json!(REMOVED));
    assert_eq!(location(&judge(&job)), Some("file:/sp/savepoint-1"));
    let place = "/status/jobStatus/savepointInfo/lastSavepoint/location";
    let ended = with(job.clone(), place, json!("s3://lake/chk/00/chk-17/_metadata"));
    assert!(reason(judge(&ended)).contains("is a checkpoint"));
    let older = with(job, "/status/jobStatus/updateTime", json!("1651573231000"));
    assert!(reason(judge(&older)).contains("before jobStatus.updateTime"));
}

#[test]
fn a_path_of_which_nothing_says_when_is_trusted_unless_a_time_is_asked_for() {
    let job = with(later(), "/status/jobStatus/savepointInfo", json!({}));
    let StateTrust::Trusted { taken: None, why, .. } = judge(&job) else {
        panic!("{:?}", judge(&job))
    };
    assert!(why.ends_with("the dump does not say when it was taken"), "{why}");
    let asked = Judge { taken_after: Moment::parse("2022-05-01T00:00:00Z"), ..Judge::default() };
    assert!(reason(judge_with(asked, &job, &[])).contains("nothing in the dump says whether"));
    assert!(location(&judge_with(asked, &job, &[snapshot()])).is_some());
    let older = json!({"lastSavepoint": {"location": "/sp/0", "timeStamp": 1_651_573_000_000_u64}});
    let beside = with(job.clone(), "/status/jobStatus/savepointInfo", older);
    assert!(location(&judge(&beside)).is_some(), "{:?}", judge(&beside));
    let unclear = with(job, "/status/jobStatus/updateTime", json!(REMOVED));
    assert!(reason(judge(&unclear)).contains("jobStatus.updateTime is missing"));
}

#[test]
fn a_resource_that_is_being_deleted_keeps_the_savepoint_it_was_stopped_with() {
    for object in [preview(), stable(), later()] {
        let deleted = with(object, "/metadata/deletionTimestamp", json!("2022-05-03T11:00:00Z"));
        assert!(location(&judge(&deleted)).is_some(), "{:?}", judge(&deleted));
        let running = with(deleted, "/spec/job/state", json!("running"));
        assert!(reason(judge(&running)).contains("spec.job.state is `running`"));
    }
}

#[test]
fn a_session_job_has_no_job_manager_and_is_judged_like_the_others() {
    let job = with(stable(), "/kind", json!("FlinkSessionJob"));
    let job = with(job, "/status/jobManagerDeploymentStatus", json!(REMOVED));
    assert_eq!(location(&judge(&job)), Some("file:/sp/savepoint-1"));
    let running = with(job, "/spec/job/state", json!("running"));
    assert!(reason(judge(&running)).contains("spec.job.state is `running`"));
}

#[test]
fn a_snapshot_counts_only_as_the_completed_savepoint_of_a_suspend() {
    let mut job = later();
    job["status"]["jobStatus"]["savepointInfo"] = json!({});
    let none = with(job.clone(), "/status/jobStatus/upgradeSavepointPath", json!(REMOVED));
    let dated = Judge { taken_after: Moment::parse("2022-05-01T00:00:00Z"), ..Judge::default() };
    let by = |job: &Value, snapshot: Value| judge_with(dated, job, &[snapshot]);
    for job in [&job, &none] {
        assert_eq!(location(&by(job, snapshot())), Some("file:/sp/savepoint-1"));
        for (at, value) in [
            ("/status/state", json!("FAILED")),
            ("/status/state", json!("IN_PROGRESS")),
            ("/status/state", json!(REMOVED)),
            ("/status/path", json!(REMOVED)),
            ("/status/error", json!("no")),
            ("/status/resultTimestamp", json!(REMOVED)),
            ("/status/resultTimestamp", json!("2022-05-03T10:20:29Z")),
            ("/metadata/labels", json!({"snapshot.trigger-type": "MANUAL"})),
            ("/metadata/labels", json!({"snapshot.trigger-type": "PERIODIC"})),
            ("/metadata/labels", json!(REMOVED)),
            ("/metadata/deletionTimestamp", json!("2022-05-03T11:00:00Z")),
            ("/spec/savepoint", json!(REMOVED)),
            ("/spec/checkpoint", json!({})),
        ] {
            let trust = by(job, with(snapshot(), at, value.clone()));
            assert!(location(&trust).is_none(), "{at} = {value}: {trust:?}");
        }
    }
    let elsewhere = by(&job, with(snapshot(), "/status/path", json!("/sp/2")));
    assert!(reason(elsewhere).contains("nothing in the dump says whether"));
    let disposed = by(&job, with(snapshot(), "/spec/savepoint/disposeOnDelete", json!(true)));
    assert!(matches!(disposed, StateTrust::Trusted { why, .. } if why.contains("disposeOnDelete")));
    let mut running = job.clone();
    running["spec"]["job"]["state"] = json!("running");
    assert!(reason(by(&running, snapshot())).contains("spec.job.state is `running`"));
}

#[test]
fn a_manual_savepoint_that_is_later_than_the_path_turns_it() {
    let mut job = later();
    job["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"] = json!({"location": "/sp/manual", "timeStamp": 1_651_573_299_000_u64, "triggerType": "MANUAL"});
    let trust = judge_with(Judge::default(), &job, &[snapshot()]);
    assert!(reason(trust).contains("savepointInfo knows a later savepoint"));
}

#[test]
fn a_clock_that_is_ahead_of_the_machine_is_wrong() {
    let now = |text: &str| Judge { now: Moment::parse(text), ..Judge::default() };
    let early = judge_with(now("2022-05-02T10:20:29Z"), &preview(), &[]);
    assert!(reason(early).contains("which is in the future"));
    let zones = judge_with(now("2022-05-02T23:00:00Z"), &preview(), &[]);
    assert!(location(&zones).is_some(), "{zones:?}");
}

#[test]
fn what_was_taken_before_the_time_that_is_asked_for_is_not_trusted() {
    let after = |text: &str| Judge { taken_after: Moment::parse(text), ..Judge::default() };
    for (asked, is_trusted) in [
        ("2022-05-03T10:20:30Z", true),
        ("1651573230500", true),
        ("1651573230501", false),
        ("2022-05-03T12:20:30.501+02:00", false),
    ] {
        let trust = judge_with(after(asked), &preview(), &[]);
        assert_eq!(location(&trust).is_some(), is_trusted, "{asked}: {trust:?}");
    }
}

#[test]
fn jobs_without_state_and_session_clusters_have_none_to_lose() {
    let what = |object: &Value| match judge(object) {
        StateTrust::NoState { what } => what,
        other => panic!("{other:?}"),
    };
    let mut session = preview();
    session["spec"]["job"] = json!(null);
    session["status"] = json!({"jobManagerDeploymentStatus": "READY", "reconciliationStatus": {
        "success": true, "lastReconciledSpec": {"image": "flink"}}});
    assert!(what(&session).starts_with("session cluster"));
    let mut stateless = preview();
    stateless["spec"]["job"] = json!({"state": "running", "upgradeMode": "stateless"});
    stateless["status"]["reconciliationStatus"]["lastReconciledSpec"] =
        json!({"job": {"state": "running", "upgradeMode": "stateless"}});
    assert!(what(&stateless).starts_with("stateless job"));
    stateless["status"] = json!(null);
    assert!(what(&stateless).starts_with("stateless job"));
    let blue_green = json!({"apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkBlueGreenDeployment", "metadata": {"name": "x", "namespace": "p"}});
    assert!(what(&blue_green).starts_with("FlinkBlueGreenDeployment"));
}

#[test]
fn a_mode_that_was_turned_to_stateless_does_not_make_the_state_go_away() {
    for mode in ["savepoint", "last-state", "unheard-of"] {
        let mut job = preview();
        job["spec"]["job"]["upgradeMode"] = json!("stateless");
        job["status"]["reconciliationStatus"]["lastReconciledSpec"]["job"]["upgradeMode"] =
            json!(mode);
        assert!(reason(judge(&job)).contains("spec.job.upgradeMode is `stateless`"));
        job["spec"]["job"]["upgradeMode"] = json!(mode);
        job["status"]["reconciliationStatus"]["lastReconciledSpec"]["job"]["upgradeMode"] =
            json!("stateless");
        reason(judge(&job));
    }
}

#[test]
fn a_reason_shows_no_secret_and_stays_on_its_line() {
    let hostile = "s3://KEY:SECRET@b/x\u{1b}[2J`\n::error::\u{2028}";
    let path = "/status/jobStatus/upgradeSavepointPath";
    let description = reason(judge(&with(later(), path, json!(hostile))));
    assert!(!description.contains("SECRET"), "{description}");
    let description = reason(judge(&with(stable(), "/status/error", json!(hostile.repeat(30)))));
    assert!(!description.contains("SECRET") && description.chars().count() < 300, "{description}");
}
