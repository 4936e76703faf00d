//! Jobs that no operator stops with a savepoint, and for which somebody answers by hand.

use super::cases::planted;
use super::scripts::{World, dump, has_bash, takes_away};
use crate::sandbox::Ran;

const ANSWER: &str = "s3://lake/checkpoints/00/chk-7";

/// A world whose only job has failed, so that it is never stopped with a savepoint, with this answer.
fn failed(answers: &str) -> World {
    let sandbox = planted("flux");
    sandbox.write("tree/answers.yaml", answers);
    let world = World::with(sandbox, "flux");
    let script = world.runbook(&[
        "--format",
        "sh",
        "--target-operator",
        "1.15",
        "--answers",
        "answers.yaml",
    ]);
    world.sandbox.write("script.sh", &script.ended(0).out);
    world.sandbox.write("world/failed.json", &dump("running", "FAILED", "READY", ""));
    world.becomes("failed");
    world
}

fn go(world: &World, status: i32, args: &[&str]) -> (Ran, Vec<String>) {
    let (ran, log) = world.real(args);
    assert_eq!(ran.status, status, "{args:?}\n{}\n{}", ran.out, ran.err);
    (ran, log)
}

#[test]
fn a_job_that_is_answered_by_hand_goes_the_whole_way() {
    if !has_bash() {
        return;
    }
    let world = failed(&format!("prod/orders: {ANSWER}\n"));
    let page = world.runbook(&["--answers", "answers.yaml"]).ended(0).out;
    assert!(
        page.contains(&format!("starts from `{ANSWER}` in step 9, as was answered by hand")),
        "{page}"
    );
    assert!(!page.contains("suspended savepoint SUSPENDED MISSING"), "{page}");
    go(&world, 3, &["--done", "2", "--done", "6"]);
    let map = world.sandbox.read("tree/flink-migration/savepoints.yaml");
    assert!(map.contains(&format!("prod/orders: {ANSWER}\n")), "{map}");
    let (_, log) = go(&world, 3, &["--from", "7", "--done", "7"]);
    assert!(takes_away(&log));
    go(&world, 0, &["--only", "8", "--done", "8"]);
    go(&world, 3, &["--from", "9", "--done", "9"]);
    let converted = world.sandbox.read("tree/jobs/base/orders.yaml");
    assert!(converted.contains(&format!("initialSavepointPath: {ANSWER}")), "{converted}");
}

#[test]
fn no_answer_hides_what_the_cluster_knows_better() {
    if !has_bash() {
        return;
    }
    let world = failed(&format!("prod/orders: {ANSWER}\n"));
    go(&world, 3, &["--done", "2", "--done", "6"]);
    let later = dump("suspended", "SUSPENDED", "MISSING", "");
    let first = world.sandbox.read("world/failed.json");
    let sabotage: [(&str, &str, &dyn Fn()); 4] = [
        (
            "every savepoint is to be trusted, or answered by hand",
            "has another savepoint to be trusted",
            &|| {
                world.sandbox.write("world/failed.json", &later);
            },
        ),
        ("every manifest has its answer", "answers another", &|| {
            world
                .sandbox
                .write("tree/answers.yaml", "prod/orders: s3://lake/checkpoints/00/chk-3\n");
        }),
        ("every savepoint is to be trusted, or answered by hand", "answers nothing", &|| {
            world.sandbox.write("tree/answers.yaml", "prod/orders: null\n");
        }),
        ("does not run, so that what was answered", "runs again", &|| {
            world.sandbox.write("world/running.json", &first);
            world.becomes("running");
        }),
    ];
    for (said, what, breaks) in sabotage {
        breaks();
        let (ran, log) = go(&world, 1, &["--only", "7", "--done", "7"]);
        assert!(ran.err.contains(said), "{what}: {}", ran.err);
        assert!(!takes_away(&log), "{what}: {log:#?}");
        world.sandbox.write("world/failed.json", &first);
        world.sandbox.write("tree/answers.yaml", &format!("prod/orders: {ANSWER}\n"));
        world.becomes("failed");
    }
    let (_, log) = go(&world, 0, &["--only", "7", "--done", "7"]);
    assert!(takes_away(&log));
}
