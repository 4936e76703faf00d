"""Runs a workflow under act, without a container, and tells what came of it.

The actions of others are stand-ins that keep what they are given in a folder, so that a test sees
what would have been uploaded. The Action itself is a copy of the files a user would get.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from ruamel.yaml import YAML

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools" / "action" / "bin"
OURS = "OWNER/flink-migrate"

KEEPING_FILES = """
name: stand-in
description: Keeps what would be uploaded
inputs:
  name: {default: artifact}
  path: {default: ""}
  sarif_file: {default: ""}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{ inputs.name }}
        FILES: ${{ inputs.path || inputs.sarif_file }}
      run: |
        mkdir -p "$KEEP/uploads/$NAME"
        while IFS= read -r file; do
          if [ -n "$file" ]; then cp -r "${file%/}" "$KEEP/uploads/$NAME/"; fi
        done <<<"$FILES"
"""

STAND_INS = {"actions/upload-artifact": "", "github/codeql-action": "upload-sarif"}


def binary():
    """The flink-migrate to test: FLINK_MIGRATE_BIN, else what was built last for release or debug."""
    named = os.environ.get("FLINK_MIGRATE_BIN")
    built = [ROOT / "target" / kind / "flink-migrate" for kind in ("release", "debug")]
    for path in [pathlib.Path(named)] if named else built:
        if path.is_file():
            return str(path.resolve())
    return None


def load(name):
    """A workflow of examples/github as a value."""
    return YAML(typ="safe").load((ROOT / "examples" / "github" / name).read_text())


def step_of(workflow, uses):
    """The first step of the workflow that uses this action, and the list it stands in."""
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith(uses + "@"):
                return step, job["steps"]
    raise AssertionError(f"no step uses {uses}")


def used(workflow):
    """Name and version of each action that the workflow uses."""
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [step["uses"].split("@") for step in steps if "uses" in step]


class Run:
    """What came of a run."""

    def __init__(self, entries, keep, stderr):
        self.entries = entries
        self.keep = keep
        self.stderr = stderr
        results = [e["jobResult"] for e in entries if "jobResult" in e]
        self.job = results[-1] if results else None
        kept = keep / "outputs.json"
        self.outputs = json.loads(kept.read_text()) if kept.is_file() else {}
        # A composite action repeats what its steps say.
        self.summaries = sorted({e["content"] for e in entries if e.get("command") == "summary"})
        self.log = "".join(e["msg"] for e in entries if e.get("raw_output"))
        self.failures = [e["msg"] for e in entries if e.get("level") == "error"]
        levels = ("error", "warning", "notice")
        self.annotations = [
            (e["command"], e["kvPairs"], e["arg"]) for e in entries if e.get("command") in levels
        ]

    def upload(self, name):
        """The files that were uploaded under this name, with their text."""
        folder = self.keep / "uploads" / name
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {path.name: path.read_text() for path in files}


class Bench:
    """A folder with everything that act needs, for many runs."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="flink-migrate-action-"))
        self.action = self.folder / "ours"
        self.action.mkdir()
        shutil.copy(ROOT / "action.yml", self.action)
        shutil.copytree(ROOT / "action", self.action / "action")
        for name, below in STAND_INS.items():
            inside = self.folder / "stand-ins" / name / below
            inside.mkdir(parents=True)
            (inside / "action.yml").write_text(KEEPING_FILES)
        self.count = 0

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def place(self):
        """A new empty folder."""
        self.count += 1
        place = self.folder / f"run-{self.count}"
        place.mkdir()
        return place

    def run(
        self, workflow, files, event, name="pull_request", programs=None, kept=None, token=None
    ):
        """Runs the workflow in a repository of these files.

        `programs` are found before others of their name; `kept` lies in the folder KEEP already.
        """
        place = self.place()
        repository, keep, path = place / "repository", place / "keep", place / "bin"
        for folder in (repository, keep, path, place / "home"):
            folder.mkdir()
        for root, texts in ((repository, files), (keep, kept or {})):
            for file, text in texts.items():
                target = root / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, newline="")
        for program, text in (programs or {}).items():
            (path / program).write_text(text)
            (path / program).chmod(0o755)
        written = repository / ".github" / "workflows" / "under-test.yml"
        written.parent.mkdir(parents=True)
        with open(written, "w") as out:
            YAML(typ="safe").dump(workflow, out)
        (place / "event.json").write_text(json.dumps(event))
        environment = dict(os.environ, HOME=str(place / "home"), KEEP=str(keep))
        environment.pop("XDG_CACHE_HOME", None)
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", repository]
        # act takes the name of the repository from its remote.
        remote = ["remote", "add", "origin", "https://github.com/acme/gitops"]
        for words in (["init", "-q"], remote, ["add", "-A"], ["commit", "-qm", "manifests"]):
            subprocess.run([*git, *words], check=True, env=environment)
        command = [TOOLS / "act", name, "--json", "-W", written, "-e", place / "event.json"]
        command += ["-P", "ubuntu-latest=-self-hosted", "--env", f"KEEP={keep}"]
        command += ["--env", f"PATH={path}:{environment['PATH']}"]
        if token:
            command += ["-s", f"GITHUB_TOKEN={token}"]
        for action, ref in used(workflow):
            owner = "/".join(action.split("/")[:2])
            local = self.action if owner == OURS else self.folder / "stand-ins" / owner
            if owner == OURS or owner in STAND_INS:
                command += ["--local-repository", f"{owner}@{ref}={local}"]
        done = subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, timeout=300
        )
        entries = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Run(entries, keep, done.stderr)
