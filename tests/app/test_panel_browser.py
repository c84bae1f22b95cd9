"""The panel as a planner uses it: in a real JupyterLab, typed and clicked, with no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.worlds import baise
from tests.worlds.browser import Log, started
from tests.worlds.jupyter import lab, opened_notebook, run_all, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.more]

LONGEST_MS = 600_000
"""A study is read and its travel taken from a cache before the first plan."""
CELLS = """import layout
study = layout.Study.read({study!r})
panel = layout.panel(study)
panel"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def solved(page: Page, count: int) -> None:
    """Type a number, solve, and wait until the cards show it."""
    field = page.locator(".widget-text", has_text="撤并学校数（所）").locator("input")
    field.fill(str(count))
    page.get_by_role("button", name="求解").click()
    closed = page.locator(".layout-panel .card", has_text="撤并学校数").locator("b")
    expect(closed).to_have_text(str(count), timeout=LONGEST_MS)
    expect(page.get_by_role("button", name="求解")).to_be_enabled(timeout=LONGEST_MS)


def no_complaint(log: Log) -> None:
    """Nothing was asked of another computer, and no error told."""
    assert log.requests == []
    told = [text for text in log.messages if "error" in text.lower() or "fail" in text.lower()]
    assert told == []


def test_84_become_60(
    browser: Browser,
    baise_plan: baise.BaisePlan,
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", str(baise_plan.cache))
    write_notebook(tmp_path / "panel.ipynb", [CELLS.format(study=str(baise.STUDY))])
    with lab(tmp_path, home) as address, opened_notebook(browser, address, "panel.ipynb") as opened:
        page, log = opened
        run_all(page)
        solved(page, 84)
        expect(page.locator(".layout-panel .rows tbody tr:visible")).to_have_count(84)
        solved(page, 60)
        expect(page.locator(".layout-panel .rows tbody tr:visible")).to_have_count(60)
        assert "已证明最优" in page.locator(".layout-panel .cards").inner_text()
        no_complaint(log)


def test_a_small_study_from_the_first_plan_to_two_on_one_map(
    browser: Browser, mini_path: Path, tmp_path: Path, home: Path
) -> None:
    write_notebook(tmp_path / "panel.ipynb", [CELLS.format(study=str(mini_path))])
    with lab(tmp_path, home) as address, opened_notebook(browser, address, "panel.ipynb") as opened:
        page, log = opened
        run_all(page)
        solved(page, 5)
        page.get_by_role("button", name="记住本方案").click()
        solved(page, 3)
        page.get_by_role("tab", name="变化地图").click()
        shown = page.frame_locator("iframe").first
        shown.locator(".leaflet-container").wait_for(timeout=LONGEST_MS)
        assert "撤并3所" in shown.locator("body").inner_text()
        page.get_by_role("tab", name="方案比较").click()
        head = page.locator(".layout-panel thead", has_text="当前方案")
        expect(head).to_contain_text("撤并5所")
        # A name that no school has is a sentence in the panel.
        keep = page.locator(".widget-text", has_text="必须保留").locator("input")
        keep.fill("没有这所学校")
        keep.press("Enter")
        page.get_by_role("button", name="求解").click()
        expect(page.locator(".layout-panel .told")).to_contain_text("没有这所学校")
        page.get_by_role("button", name="没有这所学校").click()
        page.get_by_role("button", name="在一张地图上比较").click()
        both = page.frame_locator("iframe").nth(1)
        both.locator(".leaflet-container").wait_for(timeout=LONGEST_MS)
        assert "撤并5所" in both.locator("body").inner_text()
        no_complaint(log)
