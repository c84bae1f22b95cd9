"""All input files of a study, found, read and checked, with every problem in one list."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.datum import WGS84, metre_crs
from layout.inputs.layers.vector import AREAS, LINES, read_vector
from layout.inputs.rasters.height import check_heights
from layout.inputs.roads.file import layer_notes, roads_datum
from layout.inputs.roads.words import RoadWords
from layout.inputs.study.file import StudyFile
from layout.inputs.study.finding import find_input
from layout.inputs.study.gathering import Inputs, height_of, roads_of
from layout.inputs.study.ground import GROUND, final_ground, ground_problems, read_ground
from layout.inputs.study.parts import named_schools
from layout.inputs.study.positions import POINT_TABLES, datum_records, in_degrees
from layout.inputs.study.tabular import named_columns, read_table

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
    with inputs.collecting():
        _read_units(inputs, config)
    with inputs.collecting():
        _read_border(inputs, config)
    for name in GROUND:
        with inputs.collecting():
            _read_ground(inputs, config, name)
    for name, table in _SHEETS.items():
        if name in inputs.sources:
            with inputs.collecting():
                _read_sheet(inputs, config, name, table)
    _check_together(inputs, config)
    with inputs.collecting():
        _check_datums(inputs, config)
    inputs.problems = _in_the_file_s_words(inputs)
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
    inputs.problems += problems
    inputs.readings.append(reading)
    known = [] if inputs.units is None else inputs.units.index
    # Present county codes first, since references are checked against them.
    raw, renewed = tables.renewed_codes(raw, known, file=file)
    # Cells as written, before units and words are replaced, for totals and the data report.
    inputs.raws[name] = raw
    plain, notes = tables.spoken_values(raw, table, file=file)
    typed, wrong = tables.check_table(
        plain, table, file=file, converted=partial(_in_degrees, inputs, config, name)
    )
    inputs.problems += renewed + notes + wrong
    inputs.sheets[name] = typed


def _in_the_file_s_words(inputs: Inputs) -> list[Problem]:
    """Add to each problem the sheet that it is on and the header that its column has there."""
    # A problem names its file only; of several sheets of one workbook the last one counts.
    by_file = {reading.file: reading for reading in inputs.readings}
    headers = {file: reading.headers() for file, reading in by_file.items()}
    worded = []
    for one in inputs.problems:
        reading = by_file.get(one.file)
        if reading is not None:
            header = headers[one.file].get(one.column, "")
            one = replace(one, sheet=one.sheet or reading.sheet, header=header)
        worded.append(one)
    return worded


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
    inputs.roads_encoding = config.encodings.roads or ""
    inputs.road_words = RoadWords(
        columns=config.columns.roads,
        values=config.values.roads,
        other_class=config.roads.other_class or "",
        join_m=config.roads.join_m,
    )
    if "roads" not in inputs.sources:
        return
    inputs.problems += layer_notes(roads_of(inputs))
    checked = config.study.datum_checked
    inputs.datums, problems = datum_records(
        {name: inputs.sheets[name] for name in POINT_TABLES if _sound(inputs, name)},
        roads_of(inputs),
        roads_datum=inputs.roads_datum,
        declared=config.datum.model_dump(),
        declared_by=inputs.declared_by,
        checked=None if checked is None else (checked.name, checked.date.isoformat()),
        files=inputs.files,
    )
    inputs.problems += problems


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
    inputs.problems += problems
    if not _errors(problems):
        # By feature in the file for the coverage; by county code, sorted, from here on.
        units = gpd.GeoDataFrame(typed, geometry=frame.geometry, crs=WGS84)
        inputs.problems += tables.coverage_problems(units, file=file)
        inputs.units = units.set_index("county_code").sort_index()


def _read_border(inputs: Inputs, config: StudyFile) -> None:
    if "border" not in inputs.sources:
        return
    file = inputs.files["border"]
    frame, problems = read_vector(
        inputs.sources["border"], file=file, kinds=LINES, encoding=config.encodings.border or ""
    )
    inputs.problems += problems
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
    inputs.problems += problems


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _sound(inputs: Inputs, *names: str) -> bool:
    """Tell whether tables were read and have no errors of their own."""
    # By file: a problem names no table, so sheets of one workbook pass or fail together.
    wrong = {problem.file for problem in inputs.problems if problem.severity == "error"}
    return all(name in inputs.sheets and inputs.files[name] not in wrong for name in names)


def _check_together(inputs: Inputs, config: StudyFile) -> None:
    """Check tables against each other, where those concerned have no errors of their own."""
    years = config.study.data_date.year - config.study.children_year
    if not 0 <= years <= 3:
        inputs.problems.append(
            problem(
                "children-year",
                file=inputs.study_file,
                column="study.children_year",
                value=config.study.children_year,
            )
        )
        return
    problems: list[Problem] = []
    for name in ("settlements", "schools"):
        if _sound(inputs, name):
            problems += _place_checks(inputs, name)
    if _sound(inputs, "schools"):
        problems += _school_checks(inputs, config)
    if _sound(inputs, "settlements", "schools"):
        if _sound(inputs, "attendance"):
            problems += _attendance_checks(inputs, years)
        # Attendance is inferred then, from margins that should agree.
        elif "attendance" not in inputs.sources and config.inputs.attendance is None:
            problems += tables.margin_problems(
                inputs.sheets["settlements"],
                inputs.sheets["schools"],
                years=years,
                file=inputs.files["schools"],
            )
    inputs.problems += problems + _border_units(inputs, config)


def _place_checks(inputs: Inputs, name: str) -> list[Problem]:
    table, file = inputs.sheets[name], inputs.files[name]
    problems = tables.place_problems(table, inputs.units, file=file)
    if inputs.units is not None:
        problems += tables.reference_problems(
            table,
            "county_code",
            inputs.units.index,
            partial(
                problem,
                "unknown-county",
                file=file,
                column="county_code",
                choices=", ".join(inputs.units.index),
            ),
        )
    return problems


def _school_checks(inputs: Inputs, config: StudyFile) -> list[Problem]:
    schools, file = inputs.sheets["schools"], inputs.files["schools"]
    problems = tables.total_problems(inputs.raws["schools"], schools, tables.SCHOOLS, file=file)
    problems += tables.school_problems(schools, file=file)
    problems += tables.reference_problems(
        schools,
        "centre_school_id",
        schools["school_id"],
        partial(problem, "unknown-centre", file=file, column="centre_school_id"),
    )
    # The levers of the study file may name schools of the study only.
    names = schools.drop_duplicates("school_id").set_index("school_id")["name"]
    for key in ("keep", "must_close", "forbid_receiver"):
        _, unknown = named_schools(getattr(config.consolidate, key), names)
        column = f"consolidate.{key}"
        problems += [
            problem("unknown-school:lever", file=inputs.study_file, column=column, value=text)
            for text in unknown
        ]
    units = inputs.units
    areas = {*(() if units is None else map(str, units.index)), *map(str, schools["township_code"])}
    problems += [
        problem("unknown-quota", file=inputs.study_file, column="consolidate.quota", value=code)
        for code in config.consolidate.quota
        if code not in areas
    ]
    return problems


def _attendance_checks(inputs: Inputs, years: int) -> list[Problem]:
    attendance, file = inputs.sheets["attendance"], inputs.files["attendance"]
    problems = [
        *tables.reference_problems(
            attendance,
            "settlement_id",
            inputs.sheets["settlements"]["settlement_id"],
            partial(problem, "unknown-settlement", file=file, column="settlement_id"),
        ),
        *tables.reference_problems(
            attendance,
            "school_id",
            inputs.sheets["schools"]["school_id"],
            partial(problem, "unknown-school:row", file=file, column="school_id"),
        ),
    ]
    # Sums by school and settlement mean nothing while some rows refer to neither.
    return problems or tables.attendance_problems(
        attendance,
        inputs.sheets["settlements"],
        inputs.sheets["schools"],
        years=years,
        files=inputs.files,
    )


def _border_units(inputs: Inputs, config: StudyFile) -> list[Problem]:
    programme = config.programmes.border
    problems: list[Problem] = []
    if programme is None:
        return problems
    if config.inputs.border is None and programme.width_m > 0:
        problems.append(problem("no-border", file=inputs.study_file, column="inputs.border"))
    if inputs.units is not None:
        # Sorted, each once.
        for unit in np.setdiff1d(programme.units, inputs.units.index):
            problems.append(
                problem(
                    "unknown-county",
                    file=inputs.study_file,
                    column="programmes.border.units",
                    value=unit,
                    choices=", ".join(inputs.units.index),
                )
            )
    return problems
