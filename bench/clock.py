"""Times contestants in turn, A B C A B C, so that a slow minute of the machine meets them all.

A contestant is a whole process from its start to its end, measured from outside; processor time is
what the operating system accounts to it. Python starts it with `posix_spawn`, which copies nothing
of the parent, and costs every contestant the same.
"""

import hashlib
import os
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path


class Wrong(Exception):
    """A contestant that did not do its job; its time means nothing."""


@dataclass
class Contestant:
    name: str
    argv: list
    cwd: Path
    statuses: tuple = (0,)
    """The exit statuses that mean the job was done."""
    feed: Path = None
    """A file that `cat` pipes to standard input."""
    prepare: object = None
    """Called before each run, outside the timing."""
    inspect: object = None
    """Called with the file of standard output after each run, outside the timing; raises Wrong."""
    rounds: int = 0
    """Fewer rounds than the others, for the slow ones; 0 for all."""
    repeat: int = 1
    """Runs in each round, for the very short ones; the round counts their median."""
    wall: list = field(default_factory=list)
    processor: list = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)


def once(who: Contestant, env: dict, out: Path) -> tuple[float, float]:
    """Wall and processor seconds of one run; raises Wrong if it ended otherwise than it must."""
    if who.prepare:
        who.prepare()
    err = out.with_suffix(".err")
    os.chdir(who.cwd)
    argv = [str(a) for a in who.argv]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    sink = os.devnull if who.feed else str(out)
    actions = [(os.POSIX_SPAWN_OPEN, 1, sink, flags, 0o644),
               (os.POSIX_SPAWN_OPEN, 2, str(err), flags, 0o644)]
    cat = None
    if who.feed:
        read, write = os.pipe()
        started = time.perf_counter()
        cat = os.posix_spawnp("cat", ["cat", str(who.feed)], env,
                              file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
        os.close(write)
        actions.append((os.POSIX_SPAWN_DUP2, read, 0))
        pid = os.posix_spawnp(argv[0], argv, env, file_actions=actions)
        os.close(read)
    else:
        actions.append((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))
        started = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, env, file_actions=actions)
    _, status, used = os.wait4(pid, 0)
    processor = used.ru_utime + used.ru_stime
    if cat:
        _, fed, used = os.wait4(cat, 0)
        processor += used.ru_utime + used.ru_stime
        if fed:
            raise Wrong(f"{who.name}: not all of standard input was read")
    wall = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    if code not in who.statuses:
        tail = err.read_text(errors="replace").strip().splitlines()[-5:]
        raise Wrong(f"{who.name} ended with {code}, expected {who.statuses}: " + "\n".join(tail))
    if who.inspect:
        who.inspect(out)
    return wall, processor


def race(contestants: list, rounds: int, env: dict, out: Path, budget: float = 240.0) -> None:
    """One round that does not count, then `rounds` that do; at least three, whatever they take.

    What is fed has been read before, so a contestant that takes minutes runs no more often.
    """
    for who in contestants:
        if not who.feed:
            once(who, env, out)
    began = time.perf_counter()
    for turn in range(rounds):
        if turn >= 3 and time.perf_counter() - began > budget:
            break
        for who in contestants:
            if who.rounds and turn >= who.rounds:
                continue
            runs = [once(who, env, out) for _ in range(who.repeat)]
            who.wall.append(statistics.median(wall for wall, _ in runs))
            who.processor.append(statistics.median(used for _, used in runs))


@dataclass
class Ratio:
    """How `ours` stands to `theirs`: of the medians, and the least and most of one round.

    The ratio of the processor times hardly suffers from what else runs on the machine, but it counts
    all threads together and no waiting.
    """

    value: float
    least: float
    most: float
    processor: float

    @staticmethod
    def of(ours: Contestant, theirs: Contestant) -> "Ratio":
        # Only rounds that both ran in count, so that a slow minute is not held against one of them.
        both = min(len(ours.wall), len(theirs.wall))
        a, b = ours.wall[:both], theirs.wall[:both]
        pairs = [one / other for one, other in zip(a, b)]
        processor = statistics.median(ours.processor[:both]) / statistics.median(theirs.processor[:both])
        return Ratio(statistics.median(a) / statistics.median(b), min(pairs), max(pairs), processor)


def busy() -> float:
    """Seconds that all processors of the machine have worked; nothing where it cannot be known."""
    try:
        with open("/proc/stat", encoding="ascii") as stat:
            user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    except (OSError, ValueError):
        return float("nan")
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Others:
    """How much of the machine others used while this ran, in percent of all its processors."""

    def __enter__(self):
        self.began, self.busy, self.own = time.perf_counter(), busy(), self.ours()
        self.share = float("nan")
        return self

    def __exit__(self, *_):
        elapsed = (time.perf_counter() - self.began) * (os.cpu_count() or 1)
        share = (busy() - self.busy - (self.ours() - self.own)) / elapsed * 100
        self.share = max(0.0, share)

    @staticmethod
    def ours() -> float:
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system


def streamed(who: Contestant, env: dict) -> tuple[float, str]:
    """Most MiB that a run held resident, and the digest of its output; it is not timed.

    The memory is the kernel's high-water mark of the process itself: what `wait4` tells begins with
    the memory of the parent, and would be too much.
    """
    cat = subprocess.Popen(["cat", str(who.feed)], stdout=subprocess.PIPE, env=env)
    run = subprocess.Popen([str(a) for a in who.argv], stdin=cat.stdout, env=env, cwd=who.cwd,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    cat.stdout.close()
    peak, digest = 0, hashlib.sha256()

    def watch() -> None:
        nonlocal peak
        while run.poll() is None:
            try:
                with open(f"/proc/{run.pid}/status", encoding="ascii", errors="replace") as lines:
                    marks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
                peak = max([peak, *marks])
            except OSError:
                pass
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    while block := run.stdout.read(1 << 20):
        digest.update(block)
    watcher.join()
    cat.wait()
    if run.returncode not in who.statuses:
        raise Wrong(f"{who.name} ended with {run.returncode}")
    return (peak / 1024 if peak else float("nan")), digest.hexdigest()
