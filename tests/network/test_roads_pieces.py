"""The pieces that a road network falls into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout.core.standards import Standards
from layout.network.roads import RoadNetwork, closed, pieces, read_network
from tests.worlds.data_osm import write_roads

CRS = "EPSG:4508"

# Kilometres east and north: a cross of four arms, a ring, a lone road.
NODES = {
    1: (0, 0),
    2: (3, 0),
    3: (-2, 0),
    4: (0, 1),
    5: (0, -1),
    11: (10, 0),
    12: (11, 0),
    13: (11, 1),
    14: (10, 1),
    21: (20, 0),
    22: (20, 5),
}
WAYS = [[1, 2], [1, 3], [1, 4], [1, 5], [11, 12, 13, 14, 11], [21, 22], [11, 13]]


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    path = tmp_path_factory.mktemp("roads") / "a.osm.pbf"
    write_roads(path, NODES, [(refs, {"highway": "tertiary"}) for refs in WAYS])
    return read_network(path, crs=CRS, standards=Standards())


def test_each_piece_has_its_size_and_reach(roads: RoadNetwork) -> None:
    table = pieces(roads)
    assert table["junctions"].tolist() == [5, 2, 2]
    # A road from corner to corner of the ring is counted; the reach is the way across.
    diagonal = 2**0.5
    assert table["km"].tolist() == pytest.approx([7, 4 + diagonal, 5], rel=2e-3)
    assert table["reach_km"].tolist() == pytest.approx([5, diagonal, 5], rel=2e-3)


def test_a_closed_road_without_neighbours_leaves_its_ends_alone(roads: RoadNetwork) -> None:
    lone = roads.edges.index[roads.component[roads.edges["u"]] == 2]
    table = pieces(closed(roads, lone.tolist()))
    assert table["junctions"].tolist() == [5, 2, 1, 1]


@given(shut=st.lists(st.integers(0, 7), max_size=8))
def test_pieces_are_the_components_of_the_network(roads: RoadNetwork, shut: list[int]) -> None:
    open_roads = closed(roads, [edge for edge in shut if edge < len(roads.edges)])
    sizes = np.bincount(open_roads.component)
    assert pieces(open_roads)["junctions"].tolist() == sizes.tolist()
