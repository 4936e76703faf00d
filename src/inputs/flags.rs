//! What the options say, and which files they and the configuration name.

use std::collections::HashMap;

use globset::GlobMatcher;

use super::config::ConfigScope;
use super::{CheckpointsDir, Config, Defaults, Waiver};
use crate::flink::releases::Release;
use crate::task::Step;

/// The options of a run. Each takes precedence over the configuration, in every scope too, or in the chosen
/// one alone; waivers are added to those of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The step of the migration. It is decided before: some commands do not ask the configuration.
    pub step: Step,
    /// The own steps of the scopes count.
    pub has_scope_steps: bool,
    /// Paths of savepoint maps.
    pub savepoints: Vec<String>,
    /// Paths of files of the operator's configuration.
    pub operator_config: Vec<String>,
    /// The path of the report of `verify`.
    pub verified: Option<String>,
    /// See [`super::ScopeInputs::target`].
    pub target: Option<Release>,
    /// See [`super::ScopeInputs::namespace`].
    pub namespace: Option<String>,
    /// See [`super::ScopeInputs::service_account`].
    pub service_account: Option<String>,
    /// See [`super::Policy::defaults`].
    pub defaults: Option<Defaults>,
    /// See [`super::Policy::checkpoints_dir`].
    pub checkpoints_dir: Option<CheckpointsDir>,
    /// See [`super::Policy::savepoints_dir`].
    pub savepoints_dir: Option<String>,
    /// Waivers of this run alone.
    pub waivers: Vec<Waiver>,
    /// See [`super::Policy::strict`].
    pub strict: bool,
    /// See [`super::Policy::select`].
    pub select: Option<GlobMatcher>,
    /// See [`super::Policy::scope`].
    pub scope: Option<usize>,
}

/// A file that the user names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileRef {
    /// A path relative to the folder of the configuration.
    Config(String),
    /// A path as typed.
    Flag(String),
}

impl FileRef {
    /// The files of an option, or else those of the configuration.
    pub(crate) fn either(flag: &[String], config: &[String]) -> Vec<FileRef> {
        if flag.is_empty() {
            config.iter().cloned().map(FileRef::Config).collect()
        } else {
            flag.iter().cloned().map(FileRef::Flag).collect()
        }
    }
}

/// The files that [`super::Inputs::build`] needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedFiles {
    /// Savepoint maps, or dumps in their place.
    pub savepoints: Vec<FileRef>,
    /// The operator's configuration.
    pub operator_config: Vec<FileRef>,
    /// The report of `verify`.
    pub verified: Option<FileRef>,
    /// Delivering objects besides those of the tree.
    pub deliveries: Vec<FileRef>,
}

impl RequestedFiles {
    /// What the configuration and the options name. A file may be listed more than once.
    pub fn new(config: &Config, flags: &Flags) -> RequestedFiles {
        let files = |flag: &[String], own: fn(&ConfigScope) -> Option<&Vec<String>>| {
            let scopes = std::iter::once(&config.whole_tree).chain(&config.scopes);
            let paths: Vec<String> = scopes.filter_map(own).flatten().cloned().collect();
            // An option for one scope leaves the files of the others.
            let others = flags.scope.map(|_| FileRef::either(&[], &paths));
            let files = FileRef::either(flag, &paths).into_iter();
            files.chain(others.into_iter().flatten()).collect()
        };
        RequestedFiles {
            savepoints: files(&flags.savepoints, |scope| scope.savepoints.as_ref()),
            operator_config: files(&flags.operator_config, |scope| scope.operator.as_ref()),
            verified: flags.verified.clone().map(FileRef::Flag),
            deliveries: FileRef::either(&[], &config.deliveries),
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct InputText {
    /// What messages call it.
    pub name: String,
    /// Equal for all paths that lead to the same file.
    pub id: String,
    /// Its text, or why it cannot be read: a whole line.
    pub text: Result<String, String>,
}

/// The files of [`RequestedFiles`].
pub type InputTexts = HashMap<FileRef, InputText>;
