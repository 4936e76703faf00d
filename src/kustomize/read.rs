//! Reading a kustomization as kustomize does: as JSON that a decoder takes which knows every field, in
//! whatever case, and refuses what it does not know.

use super::fields::{
    BuildError, FileSpan, KustomizationSpec, Patch, PatchBody, PatchSelector, Reach,
    UnmodelledField, Written,
};
use super::is_remote;
use super::reader::{FieldReader, has_true};
use crate::path::RepoPath;
use crate::yaml::NodeRef;

/// What kustomize 5 calls the versions of its own kinds.
const KUSTOMIZATION: (&str, &str) = ("Kustomization", "kustomize.config.k8s.io/v1beta1");
const COMPONENT: (&str, &str) = ("Component", "kustomize.config.k8s.io/v1alpha1");

impl PatchSelector {
    /// Reads the `target` of a patch.
    pub(crate) fn read(file: &RepoPath, node: NodeRef<'_>) -> Result<PatchSelector, BuildError> {
        FieldReader { file }.selector(node)
    }
}

/// Every field of kustomize 5.
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "inventory",
    "buildMetadata",
];

impl KustomizationSpec {
    /// One without fields.
    pub fn new(file: &RepoPath) -> KustomizationSpec {
        KustomizationSpec {
            file: file.clone(),
            is_component: false,
            resources: Vec::new(),
            components: Vec::new(),
            namespace: None,
            name_prefix: None,
            name_suffix: None,
            labels: Vec::new(),
            common_labels: Vec::new(),
            common_annotations: Vec::new(),
            patches: Vec::new(),
            patches_strategic_merge: Vec::new(),
            patches_json6902: Vec::new(),
            images: Vec::new(),
            replicas: Vec::new(),
            configurations: Vec::new(),
            unmodelled: Vec::new(),
        }
    }

    /// Reads the first document of the file.
    pub fn read(file: &RepoPath, root: NodeRef<'_>) -> Result<KustomizationSpec, BuildError> {
        let reader = FieldReader { file };
        let mut spec = KustomizationSpec::new(file);
        let (mut kind, mut version, mut is_empty) = (String::new(), String::new(), true);
        for (name, node) in reader.members(root, FIELDS)? {
            let listed = ["bases", "imageTags", "helmChartInflationGenerator"].contains(&name);
            let says = match node.text() {
                Some(text) => !text.is_empty(),
                None => !(node.is_null() || listed && node.items().next().is_none()),
            };
            is_empty &= !says || ["apiVersion", "kind"].contains(&name);
            match name {
                "kind" => kind = reader.text(node)?,
                "apiVersion" => version = reader.text(node)?,
                name => spec.set(&reader, name, node)?,
            }
        }
        let place = reader.place(root);
        if is_empty {
            return Err(BuildError::refused("is empty", &place));
        }
        spec.is_component = kind == COMPONENT.0;
        let (known, wanted) = if spec.is_component { COMPONENT } else { KUSTOMIZATION };
        if !kind.is_empty() && kind != known {
            return Err(BuildError::refused(format!("has the kind {kind}"), &place));
        }
        if !version.is_empty() && version != wanted {
            let reason = format!("has the apiVersion {version}, not {wanted}");
            return Err(BuildError::refused(reason, &place));
        }
        Ok(spec)
    }

    /// Sets one field, as an object of Argo CD or Flux says it.
    pub(crate) fn set_field(
        &mut self,
        file: &RepoPath,
        name: &str,
        node: NodeRef<'_>,
    ) -> Result<(), BuildError> {
        self.set(&FieldReader { file }, name, node)
    }

    fn set(
        &mut self,
        reader: &FieldReader<'_>,
        name: &str,
        node: NodeRef<'_>,
    ) -> Result<(), BuildError> {
        let adds = |reason: &str| reader.unmodelled(node, reason, Reach::Adds);
        let every = |reason: &str| reader.unmodelled(node, reason, Reach::Every);
        match name {
            "resources" => {
                let own = reader.list(node)?;
                self.resources.splice(0..0, own);
            }
            "bases" => self.resources.extend(reader.list(node)?),
            "components" => self.components = reader.list(node)?,
            "namespace" => self.namespace = reader.filled(node)?,
            "namePrefix" => self.name_prefix = reader.filled(node)?,
            "nameSuffix" => self.name_suffix = reader.filled(node)?,
            "labels" => self.labels = reader.items(node, FieldReader::label_set)?,
            "commonLabels" => self.common_labels = reader.pairs(node)?,
            "commonAnnotations" => self.common_annotations = reader.pairs(node)?,
            "patches" => self.patches = self.read_patches(reader, node)?,
            "patchesJson6902" => self.patches_json6902 = self.read_patches(reader, node)?,
            "patchesStrategicMerge" => {
                self.patches_strategic_merge = reader.items(node, FieldReader::inline)?;
            }
            "images" => {
                let own = reader.items(node, FieldReader::image)?;
                self.images.splice(0..0, own);
            }
            "imageTags" => self.images.extend(reader.items(node, FieldReader::image)?),
            "replicas" => self.replicas = reader.items(node, FieldReader::replica)?,
            "configurations" => self.configurations = reader.list(node)?,
            "vars" => {
                let some = node.items().next().map(|item| {
                    reader.unmodelled(item, "has `vars`, which are not read", Reach::Variables)
                });
                self.unmodelled.extend(some);
            }
            "replacements" => {
                for item in node.items() {
                    let reach = reader.replaced(item)?;
                    let reason = "has `replacements`, which are not read";
                    let one = reach.map(|reach| reader.unmodelled(item, reason, reach));
                    self.unmodelled.extend(one);
                }
            }
            "generators" | "helmCharts" | "helmChartInflationGenerator"
                if node.items().next().is_some() =>
            {
                self.unmodelled.push(adds(&format!("has `{name}`, which are not read")));
            }
            "transformers" | "validators" | "crds" if node.items().next().is_some() => {
                self.unmodelled.push(every(&format!("has `{name}`, which are not read")));
            }
            "openapi" if !node.entries().is_empty() => {
                self.unmodelled.push(every("has `openapi`, which is not read"));
            }
            _ => {}
        }
        let remote = |entry: &&Written| is_remote(&entry.text);
        let entries = match name {
            "resources" | "bases" => &self.resources,
            "components" => &self.components,
            _ => return Ok(()),
        };
        let is_component = name == "components";
        let known: Vec<FileSpan> = self.unmodelled.iter().map(|it| it.place.clone()).collect();
        for entry in entries.iter().filter(remote).filter(|it| !known.contains(&it.place)) {
            let reach = if is_component { Reach::Every } else { Reach::Adds };
            let reason = format!("names {}, which is fetched from elsewhere", entry.text);
            let place = entry.place.clone();
            self.unmodelled.push(UnmodelledField { reason, place, reach });
        }
        Ok(())
    }

    fn read_patches(
        &mut self,
        reader: &FieldReader<'_>,
        node: NodeRef<'_>,
    ) -> Result<Vec<Patch>, BuildError> {
        let mut patches = Vec::new();
        for item in reader.nodes(node)? {
            let (mut path, mut inline, mut target, mut options) = (None, None, None, None);
            for (name, node) in reader.members(item, &["path", "patch", "target", "options"])? {
                match name {
                    "path" => path = reader.filled(node)?,
                    "patch" => {
                        inline = Some(reader.inline(node)?).filter(|it| !it.text.is_empty());
                    }
                    "target" if !node.is_null() => target = Some(reader.selector(node)?),
                    "options" => options = Some(node).filter(|node| has_true(*node)),
                    _ => {}
                }
            }
            if let Some(node) = options {
                let reach = target.clone().map_or(Reach::Every, |it| Reach::Selected(vec![it]));
                let reason = "has a patch with `options`, which are not read";
                self.unmodelled.push(reader.unmodelled(node, reason, reach));
            }
            let body = match (path, inline) {
                (Some(path), None) => Some(PatchBody::File(path)),
                (None, Some(text)) => Some(PatchBody::Inline(text)),
                _ => None,
            };
            patches.push(Patch { target, body, place: reader.place(item) });
        }
        Ok(patches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;
    use crate::yaml;

    fn read(text: &str) -> Result<KustomizationSpec, BuildError> {
        KustomizationSpec::read(&"kustomization.yaml".into(), yaml::parse(text, 0).unwrap().root())
    }

    #[test]
    fn fields_are_read_in_any_case_and_unknown_ones_refuse_the_file() {
        let spec = read("Resources: [a.yaml]\nbases: [../b]\nnameprefix: x-\n").unwrap();
        let listed: Vec<&str> = spec.resources.iter().map(|entry| &*entry.text).collect();
        assert_eq!(listed, ["a.yaml", "../b"]);
        assert_eq!(spec.name_prefix.unwrap().text, "x-");
        for refused in [
            "resource: [a.yaml]",
            "patches: [{ptch: p.yaml}]",
            "namePrefix: 5",
            "kind: Kustomisation\nresources: [a]",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [a]",
            "{}",
            "kind: Kustomization",
            "bases: []",
            "namespace: ''",
        ] {
            assert!(matches!(read(refused), Err(BuildError::Refused { .. })), "{refused}");
        }
        assert!(read("resources: []").is_ok());
    }

    #[test]
    fn the_lines_of_an_inline_patch_lead_to_the_bytes_of_the_file() {
        let text =
            "patches:\n- patch: |\n    - op: replace\n\n      path: /a\n  target: {kind: A}\n";
        let spec = read(text).unwrap();
        let Some(PatchBody::Inline(inline)) = &spec.patches[0].body else { panic!("{spec:?}") };
        let at = inline.text.find("/a").unwrap();
        let span = inline.span_in_file(Span::new(at, at + 2)).unwrap();
        assert_eq!(&text[span.range()], "/a");
        assert_eq!(inline.span_in_file(Span::new(0, at)), None);
    }

    #[test]
    fn what_is_not_known_says_what_it_could_change() {
        let reach = |text: &str| read(text).unwrap().unmodelled.pop().map(|one| one.reach);
        assert_eq!(reach("transformers: [t.yaml]"), Some(Reach::Every));
        assert_eq!(reach("helmCharts: [{name: a}]"), Some(Reach::Adds));
        assert_eq!(reach("resources: ['https://a/b']"), Some(Reach::Adds));
        assert_eq!(reach("resources: [a.yaml]\ntransformers: []"), None);
        let selected = reach("replacements: [{targets: [{select: {kind: Deployment}}]}]");
        let selector = PatchSelector { kind: "Deployment".into(), ..PatchSelector::default() };
        assert_eq!(selected, Some(Reach::Selected(vec![selector])));
    }
}
