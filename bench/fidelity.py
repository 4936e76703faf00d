"""What became of the files, beside how long it took: each result against the one that was asked for.

The wanted result comes from the generator, which knows what each line must become, and not from any
of the tools that are compared.
"""

import difflib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import corpus
import deployments


@dataclass
class Fidelity:
    """Counts over all files of one contestant; the wanted lines are those of its own task."""

    files: int = 0
    exact: int = 0
    """Not a byte differs from what was asked for."""
    only_intended: int = 0
    """Nothing differs outside the lines that were to change, wherever the path was put."""
    other_lines: int = 0
    """Lines changed, added or removed that nobody asked for."""
    comments_lost: int = 0
    line_ends_changed: int = 0
    version_missed: int = 0
    path_missed: int = 0
    path_twice: int = 0

    def as_dict(self) -> dict:
        return asdict(self)


PATH_KEY = "initialSavepointPath:"


def compare(root: Path, count: int, seed: int, asked: frozenset) -> Fidelity:
    """The files below `root`, which a contestant has written, against what it was asked for."""
    told = Fidelity()
    for number, manifest in enumerate(corpus.jobs(count, seed)):
        told.files += 1
        try:
            raw = (root / corpus.job_path(number, manifest)).read_bytes()
        except FileNotFoundError:
            raw = b""
        text = raw.decode("utf-8", errors="replace")
        judge(told, text, manifest, asked)
    return told


def judge(told: Fidelity, text: str, manifest: deployments.Manifest, asked: frozenset) -> None:
    wanted = manifest.text(asked)
    told.exact += text == wanted
    told.version_missed += "flink.apache.org/v1beta1" not in text
    if deployments.PATH in asked:
        told.path_missed += manifest.location not in text
        told.path_twice += text.count(PATH_KEY) > 1
    comments = Counter(manifest.comments)
    told.comments_lost += sum(max(0, n - text.count(said)) for said, n in comments.items())
    other_ends = line_ends(wanted) != line_ends(text)
    told.line_ends_changed += other_ends
    # Where the new line was put is not held against anybody here.
    ours, theirs = without_path(text), without_path(wanted)
    other = changed_lines(theirs, ours)
    told.other_lines += other
    told.only_intended += other == 0 and not other_ends


def line_ends(text: str) -> tuple[bool, bool]:
    """Whether CRLF occurs, and whether LF alone does."""
    dos = text.count("\r\n")
    return dos > 0, dos < text.count("\n")


def without_path(text: str) -> list[str]:
    return [line for line in text.splitlines() if PATH_KEY not in line]


def changed_lines(before: list[str], after: list[str]) -> int:
    if before == after:
        return 0
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in steps if kind != "equal")
