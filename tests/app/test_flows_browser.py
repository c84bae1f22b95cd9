"""Who goes where, and by which road, in a browser with the network off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

import layout
from layout.output.maps import assets
from layout.planning.catchments import allocated
from tests.worlds.browser import opened, started
from tests.worlds.packed import unpacked
from tests.worlds.page_data import data_of

pytestmark = [pytest.mark.browser, pytest.mark.more]

READY = "() => document.querySelector('.homes-legend, canvas.areas') !== null"
STATIC = Path(assets.__file__).parent / "static"
COMPULSORY = ("1-3", "4-6", "7-9")
WAYS = """async ([text, asked]) => {
  graph = readyGraph(await unpacked(text));
  return asked.map(([home, place, mode]) => minutesTo(searchTo(place, mode), home));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


def chosen(page: Page, text: str) -> str:
    page.wait_for_function(READY)
    page.fill("#search", text)
    page.locator("#hits li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    return page.locator("#card").inner_text()


def way_minutes(browser: Browser, file: Path, bands: tuple[str, ...]) -> pd.DataFrame:
    """Ways of a county's page with the minutes of the plan and those that the page finds."""
    page_data = data_of(file.read_text(encoding="utf-8"))
    flows = unpacked(page_data["flows"])
    rows = pd.concat(
        pd.DataFrame(part) for band in bands for part in flows[band].values()
    ).drop_duplicates(["settlement", "school", "mode"])
    rows = rows[(rows["minutes"] >= 0) & (rows["school"] >= 0) & (rows["mode"] >= 0)]
    by = rows["mode"].map({0: "walk", 1: "bus", 2: "bus"})
    asked = list(zip(rows["settlement"].tolist(), rows["school"].tolist(), by, strict=True))
    page = browser.new_page()
    script = "".join((STATIC / name).read_text("utf-8") for name in ("packed.js", "graph.js"))
    # Where on the page a road is drawn does not matter here.
    page.add_script_tag(content=f"const TENTHS = 10; const onSquare = (x, y) => [x, y]; {script}")
    there = page.evaluate(WAYS, [page_data["graph"], asked])
    page.close()
    return rows.assign(page=there)


def test_ways_found_in_the_page_take_the_minutes_of_the_plan(
    browser: Browser, folder: Path
) -> None:
    """On foot and by bus, inside the county and out of it; seconds of an edge are whole."""
    for file in sorted((folder / "counties").iterdir()):
        ways = way_minutes(browser, file, ("preschool", *COMPULSORY))
        assert len(ways) >= 50
        assert ways["page"].notna().all()
        apart = (ways["page"] - ways["minutes"]).abs()
        # Minutes in tenths: within a hundredth, or within a tenth of a minute.
        assert (apart <= (0.01 * ways["minutes"]).clip(lower=1.0)).all()


def test_a_school_names_all_who_come_in_both_states(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    """The card's list, its totals, the catchment's pupils and the tables of the plan agree."""
    groups = pd.concat(allocated(plan, band).assign(band=band) for band in COMPULSORY)
    receiver = plan.closures["receivers"].iloc[0].split(";")[0]
    mine = groups[groups["school_id"] == receiver]
    names = plan.study.settlements["name"]
    with opened(browser, folder / "index.html") as (page, log):
        chosen(page, receiver)
        if page.locator(".flow-band").count():
            page.select_option(".flow-band", "all")
        for button, state in (("#plan", "after"), ("#today", "before")):
            page.click(button)
            rows = mine[mine["state"] == state]
            if page.locator(".area-part button.more").count():
                page.click(".area-part button.more")
            cells = page.locator(".area-part .grid tbody tr").evaluate_all(
                "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
            )
            assert sorted(cell[0] for cell in cells) == sorted(names[rows["settlement_id"]])
            assert sum(int(cell[-3]) for cell in cells) == rows["pupils"].sum()
            minutes = [float(cell[-1]) for cell in cells]
            assert minutes == sorted(minutes, reverse=True)
            totals = page.locator(".area-part .before-after").first.locator("tr").last
            shown = totals.locator("td").all_inner_texts()[state == "after"]
            assert int(shown) == rows["pupils"].sum()
            catchments = pd.concat(plan.catchments(band, state) for band in COMPULSORY)
            own = catchments.loc[catchments["school_id"] == receiver, "pupils"]
            assert own.sum() == rows["pupils"].sum()
        assert log.messages == []


def test_rings_of_a_school_are_on_the_page_of_its_county(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    school = plan.study.schools.loc[plan.closures["receivers"].iloc[0].split(";")[0]]
    with opened(browser, folder / "counties" / f"{school['county_code']}.html") as (page, log):
        chosen(page, str(school.name))
        counts: dict[str, list[int]] = {}
        for mode in ("walk", "bus"):
            page.select_option(".reach-mode", mode)
            page.locator("canvas.reach").wait_for()
            cells = page.locator(".rings td:nth-child(2)").all_inner_texts()
            counts[mode] = [int(cell) for cell in cells]
            assert counts[mode] == sorted(counts[mode])
        assert counts["bus"][2] > counts["walk"][0] > 0
        page.keyboard.press("Escape")
        assert page.locator("canvas.reach").count() == 0
        assert log.messages == []


def test_settlements_are_coloured_by_minutes_and_can_be_clicked(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    groups = pd.concat(allocated(plan, band) for band in COMPULSORY)
    groups = groups[(groups["state"] == "before") & groups["minutes"].notna()]
    weighted = (groups["minutes"] * groups["pupils"]).groupby(groups["settlement_id"]).sum()
    mean = weighted / groups.groupby("settlement_id")["pupils"].sum()
    homes = plan.study.settlements
    ages = [column for column in homes if re.fullmatch(r"age_\d+", str(column))]
    lived_in = homes[homes[ages].sum(axis=1) > 0]
    known = mean.reindex(lived_in.index)
    expected = [
        int((known <= 20).sum()),
        int(((known > 20) & (known <= 40)).sum()),
        int((known > 40).sum()),
        int(known.isna().sum()),
    ]
    home = lived_in.iloc[0]
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(READY)
        page.check("#layer-settlements")
        page.select_option("#band", "")
        page.click("#today")
        page.locator(".homes-legend .count").first.wait_for()
        # One canvas, no object for each settlement.
        own = (
            "Object.values(map_main._layers).filter((l) => l.item && l.item.kind === 'settlement')"
        )
        assert page.evaluate(f"{own}.length") == 0
        counts = page.locator(".homes-legend .count").all_inner_texts()
        assert [int(count) for count in counts] == expected
        page.mouse.click(*page.evaluate(PLACE, [home.geometry.y, home.geometry.x]))
        page.locator("#card h2").wait_for()
        assert str(home.name) in page.locator("#card").inner_text()
        assert log.messages == []


PLACE = """([lat, lng]) => {
  map_main.setView([lat, lng], 13, {animate: false});
  const at = map_main.latLngToContainerPoint([lat, lng]);
  const box = map_main.getContainer().getBoundingClientRect();
  return [box.x + at.x, box.y + at.y];
}"""


def test_a_settlement_can_be_found_once_it_is_read(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    """What is typed before the settlements are unpacked is looked for again then."""
    home = plan.study.settlements.iloc[0]
    with opened(browser, folder / "index.html") as (page, log):
        found: Any = page.evaluate(
            "(text) => { const box = document.getElementById('search'); box.value = text;"
            " box.dispatchEvent(new Event('input')); }",
            str(home.name),
        )
        assert found is None
        page.locator("#hits li", has_text=str(home.name)).wait_for()
        assert log.messages == []


def test_the_table_of_changes_names_every_pair_and_draws_it(
    browser: Browser, folder: Path, plan: layout.Plan
) -> None:
    rows = plan.assignment
    moved = rows[rows["from_school"] != rows["to_school"]]
    pupils = moved["pupils"].sum() + plan.served["pupils"].sum()
    first = moved[moved["from_school"] == plan.closures["school_id"].iloc[0]]
    name = plan.study.schools["name"]
    with opened(browser, folder / "index.html") as (page, log):
        page.wait_for_function(READY)
        page.click("#tab-changes")
        cells = page.locator("#panel-changes tbody tr").evaluate_all(
            "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        assert sum(int(cell[3].replace(",", "")) for cell in cells) == pupils
        ends = {(cell[0], cell[1]) for cell in cells}
        closed, receiver = first[["from_school", "to_school"]].iloc[0]
        assert (name[closed], name[receiver]) in ends
        page.select_option("#panel-changes select >> nth=1", "1-3")
        fewer = page.locator("#panel-changes tbody tr")
        assert 0 < fewer.count() < len(cells)
        own = fewer.filter(has_text=name[closed]).filter(has_text=name[receiver])
        own.first.click()
        card = page.locator("#card").inner_text()
        assert name[closed] in card
        assert name[receiver] in card
        lines = page.evaluate(
            "Object.values(map_main._layers).filter((one) => one.getLatLngs && !one.item"
            " && !one.feature).map((one) => one.getLatLngs().length)"
        )
        # By road, not from end to end.
        assert max(lines) > 2
        assert log.messages == []
