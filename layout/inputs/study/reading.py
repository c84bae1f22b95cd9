"""All input files of a study, found, read and checked, with every problem in one list."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd

from layout.core.errors import Problem
from layout.inputs import tables
from layout.inputs.datum import WGS84, metre_crs
from layout.inputs.layers.vector import AREAS, LINES, read_vector
from layout.inputs.rasters.height import check_heights
from layout.inputs.roads.file import roads_datum
from layout.inputs.study.file import StudyFile
from layout.inputs.study.finding import find_input
from layout.inputs.study.gathering import Inputs, height_of, roads_of
from layout.inputs.study.ground import GROUND, final_ground, ground_problems, read_ground
from layout.inputs.study.positions import POINT_TABLES, datum_records, in_degrees
from layout.inputs.study.tabular import named_columns, read_table
from layout.inputs.study.together import check_together

__all__ = ["read_inputs"]

_SHEETS = {
    "settlements": tables.SETTLEMENTS,
    "schools": tables.SCHOOLS,
    "attendance": tables.ATTENDANCE,
}


def read_inputs(config: StudyFile, root: Path, *, file: str) -> Inputs:
    """Read and check every input that a study file names.

    Parameters
    ----------
    config
        The study file.
    root
        Its folder.
    file
        Its name, for the problems.

    Returns
    -------
    Inputs
        Typed tables with the file's rows as index. Where `problems` holds errors, tables may be
        missing or incomplete.
    """
    inputs = Inputs(root=root, study_file=file)
    with inputs.collecting():
        metre_crs(config.study.crs, file=file)
    for name, text in _named(config):
        with inputs.collecting():
            input_file = find_input(root, name, text, file=file)
            inputs.sources[name], inputs.files[name], inputs.hashes[name] = input_file
    with inputs.collecting():
        # A raster is only looked at here; heights are read with the roads.
        if (model := height_of(inputs)) is not None:
            check_heights(model, file=inputs.files["height"])
    # Counties before the tables that refer to them.
    with inputs.collecting("units"):
        _read_units(inputs, config)
    with inputs.collecting("border"):
        _read_border(inputs, config)
    for name in GROUND:
        with inputs.collecting(name):
            _read_ground(inputs, config, name)
    for name, table in _SHEETS.items():
        if name in inputs.sources:
            with inputs.collecting(name):
                _read_sheet(inputs, config, name, table)
    check_together(inputs, config)
    with inputs.collecting("roads"):
        _check_datums(inputs, config)
    return inputs


def _read_sheet(inputs: Inputs, config: StudyFile, name: str, table: tables.Table) -> None:
    """Read one table: its columns, its values, the present codes of counties."""
    file = inputs.files[name]
    raw, reading, problems = read_table(
        inputs.sources[name],
        table,
        file=file,
        named=getattr(config.columns, name),
        encoding=getattr(config.encodings, name) or "",
    )
    inputs.readings.append(reading)
    known = [] if inputs.units is None else inputs.units.index
    # Present county codes first, since references are checked against them.
    raw, renewed = tables.renewed_codes(raw, known, file=file)
    # Cells as written, before units and words are replaced, for totals and the data report.
    inputs.raws[name] = raw
    plain, notes = tables.spoken_values(raw, table, file=file)
    typed, wrong = tables.check_table(
        plain,
        table,
        file=file,
        converted=partial(_in_degrees, inputs, config, name),
        empty=[one.column for one in problems if one.code == "formula"],
    )
    inputs.tell(name, [*problems, *renewed, *notes, *wrong])
    inputs.sheets[name] = typed


def _in_degrees(inputs: Inputs, config: StudyFile, name: str, typed: pd.DataFrame) -> pd.DataFrame:
    """Convert the positions of a table from the datum that the study file names."""
    if name not in POINT_TABLES:
        return typed
    declared = getattr(config.datum, name)
    converted, inputs.declared_by[name] = in_degrees(
        typed, declared, file=inputs.study_file, key=f"datum.{name}"
    )
    return converted


def _check_datums(inputs: Inputs, config: StudyFile) -> None:
    """Compare the positions with the roads, where their table has no errors of its own."""
    inputs.roads_datum = roads_datum(config.datum.roads, file=inputs.study_file)
    if "roads" not in inputs.sources:
        return
    checked = config.study.datum_checked
    inputs.datums, problems = datum_records(
        {name: inputs.sheets[name] for name in POINT_TABLES if inputs.sound(name)},
        roads_of(inputs),
        roads_datum=inputs.roads_datum,
        declared=config.datum.model_dump(),
        declared_by=inputs.declared_by,
        checked=None if checked is None else (checked.name, checked.date.isoformat()),
        files=inputs.files,
    )
    for name, one in problems:
        inputs.tell(name, [one])


def _named(config: StudyFile) -> list[tuple[str, str]]:
    return [(name, text) for name, text in config.inputs if text is not None]


def _read_units(inputs: Inputs, config: StudyFile) -> None:
    if "units" not in inputs.sources:
        return
    file = inputs.files["units"]
    frame, problems = read_vector(
        inputs.sources["units"], file=file, kinds=AREAS, encoding=config.encodings.units or ""
    )
    raw, reading, more = named_columns(
        frame, tables.UNITS, source=inputs.sources["units"], file=file, named=config.columns.units
    )
    inputs.readings.append(reading)
    # No county is known yet, so every former code is renewed.
    raw, renewed = tables.renewed_codes(raw, (), file=file)
    typed, wrong = tables.check_table(raw, tables.UNITS, file=file)
    problems += more + renewed + wrong
    inputs.tell("units", problems)
    if not _errors(problems):
        # By feature in the file for the coverage; by county code, sorted, from here on.
        units = gpd.GeoDataFrame(typed, geometry=frame.geometry, crs=WGS84)
        inputs.tell("units", tables.coverage_problems(units, file=file))
        inputs.units = units.set_index("county_code").sort_index()


def _read_border(inputs: Inputs, config: StudyFile) -> None:
    if "border" not in inputs.sources:
        return
    file = inputs.files["border"]
    frame, problems = read_vector(
        inputs.sources["border"], file=file, kinds=LINES, encoding=config.encodings.border or ""
    )
    inputs.tell("border", problems)
    inputs.border = frame[["geometry"]].reset_index(drop=True)


def _read_ground(inputs: Inputs, config: StudyFile, name: str) -> None:
    if name not in inputs.sources:
        return
    table, file, crs = GROUND[name], inputs.files[name], config.study.crs
    areas, reading, raw, problems = read_ground(
        inputs.sources[name],
        table,
        file=file,
        named=getattr(config.columns, name),
        encoding=getattr(config.encodings, name) or "",
        datum=getattr(config.datum, name),
        study_file=inputs.study_file,
    )
    inputs.readings.append(reading)
    inputs.raws[name] = raw
    # Areas are measured in the study's own system, which may have a problem of its own.
    if not _errors(problems) and not any(one.column == "crs" for one in inputs.problems):
        problems += ground_problems(areas, table, file=file, crs=crs, units=inputs.units)
        inputs.ground[name] = final_ground(areas, table, crs=crs)
    inputs.tell(name, problems)


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)
