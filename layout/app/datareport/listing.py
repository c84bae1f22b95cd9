"""Problems and what was understood, as rows of text."""

from __future__ import annotations

from layout.core.errors import Problem
from layout.core.text import tr
from layout.inputs.database.postgis import Fetched
from layout.inputs.study.study import Examination, Study

__all__ = [
    "LIGHT_BYTES",
    "LIGHT_LINES",
    "is_light",
    "problem_cells",
    "problem_titles",
    "understood",
    "understood_columns",
]

LIGHT_BYTES = 2_000_000
"""Road files up to this size are read by every check; larger ones take many seconds."""


LIGHT_LINES = 20_000
"""The same for lines of a database."""


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
    """List every column of every table with its header and how the two were matched.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.

    Returns
    -------
    list of tuple
        Table, file with sheet, column, header, how; as text in the language of this context.
    """
    how = {
        "own": tr("by its own name"),
        "variant": tr("as a usual variant"),
        "named": tr("named in the study file"),
        "default": tr("absent; its default is taken"),
        "ignored": tr("not used"),
    }
    return [
        (
            reading.table,
            f"{reading.file} | {reading.sheet}" if reading.sheet else reading.file,
            column.name,
            column.header,
            how[column.how],
        )
        for reading in held.readings
        for column in reading.columns
    ]


def understood_columns(held: Examination) -> list[tuple[str, ...]]:
    """List only what is worth a look on a screen: variants, named, absent and unused columns.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.

    Returns
    -------
    list of tuple
        Table, column, header, how.
    """
    plain = tr("by its own name")
    return [
        (table, name, header, how)
        for table, _, name, header, how in understood(held)
        if how != plain
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
    severity = {"error": tr("error"), "warning": tr("warning"), "note": tr("note")}
    return (
        severity[problem.severity],
        problem.code,
        problem.file,
        problem.sheet,
        problem.row or "",
        problem.shown_column,
        problem.value,
        str(problem.reason),
        str(problem.remedy),
    )
