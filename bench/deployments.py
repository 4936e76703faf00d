"""FlinkDeployments at v1alpha1 together with what they are to become.

A document is a list of lines that know why they change. So the wanted result is known without
running any migration tool, and each contestant is compared with the result of its own task.
"""

from dataclasses import dataclass, field
from random import Random

from objects import NOUNS, REMARKS, TEAMS

VERSION, PATH = "version", "path"
"""Why a line changes: the two that every round-trip peer is asked for."""
JOB = frozenset([VERSION, PATH])
FULL = frozenset([VERSION, PATH, "account", "cpu", "replicas"])
"""Everything that v1beta1 needs, as flink-migrate writes it."""


@dataclass
class Manifest:
    """One workload: its lines as `(why, before, after)`; nothing before is an insertion."""

    key: str
    location: str
    lines: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    newline: str = "\n"
    final_newline: bool = True

    def keep(self, text: str) -> None:
        for line in text.split("\n"):
            if "# " in line:
                self.comments.append(line[line.index("# "):])
            self.lines.append(("", line, line))

    def change(self, why: str, before, after: str) -> None:
        if before and "# " in before:
            self.comments.append(before[before.index("# "):])
        self.lines.append((why, before, after))

    def text(self, asked=frozenset()) -> str:
        """The document after the changes that were asked for; as it is today if there are none."""
        chosen = [after if why in asked else before for why, before, after in self.lines]
        text = self.newline.join(line for line in chosen if line is not None)
        return text + self.newline if self.final_newline else text


def flink(rng: Random, number: int) -> Manifest:
    """A stateful job whose savepoint is known, in one of many handwritings."""
    space, noun = rng.choice(TEAMS), rng.choice(NOUNS)
    name = f"{noun}-{number:05}"
    bucket = f"s3://example-{space}-flink/{name}"
    job_id = f"{rng.getrandbits(24):06x}"
    location = f"{bucket}/savepoints/savepoint-{job_id}-{rng.getrandbits(48):012x}"
    made = Manifest(f"{space}/{name}", location)
    if rng.random() < 0.02:
        made.newline = "\r\n"
    made.final_newline = rng.random() >= 0.05
    q = rng.choice(["", "", "", '"', "'"])
    i1 = "    " if rng.random() < 0.2 else "  "
    i2, i3 = i1 * 2, i1 * 3
    # Handwritings that printers normalise: how sequences are indented, how far away a comment stands,
    # blanks inside braces.
    seq = rng.choice(["", "  "])
    gap = rng.choice([" ", " ", "  ", "   "])
    brace, close = rng.choice([("{ ", " }"), ("{", "}")])

    if rng.random() < 0.1:
        made.keep(f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n{i1}name: {name}\n"
                  f"{i1}namespace: {space}\nspec:\n{i1}accessModes: [ReadWriteMany]\n"
                  f"{i1}resources:\n{i2}requests:\n{i3}storage: 200Gi\n---")
    if rng.random() < 0.8:
        made.keep(f"# {noun.title()} number {number} of {space}: keyed state, must never start empty.\n"
                  f"# On call: #{space}-streaming.")
    trailing = f"{gap}# operator 0.1.0" if rng.random() < 0.1 else ""
    version = f"apiVersion: {q}flink.apache.org/%s{q}{trailing}"
    if rng.random() < 0.1:
        made.keep("kind: FlinkDeployment")
        made.change(VERSION, version % "v1alpha1", version % "v1beta1")
    else:
        made.change(VERSION, version % "v1alpha1", version % "v1beta1")
        made.keep("kind: FlinkDeployment")
    made.keep(f"metadata:\n{i1}name: {q}{name}{q}\n{i1}namespace: {q}{space}{q}\n{i1}labels:\n"
              f"{i2}team: {space}\n{i2}tier: \"{rng.randint(1, 4)}\"")
    made.keep(f"spec:\n{i1}image: registry.example.com/{space}/{name}:2.{rng.randint(0, 99)}.1\n"
              f"{i1}imagePullPolicy: IfNotPresent\n{i1}flinkVersion: v1_{rng.choice([14, 15])}\n"
              f"{i1}ingress:\n{i2}template: \"{{{{name}}}}.{{{{namespace}}}}.flink.example.com\"\n"
              f"{i2}className: nginx")
    made.keep(f"{i1}flinkConfiguration:\n{i2}taskmanager.numberOfTaskSlots: \"{rng.randint(1, 8)}\"\n\n"
              f"{i2}{rng.choice(REMARKS)}\n{i2}state.backend: rocksdb\n"
              f"{i2}state.backend.incremental: \"true\"\n"
              f"{i2}state.checkpoints.dir: {bucket}/checkpoints\n"
              f"{i2}state.savepoints.dir: {bucket}/savepoints\n"
              f"{i2}execution.checkpointing.interval: {rng.randint(5, 300)}s\n"
              f"{i2}restart-strategy: {rng.choice(['exponential-delay', 'fixed-delay'])}\n\n"
              f"{i2}# last-state needs these two.\n"
              f"{i2}high-availability: org.apache.flink.kubernetes.highavailability."
              "KubernetesHaServicesFactory\n"
              f"{i2}high-availability.storageDir: {bucket}/ha")
    for other in rng.sample(NOUNS, rng.randint(2, 6)):
        made.keep(f"{i2}metrics.scope.{other}.interval: \"{rng.randint(1, 600)} s\"")

    if rng.random() < 0.5:
        made.keep(f"{i1}serviceAccount: flink")
        account = None
    else:
        account = "default"
        if rng.random() < 0.5:
            account = f"{noun}-runner"
        made.change("account", None, f"{i1}serviceAccount: {account}")
    pod_account = "" if account in (None, "default") else f"\n{i3}serviceAccount: {account}"
    if pod_account or rng.random() < 0.4:
        at = i3 + seq
        made.keep(f"{i1}podTemplate:\n{i2}apiVersion: v1\n{i2}kind: Pod\n{i2}metadata:\n"
                  f"{i3}name: pod-template\n{i2}spec:{pod_account}\n{i3}containers:\n"
                  f"{at}# Do not rename: Flink looks for this name.\n"
                  f"{at}- name: flink-main-container\n{at}  env:\n"
                  f"{at}  {seq}- name: TZ\n{at}  {seq}  value: Europe/Berlin\n"
                  f"{at}  volumeMounts:\n{at}  {seq}- mountPath: /opt/flink/log\n"
                  f"{at}  {seq}  name: logs\n{i3}volumes:\n{at}- name: logs\n"
                  f"{at}  emptyDir: {{}}")
    made.keep(f"{i1}jobManager:")
    if rng.random() < 0.9:
        made.change("replicas", None, f"{i2}replicas: 1")
    else:
        made.keep(f"{i2}replicas: 1")
    made.keep(f"{i2}resource:\n{i3}memory: \"{rng.randint(1, 4)}048m\"{gap}# 1600m was too tight")
    if rng.random() < 0.6:
        made.keep(f"{i3}cpu: {rng.choice(['1', '0.5', '2'])}")
    else:
        made.change("cpu", None, f"{i3}cpu: 1.0")
    made.keep(f"{i1}taskManager:\n{i2}resource: {brace}memory: \"{rng.randint(2, 8)}g\", cpu: 2{close}")
    made.keep(f"{i1}job:\n{i2}jarURI: local:///opt/flink/usrlib/{name}.jar\n"
              f"{i2}entryClass: com.example.{space}.{noun.title()}\n{i2}args:\n"
              f"{i2}{seq}- --topic\n{i2}{seq}- {space}-events\n"
              f"{i2}{seq}- --since\n{i2}{seq}- \"2022-04\"\n"
              f"{i2}parallelism: {rng.randint(1, 64)}\n{i2}state: running")
    mode = rng.choice(["savepoint", "last-state"])
    if rng.random() < 0.1:
        old = f"{bucket}/savepoints/savepoint-{job_id}-0123456789ab"
        made.keep(f"{i2}# Only a first deployment reads this line.")
        line = f"{i2}initialSavepointPath: {q}%s{q}"
        made.change(PATH, line % old, line % location)
        made.keep(f"{i2}upgradeMode: {mode}{gap}# fast restarts")
    else:
        made.keep(f"{i2}upgradeMode: {mode}{gap}# fast restarts")
        made.change(PATH, None, f"{i2}initialSavepointPath: {location}")
    if rng.random() < 0.03:
        # A record of something done long ago, word for word: not a manifest, and not to be touched.
        made.keep(f"---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n{i1}name: {name}-notes\n"
                  f"{i1}namespace: {space}\ndata:\n{i1}drill.md: |\n"
                  f"{i2}The second copy of the restore drill was:\n\n"
                  f"{i2}apiVersion: flink.apache.org/v1alpha1\n{i2}kind: FlinkDeployment\n"
                  f"{i2}metadata:\n{i2}  name: {name}-drill")
    return made
