//! Trees that nobody wrote, and what is true of each of their jobs: where it runs, and which savepoint is
//! its latest.

use std::collections::BTreeSet;

use flink_migrate::testing::Files;
use serde_json::{Value, json};

use super::inputs::Answer;
use super::texts::{block, manifest};
use crate::support::Dice;

pub(crate) const PREVIEW: &str = "flink.apache.org/v1alpha1";
const NAMES: [&str; 6] = ["orders", "clicks", "fraud", "audit", "search", "billing"];
const NAMESPACES: [&str; 3] = ["prod", "stage", "team-a"];
/// Modes that a manifest may hold, the frequent ones several times. `#{MODE}` is a comment to YAML.
const MODES: [Option<&str>; 14] = [
    Some("savepoint"),
    Some("savepoint"),
    Some("savepoint"),
    Some("last-state"),
    Some("last-state"),
    Some("stateless"),
    Some("stateless"),
    Some("stateless"),
    None,
    None,
    Some("${MODE}"),
    Some("Savepoint"),
    Some("<mode>"),
    Some(LATER),
];
/// Is written as `#{MODE}`.
pub(crate) const LATER: &str = "@LATER@";

/// A job of the tree, once for each root that builds it.
pub(crate) struct Job {
    /// The kustomization that builds it, or its file.
    pub(crate) root: String,
    pub(crate) number: usize,
    /// The cluster it runs on, and its `namespace/name` there.
    pub(crate) cluster: usize,
    pub(crate) real: String,
    /// Its latest savepoint.
    pub(crate) latest: String,
    /// Its state is wanted, whatever a parser makes of its mode.
    pub(crate) is_wanted: bool,
    /// At step suspend its savepoint was asked for, although it is stateless.
    pub(crate) is_to_be_saved: bool,
    pub(crate) answer: Option<Answer>,
}

/// A tree in the making.
pub(crate) struct Forest {
    pub(crate) dice: Dice,
    pub(crate) files: Files,
    pub(crate) jobs: Vec<Job>,
    /// Every document can be read, and its name too.
    pub(crate) is_whole: bool,
    /// Nothing in it needs a person.
    pub(crate) is_easy: bool,
    /// The namespace that the deployment gives to what has none, if all of it gets the same.
    pub(crate) namespace: Option<&'static str>,
    /// Jobs of the cluster that the tree does not hold or that cannot be read there, with their savepoints.
    pub(crate) strangers: Vec<(usize, String, String)>,
    /// The jobs whose mode is filled in later.
    pub(crate) later: BTreeSet<usize>,
    taken: BTreeSet<(usize, String)>,
    numbers: usize,
}

impl Forest {
    pub(crate) fn grow(seed: u64, clusters: usize) -> Forest {
        let mut dice = Dice(seed);
        let is_easy = dice.below(100) < 50;
        let namespace = (dice.below(100) < 15).then_some("prod");
        let (files, later, taken) = Default::default();
        let (jobs, strangers) = (Vec::new(), Vec::new());
        let (is_whole, numbers) = (true, 0);
        let mut forest = Forest {
            dice,
            files,
            jobs,
            is_whole,
            is_easy,
            namespace,
            strangers,
            later,
            taken,
            numbers,
        };
        for cluster in 0..clusters {
            let top = if clusters == 1 { String::new() } else { format!("clusters/c{cluster}/") };
            for place in 0..=forest.dice.below(4) {
                let folder = format!("{top}app{place}");
                match forest.dice.below(10) {
                    0..=4 => forest.plain(cluster, &folder),
                    5 if !forest.is_easy => forest.neighbour(cluster, &folder),
                    _ => forest.kustomized(cluster, &folder),
                }
            }
        }
        forest
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.dice.below(from.len())].clone()
    }

    /// One or several documents in a file, or a list of them.
    fn plain(&mut self, cluster: usize, folder: &str) {
        let count = 1 + self.dice.below(3);
        let mut documents = Vec::new();
        let file = format!("{folder}/jobs.yaml");
        for _ in 0..count {
            let namespace = self.chance(65).then(|| self.pick(&NAMESPACES));
            let live = namespace.unwrap_or_else(|| self.destination());
            let name = self.name(cluster, &[live]);
            let document = self.document(&name, namespace, self.is_easy);
            self.job(&file, cluster, live, &name);
            documents.push(document);
        }
        if self.chance(15) {
            documents = vec![json!({"apiVersion": "v1", "kind": "List", "items": documents})];
        }
        let text = manifest(&mut self.dice, &documents);
        self.files.insert(file, text.into_bytes());
    }

    /// A base with overlays, or one kustomization beside its manifest.
    fn kustomized(&mut self, cluster: usize, folder: &str) {
        let overlays = self.dice.below(3);
        let prefix = if self.chance(20) { "eu-" } else { "" };
        let inner = self.chance(25).then(|| self.pick(&NAMESPACES));
        let namespaces: Vec<Option<&str>> = (0..overlays.max(1))
            .map(|_| if self.chance(80) { Some(self.pick(&NAMESPACES)) } else { inner })
            .collect();
        let live: Vec<&str> =
            namespaces.iter().map(|found| found.unwrap_or_else(|| self.destination())).collect();
        let name = self.name(cluster, &live);
        // Each root gives what it builds a place of its own on the cluster.
        let has_twins = live.len() > 1 && live[0] == live[1];
        let mut document = self.document(&name, inner, self.is_easy || has_twins);
        if !self.is_easy && self.chance(20) {
            document["spec"].as_object_mut().unwrap().remove("job");
        }
        let is_bare = document["spec"].get("job").is_none();
        let text = manifest(&mut self.dice, &[document]);
        let base = if overlays == 0 { folder.to_string() } else { format!("{folder}/base") };
        self.files.insert(format!("{base}/job.yaml"), text.into_bytes());
        let mut own = json!({"resources": ["job.yaml"]});
        if overlays == 0 {
            self.overlay(&base, &mut own, &name, namespaces[0], prefix, is_bare);
            self.job(&base, cluster, live[0], &format!("{prefix}{name}"));
        }
        self.files.insert(format!("{base}/kustomization.yaml"), block(&own).into_bytes());
        for (number, (namespace, live)) in
            namespaces.into_iter().zip(live).take(overlays).enumerate()
        {
            let root = format!("{folder}/overlay{number}");
            let mut overlay = json!({"resources": ["../base"]});
            let prefix = if has_twins { ["blue-", "green-"][number] } else { prefix };
            self.overlay(&root, &mut overlay, &name, namespace, prefix, is_bare);
            self.job(&root, cluster, live, &format!("{prefix}{name}"));
            self.files.insert(format!("{root}/kustomization.yaml"), block(&overlay).into_bytes());
        }
    }

    fn overlay(
        &mut self,
        folder: &str,
        own: &mut Value,
        name: &str,
        namespace: Option<&str>,
        prefix: &str,
        is_bare: bool,
    ) {
        if let Some(namespace) = namespace {
            own["namespace"] = json!(namespace);
        }
        if !prefix.is_empty() {
            own["namePrefix"] = json!(prefix);
        }
        if !self.chance(if is_bare { 80 } else { 45 }) {
            return;
        }
        let whole = json!({"jarURI": "local:///opt/job.jar", "parallelism": 4});
        let mut stateful = whole.clone();
        stateful["upgradeMode"] = json!("savepoint");
        let spec = if is_bare {
            json!({"job": self.pick(&[whole, stateful])})
        } else if self.is_easy {
            json!({"job": {"parallelism": 8}})
        } else {
            self.pick(&[
                json!({"job": {"parallelism": 8}}),
                json!({"job": {"upgradeMode": "savepoint"}}),
                json!({"job": {"upgradeMode": "stateless"}}),
                json!({"job": {"state": "suspended"}}),
                json!({"job": {"initialSavepointPath": "s3://old/patched/savepoint-0"}}),
                json!({"flinkConfiguration": {"state.checkpoints.dir": "s3://lake/patched"}}),
                json!({"job": null}),
            ])
        };
        self.patch(folder, own, name, &spec);
    }

    /// Lists a patch that brings these fields, in one of the ways of kustomize.
    fn patch(&mut self, folder: &str, own: &mut Value, name: &str, spec: &Value) {
        let merge = json!({"apiVersion": PREVIEW, "kind": "FlinkDeployment", "metadata": {"name": name}, "spec": spec});
        let target = self.pick(&[
            json!({"kind": "FlinkDeployment"}),
            json!({"kind": "FlinkDeployment", "name": name}),
            json!({"group": "flink.apache.org", "version": "v1alpha1", "kind": "FlinkDeployment"}),
        ]);
        let mut operations = Vec::new();
        for (field, value) in spec.as_object().into_iter().flatten() {
            match value.as_object() {
                Some(inner) if field == "job" && !inner.contains_key("jarURI") => {
                    let add = |(key, value)| json!({"op": "add", "path": format!("/spec/job/{key}"), "value": value});
                    operations.extend(inner.iter().map(add));
                }
                _ => operations
                    .push(json!({"op": "add", "path": format!("/spec/{field}"), "value": value})),
            }
        }
        let in_file = |files: &mut Files, value: &Value| {
            files.insert(format!("{folder}/patch.yaml"), block(value).into_bytes());
        };
        match self.dice.below(5) {
            0 => {
                in_file(&mut self.files, &merge);
                own["patches"] = json!([{"path": "patch.yaml"}]);
            }
            1 => {
                in_file(&mut self.files, &merge);
                own["patchesStrategicMerge"] = json!(["patch.yaml"]);
            }
            2 => own["patches"] = json!([{"patch": block(&merge)}]),
            3 => {
                in_file(&mut self.files, &merge);
                own["patches"] = json!([{"path": "patch.yaml", "target": target}]);
            }
            _ => own["patches"] = json!([{"patch": block(&json!(operations)), "target": target}]),
        }
    }

    /// What cannot be read: it may be a job that the cluster knows.
    fn neighbour(&mut self, cluster: usize, folder: &str) {
        self.is_whole = false;
        let live = self.pick(&NAMESPACES);
        let name = self.name(cluster, &[live]);
        let real = format!("{live}/{name}");
        self.strangers.push((
            cluster,
            real.clone(),
            format!("s3://lake/{cluster}/{real}/savepoint-n"),
        ));
        let head = format!(
            "apiVersion: {PREVIEW}\nkind: FlinkDeployment\nmetadata:\n  namespace: {live}\n"
        );
        let (file, rest) = match self.dice.below(3) {
            0 => ("broken.yaml", format!("  name: {name}\nspec: [\n")),
            1 => (
                "templates/job.yaml",
                "  name: {{ .Values.name }}\nspec:\n  job:\n    {{- toYaml . }}\n".into(),
            ),
            _ => ("later.yaml", "  name: ${APP}\nspec:\n  job: {upgradeMode: savepoint}\n".into()),
        };
        self.files.insert(format!("{folder}/{file}"), (head + &rest).into_bytes());
    }

    /// Into which namespace something without one is deployed.
    fn destination(&mut self) -> &'static str {
        self.namespace.unwrap_or_else(|| self.pick(&["team-a", "team-b", "prod"]))
    }

    /// A name that is free in these namespaces of the cluster.
    fn name(&mut self, cluster: usize, namespaces: &[&str]) -> String {
        for attempt in 0.. {
            let mut name = self.pick(&NAMES).to_string();
            if attempt > 20 {
                name += &attempt.to_string();
            }
            let keys = namespaces.iter().map(|namespace| (cluster, format!("{namespace}/{name}")));
            if keys.clone().all(|key| !self.taken.contains(&key)) {
                self.taken.extend(keys);
                return name;
            }
        }
        unreachable!("numbers never end")
    }

    fn job(&mut self, root: &str, cluster: usize, namespace: &str, name: &str) {
        let (root, number, real) = (root.to_string(), self.numbers, format!("{namespace}/{name}"));
        let latest = format!("s3://lake/{cluster}/{real}/savepoint-{number}");
        let (is_wanted, is_to_be_saved, answer) = (false, false, None);
        let job = Job { root, number, cluster, real, latest, is_wanted, is_to_be_saved, answer };
        self.jobs.push(job);
    }

    fn document(&mut self, name: &str, namespace: Option<&str>, is_plain: bool) -> Value {
        self.numbers += 1;
        let number = self.numbers;
        let mut metadata = json!({"name": name});
        if let Some(namespace) = namespace {
            metadata["namespace"] = json!(namespace);
        }
        let mut configuration = json!({"taskmanager.numberOfTaskSlots": "2"});
        let mode = self.pick(if is_plain { &MODES[..10] } else { &MODES });
        if mode.is_some() || self.chance(50) {
            configuration["state.savepoints.dir"] = json!(format!("s3://lake/{number}/savepoints"));
            if is_plain || self.chance(85) {
                configuration["state.checkpoints.dir"] =
                    json!(format!("s3://lake/{number}/checkpoints"));
            }
        }
        if mode == Some("last-state") {
            configuration["high-availability"] = json!("kubernetes");
        }
        let mut job = json!({"jarURI": "local:///opt/job.jar", "parallelism": 2});
        if mode == Some(LATER) {
            self.later.insert(number);
        }
        if let Some(mode) = mode {
            job["upgradeMode"] = json!(mode);
        }
        if !is_plain {
            match self.dice.below(12) {
                0 | 1 => {
                    job["initialSavepointPath"] = json!(format!("s3://old/{number}/savepoint-0"));
                }
                2 => job["initialSavepointPath"] = Value::Null,
                3 => job["initialSavepointPath"] = json!("${SAVEPOINT}"),
                _ => {}
            }
            match self.dice.below(15) {
                0 | 1 => job["state"] = json!("running"),
                2 => job["state"] = json!("suspended"),
                3 => job["state"] = json!("${STATE}"),
                _ => {}
            }
        }
        let resource = json!({"resource": {"memory": "2048m", "cpu": 1}});
        let mut spec = json!({
            "image": format!("flink:j{number}"), "flinkVersion": "v1_15", "flinkConfiguration": configuration,
            "jobManager": {"resource": {"memory": "2048m", "cpu": 1}, "replicas": 1}, "taskManager": resource,
        });
        if is_plain || self.chance(90) {
            spec["serviceAccount"] = json!("flink");
        }
        if self.chance(95) {
            spec["job"] = job;
        }
        json!({"apiVersion": PREVIEW, "kind": "FlinkDeployment", "metadata": metadata, "spec": spec})
    }
}
