//! The life of a job after the migration: which processes its JobManager had, what each started from and
//! how far it came, what it wrote (Flink 1.14 to 2.1), and what the operator noted of it.

use serde_json::{Value, json};

use super::ID;
use crate::support::Dice;

/// Releases of the operator whose statuses differ.
pub(crate) const RELEASES: [Release; 5] =
    [Release::V1_0, Release::V1_1, Release::V1_3_1, Release::V1_7, Release::V1_12];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Release {
    V1_0,
    V1_1,
    V1_3_1,
    V1_7,
    V1_12,
}

/// A line that a pod wrote, and how the job stood after it.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) pod: String,
    pub(crate) text: String,
    now: State,
}

/// Whose state the job has, and whether its tasks run with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// The location that all of its state comes from; empty if it has none or not all.
    origin: String,
    is_read: bool,
    runs: bool,
    has_failed: bool,
}

/// Which of Flink's schedulers runs it: the adaptive one starts the execution before it looks for state.
#[derive(PartialEq, Eq)]
enum Scheduler {
    Default,
    Adaptive,
}

pub(crate) struct Life {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) entry: String,
    pub(crate) has_state: bool,
    /// What happened, in words.
    pub(crate) story: String,
    pub(crate) lines: Vec<Line>,
    id: String,
    job_name: String,
    scheduler: Scheduler,
    has_ha: bool,
    clock: usize,
    pods: usize,
    state: State,
    /// What was seen of it last: a log may end before its job does.
    seen: State,
    asked: String,
    checkpoint: usize,
    /// What high availability holds: a checkpoint of the job, and whose state is in it.
    kept: Option<(String, String)>,
    /// What the operator noted.
    spec_path: String,
    recorded: String,
    recorded_mode: &'static str,
    /// A dump cannot show that high availability had kept a checkpoint, or that state was left out.
    is_hidden: bool,
}

impl Life {
    pub(crate) fn new(number: usize, dice: &mut Dice) -> Life {
        let names = ["orders", "pay", "clicks", "fraud", "orders"];
        let namespace = if number == 4 { "test" } else { "prod" };
        let shared = dice.below(2) == 0;
        let name = names[number].to_string();
        Life {
            namespace: namespace.into(),
            entry: format!("s3://lake/{namespace}/{name}/savepoint-1"),
            has_state: dice.below(6) > 0,
            story: String::new(),
            lines: Vec::new(),
            id: if shared { ID.to_string() } else { format!("{:032x}", 77 + number) },
            job_name: if dice.below(2) == 0 { name.clone() } else { "Main".into() },
            name,
            scheduler: if dice.below(3) == 0 { Scheduler::Adaptive } else { Scheduler::Default },
            has_ha: dice.below(2) == 0,
            clock: 100 * number,
            pods: 0,
            state: State::default(),
            seen: State::default(),
            asked: String::new(),
            checkpoint: 7,
            kept: None,
            spec_path: String::new(),
            recorded: String::new(),
            recorded_mode: "savepoint",
            is_hidden: false,
        }
    }

    /// True if the job runs with the state of its entry and with all of it, as far as it was seen.
    pub(crate) fn is_restored(&self) -> bool {
        let State { origin, is_read, runs, has_failed } = &self.seen;
        self.has_state && *origin == self.entry && *is_read && *runs && !has_failed
    }

    /// Lives through one to three deployments. `other` is the entry of another workload.
    pub(crate) fn live(&mut self, other: &str, dice: &mut Dice) {
        let old = format!("s3://lake/old/{}/savepoint-0", self.name);
        let path = if self.has_state { self.entry.clone() } else { String::new() };
        let first = match dice.below(12) {
            0 => old.clone(),
            1 => String::new(),
            2 => other.to_string(),
            _ => path.clone(),
        };
        if dice.below(12) == 0 && self.has_ha {
            self.kept = Some((format!("s3://lake/old/{}/chk-3", self.name), old.clone()));
            self.is_hidden = true;
        }
        self.deploy(&first, dice);
        while dice.below(3) == 0 {
            match dice.below(6) {
                0 => self.redeploy(&old, dice),
                1 => self.redeploy("", dice),
                2 => self.redeploy(other, dice),
                3 => self.redeploy(&path, dice),
                // The container of the JobManager begins again.
                _ => self.process(dice),
            }
        }
        self.seen = self.state.clone();
    }

    /// The first deployment: from 1.3.1 on its path is noted, and `savepoint` beside it.
    fn deploy(&mut self, path: &str, dice: &mut Dice) {
        self.spec_path = path.to_string();
        self.recorded = path.to_string();
        self.recorded_mode = if path.is_empty() { "stateless" } else { "savepoint" };
        self.process(dice);
    }

    /// The job is stopped, and deployed without what high availability has kept.
    fn redeploy(&mut self, path: &str, dice: &mut Dice) {
        self.story += &format!(" redeployed from {path:?},");
        self.say("ClusterEntrypoint", "RECEIVED SIGNAL 15: SIGTERM. Shutting down as requested.");
        self.kept = None;
        self.pods += 1;
        if !path.is_empty() {
            self.spec_path = path.to_string();
            self.recorded = path.to_string();
        }
        self.recorded_mode = if path.is_empty() { "stateless" } else { "savepoint" };
        self.asked = path.to_string();
        self.process(dice);
    }

    /// One process of the JobManager.
    fn process(&mut self, dice: &mut Dice) {
        self.boot();
        self.checkpoint += 1;
        if let Some((checkpoint, origin)) = self.kept.clone() {
            self.story += " goes on from what was kept,";
            let kind = if checkpoint.contains("chk-") { "Checkpoint" } else { "Savepoint" };
            self.state.origin = origin;
            self.state.is_read = true;
            self.restoring(kind, &checkpoint);
        } else {
            let path = if self.recorded_mode == "stateless" { "" } else { &self.spec_path };
            let path = path.to_string();
            self.story += &format!(" asked to start from {path:?},");
            if path.is_empty() {
                self.empty();
            } else if !self.told(&path, dice) {
                return;
            }
        }
        self.schedule();
        match dice.below(8) {
            0 => self.story += " was not seen to run,",
            1 => self.loops(dice),
            2 => {
                self.run();
                self.fail();
            }
            3 => {
                self.run();
                self.restart();
            }
            4 => {
                self.run();
                self.drain();
            }
            _ => self.run(),
        }
    }

    /// It is told of the path, and reads it; false if it does not come so far.
    fn told(&mut self, path: &str, dice: &mut Dice) -> bool {
        let number = if path == self.entry { 7 } else { 2 + dice.below(30) };
        self.ask(path, number);
        match dice.below(9) {
            0 => {
                self.story += " died before it read,";
                return false;
            }
            1 => {
                self.say(
                    "ClusterEntrypoint",
                    "Terminating cluster entrypoint process \
                    KubernetesApplicationClusterEntrypoint with exit code 1443.",
                );
                self.state.has_failed = true;
                self.note();
                self.story += " could not read,";
                return false;
            }
            2 => {
                self.say("Checkpoints", "Skipping savepoint state for operator cbc357ccb763df28.");
                self.asked = String::new();
                self.is_hidden = true;
                self.story += " left out state,";
            }
            _ => {}
        }
        self.read();
        true
    }

    pub(crate) fn boot(&mut self) {
        let (name, id) = (self.job_name.clone(), self.id.clone());
        let version =
            "Starting KubernetesApplicationClusterEntrypoint (Version: 1.16.0, Scala: 2.12)";
        self.say("ClusterEntrypoint", &format!(" {version}"));
        self.say("StandaloneDispatcher", &format!("Submitting job '{name}' ({id})."));
        if self.scheduler == Scheduler::Adaptive {
            self.say("JobMaster", &format!("Starting execution of job '{name}' ({id})"));
        }
    }

    /// Flink writes this before it looks at the path.
    pub(crate) fn ask(&mut self, path: &str, number: usize) {
        self.say(COORDINATOR, "No checkpoint found during restore.");
        self.state = State::default();
        self.asked = path.to_string();
        self.checkpoint = number;
        self.say(COORDINATOR, &format!("Starting job {} from savepoint {path} ()", self.id));
    }

    pub(crate) fn read(&mut self) {
        let path = self.spec_path.clone();
        self.state.origin.clone_from(&self.asked);
        self.state.is_read = true;
        if self.has_ha {
            self.kept = Some((path.clone(), self.asked.clone()));
        }
        self.restoring("Savepoint", &path);
    }

    fn empty(&mut self) {
        self.say(COORDINATOR, "No checkpoint found during restore.");
        self.state = State { is_read: true, ..State::default() };
    }

    fn restoring(&mut self, kind: &str, location: &str) {
        let (id, number) = (self.id.clone(), self.checkpoint);
        let what = format!("{kind} {number} @ 0 for {id} located at {location}.");
        self.say(COORDINATOR, &format!("Restoring job {id} from {what}"));
    }

    fn schedule(&mut self) {
        self.switch("CREATED", "RUNNING");
        self.say("ExecutionGraph", &format!("{TASK} switched from DEPLOYING to INITIALIZING."));
    }

    pub(crate) fn run(&mut self) {
        self.state.runs = true;
        self.story += " runs,";
        self.say("ExecutionGraph", &format!("{TASK} switched from INITIALIZING to RUNNING."));
        self.checkpoint += 1;
        let location =
            format!("s3://lake/{}/{}/chk-{}", self.namespace, self.name, self.checkpoint);
        let done =
            format!("Completed checkpoint {} for job {} (1 bytes).", self.checkpoint, self.id);
        self.say(COORDINATOR, &done);
        if self.has_ha {
            self.kept = Some((location, self.state.origin.clone()));
        }
    }

    /// Its tasks cannot read their state, again and again.
    fn loops(&mut self, dice: &mut Dice) {
        self.story += " restarts for ever,";
        let location = self.kept.clone().map_or(self.spec_path.clone(), |(location, _)| location);
        for _ in 0..=dice.below(4) {
            self.say("ExecutionGraph", &format!("{TASK} switched from INITIALIZING to FAILED."));
            self.state.runs = false;
            self.switch("RUNNING", "RESTARTING");
            if self.state.is_read && !self.state.origin.is_empty() {
                let kind = if location.contains("chk-") { "Checkpoint" } else { "Savepoint" };
                self.restoring(kind, &location);
            }
            self.switch("RESTARTING", "RUNNING");
        }
    }

    fn restart(&mut self) {
        self.state.runs = false;
        self.switch("RUNNING", "RESTARTING");
        if !self.state.origin.is_empty() {
            let (space, name, number) = (&self.namespace, &self.name, self.checkpoint);
            let location = format!("s3://lake/{space}/{name}/chk-{number}");
            self.restoring("Checkpoint", &location);
        }
        self.switch("RESTARTING", "RUNNING");
        self.run();
    }

    fn fail(&mut self) {
        self.story += " failed,";
        self.state.runs = false;
        self.switch("RUNNING", "FAILING");
        self.state.has_failed = true;
        // What high availability holds of a job goes with it.
        self.kept = None;
        self.switch("FAILING", "FAILED");
        let text = format!("Job {} reached terminal state FAILED.", self.id);
        self.say("StandaloneDispatcher", &text);
    }

    fn drain(&mut self) {
        self.story += " was drained,";
        self.say("ClusterEntrypoint", "RECEIVED SIGNAL 15: SIGTERM. Shutting down as requested.");
        self.say("ClusterEntrypoint", "Shutting KubernetesApplicationClusterEntrypoint down with \
            application status UNKNOWN. Diagnostics Cluster entrypoint has been closed externally..");
        self.pods += 1;
    }

    fn switch(&mut self, from: &str, to: &str) {
        let job = format!("Job {} ({})", self.job_name, self.id);
        self.say("ExecutionGraph", &format!("{job} switched from state {from} to {to}."));
    }

    fn say(&mut self, class: &str, text: &str) {
        let package = match class {
            COORDINATOR | "Checkpoints" => "checkpoint",
            "ExecutionGraph" => "executiongraph",
            "JobMaster" => "jobmaster",
            "StandaloneDispatcher" => "dispatcher",
            _ => "entrypoint",
        };
        self.clock += 1;
        let (hour, minute, second) = (8 + self.clock / 3600, self.clock / 60 % 60, self.clock % 60);
        let pod = format!("{}-6c9f7b5d8d-x2x{}z", self.name, ["4", "5", "6", "7"][self.pods % 4]);
        let text = format!(
            "2022-05-27 {hour:02}:{minute:02}:{second:02},000 INFO  o.a.f.r.{package}.{class} [] - {text}"
        );
        self.lines.push(Line { pod, text, now: self.state.clone() });
    }

    /// The last line is what made it so.
    fn note(&mut self) {
        if let Some(last) = self.lines.last_mut() {
            last.now = self.state.clone();
        }
    }

    /// The lines that are left: all of them, the end (`--tail`), or the beginning, where the log was taken
    /// early.
    pub(crate) fn cut(&mut self, how: usize, dice: &mut Dice) -> Vec<Line> {
        let at = dice.below(self.lines.len());
        match how {
            0 => self.lines.clone(),
            1 => self.lines[1 + at.min(self.lines.len() - 2)..].to_vec(),
            _ => {
                self.seen = self.lines[at].now.clone();
                self.lines[..=at].to_vec()
            }
        }
    }

    /// A dump shows how it stands at its end. A log that was taken before may say that it had restored by
    /// then, and what a dump is documented not to show counts only if the whole log is given as well.
    pub(crate) fn look_at_its_end(&mut self, has_log: bool) {
        if has_log || !self.is_restored() {
            self.seen = self.state.clone();
        }
        if self.is_hidden && !has_log {
            let origin = self.entry.clone();
            self.seen = State { origin, is_read: true, runs: true, has_failed: false };
        }
    }

    /// What this release of the operator says of it.
    pub(crate) fn dump(&self, release: Release) -> Value {
        let State { is_read, runs, has_failed, .. } = &self.state;
        let state = match () {
            () if *has_failed => "FAILED",
            () if *runs || release == Release::V1_0 && *is_read => "RUNNING",
            () => "RECONCILING",
        };
        let mut job_status = json!({"jobId": self.id, "state": state, "savepointInfo": {}});
        let is_noted = !self.recorded.is_empty();
        if release >= Release::V1_1 {
            job_status["savepointInfo"]["lastPeriodicSavepointTimestamp"] = json!(0);
        }
        if is_noted && (Release::V1_3_1..=Release::V1_7).contains(&release) {
            let last = json!({"location": self.recorded, "timeStamp": 0, "triggerType": "UNKNOWN"});
            job_status["savepointInfo"]["lastSavepoint"] = last;
        }
        if is_noted && release >= Release::V1_12 {
            job_status["upgradeSavepointPath"] = json!(self.recorded);
        }
        let mut job = json!({"state": "running", "upgradeMode": self.recorded_mode});
        if !self.spec_path.is_empty() {
            job["initialSavepointPath"] = json!(self.spec_path);
        }
        let reconciled = json!({"job": job}).to_string();
        json!({
            "apiVersion": "flink.apache.org/v1beta1",
            "kind": "FlinkDeployment",
            "metadata": {
                "namespace": self.namespace, "name": self.name,
                "creationTimestamp": "2022-05-27T08:00:00Z",
            },
            "spec": {"job": job},
            "status": {
                "jobManagerDeploymentStatus": "READY",
                "jobStatus": job_status,
                "reconciliationStatus": {"state": "DEPLOYED", "lastReconciledSpec": reconciled},
            },
        })
    }
}

const COORDINATOR: &str = "CheckpointCoordinator";
const TASK: &str = "Source: a -> b (1/2) (cf3a1b0d_0_0)";
