#!/usr/bin/env python3
"""The configuration that the pages show: each block that begins with its file name is given to the
program that will read it."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".tools/venv/bin"
# For each file, the command that judges it.
JUDGES = {
    ".pre-commit-config.yaml": [PROGRAMS / "pre-commit", "validate-config"],
    ".gitlab-ci.yml": [
        PROGRAMS / "check-jsonschema",
        "--builtin-schema",
        "vendor.gitlab-ci",
    ],
    "flink-migrate.toml": [
        PROGRAMS / "check-jsonschema",
        "--schemafile",
        ROOT / "schema/config-v1.schema.json",
    ],
}
FEWEST = 6


def blocks(page):
    """Name and text of each block of the page that names a file."""
    for fence in page.split("```")[1::2]:
        body = fence.partition("\n")[2]
        first = body.partition("\n")[0]
        if first.startswith("# ") and first[2:] in JUDGES:
            yield first[2:], body


def main():
    seen = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((ROOT / "docs").glob("*.md")):
            for name, body in blocks(path.read_text(encoding="utf-8")):
                file = Path(folder) / name
                file.write_text(body, encoding="utf-8")
                print(f"{path.name}: {name}", flush=True)
                subprocess.run([*JUDGES[name], file], check=True)
                seen += 1
    if seen < FEWEST:
        sys.exit(f"{seen} blocks were found")


main()
