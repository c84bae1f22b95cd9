"""One file to send on: some tables of a plan, in the format and datum that the receiver wants."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from layout.core.errors import UsageError
from layout.core.files import refusals_told, whole_file
from layout.core.text import chosen_language, tr, using
from layout.inputs.datum import WGS84, wgs84_to_bd09, wgs84_to_gcj02
from layout.output.lists.csvs import write_csv
from layout.output.lists.frames import CONTRACT, tables
from layout.output.lists.geopackage import fixed_date, write_geopackage
from layout.output.lists.workbook import write_tables, write_workbook
from layout.planning.contract import PlanTables

__all__ = ["DATUMS", "FORMATS", "check_export", "export"]

FORMATS = ("xlsx", "csv", "gpkg", "geojson", "parquet")
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
"""CGCS2000 is taken as equal to WGS 84; the last two have no EPSG code, so the file names them."""

# From WGS 84 to the shifted datums, (lon, lat) in degrees.
_SHIFTS = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
# Formats of a single table.
_ONE_TABLE = ("csv", "geojson", "parquet")


def export(
    plan: PlanTables,
    path: str | Path,
    *,
    tables: str | Iterable[str] | None = None,
    datum: str = "wgs84",
    language: str | None = None,
) -> Path:
    """Write tables of a plan into one file.

    Parameters
    ----------
    plan
        The plan.
    path
        The file; its ending chooses the format, one of `FORMATS`.
    tables
        Names of tables, of `layout.output.lists.frames.CONTRACT`.
        Without any, a workbook or GeoPackage has the whole plan.
    datum
        One of `DATUMS`; a datum other than WGS 84 is named in the columns
        (``lon_gcj02``) and layers.
    language
        Of headings and sentences, as for `layout.output.lists.save`.

    Returns
    -------
    pathlib.Path
        The file that was written; an earlier one stays until it is complete.

    Raises
    ------
    layout.core.errors.UsageError
        Unknown format, table or datum, or a format of a single table is asked for several.
    layout.core.errors.InputError
        If the file cannot be written.
    """
    target, names = check_export(path, tables=tables, datum=datum)
    kind = target.suffix.lower().lstrip(".")
    with (
        refusals_told(target),
        whole_file(target) as partial,
        using(chosen_language(language, default=plan.study.language)),
    ):
        # Without names the whole plan, in the layout of the plan's own folder.
        if names is None:
            whole: Callable[[PlanTables, Path], Path] = (
                write_workbook if kind == "xlsx" else write_geopackage
            )
            whole(plan, partial)
        else:
            _write(plan, partial, names, kind, datum)
    return target


def check_export(
    path: str | Path, *, tables: str | Iterable[str] | None = None, datum: str = "wgs84"
) -> tuple[Path, tuple[str, ...] | None]:
    """Return path and names of tables if `export` can write them.

    Raises
    ------
    layout.core.errors.UsageError
        As for `export`.
    """
    target = Path(path)
    kind = target.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise UsageError(
            tr(
                "The file name must end in {endings}, not “{name}”.",
                endings=" / ".join(f".{known}" for known in FORMATS),
                name=target.name,
            )
        )
    if datum not in DATUMS:
        raise UsageError(
            tr("There is no datum {name}; use one of: {known}", name=datum, known=", ".join(DATUMS))
        )
    # Whole plans are written in WGS 84 only, and not as a single table.
    if tables is None:
        if kind in _ONE_TABLE or datum not in ("wgs84", "cgcs2000"):
            raise UsageError(
                tr(
                    "Name the tables to write: {known}.",
                    known=", ".join(CONTRACT),
                )
            )
        return target, None
    names = (tables,) if isinstance(tables, str) else tuple(tables)
    unknown = [name for name in names if name not in CONTRACT]
    if unknown or not names:
        raise UsageError(
            tr(
                "There is no table {names}; there are: {known}",
                names=", ".join(unknown),
                known=", ".join(CONTRACT),
            )
        )
    if kind in _ONE_TABLE and len(names) > 1:
        raise UsageError(tr("A .{kind} file holds one table; name one.", kind=kind))
    return target, names


def _write(plan: PlanTables, path: Path, names: tuple[str, ...], kind: str, datum: str) -> None:
    frames = tables(plan)
    # Formats without geometry.
    if kind in ("xlsx", "csv"):
        shown = {name: _renamed(frames[name], datum) for name in names}
        if kind == "xlsx":
            write_tables(plan, path, shown)
        else:
            write_csv(shown[names[0]], path)
        return
    for number, name in enumerate(names):
        layer = _shifted(_placed(plan, name, frames[name]), datum)
        if kind == "parquet":
            layer.to_parquet(path, index=False)
            continue
        with fixed_date(f"{plan.study.data_date.isoformat()}T00:00:00Z"), warnings.catch_warnings():
            # GCJ-02 and BD-09 have no code, which is no oversight.
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            pyogrio.write_dataframe(
                layer,
                path,
                layer=name if datum == "wgs84" else f"{name}_{datum}",
                driver="GPKG" if kind == "gpkg" else "GeoJSON",
                append=number > 0,
            )


def _renamed(table: pd.DataFrame, datum: str) -> pd.DataFrame:
    """Longitude and latitude of a table in the datum, which their headings name."""
    if "lon" not in table or datum == "wgs84":
        return table
    # Degrees in WGS 84, shifted where the datum asks for it.
    lon, lat = (table[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    if datum in _SHIFTS:
        lon, lat = _SHIFTS[datum](lon, lat)
    shifted = table.assign(lon=lon, lat=lat)
    return shifted.rename(columns={"lon": f"lon_{datum}", "lat": f"lat_{datum}"})


def _placed(plan: PlanTables, name: str, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """A table with geometry: sites by their own coordinates, others by those of the study."""
    if name in ("sites", "rejected_sites"):
        shapes = gpd.points_from_xy(table["lon"], table["lat"])
    elif name == "site_years":
        sites = plan.sites.drop_duplicates("site_id").set_index("site_id").loc[table["site_id"]]
        shapes = gpd.points_from_xy(sites["lon"], sites["lat"])
    else:
        study = plan.study
        # Table of the study with the geometry, and the column that names its rows.
        located, key = {
            "closures": (study.schools, "school_id"),
            "candidates": (study.schools, "school_id"),
            "retained": (study.schools, "school_id"),
            "assignment": (study.settlements, "settlement_id"),
            "served": (study.settlements, "settlement_id"),
            "deficits": (study.units, "county_code"),
            "kindergarten_plans": (study.units, "county_code"),
            "counties": (study.units, "county_code"),
        }[name]
        shapes = located.geometry.reindex(table[key]).to_numpy()
    return gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)


def _shifted(layer: gpd.GeoDataFrame, datum: str) -> gpd.GeoDataFrame:
    """The layer in the datum; GCJ-02 and BD-09 have no code, so the file carries none."""
    table = _renamed(pd.DataFrame(layer.drop(columns="geometry")), datum)
    if datum in _SHIFTS:
        shift = _SHIFTS[datum]

        def moved(points: np.ndarray) -> np.ndarray:
            return np.stack(shift(points[:, 0], points[:, 1]), axis=1)

        # Every vertex is shifted on its own, since the shift varies from place to place.
        shapes = shapely.transform(layer.geometry.to_numpy(), moved)
        return gpd.GeoDataFrame(table, geometry=shapes, crs=None)
    # CGCS2000 is equal to WGS 84 here: only the code differs.
    crs = "EPSG:4490" if datum == "cgcs2000" else WGS84
    return gpd.GeoDataFrame(table, geometry=layer.geometry.to_numpy(), crs=crs)
