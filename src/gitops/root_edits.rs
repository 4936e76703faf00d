//! What a delivery does to the kustomization of its root, and to what that builds.
//!
//! It lays no overlay over the root: it edits the root's own kustomization, so that a component comes before
//! the root's patches, and a patch before its namespace, prefix and `patchesJson6902` (`Build` in
//! `util/kustomize` of Argo CD, `generator.go` of fluxcd/pkg/kustomize).

use super::at;
use super::substitutions::{self, Substitutions};
use crate::kustomize::{
    BuildError, FileSpan, ImageChange, InlineText, KustomizationSpec, Patch, PatchBody,
    PatchSelector, Reach, UnmodelledField, Written,
};
use crate::path::RepoPath;
use crate::yaml::NodeRef;

/// What a delivery does, each part with its place in the delivering object or in a file that overrides it.
/// A text that is filled in later stays as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootEdits {
    /// The fields of a kustomization that it sets: namespace, prefix and suffix take the place of those of
    /// the root; components, patches, labels, annotations and images are added.
    pub fields: KustomizationSpec,
    /// The destination of Argo CD: the namespace of what has none after everything was built.
    pub default_namespace: Option<Written>,
    /// Labels that Flux gives to what was built (`commonMetadata`).
    pub applied_labels: Vec<(String, Written)>,
    /// Annotations of the same.
    pub applied_annotations: Vec<(String, Written)>,
    /// Variables in the text of what was built.
    pub substitutions: Substitutions,
}

/// Fields of `kustomize` of Argo CD that are those of a kustomization.
const ARGO_FIELDS: [&str; 6] =
    ["namespace", "namePrefix", "nameSuffix", "components", "patches", "replicas"];
/// Fields of the `spec` of a Flux `Kustomization` that are those of a kustomization.
const FLUX_FIELDS: [&str; 6] =
    ["namePrefix", "nameSuffix", "components", "patches", "images", "replicas"];

impl RootEdits {
    /// Those of an object in this file that changes nothing.
    pub(crate) fn new(file: &RepoPath) -> RootEdits {
        RootEdits {
            fields: KustomizationSpec::new(file),
            default_namespace: None,
            applied_labels: Vec::new(),
            applied_annotations: Vec::new(),
            substitutions: Substitutions::default(),
        }
    }

    /// Those of a Flux `Kustomization` with this `spec`.
    pub(crate) fn of_flux(spec: NodeRef<'_>, file: &RepoPath) -> RootEdits {
        let mut edits = RootEdits::new(file);
        let target = spec.get("targetNamespace").and_then(|node| RootEdits::written(node, file));
        edits.fields.namespace = target;
        for name in FLUX_FIELDS {
            edits.set(name, spec.get(name), file);
        }
        for item in spec.get("patchesStrategicMerge").into_iter().flat_map(NodeRef::items) {
            edits.fields.patches_strategic_merge.push(text_of(item, file));
        }
        for item in spec.get("patchesJson6902").into_iter().flat_map(NodeRef::items) {
            let target = item.get("target").map(|target| PatchSelector::read(file, target));
            match target.transpose() {
                Ok(target) => edits.fields.patches_json6902.push(Patch {
                    target,
                    body: item.get("patch").map(|patch| PatchBody::Inline(text_of(patch, file))),
                    place: place(item, file),
                }),
                Err(error) => edits.refuse(error),
            }
        }
        let metadata = |key| at(spec, &["commonMetadata", key]);
        edits.applied_labels = pairs(metadata("labels"), file);
        edits.applied_annotations = pairs(metadata("annotations"), file);
        edits.substitutions = substitutions::of_flux(spec);
        edits
    }

    /// Merges the `kustomize` of a source of Argo CD into these: a JSON merge patch.
    pub(crate) fn merge(&mut self, kustomize: NodeRef<'_>, file: &RepoPath) {
        if kustomize.is_null() {
            self.fields = KustomizationSpec::new(file);
        }
        for name in ARGO_FIELDS {
            self.set(name, kustomize.get(name), file);
        }
        if let Some(images) = kustomize.get("images") {
            let images = images.items().filter_map(|image| image_change(image, file));
            self.fields.images = images.collect();
        }
        for (name, list) in [
            ("commonLabels", &mut self.fields.common_labels),
            ("commonAnnotations", &mut self.fields.common_annotations),
        ] {
            let Some(node) = kustomize.get(name) else { continue };
            if node.is_null() {
                list.clear();
            }
            for (key, value) in node.entries() {
                list.retain(|(known, _)| known != key);
                list.extend(RootEdits::written(value, file).map(|text| (key.to_string(), text)));
            }
        }
    }

    /// The kustomization of a root as it is built: edited, in a copy.
    pub(crate) fn edit(&self, root: &KustomizationSpec) -> KustomizationSpec {
        let mut edited = root.clone();
        let KustomizationSpec { namespace, name_prefix, name_suffix, .. } = &self.fields;
        for (field, own) in [
            (&mut edited.namespace, namespace),
            (&mut edited.name_prefix, name_prefix),
            (&mut edited.name_suffix, name_suffix),
        ] {
            if own.is_some() {
                field.clone_from(own);
            }
        }
        let fields = self.fields.clone();
        edited.components.extend(fields.components);
        edited.patches.extend(fields.patches);
        edited.patches_strategic_merge.extend(fields.patches_strategic_merge);
        edited.patches_json6902.extend(fields.patches_json6902);
        edited.unmodelled.extend(fields.unmodelled);
        for (list, own) in [
            (&mut edited.common_labels, fields.common_labels),
            (&mut edited.common_annotations, fields.common_annotations),
        ] {
            list.retain(|(known, _)| own.iter().all(|(key, _)| key != known));
            list.extend(own);
        }
        edited.images.retain(|known| fields.images.iter().all(|it| it.name != known.name));
        edited.images.extend(fields.images);
        edited.replicas.retain(|known| fields.replicas.iter().all(|it| it.name != known.name));
        edited.replicas.extend(fields.replicas);
        edited
    }

    /// The same with other texts: those of a template, filled in. A patch in which something stays open
    /// could change anything.
    pub(crate) fn with_texts(&self, fill: impl Fn(&str) -> String) -> RootEdits {
        let mut edits = self.clone();
        let fields = &mut edits.fields;
        let single = [
            &mut fields.namespace,
            &mut fields.name_prefix,
            &mut fields.name_suffix,
            &mut edits.default_namespace,
        ];
        let pairs = fields.common_labels.iter_mut().chain(&mut fields.common_annotations);
        let listed = fields.components.iter_mut().chain(pairs.map(|(_, text)| text));
        for written in single.into_iter().flatten().chain(listed) {
            written.text = fill(&written.text);
        }
        let mut open = Vec::new();
        for patch in &mut edits.fields.patches {
            if let Some(target) = &mut patch.target {
                for text in [
                    &mut target.group,
                    &mut target.version,
                    &mut target.kind,
                    &mut target.name,
                    &mut target.namespace,
                    &mut target.label_selector,
                    &mut target.annotation_selector,
                ] {
                    *text = fill(text);
                }
            }
            let text = match &mut patch.body {
                Some(PatchBody::File(path)) => &mut path.text,
                Some(PatchBody::Inline(inline)) => {
                    let filled = fill(&inline.text);
                    if filled != inline.text {
                        inline.lines.clear();
                    }
                    inline.text = filled;
                    &mut inline.text
                }
                None => continue,
            };
            if text.contains("{{") {
                open.push(UnmodelledField {
                    reason: "has a patch that its template fills in".to_string(),
                    place: patch.place.clone(),
                    reach: Reach::Every,
                });
            }
        }
        edits.fields.unmodelled.extend(open);
        edits
    }

    /// Adds that something is not read and could change anything.
    pub(crate) fn add_unmodelled(&mut self, reason: &str, place: FileSpan) {
        let reason = reason.to_string();
        self.fields.unmodelled.push(UnmodelledField { reason, place, reach: Reach::Every });
    }

    /// A text with its place; nothing for an empty one.
    pub(crate) fn written(node: NodeRef<'_>, file: &RepoPath) -> Option<Written> {
        let text = node.text().filter(|text| !text.is_empty())?;
        Some(Written { text: text.to_string(), place: place(node, file) })
    }

    /// Sets a field as a kustomization says it. One that kustomize refuses could mean anything.
    fn set(&mut self, name: &str, node: Option<NodeRef<'_>>, file: &RepoPath) {
        let Some(node) = node else { return };
        if let Err(error) = self.fields.set_field(file, name, node) {
            self.refuse(error);
        }
    }

    fn refuse(&mut self, error: BuildError) {
        let (BuildError::Refused { reason, place } | BuildError::Unmodelled { reason, place }) =
            error
        else {
            return;
        };
        self.fields.unmodelled.push(UnmodelledField { reason, place, reach: Reach::Every });
    }
}

fn place(node: NodeRef<'_>, file: &RepoPath) -> FileSpan {
    FileSpan { file: file.clone(), span: node.span_in_file() }
}

fn pairs(node: Option<NodeRef<'_>>, file: &RepoPath) -> Vec<(String, Written)> {
    let entries = node.map(NodeRef::entries).unwrap_or_default().into_iter();
    let pairs =
        entries.map(|(key, value)| Some((key.to_string(), RootEdits::written(value, file)?)));
    pairs.flatten().collect()
}

/// An image as Argo CD writes it: `name=new-name:tag`, `name:tag`, `name@digest`
/// (`kustomize edit set image`).
fn image_change(node: NodeRef<'_>, file: &RepoPath) -> Option<ImageChange> {
    let text = node.text()?;
    let (name, image) = text.split_once('=').unwrap_or((text, text));
    let (image, digest) = image.split_once('@').unwrap_or((image, ""));
    let is_tag = |(_, tag): &(&str, &str)| !tag.contains('/');
    let (new_name, new_tag) = image.rsplit_once(':').filter(is_tag).unwrap_or((image, ""));
    let name = if text.contains('=') { name } else { new_name };
    Some(ImageChange {
        name: name.to_string(),
        new_name: Some(new_name).filter(|new| *new != name).unwrap_or_default().to_string(),
        new_tag: new_tag.to_string(),
        tag_suffix: String::new(),
        digest: digest.to_string(),
        place: place(node, file),
    })
}

/// A patch that stands in an object as it is, or as text. The lines of one that is no text are those of the
/// file, with blanks in the place of what is before it.
fn text_of(node: NodeRef<'_>, file: &RepoPath) -> InlineText {
    let node = node.resolved();
    let (doc, mut span) = (node.doc, node.node().span);
    // A list as far out as its key begins behind its first `-`.
    if !node.is_mapping() && !node.node().kind.is_flow() && !doc.slice(span).starts_with('-') {
        span.start = doc.text[..span.start].rfind('-').unwrap_or(span.start);
    }
    let place = place(node, file);
    if let Some(text) = node.text() {
        return InlineText::new(text, place, &doc.text[node.node().span.start..]);
    }
    let line = doc.text[..span.start].rfind('\n').map_or(0, |end| end + 1);
    let mut text = " ".repeat(doc.text[line..span.start].chars().count());
    let (mut lines, mut begin) = (Vec::new(), span.start);
    for row in doc.slice(span).split_inclusive('\n') {
        let content = row.trim_end_matches(['\n', '\r']);
        lines.push((text.len(), content.len(), doc.base + begin));
        text.push_str(row);
        begin += row.len();
    }
    InlineText { text, place, lines }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;
    use crate::yaml;

    fn root(text: &str) -> KustomizationSpec {
        let doc = yaml::parse(text, 0).unwrap();
        KustomizationSpec::read(&"apps/kustomization.yaml".into(), doc.root()).unwrap()
    }

    fn flux(spec: &str) -> RootEdits {
        RootEdits::of_flux(yaml::parse(spec, 0).unwrap().root(), &"flux.yaml".into())
    }

    fn argo(kustomize: &str) -> RootEdits {
        let mut edits = RootEdits::new(&"app.yaml".into());
        edits.merge(yaml::parse(kustomize, 0).unwrap().root(), &"app.yaml".into());
        edits
    }

    #[test]
    fn namespace_prefix_and_suffix_are_replaced_and_lists_are_extended() {
        let own = root(
            "{resources: [a.yaml], namespace: old, namePrefix: prod-, nameSuffix: -s, components: [../c], \
             patches: [{path: own.yaml}], commonLabels: {a: '1', b: '2'}, images: [{name: i, newTag: '1'}]}",
        );
        for edits in [
            argo(
                "{namespace: new, namePrefix: eu-, components: [../d], patches: [{path: p.yaml}], \
                 commonLabels: {b: '3'}, images: ['i=j:2', 'k:5']}",
            ),
            flux(
                "{targetNamespace: new, namePrefix: eu-, components: [../d], patches: [{patch: 'a: b'}], \
                 images: [{name: i, newName: j, newTag: '2'}, {name: k, newTag: '5'}]}",
            ),
        ] {
            let edited = edits.edit(&own);
            let text = |it: &Option<Written>| it.as_ref().unwrap().text.clone();
            assert_eq!(text(&edited.namespace), "new");
            assert_eq!(
                (text(&edited.name_prefix), text(&edited.name_suffix)),
                ("eu-".into(), "-s".into())
            );
            let files: Vec<&str> =
                edited.components.iter().map(|it| it.place.file.as_str()).collect();
            assert_eq!((files.len(), files[0]), (2, "apps/kustomization.yaml"));
            assert_eq!(edited.patches.len(), 2);
            assert_eq!(edited.patches[0], own.patches[0]);
            let images: Vec<_> =
                edited.images.iter().map(|it| (&*it.name, &*it.new_name, &*it.new_tag)).collect();
            assert_eq!(images, [("i", "j", "2"), ("k", "", "5")]);
            assert_eq!(edited.resources, own.resources);
        }
        let labels = argo("{commonLabels: {b: '3'}}").edit(&own).common_labels;
        let labels: Vec<_> = labels.iter().map(|(key, it)| (&**key, &*it.text)).collect();
        assert_eq!(labels, [("a", "1"), ("b", "3")]);
    }

    #[test]
    fn an_image_of_argo_cd_is_read_as_kustomize_reads_it() {
        for (text, expected) in [
            ("a=b", ("a", "b", "", "")),
            ("a:1", ("a", "", "1", "")),
            ("r.io:5000/a=r.io:5000/b:2", ("r.io:5000/a", "r.io:5000/b", "2", "")),
            ("r.io:5000/a", ("r.io:5000/a", "", "", "")),
            ("a@sha256:0", ("a", "", "", "sha256:0")),
        ] {
            let image = argo(&format!("{{images: ['{text}']}}")).fields.images.remove(0);
            let found = (&*image.name, &*image.new_name, &*image.new_tag, &*image.digest);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn patches_that_flux_writes_as_objects_are_read_where_they_stand() {
        let text = "spec:\n  patchesStrategicMerge:\n    - kind: FlinkDeployment\n      metadata:\n        \
                    name: a\n    - {kind: B}\n  patchesJson6902:\n    - target: {kind: FlinkDeployment}\n      \
                    patch:\n      - op: replace\n        path: /spec/job/state\n        value: x\n";
        let doc = yaml::parse(text, 0).unwrap();
        let edits = RootEdits::of_flux(doc.root().get("spec").unwrap(), &"flux.yaml".into());
        let [first, second] = &edits.fields.patches_strategic_merge[..] else {
            panic!("{edits:?}")
        };
        let parsed = yaml::parse(&first.text, 0).unwrap();
        assert_eq!(at(parsed.root(), &["metadata", "name"]).unwrap().text(), Some("a"));
        assert_eq!(second.text.trim(), "{kind: B}");
        let patch = &edits.fields.patches_json6902[0];
        assert_eq!(patch.target.as_ref().unwrap().kind, "FlinkDeployment");
        let Some(PatchBody::Inline(inline)) = &patch.body else { panic!("{patch:?}") };
        assert_eq!(yaml::parse(&inline.text, 0).unwrap().root().items().count(), 1);
        for (inline, word) in
            [(inline, "/spec/job/state"), (first, "FlinkDeployment"), (second, "B}")]
        {
            let begin = inline.text.find(word).unwrap();
            let span = inline.span_in_file(Span::new(begin, begin + word.len())).unwrap();
            assert_eq!(&text[span.range()], word);
        }
    }

    #[test]
    fn what_is_refused_could_change_anything() {
        for edits in [
            argo("{patches: [{ptch: a}]}"),
            argo("{namePrefix: 5}"),
            flux("{patchesJson6902: [{target: {knd: a}, patch: []}]}"),
        ] {
            assert_eq!(edits.edit(&root("{resources: [a]}")).unmodelled.len(), 1, "{edits:?}");
        }
        let open = argo("{patches: [{patch: 'a: {{b}}'}]}").with_texts(str::to_string);
        assert_eq!(open.fields.unmodelled.len(), 1);
    }

    #[test]
    fn labels_of_flux_come_after_the_build() {
        let edits = flux("{commonMetadata: {labels: {a: b}, annotations: {c: d}}}");
        assert_eq!((edits.applied_labels.len(), edits.applied_annotations.len()), (1, 1));
        assert!(edits.fields.common_labels.is_empty());
    }
}
