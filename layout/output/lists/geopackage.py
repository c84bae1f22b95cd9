"""``plan.gpkg``: the plan as layers for a geographic information system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from layout.output.lists.frames import rounded, tables
from layout.output.maps.geometry import WGS84
from layout.planning.catchments import State, areas_of
from layout.planning.contract import Land, PlanTables
from layout.planning.final import final_state
from layout.planning.schema import TABLES

__all__ = ["fixed_date", "layers", "write_geopackage"]


Tables = Mapping[str, pd.DataFrame]
SIMPLIFY_M = 25.0
"""Tolerance of the edges of catchments."""
# Layers of areas; the others are points.
_AREAS = frozenset({"counties", "catchments"})


def write_geopackage(plan: PlanTables, path: Path, *, frames: Tables | None = None) -> Path:
    """Write the layers of a plan; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    path
        The file, which must not exist yet.
    frames
        The tables of the plan, where they were already made.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with fixed_date(f"{plan.study.data_date.isoformat()}T00:00:00Z"):
        for number, (name, frame) in enumerate(layers(plan, frames=frames).items()):
            # The first layer makes the file; the others are added to it.
            try:
                pyogrio.write_dataframe(
                    frame,
                    path,
                    layer=name,
                    driver="GPKG",
                    geometry_type="MultiPolygon" if name in _AREAS else "Point",
                    promote_to_multi=name in _AREAS,
                    append=number > 0,
                )
            except pyogrio.errors.DataSourceError as error:
                raise OSError(f"{path}: {error}") from error
    return path


def layers(plan: PlanTables, *, frames: Tables | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers in EPSG:4326: schools, settlements_moved, sites, counties, catchments.

    Catchments are there where the plan has its land. The border line is never among them: it is a
    means to measure, not an approved depiction.
    """
    frames = tables(plan) if frames is None else frames
    found = {
        "schools": _schools(plan),
        "settlements_moved": _settlements(plan, frames["assignment"]),
        "sites": _sites(frames["sites"]),
        "counties": _counties(plan, frames["counties"]),
    }
    if plan.land is not None and plan.land.bands:
        found["catchments"] = _catchments(plan.land)
    return found


def _catchments(land: Land) -> gpd.GeoDataFrame:
    """Areas of all bands and both states; schools without an area have an empty geometry."""
    states: tuple[State, ...] = ("before", "after")
    parts = [areas_of(faces, state) for faces in land.bands.values() for state in states]
    # Edges in common, simplified alike on both sides.
    for part in parts:
        there = ~part.is_empty
        simple = shapely.coverage_simplify(part.geometry[there].to_numpy(), SIMPLIFY_M)
        part.loc[there, "geometry"] = simple
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)).to_crs(WGS84)


@contextmanager
def fixed_date(text: str) -> Iterator[None]:
    """Write with a fixed date of change instead of the clock's."""
    # GDAL stamps the time of writing into the file: equal plans would differ in bytes.
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": text})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _frame(table: pd.DataFrame, geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)


def _schools(plan: PlanTables) -> gpd.GeoDataFrame:
    # Schools by id, in degrees; pupils of all grades today.
    schools = plan.study.schools.sort_index().to_crs(WGS84)
    pupils = schools[[c for c in schools if str(c).startswith("pupils_")]].sum(axis=1)
    # Pupils who change school: gained and lost by school.
    state = final_state(plan)
    moved = state[state["from_school"] != state["to_school"]]
    gained = moved.groupby("to_school")["pupils"].sum().reindex(schools.index, fill_value=0)
    lost = moved.groupby("from_school")["pupils"].sum().reindex(schools.index, fill_value=0)
    # Rows of the plan's tables in the order of the schools, missing where there is none.
    retained = plan.retained.set_index("school_id").reindex(schools.index)
    closures = plan.closures.set_index("school_id").reindex(schools.index)
    closed = schools.index.isin(plan.closed)
    table = pd.DataFrame(
        {
            "school_id": schools.index.astype("str"),
            "name": schools["name"].to_numpy(),
            "type_code": schools["type_code"].to_numpy(),
            "county_code": schools["county_code"].to_numpy(),
            "township_code": schools["township_code"].to_numpy(),
            "status": np.where(closed, "closed", np.where(gained > 0, "receiver", "open")),
            "year": closures["year"].astype("Int64").to_numpy(),
            "pupils_before": pupils.astype("int64").to_numpy(),
            "pupils_after": (pupils + gained - lost).astype("int64").to_numpy(),
            "belt": retained["belt"].astype("object").fillna("").to_numpy(),
            "protected": retained["protected"].eq(True).to_numpy(),
        }
    )
    return _frame(rounded(table), schools.geometry.to_numpy())


def _settlements(plan: PlanTables, table: pd.DataFrame) -> gpd.GeoDataFrame:
    # Groups that change school, and their settlements row by row.
    table = table[table["from_school"] != table["to_school"]].reset_index(drop=True)
    settlements = plan.study.settlements.to_crs(WGS84).reindex(table["settlement_id"])
    table.insert(1, "name", settlements["name"].to_numpy())
    table.insert(2, "county_code", settlements["county_code"].to_numpy())
    return _frame(rounded(table), settlements.geometry.to_numpy())


def _sites(table: pd.DataFrame) -> gpd.GeoDataFrame:
    if table.empty:
        # Without a row nothing shows that a column holds text, and codes would become numbers.
        texts = [one.name for one in TABLES["sites"].columns if one.kind in ("text", "code")]
        table = table.astype(dict.fromkeys(texts, "str"))
    points = gpd.points_from_xy(
        table["lon"].astype("float64"), table["lat"].astype("float64"), crs=WGS84
    )
    return _frame(table, points)


def _counties(plan: PlanTables, measures: pd.DataFrame) -> gpd.GeoDataFrame:
    # Counties in the order of their codes; a county without a row has missing measures.
    units = plan.study.units.to_crs(WGS84).sort_index()
    table = measures.set_index("county_code").reindex(units.index)
    table["name"] = units["name"].to_numpy()
    table.insert(0, "county_code", units.index.astype("str"))
    return _frame(rounded(table.reset_index(drop=True)), units.geometry.to_numpy())
