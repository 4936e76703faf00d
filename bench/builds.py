"""A GitOps repository in which kustomizations build the manifests.

    apps/TEAM/app-N/base, apps/TEAM/app-N/overlays/STAGE    an application that three overlays build
    apps/TEAM/app-N                                         or one that a single kustomization builds
    components/cN                                           what some overlays for production add
    argocd/app-N-STAGE.yaml                                 Applications that deliver some overlays

One application of four has a Flink job; everything else has nothing to do with Flink. In the overlays
of every second of these jobs, a patch gives the path of its savepoint.
"""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import corpus
import deployments
import objects

STAGES = ["dev", "staging", "production"]
FILES_OF_BASE, FILES_OF_OVERLAY, FILES_OF_COMPONENT = 20, 3, 3
HEADS = {"Kustomization": "kustomize.config.k8s.io/v1beta1",
         "Component": "kustomize.config.k8s.io/v1alpha1"}


@dataclass
class Tree:
    """The files that are written, and what they come to."""

    root: Path
    seed: int
    manifests: int = 0
    """Files that are no kustomizations and no objects of Argo CD."""
    jobs: int = 0
    """Documents of Flink jobs, without their patches."""
    savepoints: dict = field(default_factory=dict)
    """The savepoint of each job that is built, by its key."""

    def write(self, path: str, text: str) -> None:
        corpus.write(self.root / path, text)

    def kustomization(self, folder: str, kind: str, names: list, rest: str = "") -> None:
        # A dashboard is no object of Kubernetes.
        dashboards = [name for name in names if name.endswith(".json")]
        listed = "".join(f"  - {name}\n" for name in names if name not in dashboards)
        text = f"apiVersion: {HEADS[kind]}\nkind: {kind}\n{rest}resources:\n{listed}"
        if dashboards:
            text += "configMapGenerator:\n  - name: dashboards\n    files:\n"
            text += "".join(f"      - {name}\n" for name in dashboards)
        self.write(f"{folder}/kustomization.yaml", text)

    def objects(self, folder: str, count: int) -> list[str]:
        """So many files that have nothing to do with Flink; their names."""
        names = []
        for _ in range(count):
            rng = Random(f"{self.seed}/built/{self.manifests}")
            name, text = object_file(rng, self.manifests)
            self.write(f"{folder}/{name}", text)
            self.manifests += 1
            names.append(name)
        return names

    def job(self, folder: str, number: int):
        made = deployments.flink(Random(f"{self.seed}/built-job/{number}"), number)
        self.write(f"{folder}/flink.yaml", made.text())
        self.manifests += 1
        self.jobs += 1
        return made

    def component(self, number: int) -> None:
        folder = f"components/c{number}"
        names = self.objects(folder, FILES_OF_COMPONENT)
        self.kustomization(folder, "Component", names, f"""patches:
  - target:
      kind: Deployment
    patch: |-
      - op: add
        path: /metadata/labels/component
        value: c{number}
""")

    def single(self, number: int, files: int) -> None:
        folder, names = application(number), []
        if number % 4 == 0:
            made = self.job(folder, number)
            self.savepoints[made.key] = made.location
            names.append("flink.yaml")
        names += self.objects(folder, files - len(names))
        self.kustomization(folder, "Kustomization", names)

    def with_overlays(self, number: int, components: int) -> None:
        base, listed, made = f"{application(number)}/base", [], None
        if number % 4 == 0:
            made = self.job(base, number)
            listed.append("flink.yaml")
        listed += self.objects(base, FILES_OF_BASE - len(listed))
        self.kustomization(base, "Kustomization", listed)
        patched = next(f"{base}/{name}" for name in listed
                       if not name.endswith(".json") and name != "flink.yaml")
        for stage in STAGES:
            overlay = f"{application(number)}/overlays/{stage}"
            names = self.objects(overlay, FILES_OF_OVERLAY - 1)
            patch = self.job_patch(made, number, stage) if made else self.patch(patched, stage)
            self.write(f"{overlay}/patch.yaml", patch)
            self.manifests += 1
            rest = f"namespace: {team(number)}-{stage}\nlabels:\n  - pairs:\n      stage: {stage}\n"
            rest += "patches:\n  - path: patch.yaml\n"
            if stage == "production" and number % 8 < 4:
                rest += f"components:\n  - ../../../../../components/c{number % components}\n"
            self.kustomization(overlay, "Kustomization", ["../../base", *names], rest)

    def patch(self, path: str, stage: str) -> str:
        """A patch of the first object of a file that has nothing to do with Flink."""
        head = "\n".join((self.root / path).read_text().splitlines()[:5])
        return f"{head}\nspec:\n  replicas: {1 + STAGES.index(stage)}\n"

    def job_patch(self, made, number: int, stage: str) -> str:
        old_space, name = made.key.split("/")
        space = f"{team(number)}-{stage}"
        bucket = f"s3://example-{space}-flink/{name}"
        location = made.location.replace(made.location.rpartition("/savepoints/")[0], bucket)
        self.savepoints[f"{space}/{name}"] = location
        path = f"    initialSavepointPath: {location}\n" if number % 8 == 0 else ""
        return f"""apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata:
  name: {name}
  namespace: {old_space}
spec:
  flinkConfiguration:
    state.checkpoints.dir: {bucket}/checkpoints
    state.savepoints.dir: {bucket}/savepoints
    high-availability.storageDir: {bucket}/ha
  taskManager:
    resource:
      memory: "{4 + STAGES.index(stage)}g"
  job:
    parallelism: {2 ** STAGES.index(stage)}
{path}"""

    def delivery(self, number: int, stage: str) -> None:
        self.write(f"argocd/app-{number}-{stage}.yaml", f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: app-{number}-{stage}
  namespace: argocd
spec:
  project: {team(number)}
  source:
    repoURL: https://git.example.com/platform/deploy.git
    targetRevision: main
    path: {application(number)}/overlays/{stage}
  destination:
    server: https://{stage}.k8s.example.com
    namespace: {team(number)}-{stage}
  syncPolicy:
    automated: {{}}
""")


def object_file(rng: Random, number: int) -> tuple[str, str]:
    """Name and text of one file of about 4 KB, in which no kind comes twice: kustomize would refuse it."""
    if rng.random() < 0.05:
        name = objects.app_name(rng, number)
        return f"{name}.json", objects.dashboard(rng, name)
    name, space = objects.app_name(rng, number), rng.choice(objects.TEAMS)
    documents = [objects.deployment(rng, name, space)]
    others = list(dict.fromkeys(objects.DOCUMENTS))
    rng.shuffle(others)
    while others and sum(map(len, documents)) < 3500:
        documents.append(others.pop()(rng, name, space))
    return f"{name}.yaml", "---\n".join(documents)


def team(number: int) -> str:
    return objects.TEAMS[number % len(objects.TEAMS)]


def application(number: int) -> str:
    return f"apps/{team(number)}/app-{number}"


def tree(root: Path, kustomizations: int, manifests: int, seed: int) -> Tree:
    """A repository with so many kustomizations and manifests."""
    made = Tree(corpus.repository(root), seed)
    components, overlaid = kustomizations // 50, kustomizations // 5
    single = kustomizations - components - overlaid * (1 + len(STAGES))
    for number in range(components):
        made.component(number)
    for number in range(overlaid):
        made.with_overlays(number, components)
        if number % 10 == 0:
            for stage in STAGES:
                made.delivery(number, stage)
    for number in range(single):
        rest = (manifests - made.manifests) // (single - number)
        made.single(overlaid + number, rest)
    return made
