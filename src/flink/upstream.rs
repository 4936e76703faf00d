//! What the operator's chart installs, as the cluster calls it.

use super::releases::Release;

/// The chart, and in every release the usual name of what Helm installs from it.
pub const CHART: &str = "flink-kubernetes-operator";
/// The `Deployment` of the operator, and its container: named after the chart, not after the release
/// (`_helpers.tpl` and `flink-operator.yaml` of the chart, 0.1.0; `controller/deployment.yaml`, 1.15.0).
pub const OPERATOR_DEPLOYMENT: &str = "flink-kubernetes-operator";
/// What the log of the operator calls the controller of `FlinkDeployment` once it is registered
/// (`docs/operations/upgrade.md`, 1.0.0).
pub const CONTROLLER: &str = "flinkdeploymentcontroller";
/// The `CustomResourceDefinition` whose version changes.
pub const DEPLOYMENTS_CRD: &str = "flinkdeployments.flink.apache.org";

/// Every `CustomResourceDefinition` with the first release whose chart has it (`crds/`, 1.0.0 to
/// 1.15.0); the file of each is its name and `-v1.yml`.
const CRDS: [(&str, Release); 4] = [
    (DEPLOYMENTS_CRD, Release::new(0)),
    ("flinksessionjobs.flink.apache.org", Release::new(0)),
    ("flinkstatesnapshots.flink.apache.org", Release::new(10)),
    ("flinkbluegreendeployments.flink.apache.org", Release::new(14)),
];

/// The definitions that the chart of this release has, the oldest first.
pub fn crds(release: Release) -> impl Iterator<Item = &'static str> {
    CRDS.into_iter().filter(move |(_, since)| *since <= release).map(|(name, _)| name)
}

/// The labels by which the `ConfigMap`s of a job's high availability are found
/// (`KubernetesUtils.getConfigMapLabels`, Flink 1.14; `FlinkUtils.java`, operator 0.1.0). They outlive
/// a job that is not deleted by the operator, and what they point at comes before a savepoint.
pub fn high_availability_labels(name: &str) -> String {
    format!("app={name},configmap-type=high-availability")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_brings_the_definitions_that_came_until_then() {
        assert_eq!(crds(Release::new(9)).count(), 2);
        assert_eq!(crds(Release::new(10)).count(), 3);
        assert_eq!(crds(Release::LAST).count(), 4);
    }
}
