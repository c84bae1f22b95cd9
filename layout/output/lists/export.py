"""One file to send on: some tables of a plan, in the format and datum that the receiver wants."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow.parquet

from layout.core.errors import UsageError
from layout.core.files import file_place, refusals_told, whole_file
from layout.core.text import chosen_language, tr, using
from layout.output.lists.csvs import write_csv
from layout.output.lists.datums import Datum, check_datum, datum_of
from layout.output.lists.frames import CONTRACT, rounded, tables
from layout.output.lists.geopackage import fixed_date, write_geopackage, write_layers, write_places
from layout.output.lists.headings import headings
from layout.output.lists.layers import PLACED, Layer, layer_of
from layout.output.lists.workbook import write_tables, write_workbook
from layout.planning.contract import PlanTables

__all__ = ["EXPORTED", "FORMATS", "LAND", "check_export", "export"]

FORMATS = ("xlsx", "csv", "gpkg", "geojson", "parquet")
EXPORTED = (*CONTRACT, *PLACED)
"""Tables and layers by name."""
LAND = ("catchments", "zones")
"""Those that need the land of a plan, to be there or to be whole."""
# Formats of a single table.
_ONE_TABLE = ("csv", "geojson", "parquet")
# Formats of whole plans.
_WHOLE = ("xlsx", "gpkg")
# What is in these is said by its places alone.
_SHAPES = ("catchments", "belt")


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
        Names of tables and layers, of `EXPORTED`.
        Without any, a workbook or GeoPackage has the whole plan.
    datum
        One of `layout.output.lists.datums.DATUMS`: ``wgs84``, ``cgcs2000`` (degrees),
        ``cgcs2000-zone`` (metres; the three-degree zone of the study's middle, or one by its
        number: ``cgcs2000-zone36``), ``gcj02`` and ``bd09`` (for display only). A datum other than
        WGS 84 is named in columns (``lon_gcj02``, ``easting_cgcs2000_zone36_m``), layers and
        headings.
    language
        Of headings and sentences, as for `layout.output.lists.save`.

    Returns
    -------
    pathlib.Path
        The file that was written; an earlier one stays until it is complete.

    Raises
    ------
    layout.core.errors.UsageError
        Unknown format, table or datum, or a format of a single table is asked for several; the
        study lies in no zone of CGCS2000, or the plan has no such layer.
    layout.core.errors.InputError
        If the file cannot be written.
    """
    target, names = check_export(path, tables=tables, datum=datum)
    kind = target.suffix.lower().lstrip(".")
    with using(chosen_language(language, default=plan.study.language)):
        # Only a zone that is not named needs to know where the study lies.
        chosen = datum_of(datum, plan.study.units.geometry if datum == "cgcs2000-zone" else None)
        with refusals_told(target), whole_file(target) as partial:
            # Without names the whole plan, in the layout of the plan's own folder.
            if names is None and kind == "xlsx":
                write_workbook(plan, partial, datum=chosen)
            elif names is None:
                write_geopackage(plan, partial, datum=chosen)
            elif kind in ("xlsx", "csv"):
                _write_rows(plan, partial, names, kind, chosen)
            else:
                _write_places(plan, partial, names, kind, chosen)
    return target


def check_export(
    path: str | Path, *, tables: str | Iterable[str] | None = None, datum: str = "wgs84"
) -> tuple[Path, tuple[str, ...] | None]:
    """Return path and names of tables if `export` can write them.

    Raises
    ------
    layout.core.errors.UsageError
        As for `export`.
    layout.core.errors.InputError
        If the file cannot be written.
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
    check_datum(datum)
    if tables is None:
        if kind not in _WHOLE:
            raise UsageError(tr("Name the tables to write: {known}.", known=", ".join(EXPORTED)))
        return file_place(target), None
    names = (tables,) if isinstance(tables, str) else tuple(tables)
    unknown = [name for name in names if name not in EXPORTED]
    if unknown or not names:
        raise UsageError(
            tr(
                "There is no table {names}; there are: {known}",
                names=", ".join(unknown),
                known=", ".join(EXPORTED),
            )
        )
    if kind in _ONE_TABLE and len(names) > 1:
        raise UsageError(tr("A .{kind} file holds one table; name one.", kind=kind))
    shapes = [name for name in names if name in _SHAPES]
    if shapes and kind in ("xlsx", "csv"):
        raise UsageError(
            tr(
                "{names} are areas: write them as .gpkg, .geojson or .parquet.",
                names=", ".join(shapes),
            )
        )
    return file_place(target), names


def _write_rows(
    plan: PlanTables, path: Path, names: tuple[str, ...], kind: str, datum: Datum
) -> None:
    """Formats without geometry."""
    frames = tables(plan)
    shown = {name: datum.table(_rows(plan, name, frames)) for name in names}
    if kind == "xlsx":
        write_tables(plan, path, shown, datum=datum)
    else:
        write_csv(shown[names[0]], path)


def _rows(plan: PlanTables, name: str, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    if name in frames:
        return frames[name]
    layer = _layer(plan, name, frames).frame
    table = pd.DataFrame(layer.drop(columns="geometry"))
    # Points go into columns; of lines there are identifiers at both ends.
    if (layer.geometry.geom_type == "Point").all():
        table = table.assign(lon=layer.geometry.x, lat=layer.geometry.y)
    return rounded(table)


def _layer(plan: PlanTables, name: str, frames: Mapping[str, pd.DataFrame]) -> Layer:
    layer = layer_of(plan, name, frames)
    if layer is None:
        raise UsageError(tr("This plan has no {name}.", name=name))
    return layer


def _write_places(
    plan: PlanTables, path: Path, names: tuple[str, ...], kind: str, datum: Datum
) -> None:
    frames = tables(plan)
    made = [_layer(plan, name, frames) for name in names]
    if kind == "gpkg":
        write_layers(plan.study, path, made, datum)
        return
    (layer,) = made
    if kind == "parquet":
        _write_parquet(plan, path, layer, datum)
        return
    with fixed_date(f"{plan.study.data_date.isoformat()}T00:00:00Z"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        write_places(
            datum.layer(layer.frame), path, layer=layer.name + datum.suffix, driver="GeoJSON"
        )


def _write_parquet(plan: PlanTables, path: Path, layer: Layer, datum: Datum) -> None:
    """GeoParquet; what the datum and each column are stands in its metadata under ``layout``."""
    datum.layer(layer.frame).to_parquet(path, index=False)
    table = pyarrow.parquet.read_table(path)
    titles = headings(layer.name, datum)
    about = {
        "study": plan.study.name,
        "provenance": plan.study.provenance,
        "datum": datum.label(),
        "row": tr(layer.schema.row),
        "columns": {name: titles.get(name, name) for name in table.column_names[:-1]},
    }
    told = json.dumps(about, ensure_ascii=False).encode()
    whole = table.replace_schema_metadata({**(table.schema.metadata or {}), b"layout": told})
    pyarrow.parquet.write_table(whole, path, compression="snappy")
