//! What configurations mean: which operator has what, what is lost, and what has another name.

use super::*;
use crate::text::Position;

/// Values of 0.1.0 as a platform team keeps them.
const OLD_VALUES: &str = r#"---
# The operator of the data platform.
watchNamespaces: ["prod", "stage"]
image:
  repository: registry.example.com/flink-kubernetes-operator
operatorConfiguration:
  create: true
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
    state.savepoints.dir: s3://lake/savepoints

    taskmanager.numberOfTaskSlots: 4
    env.java.opts: -Dsite: eu
"#;

/// The same, carried over to 1.15 by somebody in a hurry.
const NEW_VALUES: &str = r"image:
  tag: 1.15.0
defaultConfiguration:
  # Without the chart's own defaults.
  append: false
  config.yaml:
    kubernetes.operator.reconcile.interval: 15 s
    state:
      checkpoints:
        dir: s3://lake/checkpoints
      savepoints.dir: s3://lake/other
    taskmanager.numberOfTaskSlots: 4
    pipeline.jars: [file:///a.jar, file:///b.jar]
    high-availability:
      type: kubernetes
watchNamespaces: []
";

fn config(text: &str) -> OperatorConfig {
    read("c.yaml", text).unwrap()
}

fn merged(files: &[(&str, &str)]) -> OperatorConfig {
    merge(files.iter().map(|(path, text)| read(path, text).unwrap()).collect())
}

fn text(setting: Option<&OperatorSetting>) -> Option<&str> {
    setting.map(|setting| setting.text.as_str())
}

/// `key=text@line:col` of each.
fn display<'c>(settings: impl Iterator<Item = &'c OperatorSetting>) -> Vec<String> {
    settings.map(|it| format!("{}={}@{}", it.key, it.text, short(&it.place))).collect()
}

/// `line:col: before -> after` of each.
fn renamed(config: &OperatorConfig) -> Vec<String> {
    let display = config
        .renamed()
        .iter()
        .map(|Renamed { place, before, after }| format!("{}: {before} -> {after}", short(place)));
    display.collect()
}

/// `line:col`, of `c.yaml`.
fn short(place: &FilePosition) -> String {
    place.to_string().replace("c.yaml:", "")
}

/// `line:col: message` of each problem.
fn problems(text: &str) -> Vec<String> {
    let problems = read("c.yaml", text).unwrap_err();
    assert!(
        problems.iter().all(|p| p.location.file == "c.yaml" && p.diagnostic.help.is_some()),
        "{problems:?}"
    );
    let display = problems.iter().map(|problem| {
        let Position { line, column } = problem.location.position;
        format!("{line}:{column}: {}", problem.diagnostic.message)
    });
    display.collect()
}

/// `text@line:col` of the key tomorrow.
fn found(text: &str, key: &str) -> Option<String> {
    let config = config(text);
    let setting = config.tomorrow(key)?;
    Some(format!("{}@{}", setting.text, short(&setting.place)))
}

#[test]
fn values_of_the_old_chart_are_what_was_and_what_the_jobs_had_is_lost() {
    let config = config(OLD_VALUES);
    assert_eq!(text(config.today("kubernetes.service-account")), Some("flink"));
    assert_eq!(config.today("operator.reconciler.reschedule.interval"), None);
    assert_eq!(config.tomorrow("kubernetes.service-account"), None);
    assert!(!config.drops_chart_defaults(When::Today));
    assert_eq!(
        display(config.lost()),
        [
            "kubernetes.service-account=flink@20:5",
            "state.savepoints.dir=s3://lake/savepoints@20:5",
            "taskmanager.numberOfTaskSlots=4@20:5",
            "env.java.opts=-Dsite: eu@20:5",
        ]
    );
    assert_eq!(
        renamed(&config),
        [
            "6:1: operatorConfiguration -> defaultConfiguration",
            "9:5: metrics.reporter.prom.class -> kubernetes.operator.metrics.reporter.prom.class",
            "9:5: operator.reconciler.reschedule.interval -> \
             kubernetes.operator.reconcile.interval",
            "9:5: operator.observer.progress-check.interval -> \
             kubernetes.operator.observer.progress-check.interval",
            "14:3: log4j2.properties -> log4j-operator.properties",
            "16:1: flinkDefaultConfiguration -> defaultConfiguration",
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
    let available = config.starting_with(When::Tomorrow, "high-availability");
    assert_eq!(display(available), ["high-availability.type=kubernetes@15:7"]);
    assert_eq!(config.starting_with(When::Tomorrow, "high-availability.z").count(), 0);
    assert!(config.drops_chart_defaults(When::Tomorrow));
    assert!(!config.drops_chart_defaults(When::Today));
    assert_eq!((config.lost().count(), renamed(&config).len()), (0, 0));
    // Nothing else was given, so it was the same before.
    assert_eq!(text(config.today("taskmanager.numberOfTaskSlots")), Some("4"));
}

#[test]
fn what_the_new_values_left_behind_is_lost_in_the_order_of_the_text() {
    let config = merged(&[("old.yaml", OLD_VALUES), ("new.yaml", NEW_VALUES)]);
    assert_eq!(text(config.today("state.savepoints.dir")), Some("s3://lake/savepoints"));
    assert_eq!(text(config.tomorrow("state.savepoints.dir")), Some("s3://lake/other"));
    assert_eq!(config.today("high-availability.type"), None);
    let lost: Vec<&str> = config.lost().map(|setting| setting.key.as_str()).collect();
    assert_eq!(lost, ["kubernetes.service-account", "env.java.opts"]);
}

#[test]
fn of_several_files_the_later_one_wins_and_the_old_shape_says_what_was() {
    let own = ("own.yaml", "state.a: own\nstate.b: own\nstate.c: ' '\n");
    let old = ("old.yaml", "flinkDefaultConfiguration: {flink-conf.yaml: \"state.a: old\"}");
    let new = ("new.yaml", "defaultConfiguration: {flink-conf.yaml: \"state.a: new\"}");
    for files in [[own, old, new], [old, own, new]] {
        let config = merged(&files);
        assert_eq!(text(config.today("state.a")), Some("old"));
        assert_eq!(text(config.today("state.b")), Some("own"));
        assert_eq!(text(config.tomorrow("state.a")), Some("new"));
        assert_eq!(text(config.tomorrow("state.b")), Some("own"));
        assert_eq!(config.tomorrow("state.c"), None);
    }
    assert_eq!(text(merged(&[new, own]).tomorrow("state.a")), Some("own"));
    assert_eq!(text(merged(&[own, new]).today("state.a")), Some("own"));
    assert_eq!(merged(&[new, own]).tomorrow("state.a").unwrap().place.to_string(), "own.yaml:1:1");
    assert!(!merge(Vec::new()).is_given());
    let both = format!("{}\n{}", old.1, new.1);
    assert_eq!(text(config(&both).today("state.a")), Some("old"));
    assert_eq!(text(config(&both).tomorrow("state.a")), Some("new"));
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
    assert!(config.drops_chart_defaults(When::Tomorrow));
    let config = merged(&[base, ("prod.yaml", "defaultConfiguration: {append: true}")]);
    assert_eq!(text(config.tomorrow("state.a")), Some("1"));
    assert!(!config.drops_chart_defaults(When::Tomorrow));
    let config = merged(&[("off.yaml", "defaultConfiguration: {create: false}"), base]);
    assert_eq!(config.tomorrow("state.a"), None);
    assert_eq!(config.notes().len(), 1);
}

#[test]
fn what_makes_no_config_map_does_not_count() {
    for (create, counts, drops, note) in [
        ("true", true, false, ""),
        ("'false'", true, false, ""),
        ("false", false, true, "`flinkDefaultConfiguration` has `create: false`, so it is ignored"),
        ("0", false, true, "`flinkDefaultConfiguration` has"),
        ("''", false, true, "`flinkDefaultConfiguration` has"),
        ("", false, true, "`flinkDefaultConfiguration` has"),
        ("{}", false, true, "`flinkDefaultConfiguration` has"),
        ("${CREATE}", false, false, "`create` of `flinkDefaultConfiguration` is filled in later"),
    ] {
        let config = config(&format!(
            "flinkDefaultConfiguration:\n  create: {create}\n  flink-conf.yaml: \"state.a: 1\"\n"
        ));
        assert_eq!(config.today("state.a").is_some(), counts, "{create}");
        assert_eq!(config.drops_chart_defaults(When::Today), drops, "{create}");
        assert_eq!(config.notes().is_empty(), counts, "{create}");
        assert!(
            config.notes().iter().all(|it| it.diagnostic.message.starts_with(note)),
            "{create}"
        );
    }
}

#[test]
fn the_chart_reads_one_of_the_two_files_and_a_config_map_both() {
    let parts =
        "  config.yaml: |\n    state: {a: no, b: 1}\n  flink-conf.yaml: |\n    state.a: 2\n";
    let values = config(&format!("defaultConfiguration:\n{parts}"));
    assert_eq!(text(values.tomorrow("state.a")), Some("2"));
    assert_eq!(values.tomorrow("state.b"), None);
    assert!(
        values.notes()[0]
            .diagnostic
            .message
            .starts_with("`config.yaml` is not read where there is")
    );
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flink-operator-config}\ndata:\n";
    let map = config(&format!("{map}{parts}"));
    assert_eq!(text(map.tomorrow("state.a")), Some("2"));
    assert_eq!(text(map.tomorrow("state.b")), Some("1"));
    assert!(map.notes().is_empty());
}

#[test]
fn flinks_own_file_is_read_as_yaml_where_it_is_yaml_and_else_line_by_line() {
    let found = |text: &str| found(text, "state.checkpoints.dir").unwrap();
    assert_eq!(found("# c\nstate.checkpoints.dir: \"s3://a#b\"\n"), "s3://a#b@2:1");
    assert_eq!(found("state:\n  checkpoints:\n    dir: s3://a # c\n"), "s3://a@3:5");
    assert_eq!(found("{\"state\": {\"checkpoints.dir\": \"s3://a\"}}"), "s3://a@1:12");
    assert_eq!(found("---\nx: &d {dir: s3://a}\nstate: {checkpoints: *d}\n"), "s3://a@2:8");
    assert_eq!(found("state.checkpoints.dir: \"{{ .Values.dir }}\"\n"), "{{ .Values.dir }}@1:1");
    let lines = "\u{feff}# Flink\r\nstate.checkpoints.dir: *first\r\nweb.title: 100% # %\r\n\
                 this line is nothing\r\nstate.checkpoints.dir : s3://b\r\n";
    assert_eq!(found(lines), "s3://b@5:1");
    assert_eq!(found("{{- if .x }}\nstate.checkpoints.dir: 1\n{{- end }}\n"), "1@2:1");
}

#[test]
fn duplicate_keys_are_problems_in_yaml_alone() {
    assert_eq!(
        problems("state.a: 1\nrest:\n  port: 1\n  port: 2\nrest.port: 3\nstate.a: 1\n"),
        [
            "4:3: duplicate key `port`, first on line 3",
            "5:1: duplicate key `rest.port`, first on line 3",
            "6:1: duplicate key `state.a`, first on line 1",
        ]
    );
    let values = "defaultConfiguration:\n  flink-conf.yaml: |\n    state.a: 1\n    state.a: 2\n";
    assert_eq!(found(values, "state.a").as_deref(), Some("2@3:5"));
    assert_eq!(
        problems(&format!("{values}defaultConfiguration: {{create: true, create: true}}\n"))[0],
        "5:1: duplicate key `defaultConfiguration`, first on line 1"
    );
}

#[test]
fn config_maps_are_taken_out_of_streams_and_lists() {
    let map = |name: &str, data: &str| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{data}")
    };
    let stream = format!(
        "apiVersion: v1\nkind: Service\n{}{}{}---\n# end\n",
        map("other", "  a.properties: x\n"),
        map("flink-default-config", "  flink-conf.yaml: |\n    state.a: old\n    state.b: old\n"),
        map("flink-operator-config", "  flink-conf.yaml: |\n    state.a: new\n"),
    );
    let config = config(&stream);
    assert_eq!(text(config.today("state.a")), Some("old"));
    assert_eq!(text(config.tomorrow("state.a")), Some("new"));
    assert_eq!(display(config.lost()), ["state.b=old@15:5"]);

    let list = concat!(
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"f\"},",
        " \"data\": {\"flink-conf.yaml\": \"state.a: 1\\nstate.b: 2\\n\"}},",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"flink-config-x\",",
        " \"labels\": {\"type\": \"flink-native-kubernetes\"}},",
        " \"data\": {\"flink-conf.yaml\": \"state.a: 3\\n\"}}]}",
    );
    assert_eq!(found(list, "state.a").as_deref(), Some("1@1:145"));
    assert_eq!(found(list, "state.b").as_deref(), Some("2@1:145"));
}

#[test]
fn the_config_map_of_operator_0_1_0_itself_is_told_from_a_later_one_by_its_content() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flink-operator-config}\ndata:\n";
    for (data, tomorrow) in [
        ("  log4j2.properties: x\n  flink-conf.yaml: |\n    metrics.a: 1\n", None),
        ("  flink-conf.yaml: |\n    operator.x: 1\n    metrics.a: 1\n", None),
        ("  log4j-operator.properties: x\n  flink-conf.yaml: |\n    metrics.a: 1\n", Some("1")),
    ] {
        let config = config(&format!("{map}{data}"));
        assert_eq!(text(config.tomorrow("metrics.a")), tomorrow);
        assert_eq!(text(config.today("metrics.a")), tomorrow);
    }
}

#[test]
fn what_cannot_be_used_is_a_problem_without_its_values() {
    let nothing = "1:1: this is not the operator's configuration";
    let object = "1:1: this Kubernetes object has nothing of the operator's configuration";
    let broken = "defaultConfiguration:\n  flink-conf.yaml: |\n    state.a: 1\n   state.b: 2\n";
    for (text, expected) in [
        ("", &[nothing][..]),
        ("# only a comment\n", &[nothing]),
        ("- a\n", &[nothing]),
        ("services: {web: {port: 1}}\n", &[nothing]),
        ("a: 1\n---\nstate.a: 1\n", &[nothing]),
        ("kind: ConfigMap\napiVersion: v1\ndata: {x: y}\n", &[object]),
        (
            "kind: Application\napiVersion: v1\nspec: {source: {helm: {values: '{{ x'}}}\n",
            &[object],
        ),
        (
            "# c\nimage: {tag: 1.15.0}\nmetrics: {port: 9999}\n",
            &["2:1: these values of the operator's chart do not change its configuration"],
        ),
        ("state.a: ENC[x]\nsops:\n  mac: ENC[y]\n", &["1:1: the file is encrypted by SOPS"]),
        (
            "state:\n  a: *hunter2\n",
            &["2:6: this is not YAML: while parsing node, found unknown anchor"],
        ),
        (
            "state.a: 1\n---\na: [hunter2\n---\nb: 1\n",
            &["3:4: this is not YAML: unclosed bracket '['"],
        ),
        (
            concat!(
                "defaultConfiguration:\n  flink-conf.yaml: {a: hunter2}\n",
                "  config.yaml: hunter2\n",
                "flinkDefaultConfiguration: hunter2\n",
                "operatorConfiguration:\n  flink-conf.yaml: |\n    # c\n\n    ${hunter2}\n",
            ),
            &[
                "2:3: `flink-conf.yaml` is not a string",
                "3:16: `config.yaml` is not a mapping",
                "4:1: `flinkDefaultConfiguration` is not a mapping",
                "7:5: `flink-conf.yaml` has no line `key: value`",
            ],
        ),
    ] {
        assert_eq!(problems(text), expected, "{text:?}");
    }
    assert_eq!(problems(broken).len(), 1);
}

#[test]
fn empty_parts_are_no_problems() {
    for text in [
        "defaultConfiguration: {flink-conf.yaml: '', config.yaml: '# c'}",
        "defaultConfiguration: {flink-conf.yaml: \"# c\\nstate.a:\", config.yaml: }",
    ] {
        let config = config(text);
        assert!(
            config.is_given() && config.starting_with(When::Tomorrow, "").count() == 0,
            "{text}"
        );
    }
}

#[test]
fn anchors_and_merge_keys_mean_what_they_say() {
    let text = concat!(
        "x: &all\n  append: false\n  flink-conf.yaml: &conf |\n    state.a: 1\n",
        "defaultConfiguration:\n  <<: *all\n  create: true\n",
        "flinkDefaultConfiguration:\n  flink-conf.yaml: *conf\n",
    );
    let config = config(text);
    assert_eq!(config.tomorrow("state.a").unwrap().place.to_string(), "c.yaml:4:5");
    assert_eq!(config.today("state.a").unwrap().place.to_string(), "c.yaml:4:5");
    assert!(config.drops_chart_defaults(When::Tomorrow));
    assert!(!config.drops_chart_defaults(When::Today));
}
