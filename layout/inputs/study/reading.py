"""All input files of a study, found, read and checked, with every problem in one list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import InputError, Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.database.postgis import Fetched, Input
from layout.inputs.datum import WGS84, metre_crs
from layout.inputs.layers.vector import AREAS, LINES, read_vector
from layout.inputs.rasters.height import check_heights
from layout.inputs.roads.file import Roads, RoadSource, roads_datum
from layout.inputs.study.file import StudyFile
from layout.inputs.study.finding import find_input
from layout.inputs.study.positions import POINT_TABLES, DatumRecord, datum_records, in_degrees
from layout.inputs.study.tabular import named_columns, read_table

__all__ = ["Inputs", "height_of", "read_inputs", "roads_of"]

_SHEETS = {
    "settlements": tables.SETTLEMENTS,
    "schools": tables.SCHOOLS,
    "attendance": tables.ATTENDANCE,
}


@dataclass
class Inputs:
    """What was read so far: tables by name, files by name, and all problems.

    This gathers while a study is read and is not seen outside; `Study` itself is frozen.
    """

    root: Path
    study_file: str
    sources: dict[str, Input] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sheets: dict[str, pd.DataFrame] = field(default_factory=dict)
    raws: dict[str, pd.DataFrame] = field(default_factory=dict)
    readings: list[tables.Reading] = field(default_factory=list)
    units: gpd.GeoDataFrame | None = None
    border: gpd.GeoDataFrame | None = None
    roads_datum: str = "WGS 84"
    declared_by: dict[str, str] = field(default_factory=dict)
    datums: list[DatumRecord] = field(default_factory=list)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Put the problems of an `InputError` on the list and go on."""
        try:
            yield
        except InputError as error:
            self.problems += error.problems


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
    held = Inputs(root=root, study_file=file)
    with held.collecting():
        metre_crs(config.study.crs, file=file)
    for name, text in _named(config):
        with held.collecting():
            found = find_input(root, name, text, file=file)
            held.sources[name], held.files[name], held.hashes[name] = found
    with held.collecting():
        if (model := height_of(held)) is not None:
            check_heights(model, file=held.files["height"])
    with held.collecting():
        _read_units(held, config)
    with held.collecting():
        _read_border(held, config)
    for name, table in _SHEETS.items():
        if name in held.sources:
            with held.collecting():
                _read_sheet(held, config, name, table)
    _check_together(held, config)
    with held.collecting():
        _check_datums(held, config)
    held.problems = _in_the_file_s_words(held)
    return held


def roads_of(held: Inputs) -> Roads:
    """The roads of a study as they are read later: a file with its layer, or rows.

    Parameters
    ----------
    held
        Inputs with sound roads.
    """
    source = held.sources["roads"]
    if isinstance(source, Fetched):
        return source
    path, layer = source
    return RoadSource(path, layer, sha256=held.hashes["roads"])


def height_of(held: Inputs) -> Path | None:
    """The height model of a study, None where it names none.

    Parameters
    ----------
    held
        Inputs whose files were found.
    """
    source = held.sources.get("height")
    return source[0] if isinstance(source, tuple) else None


def _read_sheet(held: Inputs, config: StudyFile, name: str, table: tables.Table) -> None:
    """Read one table: its columns, its values, the present codes of counties."""
    file = held.files[name]
    raw, reading, problems = read_table(
        held.sources[name],
        table,
        file=file,
        named=getattr(config.columns, name),
        encoding=getattr(config.encodings, name) or "",
    )
    held.problems += problems
    held.readings.append(reading)
    known = [] if held.units is None else held.units.index
    raw, renewed = tables.renewed_codes(raw, known, file=file)
    held.raws[name] = raw
    plain, notes = tables.spoken_values(raw, table, file=file)
    typed, wrong = tables.check_table(
        plain, table, file=file, converted=partial(_in_degrees, held, config, name)
    )
    held.problems += renewed + notes + wrong
    held.sheets[name] = typed


def _in_the_file_s_words(held: Inputs) -> list[Problem]:
    """Add to each problem the sheet it stands on and the header that its column has there."""
    by_file = {reading.file: reading for reading in held.readings}
    headers = {file: reading.headers() for file, reading in by_file.items()}
    told = []
    for one in held.problems:
        reading = by_file.get(one.file)
        if reading is not None:
            header = headers[one.file].get(one.column, "")
            one = replace(one, sheet=one.sheet or reading.sheet, header=header)
        told.append(one)
    return told


def _in_degrees(held: Inputs, config: StudyFile, name: str, typed: pd.DataFrame) -> pd.DataFrame:
    """Convert the positions of a table from the datum that the study file names."""
    if name not in POINT_TABLES:
        return typed
    declared = getattr(config.datum, name)
    made, held.declared_by[name] = in_degrees(
        typed, declared, file=held.study_file, key=f"datum.{name}"
    )
    return made


def _check_datums(held: Inputs, config: StudyFile) -> None:
    """Hold the positions against the roads, wherever their table is sound in itself."""
    held.roads_datum = roads_datum(config.datum.roads, file=held.study_file)
    if "roads" not in held.sources:
        return
    checked = config.study.datum_checked
    held.datums, problems = datum_records(
        {name: held.sheets[name] for name in POINT_TABLES if _sound(held, name)},
        roads_of(held),
        roads_datum=held.roads_datum,
        declared=config.datum.model_dump(),
        declared_by=held.declared_by,
        checked=None if checked is None else (checked.name, checked.date.isoformat()),
        files=held.files,
    )
    held.problems += problems


def _named(config: StudyFile) -> list[tuple[str, str]]:
    return [(name, text) for name, text in config.inputs if text is not None]


def _read_units(held: Inputs, config: StudyFile) -> None:
    if "units" not in held.sources:
        return
    file = held.files["units"]
    frame, problems = read_vector(
        held.sources["units"], file=file, kinds=AREAS, encoding=config.encodings.units or ""
    )
    raw, reading, more = named_columns(
        frame, tables.UNITS, source=held.sources["units"], file=file, named=config.columns.units
    )
    held.readings.append(reading)
    raw, renewed = tables.renewed_codes(raw, (), file=file)
    typed, wrong = tables.check_table(raw, tables.UNITS, file=file)
    problems += more + renewed + wrong
    held.problems += problems
    if not _errors(problems):
        units = gpd.GeoDataFrame(typed, geometry=frame.geometry, crs=WGS84)
        held.problems += tables.coverage_problems(units, file=file)
        held.units = units.set_index("county_code").sort_index()


def _read_border(held: Inputs, config: StudyFile) -> None:
    if "border" not in held.sources:
        return
    file = held.files["border"]
    frame, problems = read_vector(
        held.sources["border"], file=file, kinds=LINES, encoding=config.encodings.border or ""
    )
    held.problems += problems
    held.border = frame[["geometry"]].reset_index(drop=True)


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _sound(held: Inputs, *names: str) -> bool:
    """Tell whether tables were read and hold no error of their own."""
    wrong = {problem.file for problem in held.problems if problem.severity == "error"}
    return all(name in held.sheets and held.files[name] not in wrong for name in names)


def _check_together(held: Inputs, config: StudyFile) -> None:
    """Check tables against each other, wherever those concerned are sound in themselves."""
    years = config.study.data_date.year - config.study.children_year
    if not 0 <= years <= 3:
        held.problems.append(
            problem(
                "children-year",
                file=held.study_file,
                column="study.children_year",
                value=config.study.children_year,
            )
        )
        return
    found: list[Problem] = []
    for name in ("settlements", "schools"):
        if _sound(held, name):
            found += _place_checks(held, name)
    if _sound(held, "schools"):
        found += _school_checks(held, config)
    if _sound(held, "settlements", "schools"):
        if _sound(held, "attendance"):
            found += _attendance_checks(held, years)
        elif "attendance" not in held.sources and config.inputs.attendance is None:
            found += tables.margin_problems(
                held.sheets["settlements"],
                held.sheets["schools"],
                years=years,
                file=held.files["schools"],
            )
    held.problems += found + _border_units(held, config)


def _place_checks(held: Inputs, name: str) -> list[Problem]:
    table, file = held.sheets[name], held.files[name]
    problems = tables.place_problems(table, held.units, file=file)
    if held.units is not None:
        problems += tables.reference_problems(
            table,
            "county_code",
            held.units.index,
            partial(
                problem,
                "unknown-county",
                file=file,
                column="county_code",
                choices=", ".join(held.units.index),
            ),
        )
    return problems


def _school_checks(held: Inputs, config: StudyFile) -> list[Problem]:
    schools, file = held.sheets["schools"], held.files["schools"]
    problems = tables.total_problems(held.raws["schools"], schools, tables.SCHOOLS, file=file)
    problems += tables.school_problems(schools, file=file)
    problems += tables.reference_problems(
        schools,
        "centre_school_id",
        schools["school_id"],
        partial(problem, "unknown-centre", file=file, column="centre_school_id"),
    )
    known = set(schools["school_id"])
    for key in ("keep", "must_close"):
        for school in getattr(config.consolidate, key):
            if school not in known:
                problems.append(
                    problem(
                        "unknown-school",
                        file=held.study_file,
                        column=f"consolidate.{key}",
                        value=school,
                    )
                )
    return problems


def _attendance_checks(held: Inputs, years: int) -> list[Problem]:
    attendance, file = held.sheets["attendance"], held.files["attendance"]
    problems = [
        *tables.reference_problems(
            attendance,
            "settlement_id",
            held.sheets["settlements"]["settlement_id"],
            partial(problem, "unknown-settlement", file=file, column="settlement_id"),
        ),
        *tables.reference_problems(
            attendance,
            "school_id",
            held.sheets["schools"]["school_id"],
            partial(problem, "unknown-school:row", file=file, column="school_id"),
        ),
    ]
    return problems or tables.attendance_problems(
        attendance,
        held.sheets["settlements"],
        held.sheets["schools"],
        years=years,
        files=held.files,
    )


def _border_units(held: Inputs, config: StudyFile) -> list[Problem]:
    programme = config.programmes.border
    problems: list[Problem] = []
    if programme is None:
        return problems
    if config.inputs.border is None and programme.width_m > 0:
        problems.append(problem("no-border", file=held.study_file, column="inputs.border"))
    if held.units is not None:
        for unit in np.setdiff1d(programme.units, held.units.index):
            problems.append(
                problem(
                    "unknown-county",
                    file=held.study_file,
                    column="programmes.border.units",
                    value=unit,
                    choices=", ".join(held.units.index),
                )
            )
    return problems
