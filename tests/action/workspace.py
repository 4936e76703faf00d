"""A workspace in which the scripts of the Action run as the runner calls them."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import runner
from verdict import Skip

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="flink-migrate-pieces-"))
DEFAULTS = {
    "IN_PATHS": ".",
    "IN_MODE": "check",
    "IN_STEP": "",
    "IN_SAVEPOINTS": "",
    "IN_CONFIG": "",
    "IN_TARGET_OPERATOR": "",
    "IN_FAIL_ON": "decision",
    "IN_VERSION": "0.1.0",
    "IN_BINARY": "",
    "IN_MAX_COMMENT_CHARS": "60000",
    "ACTION_REPOSITORY": "acme/flink-migrate",
    "RUNNER_OS": "Linux",
    "RUNNER_ARCH": "X64",
}


class Place:
    """A workspace with a folder for stand-in programs and what the runner provides."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=FOLDER))
        self.bin, self.work, self.temp = (self.root / n for n in ("bin", "work", "temp"))
        for path in (self.bin, self.work, self.temp):
            path.mkdir()
        self.output, self.summary = self.root / "output", self.root / "summary"

    def program(self, name, text):
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def run(self, script, **inputs):
        """Runs the script; standard error is part of what it says, as in the log."""
        environment = dict(os.environ, **DEFAULTS)
        environment.update(
            {
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
            }
        )
        environment.update(inputs)
        command = ["bash", runner.ROOT / "action" / script]
        # A real file for standard error tells what did not come through the pipe of the log.
        with open(self.root / "stderr", "w+") as stderr:
            done = subprocess.run(
                command,
                cwd=self.work,
                env=environment,
                text=True,
                timeout=120,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
            stderr.seek(0)
            self.stderr = stderr.read()
        return done.returncode, done.stdout + self.stderr

    def outputs(self):
        """The outputs, read as the runner reads them."""
        found, lines = {}, iter(self.output.read_text().splitlines())
        for line in lines:
            name, delimiter = line.split("<<", 1)
            value = []
            for line in lines:
                if line == delimiter:
                    break
                value.append(line)
            found[name] = "\n".join(value)
        return found


def real():
    """The program under test."""
    program = runner.binary()
    if program is None:
        raise Skip("there is no flink-migrate to run; set FLINK_MIGRATE_BIN")
    return program


def clear():
    """Takes all workspaces away."""
    shutil.rmtree(FOLDER, ignore_errors=True)
