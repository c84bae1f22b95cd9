"""Ends of lines that miss, lines that are drawn twice, and roads across the 180th meridian."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from layout.inputs.roads.words import RoadWords
from layout.network.roads import RoadNetwork, read_network
from tests.worlds.data_osm import lonlat
from tests.worlds.travel_world import CRS, go, points

FIJI = "EPSG:32760"
HALF_A_METRE = 0.0005


def network(
    folder: Path, *shapes: LineString, join_m: float = 1.0, crs: str = CRS, **columns: list[str]
) -> RoadNetwork:
    columns = columns or {"highway": ["tertiary"] * len(shapes)}
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")
    frame.to_file(folder / "roads.gpkg", layer="roads")
    return read_network(folder / "roads.gpkg", crs=crs, words=RoadWords(join_m=join_m))


def line(*km: tuple[float, float]) -> LineString:
    return LineString([lonlat(*at) for at in km])


def count(roads: RoadNetwork) -> int:
    return int(roads.component.max()) + 1


@pytest.mark.parametrize(("join_m", "pieces", "joined"), [(1.0, 1, 3), (0.0, 4, 0), (0.3, 4, 0)])
def test_ends_that_miss_by_half_a_metre_are_joined_and_counted(
    tmp_path: Path, join_m: float, pieces: int, joined: int
) -> None:
    shapes = [line((n, 0), (n + 1 - HALF_A_METRE, 0)) for n in range(4)]
    roads = network(tmp_path, *shapes, join_m=join_m)
    assert (count(roads), roads.counts["joined_ends"]) == (pieces, joined)
    if pieces == 1:
        minutes = go(roads, points(a=(0.2, 0)), points(s=(3.8, 0))).pairs()["minutes"].iloc[0]
        assert minutes == pytest.approx(3600 / 4000 * 60, rel=2e-3)


def test_an_end_beside_a_road_meets_it_there(tmp_path: Path) -> None:
    through = line((0, 0), (4, 0))
    short = line((1, HALF_A_METRE), (1, 2))
    beyond = line((3, -HALF_A_METRE / 2), (3, 2))
    touching = line((2, 0), (2, -1))
    roads = network(tmp_path, through, short, beyond, touching)
    assert (count(roads), roads.counts["joined_ends"]) == (1, 3)
    assert len(roads.edges) == 7
    assert roads.edges["length_m"].sum() == pytest.approx(9000, rel=2e-3)


def test_lines_that_cross_are_not_joined(tmp_path: Path) -> None:
    roads = network(tmp_path, line((0, 0), (2, 0)), line((1, -1), (1, 1)), join_m=5)
    assert (count(roads), roads.counts["joined_ends"]) == (2, 0)


def test_a_short_line_is_not_swallowed(tmp_path: Path) -> None:
    steps = [line((0, 0), (1, 0)), line((1, 0), (1, HALF_A_METRE)), line((1, HALF_A_METRE), (1, 1))]
    roads = network(tmp_path, *steps)
    assert roads.counts["joined_ends"] == 0
    assert roads.edges["length_m"].sum() == pytest.approx(2000, rel=2e-3)


def test_a_stub_at_the_end_of_a_road_is_joined_already(tmp_path: Path) -> None:
    roads = network(tmp_path, line((0, 0), (0.0005, 0)), line((0.0005, 0), (1, 0)))
    assert roads.counts["joined_ends"] == 0
    assert roads.edges["length_m"].sum() == pytest.approx(1001, abs=1)


def test_a_finely_drawn_line_does_not_meet_itself(tmp_path: Path) -> None:
    fine = line(*((n * HALF_A_METRE / 2, 0) for n in range(100)))
    # A loop that ends beside its own beginning does.
    loop = line((1, 0), (2, 0), (2, 1), (1.5, 1), (1.5, HALF_A_METRE))
    roads = network(tmp_path, fine, loop)
    assert roads.counts["joined_ends"] == 1
    assert len(roads.edges) == 3


@pytest.mark.more
@given(order=st.permutations(range(5)), turned=st.lists(st.booleans(), min_size=5, max_size=5))
def test_neither_order_nor_direction_of_lines_matters_for_joining(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], turned: list[bool]
) -> None:
    shapes = [
        line((0, 0), (1, 0)),
        line((1 + HALF_A_METRE, 0), (2, 0)),
        line((0.5, HALF_A_METRE), (0.5, 1)),
        line((0.5, 1 + HALF_A_METRE), (2, HALF_A_METRE)),
        line((1.7, 0), (1.7, -1)),
    ]
    plain = network(tmp_path_factory.mktemp("plain"), *shapes)
    mixed = [shapes[n].reverse() if turned[n] else shapes[n] for n in order]
    other = network(tmp_path_factory.mktemp("mixed"), *mixed)
    assert count(plain) == count(other) == 1
    assert plain.counts == other.counts
    assert sorted(plain.edges["length_m"].round(3)) == sorted(other.edges["length_m"].round(3))


# -- twins ---------------------------------------------------------------------------------------


def test_lines_drawn_there_and_back_are_one_road(tmp_path: Path) -> None:
    there = line((0, 0), (1, 0), (2, 1))
    roads = network(tmp_path, there, there.reverse(), there)
    assert (len(roads.edges), roads.counts["twin_ways"]) == (1, 2)


@pytest.mark.parametrize(
    ("first", "second", "open_ways"),
    [
        ("yes", "yes", (True, True)),
        ("yes", "no", (True, True)),
        ("yes", "-1", (True, False)),
        ("-1", "-1", (True, True)),
        ("", "yes", (True, True)),
    ],
)
def test_each_twin_opens_its_own_direction(
    tmp_path: Path, first: str, second: str, open_ways: tuple[bool, bool]
) -> None:
    there = line((0, 0), (1, 0), (2, 1))
    roads = network(
        tmp_path,
        there,
        there.reverse(),
        highway=["tertiary"] * 2,
        oneway=[first, second],
        name=["A", "B"],
    )
    (edge,) = roads.edges.itertuples()
    assert sorted((edge.forward, edge.backward)) == sorted(open_ways)


def test_carriageways_and_other_classes_stay_apart(tmp_path: Path) -> None:
    there = line((0, 0), (2, 0))
    beside = line((2, 0.01), (0, 0.01))
    roads = network(
        tmp_path,
        there,
        beside,
        there,
        highway=["trunk", "trunk", "footway"],
        oneway=["yes", "yes", ""],
    )
    assert roads.counts["twin_ways"] == 0
    assert len(roads.edges) == 3


# -- the 180th meridian --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shapes",
    [
        # Cut at the meridian, and not cut at all.
        [LineString([(179.98, -16), (180, -16)]), LineString([(-180, -16), (-179.98, -16)])],
        [LineString([(179.98, -16), (-179.98, -16)])],
    ],
)
def test_lines_across_the_180th_meridian_are_short(
    tmp_path: Path, shapes: list[LineString]
) -> None:
    roads = network(tmp_path, *shapes, crs=FIJI)
    assert count(roads) == 1
    assert roads.edges["length_m"].sum() == pytest.approx(4281, rel=2e-3)
    assert np.ptp(roads.nodes["x"]) == pytest.approx(4281, rel=5e-3)


def test_an_extract_cut_at_the_180th_meridian_is_whole(tmp_path: Path) -> None:
    # The nodes on both sides of the meridian stand at one place.
    nodes = enumerate([179.98, 180.0, -180.0, -179.98], start=1)
    ways = [
        f'<way id="{way}" version="1"><nd ref="{a}"/><nd ref="{b}"/>'
        '<tag k="highway" v="tertiary"/></way>'
        for way, (a, b) in enumerate([(1, 2), (3, 4)], start=1)
    ]
    body = [f'<node id="{n}" version="1" lat="-16" lon="{lon}"/>' for n, lon in nodes]
    text = f'<osm version="0.6">{"".join([*body, *ways])}</osm>'
    (tmp_path / "a.osm").write_text(text, encoding="utf-8")
    roads = read_network(tmp_path / "a.osm", crs=FIJI)
    assert count(roads) == 1
    assert roads.edges["length_m"].sum() == pytest.approx(4281, rel=2e-3)
