"""The public edition and the comparison in a browser with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import layout
from layout.app.compare import compared_map
from layout.core.errors import UsageError
from tests.worlds.browser import opened, started

pytestmark = [pytest.mark.browser, pytest.mark.more]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def notice(plan: layout.Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("notice") / "notice.html"
    return plan.map(language="en", edition="public").save(target)


def test_the_public_page_shows_what_it_has_and_is_silent(
    browser: Browser, notice: Path, plan: layout.Plan
) -> None:
    with opened(browser, notice) as (page, log):
        page.wait_for_function("() => document.querySelector('canvas.areas') !== null")
        assert page.locator(".mark-internal").inner_text() == "Public edition"
        for layer in page.locator("#layers input").all():
            layer.check()
        assert page.locator("label[for=layer-belt]").count() == 0
        assert page.locator("#tab-report").count() == 0
        for tab in page.locator("[role=tab]").all():
            tab.click()
        for state in ("#today", "#plan"):
            page.click(state)
        for choice in page.locator("#band option").all():
            page.select_option("#band", choice.get_attribute("value") or "")
        heads = page.locator("#panel-retained thead th").all_text_contents()
        assert not [head for head in heads if "istance" in head or "belt" in head]
        schools = [*plan.closures["school_id"], *plan.study.schools.index[:5]]
        for place in (*schools, *plan.sites["site_id"], *plan.study.settlements.index[:5]):
            page.fill("#search", str(place))
            page.locator("#hits li").first.click()
            card = page.locator("#card").inner_text()
            assert "NaN" not in card
            assert "undefined" not in card
        assert log.messages == []
        assert log.requests == [notice.as_uri()]


def test_a_settlement_is_told_its_school(browser: Browser, notice: Path, plan: layout.Plan) -> None:
    assert plan.drawn.land is not None
    groups = plan.drawn.land.bands["1-3"].groups
    most = groups[groups["state"] == "after"].sort_values("pupils").iloc[-1]
    name = plan.study.schools["name"].get(most["school"], "primary school (new)")
    with opened(browser, notice) as (page, log):
        page.fill("#search", most["settlement_id"])
        page.locator("#hits li").first.click()
        page.wait_for_function("() => document.querySelector('#card .area-part .link') !== null")
        assert name in page.locator("#card .area-part").inner_text()
        assert "–" in page.locator("#card .facts").first.inner_text()
        assert log.messages == []


@pytest.fixture(scope="module")
def side_by_side(
    plan: layout.Plan, study: layout.Study, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    few = layout.make_plan(study, close=3)
    target = tmp_path_factory.mktemp("options") / "options.html"
    page = compared_map({"five": plan, "<b>three</b>": few}, language="en")
    return page.save(target)


def test_plans_share_a_page(browser: Browser, side_by_side: Path, plan: layout.Plan) -> None:
    with opened(browser, side_by_side) as (page, log):
        page.wait_for_function("() => document.querySelector('canvas.areas') !== null")
        names = page.locator("#options button").all_text_contents()
        # A county's name is one line, not a letter below the other.
        box = page.locator(".map-name").first.bounding_box()
        assert box is not None
        assert box["width"] > box["height"]
        assert names == ["Today", "five", "<b>three</b>"]
        figures = page.locator(".figures-of tbody tr").first.locator("td").all_text_contents()
        assert figures == ["5", "3"]
        shown = "Object.values(map_main._layers).filter((l) => l.options.sign === 'closed').length"
        closed = []
        for button in page.locator("#options button").all():
            button.click()
            assert page.locator("#state-name").inner_text() == button.text_content()
            closed.append(page.evaluate(shown))
        assert closed == [0, 5, 3]
        for band in page.locator("#band option").all():
            page.select_option("#band", band.get_attribute("value") or "")
        page.check("#only-land")
        for layer in page.locator("#layers input").all():
            layer.uncheck()
            layer.check()
        assert log.messages == []
        assert log.requests == [side_by_side.as_uri()]


def test_a_school_and_a_settlement_are_told_every_plan(
    browser: Browser, side_by_side: Path, plan: layout.Plan
) -> None:
    with opened(browser, side_by_side) as (page, log):
        page.click("#tab-schools")
        rows = page.locator("#panel-schools tbody tr")
        assert rows.count() > 0
        told = [row.locator(".answer").all_text_contents() for row in rows.all()]
        assert all(first != second for first, second in told)
        page.uncheck("#only-differing")
        assert page.locator("#panel-schools tbody tr").count() > len(told)
        school = plan.closures.iloc[0]
        page.fill("#search", school["school_id"])
        page.locator("#hits li").first.click()
        card = page.locator("#card")
        assert card.locator(".answer").all_text_contents()[:2] == ["stays", "closes"]
        names = plan.study.schools.loc[school["receivers"].split(";"), "name"]
        assert all(name in card.inner_text() for name in names)
        moved = plan.assignment[plan.assignment["mode"] != "stay"].iloc[0]
        page.fill("#search", moved["settlement_id"])
        page.locator("#hits li").first.click()
        page.wait_for_function("() => document.querySelectorAll('#card table').length > 1")
        assert plan.study.schools.at[moved["from_school"], "name"] in card.inner_text()
        assert log.messages == []
        page.keyboard.press("Escape")
        assert not card.is_visible()


def test_plans_of_other_studies_share_no_page(plan: layout.Plan) -> None:
    study = replace(plan.study, schools=plan.study.schools.iloc[1:])
    with pytest.raises(UsageError, match="one study"):
        compared_map({"one": plan, "other": replace(plan, study=study)})
    with pytest.raises(UsageError, match="at most 7"):
        compared_map({str(at): plan for at in range(8)})


COPIED = "() => document.querySelector('#slider canvas').toDataURL()"


def test_today_lies_beside_the_plan(browser: Browser, folder: Path, plan: layout.Plan) -> None:
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function("() => document.querySelector('canvas.areas') !== null")
        page.click("#slide")
        assert page.locator("#slider").is_visible()
        assert page.get_attribute("#plan", "aria-pressed") == "true"
        first = page.evaluate(COPIED)
        # By keyboard, then by the handle.
        page.focus("#slide-range")
        page.keyboard.press("ArrowRight")
        left = page.locator(".slide-left")
        assert "51%" in str(left.get_attribute("style"))
        page.keyboard.press("Home")
        assert left.bounding_box()["width"] == 0  # type: ignore[index]
        box = page.locator("#slider").bounding_box()
        handle = page.locator(".slide-handle").bounding_box()
        assert box is not None
        assert handle is not None
        page.mouse.move(handle["x"] + 30, handle["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 100)
        page.mouse.up()
        width = left.bounding_box()["width"]  # type: ignore[index]
        assert width == pytest.approx(box["width"] / 4, abs=3)
        # The copy follows the map and what is chosen on it; the plan is what stays drawn.
        page.fill("#search", plan.closures["school_id"].iloc[0])
        page.locator("#hits li").first.click()
        page.wait_for_function(f"(first) => ({COPIED})() !== first", arg=first)
        assert page.locator("#card").is_visible()
        assert page.get_attribute("#plan", "aria-pressed") == "true"
        page.click("#today")
        assert not page.locator("#slider").is_visible()
        assert page.get_attribute("#today", "aria-pressed") == "true"
        assert log.messages == []
        assert log.requests == [(folder / "index.html").as_uri()]
