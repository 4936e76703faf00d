#!/usr/bin/env python3
"""The hooks of this repository, run by pre-commit and by prek on a repository made from examples/gitops.

    hooks.py RUNNER WHEELS [BINARY]
    hooks.py RUNNER WHEELS --from-source

RUNNER is the program `pre-commit` or `prek`. WHEELS is a folder that takes the place of every package
index: the hooks must find the wheel of this version there, and nothing else is asked for. With
BINARY, the `-system` hooks are run with it on the PATH as well. With `--from-source` it is the `-src`
hooks alone, built by cargo without the optimisations of a release, which show nothing here.

Everything happens in a folder of its own. The first promise that is not kept ends it, with what was
said.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
OLD = "flink.apache.org/v1alpha1"
WAITING = "because the migration has not begun"


class Broken(Exception):
    """A promise that was not kept."""


class Repository:
    """A GitOps repository that uses the hooks."""

    def __init__(self, place, runner, wheels):
        self.place = place / "gitops"
        self.runner = runner
        shutil.copytree(EXAMPLES / "gitops", self.place)
        shutil.copy(EXAMPLES / "savepoints.yaml", self.place)
        self.environment = {
            "PATH": f"{runner.parent}:{os.environ['PATH']}",
            "HOME": str(place / "home"),
            "PRE_COMMIT_HOME": str(place / "pre-commit"),
            "PREK_HOME": str(place / "prek"),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "user.name",
            "GIT_CONFIG_VALUE_0": "t",
            "GIT_CONFIG_KEY_1": "user.email",
            "GIT_CONFIG_VALUE_1": "t@example.org",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "UV_CONFIG_FILE": str(place / "uv.toml"),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_CACHE_DIR": str(place / "uv"),
        }
        (place / "home").mkdir()
        uv = f"no-index = true\nfind-links = ['{wheels}']\n"
        (place / "uv.toml").write_text(uv, encoding="utf-8")
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "as it was")

    def run(self, *command):
        """Runs a command here; its status and all that it said."""
        ran = subprocess.run(
            command,
            cwd=self.place,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        print(f"$ {' '.join(map(str, command))}\n{ran.stdout}-> {ran.returncode}", flush=True)
        return ran.returncode, ran.stdout

    def git(self, *arguments):
        status, said = self.run("git", *arguments)
        if status != 0:
            raise Broken(f"git {arguments}: {said}")
        return said

    def hook(self, name, *options):
        """Runs a hook over all files, or as the options say."""
        return self.run(self.runner, "run", name, *(options or ["--all-files"]))

    def write(self, name, text):
        (self.place / name).write_text(text, encoding="utf-8")
        self.git("add", name)

    def tree(self):
        """Every file that git knows, as bytes."""
        names = self.git("ls-files", "-z").split("\0")
        return {name: (self.place / name).read_bytes() for name in names if name}


def must(promise, kept, *shown):
    if not kept:
        raise Broken("\n".join([promise, *map(str, shown)]))
    print(f"== {promise}", flush=True)


def configuration(source, revision, suffix=""):
    """What the repository writes down, with the source given by hand."""
    hooks = "".join(
        f"      - id: {name}{suffix}\n"
        for name in ("flink-migrate", "flink-migrate-check", "flink-migrate-repo")
    )
    return f"repos:\n  - repo: {source}\n    rev: {revision}\n    hooks:\n{hooks}"


def source_of_hooks(place):
    """A repository with one commit that holds what this one holds, changes that are not yet committed
    included."""
    source = place / "source"
    source.mkdir()
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "t"], ["tag", "v0.0.1"]):
        subprocess.run([*git, *arguments], cwd=source, check=True)
    return source


def before_the_window(repository, source):
    """Weeks before the migration: installed, silent, and harmless."""
    before = repository.tree()
    status, said = repository.run(
        repository.runner, "try-repo", str(source), "flink-migrate", "--all-files", "--verbose"
    )
    must("without a step the hook passes", status == 0, said)
    must("and says why it did nothing", WAITING in said, said)
    must("and what it would do", "v1alpha1 becomes v1beta1" in said, said)
    must("and rewrites nothing", repository.tree() == before)
    for name in ("flink-migrate", "flink-migrate-check", "flink-migrate-repo"):
        status, said = repository.hook(name)
        must(f"without a step {name} passes", status == 0, said)
    must("and nothing is rewritten", repository.tree() == before)


def in_the_window(repository, suffix=""):
    """The branch of the migration: judged, rewritten once, then content."""
    repository.write(
        "flink-migrate.toml", 'step = "convert"\nsavepoints = ["savepoints.yaml"]\n'
    )
    repository.git("commit", "-qm", "the window opens")
    before = repository.tree()
    for name in ("flink-migrate-check", "flink-migrate-repo"):
        status, said = repository.hook(name + suffix)
        must(f"{name} fails on what is to change", status != 0, said)
        must("with the place and the rule", ": change: " in said and "[api-version]" in said, said)
        must("and never writes", repository.tree() == before)

    status, said = repository.hook("flink-migrate" + suffix)
    must("the hook that writes fails the first time", status != 0, said)
    must("and says what it did", "5 files rewritten" in said, said)
    must("and the runner says it, too", "files were modified by this hook" in said.lower(), said)
    after = repository.tree()
    changed = [name for name in after if after[name] != before[name]]
    left = [name for name in changed if f"\napiVersion: {OLD}" in after[name].decode()]
    must("five manifests are rewritten and nothing else", len(changed) == 5 and not left, changed)

    repository.git("add", "-A")
    for name in ("flink-migrate", "flink-migrate-check", "flink-migrate-repo"):
        status, said = repository.hook(name + suffix)
        must(f"{name} passes the second time", status == 0, said)
    must("and nothing moves any more", repository.tree() == after)
    repository.git("commit", "-qm", "migrated")


def a_commit(repository):
    """A person who commits one file, with the hooks installed in git."""
    status, said = repository.run(repository.runner, "install")
    must("the hooks install themselves into git", status == 0, said)
    job = (EXAMPLES / "gitops/analytics/page-views.yml").read_text(encoding="utf-8")
    repository.write("analytics/clicks.yml", job.replace("page-views", "clicks"))
    repository.write("notes.txt", f"{OLD} was the old name\n")
    status, said = repository.run("git", "commit", "-m", "one more job")
    must("a commit of a v1alpha1 manifest is stopped", status != 0, said)
    must("as the manifest was rewritten", "1 file rewritten" in said, said)
    must("and other text was not", OLD in (repository.place / "notes.txt").read_text())
    repository.git("add", "-A")
    status, said = repository.run("git", "commit", "-m", "one more job")
    must("and goes through once the rewrite is added", status == 0, said)


def a_commit_of_the_map(repository):
    """The map says where others start, so everything it speaks of is judged."""
    map_of_old = (repository.place / "savepoints.yaml").read_text(encoding="utf-8")
    misspelt = map_of_old.replace("payments/settlement:", "payments/setlement:")
    must("the map has the entry that is misspelt here", misspelt != map_of_old, map_of_old)
    repository.write("savepoints.yaml", misspelt)
    for name in ("flink-migrate-check", "flink-migrate-repo"):
        status, said = repository.run(repository.runner, "run", name)
        must(f"{name} finds it in a commit of the map", status != 0, said)
        must("with the rule", "[unused-savepoint]" in said, said)
        must("and the entry", "`payments/setlement`" in said, said)
    repository.write("savepoints.yaml", map_of_old + "# looked through\n")
    status, said = repository.run(repository.runner, "run", "flink-migrate-check")
    must("a commit of the map alone passes if nothing is wrong with it", status == 0, said)
    repository.write("savepoints.yaml", map_of_old)


def what_is_looked_at(repository):
    """Manifests by their names, and text that is none by none of them."""
    patch = "patches:\n  - target: {kind: FlinkDeployment, version: v1alpha1}\n    path: p.yaml\n"
    for name, text in (
        ("more/Kustomization", f"resources: []\n{patch}"),
        ("more/Job.JSON", f'{{"apiVersion": "{OLD}", "kind": "FlinkDeployment"}}\n'),
        ("more/templates/_job.tpl", f"apiVersion: {OLD}\nkind: {{{{ .Values.kind }}}}\n"),
    ):
        (repository.place / name).parent.mkdir(parents=True, exist_ok=True)
        repository.write(name, text)
        status, said = repository.run(repository.runner, "run", "flink-migrate-check")
        must(f"{name} is looked at", status != 0 and name in said, said)
        repository.git("rm", "-qf", name)
    repository.write("notes.txt", f"{OLD} is the old name\n")
    status, said = repository.run(repository.runner, "run", "flink-migrate-check")
    must("and other text is not", status == 0, said)
    repository.git("reset", "-q", "--hard")


def after_the_window(repository):
    """The migration is done: the old version is kept out."""
    repository.write("flink-migrate.toml", 'step = "done"\nsavepoints = ["savepoints.yaml"]\n')
    status, said = repository.hook("flink-migrate-check")
    must("a manifest in a string is held", status != 0 and "[embedded]" in said, said)
    must("text that names the old version is named", "notes.txt: names v1alpha1" in said, said)
    repository.write(".flink-migrate-ignore", "notes.txt\n")
    settlement = "payments/settlement.yaml"
    text = (repository.place / settlement).read_text(encoding="utf-8")
    repository.write(settlement, text.replace(OLD, OLD.replace("v1alpha1", "v1beta1")))
    for name in ("flink-migrate", "flink-migrate-check", "flink-migrate-repo"):
        status, said = repository.hook(name)
        must(f"after the migration {name} passes", status == 0, said)
    late = f"apiVersion: {OLD}\nkind: FlinkDeployment\nmetadata:\n  name: late\n"
    repository.write("payments/late.yaml", late)
    (repository.place / "--exclude=payments.yaml").write_text("a: 1\n", encoding="utf-8")
    repository.git("add", "-A")
    before = repository.tree()
    for name in ("flink-migrate", "flink-migrate-check", "flink-migrate-repo"):
        status, said = repository.hook(name)
        must(f"{name} keeps the old version out", status != 0 and "[still-preview]" in said, said)
    must("and rewrites nothing", repository.tree() == before)


def from_source(environment):
    """What cargo needs besides; the profile is the quickest one."""
    home = Path.home()
    for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
        environment[name] = os.environ.get(name, str(home / folder))
    environment["CARGO_TARGET_DIR"] = str(ROOT / ".tools/target")
    for name, value in (("LTO", "off"), ("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "256")):
        environment[f"CARGO_PROFILE_RELEASE_{name}"] = value


def with_another_form(runner, wheels, suffix, prepare):
    """The window once more, with the hooks of this ending."""
    with tempfile.TemporaryDirectory(prefix="flink-migrate-hooks-") as folder:
        place = Path(folder)
        source = source_of_hooks(place)
        repository = Repository(place, runner, wheels)
        prepare(place, repository.environment)
        repository.write(".pre-commit-config.yaml", configuration(source, "v0.0.1", suffix))
        repository.git("commit", "-qm", "the hooks")
        in_the_window(repository, suffix)


def main(runner, wheels, binary=None):
    runner, wheels = Path(runner).resolve(), Path(wheels).resolve()
    if binary == "--from-source":
        with_another_form(runner, wheels, "-src", lambda _, environment: from_source(environment))
        return
    with tempfile.TemporaryDirectory(prefix="flink-migrate-hooks-") as folder:
        place = Path(folder)
        source = source_of_hooks(place)
        repository = Repository(place, runner, wheels)
        repository.write(".pre-commit-config.yaml", configuration(source, "v0.0.1"))
        repository.git("commit", "-qm", "the hooks")
        before_the_window(repository, source)
        in_the_window(repository)
        a_commit(repository)
        a_commit_of_the_map(repository)
        what_is_looked_at(repository)
        after_the_window(repository)
    if binary is None:
        return

    def on_the_path(place, environment):
        (place / "bin").mkdir()
        (place / "bin/flink-migrate").symlink_to(Path(binary).resolve())
        environment["PATH"] = f"{place / 'bin'}:{environment['PATH']}"

    with_another_form(runner, wheels, "-system", on_the_path)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Broken as broken:
        sys.exit(f"\nnot kept: {broken}")
