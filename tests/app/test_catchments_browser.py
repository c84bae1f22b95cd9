"""Catchments on the map, in a browser with the network off: drawn, clicked, compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import layout
from tests.worlds.browser import opened, started

pytestmark = [pytest.mark.browser, pytest.mark.more]

SHOWN = "() => document.querySelector('canvas.areas') !== null"
PAINTED = """() => {
  const canvas = document.querySelector("canvas.areas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted += 1;
  return painted / (data.length / 4);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


def chosen(page: Page, text: str) -> str:
    page.fill("#search", text)
    page.locator("#hits li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    return page.locator("#card").inner_text()


def test_areas_appear_by_themselves_and_go(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        assert page.input_value("#band") == "1-3"
        assert page.evaluate(PAINTED) > 0.05
        page.select_option("#band", "")
        assert page.locator("canvas.areas").count() == 0
        assert log.messages == []


def test_a_click_on_land_chooses_its_school(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    areas = plan.catchments("4-6")
    row = areas[areas["school_id"] != ""].to_crs(plan.study.crs).assign(km2=lambda a: a.area)
    school = row.sort_values("km2").iloc[-1]
    point = areas.geometry[school.name].representative_point()
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        page.select_option("#band", "4-6")
        page.wait_for_function("() => document.getElementById('changes-box').hidden === false")
        # Nothing but land and counties is left to click on.
        on = page.locator("#layers input:checked")
        while on.count():
            on.first.click()
        place = page.evaluate(
            "([lat, lng]) => { map_main.setView([lat, lng], 11, {animate: false});"
            " const at = map_main.latLngToContainerPoint([lat, lng]);"
            " const box = map_main.getContainer().getBoundingClientRect();"
            " return [box.x + at.x, box.y + at.y]; }",
            [point.y, point.x],
        )
        page.mouse.click(*place)
        page.locator("#card .area-part").wait_for()
        card = page.locator("#card").inner_text()
        assert school["school_id"] in card
        assert str(school["pupils"]) in page.locator(".area-part .before-after").first.inner_text()
        assert log.messages == []


def test_a_card_has_the_pupils_of_both_states(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    closed = plan.closures["school_id"].iloc[0]
    before = plan.catchments("1-3", "before").set_index("school_id")["pupils"]
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        assert closed in chosen(page, closed)
        table = page.locator(".area-part .before-after").first.locator("td").all_inner_texts()
        assert table == [str(before[closed]), "0"]
        page.click("#today")
        homes = page.locator(".area-part .grid tbody tr").count()
        rows = plan.assignment
        mine = rows[(rows["from_school"] == closed) & (rows["band"] == "1-3")]
        assert homes == mine["settlement_id"].nunique()
        assert log.messages == []


def test_land_that_changes_can_be_picked_out(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        whole = page.evaluate("() => document.querySelector('canvas.areas').toDataURL()")
        page.check("#changes")
        assert whole != page.evaluate("() => document.querySelector('canvas.areas').toDataURL()")
        assert log.messages == []


def test_counties_are_shaded_or_their_land_is_shared_out(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        page.select_option("#indicator", index=1)
        assert page.input_value("#band") == ""
        page.select_option("#band", "7-9")
        page.wait_for_function(SHOWN)
        assert page.input_value("#indicator") == ""
        assert log.messages == []
