"""What `action/fetch.sh` downloads and refuses; `curl` is a stand-in that serves a folder."""

import hashlib
import io
import pathlib
import tarfile

import commands
from verdict import check, end, holds, same
from workspace import Place, clear

CURL = """#!/usr/bin/env bash
# Serves the folder SERVED, and keeps what it was asked for.
while [ $# -gt 0 ]; do
    case "$1" in
        --output) out=$2; shift ;;
        --retry | --max-time | --max-filesize | --proto) shift ;;
        --*) ;;
        *) url=$1 ;;
    esac
    shift
done
printf '%s\\n' "$url" >>"$SERVED/asked"
cp "$SERVED/${url##*/}" "$out"
"""

NAME = "flink-migrate-x86_64-unknown-linux-gnu"
PROGRAM = "#!/bin/sh\necho flink-migrate 0.1.0\n"


def archive(program=PROGRAM, inside=f"{NAME}/flink-migrate"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo(inside)
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program.encode()))
    return out.getvalue()


def fetched(data, sums=None, **inputs):
    """Status and words of fetch.sh, and what it asked for."""
    place = Place()
    place.program("curl", CURL)
    served = place.root / "served"
    served.mkdir()
    if data is not None:
        (served / f"{NAME}.tgz").write_bytes(data)
        right = f"{hashlib.sha256(data).hexdigest()}  {NAME}.tgz\n"
        (served / "SHA256SUMS").write_text(
            "0" * 64 + "  other.tgz\n" + right if sums is None else sums
        )
    status, log = place.run("fetch.sh", SERVED=str(served), **inputs)
    asked = served / "asked"
    return status, log, asked.read_text().splitlines() if asked.exists() else []


def a_release_is_fetched():
    base = "https://github.com/acme/flink-migrate/releases/download/v0.1.0/"
    for version in ("0.1.0", "v0.1.0"):
        status, path, asked = fetched(archive(), IN_VERSION=version)
        same("status", (status, path[-200:] if status else ""), (0, ""))
        same("program", pathlib.Path(path.strip()).read_text(), PROGRAM)
        same("asked for", asked, [base + "SHA256SUMS", base + NAME + ".tgz"])
    at = "/runner/_work/_actions/acme/flink-migrate/v1/action"
    for path in (at, at.replace("/", "\\")):
        status, _, asked = fetched(archive(), ACTION_REPOSITORY="", GITHUB_ACTION_PATH=path)
        same("status and address", (status, asked[0]), (0, base + "SHA256SUMS"))


def a_wrong_release_is_refused():
    data, other = archive(), "0" * 64
    for sums, word in [
        (f"{other}  {NAME}.tgz\n", "is not what SHA256SUMS"),
        (f"{other}  elsewhere.tgz\n", "does not name"),
        (f"{other}  {NAME}.tgz\n{other}  {NAME}.tgz\n", "does not name"),
        ("", "does not name"),
        (f"<html>{NAME}.tgz", "does not name"),
    ]:
        status, log, _ = fetched(data, sums)
        same("status", status, 2)
        holds("log", log, word)
    for data, word in [
        (archive(inside="flink-migrate"), "holds no flink-migrate"),
        (archive("#!/bin/sh\necho flink-migrate 0.0.9\n"), "does not hold flink-migrate 0.1.0"),
        (None, "cannot be downloaded"),
    ]:
        status, log, _ = fetched(data)
        same("status", status, 2)
        holds("log", log, word)


def nothing_odd_is_asked_for():
    for inputs, word in [
        ({"IN_VERSION": "latest"}, "version is no release"),
        ({"IN_VERSION": "0.1.0/../../evil"}, "version is no release"),
        ({"IN_VERSION": "0.1.0\nx"}, "version is no release"),
        ({"IN_VERSION": ""}, "version is no release"),
        ({"ACTION_REPOSITORY": "", "GITHUB_ACTION_PATH": "/repo"}, "set the input binary"),
        ({"ACTION_REPOSITORY": "../../x/y"}, "set the input binary"),
        ({"RUNNER_OS": "Plan9"}, "there is no release for Plan9"),
        ({"RUNNER_ARCH": "ARM"}, "there is no release for Linux on ARM"),
        ({"IN_BINARY": "./nowhere"}, "there is no program ./nowhere"),
        ({"IN_BINARY": "echo-and-more\n::warning::planted"}, "there is no program"),
    ]:
        status, log, asked = fetched(archive(), **inputs)
        same("status and downloads", (status, asked), (2, []))
        holds("log", log, word)
        same("commands", [name for name, _ in commands.obeyed(log)], ["error"])


check("a release is fetched, verified and unpacked", a_release_is_fetched)
check("a release that is not what it should be is refused", a_wrong_release_is_refused)
check("nothing is downloaded for inputs that make no sense", nothing_odd_is_asked_for)
clear()
end()
