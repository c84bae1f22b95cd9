"""What the map shows at first sight: no sign lost, names off the signs, townships, all schools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page

from layout.app.plan import Plan
from layout.inputs.study.study import Study
from layout.output.maps import assets, draw
from layout.output.maps.townships import township_areas, township_borders, townships
from tests.worlds.browser import opened, started
from tests.worlds.fake_city import city_tables
from tests.worlds.fake_plan import fake_plan, fake_study

STATIC = Path(assets.__file__).parent / "static"
HOSTILE = "</script><img src=x onerror=alert(1)>镇\u202e"

# Layers by what they stand for: those of the plan, where they are drawn, and how far they reach.
SIGNS = """() => Object.values(map_main._layers).filter((l) => l.item && l.options.sign
  && !l.options.chosen).map((l) => {
    const at = map_main.layerPointToContainerPoint(l._point);
    return { sign: l.options.sign, small: Boolean(l._small), x: at.x, y: at.y, r: l._radius };
  })"""
NAMES = """() => { const frame = document.querySelector("#map_main").getBoundingClientRect();
  return [...document.querySelectorAll(".map-name, .county-badge")].filter((n) => !n.hidden)
    .map((n) => { const r = n.getBoundingClientRect(); return [r.left - frame.left,
      r.top - frame.top, r.right - frame.left, r.bottom - frame.top]; }); }"""
BADGES = """() => { const sums = {}; for (const part of document.querySelectorAll(".badge-part")) {
  const key = part.dataset.sign; sums[key] = (sums[key] || 0) + Number(part.textContent); }
  return sums; }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As many signs as the plan of a prefecture has."""
    study = fake_study(city_tables(settlements=3000, schools=1500))
    plan = fake_plan(study, close=84, kindergartens=17, expansions=104, compulsory=12)
    return draw(plan, language="en").save(tmp_path_factory.mktemp("city") / "index.html")


@pytest.fixture(scope="module")
def study() -> Study:
    """Every township but one has a name, one of them hostile."""
    plain = fake_study()
    codes = plain.settlements["township_code"]
    names = {code: f"第{at}镇" for at, code in enumerate(sorted(set(codes)))}
    first, last = min(names), max(names)
    names[first], names[last] = HOSTILE, ""
    return replace(plain, settlements=plain.settlements.assign(township=codes.map(names)))


@pytest.fixture(scope="module")
def plan(study: Study) -> Plan:
    return fake_plan(study)


@pytest.fixture(scope="module")
def file(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(plan, language="en").save(tmp_path_factory.mktemp("map") / "index.html")


def told(page: Page, layer: str) -> int:
    return int(page.locator(f"label[for=layer-{layer}] .count").inner_text().replace(",", ""))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "height"),
    [
        (1366, 768),
        pytest.param(1920, 1080, marks=pytest.mark.more),
        pytest.param(390, 844, marks=pytest.mark.more),
    ],
)
def test_no_sign_of_the_plan_is_lost_at_first_sight(
    browser: Browser, city: Path, width: int, height: int
) -> None:
    with opened(browser, city, width=width, height=height) as (page, log):
        signs = page.evaluate(SIGNS)
        names = np.array(page.evaluate(NAMES))
        counted = [one for one in signs if one["sign"] != "receivers"]
        assert page.locator("#map_main .county-name").count() == 12
        if counted[0]["small"]:
            # Every sign is counted in the badge of its county.
            sums = page.evaluate(BADGES)
            assert sum(sums.values()) == len(counted)
            assert all(sums[key] == told(page, key) for key in sums)
        else:
            at = np.array([[one["x"], one["y"]] for one in signs])
            # Two pixels of white stand around each sign.
            reach = np.array([one["r"] for one in signs]) - 2.0
            apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
            np.fill_diagonal(apart, np.inf)
            assert (apart >= reach[:, None] + reach[None]).all()
            assert all(
                hidden_by(names, one["x"], one["y"]) == 0 for one in signs if one["y"] < height
            )
        overlaps = shapely.area(shapely.intersection(*np.meshgrid(*[shapely.box(*names.T)] * 2)))
        assert (overlaps > 0).sum() == len(names)
        assert log.messages == []


def hidden_by(names: Any, x: float, y: float) -> int:
    """How many names lie over a point."""
    inside = (names[:, 0] < x) & (x < names[:, 2]) & (names[:, 1] < y) & (y < names[:, 3])
    return int(inside.sum())


@pytest.mark.browser
@pytest.mark.more
def test_signs_stand_apart_as_one_comes_nearer(browser: Browser, city: Path) -> None:
    with opened(browser, city) as (page, _):
        assert all(one["small"] for one in page.evaluate(SIGNS))
        page.evaluate("() => { map_main.setZoom(9.5, { animate: false }); }")
        signs = page.evaluate(SIGNS)
        assert not any(one["small"] for one in signs)
        at = np.array([[one["x"], one["y"]] for one in signs])
        reach = np.array([one["r"] for one in signs]) - 2.0
        apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
        np.fill_diagonal(apart, np.inf)
        assert (apart >= reach[:, None] + reach[None]).all()
        assert page.locator(".county-badge").count() == 0


@pytest.mark.browser
@pytest.mark.more
def test_what_is_chosen_and_its_receivers_are_drawn_in_full(browser: Browser, city: Path) -> None:
    chosen = """() => Object.values(map_main._layers).filter((l) => l.options && l.options.chosen)
      .map((l) => [l.options.sign, Boolean(l._small)])"""
    with opened(browser, city) as (page, _):
        page.uncheck("#layer-closed")
        page.uncheck("#layer-receivers")
        page.click("#tab-closures")
        page.locator("#panel-closures tbody tr").first.click()
        signs = page.evaluate(chosen)
        assert ["closed", False] in signs
        assert ["receiver", False] in signs
        # Today nobody has moved.
        page.click("#today")
        assert {sign for sign, _ in page.evaluate(chosen)} == {"closed"}


@pytest.mark.browser
@pytest.mark.more
def test_today_shows_no_move_and_no_site(browser: Browser, file: Path) -> None:
    lines = """() => Object.values(map_main._layers)
      .filter((l) => l.getLatLngs && l.item && l.item.kind === "school").length"""
    with opened(browser, file) as (page, _):
        assert page.evaluate(lines) > 0
        page.click("#today")
        assert page.evaluate(lines) == 0
        shown = {one["sign"] for one in page.evaluate(SIGNS)}
        assert shown <= {"closed_today", "retained", "uncertain"}


@pytest.mark.browser
@pytest.mark.more
def test_the_legend_names_every_kind_of_line(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, _):
        lines = page.locator("#line-legend").inner_text()
        layers = page.locator("#layers").inner_text()
        for text in (
            "Border of a county",
            "From settlement to school",
        ):
            assert text in lines
        for text in ("Where pupils go", "Border belt", "Townships (sketched"):
            assert text in layers


@pytest.mark.browser
@pytest.mark.more
def test_the_legend_of_shading_stands_beside_the_map(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, log):
        page.select_option("#indicator", "coverage_primary")
        ramp, sheet = page.locator("#ramp").bounding_box(), page.locator(".sheet").bounding_box()
        assert ramp is not None
        assert sheet is not None
        assert ramp["y"] >= sheet["y"] + sheet["height"] - 1
        state = page.locator("#ramp .ramp-row").all_inner_texts()
        assert all(re.fullmatch(r"[<≥] \d+%|\d+% to \d+%", text) for text in state)
        page.check("#change")
        change = page.locator("#ramp .ramp-row").all_inner_texts()
        assert change != state
        assert "plan less today" in page.locator("#ramp .ramp-title").inner_text()
        assert page.locator(".name-value").first.inner_text() in {"0.0%", "+5.0%", "−95.0%"}
        assert log.messages == []


@pytest.mark.browser
@pytest.mark.more
def test_all_schools_stand_in_one_table(browser: Browser, plan: Plan, file: Path) -> None:
    schools = plan.study.schools
    body = "#panel-schools tbody tr"
    with opened(browser, file) as (page, log):
        page.click("#tab-schools")
        assert f"{len(schools)} rows" in page.locator("#panel-schools").inner_text()
        page.locator("#panel-schools th button").nth(4).click()
        page.locator("#panel-schools th button").nth(4).press("Enter")
        pupils = schools.filter(regex=r"^pupils_").sum(axis=1)
        first = page.locator(f"{body}:first-child td:nth-child(5)").inner_text()
        assert int(first.replace(",", "")) == pupils.max()
        page.locator("#panel-schools select").nth(2).select_option("closed")
        assert page.locator(body).count() == len(plan.closures)
        assert page.locator(f"{body}:first-child td:nth-child(6)").inner_text() == "–"
        page.fill("#panel-schools input", plan.closures["school_id"].iloc[0])
        assert page.locator(body).count() == 1
        page.locator(f"{body} button").press("Enter")
        assert plan.closures["name"].iloc[0] in page.locator("#card h2").inner_text()
        assert log.messages == []


@pytest.mark.browser
@pytest.mark.more
def test_thousands_of_schools_come_in_pages(browser: Browser, city: Path) -> None:
    with opened(browser, city) as (page, _):
        page.click("#tab-schools")
        panel = page.locator("#panel-schools")
        rows = panel.locator("tbody tr")
        assert rows.count() == 100
        begin = rows.first.inner_text()
        panel.locator(".pager button").nth(1).press("Enter")
        assert "Page 2 of" in panel.inner_text()
        assert rows.count() == 100
        assert rows.first.inner_text() != begin
        # Another order begins with its first page.
        panel.locator("th button").first.click()
        assert "Page 1 of" in panel.inner_text()


@pytest.mark.browser
@pytest.mark.more
def test_townships_are_found_and_have_cards(browser: Browser, study: Study, file: Path) -> None:
    codes = sorted(set(study.settlements["township_code"]))
    ages = study.settlements.filter(regex=r"^age_").sum(axis=1)
    with opened(browser, file) as (page, log):
        for code in (codes[0], codes[-1]):
            page.fill("#search", code)
            page.locator("#hits li").first.click()
            card = page.locator("#card")
            assert card.locator("code").first.inner_text() == code
            children = ages[study.settlements["township_code"] == code].sum()
            assert f"{children:,}" in card.inner_text()
            named = card.locator("h2 bdi").text_content()
            assert named == (HOSTILE if code == codes[0] else code)
            assert ("only its code" in card.inner_text()) == (code == codes[-1])
        school = study.schools[study.schools["township_code"] == codes[1]].index[0]
        page.fill("#search", school)
        assert "第1镇" in page.locator("#hits li").first.inner_text()
        page.locator("#hits li").first.click()
        page.locator("#card .facts button", has_text="第1镇").click()
        assert page.locator("#card code").first.inner_text() == codes[1]
        assert (log.dialogs, log.messages) == ([], [])
        assert log.requests == [file.as_uri()]


@pytest.mark.browser
@pytest.mark.more
def test_layers_of_the_study_take_the_place_of_sketches(
    browser: Browser, study: Study, file: Path, tmp_path: Path
) -> None:
    west, south, east, north = study.units.total_bounds
    line = shapely.LineString([(west, south), (east, north)])
    layers = replace(
        study,
        rivers=gpd.GeoDataFrame({"name": [HOSTILE]}, geometry=[line], crs=4326),
        townships=township_areas(study).assign(name="给定镇").set_index("township_code"),
    )
    other = draw(fake_plan(layers), language="en").save(tmp_path / "index.html")
    coloured = """() => { const canvas = document.querySelector("canvas.rivers");
      if (!canvas) return 0;
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return data.filter((value, at) => at % 4 === 3 && value > 0).length; }"""
    with opened(browser, other) as (page, log):
        assert page.evaluate(coloured) > 100
        assert "sketch" not in page.locator(".left").inner_text()
        page.uncheck("#layer-rivers")
        assert page.evaluate(coloured) == 0
        assert (log.dialogs, log.messages) == ([], [])
    with opened(browser, file) as (page, _):
        assert page.locator("#layer-rivers").count() == 0
        assert "sketch" in page.locator(".left").inner_text()


@pytest.mark.slow
def test_townships_share_their_counties_out(study: Study) -> None:
    areas = township_areas(study)
    shapes = areas.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    for county, part in areas.groupby("county_code"):
        assert shapely.coverage_is_valid(part.geometry.to_numpy())
        outline = study.units.geometry.to_crs(study.crs)[county]
        assert part.area.sum() == pytest.approx(outline.area, rel=1e-9)
    # Every settlement lies in its own township.
    homes = study.settlements.to_crs(study.crs)
    own = areas.set_index("township_code").geometry.loc[homes["township_code"]].to_numpy()
    assert (shapely.distance(own, homes.geometry.to_numpy()) < 0.2).all()
    # Its borders run inside the counties.
    lines = township_borders(areas)
    edges = study.units.geometry.boundary.union_all()
    assert len(lines)
    assert shapely.length(shapely.intersection(shapely.union_all(lines), edges.buffer(1e-6))) < 0.01


def test_townships_of_settlements_are_runs_of_neighbours(study: Study) -> None:
    held = townships(study)
    runs = held["settlements"]
    told = np.repeat(runs[0::2], runs[1::2])
    codes = study.settlements.sort_index()["township_code"]
    assert [held["id"][at] for at in told] == list(codes)
    assert sum(held["children"]) == study.settlements.filter(regex=r"^age_").to_numpy().sum()


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.1)."""
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_signs_stand_out_on_the_darkest_shade() -> None:
    """Each sign's edge; signs without one of their own have a dark one."""
    ramps = re.findall(r"RAMP = \[(.*?)\]", (STATIC / "choropleth.js").read_text(encoding="utf-8"))
    shades = [re.findall(r"#\w{6}", ramp) for ramp in ramps]
    text = (
        (STATIC / "symbols.js").read_text(encoding="utf-8").split("const SIGNS")[1].split("};")[0]
    )
    signs = re.findall(r"(\w+): \{ (shape: .*?) \},?\n", text)
    assert [len(ramp) for ramp in shades] == [5, 7]
    assert len(signs) > 15
    for name, drawn in signs:
        colours = dict(re.findall(r"(fill|line): \"(#\w{6})\"", drawn))
        edge = colours.get("line", "#1c1c1c")
        seen = colours["fill"] if edge == "#ffffff" or "faint" in drawn else edge
        for shade in {colour for ramp in shades for colour in ramp}:
            assert contrast(seen, shade) >= 3, (name, shade)


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """The parts that need no map, in a page of their own."""
    page = browser.new_page()
    for name in ("classes.js", "placing.js"):
        page.evaluate("(source) => { (0, eval)(source); }", (STATIC / name).read_text("utf-8"))
    yield page
    page.close()


@pytest.mark.browser
@pytest.mark.more
@pytest.mark.parametrize(
    ("values", "finest", "limits"),
    [
        ([0.986, 0.987], 0.01, []),
        ([0.5, 0.86], 0.01, [0.6, 0.7, 0.8]),
        ([0.92, 0.951, 0.995], 0.01, [0.94, 0.96, 0.98]),
        ([0, 3, 21], 1, [5, 10, 15, 20]),
        ([65, 229], 1, [100, 150, 200]),
        ([7, 7], 1, []),
        ([], 1, []),
        ([0, 12345], 1, [5000, 10000]),
    ],
)
def test_classes_have_round_limits(
    blank: Page, values: list[float], finest: float, limits: list[float]
) -> None:
    assert blank.evaluate("([v, f]) => roundLimits(v, 5, f)", [values, finest]) == limits


@pytest.mark.browser
@pytest.mark.more
def test_classes_of_any_values_are_few_and_round(blank: Page) -> None:
    rng = np.random.default_rng(5)
    for size in (2, 3, 12, 100):
        low, high = np.sort(rng.lognormal(3, 3, 2))
        values = [*rng.uniform(low, high, size)]
        limits = blank.evaluate("(v) => roundLimits(v, 5, 0.01)", values)
        steps = np.diff(limits)
        assert len(limits) <= 4
        assert all(min(values) < limit <= max(values) for limit in limits)
        for step in steps:
            digits = f"{step:.6e}"
            assert digits[:8] in {"1.000000", "2.000000", "5.000000"}


@pytest.mark.browser
@pytest.mark.more
def test_classes_of_a_change_are_the_same_on_both_sides(blank: Page) -> None:
    limits = blank.evaluate("() => changeLimits([-108, 0, 12], 1)")
    assert limits == [-100, -50, -0.5, 0.5, 50, 100]
    assert [-limit for limit in limits[::-1]] == limits
    classes = blank.evaluate("(l) => [-108, -2, 0, 3, 70].map((v) => classOf(v, l))", limits)
    assert classes == [0, 2, 3, 4, 5]
    assert blank.evaluate("() => changeLimits([0, 0], 1)") == []


@pytest.mark.browser
@pytest.mark.more
def test_spread_signs_touch_nobody_and_stay_near(blank: Page) -> None:
    rng = np.random.default_rng(3)
    xy = rng.normal(0, 60, (80, 2))
    xy[10:14] = xy[10]
    points = [{"x": x, "y": y, "r": r} for (x, y), r in zip(xy, rng.uniform(3, 8, 80), strict=True)]
    moved = np.array(blank.evaluate("(p) => spread(p, 200)", points))
    at, reach = xy + moved, np.array([point["r"] for point in points])
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.eye(80) * 99
    assert (apart >= reach[:, None] + reach[None] - 0.5).all()
    assert np.hypot(*moved.T).mean() < 20
    alone = blank.evaluate("() => spread([{x: 0, y: 0, r: 5}, {x: 50, y: 0, r: 5}], 200)")
    assert np.abs(alone).max() == 0


@pytest.mark.browser
@pytest.mark.more
def test_names_that_may_be_left_out_never_cover(blank: Page) -> None:
    boxes = [
        {"w": 40, "h": 10, "must": True, "spots": [{"x": 50, "y": 50, "cost": 0}]},
        {"w": 40, "h": 10, "must": False, "spots": [{"x": 60, "y": 50, "cost": 0}]},
        {
            "w": 40,
            "h": 10,
            "must": False,
            "spots": [{"x": 60, "y": 52, "cost": 0}, {"x": 60, "y": 70, "cost": 9}],
        },
        {"w": 40, "h": 10, "must": False, "spots": [{"x": 95, "y": 20, "cost": 0}]},
    ]
    placed = blank.evaluate(
        "(boxes) => placeBoxes(boxes, [{x: 10, y: 10, r: 4}], [0, 0, 100, 100])", boxes
    )
    assert [spot and spot["y"] for spot in placed] == [50, None, 70, None]
