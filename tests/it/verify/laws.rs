//! What holds for every log: how its bytes come, what is wrapped around its lines, and what else
//! stands in it make no difference.

use flink_migrate::testing::{self, Files};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use super::{ID, manifest};

/// The expectations of the tree, by workload: `from`, `empty`, `parked`, `no-job` or `open`.
const EXPECTED: [(&str, &str); 6] = [
    ("prod/clicks", "empty"),
    ("prod/open", "open"),
    ("prod/orders", "from"),
    ("prod/parked", "parked"),
    ("prod/pay", "from"),
    ("prod/sql", "no-job"),
];

/// The workloads of the report on these logs, by key.
fn verified(logs: &[(&str, &[u8])]) -> Vec<Value> {
    let session = "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\n\
                   metadata: {namespace: prod, name: sql}\nspec: {flinkVersion: v1_16}\n";
    let mut files: Files = [
        ("orders.yaml", manifest("orders", "upgradeMode: savepoint")),
        ("pay.yaml", manifest("pay", "upgradeMode: last-state")),
        ("clicks.yaml", manifest("clicks", "upgradeMode: stateless")),
        ("parked.yaml", manifest("parked", "upgradeMode: savepoint, state: suspended")),
        ("open.yaml", manifest("open", "upgradeMode: savepoint")),
        ("sql.yaml", session.to_string()),
        (
            "map.csv",
            "namespace,name,location\nprod,orders,s3://b/sp-1\nprod,pay,/sp/2/_metadata\n".into(),
        ),
    ]
    .map(|(name, text)| (format!("tree/{name}"), text.into_bytes()))
    .into();
    let mut args =
        vec!["verify", "--tree", "tree", "--savepoints", "tree/map.csv", "--format", "json"];
    for (name, bytes) in logs {
        files.insert((*name).to_string(), bytes.to_vec());
        args.push(name);
    }
    let ran = testing::run(&files, &args);
    if ran.status == 2 && ran.stdout.is_empty() {
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(
            err.contains("no line about a job in it") || err.contains("save it as UTF-8"),
            "{err}"
        );
        return Vec::new();
    }
    let mut report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let mut workloads: Vec<Value> = report["workloads"].as_array_mut().unwrap().drain(..).collect();
    workloads.sort_by_key(|one| one["workload"].to_string());
    workloads
}

/// Key, outcome and grade of all.
fn verdicts(logs: &[(&str, &[u8])]) -> Vec<[Value; 3]> {
    let verdict = |one: Value| ["workload", "outcome", "as_expected"].map(|key| one[key].clone());
    verified(logs).into_iter().map(verdict).collect()
}

/// A line that may count.
fn line() -> impl Strategy<Value = String> {
    let location =
        prop::sample::select(vec!["s3://b/sp-1", "s3://b/sp-1/", "file:/sp/2", "/x/chk-3"]);
    let form = prop::sample::select(vec![
        "No checkpoint found during restore.",
        "Starting job ID from savepoint AT ()",
        "Starting job ID from savepoint AT (allowing non restored state)",
        "Restoring job ID from Savepoint 1 @ 0 for ID located at AT.",
        "Restoring job ID from Checkpoint 9 @ 0 for ID located at AT.",
        "Job a (ID) switched from state CREATED to RUNNING.",
        "Job a (ID) switched from state INITIALIZING to FAILED.",
        "Cannot find checkpoint or savepoint file/directory 'AT' on file system",
        "Loading configuration property: execution.savepoint.path, AT",
        "[INFO ][prod/orders] Deploying application cluster",
        "[ERROR][prod/pay] broken",
        "something else",
    ]);
    (form, location).prop_map(|(form, at)| form.replace("ID", ID).replace("AT", at))
}

/// What may be wrapped around a line, none of which changes it.
fn wrapping() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("", ""),
        ("", "\r"),
        ("\u{1b}[36m", "\u{1b}[0m"),
        ("2022-05-27T16:13:00.417123456Z stdout F ", ""),
        ("{\"level\":\"INFO\",\"message\":\"", "\"}"),
    ])
}

#[test]
fn what_ran_before_a_job_was_told_of_its_savepoint_is_another_life() {
    let before =
        format!("Restoring job {ID} from Savepoint 1 @ 0 for {ID} located at file:/sp/9.\n");
    let told = format!("{before}Starting job {ID} from savepoint s3://b/sp-1 ()\n");
    let failed =
        format!("{told}Cannot find checkpoint or savepoint file/directory 's3://b/sp-1'\n");
    let again = format!("{failed}{before}");
    let read = format!("{told}{}", before.replace("file:/sp/9", "s3://b/sp-1"));
    let runs = format!("{read}Source: a (1/2) (cf3a_0_0) switched from INITIALIZING to RUNNING.\n");
    let lost = format!("{before}No checkpoint found during restore.\nmore\n{told}");
    for (log, outcome) in [
        (before, "not-seen"),
        (told, "asked"),
        (failed, "not-started"),
        (again, "not-seen"),
        (read, "read"),
        (runs, "restored"),
        (lost, "started-empty"),
    ] {
        let configured = "Loading configuration property: execution.savepoint.path, s3://b/sp-1";
        let log = format!("{configured}\n{log}");
        let timed: String = log
            .lines()
            .map(|line| format!("2022-05-27T16:13:00.417123456Z stdout F {line}\n"))
            .collect();
        for log in [log, timed] {
            let [_, found, _] = verdicts(&[("orders.log", log.as_bytes())]).swap_remove(2);
            assert_eq!(found, outcome, "{log}");
        }
    }
}

/// The same logs at every run. `GENERATED=20000 SEED=7` asks for so many of each law, and for others.
fn config() -> ProptestConfig {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: number("GENERATED").map_or(100, |asked: u64| u32::try_from(asked).unwrap()),
        rng_seed: RngSeed::Fixed(number("SEED").unwrap_or(1)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_wrapped_around_a_line_makes_no_difference(
        lines in prop::collection::vec(line(), 0..12), (before, behind) in wrapping(),
    ) {
        let bare = lines.join("\n");
        let wrapped: Vec<String> =
            lines.iter().map(|line| [before, line, behind].concat()).collect();
        let wrapped = wrapped.join("\n");
        for name in ["orders.log", "clicks.log", "all.log"] {
            prop_assert_eq!(verdicts(&[(name, bare.as_bytes())]), verdicts(&[(name, wrapped.as_bytes())]));
        }
    }

    #[test]
    fn pods_beside_each_other_are_as_pods_behind_each_other(
        orders in prop::collection::vec(line(), 0..8), pay in prop::collection::vec(line(), 0..8),
        turns in prop::collection::vec(any::<bool>(), 16),
    ) {
        let prefixed = |name: &str, lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| format!("[pod/{name}-6c9f7b5d8d-x2x4z/c] {line}\n")).collect()
        };
        let (orders, pay) = (prefixed("orders", &orders), prefixed("pay", &pay));
        let behind = [orders.concat(), pay.concat()].concat();
        let (mut one, mut two) = (orders.iter(), pay.iter());
        let mut beside = String::new();
        for turn in turns {
            beside.extend(if turn { one.next() } else { two.next() }.map(String::as_str));
        }
        beside.extend(one.chain(two).map(String::as_str));
        prop_assert_eq!(verdicts(&[("all.log", behind.as_bytes())]), verdicts(&[("all.log", beside.as_bytes())]));
    }

    #[test]
    fn no_log_is_too_odd(
        bytes in prop::collection::vec(any::<u8>(), 0..300), lines in prop::collection::vec(line(), 0..6),
        name in "[^/\u{0}]{0,20}", cut in any::<prop::sample::Index>(),
    ) {
        let text = lines.join("\n");
        let at = cut.index(text.len() + 1);
        let torn = [&text.as_bytes()[..at], &bytes, &text.as_bytes()[at..]].concat();
        let found = verdicts(&[(&format!("x{name}.log"), &torn), ("orders.log", &bytes)]);
        let keys = EXPECTED.map(|(key, _)| Value::from(key));
        let found: Vec<Value> = found.into_iter().map(|[key, ..]| key).collect();
        prop_assert!(found.is_empty() || found == keys, "{found:?}");
    }

    #[test]
    fn what_is_as_expected_was_seen_or_needs_no_seeing(lines in prop::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        for (one, (_, expected)) in verified(&[("orders.log", text.as_bytes())]).iter().zip(EXPECTED) {
            prop_assert_eq!(&one["expected"]["start"], expected);
            let right = match (expected, one["outcome"].as_str().unwrap()) {
                ("from", "restored") | ("empty", "started-empty") => {
                    one["evidence"].as_array().is_some_and(|lines| !lines.is_empty())
                }
                ("parked" | "no-job", "not-started") => true,
                _ => false,
            };
            prop_assert_eq!(right, one["as_expected"] == "yes", "{:?}", one);
        }
    }
}
