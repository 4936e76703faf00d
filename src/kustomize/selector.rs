//! Which objects an entry of a kustomization selects.

use super::fields::{BuildError, FileSpan, PatchSelector};
use super::node::{BuiltContent, BuiltNode};
use super::object::BuiltObject;
use crate::flink::names::field;
use crate::text::matches_whole;

/// Longest text that an expression is matched with, in bytes.
const MAX_TEXT: usize = 63;

impl PatchSelector {
    /// True if it selects the object: names and namespaces as they are, or as they were at first.
    pub(crate) fn selects(&self, object: &BuiltObject, by: &FileSpan) -> Result<bool, BuildError> {
        let (now, first) = (&object.id, object.original_id());
        let matches = |pattern: &str, text: &str| matches_pattern(pattern, text, by);
        // An expression that is broken refuses the build, whatever it is asked about.
        let name = matches(&self.name, &first.name)? | matches(&self.name, &now.name)?;
        let namespace =
            matches(&self.namespace, &first.namespace)? | matches(&self.namespace, &now.namespace)?;
        let kind = matches(&self.group, &now.group)?
            & matches(&self.version, &now.version)?
            & matches(&self.kind, &now.kind)?;
        let metadata = |key| object.root.get(field::METADATA).and_then(|it| it.get(key));
        Ok(name
            && namespace
            && kind
            && has_labels(&self.label_selector, metadata("labels"), by)?
            && has_labels(&self.annotation_selector, metadata("annotations"), by)?)
    }
}

fn matches_pattern(pattern: &str, text: &str, by: &FileSpan) -> Result<bool, BuildError> {
    let is_literal = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
    if pattern.is_empty() || pattern == text {
        return Ok(true);
    }
    if pattern.chars().all(is_literal) {
        return Ok(false);
    }
    let matched = Some(text).filter(|text| text.len() <= MAX_TEXT);
    matched.and_then(|text| matches_whole(pattern, text)).ok_or_else(|| {
        BuildError::unmodelled(format!("selects by `{pattern}`, which is not understood"), by)
    })
}

/// True if the labels are as the selector wants them.
fn has_labels(
    selector: &str,
    labels: Option<&BuiltNode>,
    by: &FileSpan,
) -> Result<bool, BuildError> {
    let unknown =
        || BuildError::unmodelled(format!("selects by `{selector}`, which is not understood"), by);
    let labels: Vec<(&str, &str)> = match labels.map(|labels| &labels.content) {
        Some(BuiltContent::Mapping(entries)) => entries
            .iter()
            .map(|(key, value)| (&*key.text, value.text().unwrap_or_default()))
            .collect(),
        _ => Vec::new(),
    };
    let value = |key: &str| labels.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
    let mut all = true;
    for requirement in requirements(selector) {
        all &= Requirement::parse(requirement).ok_or_else(unknown)?.accepts(value);
    }
    Ok(all)
}

/// The parts of a selector between commas that stand in no parentheses.
fn requirements(selector: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let parts = selector.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(move |part| !(part.is_empty() && selector.trim().is_empty()))
}

/// One part of a label selector.
enum Requirement<'s> {
    Exists(&'s str),
    Lacks(&'s str),
    In(&'s str, Vec<&'s str>),
    NotIn(&'s str, Vec<&'s str>),
}

impl<'s> Requirement<'s> {
    fn parse(text: &'s str) -> Option<Requirement<'s>> {
        let is_word = |word: &str| {
            !word.is_empty()
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        };
        let word = |text: &'s str| Some(text.trim()).filter(|word| is_word(word));
        let value = |text: &'s str| {
            Some(text.trim()).filter(|word| word.is_empty() || is_word(word) && !word.contains('/'))
        };
        if let Some((key, wanted)) = text.split_once("!=") {
            return Some(Requirement::NotIn(word(key)?, vec![value(wanted)?]));
        }
        if let Some((key, wanted)) = text.split_once("==").or_else(|| text.split_once('=')) {
            return Some(Requirement::In(word(key)?, vec![value(wanted)?]));
        }
        if let Some((key, set)) = text.split_once('(') {
            let values: Option<Vec<&str>> =
                set.trim().strip_suffix(')')?.split(',').map(value).collect();
            let (key, operator) = key.trim().split_once(char::is_whitespace)?;
            return match operator.trim() {
                "in" => Some(Requirement::In(word(key)?, values?)),
                "notin" => Some(Requirement::NotIn(word(key)?, values?)),
                _ => None,
            };
        }
        match text.strip_prefix('!') {
            Some(key) => word(key).map(Requirement::Lacks),
            None => word(text).map(Requirement::Exists),
        }
    }

    fn accepts<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        match self {
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::Lacks(key) => label(key).is_none(),
            Requirement::In(key, values) => label(key).is_some_and(|it| values.contains(&it)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|it| !values.contains(&it)),
        }
    }
}
