//! What the operator's own configuration says: the defaults of every job that does not speak itself.
//!
//! Operator 0.1.0 had two of them, one for the jobs and one for itself; since 1.0.0 there is one
//! (FLINK-27023). The chart's values were renamed on the way, and Helm passes over what it does not
//! know, so what stands in values of the old shape is lost without a word. Where several files are
//! given they count as Helm and Flink would count them: a text of values replaces the same text of
//! earlier values, and of settings with the same key the later one wins.

mod found;
mod keys;
mod lines;
mod read;
mod settle;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::sync::Arc;

pub use read::read;
pub use values::{OLD, OLD_OPERATOR};

use super::problem::Place;
use crate::text::Position;
use settle::Settled;

/// A setting of the operator's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSetting {
    /// Its full key.
    pub key: String,
    /// Its value, never blank: verbatim from `flink-conf.yaml`, the text of the scalar from YAML, the
    /// items of a list joined by `;` (`ConfigObjectNode.asFlatMap`, 1.15.0).
    pub text: String,
    /// The file, as shown to people.
    pub path: String,
    /// Where in the file its key stands.
    pub position: Position,
}

impl OperatorSetting {
    /// Where it stands: `path:line:col`.
    pub fn origin(&self) -> String {
        format!("{}:{}:{}", self.path, self.position.line, self.position.column)
    }
}

/// A part of the configuration that is called otherwise since 0.1.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The file, as shown to people.
    pub path: String,
    /// Where in the file it stands.
    pub position: Position,
    /// How it is spelt there.
    pub before: String,
    /// How it is spelt now: of keys the spelling of operator 1.1 and later.
    pub after: String,
}

/// Something that was read and does not count. Shown as `path:line:col: note: message; help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigNote {
    /// The file, as shown to people.
    pub path: String,
    /// Where in it.
    pub position: Position,
    /// What is.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for ConfigNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfigNote { path, position: Position { line, column }, message, help } = self;
        write!(f, "{path}:{line}:{column}: note: {message}; {help}")
    }
}

/// Which of the two operators is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Operator 0.1.0.
    Today,
    /// The operator after the migration.
    Tomorrow,
}

/// Everything that the given files say. The default is that nothing is known.
#[derive(Clone, Debug, Default)]
pub struct OperatorConfig {
    sources: Vec<Source>,
    renamed: Vec<Renamed>,
    settled: Settled,
    called: Option<String>,
}

impl OperatorConfig {
    fn of(sources: Vec<Source>, renamed: Vec<Renamed>) -> OperatorConfig {
        let settled = Settled::of(&sources);
        OperatorConfig { sources, renamed, settled, called: None }
    }

    /// What operator 0.1.0 gave to every job: what the old shape says, else what stands for both
    /// operators, else, if only files of the new shape were given, what they say.
    pub fn today(&self, key: &str) -> Option<&OperatorSetting> {
        self.settled.today(key)
    }

    /// What the operator after the migration gives to every job.
    pub fn tomorrow(&self, key: &str) -> Option<&OperatorSetting> {
        self.settled.tomorrow.get(key)
    }

    /// The setting with the first key, in the order of the alphabet, that begins so.
    pub fn starting_with(&self, when: When, prefix: &str) -> Option<&OperatorSetting> {
        match when {
            When::Today => self.settled.today_starting_with(prefix),
            When::Tomorrow => self.settled.tomorrow.starting_with(prefix),
        }
    }

    /// What the old shape says and the operator after the migration does not have, or has with
    /// another value, in the order of the files: the new chart passes over it in silence. Of the
    /// configuration that 0.1.0 kept for itself these are the keys `operator.*` and `metrics.*`; one
    /// that stands elsewhere under a new name is not lost.
    pub fn lost(&self) -> impl Iterator<Item = &OperatorSetting> {
        self.settled.lost.iter().map(Arc::as_ref)
    }

    /// What is called otherwise since 0.1.0, in the order of the files: keys of the chart's values,
    /// and keys of the operator's own settings wherever they stand.
    pub fn renamed(&self) -> &[Renamed] {
        &self.renamed
    }

    /// What was read and does not count.
    pub fn notes(&self) -> &[ConfigNote] {
        &self.settled.notes
    }

    /// Whether the chart's own defaults stand below the settings (`append`). Nothing if no values of
    /// that chart were given, or if it is filled in later.
    pub fn keeps_chart_defaults(&self, when: When) -> Option<bool> {
        match when {
            When::Today => self.settled.keeps_today,
            When::Tomorrow => self.settled.keeps_tomorrow,
        }
    }

    /// What the values of the chart call the operator's `Deployment` (`nameOverride`), if they do.
    pub fn called(&self) -> Option<&str> {
        self.called.as_deref()
    }

    /// True if any file was read.
    pub fn is_given(&self) -> bool {
        !self.sources.is_empty()
    }
}

/// The configurations as one. Later ones win.
pub fn merge(configs: Vec<OperatorConfig>) -> OperatorConfig {
    let (mut sources, mut renamed, mut called) = (Vec::new(), Vec::new(), None);
    for config in configs {
        called = config.called.or(called);
        sources.extend(config.sources);
        renamed.extend(config.renamed);
    }
    OperatorConfig { called, ..OperatorConfig::of(sources, renamed) }
}

/// Whose configuration something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Flink's own file: it may be that of either operator.
    Both,
    /// Of the jobs, in 0.1.0.
    Old,
    /// Of operator 0.1.0 itself. No job ever saw it.
    OldOperator,
    /// Of operator 1.0 and later.
    New,
}

/// One place that was read: a file of Flink's, a `ConfigMap`, or a section of the chart's values.
#[derive(Clone, Debug)]
struct Source {
    shape: Shape,
    /// What the section says about itself, if it is one.
    section: Option<Section>,
    /// `flink-conf.yaml`.
    flink_conf: Option<Part>,
    /// `config.yaml`.
    config: Option<Part>,
}

/// A section of the chart's values. What it leaves out is left to earlier values, then to the chart.
#[derive(Clone, Debug)]
struct Section {
    /// Its key.
    name: &'static str,
    create: Option<(Switch, Place)>,
    append: Option<(Switch, Place)>,
}

/// A truth value as Helm takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switch {
    On,
    Off,
    /// It is filled in later.
    Unknown,
}

/// One text of settings.
#[derive(Clone, Debug)]
struct Part {
    place: Place,
    settings: Vec<Arc<OperatorSetting>>,
}
