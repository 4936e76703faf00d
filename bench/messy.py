"""A repository as it grew over the years: every kind of finding, among mostly unrelated files.

    DIR/repo/             the repository
    DIR/savepoints.yaml   a savepoint map that fits nine of ten workloads that keep state
    DIR/traits.tsv        what was planted: path, workload, trait

A workload has one trait, so that what is said of it can be held against the list.
"""

import json
from collections import Counter
from pathlib import Path
from random import Random

import corpus
import objects

PREVIEW, STABLE = "flink.apache.org/v1alpha1", "flink.apache.org/v1beta1"
JOB_MANAGER, TASK_MANAGER = "{ memory: 2g, cpu: 1 }", "{ memory: 4g, cpu: 2 }"

TRAITS = {
    "complete": 24, "bare": 14, "no-account": 8, "stateless": 9, "no-mode": 4, "no-namespace": 4,
    "old-path": 5, "suspended": 4, "session-cluster": 4, "already-v1beta1": 5,
    "v1beta1-no-account": 2, "no-checkpoints-dir": 4, "two-documents": 3, "list": 2, "json": 2,
    "template": 3, "broken": 1, "sops": 1, "windows": 2, "anchors": 1, "placeholder": 2,
    "twice": 2, "overlay-patch": 4, "partial": 2, "fixed-version-target": 1, "in-a-script": 1,
    "snapshot-dialect": 1, "rendered": 2, "utf16": 1, "flow": 1,
}
"""How many of about a hundred workloads have each trait."""

EXPECTED = {
    "no-account": "service-account", "suspended": "job-state", "session-cluster": "session-cluster",
    "no-checkpoints-dir": "checkpoint-dir", "template": "template", "broken": "broken-yaml",
    "sops": "sops", "utf16": "utf-16",
    "fixed-version-target": "reference", "bare": "jobmanager-cpu", "flow": "api-version",
}
"""What must be said of every file with that trait, whatever the map says."""


class Job:
    """A FlinkDeployment as text, before its trait is worked into it."""

    def __init__(self, rng: Random, number: int):
        self.rng, self.number = rng, number
        self.space = rng.choice(objects.TEAMS)
        self.name = f"{rng.choice(objects.NOUNS)}-{number:04}"
        self.key = f"{self.space}/{self.name}"
        self.bucket = f"s3://example-{self.space}/{self.name}"
        self.location = f"{self.bucket}/savepoints/savepoint-000000-{rng.getrandbits(48):012x}"
        self.mode, self.state = rng.choice(["savepoint", "last-state"]), "running"
        self.version, self.account, self.namespace = PREVIEW, "flink", self.space
        self.path, self.extra = None, ""
        self.checkpoints, self.complete, self.job = True, True, True

    def text(self) -> str:
        lines = [f"# {self.name} of {self.space}", f"apiVersion: {self.version}",
                 "kind: FlinkDeployment", "metadata:", f"  name: {self.name}"]
        if self.namespace:
            lines.append(f"  namespace: {self.namespace}")
        lines += ["spec:", f"  image: registry.example.com/{self.key}:1.{self.number}",
                  "  flinkVersion: v1_15", "  flinkConfiguration:",
                  "    taskmanager.numberOfTaskSlots: \"2\""]
        if self.checkpoints:
            lines.append(f"    state.checkpoints.dir: {self.bucket}/checkpoints")
        if self.mode in ("savepoint", "last-state"):
            lines.append(f"    state.savepoints.dir: {self.bucket}/savepoints")
        if self.account:
            lines.append(f"  serviceAccount: {self.account}")
        if self.complete:
            lines += ["  jobManager:", "    replicas: 1", f"    resource: {JOB_MANAGER}",
                      "  taskManager:", f"    resource: {TASK_MANAGER}"]
        else:
            lines += ["  jobManager:", "    resource:", "      memory: 2g   # since the outage",
                      "  taskManager:", "    resource:", "      memory: 4g"]
        if self.job:
            lines += ["  job:", f"    jarURI: local:///opt/{self.name}.jar", "    parallelism: 4",
                      f"    state: {self.state}"]
            if self.mode:
                lines.append(f"    upgradeMode: {self.mode}")
            if self.path:
                lines.append(f"    initialSavepointPath: {self.path}")
        return "\n".join(lines) + "\n" + self.extra

    def patch(self, namespace: str, parallelism: int) -> str:
        """A document that overrides one field of another."""
        return (f"apiVersion: {PREVIEW}\nkind: FlinkDeployment\nmetadata:\n  name: {self.name}\n"
                f"{namespace}spec:\n  job:\n    parallelism: {parallelism}\n")

    def as_json(self) -> str:
        return json.dumps({
            "apiVersion": PREVIEW, "kind": "FlinkDeployment",
            "metadata": {"name": self.name, "namespace": self.space},
            "spec": {"flinkVersion": "v1_15", "serviceAccount": "flink",
                     "flinkConfiguration": {"state.checkpoints.dir": f"{self.bucket}/checkpoints"},
                     "jobManager": {"replicas": 1, "resource": {"memory": "2g", "cpu": 1}},
                     "job": {"jarURI": "local:///a.jar", "state": "running",
                             "upgradeMode": "savepoint"}}}, indent=2) + "\n"

    def as_flow(self) -> str:
        return (f"{{apiVersion: {PREVIEW}, kind: FlinkDeployment, "
                f"metadata: {{name: {self.name}, namespace: {self.space}}}, "
                "spec: {flinkVersion: v1_15, serviceAccount: flink, "
                "job: {jarURI: local:///a.jar, upgradeMode: stateless}}}\n")


def workload(trait: str, job: Job, put) -> bool:
    """Writes what the trait asks for; true if the map should know the job."""
    path = f"{corpus.folder(job.number * 7)}/{job.name}.yaml"
    stateful = True
    match trait:
        case "bare":
            job.complete = False
        case "no-account":
            job.account = None
        case "stateless":
            job.mode, stateful = "stateless", False
        case "no-mode":
            job.mode, stateful = None, False
        case "no-namespace":
            job.namespace = None
        case "old-path":
            job.path = f"{job.bucket}/savepoints/savepoint-000000-0123456789ab"
        case "suspended":
            job.state = "suspended"
        case "session-cluster":
            job.job, stateful = False, False
        case "already-v1beta1" | "v1beta1-no-account":
            job.version, job.path = STABLE, job.location
            job.account = None if trait.endswith("account") else job.account
        case "no-checkpoints-dir":
            job.checkpoints = False
        case "partial":
            put(path, job.patch(f"  namespace: {job.space}\n", 8), job, trait)
            return False
        case "snapshot-dialect":
            job.extra = "  logging:\n    log4j.properties: x\n"
        case "placeholder":
            job.mode = "${UPGRADE_MODE}"
    text = job.text()
    match trait:
        case "two-documents":
            text = objects.service(job.rng, job.name, job.space) + "---\n" + text
        case "list":
            lines = text.splitlines(True)[1:]
            item = "".join("    " + line if line.strip() else line for line in lines)
            text = "apiVersion: v1\nkind: List\nitems:\n  - " + item.lstrip()
        case "json":
            path, text = path.replace(".yaml", ".json"), job.as_json()
        case "template":
            path = path.replace(job.name, f"templates/{job.name}")
            text = text.replace("memory: 2g", "memory: {{ .Values.memory }}")
            text = "{{- if .Values.enabled }}\n" + text + "{{- end }}\n"
        case "broken":
            text = text.replace("spec:", "spec: [")
        case "sops":
            text += "sops:\n  mac: ENC[AES256_GCM,data:x]\n  lastmodified: \"2022-05-01T00:00:00Z\"\n"
        case "windows":
            text = text.replace("\n", "\r\n")
        case "anchors":
            text = text.replace(JOB_MANAGER, f"&size {JOB_MANAGER}").replace(TASK_MANAGER, "*size")
        case "in-a-script":
            script = "".join(f"    {line}" for line in text.splitlines(True))
            text = (f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {job.name}\n"
                    f"data:\n  apply.sh: |\n{script}")
            stateful = False
        case "rendered":
            text = f"---\n# Source: streaming/templates/{job.name}.yaml\n" + text
        case "flow":
            text = job.as_flow()
            stateful = False
        case "twice":
            put(path.replace(".yaml", "-copy.yaml"), text, job, trait)
        case "overlay-patch" | "fixed-version-target":
            overlay(trait, path, job, put)
    put(path, text.encode("utf-16-le") if trait == "utf16" else text, job, trait)
    return stateful


def overlay(trait: str, path: str, job: Job, put) -> None:
    """What builds from the file at `path`: a kustomization, and an overlay with a patch."""
    home = f"apps/{job.name}"
    target = ""
    if trait == "fixed-version-target":
        target = ("    target: { group: flink.apache.org, version: v1alpha1, "
                  f"kind: FlinkDeployment, name: {job.name} }}\n")
    put(f"{home}/kustomization.yaml", objects.kustomization([f"../../{path}"], job.space), job, trait)
    put(f"{home}/prod/kustomization.yaml", objects.kustomization([".."], job.space)
        + f"patches:\n  - path: patch.yaml\n{target}", job, trait)
    put(f"{home}/prod/patch.yaml", job.patch("", 16), job, trait)


def tree(root: Path, workloads: int, files: int, seed: int) -> dict:
    """Writes the repository; how often each trait was planted."""
    repo, planted, counts = corpus.repository(root / "repo"), [], Counter()
    entries, written = [], set()
    names, weights = list(TRAITS), list(TRAITS.values())

    def put(path: str, text, job: Job, trait: str) -> None:
        written.add(path)
        planted.append(f"{path}\t{job.key}\t{trait}\n")
        if isinstance(text, bytes):
            (repo / path).parent.mkdir(parents=True, exist_ok=True)
            (repo / path).write_bytes(text)
        else:
            corpus.write(repo / path, text)

    for number in range(workloads):
        rng = Random(f"{seed}/messy/{number}")
        # Each trait once before chance decides, so that small trees have them all.
        trait = names[number] if number < len(names) else rng.choices(names, weights)[0]
        job = Job(rng, number)
        counts[trait] += 1
        if workload(trait, job, put):
            entries.append(entry(rng, job, counts))
    for number in range(max(0, files - len(written))):
        name, text = objects.file(Random(f"{seed}/around/{number}"), number)
        corpus.write(repo / corpus.folder(number) / name, text)
    corpus.write(root / "savepoints.yaml", "".join(line for line in entries if line))
    corpus.write(root / "traits.tsv", "path\tworkload\ttrait\n" + "".join(planted))
    counts["files"] = max(files, len(written))
    return counts


def expected(root: Path) -> set:
    """File and rule of every finding that must be there, whatever the map says."""
    planted = (line.split("\t") for line in (root / "traits.tsv").read_text().splitlines()[1:])
    return {(path, EXPECTED[trait]) for path, _, trait in planted
            if trait in EXPECTED and not path.startswith("apps/")}


def entry(rng: Random, job: Job, counts: Counter) -> str:
    """The line of the map; one of ten is missing, misspelt or not to be trusted."""
    luck = rng.random()
    if luck < 0.90:
        return f"{job.key}: {job.location}\n"
    if luck < 0.94:
        counts["savepoint missing"] += 1
        return ""
    if luck < 0.97:
        counts["savepoint distrusted"] += 1
        return f"{job.key}: null\n"
    counts["savepoint under a misspelt name"] += 1
    return f"{job.key[:-1]}x{job.number}: {job.location}\n"
