"""The Action as a user has it: the workflow of examples/github, on pull requests, under act."""

import json
import subprocess

import commands
import manifests
import runner
from verdict import Skip, check, end, holds, lacks, same

bench = runner.Bench()

DUMP = {
    "name": "Show the outputs to the test",
    "if": "always()",
    "shell": "bash",
    "env": {"OUTPUTS": "${{ toJSON(steps.migrate.outputs) }}"},
    "run": 'printf %s "$OUTPUTS" >"$KEEP/outputs.json"; git diff >"$KEEP/worktree.diff"',
}

PULL_REQUEST = {
    "repository": {"full_name": "acme/gitops"},
    "pull_request": {
        "number": 7,
        "head": {"ref": "move", "sha": "f00d", "repo": {"full_name": "acme/gitops"}},
        "base": {"ref": "main"},
    },
}


def act(files, event=PULL_REQUEST, name="flink-migrate.yml", **inputs):
    """Runs the example with these inputs for the Action and no others."""
    program = runner.binary()
    if program is None:
        raise Skip("there is no flink-migrate to run; set FLINK_MIGRATE_BIN")
    workflow = runner.load(name)
    step, steps = runner.step_of(workflow, runner.OURS)
    step["with"] = {"binary": program}
    step["with"].update({key.replace("_", "-"): value for key, value in inputs.items()})
    steps.insert(steps.index(step) + 1, DUMP)
    run = bench.run(
        workflow, files, event, name="workflow_dispatch" if "write" in name else "pull_request"
    )
    assert run.job, f"act did not finish: {run.stderr[-2000:]}"
    return run


def outputs(run, changed, files, decisions, status):
    """Asserts the outputs that are no files."""
    found = {
        key: run.outputs.get(key) for key in ("changed", "changed-files", "decisions", "exit-code")
    }
    expected = {
        "changed": changed,
        "changed-files": files,
        "decisions": decisions,
        "exit-code": status,
    }
    same("outputs", found, expected)


def summary(run):
    """The one job summary of the run."""
    same("number of job summaries", len(run.summaries), 1)
    return run.summaries[0]


def nothing_to_do():
    run = act({"a.yaml": manifests.CONVERTED, "notes.txt": "v1alpha1"})
    same("job", run.job, "success")
    outputs(run, "false", "", "0", "0")
    holds("summary", summary(run), "<!-- flink-migrate -->")
    same("annotations", run.annotations, [])
    same("patch", run.upload("flink-migrate-reports")["changes.patch"], "")
    same("status for the comment", run.upload("flink-migrate-comment")["status"], "0\n")


def changes():
    run = act({"apps/a.yaml": manifests.STATELESS, "b.yaml": manifests.CONVERTED})
    same("job", run.job, "success")
    outputs(run, "true", "apps/a.yaml", "0", "1")
    holds("summary", summary(run), "apps/a.yaml")
    uploads = run.upload("flink-migrate-reports")
    same("reports", sorted(uploads), ["changes.patch", "report.html", "report.json"])
    place = bench.place()
    (place / "apps").mkdir()
    (place / "apps" / "a.yaml").write_text(manifests.STATELESS)
    subprocess.run(
        ["git", "apply", "-"], input=uploads["changes.patch"], cwd=place, check=True, text=True
    )
    same("patched file", (place / "apps" / "a.yaml").read_text(), manifests.CONVERTED)
    holds("page", uploads["report.html"].lower(), "<html")
    sarif = json.loads(run.upload("artifact")["report.sarif"])
    places = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    same("place in SARIF", places["artifactLocation"]["uri"], "apps/a.yaml")
    named = [
        (level, at["file"], at["line"]) for level, at, _ in run.annotations if level == "warning"
    ]
    same("annotations of changes", named, [("warning", "apps/a.yaml", "1")])
    comment = run.upload("flink-migrate-comment")
    same("number for the comment", comment["number"], "7\n")
    same("comment", comment["comment.md"], summary(run))
    same("fail-on change", act({"a.yaml": manifests.STATELESS}, fail_on="change").job, "failure")


def a_decision():
    run = act({"a.yaml": manifests.STATEFUL})
    same("job", run.job, "failure")
    outputs(run, "false", "", "1", "3")
    holds("summary", summary(run), "missing-savepoint")
    holds("annotations", str(run.annotations), "missing-savepoint")
    same("comment", run.upload("flink-migrate-comment")["comment.md"], summary(run))
    for level in ("never", "error"):
        run = act({"a.yaml": manifests.STATEFUL}, fail_on=level)
        same(f"job with fail-on {level}", run.job, "success")
        outputs(run, "false", "", "1", "3")
    answered = {"a.yaml": manifests.STATEFUL, "my maps/eu.yaml": manifests.SAVEPOINTS}
    run = act(answered, savepoints="my maps/eu.yaml", mode="diff", paths="a.yaml")
    same("job with a map", run.job, "success")
    outputs(run, "true", "a.yaml", "0", "1")
    holds(
        "log of mode diff", run.log, "+    initialSavepointPath: s3://lake/savepoints/savepoint-1-2"
    )


def broken_yaml():
    files = {"a.yaml": manifests.BROKEN, "b.yaml": manifests.STATELESS}
    run = act(files)
    same("job", run.job, "failure")
    outputs(run, "true", "b.yaml", "0", "2")
    holds("summary", summary(run), "a.yaml")
    holds("annotations", str(run.annotations), "broken-yaml")
    run = act(files, fail_on="never")
    same("job with fail-on never", run.job, "success")
    outputs(run, "true", "b.yaml", "0", "2")
    for paths in ("nowhere.yaml", ".\nnowhere.yaml"):
        unreadable = act(files, fail_on="never", paths=paths)
        same("job with fail-on never and no such path", unreadable.job, "failure")


def blanks_and_quotes():
    path = 'it\'s a "folder"/x & $(y) #1.yaml'
    run = act(
        {path: manifests.STATELESS, "other.yaml": manifests.STATELESS}, paths=f"\n{path}\r\n\n"
    )
    same("job", run.job, "success")
    outputs(run, "true", path, "0", "1")
    both = act(
        {path: manifests.STATELESS, "-rf.yaml": manifests.STATELESS}, paths=f"{path}\n-rf.yaml"
    )
    outputs(both, "true", f"-rf.yaml\n{path}", "0", "1")


HOSTILE = [
    '"; touch "$KEEP/pwned"; #',
    '$(touch "$KEEP/pwned")',
    '`touch "$KEEP/pwned"`',
    '\'; touch "$KEEP/pwned"; #\n::error::planted',
]
INPUTS = [
    "paths",
    "mode",
    "step",
    "savepoints",
    "config",
    "target_operator",
    "fail_on",
    "version",
    "binary",
    "max_comment_chars",
]

# What the scripts refuse themselves has no status of the program.
REFUSED_BY_US = dict.fromkeys(["mode", "fail_on", "version", "binary", "max_comment_chars"], "")


def hostile(name, value):
    def body():
        inputs = {name: value}
        if name == "version":
            inputs["binary"] = ""
        run = act({"a.yaml": manifests.CONVERTED}, **inputs)
        same("job", run.job, "failure")
        holds("failures", str(run.failures), "exit status 2")
        same("exit-code", run.outputs.get("exit-code"), REFUSED_BY_US.get(name, "2"))
        assert not (run.keep / "pwned").exists(), "the input was run"
        lacks("commands", str(commands.obeyed(run.log)), "planted")

    return body


def a_diff_that_commands():
    run = act({"a.yaml": manifests.COMMANDING}, mode="diff", paths="a.yaml")
    same("job", run.job, "success")
    outputs(run, "true", "a.yaml", "0", "1")
    for piece in (" ::error::planted", " ##[error]planted", " ::add-mask::planted"):
        holds("log", run.log, piece)
    planted = [words for words in run.annotations if "planted" in str(words)]
    same("annotations", planted, [])


def hunks(diff):
    """The diff without the lines that only git writes."""
    return [line for line in diff.splitlines() if line[:1] in ("+", "-", "@", " ")]


def writing():
    files = {"clusters/production/a.yaml": manifests.STATELESS, "apps/b.yaml": manifests.CONVERTED}
    files["elsewhere.yaml"] = manifests.STATELESS
    workflow = "flink-migrate-write.yml"
    run = act(files, {}, workflow, mode="write", paths="clusters/production\napps")
    same("job", run.job, "success")
    outputs(run, "true", "clusters/production/a.yaml", "0", "0")
    patch = run.upload("flink-migrate-patch")["changes.patch"]
    written = (run.keep / "worktree.diff").read_text()
    same("checkout", hunks(written), hunks(patch))
    files["apps/b.yaml"] = manifests.STATEFUL
    held = act(files, {}, workflow, mode="write")
    same("job with a decision", held.job, "failure")
    outputs(held, "false", "", "1", "3")
    same("checkout with a decision", (held.keep / "worktree.diff").read_text(), "")
    held = act(files, {}, workflow, mode="write", fail_on="never")
    same("job with a decision and fail-on never", held.job, "success")
    outputs(held, "false", "", "1", "3")
    run = act({"a.yaml": manifests.STATELESS}, {}, workflow, mode="write", fail_on="never")
    outputs(run, "true", "a.yaml", "0", "0")


def a_fork():
    event = json.loads(json.dumps(PULL_REQUEST))
    event["pull_request"]["head"]["repo"]["full_name"] = "stranger/gitops"
    run = act({"a.yaml": manifests.STATELESS}, event)
    same("job", run.job, "success")
    same("SARIF", run.upload("artifact"), {})
    same("reports", len(run.upload("flink-migrate-reports")), 3)
    holds("comment", run.upload("flink-migrate-comment")["comment.md"], "a.yaml")
    holds("summary", summary(run), "a.yaml")


def a_short_comment():
    files = {
        f"app-{n}.yaml": manifests.STATELESS.replace("page-views", f"app-{n}") for n in range(200)
    }
    run = act(files, max_comment_chars="700")
    same("job", run.job, "success")
    comment = run.upload("flink-migrate-comment")["comment.md"]
    assert len(comment) <= 700, f"the comment has {len(comment)} characters"
    holds("comment", comment, "<!-- flink-migrate -->")
    holds("comment", comment, "200 files")
    run = act(files, max_comment_chars="5000")
    comment = run.upload("flink-migrate-comment")["comment.md"]
    assert 700 < len(comment) <= 5000, f"the comment has {len(comment)} characters"
    holds("comment", comment, "Left out")


check("nothing to do is a success, and says so", nothing_to_do)
check("changes are reported in every form, and fail only if they are to", changes)
check("a decision fails the step until it is answered", a_decision)
check("broken YAML fails the step, and its neighbours are reported", broken_yaml)
check("a path with blanks, quotes, dollars or a dash in front is a path", blanks_and_quotes)
for place in INPUTS:
    for number, payload in enumerate(HOSTILE):
        check(
            f"the input {place.replace('_', '-')} is never run (payload {number + 1})",
            hostile(place, payload),
        )
check("a diff whose lines look like commands commands nothing under act", a_diff_that_commands)
check("mode write rewrites the checkout, all or nothing", writing)
check("a pull request from a fork gets all but the upload to code scanning", a_fork)
check("max-comment-chars bounds the comment", a_short_comment)
bench.close()
end()
