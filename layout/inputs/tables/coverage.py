"""Whether the counties of a study cover their ground once: no gaps, no overlaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from layout.core.errors import Problem
from layout.core.problems import problem

__all__ = ["coverage_problems"]

_EQUAL_AREA = "EPSG:6933"
LEAST_KM2 = 0.01
"""Slivers below a hectare come from rounding and matter to no school."""


def coverage_problems(units: gpd.GeoDataFrame, *, file: str) -> list[Problem]:
    """Gaps and overlaps between counties, with their areas.

    Parameters
    ----------
    units
        Columns county_code and geometry, EPSG:4326; index = feature in the file.
    file
        Name of the file, for the problems.

    Returns
    -------
    list of Problem
        Warnings, one for each pair that overlaps and one for each gap.
    """
    shapes = units.geometry.to_crs(_EQUAL_AREA).to_numpy()
    codes = units["county_code"].tolist()
    # Positions of shapes that touch; the tree gives each pair twice, and each shape with itself.
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = sorted({(int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b})
    problems = []
    for a, b in pairs:
        # km²; shapes that only share a border have none.
        common = shapely.area(shapely.intersection(shapes[a], shapes[b])) / 1e6
        if common >= LEAST_KM2:
            problems.append(
                problem(
                    "overlap",
                    file=file,
                    row=units.index[b],
                    column="geometry",
                    value=f"{codes[a]}, {codes[b]}",
                    km2=f"{common:.3f}",
                )
            )
    # A gap is a hole in the union of all counties.
    whole = shapely.union_all(shapes)
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    areas = np.array([shapely.Polygon(ring).area / 1e6 for ring in rings])
    for ring, km2 in zip(rings, areas, strict=True):
        if km2 >= LEAST_KM2:
            # A point within the gap, in degrees, by which it can be found on a map.
            at = gpd.GeoSeries([shapely.Polygon(ring).representative_point()], crs=_EQUAL_AREA)
            place = at.to_crs("EPSG:4326").iloc[0]
            problems.append(
                problem(
                    "gap",
                    file=file,
                    column="geometry",
                    value=f"{place.x:.5f}, {place.y:.5f}",
                    km2=f"{km2:.3f}",
                )
            )
    return problems
