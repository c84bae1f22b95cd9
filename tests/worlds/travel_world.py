"""Small road networks for the tests of travel: drawn by hand in kilometres, or at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from shapely import Point

from layout.core.standards import Standards
from layout.inputs.roads.tables import WAY_TAGS, RoadTables
from layout.network.roads import RoadNetwork, from_tables, read_network
from layout.network.travel import Mode, TravelMatrix, route
from tests.worlds.data_osm import lonlat, write_roads

CRS = "EPSG:4507"
NORMS = Standards()
METRES_PER_MINUTE = NORMS.walk_kmh * 1000 / 60
MODES: tuple[Mode, ...] = ("walk", "bus", "drive")

TAGS = (
    {"highway": "tertiary"},
    {"highway": "residential", "oneway": "yes"},
    {"highway": "secondary", "oneway": "-1"},
    {"highway": "track"},
    {"highway": "unclassified", "surface": "gravel"},
)


def roads(
    folder: Path, nodes: dict[int, tuple[float, float]], *ways: tuple[Sequence[int], dict[str, str]]
) -> RoadNetwork:
    """A network from nodes (kilometres) and ways (node ids, tags)."""
    path = write_roads(folder / "roads.osm.pbf", nodes, ways)
    return read_network(path, crs=CRS, standards=NORMS)


def points(**km: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries({name: Point(lonlat(*at)) for name, at in km.items()}, crs="EPSG:4326")


def go(
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    mode: Mode = "walk",
    cutoff: float = 600.0,
) -> TravelMatrix:
    return route(network, origins, sites, mode=mode, cutoff_minutes=cutoff, standards=NORMS)


@st.composite
def cases(draw: st.DrawFn) -> tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries]:
    """A random small network, level or with hills, with points on and beside its roads."""
    count = draw(st.integers(3, 9))
    cell = st.integers(0, 30)
    km = [(draw(cell) / 10, draw(cell) / 10) for _ in range(count)]
    runs = draw(
        st.lists(
            st.tuples(
                st.lists(st.integers(0, count - 1), min_size=2, max_size=4),
                st.integers(0, len(TAGS) - 1),
            ),
            min_size=2,
            max_size=10,
        )
    )
    runs = [run for run in runs if len(set(run[0])) > 1] or [([0, 1], 0)]
    tables = RoadTables(
        nodes=pd.DataFrame([lonlat(*at) for at in km], columns=["lon", "lat"]),
        ways=pd.DataFrame([TAGS[kind] for _, kind in runs], columns=list(WAY_TAGS), dtype=str)
        .fillna("")
        .assign(way_id=range(len(runs))),
        way_nodes=np.array([n for nodes, _ in runs for n in nodes]),
        way_start=np.cumsum([0, *(len(nodes) for nodes, _ in runs)]),
    )
    places = st.tuples(cell, cell)
    some = [draw(st.lists(places, min_size=1, max_size=5)) for _ in range(2)]
    origins, sites = (
        points(**{f"{letter}{n}": (x / 10, y / 10 + 0.003) for n, (x, y) in enumerate(found)})
        for letter, found in zip("os", some, strict=True)
    )
    network = from_tables(tables, crs=CRS, standards=NORMS)
    if draw(st.booleans()):
        rng = np.random.default_rng(draw(st.integers(0, 999)))
        pace = rng.uniform(0.8, 3.0, (len(network.edges), 2))
        network = replace(network, walk_pace=pace)
    return network, origins, sites
