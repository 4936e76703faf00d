//! `flinkConfiguration`, flat or nested.
//!
//! Until operator 1.12 every value is a string under its full key; from 1.13 the block may be nested
//! YAML, which the operator flattens (`ConfigObjectNode.asFlatMap`, release 1.15.0).

use std::borrow::Cow;

use crate::yaml::{NodeKind, NodeRef};

/// A value of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'d> {
    /// The text of the value.
    pub text: &'d str,
    /// Where it is.
    pub node: NodeRef<'d>,
}

/// The settings of one workload under their full keys.
#[derive(Clone, Debug, Default)]
pub struct Configuration<'d> {
    settings: Vec<(Cow<'d, str>, Setting<'d>)>,
    is_truncated: bool,
}

impl<'d> Configuration<'d> {
    /// Reads the block; an absent one is empty.
    pub fn read(block: Option<NodeRef<'d>>) -> Configuration<'d> {
        let leaves = block.map(Leaves::below).unwrap_or_default();
        let settings = leaves.found.into_iter().filter_map(|leaf| {
            Some((leaf.key, Setting { text: leaf.value.text()?, node: leaf.value }))
        });
        Configuration { settings: settings.collect(), is_truncated: leaves.is_truncated }
    }

    /// The setting with this full key. Null, empty and blank values count as absent: the operator's
    /// validator takes them so (`DefaultValidator.java`, release 1.0.0).
    pub fn get(&self, key: &str) -> Option<Setting<'d>> {
        let found = self.settings.iter().find(|(name, _)| name == key);
        found.map(|(_, setting)| *setting).filter(|setting| !setting.text.trim().is_empty())
    }

    /// Reads on as if the key were not there.
    pub fn remove(&mut self, key: &str) {
        self.settings.retain(|(name, _)| name != key);
    }

    /// The first setting whose key begins so.
    pub fn starting_with(&self, prefix: &str) -> Option<(&str, Setting<'d>)> {
        let found = self.settings.iter().find(|(key, _)| key.starts_with(prefix));
        found.map(|(key, setting)| (key.as_ref(), *setting))
    }

    /// True if the block was too large, or repeated itself too often, to be read to its end.
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }
}

/// The value at one full key.
#[derive(Clone, Debug)]
pub struct Leaf<'d> {
    /// The keys on the way down, joined by dots.
    pub key: Cow<'d, str>,
    /// The last of these keys.
    pub key_node: NodeRef<'d>,
    /// A scalar or a sequence.
    pub value: NodeRef<'d>,
}

/// Nested YAML, flattened.
#[derive(Clone, Debug, Default)]
pub struct Leaves<'d> {
    /// In the order of the text, merged ones last.
    pub found: Vec<Leaf<'d>>,
    /// True if the block was too large, or repeated itself too often, to be read to its end.
    pub is_truncated: bool,
    /// How many nodes were looked at, for whoever reads many blocks.
    pub visited: usize,
}

/// How many nodes of a block are looked at: aliases can repeat a small one without end.
const MAX_VISITED: usize = 200_000;
/// A full key of so many bytes costs as much as one node more: long keys multiply as they nest.
const BYTES_PER_VISIT: usize = 128;

impl<'d> Leaves<'d> {
    /// Everything below this mapping; nothing if it is none.
    pub fn below(block: NodeRef<'d>) -> Leaves<'d> {
        let mut leaves = Leaves::default();
        leaves.flatten(block, "", crate::yaml::MAX_NESTING);
        leaves
    }

    fn flatten(&mut self, node: NodeRef<'d>, prefix: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            self.is_truncated = true;
            return;
        };
        for (key_node, value) in node.pairs() {
            let NodeKind::Scalar { text: key, .. } = &key_node.node().kind else { continue };
            self.visited += 1 + (prefix.len() + key.len()) / BYTES_PER_VISIT;
            self.is_truncated |= self.visited > MAX_VISITED;
            if self.is_truncated {
                return;
            }
            let key: Cow<'d, str> = if prefix.is_empty() {
                key.as_ref().into()
            } else {
                format!("{prefix}.{key}").into()
            };
            if value.is_mapping() {
                self.flatten(value, &key, depth);
            } else {
                self.found.push(Leaf { key, key_node, value });
            }
        }
    }
}

/// The cpu that this text writes for every reader: decimal digits, with a dot and more digits where
/// there is a fraction. Flink reads a value of `flinkConfiguration` as a decimal
/// (`Double.parseDouble`), `sigs.k8s.io/yaml` a `cpu` in the manifest by YAML 1.1: `010` is ten to the
/// one and eight to the other, and `1_0`, `0x10`, `.inf` are no number to the first. Nothing for a
/// sign, an exponent, a superfluous zero in front, or a number too large for a double.
pub fn plain_cpu(text: &str) -> Option<f64> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    if is_padded || !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
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

    #[test]
    fn long_keys_that_nest_are_cut_before_they_fill_the_memory() {
        let (key, levels) = ("x".repeat(900), 100);
        let children: Vec<String> = (0..10_000).map(|n| format!("k{n}: v")).collect();
        let open = format!("{{{key}: ").repeat(levels);
        let text = format!("{open}{{{}}}{}", children.join(", "), "}".repeat(levels));
        let doc = yaml::parse(&text, 0).unwrap();
        let configuration = Configuration::read(Some(doc.root()));
        assert!(configuration.is_truncated());
        let bytes: usize = configuration.settings.iter().map(|(key, _)| key.len()).sum();
        assert!(bytes <= MAX_VISITED * BYTES_PER_VISIT, "{bytes}");
    }

    #[test]
    fn a_plain_decimal_is_one_number_to_everybody() {
        for (text, number) in [("0", 0.0), ("1", 1.0), ("0.5", 0.5), ("10", 10.0), ("2.50", 2.5)] {
            assert_eq!(plain_cpu(text), Some(number), "{text}");
        }
    }

    #[test]
    fn what_two_readers_take_for_two_numbers_is_none() {
        let too_large = "9".repeat(400);
        for text in [
            "010", "00", "01.5", "0x10", "0o10", "0b1", "1_0", ".inf", ".nan", "inf", "NaN", ".5",
            "1.", "1e3", "+1", "-1", "1d", "500m", "${CPU}", "", " 1", "1.5.2", "1:30", "١",
            &too_large,
        ] {
            assert_eq!(plain_cpu(text), None, "{text}");
        }
    }
}
