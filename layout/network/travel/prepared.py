"""The compiled kernel made ready before many processes ask for it at once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from layout.core.standards import Standards
from layout.inputs.roads.tables import WAY_TAGS, RoadTables
from layout.network.roads.network import from_tables
from layout.network.travel.catchments import catchments
from layout.network.travel.matrix import route

__all__ = ["compile_kernel"]

_PLACES = [(0.0, 0.0), (0.01, 0.0), (0.02, 0.0), (0.02, 0.01)]
"""Longitudes and latitudes of a road of three edges."""


def compile_kernel() -> None:
    """Compile the search, or load it where it was compiled before.

    Each process compiles what it does not find on the disk, which takes half a minute; done once,
    the result lies there for all.
    """
    ways = pd.DataFrame([{"highway": "tertiary"}] * 2, columns=list(WAY_TAGS), dtype=str)
    tables = RoadTables(
        nodes=pd.DataFrame(_PLACES, columns=["lon", "lat"]),
        ways=ways.fillna("").assign(way_id=range(2)),
        way_nodes=np.array([0, 1, 2, 2, 3]),
        way_start=np.array([0, 3, 5]),
    )
    norms, crs = Standards(), "EPSG:32631"
    network = from_tables(tables, crs=crs, standards=norms)
    ends = gpd.GeoSeries([Point(at) for at in _PLACES[::3]], index=["a", "b"], crs="EPSG:4326")
    route(network, ends, ends, mode="walk", cutoff_minutes=60.0, standards=norms)
    catchments(network, ends, mode="walk", standards=norms)
