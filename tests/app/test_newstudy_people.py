"""Who goes to which school in a new study; its counties; where the people of a city live."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from layout.app.newstudy import new_study
from layout.app.newstudy.attendance import (
    NO_WAY_M,
    attendance_notes,
    most_a_grade,
    spread_children,
    way_notes,
    ways_m,
)
from layout.app.newstudy.build import read_parts
from layout.app.newstudy.source import of_extract
from layout.app.newstudy.studyfile import Parts
from layout.core.errors import InputError
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork
from tests.worlds.data_osm import Node, Relation, Way, lonlat, write_osm

PRIMARY = {"amenity": "school", "name": "Primary School"}


def spread(children: list[int], codes: list[str], metres: list[list[float]]) -> pd.DataFrame:
    """Pupils of the first grade of primary school or kindergarten, settlements × schools."""
    grade = "k1" if codes[0] == "111" else "g1"
    ages = {f"age_{age}": children for age in range(18)}
    places = gpd.GeoDataFrame(
        {"settlement_id": [f"s{at}" for at in range(len(children))], **ages},
        geometry=[Point(0, 0)] * len(children),
    )
    schools = gpd.GeoDataFrame(
        {"school_id": [f"p{at}" for at in range(len(codes))], "type_code": codes},
        geometry=[Point(0, 0)] * len(codes),
    )
    table = spread_children(places, schools, np.array(metres))
    rows = table[table["grade"] == grade]
    return rows.pivot_table(
        index="settlement_id", columns="school_id", values="pupils", aggfunc="sum", fill_value=0
    )


def test_the_way_counts_and_not_the_straight_line() -> None:
    # The second school lies across water, without a way.
    pupils = spread([60, 60], ["211", "211"], [[2000, 300 + NO_WAY_M], [300 + NO_WAY_M, 500]])
    assert pupils.loc["s0"].to_dict() == {"p0": 60, "p1": 0}
    assert pupils.loc["s1"].to_dict() == {"p0": 0, "p1": 60}


def test_who_finds_no_room_goes_where_there_is_some() -> None:
    most = most_a_grade("211", "g1")
    assert most == 333
    near_full = spread([400], ["211", "211"], [[100, 30_000]])
    assert near_full.loc["s0"].to_dict() == {"p0": most, "p1": 400 - most}
    # Nobody crosses water for want of room.
    alone = spread([400, 10], ["211", "211"], [[100, 5e3 + NO_WAY_M], [5e3 + NO_WAY_M, 100]])
    assert alone.loc["s0"].to_dict() == {"": 400 - most, "p0": most, "p1": 0}


def test_small_children_stay_near() -> None:
    pupils = spread([100, 100], ["111"], [[900], [6_000]])
    # Seven in ten are enrolled where there is a kindergarten.
    assert pupils["p0"].to_dict() == {"s0": 70, "s1": 0}
    assert spread([500], ["111"], [[900]])["p0"].to_list() == [120]


def test_no_school_is_without_pupils() -> None:
    pupils = spread([12, 1], ["211", "211", "211"], [[100, 90_000, NO_WAY_M + 9], [100, 300, 300]])
    assert (pupils[["p0", "p1", "p2"]].sum() > 0).all()
    assert pupils.to_numpy().sum() == 13


def test_the_only_child_of_a_place_may_go_to_a_school_without_any() -> None:
    pupils = spread([1, 1, 1], ["211", "211"], [[100, 900], [100, 900], [100, 500]])
    assert pupils["p1"].to_dict() == {"s0": 0, "s1": 0, "s2": 1}
    few = spread([1], ["211", "211"], [[100, 900]])
    assert "p1" not in few


def test_a_school_for_which_no_child_is_left_is_left_out(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 2)
    # One child of each age in both together.
    small = [(*node[:3], {**node[3], "population": "60"}) for node in nodes]
    path = write_osm(tmp_path / "a.osm", small, ways)
    study = new_study(path, tmp_path / "study", language="en")
    assert "1 school is left out, since fewer children" in study.read_text(encoding="utf-8")
    assert len(Study.read(study).schools) == 1


@pytest.mark.parametrize(
    ("code", "grade", "most"),
    [
        ("111", "k1", 120),
        ("311", "g7", 500),
        ("312", "g1", 277),
        ("345", "g10", 208),
        ("514", "g1", 10),
    ],
)
def test_no_school_is_larger_than_the_norms(code: str, grade: str, most: int) -> None:
    assert most_a_grade(code, grade) == most


def test_children_without_a_school_are_told() -> None:
    table = pd.DataFrame(
        {"grade": ["g1", "g1", "k1"], "school_id": ["p", "", ""], "pupils": [60, 40, 100]}
    )
    (note,) = attendance_notes(table)
    assert note.startswith("Of 100 children of the stage primary, 40 are in no school")


def row_of_villages(first: int, east_km: float, count: int) -> tuple[list[Node], list[Way]]:
    """Villages 2 km apart on one road, each with a primary school."""
    nodes: list[Node] = []
    for at in range(count):
        x, y = lonlat(east_km + 2 * at, 0)
        village = {"place": "village", "name": f"Village {first + at}", "population": "1000"}
        nodes.append((first + at, x, y, village))
        nodes.append((first + 100 + at, x, y + 0.001, {**PRIMARY, "name": f"Primary {first + at}"}))
    road = (first + 200, [first + at for at in range(count)], {"highway": "secondary"})
    return nodes, [road]


def county(
    number: int, west_km: float, east_km: float, level: int
) -> tuple[list[Node], list[Way], list[Relation]]:
    corners = [(west_km, -3), (east_km, -3), (east_km, 3), (west_km, 3)]
    nodes = [(number + at, *lonlat(*corner), {}) for at, corner in enumerate(corners)]
    ring = [number + at for at in (0, 1, 2, 3, 0)]
    tags = {"type": "boundary", "boundary": "administrative", "name": f"Area {number}"}
    relation = (number, [("w", number, "outer")], {**tags, "admin_level": str(level)})
    return nodes, [(number, ring, {})], [relation]


def read(path: Path) -> tuple[Parts, RoadNetwork]:
    return read_parts(of_extract(path), path, "en", None, None, None)


def test_children_of_an_island_go_to_its_school(tmp_path: Path) -> None:
    main, island = row_of_villages(1, 0, 2), row_of_villages(1000, 4.5, 2)
    path = write_osm(tmp_path / "a.osm", main[0] + island[0], main[1] + island[1])
    parts, network = read(path)
    metres = ways_m(parts.settlements, parts.schools, network)
    ids = parts.settlements["settlement_id"].str.len() > 2, parts.schools["school_id"].str.len() > 4
    on_island = [np.asarray(one) for one in ids]
    assert (metres[on_island[0]][:, ~on_island[1]] > NO_WAY_M).all()
    assert (metres[~on_island[0]][:, ~on_island[1]] < 3_000).all()


def test_an_island_with_people_is_no_sea(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 2)
    for at, people in enumerate(("700", "", "90000")):
        tags = {"place": "island", "name": f"Island {at}", "population": people}
        nodes.append((600 + at, *lonlat(1, 3 + 3 * at), tags))
    # On the island's own village, which counts its people.
    nodes.append((610, *lonlat(0, 0.5), {"place": "island", "name": "Main", "population": "900"}))
    parts, _ = read(write_osm(tmp_path / "a.osm", nodes, ways))
    people = parts.people.set_index("settlement_id")["people"]
    assert people.to_dict() == {"n1": 1000, "n2": 1000, "n600": 700}
    assert any("1 island without another settlement counts" in note for note in parts.notes)


def test_areas_of_few_schools_are_townships(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 6)
    areas = [county(2000 + 10 * at, 4 * at - 1, 4 * at + 3, 8) for at in range(3)]
    for more in areas:
        nodes, ways = nodes + more[0], ways + more[1]
    relations = [relation for more in areas for relation in more[2]]
    parts, _ = read(write_osm(tmp_path / "a.osm", nodes, ways, relations))
    assert len(parts.units) == 1
    assert parts.settlements["township"].nunique() == 3
    assert any("hold few schools each: one unit stands for all" in note for note in parts.notes)
    # A level above them holds enough for two counties.
    both = [county(3000, -1, 7, 6), county(3100, 7, 15, 6)]
    extra = [(4000 + at, *lonlat(at, 0.5), {**PRIMARY, "name": f"P {at}"}) for at in range(12)]
    for more in both:
        nodes, ways, relations = nodes + more[0], ways + more[1], relations + more[2]
    parts, _ = read(write_osm(tmp_path / "b.osm", nodes + extra, ways, relations))
    assert parts.units["county_code"].to_list() == ["r3000", "r3100"]
    assert parts.settlements["township"].nunique() == 3


def test_villages_of_the_neighbours_do_not_undo_the_areas(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 6)
    # As many villages in the margin of the extract, without schools.
    outside = [
        (600 + at, *lonlat(2 * at, 8), {"place": "village", "name": f"Over {at}"})
        for at in range(5)
    ]
    areas = [county(2000 + 10 * at, 4 * at - 1, 4 * at + 3, 8) for at in range(3)]
    for more in areas:
        nodes, ways = nodes + more[0], ways + more[1]
    relations = [relation for more in areas for relation in more[2]]
    parts, _ = read(write_osm(tmp_path / "a.osm", nodes + outside, ways, relations))
    assert len(parts.settlements) == 6
    assert parts.settlements["township"].nunique() == 3
    assert any("5 places lie outside all units and are left out" in note for note in parts.notes)


def test_places_without_a_child_are_refused(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 2)
    small = [(*node[:3], {**node[3], "population": "4"}) for node in nodes]
    path = write_osm(tmp_path / "a.osm", small, ways)
    with pytest.raises(InputError) as caught:
        new_study(path, tmp_path / "study", language="en")
    assert caught.value.problems[0].code == "empty-extract"
    assert "no child of any age" in str(caught.value)
    assert not (tmp_path / "study").exists()


def test_an_area_without_roads_is_left_out(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 6)
    island, _ = row_of_villages(1000, 30, 1)
    extra = [(4000 + at, *lonlat(at, 0.5), {**PRIMARY, "name": f"P {at}"}) for at in range(6)]
    areas = [county(3000, -1, 15, 6), county(3100, 28, 32, 6)]
    for more in areas:
        nodes, ways = nodes + more[0], ways + more[1]
    relations = [relation for more in areas for relation in more[2]]
    path = write_osm(tmp_path / "a.osm", nodes + island + extra, ways, relations)
    parts, _ = read(path)
    assert parts.units["county_code"].to_list() == ["r3000"]
    told = "\n".join(parts.notes)
    assert "1 area holds no road and is left out with all that lies in it: Area 3100." in told
    assert "1 place lies outside all units and is left out: Village 1000." in told
    assert "Village 1000" not in set(parts.settlements["name"])


def test_a_city_lives_in_its_quarters_or_at_its_schools(tmp_path: Path) -> None:
    city = (1, *lonlat(0, 0), {"place": "city", "name": "Big", "population": "300000"})
    schools = [(10 + at, *lonlat(3 * at, 0), {**PRIMARY, "name": f"P {at}"}) for at in range(4)]
    road = (100, [1, 10, 11, 12, 13], {"highway": "primary"})
    parts, _ = read(write_osm(tmp_path / "a.osm", [city, *schools], [road]))
    # The first is near to the city's own point; the other three stand for quarters.
    assert parts.people["people"].to_list() == [75_000] * 4
    assert set(parts.schools["urban_rural_code"]) == {"111"}
    assert parts.settlements["urban"].all()
    quarters = [
        (20 + at, *lonlat(3 * at, 0.2), {"place": "suburb", "name": f"Q {at}"}) for at in range(4)
    ]
    parts, _ = read(write_osm(tmp_path / "b.osm", [city, *schools, *quarters], [road]))
    assert len(parts.settlements) == 5
    assert parts.settlements["settlement_id"].is_unique
    assert parts.people["people"].to_list() == [60_000] * 5


def test_a_city_that_a_box_cuts_has_no_more_people_than_find_room(tmp_path: Path) -> None:
    city = (1, *lonlat(0, 0), {"place": "city", "name": "Big", "population": "8053663"})
    schools = [(10 + at, *lonlat(3 * at, 0), {**PRIMARY, "name": f"P {at}"}) for at in range(4)]
    road = (100, [1, 10, 11, 12, 13], {"highway": "primary"})
    parts, _ = read(write_osm(tmp_path / "a.osm", [city, *schools], [road]))
    # 13 km × 4 km, with round corners.
    assert parts.people["people"].sum() == pytest.approx(485_000, rel=0.02)
    assert parts.people["people"].nunique() == 1
    told = "\n".join(parts.notes)
    assert "it counts as 10,000 people for each square kilometre: Big (8,053,663)." in told
    # All of a city may be denser.
    area = county(2000, -1, 10, 6)
    named = [(*area[2][0][:2], {**area[2][0][2], "name": "Big"})]
    path = write_osm(tmp_path / "b.osm", [city, *schools, *area[0]], [road, *area[1]], named)
    assert read(path)[0].people["people"].sum() == pytest.approx(8_053_663)


def test_a_place_without_a_way_to_any_school_is_told(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 2)
    # Between two lanes that only lead away from it.
    lost = [(500 + at, *lonlat(40 + at / 2, 0), {}) for at in range(3)]
    lost[1] = (*lost[1][:3], {"place": "village", "name": "Lost", "population": "1000"})
    lane = (900, [501, 502], {"highway": "residential", "oneway": "yes"})
    path = write_osm(tmp_path / "a.osm", nodes + lost, [*ways, lane])
    parts, network = read(path)
    (note,) = way_notes(parts.settlements, ways_m(parts.settlements, parts.schools, network))
    assert note.startswith("From 1 place with 180 children no way by road and bus leads")
    assert note.endswith(": Lost.")


def test_one_name_within_the_other_stands_once(tmp_path: Path) -> None:
    nodes, ways = row_of_villages(1, 0, 2)
    named = {"place": "village", "population": "900"}
    nodes += [
        (500, *lonlat(5, 0), {**named, "name": "Il-Marsa", "name:en": "Marsa"}),
        (501, *lonlat(7, 0), {**named, "name": "清河", "name:en": "Qinghe"}),
        (502, *lonlat(9, 0), named),
    ]
    parts, _ = read(write_osm(tmp_path / "a.osm", nodes, ways))
    names = parts.settlements.set_index("settlement_id")["name"]
    assert names[["n500", "n501", "n502"]].to_list() == [
        "Il-Marsa",
        "Qinghe 清河",
        "Unnamed place n502",
    ]
