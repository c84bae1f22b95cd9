"""Ways from settlements to sites: known answers, and networkx as the judge on random networks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from layout.core.errors import InputError, UsageError
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork, network, snap
from layout.network.travel import (
    Mode,
    TravelMatrix,
    default_cutoff_minutes,
    nearest,
    route,
    study_travel,
    travel_matrix,
    travel_problems,
)
from tests.worlds.travel_world import METRES_PER_MINUTE, MODES, NORMS, cases, go, points, roads


def metres(matrix: TravelMatrix, origin: str = "a", site: str = "s") -> float:
    return float(matrix.metres_of([origin], [site])[0])


def minutes(matrix: TravelMatrix, origin: str = "a", site: str = "s") -> float:
    return float(matrix.minutes_of([origin], [site])[0])


STREET = {"highway": "residential"}
ONE_WAY = {"highway": "residential", "oneway": "yes"}


def test_of_parallel_roads_the_shorter_counts(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (2, 0), 3: (1, 2), 4: (-1, 0), 5: (3, 0)},
        ([1, 3, 2], STREET),
        ([1, 2], STREET),
        ([4, 1], STREET),
        ([2, 5], STREET),
    )
    found = go(network, points(a=(-1, 0)), points(s=(3, 0)))
    assert metres(found) == pytest.approx(4000, rel=2e-3)


def test_a_road_drawn_twice_counts_once(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (2, 0)},
        ([1, 2], STREET),
        ([2, 1], STREET),
        ([2, 3], STREET),
    )
    found = go(network, points(a=(0, 0)), points(s=(2, 0)))
    assert metres(found) == pytest.approx(2000, rel=2e-3)


def test_loops_and_one_way_streets_in_both_directions(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (1, 0.2), 4: (1.2, 0.1), 5: (2, 0)},
        ([1, 2], ONE_WAY),
        ([2, 1], ONE_WAY),
        ([2, 3, 4, 2], STREET),
        ([2, 5], STREET),
    )
    for mode in MODES:
        there = go(network, points(a=(0, 0)), points(s=(2, 0)), mode)
        back = go(network, points(a=(2, 0)), points(s=(0, 0)), mode)
        assert metres(there) == pytest.approx(2000, rel=2e-3)
        assert minutes(back) == pytest.approx(minutes(there), abs=1e-3)


def test_the_bus_keeps_to_one_way_streets_and_walkers_need_not(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, -1), 6: (1, -1)},
        ([1, 2, 3, 4, 1], ONE_WAY),
        ([5, 1], STREET),
        ([6, 2], STREET),
    )
    ends = points(a=(0, -1)), points(s=(1, -1))
    assert metres(go(network, *ends, "bus")) == pytest.approx(3000, rel=2e-3)
    assert metres(go(network, ends[1].set_axis(["a"]), ends[0].set_axis(["s"]), "bus")) == (
        pytest.approx(5000, rel=2e-3)
    )
    assert metres(go(network, ends[1].set_axis(["a"]), ends[0].set_axis(["s"]))) == (
        pytest.approx(3000, rel=2e-3)
    )


@pytest.mark.parametrize(
    ("tags", "open_ahead", "open_back"),
    [
        ({}, True, True),
        ({"oneway": "yes"}, True, False),
        ({"oneway": "-1"}, False, True),
        ({"junction": "roundabout"}, True, False),
        ({"junction": "roundabout", "oneway": "no"}, True, True),
        ({"oneway": "reversible"}, False, False),
    ],
)
def test_directions_of_a_road(
    tmp_path: Path, tags: dict[str, str], open_ahead: bool, open_back: bool
) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (-1, 0), 4: (2, 0)},
        ([1, 2], {"highway": "tertiary", **tags}),
        ([3, 1], {"highway": "tertiary"}),
        ([2, 4], {"highway": "tertiary"}),
    )
    ahead = go(network, points(a=(-0.5, 0)), points(s=(1.5, 0)), "drive")
    back = go(network, points(a=(1.5, 0)), points(s=(-0.5, 0)), "drive")
    assert np.isfinite(minutes(ahead)) == open_ahead
    assert np.isfinite(minutes(back)) == open_back


def test_both_on_one_edge_go_straight(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (4, 0)}, ([1, 2], ONE_WAY))
    here, there = points(a=(1, 0)), points(s=(3, 0))
    for mode in MODES:
        assert metres(go(network, here, there, mode)) == pytest.approx(2000, rel=2e-3)
    turned = there.set_axis(["a"]), here.set_axis(["s"])
    assert metres(go(network, *turned)) == pytest.approx(2000, rel=2e-3)
    # Against the direction it is walked; a car finds no way.
    on_foot = 2000 / METRES_PER_MINUTE + NORMS.bus_wait_minutes
    assert minutes(go(network, *turned, "bus")) == pytest.approx(on_foot, rel=2e-3)
    assert minutes(go(network, *turned, "drive")) == np.inf
    same = go(network, here, here.set_axis(["s"]), "bus")
    assert minutes(same) == pytest.approx(NORMS.bus_wait_minutes, abs=0.01)


def test_at_a_junction_any_road_may_be_taken(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (0, 1), 4: (1, 1)},
        ([1, 2], ONE_WAY),
        ([3, 1], ONE_WAY),
        ([1, 4], STREET),
        ([2, 4], STREET),
    )
    out = go(network, points(a=(0, 0)), points(s=(1, 1)), "drive")
    home = go(network, points(a=(1, 1)), points(s=(0, 0)), "drive")
    assert metres(out) == metres(home) == pytest.approx(1414, rel=5e-3)


def test_legs_off_the_road_are_walked_and_the_wait_is_added_once(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (10, 0)}, ([1, 2], {"highway": "residential"}))
    ends = points(a=(1, 0.6)), points(s=(7, -0.3))
    walked = go(network, *ends)
    assert metres(walked) == pytest.approx(6900, rel=2e-3)
    assert minutes(walked) == pytest.approx(6900 / METRES_PER_MINUTE, rel=2e-3)
    ridden = go(network, *ends, "bus")
    assert metres(ridden) == pytest.approx(6900, rel=2e-3)
    expected = 900 / METRES_PER_MINUTE + NORMS.bus_wait_minutes + 6 / 30 * 60
    assert minutes(ridden) == pytest.approx(expected, rel=2e-3)


def test_what_no_bus_may_use_is_walked_on_a_way_by_bus(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (5, 0), 4: (5.2, 0)},
        ([1, 2], {"highway": "track"}),
        ([2, 3], {"highway": "tertiary"}),
        ([3, 4], {"highway": "footway"}),
    )
    found = go(network, points(a=(0, 0)), points(s=(5.2, 0)), "bus")
    expected = 1200 / METRES_PER_MINUTE + NORMS.bus_wait_minutes + 4 / 30 * 60
    assert minutes(found) == pytest.approx(expected, rel=2e-3)


def test_nobody_boards_on_an_expressway_but_the_bus_takes_it(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (0, 1), 3: (20, 1), 4: (20, 0)},
        ([1, 2], {"highway": "secondary"}),
        ([2, 3], {"highway": "motorway"}),
        ([3, 4], {"highway": "secondary"}),
        ([1, 4], {"highway": "track"}),
    )
    ends = points(a=(0, 0)), points(s=(20, 0))
    assert metres(go(network, *ends, "bus")) == pytest.approx(22_000, rel=2e-3)
    assert metres(go(network, *ends)) == pytest.approx(20_000, rel=2e-3)
    beside = snap(network, points(x=(10, 1.1)), mode="bus", limit_m=3000).iloc[0]
    assert network.edges["highway"].iloc[int(beside["edge"])] == "track"


def test_other_component_is_unreachable_and_far_points_are_never_routed(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (0, 8), 4: (1, 8)},
        ([1, 2], STREET),
        ([3, 4], STREET),
    )
    assert sorted(set(network.component)) == [0, 1]
    found = go(
        network, points(a=(0, 0.1), b=(0, 8), c=(0, 4)), points(s=(1, 0), t=(1, 4), u=(30, 0))
    )
    assert found.origin_status.to_dict() == {"a": "ok", "b": "unreachable", "c": "too_far"}
    assert found.site_status.to_dict() == {"s": "ok", "t": "too_far", "u": "too_far"}
    assert found.pairs()[["origin", "site"]].to_numpy().tolist() == [["a", "s"]]


def test_a_path_that_leads_nowhere_is_passed_by(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (0.4, 0.05), 4: (0.6, 0.05), 5: (0.4, 0.9), 6: (0.6, 0.9)},
        ([1, 2], STREET),
        ([3, 4], {"highway": "footway"}),
        ([5, 6], {"highway": "footway"}),
    )
    found = go(network, points(a=(0.5, 0.06), b=(0.5, 0.9)), points(s=(0, 0)))
    assert metres(found) == pytest.approx(560, rel=5e-3)
    assert found.origin_status["b"] == "unreachable"


def test_roads_of_no_length_are_no_gaps(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (1, 0), 4: (2, 0), 5: (1, 1)}
    network = roads(
        tmp_path, nodes, ([1, 2], STREET), ([2, 3], STREET), ([3, 4], STREET), ([2, 5], STREET)
    )
    assert metres(go(network, points(a=(0, 0)), points(s=(2, 0)))) == pytest.approx(2000, rel=2e-3)


def test_the_cutoff_may_differ_by_site(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (10, 0)}, ([1, 2], STREET))
    origins = points(**{f"o{km}": (km, 0.0) for km in range(6)})
    sites = points(s=(0, 0), t=(0, 0))
    cutoff = pd.Series({"t": 20.0, "s": 50.0})
    found = route(network, origins, sites, mode="walk", cutoff_minutes=cutoff, standards=NORMS)
    held = found.pairs().groupby("site")["origin"].agg(list).to_dict()
    assert held == {"s": ["o0", "o1", "o2", "o3"], "t": ["o0", "o1"]}
    assert found.cutoff_minutes == 20.0


def test_no_cutoff_holds_all_that_can_be_reached(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (90, 0)}, ([1, 2], STREET))
    found = go(network, points(a=(0, 0)), points(s=(89, 0)), cutoff=np.inf)
    assert metres(found) == pytest.approx(89_000, rel=2e-3)


def test_nearest_sites_in_order(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (10, 0)}, ([1, 2], STREET))
    found = go(network, points(a=(1, 0), b=(9, 0)), points(s=(0, 0), t=(3, 0), u=(8, 0), v=(8, 0)))
    assert nearest(found)["site"].tolist() == ["s", "u"]
    table = nearest(found, k=3)
    assert table["site"].tolist() == ["s", "t", "u", "u", "v", "t"]
    assert table["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    with pytest.raises(UsageError):
        nearest(found, k=0)


def test_bad_calls_are_refused(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (1, 0)}, ([1, 2], STREET))
    here = points(a=(0, 0))
    with pytest.raises(UsageError):
        go(network, here, here, "fly")  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        go(network, pd.concat([here, here]), here)
    for cutoff in (0.0, -5.0, float("nan")):
        with pytest.raises(UsageError):
            go(network, here, here, cutoff=cutoff)
    with pytest.raises(InputError):
        go(network, gpd.GeoSeries([Point(106, 23)]), here)
    with pytest.raises(InputError) as error:
        go(network, gpd.GeoSeries([Point(), Point(1, np.inf), None], crs="EPSG:4326"), here)
    assert len(error.value.problems) == 3


def test_unknown_labels_are_out_of_reach(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (1, 0)}, ([1, 2], STREET))
    found = go(network, points(a=(0, 0)), points(s=(1, 0)))
    assert found.minutes_of(["a", "x", "a"], ["y", "s", "s"])[:2].tolist() == [np.inf, np.inf]


# -- networkx as the judge ---------------------------------------------------------------------


def judged(
    network: RoadNetwork, origins: gpd.GeoSeries, sites: gpd.GeoSeries, mode: Mode
) -> dict[tuple[str, str], float]:
    """Minutes by networkx: every edge cut at every point on it, no trick of ours used.

    A journey leaves its origin's own node and enters its site's: only there may it be walked
    against a one-way road.
    """
    graph: nx.MultiDiGraph[object] = nx.MultiDiGraph()
    off: dict[str, float] = {}
    on_edge: dict[int, list[tuple[float, str]]] = {}
    for point_set in (origins, sites):
        found = snap(network, point_set, mode=mode, limit_m=NORMS.snap_limit_m)
        for name, row in found[found["status"] == "ok"].iterrows():
            off[str(name)] = row["off_road_m"] / METRES_PER_MINUTE
            on_edge.setdefault(int(row["edge"]), []).append((float(row["fraction"]), str(name)))
            graph.add_edge(("out", str(name)), str(name), weight=0.0)
            graph.add_edge(str(name), ("in", str(name)), weight=0.0)
    for at, edge in enumerate(network.edges.itertuples()):
        stops = [(0.0, edge.u), *sorted(on_edge.get(at, [])), (1.0, edge.v)]
        for (f, a), (g, b) in itertools.pairwise(stops):
            part = (g - f) * edge.length_m
            up, down = (1.0, 1.0) if network.walk_pace is None else network.walk_pace[at]
            foot = part / METRES_PER_MINUTE if edge.walk else np.inf
            if mode == "walk":
                ahead, back = foot * up, foot * down
            elif getattr(edge, mode):
                ride = part * 0.06 / getattr(edge, f"{mode}_kmh")
                ahead, back = (ride if way else np.inf for way in (edge.forward, edge.backward))
            else:
                foot = foot if mode == "bus" else np.inf
                ahead, back = foot * up, foot * down
            if f == g:  # two stops in one place, or a stop at the junction
                ahead = back = 0.0
            if np.isfinite(ahead):
                graph.add_edge(a, b, weight=ahead)
            if np.isfinite(back):
                graph.add_edge(b, a, weight=back)
        if mode == "bus" and edge.bus and edge.walk:
            pace = (1.0, 1.0) if network.walk_pace is None else network.walk_pace[at]
            whole = edge.length_m / METRES_PER_MINUTE
            if not edge.backward:
                walked(graph, on_edge.get(at, []), (edge.v, edge.u), whole * pace[1])
            if not edge.forward:
                turned = [(1 - share, name) for share, name in on_edge.get(at, [])]
                walked(graph, turned, (edge.u, edge.v), whole * pace[0])
    wait = NORMS.bus_wait_minutes if mode == "bus" else 0.0
    out = {}
    for origin in origins.index.intersection(list(off)):
        reached = nx.single_source_dijkstra_path_length(graph, ("out", origin), weight="weight")
        for site in sites.index.intersection(list(off)):
            if ("in", site) in reached:
                out[origin, site] = reached["in", site] + off[origin] + off[site] + wait
    return out


def walked(
    graph: nx.MultiDiGraph[object],
    on_edge: list[tuple[float, str]],
    ends: tuple[int, int],
    minutes: float,
) -> None:
    """Ways on foot along an edge, from its farther to its nearer end; shares from the nearer."""
    far, near = ends
    for share, name in on_edge:
        graph.add_edge(("out", name), near, weight=share * minutes)
        graph.add_edge(far, ("in", name), weight=(1 - share) * minutes)
        for other, site in on_edge:
            if other <= share:
                graph.add_edge(("out", name), ("in", site), weight=(share - other) * minutes)


@pytest.mark.slow
@settings(max_examples=150)
@given(cases(), st.sampled_from(MODES), st.sampled_from([15.0, 40.0, np.inf]))
def test_networkx_finds_the_same_ways(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries], mode: Mode, cutoff: float
) -> None:
    network, origins, sites = case
    expected = {
        pair: value
        for pair, value in judged(network, origins, sites, mode).items()
        if value <= cutoff - 1e-4
    }
    found = go(network, origins, sites, mode, cutoff)
    table = found.pairs().set_index(["origin", "site"])
    held = table["minutes"].to_dict()
    assert {pair for pair, value in held.items() if value <= cutoff - 1e-4} == set(expected)
    for pair, value in expected.items():
        assert held[pair] == pytest.approx(value, abs=1e-3)
    if mode == "walk" and network.walk_pace is None:
        assert table["metres"].to_numpy() == pytest.approx(
            table["minutes"].to_numpy() * METRES_PER_MINUTE, abs=0.1
        )
    assert (np.lexsort((found.col, found.row)) == np.arange(len(found.row))).all()
    routed = set(found.origin_status.index[found.origin_status == "ok"])
    assert routed == {origin for origin, _ in held}


@settings(max_examples=15)
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_points_does_not_matter(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries], random: object
) -> None:
    network, origins, sites = case
    turned = origins.sample(frac=1, random_state=random.randint(0, 99))  # type: ignore[attr-defined]
    one, two = go(network, origins, sites, "bus"), go(network, turned, sites[::-1], "bus")
    assert one.pairs().equals(two.pairs())
    assert one.origin_status.equals(two.origin_status)


# -- a whole study -----------------------------------------------------------------------------


def test_ways_of_a_study_are_longest_where_there_are_beds(mini_study: Study) -> None:
    first = study_travel(mini_study)
    assert first.walk.origins.equals(mini_study.settlements.index)
    assert first.bus.sites.equals(mini_study.schools.index)
    schools = mini_study.schools
    lived_at = (schools["beds"] > 0) | schools["type_code"].isin(["342", "361", "514"])
    far = set(first.bus.sites.take(first.bus.col[first.bus.minutes > 60]))
    assert len(far) > 0
    assert far <= set(schools.index[lived_at])


def test_a_matrix_of_a_study_holds_what_is_within_the_cutoff(mini_study: Study) -> None:
    found = travel_matrix(mini_study, mode="walk")
    assert found.cutoff_minutes == default_cutoff_minutes(mini_study.standards) == 60
    assert found.minutes.max() <= 60
    some = mini_study.schools.geometry.iloc[:3]
    few = travel_matrix(mini_study, mode="walk", sites=some, cutoff_minutes=30)
    table = found.pairs()
    expected = table[table["site"].isin(some.index) & (table["minutes"] <= 30)]
    assert few.pairs().equals(expected.reset_index(drop=True))


def test_places_off_the_roads_are_listed(mini_study: Study) -> None:
    roads_of_study = network(mini_study)
    assert (
        travel_problems(mini_study, network=roads_of_study, bus=study_travel(mini_study).bus) == ()
    )
    far = mini_study.settlements.geometry.copy()
    far.iloc[[3]] = Point(100.0, 30.0)
    bus = travel_matrix(mini_study, mode="bus", origins=far)
    cut = replace(
        roads_of_study,
        counts={"clipped_ways": 4, "closed_ways": 9, "unclassified_ways": 2, "lines": 401},
    )
    found = travel_problems(mini_study, network=cut, bus=bus)
    assert [problem.code for problem in found] == [
        "place-too-far",
        "clipped-ways",
        "unclassified-ways",
    ]
    assert found[0].label == far.index[3]
    assert found[1].value == "4"
    assert {problem.severity for problem in found} == {"warning"}
    brief = travel_matrix(mini_study, mode="bus", cutoff_minutes=0.01)
    found = travel_problems(mini_study, network=roads_of_study, bus=brief)
    assert {problem.code for problem in found} == {"place-unreachable"}
    # Of a settlement with its children, who would stand without a word else.
    children = mini_study.settlements.filter(regex=r"^age_").sum(axis=1)
    homes = [problem for problem in found if problem.label in children.index]
    assert homes
    for one in homes:
        assert f"where {children[one.label]} children live" in str(one)


def test_ferries_and_private_roads_are_left_out(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 2)}
    around = ([1, 4, 3], STREET)
    bank = ([1, 2], STREET)
    for number, tags in enumerate(
        [
            {"route": "ferry"},
            {"route": "ferry", "foot": "yes", "motor_vehicle": "yes"},
            {"highway": "residential", "access": "private"},
            {"highway": "residential", "access": "no"},
            {"highway": "construction"},
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        closed = roads(folder, nodes, around, bank, ([2, 3], tags))
        for mode in MODES:
            found = go(closed, points(a=(0, 0)), points(s=(2, 0)), mode)
            assert metres(found) == pytest.approx(4472, rel=5e-3), (tags, mode)
    opened = roads(
        tmp_path, nodes, around, bank, ([2, 3], {**STREET, "access": "private", "foot": "yes"})
    )
    assert metres(go(opened, points(a=(0, 0)), points(s=(2, 0)))) == pytest.approx(2000, rel=5e-3)
