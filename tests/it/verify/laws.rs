//! What holds for every log: how its bytes come, what is wrapped around its lines, and what else
//! stands in it make no difference.

use flink_migrate::flink::workload::ExpectedStart;
use flink_migrate::k8s::ObjectKey;
use flink_migrate::verify::{
    Expectation, ExpectedWorkload, LogReader, Verdict, Verification, VerifyInput, verify,
};
use proptest::prelude::*;

use super::ID;

fn awaited() -> Vec<ExpectedWorkload> {
    let of = |(line, (key, expected)): (usize, (&str, ExpectedStart))| ExpectedWorkload {
        key: ObjectKey::parse(key),
        file: "a.yaml".into(),
        line: line + 1,
        expected_start: expected,
    };
    let all = [
        ("prod/orders", ExpectedStart::From("s3://b/sp-1".into())),
        ("prod/pay", ExpectedStart::From("/sp/2/_metadata".into())),
        ("prod/clicks", ExpectedStart::Empty),
        ("prod/parked", ExpectedStart::Parked),
        ("prod/sql", ExpectedStart::NoJob),
        ("test/open", ExpectedStart::Open("nobody knows".into())),
    ];
    all.into_iter().enumerate().map(of).collect()
}

fn verified(logs: &[(&str, Vec<&[u8]>)]) -> Verification {
    let read = |(name, pieces): &(&str, Vec<&[u8]>)| {
        let mut reader = LogReader::new(name);
        for piece in pieces {
            reader.feed(piece);
        }
        VerifyInput::Log(reader.finish())
    };
    let inputs: Vec<VerifyInput> = logs.iter().map(read).collect();
    verify(&awaited(), &inputs, false)
}

/// Key, outcome and grade of all.
fn told(verification: &Verification) -> Vec<(String, Verdict, Expectation)> {
    let of = |one: &flink_migrate::verify::WorkloadVerdict| {
        (one.workload.key.to_string(), one.verdict, one.expectation)
    };
    verification.verdicts.iter().map(of).collect()
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn how_the_bytes_come_makes_no_difference(
        lines in prop::collection::vec(line(), 0..12), at in any::<prop::sample::Index>(),
    ) {
        let text = lines.join("\n");
        let (a, b) = text.as_bytes().split_at(at.index(text.len() + 1));
        let whole = verified(&[("orders.log", vec![text.as_bytes()])]);
        prop_assert_eq!(whole, verified(&[("orders.log", vec![a, b])]));
    }

    #[test]
    fn what_is_wrapped_around_a_line_makes_no_difference(
        lines in prop::collection::vec(line(), 0..12), (before, behind) in wrapping(),
    ) {
        let bare = lines.join("\n");
        let wrapped: Vec<String> =
            lines.iter().map(|line| [before, line, behind].concat()).collect();
        let wrapped = wrapped.join("\n");
        for name in ["orders.log", "clicks.log", "all.log"] {
            let bare = verified(&[(name, vec![bare.as_bytes()])]);
            let wrapped = verified(&[(name, vec![wrapped.as_bytes()])]);
            prop_assert_eq!(told(&bare), told(&wrapped));
        }
    }

    #[test]
    fn pods_beside_each_other_are_as_pods_behind_each_other(
        orders in prop::collection::vec(line(), 0..8), pay in prop::collection::vec(line(), 0..8),
        turns in prop::collection::vec(any::<bool>(), 16),
    ) {
        let of = |name: &str, lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| format!("[pod/{name}-6c9f7b5d8d-x2x4z/c] {line}\n")).collect()
        };
        let (orders, pay) = (of("orders", &orders), of("pay", &pay));
        let behind = [orders.concat(), pay.concat()].concat();
        let (mut one, mut two) = (orders.iter(), pay.iter());
        let mut beside = String::new();
        for turn in turns {
            beside.extend(if turn { one.next() } else { two.next() }.map(String::as_str));
        }
        beside.extend(one.chain(two).map(String::as_str));
        let behind = verified(&[("all.log", vec![behind.as_bytes()])]);
        let beside = verified(&[("all.log", vec![beside.as_bytes()])]);
        prop_assert_eq!(told(&behind), told(&beside));
    }

    #[test]
    fn no_log_is_too_odd(
        bytes in prop::collection::vec(any::<u8>(), 0..300), lines in prop::collection::vec(line(), 0..6),
        name in ".{0,20}", cut in any::<prop::sample::Index>(),
    ) {
        let text = lines.join("\n");
        let at = cut.index(text.len() + 1);
        let torn = [&text.as_bytes()[..at], &bytes, &text.as_bytes()[at..]].concat();
        let found = verified(&[(&name, vec![&torn]), ("orders.log", vec![&bytes])]);
        prop_assert_eq!(found.verdicts.len(), awaited().len());
    }

    #[test]
    fn what_is_as_expected_was_seen_or_needs_no_seeing(lines in prop::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        for one in verified(&[("orders.log", vec![text.as_bytes()])]).verdicts {
            let right = match (&one.workload.expected_start, one.verdict) {
                (ExpectedStart::From(_), Verdict::Restored)
                | (ExpectedStart::Empty, Verdict::StartedEmpty) => !one.evidence.is_empty(),
                (ExpectedStart::Parked | ExpectedStart::NoJob, Verdict::NotStarted) => true,
                _ => false,
            };
            prop_assert_eq!(right, one.expectation == Expectation::Met, "{:?}", one);
        }
    }
}
