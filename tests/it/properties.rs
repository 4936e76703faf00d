//! What must hold for manifests that nobody wrote: the inputs of the suites, mutated, and every edit of
//! their documents. `FLINK_MIGRATE_PROPTEST_CASES` asks for more of them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use crate::support::edits::{Operation, Outcome, attempts};
use crate::support::mutated::{self, Input, KNOWN_FAILURES, SEED, Search, Seen, inputs};
use crate::support::{Case, Dice, Spec, in_parallel};

static INPUTS: LazyLock<Vec<Input>> = LazyLock::new(inputs);

/// How many mutated manifests are asked for.
fn asked_cases() -> Option<u32> {
    std::env::var("FLINK_MIGRATE_PROPTEST_CASES").ok().and_then(|number| number.parse().ok())
}

#[test]
fn what_is_known_to_go_wrong_still_does() {
    for known in KNOWN_FAILURES {
        let head = "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n";
        let named = "metadata: {name: orders, namespace: prod}\n";
        let spec = "spec:\n  flinkVersion: v1_15\n  serviceAccount: flink\n";
        let text = format!("{head}{named}{spec}{}", known.shortest);
        let config = "[workload.\"prod/orders\"]\nfresh = true\n";
        let files = [("orders.yaml", &*text), ("flink-migrate.toml", config)];
        let files = files.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).into();
        let case = Case::from_files("known", Spec::default());
        let result = mutated::sound(case, "orders.yaml", &files, &Seen::default());
        let is_explained = result.as_ref().is_err_and(|why| known.explains(why, text.as_bytes()));
        assert!(is_explained, "take it off the list: {}\n{text}\n{result:?}", known.reason);
    }
}

#[test]
fn whatever_a_manifest_holds_its_plan_is_sound_or_leaves_it_alone() {
    let cases = asked_cases().unwrap_or(5000);
    println!("seed {SEED}, {cases} cases of {} inputs", INPUTS.len());
    let (seen, failures) = Search::of_suite(cases).hold_laws(&INPUTS);
    println!("{}", seen.counts());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let [judged, changed, held, not_understood, failed, suspended] = [
        &seen.judged,
        &seen.changed,
        &seen.held,
        &seen.not_understood,
        &seen.failed,
        &seen.suspended,
    ]
    .map(|count| count.load(Ordering::Relaxed));
    assert!(changed * 6 > judged && held > 0 && not_understood > 0 && failed > 0);
    assert!(suspended * 30 > judged);
}

#[test]
fn a_key_inserted_anywhere_is_read_as_that_key_in_that_place() {
    judge(Operation::Insert, 1000, 20);
}

#[test]
fn a_value_set_anywhere_is_read_as_that_value() {
    judge(Operation::Set, 1000, 30);
}

#[test]
fn a_key_removed_anywhere_takes_nothing_with_it() {
    judge(Operation::Remove, 1000, 40);
}

#[test]
fn a_list_inserted_anywhere_is_read_as_that_list() {
    judge(Operation::InsertList, 1000, 20);
}

#[test]
fn an_item_added_to_any_list_is_its_last_one_and_goes_without_a_trace() {
    judge(Operation::Append, 1000, 20);
}

#[test]
fn an_item_removed_from_any_list_takes_nothing_with_it() {
    judge(Operation::RemoveItem, 300, 25);
}

/// Tries the operation on all inputs, prints how the attempts ended, and fails for a wrong one, for so few
/// of them, and where more than so many in a hundred are refused.
fn judge(operation: Operation, least: usize, most_refused: usize) {
    let mappings = if asked_cases().is_some() { usize::MAX } else { 4 };
    let numbers: Vec<usize> = (0..INPUTS.len()).collect();
    let attempts = in_parallel(&numbers, |number| {
        let text = String::from_utf8_lossy(&INPUTS[*number].bytes);
        let found = attempts(&text, operation, mappings, &mut Dice(*number as u64));
        found.into_iter().map(|(what, outcome)| (*number, what, outcome)).collect::<Vec<_>>()
    });
    let (mut all, mut elsewhere) = (0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, what, outcome) in attempts.into_iter().flatten() {
        all += 1;
        match outcome {
            Outcome::Made => {}
            Outcome::Elsewhere => elsewhere += 1,
            Outcome::Refused(reason) if reason.contains("merge key") => {
                *reasons.entry("through a merge key".into()).or_default() += 1;
            }
            Outcome::Refused(reason) => *reasons.entry(reason).or_default() += 1,
            Outcome::Wrong(why) => {
                let Input { case, name, .. } = &INPUTS[number];
                wrong.push(format!("{}/{name}: {what}: {why}", case.id));
            }
        }
    }
    let refused: usize = reasons.values().sum();
    let mut table = String::new();
    for (reason, times) in &reasons {
        let _ = writeln!(table, "  {times:5} {reason}");
    }
    println!("{operation:?}: {all} tried, {refused} refused, {elsewhere} elsewhere\n{table}");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(elsewhere * 50 < all, "{elsewhere} of {all} are elsewhere");
    assert!(all > least && refused * 100 < all * most_refused, "{refused} of {all} refused");
}
