"""Where the roads of a study's road file are: coordinates alone, read in a fraction of the time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from layout.core.arrays import Floats, Ints
from layout.inputs.database.postgis import Fetched, Input
from layout.inputs.datum import in_wgs84
from layout.inputs.layers.vector import LINES, read_vector
from layout.inputs.roads import osm
from layout.inputs.roads.file import Roads, opened_roads, roads_name
from layout.inputs.roads.lines import is_lines

__all__ = ["road_coordinates"]

_WKB_HEADER_BYTES = 9


def road_coordinates(roads: Roads, *, datum: str = "WGS 84") -> tuple[Floats, Ints]:
    """Read the coordinates of all roads.

    Parameters
    ----------
    roads
        Any road file, or rows of a database.
    datum
        ``WGS 84``, ``GCJ-02`` or ``BD-09``, as declared.

    Returns
    -------
    lonlat : numpy.ndarray
        Floats (EPSG:4326), shape (n, 2), line after line; empty for GraphML.
    owner : numpy.ndarray
        Number of the line of each, shape (n,). A clipped way is left out.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if isinstance(roads, Fetched):
        lonlat, owner = _of_lines(roads, roads.shown, "")
    else:
        with opened_roads(roads) as (path, layer):
            if osm.is_osm(path):
                lonlat, owner = _of_extract(path)
            elif is_lines(path):
                lonlat, owner = _of_lines((path, layer), roads_name(roads), roads.encoding)
            else:
                # GraphML is read as a whole only, with its network.
                lonlat, owner = np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    if datum != "WGS 84":
        lonlat = np.column_stack(in_wgs84(lonlat[:, 0], lonlat[:, 1], datum))
    return lonlat, owner


def _of_lines(source: Input, file: str, encoding: str) -> tuple[Floats, Ints]:
    # Problems of the layer are reported when the roads themselves are read.
    frame, _ = read_vector(source, file=file, kinds=LINES, encoding=encoding)
    # Single lines and their vertices, shape (vertices, 2), with the number of the line of each.
    parts = shapely.get_parts(frame.geometry.to_numpy())
    lonlat, owner = shapely.get_coordinates(parts, return_index=True)
    return lonlat, owner.astype(np.int64)


def _of_extract(path: Path) -> tuple[Floats, Ints]:
    """Let osmium write each way as well-known binary, and read all numbers in one go."""
    lines = _highway_wkb(path)
    # After a header of 9 bytes each vertex is two little-endian doubles, 16 bytes.
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
