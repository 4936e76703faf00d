//! Values of the operator's Helm chart, and the objects of GitOps controllers that hold them.

use crate::flink::names::{field, is_placeholder};
use crate::yaml::{NodeRef, Scalar};

/// The configuration of operator and jobs, from 1.0.0 (FLINK-27023).
pub(crate) const NEW: &str = "defaultConfiguration";
/// The configuration of the jobs, in 0.1.0.
pub const OLD: &str = "flinkDefaultConfiguration";
/// The operator's own configuration, in 0.1.0.
pub const OLD_OPERATOR: &str = "operatorConfiguration";

/// Whether a `ConfigMap` is made at all.
pub(crate) const CREATE: &str = "create";
/// Whether the chart's own defaults come before what the values say.
pub(crate) const APPEND: &str = "append";
/// Flink's configuration, line by line.
pub(crate) const FLINK_CONF: &str = "flink-conf.yaml";
/// Flink's configuration in YAML.
pub(crate) const CONFIG: &str = "config.yaml";
/// What the `Deployment` of the operator is called instead of its chart (`flink-operator.name` in
/// `templates/_helpers.tpl`); `fullnameOverride` does not change it.
pub(crate) const NAME: &str = "nameOverride";
/// The operator's logging, in 0.1.0.
pub(crate) const OLD_LOGGING: &str = "log4j2.properties";
/// The operator's logging, from 1.0.0.
pub(crate) const NEW_LOGGING: &str = "log4j-operator.properties";

/// The chart, and so the key of its values in those of a chart that depends on it.
const CHART: &str = "flink-kubernetes-operator";

/// Keys at the root of the chart's values that no configuration of Flink has.
const OTHER_PARTS: &str = "image imagePullSecrets rbac webhook watchNamespaces operatorPod \
    operatorServiceAccount jobServiceAccount podSecurityContext operatorHealth";

/// True for an object of Kubernetes.
pub(crate) fn is_object(root: NodeRef<'_>) -> bool {
    root.get(field::API_VERSION).is_some() && root.get(field::KIND).is_some()
}

/// Where values may stand in a document: at its root, unless it is an object of Kubernetes; in
/// `spec.values` of a Flux `HelmRelease`; in `spec.source` and `spec.sources` of an Argo CD
/// `Application`, where `helm.valuesObject` comes before `helm.values`, which is a text.
pub(crate) fn values(root: NodeRef<'_>) -> Vec<NodeRef<'_>> {
    if !is_object(root) {
        return vec![root];
    }
    let Some(spec) = root.get(field::SPEC) else { return Vec::new() };
    let several = spec.get("sources").into_iter().flat_map(NodeRef::items);
    let argo_values = spec.get("source").into_iter().chain(several).filter_map(|source| {
        let helm = source.get("helm")?;
        helm.get("valuesObject").filter(|it| it.is_mapping()).or_else(|| helm.get("values"))
    });
    spec.get("values").into_iter().chain(argo_values).collect()
}

/// The values and, below the chart's name, those that a chart around it hands on.
pub(crate) fn with_subchart(values: NodeRef<'_>) -> impl Iterator<Item = NodeRef<'_>> {
    let subchart = values.get(CHART).filter(|inner| inner.is_mapping());
    std::iter::once(values).chain(subchart)
}

/// The truth of a value in a template of Helm: false, zero, empty and null are false. Nothing if it
/// is filled in later.
pub(crate) fn truth(value: NodeRef<'_>) -> Option<bool> {
    Some(match value.scalar() {
        Some(Scalar::Text(text)) if is_placeholder(text) => return None,
        Some(Scalar::Text(text)) => !text.is_empty(),
        Some(Scalar::Bool(truth)) => truth,
        Some(Scalar::Number(number)) => number.contains(|c: char| ('1'..='9').contains(&c)),
        Some(Scalar::Null) => false,
        None => !value.resolved().own_entries().is_empty() || value.items().next().is_some(),
    })
}

/// True for values of the chart, as far as the keys at their root tell.
pub(crate) fn is_chart(values: NodeRef<'_>) -> bool {
    OTHER_PARTS.split_whitespace().any(|part| values.get(part).is_some())
}
