//! Jobs that no operator stops with a savepoint, and for which somebody answers by hand.

use super::cases::planted;
use super::world::{World, dump, has_bash, takes_away};

const ANSWER: &str = "s3://lake/checkpoints/00/chk-7";

/// A world whose only job has failed, so that it is never stopped with a savepoint, with an answer for it.
fn failed() -> World {
    let sandbox = planted("flux");
    sandbox.write("tree/answers.yaml", &format!("prod/orders: {ANSWER}\n"));
    let world = World::with(sandbox, "flux", &["--answers", "answers.yaml"]);
    world.sandbox.write("world/failed.json", &dump("running", "FAILED", "READY", ""));
    world.becomes("failed");
    world.is_ready("failed");
    world
}

#[test]
fn a_job_that_is_answered_by_hand_goes_the_whole_way() {
    if !has_bash() {
        return;
    }
    let world = failed();
    let cell = &world.page.rows("Workloads")[0][2];
    let expected = format!("starts from `{ANSWER}` in step 9, as answered by hand");
    assert!(cell.contains(&expected), "{cell}");
    let mut items = world.page.steps().flat_map(|step| &step.items);
    assert!(!items.any(|item| item.what.contains("suspended savepoint SUSPENDED MISSING")));
    let map = world.sandbox.read("tree/flink-migration/savepoints.yaml");
    assert!(map.contains(&format!("prod/orders: {ANSWER}\n")), "{map}");
    for step in 7..=9 {
        world.follow(step, &|| {}).unwrap_or_else(|why| panic!("step {step}: {why}"));
    }
    assert!(takes_away(&world.log()));
    let converted = world.sandbox.read("tree/jobs/overlays/prod/flink-migrate-orders.yaml");
    assert!(converted.contains(&format!("initialSavepointPath: {ANSWER}")), "{converted}");
}

#[test]
fn no_answer_hides_what_the_cluster_knows_better() {
    if !has_bash() {
        return;
    }
    let world = failed();
    let later = dump("suspended", "SUSPENDED", "MISSING", "");
    let first = world.sandbox.read("world/failed.json");
    let answers = |text: &str| world.sandbox.write("tree/answers.yaml", text);
    let sabotage: [(&str, &str, &dyn Fn()); 4] = [
        (
            "every savepoint is trusted, or answered by hand",
            "has another, trusted savepoint",
            &|| world.sandbox.write("world/failed.json", &later),
        ),
        ("no manifest has an open decision", "answers another", &|| {
            answers("prod/orders: s3://lake/checkpoints/00/chk-3\n");
        }),
        ("every savepoint is trusted, or answered by hand", "answers nothing", &|| {
            answers("prod/orders: null\n");
        }),
        ("does not run, so the answer given by hand", "runs again", &|| {
            world.sandbox.write("world/running.json", &first);
            world.becomes("running");
        }),
    ];
    for (expected, what, breaks) in sabotage {
        breaks();
        let why = world.follow(7, &|| {}).expect_err(what);
        assert!(why.contains(expected), "{what}: {why}");
        assert!(!takes_away(&world.log()), "{what}");
        world.sandbox.write("world/failed.json", &first);
        answers(&format!("prod/orders: {ANSWER}\n"));
        world.becomes("failed");
    }
    world.follow(7, &|| {}).expect("everything is as it must be");
    assert!(takes_away(&world.log()));
}
