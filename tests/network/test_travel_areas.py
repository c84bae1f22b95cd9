"""Catchments and service areas: every place on the roads is judged by the ways from it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point
from shapely.ops import substring

from layout.core.errors import UsageError
from layout.inputs.roads.osm_objects import read_points
from layout.network.roads import RoadNetwork, read_network, snap, snappable
from layout.network.travel import Mode, catchments, kernel, nearest, route, service_areas
from layout.network.travel.field import cut_lines, edge_parts, field, within
from layout.network.travel.legs import Stops, edge_legs, stops
from layout.network.travel.routing import batches, reversed_graph
from tests.network.test_travel_kernel import judged as judged_nodes
from tests.network.test_travel_kernel import made
from tests.worlds.data_osm import write_small_extract
from tests.worlds.travel_world import CRS, METRES_PER_MINUTE, MODES, NORMS, cases, points, roads

STREET = {"highway": "residential"}
ONE_WAY = {"highway": "residential", "oneway": "yes"}


def probes(network: RoadNetwork, mode: Mode, seed: int, count: int = 40) -> Stops:
    """Places at random on the edges where journeys begin."""
    rng = np.random.default_rng(seed)
    edges = np.flatnonzero(snappable(network, mode))
    none = np.zeros(count)
    return Stops(
        edge=rng.choice(edges, count),
        fraction=rng.random(count),
        off_road_m=none,
        off_road_min=none,
    )


def minutes_from(
    network: RoadNetwork, origins: Stops, sites: gpd.GeoSeries, mode: Mode
) -> np.ndarray:
    """Minutes from places on roads to sites, by the search that serves the matrix."""
    places = snap(network, sites.sort_index(), mode=mode, limit_m=NORMS.snap_limit_m)
    held = np.flatnonzero(places["status"] == "ok")
    out = np.full((len(origins.edge), len(sites)), np.inf)
    for part in batches(
        network,
        edge_legs(network, mode, standards=NORMS),
        origins,
        stops(places.iloc[held], NORMS),
        wait_min=NORMS.bus_wait_minutes if mode == "bus" else 0.0,
        cutoff_min=np.full(len(held), np.inf),
    ):
        out[part.origin, held[part.site]] = part.minutes
    return out


# -- catchments --------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 25), st.integers(1, 60), st.integers(1, 4))
def test_nodes_belong_to_the_first_of_the_nearest(
    seed: int, nodes: int, edges: int, count: int
) -> None:
    network, legs = made(seed, nodes=nodes, edges=edges)
    ends = np.random.default_rng(seed).integers(0, nodes, count)
    graph = reversed_graph(network, legs)
    seeds = kernel.Seeds(
        node=graph.number[np.column_stack([ends, ends])],
        minutes=np.zeros((count, 2)),
        metres=np.zeros((count, 2)),
    )
    expected = [judged_nodes(network, legs, int(end)) for end in ends]
    best = [
        min(
            ((*found[node], site) for site, found in enumerate(expected) if node in found),
            key=lambda way: (way[0], way[2]),
            default=(np.inf, np.inf, -1),
        )
        for node in range(nodes)
    ]
    minutes = np.empty(nodes)
    minutes[graph.number] = [way[0] for way in best]
    reached = np.flatnonzero(np.isfinite(minutes))
    order = reached[np.argsort(minutes[reached], kind="stable")]
    site, metres = kernel.owners(graph.arcs, seeds, minutes, order)
    assert site[graph.number].tolist() == [way[2] for way in best]
    # Of the quickest ways to the site that counts, the shortest that keeps to its own catchment.
    assert (metres[graph.number] >= [way[1] for way in best]).all()


@pytest.mark.more
@pytest.mark.slow
@settings(max_examples=40)
@given(cases(), st.sampled_from(MODES), st.sampled_from([7.0, 20.0, np.inf]), st.integers(0, 999))
def test_every_place_belongs_to_its_nearest_site(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries], mode: Mode, cutoff: float, seed: int
) -> None:
    network, _, sites = case
    if not snappable(network, mode).any():
        return
    found = catchments(network, sites, mode=mode, standards=NORMS, cutoff_minutes=cutoff)
    asked = probes(network, mode, seed)
    minutes = minutes_from(network, asked, sites, mode)
    for at, (edge, fraction) in enumerate(zip(asked.edge, asked.fraction, strict=True)):
        on = found.pieces[
            (found.pieces["edge"] == edge)
            & (found.pieces["begin"] < fraction)
            & (found.pieces["end"] > fraction)
        ]
        best = minutes[at].min(initial=np.inf)
        if best > cutoff + 1e-9:
            assert on.empty
        elif best < cutoff - 1e-9 and np.isfinite(best):
            assert len(on) == 1
            own = sites.sort_index().index.get_loc(on["site"].iloc[0])
            assert minutes[at, own] == pytest.approx(best, abs=1e-7)
    if len(found.pieces):
        edges = network.geometry[found.pieces["edge"]]
        share = found.pieces["end"] - found.pieces["begin"]
        assert found.pieces.length.to_numpy() == pytest.approx(shapely.length(edges) * share)


@settings(max_examples=8)
@given(cases(), st.sampled_from(MODES), st.randoms(use_true_random=False))
def test_order_of_sites_does_not_matter(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries], mode: Mode, random: object
) -> None:
    network, _, sites = case
    turned = sites.sample(frac=1, random_state=random.randint(0, 99))  # type: ignore[attr-defined]
    one, two = (catchments(network, some, mode=mode, standards=NORMS) for some in (sites, turned))
    assert one.nodes.equals(two.nodes)
    assert one.pieces.equals(two.pieces)
    areas = [
        service_areas(network, some, minutes=(10, 5), mode=mode, standards=NORMS)
        for some in (sites, turned)
    ]
    assert areas[0].to_wkb().equals(areas[1].to_wkb())


def test_an_edge_is_cut_where_two_sites_meet(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (4, 0)}, ([1, 2], STREET))
    found = catchments(network, points(a=(0.5, 0), b=(2.5, 0)), mode="walk", standards=NORMS)
    pieces = found.pieces.dissolve("site")
    assert pieces.length.to_numpy() == pytest.approx([1500, 2500], rel=3e-3)
    assert found.nodes["site"].tolist() == ["a", "b"]
    assert found.nodes["metres"].to_numpy() == pytest.approx([500, 1500], rel=3e-3)
    # By bus a one-way street leads to the next site ahead, or is walked back to the one before.
    one_way = roads(tmp_path, {1: (0, 0), 2: (4, 0)}, ([1, 2], ONE_WAY))
    found = catchments(
        one_way, points(a=(0.5, 0), b=(2.5, 0), c=(9, 9)), mode="bus", standards=NORMS
    )
    pieces = found.pieces.dissolve("site")
    # Of 2 km between the sites x are walked back to a while 2 - x are ridden on to b.
    ride, foot = 0.06 / 30, 1 / METRES_PER_MINUTE
    back = 2000 * ride / (ride + foot)
    expected = [500 + back, 3500 - back]
    assert pieces.length.to_numpy() == pytest.approx(expected, rel=3e-3)
    assert found.nodes["site"].isna().tolist() == [False, False]
    assert found.sites.to_dict() == {"a": "ok", "b": "ok", "c": "too_far"}


def test_sites_in_one_place_the_first_label_counts(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (2, 0), 3: (2, 1)}, ([1, 2], STREET), ([2, 3], STREET))
    same = points(b=(1, 0), a=(1, 0), c=(1, 0))
    found = catchments(network, same, mode="walk", standards=NORMS)
    assert set(found.nodes["site"]) == set(found.pieces["site"]) == {"a"}


@pytest.mark.parametrize("mode", MODES)
def test_catchments_agree_with_the_nearest_of_the_matrix(tmp_path: Path, mode: Mode) -> None:
    extract = write_small_extract(tmp_path / "small.osm.pbf")
    network = read_network(extract, crs=CRS)
    places = read_points(extract, {"place": True}).set_index("osm_id").geometry
    schools = read_points(extract, {"amenity": ["school"]}).set_index("osm_id").geometry
    matrix = route(network, places, schools, mode=mode, cutoff_minutes=np.inf, standards=NORMS)
    first = nearest(matrix, k=2)
    assert (first.groupby("origin")["minutes"].diff().dropna() >= 0).all()
    first = first[first["rank"] == 1].set_index("origin")
    on_road = snap(network, places, mode=mode, limit_m=NORMS.snap_limit_m)
    pieces = catchments(network, schools, mode=mode, standards=NORMS).pieces
    assert len(first) == len(places)
    for label, row in on_road.iterrows():
        held = pieces[
            (pieces["edge"] == row["edge"])
            & (pieces["begin"] <= row["fraction"])
            & (pieces["end"] >= row["fraction"])
        ]
        assert first.loc[label, "site"] in set(held["site"])


# -- service areas -----------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.slow
@settings(max_examples=30)
@given(cases(), st.sampled_from(MODES), st.integers(0, 999))
def test_a_place_is_within_exactly_where_its_way_is(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries], mode: Mode, seed: int
) -> None:
    network, _, sites = case
    if not snappable(network, mode).any():
        return
    limits = (7.0, 12.0, 25.0)
    areas = service_areas(network, sites, minutes=limits, mode=mode, standards=NORMS, width_m=30)
    asked = probes(network, mode, seed)
    minutes = minutes_from(network, asked, sites, mode)
    here = shapely.line_interpolate_point(
        network.geometry[asked.edge], asked.fraction, normalized=True
    )
    legs = edge_legs(network, mode, standards=NORMS)
    graph = reversed_graph(network, legs)
    wait = NORMS.bus_wait_minutes if mode == "bus" else 0.0
    for own, label in enumerate(sites.sort_index().index):
        place = snap(network, sites.loc[[label]], mode=mode, limit_m=NORMS.snap_limit_m)
        goal = stops(place, NORMS)
        found = field(network, legs, graph, goal, wait_min=wait, limit_min=np.inf)
        every = np.arange(len(network.edges))
        parts = edge_parts(network, legs, found, goal, edges=every, wait_min=wait)
        for limit in limits:
            pieces = within(parts, limit_min=limit)
            inside = np.array(
                [
                    ((pieces.edge == e) & (pieces.begin < f) & (pieces.end > f)).any()
                    for e, f in zip(asked.edge, asked.fraction, strict=True)
                ]
            )
            clear = np.abs(minutes[:, own] - limit) > 1e-6
            assert (inside == (minutes[:, own] <= limit))[clear].all()
            area = areas[(areas["site"] == label) & (areas["minutes"] == limit)].geometry.iloc[0]
            assert shapely.covers(area, here[inside]).all()


def test_an_area_ends_where_the_limit_is_reached(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (8, 0)}, ([1, 2], STREET))
    areas = service_areas(
        network, points(s=(4, 0)), minutes=(15, 30), mode="walk", standards=NORMS, width_m=50
    )
    assert areas["minutes"].tolist() == [15, 30]
    for minutes, area in zip(areas["minutes"], areas.geometry, strict=True):
        west, _, east, _ = area.bounds
        assert east - west == pytest.approx(2 * (minutes * METRES_PER_MINUTE + 50), rel=2e-3)
    assert areas.crs == network.crs


def test_areas_lie_within_each_other_and_hold_who_is_in_time(tmp_path: Path) -> None:
    extract = write_small_extract(tmp_path / "small.osm.pbf")
    network = read_network(extract, crs=CRS)
    places = read_points(extract, {"place": True}).set_index("osm_id").geometry
    schools = read_points(extract, {"amenity": ["school"]}).set_index("osm_id").geometry
    limits = (10, 20, 40)
    for mode in MODES:
        areas = service_areas(
            network, schools, minutes=limits, mode=mode, standards=NORMS, width_m=400
        )
        assert areas["site"].tolist() == sorted([*schools.index] * 3)
        held = areas.set_index(["site", "minutes"]).geometry
        assert held.is_valid.all()
        for label in schools.index:
            for less, more in ((10, 20), (20, 40)):
                assert held[label, more].buffer(1e-6).covers(held[label, less])
            assert held[label, 40].area > held[label, 10].area
        off = snap(network, places, mode=mode, limit_m=3000)["off_road_m"]
        table = route(
            network, places, schools, mode=mode, cutoff_minutes=40, standards=NORMS
        ).pairs()
        at = places.to_crs(network.crs)
        in_time = [
            held[row.site, limit].covers(at[row.origin])
            for row in table.itertuples()
            for limit in limits
            if off[row.origin] < 380 and row.minutes <= limit
        ]
        assert len(in_time) > 20
        assert all(in_time)


def test_direction_is_towards_the_school(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (4, 0), 3: (8, 0), 4: (4, 1)},
        ([1, 2], ONE_WAY),
        ([2, 3], ONE_WAY),
        ([2, 4], STREET),
    )
    area = service_areas(
        network, points(s=(4, 1)), minutes=[15], mode="bus", standards=NORMS
    ).geometry.iloc[0]
    before, after = points(a=(3, 0), b=(5, 0)).to_crs(network.crs)
    assert area.covers(before)
    assert not area.covers(after)


def test_sites_off_the_roads_have_empty_areas(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (1, 0)}, ([1, 2], STREET))
    areas = service_areas(
        network,
        points(a=(9, 9), b=(0.5, 0.5), c=(0.5, 0)),
        minutes=[4],
        mode="walk",
        standards=NORMS,
    )
    assert areas.is_empty.tolist() == [True, True, False]
    assert set(areas.geom_type) == {"MultiPolygon"}
    none = service_areas(network, points(), minutes=[4], mode="walk", standards=NORMS)
    assert len(none) == 0


@pytest.mark.parametrize("wrong", [[], [0], [-5, 10], [np.inf], [np.nan]])
def test_limits_that_are_none_are_refused(tmp_path: Path, wrong: list[float]) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (1, 0)}, ([1, 2], STREET))
    with pytest.raises(UsageError):
        service_areas(network, points(a=(0, 0)), minutes=wrong, mode="walk", standards=NORMS)
    with pytest.raises(UsageError):
        catchments(network, points(a=(0, 0)), mode="walk", standards=NORMS, cutoff_minutes=-1)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6, unique=True),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_lines_are_cut_as_shapely_cuts_one(
    xy: list[tuple[int, int]], ends: tuple[float, float]
) -> None:
    begin, end = sorted(ends)
    if end - begin < 1e-6:
        return
    line = shapely.LineString(xy)
    lines = np.array([line, line, shapely.LineString([(0, 0), (1, 0)])], dtype=object)
    cut = cut_lines(lines, np.array([0.0, begin, begin]), np.array([1.0, end, end]))
    assert cut[0] is line
    expected = substring(line, begin, end, normalized=True)
    assert (
        shapely.equals_exact(cut[1], expected, 1e-9)
        or shapely.hausdorff_distance(cut[1], expected) < 1e-9
    )
    assert cut[2].length == pytest.approx(end - begin)
    assert Point(cut[1].coords[0]).distance(Point(expected.coords[0])) < 1e-9


def test_a_table_of_catchments_has_plain_columns(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (1, 0)}, ([1, 2], STREET))
    found = catchments(network, points(a=(0, 0)), mode="walk", standards=NORMS)
    assert list(found.pieces) == ["edge", "begin", "end", "site", "geometry"]
    assert isinstance(found.nodes, pd.DataFrame)
    assert list(found.nodes) == ["site", "minutes", "metres"]
