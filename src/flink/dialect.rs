//! The dialect of snapshots before 0.1.0 (February and March 2022), still found in manifests that
//! began as somebody's example.

use super::names::field;
use super::releases::Release;

/// Fields of that dialect.
pub mod old {
    #![allow(missing_docs)] // The names say what they are.

    pub const INGRESS_DOMAIN: &str = "ingressDomain";
    pub const TASK_SLOTS: &str = "taskSlots";
    pub const LOGGING: &str = "logging";
    pub const CANCEL_MODE: &str = "cancelMode";
    pub const RESTORE_MODE: &str = "restoreMode";
    pub const CLUSTER_ID: &str = "clusterId";
}

/// What a session job calls its cluster since 1.0.0 (FLINK-27360).
pub const DEPLOYMENT_NAME: &str = "deploymentName";

/// A field that 0.1.0 no longer knew: the API server prunes it, so that it has no effect.
pub struct Pruned {
    /// Where it is.
    pub path: &'static [&'static str],
    /// What says the same since 0.1.0.
    pub translation: &'static str,
    /// What applying the translation would do to a job that has run without it.
    pub effect: &'static str,
    /// The change that renamed it.
    pub source: &'static str,
}

/// Every such field of a `FlinkDeployment`.
pub const PRUNED: [Pruned; 5] = [
    Pruned {
        path: &[field::SPEC, old::INGRESS_DOMAIN],
        translation: "`ingress: {template: \"{{name}}.{{namespace}}.DOMAIN\"}`",
        effect: "creates an Ingress",
        source: "FLINK-26706",
    },
    Pruned {
        path: &[field::SPEC, field::TASK_MANAGER, old::TASK_SLOTS],
        translation: "`taskmanager.numberOfTaskSlots` in flinkConfiguration",
        effect: "changes the number of slots",
        source: "FLINK-26290",
    },
    Pruned {
        path: &[field::SPEC, old::LOGGING],
        translation: "`logConfiguration`",
        effect: "switches the logging",
        source: "FLINK-26328",
    },
    Pruned {
        path: &[field::SPEC, field::JOB, old::CANCEL_MODE],
        translation: "`upgradeMode`",
        effect: "makes upgrades keep the job's state",
        source: "commit 23408e45",
    },
    Pruned {
        path: &[field::SPEC, field::JOB, old::RESTORE_MODE],
        translation: "`upgradeMode`",
        effect: "makes upgrades keep the job's state",
        source: "commit 23408e45",
    },
];

/// A field that a later CRD knows and that of 0.1.0 does not: it has no effect until the new operator is
/// there.
pub struct Awakened {
    /// Where it is.
    pub path: &'static [&'static str],
    /// The first release with it in its CRD.
    pub since: Release,
    /// The value that changes nothing, if there is one.
    pub neutral: Option<&'static str>,
    /// What it does from then on.
    pub effect: &'static str,
}

/// Every such field of a `FlinkDeployment`, pod templates left out
/// (`flinkdeployments.flink.apache.org-v1.yml`, 0.1.0 to 1.15.0).
pub const AWAKENED: [Awakened; 10] = [
    Awakened {
        path: &[field::SPEC, field::JOB, "allowNonRestoredState"],
        since: Release::new(0),
        neutral: Some("false"),
        effect: "state of the savepoint that fits no operator of the job is dropped without an error",
    },
    Awakened {
        path: &[field::SPEC, field::TASK_MANAGER, field::REPLICAS],
        since: Release::new(1),
        neutral: None,
        effect: "it decides the parallelism, instead of `job.parallelism`",
    },
    Awakened {
        path: &[field::SPEC, "mode"],
        since: Release::new(2),
        neutral: Some("native"),
        effect: "the operator starts the TaskManagers itself, and Flink cannot ask for more",
    },
    Awakened {
        path: &[field::SPEC, field::JOB_MANAGER, field::RESOURCE, "ephemeralStorage"],
        since: Release::new(5),
        neutral: None,
        effect: "the pod asks for that much storage and is limited to it",
    },
    Awakened {
        path: &[field::SPEC, field::TASK_MANAGER, field::RESOURCE, "ephemeralStorage"],
        since: Release::new(5),
        neutral: None,
        effect: "the pod asks for that much storage and is limited to it",
    },
    Awakened {
        path: &[field::SPEC, field::JOB, "checkpointTriggerNonce"],
        since: Release::new(7),
        neutral: None,
        effect: "each change of it triggers a checkpoint",
    },
    Awakened {
        path: &[field::SPEC, "ingress", "labels"],
        since: Release::new(8),
        neutral: None,
        effect: "the Ingress gets these labels",
    },
    Awakened {
        path: &[field::SPEC, "ingress", "tls"],
        since: Release::new(8),
        neutral: None,
        effect: "the Ingress gets these certificates",
    },
    Awakened {
        path: &[field::SPEC, field::JOB, "savepointRedeployNonce"],
        since: Release::new(8),
        neutral: None,
        effect: "each change of it starts the job again from `initialSavepointPath`",
    },
    Awakened {
        path: &[field::SPEC, field::JOB, "autoscalerResetNonce"],
        since: Release::new(11),
        neutral: None,
        effect: "each change of it resets the autoscaler",
    },
];

/// `v1_14` for `1.14` or `1.14.3` (FLINK-26640), whether or not a release knows that Flink; nothing for
/// anything else.
pub fn flink_version(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split('.').collect();
    let number = |part: &&str| {
        !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let fits = (2..=3).contains(&parts.len()) && parts.iter().all(number);
    fits.then(|| format!("v{}_{}", parts[0], parts[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_strings_become_the_enum() {
        assert_eq!(flink_version("1.14.3").as_deref(), Some("v1_14"));
        assert_eq!(flink_version("1.15").as_deref(), Some("v1_15"));
        for other in ["v1_14", "1", "1.14.3.1", "1.x", "", "${V}", "1..3"] {
            assert_eq!(flink_version(other), None, "{other}");
        }
    }
}
