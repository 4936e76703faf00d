//! What a kustomization says about the files around it.
//!
//! Overlays are not built in this release. So everything that could change what the rules judge, and
//! is not understood here, counts as changing it: a base that looks stateless may be stateful once
//! it is patched.
//!
//! Kustomize finds the target of a patch by group, version and kind. With a base converted and a
//! selector that still says `v1alpha1` it drops the patch and exits 0; a strategic merge patch at
//! `v1alpha1` without a selector fails the build (measured with kubectl 1.32).

mod edits;
mod field_spec;
mod fields;
mod images;
mod json_patch;
mod node;
mod object;
mod patch_text;
mod read;
mod reader;
mod selector;
mod strategic_merge;
#[cfg(test)]
mod tests;
mod transform;
mod tree_reader;

pub use edits::Edits;
pub(crate) use field_spec::TransformerConfig;
pub use fields::{
    BuildError, FileSpan, ImageChange, InlineText, KustomizationSpec, Patch, PatchBody,
    PatchSelector, Reach, UnmodelledField, Written,
};
pub use node::{BuildSource, BuiltContent, BuiltNode, BuiltScalar, BuiltValue};
pub(crate) use object::DEFAULT_NAMESPACE;
pub use object::{BuiltId, BuiltObject};
pub use patch_text::PatchText;
pub(crate) use patch_text::{PatchField, PatchInput, objects_in};
pub use transform::Accumulated;
pub(crate) use transform::{PatchTexts, origin_of, transform};

use crate::flink::names::{FlinkKind, GROUP, PREVIEW, STABLE, field};
use crate::flink::prefilter::has_manifest_extension;
use crate::k8s::is_part_of_dns_name;
use crate::path::RepoPath;
use crate::text::{Span, matches_whole};
use crate::yaml::{self, MappingEntry, NodeRef, Scalar};

/// The names under which kustomize looks for its file (`konfig.RecognizedKustomizationFileNames`).
pub(crate) const FILE_NAMES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// True for the name of a kustomization file, folders in front of it or not.
pub fn is_kustomization(name: &str) -> bool {
    FILE_NAMES.contains(&name.rsplit('/').next().unwrap_or(name))
}

/// A place in a kustomization that names the preview version of one of our kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The bytes of the file.
    pub span: Span,
    /// What it is.
    pub kind: MentionKind,
}

/// How a kustomization names the preview version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MentionKind {
    /// The version of a selector.
    Selector,
    /// The whole API version, as in an inline patch.
    ApiVersion,
}

/// A file beside the manifests that a kustomization names, or a manifest that does not look like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path as it is written.
    pub written: String,
    /// Where it is written.
    pub span: Span,
    /// What the kustomization does with it.
    pub role: FileRole,
    /// The name that the selector of a patch asks for.
    pub target: Option<String>,
}

/// What a kustomization does with a file that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// It says how to build: `configurations`, `openapi`, `crds`, and `replacements` with a path.
    Setting,
    /// A patch whose name is not that of a manifest.
    Patch,
    /// A patch with a selector, whatever its name.
    TargetedPatch,
    /// A resource whose name is not that of a manifest, or a folder.
    Resource,
    /// A resource or patch with the name of a manifest, which a walk reads.
    Manifest,
    /// A resource that kustomize fetches from elsewhere.
    Remote,
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
    /// Files that it names and that no walk reads as manifests.
    pub named_files: Vec<NamedFile>,
    /// What in it might change the fields that the rules judge.
    pub edits: Edits,
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
        let files = strings("patchesStrategicMerge").into_iter();
        let files = files.filter(|patch| !edits::is_inline(patch));
        let untargeted = get(root, "patches").into_iter().flat_map(NodeRef::items);
        let untargeted = untargeted.filter(|item| item.get("target").is_none());
        let listed = untargeted.filter_map(|item| item.get("path")?.text()).map(String::from);
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
            mentions: mentions(root),
            named_files: named_files(root),
            edits: Edits::read(root).or(unseen),
        }
    }

    /// A file that cannot be read as a kustomization and may well be one once it is rendered. Each
    /// of its words can be the path of something that it builds.
    pub fn unread(file: &RepoPath, bytes: &[u8]) -> Kustomization {
        // Text in UTF-16 is recognised by its other bytes.
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
            edits: Edits::default().or(Some("cannot be read and may change anything".to_string())),
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
        let own = root.resolved();
        let may_mean = |known: &str| known == "<<" || known.eq_ignore_ascii_case(key);
        let may_have = |entry: &MappingEntry| own.doc.scalar_text(entry.key).is_some_and(may_mean);
        let mut entries =
            own.own_entries().iter().any(may_have).then(|| root.entries())?.into_iter();
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
    written.bytes().any(|byte| b"${}<>%@|".contains(&byte)) && !is_remote(written)
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

/// The files that are named beside manifests, where each is named.
fn named_files(root: NodeRef<'_>) -> Vec<NamedFile> {
    let items = |field: &str| get(root, field).into_iter().flat_map(NodeRef::items);
    let paths = |field: &str| items(field).filter_map(|item| item.get("path"));
    let settings = ["configurations", "crds"].into_iter().flat_map(items);
    let schema = get(root, "openapi").and_then(|openapi| openapi.get("path"));
    let settings = settings.chain(schema).chain(paths("replacements"));
    let listed = || ["patches", "patchesJson6902"].into_iter().flat_map(items);
    let targeted = listed().filter_map(|item| Some((item.get("path")?, item.get("target")?)));
    let untargeted = listed().filter(|item| item.get("target").is_none());
    let patches = untargeted.filter_map(|item| item.get("path"));
    let patches = patches.chain(items("patchesStrategicMerge"));
    let resources = || ["resources", "bases", "components"].into_iter().flat_map(items);
    let named = |node: NodeRef<'_>, role| {
        let is_read = |it: &&str| !is_computed(it) && is_remote(it) == (role == FileRole::Remote);
        let written = node.text().filter(is_read).filter(|it| !edits::is_inline(it))?.to_string();
        let is_walked = matches!(role, FileRole::Resource | FileRole::Patch)
            && has_manifest_extension(written.as_bytes());
        let role = if is_walked { FileRole::Manifest } else { role };
        Some(NamedFile { written, span: node.span_in_file(), role, target: None })
    };
    let targeted = targeted.filter_map(|(node, target)| {
        let file = named(node, FileRole::TargetedPatch)?;
        let target = target.get(field::NAME).and_then(NodeRef::text).map(String::from);
        Some(NamedFile { target, ..file })
    });
    let settings = settings.filter_map(|node| named(node, FileRole::Setting));
    let patches = patches.filter_map(|node| named(node, FileRole::Patch));
    let local = resources().filter_map(|node| named(node, FileRole::Resource));
    let remote = resources().filter_map(|node| named(node, FileRole::Remote));
    settings.chain(targeted).chain(patches).chain(local).chain(remote).collect()
}

/// What a file that is no manifest says about our kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildSettings {
    /// It names the preview version of one of our kinds, and the stable one nowhere.
    pub names_preview_only: bool,
    /// It makes kustomize rename the account in a pod template of ours, by a `nameReference`.
    pub renames_accounts: bool,
    /// The `initialSavepointPath` that it sets as a patch with a selector.
    pub savepoint_path: Option<String>,
}

impl BuildSettings {
    /// Texts of which such a file has one, or nothing is read in it.
    pub(crate) const WORDS: [&[u8]; 2] = [PREVIEW.as_bytes(), b"nameReference"];

    /// Reads one document of such a file.
    pub(crate) fn read(root: NodeRef<'_>) -> BuildSettings {
        let mut names_stable = false;
        visit(root, yaml::MAX_NESTING, &mut |node| names_stable |= selects_stable(node));
        let references = root.get("nameReference").into_iter().flat_map(NodeRef::items);
        let is_account = |reference: &NodeRef<'_>| {
            reference.get(field::KIND).and_then(NodeRef::text) == Some("ServiceAccount")
        };
        let specs = references.filter(is_account).filter_map(|it| it.get("fieldSpecs"));
        let mut specs = specs.flat_map(NodeRef::items).filter(|spec| selects_ours(*spec));
        let renames_accounts = specs.any(|spec| {
            let path = spec.get("path").and_then(NodeRef::text).unwrap_or_default();
            path.contains(field::POD_TEMPLATE)
        });
        let names_preview_only = !names_stable && !mentions(root).is_empty();
        BuildSettings { names_preview_only, renames_accounts, savepoint_path: None }
    }

    /// Reads a patch with a selector.
    pub(crate) fn of_patch(text: &str) -> BuildSettings {
        let savepoint_path = Edits::of_patch(text).any_savepoint_path().map(String::from);
        BuildSettings { savepoint_path, ..BuildSettings::default() }
    }
}

/// The places of a kustomization that name the preview version.
pub(crate) fn mentions(root: NodeRef<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    let version = format!("{GROUP}/{PREVIEW}");
    visit(root, yaml::MAX_NESTING, &mut |node| {
        if selects_preview(node) {
            let selected = node.get("version").unwrap_or(node);
            found.push(Mention { span: selected.span_in_file(), kind: MentionKind::Selector });
        }
        if let Some(Scalar::Text(text)) = node.scalar()
            && text.contains(&version)
        {
            found.push(Mention { span: node.span_in_file(), kind: MentionKind::ApiVersion });
        }
    });
    found
}

/// Visits a node and everything below it, but for what an alias repeats.
fn visit<'d>(node: NodeRef<'d>, depth: usize, visitor: &mut dyn FnMut(NodeRef<'d>)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    visitor(node);
    for entry in node.own_entries() {
        visit(NodeRef { doc: node.doc, id: entry.value }, depth, visitor);
    }
    let is_alias = node.resolved().id != node.id;
    for item in node.items().filter(|_| !is_alias) {
        visit(item, depth, visitor);
    }
}

/// True for a selector (`target`, `source`, `select` …) or field spec that asks for the preview version
/// alone and could mean one of our kinds.
fn selects_preview(node: NodeRef<'_>) -> bool {
    let version = node.get("version").and_then(NodeRef::text);
    version.is_some_and(selects_preview_alone) && selects_ours(node)
}

/// The same for the stable version, where there is no doubt.
fn selects_stable(node: NodeRef<'_>) -> bool {
    let version = node.get("version").and_then(NodeRef::text);
    let matches = |version: &str| [STABLE, PREVIEW].map(|known| matches_whole(version, known));
    version.map(matches) == Some([Some(true), Some(false)]) && selects_ours(node)
}

/// True for the version of a selector, a regular expression, that matches the preview version and not
/// the stable one, as far as it is known.
pub(crate) fn selects_preview_alone(version: &str) -> bool {
    let [preview, stable] = [PREVIEW, STABLE].map(|known| matches_whole(version, known));
    !version.is_empty() && preview != Some(false) && stable != Some(true)
}

/// True for the version of a selector that surely matches neither version of ours.
pub(crate) fn selects_neither(version: &str) -> bool {
    [PREVIEW, STABLE].iter().all(|known| matches_whole(version, known) == Some(false))
}

/// True for a selector that could mean one of our kinds. Its fields are regular expressions, and
/// each may be left out.
pub(crate) fn selects_ours(node: NodeRef<'_>) -> bool {
    let text = |name| node.get(name).and_then(NodeRef::text).filter(|text| !text.is_empty());
    let may_be = |pattern: &str, name| matches_whole(pattern, name) != Some(false);
    let group = text("group").is_none_or(|group| may_be(group, GROUP));
    let mut kinds = FlinkKind::ALL.into_iter().map(FlinkKind::name);
    let kind = text("kind").is_none_or(|kind| kinds.any(|name| may_be(kind, name)));
    group && kind
}
