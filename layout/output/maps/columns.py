"""Columns of a page: texts, points and positions in other tables, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from layout.output.maps.embed import clean, integers

__all__ = [
    "DEGREES",
    "county_positions",
    "points_of",
    "positions_of",
    "pupils_of",
    "texts_of",
]

DEGREES = 100_000
"""Coordinates are kept as integers of 0.00001 degree, about a metre."""


def texts_of(values: Iterable[object]) -> list[str]:
    """Return each value as a text, empty where it is missing."""
    return ["" if value is None or value != value else clean(value) for value in values]


def positions_of(index: pd.Index, values: Iterable[object]) -> list[int | None]:
    """Return the position of each identifier in an index; None where that has no such one."""
    positions = index.get_indexer(pd.Index(texts_of(values), dtype=index.dtype))
    return [int(position) if position >= 0 else None for position in positions]


def points_of(frame: Any) -> dict[str, list[int | None]]:
    """Return the points of a table in EPSG:4326 as columns ``x`` and ``y``, times `DEGREES`."""
    return {
        "x": integers(frame.geometry.x, scale=DEGREES),
        "y": integers(frame.geometry.y, scale=DEGREES),
    }


def county_positions(values: Iterable[object], counties: list[str]) -> list[int | None]:
    """Return the position of each county's code among the counties of the page."""
    return positions_of(pd.Index(counties, dtype="str"), values)


def pupils_of(schools: pd.DataFrame, grades: Iterable[str]) -> pd.Series:
    """Return the pupils of some grades by school, as far as the table has these grades."""
    columns = [f"pupils_{grade}" for grade in grades if f"pupils_{grade}" in schools]
    return schools[columns].sum(axis=1).astype("int64")
