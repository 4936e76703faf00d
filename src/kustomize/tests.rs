//! What a kustomization names of the old version.

use super::*;

fn read(text: &str) -> Kustomization {
    Kustomization::read(&"kustomization.yaml".into(), yaml::parse(text, 0).unwrap().root())
}

#[test]
fn selectors_of_the_preview_version_are_found() {
    let mentions = |text: &str| read(text).mentions.len();
    let target = |target: &str| format!("patches: [{{path: p.yaml, target: {{{target}}}}}]");
    assert_eq!(mentions(&target("kind: FlinkDeployment, version: v1alpha1")), 1);
    assert_eq!(mentions(&target("version: v1alpha1, name: orders")), 1);
    assert_eq!(
        mentions("replacements: [{source: {group: flink.apache.org, version: v1alpha1}}]"),
        1
    );
    assert_eq!(mentions("patches:\n- patch: |\n    apiVersion: flink.apache.org/v1alpha1\n"), 1);
    assert_eq!(mentions(&target("kind: Rollout, group: argoproj.io, version: v1alpha1")), 0);
    assert_eq!(mentions(&target("kind: FlinkDeployment, version: v1beta1")), 0);
    for (pattern, asks) in [
        ("v1alpha.*", 1),
        ("v1alpha[0-9]+", 1),
        ("^v1alpha1$", 1),
        ("v1a\\\\w+", 1),
        ("v.a.*", 1),
        ("v1\\\\pL+1", 1),
        (".*", 0),
        ("v1.*", 0),
        ("v1(alpha|beta)1", 0),
        ("v1alpha1|v1beta1", 0),
    ] {
        let target = target(&format!("kind: FlinkDeployment, version: \"{pattern}\""));
        assert_eq!(mentions(&target), asks, "{pattern}");
    }
}
