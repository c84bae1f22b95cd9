"""Where the roads of a study's road file are: coordinates alone, read in a fraction of the time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from layout.readers import osm
from layout.readers.roads_lines import is_lines
from layout.readers.vector import LINES, read_vector

__all__ = ["road_coordinates"]

_WKB_HEADER_BYTES = 9


def road_coordinates(
    path: Path, *, layer: str = ""
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Read the coordinates of all roads.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.xml``, or lines in ``.gpkg``, ``.shp``, ``.geojson``.
    layer
        Layer of a vector file; the first one where not given.

    Returns
    -------
    lonlat : numpy.ndarray
        Degrees (EPSG:4326), shape (n, 2), line after line; empty for other formats.
    owner : numpy.ndarray
        Number of the line of each, shape (n,). A clipped way is left out.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if osm.is_osm(path):
        return _of_extract(path)
    if is_lines(path):
        frame, _ = read_vector((path, layer), file=path.name, kinds=LINES)
        parts = shapely.get_parts(frame.geometry.to_numpy())
        lonlat, owner = shapely.get_coordinates(parts, return_index=True)
        return lonlat, owner.astype(np.int64)
    return np.zeros((0, 2)), np.zeros(0, dtype=np.int64)


def _of_extract(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Let osmium write each way as a line in well-known binary, and read the numbers at once."""
    lines = _highway_wkb(path)
    size = np.array([(len(line) - _WKB_HEADER_BYTES) // 16 for line in lines], dtype=np.int64)
    body = b"".join(line[_WKB_HEADER_BYTES:] for line in lines)
    lonlat = np.frombuffer(body, dtype="<f8").reshape(-1, 2)
    return lonlat, np.repeat(np.arange(len(lines)), size)


def _highway_wkb(path: Path) -> list[bytes]:
    """Little-endian WKB of each road; clipped ways and those of a single place are left out."""
    import osmium

    lines: list[bytes] = []
    factory = osmium.geom.WKBFactory()
    with osm.opened(path) as file:
        ways = (
            osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for way in ways:
            try:
                wkb = factory.create_linestring(way)  # type: ignore[arg-type]
                lines.append(bytes.fromhex(wkb))
            except (osmium.InvalidLocationError, RuntimeError):
                continue
    return lines
