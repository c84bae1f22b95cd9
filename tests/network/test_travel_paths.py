"""Ways as lines: they begin and end at the doors and are as long as the matrix says."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from shapely import Point

from layout.core.standards import Standards
from layout.inputs.roads.osm_objects import read_points
from layout.network.roads import read_network
from layout.network.travel import Mode, paths, route
from tests.worlds.data_osm import lonlat, write_roads, write_small_extract

NORMS = Standards()
GEOD = pyproj.Geod(ellps="WGS84")
MODES: tuple[Mode, ...] = ("walk", "bus", "drive")


@pytest.mark.parametrize("mode", MODES)
def test_a_way_is_as_long_as_the_matrix_says(tmp_path: Path, mode: Mode) -> None:
    extract = write_small_extract(tmp_path / "small.osm.pbf")
    network = read_network(extract, crs="EPSG:4507")
    places = read_points(extract, {"place": True}).set_index("osm_id").geometry
    schools = read_points(extract, {"amenity": ["school"]}).set_index("osm_id").geometry
    table = route(
        network, places, schools, mode=mode, cutoff_minutes=np.inf, standards=NORMS
    ).pairs()
    assert len(table) == len(places) * len(schools)
    lines = paths(network, places, schools, table, mode=mode, standards=NORMS)
    assert lines.index.equals(table.index)
    for line, row in zip(lines, table.itertuples(), strict=True):
        assert Point(line.coords[0]).distance(places[row.origin]) < 1e-7
        assert Point(line.coords[-1]).distance(schools[row.site]) < 1e-7
        assert GEOD.geometry_length(line) == pytest.approx(row.metres, rel=1e-3, abs=0.2)


def test_ways_on_one_edge_and_ways_that_are_none(tmp_path: Path) -> None:
    path = write_roads(
        tmp_path / "roads.osm",
        {1: (0, 0), 2: (1, 0.5), 3: (2, 0), 4: (0, 9), 5: (1, 9)},
        [([1, 2, 3], {"highway": "tertiary", "oneway": "yes"}), ([4, 5], {"highway": "track"})],
    )
    network = read_network(path, crs="EPSG:4507")
    doors = gpd.GeoSeries(
        {
            name: Point(lonlat(*km))
            for name, km in {"a": (0.2, 0.1), "b": (1.8, 0.1), "c": (0.5, 9)}.items()
        },
        crs="EPSG:4326",
    )
    pairs = pd.DataFrame(
        {"origin": ["a", "b", "a", "c"], "site": ["b", "a", "c", "c"]}, index=[7, 5, 3, 1]
    )
    lines = paths(network, doors, doors, pairs, mode="bus", standards=NORMS)
    assert lines.index.tolist() == [7, 5, 3, 1]
    # Against the one-way road it is walked.
    assert lines.isna().tolist() == [False, False, True, False]
    assert shapely.equals(lines[5], shapely.reverse(lines[7]))
    bend = Point(lonlat(1, 0.5))
    assert shapely.distance(lines[7], bend) < 1e-9
    assert len(lines[7].coords) == 5
