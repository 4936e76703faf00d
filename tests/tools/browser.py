#!/usr/bin/env python3
"""Holds an HTML report to what Chromium makes of it.

usage: browser.py CLAIM REPORT.html REPORT.json [PICTURES]

Fails if the page asks for anything, or if the browser complains about it, whatever the claim is.
"""

import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import counted
from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 900}

MANY = 10
"""Rows from which on people may choose a risk."""


def shown_rows(page: Page) -> int:
    """Workloads in the table; the row of those that are alike stands for as many as it says."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.workloads tbody tr')]
            .filter(row => row.checkVisibility())
            .map(row => row.querySelector('a[href="#alike"]')
                ? parseInt(row.querySelector('th').textContent) : 1)
            .reduce((sum, some) => sum + some, 0)"""
    )


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def says_what_json_says(page: Page, report: dict, _pictures: Path | None) -> None:
    assert shown_rows(page) == counted.workloads(report), f"{shown_rows(page)} workloads"
    title = page.inner_text("h1")
    for said in counted.verdict(report):
        assert said in title, f"{said!r} is not in {title!r}"
    # An element that a name became would be counted, and its name would not be there.
    text = page.text_content("body")
    for name in counted.plain_names(report):
        assert name in text, f"{name!r} is not shown"
    foreign = page.query_selector_all(
        "script, img, iframe, object, embed, link, base, form, body [style]"
    )
    assert not foreign, f"{len(foreign)} elements that are not ours"


def fits(page: Page, _report: dict, _pictures: Path | None) -> None:
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert overflow(page) <= 0, f"{overflow(page)} px too wide at {size['width']}"
    unfold(page)
    for view in ("unified", "split"):
        if page.query_selector(f"#view-{view}"):
            page.check(f"#view-{view}")
        assert overflow(page) <= 0, f"{overflow(page)} px too wide, unfolded and {view}"


def can_be_chosen_from(page: Page, report: dict, _pictures: Path | None) -> None:
    if page.query_selector("#view-split"):
        # What is folded is not shown in any view.
        unfold(page)
        for view, other in (("split", "unified"), ("unified", "split")):
            page.check(f"#view-{view}")
            for name, is_shown in ((view, True), (other, False)):
                seen = page.evaluate(
                    "name => [...document.querySelectorAll('.' + name)].map(one => one.checkVisibility())",
                    name,
                )
                assert set(seen) <= {is_shown}, f"{view}: {name} is shown: {set(seen)}"
    choices = page.query_selector_all("input[name=show]")
    if len(page.query_selector_all(".workloads tbody tr")) > MANY:
        risks = page.evaluate(
            "new Set([...document.querySelectorAll('tbody .risk')].map(r => r.textContent)).size"
        )
        assert risks == 1 or len(choices) == risks + 1, f"{len(choices)} choices, {risks} risks"
    for choice in choices:
        choice.check()
        label = choice.evaluate("one => one.parentElement.textContent")
        wanted = int(label.split("(")[1].rstrip(")")) if "(" in label else counted.workloads(report)
        assert shown_rows(page) == wanted, f"{label}: {shown_rows(page)} rows"


def is_printed_whole(page: Page, _report: dict, _pictures: Path | None) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('.inside, .unified, .found')]
            .filter(one => !one.checkVisibility() || one.offsetHeight === 0).length"""
    )
    assert hidden == 0, f"{hidden} parts are not printed"
    for name in ("nav", ".choice", ".split"):
        seen = [one.is_visible() for one in page.query_selector_all(name)]
        assert not any(seen), f"{name} is printed"
    assert ground(page) == "rgb(255, 255, 255)", ground(page)


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def can_be_seen(page: Page, _report: dict, pictures: Path | None) -> None:
    assert pictures, "no place for the pictures"
    grounds = set()
    for scheme in ("light", "dark"):
        for name, size in (("wide", WIDE), ("narrow", NARROW)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            grounds.add(ground(page))
            picture = page.screenshot()
            assert lines(picture) > 50, f"{scheme}, {name}: an empty picture"
            (pictures / f"{scheme}-{name}.png").write_bytes(picture)
    assert len(grounds) == 2, f"both schemes are {grounds}"


def lines(picture: bytes) -> int:
    """How many lines of pixels of a PNG differ; an empty one has one or two."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n"), "no PNG"
    at, packed = 8, b""
    while at < len(picture):
        size = int.from_bytes(picture[at : at + 4], "big")
        kind, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, channels = int.from_bytes(body[:4], "big"), {2: 3, 6: 4}[body[9]]
        packed += body if kind == b"IDAT" else b""
        at += size + 12
    pixels, line = zlib.decompress(packed), 1 + width * channels
    return len({pixels[start : start + line] for start in range(0, len(pixels), line)})


def is_loaded_as_it_is(html: Path, report: dict) -> None:
    """The browser alone, as people start it: nothing of ours is between it and the page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        ran = subprocess.run(
            [CHROMIUM, "--headless", *FLAGS, f"--user-data-dir={profile}/p"]
            + ["--enable-logging=stderr", "--v=0", "--dump-dom", html.as_uri()],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
    complaints = [line for line in ran.stderr.splitlines() if is_complaint(line)]
    assert not complaints, "\n".join(complaints)
    # The alike share a row, and so there may be fewer.
    rows = (
        ran.stdout.split('<table class="workloads">')[-1].split("</table>")[0].count("<tr class=")
    )
    shared = 'href="#alike"' in ran.stdout
    wanted = counted.workloads(report)
    assert rows < wanted if shared else rows == wanted, f"{rows} rows, {wanted} workloads"


def is_complaint(line: str) -> bool:
    return any(word in line for word in (":CONSOLE", "Refused", "Uncaught", "Content Security"))


CLAIMS = {
    "says what the JSON report says": says_what_json_says,
    "fits a wide and a narrow window": fits,
    "can be chosen from": can_be_chosen_from,
    "is printed whole": is_printed_whole,
    "can be seen light and dark": can_be_seen,
}


def main() -> None:
    claim, html, report = sys.argv[1], Path(sys.argv[2]).resolve(), counted.report(sys.argv[3])
    pictures = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    if claim == "is loaded as it is":
        return is_loaded_as_it_is(html, report)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=WIDE)
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(html.as_uri())
        CLAIMS[claim](page, report, pictures)
        browser.close()
    assert asked == [html.as_uri()], f"it asks for {asked[1:]}"
    assert not said, f"the browser says {said}"


main()
