//! What a kustomization says about the files around it.
//!
//! Kustomize finds the target of a patch by group, version and kind. With a base converted and a
//! selector that still says `v1alpha1` it drops the patch and exits 0 (measured with kubectl).

use crate::flink::names::{self, GROUP, PREVIEW, field};
use crate::text::Span;
use crate::yaml::{NodeRef, Scalar};

/// The names under which kustomize looks for its file (`konfig.RecognizedKustomizationFileNames`).
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// True for the name of a kustomization file, folders in front of it or not.
pub fn is_kustomization(path: &str) -> bool {
    FILE_NAMES.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// A place in a kustomization that names the preview version of one of our kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The bytes of the file.
    pub span: Span,
    /// What stands there.
    pub what: &'static str,
}

/// One kustomization, as far as this release understands it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kustomization {
    /// The file, as shown to people.
    pub file: String,
    /// Files and folders it builds from: `resources`, `bases`, `components`.
    pub resources: Vec<String>,
    /// Files it applies as patches.
    pub patches: Vec<String>,
    /// The namespace it puts everything into.
    pub namespace: Option<String>,
    /// True if it changes names by a prefix or a suffix.
    pub renames: bool,
    /// Where it names the preview version.
    pub mentions: Vec<Mention>,
    /// Patches by selector that could mean one of our workloads and change what the rules judge.
    pub selected_patches: Vec<SelectedPatch>,
}

/// A patch whose target is told by a selector, as JSON 6902 patches are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectedPatch {
    /// Written in the kustomization, and changing what the rules judge.
    Inline,
    /// In this file. One that holds an object of ours is a strategic-merge patch and is judged as
    /// such; any other is a list of operations that nobody has read.
    File(String),
}

impl Kustomization {
    /// Reads the file's one document.
    pub fn read(file: &str, root: NodeRef<'_>) -> Kustomization {
        let strings = |field: &str| -> Vec<String> {
            let items = root.get(field).into_iter().flat_map(NodeRef::items);
            items.filter_map(NodeRef::text).map(String::from).collect()
        };
        let patch_files = ["patches", "patchesJson6902"].into_iter().flat_map(|field| {
            let items = root.get(field).into_iter().flat_map(NodeRef::items);
            items.filter_map(|item| item.get("path")?.text()).map(String::from).collect::<Vec<_>>()
        });
        let text =
            |field: &str| root.get(field).and_then(NodeRef::text).filter(|text| !text.is_empty());
        let mut mentions = Vec::new();
        collect_mentions(root, crate::yaml::MAX_NESTING, &mut mentions);
        Kustomization {
            file: file.to_string(),
            resources: ["resources", "bases", "components"].into_iter().flat_map(strings).collect(),
            patches: patch_files.chain(strings("patchesStrategicMerge")).collect(),
            namespace: text("namespace").map(String::from),
            renames: text("namePrefix").or(text("nameSuffix")).is_some(),
            mentions,
            selected_patches: ["patches", "patchesJson6902"]
                .into_iter()
                .flat_map(|field| root.get(field).into_iter().flat_map(NodeRef::items))
                .filter_map(selected_patch)
                .collect(),
        }
    }
}

/// A patch whose selector could mean one of our workloads, if it might change what the rules judge.
fn selected_patch(item: NodeRef<'_>) -> Option<SelectedPatch> {
    item.get("target").filter(|target| selects_ours(*target))?;
    if let Some(path) = item.get("path").and_then(NodeRef::text) {
        return Some(SelectedPatch::File(path.to_string()));
    }
    let text = item.get("patch").and_then(NodeRef::text)?;
    // An inline strategic-merge patch names its own version, which is a mention already.
    let judged = [field::JOB, field::JOB_MANAGER, field::TASK_MANAGER, field::POD_TEMPLATE]
        .into_iter()
        .chain([field::FLINK_CONFIGURATION, field::SERVICE_ACCOUNT]);
    let is_judged = |name: &str| text.contains(&format!("/{}/{name}", field::SPEC));
    let whole_spec = text
        .lines()
        .any(|line| line.trim_end_matches(['"', '\'', ',', ' ', '}']).ends_with("/spec"));
    (judged.into_iter().any(is_judged) || whole_spec).then_some(SelectedPatch::Inline)
}

fn collect_mentions(node: NodeRef<'_>, depth: usize, found: &mut Vec<Mention>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if selects_preview(node) {
        let version = node.get("version").unwrap_or(node);
        found
            .push(Mention { span: version.span_in_file(), what: "a selector of version v1alpha1" });
    }
    if let Some(Scalar::Text(text)) = node.scalar()
        && text.contains(&format!("{GROUP}/{PREVIEW}"))
    {
        found.push(Mention { span: node.span_in_file(), what: "flink.apache.org/v1alpha1" });
    }
    for entry in node.own_entries() {
        collect_mentions(NodeRef { doc: node.doc, id: entry.value }, depth, found);
    }
    let is_alias = node.resolved().id != node.id;
    for item in node.items().filter(|_| !is_alias) {
        collect_mentions(item, depth, found);
    }
}

/// True for a selector (`target`, `source`, `select` …) that asks for the preview version and could
/// mean one of our kinds. Its fields are regular expressions, and each may be left out.
fn selects_preview(node: NodeRef<'_>) -> bool {
    let version = node.get("version").and_then(NodeRef::text);
    version.is_some_and(|version| version.contains(PREVIEW)) && selects_ours(node)
}

/// True for a selector that could mean one of our kinds.
fn selects_ours(node: NodeRef<'_>) -> bool {
    let text = |name| node.get(name).and_then(NodeRef::text);
    let is_pattern = |text: &str| text.contains(['*', '.', '(', '[', '|', '+', '?', '^', '$']);
    let group = text("group").is_none_or(|group| group.contains("flink") || group.contains(".*"));
    let kind = text("kind").is_none_or(|kind| {
        [names::DEPLOYMENT, names::SESSION_JOB].contains(&kind)
            || kind.contains("Flink")
            || is_pattern(kind)
    });
    group && kind
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn mentions(text: &str) -> usize {
        Kustomization::read("kustomization.yaml", yaml::parse(text, 0).unwrap().root())
            .mentions
            .len()
    }

    #[test]
    fn selectors_of_the_preview_version_are_found() {
        assert_eq!(
            mentions(
                "patches: [{path: p.yaml, target: {kind: FlinkDeployment, version: v1alpha1}}]"
            ),
            1
        );
        assert_eq!(
            mentions("patches: [{path: p.yaml, target: {version: v1alpha1, name: orders}}]"),
            1
        );
        assert_eq!(
            mentions("replacements: [{source: {group: flink.apache.org, version: v1alpha1}}]"),
            1
        );
        assert_eq!(
            mentions("patches:\n- patch: |\n    apiVersion: flink.apache.org/v1alpha1\n"),
            1
        );
        assert_eq!(
            mentions("patches: [{target: {kind: Rollout, group: argoproj.io, version: v1alpha1}}]"),
            0
        );
        assert_eq!(mentions("patches: [{target: {kind: FlinkDeployment, version: v1beta1}}]"), 0);
    }
}
