#!/usr/bin/env python3
"""Measures flink-migrate beside its peers, and says which bars are met.

    bench/run.py                 every row at full size; writes docs/benchmarks.md
    bench/run.py scan write      the rows whose names begin so
    bench/run.py --quick         small sizes, to see that everything works

Status: 0 all bars met, 1 a bar missed or a row left out, 2 a contestant did not do its work.
Needs Python 3.10, and cargo, pip, npm and a C compiler for what it compares.
"""

import argparse
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import corpus  # noqa: E402
import page  # noqa: E402
import tools  # noqa: E402
from clock import Others, Wrong  # noqa: E402
from ground import Bench  # noqa: E402
from result import Row, seconds  # noqa: E402
from rows import NEEDS_RG, ROWS  # noqa: E402


def arguments():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)} [all]")
    args.add_argument("--quick", action="store_true", help="small sizes; no page is written")
    args.add_argument("--binary", metavar="PATH", help="measure this one instead of building it")
    args.add_argument("--keep", metavar="DIR", type=Path,
                      help="keep the generated trees there, and use those that are there")
    args.add_argument("--gb", type=float, default=0.2, help="size of the stream [0.2]")
    args.add_argument("--seed", type=int, default=corpus.SEED)
    args = args.parse_args()
    unknown = [row for row in args.rows if not any(name.startswith(row) for name in ROWS)]
    if unknown:
        sys.exit(f"there is no row {unknown[0]}; known: {', '.join(ROWS)}")
    args.chosen = [name for name in ROWS
                   if not args.rows or any(name.startswith(row) for row in args.rows)]
    return args


def show(row: Row) -> None:
    for bar in row.bars:
        verdict = "met" if bar.met else "MISSED"
        processor = f", by processor time {bar.by_processor}" if bar.by_processor else ""
        print(f"  {verdict:6} {bar.what}: {bar.measured}, wanted {bar.wanted}{processor}")
    for time in row.times:
        print(f"         {time['name']}: {seconds(time['median'])} "
              f"({seconds(time['least'])}–{seconds(time['most'])}), "
              f"processor {seconds(time['processor'])}, {time['rounds']} rounds")
    for name, told in row.fidelity.items():
        print(f"         {name}: " + ", ".join(f"{what} {n}" for what, n in told.items()))
    for said in row.checked + row.left_out:
        print(f"         {said}")
    if not math.isnan(row.others):
        print(f"         others used {row.others:.0f} % of the machine meanwhile")


def main() -> int:
    args = arguments()
    tools.WORK.mkdir(exist_ok=True)
    try:
        have = tools.Tools(args.binary)
    except (tools.Missing, OSError) as reason:
        print(f"there is nothing to measure: {reason}", file=sys.stderr)
        return 2
    trees = (args.keep or Path(tempfile.mkdtemp(prefix="trees-", dir=tools.WORK))).resolve()
    trees.mkdir(parents=True, exist_ok=True)
    kept = tools.WORK / ("last-quick.json" if args.quick else "last.json")
    bench = Bench(have, trees, args.seed, args.quick, args.gb, tools.environment())
    versions = have.versions()
    print(f"seed {args.seed}; {page.machine(bench.cores)}")
    print("; ".join(f"{name} {version}" for name, version in versions.items()))
    done, status = [], 0
    try:
        for name in args.chosen:
            print(f"\n{name}", flush=True)
            if name in NEEDS_RG and not have.rg:
                tools.loud(f"row {name} is left out: there is no rg")
                status = max(status, 1)
                continue
            try:
                with Others() as others:
                    row = ROWS[name](bench)
            except Wrong as wrong:
                tools.loud(f"row {name} has no result: {wrong}")
                status = 2
                continue
            row.others, row.commit = others.share, tools.commit()
            row.left_out = [f"Left out: {what} ({why})." for what, why in have.missing.items()]
            show(row)
            done.append(row)
            wrong = any(said.startswith("WRONG") for said in row.checked)
            missed = row.left_out or not all(bar.met for bar in row.bars)
            status = max(status, 2 if wrong else 1 if missed else 0)
    finally:
        if not args.keep:
            shutil.rmtree(trees, ignore_errors=True)
    page.keep(kept, done, args.seed, versions, bench.cores)
    if not args.quick:
        page.write(tools.BENCH.parent / "docs" / "benchmarks.md", kept)
    return status


if __name__ == "__main__":
    sys.exit(main())
