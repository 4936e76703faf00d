#!/usr/bin/env python3
"""Kills `write` again and again, and shows that nothing is lost.

    kills.py BINARY [--kills N] [--files N] [--seed N]

Each round begins with a tree of manifests at v1alpha1, starts `write` over all of them, and kills it at a
moment that the seed chooses: every second time at any, else between the first staged file and the last
replaced one. Then

* every file is as it was or as it is to be, to the byte;
* `check` names what was left behind, if anything was;
* a second `write` finishes the work, and nothing of the first is left.

The first promise that is not kept ends it with status 1, and the tree is kept to be looked at.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDERS = 25
MANIFEST = """\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata:
  name: job-{number}
  namespace: prod
spec:
  image: jobs/job-{number}:7
  flinkVersion: v1_15
  flinkConfiguration:
    taskmanager.numberOfTaskSlots: "2"
  serviceAccount: flink
  jobManager:
    replicas: 1
    resource:
      memory: 2048m
      cpu: 1
  taskManager:
    resource:
      memory: 2048m
      cpu: 1
  job:
    jarURI: local:///opt/job.jar
    parallelism: 2
    upgradeMode: stateless
"""


def run(binary, command, place):
    """Runs a command to its end; its status and all that it said."""
    ran = subprocess.run(
        [binary, command],
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def tree(place):
    """Every file, by its path."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file()
    }


def plant(place, files):
    for name, text in files.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(text)


class Broken(Exception):
    """A promise that was not kept."""


def begin(binary, place):
    return subprocess.Popen(
        [binary, "write"],
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until_staging(writing, place):
    """Until the first staged file is there, which is in the first folder, or the run has ended."""
    while writing.poll() is None and not any(
        name.startswith(".flink-migrate-") for name in os.listdir(place / "team-0")
    ):
        pass


def round_of(binary, place, old, new, moment, from_staging):
    """One kill; how many files were new by then, and how many were left behind."""
    plant(place, old)
    writing = begin(binary, place)
    if from_staging:
        wait_until_staging(writing, place)
    time.sleep(moment)
    writing.kill()
    writing.wait()

    found = tree(place)
    left = sorted(set(found) - set(old))
    for name, text in old.items():
        if found.get(name) not in (text, new[name]):
            raise Broken(f"{name} is neither old nor new")
    for name in left:
        base = name.rsplit("/", 1)[-1]
        if not (base.startswith(".flink-migrate-") and base.endswith(".staged")):
            raise Broken(f"{name} does not have a name of ours")
    if left:
        status, said = run(binary, "check", place)
        if status > 1 or f"{len(left)} file" not in said or "killed `write`" not in said:
            raise Broken(f"check does not name {left}: {said}")
    written = sum(found[name] == new[name] for name in old)
    status, said = run(binary, "write", place)
    if status != 0:
        raise Broken(f"the second run ends with {status}: {said}")
    found = tree(place)
    if found != new:
        differ = sorted(name for name in {*found, *new} if found.get(name) != new.get(name))
        raise Broken(f"after the second run these differ: {differ[:5]}")
    return written, len(left)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=lambda path: Path(path).resolve())
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=13)
    arguments = parser.parse_args()
    old = {
        f"team-{number % FOLDERS}/job-{number}.yaml": MANIFEST.format(number=number).encode()
        for number in range(arguments.files)
    }
    place = Path(tempfile.mkdtemp(prefix="flink-migrate-kills-"))
    plant(place, old)
    start = time.monotonic()
    writing = begin(arguments.binary, place)
    wait_until_staging(writing, place)
    staging = time.monotonic()
    status = writing.wait()
    took, staged_for = time.monotonic() - start, time.monotonic() - staging
    new = tree(place)
    if status != 0 or set(new) != set(old) or any(new[name] == old[name] for name in old):
        sys.exit(f"a write that nobody kills ends with {status}")

    dice = random.Random(arguments.seed)
    rounds = []
    for number in range(arguments.kills):
        from_staging = number % 2 == 1
        moment = dice.uniform(0, staged_for if from_staging else took)
        try:
            rounds.append(round_of(arguments.binary, place, old, new, moment, from_staging))
        except Broken as broken:
            sys.exit(f"kill {number} after {moment:.3f} s: {broken}\nsee {place}")
    for path in sorted(place.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    place.rmdir()
    staged = sum(left > 0 for _, left in rounds)
    partly = sum(0 < written < arguments.files for written, _ in rounds)
    print(
        f"{arguments.kills} kills of a write over {arguments.files} files (seed {arguments.seed}, "
        f"{took:.2f} s each if nobody kills it): {staged} left something behind, {partly} had "
        "replaced some files and not all; every file was old or new, every second run finished, "
        "and nothing of ours was left"
    )


if __name__ == "__main__":
    main()
