//! What configurations mean: which operator has what, what is lost, and what is called otherwise.

mod hostile;
mod shapes;

use super::*;

/// Values of 0.1.0 as a platform team keeps them.
pub(crate) const OLD_VALUES: &str = r#"---
# The operator of the data platform.
watchNamespaces: ["prod", "stage"]
image:
  repository: registry.example.com/flink-kubernetes-operator
  pullPolicy: IfNotPresent
  tag: 0.1.0
rbac:
  create: true
operatorServiceAccount:
  create: true
  name: flink-operator
jobServiceAccount:
  create: true
  annotations:
    "helm.sh/resource-policy": keep
  name: "flink"
webhook:
  create: true
  keystore:
    useDefaultPassword: true
operatorConfiguration:
  create: true
  append: true
  flink-conf.yaml: |+
    # Operator settings
    metrics.reporter.prom.class: org.apache.flink.metrics.prometheus.PrometheusReporter

    operator.reconciler.reschedule.interval: 15 s
    operator.observer.progress-check.interval: 5 s
  log4j2.properties: |+
    rootLogger.level = DEBUG
flinkDefaultConfiguration:
  create: true
  append: true
  flink-conf.yaml: |+
    # Job defaults
    kubernetes.service-account: flink   # made by the chart
    state.checkpoints.dir: s3://lake/checkpoints
    state.savepoints.dir: s3://lake/savepoints

    taskmanager.numberOfTaskSlots: 4
    env.java.opts: -Dsite: eu
  log4j-console.properties: |+
    rootLogger.level = INFO
metrics:
  port: 9999
"#;

/// The same, carried over to 1.15 by somebody in a hurry.
pub(crate) const NEW_VALUES: &str = r#"image:
  repository: ghcr.io/apache/flink-kubernetes-operator
  tag: "1.15.0"
replicas: 1
jobServiceAccount:
  create: true
  name: flink
defaultConfiguration:
  # Without the chart's own defaults.
  create: true
  append: false
  config.yaml:
    kubernetes.operator.reconcile.interval: 15 s
    kubernetes.operator.observer.progress-check.interval: 10 s
    state:
      checkpoints:
        dir: s3://lake/checkpoints
      savepoints.dir: s3://lake/other
    taskmanager.numberOfTaskSlots: 4
    pipeline.jars: [file:///a.jar, file:///b.jar]
    high-availability:
      type: kubernetes
  log4j-operator.properties: |+
    rootLogger.level = DEBUG
watchNamespaces: []
operatorHealth:
  port: 8085
"#;

fn config(text: &str) -> OperatorConfig {
    read("c.yaml", text).unwrap()
}

/// The files as one; the second half of each name and text is the text.
fn merged(files: &[(&str, &str)]) -> OperatorConfig {
    merge(files.iter().map(|(path, text)| read(path, text).unwrap()).collect())
}

fn text(setting: Option<&OperatorSetting>) -> Option<&str> {
    setting.map(|setting| setting.text.as_str())
}

/// `key=text@origin` of each.
fn shown<'c>(settings: impl Iterator<Item = &'c OperatorSetting>) -> Vec<String> {
    settings.map(|it| format!("{}={}@{}", it.key, it.text, it.origin())).collect()
}

/// `line:col: before -> after` of each.
fn renamed(config: &OperatorConfig) -> Vec<String> {
    let shown = config.renamed().iter().map(|Renamed { position, before, after, .. }| {
        format!("{}:{}: {before} -> {after}", position.line, position.column)
    });
    shown.collect()
}

#[test]
fn values_of_the_old_chart_are_what_was_and_all_of_it_is_lost() {
    let config = config(OLD_VALUES);
    assert_eq!(text(config.today("kubernetes.service-account")), Some("flink"));
    assert_eq!(text(config.today("taskmanager.numberOfTaskSlots")), Some("4"));
    assert_eq!(text(config.today("env.java.opts")), Some("-Dsite: eu"));
    assert_eq!(config.today("operator.reconciler.reschedule.interval"), None);
    assert_eq!(config.tomorrow("kubernetes.service-account"), None);
    assert_eq!(config.keeps_chart_defaults(When::Today), Some(true));
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), None);
    assert_eq!(
        shown(config.lost()),
        [
            "metrics.reporter.prom.class=org.apache.flink.metrics.prometheus.PrometheusReporter\
             @c.yaml:26:5",
            "operator.reconciler.reschedule.interval=15 s@c.yaml:26:5",
            "operator.observer.progress-check.interval=5 s@c.yaml:26:5",
            "kubernetes.service-account=flink@c.yaml:37:5",
            "state.checkpoints.dir=s3://lake/checkpoints@c.yaml:37:5",
            "state.savepoints.dir=s3://lake/savepoints@c.yaml:37:5",
            "taskmanager.numberOfTaskSlots=4@c.yaml:37:5",
            "env.java.opts=-Dsite: eu@c.yaml:37:5",
        ]
    );
    assert_eq!(
        renamed(&config),
        [
            "22:1: operatorConfiguration -> defaultConfiguration",
            "26:5: metrics.reporter.prom.class -> \
             kubernetes.operator.metrics.reporter.prom.class",
            "26:5: operator.reconciler.reschedule.interval -> \
             kubernetes.operator.reconcile.interval",
            "26:5: operator.observer.progress-check.interval -> \
             kubernetes.operator.observer.progress-check.interval",
            "31:3: log4j2.properties -> log4j-operator.properties",
            "33:1: flinkDefaultConfiguration -> defaultConfiguration",
        ]
    );
    assert!(config.is_given() && config.notes().is_empty());
}

#[test]
fn values_of_the_new_chart_are_what_will_be() {
    let config = config(NEW_VALUES);
    let tomorrow = |key: &str| text(config.tomorrow(key));
    assert_eq!(tomorrow("state.checkpoints.dir"), Some("s3://lake/checkpoints"));
    assert_eq!(tomorrow("pipeline.jars"), Some("file:///a.jar;file:///b.jar"));
    assert_eq!(tomorrow("state"), None);
    let available = config.starting_with(When::Tomorrow, "high-availability").unwrap();
    assert_eq!(shown([available].into_iter()), ["high-availability.type=kubernetes@c.yaml:22:7"]);
    assert_eq!(config.starting_with(When::Tomorrow, "high-availability.z"), None);
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), Some(false));
    assert_eq!(config.keeps_chart_defaults(When::Today), None);
    assert_eq!((config.lost().count(), renamed(&config).len()), (0, 0));
    // Nothing else was given, so it was the same before.
    assert_eq!(text(config.today("taskmanager.numberOfTaskSlots")), Some("4"));
}

#[test]
fn what_the_new_values_left_behind_or_changed_is_lost() {
    let config = merged(&[("old.yaml", OLD_VALUES), ("new.yaml", NEW_VALUES)]);
    assert_eq!(text(config.today("state.savepoints.dir")), Some("s3://lake/savepoints"));
    assert_eq!(text(config.tomorrow("state.savepoints.dir")), Some("s3://lake/other"));
    assert_eq!(config.today("high-availability.type"), None);
    assert_eq!(
        shown(config.lost()),
        [
            "metrics.reporter.prom.class=org.apache.flink.metrics.prometheus.PrometheusReporter\
             @old.yaml:26:5",
            "operator.observer.progress-check.interval=5 s@old.yaml:26:5",
            "kubernetes.service-account=flink@old.yaml:37:5",
            "state.savepoints.dir=s3://lake/savepoints@old.yaml:37:5",
            "env.java.opts=-Dsite: eu@old.yaml:37:5",
        ]
    );
}

#[test]
fn one_file_may_hold_both_shapes() {
    let config = config(concat!(
        "flinkDefaultConfiguration: {flink-conf.yaml: \"a.b: 1\"}\n",
        "defaultConfiguration:\n  append: false\n  flink-conf.yaml: |\n    a.b: 2\n    c.d: 3\n",
    ));
    assert_eq!((text(config.today("a.b")), text(config.tomorrow("a.b"))), (Some("1"), Some("2")));
    assert_eq!((text(config.today("c.d")), text(config.tomorrow("c.d"))), (None, Some("3")));
    assert_eq!(config.keeps_chart_defaults(When::Today), Some(true));
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), Some(false));
    assert_eq!(shown(config.lost()), ["a.b=1@c.yaml:1:46"]);
}

#[test]
fn what_is_lost_is_told_in_the_order_of_the_text() {
    let config = config(concat!(
        "flinkDefaultConfiguration: {flink-conf.yaml: \"state.z: 1\"}\n",
        "operatorConfiguration: {flink-conf.yaml: \"operator.a: 1\"}\n",
    ));
    let lost: Vec<&str> = config.lost().map(|lost| lost.key.as_str()).collect();
    assert_eq!(lost, ["state.z", "operator.a"]);
    let lines: Vec<usize> = config.renamed().iter().map(|part| part.position.line).collect();
    assert_eq!(lines, [1, 2, 2]);
}

#[test]
fn flinks_own_file_stands_for_both_operators() {
    let config = config("taskmanager.numberOfTaskSlots: 4\nstate.savepoints.dir: ' '\n");
    assert_eq!(text(config.today("taskmanager.numberOfTaskSlots")), Some("4"));
    assert_eq!(text(config.tomorrow("taskmanager.numberOfTaskSlots")), Some("4"));
    assert_eq!(config.tomorrow("state.savepoints.dir"), None);
    assert_eq!(config.starting_with(When::Tomorrow, "state."), None);
    assert_eq!(config.keeps_chart_defaults(When::Today), None);
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), None);
    assert_eq!(config.lost().count(), 0);
}

#[test]
fn of_several_files_the_later_one_wins_and_the_old_shape_says_what_was() {
    let own = ("own.yaml", "state.a: own\nstate.b: own\n");
    let old = ("old.yaml", "flinkDefaultConfiguration: {flink-conf.yaml: \"state.a: old\"}");
    let new = ("new.yaml", "defaultConfiguration: {flink-conf.yaml: \"state.a: new\"}");
    for files in [[own, old, new], [old, own, new]] {
        let config = merged(&files);
        assert_eq!(text(config.today("state.a")), Some("old"));
        assert_eq!(text(config.today("state.b")), Some("own"));
        assert_eq!(text(config.tomorrow("state.a")), Some("new"));
        assert_eq!(text(config.tomorrow("state.b")), Some("own"));
    }
    assert_eq!(text(merged(&[new, own]).tomorrow("state.a")), Some("own"));
    assert_eq!(text(merged(&[own, new]).today("state.a")), Some("own"));
    assert_eq!(merged(&[new, own]).tomorrow("state.a").unwrap().origin(), "own.yaml:1:1");
    assert!(!merge(Vec::new()).is_given());
    assert!(merged(&[own]).is_given());
    assert!(OperatorConfig::default().tomorrow("state.a").is_none());
}

#[test]
fn values_files_merge_as_helm_merges_them() {
    let base = (
        "base.yaml",
        "defaultConfiguration:\n  append: false\n  flink-conf.yaml: \"state.a: 1\"\n",
    );
    let layer = ("prod.yaml", "defaultConfiguration: {flink-conf.yaml: \"state.b: 2\"}");
    let config = merged(&[base, layer]);
    assert_eq!(config.tomorrow("state.a"), None);
    assert_eq!(text(config.tomorrow("state.b")), Some("2"));
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), Some(false));
    let config = merged(&[base, ("prod.yaml", "defaultConfiguration: {append: true}")]);
    assert_eq!(text(config.tomorrow("state.a")), Some("1"));
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), Some(true));
    let config = merged(&[("off.yaml", "defaultConfiguration: {create: false}"), base]);
    assert_eq!(config.tomorrow("state.a"), None);
    assert_eq!(config.notes().len(), 1);
}

#[test]
fn what_makes_no_config_map_does_not_count() {
    let off = |create: &str| {
        let values = format!(
            "flinkDefaultConfiguration:\n  create: {create}\n  flink-conf.yaml: \"state.a: 1\"\n"
        );
        let config = config(&values);
        let notes: Vec<String> = config.notes().iter().map(ToString::to_string).collect();
        let counts = config.today("state.a").is_some();
        (counts, config.keeps_chart_defaults(When::Today), notes.join("\n"))
    };
    for no in ["false", "no", "0", "''", "", "{}"] {
        let (counts, keeps, notes) = off(no);
        assert_eq!((counts, keeps), (false, Some(false)), "{no:?}");
        assert_eq!(
            notes,
            "c.yaml:2:3: note: `flinkDefaultConfiguration` has `create: false`, so nothing of it \
             counts; give the ConfigMap that the operator reads instead"
        );
    }
    for yes in ["true", "'false'", "1"] {
        assert_eq!(off(yes), (true, Some(true), String::new()), "{yes:?}");
    }
    let (counts, keeps, notes) = off("${CREATE}");
    assert_eq!((counts, keeps), (false, None));
    assert!(notes.starts_with("c.yaml:2:3: note: `create` of `flinkDefault"), "{notes}");
}

#[test]
fn the_chart_reads_one_of_the_two_files() {
    let values = concat!(
        "defaultConfiguration:\n  config.yaml:\n    state.a: 1\n    state.b: 1\n",
        "  flink-conf.yaml: |\n    state.a: 2\n",
    );
    let config = config(values);
    assert_eq!(text(config.tomorrow("state.a")), Some("2"));
    assert_eq!(config.tomorrow("state.b"), None);
    assert_eq!(
        config.notes()[0].to_string(),
        "c.yaml:2:3: note: `config.yaml` is not read where there is `flink-conf.yaml`; keep one of \
         the two"
    );
}
