"""The map as a file: safe, whole, the same every time, and drawn from the tables."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layout.app.plan import Plan
from layout.core.text import set_language
from layout.output.maps import assets, draw, geometry, shell
from layout.output.maps.embed import clean, inline_json, integers, plain
from layout.output.maps.labels import compared_labels, labels
from layout.output.province.labels import labels as labels_of_all
from layout.planning.within import within
from tests.worlds.fake_city import city_tables
from tests.worlds.fake_plan import fake_plan, fake_study, only, renamed
from tests.worlds.packed import unpacked
from tests.worlds.page_data import data_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fake_plan()


@pytest.fixture(scope="module")
def page(plan: Plan) -> str:
    return draw(plan).html


def test_the_same_plan_gives_the_same_page(page: str) -> None:
    assert draw(fake_plan()).html == page


def test_rows_in_another_order_give_the_same_page(plan: Plan, page: str) -> None:
    study = replace(
        plan.study,
        settlements=plan.study.settlements.iloc[::-1],
        schools=plan.study.schools.iloc[::-1],
    )
    turned = replace(
        plan,
        study=study,
        assignment=plan.assignment.iloc[::-1],
        closures=plan.closures.iloc[::-1],
        retained=plan.retained.iloc[::-1],
        sites=plan.sites.iloc[::-1],
        counties=plan.counties.iloc[::-1],
    )
    assert draw(turned).html == page


def test_nothing_is_fetched(page: str) -> None:
    assert not re.search(r"<(script|img|iframe)[^>]*\ssrc=", page)
    assert re.findall(r"<link[^>]*>", page) == ['<link rel="icon" href="data:,">']
    assert "sourceMappingURL" not in page
    assert "url(images" not in page


def test_the_policy_admits_exactly_the_scripts_and_styles_of_the_page(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(part.split(" ", 1) for part in policy.group(1).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'none'"
    for tag in ("script", "style"):
        parts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        hashes = {
            "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
            for text in parts
        }
        assert set(rules[f"{tag}-src"].split()) == hashes
    assert " style=" not in page.split("<body>")[1].split("<script")[0]
    assert not re.search(r"\son\w+=\"", page.split("<body>")[1].split("<script")[0])


def test_a_link_that_is_not_vendored_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(assets.SCRIPTS, "other", assets.SCRIPTS["leaflet"])
    monkeypatch.setattr(shell, "_CDN", "https://cdn.example/")
    held = {"leaflet": assets.SCRIPTS["leaflet"]}
    link = re.compile(r'src="([^"]*)"').search('<script src="https://cdn.example/jquery">')
    assert link is not None
    with pytest.raises(ValueError, match="not vendored"):
        shell._vendored(link, held)


def test_a_vendored_file_is_checked_by_its_hash() -> None:
    for asset in (*assets.SCRIPTS.values(), *assets.STYLES.values()):
        assert assets.read(asset)
        assert (
            (Path(assets.__file__).parent / "vendor" / asset.path)
            .parent.joinpath("LICENSE")
            .exists()
        )
    with pytest.raises(ValueError, match="not the published file"):
        assets.read(assets.Vendored("leaflet-1.9.4/leaflet.js", "0" * 64))


def test_the_modelled_mark_follows_the_provenance(plan: Plan, page: str) -> None:
    assert data_of(page)["meta"]["modelled"] is True
    observed = replace(plan, study=replace(plan.study, provenance="observed"))
    assert data_of(draw(observed).html)["meta"]["modelled"] is False


def test_the_language_is_that_of_the_study_unless_asked(plan: Plan) -> None:
    set_language(None)
    assert '<html lang="zh-CN">' in draw(plan).html
    english = draw(plan, language="en").html
    assert '<html lang="en">' in english
    assert data_of(english)["labels"]["modelled"] == "Modelled data"
    with pytest.raises(ValueError, match="fr"):
        draw(plan, language="fr")


def test_the_page_holds_every_row_of_the_tables(plan: Plan, page: str) -> None:
    held = data_of(page)
    assert held["schools"]["id"] == sorted(plan.study.schools.index)
    assert unpacked(held["settlements"]["packed"])["id"] == sorted(plan.study.settlements.index)
    ids = [held["schools"]["id"][place] for place in held["closures"]["school"]]
    assert ids == sorted(plan.closures["school_id"])
    assert len(held["retained"]["school"]) == len(plan.retained)
    assert len(held["sites"]["id"]) == len(plan.sites)
    moved = plan.assignment[plan.assignment["from_school"] != plan.assignment["to_school"]]
    assert sum(held["moves"]["pupils"]) == moved["pupils"].sum()


def test_pupils_of_the_plan_are_those_of_today(page: str) -> None:
    schools = data_of(page)["schools"]
    # A new compulsory site takes one pupil, the expansion serves four children without a place.
    assert sum(schools["pupils"]) - 1 + 4 == sum(schools["plan"])


def test_whom_sites_serve_is_in_the_page_row_by_row(plan: Plan, page: str) -> None:
    held = data_of(page)
    served, sites, settlements = (
        held["served"],
        held["sites"],
        unpacked(held["settlements"]["packed"]),
    )
    rows = {
        (sites["id"][site], settlements["id"][home], band, pupils)
        for site, home, band, pupils in zip(
            served["site"], served["settlement"], served["band"], served["pupils"], strict=True
        )
    }
    columns = ["site_id", "settlement_id", "band", "pupils"]
    assert len(plan.served)
    assert rows == set(plan.served[columns].itertuples(index=False, name=None))


def test_points_keep_their_place(plan: Plan, page: str) -> None:
    schools = data_of(page)["schools"]
    shown = gpd.GeoSeries.from_xy(
        [x / 1e5 for x in schools["x"]], [y / 1e5 for y in schools["y"]], index=schools["id"]
    )
    assert shown.distance(plan.study.schools.geometry.set_crs(None, allow_override=True)).max() < (
        1e-5
    )


def test_the_border_line_is_neither_drawn_nor_held(plan: Plan, page: str) -> None:
    assert plan.study.border is not None
    area = geometry.belt_area(plan.study)
    assert area is not None
    counties = plan.study.units.geometry.union_all().buffer(1e-4)
    assert area.iloc[0].within(counties)
    topology = data_of(page)["topology"]
    assert set(topology) == {"counties", "belt"}
    x, y = shapely.get_coordinates(plan.study.border.geometry.to_numpy())[7]
    assert f"{x:.4f}"[:8] not in page
    assert f"{y:.6f}" not in page


def test_a_study_without_border_has_no_belt(plan: Plan) -> None:
    far = plan.study.border.translate(yoff=-1) if plan.study.border is not None else None
    away = replace(plan.study, border=gpd.GeoDataFrame(geometry=far))
    assert geometry.belt_area(away) is None
    study = replace(plan.study, border=None)
    assert geometry.belt_area(study) is None
    assert "belt" not in data_of(draw(replace(plan, study=study)).html)["topology"]


def test_county_names_stand_inside_their_counties(plan: Plan) -> None:
    for (x, y), shape in zip(
        geometry.label_points(plan.study), plan.study.units.geometry, strict=True
    ):
        assert shape.contains(shapely.Point(x, y))


def test_hostile_names_are_data_alone(plan: Plan) -> None:
    name = "</script><script>alert(1)</script>{{7*7}}<!--map-->\x00{% raw %}\u2028&amp;"
    page = draw(renamed(plan, name)).html
    assert data_of(page)["schools"]["name"][0] == name.replace("\x00", "")
    assert page.count("alert(1)</script>") == 0
    assert "<title>&lt;/script&gt;&lt;script&gt;alert(1)" in page
    # No new script: leaflet, topojson, folium's two and ours.
    assert page.count("<script>") == draw(plan).html.count("<script>")


@given(st.text())
def test_inline_json_comes_back_and_cannot_end_its_element(text: str) -> None:
    made = inline_json({"text": text})
    assert not set(made) & set("<>&\u2028\u2029")
    assert json.loads(made)["text"] == clean(text)


def test_numbers_that_are_not_finite_are_null() -> None:
    assert plain({"a": float("inf"), "b": [float("nan"), 1.5]}) == {"a": None, "b": [None, 1.5]}
    assert integers([1.25, float("inf"), None], scale=10) == [12, None, None]


def test_a_plan_without_any_table_has_a_map(plan: Plan) -> None:
    bare = Plan(name="today", study=plan.study, assignment=plan.assignment.iloc[:0])
    held = data_of(draw(bare).html)
    assert held["closures"]["school"] == []
    assert held["counties"]["name"] == list(plan.study.units["name"])


def test_write_leaves_the_earlier_map_when_it_fails(plan: Plan, tmp_path: Path) -> None:
    target = tmp_path / "maps" / "index.html"
    assert draw(plan).save(target) == target
    before = target.read_bytes()
    with pytest.raises(ValueError, match="xx"):
        draw(plan, language="xx")
    assert target.read_bytes() == before
    assert [entry.name for entry in target.parent.iterdir()] == ["index.html"]


@pytest.mark.more
def test_a_city_stays_small() -> None:
    study = fake_study(city_tables())
    page = draw(fake_plan(study, close=84, kindergartens=17, expansions=9, compulsory=12)).html
    assert len(page.encode()) < 3_000_000
    assert len(data_of(page)["closures"]["school"]) == 84


@pytest.mark.parametrize("kind", ["map", "compare", "province"])
def test_no_name_of_our_script_is_given_twice(kind: assets.Kind) -> None:
    """All parts share one scope: a second function of a name would take the first one's place."""
    static = Path(assets.__file__).parent / "static"
    parts = [(static / name).read_text(encoding="utf-8") for name in assets.PARTS[kind]]
    names = re.findall(
        r"^(?:async )?(?:function|const|let|class) (\w+)", "\n".join(parts), re.MULTILINE
    )
    assert len(names) > 50
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_the_page_uses_every_sentence_that_it_is_given() -> None:
    static = Path(assets.__file__).parent / "static"
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(static.iterdir()))
    used = set(re.findall(r'\bt\("(\w+)"[,)]', source))
    used |= set(re.findall(r'data-t(?:-\w+)?"?[=:,] ?"(\w+)"', source))
    used |= set(re.findall(r'\btitled\(.*"(\w+)"\)', source))
    used |= {name for pair in re.findall(r'\? "(\w+)" : "(\w+)"', source) for name in pair}
    starts = set(re.findall(r'(?:\bt\(|"data-t": )"(\w+_)" \+', source))
    held = labels() | compared_labels() | labels_of_all()
    unused = [key for key in held if key not in used and not key.startswith(tuple(starts))]
    assert unused == []
    assert set(re.findall(r'\bt\("(\w+)"[,)]', source)) <= set(held)


@pytest.mark.parametrize("parts", [set(), {"closures"}, {"kindergarten"}, {"border", "compulsory"}])
def test_a_unit_has_its_page_without_any_optional_part(plan: Plan, parts: set[str]) -> None:
    few = only(plan, parts)
    for code in few.study.units.index:
        unit = data_of(draw(within(few, str(code)), whole=few).html)
        assert unit["counties"]["id"] == [code]
