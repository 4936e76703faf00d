//! The generators of an `ApplicationSet`, as they are written.

use std::collections::BTreeMap;

use super::{at, is_true, text};
use crate::yaml::{self, NodeRef};

/// Values by the names that templates have for them.
pub type Parameters = BTreeMap<String, String>;

/// A generator of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Generator {
    List(Vec<Parameters>),
    Directories {
        globs: Globs,
        extra: Extra,
    },
    Files {
        globs: Globs,
        extra: Extra,
    },
    Matrix(Vec<Generator>),
    Merge {
        keys: Vec<String>,
        generators: Vec<Generator>,
    },
    /// It makes an unknown number of applications; what it is, as the end of a sentence.
    Unknown(&'static str),
}

/// Globs of paths; one that is excluded wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Globs {
    pub(crate) included: Vec<String>,
    pub(crate) excluded: Vec<String>,
}

/// What else a git generator says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extra {
    /// `pathParamPrefix`, with a dot behind it unless it is empty.
    pub(crate) prefix: String,
    /// `values`.
    pub(crate) values: Parameters,
}

/// What makes an unknown number of applications, as the end of a sentence.
pub(crate) const CLUSTERS: &str = "its cluster generator";
const UNKNOWN: &str = "a generator whose number is unknown";

impl Generator {
    pub(crate) fn read(node: NodeRef<'_>, depth: usize) -> Generator {
        let Some(depth) = depth.checked_sub(1) else { return Generator::Unknown(UNKNOWN) };
        // Both change what comes out in ways that are not read.
        let has_template =
            |kind: &str| at(node, &[kind, "template"]).is_some_and(|it| !it.is_null());
        if node.get("selector").is_some() {
            return Generator::Unknown("a generator with a selector");
        }
        if ["list", "git", "matrix", "merge"].into_iter().any(has_template) {
            return Generator::Unknown("a generator with a template of its own");
        }
        if let Some(list) = node.get("list").filter(|list| list.get("elementsYaml").is_none()) {
            let elements = list.get("elements").into_iter().flat_map(NodeRef::items);
            return Generator::List(elements.map(parameters).collect());
        }
        if let Some(git) = node.get("git") {
            let extra = Extra::read(git);
            if let Some(globs) = Globs::read(git, "directories") {
                return Generator::Directories { globs, extra };
            }
            if let Some(globs) = Globs::read(git, "files") {
                return Generator::Files { globs, extra };
            }
        }
        let children = |way| at(node, &[way, "generators"]);
        let read = |children: NodeRef<'_>| {
            children.items().map(|child| Generator::read(child, depth)).collect()
        };
        if let Some(generators) = children("matrix").map(read) {
            return Generator::Matrix(generators);
        }
        if let Some(generators) = children("merge").map(read) {
            let keys = at(node, &["merge", "mergeKeys"]).into_iter().flat_map(NodeRef::items);
            let keys = keys.filter_map(NodeRef::text).map(String::from).collect();
            return Generator::Merge { keys, generators };
        }
        Generator::Unknown(if node.get("clusters").is_some() { CLUSTERS } else { UNKNOWN })
    }
}

impl Globs {
    /// Nothing if there is none.
    fn read(git: NodeRef<'_>, key: &str) -> Option<Globs> {
        let mut globs = Globs::default();
        for item in git.get(key).into_iter().flat_map(NodeRef::items) {
            let Some(path) = text(item, &["path"]) else { continue };
            let is_excluded = item.get("exclude").is_some_and(is_true);
            let list = if is_excluded { &mut globs.excluded } else { &mut globs.included };
            list.push(path.to_string());
        }
        (globs != Globs::default()).then_some(globs)
    }
}

impl Globs {
    pub(crate) fn filled(&self, fill: impl Fn(&str) -> String) -> Globs {
        let filled = |globs: &[String]| globs.iter().map(|glob| fill(glob)).collect();
        Globs { included: filled(&self.included), excluded: filled(&self.excluded) }
    }
}

impl Extra {
    fn read(git: NodeRef<'_>) -> Extra {
        let prefix = text(git, &["pathParamPrefix"]).map(|prefix| format!("{prefix}."));
        let values = git.get("values").map(parameters).unwrap_or_default();
        Extra { prefix: prefix.unwrap_or_default(), values }
    }
}

/// The scalars of a mapping, by their paths with dots.
pub(crate) fn parameters(node: NodeRef<'_>) -> Parameters {
    let mut found = Parameters::new();
    let mut pending = vec![(String::new(), node, yaml::MAX_NESTING)];
    while let Some((path, node, depth)) = pending.pop() {
        let Some(depth) = depth.checked_sub(1) else { continue };
        let below = |key: &str| {
            if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
        };
        pending.extend(node.entries().into_iter().map(|(key, value)| (below(key), value, depth)));
        let items = node.items().enumerate();
        pending.extend(items.map(|(i, item)| (below(&i.to_string()), item, depth)));
        if let Some(text) = node.text() {
            found.insert(path, text.to_string());
        }
    }
    found
}

/// The parameters of a file that the git generator reads: one set, or a list of them.
pub(crate) fn parameters_of_file(root: NodeRef<'_>) -> Vec<Parameters> {
    let mut items = root.items().map(parameters).collect::<Vec<_>>();
    if items.is_empty() {
        items.push(parameters(root));
    }
    items
}
