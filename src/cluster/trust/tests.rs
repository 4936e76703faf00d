//! Every way in which an older savepoint could take the place of the latest one.

mod particular;

use serde_json::{Value, json};

use super::super::samples::{later, list, preview, snapshot, stable};
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
    assert_each_is_distrusted(&base, &common());
    let path = "/status/jobStatus/upgradeSavepointPath";
    assert_each_is_distrusted(
        &base,
        &[
            (path, json!("KUBERNETES_OPERATOR_LAST_STATE"), "it has no savepoint of its own"),
            (
                path,
                json!("/sp/another"),
                "savepointInfo knows another savepoint, from 2022-05-03T10:2",
            ),
            (path, json!(["/sp/1"]), "`upgradeSavepointPath` has a shape"),
            (path, json!("file://sp/savepoint-1"), "savepointInfo knows another savepoint"),
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
fn the_field_with_the_path_may_spell_the_savepoint_in_another_way() {
    for path in ["/sp/savepoint-1", "file:///sp/savepoint-1/_metadata"] {
        let object = with(later(), "/status/jobStatus/upgradeSavepointPath", json!(path));
        assert_eq!(location(&judge(&object)), Some(path));
    }
}
