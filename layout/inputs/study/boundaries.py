"""Counties and the border of a study: read, shifted as declared, in one piece each."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.datum import WGS84
from layout.inputs.layers.vector import AREAS, LINES, read_vector
from layout.inputs.study.file import StudyFile
from layout.inputs.study.gathering import Inputs
from layout.inputs.study.shifting import layer_datum, shifted_layer
from layout.inputs.study.tabular import named_columns

__all__ = ["read_border", "read_units"]

_NO_FILE = r'[/\\:*?"<>]|^\.'


def read_units(inputs: Inputs, config: StudyFile) -> None:
    """Read the counties, one row for each.

    Parameters
    ----------
    inputs
        Takes the counties and their problems.
    config
        The study file.

    Raises
    ------
    InputError
        If the layer cannot be read at all.
    """
    if "units" not in inputs.sources:
        return
    file, source = inputs.files["units"], inputs.sources["units"]
    datum = layer_datum(config.datum.units, name="units", file=inputs.study_file)
    frame, problems = read_vector(
        source, file=file, kinds=AREAS, encoding=config.encodings.units or ""
    )
    raw, reading, more = named_columns(
        frame, tables.UNITS, source=source, file=file, named=config.columns.units
    )
    inputs.readings.append(reading)
    # No county is known yet, so every former code is renewed.
    raw, renewed = tables.renewed_codes(raw, (), file=file)
    shapes = frame.geometry.reindex(raw.index)
    wrong_shapes = any(one.severity == "error" for one in problems)
    problems += more + renewed
    if not wrong_shapes:
        raw, shapes, dissolved = _dissolved(raw, shapes, file)
        problems += dissolved
    typed, wrong = tables.check_table(raw, tables.UNITS, file=file)
    problems += wrong
    problems += _no_names_of_files(typed, file)
    inputs.tell("units", problems)
    if not any(one.severity == "error" for one in problems):
        # By feature in the file for the coverage; by county code, sorted, from here on.
        units = gpd.GeoDataFrame(typed, geometry=shifted_layer(shapes, datum), crs=WGS84)
        inputs.tell("units", tables.coverage_problems(units, file=file))
        inputs.units = units.set_index("county_code").sort_index()


def _no_names_of_files(units: pd.DataFrame, file: str) -> list[Problem]:
    """A problem for each code after which no file can be called, or one elsewhere: ``../a``."""
    wrong = units["county_code"].str.contains(_NO_FILE)
    return [
        problem("bad-id:file", file=file, row=row, column="county_code", value=code)
        for row, code in units.loc[wrong, "county_code"].items()
    ]


def _dissolved(
    raw: pd.DataFrame, shapes: gpd.GeoSeries, file: str
) -> tuple[pd.DataFrame, gpd.GeoSeries, list[Problem]]:
    """Put together features of one code and one name: an island, a part drawn on its own."""
    if not {"county_code", "name"} <= set(raw.columns):
        return raw, shapes, []
    code, name = raw["county_code"].str.strip(), raw["name"].str.strip()
    problems: list[Problem] = []
    gone: list[Any] = []
    for value, rows in raw.groupby(code).groups.items():
        # Codes that are blank, or that several counties have, are told of later; a part may lack
        # the name.
        names = set(name[rows]) - {""}
        if len(rows) < 2 or value == "" or len(names) > 1:
            continue
        raw, shapes = raw.copy(), shapes.copy()
        raw.loc[rows[0], "name"] = max(names, default="")
        shapes[rows[0]] = shapes[rows].union_all()
        gone += list(rows[1:])
        problems.append(
            problem(
                "dissolved",
                file=file,
                row=rows[0],
                column="county_code",
                value=value,
                count=len(rows),
            )
        )
    return raw.drop(index=gone), shapes.drop(index=gone), problems


def read_border(inputs: Inputs, config: StudyFile) -> None:
    """Read the border line.

    Parameters
    ----------
    inputs
        Takes the line and its problems.
    config
        The study file.

    Raises
    ------
    InputError
        If the layer cannot be read at all.
    """
    if "border" not in inputs.sources:
        return
    datum = layer_datum(config.datum.border, name="border", file=inputs.study_file)
    frame, problems = read_vector(
        inputs.sources["border"],
        file=inputs.files["border"],
        kinds=LINES,
        encoding=config.encodings.border or "",
    )
    inputs.tell("border", problems)
    border = frame[["geometry"]].reset_index(drop=True)
    if not any(one.severity == "error" for one in problems):
        border = border.set_geometry(shifted_layer(border.geometry, datum))
    inputs.border = border
