//! Deliveries of generated roots, against an emulation: the kustomization of a copy is edited as Argo CD and
//! Flux edit it, kubectl builds the copy, and what comes after the build is done to the result.

use std::collections::BTreeMap;

use flink_migrate::testing::{Files, deliver};
use serde_json::{Map, Value, json};

use super::kubectl;
use crate::support::Dice;

/// The folder that is delivered.
const ROOT: &str = "root";
/// The file of the delivering object.
const OBJECT: &str = "clusters/object.yaml";
const NAMES: [&str; 3] = ["orders", "clicks", "fraud"];
/// Variables of `postBuild`, and what stands for them.
const VARIABLES: [(&str, &str); 3] = [("COUNT", "4"), ("IMAGE", "app:2"), ("IS_ON", "true")];
/// Values: some are variables, one of them of nobody.
const VALUES: [&str; 6] = ["savepoint", "v3", "${COUNT}", "x-${IMAGE}", "${IS_ON}", "${NOBODY}"];
/// Values of operations, which keep nothing of how the value before them was quoted.
const QUOTED: [&str; 3] = ["'2'", "\"${COUNT}\"", "off"];
const FIELDS: [&str; 5] = ["image", "serviceAccount", "restartNonce", "flinkVersion", "mode"];

/// A root, and an object that delivers it.
pub(crate) struct Delivered {
    pub(crate) files: Files,
    object: Value,
    is_flux: bool,
}

impl Delivered {
    /// That of a seed.
    pub(crate) fn grow(seed: u64) -> Delivered {
        let mut dice = Dice(seed);
        let mut files = root(&mut dice);
        let is_flux = dice.below(2) == 0;
        let object = if is_flux { flux(&mut dice) } else { argo(&mut dice) };
        if let Some(component) = listed(&fields_of(&object, is_flux)["components"]).first() {
            let name = component.as_str().unwrap().trim_start_matches("../");
            let patches: Vec<Value> = (0..=dice.below(2)).map(|_| patch(&mut dice)).collect();
            let component = json!({
                "apiVersion": "kustomize.config.k8s.io/v1alpha1",
                "kind": "Component",
                "patches": patches,
            });
            files.insert(format!("{name}/kustomization.yaml"), component.to_string().into());
        }
        // As people write it, and not as JSON.
        let text = yaml_serde::to_string(&object).unwrap();
        files.insert(OBJECT.to_string(), text.into());
        Delivered { files, object, is_flux }
    }

    /// What the program says that the cluster gets.
    pub(crate) fn ours(&self) -> Result<Vec<Value>, String> {
        deliver(&self.files, OBJECT)
    }

    /// What the emulation says.
    pub(crate) fn theirs(&self) -> Result<Vec<Value>, String> {
        let name = format!("{ROOT}/kustomization.yaml");
        let mut root: Map<String, Value> = serde_json::from_slice(&self.files[&name]).unwrap();
        let fields = fields_of(&self.object, self.is_flux);
        if self.is_flux {
            edit_as_flux(&mut root, &fields);
        } else {
            edit_as_argo(&mut root, &fields);
        }
        let mut files = self.files.clone();
        files.insert(name, Value::Object(root).to_string().into());
        Ok(kubectl(&files, ROOT)?.into_iter().map(|object| self.finish(object)).collect())
    }

    /// What comes after the build.
    fn finish(&self, object: Value) -> Value {
        let spec = &self.object["spec"];
        if !self.is_flux {
            let mut object = object;
            let namespace = &spec["destination"]["namespace"];
            let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
            if own.is_empty() && namespace.is_string() {
                object["metadata"]["namespace"] = namespace.clone();
            }
            return object;
        }
        let mut object = object;
        if let Some(variables) = spec["postBuild"]["substitute"].as_object() {
            let mark = "kustomize.toolkit.fluxcd.io/substitute";
            if object["metadata"]["annotations"][mark] != "disabled" && !variables.is_empty() {
                // As kubectl prints it.
                let mut text = yaml_serde::to_string(&object).unwrap();
                for (name, value) in variables {
                    text = text.replace(&format!("${{{name}}}"), value.as_str().unwrap());
                }
                object = yaml_serde::from_str(&text).unwrap();
            }
        }
        for map in ["labels", "annotations"] {
            for (key, value) in spec["commonMetadata"][map].as_object().into_iter().flatten() {
                object["metadata"][map][key] = value.clone();
            }
        }
        object
    }
}

/// A root of which every part may say the same fields, so that their order shows.
fn root(dice: &mut Dice) -> Files {
    let mut files = Files::new();
    let mut write = |name: &str, text: String| files.insert(name.to_string(), text.into_bytes());
    let objects = NAMES[..2].iter().map(|name| {
        let namespace = [", namespace: own", ""][dice.below(2)];
        let is_left_out =
            ["", "\n  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}"];
        let mark = is_left_out[dice.below(8) / 7];
        format!(
            "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n\
             metadata:\n  name: {name}{}{mark}\nspec:\n  image: ${{IMAGE}}\n  mode: {}\n",
            namespace.replace(", ", "\n  "),
            pick(dice, &VALUES)
        )
    });
    let objects: Vec<String> = objects.collect();
    write("base/fd.yaml", objects.join("---\n"));
    let mut base = fields(dice, "namespace");
    base.remove("components");
    base.insert("resources".into(), json!(["fd.yaml"]));
    write("base/kustomization.yaml", Value::Object(base).to_string());
    let mut own = fields(dice, "namespace");
    own.insert("resources".into(), json!(["../base"]));
    if own.remove("components").is_some() {
        own.insert("components".into(), json!(["../own"]));
        let component = json!({
            "apiVersion": "kustomize.config.k8s.io/v1alpha1",
            "kind": "Component",
            "patches": [patch(dice)],
        });
        write("own/kustomization.yaml", component.to_string());
    }
    for key in ["namePrefix", "nameSuffix", "namespace"] {
        if own.contains_key(key) {
            own.insert(key.into(), json!(["own-", "-own", "root"][key.len() % 3]));
        }
    }
    if dice.below(3) == 0 {
        own.insert("commonLabels".into(), json!({"app": "root", "tier": "1"}));
    }
    if dice.below(3) == 0 {
        let field = format!("/spec/{}", pick(dice, &FIELDS));
        let patch = json!([{"op": "add", "path": field, "value": "by-root"}]).to_string();
        let target = json!({"kind": "FlinkDeployment", "name": pick(dice, &NAMES[..2])});
        own.insert("patchesJson6902".into(), json!([{"target": target, "patch": patch}]));
    }
    write(&format!("{ROOT}/kustomization.yaml"), Value::Object(own).to_string());
    files
}

/// The fields of a kustomization in an object.
fn fields_of(object: &Value, is_flux: bool) -> Value {
    let spec = &object["spec"];
    if is_flux { spec.clone() } else { spec["source"]["kustomize"].clone() }
}

fn listed(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// `kustomize edit set` and `add`, and patches behind those of the file.
fn edit_as_argo(root: &mut Map<String, Value>, fields: &Value) {
    for key in ["namespace", "namePrefix", "nameSuffix"] {
        if fields[key].is_string() {
            root.insert(key.to_string(), fields[key].clone());
        }
    }
    for key in ["patches", "components"] {
        append(root, key, listed(&fields[key]));
    }
    for key in ["commonLabels", "commonAnnotations"] {
        if let Some(pairs) = fields[key].as_object() {
            let own = root.entry(key).or_insert(Value::Null);
            if own.is_null() {
                *own = json!({});
            }
            own.as_object_mut().unwrap().extend(pairs.clone());
        }
    }
}

/// The generator of Flux.
fn edit_as_flux(root: &mut Map<String, Value>, fields: &Value) {
    for (key, own) in [
        ("namespace", "targetNamespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
    ] {
        if fields[own].is_string() {
            root.insert(key.to_string(), fields[own].clone());
        }
    }
    for key in ["patches", "components"] {
        append(root, key, listed(&fields[key]));
    }
    let merges = listed(&fields["patchesStrategicMerge"]).iter();
    let merges: Vec<Value> = merges.map(|patch| json!(patch.to_string())).collect();
    append(root, "patchesStrategicMerge", &merges);
    let operations = listed(&fields["patchesJson6902"]).iter();
    let operations: Vec<Value> = operations
        .map(|entry| json!({"target": entry["target"], "patch": entry["patch"].to_string()}))
        .collect();
    append(root, "patchesJson6902", &operations);
}

fn append(root: &mut Map<String, Value>, key: &str, items: &[Value]) {
    if items.is_empty() {
        return;
    }
    let own = root.entry(key).or_insert(Value::Null);
    if own.is_null() {
        *own = json!([]);
    }
    if let Some(list) = own.as_array_mut() {
        list.extend(items.iter().cloned());
    }
}

fn argo(dice: &mut Dice) -> Value {
    let mut fields = fields(dice, "namespace");
    if dice.below(4) == 0 {
        fields.insert("commonLabels".into(), json!({"team": "a", "app": "b"}));
    }
    if dice.below(4) == 0 {
        fields.insert("commonAnnotations".into(), json!({"note": "c"}));
    }
    let mut destination = json!({"server": "https://kubernetes.default.svc"});
    if dice.below(2) == 0 {
        destination["namespace"] = json!("destination");
    }
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "app", "namespace": "argocd"},
        "spec": {
            "source": {"repoURL": "https://git.example.com/r", "path": ROOT, "kustomize": fields},
            "destination": destination,
        },
    })
}

fn flux(dice: &mut Dice) -> Value {
    let mut spec = fields(dice, "targetNamespace");
    spec.insert("path".into(), json!(format!("./{ROOT}")));
    spec.insert("sourceRef".into(), json!({"kind": "GitRepository", "name": "r"}));
    if dice.below(3) == 0 {
        let mut merge = json!({
            "apiVersion": "flink.apache.org/v1alpha1",
            "kind": "FlinkDeployment",
            "metadata": {"name": pick(dice, &NAMES)},
        });
        merge["spec"][pick(dice, &FIELDS)] = json!("merged");
        spec.insert("patchesStrategicMerge".into(), json!([merge]));
    }
    if dice.below(3) == 0 {
        let field = format!("/spec/{}", pick(dice, &FIELDS));
        let target = json!({"kind": "FlinkDeployment", "name": pick(dice, &NAMES)});
        let patch = json!([{"op": "add", "path": field, "value": "last"}]);
        spec.insert("patchesJson6902".into(), json!([{"target": target, "patch": patch}]));
    }
    if dice.below(2) == 0 {
        let variables = VARIABLES.iter().filter(|_| dice.below(3) > 0);
        let variables: BTreeMap<&str, &str> = variables.copied().collect();
        spec.insert("postBuild".into(), json!({"substitute": variables}));
    }
    if dice.below(4) == 0 {
        let metadata = json!({"labels": {"owner": "a"}, "annotations": {"note": "b"}});
        spec.insert("commonMetadata".into(), metadata);
    }
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "root", "namespace": "flux-system"},
        "spec": spec,
    })
}

/// The fields that both have.
fn fields(dice: &mut Dice, namespace: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    let texts = [(namespace, "delivered"), ("namePrefix", "eu-"), ("nameSuffix", "-x")];
    for (key, text) in texts {
        if dice.below(3) == 0 {
            fields.insert(key.to_string(), json!(text));
        }
    }
    if dice.below(3) > 0 {
        let patches: Vec<Value> = (0..=dice.below(2)).map(|_| patch(dice)).collect();
        fields.insert("patches".into(), json!(patches));
    }
    if dice.below(3) == 0 {
        fields.insert("components".into(), json!(["../extra"]));
    }
    fields
}

fn patch(dice: &mut Dice) -> Value {
    let (field, value) = (pick(dice, &FIELDS), pick(dice, &VALUES));
    let mut target = json!({"kind": "FlinkDeployment"});
    if dice.below(4) == 0 {
        target["name"] = json!(format!("(eu-)?{}(-x)?", pick(dice, &NAMES)));
    }
    match dice.below(6) {
        0 | 1 => {
            let value = if dice.below(3) == 0 { pick(dice, &QUOTED) } else { value };
            let patch = format!("- op: add\n  path: /spec/{field}\n  value: {value}\n");
            json!({"target": target, "patch": patch})
        }
        2 => {
            // One that says itself what it patches, and may not find it.
            let name = if dice.below(6) == 0 { NAMES[2] } else { pick(dice, &NAMES[..2]) };
            let head = "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n";
            json!({"patch": format!("{head}metadata: {{name: {name}}}\nspec:\n  {field}: {value}\n")})
        }
        _ => json!({
            "target": target,
            "patch": format!("kind: FlinkDeployment\nmetadata: {{name: any}}\nspec:\n  {field}: {value}\n"),
        }),
    }
}

fn pick(dice: &mut Dice, from: &[&'static str]) -> &'static str {
    from[dice.below(from.len())]
}
