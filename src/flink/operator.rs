//! What the operator's own configuration says: the defaults of every job that does not set its own.
//!
//! Operator 0.1.0 had two of them, one for the jobs and one for itself; since 1.0.0 there is one
//! (FLINK-27023). The chart's values were renamed on the way, and Helm passes over what it does not
//! know, so what values of the old shape say is lost without a message. Several files count as Helm
//! and Flink count them: a text of values replaces the same text of earlier values, and of settings
//! with the same key the later one wins.

mod chart_values;
mod config_files;
mod config_reader;
mod flink_conf;
mod job_defaults;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use chart_values::{OLD, OLD_OPERATOR};
pub use config_files::read;
pub use job_defaults::JobScope;

use crate::diagnostic::{FilePosition, Located};

/// A setting of the operator's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSetting {
    /// Its full key.
    pub key: String,
    /// Its value, never blank: verbatim from `flink-conf.yaml`, the text of the scalar from YAML, the
    /// items of a list joined by `;` (`ConfigObjectNode.asFlatMap`, 1.15.0).
    pub text: String,
    /// Where its key is.
    pub place: FilePosition,
}

/// A part of the configuration that has another name since 0.1.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Where it is.
    pub place: FilePosition,
    /// How it is spelt there.
    pub before: String,
    /// How it is spelt now: of keys the spelling of operator 1.1 and later.
    pub after: String,
}

/// Which of the two operators is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Operator 0.1.0.
    Today,
    /// The operator after the migration.
    Tomorrow,
}

type Settings = BTreeMap<String, Arc<OperatorSetting>>;

/// Everything that the given files say. By default nothing is given.
#[derive(Clone, Debug, Default)]
pub struct OperatorConfig {
    sources: Vec<ConfigSource>,
    renamed: Vec<Renamed>,
    deployment_name: Option<String>,
    today: Settings,
    tomorrow: Settings,
    lost: Vec<Arc<OperatorSetting>>,
    notes: Vec<Located>,
    /// Today's and tomorrow's.
    drops_chart_defaults: [bool; 2],
}

impl OperatorConfig {
    fn new(
        sources: Vec<ConfigSource>,
        renamed: Vec<Renamed>,
        deployment_name: Option<String>,
    ) -> OperatorConfig {
        let merged = [Shape::Old, Shape::New].map(|shape| MergedValues::new(&sources, shape));
        let settings = |shapes: &[Shape]| {
            let sources = sources.iter().filter(|source| shapes.contains(&source.shape));
            let parts = sources.flat_map(|source| source.parts_in_force(&merged));
            parts.flat_map(|part| &part.settings).cloned().collect::<Vec<_>>()
        };
        let by_key = |settings: Vec<Arc<OperatorSetting>>| -> Settings {
            settings.into_iter().map(|setting| (setting.key.clone(), setting)).collect()
        };
        let old = settings(&[Shape::Old]);
        let tomorrow = by_key(settings(&[Shape::Both, Shape::New]));
        let mut today = by_key(settings(&[Shape::Both]));
        // What is known to be of 0.1.0 outweighs a file that may be of either operator.
        today.extend(by_key(old.clone()));
        if sources.iter().all(|source| source.shape == Shape::New) {
            today.clone_from(&tomorrow);
        }
        let is_lost = |setting: &Arc<OperatorSetting>| {
            !tomorrow.contains_key(&setting.key) && Arc::ptr_eq(&today[&setting.key], setting)
        };
        let lost = old.into_iter().filter(is_lost).collect();
        let [old, new] = &merged;
        OperatorConfig {
            notes: old.notes().chain(new.notes()).collect(),
            drops_chart_defaults: [old.drops_chart_defaults(), new.drops_chart_defaults()],
            lost,
            today,
            tomorrow,
            renamed,
            deployment_name,
            sources,
        }
    }

    /// What operator 0.1.0 gave to every job: what the old shape says, else what a file that may be of
    /// either operator says, else, if only files of the new shape were given, what they say.
    pub fn today(&self, key: &str) -> Option<&OperatorSetting> {
        self.today.get(key).map(Arc::as_ref)
    }

    /// What the operator after the migration gives to every job that no special default is for.
    pub fn tomorrow(&self, key: &str) -> Option<&OperatorSetting> {
        self.tomorrow.get(key).map(Arc::as_ref)
    }

    /// The settings whose keys have this prefix, sorted by key.
    pub fn starting_with<'c>(
        &'c self,
        when: When,
        prefix: &'c str,
    ) -> impl Iterator<Item = &'c OperatorSetting> {
        let settings = match when {
            When::Today => &self.today,
            When::Tomorrow => &self.tomorrow,
        };
        let from_prefix = settings.range(prefix.to_string()..);
        from_prefix.take_while(move |(key, _)| key.starts_with(prefix)).map(|(_, it)| it.as_ref())
    }

    /// What the jobs had from the old shape and do not have from the operator after the migration, in
    /// the order of the files: the new chart passes over it in silence.
    pub fn lost(&self) -> impl Iterator<Item = &OperatorSetting> {
        self.lost.iter().map(Arc::as_ref)
    }

    /// What has another name since 0.1.0, in the order of the files: keys of the chart's values, and
    /// keys of the operator's own settings wherever they are.
    pub fn renamed(&self) -> &[Renamed] {
        &self.renamed
    }

    /// What was read and does not count: no errors, but worth a note.
    pub fn notes(&self) -> &[Located] {
        &self.notes
    }

    /// True if values of the chart switch its own defaults off (`append` or `create`).
    pub fn drops_chart_defaults(&self, when: When) -> bool {
        self.drops_chart_defaults[when as usize]
    }

    /// The name that values of the chart give to the operator's `Deployment` (`nameOverride`).
    pub fn deployment_name(&self) -> Option<&str> {
        self.deployment_name.as_deref()
    }

    /// True if any file was read.
    pub fn is_given(&self) -> bool {
        !self.sources.is_empty()
    }
}

/// The configurations as one. Later ones win.
pub fn merge(configs: Vec<OperatorConfig>) -> OperatorConfig {
    let (mut sources, mut renamed, mut deployment_name) = (Vec::new(), Vec::new(), None);
    for config in configs {
        deployment_name = config.deployment_name.or(deployment_name);
        sources.extend(config.sources);
        renamed.extend(config.renamed);
    }
    OperatorConfig::new(sources, renamed, deployment_name)
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
struct ConfigSource {
    shape: Shape,
    section: Option<Section>,
    /// `flink-conf.yaml`.
    flink_conf: Option<Part>,
    /// `config.yaml`.
    config: Option<Part>,
}

impl ConfigSource {
    /// The parts that count. Of a `ConfigMap` with both files `flink-conf.yaml` wins: from 1.13 the
    /// chart writes both, and the defaults into each.
    fn parts_in_force<'s>(
        &'s self,
        merged: &'s [MergedValues<'s>],
    ) -> impl Iterator<Item = &'s Part> {
        let parts = [&self.config, &self.flink_conf].into_iter().flatten();
        parts.filter(move |part| {
            self.section.is_none() || merged.iter().any(|values| values.reads(part))
        })
    }
}

/// What a section of the chart's values says about itself. What it leaves out is left to earlier
/// values, then to the chart.
#[derive(Clone, Debug)]
struct Section {
    /// Whether a `ConfigMap` is made; nothing if that is filled in later.
    create: Option<(Option<bool>, FilePosition)>,
    /// Whether the chart's own defaults come before the settings.
    append: Option<bool>,
}

/// One text of settings.
#[derive(Clone, Debug)]
struct Part {
    place: FilePosition,
    settings: Vec<Arc<OperatorSetting>>,
}

/// The sections of one shape as Helm merges them: of each part the last one.
struct MergedValues<'s> {
    /// The key of the section.
    name: &'static str,
    create: Option<&'s (Option<bool>, FilePosition)>,
    append: Option<bool>,
    flink_conf: Option<&'s Part>,
    config: Option<&'s Part>,
}

impl<'s> MergedValues<'s> {
    fn new(sources: &'s [ConfigSource], shape: Shape) -> MergedValues<'s> {
        let name = if shape == Shape::Old { chart_values::OLD } else { chart_values::NEW };
        let mut merged =
            MergedValues { name, create: None, append: None, flink_conf: None, config: None };
        for source in sources.iter().filter(|source| source.shape == shape) {
            let Some(section) = &source.section else { continue };
            merged.create = section.create.as_ref().or(merged.create);
            merged.append = section.append.or(merged.append);
            merged.flink_conf = source.flink_conf.as_ref().or(merged.flink_conf);
            merged.config = source.config.as_ref().or(merged.config);
        }
        merged
    }

    /// The value of `create`; by default the chart makes a `ConfigMap`.
    fn creates(&self) -> Option<bool> {
        self.create.map_or(Some(true), |(create, _)| *create)
    }

    /// True if the chart reads this very part. Where there is `flink-conf.yaml` it does not read
    /// `config.yaml` (`templates/controller/deployment.yaml`, 1.15.0).
    fn reads(&self, part: &Part) -> bool {
        let read = self.flink_conf.or(self.config).filter(|_| self.creates() == Some(true));
        read.is_some_and(|read| std::ptr::eq(read, part))
    }

    fn drops_chart_defaults(&self) -> bool {
        self.creates() == Some(false) || self.append == Some(false)
    }

    fn notes(&self) -> impl Iterator<Item = Located> {
        let name = self.name;
        let create = self.create.and_then(|(create, place)| match create {
            Some(true) => None,
            Some(false) => Some(place.error(
                format!("`{name}` has `create: false`, so it is ignored"),
                "give the ConfigMap that the operator reads instead",
            )),
            None => Some(place.error(
                format!("`create` of `{name}` is filled in later, so it is ignored"),
                "write `true` or `false`, or give the ConfigMap that the operator reads",
            )),
        });
        let unread = self.config.filter(|_| self.flink_conf.is_some()).map(|config| {
            config.place.error(
                "`config.yaml` is not read where there is `flink-conf.yaml`",
                "keep one of the two",
            )
        });
        create.into_iter().chain(unread)
    }
}
