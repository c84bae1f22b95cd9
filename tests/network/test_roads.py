"""Road networks: classes and speeds, simplification, snapping."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from layout.core.errors import InputError
from layout.core.standards import Standards
from layout.inputs.roads.tables import WAY_TAGS
from layout.network.roads import DESIGN_KMH, RoadNetwork, read_network, snap
from layout.network.roads.classes import WALK_ONLY, usage
from layout.network.roads.topology import Chains, chains
from tests.worlds.data_osm import lonlat, write_roads, write_small_extract

CRS = "EPSG:4507"
NORMS = Standards()


def one_way(**tags: str) -> pd.Series:
    """Usage of a single way with these tags."""
    row = {key: tags.get(key, "") for key in WAY_TAGS}
    return usage(pd.DataFrame([row], dtype=str), standards=NORMS).iloc[0]


# -- classes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "walk", "bus"),
    [
        ({"highway": "tertiary"}, True, True),
        ({"highway": "motorway"}, False, True),
        ({"highway": "motorway_link"}, False, True),
        ({"highway": "track"}, True, False),
        ({"highway": "steps"}, True, False),
        ({"highway": "construction"}, False, False),
        ({"highway": "service", "service": "parking_aisle"}, True, False),
        ({"highway": "service", "access": "private"}, False, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, True, False),
        ({"highway": "residential", "motor_vehicle": "no"}, True, False),
        ({"highway": "residential", "motor_vehicle": "no", "bus": "yes"}, True, True),
        ({"highway": "residential", "vehicle": "no", "motor_vehicle": "yes"}, True, True),
        ({"highway": "primary", "foot": "no"}, False, True),
        ({"highway": "unclassified", "width": "2.2"}, True, False),
    ],
)
def test_who_may_use_a_way(tags: dict[str, str], walk: bool, bus: bool) -> None:
    found = one_way(**tags)
    assert (bool(found["walk"]), bool(found["bus"])) == (walk, bus)
    assert (found["bus_kmh"] > 0) == bus


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"highway": "motorway"}, 80),
        ({"highway": "trunk"}, 60),
        ({"highway": "secondary"}, 40),
        ({"highway": "secondary", "maxspeed": "30"}, 30),
        ({"highway": "secondary", "maxspeed": "30 km/h"}, 30),
        ({"highway": "secondary", "maxspeed": "20 mph"}, 32.18688),
        ({"highway": "secondary", "maxspeed": "signals"}, 40),
        ({"highway": "secondary", "surface": "gravel"}, 20),
        ({"highway": "secondary", "surface": "asphalt"}, 40),
        ({"highway": "secondary", "width": "4 m"}, 20),
        ({"highway": "secondary", "width": "7"}, 40),
        ({"highway": "secondary", "incline": "-11%"}, 20),
        ({"highway": "secondary", "incline": "up"}, 40),
        ({"highway": "living_street", "maxspeed": "10"}, 10),
    ],
)
def test_a_bus_keeps_to_class_sign_and_law(tags: dict[str, str], kmh: float) -> None:
    assert one_way(**tags)["bus_kmh"] == pytest.approx(kmh)


def test_no_class_is_both_for_vehicles_and_only_for_walkers() -> None:
    assert not set(DESIGN_KMH) & WALK_ONLY


def test_the_caps_are_the_study_s_own() -> None:
    ways = pd.DataFrame([dict.fromkeys(WAY_TAGS, "") | {"highway": "trunk"}], dtype=str)
    norms = Standards(bus_cap_kmh=45.0)
    assert usage(ways, standards=norms)["bus_kmh"].tolist() == [45.0]
    assert usage(ways, standards=norms)["drive_kmh"].tolist() == [80.0]


# -- simplification ----------------------------------------------------------------------------


@st.composite
def ways(draw: st.DrawFn) -> tuple[list[list[int]], list[int], list[int]]:
    """Random ways over few nodes, with styles and directions."""
    count = draw(st.integers(2, 12))
    runs = draw(
        st.lists(
            st.lists(st.integers(0, count - 1), min_size=2, max_size=6), min_size=1, max_size=8
        )
    )
    styles = draw(st.lists(st.integers(0, 1), min_size=len(runs), max_size=len(runs)))
    directions = draw(st.lists(st.integers(-1, 1), min_size=len(runs), max_size=len(runs)))
    return runs, styles, directions


def simplified(
    runs: Sequence[Sequence[int]], styles: Sequence[int], directions: Sequence[int]
) -> Chains:
    return chains(
        np.array([node for run in runs for node in run], dtype=np.int64),
        np.cumsum([0, *(len(run) for run in runs)]),
        style=np.array(styles, dtype=np.int64),
        direction=np.array(directions, dtype=np.int64),
    )


def segments(runs: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    return [
        (min(a, b), max(a, b), way)
        for way, run in enumerate(runs)
        for a, b in pairwise(run)
        if a != b
    ]


@pytest.mark.slow
@settings(max_examples=150)
@given(ways())
def test_simplifying_keeps_every_segment_and_every_way_through(
    case: tuple[list[list[int]], list[int], list[int]],
) -> None:
    runs, styles, directions = case
    found = simplified(runs, styles, directions)
    kept = [found.nodes[a:b].tolist() for a, b in pairwise(found.start)]
    way_of = np.split(found.ways, np.cumsum(np.diff(found.start) - 1)[:-1]) if kept else []
    made = [
        (min(a, b), max(a, b), int(way))
        for run, own in zip(kept, way_of, strict=True)
        for (a, b), way in zip(pairwise(run), own, strict=True)
    ]
    assert sorted(made) == sorted(segments(runs))

    raw: nx.DiGraph[int] = nx.DiGraph()
    for way, run in enumerate(runs):
        for a, b in pairwise(run):
            if directions[way] >= 0 and a != b:
                raw.add_edge(a, b)
            if directions[way] <= 0 and a != b:
                raw.add_edge(b, a)
    lean: nx.DiGraph[int] = nx.DiGraph()
    for run, own, direction in zip(kept, way_of, found.direction, strict=True):
        assert run[0] <= run[-1]
        assert len({styles[way] for way in own}) == 1
        steps = list(pairwise(run))
        if direction >= 0:
            lean.add_edges_from(steps)
        if direction <= 0:
            lean.add_edges_from((b, a) for a, b in steps)
    assert set(raw.edges) == set(lean.edges)


@settings(max_examples=60)
@given(ways(), st.randoms(use_true_random=False))
def test_simplifying_leaves_no_plain_node_and_ignores_the_order_of_ways(
    case: tuple[list[list[int]], list[int], list[int]], random: object
) -> None:
    runs, styles, directions = case
    found = simplified(runs, styles, directions)
    order = list(range(len(runs)))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = simplified(
        [runs[i] for i in order], [styles[i] for i in order], [directions[i] for i in order]
    )
    ends = np.column_stack([found.nodes[found.start[:-1]], found.nodes[found.start[1:] - 1]])
    degree = np.bincount(ends.ravel(), minlength=1)
    loops = set(ends[ends[:, 0] == ends[:, 1], 0].tolist())
    style_of = [styles[way] for way in found.ways[found.start[:-1] - np.arange(len(ends))]]
    for node in np.flatnonzero(degree == 2):
        if node in loops:
            continue
        (a, b) = np.flatnonzero((ends == node).any(axis=1))
        out = [found.direction[e] * (1 if ends[e, 0] == node else -1) for e in (a, b)]
        assert style_of[a] != style_of[b] or out[0] != -out[1]
    if not loops:
        assert np.array_equal(found.nodes, turned.nodes)
        assert np.array_equal(found.direction, turned.direction)


def test_a_road_cut_into_ways_is_one_edge() -> None:
    found = simplified([[5, 3, 9], [2, 9], [2, 7]], [0, 0, 0], [1, -1, 1])
    assert found.nodes.tolist() == [5, 3, 9, 2, 7]
    assert found.direction.tolist() == [1]
    assert found.ways.tolist() == [0, 0, 1, 2]


def test_a_ring_without_junctions_is_a_loop() -> None:
    found = simplified([[4, 6, 8, 4]], [0], [0])
    assert found.nodes.tolist() == [4, 6, 8, 4]


# -- networks from files -----------------------------------------------------------------------


def test_an_extract_gives_a_consistent_network(tmp_path: Path) -> None:
    network = read_network(write_small_extract(tmp_path / "a.osm.pbf"), crs=CRS)
    check_network(network)
    assert network.counts["clipped_ways"] == 3
    assert network.counts["closed_ways"] == 2
    assert set(network.edges["highway"]) == {
        "primary", "tertiary", "unclassified", "residential", "track", "motorway", "steps", "path",
    }  # fmt: skip
    motorway = network.edges[network.edges["highway"] == "motorway"]
    assert motorway["bus_kmh"].to_numpy() == pytest.approx([80.0])
    assert not motorway["walk"].any()
    assert len(network.nodes) < 120


def check_network(network: RoadNetwork) -> None:
    edges, nodes = network.edges, network.nodes[["x", "y"]].to_numpy()
    for end, column in ((0, "u"), (-1, "v")):
        at = shapely.get_coordinates(shapely.get_point(network.geometry, end))
        assert at == pytest.approx(nodes[edges[column]])
    planar = shapely.length(network.geometry)
    assert planar == pytest.approx(edges["length_m"].to_numpy(), rel=2e-3)
    assert (edges["walk"] | edges["bus"] | edges["drive"]).all()
    assert ((edges["bus_kmh"] > 0) == edges["bus"]).all()
    assert ((edges["drive_kmh"] > 0) == edges["drive"]).all()
    assert (edges["bus_kmh"] <= 80.0 + 1e-9).all()
    links: nx.Graph[int] = nx.Graph(zip(edges["u"], edges["v"], strict=True))
    parts = sorted(nx.connected_components(links), key=len, reverse=True)
    assert len(parts) == network.component.max() + 1
    for part in parts:
        assert len({int(network.component[node]) for node in part}) == 1
    assert len(parts[0]) == int((network.component == 0).sum())


@pytest.mark.parametrize(
    ("crs", "code"),
    [("EPSG:4326", "crs-not-metres"), ("EPSG:2277", "crs-not-metres"), ("nonsense", "crs")],
)
def test_networks_are_in_metres(tmp_path: Path, crs: str, code: str) -> None:
    path = write_small_extract(tmp_path / "a.osm.pbf")
    with pytest.raises(InputError) as error:
        read_network(path, crs=crs)
    assert error.value.problems[0].code == code


def test_roads_that_nobody_may_use_are_no_network(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (1.0, 0.0)}
    path = write_roads(tmp_path / "a.osm", nodes, [([1, 2], {"highway": "proposed"})])
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert error.value.problems[0].code == "no-roads"


def test_other_formats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "roads.xlsx"
    path.write_bytes(b"")
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert error.value.problems[0].code == "roads-format"


# -- snapping ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    folder = tmp_path_factory.mktemp("roads")
    return read_network(write_small_extract(folder / "small.osm.pbf"), crs=CRS)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-1, 5), st.floats(-1, 11)), min_size=1, max_size=12))
def test_the_nearest_edge_is_found(small: RoadNetwork, km: list[tuple[float, float]]) -> None:
    where = gpd.GeoSeries([Point(lonlat(*at)) for at in km], crs="EPSG:4326")
    found = snap(small, where, mode="bus", limit_m=800.0)
    walkable = small.edges["walk"].to_numpy()
    lines = small.geometry[walkable & (small.component[small.edges["u"]] == 0)]
    for point, row in zip(where.to_crs(CRS), found.itertuples(), strict=True):
        nearest = shapely.distance(lines, point).min()
        if nearest <= 800.0:
            assert row.status == "ok"
        if row.status == "ok":
            assert row.off_road_m <= 800.0
            assert row.off_road_m <= nearest * 1.001 + 100.0
            assert walkable[row.edge]
            line = small.geometry[row.edge]
            place = line.interpolate(row.fraction, normalized=True)
            assert place.distance(Point(row.x, row.y)) < 1e-3
            assert point.distance(place) == pytest.approx(row.off_road_m, rel=2e-3, abs=1e-3)
        else:
            assert row.edge == -1


def test_snapping_does_not_change_what_it_is_given(small: RoadNetwork) -> None:
    where = gpd.GeoSeries({"b": Point(lonlat(1, 1)), "a": Point(lonlat(2, 5))}, crs="EPSG:4326")
    before = where.copy()
    found = snap(small, where, mode="walk", limit_m=3000.0)
    assert where.equals(before)
    assert found.index.tolist() == ["b", "a"]
    assert snap(small, where.iloc[:0], mode="walk", limit_m=3000.0).empty
