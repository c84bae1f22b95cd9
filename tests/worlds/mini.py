"""A small study with every kind of table, written to disk: two counties on a border.

Twelve townships with their villages, hamlets and seats, schools of every type, attendance that
balances both ways, and roads as lines. All of it follows from the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from shapely.geometry import LineString, box

from tests.worlds.mini_places import (
    COUNTIES,
    SIDE,
    SOUTH,
    WEST,
    roads_of,
    settlements_of,
    towns,
)
from tests.worlds.mini_schools import attendance_of, filled, schools_of

Tables = dict[str, pd.DataFrame]


def write_mini_study(
    folder: Path,
    *,
    seed: int = 0,
    attendance: bool = True,
    change: Callable[[Tables], None] | None = None,
) -> Path:
    """Write the small study and return the path of its study file.

    Parameters
    ----------
    folder
        Made if missing; every file lands in it.
    seed
        Same seed, same bytes.
    attendance
        False leaves the attendance table out.
    change
        Called with the tables (units, border, settlements, schools, attendance, roads) before
        they are written; it may change them in place or replace them.
    """
    tables = mini_tables(seed=seed)
    if change is not None:
        change(tables)
    for name in ("boundaries", "settlements", "schools", "roads"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2021-09-01T00:00:00Z"})
    try:
        for name, file in (
            ("units", "boundaries/counties.gpkg"),
            ("border", "boundaries/border.gpkg"),
            ("roads", "roads/roads.gpkg"),
        ):
            layer = "counties" if name == "units" else name
            tables[name].to_file(folder / file, layer=layer, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    for name, file in (
        ("settlements", "settlements/settlements.csv"),
        ("schools", "schools/schools.csv"),
        ("attendance", "schools/attendance.csv"),
    ):
        if name != "attendance" or attendance:
            tables[name].to_csv(folder / file, index=False, lineterminator="\n", encoding="utf-8")
    path = folder / "mini.toml"
    line = 'attendance = "schools/attendance.csv"\n' if attendance else ""
    retain = int(tables["schools"]["border_flag"].sum())
    path.write_text(STUDY.format(attendance=line, retain=retain), encoding="utf-8")
    return path


def mini_tables(*, seed: int = 0) -> Tables:
    """All tables of the small study, as they are written."""
    rng = np.random.default_rng(seed)
    places = towns()
    settlements = settlements_of(places, rng)
    schools = schools_of(places, settlements, rng)
    attendance = attendance_of(settlements, schools, rng)
    schools = filled(schools, attendance, rng)
    roads = roads_of(places, settlements, rng)
    units = gpd.GeoDataFrame(
        {
            "county_code": [code for code, _ in COUNTIES],
            "name": [name for _, name in COUNTIES],
        },
        geometry=[
            box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(2)
        ],
        crs="EPSG:4326",
    )
    lon = np.linspace(WEST - 0.02, WEST + 2 * SIDE + 0.02, 45)
    line = LineString([(x, SOUTH - 0.0008 + 0.0004 * (i % 2)) for i, x in enumerate(lon)])
    border = gpd.GeoDataFrame({"name": ["border"]}, geometry=[line], crs="EPSG:4326")
    return {
        "units": units,
        "border": border,
        "settlements": settlements.drop(columns=["town", "village"]),
        "schools": schools,
        "attendance": attendance,
        "roads": roads,
    }


STUDY = """\
[study]
name = "两县示例"
crs = "EPSG:4507"
data_date = 2021-09-01
children_year = 2020
provenance = "modelled"
language = "zh"
credit = "示例数据"

[inputs]
units = "boundaries/counties.gpkg|counties"
border = "boundaries/border.gpkg|border"
settlements = "settlements/settlements.csv"
schools = "schools/schools.csv"
{attendance}roads = "roads/roads.gpkg"

[programmes.closures]
count = 5
complete_by = 2023-08-31
years = [2022, 2023]
source = "example"

[programmes.border]
retain = {retain}
width_m = 3000
units = ["451026", "451081"]
source = "example"

[programmes.kindergarten]
sites = 2
classes = 26
places = 780
year = 2023
source = "example"

[programmes.compulsory]
sites = 1
year = 2023
source = "example"

[demography]
births = {{ 2021 = 450, 2022 = 420, 2023 = 400 }}
migration = 0.0
"""
