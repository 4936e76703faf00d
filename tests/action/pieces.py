"""What `action/run.sh` and `action/report.awk` make of a program, the real one or a stand-in."""

import json
import os
import pathlib
import shutil
import subprocess

import commands
import manifests
import runner
from verdict import check, end, holds, lacks, same
from workspace import Place, clear, real


def nothing_of_a_diff_is_obeyed():
    for mode in ("diff", "check", "write"):
        place = Place()
        (place.work / "a.yaml").write_text(manifests.COMMANDING)
        (place.work / "b.yaml").write_text(manifests.COMMANDING + manifests.BROKEN)
        _, log = place.run("run.sh", IN_BINARY=real(), IN_MODE=mode)
        if mode == "diff":
            holds("log", log, "\n ::error::planted")
        obeyed = commands.obeyed(log)
        lacks("what the runner obeys", str(obeyed), "planted")
        same("what reaches the runner by another pipe", place.stderr, "")
        same("commands", {name for name, _ in obeyed} - {"error", "warning", "notice"}, set())
        unguarded = [line for line in log.splitlines() if "stop-commands" not in line]
        if mode == "diff":
            holds(
                "what it would obey unguarded",
                str(commands.obeyed("\n".join(unguarded))),
                "planted",
            )


REPORTING = """#!/usr/bin/env python3
import json, os, sys
said = json.load(open(os.environ["SAID"]))
for word, value in zip(sys.argv, sys.argv[1:]):
    if word == "--report":
        name, path = value.split("=", 1)
        if name in said:
            open(path, "w", newline="").write(said[name])
print(said.get("stdout", ""), end="")
open(os.environ["ARGV"], "w").write(json.dumps(sys.argv[1:]))
status = said.get("status", 0)
zero = "--exit-zero" in sys.argv and json.loads(said.get("json", "{}")).get("summary", {}).get("outcome") != "already-right"
sys.exit(0 if zero and "json" in said else status)
"""


def report(files=(), outcome="changed", decisions=0):
    return json.dumps(
        {
            "version": 1,
            "summary": {
                "outcome": outcome,
                "files": {"read": 9, "concerned": 9, "changed": len(files)},
                "documents": {"held": decisions, "not-understood": 0, "failed": 0},
                "findings": {"note": 0, "change": 9, "decision": decisions, "error": 0},
            },
            "files": [
                {"path": path, "changes": True, "documents": [{"path": "no", "changes": []}]}
                for path in files
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def stand_in(said, **inputs):
    """What run.sh makes of a program that says this."""
    place = Place()
    program = place.program("stand-in", REPORTING)
    argv, words = place.root / "argv", place.root / "said"
    words.write_text(json.dumps(said))
    status, log = place.run("run.sh", IN_BINARY=program, SAID=str(words), ARGV=str(argv), **inputs)
    return place, status, log, json.loads(argv.read_text()) if argv.exists() else None


def the_summary_has_a_limit():
    for size, whole in ((999_000, True), (1_100_000, False)):
        text = "<!-- flink-migrate -->\n" + "x" * size
        said = {"markdown": text, "json": report(["a.yaml"]), "status": 1}
        place, status, _, _ = stand_in(said, IN_MAX_COMMENT_CHARS="9999999")
        same("status", status, 0)
        summary = place.summary.read_text()
        same("whole summary", summary == text, whole)
        assert len(summary.encode()) <= 2**20
        holds("summary", summary, "<!-- flink-migrate -->")
        if not whole:
            holds("summary", summary, "1 file changes")


def a_comment_has_a_limit_in_characters():
    text = "<!-- flink-migrate -->\n" + "é🚀" * 15
    for limit, whole in ((len(text), True), (len(text) - 1, False)):
        said = {"markdown": text, "json": report(["a", "b"]), "status": 1}
        place, _, _, _ = stand_in(said, IN_MAX_COMMENT_CHARS=str(limit))
        comment = pathlib.Path(place.outputs()["summary-file"]).read_text()
        same("whole comment", comment == text, whole)
        same("summary", place.summary.read_text(), text)
        if not whole:
            holds("comment", comment, "2 files change")


def outputs_cannot_be_forged():
    paths = [
        "a b.yaml",
        "q\"uo\\te's.yaml",
        "exit-code<<x.yaml",
        "line\nbreak.yaml",
        "tab\there.yaml",
        "ünï/🚀.yaml",
    ]
    place, _, _, _ = stand_in({"json": report(paths), "status": 1})
    outputs = place.outputs()
    shown = [path.replace("\n", "\\n").replace("\t", "\\t") for path in paths]
    same("changed-files", outputs["changed-files"].split("\n"), shown)
    same("exit-code", outputs["exit-code"], "1")
    delimiters = [
        line.split("<<")[1]
        for line in place.output.read_text().splitlines()
        if line.split("<<")[0] in outputs and "<<" in line
    ]
    same("delimiters", len(set(delimiters)), len(delimiters))


def annotations_are_annotations():
    github = "::error file=a,line=1::one\n::set-output name=changed::no\nflink-migrate: 3 more\n::add-mask::x\n"
    _, _, log, _ = stand_in(
        {"json": report(["a"]), "github": github, "stdout": "::warning::planted\n##[group]planted"}
    )
    same("commands", commands.obeyed(log), [("error", "::error file=a,line=1::one")])
    holds("log", log, "\nflink-migrate: 3 more\n")


def inputs_are_arguments():
    inputs = {
        "IN_PATHS": "a b\r\n\n-\n--exit-zero\n  \n$x",
        "IN_SAVEPOINTS": "maps/a.yaml\n--keep-going",
        "IN_CONFIG": "--isolated",
        "IN_TARGET_OPERATOR": "1.15 --exit-zero",
        "IN_STEP": "convert",
    }
    _, _, _, argv = stand_in({"json": report()}, **inputs)
    same(
        "options",
        argv[1 : argv.index("--report")],
        [
            "--markdown-budget=60000",
            "--step=convert",
            "--config=--isolated",
            "--target-operator=1.15 --exit-zero",
            "--savepoints=maps/a.yaml",
            "--savepoints=--keep-going",
        ],
    )
    same("paths", argv[argv.index("--") + 1 :], ["a b", "./-", "--exit-zero", "$x"])
    for empty in ("", "\n \n"):
        _, _, _, argv = stand_in({"json": report()}, IN_PATHS=empty)
        same("paths", argv[argv.index("--") + 1 :], ["."])


def the_status_is_what_fail_on_says():
    expected = {
        "change": [0, 1, 3, 2],
        "decision": [0, 0, 3, 2],
        "error": [0, 0, 0, 2],
        "never": [0, 0, 0, 0],
    }
    ends = [(0, "already-right"), (1, "changed"), (3, "held"), (2, "failed")]
    for level, statuses in expected.items():
        found = []
        for code, outcome in ends:
            said = {"json": report(outcome=outcome), "status": code}
            place, status, _, argv = stand_in(said, IN_FAIL_ON=level)
            same("--exit-zero", "--exit-zero" in argv, level == "never")
            same("exit-code", place.outputs()["exit-code"], str(code))
            found.append(status)
        same(f"statuses with fail-on {level}", found, statuses)
    done = report(outcome="already-right")
    for said in ({"status": 2}, {"status": 2, "json": done}, {"status": 101}, {"status": 137}):
        _, status, _, _ = stand_in(said, IN_FAIL_ON="never")
        same("status of a run that could not be done", status, said["status"])


def a_run_without_reports_says_so():
    place, status, _, _ = stand_in({"status": 2})
    same("status", status, 2)
    holds("summary", place.summary.read_text(), "could not run")
    outputs = place.outputs()
    same("changed", outputs["changed"], "false")
    same(
        "files",
        [outputs[name] for name in ("report-json", "sarif-file", "patch-file", "html-file")],
        [""] * 4,
    )


def every_awk_reads_the_report():
    program = real()
    place = Place()
    path = 'a "b"/c.yaml'
    (place.work / 'a "b"').mkdir()
    (place.work / path).write_text(manifests.STATELESS)
    (place.work / "held.yaml").write_text(manifests.STATEFUL)
    command = [program, "check", "--isolated", "--exit-zero", "--report", "json=r.json"]
    subprocess.run(command, cwd=place.work, check=True, capture_output=True)
    spread = (place.work / "r.json").read_text()
    dense = json.dumps(json.loads(spread), separators=(",", ":"), ensure_ascii=False)
    (place.work / "dense.json").write_text(dense)
    expected = (
        "outcome\theld\nchanged\t1\nheld\t1\nnot-understood\t0\nfailed\t0\ndecisions\t1\n"
        f"file\t{path}\n"
    )
    awks = [
        awk
        for awk in (["awk"], ["gawk", "--posix"], ["mawk"], ["original-awk"], ["busybox", "awk"])
        if shutil.which(awk[0])
    ]
    for awk in awks:
        for name in ("r.json", "dense.json"):
            command = [*awk, "-f", runner.ROOT / "action" / "report.awk", name]
            done = subprocess.run(
                command,
                cwd=place.work,
                capture_output=True,
                text=True,
                env=dict(os.environ, LC_ALL="C"),
            )
            same(f"{awk[0]} on {name}", done.stdout + done.stderr, expected)


check("no line of a diff or a finding is obeyed by the runner", nothing_of_a_diff_is_obeyed)
check("the job summary stays below the limit of GitHub", the_summary_has_a_limit)
check(
    "a comment is counted in characters, and the summary keeps the whole",
    a_comment_has_a_limit_in_characters,
)
check("no path forges an output", outputs_cannot_be_forged)
check("annotations are taken from the report and nothing else is", annotations_are_annotations)
check("inputs are arguments, whatever they look like", inputs_are_arguments)
check("the status of the step follows fail-on", the_status_is_what_fail_on_says)
check("a run without reports says so", a_run_without_reports_says_so)
check("every awk of this machine reads the report", every_awk_reads_the_report)
clear()
end()
