//! What kubectl prints of a job.

use serde_json::{Value, json};

use super::{JobSpec, Live};

impl Live {
    /// True if it was stopped as the runbook says, left alone since, and the status names its savepoint.
    pub(crate) fn shows_its_latest(&self) -> bool {
        let is_asked_to_stay = self.spec.is_suspended && self.spec.mode == "savepoint";
        let status = self.resource()["status"].to_string();
        is_asked_to_stay
            && self.latest.as_ref().is_some_and(|latest| status.contains(latest.as_str()))
    }

    /// The resource as kubectl prints it.
    pub(crate) fn resource(&self) -> Value {
        let job = |job: &JobSpec| {
            json!({
                "state": if job.is_suspended { "suspended" } else { "running" }, "upgradeMode": job.mode,
                "savepointTriggerNonce": job.nonce, "initialSavepointPath": self.initial,
            })
        };
        let savepoint = self.savepoint.as_ref().map(|found| {
            let mut shown = json!({"location": found.location, "timeStamp": found.time});
            if let Some(trigger) = found.trigger {
                shown["triggerType"] = json!(trigger);
            }
            shown
        });
        let mut info =
            json!({"triggerId": self.pending.map(|_| "0a1b"), "lastSavepoint": savepoint});
        if let Some(done) = self.pending {
            info["triggerTimestamp"] = json!(done);
        }
        let mut status = json!({
            "jobManagerDeploymentStatus": self.manager,
            "jobStatus": {
                "state": self.state, "startTime": self.started.to_string(),
                "updateTime": self.updated.to_string(), "savepointInfo": info,
            },
        });
        let last = self.last.as_ref().map(|last| json!({"job": job(last)}));
        let name = self.key.split_once('/').map(|(_, name)| name);
        let is_upgrading =
            self.last.as_ref().is_some_and(|last| last.is_suspended && !self.spec.is_suspended);
        let version = if self.minor.is_none() {
            let error = self.error;
            status["reconciliationStatus"] =
                json!({"success": error.is_none(), "error": error, "lastReconciledSpec": last});
            "v1alpha1"
        } else {
            let text = if self.is_at_least(4) {
                json!({"spec": last}).to_string()
            } else {
                json!(last).to_string()
            };
            let state = if is_upgrading { "UPGRADING" } else { "DEPLOYED" };
            status["reconciliationStatus"] = json!({"state": state, "lastReconciledSpec": text});
            if let Some(error) = self.error {
                status["error"] = json!(error);
            }
            if self.is_at_least(4) && self.keeps(4) {
                let is_still =
                    self.last.as_ref().is_some_and(|last| last.is_suspended) && !is_upgrading;
                status["lifecycleState"] = json!(if is_still { "SUSPENDED" } else { "DEPLOYED" });
            }
            if let Some(path) = &self.path {
                status["jobStatus"]["upgradeSavepointPath"] = json!(path);
            }
            "v1beta1"
        };
        json!({
            "apiVersion": format!("flink.apache.org/{version}"), "kind": "FlinkDeployment",
            "metadata": {"name": name, "namespace": "prod", "creationTimestamp": "2022-05-01T08:00:00Z"},
            "spec": {"image": format!("flink:{}", self.spec.image), "job": job(&self.spec)},
            "status": status,
        })
    }

    /// Its snapshots, which say in seconds when they were taken.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = Value> + '_ {
        let name = self.key.split_once('/').map_or("", |(_, name)| name);
        self.snapshots.iter().enumerate().map(move |(number, found)| {
            json!({
                "apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkStateSnapshot",
                "metadata": {
                    "name": format!("{name}-{number}"), "namespace": "prod",
                    "labels": {"snapshot.trigger-type": found.trigger, "snapshot.type": "SAVEPOINT"},
                },
                "spec": {
                    "jobReference": {"kind": "FlinkDeployment", "name": name},
                    "savepoint": {"path": found.location, "alreadyExists": found.trigger == Some("UPGRADE")},
                },
                "status": {"state": "COMPLETED", "path": found.location, "resultTimestamp": clock(found.time)},
            })
        })
    }
}

/// RFC 3339, for times within some days of the beginning.
fn clock(time: u64) -> String {
    let seconds = (time - 1_651_536_000_000) / 1000;
    let (day, second) = (3 + seconds / 86_400, seconds % 86_400);
    format!("2022-05-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}
