"""The rows that read: which contestants, on what, and how it is known that each did its work."""

from collections import Counter
from pathlib import Path

import builds as repository
import corpus
import messy as generator
from clock import Contestant, Wrong
from ground import ACCOUNT, Bench
from result import Bar, Row
from rewrites import diff, stream, write


def prints(lines: int, what: str):
    """An inspection that counts the lines of standard output that name a file of their own."""
    def inspect(out: Path) -> None:
        named = {line.split(".yaml")[0].removeprefix("./") for line in out.read_text().splitlines()}
        if len(named) != lines:
            raise Wrong(f"{what} named {len(named)} files instead of {lines}")
    return inspect


def scan_none(bench: Bench) -> Row:
    tree = bench.objects()
    row = Row("scan-none", "`check`, no file relevant", f"{bench.scan:,} files of about 4 KB")
    ours = bench.migrate("flink-migrate check", "check", tree, (0,), inspect=prints(0, "check"))
    rg = bench.rg(tree, (1,), inspect=prints(0, "rg"))
    folders = bench.subset("kustomized", lambda _: True, corpus.add_kustomizations)
    also = bench.migrate("the same, one kustomization for 20 files", "check", folders, (0,))
    bench.race(15, ours, rg, also)
    row.bars.append(Bar.ratio("time of `rg -lF`", 1.0, ours, rg))
    row.timed(ours, rg, also)
    row.checked.append("Both found nothing, with the status that says so.")
    return row


def scan_some(bench: Bench) -> Row:
    relevant = bench.scan // 100
    savepoints = bench.savepoints(relevant)

    def add(at: Path) -> None:
        corpus.job_tree(at, relevant, bench.seed)
    tree = bench.subset("some", lambda number: number % 100, add)
    row = Row("scan-some", "`check`, 1 % relevant, rules and proofs on",
              f"{bench.scan:,} files, {relevant:,} jobs with savepoints")
    ours = bench.migrate("flink-migrate check", "check", tree, (1,), "--format", "concise",
                         "--savepoints", savepoints, *ACCOUNT,
                         inspect=prints(relevant, "check"))
    rg = bench.rg(tree, (0,), inspect=prints(relevant, "rg"))
    bench.race(15, ours, rg)
    row.bars.append(Bar.ratio("time of `rg -lF`", 1.3, ours, rg))
    row.timed(ours, rg)
    row.checked.append(f"Both named the same number of files, {relevant:,}, in every run.")
    return row


def scale(bench: Bench) -> Row:
    many, few = bench.jobs, bench.jobs // 10
    big = bench.objects()
    small = bench.subset("tenth", lambda number: number % 10 == 0)
    row = Row("scale", "ten times the files", f"{few:,} → {many:,} jobs (`diff`), "
              f"{bench.scan // 10:,} → {bench.scan:,} irrelevant files (`check`)")
    runs = {}
    for count in (few, many):
        runs[count] = bench.migrate(f"diff, {count:,} jobs", "diff", bench.relevant(count), (1,),
                                    "--savepoints", bench.savepoints(count), *ACCOUNT,
                                    repeat=1 if count == many else 3)
    tenth = bench.migrate(f"check, {bench.scan // 10:,} files", "check", small, (0,), repeat=3)
    whole = bench.migrate(f"check, {bench.scan:,} files", "check", big, (0,))
    bench.race(11, runs[few], runs[many], tenth, whole)
    row.bars.append(Bar.ratio("time for ten times the jobs", 10.5, runs[many], runs[few]))
    row.bars.append(Bar.ratio("time for ten times the irrelevant files", 10.5, whole, tenth))
    row.timed(runs[few], runs[many], tenth, whole)
    return row


def state(bench: Bench) -> Row:
    """Workloads that all ask for their savepoint: what each asks of the others must not grow."""
    many, few, kustomizations = 4 * bench.jobs, bench.jobs, 50
    row = Row("state", "four times the workloads without a savepoint map",
              f"{few:,} → {many:,} stateful jobs, and the same in {kustomizations} kustomizations")

    def listed(count: int):
        return bench.made(f"listed-{count}-{bench.seed}", lambda at: corpus.listed_tree(
            at, count, bench.seed, kustomizations))

    def check(name: str, tree: Path, count: int) -> Contestant:
        return bench.migrate(name, "check", tree, (3,), "--format", "concise", *ACCOUNT,
                             inspect=prints(count, "check"))
    alone = {count: check(f"check, {count:,} jobs", bench.relevant(count), count)
             for count in (few, many)}
    built = {count: check(f"check, {count:,} jobs in {kustomizations} kustomizations",
                          listed(count), count) for count in (few, many)}
    bench.race(11, *alone.values(), *built.values())
    row.bars.append(Bar.ratio("time for four times the jobs", 4.5, alone[many], alone[few]))
    row.bars.append(Bar.ratio("time for four times the jobs in kustomizations", 4.5,
                              built[many], built[few]))
    row.timed(*alone.values(), *built.values())
    return row


def builds(bench: Bench) -> Row:
    """A tree that kustomizations build, beside the same files without the kustomizations."""
    kustomizations, manifests = (200, 2_000) if bench.quick else (2_000, 20_000)

    def make(at: Path) -> None:
        made = repository.tree(at / "repo", kustomizations, manifests, bench.seed)
        corpus.linked_tree(at / "scan", at / "repo", lambda _: True)
        for kustomization in (at / "scan").rglob("kustomization.yaml"):
            kustomization.unlink()
        entries = [f"{key}: {location}\n" for key, location in made.savepoints.items()]
        corpus.write(at / "savepoints.yaml", "".join(entries))
    root = bench.made(f"builds-{kustomizations}-{manifests}-{bench.seed}", make)
    bases = set((root / "repo").rglob("flink.yaml"))
    patches = [base.parent.parent for base in bases if base.parent.name == "base"]
    ours = len(bases) + len(repository.STAGES) * len(patches)
    jobs = len((root / "savepoints.yaml").read_text().splitlines())
    row = Row("builds", "`check` of what kustomizations build, without a savepoint map and with one",
              f"{kustomizations:,} kustomizations, {manifests:,} manifests, {jobs:,} jobs as built")

    def check(name: str, folder: str, *options) -> Contestant:
        return bench.migrate(name, "check", root / folder, (3,), "--format", "concise", *ACCOUNT,
                             *options, inspect=prints(ours, "check"))
    alone = check("check", "repo")
    given = check("check --savepoints", "repo", "--savepoints", root / "savepoints.yaml")
    scan = check("check, the same files without the kustomizations", "scan")
    bench.race(15, alone, given, scan)
    row.bars.append(Bar.ratio("time of the scan, without a map", 2.0, alone, scan))
    row.bars.append(Bar.ratio("time of the scan, with a map", 2.0, given, scan))
    row.timed(alone, given, scan)
    row.checked.append(f"Each named the same number of files, {ours:,}, in every run.")
    return row


def hook(bench: Bench) -> Row:
    """A small repository, and the one file that a commit changed."""
    tree, savepoints = bench.relevant(10), bench.savepoints(10)
    one = corpus.job_path(0, next(corpus.jobs(1, bench.seed)))
    row = Row("hook", "one file, as a pre-commit hook", "1 file, in a repository of 10")
    ours = bench.migrate("flink-migrate check FILE", "check", tree, (1,), "--savepoints", savepoints,
                         *ACCOUNT, one, repeat=5)
    rg = Contestant("rg --version", [bench.tools.rg, "--version"], tree, (0,), repeat=5)
    start = Contestant("flink-migrate --version", [bench.tools.migrate, "--version"], tree, repeat=5)
    nothing = Contestant("true", ["true"], tree, (0,), repeat=5)
    bench.race(41, ours, rg, start, nothing)
    row.bars.append(Bar.ratio("time of `rg --version`", 3.0, ours, rg))
    row.timed(ours, rg, start, nothing)
    row.checked.append("Starting a process that does nothing (`true`) is part of every figure.")
    return row


def messy(bench: Bench) -> Row:
    workloads, files = (150, 1000) if bench.quick else (3000, 20000)
    root = bench.made(f"messy-{files}-{bench.seed}",
                      lambda at: generator.tree(at, workloads, files, bench.seed))
    row = Row("messy", "`check`, every kind of finding", f"{workloads:,} workloads in {files:,} files")
    ours = bench.migrate("flink-migrate check", "check", root / "repo", (2, 3), "--format", "concise",
                         "--savepoints", root / "savepoints.yaml")
    bench.race(7, ours)
    row.timed(ours)
    lines = [line for line in bench.out.read_text().splitlines() if line.endswith("]")]
    found = {(line.split(":")[0], line.rsplit("[", 1)[1][:-1]) for line in lines}
    rules = Counter(line.rsplit("[", 1)[1][:-1] for line in lines)
    counts = ", ".join(f"{count:,} {rule}" for rule, count in rules.most_common())
    row.checked.append(f"Findings: {counts}.")
    lost = sorted(generator.expected(root) - found)
    row.checked.append(
        f"WRONG: of {len(lost):,} planted traits nothing is said, the first in {lost[0][0]} "
        f"({lost[0][1]})." if lost else "Every planted trait was found in its file.")
    return row


ROWS = {"scan-none": scan_none, "scan-some": scan_some, "diff": diff, "write": write,
        "stream": stream, "scale": scale, "state": state, "builds": builds, "hook": hook,
        "messy": messy}
NEEDS_RG = {"scan-none", "scan-some", "hook"}
