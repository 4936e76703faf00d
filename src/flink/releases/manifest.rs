//! The manifest as a whole: versions and kinds, names, accounts, and what Kubernetes gets from it.

use super::row::Effect::{Accepts, Changes, Drops, Ignores, Refuses};
use super::row::{ALWAYS, Row, between, since};

/// Names are held to a pattern; [`super::name_is_sound`] is that pattern.
pub const NAME_PATTERN: Row = Row::new(
    "name",
    since(1),
    Refuses,
    "the name of a FlinkDeployment must match `[a-z]([-a-z0-9]{0,43}[a-z0-9])?`: a small \
     letter first, then small letters, digits and hyphens, no hyphen last, at most 45 \
     characters",
    "DefaultValidator.java:56-57,107-116 (1.1.0), :137-146 (1.15.0); FLINK-28087",
)
.says(
    "The FlinkDeployment name: %s is invalid, must consist of lower case alphanumeric \
     characters or '-'",
)
.rule("operator-refuses");

/// Flink 1.13 and 1.14 are accepted and never deployed.
pub const OLD_FLINK_IGNORED: Row = Row::new(
    "old-flink",
    between(7, 8),
    Ignores,
    "a resource with `flinkVersion` `v1_13` or `v1_14` is accepted and never reconciled; a \
     warning event is all that tells",
    "FlinkVersion.isSupported (1.15.0); FLINK-35052 made the warning an error in 1.9.0",
)
.rule("operator-refuses");

/// Flink 1.13 and 1.14 are rejected.
pub const OLD_FLINK_REFUSED: Row = Row::new(
    "old-flink",
    since(9),
    Refuses,
    "`flinkVersion` `v1_13` and `v1_14` are rejected, though the CRD still lists them",
    "DefaultValidator.java:155-158 (1.15.0); FLINK-35052",
)
.says("Flink version %s is not supported by this operator version")
.rule("operator-refuses");

/// The account has no default.
pub const SERVICE_ACCOUNT_REQUIRED: Row = Row::new(
    "service-account",
    ALWAYS,
    Refuses,
    "a FlinkDeployment must have `spec.serviceAccount`, session clusters too; 0.1.0 fell back \
     on Flink's default",
    "DefaultValidator.java:411-417 (1.0.0), :664 (1.15.0); FLINK-27329",
)
.says(
    "spec.serviceAccount must be defined. If you use helm, its value should be the same with \
     the name of jobServiceAccount.",
)
.rule("service-account");

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "api-version",
        ALWAYS,
        Refuses,
        "`flink.apache.org/v1alpha1` is not served: no CRD ever listed both versions, and \
         nothing converts between them",
        "flinkdeployments.flink.apache.org-v1.yml:16,9155-9156 (1.0.0); FLINK-27005",
    )
    .rule("api-version"),
    Row::new(
        "kind",
        ALWAYS,
        Accepts,
        "FlinkDeployment (`flinkdeployments`, `flinkdep`) at `v1beta1`, and at that version only",
        "flinkdeployments.flink.apache.org-v1.yml:16 (1.0.0); FLINK-27005",
    ),
    Row::new(
        "kind",
        ALWAYS,
        Accepts,
        "FlinkSessionJob (`flinksessionjobs`, `sessionjob`) at `v1beta1`",
        "flinksessionjobs.flink.apache.org-v1.yml (1.0.0); FLINK-26787",
    ),
    Row::new(
        "kind",
        since(10),
        Accepts,
        "FlinkStateSnapshot (`flinkstatesnapshots`, `flinksnp`) at `v1beta1`",
        "flinkstatesnapshots.flink.apache.org-v1.yml (1.10.0); FLINK-35265",
    ),
    Row::new(
        "kind",
        since(14),
        Accepts,
        "FlinkBlueGreenDeployment (`flinkbluegreendeployments`, `flinkbgdep`) at `v1beta1`",
        "flinkbluegreendeployments.flink.apache.org-v1.yml (1.14.0); FLINK-37515",
    ),
    NAME_PATTERN,
    Row::new(
        "flink-version",
        ALWAYS,
        Refuses,
        "a FlinkDeployment must have `spec.flinkVersion`",
        "DefaultValidator.java:101 (1.0.0), :148 (1.15.0)",
    )
    .says("Flink Version must be defined."),
    flink_versions(
        0,
        "`v1_13`, `v1_14`, `v1_15` and `v1_16` as `flinkVersion`; 0.1.0 had no `v1_13`",
        "flinkdeployments.flink.apache.org-v1.yml (1.0.0); FLINK-27412",
    ),
    flink_versions(
        4,
        "`v1_17` as `flinkVersion`",
        "flinkdeployments.flink.apache.org-v1.yml (1.4.0)",
    ),
    Row::new(
        "flink-version",
        since(4),
        Refuses,
        "`flinkVersion` may not change while a job is suspended in mode `last-state`, unless \
         the new mode is `stateless`",
        "DefaultValidator.java:163-173 (1.15.0)",
    )
    .says("Changing flinkVersion after last-state suspend is not allowed."),
    flink_versions(
        6,
        "`v1_18` as `flinkVersion`",
        "flinkdeployments.flink.apache.org-v1.yml (1.6.0)",
    ),
    flink_versions(
        7,
        "`v1_19` as `flinkVersion`",
        "flinkdeployments.flink.apache.org-v1.yml (1.7.0)",
    ),
    flink_versions(
        10,
        "`v1_20` as `flinkVersion`",
        "flinkdeployments.flink.apache.org-v1.yml (1.10.0)",
    ),
    flink_versions(
        11,
        "`v2_0` as `flinkVersion`",
        "flinkdeployments.flink.apache.org-v1.yml (1.11.0)",
    ),
    flink_versions(
        13,
        "`v2_1` and `v2_2` as `flinkVersion`",
        "flinkdeployments.flink.apache.org-v1.yml (1.13.0)",
    ),
    Row::new(
        "flink-version",
        since(15),
        Refuses,
        "`v2_3` and `v2_4` are known to the operator but not listed in the CRD that it comes \
         with, so the API server rejects them",
        "FlinkVersion.java:47-48 and flinkdeployments.flink.apache.org-v1.yml:36-48 (1.15.0)",
    ),
    OLD_FLINK_IGNORED,
    OLD_FLINK_REFUSED,
    SERVICE_ACCOUNT_REQUIRED,
    Row::new(
        "ingress",
        ALWAYS,
        Refuses,
        "`spec.ingress` must have a `template`",
        "DefaultValidator.java:108 (1.0.0), :179 (1.15.0)",
    )
    .says("Ingress template must be defined"),
    Row::new(
        "ingress",
        ALWAYS,
        Refuses,
        "the template of the ingress must give a URL once name and namespace are filled in",
        "DefaultValidator.java:108 (1.0.0), :179 (1.15.0)",
    )
    .says("Unable to process the Ingress template(%s). Error: %s"),
    Row::new(
        "ingress",
        since(8),
        Accepts,
        "`spec.ingress.labels` and `spec.ingress.tls`",
        "flinkdeployments.flink.apache.org-v1.yml (1.8.0)",
    ),
    Row::new(
        "log-configuration",
        ALWAYS,
        Refuses,
        "`spec.logConfiguration` may hold `log4j-console.properties` and `logback-console.xml` \
         and no other key",
        "DefaultValidator.java:143 (1.0.0), :228 (1.15.0)",
    )
    .says("Invalid log config key: %s. Allowed keys are %s"),
    Row::new(
        "pod-template",
        since(3),
        Drops,
        "`metadata.clusterName` of every pod template is pruned; Kubernetes did nothing with it",
        "flinkdeployments.flink.apache.org-v1.yml (1.3.0)",
    ),
    Row::new(
        "pod-template",
        since(9),
        Drops,
        "`resources.claims` of the claim templates under `volumes[].ephemeral` of every pod \
         template is pruned; `v1alpha1` had no such field",
        "flinkdeployments.flink.apache.org-v1.yml (1.9.0)",
    ),
    Row::new(
        "pod-template",
        since(13),
        Drops,
        "`spec.resourceClaims[].source` of every pod template is pruned; `v1alpha1` had no \
         such field",
        "flinkdeployments.flink.apache.org-v1.yml (1.13.0)",
    ),
    Row::new(
        "session-or-application",
        ALWAYS,
        Refuses,
        "a deployed session cluster cannot be given a `job`, and a deployed application cannot \
         lose its own",
        "DefaultValidator.java:273 (1.0.0), :495 (1.15.0)",
    )
    .says("Cannot switch from %s to %s cluster"),
    Row::new(
        "deployment-mode",
        since(2),
        Accepts,
        "`spec.mode`: `native`, which is the default, or `standalone`",
        "flinkdeployments.flink.apache.org-v1.yml (1.2.0)",
    ),
    Row::new(
        "deployment-mode",
        since(2),
        Refuses,
        "a deployed cluster cannot go from `native` to `standalone` or back",
        "DefaultValidator.java:503-519 (1.15.0)",
    )
    .says("Cannot switch from %s kubernetes to %s kubernetes cluster"),
    Row::new(
        "startup-probe",
        since(6),
        Changes,
        "JobManager pods get a startup probe",
        "FlinkConfigBuilder.java (1.6.0)",
    ),
];

const fn flink_versions(minor: u16, what: &'static str, source: &'static str) -> Row {
    Row::new("flink-version", since(minor), Accepts, what, source)
}
