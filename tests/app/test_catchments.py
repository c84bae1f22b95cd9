"""Catchments: land without gap or overlap, pupils that add up, and the same on map and in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import layout
from layout.app.land import land_of
from layout.core.errors import UsageError
from layout.core.standards import BANDS
from layout.demand.cells import ground_of, owners
from layout.inputs.roads.file import RoadSource
from layout.network.roads import network
from layout.network.travel import nearest, route
from layout.output.lists.zones import zones
from layout.output.maps.areas import packed, packed_roads
from layout.output.maps.flows import packed_flows
from layout.planning.catchments import allocated, areas_of, faces_of
from layout.planning.contract import Faces
from layout.planning.final import final_state
from layout.planning.schema import CATCHMENTS_LAYER
from tests.worlds.packed import unpacked

STATES = ("before", "after")


@pytest.fixture(scope="module")
def land(plan: layout.Plan) -> dict[str, Faces]:
    return dict(land_of(plan).bands)


def test_every_band_has_land(land: dict[str, Faces]) -> None:
    assert list(land) == [band for band in BANDS if band in land]
    assert {"preschool", "1-3", "4-6", "7-9"} <= set(land)


def test_one_band_is_cut_where_one_is_asked_for(
    plan: layout.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, made = [], replace(plan, land=None)
    monkeypatch.setattr(
        "layout.app.land.faces_of",
        lambda of, band, *on: cut.append(band) or faces_of(of, band, *on),
    )
    made.catchments("1-3")
    made.catchments("1-3", "before")
    assert cut == ["1-3"]


@pytest.mark.parametrize("band", ["preschool", "1-3", "4-6", "7-9"])
def test_the_land_is_shared_out_without_gap_or_overlap(
    plan: layout.Plan, land: dict[str, Faces], band: str
) -> None:
    faces = land[band].faces
    outline = plan.study.units.to_crs(plan.study.crs).union_all()
    assert shapely.coverage_is_valid(faces.geometry.to_numpy())
    assert faces.area.sum() == pytest.approx(outline.area, rel=1e-9)
    for state in STATES:
        areas = areas_of(land[band], state)
        there = areas[~areas.is_empty]
        assert shapely.coverage_is_valid(there.geometry.to_numpy())
        assert there.area.sum() == pytest.approx(outline.area, rel=1e-9)


@pytest.mark.parametrize("band", ["1-3", "4-6", "7-9"])
def test_pupils_are_those_of_the_final_state(
    plan: layout.Plan, land: dict[str, Faces], band: str
) -> None:
    state = final_state(plan)
    state = state[(state["band"] == band) & (state["from_school"] != "")]
    for name, column in (("before", "from_school"), ("after", "to_school")):
        areas = areas_of(land[band], name).set_index("school_id")
        expected = state.groupby(column)["pupils"].sum()
        assert areas["pupils"].to_dict() == expected.to_dict()
        assert areas["pupils_inside"].sum() == expected.sum()


def test_kindergarten_children_are_counted_once(plan: layout.Plan, land: dict[str, Faces]) -> None:
    groups = allocated(plan, "preschool")
    total = groups.groupby("state")["pupils"].sum()
    assert total["before"] == total["after"]
    # Whoever a site serves had no place before.
    had_none = groups[groups["school_id"] == ""].groupby("state")["pupils"].sum()
    served = plan.served.loc[plan.served["programme"] == "kindergarten", "pupils"].sum()
    assert had_none["before"] - had_none.get("after", 0) == served > 0
    areas = areas_of(land["preschool"], "after").set_index("school_id")
    sites = plan.sites[plan.sites["programme"] == "kindergarten"].set_index("site_id")
    new = sites[sites["kind"] == "new"]
    assert areas["pupils"].reindex(new.index).to_dict() == new["pupils_served"].to_dict()


def test_a_closed_school_has_land_today_and_none_in_the_plan(
    plan: layout.Plan, land: dict[str, Faces]
) -> None:
    before, after = (areas_of(land["1-3"], state) for state in STATES)
    closed = set(plan.closed)
    assert closed & set(before["school_id"])
    assert not closed & set(after["school_id"])


def test_a_settlement_lies_in_the_land_of_its_school(
    plan: layout.Plan, land: dict[str, Faces]
) -> None:
    study = plan.study
    homes = study.settlements.to_crs(study.crs).geometry
    groups = land["1-3"].groups
    own = groups[groups["state"] == "after"].drop_duplicates("settlement_id")
    areas = areas_of(land["1-3"], "after").set_index("school_id").geometry
    for home, school in zip(own["settlement_id"], own["school"], strict=True):
        assert areas[school].distance(homes[home]) < 0.1


def test_a_point_on_a_road_belongs_to_the_settlement_nearest_along_the_roads(
    plan: layout.Plan,
) -> None:
    study = plan.study
    roads = network(study)
    ground = ground_of(study, roads)
    homes = study.settlements.index.sort_values()
    owner = owners(ground, roads, study, homes)
    on_roads = np.flatnonzero(ground.settlement < 0)
    sample = np.random.default_rng(0).choice(on_roads, size=40, replace=False)
    points = gpd.GeoSeries(shapely.points(ground.xy[sample]), index=sample, crs=study.crs)
    ways = route(
        roads,
        points,
        study.settlements.geometry,
        mode="walk",
        cutoff_minutes=600.0,
        standards=study.standards,
    )
    quickest = nearest(ways).set_index("origin")
    for at, row in quickest.iterrows():
        own = homes[owner[at]]
        assert row["minutes"] == pytest.approx(ways.minutes_of([at], [own])[0], abs=0.02)


def test_the_page_holds_the_same_pupils(plan: layout.Plan, land: dict[str, Faces]) -> None:
    drawn = replace(plan, land=land_of(plan))
    page = packed(drawn)
    flows = unpacked(packed_flows(drawn, page))
    known = [*plan.study.schools.sort_index().index]
    sites = plan.sites.sort_values(["programme", "site_id"])
    known += list(sites.loc[sites["kind"] == "new", "site_id"])
    for band, text in page.items():
        held = unpacked(text)
        assert len(held["topology"]["rings"]) == len(land[band].faces)
        for state in STATES:
            pupils: dict[str, int] = {}
            for part in ("both", state):
                rows = flows[band][part]
                for school, count in zip(rows["school"], rows["pupils"], strict=True):
                    name = known[school] if school >= 0 else ""
                    pupils[name] = pupils.get(name, 0) + count
            areas = areas_of(land[band], state).set_index("school_id")["pupils"]
            assert pupils == areas[areas > 0].to_dict()


@pytest.mark.more
def test_the_same_plan_packs_to_the_same_bytes(plan: layout.Plan) -> None:
    one, other = (replace(plan, land=land_of(plan)) for _ in range(2))
    assert packed(one) == packed(other)
    assert packed_roads(one) == packed_roads(other)


def test_areas_are_asked_for_by_band_and_state(plan: layout.Plan) -> None:
    areas = plan.catchments("1-3")
    assert areas.crs == plan.study.settlements.crs
    assert list(areas["state"].unique()) == ["after"]
    with pytest.raises(UsageError, match="band is one of"):
        plan.catchments("1-9")
    with pytest.raises(UsageError, match="state is one of"):
        plan.catchments("1-3", "later")  # type: ignore[arg-type]


@pytest.mark.more
def test_the_folder_has_them_as_a_layer(folder: Path, plan: layout.Plan) -> None:
    layer = gpd.read_file(folder / "plan.gpkg", layer="catchments")
    areas = plan.catchments("4-6", "before")
    mine = layer[(layer["band"] == "4-6") & (layer["state"] == "before")]
    assert dict(zip(mine["school_id"], mine["pupils"], strict=True)) == dict(
        zip(areas["school_id"], areas["pupils"], strict=True)
    )
    assert (~mine.is_empty).sum() == (~areas.is_empty).sum()
    assert set(layer.columns) == {*CATCHMENTS_LAYER.names, "geometry"}


def test_a_plan_without_its_roads_says_that_it_has_no_catchments(plan: layout.Plan) -> None:
    gone = replace(plan.study, roads=RoadSource(Path("gone.gpkg")))
    drawn = layout.Plan.of(replace(plan, study=gone)).drawn
    assert drawn.land is None
    assert any("no catchments" in str(note) for note in drawn.notes)


def test_zones_hold_every_child_with_the_kindergartens(plan: layout.Plan) -> None:
    table = zones(plan.drawn)
    children = table[table["band"] == "preschool"]
    groups = allocated(plan, "preschool")
    for state, rows in (
        ("before", children[children["from_year"] == children["from_year"].min()]),
        ("after", children[children["until_year"].isna()]),
    ):
        mine = groups[groups["state"] == state].groupby("school_id")["pupils"].sum()
        assert rows.groupby("school_id")["pupils"].sum().to_dict() == mine[mine > 0].to_dict()


def test_catchments_are_drawn_for_print_and_tinted_apart(
    plan: layout.Plan, folder: Path, tmp_path: Path
) -> None:
    code = str(plan.study.units.index[0])
    for state in STATES:
        path = plan.picture(tmp_path / f"{state}.svg", "catchments", band="1-3", state=state)
        again = plan.picture(tmp_path / "again.svg", "catchments", band="1-3", state=state)
        assert path.read_bytes() == again.read_bytes()
    county = plan.picture(tmp_path / "county.png", "county", county=code)
    assert county.stat().st_size > 20_000
    layer = gpd.read_file(folder / "plan.gpkg", layer="catchments").to_crs(plan.study.crs)
    one = layer[(layer["band"] == "1-3") & (layer["state"] == "after") & ~layer.is_empty]
    one = one.reset_index(drop=True)
    assert (one["tint"] >= 0).equals(one["school_id"] != "")
    left, right = one.sindex.query(one.geometry, predicate="touches")
    apart = one["tint"].to_numpy()[left] != one["tint"].to_numpy()[right]
    no_place = (one["school_id"].to_numpy()[left] == "") | (
        one["school_id"].to_numpy()[right] == ""
    )
    assert (apart | no_place).all()
