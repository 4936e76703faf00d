//! Of everything that was read, what counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::problem::Place;
use super::keys::{is_old_key, spellings};
use super::{ConfigNote, OperatorSetting, Part, Section, Shape, Source, Switch};

/// What counts, of all sources together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    old: Settings,
    both: Settings,
    /// What stands for both operators, and what the new one has.
    pub(crate) tomorrow: Settings,
    /// True if nothing was given that could be of 0.1.0.
    only_new: bool,
    pub(crate) lost: Vec<Arc<OperatorSetting>>,
    pub(crate) notes: Vec<ConfigNote>,
    pub(crate) keeps_today: Option<bool>,
    pub(crate) keeps_tomorrow: Option<bool>,
}

impl Settled {
    pub(crate) fn of(sources: &[Source]) -> Settled {
        let mut settled = Settled::default();
        let mut old_operator = Settings::default();
        let of = |shape| Values::of(sources, shape);
        let (old, operator, new) = (of(Shape::Old), of(Shape::OldOperator), of(Shape::New));
        for (number, source) in sources.iter().enumerate() {
            match source.shape {
                Shape::Both => {
                    settled.both.take(source, number, None);
                    settled.tomorrow.take(source, number, None);
                }
                Shape::Old => settled.old.take(source, number, Some(&old)),
                Shape::OldOperator => old_operator.take(source, number, Some(&operator)),
                Shape::New => settled.tomorrow.take(source, number, Some(&new)),
            }
        }
        settled.only_new = sources.iter().all(|source| source.shape == Shape::New);
        settled.lost = settled.lost(&old_operator);
        for values in [&old, &operator, &new] {
            settled.notes.extend(values.notes(sources));
        }
        settled.keeps_today = if old.is_given() { old.keeps() } else { operator.chart_default() };
        settled.keeps_tomorrow = new.keeps();
        settled
    }

    pub(crate) fn today(&self, key: &str) -> Option<&OperatorSetting> {
        let known = self.old.get(key).or_else(|| self.both.get(key));
        known.or_else(|| self.tomorrow.get(key).filter(|_| self.only_new))
    }

    pub(crate) fn today_starting_with(&self, prefix: &str) -> Option<&OperatorSetting> {
        let known = self.old.starting_with(prefix).or_else(|| self.both.starting_with(prefix));
        known.or_else(|| self.tomorrow.starting_with(prefix).filter(|_| self.only_new))
    }

    fn lost(&self, old_operator: &Settings) -> Vec<Arc<OperatorSetting>> {
        let has = |key: &str, text: &str| {
            self.tomorrow.get(key).is_some_and(|setting| setting.text == text)
        };
        let is_lost = |setting: &OperatorSetting, of_operator: bool| {
            let spellings = spellings(&setting.key, of_operator);
            let known = spellings.iter().map(String::as_str).chain([setting.key.as_str()]);
            !known.into_iter().any(|key| has(key, &setting.text))
        };
        let counts = |key: &str| is_old_key(key) || key.starts_with("metrics.");
        let of_jobs = self.old.by_key.values().filter(|(_, setting)| is_lost(setting, false));
        let of_operator = old_operator.by_key.values();
        let of_operator =
            of_operator.filter(|(_, setting)| counts(&setting.key) && is_lost(setting, true));
        let mut lost: Vec<_> = of_jobs.chain(of_operator).collect();
        lost.sort_by_key(|(order, _)| *order);
        lost.into_iter().map(|(_, setting)| Arc::clone(setting)).collect()
    }
}

/// Where a setting stands among all: number of its source, and within it.
type Order = (usize, usize);

/// Settings by key; the last of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    by_key: BTreeMap<String, (Order, Arc<OperatorSetting>)>,
}

impl Settings {
    pub(crate) fn get(&self, key: &str) -> Option<&OperatorSetting> {
        self.by_key.get(key).map(|(_, setting)| setting.as_ref())
    }

    pub(crate) fn starting_with(&self, prefix: &str) -> Option<&OperatorSetting> {
        let (key, (_, setting)) = self.by_key.range(prefix.to_string()..).next()?;
        key.starts_with(prefix).then_some(setting.as_ref())
    }

    /// Takes what counts of the source. Of a `ConfigMap` with both files `flink-conf.yaml` wins: from
    /// 1.13 the chart writes both, and the defaults into each.
    fn take(&mut self, source: &Source, number: usize, values: Option<&Values<'_>>) {
        let values = values.filter(|_| source.section.is_some());
        let is_config = values.is_none_or(|values| values.is_config(number));
        let is_flink_conf = values.is_none_or(|values| values.is_flink_conf(number));
        let config = source.config.iter().filter(|_| is_config);
        let flink_conf = source.flink_conf.iter().filter(|_| is_flink_conf);
        let settings = config.chain(flink_conf).flat_map(|part| &part.settings);
        for (order, setting) in settings.enumerate() {
            self.by_key.insert(setting.key.clone(), ((number, order), Arc::clone(setting)));
        }
    }
}

/// The sections of one shape as Helm merges them: of each part the last one.
struct Values<'s> {
    /// The last section, if there is any.
    section: Option<&'s Section>,
    create: Option<&'s (Switch, Place)>,
    append: Option<&'s (Switch, Place)>,
    flink_conf: Option<usize>,
    config: Option<usize>,
}

impl<'s> Values<'s> {
    fn of(sources: &'s [Source], shape: Shape) -> Values<'s> {
        let sections = sources.iter().enumerate().rev().filter_map(|(number, source)| {
            let section = source.section.as_ref().filter(|_| source.shape == shape)?;
            Some((number, source, section))
        });
        let sections: Vec<_> = sections.collect();
        let last = |has: fn(&Source) -> &Option<Part>| {
            let found = sections.iter().find(|(_, source, _)| has(source).is_some());
            found.map(|(number, _, _)| *number)
        };
        Values {
            section: sections.first().map(|(_, _, section)| *section),
            create: sections.iter().find_map(|(_, _, section)| section.create.as_ref()),
            append: sections.iter().find_map(|(_, _, section)| section.append.as_ref()),
            flink_conf: last(|source| &source.flink_conf),
            config: last(|source| &source.config),
        }
    }

    fn is_given(&self) -> bool {
        self.section.is_some()
    }

    /// The chart makes a `ConfigMap` unless it is told otherwise.
    fn is_made(&self) -> bool {
        self.create.is_none_or(|(create, _)| *create == Switch::On)
    }

    fn is_flink_conf(&self, number: usize) -> bool {
        self.is_made() && self.flink_conf == Some(number)
    }

    fn is_config(&self, number: usize) -> bool {
        self.is_made() && self.flink_conf.is_none() && self.config == Some(number)
    }

    fn keeps(&self) -> Option<bool> {
        let of = |switch: Option<&(Switch, Place)>| switch.map_or(Switch::On, |(it, _)| *it);
        match (of(self.create), of(self.append)) {
            _ if !self.is_given() => None,
            (Switch::Off, _) | (_, Switch::Off) => Some(false),
            (Switch::On, Switch::On) => Some(true),
            _ => None,
        }
    }

    /// What holds for a section that the values leave out, if these values were given at all.
    fn chart_default(&self) -> Option<bool> {
        self.section.map(|_| true)
    }

    fn notes(&self, sources: &[Source]) -> Vec<ConfigNote> {
        let mut notes = Vec::new();
        let name = self.section.map_or("", |section| section.name);
        match self.create {
            Some((Switch::Off, place)) => notes.push(place.note(
                format!("`{name}` has `create: false`, so nothing of it counts"),
                "give the ConfigMap that the operator reads instead",
            )),
            Some((Switch::Unknown, place)) => notes.push(place.note(
                format!("`create` of `{name}` is filled in later, so nothing of it counts"),
                "write `true` or `false`, or give the ConfigMap that the operator reads",
            )),
            _ => {}
        }
        let config = self.config.and_then(|number| sources[number].config.as_ref());
        if let Some(config) = config.filter(|_| self.flink_conf.is_some()) {
            notes.push(config.place.note(
                "`config.yaml` is not read where there is `flink-conf.yaml`",
                "keep one of the two",
            ));
        }
        notes
    }
}

impl Place {
    fn note(&self, message: impl Into<String>, help: &str) -> ConfigNote {
        ConfigNote {
            path: self.path.to_string(),
            position: self.position,
            message: message.into(),
            help: help.to_string(),
        }
    }
}
