//! A small model of one job under the operator, 0.1.0 or 1.x: what people do to it, what the operator makes
//! of that and writes into the status, and where the state of the job really is.
//!
//! * 0.1.0 and 1.0 renew `updateTime` at every look at the job, later releases when its state changes.
//! * A pending savepoint delays every change; what it gave is stamped at the look that finds it.
//! * While a job is suspended, 0.1.0 and 1.0 copy its spec into `lastReconciledSpec` at every change, later
//!   releases do not. From 1.0 on the mode that was used is recorded there
//!   (`JobReconciler`, 0.1.0, :85-113; `AbstractJobReconciler.reconcileSpecChange`).
//! * A job that has ended by itself has its last checkpoint in the place of the savepoint, from 1.0 on.
//! * From 1.10 on the savepoint of a suspend is in `upgradeSavepointPath`.
//! * Helm leaves CRDs as they are, and an older one prunes what it does not know: `triggerType` (1.1),
//!   `lifecycleState` (1.4), `upgradeSavepointPath` (1.10) and all snapshots.

mod status;

use crate::support::Dice;

/// `spec.job`, as far as the operator looks at it.
#[derive(Clone, Debug)]
struct JobSpec {
    is_suspended: bool,
    mode: &'static str,
    nonce: usize,
    image: usize,
}

#[derive(Clone, Debug)]
struct Savepoint {
    location: String,
    time: u64,
    trigger: Option<&'static str>,
}

/// One job.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) key: String,
    /// The savepoint from which the job would go on without a loss; nothing while there is none.
    pub(crate) latest: Option<String>,
    /// What has happened.
    pub(crate) story: String,
    /// 1.x; nothing for 0.1.0.
    minor: Option<usize>,
    has_ha: bool,
    has_snapshots: bool,
    /// The release of the CRD.
    crd: Option<usize>,
    now: u64,
    spec: JobSpec,
    last: Option<JobSpec>,
    is_up: bool,
    ended: Option<&'static str>,
    /// When the savepoint that is being taken is done.
    pending: Option<u64>,
    taken: usize,
    initial: Option<String>,
    error: Option<&'static str>,
    state: &'static str,
    manager: &'static str,
    started: u64,
    updated: u64,
    savepoint: Option<Savepoint>,
    path: Option<String>,
    snapshots: Vec<Savepoint>,
}

const MODES: [&str; 3] = ["savepoint", "last-state", "stateless"];
const BEGIN: u64 = 1_651_564_800_000;

impl Live {
    /// A job after some days under the release 1.x, or 0.1.0.
    pub(crate) fn grow(seed: u64, number: usize, minor: Option<usize>, dice: &mut Dice) -> Live {
        let mode = MODES[[0, 0, 0, 1, 1, 2][dice.below(6)]];
        let mut live = Live {
            key: format!("prod/job-{number}"),
            latest: None,
            story: String::new(),
            // The operator may be upgraded in between, but not from 0.1.0, which has another CRD.
            minor: minor
                .map(|minor| if dice.below(3) == 0 { dice.below(minor + 1) } else { minor }),
            has_ha: dice.below(2) == 0,
            has_snapshots: dice.below(100) < 70,
            crd: None,
            now: BEGIN + 1000 * (seed % 1000),
            spec: JobSpec { is_suspended: false, mode, nonce: 0, image: 0 },
            last: None,
            is_up: false,
            ended: None,
            pending: None,
            taken: 0,
            initial: (dice.below(5) == 0).then(|| format!("s3://lake/{number}/savepoint-initial")),
            error: None,
            state: "RECONCILING",
            manager: "DEPLOYING",
            started: 0,
            updated: 0,
            savepoint: None,
            path: None,
            snapshots: Vec::new(),
        };
        live.crd = live.minor;
        live.pass(dice);
        for _ in 0..2 + dice.below(10) {
            live.act(dice);
            if dice.below(5) > 0 {
                live.pass(dice);
            }
        }
        let target = minor.unwrap_or_default();
        if minor.is_some_and(|minor| live.minor != Some(minor)) {
            live.upgrade_operator(target, dice);
        }
        // Half of them as the runbook says: running, then suspended with a savepoint, then left alone.
        if dice.below(2) == 0 {
            for suspended in [false, true] {
                live.spec.is_suspended = suspended;
                live.spec.mode = "savepoint";
                live.story += " (runbook)";
                (0..4).for_each(|_| live.pass(dice));
            }
        }
        live
    }

    /// Something that a person does, or that happens by itself.
    fn act(&mut self, dice: &mut Dice) {
        let choice = dice.below(12);
        match choice {
            0 | 1 => self.spec.nonce += 1,
            2 | 3 => {
                self.spec.is_suspended = true;
                self.spec.mode = MODES[dice.below(3)];
            }
            4 => self.spec.is_suspended = true,
            5 | 6 => self.spec.is_suspended = false,
            7 => self.spec.image += 1,
            8 => self.spec.mode = MODES[dice.below(3)],
            9 => {
                self.spec.mode = "savepoint";
                self.spec.image += 1;
            }
            10 if self.is_up && dice.below(3) == 0 => {
                self.is_up = false;
                self.ended = Some(["FINISHED", "FAILED"][dice.below(2)]);
                // A savepoint that is not done by then never will be.
                self.pending = self.pending.filter(|done| *done <= self.now);
            }
            _ => {
                if let Some(minor) = self.minor {
                    self.upgrade_operator(minor, dice);
                }
            }
        }
        self.story += &format!(" {choice}:{:?}", self.spec);
    }

    fn upgrade_operator(&mut self, minor: usize, dice: &mut Dice) {
        self.minor = Some(minor);
        if dice.below(4) > 0 {
            self.crd = Some(minor);
        }
    }

    /// The operator looks at the job and acts.
    fn pass(&mut self, dice: &mut Dice) {
        self.now += 1 + dice.below(900_000) as u64;
        if self.last.as_ref().is_some_and(|last| !last.is_suspended) {
            self.observe(dice);
        }
        self.reconcile(dice);
    }

    fn is_at_least(&self, minor: usize) -> bool {
        self.minor.is_some_and(|own| own >= minor)
    }

    /// True if the CRD keeps a field that has been there since 1.x.
    fn keeps(&self, minor: usize) -> bool {
        self.crd.is_some_and(|own| own >= minor)
    }

    fn location(&mut self, kind: &str) -> String {
        self.taken += 1;
        format!("s3://lake/{}/{kind}-{}", self.key, self.taken)
    }

    fn observe(&mut self, dice: &mut Dice) {
        let state = self.ended.unwrap_or("RUNNING");
        let is_new = state != self.state;
        if is_new || !self.is_at_least(1) {
            self.updated = self.now;
        }
        self.state = state;
        self.manager = "READY";
        self.now += 1 + dice.below(400) as u64;
        if let Some(done) = self.pending.filter(|done| *done <= self.now) {
            let location = self.location("savepoint");
            let trigger = self.keeps(1).then_some("MANUAL");
            let savepoint = Savepoint { location, time: self.now, trigger };
            self.story += &format!(" [manual savepoint, done at {done}]");
            self.pending = None;
            if self.has_snapshot_resources() {
                self.snapshots.push(savepoint);
            } else {
                self.savepoint = Some(savepoint);
            }
        }
        if is_new && self.ended.is_some() && self.minor.is_some() {
            let location = self.location("chk");
            if self.is_at_least(10) {
                self.path = Some(location);
            } else {
                let trigger = self.keeps(1).then_some("UNKNOWN");
                self.savepoint = Some(Savepoint { location, time: self.now, trigger });
            }
            self.prune();
        }
    }

    fn reconcile(&mut self, dice: &mut Dice) {
        let Some(last) = self.last.clone() else {
            if !self.spec.is_suspended {
                self.first_deployment();
            }
            return;
        };
        if self.pending.is_some() {
            return;
        }
        let is_changed =
            last.image != self.spec.image || last.is_suspended != self.spec.is_suspended;
        if !is_changed {
            if last.nonce != self.spec.nonce && self.is_up {
                self.pending = Some(self.now + dice.below(1_200_000) as u64);
                self.last = Some(JobSpec { nonce: self.spec.nonce, ..last });
            }
            return;
        }
        if !last.is_suspended {
            let Some(mode) = self.available_mode() else { return };
            if dice.below(20) == 0 {
                self.error = Some("the savepoint failed");
                return;
            }
            self.error = None;
            self.stop(mode, dice);
            let recorded = if self.minor.is_none() { self.spec.mode } else { mode };
            self.last = Some(JobSpec { is_suspended: true, mode: recorded, ..self.spec.clone() });
        } else if !self.spec.is_suspended {
            self.is_up = true;
            (self.ended, self.latest) = (None, None);
            (self.state, self.manager, self.started) = ("RECONCILING", "DEPLOYING", self.now);
            let mode = if self.spec.mode == "stateless" || self.minor.is_none() {
                self.spec.mode
            } else {
                last.mode
            };
            self.last = Some(JobSpec { mode, ..self.spec.clone() });
        } else if !self.is_at_least(1) {
            self.last = Some(self.spec.clone());
        }
    }

    fn first_deployment(&mut self) {
        (self.is_up, self.started) = (true, self.now);
        self.last = Some(self.spec.clone());
        let Some(location) = self.initial.clone() else { return };
        if self.is_at_least(4) {
            self.last = Some(JobSpec { mode: "savepoint", ..self.spec.clone() });
        }
        if self.is_at_least(10) {
            self.path = Some(location);
        } else if self.is_at_least(4) {
            self.savepoint = Some(Savepoint {
                location,
                time: self.now,
                trigger: self.keeps(1).then_some("UNKNOWN"),
            });
        }
        self.prune();
    }

    /// In which way the job can be stopped now.
    fn available_mode(&self) -> Option<&'static str> {
        match (self.spec.mode, self.ended, self.minor) {
            ("stateless", _, _) => Some("stateless"),
            // It has to run (`JobReconciler`, 0.1.0, :119-139).
            (mode, Some(_), None) => (mode == "last-state").then_some(mode),
            (_, Some(_), Some(_)) => Some(if self.has_ha { "last-state" } else { "savepoint" }),
            ("last-state", None, Some(_)) if !self.has_ha => Some("savepoint"),
            (mode, None, _) => Some(mode),
        }
    }

    fn stop(&mut self, mode: &'static str, dice: &mut Dice) {
        self.story += &format!(" [stop with {mode}]");
        let is_saved = mode == "savepoint" && self.is_up;
        if is_saved {
            // Long enough for a savepoint to be written, and for the job to end.
            self.now += 1_200 + dice.below(60_000) as u64;
            let location = self.location("savepoint");
            self.latest = Some(location.clone());
            let trigger = self.keeps(1).then_some("UPGRADE");
            let savepoint = Savepoint { location: location.clone(), time: self.now, trigger };
            if self.has_snapshot_resources() {
                self.snapshots.push(savepoint.clone());
            }
            if self.is_at_least(10) {
                self.path = Some(location);
            } else {
                self.savepoint = Some(savepoint);
            }
        }
        self.is_up = false;
        self.state = match self.minor {
            None => "SUSPENDED",
            Some(_) if is_saved => "FINISHED",
            Some(_) => self.ended.unwrap_or(["FINISHED", "SUSPENDED"][dice.below(2)]),
        };
        let stays = self.minor.is_some() && is_saved && dice.below(3) == 0;
        self.manager = if stays { "READY" } else { "MISSING" };
        self.prune();
    }

    fn has_snapshot_resources(&self) -> bool {
        self.is_at_least(10) && self.keeps(10) && self.has_snapshots
    }

    /// An older CRD does not know the field.
    fn prune(&mut self) {
        if !self.keeps(10) {
            self.path = None;
        }
    }
}
