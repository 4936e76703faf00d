//! The command `savepoints`, and dumps in the place of a savepoint map, run as a person runs them.

use std::fmt::Write as _;
use std::fs;

use crate::sandbox::Sandbox;
use serde_json::{Value, json};

/// A job that operator 0.1.0 has suspended with a savepoint.
fn suspended(name: &str) -> Value {
    json!({
        "apiVersion": "flink.apache.org/v1alpha1",
        "kind": "FlinkDeployment",
        "metadata": {"name": name, "namespace": "prod", "creationTimestamp": "2022-05-01T08:00:00Z"},
        "spec": {"flinkVersion": "v1_15", "job": {"state": "suspended", "upgradeMode": "savepoint"}},
        "status": {
            "jobManagerDeploymentStatus": "MISSING",
            "jobStatus": {
                "state": "SUSPENDED", "updateTime": "1651573230000",
                "savepointInfo": {"triggerId": null, "lastSavepoint": {
                    "location": format!("s3://lake/{name}/savepoint-1"), "timeStamp": 1_651_573_230_500_u64,
                }},
            },
            "reconciliationStatus": {
                "success": true,
                "lastReconciledSpec": {"job": {"state": "suspended", "upgradeMode": "savepoint"}},
            },
        },
    })
}

fn running(name: &str) -> Value {
    let mut job = suspended(name);
    job["spec"]["job"]["state"] = json!("running");
    job["status"]["jobStatus"]["state"] = json!("RUNNING");
    job
}

fn stateless(name: &str) -> Value {
    let mut job = running(name);
    job["spec"]["job"]["upgradeMode"] = json!("stateless");
    job["status"]["reconciliationStatus"]["lastReconciledSpec"]["job"]["upgradeMode"] =
        json!("stateless");
    job
}

fn session(name: &str) -> Value {
    let mut cluster = suspended(name);
    cluster["spec"]["job"] = Value::Null;
    cluster["status"] = json!({"jobManagerDeploymentStatus": "READY"});
    cluster
}

fn list(items: &[Value]) -> String {
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}});
    serde_json::to_string_pretty(&list).unwrap() + "\n"
}

fn yaml(json: &str) -> String {
    let value: yaml_serde::Value = yaml_serde::from_str(json).unwrap();
    yaml_serde::to_string(&value).unwrap()
}

/// A manifest of a job with this name, as it stands in Git.
fn manifest(name: &str) -> String {
    format!(
        "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\nmetadata:\n  name: {name}\n  \
         namespace: prod\nspec:\n  flinkVersion: v1_15\n  flinkConfiguration:\n    \
         state.checkpoints.dir: s3://lake/{name}/checkpoints\n  serviceAccount: flink\n  job:\n    \
         jarURI: local:///opt/job.jar\n    parallelism: 1\n    upgradeMode: savepoint\n"
    )
}

#[test]
fn a_dump_of_a_fleet_becomes_a_map_with_the_reasons() {
    let items = [
        suspended("orders"),
        running("fraud"),
        stateless("pings"),
        session("adhoc"),
        suspended("audit"),
    ];
    let expected = concat!(
        "# Savepoint map, from dump.json: 2 savepoints trusted, 1 not; 2 without state.\n",
        "# null holds the job until a location replaces it; stateless gives nothing.\n",
        "\n",
        "prod/adhoc: stateless  # session cluster: its jobs end with it\n",
        "\n",
        "# taken 2022-05-03T10:20:30.500Z; suspended with it in spec and status, at SUSPENDED with its \
         JobManager MISSING; taken after the last look at the running job\n",
        "prod/audit: s3://lake/audit/savepoint-1\n",
        "\n",
        "prod/fraud: null  # spec.job.state is `running` and jobStatus.state `RUNNING`, so its \
         savepoint from 2022-05-03T10:20:30.500Z may be older than its state\n",
        "\n",
        "# taken 2022-05-03T10:20:30.500Z; suspended with it in spec and status, at SUSPENDED with its \
         JobManager MISSING; taken after the last look at the running job\n",
        "prod/orders: s3://lake/orders/savepoint-1\n",
        "\n",
        "prod/pings: stateless  # stateless job: it starts empty after every change\n",
    );
    let sandbox = Sandbox::with(&[("dumps/dump.json", &list(&items))]);
    let ran = sandbox.run(&["savepoints", "dumps/dump.json"]).ended(3);
    assert_eq!(ran.out, expected);
    let message = "prod/fraud: not trusted: spec.job.state is `running`";
    assert!(
        ran.err.contains(message) && ran.err.contains("; suspend it with `upgradeMode: savepoint`")
    );
    assert!(ran.err.starts_with("dumps/dump.json:"), "{}", ran.err);
    assert!(ran.err.ends_with("\n2 savepoints trusted, 1 not; 2 without state\n"), "{}", ran.err);
    let quiet = sandbox.run(&["savepoints", "-q", "dumps/dump.json"]).ended(3);
    assert_eq!(quiet.err.lines().count(), 1, "{}", quiet.err);
    let mut turned = items;
    turned.reverse();
    sandbox.write("dump.json", &yaml(&list(&turned)));
    assert_eq!(sandbox.run(&["savepoints", "dump.json"]).ended(3).out, expected);
}

#[test]
fn standard_input_is_the_dump_where_none_is_named() {
    let sandbox = Sandbox::with(&[("b.json", &list(&[suspended("b")]))]);
    let dump = list(&[suspended("a")]);
    let named = sandbox.run_with_input(&["savepoints", "-"], dump.as_bytes()).ended(0);
    assert!(named.out.starts_with("# Savepoint map, from <stdin>: 1 savepoint trusted, 0 not."));
    let unnamed = sandbox.run_with_input(&["savepoints"], dump.as_bytes()).ended(0);
    assert_eq!(named.out, unnamed.out);
    let both = sandbox.run_with_input(&["savepoints", "b.json", "-"], dump.as_bytes()).ended(0);
    assert!(both.out.contains("prod/a: ") && both.out.contains("prod/b: "), "{}", both.out);
    assert!(both.out.contains("from b.json, <stdin>: 2"), "{}", both.out);
}

#[test]
fn a_map_of_every_form_and_the_dump_itself_start_the_job_from_the_same_place() {
    let sandbox = Sandbox::with(&[
        ("dump.json", &list(&[suspended("orders"), stateless("pings")])),
        ("deploy/orders.yaml", &manifest("orders")),
    ]);
    for map in ["map.yaml", "map.json", "map.csv", "map"] {
        let ran = sandbox.run(&["savepoints", "dump.json", "-o", map]).ended(0);
        assert_eq!(ran.out, "");
    }
    let diff = |map: &str| sandbox.run(&["diff", "deploy", "--savepoints", map]).ended(1).out;
    let expected = diff("dump.json");
    assert!(
        expected.contains("+    initialSavepointPath: s3://lake/orders/savepoint-1\n"),
        "{expected}"
    );
    for map in ["map.yaml", "map.json", "map.csv", "map"] {
        assert_eq!(diff(map), expected, "{map}");
    }
    sandbox.write("flink-migrate.toml", "savepoints = [\"dump.json\"]\n");
    assert_eq!(sandbox.run(&["diff", "deploy"]).ended(1).out, expected);
    // A dump is no manifest, wherever it lies.
    assert!(!sandbox.run(&["diff"]).ended(1).out.contains("dump.json"));
}

#[test]
fn the_json_form_is_as_its_schema_says() {
    let schema =
        serde_json::from_str(include_str!("../../schema/savepoints-v1.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let sandbox =
        Sandbox::with(&[("d.json", &list(&[suspended("a"), running("b"), stateless("c")]))]);
    let ran = sandbox.run(&["savepoints", "d.json", "--format", "json"]).ended(3);
    let map: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(schema.is_valid(&map), "{}", ran.out);
    let expected =
        json!({"prod/a": "s3://lake/a/savepoint-1", "prod/b": null, "prod/c": "stateless"});
    assert_eq!(map, expected);
    for wrong in
        [json!([]), json!({"a/b/c": "/x"}), json!({"a": 1}), json!({"a": ""}), json!({"": "/x"})]
    {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn nothing_is_written_where_one_dump_cannot_be_used() {
    let whole = list(&[suspended("a")]);
    let mut other = suspended("a");
    other["status"]["jobStatus"]["savepointInfo"]["lastSavepoint"]["location"] =
        json!("s3://lake/a/savepoint-2");
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_yaml: String = (0..10_000).fold(String::new(), |mut text, depth| {
        let _ = writeln!(text, "{}a:", " ".repeat(depth.min(2_000)));
        text
    });
    for (name, text, message) in [
        ("empty.json", String::new(), "the file is empty"),
        (
            "cut.json",
            whole[..whole.len() / 2].to_string(),
            "cut.json:23:8: error: the file ends in the middle",
        ),
        (
            "cut.yaml",
            {
                let text = yaml(&whole);
                text[..text.find("kind: List").unwrap()].to_string()
            },
            "cut off",
        ),
        (
            "pods.json",
            list(&[json!({"kind": "Pod", "apiVersion": "v1"})]),
            "only 1 Pod; take it with",
        ),
        (
            "table.txt",
            "NAMESPACE  NAME  AGE\nprod  a  3d\n".into(),
            "the table that kubectl prints",
        ),
        (
            "error.txt",
            "error: the server doesn't have a resource type \"x\"\n".into(),
            "error message of kubectl",
        ),
        ("log.txt", "2022-05-03 10:20:30,123 INFO x - y\n".into(), "a log, not a dump"),
        ("nul.json", whole.replace("prod", "pr\0od"), "a NUL byte"),
        ("deep.json", deep.clone(), "deep.json:1:"),
        ("deeper.json", format!("{{\"items\": {deep}, \"kind\": \"List\"}}"), "deeper.json:1:"),
        ("deep.yaml", deep_yaml, "deep.yaml:"),
        ("map.yaml", "prod/a: /sp/1\n".into(), "not a Kubernetes object"),
        (
            "twice.json",
            whole.replace("\"success\": true", "\"success\": false, \"success\": true"),
            "duplicate key",
        ),
        (
            "other.json",
            list(&[other.clone()]),
            "has one savepoint here and another at good.json:5:7",
        ),
        ("runs.json", list(&[running("a")]), "no trusted savepoint here, and one at good.json:5:7"),
        ("name.json", whole.replace("\"a\"", "\"a/b\\n::error::\""), "which no cluster accepts"),
    ] {
        let sandbox =
            Sandbox::with(&[("good.json", &whole), (name, &text), ("map.out", "prod/a: /sp/1\n")]);
        let before = sandbox.tree();
        let ran = sandbox.run(&["savepoints", "good.json", name, "-o", "map.out"]).ended(2);
        assert!(ran.out.is_empty() && ran.err.contains(message), "{name}: {}", ran.err);
        assert!(
            ran.err.len() < 1000
                && !ran.err.trim_end().contains(|c: char| c != '\n' && c.is_control())
        );
        assert_eq!(sandbox.tree(), before, "{name}");
        let ran = sandbox.run(&["savepoints", "good.json", name]).ended(2);
        assert_eq!(ran.out, "", "{name}");
    }
    let sandbox = Sandbox::with(&[("good.json", &whole)]);
    let wide: Vec<u8> =
        format!("\u{feff}{whole}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(sandbox.path("wide.json"), wide).unwrap();
    fs::create_dir(sandbox.path("directory")).unwrap();
    for name in ["wide.json", "directory", "nowhere.json"] {
        let ran = sandbox.run(&["savepoints", "good.json", name]).ended(2);
        assert!(ran.out.is_empty() && ran.err.starts_with(name), "{}", ran.err);
    }
}

#[test]
fn an_empty_list_is_an_empty_map_and_is_noted() {
    let sandbox = Sandbox::new();
    for text in [list(&[]), yaml(&list(&[]))] {
        let ran = sandbox.run_with_input(&["savepoints"], text.as_bytes()).ended(0);
        assert!(ran.out.lines().all(|line| line.starts_with('#')), "{}", ran.out);
        assert!(ran.err.contains("lists nothing: is it the right cluster"), "{}", ran.err);
    }
}

#[test]
fn milliseconds_are_a_time_as_well_and_what_is_no_time_is_refused() {
    let sandbox = Sandbox::with(&[("d.json", &list(&[suspended("a")]))]);
    let at = |time: &str| sandbox.run(&["savepoints", "d.json", "--taken-after", time]);
    at("1651573230500").ended(0);
    at("1651573230501").ended(3);
    for wrong in ["yesterday", "2022-05-03", "0", "1651573230", ""] {
        assert!(at(wrong).ended(2).err.contains("--taken-after"), "{wrong}");
    }
}

#[test]
fn wrong_usage_is_reported_before_anything_is_read() {
    let job = crate::sandbox::held("orders");
    let sandbox =
        Sandbox::with(&[("d.json", &list(&[suspended("a")])), ("sub/x", ""), ("job.yaml", &job)]);
    let before = sandbox.tree();
    for (args, message) in [
        (&["d.json", "-o", "d.json"][..], "the map would replace the dump"),
        (&["d.json", "-o", "sub/../d.json"], "the map would replace the dump"),
        (&["d.json", "-o", "m.csv", "--format", "yaml"], "does not match --format"),
        (&["d.json", "-o", "m.yaml", "--format", "csv"], "does not match --format"),
        (&["d.json", "-o", "m.toml"], "not as toml"),
        (&["d.json", "-o", "job.yaml"], "job.yaml exists and is not a savepoint map"),
        (&["d.json", "-o", "-"], "`--output` names a file"),
        (&["-", "d.json", "-"], "standard input can be read once"),
        (&["d.json", "--format", "xml"], "xml"),
        (&["d.json", "--savepoints", "m.yaml"], "--savepoints"),
    ] {
        let ran = sandbox.run(&[&["savepoints"], args].concat()).ended(2);
        assert!(ran.out.is_empty() && ran.err.contains(message), "{args:?}: {}", ran.err);
    }
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn what_a_dump_says_cannot_break_out_of_its_line() {
    let mut job = running("a`|<b>🦀${x}");
    job["status"]["jobStatus"]["state"] = json!("RUN\u{1b}[2J\n::error::x\u{2028}# `");
    let mut failed = suspended("zz: #");
    failed["metadata"]["name"] = json!("zz'\"*&!");
    failed["status"]["reconciliationStatus"]["error"] = json!("s3://KEY:SECRET@lake\r\nx: y");
    let sandbox = Sandbox::with(&[("d.json", &list(&[job, failed]))]);
    let ran = sandbox.run(&["savepoints", "d.json"]).ended(3);
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text}");
        assert!(!text.contains("SECRET") && !text.contains('\u{2028}'), "{text}");
        assert!(text.lines().all(|line| !line.starts_with("::")), "{text}");
    }
    assert_eq!(ran.err.lines().count(), 3, "{}", ran.err);
    sandbox.write("map.yaml", &ran.out);
    sandbox.write("deploy/a.yaml", &manifest("other"));
    let read = sandbox.run(&["check", "deploy/a.yaml", "--savepoints", "map.yaml"]);
    assert_eq!(read.status, 3, "{read:?}");
}

/// A dump of about so many bytes, whose objects carry what real ones do: far more than is asked for.
fn large(bytes: usize) -> String {
    let mut job = suspended("NAME");
    let fields: Vec<Value> = (0..60)
        .map(|n| json!({"manager": format!("m{n}"), "fieldsV1": {"f:spec": {"f:job": {"f:state": {}}}}}))
        .collect();
    job["metadata"]["managedFields"] = json!(fields);
    job["spec"]["podTemplate"] = json!({"spec": {"containers": [{"name": "flink-main-container",
        "env": (0..40).map(|n| json!({"name": format!("E{n}"), "value": "x".repeat(60)})).collect::<Vec<_>>()}]}});
    let one = serde_json::to_string_pretty(&job).unwrap();
    let mut text = String::from("{\"apiVersion\": \"v1\", \"items\": [\n");
    for number in 0..=bytes / one.len() {
        text += if number == 0 { "" } else { ",\n" };
        text += &one.replace("NAME", &format!("job-{number}"));
    }
    text + "\n], \"kind\": \"List\"}\n"
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_dump_takes_little_more_memory_than_its_text() {
    use std::io::Read;
    use std::process::Stdio;

    const MIB: usize = 1 << 20;
    let json = large(30 * MIB);
    // The generic writer of YAML would take long, and the shape is the same.
    let item = yaml(
        &json[json.find('{').unwrap()..]
            .split(",\n{\n")
            .nth(1)
            .map_or_else(String::new, |item| format!("{{\n{item}")),
    );
    let mut block = String::from("apiVersion: v1\nitems:\n");
    let mut number = 0;
    while block.len() < 30 * MIB {
        let item = item.replace("job-1", &format!("job-{number}"));
        let mut lines = item.lines();
        let _ = writeln!(block, "- {}", lines.next().unwrap_or_default());
        lines.for_each(|line| {
            let _ = writeln!(block, "  {line}");
        });
        number += 1;
    }
    block += "kind: List\n";
    let sandbox = Sandbox::new();
    for (name, text) in [("large.json", json), ("large.yaml", block)] {
        sandbox.write(name, &text);
        let mut command = sandbox.command(&["savepoints", name]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        // The map is written when all of the dump is read, and is more than a pipe holds.
        let mut map = vec![0; 1];
        out.read_exact(&mut map).unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak = peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024;
        out.read_to_end(&mut map).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(map.len() > 256 * 1024, "{name}: the run was over before it was looked at");
        let size = text.len() / MIB;
        println!("{name}: {size} MiB, {peak} MiB at most");
        assert!(peak < 16 + 2 * size, "{name}: {peak} MiB for {size} MiB of text");
    }
}

#[test]
fn a_page_of_a_list_is_refused_wherever_a_dump_is_taken() {
    let page = list(&[suspended("orders")])
        .replace("\"metadata\": {}", "\"metadata\": {\"continue\": \"x\"}");
    let later = page.replace("v1alpha1", "v1beta1");
    let sandbox = Sandbox::with(&[
        ("page.json", &page),
        ("later.json", &later),
        ("map.yaml", "prod/orders: /sp/1\n"),
        ("deploy/orders.yaml", &manifest("orders")),
    ]);
    sandbox.git("", &["init", "-q"]);
    for args in [
        &["savepoints", "page.json"][..],
        &["check", "deploy", "--savepoints", "page.json"],
        &["runbook", "deploy", "--cluster", "page.json"],
        &["verify", "later.json", "--tree", "deploy", "--savepoints", "map.yaml"],
    ] {
        let ran = sandbox.run(args).ended(2);
        assert!(
            ran.err.contains("one page of several; take the dump again"),
            "{args:?} {}",
            ran.err
        );
        assert!(ran.err.contains(".json:"), "{}", ran.err);
    }
}

#[test]
fn an_answer_takes_the_place_of_what_is_not_trusted_and_of_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("dump.json", &list(&[suspended("orders"), running("stuck"), session("sql")]));
    let run = |answers: &str| {
        sandbox.write("answers.yaml", answers);
        sandbox.run(&["savepoints", "dump.json", "--answers", "answers.yaml", "-o", "map.yaml"])
    };
    let trusted = "s3://lake/orders/savepoint-1";
    let answer = "s3://lake/checkpoints/00/chk-7";
    for answers in [
        format!("prod/stuck: {answer}\n"),
        format!("prod/stuck: {answer}\nprod/orders: {trusted}\nprod/none: null\n"),
        format!("prod/stuck: {answer}\nprod/orders: {trusted}/_metadata\n"),
    ] {
        let ran = run(&answers).ended(0);
        assert!(ran.err.contains("1 savepoint trusted, 0 not; 1 answered by hand"), "{}", ran.err);
        let map = sandbox.read("map.yaml");
        assert!(map.contains(&format!("prod/orders: {trusted}\n")), "{map}");
        assert!(map.contains("# answered by hand in answers.yaml:1; not trusted: "), "{map}");
        assert!(map.contains(&format!("\nprod/stuck: {answer}\n")), "{map}");
    }
    assert_eq!(run("prod/stuck: null\n").ended(3).out, "");
    sandbox.write("map.yaml", "prod/mine: /sp/1\n");
    for (answers, message) in [
        (
            "prod/stuck: s3://lake/a/chk-1\nprod/orders: s3://lake/orders/savepoint-0\n",
            "answers.yaml:2:1: error: `prod/orders` has another, trusted savepoint, at dump.json:",
        ),
        (
            "prod/gone: /sp/1\n",
            "answers.yaml:1:1: error: the dump has no stateful job named `prod/gone`",
        ),
        ("stuck: /sp/1\n", "the dump has no stateful job named `stuck`"),
        ("prod/sql: /sp/1\n", "the dump has no stateful job named `prod/sql`"),
        ("prod/stuck: [\n", "answers.yaml:"),
    ] {
        let ran = run(answers).ended(2);
        assert!(ran.err.contains(message), "{answers}: {}", ran.err);
        assert_eq!(sandbox.read("map.yaml"), "prod/mine: /sp/1\n", "{answers}");
    }
    for (args, message) in [
        (&["--answers", "none.yaml"][..], "none.yaml: error: cannot be read"),
        (&["--answers", "-"], "`--answers` names a file"),
        (&["--answers", "map.yaml"], "the map would replace the answers map.yaml"),
    ] {
        let ran =
            sandbox.run(&[&["savepoints", "dump.json", "-o", "map.yaml"], args].concat()).ended(2);
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
    }
}
