//! What a kustomization says about the files around it.
//!
//! Overlays are not built in this release. So everything that could change what the rules judge, and
//! is not understood here, counts as changing it: a base that looks stateless may be stateful once
//! it is patched.
//!
//! Kustomize finds the target of a patch by group, version and kind. With a base converted and a
//! selector that still says `v1alpha1` it drops the patch and exits 0 (measured with kubectl).

use crate::flink::names::{self, GROUP, PREVIEW, STABLE, field};
use crate::flink::objects::{Object, objects};
use crate::k8s::is_part_of_dns_name;
use crate::path::RepoPath;
use crate::text::{Span, matches_whole};
use crate::yaml::{self, NodeRef, Scalar};

/// The names under which kustomize looks for its file (`konfig.RecognizedKustomizationFileNames`).
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// True for the name of a kustomization file, folders in front of it or not.
pub fn is_kustomization(name: &str) -> bool {
    FILE_NAMES.contains(&name.rsplit('/').next().unwrap_or(name))
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
    /// The file.
    pub file: RepoPath,
    /// It is a `Component`: it acts only on what includes it.
    pub is_component: bool,
    /// Files and folders it builds from: `resources` and `bases`.
    pub resources: Vec<String>,
    /// Folders of components that act on what it builds.
    pub components: Vec<String>,
    /// Files of patches that say themselves what they patch.
    pub patches: Vec<String>,
    /// The namespace it puts everything into.
    pub namespace: Option<String>,
    /// What it puts before every name.
    pub prefix: String,
    /// What it puts behind every name.
    pub suffix: String,
    /// Why it may build more than can be seen, if it may.
    pub unseen_resources: Option<String>,
    /// Where it names the preview version.
    pub mentions: Vec<Mention>,
    /// What in it might change the fields that the rules judge, if anything does.
    pub unknown_edits: Option<String>,
}

impl Kustomization {
    /// Reads the file's one document.
    pub fn read(file: &RepoPath, root: NodeRef<'_>) -> Kustomization {
        let strings = |field: &str| -> Vec<String> {
            let items = get(root, field).into_iter().flat_map(NodeRef::items);
            items.filter_map(NodeRef::text).map(String::from).collect()
        };
        let text =
            |field: &str| get(root, field).and_then(NodeRef::text).filter(|text| !text.is_empty());
        let is_inline = |patch: &String| patch.contains(['\n', '{']) || patch.contains(": ");
        let (inline, files): (Vec<String>, Vec<String>) =
            strings("patchesStrategicMerge").into_iter().partition(is_inline);
        let untargeted = get(root, "patches").into_iter().flat_map(NodeRef::items);
        let untargeted = untargeted.filter(|item| item.get("target").is_none());
        let listed = untargeted.filter_map(|item| item.get("path")?.text()).map(String::from);
        let mut mentions = Vec::new();
        collect_mentions(root, yaml::MAX_NESTING, &mut mentions);
        let patches: Vec<String> = listed.chain(files).collect();
        let components = strings("components");
        let outside = |name: &&String| is_computed(name) || is_remote(name);
        let unseen = components
            .iter()
            .find(outside)
            .map(|path| format!("has the component `{path}`, which is not read"))
            .or_else(|| {
                let patch = patches.iter().find(outside)?;
                Some(format!("has the patch `{patch}`, which is not read"))
            });
        Kustomization {
            file: file.clone(),
            is_component: text(field::KIND) == Some("Component"),
            unseen_resources: unseen_resources(root),
            resources: ["resources", "bases"].into_iter().flat_map(strings).collect(),
            components,
            patches,
            namespace: text("namespace").map(String::from),
            prefix: text("namePrefix").unwrap_or_default().to_string(),
            suffix: text("nameSuffix").unwrap_or_default().to_string(),
            mentions,
            unknown_edits: unknown_edits(root, &inline).or(unseen),
        }
    }

    /// A file that cannot be read as a kustomization and may well be one once it is rendered. Each
    /// of its words can be the path of something that it builds.
    pub fn unread(file: &RepoPath, bytes: &[u8]) -> Kustomization {
        // Text in UTF-16 is told by its other bytes.
        let narrow: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
        let text = String::from_utf8_lossy(&narrow);
        let text = text.replace("\\/", "/");
        let words = text.split(|c: char| c.is_whitespace() || "[],;\"'".contains(c));
        let words: Vec<String> = words.filter(|word| !word.is_empty()).map(String::from).collect();
        let is_open = words.iter().any(|word| is_computed(word) || word.starts_with('!'));
        Kustomization {
            file: file.clone(),
            unseen_resources: is_open.then(|| "cannot be read before it is rendered".to_string()),
            resources: words,
            unknown_edits: Some("cannot be read and may change anything".to_string()),
            ..Kustomization::default()
        }
    }

    /// True if it changes names by a prefix or a suffix.
    pub fn renames(&self) -> bool {
        !self.prefix.is_empty() || !self.suffix.is_empty()
    }

    /// The name that it makes of this one; nothing if that is decided later.
    pub(crate) fn renamed(&self, name: &str) -> Option<String> {
        let known = is_part_of_dns_name(&self.prefix) && is_part_of_dns_name(&self.suffix);
        known.then(|| format!("{}{name}{}", self.prefix, self.suffix))
    }
}

/// The value of a key, in whatever case it is written: kustomize reads its file as JSON, in which Go
/// does not tell `Resources` from `resources`.
fn get<'d>(root: NodeRef<'d>, key: &str) -> Option<NodeRef<'d>> {
    root.get(key).or_else(|| {
        let mut entries = root.entries().into_iter();
        entries.find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    })
}

/// Why a kustomization may build more than can be seen: a path of its resources is filled in later.
fn unseen_resources(root: NodeRef<'_>) -> Option<String> {
    let listed = ["resources", "bases"].into_iter().filter_map(|field| get(root, field));
    let mut paths = listed.flat_map(NodeRef::items).map(NodeRef::text);
    paths.find_map(|path| match path {
        None => Some("has a resource that is filled in later".to_string()),
        Some(path) if is_computed(path) => {
            Some(format!("has a resource that is filled in later, `{path}`"))
        }
        Some(_) => None,
    })
}

/// True for a path with something in it that no path has, but that a template may.
fn is_computed(written: &str) -> bool {
    !is_remote(written) && written.contains(['$', '{', '}', '<', '>', '%', '@', '|'])
}

/// True for what kustomize fetches from elsewhere.
fn is_remote(written: &str) -> bool {
    written.contains("://") || written.starts_with("git@") || written.contains("?ref=")
}

/// The folder within its repository that a remote path names; nothing for the repository itself.
pub(crate) fn remote_folder(url: &str) -> Option<&str> {
    let without_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (_, folder) = without_scheme.split_once("//")?;
    let folder = folder.split('?').next().unwrap_or_default().trim_matches('/');
    (!folder.is_empty()).then_some(folder)
}

/// What in a kustomization might change the fields that the rules judge.
fn unknown_edits(root: NodeRef<'_>, inline: &[String]) -> Option<String> {
    let items = |field: &str| get(root, field).into_iter().flat_map(NodeRef::items);
    if items("transformers").next().is_some() {
        return Some("has transformers, which can change anything".to_string());
    }
    let replaces = items("replacements").any(|replacement| {
        let mut targets = replacement.get("targets").into_iter().flat_map(NodeRef::items);
        replacement.get("path").is_some()
            || targets.any(|target| target.get("select").is_none_or(selects_ours))
    });
    if replaces {
        return Some("has replacements that can reach this workload".to_string());
    }
    let patches = ["patches", "patchesJson6902"].into_iter().flat_map(items);
    let by_item = patches.filter_map(|item| {
        let target = item.get("target");
        if target.is_some_and(|target| !selects_ours(target)) {
            return None;
        }
        if item.get("options").is_some() {
            return Some("has a patch with options, which can change names and kinds".to_string());
        }
        if let (Some(_), Some(path)) = (target, item.get("path").and_then(NodeRef::text)) {
            return Some(format!("patches by a selector with {path}, which is not read"));
        }
        unknown_patch_edits(item.get("patch").and_then(NodeRef::text)?, target.is_some())
    });
    by_item.chain(inline.iter().filter_map(|text| unknown_patch_edits(text, false))).next()
}

/// What an inline patch might change; `selected` is true if a selector says what it patches.
fn unknown_patch_edits(text: &str, selected: bool) -> Option<String> {
    for chunk in yaml::chunks(text) {
        let Ok(doc) = yaml::parse(&text[chunk.span.range()], 0) else {
            return Some("has an inline patch that cannot be read".to_string());
        };
        for operation in doc.root().items() {
            let path = operation.get("path").and_then(NodeRef::text).unwrap_or_default();
            let from = operation.get("from").and_then(NodeRef::text);
            if let Some(path) = std::iter::once(path).chain(from).find(|path| is_judged(path)) {
                return Some(format!("patches `{path}`"));
            }
        }
        let ours = objects(&doc, &RepoPath::default());
        let touches = ours.iter().any(|object| match object {
            Object::Workload(patch) => patch.touches_judged_fields(),
            Object::List { .. } | Object::Unclear { .. } => true,
        });
        let is_mapping = doc.root().is_mapping();
        if touches || (selected && is_mapping && ours.is_empty()) {
            return Some("has an inline patch of fields that the rules judge".to_string());
        }
    }
    None
}

/// True for a JSON pointer at, above or below a field that the rules judge or that names the
/// workload.
fn is_judged(pointer: &str) -> bool {
    let harmless = ["/metadata/labels", "/metadata/annotations"];
    let of_spec = [
        "image",
        "imagePullPolicy",
        "ingress",
        "logConfiguration",
        "restartNonce",
        "job/parallelism",
        "job/args",
        "job/jarURI",
        "job/entryClass",
        "job/savepointTriggerNonce",
        "jobManager/replicas",
    ];
    let below = |base: &str| pointer == base || pointer.starts_with(&format!("{base}/"));
    let spec = of_spec.iter().any(|name| below(&format!("/{}/{name}", field::SPEC)));
    !spec && !harmless.iter().any(|base| below(base))
}

fn collect_mentions(node: NodeRef<'_>, depth: usize, found: &mut Vec<Mention>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if selects_preview(node) {
        let version = node.get("version").unwrap_or(node);
        let what = "a selector of version v1alpha1";
        found.push(Mention { span: version.span_in_file(), what });
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
/// mean one of our kinds.
fn selects_preview(node: NodeRef<'_>) -> bool {
    let version = node.get("version").and_then(NodeRef::text);
    version.is_some_and(selects_preview_alone) && selects_ours(node)
}

/// True for the version of a selector, a regular expression, that matches the preview version and not
/// the stable one, as far as can be told.
pub(crate) fn selects_preview_alone(version: &str) -> bool {
    let [preview, stable] = [PREVIEW, STABLE].map(|known| matches_whole(version, known));
    !version.is_empty() && preview != Some(false) && stable != Some(true)
}

/// True for a selector that could mean one of our kinds. Its fields are regular expressions, and
/// each may be left out.
pub(crate) fn selects_ours(node: NodeRef<'_>) -> bool {
    let text = |name| node.get(name).and_then(NodeRef::text).filter(|text| !text.is_empty());
    let is_pattern = |text: &str| text.contains(['*', '(', '[', '|', '+', '?', '^', '$', '\\']);
    let group = text("group").is_none_or(|group| group.contains("flink") || is_pattern(group));
    let kind = text("kind").is_none_or(|kind| {
        let ours = [names::DEPLOYMENT, names::SESSION_JOB].contains(&kind);
        ours || kind.contains("Flink") || kind.contains('.') || is_pattern(kind)
    });
    group && kind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Kustomization {
        Kustomization::read(&"kustomization.yaml".into(), yaml::parse(text, 0).unwrap().root())
    }

    #[test]
    fn selectors_of_the_preview_version_are_found() {
        let mentions = |text: &str| read(text).mentions.len();
        let target = |target: &str| format!("patches: [{{path: p.yaml, target: {{{target}}}}}]");
        assert_eq!(mentions(&target("kind: FlinkDeployment, version: v1alpha1")), 1);
        assert_eq!(mentions(&target("version: v1alpha1, name: orders")), 1);
        assert_eq!(
            mentions("replacements: [{source: {group: flink.apache.org, version: v1alpha1}}]"),
            1
        );
        assert_eq!(
            mentions("patches:\n- patch: |\n    apiVersion: flink.apache.org/v1alpha1\n"),
            1
        );
        assert_eq!(mentions(&target("kind: Rollout, group: argoproj.io, version: v1alpha1")), 0);
        assert_eq!(mentions(&target("kind: FlinkDeployment, version: v1beta1")), 0);
        for alone in ["v1alpha.*", "v1alpha[0-9]+", "v.a.*", "v1\\\\pL+1"] {
            assert_eq!(mentions(&target(&format!("kind: F, version: \"{alone}\""))), 0, "{alone}");
            let target = target(&format!("kind: FlinkDeployment, version: \"{alone}\""));
            assert_eq!(mentions(&target), 1, "{alone}");
        }
        for both in ["v1.*", "v1(alpha|beta)1", ".*"] {
            let target = target(&format!("kind: FlinkDeployment, version: \"{both}\""));
            assert_eq!(mentions(&target), 0, "{both}");
        }
    }

    #[test]
    fn what_could_change_a_judged_field_is_not_passed_over() {
        let patch = |patch: &str| {
            read(&format!("patches: [{{target: {{kind: FlinkDeployment}}, patch: '{patch}'}}]"))
        };
        for judged in [
            r#"[{"op":"add","path":"/spec","value":{"job":{"upgradeMode":"savepoint"}}}]"#,
            "- {op: replace, path: \"/spec/job/upgradeMode\", value: savepoint}",
            "- {op: replace, path: /metadata/namespace, value: dev}",
            "- {op: copy, from: /spec/job, path: /metadata/labels/x}",
            "spec: {job: {upgradeMode: savepoint}}",
            "- {op: add",
        ] {
            assert!(patch(judged).unknown_edits.is_some(), "{judged}");
        }
        for harmless in [
            "- {op: add, path: /metadata/labels/team, value: a}",
            "- {op: replace, path: /spec/job/parallelism, value: 4}",
        ] {
            assert_eq!(patch(harmless).unknown_edits, None, "{harmless}");
        }
        assert!(read("transformers: [t.yaml]").unknown_edits.is_some());
        assert!(read("replacements: [{path: r.yaml}]").unknown_edits.is_some());
        assert!(
            read("patches: [{path: p.yaml, target: {kind: FlinkDeployment}}]")
                .unknown_edits
                .is_some()
        );
        assert_eq!(
            read("patches: [{path: p.yaml, target: {kind: Deployment}}]").unknown_edits,
            None
        );
    }
}
