"""The pages by keyboard, by screen reader and in large text, in a browser with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import layout
from tests.worlds.browser import from_npm, opened, started

pytestmark = [pytest.mark.browser, pytest.mark.more]

SHOWN = "() => document.querySelector('canvas.areas') !== null"
FOCUS = "() => document.activeElement.id"
AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
  (one) => one.id + ": " + one.nodes.map((node) => node.html + node.failureSummary).join("; "))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def axe() -> str:
    return from_npm("node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def search(page: Page, words: str) -> None:
    page.fill("#search", words)
    page.locator("#hits li").first.wait_for()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("state", ["plan", "today"])
@pytest.mark.parametrize("which", ["city", "county"])
def test_axe_finds_no_violation(
    browser: Browser, folder: Path, plan: layout.Plan, axe: str, which: str, state: str
) -> None:
    closed = plan.closures.iloc[0]["school_id"]
    county = f"counties/{plan.study.schools.loc[closed, 'county_code']}.html"
    file = folder / ("index.html" if which == "city" else county)
    with opened(browser, file) as (page, log):
        page.wait_for_function(SHOWN)
        page.evaluate(axe)
        page.click(f"#{state}")
        assert page.evaluate(AXE) == []
        for tab in page.locator("[role=tab]").all():
            tab.click()
            assert page.evaluate(AXE) == []
        page.select_option("#indicator", index=1)
        assert page.evaluate(AXE) == []
        page.fill("#search", closed)
        page.locator("#hits li").first.wait_for()
        assert page.evaluate(AXE) == []
        page.keyboard.press("Enter")
        assert page.evaluate(AXE) == []
        page.click("#widen")
        assert page.evaluate(AXE) == []
        assert log.messages == []


def test_axe_sees_a_violation(browser: Browser, folder: Path, axe: str) -> None:
    with opened(browser, folder / "index.html") as (page, _):
        page.evaluate(axe)
        page.evaluate("document.getElementById('search').labels[0].remove()")
        page.evaluate("document.getElementById('search').removeAttribute('placeholder')")
        assert any(one.startswith("label") for one in page.evaluate(AXE))


def test_the_keyboard_stays_on_the_layer_that_it_switched(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "index.html") as (page, _):
        for layer in ("closed", "primary"):
            page.focus(f"#layer-{layer}")
            page.keyboard.press("Space")
            assert page.evaluate(FOCUS) == f"layer-{layer}"
        page.focus("#today")
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUS) == "today"


def test_a_search_leads_into_the_card_and_back(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    closed = plan.closures.iloc[0]
    with opened(browser, folder / "index.html") as (page, _):
        search(page, closed["school_id"])
        assert page.evaluate(FOCUS) == "card"
        assert page.locator("#card").get_attribute("aria-label") == closed["name"]
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS) == "close-card"
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUS) == "search"
        # The second card opens from a link in the first; the way back stays the same.
        search(page, closed["school_id"])
        page.locator("#card .links button").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("#card h2").inner_text() != closed["name"]
        assert page.evaluate(FOCUS) == "card"
        page.keyboard.press("Escape")
        assert page.evaluate(FOCUS) == "search"


def test_a_row_of_a_table_is_come_back_to(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "index.html") as (page, _):
        page.click("#tab-closures")
        row = page.locator("#panel-closures tbody tr .link").nth(1)
        name = row.inner_text()
        row.focus()
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUS) == "card"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == name


def test_a_card_that_the_mouse_opens_is_announced(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    with opened(browser, folder / "index.html") as (page, _):
        page.click("#tab-closures")
        page.locator("#panel-closures tbody tr td.number").first.click()
        name = page.locator("#card h2").inner_text()
        assert page.locator("#announcer").inner_text() == f"Card opened: {name}"
        page.click("#close-card")
        assert page.locator("#announcer").inner_text() == ""


def test_no_stop_of_the_keyboard_lies_behind_the_card(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    with opened(browser, folder / "index.html") as (page, _):
        page.click("#tab-closures")
        search(page, plan.closures["school_id"].iloc[0])
        stops = set()
        for _ in range(400):
            page.keyboard.press("Tab")
            stop = page.evaluate(
                """() => {
                  const node = document.activeElement;
                  const part = node.closest("#card, #tabs, .panels, .left, .top, .centre, .bottom");
                  return part ? part.id || part.className : node.tagName;
                }"""
            )
            stops.add(stop)
            if stop == "BODY":
                break
        assert "card" in stops
        assert not stops & {"tabs", "panels"}


@pytest.mark.parametrize("sign", ["isComposing: true", "keyCode: 229"])
def test_enter_while_a_word_is_composed_chooses_nothing(
    browser: Browser, folder: Path, plan: layout.Plan, sign: str
) -> None:
    press = (
        "(document.getElementById('search').dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', bubbles: true, %s })))"
    )
    with opened(browser, folder / "index.html") as (page, _):
        page.fill("#search", plan.closures["school_id"].iloc[0])
        page.locator("#hits li").first.wait_for()
        page.evaluate(press % sign)
        assert page.locator("#card").is_visible() is False
        assert page.locator("#hits li").first.is_visible()
        page.evaluate(press % "keyCode: 13")
        assert page.locator("#card").is_visible()


LARGE = """() => {
  document.documentElement.style.fontSize = "200%";
  const cut = [];
  for (const node of document.querySelectorAll("button, label, select, h1, h2, th, .badge, p")) {
    const box = node.getBoundingClientRect();
    if (!box.width || node.closest("#announcer, .leaflet-control, .skip, #hits")) continue;
    if (node.scrollWidth > node.clientWidth + 2 && getComputedStyle(node).overflowX !== "visible"
      && node.clientWidth) cut.push(node.outerHTML.slice(0, 120));
    if (box.left < -1 || box.right > window.innerWidth + 1) {
      if (!node.closest(".panels, #card")) cut.push("outside: " + node.outerHTML.slice(0, 120));
    }
  }
  return cut;
}"""


@pytest.mark.parametrize("width", [390, 1000, 1366])
def test_text_of_twice_the_size_is_whole_and_reached(
    browser: Browser, folder: Path, plan: layout.Plan, width: int
) -> None:
    with opened(browser, folder / "index.html", width=width) as (page, log):
        normal = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
        assert page.evaluate(LARGE) == []
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 2 * normal
        for target in ("#tab-report", "#indicator", "#today", "#print", "#toggle-panel", "#search"):
            page.click(target)
        search(page, plan.closures["school_id"].iloc[0])
        assert page.evaluate(LARGE) == []
        page.click("#close-card")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#map_main").bounding_box()["width"] > 150  # type: ignore[index]
        assert log.messages == []
