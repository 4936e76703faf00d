//! Every way in which an older savepoint could take the place of the latest one.

use serde_json::{Value, json};

use super::super::tests::{later, list, preview, snapshot, stable};
use super::super::{LiveResource, Moment, read_dump};
use super::{Judge, StateTrust};

fn live_resource(object: &Value) -> LiveResource {
    let mut dump = read_dump("d.json", &list(std::slice::from_ref(object))).unwrap();
    dump.resources.remove(0)
}

fn judge_with(judge: Judge, object: &Value, snapshots: &[Value]) -> StateTrust {
    let snapshots: Vec<LiveResource> = snapshots.iter().map(live_resource).collect();
    judge.judge(&live_resource(object), &snapshots.iter().collect::<Vec<_>>())
}

fn judge(object: &Value) -> StateTrust {
    judge_with(Judge::default(), object, &[])
}

fn location(trust: &StateTrust) -> Option<&str> {
    match trust {
        StateTrust::Trusted { location, .. } => Some(location),
        _ => None,
    }
}

fn reason(trust: StateTrust) -> String {
    match trust {
        StateTrust::Distrusted { reason, help } => {
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

const LOCATION: &str = "/status/jobStatus/savepointInfo/lastSavepoint/location";
const TIME: &str = "/status/jobStatus/savepointInfo/lastSavepoint/timeStamp";
const TRIGGER: &str = "/status/jobStatus/savepointInfo/lastSavepoint/triggerType";
const HISTORY: &str = "/status/jobStatus/savepointInfo/savepointHistory";
const JOB_MANAGER: &str = "/status/jobManagerDeploymentStatus";
const PATH: &str = "/status/jobStatus/upgradeSavepointPath";
const STATE: &str = "/status/jobStatus/state";
const UPDATE: &str = "/status/jobStatus/updateTime";
const START: &str = "/status/jobStatus/startTime";
const RECONCILED: &str = "/status/reconciliationStatus/state";
const SUCCESS: &str = "/status/reconciliationStatus/success";
const CREATED: &str = "/metadata/creationTimestamp";
const INFO: &str = "/status/jobStatus/savepointInfo";
const SPEC_STATE: &str = "/spec/job/state";
const SPEC_MODE: &str = "/spec/job/upgradeMode";
const REMOVED: &str = "(removed)";
const LAST: &str = "/status/reconciliationStatus/lastReconciledSpec";
const JOB: &str = "/status/jobStatus";
const SAVEPOINT: &str = "/status/jobStatus/savepointInfo/lastSavepoint";

/// Each change alone must turn the trust, with these words.
fn assert_each_is_distrusted(base: &Value, changes: &[(&str, Value, &str)]) {
    assert_eq!(location(&judge(base)), Some("file:/sp/savepoint-1"), "{:?}", judge(base));
    for (at, value, expected) in changes {
        let description = reason(judge(&with(base.clone(), at, value.clone())));
        assert!(description.contains(expected), "{at} = {value}: {description}");
    }
}

#[test]
fn the_savepoint_of_a_suspend_is_trusted_in_every_release() {
    for object in [preview(), stable(), later()] {
        let StateTrust::Trusted { location, taken, why } = judge(&object) else {
            panic!("{:?}", judge(&object));
        };
        assert_eq!(location, "file:/sp/savepoint-1");
        assert_eq!(taken, Moment::parse("1651573230500"));
        assert!(why.starts_with("suspended with it in spec and status"), "{why}");
    }
}

/// What every release has in common.
fn common() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (SPEC_STATE, json!("running"), "spec.job.state is `running`"),
        (SPEC_STATE, json!(REMOVED), "spec.job.state is missing"),
        (SPEC_STATE, json!("SUSPENDED"), "spec.job.state is `SUSPENDED`"),
        (SPEC_STATE, json!(["suspended"]), "`state` has a shape"),
        (SPEC_MODE, json!("last-state"), "spec.job.upgradeMode is `last-state`, not"),
        (SPEC_MODE, json!("stateless"), "spec.job.upgradeMode is `stateless`, not"),
        (SPEC_MODE, json!(REMOVED), "spec.job.upgradeMode is missing"),
        ("/spec/job", json!(REMOVED), "spec.job is missing, and it is not a session cluster"),
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
        (LAST, json!("{\"job\":{},\"job\":{}}"), "duplicate key `job`"),
        (LAST, json!("{\"job\":{},\"spec\":{\"job\":{}}}"), "`job` in it has an unexpected shape"),
        (LAST, json!("{\"job\":{\"state\":1}}"), "`state` in it has an unexpected shape"),
        (LAST, json!("{\"job\":{\"state\":\"running\"}}"), "has not suspended it yet"),
        (LAST, json!(7), "`lastReconciledSpec` has a shape"),
        (JOB, json!(REMOVED), "jobStatus.state is missing"),
        (STATE, json!("RUNNING"), "jobStatus.state is `RUNNING`"),
        (STATE, json!("FAILED"), "jobStatus.state is `FAILED`"),
        (STATE, json!("CANCELED"), "jobStatus.state is `CANCELED`"),
        (STATE, json!("RECONCILING"), "jobStatus.state is `RECONCILING`"),
        (STATE, json!(REMOVED), "jobStatus.state is missing"),
        (JOB_MANAGER, json!("DEPLOYING"), "JobManager is not gone"),
        (JOB_MANAGER, json!("ERROR"), "jobManagerDeploymentStatus is `ERROR`"),
        (JOB_MANAGER, json!(REMOVED), "jobManagerDeploymentStatus is missing"),
        ("/status/jobStatus/savepointInfo/triggerId", json!("a1"), "being taken (triggerId `a1`)"),
        ("/status/jobStatus/savepointInfo/triggerTimestamp", json!(1), "without a triggerId"),
        ("/status/jobStatus/savepointInfo/triggerTimestamp", json!("x"), "without a triggerId"),
        ("/metadata/namespace", json!(REMOVED), "metadata.namespace is missing"),
        (CREATED, json!("2022-05-03T10:20:31Z"), "before creationTimestamp"),
        (CREATED, json!("yesterday"), "creationTimestamp is `yesterday`"),
        (UPDATE, json!("1651573230501"), "before jobStatus.updateTime"),
        (UPDATE, json!("2022-05-03T10:20:30.501Z"), "before jobStatus.upd"),
        (UPDATE, json!("1651573230"), "updateTime is `1651573230`, which is no"),
        (UPDATE, json!("0"), "jobStatus.updateTime is `0`, which is not a time"),
        (UPDATE, json!("-1"), "jobStatus.updateTime is `-1`, which is no"),
        (UPDATE, json!(""), "jobStatus.updateTime is ``, which is not a time"),
        (UPDATE, json!(REMOVED), "jobStatus.updateTime is missing"),
        (START, json!("1651573230501"), "before jobStatus.startTime"),
        (START, json!("soon"), "jobStatus.startTime is `soon`, which is no"),
        ("/apiVersion", json!("flink.apache.org/v2"), "no release of the operator has the version"),
        ("/metadata/finalizers", json!("x"), "`finalizers` has a shape"),
        ("/metadata/labels", json!(["a"]), "`labels` has a shape"),
    ]
}

/// What holds where `lastSavepoint` names the savepoint.
fn of_last_savepoint() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (INFO, json!(REMOVED), "status names no savepoint"),
        (SAVEPOINT, json!(REMOVED), "status names no savepoint"),
        (SAVEPOINT, json!("/sp/1"), "`lastSavepoint` has a shape"),
        (LOCATION, json!(REMOVED), "location is missing"),
        (LOCATION, json!(""), "location is empty"),
        (LOCATION, json!("sp/1"), "is relative"),
        (LOCATION, json!("S3://b/1"), "upper case"),
        (LOCATION, json!("/a\nb"), "control character"),
        (LOCATION, json!("s3://b/j/chk-7"), "a checkpoint"),
        (LOCATION, json!({}), "`location` has a shape"),
        (TIME, json!(REMOVED), "timeStamp is missing"),
        (TIME, json!(0), "timeStamp is `0`, which"),
        (TIME, json!(-5), "timeStamp is `-5`, which"),
        (TIME, json!(1_651_573_230), "is not a time"),
        (TIME, json!(1_651_573_229_999_u64), "before jobS"),
        (TIME, json!(1.5e300), "is not a time"),
    ]
}

#[test]
fn one_condition_that_does_not_hold_at_v1alpha1_is_enough() {
    let base = preview();
    assert_each_is_distrusted(&base, &common());
    assert_each_is_distrusted(&base, &of_last_savepoint());
    let in_last = |key: &str, value: &str| {
        let mut last = base.pointer(LAST).unwrap().clone();
        last["job"][key] = json!(value);
        (LAST, last)
    };
    let (at, running) = in_last("state", "running");
    let (_, last_state) = in_last("upgradeMode", "last-state");
    let (_, initial) = in_last("initialSavepointPath", "/sp/savepoint-1/_metadata");
    assert_each_is_distrusted(
        &base,
        &[
            (at, running, "lastReconciledSpec.job.state is `running`: the operator has not"),
            (at, last_state, "lastReconciledSpec.job.upgradeMode is `last-state`: it was not"),
            (at, initial, "is the initialSavepointPath that the job started from"),
            (at, json!({"job": null}), "lastReconciledSpec has no job"),
            (LAST, stable().pointer(LAST).unwrap().clone(), "lastReconciledSpec as text, which no"),
            (STATE, json!("FINISHED"), "jobStatus.state is `FINISHED`"),
            (JOB_MANAGER, json!("READY"), "JobManager is not gone"),
            (SUCCESS, json!(false), "success is false"),
            (SUCCESS, json!(REMOVED), "success is missing"),
            (SUCCESS, json!("true"), "`success` has a shape"),
            ("/status/reconciliationStatus/error", json!("no"), "error is `no`"),
            (RECONCILED, json!("DEPLOYED"), "which no release writes at v1a"),
            (
                "/status/lifecycleState",
                json!("SUSPENDED"),
                "lifecycleState, which no release writes",
            ),
            ("/status/error", json!("x"), "error, which no release writes at v1alpha1"),
            (PATH, json!("/sp/9"), "which no release writes at"),
            ("/kind", json!("FlinkSessionJob"), "no release had a FlinkSessionJob at v1alpha1"),
            (
                "/apiVersion",
                json!("flink.apache.org/v1beta1"),
                "which no release writes at v1beta1",
            ),
            (TRIGGER, json!("MANUAL"), "MANUAL"),
        ],
    );
}

#[test]
fn one_condition_that_does_not_hold_at_v1beta1_is_enough() {
    let base = stable();
    assert_each_is_distrusted(&base, &common());
    assert_each_is_distrusted(&base, &of_last_savepoint());
    let last = |job: &str| json!(format!("{{\"job\":{{{job}}},\"apiVersion\":\"v1beta1\"}}"));
    let suspended = "\"state\":\"suspended\",\"upgradeMode\":";
    let history = json!([{"location": "/sp/2", "timeStamp": 1_651_573_230_501_u64}]);
    assert_each_is_distrusted(
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
                "is the initialSavepointPath that the job started from",
            ),
            (
                LAST,
                json!({"job": {"state": "suspended", "upgradeMode": "savepoint"}}),
                "as an object",
            ),
            (RECONCILED, json!("UPGRADING"), "is `UPGRADING`, not"),
            (RECONCILED, json!("ROLLED_BACK"), "is `ROLLED_BACK`, not"),
            (RECONCILED, json!(REMOVED), "reconciliationStatus.state is mis"),
            (SUCCESS, json!(true), "which no release writes at v1beta1"),
            ("/status/error", json!("it\nfailed"), "error is `it\\nfailed`"),
            ("/status/lifecycleState", json!("FAILED"), "lifecycleState is `FAILED`"),
            (HISTORY, history, "has a later savepoint"),
            (TRIGGER, json!("MANUAL"), "not taken to"),
            (TRIGGER, json!("PERIODIC"), "PERIODIC"),
            (TRIGGER, json!("UNKNOWN"), "UNKNOWN"),
            ("/apiVersion", json!("flink.apache.org/v1alpha1"), "no release writes at v1alpha1"),
        ],
    );
}

#[test]
fn one_condition_that_does_not_hold_where_the_path_has_a_field_is_enough() {
    let base = later();
    assert_each_is_distrusted(&base, &common());
    assert_each_is_distrusted(
        &base,
        &[
            (PATH, json!("KUBERNETES_OPERATOR_LAST_STATE"), "it has no savepoint of its own"),
            (PATH, json!("/sp/another"), "another savepoint, from 2022-05-03T10:2"),
            (PATH, json!(["/sp/1"]), "`upgradeSavepointPath` has a shape"),
            (PATH, json!("file://sp/savepoint-1"), "savepointInfo has another savepoint"),
            (TRIGGER, json!("MANUAL"), "not taken to"),
            (TRIGGER, json!(REMOVED), "is missing"),
            (TIME, json!(REMOVED), "timeStamp is mis"),
            ("/status/lifecycleState", json!("STABLE"), "lifecycleState is `STABLE`"),
        ],
    );
}

#[test]
fn the_field_with_the_path_may_spell_the_savepoint_in_another_way() {
    for path in ["/sp/savepoint-1", "file:///sp/savepoint-1/_metadata"] {
        let object = with(later(), PATH, json!(path));
        assert_eq!(location(&judge(&object)), Some(path));
    }
}

#[test]
fn a_savepoint_without_a_type_counts_only_where_no_later_operator_shows() {
    let untyped = with(stable(), TRIGGER, json!(REMOVED));
    assert_eq!(location(&judge(&untyped)), Some("file:/sp/savepoint-1"));
    let last = later().pointer(LAST).unwrap().clone();
    for (at, value) in [(LAST, last), ("/status/lifecycleState", json!("SUSPENDED"))] {
        let trust = judge(&with(untyped.clone(), at, value));
        assert!(reason(trust).contains("triggerType is missing, and the op"), "{at}");
    }
}

#[test]
fn a_job_that_has_ended_is_not_told_to_be_suspended() {
    for state in ["FINISHED", "FAILED", "CANCELED"] {
        let running = with(with(preview(), SPEC_STATE, json!("running")), STATE, json!(state));
        for object in [running, with(preview(), STATE, json!(state))] {
            let StateTrust::Distrusted { help, .. } = judge(&object) else { panic!("{object}") };
            assert!(help.contains("fresh") && help.contains("--answers"), "{help}");
        }
    }
}

#[test]
fn a_job_manager_that_stays_up_with_a_finished_job_is_no_reason() {
    let ready = with(stable(), JOB_MANAGER, json!("READY"));
    assert!(location(&judge(&ready)).is_some(), "{:?}", judge(&ready));
    let suspended = with(ready, STATE, json!("SUSPENDED"));
    assert!(reason(judge(&suspended)).contains("JobManager is not gone"));
}

#[test]
fn a_snapshot_counts_only_as_the_completed_savepoint_of_a_suspend() {
    let mut job = later();
    job["status"]["jobStatus"]["savepointInfo"] = json!({});
    let none = with(job.clone(), PATH, json!(REMOVED));
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
    assert!(reason(elsewhere).contains("the dump does not say whether"));
    let disposed = by(&job, with(snapshot(), "/spec/savepoint/disposeOnDelete", json!(true)));
    assert!(matches!(disposed, StateTrust::Trusted { why, .. } if why.contains("disposeOnDelete")));
    let mut running = job.clone();
    running["spec"]["job"]["state"] = json!("running");
    assert!(reason(by(&running, snapshot())).contains("spec.job.state is `running`"));
}

#[test]
fn a_manual_savepoint_that_is_later_than_the_path_turns_it() {
    let at = LOCATION.strip_suffix("/location").unwrap();
    let job = with(
        later(),
        at,
        json!({"location": "/sp/manual", "timeStamp": 1_651_573_299_000_u64, "triggerType": "MANUAL"}),
    );
    let trust = judge_with(Judge::default(), &job, &[snapshot()]);
    assert!(reason(trust).contains("savepointInfo has a later savepoint"));
}

#[test]
fn a_clock_that_is_ahead_of_the_machine_is_wrong() {
    let now = |text: &str| Judge { now: Moment::parse(text), ..Judge::default() };
    let trust = |time: &str| judge_with(now(time), &preview(), &[]);
    assert!(reason(trust("2022-05-02T10:20:29Z")).contains("which is in the future"));
    assert!(location(&trust("2022-05-02T23:00:00Z")).is_some());
}

#[test]
fn a_mode_that_was_turned_to_stateless_does_not_make_the_state_go_away() {
    for mode in ["savepoint", "last-state", "unheard-of"] {
        let job = with(preview(), "/spec/job/upgradeMode", json!("stateless"));
        let job = with(job, &format!("{LAST}/job/upgradeMode"), json!(mode));
        assert!(reason(judge(&job)).contains("spec.job.upgradeMode is `stateless`"));
        let job = with(preview(), "/spec/job/upgradeMode", json!(mode));
        reason(judge(&with(job, &format!("{LAST}/job/upgradeMode"), json!("stateless"))));
    }
}

#[test]
fn a_reason_shows_no_secret_and_stays_on_its_line() {
    let hostile = "s3://KEY:SECRET@b/x\u{1b}[2J`\n::error::\u{2028}";
    let description = reason(judge(&with(later(), PATH, json!(hostile))));
    assert!(!description.contains("SECRET"), "{description}");
    let description = reason(judge(&with(stable(), "/status/error", json!(hostile.repeat(30)))));
    assert!(!description.contains("SECRET") && description.chars().count() < 300, "{description}");
}
