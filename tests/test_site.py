"""The site of the documentation: it builds strict, asks no server, and can be searched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import layout
from layout.output.maps import MapPage
from tests import ROOT
from tests.worlds.baise import BaisePlan
from tests.worlds.browser import opened, started
from tools import screenshots

pytestmark = pytest.mark.more

# What a browser fetches by itself; a link that somebody clicks is no request.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*\b(?:src|data)=\"?([^\"\s>]+)"
    r"|<link\b[^>]*\bhref=\"?([^\"\s>]+)"
)
FETCHED_BY_STYLE = re.compile(r"url\([\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="`make test-more` installs the packages of the site")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_every_page_and_notebook_is_in_it(site: Path) -> None:
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    docs = ROOT / "docs"
    wanted = {path.relative_to(docs).with_suffix("").as_posix() for path in docs.rglob("*.md")}
    wanted |= {f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert wanted - pages == set()


def test_the_reference_has_every_public_name(site: Path) -> None:
    text = (site / "reference.html").read_text(encoding="utf-8")
    titles = set(re.findall(r"<h2[^>]*>\s*(?:<[^>]+>\s*)*(\w+)", text))
    assert titles >= set(layout.__all__) - {"__version__", "location"}


def test_no_page_or_style_fetches_from_a_server(site: Path) -> None:
    asked = []
    for path in site.rglob("*"):
        pattern = {".html": FETCHED, ".css": FETCHED_BY_STYLE}.get(path.suffix)
        for groups in pattern.findall(path.read_text(encoding="utf-8")) if pattern else ():
            address = "".join(groups)
            if re.match(r"(?:\w+:)?//", address):
                asked.append(f"{path.relative_to(site)}: {address}")
    assert asked == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("page", "query", "title"),
    [("index.html", "quota", "Another number, a quota"), ("zh/index.html", "公示版", "公示版地图")],
)
def test_the_search_finds_without_a_server(site: Path, page: str, query: str, title: str) -> None:
    with started() as browser, opened(browser, site / page) as (shown, log):
        shown.click("input[name=query]")
        shown.keyboard.type(query)
        # Text of an input method ends with a key too.
        shown.keyboard.press("End")
        shown.locator(".md-search-result__item h1").first.wait_for()
        found = shown.locator(".md-search-result__item h1").all_inner_texts()
        assert any(title in text for text in found)
        assert [url for url in log.requests if not url.startswith("file:")] == []
        assert log.messages == []


def test_a_notebook_that_was_run_shows_its_results(tmp_path: Path) -> None:
    pages = pytest.importorskip("tools.site_pages", reason="it needs the packages of the site")
    drawn = "<b id=\"map\" title='a &amp; b'>map</b>"
    shown = [
        {"data": {"text/html": MapPage(html=drawn, title="One")._repr_html_()}},
        {"data": {"text/html": ["<table>", "</table>"], "text/plain": "table"}},
        {"data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
        {"name": "stdout", "text": ["why\n"]},
        {"name": "stderr", "text": ["progress"]},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["plan.map()"], "outputs": shown},
    ]
    book = tmp_path / "one.ipynb"
    book.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    text, maps = pages.notebook(book)
    assert maps == [drawn]
    assert text.split("\n\n")[:2] == ["# Title", "```python\nplan.map()\n```"]
    for part in ('src="one-0.html"', "<table></table>", "base64,AAAA", "```text\nwhy\n"):
        assert part in text
    assert "progress" not in text
    assert "<Figure>" not in text


@pytest.mark.browser
def test_formulas_are_drawn(site: Path) -> None:
    assert [path.name for path in site.glob("*.html") if "math::" in path.read_text("utf-8")] == []
    with started() as browser, opened(browser, site / "models.html") as (shown, _):
        boxes = shown.locator("math").evaluate_all("all => all.map(one => one.clientHeight)")
        assert len(boxes) > 5
        assert min(boxes) > 10


@pytest.mark.browser
def test_the_pictures_are_made_from_a_plan(baise_plan: BaisePlan, tmp_path: Path) -> None:
    screenshots.main(baise_plan.folder, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.png", "county.png", "map.png"]
    # A picture on which little is drawn packs to a few kilobytes.
    assert min(path.stat().st_size for path in tmp_path.iterdir()) > 100_000
