"""Outlines that cross themselves: repaired where it can be said what they enclose."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from layout.core.errors import Problem
from layout.core.problems import problem

__all__ = ["MAX_CROSSINGS", "crosses_beyond", "repaired"]

MAX_CROSSINGS = 2_000
"""Of one layer: the time of a repair grows with their square, and 2,000 take a second or two."""

_EQUAL_AREA = "EPSG:6933"
_PAIRS = 1_000_000
"""Pairs of segments that are looked at together, so that memory is bounded too."""
_AREAS = ("Polygon", "MultiPolygon")

Shapes = np.ndarray[tuple[int, ...], np.dtype[np.object_]]


def repaired(frame: gpd.GeoDataFrame, *, file: str) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Repair rings that cross themselves; say by how much the area changes.

    Parameters
    ----------
    frame
        Areas or points in EPSG:4326.
    file
        Name of the file, for the problems.

    Returns
    -------
    frame : GeoDataFrame
        The same with valid shapes.
    problems : list of Problem
        A warning for each repaired shape; an error, and nothing repaired, where the shapes cross
        themselves too often.
    """
    broken = ~frame.geometry.is_valid
    if not broken.any():
        return frame, []
    before = frame.geometry[broken]
    left = MAX_CROSSINGS
    for row, shape in before.items():
        left -= crosses_beyond(shape, left)
        if left <= 0:
            return frame, [problem("crossings", file=file, row=row, count=MAX_CROSSINGS)]
    # The broken shapes alone, by feature; areas in m² of an equal-area projection.
    after = gpd.GeoSeries(
        [_areas_of(shape) for shape in shapely.make_valid(before.to_numpy())],
        index=before.index,
        crs=frame.crs,
    )
    change_km2 = (after.to_crs(_EQUAL_AREA).area - before.to_crs(_EQUAL_AREA).area) / 1e6
    frame = frame.copy()
    frame.loc[broken, frame.geometry.name] = after
    problems = [
        problem("repaired", file=file, row=row, km2=f"{change:+.3f}")
        for row, change in change_km2.items()
    ]
    return frame, problems


def crosses_beyond(shape: shapely.Geometry, most: int) -> int:
    """Count how often lines of a shape cross, or parts lie in others; counting ends at `most`.

    Parameters
    ----------
    shape
        Lines or outlines.
    most
        Enough to know.
    """
    xy, line = shapely.get_coordinates(_lines(shape), return_index=True)
    # Segments between neighbouring vertices of one line, shape (segments, 2, 2).
    ends = np.stack([xy[:-1], xy[1:]], axis=1)[line[:-1] == line[1:]]
    segments = shapely.linestrings(ends)
    count = _pairs(segments, segments, "crosses", 2 * most) // 2
    # First corner of each part within others; a part lies on the outline of its own.
    parts = shapely.get_parts(shape)
    corners = shapely.get_point(shapely.get_exterior_ring(parts), 0)
    count += _pairs(corners, parts, "within", most - count)
    return min(count, most)


def _pairs(
    shapes: Shapes, others: Shapes, predicate: Literal["crosses", "within"], most: int
) -> int:
    """Count the pairs of two lists for which a predicate holds, up to about `most`."""
    tree, count = shapely.STRtree(others), 0
    step = max(1, _PAIRS // max(1, len(others)))
    for first in range(0, len(shapes), step):
        count += tree.query(shapes[first : first + step], predicate=predicate).shape[1]
        if count >= most:
            break
    return count


def _lines(shape: shapely.Geometry) -> Shapes:
    parts = shapely.get_parts(shape)
    return np.concatenate([shapely.get_rings(parts), parts[shapely.get_dimensions(parts) == 1]])


def _areas_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the areas of a repaired shape; lines and points left over have no area."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in _AREAS]
    return shapely.union_all(parts)
