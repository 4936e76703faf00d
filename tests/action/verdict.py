"""One line for each check: ok, FAILED with the reason, or SKIPPED with the reason."""

import sys
import traceback

failed = False


class Skip(Exception):
    """What is missing on this machine."""


def check(claim, body):
    """Runs the body and says whether the claim holds."""
    global failed
    try:
        body()
    except Skip as reason:
        print(f"SKIPPED ({reason}) {claim}", flush=True)
    except Exception as problem:
        failed = True
        print(f"FAILED {claim}", flush=True)
        if not isinstance(problem, AssertionError) or not str(problem):
            traceback.print_exc(file=sys.stdout)
        else:
            print("    " + str(problem).replace("\n", "\n    "), flush=True)
    else:
        print(f"ok {claim}", flush=True)


def same(what, actual, expected):
    """Asserts that the two are the same, and shows both if they are not."""
    assert actual == expected, f"{what}: expected {expected!r}, found {actual!r}"


def holds(what, text, piece):
    """Asserts that the piece stands in the text."""
    assert piece in text, f"{what}: {piece!r} does not stand in {text[:2000]!r}"


def lacks(what, text, piece):
    """Asserts that the piece does not stand in the text."""
    assert piece not in text, f"{what}: {piece!r} stands in {text[:2000]!r}"


def end():
    """Ends the program: 10 if a check failed, which no crash of Python ends with."""
    sys.exit(10 if failed else 0)
