//! What the operator makes of a resource that it sees for the first time.
//!
//! The path counts whatever the mode says, and without one the job starts empty whatever the mode says
//! (`JobReconciler`, 0.1.0, :70; `ApplicationReconciler`, 1.0.0, :81-93;
//! `AbstractFlinkResourceReconciler`, 1.15.0, :109-126).

use super::delivery::Delivered;

/// From where a resource starts. One that is refused is corrected some day and starts then, so a refusal
/// is no start of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The cluster serves another version.
    NotServed,
    /// It has no job.
    Session,
    Empty,
    From(String),
}

/// From where it starts under operator 1.0 and later.
pub(crate) fn first_start(one: &Delivered) -> Start {
    if one.text("/apiVersion") != Some("flink.apache.org/v1beta1") {
        return Start::NotServed;
    }
    if one.object["spec"]["job"].is_null() {
        return Start::Session;
    }
    match one.text("/spec/job/initialSavepointPath") {
        None => Start::Empty,
        Some(path) => Start::From(path.to_string()),
    }
}

/// True if the job keeps state over an upgrade, or its author may believe so: every mode that is not
/// `stateless`, and none at all beside a configuration that keeps state.
pub(crate) fn keeps_state(one: &Delivered) -> bool {
    let spec = &one.object["spec"];
    if spec["job"].is_null() {
        return false;
    }
    match spec["job"]["upgradeMode"].as_str() {
        Some(mode) => mode != "stateless",
        None => spec["flinkConfiguration"].as_object().is_some_and(|settings| {
            let signs = [
                "state.checkpoints.",
                "state.savepoints.",
                "execution.checkpointing.",
                "high-availability",
            ];
            settings.keys().any(|key| signs.iter().any(|sign| key.starts_with(sign)))
        }),
    }
}

/// What the operator of this release 1.x refuses a first deployment for, of what the conversion has to
/// see to (`DefaultValidator`, 1.0.0, :178, :263, :411; the second up to 1.6).
pub(crate) fn refusal(one: &Delivered, minor: usize) -> Option<&'static str> {
    let spec = &one.object["spec"];
    let has = |key: &str| spec["flinkConfiguration"].get(key).is_some();
    if spec["serviceAccount"].as_str().is_none() {
        return Some("spec.serviceAccount must be defined");
    }
    let mode = spec["job"]["upgradeMode"].as_str();
    if spec["job"]["state"] == "suspended" && minor <= 6 {
        return Some("Job must start in running state");
    }
    let needs_checkpoints = matches!(mode, Some("savepoint" | "last-state"));
    (needs_checkpoints && !has("state.checkpoints.dir"))
        .then_some("Checkpoint directory must be defined")
}
