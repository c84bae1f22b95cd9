"""One table of a study from a sheet, a layer with attributes or a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import InputError, Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.database.postgis import Fetched, Input
from layout.inputs.layers.vector import PLACES, POINTS, VECTOR_SUFFIXES, read_vector
from layout.inputs.safety.paths import Source
from layout.inputs.sheets.text import SHEET_SUFFIXES, read_sheet

__all__ = ["named_columns", "read_table"]

_CUT = 10
"""Shapefiles keep so many bytes of the name of a column."""

Read = tuple[pd.DataFrame, tables.Reading, list[Problem]]


def read_table(
    source: Input,
    table: tables.Table,
    *,
    file: str,
    named: Mapping[str, str],
    encoding: str = "",
    given: Collection[str] = (),
) -> Read:
    """Read one table with our names of columns, all cells as text but those of a geometry.

    Parameters
    ----------
    source
        A sheet, a layer of points whose positions become the columns lon and lat, or a table of
        a database, which may be either.
    table
        What it must hold.
    file
        Name of the file, for the problems.
    named
        Headers by column, from the study file.
    encoding
        Encoding of its text, from the study file.
    given
        Columns that the study file states itself.

    Returns
    -------
    raw : DataFrame
        Cells as text, lon and lat of a layer as numbers; the index is the row in the file, or the
        feature of the layer.
    reading : Reading
        What was understood.
    problems : list of Problem
        Found while reading.

    Raises
    ------
    InputError
        If the file cannot be read as a table at all.
    """
    if isinstance(source, Fetched) and not isinstance(source.frame, gpd.GeoDataFrame):
        return named_columns(
            source.frame, table, source=source, file=file, named=named, given=given
        )
    if not isinstance(source, Fetched) and not _is_layer(source):
        return _understood(
            read_sheet(source, file=file, encoding=encoding), table, file, named, given
        )
    frame, problems = read_vector(source, file=file, kinds=PLACES, encoding=encoding)
    # Where a shape is wrong no position is known, which is told of already.
    places = pd.DataFrame({"lon": np.nan, "lat": np.nan}, index=frame.index)
    if not any(problem.severity == "error" for problem in problems):
        points, taken = _as_points(frame.geometry, file)
        places = pd.DataFrame({"lon": points.x, "lat": points.y}).round(9)
        problems += taken
    # Positions go through as text, so that rows are recognised as in a sheet; then their numbers
    # are put back, by feature (from 1).
    shown = pd.concat([places.map(repr), frame], axis=1)
    raw, reading, more = named_columns(
        shown, table, source=source, file=file, named=named, given=given
    )
    for name in places.columns:
        raw[name] = places[name].to_numpy()[raw.index.to_numpy() - 1]
    return raw, reading, problems + more


def _as_points(shapes: gpd.GeoSeries, file: str) -> tuple[gpd.GeoSeries, list[Problem]]:
    """A point for each shape: the point itself, or one inside an outline or of several points."""
    several = (shapes.geom_type != "Point") & (shapely.get_num_geometries(shapes.to_numpy()) > 1)
    told = several | ~shapes.geom_type.isin(POINTS)
    # On the shape in any case: a point of several, a point within an outline.
    points = shapes.map(_filled).representative_point()
    if not told.any():
        return points, []
    first = told.idxmax()
    return points, [
        problem(
            "outlines-as-points",
            file=file,
            row=first,
            value=shapes.geom_type[first],
            count=int(told.sum()),
        )
    ]


def _filled(shape: Any) -> Any:
    """The area within a line that closes; any other shape as it is."""
    closed = shape.geom_type == "LineString" and shape.is_ring
    return shapely.Polygon(shape) if closed else shape


def _is_layer(source: Source) -> bool:
    """Tell whether a file holds a layer; of a zip, by what is wanted from it."""
    path = source[0]
    if path.suffix.lower() == ".zip":
        wanted = source[1].partition("|")[0].lower()
        return wanted.endswith(tuple(s for s in VECTOR_SUFFIXES if s not in SHEET_SUFFIXES))
    return path.name.lower().endswith(VECTOR_SUFFIXES)


def named_columns(
    frame: gpd.GeoDataFrame | pd.DataFrame,
    table: tables.Table,
    *,
    source: Input,
    file: str,
    named: Mapping[str, str],
    given: Collection[str] = (),
) -> Read:
    """Give the attributes of a layer our names.

    Parameters
    ----------
    frame
        Attributes as text, with or without geometry; the index is the feature, from 1.
    table
        What it must hold.
    source, file
        Where it was read from, and its name for the problems.
    named, given
        Headers by column, and columns stated, from the study file.

    Returns
    -------
    tuple
        As of `layout.inputs.tables.understand`.
    """
    attributes = frame.drop(columns="geometry", errors="ignore")
    names = [str(name) for name in attributes.columns]
    layer = "" if isinstance(source, Fetched) else source[1]
    if not isinstance(source, Fetched) and source[0].suffix.lower() in (".shp", ".zip"):
        names = _uncut(names, table)
    # By position, for a layer may have several columns of one name.
    columns = [attributes.iloc[:, at].tolist() for at in range(attributes.shape[1])]
    rows = [names, *(list(row) for row in zip(*columns, strict=True))]
    # The header is row 0, so that features count from 1.
    sheet = tables.Sheet(rows=rows, sheet=layer, first_row=0)
    return _understood(sheet, table, file, named, given)


def _understood(
    sheet: tables.Sheet,
    table: tables.Table,
    file: str,
    named: Mapping[str, str],
    given: Collection[str],
) -> Read:
    try:
        return tables.understand(sheet, table, file=file, named=named, given=given)
    except InputError as error:
        # What refuses a whole table names its sheet, as every other problem does.
        told = [replace(one, sheet=one.sheet or sheet.sheet) for one in error.problems]
        raise InputError(*told) from error


def _uncut(names: list[str], table: tables.Table) -> list[str]:
    """Give names that a shapefile has cut their full length, where only one can be meant."""
    # Columns of the table by what a shapefile leaves of their names.
    own = [column.name for column in table.columns]
    full: dict[str, list[str]] = {}
    for name in own:
        full.setdefault(name[:_CUT], []).append(name)
    return [
        full[name][0] if name not in own and len(full.get(name, ())) == 1 else name
        for name in names
    ]
