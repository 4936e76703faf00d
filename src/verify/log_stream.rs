//! What the lines of one pod, in their order, say of starts.

use std::collections::HashMap;

use super::job_starts::{JobStart, StartFailure, StartedFrom};
use super::log::{FailureKind, LogEvent, LogEventKind, Restored};
use crate::flink::location::{is_resolved_form, same_location};

/// What happened in one stream so far.
pub(crate) struct LogStream<'l> {
    file_name: &'l str,
    starts: Vec<JobStart<'l>>,
    /// There was no checkpoint; the next line of its kind says whether there was a savepoint.
    undecided: Option<&'l LogEvent>,
    /// How many of the starts are those of earlier processes: no line of this one is about them.
    earlier: usize,
    /// The jobs of the process: the line of a task names none, and is nobody's where there are several.
    jobs: Vec<&'l str>,
    /// The names of the jobs that were handed over to the process.
    names: HashMap<&'l str, &'l str>,
    /// The process was told to end: what ends with it has not failed.
    is_stopped: bool,
}

impl<'l> LogStream<'l> {
    pub(crate) fn new(file_name: &'l str) -> LogStream<'l> {
        LogStream {
            file_name,
            starts: Vec::new(),
            undecided: None,
            earlier: 0,
            jobs: Vec::new(),
            names: HashMap::new(),
            is_stopped: false,
        }
    }

    /// Takes the next event of the stream.
    pub(crate) fn take(&mut self, event: &'l LogEvent) {
        let job = event.job.as_deref();
        if let Some(id) = job
            && !self.jobs.contains(&id)
        {
            self.jobs.push(id);
        }
        match &event.kind {
            LogEventKind::Submitted(name) => {
                self.separate(job, Some(name));
                self.names.extend(job.map(|id| (id, name.as_str())));
            }
            LogEventKind::NoCheckpoint => {
                self.decide(None, Some(event));
                self.undecided = Some(event);
            }
            LogEventKind::Starting(location) => {
                self.undecided = None;
                self.push(StartedFrom::Location(location.clone()), event, job, None);
            }
            LogEventKind::Skipped => {
                if let Some(start) = self.last_start(None) {
                    start.skipped = Some(event);
                }
            }
            LogEventKind::Restoring(restored) => self.restoring(restored, event),
            LogEventKind::Running(name) => {
                self.decide(job, Some(event));
                self.separate(job, name.as_deref());
                if let Some(start) = self.last_start(job) {
                    start.name = start.name.or(name.as_deref());
                    if start.from == StartedFrom::Nothing {
                        start.read = start.read.or(Some(event));
                    }
                }
            }
            LogEventKind::TaskRunning => {
                self.decide(None, Some(event));
                if self.jobs.len() <= 1 {
                    self.runs(None, event);
                }
            }
            LogEventKind::CheckpointCompleted => {
                self.decide(job, Some(event));
                self.runs(job, event);
            }
            LogEventKind::Restarting if !self.is_stopped => {
                self.decide(job, None);
                if let Some(start) = self.last_start(job) {
                    start.restart();
                }
            }
            LogEventKind::Failed(kind) if !self.is_stopped => self.failed(*kind, event),
            LogEventKind::Stopped => self.is_stopped = true,
            LogEventKind::ProcessStarted => self.next_process(event),
            LogEventKind::Restarting
            | LogEventKind::Failed(_)
            | LogEventKind::Configured(_)
            | LogEventKind::Registered(_)
            | LogEventKind::Deployed
            | LogEventKind::Refused(_)
            | LogEventKind::OperatorMessage => {}
        }
    }

    /// State was read: that of the start before, or what nobody asked for.
    fn restoring(&mut self, restored: &Restored, event: &'l LogEvent) {
        let job = event.job.as_deref();
        self.decide(None, Some(event));
        let found = &restored.location;
        if let Some(start) = self.last_start(job)
            && start.failed.is_none()
            && let Some(told) = start.from.location()
        {
            let is_same = same_location(told, found) || is_resolved_form(told, found);
            if start.read.is_some() && is_same {
                // Its tasks begin anew, and no checkpoint was completed.
                start.restart();
                return;
            }
            if start.read.is_none() && (is_same || restored.is_savepoint) {
                if !is_same {
                    start.from = StartedFrom::Location(found.clone());
                }
                (start.read, start.checkpoint) = (Some(event), restored.checkpoint);
                return;
            }
            start.restart();
        }
        self.push(StartedFrom::Retained(found.clone()), event, job, Some(event));
        if let Some(start) = self.starts.last_mut() {
            start.checkpoint = restored.checkpoint;
        }
    }

    /// Tasks run, and with the state that was read.
    fn runs(&mut self, job: Option<&'l str>, event: &'l LogEvent) {
        let start = self.last_start(job).filter(|one| one.read.is_some() && one.failed.is_none());
        if let Some(start) = start.filter(|one| job.is_none() || one.job == job) {
            // A checkpoint says more than a task: it names the job.
            let is_task = |one: &LogEvent| one.kind == LogEventKind::TaskRunning;
            start.running = start.running.filter(|one| !is_task(one)).or(Some(event));
            start.is_restarting = false;
        }
    }

    fn failed(&mut self, kind: FailureKind, event: &'l LogEvent) {
        let job = event.job.as_deref();
        let failure = Some(StartFailure { file_name: self.file_name, event });
        if kind == FailureKind::Restore {
            self.undecided = None;
            let start = self.last_start(job).filter(|one| one.read.is_none());
            if let Some(start) = start {
                start.failed = start.failed.or(failure);
            }
            return;
        }
        self.decide(job, None);
        let mut jobs = Vec::new();
        for start in self.starts[self.earlier..].iter_mut().rev() {
            let is_of_job = job.is_none() || start.job.is_none() || start.job == job;
            if is_of_job && !jobs.contains(&start.job) {
                start.failed = start.failed.or(failure);
            }
            jobs.push(start.job);
        }
    }

    fn next_process(&mut self, event: &'l LogEvent) {
        self.finish_undecided();
        let failure = StartFailure { file_name: self.file_name, event };
        for start in self.starts[self.earlier..].iter_mut().filter(|start| start.is_unresolved()) {
            start.failed = Some(failure);
        }
        let starts = std::mem::take(&mut self.starts);
        let earlier = starts.len();
        *self = LogStream { starts, earlier, ..LogStream::new(self.file_name) };
    }

    /// Takes what follows for the words of another process if the job has another name: logs may lie
    /// behind each other, and their jobs may have one id.
    fn separate(&mut self, job: Option<&str>, name: Option<&str>) {
        let known = self.last_start(job).filter(|start| start.job == job).and_then(|one| one.name);
        if known.is_some() && name.is_some() && known != name {
            self.finish_undecided();
            self.earlier = self.starts.len();
        }
    }

    /// There was no savepoint either. `read` is the line by which the job came to run, if it did.
    fn decide(&mut self, job: Option<&'l str>, read: Option<&'l LogEvent>) {
        if let Some(event) = self.undecided.take() {
            self.push(StartedFrom::Nothing, event, job, read);
        }
    }

    fn push(
        &mut self,
        from: StartedFrom,
        event: &'l LogEvent,
        job: Option<&'l str>,
        read: Option<&'l LogEvent>,
    ) {
        // Without an id the one job of the process is meant.
        let named = job.or(match self.jobs[..] {
            [one] => Some(one),
            _ => None,
        });
        let name = named.and_then(|id| self.names.get(id).copied());
        let (running, checkpoint, skipped, failed) = (None, None, None, None);
        let is_restarting = false;
        self.starts.push(JobStart {
            from,
            event,
            job,
            name,
            read,
            running,
            is_restarting,
            checkpoint,
            skipped,
            failed,
        });
    }

    /// The last start of this job in the process.
    fn last_start(&mut self, job: Option<&str>) -> Option<&mut JobStart<'l>> {
        let is_same_job =
            |start: &JobStart<'_>| job.is_none() || start.job.is_none() || start.job == job;
        self.starts[self.earlier..].iter_mut().rev().find(|start| is_same_job(start))
    }

    /// All of them.
    pub(crate) fn finish(mut self) -> Vec<JobStart<'l>> {
        self.finish_undecided();
        self.starts
    }

    /// The process says no more. Where it ends right behind the words, nobody knows what would have
    /// come.
    fn finish_undecided(&mut self) {
        if self.undecided.is_some_and(|event| event.is_continued) {
            self.decide(None, None);
        }
        self.undecided = None;
    }
}
