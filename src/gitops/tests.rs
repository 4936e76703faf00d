//! Objects of Argo CD and Flux, as repositories hold them.

use super::*;
use crate::k8s::ObjectKey;
use crate::text::SourceFile;

fn objects(text: &str) -> Vec<DeliveringObject> {
    let source = SourceFile { name: "a.yaml", text }.line_index();
    delivering_objects(&yaml::parse(text, 0).unwrap(), &"a.yaml".into(), &source)
}

fn one(text: &str) -> DeliveringObject {
    let mut found = objects(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn an_application_says_what_it_applies_where_and_how() {
    let app = one("\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: payments, namespace: argocd}
spec:
  source: {repoURL: https://git.example.com/r, path: ./apps/payments/}
  destination: {namespace: payments}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
");
    assert_eq!((app.kind, app.line), (DeliveringKind::Application, 1));
    assert_eq!((&app.paths[..], app.is_open), (&["apps/payments".to_string()][..], false));
    assert_eq!(app.destination.as_deref(), Some("payments"));
    let automated = Syncing::Automated { prune: true, self_heal: true, allow_empty: false };
    assert_eq!(app.syncing, automated);
}

#[test]
fn automation_that_is_switched_off_is_none() {
    for policy in ["{automated: {enabled: false}}", "{automated: null}", "{}"] {
        let app = one(&format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\n\
             spec: {{source: {{path: x}}, syncPolicy: {policy}}}\n"
        ));
        assert_eq!(app.syncing, Syncing::ByHand, "{policy}");
    }
}

#[test]
fn the_folders_of_an_application_set_are_those_of_its_generators() {
    let set = one("\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators:
    - matrix:
        generators:
          - git: {directories: [{path: 'teams/*'}, {path: teams/old, exclude: true}]}
          - clusters: {}
  template:
    spec:
      source: {path: '{{path}}'}
      syncPolicy: {automated: {}}
");
    assert_eq!((&set.paths[..], set.is_open), (&["teams/*".to_string()][..], true));
    assert!(matches!(set.syncing, Syncing::Automated { prune: false, .. }));
}

#[test]
fn objects_of_flux_are_not_those_of_kustomize() {
    let flux = one("\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: jobs, namespace: flux-system}
spec: {path: ./clusters/prod, suspend: true, sourceRef: {kind: GitRepository, name: fleet}}
");
    let plain = "\
apiVersion: kustomize.config.k8s.io/v1beta1 # not kustomize.toolkit.fluxcd.io
kind: Kustomization
metadata: {name: plain}
";
    assert!(objects(plain).is_empty());
    assert_eq!(flux.syncing, Syncing::Suspended);
    assert_eq!(flux.source, Some(ObjectKey::parse("flux-system/fleet")));
    let release = one("\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: operator, namespace: flink}
spec: {chart: {spec: {chart: flink-kubernetes-operator, version: 0.1.x}}}
");
    assert_eq!(release.chart.as_deref(), Some("flink-kubernetes-operator"));
    assert_eq!(release.destination.as_deref(), Some("flink"));
    assert_eq!(release.storage.as_deref(), Some("flink"));
    let elsewhere = one("\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: jobs, namespace: ops}
spec:
  targetNamespace: flink
  chart: {spec: {chart: ./charts/jobs, sourceRef: {kind: GitRepository, name: fleet}}}
");
    assert_eq!(elsewhere.destination.as_deref(), Some("flink"));
    assert_eq!(elsewhere.storage.as_deref(), Some("ops"), "where helm-controller keeps it");
    assert_eq!(elsewhere.source, Some(ObjectKey::parse("ops/fleet")));
}

#[test]
fn what_is_not_one_of_them_is_passed_over() {
    for text in [
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {}\n",
    ] {
        assert_eq!(objects(text), [], "{text}");
    }
}

#[test]
fn a_template_beside_its_rendering_is_one_object() {
    let app = |url: &str, rest: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a, namespace: argocd}}\n\
             spec: {{{rest}source: {{repoURL: '{url}', path: apps/a}}, \
             destination: {{namespace: prod, server: https://kubernetes.default.svc}}}}\n"
        )
    };
    let read = |name: &str, text: &str| {
        let source = SourceFile { name, text }.line_index();
        delivering_objects(&yaml::parse(text, 0).unwrap(), &name.into(), &source).remove(0)
    };
    let rendered = read("dev/a.yaml", &app("https://git.example.com/r", ""));
    let template = app("${REPO}", "project: '${PROJECT}', ");
    assert!(rendered.is_twin_of(&read("dev/a.tmpl.yaml", &template)));
    assert!(!rendered.is_twin_of(&read("prod/a.yaml", &app("https://git.example.com/r", ""))));
    for other in [
        template.replace("namespace: prod", "namespace: test"),
        template.replace("path: apps/a", "path: apps/b"),
        template.replace("path: apps/a", "path: apps/a, kustomize: {namePrefix: x-}"),
        template.replace("name: a,", "name: b,"),
    ] {
        assert!(!rendered.is_twin_of(&read("dev/b.yaml", &other)), "{other}");
    }
}
