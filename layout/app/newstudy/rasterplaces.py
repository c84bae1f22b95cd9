"""Settlements of a new study where none is mapped: squares in which a raster has people."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from layout.app.newstudy.people import peopled_cells
from layout.core.problems import refuse
from layout.core.text import tr
from layout.inputs.datum import WGS84, choose_metre_crs, to_metres

__all__ = ["raster_places"]

SIDE_M = 1_000.0
MOST_SQUARES = 2_000
"""Larger squares are taken where there would be more of them."""

FEWEST_PEOPLE = 20.0
"""Who lives in a square of fewer counts at the nearest settlement."""

URBAN_PER_KM2 = 1_500.0
"""Density of an urban centre (UN Statistical Commission, degree of urbanisation)."""

_MARGIN_M = 2_000.0


def raster_places(
    path: Path, schools: gpd.GeoDataFrame, *, language: str, area: shapely.Geometry | None
) -> tuple[gpd.GeoDataFrame, str]:
    """Make settlements of the squares in which people live.

    Parameters
    ----------
    path
        GeoTIFF with people per cell.
    schools
        Points in EPSG:4326.
    language
        Language of the second name, which stays empty.
    area
        Where to look, EPSG:4326; by default the hull of the schools with a margin of 2 km.

    Returns
    -------
    places : GeoDataFrame
        Columns as those of `layout.app.newstudy.found.find_places`, no population; each point is
        the middle of the people of its square.
    note : str
        What the study should say about it.

    Raises
    ------
    InputError
        As for `layout.app.newstudy.people.raster_people`.
    """
    crs = choose_metre_crs(schools.geometry)
    if area is None:
        hull = shapely.MultiPoint(to_metres(schools.geometry, crs).to_list()).convex_hull
        area = gpd.GeoSeries([hull.buffer(_MARGIN_M)], crs=crs).to_crs(WGS84).iloc[0]
    square_m = gpd.GeoSeries([area], crs=WGS84).to_crs(crs).area.iloc[0]
    side = max(SIDE_M, math.sqrt(square_m / MOST_SQUARES))
    squares = _squares(path, area, crs=crs, side=side)
    if squares.empty:
        raise refuse("raster-empty", file=path.name)
    # By square: two numbers, from the west and from the south, then its kind.
    column, row = (
        (number - number.min() + 1).astype("str") for number in (squares["column"], squares["row"])
    )
    dense = squares["people"] >= URBAN_PER_KM2 * (side / 1000) ** 2
    table = pd.DataFrame(
        {
            "osm_id": "cell_" + column + "_" + row,
            "name": [
                tr("Square {column}/{row}", column=a, row=b)
                for a, b in zip(column, row, strict=True)
            ],
            f"name_{language}": "",
            "place": np.where(dense, "neighbourhood", "village"),
            "population": "",
            "whole": True,
        }
    )
    points = gpd.points_from_xy(squares["x"], squares["y"], crs=crs).to_crs(WGS84)
    note = tr(
        "No settlement is mapped: {count} squares of {km} km in which the raster has people stand "
        "for settlements.",
        count=len(table),
        km=f"{side / 1000:.1f}",
    )
    return gpd.GeoDataFrame(table, geometry=points), note


def _squares(path: Path, area: shapely.Geometry, *, crs: str, side: float) -> pd.DataFrame:
    """People and their middle by square: columns column, row, people, x, y (metres)."""
    into_metres = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
    shapely.prepare(area)
    blocks = []
    for lon, lat, people, _ in peopled_cells(path, area):
        # By cell, shape (cells,): metres, and metres times people, whose sum gives the middle.
        within = shapely.contains_xy(area, lon, lat)
        x, y = into_metres.transform(lon[within], lat[within])
        count = people[within]
        block = {"people": count, "x": x * count, "y": y * count}
        at = {"column": np.floor(x / side), "row": np.floor(y / side)}
        blocks.append(pd.DataFrame(at | block).groupby(["column", "row"]).sum())
    if not blocks:
        return pd.DataFrame()
    sums = pd.concat(blocks).groupby(["column", "row"]).sum()
    sums = sums[sums["people"] >= FEWEST_PEOPLE].reset_index()
    return sums.assign(
        column=sums["column"].astype("int64"),
        row=sums["row"].astype("int64"),
        x=sums["x"] / sums["people"],
        y=sums["y"] / sums["people"],
    )
