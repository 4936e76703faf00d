"""The rows that rewrite: whether the result is the wanted one is asked beside every time."""

import os
import shutil
import subprocess
from pathlib import Path

import corpus
import deployments
import fidelity
from clock import Contestant, Wrong, streamed
from ground import ACCOUNT, Bench
from result import Bar, Row
from tools import PEERS


def diff(bench: Bench) -> Row:
    count, tools = bench.jobs, bench.tools
    tree, savepoints = bench.relevant(count), bench.savepoints(count)
    row = Row("diff", "`diff`, savepoints injected, proofs on", f"{count:,} relevant files of about 2 KB")
    ours = bench.migrate("flink-migrate diff", "diff", tree, (1,), "--savepoints", savepoints,
                         *ACCOUNT, ".")
    contestants = [ours]
    if tools.ast_grep:
        rule = PEERS / "version.yml"
        argv = [tools.ast_grep, "scan", "-j", bench.cores, "-r", rule]
        contestants.append(ast_grep := Contestant("ast-grep scan, version alone", [*argv, "."], tree))
    if tools.node_modules:
        bench.env["NODE_PATH"] = str(tools.node_modules)
        script = [tools.node, PEERS / "node_yaml.cjs", savepoints, tree]
        contestants.append(node := Contestant("node yaml, version and path", script, tree, rounds=7))
    if tools.python:
        program = [tools.python, PEERS / "ruamel_yaml.py", savepoints, tree]
        contestants.append(ruamel := Contestant("ruamel.yaml, version and path", program, tree, rounds=3))
    bench.race(11, *contestants)
    if tools.ast_grep:
        row.bars.append(Bar.ratio("time of `ast-grep scan`", 1.0, ours, ast_grep))
    if tools.node_modules:
        row.bars.append(Bar.faster("faster than node `yaml`", 5.0, ours, node))
    if tools.python:
        row.bars.append(Bar.faster("faster than ruamel.yaml", 30.0, ours, ruamel))
    row.timed(*contestants)

    def result(name: str, asked, argv, below=None) -> Path:
        """What a contestant makes of a copy, compared with what it was asked for."""
        copy = bench.fresh(tree, f"copy-{name.split()[0]}")
        ran = subprocess.run([str(a) for a in argv(copy)], cwd=copy, env=bench.env,
                             capture_output=True, check=False)
        if ran.returncode not in (0, 1):
            raise Wrong(f"{name}: {ran.stderr.decode(errors='replace')[-300:]}")
        row.fidelity[name] = fidelity.compare(copy, count, bench.seed, asked).as_dict()
        return copy

    written = result("flink-migrate write", deployments.FULL, lambda copy: [
        tools.migrate, "write", "--isolated", "--savepoints", savepoints, *ACCOUNT, copy])
    patched = bench.fresh(tree, "copy-patched")
    patch = subprocess.run([str(a) for a in ours.argv], cwd=tree, env=bench.env,
                           capture_output=True, check=False).stdout
    applied = subprocess.run(["git", "apply", "-"], cwd=patched, input=patch, check=False,
                             env={**bench.env, "GIT_CEILING_DIRECTORIES": str(bench.trees)})
    same = applied.returncode == 0 and not differing(written, patched)
    row.checked.append("`diff | git apply` gave the same bytes as `write`." if same else
                       "WRONG: `diff | git apply` did not give what `write` gave.")
    if tools.ast_grep:
        result("ast-grep scan -U", frozenset([deployments.VERSION]),
               lambda copy: [*argv, "-U", copy])
    if tools.node_modules:
        result("node yaml", deployments.JOB, lambda copy: [*script, copy])
    if tools.python:
        result("ruamel.yaml", deployments.JOB, lambda copy: [*program, copy])
    for path in bench.trees.glob("copy-*"):
        shutil.rmtree(path)
    return row


def differing(one: Path, other: Path) -> list:
    """Paths of the files of `one` that are not the same in `other`."""
    files = [path for path in one.rglob("*") if path.is_file()]
    return [path for path in files
            if not (twin := other / path.relative_to(one)).is_file()
            or twin.read_bytes() != path.read_bytes()]


def write(bench: Bench) -> Row:
    count = bench.jobs
    before, savepoints = bench.relevant(count), bench.savepoints(count)
    wanted = bench.made(f"wanted-{count}-{bench.seed}",
                        lambda at: corpus.job_tree(at, count, bench.seed, deployments.FULL))
    copy = bench.trees / "copy"
    listing, blob, offset = bench.trees / "list", bench.trees / "blob", 0
    with open(listing, "w", encoding="utf-8") as lines, open(blob, "wb") as texts:
        for number, manifest in enumerate(corpus.jobs(count, bench.seed)):
            path = corpus.job_path(number, manifest)
            length = texts.write((wanted / path).read_bytes())
            lines.write(f"{offset} {length} {copy / path}\n")
            offset += length

    def prepare() -> None:
        bench.fresh(before, "copy")
        os.sync()

    def inspect(_) -> None:
        if wrong := differing(wanted, copy) or len(list(copy.rglob("*"))) != len(list(wanted.rglob("*"))):
            raise Wrong(f"write: the tree is not what it must be: {wrong}")

    row = Row("write", "`write`, the same files in place", f"{count:,} files, {offset / 1e6:.1f} MB")
    both = {"prepare": prepare, "inspect": inspect}
    ours = bench.migrate("flink-migrate write", "write", copy, (0,), "--savepoints", savepoints,
                         *ACCOUNT, **both)
    prepare()
    contestants = [ours]
    for mode in ("syncfs", "fsync") if bench.tools.floor else ():
        argv = [bench.tools.floor, mode, bench.cores, listing, blob]
        name = {"syncfs": "floor: stage, one syncfs, rename", "fsync": "floor: stage, fsync each, rename"}
        contestants.append(Contestant(name[mode], argv, copy, **both))
    bench.race(11, *contestants)
    if bench.tools.floor:
        fastest = min(contestants[1:], key=lambda floor: floor.median)
        row.bars.append(Bar.ratio("time of the faster floor", 1.5, ours, fastest))
    row.timed(*contestants)
    row.checked.append(f"After every run all {count:,} files held the wanted bytes, and no other file "
                       "was left behind.")
    shutil.rmtree(copy)
    return row


def stream(bench: Bench) -> Row:
    size = int(bench.gb * 1e9)
    name = f"stream-{size}-{bench.seed}"
    feed, maps = bench.trees / f"{name}.yaml", bench.trees / f"{name}.map"
    wanted, told = bench.trees / f"{name}.sha256", bench.trees / f"{name}.size"
    if not told.exists():
        print(f"  making {name}", flush=True)
        made = corpus.stream(feed, size, bench.seed, wanted, maps)
        told.write_text(f"{made['bytes'] / 1e9:.2f} GB, {made['documents']:,} documents, "
                        f"{made['relevant']:,} relevant")
    row = Row("stream", "`write -`, a rendered stream, standard input to output", told.read_text())
    ours = Contestant("flink-migrate write -", [
        bench.tools.migrate, "write", "--isolated", "--savepoints", maps, *ACCOUNT, "-"],
        bench.trees, (0,), feed=feed)
    cat = Contestant("cat", ["cat"], bench.trees, (0,), feed=feed)
    memory, digest = streamed(ours, bench.env)
    bench.race(7, cat, ours)
    nothing = float("nan")
    most = 3 * feed.stat().st_size / 2**20
    row.bars.append(Bar("resident memory", memory, nothing, nothing, most, unit="MiB"))
    row.bars.append(Bar.faster("throughput of `cat | cat`", 0.3, ours, cat))
    row.timed(ours, cat)
    row.checked.append("The output was the wanted one, byte for byte."
                       if digest == wanted.read_text() else
                       "WRONG: the output was not the wanted one.")
    return row
