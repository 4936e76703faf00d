//! What a tree delivers to a cluster: plain documents as they are, and what kustomize builds. It knows the
//! few features that the generator uses, and nothing of the program.

use std::collections::{BTreeMap, BTreeSet};

use flink_migrate::testing::Files;
use serde_json::{Value, json};

use crate::support::pieces;

/// One object as a cluster gets it.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    /// The kustomization that builds it, or its file.
    pub(crate) root: String,
    /// The number of its job, which its image tells.
    pub(crate) number: usize,
    /// The file and the number of the document it comes from.
    pub(crate) source: (String, usize),
    /// The name it had there.
    pub(crate) written_name: String,
    pub(crate) object: Value,
}

impl Delivered {
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.object.pointer(pointer)?.as_str()
    }

    /// `namespace/name`, or the name alone.
    pub(crate) fn key(&self) -> String {
        let name = self.text("/metadata/name").unwrap_or_default();
        let namespace = self.text("/metadata/namespace");
        namespace.map_or_else(|| name.to_string(), |namespace| format!("{namespace}/{name}"))
    }
}

/// Everything that the tree delivers and that has a number, and how many roots do not build.
pub(crate) fn deliver(files: &Files) -> (Vec<Delivered>, usize) {
    let folder = |file: &str| file.rsplit_once('/').map_or("", |(folder, _)| folder).to_string();
    let kustomizations: BTreeMap<String, Value> = files
        .keys()
        .filter(|file| file.ends_with("kustomization.yaml"))
        .filter_map(|file| Some((folder(file), documents(files, file).pop()?.1)))
        .collect();
    let used: BTreeSet<String> = kustomizations
        .iter()
        .flat_map(|(folder, one)| references(one).map(|used| join(folder, &used)))
        .collect();
    let tree = Tree { files, kustomizations: &kustomizations };
    let (mut found, mut broken) = (Vec::new(), 0);
    for root in kustomizations.keys().filter(|root| !used.contains(*root)) {
        match tree.build(root) {
            Ok(built) => {
                found.extend(built.into_iter().map(|one| Delivered { root: root.clone(), ..one }));
            }
            Err(_) => broken += 1,
        }
    }
    let is_plain = |file: &&String| !used.contains(*file) && !file.ends_with("kustomization.yaml");
    for file in files.keys().filter(is_plain) {
        found.extend(tree.resources(file));
    }
    found.retain(|one| one.number != 0);
    (found, broken)
}

fn references(kustomization: &Value) -> impl Iterator<Item = String> + '_ {
    let lists = ["resources", "components", "patchesStrategicMerge"];
    let named = lists.into_iter().flat_map(|list| strings(kustomization, list));
    let patches = kustomization["patches"].as_array().into_iter().flatten();
    named.chain(patches.filter_map(|patch| Some(patch["path"].as_str()?.to_string())))
}

fn strings<'v>(value: &'v Value, list: &str) -> impl Iterator<Item = String> + 'v {
    value[list].as_array().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_string()))
}

fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The documents of a file with their numbers, those of a broken file left out.
fn documents(files: &Files, file: &str) -> Vec<(usize, Value)> {
    let Some(text) = files.get(file).and_then(|bytes| str::from_utf8(bytes).ok()) else {
        return Vec::new();
    };
    let read = |text: &str| -> Option<Value> {
        let mut value: yaml_serde::Value = yaml_serde::from_str(text).ok()?;
        value.apply_merge().ok()?;
        serde_json::to_value(value).ok()
    };
    let pieces = pieces(text).into_iter().map(|(_, piece)| piece).enumerate();
    pieces.filter_map(|(number, piece)| Some((number, read(&piece)?))).collect()
}

struct Tree<'f> {
    files: &'f Files,
    kustomizations: &'f BTreeMap<String, Value>,
}

impl Tree<'_> {
    /// What a file holds, items of lists each by itself.
    fn resources(&self, file: &str) -> Vec<Delivered> {
        let mut found = Vec::new();
        for (number, document) in documents(self.files, file) {
            let items = match document["items"].as_array() {
                Some(items) if document["kind"] == "List" => items.clone(),
                _ => vec![document],
            };
            found.extend(items.into_iter().map(|object| Delivered {
                root: file.to_string(),
                number: job_number(&object),
                source: (file.to_string(), number),
                written_name: object["metadata"]["name"].as_str().unwrap_or_default().to_string(),
                object,
            }));
        }
        found
    }

    /// What a kustomization builds, or why it does not.
    fn build(&self, folder: &str) -> Result<Vec<Delivered>, String> {
        let kustomization = &self.kustomizations[folder];
        let mut built = Vec::new();
        for resource in strings(kustomization, "resources") {
            let path = join(folder, &resource);
            if self.kustomizations.contains_key(&path) {
                built.extend(self.build(&path)?);
            } else {
                built.extend(self.resources(&path));
            }
        }
        for component in strings(kustomization, "components") {
            let path = join(folder, &component);
            self.transform(&path, &self.kustomizations[&path], &mut built)?;
        }
        self.transform(folder, kustomization, &mut built)?;
        Ok(built)
    }

    fn transform(
        &self,
        folder: &str,
        kustomization: &Value,
        built: &mut [Delivered],
    ) -> Result<(), String> {
        let text_at = |path: &str| -> String {
            let bytes = self.files.get(&join(folder, path)).map_or(&[][..], Vec::as_slice);
            String::from_utf8_lossy(bytes).into_owned()
        };
        for path in strings(kustomization, "patchesStrategicMerge") {
            patch(&text_at(&path), None, built)?;
        }
        for one in kustomization["patches"].as_array().into_iter().flatten() {
            let inline = one["patch"].as_str().map(String::from);
            let text = inline.unwrap_or_else(|| text_at(one["path"].as_str().unwrap_or_default()));
            patch(&text, one.get("target"), built)?;
        }
        for one in built {
            if let Some(namespace) = kustomization.get("namespace") {
                one.object["metadata"]["namespace"] = namespace.clone();
            }
            let prefix = kustomization["namePrefix"].as_str().unwrap_or_default();
            let name = one.text("/metadata/name").unwrap_or_default();
            one.object["metadata"]["name"] = json!(format!("{prefix}{name}"));
        }
        Ok(())
    }
}

/// The number that the generator has put into the image.
fn job_number(object: &Value) -> usize {
    let image = object["spec"]["image"].as_str().unwrap_or_default();
    image.trim_start_matches("flink:j").parse().unwrap_or(0)
}

/// Applies one patch as kustomize does: one that says itself what it patches must find it by group, version,
/// kind and name, while a selector that finds nothing does nothing (measured with kubectl, v5.5.0).
fn patch(text: &str, target: Option<&Value>, built: &mut [Delivered]) -> Result<(), String> {
    let value: Value = yaml_serde::from_str(text).map_err(|error| error.to_string())?;
    let mut hits = 0;
    for one in built.iter_mut() {
        let is_meant = if let Some(target) = target {
            is_selected(target, one)
        } else {
            let same = |field: &str| value[field] == one.object[field];
            let name = value["metadata"]["name"].as_str();
            let names = [one.text("/metadata/name"), Some(&one.written_name)];
            same("apiVersion") && same("kind") && names.contains(&name)
        };
        if !is_meant {
            continue;
        }
        hits += 1;
        if value.is_array() {
            let operations: json_patch::Patch =
                serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
            json_patch::patch(&mut one.object, &operations).map_err(|error| error.to_string())?;
        } else {
            let mut value = value.clone();
            value["metadata"] = json!({});
            value["apiVersion"] = one.object["apiVersion"].clone();
            json_patch::merge(&mut one.object, &value);
        }
    }
    if hits == 0 && target.is_none() { Err("no matches for Id".into()) } else { Ok(()) }
}

fn is_selected(target: &Value, one: &Delivered) -> bool {
    let (group, version) =
        one.text("/apiVersion").and_then(|it| it.split_once('/')).unwrap_or(("", ""));
    let agrees = |field: &str, found: &str| target[field].as_str().is_none_or(|it| it == found);
    let names = [one.text("/metadata/name").unwrap_or_default(), &one.written_name];
    let kind = one.text("/kind").unwrap_or_default();
    let is_named = names.into_iter().any(|name| agrees("name", name));
    agrees("group", group) && agrees("version", version) && agrees("kind", kind) && is_named
}

#[test]
fn a_patch_of_another_version_does_not_build_and_a_selector_of_one_does_nothing() {
    let build = |kustomization: &str, version: &str| {
        let head =
            |version| format!("apiVersion: flink.apache.org/{version}\nkind: FlinkDeployment\n");
        let job =
            "metadata: {name: a}\nspec: {image: \"flink:j1\", job: {upgradeMode: stateless}}\n";
        let patch = "metadata: {name: a}\nspec: {job: {upgradeMode: savepoint}}\n";
        let files = [
            ("base/kustomization.yaml", "resources: [job.yaml]\n".to_string()),
            ("base/job.yaml", head(version) + job),
            (
                "prod/kustomization.yaml",
                format!("resources: [../base]\nnamespace: prod\n{kustomization}"),
            ),
            ("prod/patch.yaml", head("v1alpha1") + patch),
        ];
        let files = files.map(|(name, text)| (name.to_string(), text.into_bytes()));
        let (delivered, broken) = deliver(&files.into());
        let mode = |one: &Delivered| one.text("/spec/job/upgradeMode").unwrap().to_string();
        (delivered.iter().map(|one| (one.key(), mode(one))).collect::<Vec<_>>(), broken)
    };
    let gives = |mode: &str| (vec![("prod/a".to_string(), mode.to_string())], 0);
    let listed = "patches: [{path: patch.yaml}]\n";
    let selected = "patches: [{path: patch.yaml, target: {version: v1alpha1}}]\n";
    assert_eq!(build(listed, "v1alpha1"), gives("savepoint"));
    assert_eq!(build(listed, "v1beta1"), (Vec::new(), 1));
    assert_eq!(build(selected, "v1alpha1"), gives("savepoint"));
    assert_eq!(build(selected, "v1beta1"), gives("stateless"));
}
