"""Whether points are where they should be: in the study, in the county named, each once."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.datum import WGS84
from layout.inputs.tables.rowwise import row_problems

__all__ = ["place_problems"]

LONLAT = ("lon", "lat")

MANY, MOSTLY = 3, 0.9
"""From so many points on, nearly the whole of a table outside is an error, not a doubt."""


def place_problems(
    table: pd.DataFrame, units: gpd.GeoDataFrame | None, *, file: str
) -> list[Problem]:
    """Points at (0, 0), with axes swapped, outside the study or in another county than named.

    Parameters
    ----------
    table
        Columns lon, lat (degrees) and county_code; index = row in the file.
    units
        Counties by ``county_code`` in EPSG:4326; None where they could not be read.
    file
        File name, for the problems.

    Returns
    -------
    list of Problem
        (0, 0), swapped axes and a table most of which lies outside are errors; other points
        outside, in another county or at the same place as an earlier row are warnings.
    """

    def at(row: pd.Series) -> str:
        return f"{row['lon']}, {row['lat']}"

    # Masks by row: (0, 0), no position, and the position of an earlier row.
    zero = (table["lon"] == 0) & (table["lat"] == 0)
    empty = table["lon"].isna() | table["lat"].isna()
    again = table.duplicated(["lon", "lat"], keep="first") & ~zero & ~empty
    problems = row_problems(
        table[zero], partial(problem, "zero-position", file=file, columns=LONLAT), value=at
    )
    problems += row_problems(
        table[again], partial(problem, "same-position", file=file, columns=LONLAT), value=at
    )
    if units is None:
        return problems
    rest = table[~zero & ~empty]
    # County code of each point, NaN outside; swapped where only (lat, lon) lies inside.
    county = _county_of(rest, units)
    swapped = (
        county.isna() & _county_of(rest.rename(columns={"lon": "lat", "lat": "lon"}), units).notna()
    )
    problems += row_problems(
        rest[swapped], partial(problem, "swapped-axes", file=file, columns=LONLAT), value=at
    )
    outside = rest[county.isna() & ~swapped]
    if len(outside) >= MANY and len(outside) > MOSTLY * len(rest):
        problems.append(
            problem(
                "mostly-outside",
                file=file,
                row=outside.index[0],
                columns=LONLAT,
                value=at(outside.iloc[0]),
                count=len(outside),
                total=len(rest),
            )
        )
    else:
        problems += row_problems(
            outside, partial(problem, "outside-study", file=file, columns=LONLAT), value=at
        )
    known = rest["county_code"].isin(units.index)
    other = rest[county.notna() & known & (county != rest["county_code"])]
    return problems + row_problems(
        other,
        partial(problem, "other-county", file=file, column="county_code"),
        value="county_code",
    )


def _county_of(table: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """County code of each row's point; on a shared border always the lowest code."""
    points = gpd.GeoDataFrame(
        index=table.index, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84
    )
    # One row for each pair of point and county, so two or more on a border.
    joined = points.sjoin(units[["geometry"]], predicate="intersects", how="inner")
    codes: pd.Series = joined.groupby(level=0)["county_code"].min()
    return codes.reindex(table.index)
