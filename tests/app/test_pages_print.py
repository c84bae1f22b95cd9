"""The pages on paper: one sheet a view, the open card, the atlas; read back from the PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import layout
from layout.output.maps import draw
from tests.worlds.browser import opened, started, text_of_pages
from tests.worlds.fake_city import city_tables
from tests.worlds.fake_plan import fake_plan, fake_study

pytestmark = [pytest.mark.browser, pytest.mark.more]

SHOWN = "() => document.querySelector('canvas.areas') !== null"
# A printer that answers at once and leaves the sheets to be looked at.
PRINTER = "window.print = () => { document.documentElement.dataset.printed = 'yes'; };"
# Colours at the belt's own place: hatching is drawn there, whatever the window's size.
HATCHED = """() => {
  const canvas = document.querySelector(".paper-map > canvas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let low = 0, count = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] < 140 && data[at + 1] < 120 && data[at + 2] > 140) {
      count += 1;
      low = Math.max(low, Math.floor(at / 4 / canvas.width) / canvas.height);
    }
  }
  return [count, low];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


def pages_of(page: Page) -> list[str]:
    return text_of_pages(page.pdf(prefer_css_page_size=True))


def search(page: Page, words: str) -> None:
    page.fill("#search", words)
    page.locator("#hits li").first.wait_for()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [390, 700, 1000, 1366])
@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_a_sheet_is_the_whole_view_in_any_window(
    browser: Browser, folder: Path, plan: layout.Plan, width: int, paper: str
) -> None:
    with opened(browser, folder / "index.html", width=width) as (page, log):
        page.wait_for_function(SHOWN)
        page.select_option("#paper", paper)
        before = page.evaluate("[map_main.getZoom(), map_main.getSize().x]")
        pages = pages_of(page)
        assert len(pages) == 1
        assert plan.study.name in pages[0]
        assert str(len(plan.closures)) in pages[0]
        assert page.evaluate("[map_main.getZoom(), map_main.getSize().x]") == before
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        count, lowest = page.evaluate(HATCHED)
        assert count > 50
        assert 0.1 < lowest < 0.99
        assert log.messages == []


def test_the_map_is_printed_from_under_a_wide_panel(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        page.click("#widen")
        pages = pages_of(page)
        assert len(pages) == 1
        assert plan.study.name in pages[0]
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(HATCHED)[0] > 50
        assert log.messages == []


def test_the_sheet_of_a_county_has_its_name_and_counts(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    counties = plan.study.units["name"]
    closed = plan.closures["county_code"].value_counts()
    with opened(browser, folder / "index.html") as (page, log):
        for code, name in counties.items():
            search(page, str(code))
            page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
            title = page.locator(".paper-title h2").text_content() or ""
            assert title.endswith(name)
            row = page.locator(".paper-legend .legend-row", has_text="Schools that close")
            told = [int(text or 0) for text in row.locator(".count").all_text_contents()]
            assert told == ([closed[code]] if code in closed.index else [])
            page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        page.keyboard.press("Escape")
        page.click(".home")
        assert not any(name in pages_of(page)[0].splitlines()[0] for name in counties)
        assert log.messages == []


def test_the_open_card_is_printed_with_its_list(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    closed = plan.closures.iloc[0]
    rows = plan.assignment
    moved = rows[(rows["from_school"] == closed["school_id"]) & (rows["to_school"] != "")]
    homes = plan.study.settlements["name"].reindex(moved["settlement_id"])
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        search(page, closed["school_id"])
        sheet, *card = pages_of(page)
        text = "".join(card)
        assert closed["school_id"] not in sheet
        assert closed["school_id"] in text
        assert all(name in text for name in homes)
        assert plan.study.name in text
        page.keyboard.press("Escape")
        assert len(pages_of(page)) == 1
        assert log.messages == []


def test_the_review_number_stands_on_the_sheet(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "index.html") as (page, log):
        page.fill("#review-number", "GS-2026-0815 <b>")
        assert "GS-2026-0815 <b>" in pages_of(page)[0]
        assert page.input_value("#review-number") == "GS-2026-0815 <b>"
        assert log.messages == []


def test_the_atlas_has_a_sheet_of_each_county(browser: Browser, tmp_path: Path) -> None:
    plan = fake_plan(fake_study(city_tables(settlements=600, schools=300)), close=24)
    file = draw(plan, language="en").save(tmp_path / "index.html")
    with opened(browser, file, before=PRINTER) as (page, log):
        before = page.evaluate("[map_main.getZoom(), map_main.getSize().x]")
        page.click("#atlas")
        page.locator("html[data-printed]").wait_for(state="attached")
        assert page.evaluate("[map_main.getZoom(), map_main.getSize().x]") == before
        assert page.locator("#atlas-status").text_content() == "Sheet 12 of 12 is being drawn …"
        assert page.evaluate("document.activeElement.id") == "atlas"
        pages = pages_of(page)
        names = plan.study.units["name"]
        assert len(pages) == len(names) == 12
        assert all(name in text for name, text in zip(names, pages, strict=True))
        closed = plan.closures["county_code"].value_counts()
        for code, text in zip(names.index, pages, strict=True):
            told = re.findall(r"Schools that close +(\d+)", text)
            assert told == ([str(closed[code])] if code in closed.index else [])
        # After the printing the page is as it was, and prints its view again.
        assert page.locator("#sheets *").count() == 0
        assert len(pages_of(page)) == 1
        assert log.messages == []


def test_escape_stops_the_atlas(browser: Browser, tmp_path: Path) -> None:
    plan = fake_plan(fake_study(city_tables(settlements=600, schools=300)), close=24)
    file = draw(plan, language="en").save(tmp_path / "index.html")
    with opened(browser, file, before=PRINTER) as (page, log):
        # The key comes within the first pause, before any sheet is drawn.
        page.evaluate(
            """() => {
              document.getElementById("atlas").click();
              document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
            }"""
        )
        page.locator("#atlas-box").wait_for(state="hidden")
        stopped = page.locator("#announcer")
        assert stopped.inner_text() == "The atlas was stopped; nothing was printed."
        assert page.locator("html[data-printed]").count() == 0
        assert page.locator("#sheets *").count() == 0
        assert log.messages == []


def test_a_page_of_one_county_has_no_atlas(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    code = plan.study.units.index[0]
    with opened(browser, folder / "counties" / f"{code}.html") as (page, _):
        assert page.locator("#atlas").is_visible() is False
        assert len(pages_of(page)) == 1


def test_a_frame_that_is_not_shown_prints_nothing_of_its_own(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    outer = tmp_path / "outer.html"
    frame = f'<iframe style="display: none" src="{(folder / "index.html").as_uri()}"></iframe>'
    outer.write_text(f"<!DOCTYPE html><p>Outside</p>{frame}", encoding="utf-8")
    with opened(browser, outer) as (page, log):
        inside = page.frames[1]
        inside.locator("#layers input").first.wait_for(state="attached")
        inside.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert inside.locator("#sheets *").count() == 0
        inside.evaluate("window.dispatchEvent(new Event('afterprint'))")
        page.evaluate("document.querySelector('iframe').style = 'width: 900px; height: 600px'")
        inside.locator("#map_main").wait_for(state="visible")
        inside.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert inside.locator(".paper-sheet").count() == 1
        assert log.messages == []
