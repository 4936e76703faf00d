//! Every way in which an older savepoint could take the place of the latest one.

use serde_json::{Value, json};

use super::super::samples::{later, list, preview, snapshot, stable};
use super::super::{Moment, Observed, read_dump};
use super::{Judge, Verdict};

fn observed(object: &Value) -> Observed {
    let mut dump = read_dump("d.json", &list(std::slice::from_ref(object))).unwrap();
    dump.resources.remove(0)
}

fn judged_with(judge: Judge, object: &Value, snapshots: &[Value]) -> Verdict {
    let snapshots: Vec<Observed> = snapshots.iter().map(observed).collect();
    judge.judge(&observed(object), &snapshots.iter().collect::<Vec<_>>())
}

fn judged(object: &Value) -> Verdict {
    judged_with(Judge::default(), object, &[])
}

fn location(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Trusted { location, .. } => Some(location),
        _ => None,
    }
}

fn reason(verdict: Verdict) -> String {
    match verdict {
        Verdict::Distrusted { reason, help } => {
            let is_one_line =
                !reason.contains(char::is_control) && !help.contains(char::is_control);
            assert!(is_one_line && !reason.ends_with('.'), "{reason}");
            reason
        }
        other => panic!("{other:?}"),
    }
}

/// The object with this value at the place, which a JSON pointer names. `REMOVED` takes it away.
fn with(mut object: Value, at: &str, value: Value) -> Value {
    let (parent, key) = at.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap_or_else(|| panic!("{at}"));
    if value == json!(REMOVED) {
        parent.as_object_mut().unwrap().remove(key);
    } else {
        parent[key] = value;
    }
    object
}

const REMOVED: &str = "(removed)";
const LAST: &str = "/status/reconciliationStatus/lastReconciledSpec";
const JOB: &str = "/status/jobStatus";
const SAVEPOINT: &str = "/status/jobStatus/savepointInfo/lastSavepoint";

/// Each change alone must turn the verdict, with these words.
fn each_turns_it(base: &Value, changes: &[(&str, Value, &str)]) {
    assert_eq!(location(&judged(base)), Some("file:/sp/savepoint-1"), "{:?}", judged(base));
    for (at, value, words) in changes {
        let said = reason(judged(&with(base.clone(), at, value.clone())));
        assert!(said.contains(words), "{at} = {value}: {said}");
    }
}

#[test]
fn the_savepoint_of_a_suspend_is_trusted_in_every_release() {
    for object in [preview(), stable(), later()] {
        let Verdict::Trusted { location, taken, why } = judged(&object) else {
            panic!("{:?}", judged(&object));
        };
        assert_eq!(location, "file:/sp/savepoint-1");
        assert_eq!(taken.map(Moment::millis), Some(1_651_573_230_500));
        assert!(why.starts_with("suspended with it in spec and status"), "{why}");
    }
}

/// What every release has in common.
fn common() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/spec/job/state", json!("running"), "spec.job.state is `running`"),
        ("/spec/job/state", json!(REMOVED), "spec.job.state is missing"),
        ("/spec/job/state", json!("SUSPENDED"), "spec.job.state is `SUSPENDED`"),
        ("/spec/job/state", json!(["suspended"]), "`state` has a shape"),
        ("/spec/job/upgradeMode", json!("last-state"), "spec.job.upgradeMode is `last-state`, not"),
        ("/spec/job/upgradeMode", json!("stateless"), "spec.job.upgradeMode is `stateless`, not"),
        ("/spec/job/upgradeMode", json!(REMOVED), "spec.job.upgradeMode is missing"),
        ("/spec/job", json!(REMOVED), "spec.job is missing, and it is no session cluster"),
        ("/status", json!(REMOVED), "status is missing"),
        ("/status", json!({}), "status is missing"),
        ("/status/reconciliationStatus", json!(REMOVED), "lastReconciledSpec is missing"),
        (LAST, json!(REMOVED), "lastReconciledSpec is missing"),
        (LAST, json!(null), "lastReconciledSpec is missing"),
        (LAST, json!("{not json"), "lastReconciledSpec cannot be read: it is not JSON"),
        (LAST, json!(""), "lastReconciledSpec cannot be read"),
        (LAST, json!("null"), "lastReconciledSpec cannot be read"),
        (LAST, json!("[]"), "lastReconciledSpec cannot be read"),
        (LAST, json!("{} {}"), "lastReconciledSpec cannot be read"),
        (LAST, json!("{}"), "lastReconciledSpec has no job"),
        (LAST, json!("{\"job\":{},\"job\":{}}"), "the key `job` stands twice"),
        (LAST, json!("{\"job\":{},\"spec\":{\"job\":{}}}"), "`job` in it has another shape"),
        (LAST, json!("{\"job\":{\"state\":1}}"), "`state` in it has another shape"),
        (LAST, json!("{\"job\":{\"state\":\"running\"}}"), "has not suspended it yet"),
        (LAST, json!(7), "`lastReconciledSpec` has a shape"),
        (JOB, json!(REMOVED), "jobStatus.state is missing"),
        ("/status/jobStatus/state", json!("RUNNING"), "jobStatus.state is `RUNNING`"),
        ("/status/jobStatus/state", json!("FAILED"), "jobStatus.state is `FAILED`"),
        ("/status/jobStatus/state", json!("CANCELED"), "jobStatus.state is `CANCELED`"),
        ("/status/jobStatus/state", json!("RECONCILING"), "jobStatus.state is `RECONCILING`"),
        ("/status/jobStatus/state", json!(REMOVED), "jobStatus.state is missing"),
        ("/status/jobManagerDeploymentStatus", json!("DEPLOYING"), "JobManager is not gone"),
        (
            "/status/jobManagerDeploymentStatus",
            json!("ERROR"),
            "jobManagerDeploymentStatus is `ERROR`",
        ),
        (
            "/status/jobManagerDeploymentStatus",
            json!(REMOVED),
            "jobManagerDeploymentStatus is missing",
        ),
        ("/status/jobStatus/savepointInfo/triggerId", json!("a1"), "being taken (triggerId `a1`)"),
        ("/status/jobStatus/savepointInfo/triggerTimestamp", json!(1), "without a triggerId"),
        ("/status/jobStatus/savepointInfo/triggerTimestamp", json!("x"), "without a triggerId"),
        ("/metadata/namespace", json!(REMOVED), "metadata.namespace is missing"),
        ("/metadata/creationTimestamp", json!("2022-05-03T10:20:31Z"), "before creationTimestamp"),
        ("/metadata/creationTimestamp", json!("yesterday"), "creationTimestamp is `yesterday`"),
        ("/status/jobStatus/updateTime", json!("1651573230501"), "before jobStatus.updateTime"),
        ("/status/jobStatus/updateTime", json!("2022-05-03T10:20:30.501Z"), "before jobStatus.upd"),
        (
            "/status/jobStatus/updateTime",
            json!("1651573230"),
            "updateTime is `1651573230`, which is no",
        ),
        (
            "/status/jobStatus/updateTime",
            json!("0"),
            "jobStatus.updateTime is `0`, which is no time",
        ),
        ("/status/jobStatus/updateTime", json!("-1"), "jobStatus.updateTime is `-1`, which is no"),
        ("/status/jobStatus/updateTime", json!(""), "jobStatus.updateTime is ``, which is no time"),
        ("/status/jobStatus/updateTime", json!(REMOVED), "jobStatus.updateTime is missing"),
        ("/status/jobStatus/startTime", json!("1651573230501"), "before jobStatus.startTime"),
        (
            "/status/jobStatus/startTime",
            json!("soon"),
            "jobStatus.startTime is `soon`, which is no",
        ),
        ("/apiVersion", json!("flink.apache.org/v2"), "no release of the operator has the version"),
        ("/metadata/finalizers", json!("x"), "`finalizers` has a shape"),
        ("/metadata/labels", json!(["a"]), "`labels` has a shape"),
    ]
}

/// What holds where `lastSavepoint` names the savepoint.
fn of_last_savepoint() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/status/jobStatus/savepointInfo", json!(REMOVED), "status names no savepoint"),
        (SAVEPOINT, json!(REMOVED), "status names no savepoint"),
        (SAVEPOINT, json!("/sp/1"), "`lastSavepoint` has a shape"),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/location",
            json!(REMOVED),
            "location is missing",
        ),
        ("/status/jobStatus/savepointInfo/lastSavepoint/location", json!(""), "location is empty"),
        ("/status/jobStatus/savepointInfo/lastSavepoint/location", json!("sp/1"), "is relative"),
        ("/status/jobStatus/savepointInfo/lastSavepoint/location", json!("S3://b/1"), "upper case"),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/location",
            json!("/a\nb"),
            "control character",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/location",
            json!("s3://b/j/chk-7"),
            "a checkpoint",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/location",
            json!({}),
            "`location` has a shape",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp",
            json!(REMOVED),
            "timeStamp is missing",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp",
            json!(0),
            "timeStamp is `0`, which",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp",
            json!(-5),
            "timeStamp is `-5`, which",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp",
            json!(1_651_573_230),
            "is no time",
        ),
        (
            "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp",
            json!(1_651_573_229_999_u64),
            "before jobS",
        ),
        ("/status/jobStatus/savepointInfo/lastSavepoint/timeStamp", json!(1.5e300), "is no time"),
    ]
}

#[test]
fn one_condition_that_does_not_hold_at_v1alpha1_is_enough() {
    let base = preview();
    each_turns_it(&base, &common());
    each_turns_it(&base, &of_last_savepoint());
    let in_last = |key: &str, value: &str| {
        let mut last = base.pointer(LAST).unwrap().clone();
        last["job"][key] = json!(value);
        (LAST, last)
    };
    let (at, running) = in_last("state", "running");
    let (_, last_state) = in_last("upgradeMode", "last-state");
    let (_, initial) = in_last("initialSavepointPath", "/sp/savepoint-1/_metadata");
    each_turns_it(
        &base,
        &[
            (at, running, "lastReconciledSpec.job.state is `running`: the operator has not"),
            (at, last_state, "lastReconciledSpec.job.upgradeMode is `last-state`: it was not"),
            (at, initial, "is the initialSavepointPath that the job began from"),
            (at, json!({"job": null}), "lastReconciledSpec has no job"),
            (LAST, stable().pointer(LAST).unwrap().clone(), "lastReconciledSpec as text, which no"),
            ("/status/jobStatus/state", json!("FINISHED"), "jobStatus.state is `FINISHED`"),
            ("/status/jobManagerDeploymentStatus", json!("READY"), "JobManager is not gone"),
            ("/status/reconciliationStatus/success", json!(false), "success is false"),
            ("/status/reconciliationStatus/success", json!(REMOVED), "success is missing"),
            ("/status/reconciliationStatus/success", json!("true"), "`success` has a shape"),
            ("/status/reconciliationStatus/error", json!("no"), "error is `no`"),
            (
                "/status/reconciliationStatus/state",
                json!("DEPLOYED"),
                "which no release writes at v1a",
            ),
            (
                "/status/lifecycleState",
                json!("SUSPENDED"),
                "lifecycleState, which no release writes",
            ),
            ("/status/error", json!("x"), "error, which no release writes at v1alpha1"),
            (
                "/status/jobStatus/upgradeSavepointPath",
                json!("/sp/9"),
                "which no release writes at",
            ),
            ("/kind", json!("FlinkSessionJob"), "no release had a FlinkSessionJob at v1alpha1"),
            (
                "/apiVersion",
                json!("flink.apache.org/v1beta1"),
                "which no release writes at v1beta1",
            ),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/triggerType",
                json!("MANUAL"),
                "MANUAL",
            ),
        ],
    );
}

#[test]
fn one_condition_that_does_not_hold_at_v1beta1_is_enough() {
    let base = stable();
    each_turns_it(&base, &common());
    each_turns_it(&base, &of_last_savepoint());
    let last = |job: &str| json!(format!("{{\"job\":{{{job}}},\"apiVersion\":\"v1beta1\"}}"));
    let suspended = "\"state\":\"suspended\",\"upgradeMode\":";
    let history = json!([{"location": "/sp/2", "timeStamp": 1_651_573_230_501_u64}]);
    each_turns_it(
        &base,
        &[
            (LAST, last(&format!("{suspended}\"last-state\"")), "upgradeMode is `last-state`"),
            (LAST, last(&format!("{suspended}\"stateless\"")), "upgradeMode is `stateless`"),
            (
                LAST,
                last("\"state\":\"suspended\""),
                "lastReconciledSpec.job.upgradeMode is missing",
            ),
            (
                LAST,
                last(&format!(
                    "{suspended}\"savepoint\",\"initialSavepointPath\":\"file:///sp/savepoint-1\""
                )),
                "is the initialSavepointPath that the job began from",
            ),
            (
                LAST,
                json!({"job": {"state": "suspended", "upgradeMode": "savepoint"}}),
                "as an object",
            ),
            ("/status/reconciliationStatus/state", json!("UPGRADING"), "is `UPGRADING`, not"),
            ("/status/reconciliationStatus/state", json!("ROLLED_BACK"), "is `ROLLED_BACK`, not"),
            (
                "/status/reconciliationStatus/state",
                json!(REMOVED),
                "reconciliationStatus.state is mis",
            ),
            (
                "/status/reconciliationStatus/success",
                json!(true),
                "which no release writes at v1beta1",
            ),
            ("/status/error", json!("it\nfailed"), "error is `it\\nfailed`"),
            ("/status/lifecycleState", json!("FAILED"), "lifecycleState is `FAILED`"),
            (
                "/status/jobStatus/savepointInfo/savepointHistory",
                history,
                "knows a later savepoint",
            ),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/triggerType",
                json!("MANUAL"),
                "not taken to",
            ),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/triggerType",
                json!("PERIODIC"),
                "PERIODIC",
            ),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/triggerType",
                json!("UNKNOWN"),
                "UNKNOWN",
            ),
            (
                "/apiVersion",
                json!("flink.apache.org/v1alpha1"),
                "which no release writes at v1alpha1",
            ),
        ],
    );
}

#[test]
fn one_condition_that_does_not_hold_where_the_path_has_a_field_is_enough() {
    let base = later();
    each_turns_it(&base, &common());
    let path = "/status/jobStatus/upgradeSavepointPath";
    each_turns_it(
        &base,
        &[
            (path, json!("KUBERNETES_OPERATOR_LAST_STATE"), "it has no savepoint of its own"),
            (
                path,
                json!("/sp/another"),
                "savepointInfo knows another savepoint, from 2022-05-03T10:2",
            ),
            (path, json!(["/sp/1"]), "`upgradeSavepointPath` has a shape"),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/triggerType",
                json!("MANUAL"),
                "not taken to",
            ),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/triggerType",
                json!(REMOVED),
                "is missing",
            ),
            (
                "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp",
                json!(REMOVED),
                "timeStamp is mis",
            ),
            ("/status/lifecycleState", json!("STABLE"), "lifecycleState is `STABLE`"),
        ],
    );
}

#[test]
fn a_job_manager_that_stays_up_with_a_finished_job_is_no_reason() {
    let ready = with(stable(), "/status/jobManagerDeploymentStatus", json!("READY"));
    assert!(location(&judged(&ready)).is_some(), "{:?}", judged(&ready));
    let odd = with(ready, "/status/jobStatus/state", json!("SUSPENDED"));
    assert!(reason(judged(&odd)).contains("JobManager is not gone"));
}

#[test]
fn a_suspended_job_of_release_1_0_is_told_from_one_that_ended_by_its_times_and_its_place() {
    let trigger = "/status/jobStatus/savepointInfo/lastSavepoint/triggerType";
    let job = with(stable(), trigger, json!(REMOVED));
    assert_eq!(location(&judged(&job)), Some("file:/sp/savepoint-1"));
    let place = "/status/jobStatus/savepointInfo/lastSavepoint/location";
    let ended = with(job.clone(), place, json!("s3://lake/chk/00/chk-17/_metadata"));
    assert!(reason(judged(&ended)).contains("is a checkpoint"));
    let older = with(job, "/status/jobStatus/updateTime", json!("1651573231000"));
    assert!(reason(judged(&older)).contains("before jobStatus.updateTime"));
}

#[test]
fn a_path_of_which_nothing_says_when_is_trusted_unless_a_time_is_asked_for() {
    let job = with(later(), "/status/jobStatus/savepointInfo", json!({}));
    let Verdict::Trusted { taken: None, why, .. } = judged(&job) else {
        panic!("{:?}", judged(&job))
    };
    assert!(why.ends_with("the dump does not say when it was taken"), "{why}");
    let asked = Judge { taken_after: Moment::parse("2022-05-01T00:00:00Z"), ..Judge::default() };
    assert!(reason(judged_with(asked, &job, &[])).contains("nothing in the dump says whether"));
    assert!(location(&judged_with(asked, &job, &[snapshot()])).is_some());
    let older = json!({"lastSavepoint": {"location": "/sp/0", "timeStamp": 1_651_573_000_000_u64}});
    let beside = with(job.clone(), "/status/jobStatus/savepointInfo", older);
    assert!(location(&judged(&beside)).is_some(), "{:?}", judged(&beside));
    let unclear = with(job, "/status/jobStatus/updateTime", json!(REMOVED));
    assert!(reason(judged(&unclear)).contains("jobStatus.updateTime is missing"));
}

#[test]
fn a_resource_that_is_being_deleted_keeps_the_savepoint_it_was_stopped_with() {
    for object in [preview(), stable(), later()] {
        let deleted = with(object, "/metadata/deletionTimestamp", json!("2022-05-03T11:00:00Z"));
        assert!(location(&judged(&deleted)).is_some(), "{:?}", judged(&deleted));
        let running = with(deleted, "/spec/job/state", json!("running"));
        assert!(reason(judged(&running)).contains("spec.job.state is `running`"));
    }
}

#[test]
fn a_session_job_has_no_job_manager_and_is_judged_like_the_others() {
    let job = with(stable(), "/kind", json!("FlinkSessionJob"));
    let job = with(job, "/status/jobManagerDeploymentStatus", json!(REMOVED));
    assert_eq!(location(&judged(&job)), Some("file:/sp/savepoint-1"));
    let running = with(job, "/spec/job/state", json!("running"));
    assert!(reason(judged(&running)).contains("spec.job.state is `running`"));
}

#[test]
fn a_snapshot_counts_only_as_the_completed_savepoint_of_a_suspend() {
    let mut job = later();
    job["status"]["jobStatus"]["savepointInfo"] = json!({});
    let none = with(job.clone(), "/status/jobStatus/upgradeSavepointPath", json!(REMOVED));
    let dated = Judge { taken_after: Moment::parse("2022-05-01T00:00:00Z"), ..Judge::default() };
    let by = |job: &Value, snapshot: Value| judged_with(dated, job, &[snapshot]);
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
            let verdict = by(job, with(snapshot(), at, value.clone()));
            assert!(location(&verdict).is_none(), "{at} = {value}: {verdict:?}");
        }
    }
    let elsewhere = by(&job, with(snapshot(), "/status/path", json!("/sp/2")));
    assert!(reason(elsewhere).contains("nothing in the dump says whether"));
    let disposed = by(&job, with(snapshot(), "/spec/savepoint/disposeOnDelete", json!(true)));
    assert!(matches!(disposed, Verdict::Trusted { why, .. } if why.contains("disposeOnDelete")));
    let mut running = job.clone();
    running["spec"]["job"]["state"] = json!("running");
    assert!(reason(by(&running, snapshot())).contains("spec.job.state is `running`"));
}

#[test]
fn a_manual_savepoint_that_is_later_than_the_path_turns_it() {
    let mut job = later();
    job["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"] = json!({"location": "/sp/manual", "timeStamp": 1_651_573_299_000_u64, "triggerType": "MANUAL"});
    let verdict = judged_with(Judge::default(), &job, &[snapshot()]);
    assert!(reason(verdict).contains("savepointInfo knows a later savepoint"));
}

#[test]
fn a_clock_that_is_ahead_of_the_machine_is_wrong() {
    let now = |text: &str| Judge { now: Moment::parse(text), ..Judge::default() };
    let early = judged_with(now("2022-05-02T10:20:29Z"), &preview(), &[]);
    assert!(reason(early).contains("which is in the future"));
    let zones = judged_with(now("2022-05-02T23:00:00Z"), &preview(), &[]);
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
        let verdict = judged_with(after(asked), &preview(), &[]);
        assert_eq!(location(&verdict).is_some(), is_trusted, "{asked}: {verdict:?}");
    }
}

#[test]
fn jobs_without_state_and_session_clusters_have_none_to_lose() {
    let what = |object: &Value| match judged(object) {
        Verdict::NoState { what } => what,
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
        assert!(reason(judged(&job)).contains("spec.job.upgradeMode is `stateless`"));
        job["spec"]["job"]["upgradeMode"] = json!(mode);
        job["status"]["reconciliationStatus"]["lastReconciledSpec"]["job"]["upgradeMode"] =
            json!("stateless");
        reason(judged(&job));
    }
}

#[test]
fn a_reason_shows_no_secret_and_stays_on_its_line() {
    let hostile = "s3://KEY:SECRET@b/x\u{1b}[2J`\n::error::\u{2028}";
    let path = "/status/jobStatus/upgradeSavepointPath";
    let said = reason(judged(&with(later(), path, json!(hostile))));
    assert!(!said.contains("SECRET"), "{said}");
    let said = reason(judged(&with(stable(), "/status/error", json!(hostile.repeat(30)))));
    assert!(!said.contains("SECRET") && said.chars().count() < 300, "{said}");
}
