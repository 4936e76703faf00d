#!/usr/bin/env python3
"""Writes a repository in which every name and value tries to become more than text.

usage: hostile.py DIR
"""

import json
import sys
from pathlib import Path

TRICKS = [
    "<script>alert(1)</script>",
    "</code></pre></td></tr></table></details></summary>",
    "<img src=x onerror=alert(1)>",
    "![i](https://example.invalid/i.png) [l](https://example.invalid)",
    "https://example.invalid/x www.example.invalid a@example.invalid",
    "@team #1 GH-1 org/repo#2 0123456789abcdef0123456789abcdef01234567",
    "``` ~~~ `code` ``x` ~~gone~~ **bold** __bold__",
    "| a | b |\n|---|---|\n| c | d |",
    "line\n\n# title\n\n- [x] done\n> quote\n---\n",
    "<!-- comment --> --> <![CDATA[x]]> <?php ?> &lt;b&gt; &amp; &#64;",
    "</style><style>*{display:none}</style>",
    '\' onclick=\'x\' " onmouseover="x" style="color:red"',
    "🚀 ünï \u202edesrever \u200b\ufeff \u2028 \x1b[31mred ::error::forged",
    "w" * 700,
]

FILES = [
    "a`b`.yaml",
    "@team #1 <b>.yaml",
    "[x](y) ![z](q).yaml",
    "<details><summary>.yaml",
    "a|b & 'c' \"d\".yaml",
    "www.example.invalid ~~x~~.yaml",
]


def manifest(number: int, trick: str) -> str:
    """A deployment whose every text is the trick; JSON is YAML, and quotes whatever it has to."""
    shown = f"{trick}{number}"
    said = {
        "apiVersion": "flink.apache.org/v1alpha1",
        "kind": "FlinkDeployment",
        "metadata": {"name": shown, "namespace": trick},
        "spec": {
            "image": trick,
            "flinkVersion": ["v1_14", trick, "v1_15"][number % 3],
            "flinkConfiguration": {"state.savepoints.dir": trick, trick: trick},
            "podTemplate": {"spec": {"serviceAccount": trick}},
            "jobManager": {"resource": {"memory": trick, "cpu": 1}},
            "taskManager": {"resource": {"memory": "1g", "cpu": trick}},
            "job": {
                "jarURI": trick,
                "upgradeMode": ["savepoint", "stateless", "last-state"][number % 3],
            },
        },
    }
    if number % 2:
        said["spec"]["job"]["initialSavepointPath"] = shown
    lines = ["# " + " ".join(trick.split())[:200]]
    for key, value in said.items():
        lines += block(key, value, 0)
    return "\n".join(lines) + "\n"


def block(key: str, value: object, depth: int) -> list[str]:
    """A member as block YAML with quoted texts."""
    head = f"{'  ' * depth}{json.dumps(key) if not key.isalnum() else key}:"
    if isinstance(value, dict):
        inner = [line for name, inside in value.items() for line in block(name, inside, depth + 1)]
        return [head, *inner]
    return [f"{head} {json.dumps(value)}"]


def main() -> None:
    root = Path(sys.argv[1])
    (root / ".git").mkdir(parents=True)
    for number, trick in enumerate(TRICKS * 3):
        folder = root / f"f{number}"
        folder.mkdir()
        (folder / FILES[number % len(FILES)]).write_text(manifest(number, trick), encoding="utf-8")
    (root / "<i>broken.yaml").write_text(
        "apiVersion: flink.apache.org/v1alpha1\nkind: [FlinkDeployment <script>\n", encoding="utf-8"
    )


main()
