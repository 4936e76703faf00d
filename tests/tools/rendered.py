#!/usr/bin/env python3
"""Holds a Markdown report to what GitHub's renderer makes of it.

usage: rendered.py REPORT.md REPORT.json [TEXT]

cmark-gfm reads it with everything that GitHub turns on. Mentions, issues and commits are found by
GitHub later and in plain text alone, so plain text must not hold any. The TEXT has to be shown.
"""

import re
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import counted
from cmarkgfm import cmark

EXTENSIONS = ["table", "autolink", "strikethrough", "tagfilter", "tasklist"]

BUDGET = 60_000
"""The longest report in bytes where nobody asks for another length."""

KNOWN = set(
    "h2 h3 p strong b code pre ul li br hr sub blockquote details summary "
    "table thead tbody tr th td".split()
)
VOID = {"br", "hr"}
ATTRIBUTES = {
    ("pre", "lang", "diff"),
    ("code", "class", "language-diff"),
}
LINKED = re.compile(
    r"@\w|#\d|\bGH-\d|://|\bwww\.|\b(?=[a-z]*\d)[0-9a-f]{7,40}\b|[<>`|~]", re.IGNORECASE
)
"""What GitHub makes a link of in plain text, or what would have been markup."""


class Page(HTMLParser):
    """The elements, and the texts that are not code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.title = ""
        self.code = ""
        self.cells: list[int] = []

    def handle_starttag(self, tag, attrs):
        assert tag in KNOWN, f"<{tag}> at line {self.getpos()[0]}"
        for name, value in attrs:
            assert (tag, name, value or "") in ATTRIBUTES, f"{name}={value!r} in <{tag}>"
        self.count[tag] += 1
        if tag == "tr":
            self.cells.append(0)
        if tag in ("td", "th"):
            self.cells[-1] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, f"</{tag}> at line {self.getpos()[0]}"

    def handle_data(self, data):
        if "h2" in self.open:
            self.title += data
        if "code" in self.open or "pre" in self.open:
            self.code += data
        else:
            odd = LINKED.search(data)
            assert not odd, f"{odd[0]!r} in the text {data!r}"

    def handle_comment(self, data):
        assert data == " flink-migrate ", f"the comment {data!r}"

    def handle_decl(self, decl):
        raise AssertionError(f"<!{decl}>")

    unknown_decl = handle_pi = handle_decl


def main() -> None:
    text = Path(sys.argv[1]).read_bytes()
    report = counted.report(sys.argv[2])
    assert len(text) <= BUDGET, f"{len(text)} bytes"
    # Without this option the renderer drops every element, and GitHub does not.
    unsafe = cmark.Options.CMARK_OPT_UNSAFE
    html = cmark.markdown_to_html_with_extensions(text.decode(), unsafe, EXTENSIONS)
    page = Page()
    page.feed(html)
    page.close()
    assert not page.open, f"{page.open} do not end"
    for said in counted.verdict(report):
        assert said in page.title, f"{said!r} is not in {page.title!r}"
    assert page.count["h2"] == 1, page.count
    assert page.count["table"] == min(1, counted.workloads(report)), page.count
    assert set(page.cells) <= {5}, f"rows of {sorted(set(page.cells))} cells"
    assert page.count["details"] == page.count["summary"], page.count
    for wanted in sys.argv[3:]:
        assert wanted in page.code, f"{wanted!r} is not shown"
    print(f"{len(text)} bytes, {page.count['details']} folded, {len(page.cells)} rows")


main()
