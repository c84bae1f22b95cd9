"""``plan.gpkg``: layers with their styles, and what each layer and column means."""

from __future__ import annotations

import errno
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from layout.core.show import printable
from layout.core.text import tr
from layout.output.lists.cover import Source
from layout.output.lists.datums import Datum, datum_of
from layout.output.lists.frames import tables
from layout.output.lists.headings import headings
from layout.output.lists.layers import Layer, layers
from layout.output.lists.styles import style_of
from layout.planning.contract import PlanTables

__all__ = ["fixed_date", "write_geopackage", "write_layers", "write_places"]

# What GDAL says of a file that it can no longer write; a problem of the frame is none of these.
_FAILURES = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
)

# The tables of QGIS for styles, and of the GeoPackage standard for what columns mean (annex F.9).
_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME
);
"""
_MEANINGS = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
"""
_SCHEMA = "http://www.geopackage.org/spec/#extension_schema"


def write_geopackage(
    plan: PlanTables,
    path: Path,
    *,
    frames: Mapping[str, pd.DataFrame] | None = None,
    datum: Datum | None = None,
) -> Path:
    """Write the layers of a plan; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    path
        The file, which must not exist yet.
    frames
        The tables of the plan, where they were already made.
    datum
        WGS 84 where not given.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    made = layers(plan, tables(plan) if frames is None else frames)
    return write_layers(plan.study, path, made, datum or datum_of("wgs84"))


def write_layers(source: Source, path: Path, made: Sequence[Layer], datum: Datum) -> Path:
    """Write layers with their styles and meanings, in the language of this context.

    Parameters
    ----------
    source
        What the data are, for their date.
    path
        The file, which must not exist yet.
    made, datum
        The layers in EPSG:4326, and the datum to write them in, which their names end in.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    date = f"{source.data_date.isoformat()}T00:00:00Z"
    with fixed_date(date), warnings.catch_warnings():
        # GCJ-02 and BD-09 have no code, which is no oversight.
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        for number, layer in enumerate(made):
            # The first layer makes the file; the others are added to it.
            write_places(
                datum.layer(layer.frame),
                path,
                layer=layer.name + datum.suffix,
                driver="GPKG",
                geometry_type=layer.shape,
                promote_to_multi=layer.shape == "MultiPolygon",
                append=number > 0,
                layer_options={
                    "IDENTIFIER": _identifier(layer, datum),
                    "DESCRIPTION": _description(source, layer, datum),
                },
            )
    try:
        with closing(sqlite3.connect(path)) as package, package:
            _describe(package, made, datum, date)
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error), str(path)) from error
    return path


def write_places(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> None:
    """Write a layer with GDAL.

    Parameters
    ----------
    frame
        Any layer.
    path
        The file.
    **options
        As for `pyogrio.write_dataframe`.

    Raises
    ------
    OSError
        If it cannot be written, or less was written than was given.
    """
    try:
        pyogrio.write_dataframe(frame, path, **options)
        # A disk that fills up while the file is closed is not told by GDAL.
        count = pyogrio.read_info(path, layer=options.get("layer"), force_feature_count=True)
    except _FAILURES as error:
        raise OSError(errno.EIO, str(error), str(path)) from error
    if count["features"] != len(frame):
        raise OSError(errno.EIO, tr("only a part of it was written"), str(path))


def _identifier(layer: Layer, datum: Datum) -> str:
    if not datum.suffix:
        return layer.title
    return tr("{axis} ({datum})", axis=layer.title, datum=datum.label())


def _description(source: Source, layer: Layer, datum: Datum) -> str:
    """What a row is, what the data are, and which datum the places are in."""
    modelled = source.provenance == "modelled"
    parts = [tr("A row is {row}.", row=tr(layer.schema.row))]
    parts += [tr("Modelled data")] if modelled else []
    return " · ".join([*parts, tr("Datum: {datum}", datum=datum.label()), printable(source.credit)])


def _describe(package: sqlite3.Connection, made: Sequence[Layer], datum: Datum, date: str) -> None:
    """Add the reader's names of the columns, their meanings, and styles."""
    package.executescript(_MEANINGS)
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        package.execute(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
            (table, _SCHEMA),
        )
    # The table of styles counts as a layer to many programs: a file of one layer stays one.
    styled = len(made) > 1
    if styled:
        package.executescript(_STYLES)
        package.execute(
            "INSERT INTO gpkg_contents"
            " (table_name, data_type, identifier, description, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', ?, ?)",
            (tr("Styles that QGIS shows"), date),
        )
    for layer in made:
        name, titles = layer.name + datum.suffix, headings(layer.name, datum)
        frame = datum.layer(layer.frame.iloc[:0])
        columns = [str(one) for one in frame.columns if one != frame.geometry.name]
        _name_columns(package, name, layer, columns, titles, datum)
        if styled:
            package.execute(
                "INSERT INTO layer_styles VALUES"
                " (NULL, '', '', ?, 'geom', 'layout', ?, '', 1, ?, '', NULL, ?)",
                (name, style_of(layer, columns, titles), layer.title, date),
            )


def _name_columns(
    package: sqlite3.Connection,
    name: str,
    layer: Layer,
    columns: Sequence[str],
    titles: Mapping[str, str],
    datum: Datum,
) -> None:
    """Say what the columns of a layer are called for readers, and what they mean."""
    meanings = {one.name: tr(one.meaning) for one in layer.schema.columns} | datum.titles()
    used: set[str] = set()
    for column in columns:
        title = titles.get(column, column)
        # Names are unique within a table.
        unique = title if title not in used else f"{title} [{column}]"
        used.add(unique)
        package.execute(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
            (name, column, unique, unique, meanings.get(column, "")),
        )


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
