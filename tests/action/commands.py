"""The commands that the runner of GitHub Actions would take from a log.

act looks at the beginning of a line only. The runner (`ActionCommand.cs`, `ActionCommandManager.cs`
of actions/runner) ignores blanks before `::`, and finds the older `##[` anywhere in a line.
"""

import re


def obeyed(log):
    """Name and line of each command, with `::stop-commands::` honoured."""
    found, resume = [], None
    for line in log.splitlines():
        command = parsed(line)
        if command is None:
            continue
        name, value = command
        if resume is not None:
            if name.lower() == resume.lower():
                resume = None
        elif name == "stop-commands":
            resume = value
        else:
            found.append((name, line))
    return found


def parsed(line):
    """Name and value of the command that the line is, if it is one."""
    stripped = line.lstrip()
    if stripped.startswith("::"):
        words = re.match(r"::([^\s:]+)[^:]*(?::(?!:)[^:]*)*::(.*)", stripped)
        if words:
            return words.groups()
    older = re.search(r"##\[([^\]\s]+)[^\]]*\](.*)", line)
    return older.groups() if older else None
