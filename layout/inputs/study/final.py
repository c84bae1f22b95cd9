"""Checked tables in the form of a `Study`: indexed by id, sorted, places as points."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from layout.core.standards import GRADES
from layout.inputs.datum import WGS84
from layout.inputs.study.gathering import Inputs
from layout.inputs.study.ground import GROUND

__all__ = ["final_tables"]


def final_tables(held: Inputs) -> dict[str, Any]:
    """Turn checked tables into those of a `Study`: indexed by id, sorted, with points.

    Parameters
    ----------
    held
        Inputs without errors.

    Returns
    -------
    dict
        ``units``, ``border``, ``parcels``, ``exclusions``, ``townships``, ``rivers``,
        ``settlements``, ``schools`` and ``attendance``.
    """
    attendance = held.sheets.get("attendance")
    if attendance is not None:
        # Grades in their own order (k1 … g12), not in that of their letters.
        order = {grade: place for place, grade in enumerate(GRADES)}
        attendance = attendance.sort_values(
            ["settlement_id", "grade", "school_id"],
            key=lambda column: column.map(order) if column.name == "grade" else column,
            ignore_index=True,
        )
    return {
        "units": held.units,
        "border": held.border,
        **{name: held.ground.get(name) for name in GROUND},
        "settlements": _points(held.sheets["settlements"], "settlement_id"),
        "schools": _points(held.sheets["schools"], "school_id"),
        "attendance": attendance,
    }


def _points(table: pd.DataFrame, key: str) -> gpd.GeoDataFrame:
    table = table.set_index(key).sort_index()
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs=WGS84)
