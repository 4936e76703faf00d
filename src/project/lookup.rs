//! Which entry belongs to which workload: the most dangerous question of the program. Given to the
//! wrong job, a savepoint starts a test system from production's state.

use super::{BuiltWorkload, Project, WorkloadSummary};
use crate::k8s::ObjectKey;
use crate::path::WorkloadSource;

/// What a lookup by name found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// The one with the key of the workload.
    Found(T),
    /// The only one of its name, where the workload or the key has no namespace.
    ByName(T),
    /// Nothing of that name.
    Nothing,
    /// An entry of that name that may belong to another workload.
    Ambiguous(Ambiguity),
}

impl<T> Lookup<T> {
    /// What was found; nothing where that is not certain.
    pub(crate) fn certain(self) -> Option<T> {
        match self {
            Lookup::Found(found) | Lookup::ByName(found) => Some(found),
            Lookup::Nothing | Lookup::Ambiguous(_) => None,
        }
    }
}

/// Why a workload cannot be distinguished from others, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    /// The reason, as a clause.
    pub reason: String,
    /// What to do.
    pub help: String,
}

impl Ambiguity {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Ambiguity {
        Ambiguity { reason: reason.into(), help: help.into() }
    }
}

/// What to do about a base that becomes something else in each overlay.
pub(crate) const BUILD: &str =
    "write the path into each overlay by hand, or build the overlays and convert the result";

/// To what a workload belongs: those of one scope are found by one set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookupScope<'g> {
    /// Which scope it is. A workload of another is no namesake.
    pub number: usize,
    /// The namespace of documents there that name none.
    pub namespace: Option<&'g str>,
}

/// Finds among `candidates` the one that belongs to the workload: that of its key as built, else the
/// only one of its name, where one side has no namespace and the whole tree shows that the name is
/// unique (README, "The savepoint map"). `scope` tells the scope of a workload.
pub fn look_up<'g, T>(
    workload: &ObjectKey,
    source: WorkloadSource<'_>,
    scope: &dyn Fn(WorkloadSource<'_>) -> LookupScope<'g>,
    project: &Project,
    candidates: impl Iterator<Item = (ObjectKey, T)>,
) -> Lookup<T> {
    let built_names = project.built_names(&workload.name, source.file);
    let may_be_called = |name: &String| match &built_names {
        Some(names) => names.contains(name),
        None => name.contains(&workload.name),
    };
    let named: Vec<(ObjectKey, T)> = candidates
        .filter(|(key, _)| !workload.name.is_empty() && may_be_called(&key.name))
        .collect();
    if named.is_empty() {
        return Lookup::Nothing;
    }
    let (here, file) = (scope(source), source.file);
    let built = match project.built_key(workload, file, here.namespace) {
        Ok(built) => built,
        Err(_)
            if !named
                .iter()
                .any(|(key, _)| project.may_be_in(workload, file, key.namespace.as_deref())) =>
        {
            return Lookup::Nothing;
        }
        Err(ambiguity) => {
            let reason = format!("{}, so no entry can be matched to it", ambiguity.reason);
            return Lookup::Ambiguous(Ambiguity { reason, ..ambiguity });
        }
    };
    let built_key = |other: &WorkloadSummary| {
        project.built_key(&other.key, &other.file, scope(other.source()).namespace).ok()
    };
    let namesakes = || {
        let namesakes = project.workloads_named(&built.name);
        namesakes.filter(|other| scope(other.source()).number == here.number)
    };
    let (exact, others): (Vec<_>, Vec<_>) = named.into_iter().partition(|(key, _)| *key == built);
    if let Some((_, found)) = exact.into_iter().next() {
        let same = |other: &&WorkloadSummary| built_key(other).as_ref() == Some(&built);
        // A session cluster uses no entry, so that a session job may have its name.
        let jobs = || namesakes().filter(|other| other.has_job);
        let mut twins = jobs().filter(same);
        if let (Some(one), Some(other)) = (twins.next(), twins.next()) {
            let [one, other] = [one, other].map(|workload| project.location(workload));
            let places = match twins.count() {
                0 => format!("{one} and {other}"),
                more => format!("{one}, {other} and {more} more"),
            };
            let reason = format!("the tree has more than one `{built}`, at {places}");
            let help =
                "exclude one of them, or separate them with a [[scope]] in flink-migrate.toml";
            return Lookup::Ambiguous(Ambiguity::new(reason, help));
        }
        // A plain name may be meant for a namesake that has a namespace.
        let ambiguity = match (&built.namespace, others.first()) {
            (Some(_), _) => None,
            (None, Some((other, _))) => Some(several_keys(&built, &built, other)),
            (None, None) => unique_name(project, &built, jobs()),
        };
        return ambiguity.map_or(Lookup::Found(found), Lookup::Ambiguous);
    }
    let unqualified = |key: &ObjectKey| key.namespace.is_none() || built.namespace.is_none();
    if !others.iter().any(|(key, _)| unqualified(key)) {
        return Lookup::Nothing;
    }
    let mut others = others.into_iter();
    let Some((key, found)) = others.next() else { return Lookup::Nothing };
    let ambiguity = match others.find(|(other, _)| *other != key) {
        Some((other, _)) => Some(several_keys(&built, &key, &other)),
        None => unique_name(project, &built, namesakes())
            .or_else(|| project.gap(&built.name).map(|gap| by_name_only(&key, &built, &gap))),
    };
    ambiguity.map_or(Lookup::ByName(found), Lookup::Ambiguous)
}

/// Two keys of its name, of which the workload could be either.
fn several_keys(built: &ObjectKey, one: &ObjectKey, other: &ObjectKey) -> Ambiguity {
    let reason = format!("the map has more than one entry of that name, `{one}` and `{other}`");
    let are_whole = one.namespace.is_some() && other.namespace.is_some();
    let help = match (&built.namespace, are_whole) {
        (Some(_), _) => "write every entry as `namespace/name`",
        (None, true) => "give the document's namespace with `--namespace`",
        (None, false) => {
            "write every entry as `namespace/name`, and give the document's namespace with `--namespace`"
        }
    };
    Ambiguity::new(reason, help)
}

/// One side has no namespace, and an unknown part of the tree may have the name as well.
fn by_name_only(key: &ObjectKey, built: &ObjectKey, gap: &Ambiguity) -> Ambiguity {
    let reason =
        format!("`{key}` has the name but not the namespace of `{built}`, and {}", gap.reason);
    let exact = match &built.namespace {
        Some(_) => format!("write the entry as `{built}`"),
        None => "give the document's namespace with `--namespace`".to_string(),
    };
    Ambiguity::new(reason, format!("{exact}, or {}", gap.help))
}

/// As [`look_up`], for what people answer to a question about one document. A base that is built in
/// several ways has no key of its own, and is then called as its document calls it, which is how the
/// question calls it too; the answer holds for everything that is built from it, unless one of them has
/// that key.
pub fn look_up_answer<'g, T>(
    workload: &ObjectKey,
    source: WorkloadSource<'_>,
    scope: &dyn Fn(WorkloadSource<'_>) -> LookupScope<'g>,
    project: &Project,
    answers: impl Iterator<Item = (ObjectKey, T)>,
) -> Lookup<T> {
    let (here, file) = (scope(source), source.file);
    if project.built_key(workload, file, here.namespace).is_ok() {
        // What is called so as it is written, and has no name of its own, is meant before others.
        let belongs_to_another = |key: &ObjectKey| {
            project.jobs_written(key).any(|other| {
                let namespace = scope(other.source()).namespace;
                project.built_key(&other.key, &other.file, namespace).is_err()
            })
        };
        let answers = answers.filter(|(key, _)| !belongs_to_another(key));
        return look_up(workload, source, scope, project, answers);
    }
    let written = project.jobs_written(workload);
    let mut namesakes = written.filter(|other| scope(other.source()).number == here.number);
    if let (Some(one), Some(other)) = (namesakes.next(), namesakes.next()) {
        let [one, other] = [one, other].map(|workload| project.location(workload));
        let reason = format!("several workloads are named `{workload}`, at {one} and {other}");
        return Lookup::Ambiguous(Ambiguity::new(reason, BUILD));
    }
    // An answer for one of the workloads that are built from it is none for the others.
    let built = project.built_workloads(workload, file);
    let is_so_called = |one: &BuiltWorkload<'_>| one.key.as_ref().is_none_or(|key| key == workload);
    if let Some(one) = built.iter().find(|one| is_so_called(one))
        && let Some(other) = built.iter().find(|other| other.key != one.key)
    {
        let [one, other] = [one, other].map(|built| project.names().display(&built.root.file));
        let reason = format!("{one} builds `{workload}`, and {other} something else");
        return Lookup::Ambiguous(Ambiguity::new(reason, BUILD));
    }
    let mut exact = answers.filter(|(key, _)| key == workload && !key.name.is_empty());
    exact.next().map_or(Lookup::Nothing, |(_, answer)| Lookup::Found(answer))
}

/// Why a name alone does not identify the workload: another one in the tree has it too.
fn unique_name<'k>(
    project: &Project,
    built: &ObjectKey,
    mut namesakes: impl Iterator<Item = &'k WorkloadSummary>,
) -> Option<Ambiguity> {
    let (one, other) = (namesakes.next()?, namesakes.next()?);
    let name = &built.name;
    let [one, other] = [one, other].map(|workload| project.location(workload));
    let reason = format!("several workloads are named `{name}`, at {one} and {other}");
    let help = format!(
        "write entries as `namespace/{name}` and give each document its namespace, or exclude one"
    );
    Some(Ambiguity::new(reason, help))
}
