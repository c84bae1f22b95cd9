"""All input files of a study, found, read and checked, with every problem in one list."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.datum import choose_metre_crs, is_ballpark, metre_crs, parse_crs, scale_error
from layout.inputs.rasters.height import check_heights
from layout.inputs.roads.file import layer_notes, roads_datum
from layout.inputs.roads.words import RoadWords
from layout.inputs.study.boundaries import read_border, read_units
from layout.inputs.study.boundary_datum import (
    border_datum_problems,
    border_place_problems,
    units_datum_problems,
)
from layout.inputs.study.file import StudyFile
from layout.inputs.study.finding import find_input
from layout.inputs.study.gathering import Inputs, height_of, roads_of
from layout.inputs.study.ground import GROUND, final_ground, ground_problems, read_ground
from layout.inputs.study.positions import POINT_TABLES, datum_records, in_degrees
from layout.inputs.study.shifting import layer_datum
from layout.inputs.study.tabular import read_table
from layout.inputs.study.together import check_together

__all__ = ["read_inputs"]

_SCALE_DOUBT = 0.01
"""Lengths off by more than one in a hundred are warned of."""
_SCALE_USELESS = 10.0
"""Lengths off by more than this are none."""

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
        read_units(inputs, config)
    with inputs.collecting("border"):
        read_border(inputs, config)
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
    with inputs.collecting():
        _check_boundaries(inputs, config)
    return inputs


def _read_sheet(inputs: Inputs, config: StudyFile, name: str, table: tables.Table) -> None:
    """Read one table: its columns, its values, the present codes of counties."""
    file, constants = inputs.files[name], getattr(config.constants, name)
    split = config.split.schools if name == "schools" else ()
    raw, reading, problems = read_table(
        inputs.sources[name],
        table,
        file=file,
        named=getattr(config.columns, name),
        encoding=getattr(config.encodings, name) or "",
        given=[*constants, *tables.spread_columns(split)],
    )
    raw, reading, stated = tables.with_constants(
        raw, reading, table, constants, file=inputs.study_file
    )
    inputs.problems += stated
    inputs.readings.append(reading)
    known = [] if inputs.units is None else inputs.units.index
    # Present county codes first, since references are checked against them.
    raw, renewed = tables.renewed_codes(raw, known, file=file)
    # Cells as written, before units and words are replaced, for totals and the data report.
    inputs.raws[name] = raw
    plain, notes = tables.spoken_values(raw, table, file=file)
    plain, spread = tables.with_spread_totals(plain, split, file=file, study_file=inputs.study_file)
    notes += spread
    typed, wrong = tables.check_table(
        plain,
        table,
        file=file,
        converted=partial(_in_degrees, inputs, config, name),
        empty=[one.column for one in problems if one.code == "formula"],
    )
    told = [*problems, *renewed, *notes, *wrong]
    inputs.tell(name, tables.of_constants(told, table, constants, file=inputs.study_file))
    inputs.sheets[name] = typed


def _in_degrees(inputs: Inputs, config: StudyFile, name: str, typed: pd.DataFrame) -> pd.DataFrame:
    """Convert the positions of a table from the datum that the study file names."""
    if name not in POINT_TABLES:
        return typed
    declared = getattr(config.datum, name)
    converted, inputs.declared_by[name] = in_degrees(
        typed, declared, file=inputs.study_file, key=f"datum.{name}"
    )
    if declared is not None and declared.upper().startswith("EPSG:"):
        system = parse_crs(declared, file=inputs.study_file)
        if is_ballpark(system):
            told = problem("crs-ballpark", file=inputs.files[name], value=system.name)
            inputs.tell(name, [told])
    return converted


def _check_datums(inputs: Inputs, config: StudyFile) -> None:
    """Compare the positions with the roads, where their table has no errors of its own."""
    inputs.roads_datum = roads_datum(config.datum.roads, file=inputs.study_file)
    inputs.roads_encoding = config.encodings.roads or ""
    inputs.road_words = RoadWords(
        columns=config.columns.roads,
        values=config.values.roads,
        other_class=config.roads.other_class or "",
        join_m=config.roads.join_m,
    )
    if "roads" not in inputs.sources:
        return
    inputs.tell("roads", layer_notes(roads_of(inputs)))
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


def _check_boundaries(inputs: Inputs, config: StudyFile) -> None:
    """Compare counties with the points, the border with the counties, the study's system too."""
    units, crs = inputs.units, config.study.crs
    if units is None or any(one.column == "crs" for one in inputs.problems):
        return
    bounds = tuple(float(side) for side in units.total_bounds)
    off = scale_error(crs, (bounds[0], bounds[1], bounds[2], bounds[3]))
    if not off <= _SCALE_USELESS:
        inputs.problems.append(
            problem("crs", file=inputs.study_file, column="study.crs", value=crs)
        )
        return
    if off > _SCALE_DOUBT:
        inputs.problems.append(
            problem(
                "crs-scale",
                file=inputs.study_file,
                column="study.crs",
                value=crs,
                percent=f"{off * 100:.1f}",
                better=choose_metre_crs(units.geometry),
            )
        )
    if is_ballpark(parse_crs(crs)):
        inputs.problems.append(
            problem("crs-ballpark", file=inputs.study_file, column="study.crs", value=crs)
        )
    # Points that are in doubt themselves judge nothing.
    doubted = {one.table for one in inputs.datums if one.decision in ("refused", "warned")}
    # Points that all lie outside are what shifted counties look like, too.
    points = [
        inputs.sheets[name] for name in POINT_TABLES if inputs.sound(name, but=("mostly-outside",))
    ]
    if not doubted:
        told = units_datum_problems(
            units,
            points,
            declared=layer_datum(config.datum.units, name="units", file=inputs.study_file),
            checked=config.study.datum_checked is not None,
        )
        inputs.tell("units", told)
        if inputs.border is not None and not told and inputs.sound_layer("border"):
            datum = layer_datum(config.datum.border, name="border", file=inputs.study_file)
            inputs.tell(
                "border", border_datum_problems(inputs.border, units, declared=datum, crs=crs)
            )
            programme = config.programmes.border
            if programme is not None and programme.width_m > 0:
                # Its counties; all of them where none is named, or none is known.
                near = units[units.index.isin(programme.units)]
                told = border_place_problems(
                    inputs.border,
                    units if near.empty else near,
                    width_m=programme.width_m,
                    crs=crs,
                )
                inputs.tell("border", told)


def _named(config: StudyFile) -> list[tuple[str, str]]:
    return [(name, text) for name, text in config.inputs if text is not None]


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
