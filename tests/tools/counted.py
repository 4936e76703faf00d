"""What the JSON report says that the reports for people have to say too."""

import json
from pathlib import Path


def report(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def workloads(report: dict) -> int:
    """Workloads that something is said of; a document that names none stands for itself."""
    documents = [document for file in report["files"] for document in file["documents"]]
    concerned = [document for document in documents if document["outcome"] != "already-right"]
    return sum(max(1, len(document["workloads"])) for document in concerned)


def verdict(report: dict) -> list[str]:
    """How the verdict counts what changes and what is held."""
    changed, held = report["summary"]["files"]["changed"], report["summary"]["documents"]["held"]
    said = [f"{changed or 'no'} {'file' if changed < 2 else 'files'} would change"]
    if held:
        said.append(f"{held} {'document is' if held == 1 else 'documents are'} held")
    return said


def plain_names(report: dict) -> set[str]:
    """Names of workloads that no report has to spell out; those that change alike are not among them."""
    names = {
        name
        for file in report["files"]
        for document in file["documents"]
        if len(document["changes"]) != 1
        for name in document["workloads"]
    }
    return {name for name in names if name.isascii() and name.isprintable()}
