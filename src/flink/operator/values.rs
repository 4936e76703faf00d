//! Values of the operator's Helm chart, and the objects of GitOps controllers that hold them.

use super::Switch;
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
/// Flink's configuration, line by line. Where it is there, [`CONFIG`] is not read
/// (`templates/controller/deployment.yaml`, 1.15.0).
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
const OTHER_PARTS: [&str; 10] = [
    "image",
    "imagePullSecrets",
    "rbac",
    "webhook",
    "watchNamespaces",
    "operatorPod",
    "operatorServiceAccount",
    "jobServiceAccount",
    "podSecurityContext",
    "operatorHealth",
];

/// The value of the mapping's own entry, without merge keys.
pub(crate) fn own<'d>(node: NodeRef<'d>, key: &str) -> Option<NodeRef<'d>> {
    let entry = node.resolved().own_entry(key)?;
    Some(NodeRef { doc: node.doc, id: entry.value })
}

/// A place where values of the chart may stand.
pub(crate) enum Values<'d> {
    /// As they are.
    Mapping(NodeRef<'d>),
    /// As a text, of Argo CD.
    Text(NodeRef<'d>),
}

/// True for an object of Kubernetes.
pub(crate) fn is_object(root: NodeRef<'_>) -> bool {
    own(root, field::API_VERSION).is_some() && own(root, field::KIND).is_some()
}

/// Where values may stand in a document: at its root, unless it is an object of Kubernetes; in
/// `spec.values` of a Flux `HelmRelease`; in `spec.source` and `spec.sources` of an Argo CD
/// `Application`, where `helm.valuesObject` comes before the text `helm.values`.
pub(crate) fn values<'d>(root: NodeRef<'d>) -> Vec<Values<'d>> {
    if !is_object(root) {
        return vec![Values::Mapping(root)];
    }
    let Some(spec) = own(root, field::SPEC) else { return Vec::new() };
    let of_flux = own(spec, "values").map(Values::Mapping);
    let several = own(spec, "sources").into_iter().flat_map(NodeRef::items);
    let sources = own(spec, "source").into_iter().chain(several);
    let of_argo = sources.filter_map(|source| {
        let helm = own(source, "helm")?;
        let object = own(helm, "valuesObject").filter(|object| object.is_mapping());
        let text = |text: NodeRef<'d>| text.text().is_some().then_some(Values::Text(text));
        object.map(Values::Mapping).or_else(|| own(helm, "values").and_then(text))
    });
    of_flux.into_iter().chain(of_argo).collect()
}

/// The values and, below the chart's name, those that a chart around it hands on.
pub(crate) fn own_and_handed_on(values: NodeRef<'_>) -> impl Iterator<Item = NodeRef<'_>> {
    let handed_on = values.get(CHART).filter(|inner| inner.is_mapping());
    std::iter::once(values).chain(handed_on)
}

/// The truth of a value in a template of Helm: false, zero, empty and null are false.
pub(crate) fn switch(value: NodeRef<'_>) -> Switch {
    let is_on = match value.scalar() {
        Some(Scalar::Text(text)) if is_placeholder(text) => return Switch::Unknown,
        Some(Scalar::Text(text)) => !text.is_empty(),
        Some(Scalar::Bool(truth)) => truth,
        Some(Scalar::Number(number)) => number.contains(|c: char| ('1'..='9').contains(&c)),
        Some(Scalar::Null) => false,
        None => !value.resolved().own_entries().is_empty() || value.items().next().is_some(),
    };
    if is_on { Switch::On } else { Switch::Off }
}

/// True for values of the chart, as far as the keys at their root tell.
pub(crate) fn is_chart(values: NodeRef<'_>) -> bool {
    OTHER_PARTS.iter().any(|part| own(values, part).is_some())
}
