//! Lives of jobs that nobody wrote, by a model of what Flink and the operator do, and the logs and dumps
//! that they leave: none of them is said to have restored its savepoint if it has not. `GENERATED=20000`
//! asks for so many workloads.

use flink_migrate::testing::{self, Files};
use serde_json::{Value, json};

use super::ID;
use super::model::{Life, RELEASES};
use crate::support::{Dice, in_parallel};

/// Workloads of one tree.
const FLEET: usize = 5;

/// One tree with what came from its cluster.
struct World {
    lives: Vec<Life>,
    files: Files,
    /// Logs and dumps are whole, and each says whose it is.
    is_plain: bool,
}

#[test]
fn no_generated_job_is_said_to_have_restored_what_it_has_not() {
    let asked = std::env::var("GENERATED").ok().and_then(|number| number.parse().ok());
    let seeds: Vec<u64> = (0..asked.unwrap_or(600_u64).div_ceil(FLEET as u64)).collect();
    let judged = in_parallel(&seeds, |seed| judge(*seed));
    let wrong: Vec<&String> = judged.iter().flat_map(|(wrong, ..)| wrong).collect();
    assert!(wrong.is_empty(), "{} of {}: {}", wrong.len(), seeds.len() * FLEET, wrong[0]);
    let right: usize = judged.iter().map(|(_, right, _)| right).sum();
    let missed: usize = judged.iter().map(|(_, _, missed)| missed).sum();
    println!("{right} restored and said to be, {missed} not seen to");
    assert!(right > missed * 9, "{right} restored, and {missed} of plain logs were not seen to");
}

/// What was said wrongly of a generated tree; how many of those that restored were said to have, and how
/// many were not although their logs are plain.
fn judge(seed: u64) -> (Vec<String>, usize, usize) {
    let world = World::new(&mut Dice(seed * 1_000_003 + 17));
    let inputs = world.files.keys().filter(|name| !name.starts_with("tree/"));
    let mut args = vec!["verify", "--tree", "tree", "--format", "json"];
    args.extend(["--savepoints", "tree/map.yaml"]);
    args.extend(inputs.map(String::as_str));
    let ran = testing::run(&world.files, &args);
    if ran.status == 2 {
        // A log that was cut to nothing.
        return (Vec::new(), 0, 0);
    }
    let report: Value = serde_json::from_slice(&ran.stdout).expect("a report");
    let (mut wrong, mut right, mut missed) = (Vec::new(), 0, 0);
    for life in &world.lives {
        let all = report["workloads"].as_array().expect("workloads");
        let key = format!("{}/{}", life.namespace, life.name);
        let found = all.iter().find(|one| one["workload"] == key.as_str()).expect("each");
        // With a start that may be of any workload the report as a whole says no such thing.
        let is_certain = report["summary"]["unattributed"] == 0;
        let is_said = is_certain && found["outcome"] == "restored" && found["as_expected"] == "yes";
        match (is_said, life.is_restored()) {
            (true, false) => wrong.push(describe(seed, &world, life, found)),
            (true, true) => right += 1,
            (false, true) if world.is_plain => missed += 1,
            _ => {}
        }
        if ran.status == 0 && life.has_state && !life.is_restored() {
            wrong.push(format!("status 0: {}", describe(seed, &world, life, found)));
        }
    }
    (wrong, right, missed)
}

fn describe(seed: u64, world: &World, life: &Life, found: &Value) -> String {
    let texts = world.files.iter().filter(|(name, _)| !name.starts_with("tree/"));
    let texts: Vec<String> = texts
        .map(|(name, bytes)| format!("--- {name}\n{}", String::from_utf8_lossy(bytes)))
        .collect();
    let name = &life.name;
    format!("seed {seed}, {name}, whose life was {}\n{found}\n{}", life.story, texts.join("\n"))
}

impl World {
    fn new(dice: &mut Dice) -> World {
        let mut lives: Vec<Life> = (0..FLEET).map(|number| Life::new(number, dice)).collect();
        let form = dice.below(6);
        for number in 0..FLEET {
            // In a log of nobody a start belongs to the workload whose entry it is from.
            let other = if form == 2 { number } else { (number + 1) % FLEET };
            let other = lives[other].entry.clone();
            lives[number].live(&other, dice);
        }
        let mut files = tree(&lives);
        let cut = dice.below(3);
        let is_gone = form > 3;
        let has_dump = is_gone || dice.below(3) == 0;
        let mut together = String::new();
        for life in &mut lives {
            let left = life.cut(cut, dice);
            let left = left.iter().map(|line| match form {
                0 | 1 => format!("[pod/{}/flink-main-container] {}\n", line.pod, line.text),
                _ => format!("{}\n", line.text),
            });
            let text: String = left.collect();
            match form {
                0..3 => together += &text,
                3 => {
                    let name = format!("{}_{}.log", life.namespace, life.name);
                    files.insert(name, text.into());
                }
                _ => {}
            }
            if has_dump {
                // A pod has no namespace, and two workloads are called orders.
                let is_named = form == 3 || form < 2 && life.name != "orders";
                life.look_at_its_end(cut == 0 && is_named);
            }
        }
        if form < 3 {
            files.insert("all.log".into(), together.into());
        }
        if has_dump {
            let release = RELEASES[dice.below(RELEASES.len())];
            let items: Vec<Value> = lives.iter().map(|life| life.dump(release)).collect();
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            files.insert("dump.json".into(), list.to_string().into());
        }
        World { lives, files, is_plain: cut == 0 && form == 3 }
    }
}

/// The manifests and the map.
fn tree(lives: &[Life]) -> Files {
    let mut files = Files::new();
    let mut map = String::new();
    for life in lives {
        let (namespace, name) = (&life.namespace, &life.name);
        let mode = if life.has_state { "savepoint" } else { "stateless" };
        let manifest = format!(
            "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\n\
             metadata: {{namespace: {namespace}, name: {name}}}\n\
             spec:\n  flinkVersion: v1_16\n  serviceAccount: flink\n  job: {{upgradeMode: {mode}}}\n"
        );
        files.insert(format!("tree/{namespace}-{name}.yaml"), manifest.into());
        if life.has_state {
            map += &format!("{namespace}/{name}: {}\n", life.entry);
        }
    }
    files.insert("tree/map.yaml".into(), map.into());
    files
}

#[test]
fn the_model_writes_what_flink_writes() {
    let mut life = Life::new(0, &mut Dice(1));
    life.boot();
    life.ask("s3://lake/sp/savepoint-1", 7);
    life.read();
    life.run();
    let texts: Vec<&str> = life
        .lines
        .iter()
        .map(|line| line.text.split_once(" - ").map_or("", |(_, text)| text))
        .collect();
    let has = |text: &str| texts.iter().any(|line| line.starts_with(text));
    assert!(has("No checkpoint found during restore.") && has("Starting job "), "{texts:?}");
    assert!(has("Restoring job ") && has("Completed checkpoint 8 for job "), "{texts:?}");
    assert!(!ID.is_empty() && texts.iter().any(|line| line.ends_with("INITIALIZING to RUNNING.")));
}
