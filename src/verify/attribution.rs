//! Which workload a line of a log belongs to.
//!
//! The pod in the prefix of the line, the resource that the operator names, the name of the file, the
//! job id of a dump, the name of the job, or a location that only one entry has can say so. Anything
//! less is no evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::ExpectedWorkload;
use crate::flink::location::same_location;
use crate::flink::workload::ExpectedStart;
use crate::k8s::ObjectKey;

/// The origin that a line names itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The deployment whose pod wrote the line.
    Deployment(String),
    /// The resource that the operator names.
    Resource(ObjectKey),
}

impl Owner {
    /// The owner of a pod; the pod itself if its name is not that of a deployment's pod.
    pub(crate) fn from_pod(pod: &str) -> Owner {
        Owner::Deployment(deployment(pod).unwrap_or(pod).to_string())
    }

    fn key(&self) -> ObjectKey {
        match self {
            Owner::Deployment(name) => ObjectKey { namespace: None, name: name.clone() },
            Owner::Resource(key) => key.clone(),
        }
    }
}

/// What attributed a line to its workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributedBy {
    /// The pod that wrote it.
    Pod,
    /// The resource that the operator names.
    Resource,
    /// The name of the file.
    File,
    /// The id of the job, which a dump has too.
    Job,
    /// The name of the job.
    Name,
    /// The location, which only one entry has.
    Location,
    /// The tree has one workload with a job.
    Only,
    /// It is the status in a dump.
    Status,
}

impl AttributedBy {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            AttributedBy::Pod => "pod",
            AttributedBy::Resource => "resource",
            AttributedBy::File => "file",
            AttributedBy::Job => "job",
            AttributedBy::Name => "name",
            AttributedBy::Location => "location",
            AttributedBy::Only => "only",
            AttributedBy::Status => "status",
        }
    }
}

/// The result for one line. Workloads are indices into the list of those expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attribution {
    /// It belongs to this workload.
    To(usize, AttributedBy),
    /// It belongs to a workload that is not verified.
    Other(String),
    /// It may belong to any workload of these keys.
    Ambiguous(Vec<String>),
    /// Nothing tells.
    Unknown,
}

/// What is known about the workloads of the tree.
pub(crate) struct Workloads<'a> {
    pub(crate) expected: &'a [ExpectedWorkload],
    /// Job ids from dumps with their workloads, without the id that Flink gives to every job.
    pub(crate) jobs: Vec<(&'a str, usize)>,
    /// The tree has one workload with a job, and it is expected.
    pub(crate) is_lone: bool,
}

/// What a line has to be attributed by.
#[derive(Default)]
pub(crate) struct Clues<'c> {
    pub(crate) file_name: &'c str,
    pub(crate) owner: Option<&'c Owner>,
    pub(crate) job: Option<&'c str>,
    /// The name of the job: from operator 1.2 on that of its resource, unless the job has given itself
    /// another one (`FlinkConfigBuilder.java`, 1.2.0).
    pub(crate) name: Option<&'c str>,
    pub(crate) location: Option<&'c str>,
}

impl Workloads<'_> {
    /// Attributes a line with these clues. The nearest clue decides, even against those behind it.
    pub(crate) fn attribute(&self, clues: &Clues<'_>) -> Attribution {
        let all = || (0..self.expected.len()).collect::<Vec<usize>>();
        if let Some(owner) = clues.owner {
            let key = owner.key();
            let mut named = self.with_key(&key);
            if named.len() > 1 {
                // A prefix has no namespace, but the name of the file may have one.
                let in_file = self.in_file_name(clues.file_name, &named);
                named = if in_file.is_empty() { named } else { in_file };
            }
            let by = match owner {
                Owner::Deployment(_) => AttributedBy::Pod,
                Owner::Resource(_) => AttributedBy::Resource,
            };
            return self.choose(&named, by, clues).unwrap_or(Attribution::Other(key.to_string()));
        }
        let named = self.in_file_name(clues.file_name, &all());
        if let Some(attribution) = self.choose(&named, AttributedBy::File, clues) {
            return attribution;
        }
        if let Some((_, at)) = self.jobs.iter().find(|(id, _)| Some(*id) == clues.job) {
            return Attribution::To(*at, AttributedBy::Job);
        }
        let is_named = |at: &usize| {
            self.has_job(*at) && Some(self.expected[*at].key.name.as_str()) == clues.name
        };
        let named: Vec<usize> = all().into_iter().filter(is_named).collect();
        if let Some(attribution) = self.choose(&named, AttributedBy::Name, clues) {
            return attribution;
        }
        match self.with_location(clues)[..] {
            [one] => return Attribution::To(one, AttributedBy::Location),
            [] => {}
            ref many => return self.ambiguous(many),
        }
        let lone = all().into_iter().find(|at| self.has_job(*at)).filter(|_| self.is_lone);
        lone.map_or(Attribution::Unknown, |at| Attribution::To(at, AttributedBy::Only))
    }

    /// The one of the named workloads; nothing if none is named. Between several no location decides,
    /// since a job may have taken the savepoint of its namesake.
    fn choose(&self, named: &[usize], by: AttributedBy, clues: &Clues<'_>) -> Option<Attribution> {
        Some(match *named {
            [] => return None,
            [one] if self.has_job(one) => Attribution::To(one, by),
            // The lines of a session cluster are about the jobs in it.
            [cluster] => match self.with_location(clues)[..] {
                [one] => Attribution::To(one, AttributedBy::Location),
                _ => Attribution::Other(self.expected[cluster].key.to_string()),
            },
            _ => self.ambiguous(named),
        })
    }

    fn ambiguous(&self, many: &[usize]) -> Attribution {
        Attribution::Ambiguous(many.iter().map(|at| self.expected[*at].key.to_string()).collect())
    }

    /// The workloads that may have this key: where one side has no namespace, the name decides.
    pub(crate) fn with_key(&self, key: &ObjectKey) -> Vec<usize> {
        let find = |fits: &dyn Fn(&ObjectKey) -> bool| -> Vec<usize> {
            let all = self.expected.iter().enumerate();
            all.filter(|(_, one)| fits(&one.key)).map(|(at, _)| at).collect()
        };
        let exact = find(&|one| one == key);
        if !exact.is_empty() {
            return exact;
        }
        let is_open = |one: &ObjectKey| one.namespace.is_none() || key.namespace.is_none();
        find(&|one| one.name == key.name && is_open(one))
    }

    /// Those among these that the path of the file names: `orders.log`, `prod/orders.log`,
    /// `prod_orders.log`, or the name of a pod in place of `orders`.
    fn in_file_name(&self, file_name: &str, among: &[usize]) -> Vec<usize> {
        let (folders, file) = file_name.rsplit_once('/').unwrap_or(("", file_name));
        let stem = stem(file);
        let (namespace, name) = match stem.split_once('_') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (folders.rsplit('/').next(), stem),
        };
        let with_name = |name: &str| -> Vec<usize> {
            // A name that is filled in later is empty here, and names nothing.
            let fits = |at: &&usize| !name.is_empty() && self.expected[**at].key.name == name;
            among.iter().filter(fits).copied().collect()
        };
        let mut found = with_name(name);
        if found.is_empty() {
            found = deployment(name).map(with_name).unwrap_or_default();
        }
        let is_in = |at: &usize| self.expected[*at].key.namespace.as_deref() == namespace;
        if found.iter().any(is_in) {
            found.retain(is_in);
        } else if stem.contains('_') {
            found.retain(|at| self.expected[*at].key.namespace.is_none());
        }
        found
    }

    /// The workloads whose entry has the location.
    pub(crate) fn with_location(&self, clues: &Clues<'_>) -> Vec<usize> {
        let Some(location) = clues.location else { return Vec::new() };
        let has_location = |at: &usize| match &self.expected[*at].expected_start {
            ExpectedStart::From(expected) => same_location(expected, location),
            _ => false,
        };
        (0..self.expected.len()).filter(has_location).collect()
    }

    fn has_job(&self, at: usize) -> bool {
        self.expected[at].expected_start != ExpectedStart::NoJob
    }
}

/// The deployment of a pod, whose name ends with the hash of its template and five characters of its
/// own; nothing if the name is not of that form. Among the five are no vowels (`rand.SafeEncodeString`
/// of Kubernetes), which tells a pod from a name that people chose.
fn deployment(pod: &str) -> Option<&str> {
    let (rest, own) = pod.rsplit_once('-')?;
    let (name, hash) = rest.rsplit_once('-')?;
    let is_own = own.len() == 5 && own.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b));
    let is_hash = (5..=10).contains(&hash.len())
        && hash.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (is_own && is_hash && !name.is_empty()).then_some(name)
}

/// The name of a file without its extensions: those of logs, and the number of a rotated one.
fn stem(file_name: &str) -> &str {
    let is_extension = |end: &str| {
        ["log", "txt", "json", "previous"].contains(&end)
            || (1..3).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_digit())
    };
    match file_name.rsplit_once('.') {
        Some((rest, end)) if !rest.is_empty() && is_extension(end) => stem(rest),
        _ => file_name,
    }
}

/// What could not be used, gathered so that a thousand lines of one kind are one note.
#[derive(Default)]
pub(crate) struct AttributionNotes {
    others: BTreeMap<String, BTreeSet<String>>,
    ambiguous: BTreeMap<Vec<String>, Vec<String>>,
    unattributed: Vec<String>,
}

impl AttributionNotes {
    /// Notes a line of this file that is not one of a workload that is verified.
    pub(crate) fn add(&mut self, file_name: &str, line: usize, attribution: Attribution) {
        let place = format!("{file_name}:{line}");
        match attribution {
            Attribution::To(..) => {}
            Attribution::Other(key) => {
                self.others.entry(file_name.into()).or_default().insert(key);
            }
            Attribution::Ambiguous(keys) => self.ambiguous.entry(keys).or_default().push(place),
            Attribution::Unknown => self.unattributed.push(place),
        }
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        let mut notes = Vec::new();
        for (keys, places) in self.ambiguous {
            let what = format!("may be of {}", keys.join(" or of "));
            notes.push(format!("{} {what}; {}", places_text(&places), attribution_help(&keys)));
        }
        if !self.unattributed.is_empty() {
            let places = places_text(&self.unattributed);
            notes.push(format!(
                "{places} no workload is named, and none can be inferred; {ATTRIBUTION_HELP}"
            ));
        }
        for (file, keys) in self.others {
            let named: Vec<&str> = keys.iter().take(NAMED).map(String::as_str).collect();
            let more = match keys.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let are = if keys.len() == 1 { "is" } else { "are" };
            let named = named.join(", ");
            notes.push(format!("{file}: {named}{more} {are} not among the workloads to verify"));
        }
        notes
    }
}

/// So many of those that are not looked at are named.
const NAMED: usize = 5;

const ATTRIBUTION_HELP: &str =
    "take the log with `kubectl logs --prefix`, or name the file after the workload";

/// How to tell these workloads apart. A pod has no namespace, so that its name does not help where
/// several have a workload of that name, or one that begins like it.
fn attribution_help(keys: &[String]) -> String {
    let namespaced = || keys.iter().filter_map(|key| key.split_once('/'));
    let names: BTreeSet<&str> = namespaced().map(|(_, name)| name).collect();
    match namespaced().next() {
        Some((namespace, name)) if names.len() == 1 && keys.len() > 1 => format!(
            "give one log for each namespace, or name the file after the workload: \
             `{namespace}_{name}.log`"
        ),
        _ => ATTRIBUTION_HELP.to_string(),
    }
}

/// The first of these places, and how many there are.
fn places_text(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => format!("{one}:"),
        [first, rest @ ..] => format!("{first} and {} more:", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(keys: &[&str]) -> Vec<ExpectedWorkload> {
        let new = |key: &&str| ExpectedWorkload {
            key: ObjectKey::parse(key),
            file_name: "a.yaml".into(),
            line: 1,
            written_path: None,
            expected_start: ExpectedStart::Empty,
        };
        keys.iter().map(new).collect()
    }

    #[test]
    fn a_pod_is_known_by_its_last_two_parts() {
        for (pod, name) in [
            ("orders-6c9f7b5d8d-x2x4z", "orders"),
            ("orders-v2-6c9f7b5d8d-x2x4z", "orders-v2"),
            ("orders", "orders"),
            ("orders-v2", "orders-v2"),
            ("orders-daily-audit", "orders-daily-audit"),
            ("orders-taskmanager-1-12", "orders-taskmanager-1-12"),
            ("-6c9f7b5d8d-x2x4z", "-6c9f7b5d8d-x2x4z"),
        ] {
            assert_eq!(Owner::from_pod(pod), Owner::Deployment(name.into()), "{pod}");
        }
    }

    #[test]
    fn a_file_belongs_to_the_workload_that_its_path_names() {
        let expected =
            expected(&["prod/orders", "test/orders", "prod/orders-v2", "prod/pay", "lone"]);
        let workloads = Workloads { expected: &expected, jobs: Vec::new(), is_lone: false };
        for (path, expected) in [
            ("prod_orders.log", "prod/orders"),
            ("prod/orders.log", "prod/orders"),
            ("logs/test/orders.log", "test/orders"),
            ("test/prod_orders.log", "prod/orders"),
            ("orders.log", "prod/orders test/orders"),
            ("pay.log", "prod/pay"),
            ("pay.previous.log", "prod/pay"),
            ("pay.log.1", "prod/pay"),
            ("test_pay.log", ""),
            ("prod_lone.log", "lone"),
            ("orders-v2.log", "prod/orders-v2"),
            ("orders-v2-6c9f7b5d8d-x2x4z.log", "prod/orders-v2"),
            ("test_orders-6c9f7b5d8d-x2x4z.log", "test/orders"),
            ("lone.json", "lone"),
            ("lone-daily-audit.log", ""),
            ("pay/test.log", ""),
            ("all.log", ""),
            ("payments.log", ""),
            ("", ""),
        ] {
            let found = workloads.in_file_name(path, &[0, 1, 2, 3, 4]);
            let found: Vec<String> =
                found.iter().map(|at| workloads.expected[*at].key.to_string()).collect();
            assert_eq!(found.join(" "), expected, "{path}");
        }
    }
}
