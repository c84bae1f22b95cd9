"""Problems and what was understood, as rows of text."""

from __future__ import annotations

import pandas as pd

from layout.core.errors import Problem
from layout.core.text import tr
from layout.inputs.database.postgis import Fetched
from layout.inputs.study.study import Examination, Study
from layout.inputs.tables import ATTENDANCE, SCHOOLS, SETTLEMENTS, Reading

__all__ = [
    "LIGHT_BYTES",
    "LIGHT_LINES",
    "is_light",
    "problem_cells",
    "problem_titles",
    "severities",
    "understood",
    "understood_columns",
    "understood_titles",
]

LIGHT_BYTES = 2_000_000
"""Road files up to this size are read by every check; larger ones take many seconds."""


LIGHT_LINES = 20_000
"""The same for lines of a database."""

_MAY_BE_BLANK = {
    table.name: {column.name for column in table.columns if column.nullable}
    for table in (SETTLEMENTS, SCHOOLS, ATTENDANCE)
}


def is_light(study: Study) -> bool:
    """Tell whether the road file is small enough to be read by every check.

    Parameters
    ----------
    study
        The study.
    """
    roads = study.roads
    if isinstance(roads, Fetched):
        return len(roads.frame) <= LIGHT_LINES
    return roads.path.stat().st_size <= LIGHT_BYTES


def understood(held: Examination) -> list[tuple[str, ...]]:
    """List every column of every table with its header, how the two were matched, and its blanks.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.

    Returns
    -------
    list of tuple
        Table, file with sheet, column, header, how, and in how many rows a value that may be
        unknown is not given; as text in the language of this context.
    """
    how = {
        "own": tr("by its own name"),
        "variant": tr("as a usual variant"),
        "named": tr("named in the study file"),
        "default": tr("absent; its default is taken"),
        "ignored": tr("not used"),
        "stated": tr("stated in the study file"),
    }
    return [
        (
            reading.table,
            f"{reading.file} | {reading.sheet}" if reading.sheet else reading.file,
            column.name,
            column.header,
            how[column.how],
            _not_given(held, reading, column.name),
        )
        for reading in held.readings
        for column in reading.columns
    ]


def understood_titles() -> tuple[str, ...]:
    """Return the titles of the columns of `understood`."""
    return (
        *(tr("Table"), tr("File"), tr("Column"), tr("Header in the file"), tr("Recognised")),
        tr("Rows without it"),
    )


def _not_given(held: Examination, reading: Reading, name: str) -> str:
    """Count the rows without a value in a column that may be blank; no text where there is none."""
    if name not in _MAY_BE_BLANK.get(reading.table, ()):
        return ""
    raw = held.tables.get(reading.table, pd.DataFrame())
    count = int(raw[name].str.strip().eq("").sum()) if name in raw else reading.rows
    return f"{count:,}" if count else ""


def understood_columns(held: Examination) -> list[tuple[str, ...]]:
    """List only what is worth a look on a screen: all columns but those read whole by their names.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.

    Returns
    -------
    list of tuple
        Table, column, header, how, rows where it is not given.
    """
    plain = tr("by its own name")
    return [
        (table, name, header, how, blank)
        for table, _, name, header, how, blank in understood(held)
        if how != plain or blank
    ]


def problem_titles() -> tuple[str, ...]:
    """Return the titles of the columns of `problem_cells`."""
    return (
        tr("Severity"),
        tr("Kind"),
        tr("File"),
        tr("Sheet"),
        tr("Row"),
        tr("Column"),
        tr("Value"),
        tr("Reason"),
        tr("Remedy"),
    )


def problem_cells(problem: Problem) -> tuple[str, ...]:
    """Return a problem as the cells of one row.

    Parameters
    ----------
    problem
        The problem.
    """
    return (
        severities()[problem.severity],
        problem.code,
        problem.file,
        problem.sheet,
        problem.row or problem.label,
        problem.shown_column,
        problem.value,
        str(problem.reason),
        str(problem.remedy),
    )


def severities() -> dict[str, str]:
    """Return the words of how grave a problem is, by code."""
    return {"error": tr("error"), "warning": tr("warning"), "note": tr("note")}
