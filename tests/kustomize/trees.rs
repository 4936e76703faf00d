//! Trees of kustomizations that nobody wrote, each from a seed: some that kustomize builds, some that it
//! refuses.

use flink_migrate::testing::Files;

use crate::support::Dice;

/// The folder that is built.
pub(crate) const ROOT: &str = "root";

const NAMES: [&str; 4] = ["orders", "clicks", "fraud", "audit"];
const NAMESPACES: [&str; 3] = ["prod", "stage", "default"];
/// Values as people write them, odd ones too.
const VALUES: [&str; 40] = [
    "savepoint",
    "stateless",
    "last-state",
    "running",
    "suspended",
    "s3://lake/savepoint-1",
    "2",
    "4",
    "\"2\"",
    "'2'",
    "1.0",
    "0.5",
    "010",
    "1_000",
    "0x1F",
    "1e3",
    "+5",
    ".5",
    "on",
    "off",
    "yes",
    "No",
    "y",
    "True",
    "true",
    "~",
    "null",
    "",
    "''",
    "2024-01-01",
    "2024-1-1",
    "2024-01-01T00:00:00Z",
    "12:30:45",
    "{}",
    "[]",
    "[1, on, a]",
    "{a: 1, b: null}",
    "\"a\\tb\\u00e9\"",
    "!!str 5",
    "|\n      two\n      lines",
];
/// Fields below `spec`.
const FIELDS: [&str; 12] = [
    "image",
    "flinkVersion",
    "serviceAccount",
    "restartNonce",
    "job",
    "job.upgradeMode",
    "job.parallelism",
    "job.initialSavepointPath",
    "job.args",
    "taskManager.replicas",
    "flinkConfiguration.a/b",
    "podTemplate.spec.containers",
];

/// An object of the tree, with the names that patches may call it by.
#[derive(Clone)]
struct Known {
    kind: &'static str,
    version: &'static str,
    names: Vec<String>,
    namespaces: Vec<String>,
}

/// A tree in the making.
pub(crate) struct Tree {
    dice: Dice,
    pub(crate) files: Files,
    folders: usize,
    /// Percent of entries that are wrong on purpose.
    wrong: usize,
}

impl Tree {
    /// The tree of a seed.
    pub(crate) fn grow(seed: u64) -> Tree {
        let mut dice = Dice(seed);
        let wrong = [0, 0, 0, 4][dice.below(4)];
        let mut tree = Tree { dice, files: Files::new(), folders: 0, wrong };
        let levels = 1 + tree.dice.below(3);
        tree.kustomization(ROOT, levels, None);
        tree
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    /// A value, an odd one now and then.
    fn value(&mut self) -> &'static str {
        let ordinary = VALUES.len() / 5;
        if self.chance(85) { self.pick(&VALUES[..ordinary]) } else { self.pick(&VALUES) }
    }

    fn wrong(&mut self) -> bool {
        let wrong = self.wrong;
        self.chance(wrong)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.dice.below(from.len())].clone()
    }

    fn write(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_string(), text.as_bytes().to_vec());
    }

    /// Writes a kustomization; a component is handed what is built before it.
    fn kustomization(
        &mut self,
        folder: &str,
        levels: usize,
        before: Option<&[Known]>,
    ) -> Vec<Known> {
        let is_component = before.is_some();
        let mut known: Vec<Known> = before.unwrap_or_default().to_vec();
        let mut text = String::new();
        if is_component {
            text.push_str("kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n");
        } else if self.chance(50) {
            text.push_str("kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n");
        }
        let mut resources = Vec::new();
        if levels > 1 && !is_component {
            for _ in 0..=self.dice.below(2) {
                self.folders += 1;
                let inner = format!("{folder}/base{}", self.folders);
                let found = self.kustomization(&inner, levels - 1, None);
                let found = found.into_iter().filter(|it| !known.iter().any(|one| one.clashes(it)));
                known.extend(found.collect::<Vec<_>>());
                resources.push(format!("base{}", folders_below(&inner)));
            }
        }
        if levels == 1 || self.chance(if is_component { 15 } else { 30 }) {
            resources.push(self.resource(folder, &mut known));
        }
        if self.wrong() {
            let odd =
                self.pick(&["absent.yaml", ".", "..", "patch0.yaml", "https://example.org/a"]);
            resources.push(odd.to_string());
        }
        if !resources.is_empty() {
            text.push_str(&format!("resources: [{}]\n", resources.join(", ")));
        }
        if self.chance(25) && levels > 0 {
            self.folders += 1;
            let name = format!("component{}", self.folders);
            known = self.kustomization(&format!("{folder}/{name}"), 0, Some(&known));
            text.push_str(&format!("components: [{name}]\n"));
        }
        let mut files = 0;
        if self.chance(12) {
            self.merge_list(folder, &mut files, &known, &mut text);
        }
        let count = self.dice.below(4);
        if count > 0 {
            text.push_str("patches:\n");
        }
        for _ in 0..count {
            let entry = self.patch(folder, &mut files, &known);
            text.push_str(&entry);
        }
        if self.chance(30) {
            let namespace = self.pick(&NAMESPACES);
            text.push_str(&format!("namespace: {namespace}\n"));
            for one in &mut known {
                one.namespaces.push(namespace.into());
            }
        }
        for (field, percent) in [("namePrefix", 25), ("nameSuffix", 12)] {
            if self.chance(percent) {
                let added = self.pick(&["eu-", "x", "-a-"]);
                text.push_str(&format!("{field}: {added}\n"));
                for one in &mut known {
                    let last = one.names.last().cloned().unwrap_or_default();
                    let is_prefix = field == "namePrefix";
                    one.names.push(if is_prefix { format!("{added}{last}") } else { last + added });
                }
            }
        }
        self.labels(&mut text);
        if self.chance(12) {
            self.json6902(folder, &mut files, &known, &mut text);
        }
        self.images(folder, &known, &mut text);
        self.oddities(&mut text);
        let name = self.pick(&[
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yml",
            "Kustomization",
        ]);
        self.write(&format!("{folder}/{name}"), &text);
        known
    }

    /// Writes a file of resources and gives its name.
    fn resource(&mut self, folder: &str, known: &mut Vec<Known>) -> String {
        let mut documents = Vec::new();
        for _ in 0..=self.dice.below(2) {
            let name = self.pick(&NAMES).to_string();
            let kind = self.pick(&["FlinkDeployment", "FlinkDeployment", "FlinkSessionJob"]);
            let version = self.pick(&["v1alpha1", "v1alpha1", "v1alpha1", "v1beta1"]);
            let namespace = self.chance(40).then(|| self.pick(&NAMESPACES));
            let one = Known {
                kind,
                version,
                names: vec![name.clone()],
                namespaces: vec![namespace.unwrap_or("default").to_string()],
            };
            if known.iter().any(|it| it.clashes(&one)) && !self.wrong() {
                continue;
            }
            let mut text = head(version, kind, &name, namespace);
            if self.chance(40) {
                text.push_str("  labels: {app: a, tier: \"1\"}\n");
            }
            if self.chance(15) {
                text.push_str("  annotations: {team: b}\n");
            }
            text.push_str("spec:\n");
            text.push_str(&self.spec());
            known.push(one);
            documents.push(text);
        }
        let name = self.pick(&["jobs.yaml", "jobs.yml", "jobs.txt", "jobs"]);
        let text = match self.dice.below(8) {
            0 => {
                let items =
                    documents.iter().map(|it| format!("- {}", it.trim_end().replace('\n', "\n  ")));
                let items: Vec<String> = items.collect();
                format!("apiVersion: v1\nkind: List\nitems:\n{}\n", items.join("\n"))
            }
            1 => format!("---\n{}\n---\n", documents.join("\n---\n")),
            _ => documents.join("---\n"),
        };
        self.write(&format!("{folder}/{name}"), &text);
        name.to_string()
    }

    /// The lines below `spec`, in blocks.
    fn spec(&mut self) -> String {
        let mut text = String::from("  image: flink:1.14\n  job:\n    jarURI: local:///a.jar\n");
        if self.chance(70) {
            let mode =
                self.pick(&["savepoint", "stateless", "last-state  # kept", "\"savepoint\""]);
            text.push_str(&format!("    upgradeMode: {mode}\n"));
        }
        text.push_str("    args: [a, on]\n");
        if self.chance(40) {
            text.push_str(
                "  taskManager:\n    replicas: 2\n    resource: {memory: 2048m, cpu: 1.0}\n",
            );
        }
        if self.chance(40) {
            text.push_str("  flinkConfiguration:\n    a/b: \"1\"\n    state.dir: s3://a\n");
        }
        if self.chance(30) {
            text.push_str("  podTemplate:\n");
            if self.chance(10) {
                text.push_str("    apiVersion: v1\n    kind: Pod\n");
            }
            text.push_str("    spec:\n      containers:\n      - {name: main, image: flink}\n");
        }
        for number in 0..usize::from(self.chance(15)) {
            let value = self.value().replace("\n      ", "\n    ");
            text.push_str(&format!("  odd{number}: {value}\n"));
        }
        if self.chance(6) {
            text.push_str("  shared: &shared {x: 1, y: on}\n  again: *shared\n  merged:\n    <<: *shared\n    z: 2\n");
        }
        text
    }

    /// A strategic merge patch of an object.
    fn merge(&mut self, known: &[Known]) -> String {
        let one = self.known(known);
        let (name, namespace) = self.name_of(&one);
        let version = if self.wrong() { "v1beta1" } else { one.version };
        let mut text = head(version, one.kind, &name, namespace.as_deref());
        if self.chance(12) {
            let labels = self.pick(&[
                "labels: {app: z}",
                "labels: {app: null}",
                "labels: null",
                "annotations: {x: null, y: \"1\"}",
            ]);
            text.push_str(&format!("  {labels}\n"));
        }
        if self.chance(1) {
            return text + "$patch: delete\n";
        }
        text.push_str("spec:\n");
        let mut job = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let value = self.value();
            match self.dice.below(8) {
                0 => job.push(format!("    upgradeMode: {}\n", self.scalar())),
                1 => job.push(format!("    parallelism: {}\n", self.scalar())),
                2 => job.push(format!(
                    "    args: {}\n",
                    self.pick(&["[b]", "[]", "null", "[{a: null}]"])
                )),
                3 => text.push_str(&format!("  image: {}\n", self.scalar())),
                4 if !text.contains("taskManager") => {
                    text.push_str("  taskManager: {replicas: 3, resource: {cpu: 2, disk: null}}\n");
                }
                5 if !text.contains("podTemplate") => {
                    text.push_str(
                        "  podTemplate: {spec: {containers: [{name: side, image: b}]}}\n",
                    );
                }
                6 if !text.contains("odd0") => text.push_str(&format!("  odd0: {value}\n")),
                _ if !text.contains("new:") => {
                    text.push_str(
                        "  new:\n    deep: {gone: null, kept: on}\n    list: [{a: null}]\n",
                    );
                }
                _ => {}
            }
        }
        job.dedup_by_key(|line| line.split(':').next().map(String::from));
        if self.chance(4) {
            text.push_str("  job: null\n");
        } else if !job.is_empty() {
            text.push_str("  job:\n");
            let mut seen = Vec::new();
            for line in job {
                let key = line.split(':').next().unwrap_or_default().to_string();
                if !seen.contains(&key) {
                    text.push_str(&line);
                    seen.push(key);
                }
            }
        }
        if text.matches("  image:").count() > 1 {
            text = text.replacen("  image:", "  image2:", 1);
        }
        text
    }

    fn scalar(&mut self) -> String {
        let value = self.value();
        if value.starts_with(['{', '[', '|']) && !self.wrong() {
            "plain".into()
        } else {
            value.into()
        }
    }

    fn known(&mut self, known: &[Known]) -> Known {
        let other = Known {
            kind: "FlinkDeployment",
            version: "v1alpha1",
            names: vec!["nobody".into()],
            namespaces: vec!["default".into()],
        };
        if known.is_empty() || self.wrong() { other } else { self.pick(known) }
    }

    /// One of the names that an object has had, and a namespace to write for it.
    fn name_of(&mut self, one: &Known) -> (String, Option<String>) {
        let at =
            if self.chance(60) { one.names.len() - 1 } else { self.dice.below(one.names.len()) };
        let spaces = one.namespaces.len();
        let space = if self.chance(70) { spaces - 1 } else { self.dice.below(spaces) };
        let namespace = Some(one.namespaces[space].clone()).filter(|it| it != "default");
        (one.names[at].clone(), namespace)
    }

    /// The lines of a list entry of `patches`.
    fn patch(&mut self, folder: &str, files: &mut usize, known: &[Known]) -> String {
        let is_merge = self.chance(55);
        let is_targeted = !is_merge || self.chance(40);
        let body = if is_merge { self.merge(known) } else { self.operations() };
        let mut entry = if self.chance(50) {
            let path = self.patch_file(folder, files, &body);
            format!("- path: {path}\n")
        } else {
            format!("- patch: |-\n    {}\n", body.trim_end().replace('\n', "\n    "))
        };
        if is_targeted && !self.wrong() {
            entry.push_str(&format!("  target: {{{}}}\n", self.selector(known)));
        }
        if self.chance(50) && self.chance(1) {
            entry.push_str("  options: {allowNameChange: true}\n");
        }
        entry
    }

    fn patch_file(&mut self, folder: &str, files: &mut usize, body: &str) -> String {
        let name = format!("patch{files}{}", self.pick(&[".yaml", ".yaml", ".txt"]));
        *files += 1;
        if !self.wrong() {
            self.write(&format!("{folder}/{name}"), body);
        }
        name
    }

    fn selector(&mut self, known: &[Known]) -> String {
        let one = self.known(known);
        let (name, _) = self.name_of(&one);
        let mut parts = Vec::new();
        if self.chance(60) {
            parts.push(format!(
                "kind: {}",
                self.pick(&[one.kind, one.kind, "Flink.*", "FlinkDeployment|FlinkSessionJob"])
            ));
        }
        if self.chance(30) {
            parts.push(format!(
                "group: {}",
                self.pick(&["flink.apache.org", "flink.*", "flink-apache-org"])
            ));
        }
        if self.chance(30) {
            let version = self.pick(&[one.version, "\"v1(alpha|beta)1\"", "v1.*", "v1beta1", "v1"]);
            parts.push(format!("version: {version}"));
        }
        if self.chance(50) {
            let pattern = match self.dice.below(5) {
                0 => format!("\"{}.*\"", &name[..2]),
                1 => format!("\"{name}|none\""),
                2 => name[..3].to_string(),
                _ => name,
            };
            parts.push(format!("name: {pattern}"));
        }
        if self.chance(15) {
            let namespace = self.pick(&one.namespaces);
            parts.push(format!("namespace: {namespace}"));
        }
        if self.chance(15) {
            let labels = self.pick(&[
                "app=a",
                "app!=a",
                "tier in (1, 2),app",
                "!app",
                "app==b",
                "team notin (a)",
            ]);
            parts.push(format!("labelSelector: \"{labels}\""));
        }
        if self.chance(8) {
            parts.push("annotationSelector: team=b".to_string());
        }
        parts.join(", ")
    }

    /// A JSON 6902 patch.
    fn operations(&mut self) -> String {
        let mut operations = Vec::new();
        for _ in 0..=self.dice.below(3) {
            operations.push(self.operation());
        }
        match self.dice.below(20) {
            0 | 1 => {
                let path = self.pick(&["/spec/job/upgradeMode", "/spec/image"]);
                format!(
                    "[{{\"op\": \"replace\", \"path\": \"{path}\", \"value\": \"savepoint\"}}]\n"
                )
            }
            2 if self.wrong() => "[{op: add, path: /spec/a, value: 1}]\n".to_string(),
            3 if self.wrong() => "[]\n".to_string(),
            4 => format!(
                "- {}\n---\n- {{op: add, path: /spec/never, value: 1}}\n",
                operations.join("\n- ")
            ),
            5 => format!("# comment\n- {}\n", operations.join("\n- ")),
            _ => format!("- {}\n", operations.join("\n- ")),
        }
    }

    fn operation(&mut self) -> String {
        let field = self.pick(&FIELDS);
        let path: Vec<String> = field.split('.').map(|step| step.replace('/', "~1")).collect();
        let path = format!("/spec/{}", path.join("/"));
        let mut value = self.value().to_string();
        if value.starts_with('|') || value.is_empty() {
            value = "plain".into();
        }
        if field == "job" {
            value = "{upgradeMode: savepoint, parallelism: on}".into();
        }
        if field == "job.args" && self.chance(50) {
            let step = self.pick(&["0", "-", "1", "-1", "2"]);
            return format!("{{op: add, path: {path}/{step}, value: {value}}}");
        }
        match self.dice.below(24) {
            0..=9 => format!("{{op: replace, path: {}, value: {value}}}", self.sure(&path)),
            10..=17 => format!("{{op: add, path: {}, value: {value}}}", self.sure(&path)),
            18 => "{op: remove, path: /spec/image}".to_string(),
            19 => format!("{{op: copy, from: /spec/job, path: /spec/copy{}}}", self.dice.below(3)),
            20 => "{op: move, from: /spec/job/jarURI, path: /spec/moved}".to_string(),
            21 => "{op: test, path: /spec/job/jarURI, value: 'local:///a.jar'}".to_string(),
            22 if self.wrong > 0 => format!("{{op: remove, path: {path}}}"),
            22 => "{op: add, path: /metadata/labels, value: {app: j}}".to_string(),
            _ => match self.dice.below(3) {
                0 => "{op: replace, path: /metadata/name, value: renamed}".to_string(),
                1 => "{op: replace, path: /metadata/namespace, value: moved}".to_string(),
                _ => {
                    "{op: replace, path: /apiVersion, value: flink.apache.org/v1beta1}".to_string()
                }
            },
        }
    }

    /// A path whose parent every object has, mostly.
    fn sure(&mut self, path: &str) -> String {
        let is_sure = path.matches('/').count() == 2 || path.starts_with("/spec/job/");
        if is_sure || self.chance(10) {
            path.to_string()
        } else {
            "/spec/job/parallelism".to_string()
        }
    }

    fn merge_list(&mut self, folder: &str, files: &mut usize, known: &[Known], text: &mut String) {
        let first = self.merge(known);
        if self.chance(50) {
            let second =
                if self.chance(30) { format!("---\n{}", self.merge(known)) } else { String::new() };
            let path = self.patch_file(folder, files, &format!("{first}{second}"));
            text.push_str(&format!("patchesStrategicMerge: [{path}]\n"));
        } else {
            let inline = first.trim_end().replace('\n', "\n  ");
            text.push_str(&format!("patchesStrategicMerge:\n- |-\n  {inline}\n"));
        }
    }

    fn json6902(&mut self, folder: &str, files: &mut usize, known: &[Known], text: &mut String) {
        let one = self.known(known);
        let name = one.names.last().cloned().unwrap_or_default();
        let body = self.operations();
        let name = if self.wrong() { String::new() } else { format!(", name: {name}") };
        let target = format!("{{kind: {}{name}}}", one.kind);
        text.push_str(&format!("patchesJson6902:\n- target: {target}\n"));
        if self.chance(50) {
            let path = self.patch_file(folder, files, &body);
            text.push_str(&format!("  path: {path}\n"));
        } else {
            text.push_str(&format!(
                "  patch: |-\n    {}\n",
                body.trim_end().replace('\n', "\n    ")
            ));
        }
    }

    fn labels(&mut self, text: &mut String) {
        if self.chance(10) {
            text.push_str("commonLabels: {app: c, owner: \"1\"}\n");
        }
        if self.chance(10) {
            let set = self.pick(&[
                "{pairs: {app: d}}",
                "{pairs: {app: e}, includeSelectors: true}",
                "{pairs: {app: f}, includeTemplates: true}",
                "{pairs: {g: h}, fields: [{path: spec/podTemplate/metadata/labels, create: true}]}",
                "{pairs: {g: h}, fields: [{path: spec/labels, kind: FlinkDeployment}]}",
            ]);
            text.push_str(&format!("labels: [{set}]\n"));
        }
        if self.chance(8) {
            text.push_str("commonAnnotations: {team: b}\n");
        }
    }

    fn images(&mut self, folder: &str, known: &[Known], text: &mut String) {
        if self.chance(12) {
            let image = self.pick(&[
                "{name: flink, newTag: \"1.15\"}",
                "{name: flink, newName: h:5000/f, digest: sha256:aa}",
                "{name: flink, tagSuffix: -x}",
                "{name: other, newTag: \"1\"}",
            ]);
            text.push_str(&format!("images: [{image}]\n"));
        }
        let replicas = self.chance(5).then(|| self.known(known));
        if let Some(one) = &replicas {
            let name = one.names.last().cloned().unwrap_or_default();
            text.push_str(&format!("replicas: [{{name: {name}, count: 7}}]\n"));
        }
        if self.chance(8) || replicas.is_some() {
            let kinds = ["FlinkDeployment", "FlinkSessionJob"];
            let specs = |path: &str| {
                let each =
                    kinds.map(|kind| format!("- {{path: {path}, kind: {kind}, create: true}}\n"));
                each.concat()
            };
            let config = format!(
                "images:\n- path: spec/image\nreplicas:\n{}",
                specs("spec/taskManager/replicas")
            );
            self.write(&format!("{folder}/config.yaml"), &config);
            text.push_str("configurations: [config.yaml]\n");
        }
    }

    fn oddities(&mut self, text: &mut String) {
        if self.wrong() {
            let odd = self.pick(&[
                "resource: [a]\n",
                "namePrefix: 5\n",
                "kind: Other\n",
                "patches: {}\n",
            ]);
            text.push_str(odd);
        }
        if self.wrong() && self.chance(30) {
            *text = self.pick(&["", "kind: Kustomization\n", "# nothing\n"]).to_string();
        }
        if self.chance(1) {
            let odd = self.pick(&[
                "replacements: [{source: {kind: Flink.*, name: orders}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.x]}]}]\n",
                "openapi: {path: schema.json}\n",
                "crds: []\n",
                "buildMetadata: [originAnnotations]\n",
                "sortOptions: {order: fifo}\n",
                "configMapGenerator: [{name: generated, literals: [a=b]}]\n",
            ]);
            text.push_str(odd);
        }
    }
}

impl Known {
    fn clashes(&self, other: &Known) -> bool {
        self.kind == other.kind
            && self.names.iter().any(|name| other.names.contains(name))
            && self.namespaces.iter().any(|name| other.namespaces.contains(name))
    }
}

fn head(version: &str, kind: &str, name: &str, namespace: Option<&str>) -> String {
    let namespace = namespace.map_or(String::new(), |it| format!("  namespace: {it}\n"));
    format!(
        "apiVersion: flink.apache.org/{version}\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}"
    )
}

fn folders_below(inner: &str) -> String {
    inner.rsplit("/base").next().unwrap_or_default().to_string()
}
