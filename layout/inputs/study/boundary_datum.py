"""Whether counties and border are in the datum that they are declared in.

Counties are compared with the points of the tables, which name their county: those in another
datum are shifted by some hundred metres, and points beside their borders fall into the wrong one.
The border is compared with the outline of the counties.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import stats

from layout.core.arrays import Bools, Floats
from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.datum import DATUMS, WGS84
from layout.inputs.study.positions import REFUSE, WARN
from layout.inputs.study.shifting import shifted_layer

__all__ = ["border_datum_problems", "border_place_problems", "units_datum_problems"]

_FAR_M, _NEAR_M = 100.0, 3_000.0
"""A border this far from the outline of the counties is doubted; beyond, it is elsewhere."""
_FEWEST = 5


def units_datum_problems(
    units: gpd.GeoDataFrame,
    tables: list[pd.DataFrame],
    *,
    declared: str,
    checked: bool,
) -> list[Problem]:
    """Find another datum in which more points lie in the county that they name.

    Parameters
    ----------
    units
        Counties by code, EPSG:4326, converted as declared.
    tables
        Columns lon, lat (WGS 84) and county_code.
    declared
        Datum of the counties, a key of `layout.inputs.datum.DATUMS`.
    checked
        Whether a person has checked the positions; nothing is told then.

    Returns
    -------
    list of Problem
        An error or a warning, by the sign test of the points that the other datum puts right and
        those that it puts wrong, one-sided, corrected for two hypotheses (Bonferroni).
    """
    columns = ["lon", "lat", "county_code"]
    points = pd.concat([table[columns] for table in tables] or [pd.DataFrame(columns=columns)])
    points = points[points["lon"].notna() & points["lat"].notna()]
    points = points[points["county_code"].isin(units.index)]
    if checked or len(points) < _FEWEST:
        return []
    places = shapely.points(points["lon"].to_numpy("float64"), points["lat"].to_numpy("float64"))
    codes = points["county_code"].to_numpy()
    as_filed = shifted_layer(units.geometry, declared, back=True)
    outside = _wrong(units.geometry, places, codes)
    best: tuple[float, str, Bools] | None = None
    for datum in DATUMS:
        if datum == declared:
            continue
        other = _wrong(shifted_layer(as_filed, datum), places, codes)
        mended, spoilt = int((outside & ~other).sum()), int((other & ~outside).sum())
        p = 2 * float(stats.binom.sf(mended - 1, mended + spoilt, 0.5)) if mended else 1.0
        if best is None or p < best[0]:
            best = (p, datum, other)
    if best is None or 1 - best[0] < WARN:
        return []
    return [
        problem(
            "datum-units",
            value=best[1],
            severity="error" if 1 - best[0] >= REFUSE else "warning",
            declared=declared,
            detected=best[1],
            before=int(outside.sum()),
            after=int(best[2].sum()),
            total=len(points),
            confidence=f"{min(1 - best[0], 0.9999):.2%}",
            example='{ name = "…", date = 2026-01-31 }',
        )
    ]


def _wrong(shapes: gpd.GeoSeries, places: Any, codes: Any) -> Bools:
    """Which points lie outside the county that they name."""
    # County of each point by position; the tree gives pairs of point and county.
    point, unit = shapely.STRtree(shapes.to_numpy()).query(places, predicate="intersects")
    right = np.zeros(len(places), dtype=bool)
    right[point[shapes.index.to_numpy()[unit] == codes[point]]] = True
    return ~right


def border_datum_problems(
    border: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, declared: str, crs: str
) -> list[Problem]:
    """Find another datum in which the border lies on the outline of the counties.

    Parameters
    ----------
    border, units
        EPSG:4326, converted as declared.
    declared
        Datum of the border, a key of `layout.inputs.datum.DATUMS`.
    crs
        The study's system in metres.

    Returns
    -------
    list of Problem
        At most one warning: the median distance is over 100 m, and falls below a third.
    """
    outline = units.geometry.to_crs(crs).union_all().boundary
    metres = {declared: _median_m(border.geometry, outline, crs)}
    as_filed = shifted_layer(border.geometry, declared, back=True)
    for datum in DATUMS:
        if datum != declared:
            metres[datum] = _median_m(shifted_layer(as_filed, datum), outline, crs)
    best = min(metres, key=metres.__getitem__)
    if not metres[declared] > _FAR_M or not metres[best] * 3 < metres[declared]:
        return []
    return [
        problem(
            "datum-border",
            value=best,
            declared=declared,
            detected=best,
            before=f"{metres[declared]:.0f}",
            after=f"{metres[best]:.0f}",
        )
    ]


def border_place_problems(
    border: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, width_m: float, crs: str
) -> list[Problem]:
    """Doubt a border that no county of the border programme comes near.

    Parameters
    ----------
    border, units
        EPSG:4326; the counties of the programme.
    width_m
        Width of the belt.
    crs
        The study's system in metres.

    Returns
    -------
    list of Problem
        At most one warning: they are farther apart than the belt is wide, and than 3 km.
    """
    line, area = (layer.geometry.to_crs(crs).union_all() for layer in (border, units))
    metres = shapely.distance(line, area)
    if not metres > max(width_m, _NEAR_M):
        return []
    return [problem("border-elsewhere", km=f"{metres / 1000:,.0f}")]


def _median_m(line: gpd.GeoSeries, outline: shapely.Geometry, crs: str) -> float:
    """Median distance of a line's vertices from an outline, of those that are near it."""
    vertices = gpd.GeoSeries(
        shapely.points(shapely.get_coordinates(line.to_numpy())), crs=WGS84
    ).to_crs(crs)
    metres: Floats = shapely.distance(vertices.to_numpy(), outline)
    near = metres[metres < _NEAR_M]
    return float(np.median(near)) if len(near) >= _FEWEST else float("inf")
