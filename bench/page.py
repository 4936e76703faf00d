"""The last result as a page, and as JSON for whoever wants to compute with it.

Each row is one interleaved run of its own, so rows of different runs may stand on one page; each
says which commit it measured.
"""

import json
import math
import platform
from pathlib import Path

from result import Row, seconds
from rows import ROWS


def machine(cores: int) -> str:
    """Processor and system, without a name that only one machine has."""
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next(line.split(":", 1)[1].strip() for line in lines
                         if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{cores} cores, {model}, {platform.system()} {platform.machine()}"


def keep(path: Path, done: list, seed: int, versions: dict, cores: int) -> None:
    """Adds these rows to the kept ones, in place of older results of the same rows."""
    kept = json.loads(path.read_text()) if path.exists() else {"rows": {}}
    kept.update(seed=seed, versions=versions, machine=machine(cores))
    kept["rows"].update({row.name: row.as_dict() for row in done})
    path.write_text(json.dumps(kept, indent=1) + "\n")


HEAD = """# Benchmarks

Written by `bench/run.py`; [bench/README.md](../bench/README.md) says what each row is and how to run it.
The bars are ratios to other programs, measured in turn on the same machine in the same minutes, because times of one machine mean little on another.
A ratio is that of the medians, and the range after it is the minimum and maximum of one round.
The ratio by processor time counts all threads and no waiting; it is given because it suffers less from what else runs on the machine.
"""

FIDELITY = {
    "files": "files", "exact": "exactly as asked", "only_intended": "nothing else touched",
    "other_lines": "other lines changed", "comments_lost": "comments lost",
    "line_ends_changed": "line endings changed", "version_missed": "version missed",
    "path_missed": "path missed", "path_twice": "path twice",
}


def write(path: Path, kept: Path) -> None:
    """The page of what is kept."""
    result = json.loads(kept.read_text())
    rows = [Row.from_dict(result["rows"][name]) for name in ROWS if name in result["rows"]]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    parts = [HEAD, f"Machine: {result['machine']}.\nVersions: {versions}.\nSeed: {result['seed']}.\n",
             "## Bars\n\n| row | work | bar | measured | by processor time | |\n"
             "|---|---|---|---|---|---|"]
    for row in rows:
        for bar in row.bars:
            verdict = "met" if bar.met else "**missed**"
            wanted = f"{bar.wanted} {bar.what}".replace("|", "\\|")
            parts.append(f"| {row.name} | {row.work} | {wanted} | {bar.measured} "
                         f"| {bar.by_processor} | {verdict} |")
    parts.append("\n## Times and sizes")
    for row in rows:
        parts.append(f"\n### {row.name}\n\n{row.work[0].upper() + row.work[1:]}: {row.size}.\n"
                     f"Measured at commit {row.commit}{noise(row)}.")
        parts.extend(row.checked + row.left_out)
        parts.append("\n| program | median | least to most | processor time | rounds |\n"
                     "|---|---|---|---|---|")
        for time in row.times:
            parts.append(f"| {time['name']} | {seconds(time['median'])} "
                         f"| {seconds(time['least'])} to {seconds(time['most'])} "
                         f"| {seconds(time['processor'])} | {time['rounds']} |")
        if row.fidelity:
            parts.append("\nThe resulting files, each against the task it was given "
                         "(ast-grep: the version alone; node yaml and ruamel.yaml: version and path; "
                         "flink-migrate: all that v1beta1 needs):\n")
            names = list(row.fidelity)
            parts.append("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
            for key, title in FIDELITY.items():
                figures = (f"{row.fidelity[name][key]:,}" for name in names)
                parts.append(f"| {title} | " + " | ".join(figures) + " |")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def noise(row: Row) -> str:
    if math.isnan(row.others):
        return ""
    return f", while other programs used {row.others:.0f} % of the machine"
