"""The second workflow, which posts the comment: what it posts, where, and what it refuses.

`gh` is a stand-in that answers from files and keeps what would be sent.
"""

import json
import os
import shutil
import subprocess

import runner
from verdict import Skip, check, end, holds, same

bench = runner.Bench()

GH = r"""#!/usr/bin/env python3
import json, os, pathlib, shutil, subprocess, sys
keep, words = pathlib.Path(os.environ["KEEP"]), sys.argv[1:]
def option(name):
    return words[words.index(name) + 1] if name in words else None
assert os.environ["GH_TOKEN"], "no token"
if words[:2] == ["run", "download"]:
    assert words[2] == "42" and option("--repo") == "acme/gitops", words
    if not (keep / "artifact").exists():
        sys.exit("no artifact matches")
    shutil.copytree(keep / "artifact", option("--dir"), symlinks=True)
elif option("--method"):
    field = option("--field").split("=@")
    sent = {"method": option("--method"), "to": words[3], field[0]: open(field[1]).read()}
    with open(keep / "sent", "a") as out:
        out.write(json.dumps(sent) + "\n")
else:
    address = next(word for word in words[1:] if word.startswith("repos/"))
    name = "comments.json" if "/comments" in address else "pull.json"
    with open(keep / "asked", "a") as out:
        out.write(address + "\n")
    sys.exit(subprocess.run(["jq", "-r", option("--jq"), keep / name]).returncode)
"""

EVENT = {
    "action": "completed",
    "repository": {"full_name": "acme/gitops"},
    "workflow_run": {
        "id": 42,
        "event": "pull_request",
        "head_sha": "f00d",
        "head_branch": "move",
        "head_repository": {"full_name": "stranger/gitops"},
        "html_url": "https://github.com/acme/gitops/actions/runs/42",
    },
}
REPORT = "<!-- flink-migrate -->\n## 1 file changes\n`$(touch pwned)` **x**\n"
BOT, SOMEBODY = {"login": "github-actions[bot]"}, {"login": "stranger"}
OURS = {"id": 11, "user": BOT, "body": "<!-- flink-migrate -->\nold"}
FORGED = {"id": 12, "user": SOMEBODY, "body": "<!-- flink-migrate -->\nforged"}
OTHER = {"id": 13, "user": BOT, "body": "something else\n<!-- flink-migrate -->"}


def needs_jq():
    if not shutil.which("jq"):
        raise Skip("there is no jq to stand in for that of gh")


def kept(artifact, comments=(), head="f00d"):
    """The files from which the stand-in answers; a part of the artifact may be left out by None."""
    parts = {"number": "7\n", "status": "1\n", "comment_md": REPORT, **artifact}
    files = {
        f"artifact/{name.replace('_', '.')}": text
        for name, text in parts.items()
        if text is not None
    }
    files["comments.json"] = json.dumps(list(comments))
    files["pull.json"] = json.dumps({"head": {"sha": head}})
    return files


def sent_from(keep):
    sent = keep / "sent"
    return [json.loads(line) for line in sent.read_text().splitlines()] if sent.exists() else []


def post(comments=(), head="f00d", event=EVENT, **artifact):
    """The run under act for an artifact like that, and what was sent."""
    needs_jq()
    run = bench.run(
        runner.load("flink-migrate-comment.yml"),
        {"a": ""},
        event,
        "workflow_run",
        programs={"gh": GH},
        kept=kept(artifact, comments, head),
        token="t",
    )
    return run, sent_from(run.keep)


def post_without_act(linked=None, **artifact):
    """Status and log of the script alone, since act loses the last lines of a step now and then."""
    needs_jq()
    place = bench.place()
    step = runner.load("flink-migrate-comment.yml")["jobs"]["comment"]["steps"][0]
    for file, text in kept(artifact).items():
        path = place / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    if linked:
        (place / "secret").write_text(REPORT)
        (place / "artifact" / linked).unlink()
        (place / "artifact" / linked).symlink_to(place / "secret")
    (place / "bin").mkdir()
    (place / "temp").mkdir()
    (place / "bin" / "gh").write_text(GH)
    (place / "bin" / "gh").chmod(0o755)
    run = EVENT["workflow_run"]
    environment = dict(
        os.environ,
        KEEP=str(place),
        RUNNER_TEMP=str(place / "temp"),
        GH_TOKEN="t",
        PATH=f"{place / 'bin'}:{os.environ['PATH']}",
        MARKER=step["env"]["MARKER"],
        REPOSITORY="acme/gitops",
        RUN_ID=str(run["id"]),
        RUN_URL=run["html_url"],
        HEAD_SHA=run["head_sha"],
    )
    done = subprocess.run(
        ["bash", "-c", step["run"]], cwd=place, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr, sent_from(place)


def it_is_posted_once():
    run, sent = post(comments=[FORGED, OTHER])
    same("job", run.job, "success")
    same(
        "requests",
        [(each["method"], each["to"]) for each in sent],
        [("POST", "repos/acme/gitops/issues/7/comments")],
    )
    same("first lines", sent[0]["body"][: len(REPORT)], REPORT)
    holds(
        "footer",
        sent[0]["body"],
        "at f00d by [this run](https://github.com/acme/gitops/actions/runs/42)",
    )
    run, sent = post(comments=[FORGED, OTHER, OURS])
    same(
        "requests",
        [(each["method"], each["to"]) for each in sent],
        [("PATCH", "repos/acme/gitops/issues/comments/11")],
    )


def it_is_quiet():
    run, sent = post(status="0\n")
    same("job and requests", (run.job, sent), ("success", []))
    run, sent = post(status="0\n", comments=[OURS])
    same("requests when there is a comment", [each["method"] for each in sent], ["PATCH"])
    run, sent = post(number=None, status=None, comment_md=None)
    same("job and requests without an artifact", (run.job, sent), ("success", []))
    run, sent = post(head="cafe")
    same("job and requests for another commit", (run.job, sent), ("success", []))
    other = json.loads(json.dumps(EVENT))
    other["workflow_run"]["event"] = "push"
    run, sent = post(event=other)
    same("requests for another event", sent, [])


def it_refuses():
    for artifact, word in [
        ({"number": "7; touch pwned"}, "no number"),
        ({"number": "../../other/repo/issues/1"}, "no number"),
        ({"number": "007"}, "no number"),
        ({"number": ""}, "no number"),
        ({"number": "99999999999"}, "no number"),
        ({"comment_md": "## no marker\n"}, "does not begin with its marker"),
        ({"comment_md": REPORT + "x" * 65_000}, "too long"),
        ({"comment_md": None}, "no file comment.md"),
        ({"number": None}, "no file number"),
    ]:
        status, log, sent = post_without_act(**artifact)
        same(f"status and requests for {str(artifact)[:60]}", (status, sent), (1, []))
        holds("log", log, "::error::the ")
        holds("log", log, word)
    run, sent = post(number="7; touch pwned")
    same("job and requests under act", (run.job, sent), ("failure", []))
    status, log, sent = post_without_act(linked="comment.md")
    same("status and requests for a link", (status, sent), (1, []))
    holds("log", log, "no file comment.md")
    status, _, sent = post_without_act()
    same("status and number of requests of what is not refused", (status, len(sent)), (0, 1))


def characters_are_counted():
    text = REPORT + "é🚀" * 30_000
    run, sent = post(comment_md=text)
    same("job", run.job, "success")
    assert len(sent[0]["body"]) < 65_536, len(sent[0]["body"])


check("the comment is posted once and then updated, and only ours is", it_is_posted_once)
check("nothing is posted where there is nothing to say", it_is_quiet)
check("an artifact that is not ours is refused", it_refuses)
check("the comment is measured in characters", characters_are_counted)
bench.close()
end()
