"""Studies made straight from tables, without any file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from layout.core.standards import Standards
from layout.inputs.roads.file import RoadSource
from layout.inputs.study.study import Programmes, Study


def make_study(**changes: Any) -> Study:
    """Return a study of the given parts; units, settlements and schools are always to be given."""
    plain: dict[str, Any] = {
        "name": "world",
        "root": Path(),
        "crs": "EPSG:4507",
        "data_date": date(2021, 9, 1),
        "children_year": 2020,
        "provenance": "modelled",
        "language": "en",
        "credit": "",
        "standards": Standards(),
        "programmes": Programmes(),
        "births": {},
        "migration": 0.0,
        "border": None,
        "attendance": None,
        "roads": RoadSource(Path("roads.gpkg")),
        "inputs": (),
    }
    schools = changes["schools"]
    if "position_error_m" not in schools:
        changes["schools"] = schools.assign(position_error_m=float("nan"))
    return Study(**plain | changes)


def points_of(frame: pd.DataFrame) -> gpd.GeoSeries:
    """Points of a table with columns lon and lat."""
    return gpd.GeoSeries(
        gpd.points_from_xy(frame["lon"], frame["lat"]), index=frame.index, crs="EPSG:4326"
    )
