//! `flinkConfiguration`, flat or nested.
//!
//! Until operator 1.12 every value is a string under its full key; from 1.13 the block may be nested
//! YAML, which the operator flattens (`ConfigObjectNode.asFlatMap`, release 1.15.0).

use crate::yaml::NodeRef;

/// A value of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'d> {
    /// The text of the value.
    pub text: &'d str,
    /// Where it stands.
    pub node: NodeRef<'d>,
}

/// The settings of one workload under their full keys.
#[derive(Clone, Debug, Default)]
pub struct Configuration<'d> {
    settings: Vec<(String, Setting<'d>)>,
    visited: usize,
}

/// How many nodes of the block are looked at: aliases can repeat a small one without end.
const MAX_VISITED: usize = 200_000;

impl<'d> Configuration<'d> {
    /// Reads the block; an absent one is empty.
    pub fn read(block: Option<NodeRef<'d>>) -> Configuration<'d> {
        let mut configuration = Configuration::default();
        if let Some(block) = block {
            configuration.flatten(block, "", crate::yaml::MAX_NESTING);
        }
        configuration
    }

    /// The setting with this full key. Null, empty and blank values count as absent: the operator's
    /// validator takes them so (`DefaultValidator.java`, release 1.0.0).
    pub fn get(&self, key: &str) -> Option<Setting<'d>> {
        let found = self.settings.iter().find(|(known, _)| known == key);
        found.map(|(_, setting)| *setting).filter(|setting| !setting.text.trim().is_empty())
    }

    /// The first setting whose key begins so.
    pub fn starting_with(&self, prefix: &str) -> Option<(&str, Setting<'d>)> {
        let found = self.settings.iter().find(|(key, _)| key.starts_with(prefix));
        found.map(|(key, setting)| (key.as_str(), *setting))
    }

    /// True if the block was too large, or repeated itself too often, to be read to its end.
    pub fn is_cut(&self) -> bool {
        self.visited > MAX_VISITED
    }

    fn flatten(&mut self, node: NodeRef<'d>, prefix: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            self.visited = MAX_VISITED + 1;
            return;
        };
        for (key, value) in node.entries() {
            self.visited += 1;
            if self.is_cut() {
                return;
            }
            let key = if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
            if value.is_mapping() {
                self.flatten(value, &key, depth);
            } else if let Some(text) = value.text() {
                self.settings.push((key, Setting { text, node: value }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn nested_and_flat_keys_are_found_alike() {
        let text = "a.b: x\nstate:\n  checkpoints: {dir: s3://c}\n  savepoints.dir: s3://s\nempty: ' '\nnil:\n";
        let doc = yaml::parse(text, 0).unwrap();
        let configuration = Configuration::read(Some(doc.root()));
        let get = |key| configuration.get(key).map(|setting| setting.text);
        assert_eq!(get("a.b"), Some("x"));
        assert_eq!(get("state.checkpoints.dir"), Some("s3://c"));
        assert_eq!(get("state.savepoints.dir"), Some("s3://s"));
        assert_eq!((get("empty"), get("nil"), get("state")), (None, None, None));
        assert!(configuration.starting_with("state.check").is_some());
    }
}
