//! Every shape of a dump, and what people give in its place.

mod field_shapes;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::super::tests::{later, list, preview, snapshot, stable, yaml};
use super::super::{Judge, LastSpec, collect};
use super::*;
use crate::flink::names::ApiVersion;

/// The dump without the places, which differ between JSON and YAML.
fn read(text: &str) -> Dump {
    let mut dump = read_dump("d", text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    for resource in &mut dump.resources {
        resource.place.position = crate::text::Position { line: 0, column: 0 };
    }
    dump
}

fn wrong(text: &str) -> String {
    let problems = read_dump("d", text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].to_string()
}

#[test]
fn only_the_fields_that_are_read_are_kept() {
    let dump =
        read(&list(&[preview(), json!({"kind": "Pod", "apiVersion": "v1"}), later(), snapshot()]));
    assert_eq!(dump.others, BTreeMap::from([("Pod".to_string(), 1)]));
    let [preview, later, snapshot] = &dump.resources[..] else { panic!("{dump:?}") };
    assert_eq!(preview.key.to_string(), "prod/orders");
    assert_eq!(
        (&preview.version, &later.version),
        (&Ok(ApiVersion::Preview), &Ok(ApiVersion::Stable))
    );
    let status = preview.status.as_ref().unwrap();
    assert!(matches!(&status.reconciliation.last_spec, LastSpec::Object(Some(job))
        if job.state.as_deref() == Some("suspended")));
    let last = status.job_status.savepoint_info.last_savepoint.as_ref().unwrap();
    assert_eq!(last.time.as_ref().unwrap().text, "1651573230500");
    let status = later.status.as_ref().unwrap();
    assert!(matches!(&status.reconciliation.last_spec, LastSpec::Wrapped(Some(job))
        if job.upgrade_mode.as_deref() == Some("savepoint")));
    assert_eq!(status.job_status.savepoint_info.history.len(), 2);
    assert_eq!(
        snapshot.snapshot.as_ref().unwrap().location.as_deref(),
        Some("file:/sp/savepoint-1")
    );
    assert_eq!(snapshot.owner_labels.label("snapshot.trigger-type"), Some("UPGRADE"));
    assert_eq!(snapshot.owner_labels.labels.len(), 1, "{:?}", snapshot.owner_labels);
}

#[test]
fn every_shape_of_a_dump_says_the_same() {
    let (one, two) = (preview(), stable());
    let items = [one.clone(), two.clone()];
    let listed = list(&items);
    let expected = read(&listed).resources;
    let documents = |texts: [String; 2]| texts.join("\n");
    let mut typed: Value = serde_json::from_str(&listed).unwrap();
    typed["kind"] = json!("FlinkDeploymentList");
    typed["apiVersion"] = json!("flink.apache.org/v1beta1");
    let typed = typed.to_string();
    let yaml_documents = format!("{}---\n{}", yaml(&one.to_string()), yaml(&two.to_string()));
    for text in [
        yaml(&listed),
        format!("\u{feff}{listed}"),
        format!("\u{feff}{}", yaml(&listed)),
        format!("# taken on Monday\n---\n{}", yaml(&listed)),
        yaml(&listed).replace('\n', "\r\n"),
        listed.replace('\n', "\r\n"),
        serde_json::from_str::<Value>(&listed).unwrap().to_string(),
        typed,
        documents([one.to_string(), two.to_string()]),
        documents([one.to_string(), list(std::slice::from_ref(&two))]),
        format!("{one}{two}\n"),
        yaml_documents,
        format!("--- # YAML in flow style\n{listed}"),
        format!("{{ # YAML in flow style\n{}", &listed[1..]),
    ] {
        assert_eq!(read(&text).resources, expected, "{text}");
    }
}

#[test]
fn the_items_of_a_typed_list_may_leave_their_kind_to_it() {
    let mut item = preview();
    item.as_object_mut().unwrap().remove("kind");
    item.as_object_mut().unwrap().remove("apiVersion");
    let typed = |kind: &str| {
        json!({"kind": kind, "apiVersion": "flink.apache.org/v1alpha1", "items": [item]})
            .to_string()
    };
    assert_eq!(read(&typed("FlinkDeploymentList")).resources, read(&list(&[preview()])).resources);
    assert_eq!(
        wrong(&typed("List")).split("; ").next().unwrap(),
        "d:1:67: error: an object of the list has no `kind`"
    );
}

#[test]
fn a_resource_is_located_where_it_begins() {
    let place = |text: &str| read_dump("d", text).unwrap().resources[1].place.to_string();
    assert_eq!(
        place(
            "{\"items\": [{\"kind\": \"FlinkDeployment\", \"apiVersion\": \"flink.apache.org/v1beta1\", \"metadata\": {\"name\": \"a\"}},\n  { \"metadata\": {\"name\": \"b\"}, \"kind\": \"FlinkDeployment\", \"apiVersion\": \"flink.apache.org/v1beta1\"}], \"kind\": \"List\"}"
        ),
        "d:2:5"
    );
    let yaml = "items:\n- apiVersion: flink.apache.org/v1beta1\n  kind: FlinkDeployment\n  metadata: {name: a}\n- apiVersion: flink.apache.org/v1beta1\n  kind: FlinkDeployment\n  metadata: {name: b}\nkind: List\n";
    assert_eq!(place(yaml), "d:5:3");
}

#[test]
fn an_empty_list_is_no_error_and_nothing_at_all_is() {
    for text in [
        list(&[]),
        yaml(&list(&[])),
        "apiVersion: v1\nitems: null\nkind: List\n".into(),
        "{\"kind\":\"FlinkDeploymentList\",\"apiVersion\":\"flink.apache.org/v1beta1\",\"items\":[]}".into(),
    ] {
        assert!(read(&text).is_empty(), "{text}");
    }
    for text in ["", "\n \n", "\u{feff}", "# nothing\n"] {
        assert_eq!(
            wrong(text).split("; ").next().unwrap(),
            "d:1:1: error: the file is empty: kubectl printed nothing into it"
        );
    }
    assert!(wrong("---\n...\n").contains("the dump is empty"));
}

#[test]
fn a_dump_of_other_things_says_what_to_dump() {
    let pods = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}});
    let look_alike = json!({"kind": "FlinkDeployment", "apiVersion": "flink.example.com/v1"});
    let expected = "d:1:1: error: the dump has none of the operator's resources, only \
        1 FlinkDeployment, 2 Pod; take it with `kubectl get flinkdeployments -A -o json`";
    assert_eq!(wrong(&list(&[pods.clone(), pods, look_alike])), expected);
}

#[test]
fn what_is_no_dump_is_recognised() {
    for (text, message) in [
        (
            "NAMESPACE   NAME     JOB STATUS   LIFECYCLE STATE\nprod  orders  RUNNING  STABLE\n",
            "the table that kubectl prints",
        ),
        ("NAME     AGE\norders   3d\n", "the table that kubectl prints"),
        (
            "error: the server doesn't have a resource type \"flinkdeployments\"\n",
            "error message of kubectl: error: the server",
        ),
        (
            "Error from server (Forbidden): flinkdeployments is forbidden\n",
            "error message of kubectl: Error from",
        ),
        (
            "The connection to the server localhost:8080 was refused\n",
            "error message of kubectl: The connection",
        ),
        ("No resources found\n", "error message of kubectl: No resources found"),
        ("2022-05-03 10:20:30,123 INFO  org.apache.flink - started\n", "a log, not a dump"),
        ("2022-05-03T10:20:30Z [main] WARN x: {a}\n", "a log, not a dump"),
        ("a\0b", "contains a NUL byte"),
        ("hello\n", "not a Kubernetes object"),
        ("- a\n", "a list, not a Kubernetes object"),
        ("prod/orders: /sp/1\n", "not a Kubernetes object: it has no `kind`"),
        ("[1]", "a list, not a Kubernetes object"),
        ("{}", "not a Kubernetes object: it has no `kind`"),
    ] {
        assert!(wrong(text).contains(message), "{text:?}: {}", wrong(text));
    }
}

#[test]
fn a_dump_that_is_cut_off_is_refused_wherever_it_ends() {
    let whole = list(&[preview(), stable()]);
    let lines = whole.lines().count();
    for end in (1..whole.trim_end().len()).filter(|&end| whole.is_char_boundary(end)) {
        let message = wrong(&whole[..end]);
        assert!(message.contains("seems to be cut off"), "{end}: {message}");
    }
    let message = wrong(&whole[..whole.len() - 3]);
    assert!(message.starts_with(&format!("d:{}:", lines - 1)), "{message}");
    // In YAML every line may be the last one; the kind of the list comes behind its items.
    let whole = yaml(&whole);
    let kind = whole.find("\nkind: List").unwrap();
    for (end, _) in whole.char_indices().skip(1).filter(|(end, _)| *end <= kind) {
        assert!(read_dump("d", &whole[..end]).is_err(), "{}", &whole[..end]);
    }
}

#[test]
fn a_duplicate_key_in_a_field_that_is_read_is_refused() {
    let json =
        list(&[preview()]).replace("\"success\": true", "\"success\": true, \"success\": false");
    let yaml = yaml(&list(&[preview()]));
    let line = yaml.lines().find(|line| line.trim() == "state: suspended").unwrap();
    let yaml = yaml.replacen(line, &format!("{line}\n{line}"), 1);
    for (text, key) in [(json, "success"), (yaml, "state")] {
        let message = wrong(&text);
        assert!(message.contains(&format!("duplicate key `{key}`")), "{message}");
    }
    let harmless =
        list(&[preview()]).replace("\"parallelism\": 2", "\"parallelism\": 2, \"parallelism\": 2");
    assert_eq!(read(&harmless).resources.len(), 1);
}

#[test]
fn what_no_cluster_prints_is_refused() {
    let head = "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\n";
    for (rest, message) in [
        ("metadata: &m {name: a}\nspec: *m\n", "found an alias"),
        ("metadata: {name: a}\nother: [&a 1, *a]\n", "found an alias"),
        ("<<: {metadata: {name: a}}\n", "found a merge key"),
        ("metadata: {name: !secret a}\n", "found the tag `!secret`"),
        ("metadata: !!seq {name: a}\n", ", which kubectl never prints"),
        ("metadata: {name: a}\nmetadata: {name: b}\n", "duplicate key `metadata`"),
        ("metadata: {namespace: p}\n", "a FlinkDeployment has no `metadata.name`"),
        ("metadata: {name: ''}\n", "a FlinkDeployment has no `metadata.name`"),
        ("metadata: {name: a\n", "this is not YAML"),
    ] {
        let found = wrong(&format!("{head}{rest}"));
        assert!(found.contains(message), "{rest}: {found}");
    }
    let nested = json!({"kind": "List", "items": [{"kind": "List", "items": []}]}).to_string();
    assert!(wrong(&nested).contains("found a list inside a list"));
    for item in ["null", "1", "[]", "[[{}]]", "\"a\""] {
        for text in [
            format!("{{\"kind\": \"List\", \"items\": [{item}]}}"),
            format!("kind: List\nitems:\n- {item}\n"),
        ] {
            assert!(wrong(&text).contains("an item of the list is not an object"), "{text}");
        }
    }
}

#[test]
fn nesting_without_end_is_refused_or_passed_over() {
    let deep = 10_000;
    let brackets = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    let dump = |at: &str| {
        list(&[preview()])
            .replace(&format!("\"{at}\": "), &format!("\"{at}\": {brackets}, \"x\": "))
    };
    // What nobody asks for is passed over whatever it holds.
    assert_eq!(read(&dump("parallelism")).resources.len(), 1);
    assert!(wrong(&brackets).contains("d:1:"));
    assert!(wrong(&format!("a: {brackets}")).contains("d:1:"));
    assert!(wrong(&format!("{}1{}", "{\"spec\":".repeat(deep), "}".repeat(deep))).contains("d:1:"));
}

#[test]
fn a_dump_is_distinguished_from_a_map() {
    let whole = list(&[preview()]);
    for text in [
        whole.clone(),
        yaml(&whole),
        preview().to_string(),
        yaml(&preview().to_string()),
        whole[..90].into(),
    ] {
        assert!(is_dump(&text), "{text}");
    }
    for text in [
        "prod/orders: /sp/1\n",
        "",
        "{\"prod/orders\": \"/apiVersion\"}",
        "apiVersion",
        "[savepoints]\napiVersion = 'x'\n",
    ] {
        assert!(!is_dump(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Whatever is cut out or put in: a dump, or a problem at a place and on one line.
    #[test]
    fn a_mangled_dump_is_read_or_refused(
        is_json in any::<bool>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..40_usize, prop::sample::select(vec![
                "", "{", "}", "[", "]", "\"", "'", ":", ",", "- ", "\n", "\r", "\t", "\0", "é", "🦀",
                "&a ", "*a", "<<: ", "!x ", "null", "true", "0", "-1", "1e9", "#", "---\n", "...", "|\n",
                "\u{feff}", "\u{85}", "\\", "\\u0000", "kind", "items", "List",
            ])),
            1..6,
        ),
    ) {
        let whole = list(&[preview(), stable(), later(), snapshot()]);
        let mut text = if is_json { whole } else { yaml(&whole) };
        for (at, length, insert) in changes {
            let floor = |mut at: usize| {
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let from = floor(at.index(text.len()));
            let to = floor((from + length).min(text.len()));
            text.replace_range(from..to, insert);
            prop_assume!(!text.is_empty());
        }
        match read_dump("d", &text) {
            Ok(dump) => drop(collect(&[dump], &Judge::default())),
            Err(problems) => {
                let lines = text.split(['\n', '\r']).count() + 1;
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| problem.location.position.line <= lines), "{:?}", problems);
                let is_one_line = |message: &str| !message.contains(char::is_control);
                prop_assert!(problems.iter().all(|problem| is_one_line(&problem.diagnostic.message)), "{:?}", problems);
            }
        }
        let _ = is_dump(&text);
    }
}

#[test]
fn a_page_of_a_list_is_no_dump() {
    let page_with = |metadata: Value| {
        let mut page: Value = serde_json::from_str(&list(&[preview()])).unwrap();
        page["metadata"] = metadata;
        page
    };
    for more in [
        json!({"continue": "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ", "resourceVersion": "7"}),
        json!({"remainingItemCount": 3}),
        json!({"continue": "", "remainingItemCount": 1}),
        json!({"continue": 7}),
    ] {
        let page = page_with(more);
        let typed = {
            let mut typed = page.clone();
            typed["kind"] = json!("FlinkDeploymentList");
            typed["apiVersion"] = json!("flink.apache.org/v1beta1");
            typed
        };
        let behind = format!("{}\n{page}", list(&[stable()]));
        for text in [page.to_string(), yaml(&page.to_string()), typed.to_string(), behind] {
            let message = wrong(&text);
            assert!(
                message.contains("it is one page of several; take the dump again"),
                "{message}"
            );
        }
    }
    for whole in [
        json!({}),
        json!({"continue": "", "remainingItemCount": 0}),
        json!({"continue": null, "remainingItemCount": null, "resourceVersion": ""}),
    ] {
        let page = page_with(whole);
        assert_eq!(read(&page.to_string()).resources.len(), 1);
        assert_eq!(read(&yaml(&page.to_string())).resources.len(), 1);
    }
    let text = "kind: List\nitems: []\nmetadata:\n  continue: abc\n";
    assert!(wrong(text).starts_with("d:4:3: error: "), "{}", wrong(text));
    let text = "{\"kind\": \"List\", \"items\": [],\n\"metadata\": {\n  \"continue\": \"abc\"}}";
    assert!(wrong(text).starts_with("d:3:3: error: "), "{}", wrong(text));
}

#[test]
fn api_version_counts_at_the_root_alone() {
    for text in [
        "apiVersion: v1",
        "items:\n- a: 1\n- [b]\napiVersion: v1\n",
        "{items: [], apiVersion: v1}",
        "{\"items\": [{}], \"apiVersion\": 1}",
        "\"apiVersion\": v1\nrest: {cut",
        "? [a]\n: b\napiVersion: x\n",
        "{\"apiVersion\": \"v1\", \"items\": [",
        "--- # x\nkind: List\napiVersion: v1\n",
    ] {
        assert!(has_api_version(text), "{text:?}");
    }
    for text in [
        "",
        "a: apiVersion",
        "a: {apiVersion: 1}",
        "[apiVersion: 1]",
        "{\"a\": \"apiVersion\"}",
        "- apiVersion: v1\n",
        "apiVersion",
        "{\"a\": {\"apiVersion\": 1}}",
        "a: 1\napiVersion",
    ] {
        assert!(!has_api_version(text), "{text:?}");
    }
}
