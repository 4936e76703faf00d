//! Which workload a start is one of: by pod, file, resource or location, and never by guess.

use super::super::log::{Named, Owner, keys_of_file};
use super::{Awaited, Expected};
use crate::flink::location::same;
use crate::gitops::Key;

/// How it is known whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The pod that wrote it.
    Pod,
    /// The operator names the resource.
    Resource,
    /// The name of the file.
    File,
    /// The id of the job, which a dump gives.
    Job,
    /// The location, which only one entry has.
    Location,
    /// The tree has one workload with a job.
    Only,
    /// It stands in a dump.
    Status,
}

impl By {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            By::Pod => "pod",
            By::Resource => "resource",
            By::File => "file",
            By::Job => "job",
            By::Location => "location",
            By::Only => "only",
            By::Status => "status",
        }
    }
}

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// That of this workload, by its place in the list.
    Of(usize, By),
    /// One of a workload that is not looked at.
    Other(String),
    /// It may be of any of these.
    Any(Vec<usize>),
    /// Nothing says whose.
    Nobodys,
}

/// What is known of the workloads besides what is expected of them.
pub(super) struct Directory<'a> {
    pub(super) awaited: &'a [Awaited],
    /// Ids of jobs from dumps, and whose they are. Those that Flink gives to every job are left out.
    pub(super) jobs: Vec<(&'a str, usize)>,
    /// The tree has one workload with a job, and it is looked at.
    pub(super) is_lone: bool,
}

/// What a line has to say about whose it is.
pub(super) struct Hints<'h> {
    pub(super) file: &'h str,
    pub(super) owner: Option<&'h Owner>,
    pub(super) job: Option<&'h str>,
    pub(super) location: Option<&'h str>,
}

impl Directory<'_> {
    /// Whose a line is that gives these hints.
    pub(super) fn whose(&self, hints: &Hints<'_>) -> Whose {
        if let Some(owner) = hints.owner {
            let by = if owner.named == Named::Resource { By::Resource } else { By::Pod };
            let mut named = self.named(owner);
            if named.len() > 1 {
                // A pod has no namespace, but the file may be in the folder of one.
                let in_file = self.of_file(hints.file, &named);
                named = if in_file.is_empty() { named } else { in_file };
            }
            return match self.narrowed(named, by, hints) {
                Whose::Nobodys => Whose::Other(shown(owner)),
                whose => whose,
            };
        }
        let all: Vec<usize> = (0..self.awaited.len()).collect();
        let in_file = self.of_file(hints.file, &all);
        match self.narrowed(in_file, By::File, hints) {
            Whose::Nobodys => {}
            whose => return whose,
        }
        let of_job = self.jobs.iter().find(|(id, _)| Some(*id) == hints.job);
        if let Some((_, at)) = of_job {
            return Whose::Of(*at, By::Job);
        }
        match self.by_location(&all, hints)[..] {
            [one] => return Whose::Of(one, By::Location),
            [] => {}
            ref many => return Whose::Any(many.to_vec()),
        }
        let with_job: Vec<usize> = all.into_iter().filter(|at| self.has_job(*at)).collect();
        match with_job[..] {
            [one] if self.is_lone => Whose::Of(one, By::Only),
            _ => Whose::Nobodys,
        }
    }

    /// The one of these. The location tells one from the others only where a file names several
    /// workloads that are called differently, or a session cluster whose jobs are meant: a pod, or a name
    /// that several namespaces have, is that of one of them, and which one the location does not say,
    /// since a job may have taken the savepoint of its namesake.
    fn narrowed(&self, named: Vec<usize>, by: By, hints: &Hints<'_>) -> Whose {
        match named[..] {
            [] => Whose::Nobodys,
            // What a session cluster writes is about the jobs in it.
            [one] if self.has_job(one) => Whose::Of(one, by),
            [_, _, ..] if by != By::File || self.are_namesakes(&named) => Whose::Any(named),
            _ => {
                let jobs_in_cluster: Vec<usize> = (0..self.awaited.len()).collect();
                let session = !named.iter().any(|at| self.has_job(*at));
                let among = if session { &jobs_in_cluster } else { &named };
                match self.by_location(among, hints)[..] {
                    [one] => Whose::Of(one, By::Location),
                    _ if session => Whose::Other(self.awaited[named[0]].key.to_string()),
                    _ => Whose::Any(named),
                }
            }
        }
    }

    /// True if all of these have one name, in several namespaces.
    fn are_namesakes(&self, among: &[usize]) -> bool {
        let mut names = among.iter().map(|at| &self.awaited[*at].key.name);
        names.next().is_some_and(|first| names.all(|other| other == first))
    }

    fn named(&self, owner: &Owner) -> Vec<usize> {
        let key = Key { namespace: owner.namespace.clone(), name: owner.name.clone() };
        let called = self.called(&key);
        if !called.is_empty() || owner.named != Named::Pod {
            return called;
        }
        // Of a pod whose name was shortened one or two parts are left behind that of its workload.
        let is_pod_of = |one: &Key| {
            let rest = owner.name.strip_prefix(&one.name).and_then(|rest| rest.strip_prefix('-'));
            rest.is_some_and(|rest| !one.name.is_empty() && rest.split('-').count() <= 2)
        };
        let in_namespace = |one: &Key| {
            key.namespace.is_none() || one.namespace.is_none() || one.namespace == key.namespace
        };
        let fits = |one: &Key| is_pod_of(one) && in_namespace(one);
        let all = self.awaited.iter().enumerate();
        all.filter(|(_, one)| fits(&one.key)).map(|(at, _)| at).collect()
    }

    /// The workloads that this may be the key of: where one side has no namespace, the name decides.
    pub(super) fn called(&self, key: &Key) -> Vec<usize> {
        let all = || self.awaited.iter().enumerate();
        let exact: Vec<usize> =
            all().filter(|(_, one)| one.key == *key).map(|(at, _)| at).collect();
        if !exact.is_empty() {
            return exact;
        }
        let either = |one: &Key| one.namespace.is_none() || key.namespace.is_none();
        let fits = |one: &Key| one.name == key.name && either(one);
        all().filter(|(_, one)| fits(&one.key)).map(|(at, _)| at).collect()
    }

    /// Those among these that the name of the file names.
    fn of_file(&self, file: &str, among: &[usize]) -> Vec<usize> {
        let keys: Vec<&Key> = among.iter().map(|at| &self.awaited[*at].key).collect();
        let found = keys_of_file(file, &keys);
        among.iter().copied().filter(|at| found.contains(&&self.awaited[*at].key)).collect()
    }

    fn by_location(&self, among: &[usize], hints: &Hints<'_>) -> Vec<usize> {
        let Some(location) = hints.location else { return Vec::new() };
        let is_there = |at: &usize| match &self.awaited[*at].expected {
            Expected::From(expected) => same(expected, location),
            _ => false,
        };
        among.iter().copied().filter(is_there).collect()
    }

    fn has_job(&self, at: usize) -> bool {
        self.awaited[at].expected != Expected::NoJob
    }
}

fn shown(owner: &Owner) -> String {
    Key { namespace: owner.namespace.clone(), name: owner.name.clone() }.to_string()
}
