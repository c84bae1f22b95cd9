"""Modelled height models for the tests: GeoTIFFs around the origin of their roads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio
from rasterio.transform import from_origin

from tests.worlds.data_osm import SOUTH, WEST

CRS = "EPSG:4507"
CELL_M = 25.0
MISSING = -32768.0

Floats = npt.NDArray[np.float64]
Surface = Callable[[Floats, Floats], Floats]

EAST, NORTH = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(WEST, SOUTH)


def write_heights(
    path: Path,
    surface: Surface,
    *,
    cell_m: float = CELL_M,
    side_km: float = 8.0,
    unit: str = "",
    scale_offset: tuple[float, float] = (1.0, 0.0),
    **changes: Any,
) -> Path:
    """Heights by metres east and north of the tests' origin, around which the square lies."""
    half = side_km * 500
    count = round(side_km * 1000 / cell_m)
    centre = cell_m * (np.arange(count) + 0.5) - half
    east, north = np.meshgrid(centre, -centre)
    profile = {
        "dtype": "float32",
        "crs": CRS,
        "nodata": MISSING,
        "transform": from_origin(EAST - half, NORTH + half, cell_m, cell_m),
        **changes,
    }
    with rasterio.open(
        path, "w", driver="GTiff", height=count, width=count, count=1, **profile
    ) as made:
        made.write(surface(east, north).astype(profile["dtype"]), 1)
        made.scales, made.offsets = ([number] for number in scale_offset)
        if unit:
            made.units = [unit]
    return path
