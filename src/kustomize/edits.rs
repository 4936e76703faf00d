//! What a kustomization, or an object that is applied like one, changes of what the rules judge.

use super::{get, selects_ours};
use crate::flink::names::field;
use crate::flink::objects::{Object, objects};
use crate::flink::workload::PATH;
use crate::path::RepoPath;
use crate::yaml::{self, NodeRef};

/// What may change the fields that the rules judge, each as the end of a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Whatever the workload is.
    any: Option<String>,
    /// A patch that brings a job: to a workload that has none.
    new_job: Option<String>,
    /// The `initialSavepointPath`s that inline patches set, each with the name of what it patches;
    /// without one if a selector decides.
    savepoint_paths: Vec<(Option<String>, String)>,
}

impl Edits {
    /// Those of these fields of a kustomization.
    pub(crate) fn read(root: NodeRef<'_>) -> Edits {
        let items = |field: &str| get(root, field).into_iter().flat_map(NodeRef::items);
        let mut edits = Edits::default();
        if items("transformers").next().is_some() {
            edits.add("has transformers, which can change anything");
        }
        let replaces = items("replacements").filter(|it| replaces_judged(*it)).any(|replacement| {
            let mut targets = replacement.get("targets").into_iter().flat_map(NodeRef::items);
            replacement.get("path").is_some()
                || targets.any(|target| target.get("select").is_none_or(selects_ours))
        });
        if replaces {
            edits.add("has replacements that can reach this workload");
        }
        for item in ["patches", "patchesJson6902"].into_iter().flat_map(items) {
            edits.add_item(item);
        }
        for item in items("patchesStrategicMerge") {
            match item.text() {
                Some(text) if is_inline(text) => edits.add_patch(text, None),
                // Flux writes the patch itself in the place of its text.
                None if selects_ours(item) => edits.add("has a strategic merge patch"),
                _ => {}
            }
        }
        edits
    }

    /// Those of a patch in a file of its own.
    pub(crate) fn of_patch(text: &str) -> Edits {
        let mut edits = Edits::default();
        edits.add_patch(text, None);
        edits
    }

    /// The same, with this if nothing else changes every workload.
    pub(crate) fn or(mut self, reason: Option<String>) -> Edits {
        self.any = self.any.or(reason);
        self
    }

    /// These and those.
    pub(crate) fn and(self, others: Edits) -> Edits {
        let mut savepoint_paths = self.savepoint_paths;
        savepoint_paths.extend(others.savepoint_paths);
        let (any, new_job) = (self.any.or(others.any), self.new_job.or(others.new_job));
        Edits { any, new_job, savepoint_paths }
    }

    /// What changes a workload that has a job, or has none.
    pub(crate) fn changing(&self, has_job: bool) -> Option<&str> {
        let new_job = self.new_job.as_deref().filter(|_| !has_job);
        self.any.as_deref().or(new_job)
    }

    /// The `initialSavepointPath` that an inline patch gives a workload of this name.
    pub(crate) fn savepoint_path(&self, name: &str) -> Option<&str> {
        let mut paths = self.savepoint_paths.iter();
        let found = paths.find(|(patched, _)| patched.as_ref().is_none_or(|it| it == name));
        found.map(|(_, path)| &**path)
    }

    /// An `initialSavepointPath` that it gives, whatever the workload.
    pub(crate) fn any_savepoint_path(&self) -> Option<&str> {
        self.savepoint_paths.first().map(|(_, path)| &**path)
    }

    fn add(&mut self, reason: &str) {
        self.any.get_or_insert_with(|| reason.to_string());
    }

    fn add_item(&mut self, item: NodeRef<'_>) {
        let target = item.get("target");
        if target.is_some_and(|target| !selects_ours(target)) {
            return;
        }
        if item.get("options").is_some() {
            self.add("has a patch with options, which can change names and kinds");
        }
        if let (Some(_), Some(path)) = (target, item.get("path").and_then(NodeRef::text)) {
            self.add(&format!("patches by a selector with {path}, which is not read"));
        }
        let Some(patch) = item.get("patch") else { return };
        match patch.text() {
            Some(text) => self.add_patch(text, target),
            None => self.add_operations(patch, target),
        }
    }

    /// Adds what an inline patch might change; `target` is the selector that says what it patches.
    fn add_patch(&mut self, text: &str, target: Option<NodeRef<'_>>) {
        for chunk in yaml::chunks(text) {
            let Ok(doc) = yaml::parse(&text[chunk.span.range()], 0) else {
                return self.add("has an inline patch that cannot be read");
            };
            self.add_operations(doc.root(), target);
            let ours = objects(&doc, &RepoPath::default());
            for object in &ours {
                let Object::Workload(patch) = object else {
                    self.add("has an inline patch of fields that the rules judge");
                    continue;
                };
                let name = Some(patch.key.name.clone()).filter(|_| target.is_none());
                self.savepoint_paths.extend(patch.text(&PATH).map(|path| (name, path.to_string())));
                if patch.touches_judged_fields() {
                    self.add("has an inline patch of fields that the rules judge");
                } else if patch.job().is_some() {
                    let brings = || "has an inline patch that brings a `job`".to_string();
                    self.new_job.get_or_insert_with(brings);
                }
            }
            if target.is_some() && doc.root().is_mapping() && ours.is_empty() {
                self.add("has an inline patch of fields that the rules judge");
            }
        }
    }

    /// Adds what the operations of RFC 6902 change.
    fn add_operations(&mut self, operations: NodeRef<'_>, target: Option<NodeRef<'_>>) {
        for operation in operations.items() {
            let text = |key| operation.get(key).and_then(NodeRef::text);
            let path = text("path").unwrap_or_default();
            if let Some(path) = std::iter::once(path).chain(text("from")).find(|it| is_judged(it)) {
                self.add(&format!("patches `{path}`"));
            }
            if path.trim_start_matches('/').split('/').eq(PATH) {
                let name = target.and_then(|target| target.get(field::NAME)?.text());
                let value = text("value").map(String::from);
                self.savepoint_paths.extend(value.map(|value| (name.map(String::from), value)));
            }
        }
    }
}

/// True for an entry of `patchesStrategicMerge` that is the patch itself and not the path of its file.
pub(crate) fn is_inline(patch: &str) -> bool {
    patch.contains(['\n', '{']) || patch.contains(": ")
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

/// True unless a replacement says that it reads and writes fields of a specification alone that no rule
/// judges.
pub(crate) fn replaces_judged(replacement: NodeRef<'_>) -> bool {
    let is_open = |path: NodeRef<'_>| {
        let pointer = path.text().map(|path| format!("/{}", path.replace('.', "/")));
        pointer.is_none_or(|it| {
            is_judged(&it) || !it.starts_with("/spec/") || it.contains(['[', '*', '\\', '$'])
        })
    };
    let source = replacement.get("source");
    let is_of_ours = source.is_none_or(selects_ours);
    let read = source.and_then(|source| source.get("fieldPath"));
    let targets = replacement.get("targets").into_iter().flat_map(NodeRef::items);
    let mut written = targets.map(|target| target.get("fieldPaths").map(NodeRef::items)).peekable();
    (is_of_ours && read.is_none_or(is_open))
        || written.peek().is_none()
        || written.any(|paths| {
            let mut paths = paths.into_iter().flatten().peekable();
            paths.peek().is_none() || paths.any(is_open)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Edits {
        Edits::read(yaml::parse(text, 0).unwrap().root())
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
            assert!(patch(judged).changing(true).is_some(), "{judged}");
        }
        for harmless in [
            "- {op: add, path: /metadata/labels/team, value: a}",
            "- {op: replace, path: /spec/job/parallelism, value: 4}",
        ] {
            assert_eq!(patch(harmless).changing(true), None, "{harmless}");
        }
        assert!(read("transformers: [t.yaml]").changing(true).is_some());
        assert!(read("replacements: [{path: r.yaml}]").changing(true).is_some());
        assert!(
            read("patches: [{path: p.yaml, target: {kind: FlinkDeployment}}]")
                .changing(true)
                .is_some()
        );
        assert_eq!(
            read("patches: [{path: p.yaml, target: {kind: Deployment}}]").changing(true),
            None
        );
    }

    #[test]
    fn a_replacement_of_a_field_that_no_rule_judges_is_none_of_ours() {
        let read_replacement = |source: &str, path: &str| {
            read(&format!(
                "replacements: [{{source: {{{source}}}, targets: [{{select: {{kind: FlinkDeployment}}, \
                 fieldPaths: [{path}]}}]}}]"
            ))
        };
        let map = "kind: ConfigMap, fieldPath: data.v";
        for harmless in ["spec.image", "spec.job.args", "spec.job.parallelism"] {
            assert_eq!(read_replacement(map, harmless).changing(true), None, "{harmless}");
        }
        for judged in
            ["spec.job.state", "spec", "spec.*", "metadata.name", "metadata.labels.a", "''", ""]
        {
            assert!(read_replacement(map, judged).changing(true).is_some(), "{judged}");
        }
        let path = "kind: FlinkDeployment, fieldPath: spec.job.initialSavepointPath";
        assert!(read_replacement(path, "spec.job.args").changing(true).is_some());
    }

    #[test]
    fn a_job_is_an_edit_of_what_has_none() {
        let patch =
            "apiVersion: flink.apache.org/v1alpha1, kind: FlinkDeployment, metadata: {name: a}";
        for text in [
            format!("patchesStrategicMerge: [\"{{{patch}, spec: {{job: {{parallelism: 2}}}}}}\"]"),
            format!("patches: [{{patch: \"{{{patch}, spec: {{job: {{jarURI: local:///a}}}}}}\"}}]"),
        ] {
            let edits = read(&text);
            assert_eq!(
                (edits.changing(true), edits.changing(false).is_some()),
                (None, true),
                "{text}"
            );
        }
    }

    #[test]
    fn the_path_of_an_inline_patch_is_that_of_the_workload_it_names() {
        let operation =
            "- {op: add, path: /spec/job/initialSavepointPath, value: s3://a/savepoint-1}";
        let edits = read(&format!(
            "patches: [{{target: {{kind: FlinkDeployment, name: a}}, patch: '{operation}'}}]"
        ));
        assert_eq!(edits.savepoint_path("a"), Some("s3://a/savepoint-1"));
        assert_eq!(edits.savepoint_path("b"), None);
    }
}
