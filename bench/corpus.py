#!/usr/bin/env python3
"""The inputs of the benchmark: trees and streams, the same from the same seed.

Every tree is a repository of its own (it has a `.git` directory), so that nothing outside of it is
read on its account. Run as a program, this writes one of them for a look:

    bench/corpus.py --messy DIR         3,000 workloads in 20,000 files, every kind of finding
    bench/corpus.py --jobs 1000 DIR     relevant files alone
    bench/corpus.py --scan 100000 DIR   irrelevant files alone
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True

import deployments  # noqa: E402
import objects  # noqa: E402

SEED = 20220405
"""Printed with every result; the month of operator 0.1.0."""
FILES_PER_FOLDER = 20


def repository(root: Path) -> Path:
    (root / ".git").mkdir(parents=True, exist_ok=True)
    return root


def folder(number: int) -> str:
    """Where file `number` lies: three levels, as clusters, teams and apps are."""
    app = number // FILES_PER_FOLDER
    return f"clusters/c{app % 4}/{objects.TEAMS[app // 4 % len(objects.TEAMS)]}/app-{app}"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as out:
        out.write(text)


def scan_tree(root: Path, count: int, seed: int) -> int:
    """`count` files that have nothing to do with Flink; their bytes."""
    repository(root)
    written = 0
    for number in range(count):
        name, text = objects.file(Random(f"{seed}/object/{number}"), number)
        write(root / folder(number) / name, text)
        written += len(text)
    return written


def linked_tree(root: Path, source: Path, take) -> None:
    """The files of `source` that `take(number)` wants, as hard links: the same bytes on disk."""
    repository(root)
    number = 0
    for here, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            if take(number):
                target = root / os.path.relpath(here, source) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(os.path.join(here, name), target)
            number += 1


def add_kustomizations(root: Path) -> int:
    """A kustomization for each folder with files; how many."""
    added = 0
    for here, _, names in list(os.walk(root / "clusters")):
        if names:
            text = objects.kustomization(sorted(names), Path(here).parent.name)
            write(Path(here) / "kustomization.yaml", text)
            added += 1
    return added


def jobs(count: int, seed: int):
    for number in range(count):
        yield deployments.flink(Random(f"{seed}/job/{number}"), number)


def job_path(number: int, manifest) -> str:
    return f"{folder(number)}/flink-{manifest.key.split('/')[1]}.yaml"


def job_tree(root: Path, count: int, seed: int, asked=frozenset()) -> list[str]:
    """`count` relevant files after the changes `asked` for; their paths below the root."""
    repository(root)
    paths = []
    for number, manifest in enumerate(jobs(count, seed)):
        paths.append(job_path(number, manifest))
        write(root / paths[-1], manifest.text(asked))
    return paths


def listed_tree(root: Path, count: int, seed: int, kustomizations: int) -> None:
    """A job tree whose files are listed in so many kustomizations, an equal share in each."""
    paths = job_tree(root, count, seed)
    for number in range(kustomizations):
        listed = "".join(f"  - ../../{path}\n" for path in paths[number::kustomizations])
        write(root / f"builds/b{number}/kustomization.yaml", f"resources:\n{listed}")


def savepoint_map(path: Path, count: int, seed: int) -> None:
    write(path, "".join(f"{m.key}: {m.location}\n" for m in jobs(count, seed)))


def stream(path: Path, size: int, seed: int, wanted: Path, maps: Path) -> dict:
    """A rendered stream of about `size` bytes, every hundredth document relevant.

    What shall become of it is written to `wanted` as its digest, and the savepoints to `maps`.
    """
    chart = []
    for number in range(4000):
        name, text = objects.file(Random(f"{seed}/stream/{number}"), number)
        chart.append(f"---\n# Source: platform/templates/{name}\n{text}".encode())
    rng, digest = Random(f"{seed}/order"), hashlib.sha256()
    written = relevant = documents = 0
    entries = []
    with open(path, "wb", buffering=1 << 20) as out:
        while written < size:
            share = rng.choice(chart)
            documents += share.count(b"\n---\n") + 1
            out.write(share)
            digest.update(share)
            written += len(share)
            if relevant * 100 < documents:
                job = deployments.flink(Random(f"{seed}/streamed/{relevant}"), relevant)
                job.newline, job.final_newline = "\n", True
                head = f"---\n# Source: streaming/templates/{relevant}.yaml\n"
                before = (head + job.text()).encode()
                out.write(before)
                digest.update((head + job.text(deployments.FULL)).encode())
                entries.append(f"{job.key}: {job.location}\n")
                written += len(before)
                relevant += 1
                documents += 1
    write(wanted, digest.hexdigest())
    write(maps, "".join(entries))
    return {"bytes": written, "documents": documents, "relevant": relevant}


def main() -> int:
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("--messy", action="store_true", help="every kind of finding")
    args.add_argument("--scan", type=int, metavar="N", help="N irrelevant files")
    args.add_argument("--jobs", type=int, metavar="N", help="N relevant files and their savepoints")
    args.add_argument("--workloads", type=int, default=3000, help="of --messy [3000]")
    args.add_argument("--files", type=int, default=20000, help="of --messy [20000]")
    args.add_argument("--seed", type=int, default=SEED)
    args.add_argument("dir", type=Path)
    args = args.parse_args()
    if args.dir.exists() and any(args.dir.iterdir()):
        sys.exit(f"{args.dir} is not empty")
    print(f"seed {args.seed}")
    if args.messy:
        import messy
        for trait, count in messy.tree(args.dir, args.workloads, args.files, args.seed).items():
            print(f"{count:6} {trait}")
    elif args.jobs:
        job_tree(args.dir / "repo", args.jobs, args.seed)
        savepoint_map(args.dir / "savepoints.yaml", args.jobs, args.seed)
    elif args.scan:
        print(f"{scan_tree(args.dir, args.scan, args.seed)} bytes")
    else:
        sys.exit("say what to write: --messy, --jobs N or --scan N")
    return 0


if __name__ == "__main__":
    sys.exit(main())
