//! What the user says besides the manifests: the configuration, savepoint maps, the operator's own
//! configuration, the report of `verify`, and options.
//!
//! No file is opened here. [`Config::parse`] reads the configuration, [`RequestedFiles::new`] lists the files
//! to read next, and [`Inputs::build`] takes their texts.

mod build;
mod config;
mod flags;
pub mod values;
mod verification_report;
mod waivers;

use std::sync::Arc;

use globset::{GlobMatcher, GlobSet};

pub use config::Config;
#[cfg(test)]
pub(crate) use config::no_null;
#[cfg(test)]
pub use config::schema;
pub use flags::{FileRef, Flags, InputText, InputTexts, RequestedFiles};
pub use verification_report::VerificationReport;
pub use waivers::{Waiver, WaiverCheck, WaiverSource, Waivers};

use crate::diagnostic::FilePosition;
use crate::flink::operator::OperatorConfig;
use crate::flink::releases::Release;
use crate::flink::savepoints::SavepointMap;
use crate::k8s::{KeyTable, ObjectKey};
use crate::path::{PathNames, RepoPath};
use crate::task::Step;

/// The facts that the user supplies.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// What holds where no scope says otherwise.
    pub whole_tree: ScopeInputs,
    /// Parts of the tree with inputs of their own.
    pub scopes: Vec<Scope>,
    /// The folder to which the paths of the scopes are relative: that of the configuration, from the
    /// root of the file system.
    pub folder: String,
    /// The report of `verify`; nothing if the user passed none.
    pub verified: Option<VerificationReport>,
    /// Globs, below that folder, of files whose delivering objects no cluster has.
    pub not_delivered: Vec<(FilePosition, values::ExcludedPaths)>,
    /// Files of delivering objects besides those of the tree.
    pub deliveries: Vec<InputText>,
}

/// Inputs for the whole tree, or for one part of it.
#[derive(Clone, Debug, Default)]
pub struct ScopeInputs {
    /// Where the savepoints are.
    pub savepoints: Arc<SavepointMap>,
    /// The operator's own configuration.
    pub operator: Arc<OperatorConfig>,
    /// The operator release that is installed after the migration.
    pub target: Option<Release>,
    /// The namespace of documents without one.
    pub namespace: Option<String>,
    /// The service account of jobs that ran under `default`.
    pub service_account: Option<String>,
    /// Overrides of single workloads.
    pub overrides: KeyTable<WorkloadOverride>,
}

/// A part of the tree with inputs of its own: a cluster, an environment (`[[scope]]`).
#[derive(Clone, Debug)]
pub struct Scope {
    /// By which messages and `--scope` call it.
    pub name: Option<String>,
    /// The step it is in; nothing where that is the step of the run.
    pub step: Option<Step>,
    /// Which files belong to it.
    pub paths: Vec<ScopePath>,
    /// Its own inputs, and those of the whole tree where it has none. The overrides are its own alone.
    pub inputs: ScopeInputs,
    /// True if it has savepoint maps of its own, which replace those of the whole tree.
    pub has_own_savepoints: bool,
    /// Where the configuration defines it.
    pub origin: FilePosition,
}

/// A glob of files that belong to a scope.
#[derive(Clone, Debug)]
pub struct ScopePath {
    /// As written, without a `/**` at its end. The longest text that matches a file wins.
    pub text: String,
    /// Matches paths relative to the folder of the configuration.
    pub matcher: GlobSet,
}

/// What the configuration says about one workload (`[workload."namespace/name"]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadOverride {
    /// Its key, matched like one of a savepoint map.
    pub key: ObjectKey,
    /// It may start without state.
    pub fresh: bool,
    /// Whether it is to be stopped with a savepoint, whatever its upgrade mode says.
    pub savepoint: Option<bool>,
    /// `running` or `suspended`: what becomes of a job that was suspended in Git.
    pub state: Option<String>,
    /// Its upgrade mode after the migration.
    pub upgrade_mode: Option<String>,
    /// Its service account.
    pub service_account: Option<String>,
    /// Its checkpoint directory.
    pub checkpoints_dir: Option<String>,
    /// Ids of the rules that are waived for it.
    pub waived: Vec<String>,
    /// Where the configuration defines it.
    pub origin: FilePosition,
}

impl FromIterator<WorkloadOverride> for KeyTable<WorkloadOverride> {
    fn from_iter<I: IntoIterator<Item = WorkloadOverride>>(overrides: I) -> Self {
        overrides.into_iter().map(|one| (one.key.clone(), one)).collect()
    }
}

impl Inputs {
    /// The scopes whose paths match one of the files with the longest text: more than one if they are equally
    /// long.
    pub(crate) fn matching_scopes(
        &self,
        names: &PathNames,
        file: &RepoPath,
        delivering_file: Option<&RepoPath>,
    ) -> Vec<usize> {
        if self.scopes.is_empty() {
            return Vec::new();
        }
        let files = [Some(file), delivering_file].into_iter().flatten();
        let files: Vec<String> = files.map(|file| names.absolute(file)).collect();
        let below: Vec<&str> = files.iter().filter_map(|file| self.below_folder(file)).collect();
        let lengths = self.scopes.iter().map(|scope| {
            let matches = |path: &&ScopePath| below.iter().any(|it| path.matcher.is_match(it));
            let paths = scope.paths.iter().filter(matches);
            paths.map(|path| path.text.chars().count()).max()
        });
        let lengths: Vec<Option<usize>> = lengths.collect();
        let Some(longest) = lengths.iter().flatten().max() else { return Vec::new() };
        (0..lengths.len()).filter(|&i| lengths[i] == Some(*longest)).collect()
    }

    /// The inputs of a scope, or of the whole tree.
    pub fn scope_inputs(&self, scope: Option<usize>) -> &ScopeInputs {
        scope.map_or(&self.whole_tree, |scope| &self.scopes[scope].inputs)
    }

    /// A scope as messages call it.
    pub(crate) fn scope_name(&self, scope: Option<usize>) -> String {
        let Some(scope) = scope.map(|scope| &self.scopes[scope]) else {
            return "no scope".to_string();
        };
        match &scope.name {
            Some(name) => format!("scope `{name}`"),
            None => format!("the scope at {}", scope.origin),
        }
    }

    /// A name relative to the folder of the configuration; nothing if it lies elsewhere.
    pub(crate) fn below_folder<'n>(&self, absolute: &'n str) -> Option<&'n str> {
        let name = absolute.trim_start_matches('/');
        match self.folder.trim_matches('/') {
            "" => Some(name),
            folder => name.strip_prefix(folder)?.strip_prefix('/'),
        }
    }
}

/// The choices of the user for one run.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The step of the migration; a scope may have another one.
    pub step: Step,
    /// About changed defaults.
    pub defaults: Defaults,
    /// About missing checkpoint directories; nothing if the user chose none.
    pub checkpoints_dir: Option<CheckpointsDir>,
    /// Where a job without a savepoint directory puts the savepoint it is stopped with: a location
    /// that may hold `{namespace}` and `{name}`.
    pub savepoints_dir: Option<String>,
    /// Waived decisions.
    pub waivers: Waivers,
    /// A location that may not be the job's savepoint holds the job.
    pub strict: bool,
    /// Only workloads that match are judged; all if absent.
    pub select: Option<GlobMatcher>,
    /// Only workloads of this scope are judged; all if absent.
    pub scope: Option<usize>,
}

/// What to do about a default that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Defaults {
    /// Write down what v1beta1 will use.
    #[default]
    Explicit,
    /// Write down what v1alpha1 used.
    Preserve,
    /// Write nothing, only report it.
    Leave,
}

impl Defaults {
    /// Reads the value of `defaults`.
    pub fn parse(text: &str) -> Result<Defaults, String> {
        match text {
            "explicit" => Ok(Defaults::Explicit),
            "preserve" => Ok(Defaults::Preserve),
            "leave" => Ok(Defaults::Leave),
            _ => Err(format!("unknown value `{text}`, expected one of explicit, preserve, leave")),
        }
    }
}

/// Where a stateful job without a checkpoint directory gets one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointsDir {
    /// The operator's own configuration has it: nothing is written.
    Operator,
    /// Beside the savepoint directory: `…/savepoints` gives `…/checkpoints`.
    Sibling,
    /// A location that may hold `{namespace}` and `{name}`.
    Template(String),
}

impl CheckpointsDir {
    /// Reads the value of `checkpoints-dir`.
    pub fn parse(text: &str) -> Result<CheckpointsDir, String> {
        match text {
            "operator" => Ok(CheckpointsDir::Operator),
            "sibling" => Ok(CheckpointsDir::Sibling),
            _ => values::location(text).map(CheckpointsDir::Template).map_err(|error| {
                let is_word = !text.contains('/');
                if is_word { format!("{error}, or `operator` or `sibling`") } else { error }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(text: &str, folder: &str) -> Inputs {
        let config = Config::parse("c.toml", folder, text, &|_, _| Ok(())).unwrap();
        Inputs::build(&config, Flags::default(), &InputTexts::new(), None).unwrap().0
    }

    #[test]
    fn the_longest_path_that_matches_decides_the_scope() {
        let text = "[[scope]]\npaths = [\"clusters\"]\n[[scope]]\npaths = [\"clusters/eu/**\"]\n";
        let inputs = inputs(text, "/repo");
        let names = PathNames::default();
        let scopes = |file: &str, by: Option<&str>| {
            let by = by.map(|by| names.parse(by));
            inputs.matching_scopes(&names, &names.parse(file), by.as_ref())
        };
        assert_eq!(scopes("/repo/clusters/us/a.yaml", None), [0]);
        assert_eq!(scopes("/repo/clusters/eu/a.yaml", None), [1]);
        assert_eq!(scopes("/repo/clusters/us/a.yaml", Some("/repo/clusters/eu/b.yaml")), [1]);
        assert_eq!(scopes("/repo/clusters/eu/a.yaml", Some("/repo/clusters/us/b.yaml")), [1]);
        assert_eq!(scopes("/repo/base/a.yaml", Some("/repo/clusters/us/b.yaml")), [0]);
        for outside in ["/repo/other/a.yaml", "/clusters/a.yaml", "/repository/clusters/a.yaml"] {
            assert!(scopes(outside, Some(outside)).is_empty(), "{outside}");
        }
    }

    #[test]
    fn paths_of_equal_length_match_equally_well() {
        let text = "[[scope]]\npaths = [\"*/eu\"]\n[[scope]]\npaths = [\"a/*u\"]\n";
        let (names, file) = (PathNames::default(), "a/eu/x.yaml".into());
        assert_eq!(inputs(text, "").matching_scopes(&names, &file, None), [0, 1]);
    }

    #[test]
    fn a_slip_is_not_taken_for_a_location() {
        let parse = CheckpointsDir::parse;
        assert!(parse("siblings").unwrap_err().contains("`sibling`"));
        assert!(parse("s3://b/{nmae}").is_err());
        assert!(parse(" s3://b").is_err());
        assert_eq!(parse("sibling"), Ok(CheckpointsDir::Sibling));
        for location in ["s3://b/{namespace}/{name}", "/data/cp", "file:/data", "hdfs:///cp"] {
            assert_eq!(parse(location), Ok(CheckpointsDir::Template(location.into())));
        }
    }
}
