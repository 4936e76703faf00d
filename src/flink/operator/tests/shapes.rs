//! Every shape in which a configuration is given.

use super::{When, config, read, renamed, shown, text};

/// `line:col: message` of each problem.
fn wrong(text: &str) -> Vec<String> {
    let problems = read("c.yaml", text).unwrap_err();
    assert!(problems.iter().all(|p| p.path == "c.yaml" && !p.help.is_empty()), "{problems:?}");
    let shown = problems.iter().map(|problem| {
        let (line, column) = (problem.position.line, problem.position.column);
        format!("{line}:{column}: {}", problem.message)
    });
    shown.collect()
}

/// `text@line:col` of the key tomorrow.
fn found(text: &str, key: &str) -> Option<String> {
    let config = config(text);
    let setting = config.tomorrow(key)?;
    Some(format!("{}@{}", setting.text, setting.origin().replace("c.yaml:", "")))
}

#[test]
fn flinks_own_file_is_read_as_yaml_where_it_is_yaml() {
    let found = |text: &str| found(text, "state.checkpoints.dir").unwrap();
    assert_eq!(found("# c\nstate.checkpoints.dir: \"s3://a#b\"\n"), "s3://a#b@2:1");
    assert_eq!(found("state:\n  checkpoints:\n    dir: s3://a # c\n"), "s3://a@3:5");
    assert_eq!(found("{\"state\": {\"checkpoints.dir\": \"s3://a\"}}"), "s3://a@1:12");
    assert_eq!(found("---\nx: &d {dir: s3://a}\nstate: {checkpoints: *d}\n"), "s3://a@2:8");
    assert_eq!(found("state.checkpoints.dir: ${DIR}\r\n"), "${DIR}@1:1");
    assert_eq!(found("state.checkpoints.dir: \"{{ .Values.dir }}\"\n"), "{{ .Values.dir }}@1:1");
}

#[test]
fn flinks_own_file_is_read_line_by_line_where_it_is_no_yaml() {
    let text = concat!(
        "\u{feff}# Flink\r\nstate.checkpoints.dir: *first\r\n",
        "web.title: 100% # %\r\nkubernetes.pod.annotations: %a: b\r\n",
        "this line is nothing\r\n",
        "  state.checkpoints.dir : s3://b\r\n",
    );
    assert_eq!(found(text, "state.checkpoints.dir").as_deref(), Some("s3://b@6:3"));
    assert_eq!(found(text, "web.title").as_deref(), Some("100%@3:1"));
    assert_eq!(found(text, "kubernetes.pod.annotations").as_deref(), Some("%a: b@4:1"));
    assert_eq!(
        found("{{- if .x }}\nrest.port: 1\n{{- end }}\n", "rest.port").as_deref(),
        Some("1@2:1")
    );
}

#[test]
fn nested_files_that_are_no_yaml_are_refused() {
    assert_eq!(
        wrong("state:\n  a: *x\n"),
        ["2:6: this is not YAML: while parsing node, found unknown anchor"]
    );
    assert_eq!(wrong("{\"state.a\": 1,\n\"state.b\": *x}\n").len(), 1);
    let broken = "defaultConfiguration:\n  flink-conf.yaml: |\n    state.a: 1\n   state.b: 2\n";
    assert_eq!(wrong(broken).len(), 1);
}

#[test]
fn a_key_that_stands_twice_is_a_problem_in_yaml_alone() {
    assert_eq!(
        wrong("state.a: 1\nrest:\n  port: 1\n  port: 2\nrest.port: 3\nstate.a: 1\n"),
        [
            "4:3: `port` stands twice, first on line 3",
            "5:1: `rest.port` stands twice, first on line 3",
            "6:1: `state.a` stands twice, first on line 1",
        ]
    );
    let values = "defaultConfiguration:\n  flink-conf.yaml: |\n    state.a: 1\n    state.a: 2\n";
    assert_eq!(found(values, "state.a").as_deref(), Some("2@3:5"));
    assert_eq!(
        wrong(&format!("{values}defaultConfiguration: {{create: true, create: true}}\n")),
        ["5:1: `defaultConfiguration` stands twice, first on line 1"]
    );
}

#[test]
fn values_are_read_in_every_nesting() {
    let conf = "defaultConfiguration: {append: false, flink-conf.yaml: \"state.a: 1\"}";
    let text = "defaultConfiguration:\n{i}  flink-conf.yaml: |\n{i}    # c\n\n{i}    state.a: 1\n";
    let block = |indent: usize| text.replace("{i}", &" ".repeat(indent));
    let object = |kind: &str| format!("apiVersion: x/v1\nkind: {kind}\nspec:\n");
    for (nested, place) in [
        (conf.to_string(), "1:56"),
        (format!("x: 1\n{}", block(0)), "4:5"),
        (format!("flink-kubernetes-operator:\n  {}", block(2)), "4:7"),
        (format!("{}  values:\n    {}", object("HelmRelease"), block(4)), "7:9"),
        (
            format!(
                "{}  values: {{flink-kubernetes-operator: {{{conf}}}}}\n",
                object("HelmRelease")
            ),
            "4:95",
        ),
        (
            format!("{}  source: {{helm: {{valuesObject: {{{conf}}}}}}}\n", object("Application")),
            "4:89",
        ),
        (
            format!(
                "{}  source:\n    helm:\n      values: |\n        {}",
                object("Application"),
                block(8)
            ),
            "7:9",
        ),
        (
            format!(
                "{}  sources:\n  - path: x\n  - helm:\n      values: |\n        {}",
                object("Application"),
                block(8)
            ),
            "8:9",
        ),
    ] {
        let expected = format!("1@{place}");
        assert_eq!(found(&nested, "state.a"), Some(expected), "{nested}");
    }
    let both = format!(
        "{}  source:\n    helm: {{values: 'not: [yaml defaultConfiguration', valuesObject: {{{conf}}}}}\n",
        object("Application")
    );
    assert!(found(&both, "state.a").is_some());
}

#[test]
fn renamed_parts_are_told_in_texts_too() {
    let text = concat!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    helm:\n",
        "      values: |\n        # old\n        flinkDefaultConfiguration:\n",
        "          flink-conf.yaml: |\n            operator.x: 1\n",
    );
    assert_eq!(
        renamed(&config(text)),
        [
            "7:9: flinkDefaultConfiguration -> defaultConfiguration",
            "7:9: operator.x -> kubernetes.operator.x",
        ]
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
        map("flink-default-config", "  flink-conf.yaml: |\n    state.a: old\n"),
        map(
            "flink-operator-config",
            "  config.yaml: |\n    state: {a: no, b: 1}\n  flink-conf.yaml: |\n    state.a: new\n",
        ),
    );
    let config = config(&stream);
    assert_eq!((text(config.today("state.a")), config.today("state.b")), (Some("old"), None));
    assert_eq!(text(config.tomorrow("state.a")), Some("new"));
    assert_eq!(text(config.tomorrow("state.b")), Some("1"));
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), None);
    assert_eq!(shown(config.lost()), ["state.a=old@c.yaml:15:5"]);

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
fn the_two_config_maps_of_the_old_operator_are_both_old() {
    let own = |data: &str| {
        let map =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flink-operator-config}\ndata:\n";
        config(&format!("{map}{data}"))
    };
    for data in [
        "  log4j2.properties: x\n  flink-conf.yaml: |\n    metrics.reporters: a\n",
        "  flink-conf.yaml: |\n    operator.x: 1\n    metrics.reporters: a\n",
    ] {
        let config = own(data);
        assert_eq!(
            (config.today("metrics.reporters"), config.tomorrow("metrics.reporters")),
            (None, None)
        );
        assert!(config.lost().any(|lost| lost.key == "metrics.reporters"));
    }
    let new =
        own("  log4j-operator.properties: x\n  flink-conf.yaml: |\n    metrics.reporters: a\n");
    assert_eq!(text(new.tomorrow("metrics.reporters")), Some("a"));
}

#[test]
fn what_holds_nothing_of_the_operator_is_a_problem() {
    let nothing = "1:1: nothing here is the operator's configuration";
    for text in ["", "# only a comment\n", "- a\n", "just text\n", "services: {web: {port: 1}}\n"] {
        assert_eq!(wrong(text), [nothing], "{text:?}");
    }
    assert_eq!(wrong("a: 1\n---\nstate.a: 1\n"), [nothing]);
    let object = "this object of Kubernetes holds nothing of the operator's configuration";
    for text in [
        "kind: ConfigMap\napiVersion: v1\ndata: {x: y}\n",
        "kind: ConfigMap\napiVersion: v1\n",
        "kind: FlinkDeployment\napiVersion: flink.apache.org/v1alpha1\nspec: {}\n",
        "kind: Application\napiVersion: v1\nspec: {source: {helm: {values: '{{ x'}}}\n",
    ] {
        assert_eq!(wrong(text), [format!("1:1: {object}")], "{text:?}");
    }
    assert_eq!(
        wrong("# c\nimage: {tag: 1.15.0}\nmetrics: {port: 9999}\n"),
        ["2:1: these values of the operator's chart leave its configuration as it is"]
    );
    assert_eq!(
        wrong("state.a: ENC[x]\nsops:\n  mac: ENC[y]\n"),
        ["1:1: the file is encrypted by SOPS"]
    );
    assert_eq!(
        read("c.yaml", "").unwrap_err()[0].to_string(),
        "c.yaml:1:1: error: nothing here is the operator's configuration; give `flink-conf.yaml` or \
         `config.yaml`, values of the operator's chart that hold its configuration, or its ConfigMap"
    );
}

#[test]
fn parts_that_are_not_what_they_should_be_are_problems_without_their_values() {
    assert_eq!(
        wrong(concat!(
            "defaultConfiguration:\n  flink-conf.yaml: {a: hunter2}\n",
            "  config.yaml: hunter2\n",
            "flinkDefaultConfiguration: hunter2\n",
            "operatorConfiguration:\n  flink-conf.yaml: |\n    # c\n\n    ${hunter2}\n",
        )),
        [
            "2:3: `flink-conf.yaml` is no text",
            "3:16: `config.yaml` holds no mapping",
            "4:1: `flinkDefaultConfiguration` is no mapping",
            "7:5: `flink-conf.yaml` holds no line `key: value`",
        ]
    );
    assert_eq!(
        wrong("defaultConfiguration:\n  config.yaml: |\n    # c\n    a: *hunter2\n"),
        ["3:5: this is not YAML: while parsing node, found unknown anchor"]
    );
    let stream = "state.a: 1\n---\na: [hunter2\n---\nb: 1\n";
    assert_eq!(wrong(stream), ["3:4: this is not YAML: unclosed bracket '['"]);
}

#[test]
fn empty_parts_are_no_problems() {
    for text in [
        "defaultConfiguration: {flink-conf.yaml: '', config.yaml: '# c'}",
        "defaultConfiguration: {flink-conf.yaml: , config.yaml: }",
        "defaultConfiguration:\n  flink-conf.yaml: |+\n    # c\n    state.a:\n",
        "defaultConfiguration: {}",
    ] {
        let config = config(text);
        assert!(config.is_given() && config.starting_with(When::Tomorrow, "").is_none(), "{text}");
        assert_eq!(config.keeps_chart_defaults(When::Tomorrow), Some(true));
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
    assert_eq!(config.tomorrow("state.a").unwrap().origin(), "c.yaml:4:5");
    assert_eq!(config.today("state.a").unwrap().origin(), "c.yaml:4:5");
    assert_eq!(config.keeps_chart_defaults(When::Tomorrow), Some(false));
    assert_eq!(config.keeps_chart_defaults(When::Today), Some(true));
    assert_eq!(config.lost().count(), 0);
}
