"""Round trip with ruamel.yaml: the version and initialSavepointPath of every job.

    python ruamel_yaml.py MAP ROOT [OUT]    to standard output, or below OUT

One process for all files, with the settings that keep most: quotes, width, and the indentation of
sequences that is common in these files.
"""

import io
import os
import sys

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import ScalarString

root, out = sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None
with open(sys.argv[1], encoding="utf-8") as lines:
    savepoints = dict(line.rstrip("\n").split(": ", 1) for line in lines)

yaml = YAML()
yaml.preserve_quotes = True
yaml.width = 1 << 20
yaml.indent(mapping=2, sequence=4, offset=2)


def like(old, new: str):
    """The new text in the quotes of the old one."""
    return type(old)(new) if isinstance(old, ScalarString) else new


def converted(text: str) -> str:
    documents = list(yaml.load_all(text))
    for doc in documents:
        if not hasattr(doc, "get") or doc.get("apiVersion") != "flink.apache.org/v1alpha1":
            continue
        doc["apiVersion"] = like(doc["apiVersion"], "flink.apache.org/v1beta1")
        location = savepoints.get(f"{doc['metadata']['namespace']}/{doc['metadata']['name']}")
        if location:
            job = doc["spec"]["job"]
            job["initialSavepointPath"] = like(job.get("initialSavepointPath"), location)
    sink = io.StringIO()
    yaml.dump_all(documents, sink)
    return sink.getvalue()


for here, folders, names in os.walk(root):
    folders[:] = sorted(name for name in folders if not name.startswith("."))
    for name in sorted(names):
        if not name.endswith((".yaml", ".yml")):
            continue
        file = os.path.join(here, name)
        with open(file, encoding="utf-8", newline="") as source:
            text = source.read()
        if "flink.apache.org" not in text:
            continue
        result = converted(text)
        if out:
            target = os.path.join(out, os.path.relpath(file, root))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="") as sink:
                sink.write(result)
        else:
            sys.stdout.write(result)
