"""Optional layers: parcels offered for building, areas where none may be, townships, rivers."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.database.postgis import Input
from layout.inputs.datum import WGS84
from layout.inputs.layers.vector import AREAS, LINES, read_vector
from layout.inputs.study.shifting import layer_datum, shifted_layer
from layout.inputs.study.tabular import named_columns

__all__ = ["GROUND", "final_ground", "ground_problems", "read_ground"]

GROUND: Mapping[str, tables.Table] = {
    "parcels": tables.PARCELS,
    "exclusions": tables.EXCLUSIONS,
    "townships": tables.TOWNSHIPS,
    "rivers": tables.RIVERS,
}
"""The layers by their key under ``[inputs]``: rivers are lines, all others areas."""

AREA_DOUBT = 0.1
"""A stated area may differ from the drawn one by this share before it is doubted."""

Read = tuple[gpd.GeoDataFrame, tables.Reading, pd.DataFrame, list[Problem]]


def read_ground(
    source: Input,
    table: tables.Table,
    *,
    file: str,
    named: Mapping[str, str],
    encoding: str = "",
    datum: str | None = None,
    study_file: str = "",
) -> Read:
    """Read one layer of areas or lines with its attributes.

    Parameters
    ----------
    source
        The layer.
    table
        One of `GROUND`.
    file, study_file
        Names of the layer's file and of the study file, for the problems.
    named, encoding, datum
        Headers by column, encoding and datum of the layer, from the study file.

    Returns
    -------
    areas : GeoDataFrame
        Typed columns and geometry in EPSG:4326; index = feature, from 1.
    reading : Reading
        What was understood.
    raw : DataFrame
        Cells as written.
    problems : list of Problem
        All that was found; with an error among them the areas cannot be used.

    Raises
    ------
    InputError
        If the file cannot be read as such a layer at all, or the datum is unknown.
    """
    shift = layer_datum(datum, name=table.name, file=study_file)
    kinds = LINES if table.name == "rivers" else AREAS
    frame, problems = read_vector(source, file=file, kinds=kinds, encoding=encoding)
    raw, reading, more = named_columns(frame, table, source=source, file=file, named=named)
    plain, notes = tables.spoken_values(raw, table, file=file)
    typed, wrong = tables.check_table(plain, table, file=file)
    problems += more + notes + wrong
    # A sheet's empty rows mean nothing, but a feature without any attribute is an area all the
    # same, and so is one that reads like a row of sums. A river needs no name.
    if table.name == "rivers":
        typed = typed.reindex(frame.index, fill_value="")
    problems += [
        problem("blank", file=file, row=row, column=table.columns[0].name)
        for row in frame.index.difference(typed.index)
    ]
    shapes = shifted_layer(frame.geometry.reindex(typed.index), shift)
    areas = gpd.GeoDataFrame(typed, geometry=shapes, crs=WGS84)
    return areas, reading, raw, problems


def ground_problems(
    areas: gpd.GeoDataFrame,
    table: tables.Table,
    *,
    file: str,
    crs: str,
    units: gpd.GeoDataFrame | None,
) -> list[Problem]:
    """Shapes without any extent or outside the study, and stated areas that differ from drawn ones.

    Parameters
    ----------
    areas
        As `read_ground` returns them, without errors.
    table
        What they are.
    file
        File name, for the problems.
    crs
        The study's system in metres.
    units
        Counties in EPSG:4326; None where they could not be read.

    Returns
    -------
    list of Problem
        No extent, and a layer that lies outside of all counties as a whole, are errors. A parcel
        outside, and a doubtful area, are warnings; exclusion areas may reach as far as they like.
    """
    drawn = areas.geometry.to_crs(crs)
    drawn_m2 = drawn.area
    flat = areas.index[~((drawn.length if table.name == "rivers" else drawn_m2) > 0)]
    problems = [problem("no-geometry", file=file, row=row) for row in flat]
    if "area_m2" in areas:
        # NaN, where no area is stated, differs from nothing.
        off = (areas["area_m2"] - drawn_m2).abs() > AREA_DOUBT * drawn_m2
        problems += [
            problem(
                "area-differs",
                file=file,
                row=row,
                column="area_m2",
                value=f"{areas.at[row, 'area_m2']:g}",
                drawn=f"{drawn_m2[row]:,.0f}",
            )
            for row in areas.index[off]
        ]
    if units is None:
        return problems
    near = areas.geometry.sindex.query(units.geometry.to_numpy(), predicate="intersects")[1]
    outside = areas.index[~np.isin(np.arange(len(areas)), near)]
    if len(outside) == len(areas):
        return [*problems, problem("mostly-outside:areas", file=file, count=len(areas))]
    if table.name == "parcels":
        problems += [problem("outside-study:area", file=file, row=row) for row in outside]
    return problems


def final_ground(areas: gpd.GeoDataFrame, table: tables.Table, *, crs: str) -> gpd.GeoDataFrame:
    """Parcels and townships by id, parcels with an area each; others in an order of their own.

    Parameters
    ----------
    areas
        As `read_ground` returns them, without errors.
    table
        What they are.
    crs
        The study's system in metres.
    """
    if table.name == "parcels":
        drawn_m2 = areas.geometry.to_crs(crs).area
        return (
            areas.assign(area_m2=areas["area_m2"].fillna(drawn_m2))
            .set_index("parcel_id")
            .sort_index()
        )
    if table.name == "townships":
        return areas.set_index("township_code").sort_index()
    # Exclusions and rivers have no id: by kind, name and shape, whatever their order in the file.
    shape = pd.Series(shapely.to_wkb(areas.geometry.to_numpy(), hex=True), index=areas.index)
    columns = [column.name for column in table.columns]
    ordered = areas.assign(_shape=shape).sort_values([*columns, "_shape"])
    return ordered.drop(columns="_shape").reset_index(drop=True).rename_axis(table.name)
