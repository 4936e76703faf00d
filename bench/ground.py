"""What the rows share: the tools, the sizes, and the trees, each made once."""

import os
import shutil
from pathlib import Path

import corpus
from clock import Contestant, race

GLOBS = "*.{yaml,yml,json,tpl}"
GROUP = "flink.apache.org"
ACCOUNT = ["--service-account", "default"]
"""Answers the one question that the generated jobs leave open."""


class Bench:
    """Sizes follow `quick`; `out` is where the contestants print to."""

    def __init__(self, tools, trees: Path, seed: int, quick: bool, gb: float, env: dict):
        self.tools, self.trees, self.seed, self.quick, self.env = tools, trees, seed, quick, env
        self.scan = 5_000 if quick else 100_000
        self.jobs = 100 if quick else 1_000
        self.gb = 0.05 if quick and gb == 0.2 else gb
        self.cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self.out = trees / "stdout"

    def made(self, name: str, make) -> Path:
        """The tree of that name; made under another name first, so that half a tree never counts."""
        path = self.trees / name
        if not path.exists():
            print(f"  making {name}", flush=True)
            half = self.trees / f"{name}.half"
            shutil.rmtree(half, ignore_errors=True)
            make(half)
            half.rename(path)
        return path

    def objects(self) -> Path:
        return self.made(f"objects-{self.scan}-{self.seed}",
                         lambda at: corpus.scan_tree(at, self.scan, self.seed))

    def subset(self, name: str, take, after=None) -> Path:
        source = self.objects()

        def make(at):
            corpus.linked_tree(at, source, take)
            if after:
                after(at)
        return self.made(f"{name}-{self.scan}-{self.seed}", make)

    def relevant(self, count: int) -> Path:
        return self.made(f"jobs-{count}-{self.seed}",
                         lambda at: corpus.job_tree(at, count, self.seed))

    def savepoints(self, count: int) -> Path:
        return self.made(f"savepoints-{count}-{self.seed}.yaml",
                         lambda at: corpus.savepoint_map(at, count, self.seed))

    def migrate(self, name, verb, cwd, statuses, *options, **more) -> Contestant:
        argv = [self.tools.migrate, verb, "--isolated", "--jobs", self.cores, *options]
        return Contestant(name, argv, cwd, statuses, **more)

    def rg(self, cwd, statuses, **more) -> Contestant:
        argv = [self.tools.rg, "--no-config", "-j", self.cores, "-lF", "-g", GLOBS, GROUP, "."]
        return Contestant("rg", argv, cwd, statuses, **more)

    def race(self, rounds: int, *contestants: Contestant) -> None:
        os.sync()
        race(list(contestants), 3 if self.quick else rounds, self.env, self.out)

    def fresh(self, tree: Path, name: str) -> Path:
        """A copy of the tree, in place of the last one of that name."""
        copy = self.trees / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(tree, copy)
        return copy
