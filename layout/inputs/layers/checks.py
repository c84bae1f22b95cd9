"""Geometries of a layer: of the right kind, where they should be, and valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import Problem
from layout.core.problems import problem, refuse
from layout.inputs.datum import WGS84, check_system, is_ballpark
from layout.inputs.layers.repair import repaired
from layout.inputs.safety.limits import MAX_COLUMNS

__all__ = ["AREAS", "LINES", "PLACES", "POINTS", "checked_layer"]

AREAS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")
POINTS = ("Point", "MultiPoint")
PLACES = (*POINTS, *AREAS, *LINES)
"""What stands for a place: a point, or an outline with a point inside it; one that is not closed
among others."""

_EXACT_INTEGER = 1e15
_NO_TEXT = (bytes, list, tuple, dict, np.ndarray, shapely.Geometry)
"""Cells that are no text, number or date: bytes, lists, further geometries."""
_BEYOND_DEGREES = 5.0
"""How far a layer may reach beyond the area of use of its projected system."""


def checked_layer(
    frame: gpd.GeoDataFrame | pd.DataFrame,
    *,
    file: str,
    kinds: tuple[str, ...],
    fitting: Sequence[str] = (),
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Check a layer as it was read, and bring it to WGS 84.

    Parameters
    ----------
    frame
        Features as read, in any declared CRS.
    file
        Name of the file, for the problems.
    kinds
        Geometry types that are accepted, as `AREAS`.
    fitting
        Other layers of the file that hold these types, for a layer that holds none.

    Returns
    -------
    frame : GeoDataFrame
        EPSG:4326, two dimensions, valid geometries, attributes as text, features from 1.
    problems : list of Problem
        Empty or wrong geometries (errors) and repaired ones (warnings).

    Raises
    ------
    InputError
        No geometries or none of these types, too many columns, no CRS, or coordinates that
        cannot be of the declared one.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise refuse("empty-layer", file=file)
    # Each column is worked on by itself.
    if frame.shape[1] > MAX_COLUMNS:
        raise refuse("too-large", file=file, rows=len(frame), count=frame.shape[1])
    if frame.crs is None:
        raise refuse("crs-missing:layer", file=file)
    check_system(frame.crs, file=file)
    # Features are counted from 1, as programs for maps show them.
    frame = frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"), axis=0)
    names = [str(name) for name in frame.columns]
    shape = frame.geometry.name
    frame = frame.set_axis(_distinct(names, "geometry" if shape != "geometry" else ""), axis=1)
    problems = [
        problem("duplicate-column:renamed", file=file, column=old, value=new)
        for old, new in zip(names, frame.columns, strict=True)
        if old != new
    ]
    if is_ballpark(frame.crs):
        problems.append(problem("crs-ballpark", file=file, value=frame.crs.name))
    problems += _geometry_problems(frame, file, kinds, fitting)
    if not any(problem.severity == "error" for problem in problems):
        frame = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
        _check_places(frame, file)
        frame = frame.to_crs(WGS84)
        if kinds != LINES:
            frame, told = repaired(frame, file=file)
            problems += told
    # Attributes as text, so that a layer's cells are read as those of a sheet.
    for name in [name for name in frame.columns if name != frame.geometry.name]:
        # What is no text, number or date stands in columns of objects alone.
        objects = frame[name].dtype == "object"
        if objects and frame[name].map(lambda cell: isinstance(cell, _NO_TEXT)).any():
            problems.append(problem("binary-column", file=file, column=name))
            frame = frame.drop(columns=name)
        else:
            frame[name] = _as_text(frame[name])
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    return frame, problems


def _distinct(names: list[str], taken: str) -> list[str]:
    """Number names that occur twice, as in damaged or joined layers, or are taken."""
    seen: Counter[str] = Counter([taken])
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct


def _check_places(frame: gpd.GeoDataFrame, file: str) -> None:
    """Refuse coordinates that the declared system cannot have."""
    crs = frame.crs
    if crs.is_geographic:
        # Degrees, one row for each feature; a little beyond the limits is rounding.
        bounds = frame.geometry.bounds
        wrong = (bounds[["minx", "maxx"]].abs() > 180.001).any(axis=1)
        wrong |= (bounds[["miny", "maxy"]].abs() > 90.001).any(axis=1)
    else:
        # Degrees, inf where the projection has no inverse.
        bounds = frame.to_crs(WGS84).geometry.bounds
        wrong = ~np.isfinite(bounds).all(axis=1)
        area = crs.area_of_use
        # An area of use that crosses 180° is not compared.
        if area is not None and area.west <= area.east:
            far = _BEYOND_DEGREES
            wrong |= (bounds["minx"] < area.west - far) | (bounds["maxx"] > area.east + far)
            wrong |= (bounds["miny"] < area.south - far) | (bounds["maxy"] > area.north + far)
    if wrong.any():
        raise refuse("crs-wrong", file=file, row=frame.index[wrong.to_numpy()][0], crs=crs.name)


def _as_text(column: pd.Series) -> pd.Series:
    """Attributes as text: codes stored as decimals lose their “.0”, missing ones are blank."""
    if pd.api.types.is_float_dtype(column.dtype) and (column.dropna() % 1 == 0).all():
        # Decimals hold fifteen digits for certain; longer numbers are shown as they are rounded.
        exact = (column.dropna().abs() < _EXACT_INTEGER).all()
        column = (
            column.astype("Int64") if exact else column.map("{:.15e}".format, na_action="ignore")
        )
    return column.astype("object").where(column.notna(), "").astype("str")


def _geometry_problems(
    frame: gpd.GeoDataFrame, file: str, kinds: tuple[str, ...], fitting: Sequence[str]
) -> list[Problem]:
    """Features without geometry, with numbers that are no coordinates, or of another kind."""
    # A layer without a single feature of the right kind is another layer than is meant; lines alone
    # are no places.
    present = dict.fromkeys(frame.geometry.geom_type.dropna())
    wanted = (*POINTS, *AREAS) if kinds == PLACES else kinds
    if present and not set(present) & set(wanted):
        where: dict[str, Any] = {"file": file, "value": ", ".join(present)}
        where["kinds"] = " / ".join(wanted)
        if fitting:
            raise refuse("geometry-kind:choices", choices=", ".join(fitting), **where)
        raise refuse("geometry-kind:layer", **where)
    problems = []
    for row, shape in frame.geometry.items():
        # NaN or infinity among the coordinates counts as no geometry.
        if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            problems.append(problem("no-geometry", file=file, row=row))
        elif shape.geom_type not in kinds:
            problems.append(
                problem(
                    "geometry-kind",
                    file=file,
                    row=row,
                    value=shape.geom_type,
                    kinds=" / ".join(kinds),
                )
            )
    return problems
