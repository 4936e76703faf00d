//! What people supply for a generated tree: maps in every form, right, missing and wrong entries, answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::delivery::{Delivered, deliver};
use super::operator_model::keeps_state;
use super::trees::{Forest, Job};

/// What a person has answered for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    MayStartEmpty,
    KeepsItsPath,
}

/// A generated tree with all that a run of the program gets.
pub(crate) struct World {
    pub(crate) forest: Forest,
    /// What the tree delivers as it is.
    pub(crate) before: Vec<Delivered>,
    pub(crate) options: Vec<String>,
    /// The configuration at step suspend; nothing if the tree is converted as it is.
    pub(crate) suspend: Option<String>,
    pub(crate) configuration: String,
    /// The release that comes, 1.x.
    pub(crate) target: Option<usize>,
}

/// An entry of a map: a location, null or a word.
type Entries = BTreeMap<String, Value>;

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let clusters = if seed.is_multiple_of(9) { 2 } else { 1 };
        let mut forest = Forest::grow(seed, clusters);
        let (before, _) = deliver(&forest.files);
        for job in &mut forest.jobs {
            let built = before.iter().find(|one| is_of(one, job)).unwrap();
            // In a block `#{MODE}` is a comment: what comes there later may be anything.
            let job_spec = &built.object["spec"]["job"];
            let is_open = !job_spec.is_null() && job_spec["upgradeMode"].is_null();
            job.is_wanted = is_open && forest.later.contains(&job.number);
        }
        let target = forest.chance(60).then(|| forest.pick(&[0, 1, 2, 3, 6]));
        let mut options = Vec::new();
        if let Some(namespace) = forest.namespace.filter(|_| clusters == 1) {
            options.extend(["--namespace".to_string(), namespace.to_string()]);
        }
        let mut configuration = String::new();
        if let Some(minor) = target {
            let _ =
                writeln!(configuration, "target-operator = \"1.{minor}\"\ndefaults = \"preserve\"");
        }
        let suspending = (clusters == 1 && forest.chance(30)).then(|| configuration.clone());
        let (mut answers, at_suspend) = match clusters {
            1 => answer(&mut forest, &before, suspending.is_some()),
            _ => Default::default(),
        };
        let maps: Vec<String> =
            (0..clusters).map(|cluster| map(&mut forest, &before, cluster)).collect();
        if clusters == 1 {
            let _ = writeln!(configuration, "savepoints = [\"{}\"]", maps[0]);
        }
        for (cluster, map) in maps.iter().enumerate().filter(|_| clusters > 1) {
            let _ = writeln!(
                answers,
                "[[scope]]\npaths = [\"clusters/c{cluster}/**\"]\nsavepoints = [\"{map}\"]"
            );
        }
        let suspend = suspending.map(|head| head + &at_suspend);
        let configuration = configuration + &answers;
        World { forest, before, options, suspend, configuration, target }
    }

    /// True if nothing else on its cluster, read or not, can have its name.
    pub(crate) fn is_one_name(&self, job: &Job, built: &Delivered) -> bool {
        let neighbours = self.forest.jobs.iter().filter(|other| other.cluster == job.cluster);
        let built_neighbours =
            neighbours.filter_map(|other| self.before.iter().find(|one| is_of(one, other)));
        let name = |one: &Delivered| one.text("/metadata/name").map(String::from);
        let namesakes = built_neighbours.filter(|other| name(other) == name(built));
        self.forest.is_whole && namesakes.count() == 1
    }

    /// The savepoints of everybody but this job.
    pub(crate) fn is_foreign(&self, job: &Job, path: &str) -> bool {
        let others = self.forest.jobs.iter().map(|other| &other.latest);
        let strangers = self.forest.strangers.iter().map(|(_, _, latest)| latest);
        path != job.latest && others.chain(strangers).any(|latest| latest == path)
    }
}

pub(crate) fn is_of(one: &Delivered, job: &Job) -> bool {
    one.number == job.number && one.root == job.root
}

/// Writes the map of a cluster, and says under which name.
fn map(forest: &mut Forest, before: &[Delivered], cluster: usize) -> String {
    let is_dump = forest.chance(20);
    let mut entries = Entries::new();
    let jobs = forest.jobs.iter().filter(|job| job.cluster == cluster);
    let jobs: Vec<(String, String, bool, bool)> = jobs
        .filter(|job| job.answer.is_none())
        .map(|job| {
            let built = before.iter().find(|one| is_of(one, job)).unwrap();
            let has_job = !built.object["spec"]["job"].is_null();
            (job.real.clone(), job.latest.clone(), keeps_state(built) || job.is_wanted, has_job)
        })
        .collect();
    for (real, latest, is_stateful, has_job) in jobs {
        let name = real.split_once('/').map_or("", |(_, name)| name).to_string();
        let location = json!(latest);
        if !is_stateful || !has_job {
            if has_job && forest.chance(8) {
                entries.insert(real, location);
            } else if forest.chance(if is_dump { 100 } else { 60 }) {
                entries.insert(real, json!("stateless"));
            }
            continue;
        }
        match forest.dice.below(100) {
            roll if roll < 70 || forest.is_easy => drop(entries.insert(real, location)),
            70..=77 => {}
            78..=82 => drop(entries.insert(real, Value::Null)),
            83..=84 => drop(entries.insert(real, json!("stateless"))),
            _ if is_dump => {}
            85..=92 => drop(entries.entry(name).or_insert(location)),
            _ => drop(entries.insert(format!("{real}s"), location)),
        }
    }
    for (_, real, latest) in forest.strangers.clone().into_iter().filter(|one| one.0 == cluster) {
        if forest.chance(80) {
            entries.insert(real, json!(latest));
        }
    }
    if !forest.is_easy && forest.chance(40) {
        let name = forest.pick(&["orders", "clicks", "fraud"]);
        let real = format!("elsewhere/{name}");
        let latest = format!("s3://lake/{cluster}/{real}/savepoint-9");
        forest.strangers.push((cluster, real.clone(), latest.clone()));
        entries.insert(real, forest.pick(&[json!(latest), json!(latest), json!("stateless")]));
    }
    let (file, text) = if is_dump {
        (format!("maps/dump{cluster}.json"), dump(&entries).to_string())
    } else {
        written(forest, &entries, cluster)
    };
    forest.files.insert(file.clone(), text.into_bytes());
    file
}

fn written(forest: &mut Forest, entries: &Entries, cluster: usize) -> (String, String) {
    let word = |value: &Value| value.as_str().map_or("null".to_string(), String::from);
    let flat = || {
        entries.iter().map(|(key, value)| format!("{key}: {}\n", word(value))).collect::<String>()
    };
    let (ending, text) = match forest.dice.below(4) {
        _ if entries.is_empty() => ("yaml", "{}\n".to_string()),
        0 => ("json", json!(entries).to_string()),
        1 => {
            let row = |(key, value): (&String, &Value)| {
                let (namespace, name) = key.split_once('/').unwrap_or(("", key));
                format!("{namespace},{name},{}\n", word(value))
            };
            (
                "csv",
                "namespace,name,location\n".to_string()
                    + &entries.iter().map(row).collect::<String>(),
            )
        }
        2 => {
            let mut nested = json!({});
            for (key, value) in entries {
                match key.split_once('/') {
                    Some((namespace, name)) => nested[namespace][name] = value.clone(),
                    None => nested[key] = value.clone(),
                }
            }
            // A plain name and a namespace may have one spelling; nothing here has.
            ("yaml", yaml_serde::to_string(&nested).unwrap())
        }
        _ => ("yaml", flat()),
    };
    (format!("maps/map{cluster}.{ending}"), text)
}

/// What operator 0.1.0 would show: what has a location is suspended with it, null still runs.
fn dump(entries: &Entries) -> Value {
    let item = |(key, value): (&String, &Value)| {
        let (namespace, name) = key.split_once('/').unwrap_or(("prod", key));
        let (state, job, manager) = match value.as_str() {
            Some("stateless") | None => ("running", "RUNNING", "READY"),
            Some(_) => ("suspended", "SUSPENDED", "MISSING"),
        };
        let mode = if *value == "stateless" { "stateless" } else { "savepoint" };
        let spec = json!({"job": {"state": state, "upgradeMode": mode}});
        let last = value
            .as_str()
            .filter(|word| *word != "stateless")
            .map(|location| json!({"location": location, "timeStamp": 1_651_573_230_900_u64}));
        json!({
            "apiVersion": super::trees::PREVIEW, "kind": "FlinkDeployment",
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2022-05-01T08:00:00Z"},
            "spec": spec,
            "status": {
                "jobManagerDeploymentStatus": manager,
                "jobStatus": {
                    "state": job, "startTime": "1651564800000", "updateTime": "1651573230000",
                    "savepointInfo": {"triggerId": null, "lastSavepoint": last},
                },
                "reconciliationStatus": {"success": true, "lastReconciledSpec": spec},
            },
        })
    };
    json!({"apiVersion": "v1", "kind": "List", "items": entries.iter().map(item).collect::<Vec<_>>()})
}

/// Answers for some jobs, and the wish for a savepoint at step suspend.
fn answer(forest: &mut Forest, before: &[Delivered], is_suspending: bool) -> (String, String) {
    let (mut answers, mut at_suspend) = (String::new(), String::new());
    let mut used = BTreeSet::new();
    for number in 0..forest.jobs.len() {
        let job = &forest.jobs[number];
        let built = before.iter().find(|one| is_of(one, job)).unwrap();
        let key = built.key();
        let is_stateless = built.text("/spec/job/upgradeMode") == Some("stateless");
        let has_path = built.text("/spec/job/initialSavepointPath").is_some();
        let is_alone = before.iter().filter(|other| other.key() == key).count() == 1;
        if !is_alone || !used.insert(key.clone()) {
            continue;
        }
        if is_suspending && is_stateless && forest.chance(40) {
            let _ = writeln!(at_suspend, "[workload.\"{key}\"]\nsavepoint = true");
            forest.jobs[number].is_to_be_saved = true;
        } else if forest.chance(20) {
            let (line, answer) = forest.pick(&[
                ("fresh = true", Some(Answer::MayStartEmpty)),
                ("accept = [\"missing-savepoint\"]", (!has_path).then_some(Answer::MayStartEmpty)),
                ("accept = [\"stale-savepoint\"]", has_path.then_some(Answer::KeepsItsPath)),
                ("state = \"running\"", None),
            ]);
            let _ = writeln!(answers, "[workload.\"{key}\"]\n{line}");
            forest.jobs[number].answer = answer;
        }
    }
    if !forest.is_easy && forest.chance(15) {
        answers += "[workload.\"nowhere/orders\"]\nfresh = true\n";
    }
    (answers, at_suspend)
}
