"""The tables of a plan as they are written: contract columns, fixed order, sensible digits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from layout.output.maps.embed import clean
from layout.planning.contract import (
    ASSIGNMENT,
    CANDIDATES,
    CLOSURES,
    COUNTIES,
    DEFICITS,
    KINDERGARTEN_PLANS,
    REJECTED_SITES,
    RETAINED,
    SERVED,
    SITE_YEARS,
    SITES,
    PlanTables,
)
from layout.planning.schema import TABLES

__all__ = ["CONTRACT", "decimals", "rounded", "tables"]

CONTRACT = {
    "closures": CLOSURES,
    "candidates": CANDIDATES,
    "assignment": ASSIGNMENT,
    "retained": RETAINED,
    "sites": SITES,
    "served": SERVED,
    "site_years": SITE_YEARS,
    "rejected_sites": REJECTED_SITES,
    "deficits": DEFICITS,
    "kindergarten_plans": KINDERGARTEN_PLANS,
    "counties": COUNTIES,
}
# Beginnings of the names of columns whose numbers are whole.
_TENTHS = ("class_size", "floor_m2_per_pupil")
_WHOLE = (
    "pupils",
    "schools",
    "large_classes",
    "super_large_classes",
    "places",
    "classes",
    "year",
    "closed",
    "metres",
)


def decimals(column: str) -> int:
    """Return how many digits after the point a column of numbers is written with."""
    # 0.000001 degree is a tenth of a metre; shares have hundredths of a percent.
    if column.split("_")[0] in {"lon", "lat"}:
        return 6
    if "share" in column or column.startswith("coverage"):
        return 4
    if "minutes" in column or column.endswith("_m") or column in _TENTHS:
        return 1
    return 0 if column.startswith(_WHOLE) else 4


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose numbers are finite and rounded, and whose texts are printable.

    Numbers that are not finite become missing; floats that are whole by nature become integers;
    lists become texts joined by semicolons.
    """
    return pd.DataFrame({str(name): _column(str(name), frame[name]) for name in frame.columns})


def _column(name: str, values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_integer_dtype(values):
        return values
    # Infinite becomes missing, then the digits of the column.
    if pd.api.types.is_float_dtype(values):
        finite = values.where(np.isfinite(values.astype("float64"))).round(decimals(name))
        # Minus zero is a leftover of rounding and would read as a finding.
        finite = finite + 0.0
        return finite.astype("Int64") if decimals(name) == 0 else finite
    # A column of many rows has few different texts.
    known: dict[object, object] = {}
    texts = []
    # Texts without control characters; each different one is cleaned once.
    for value in values:
        if isinstance(value, str):
            if value not in known:
                known[value] = clean(value)
            texts.append(known[value])
        else:
            texts.append(_text(value))
    return pd.Series(texts, index=values.index, dtype="object")


def _text(value: object) -> object:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, Iterable):
        return ";".join(clean(part) for part in value)
    # NaN alone differs from itself.
    return "" if value is None or value != value else clean(value)


def tables(plan: PlanTables) -> dict[str, pd.DataFrame]:
    """Return the tables of a plan by name, as they are written.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    dict of pandas.DataFrame
        Those of `CONTRACT`, with exactly its columns, rows in the order of the schema.
    """
    frames = {}
    for name, columns in CONTRACT.items():
        # Columns and rows in the order of the contract; rows as written, so that a plan that was
        # read back has the same order.
        table: pd.DataFrame = getattr(plan, name)
        written = rounded(table.reindex(columns=list(columns)))
        order = list(TABLES[name].order)
        frames[name] = written.sort_values(order, kind="stable", ignore_index=True)
    return frames
