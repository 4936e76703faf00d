//! The dialect of snapshots before 0.1.0 (February and March 2022), still found in manifests that
//! began as somebody's example.

use super::names::field;

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
