"""A part of an extract's roads, written as an extract of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from shapely import box

from layout.core.errors import InputError
from layout.inputs.roads.osm import read_roads
from layout.inputs.roads.osm_cut import write_roads
from tests.worlds.data_osm import SMALL, write_osm

EVERYWHERE, HERE = box(-180, -90, 180, 90), box(106.005, 22.995, 106.015, 23.005)

NODES = [(n, 106.0 + 0.01 * n, 23.0, {}) for n in range(5)]
WAYS = [
    (7, [0, 1, 99, 1, 2], {"highway": "tertiary", "name": "cut", "note": "x"}),
    (8, [2, 3], {"highway": "track"}),
    (9, [1, 4], {"highway": "path", "foot": "yes"}),
]


def test_all_of_an_extract_is_all_that_counts_of_its_roads(tmp_path: Path) -> None:
    whole = read_roads(SMALL)
    write_roads(tmp_path / "roads.osm.pbf", whole, EVERYWHERE, file="x")
    again = read_roads(tmp_path / "roads.osm.pbf")
    assert again.nodes.equals(whole.nodes)
    assert again.ways.equals(whole.ways)
    assert np.array_equal(again.way_nodes, whole.way_nodes)
    assert np.array_equal(again.way_start, whole.way_start)


def test_ways_that_reach_into_a_region_are_kept_as_long_as_they_are(tmp_path: Path) -> None:
    nodes = [(number + 1, *rest) for number, *rest in NODES]
    ways = [(number, [ref + 1 for ref in refs], tags) for number, refs, tags in WAYS]
    whole = read_roads(write_osm(tmp_path / "a.osm.pbf", nodes, ways))
    write_roads(tmp_path / "roads.osm.pbf", whole, HERE, file="x")
    part = read_roads(tmp_path / "roads.osm.pbf")
    # A way of which the extract lacks a node in the middle stays two parts of one way.
    assert part.ways["way_id"].tolist() == [7, 7, 9]
    assert part.ways["name"].tolist() == ["cut", "cut", ""]
    assert part.ways["foot"].tolist() == ["", "", "yes"]
    assert part.nodes.index[part.way_nodes].tolist() == [1, 2, 2, 3, 2, 5]
    assert part.nodes["lon"].tolist() == pytest.approx([106.0, 106.01, 106.02, 106.04])


def test_a_region_without_roads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"error \[no-roads\]"):
        write_roads(tmp_path / "roads.osm.pbf", read_roads(SMALL), box(0, 0, 1, 1), file="x")
    assert not (tmp_path / "roads.osm.pbf").exists()
