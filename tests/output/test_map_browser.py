"""The map in a browser with the network off: silent, searchable, and deaf to hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page

from layout.app.plan import Plan
from layout.output.maps import draw
from tests.worlds.browser import opened, started
from tests.worlds.fake_plan import fake_plan, only, renamed

pytestmark = pytest.mark.browser

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "${alert(3)}",
    "`",
    "\\`",
    "A{{7*7}}B",
    "{% set x=1 %}",
    "{# x",
    "{% raw %}",
    "两行\n名称",
    "a\u2028b",
    "甲\u202e乙学小",
    "长" * 300,
    '"><svg onload=alert(4)>',
    "=1+1",
]

FRAMES = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fake_plan()


@pytest.fixture(scope="module")
def file(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(plan, language="en").save(tmp_path_factory.mktemp("map") / "index.html")


def count_of(page: Page, layer: str) -> int:
    return int(page.locator(f"label[for=layer-{layer}] .count").inner_text().replace(",", ""))


def test_it_opens_without_a_request_or_a_message(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, log):
        for layer in page.locator("#layers input").all():
            layer.check()
        for tab in page.locator("[role=tab]").all():
            tab.click()
        for choice in page.locator("#indicator option").all():
            page.select_option("#indicator", choice.get_attribute("value") or "")
        page.click("#today")
        page.click("#plan")
        assert log.requests == [file.as_uri()]
        assert log.messages == []


def test_it_shows_itself_in_a_notebook_without_a_request(
    browser: Browser, plan: Plan, tmp_path: Path
) -> None:
    outer = tmp_path / "outer.html"
    frame = draw(plan, language="en")._repr_html_()
    outer.write_text(f"<!DOCTYPE html><meta charset=utf-8>{frame}", encoding="utf-8")
    with opened(browser, outer) as (page, log):
        inside = page.frames[1]
        inside.locator("#map_main").wait_for(state="visible")
        inside.evaluate(FRAMES)
        inside.click("#tab-closures")
        assert inside.locator("#panel-closures tbody tr").count() == len(plan.closures)
        assert painted(inside) > 1000
        assert log.requests == [outer.as_uri()]
        assert log.messages == []


PARTS = ("border", "closures", "kindergarten", "compulsory", "attendance")


EVERY_PART = 2 ** len(PARTS) - 1
FEW = {0, EVERY_PART}
"""No part, and every part; `make test-more` takes the rest."""


@pytest.mark.parametrize(
    "present",
    [
        pytest.param(subset, marks=() if subset in FEW else pytest.mark.more)
        for subset in range(EVERY_PART + 1)
    ],
)
def test_it_lives_without_any_optional_part(
    browser: Browser, plan: Plan, tmp_path: Path, present: int
) -> None:
    """Over every subset of the parts that a study may lack."""
    parts = {part for place, part in enumerate(PARTS) if present >> place & 1}
    file = draw(only(plan, parts), language="en").save(tmp_path / "index.html")
    with opened(browser, file) as (page, log):
        for tab in page.locator("[role=tab]").all():
            tab.click()
        page.click("#today")
        page.click("#plan")
        assert page.locator("#layers input").count() > 0
        assert page.locator("label[for=layer-belt]").count() == ("border" in parts)
        assert painted(page) > 1000
        assert (log.messages, log.dialogs) == ([], [])


def painted(page: Page | Frame) -> int:
    """Pixels that the map has drawn."""
    return int(
        page.evaluate(
            """() => [...document.querySelectorAll("#map_main canvas")].reduce((sum, canvas) => {
              if (!canvas.width || !canvas.height) return sum;
              const data = canvas.getContext("2d").getImageData(
                0, 0, canvas.width, canvas.height).data;
              let drawn = 0;
              for (let at = 3; at < data.length; at += 4) drawn += data[at] > 0;
              return sum + drawn;
            }, 0)"""
        )
    )


@pytest.mark.more
@pytest.mark.parametrize(
    "how", ["display: none", "width: 0; height: 0; border: 0", "width: 1px; height: 1px; border: 0"]
)
def test_it_survives_being_loaded_hidden(
    browser: Browser, plan: Plan, file: Path, tmp_path: Path, how: str
) -> None:
    """As in a notebook's closed output, or a tab of a portal that is opened later."""
    outer = tmp_path / "outer.html"
    outer.write_text(
        f'<iframe style="{how}" src="{file.as_uri()}"></iframe>',
        encoding="utf-8",
    )
    with opened(browser, outer) as (page, log):
        frame = page.frames[1]
        frame.locator("#layers input").first.wait_for(state="attached")
        page.evaluate(
            "document.querySelector('iframe').style = 'width: 1000px; height: 700px; border: 0'"
        )
        frame.locator("#map_main").wait_for(state="visible")
        frame.evaluate(FRAMES)
        assert frame.evaluate("map_main.getSize().x") > 300
        west, south, east, north = plan.study.units.total_bounds
        corners = [[float(south), float(west)], [float(north), float(east)]]
        assert frame.evaluate("(corners) => map_main.getBounds().contains(corners)", corners)
        assert painted(frame) > 1000
        assert log.messages == []


@pytest.mark.more
def test_layers_count_what_the_tables_hold(browser: Browser, file: Path, plan: Plan) -> None:
    sites = plan.sites.groupby(["programme", "kind"]).size()
    retained = plan.retained
    inside = retained["official"] | (retained["belt"] == "in")
    with opened(browser, file) as (page, _):
        assert count_of(page, "closed") == len(plan.closures)
        assert count_of(page, "kindergarten_new") == sites["kindergarten", "new"]
        assert count_of(page, "kindergarten_expansion") == sites["kindergarten", "expansion"]
        assert count_of(page, "compulsory_new") == sites["compulsory", "new"]
        assert count_of(page, "retained") == inside.sum()
        drawn = page.evaluate("Object.values(map_main._layers).filter((l) => l.item).length")
        assert drawn > len(plan.closures)


@pytest.mark.more
@pytest.mark.parametrize("what", ["name", "code"])
def test_search_finds_a_school(browser: Browser, file: Path, plan: Plan, what: str) -> None:
    school = plan.closures.iloc[2]
    with opened(browser, file) as (page, log):
        page.type("#search", school["name"] if what == "name" else school["school_id"])
        page.locator("#hits li").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        card = page.locator("#card").inner_text()
        assert school["name"] in card
        assert school["school_id"] in card
        assert school["reason"] in card
        assert page.locator(".gate").count() == 4
        receivers = plan.study.schools.loc[school["receivers"].split(";"), "name"]
        assert all(name in card for name in receivers)
        assert page.evaluate("map_main.getBounds().getEast() - map_main.getBounds().getWest()") < 1
        page.keyboard.press("Escape")
        assert page.locator("#card").is_visible() is False
        assert log.messages == []


def test_a_site_names_whom_it_serves(browser: Browser, file: Path, plan: Plan) -> None:
    site_id = plan.served["site_id"].iloc[0]
    rows = plan.served[plan.served["site_id"] == site_id]
    homes = plan.study.settlements["name"].reindex(rows["settlement_id"])
    with opened(browser, file) as (page, log):
        page.type("#search", site_id)
        page.locator("#hits li").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        card = page.locator("#card").inner_text()
        assert all(name in card for name in homes)
        assert log.messages == []


@pytest.mark.more
def test_a_school_that_grows_is_found_once_and_says_so(
    browser: Browser, file: Path, plan: Plan
) -> None:
    grows = plan.sites.loc[plan.sites["kind"] == "expansion", "site_id"].iloc[0]
    with opened(browser, file) as (page, log):
        page.fill("#search", grows)
        assert page.locator("#hits li").count() == 1
        page.locator("#hits li").first.click()
        assert page.locator("#card .card-kind .badge").inner_text() == "expansion"
        assert log.messages == []


@pytest.mark.more
def test_added_minutes_are_those_of_the_closures(browser: Browser, file: Path, plan: Plan) -> None:
    closures = plan.closures
    mean = (closures["added_minutes_mean"] * closures["pupils"]).sum() / closures["pupils"].sum()
    with opened(browser, file) as (page, _):
        told = page.locator("#panel-overview").inner_text()
        # The page adds up minutes that are rounded to tenths.
        means = re.search(r"added minutes, mean\s+([\d.]+) min", told)
        assert means is not None
        assert float(means.group(1)) == pytest.approx(mean, abs=0.1)
        assert f"{closures['added_minutes_max'].max():.1f} min" in told


@pytest.mark.more
def test_schools_are_listed_with_their_minutes(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, _):
        page.click("#tab-schools")
        heads = page.locator("#panel-schools thead th")
        heads.get_by_text("Minutes in the plan").wait_for()
        assert "Minutes today" in heads.all_inner_texts()


def test_search_says_when_nothing_is_found(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, _):
        page.fill("#search", "zzz no such school")
        assert page.locator("#search-status").inner_text() == "Nothing found"


def test_the_state_of_today_has_no_sites(browser: Browser, file: Path, plan: Plan) -> None:
    shown = "Object.values(map_main._layers).filter((l) => l.item && l.item.kind === 'site').length"
    with opened(browser, file) as (page, _):
        assert page.evaluate(shown) == len(plan.sites)
        page.click("#today")
        assert page.evaluate(shown) == 0
        assert page.locator("#state-name").inner_text() == "Today"


def test_tables_sort_and_open_cards(browser: Browser, file: Path, plan: Plan) -> None:
    with opened(browser, file) as (page, _):
        page.click("#tab-closures")
        head = page.locator("#panel-closures th").nth(2)
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        cells = page.locator("#panel-closures tbody td:nth-child(3)").all_inner_texts()
        assert [int(cell) for cell in cells] == sorted(plan.closures["pupils"])
        page.locator("#panel-closures tbody tr").first.click()
        assert page.locator("#card h2").inner_text() in set(plan.closures["name"])
        assert page.locator("#panel-closures tr.chosen").count() == 1


@pytest.mark.more
def test_names_are_shown_as_they_were_typed(browser: Browser, plan: Plan, tmp_path: Path) -> None:
    schools = plan.study.schools
    hostile = renamed(plan, HOSTILE[0] + HOSTILE[1] + HOSTILE[5])
    names = [HOSTILE[place % len(HOSTILE)] for place in range(len(schools))]
    study = hostile.study
    hostile = replace(
        hostile, study=type(study)(**{**vars(study), "schools": schools.assign(name=names)})
    )
    file = draw(hostile).save(tmp_path / "index.html")
    with opened(browser, file) as (page, log):
        for tab in page.locator("[role=tab]").all():
            tab.click()
        for number, school in enumerate(schools.index[: len(HOSTILE)]):
            page.fill("#search", school)
            page.locator("#hits li").first.click()
            assert page.locator("#card h2 bdi").text_content() == names[number]
        card = page.locator("#card")
        assert card.evaluate("node => node.scrollWidth <= node.clientWidth")
        assert page.locator("#title").text_content() == HOSTILE[0] + HOSTILE[1] + HOSTILE[5]
        assert page.locator("#notes img, main img, main svg").count() == 0
        assert log.dialogs == []
        assert log.messages == []
        assert log.requests == [file.as_uri()]


@pytest.mark.more
def test_one_sheet_of_paper_with_marks(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, log):
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        for part in ("title h2", "legend", "map canvas", "foot .review", "foot .mark-modelled"):
            assert page.locator(f".paper-{part}").is_visible()
        assert page.locator("#tabs").is_visible() is False
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="null")
        assert page.locator("#sheets *").count() == 0
        assert page.locator("#tabs").is_visible()
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 1
        assert log.messages == []


@pytest.mark.parametrize("width", [360, 800, 1920])
def test_it_fits_the_window(browser: Browser, file: Path, width: int) -> None:
    with opened(browser, file, width=width) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#map_main").bounding_box()["width"] > 200  # type: ignore[index]
