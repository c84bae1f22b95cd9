"""From the cells of a sheet to a table with our columns, and a record of what was understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from layout.core.errors import InputError, Problem
from layout.core.problems import problem, refuse
from layout.inputs.tables.codes import clean_codes, merged_numbers
from layout.inputs.tables.columns import Table
from layout.inputs.tables.formulas import as_shown, formula_problems
from layout.inputs.tables.headers import Header, How, find_header
from layout.inputs.tables.rows import data_rows

__all__ = ["MAX_COLUMNS", "MAX_ROWS", "ColumnRead", "Reading", "Sheet", "understand"]

MAX_ROWS = 2_000_000
MAX_COLUMNS = 2_000
_MANY, _SHOWN = 5, 8
"""So many missing columns are another table; so many headers are shown then."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """The cells of one sheet or layer as text, and where they come from.

    ``spread`` says that merged cells may appear as one filled cell and blanks; ``first_row`` is the
    number of the first row as the file counts; ``strict`` that each row must be as wide as the
    header. By row and column, from 0: formulas that no program has calculated, whole numbers as the
    sheet shows them, where zeros stand in their format alone, and cells that were filled from the
    first one of a merged range, with that one.
    """

    rows: Sequence[Sequence[str]]
    sheet: str = ""
    encoding: str = ""
    spread: bool = False
    strict: bool = False
    first_row: int = 1
    notes: tuple[Problem, ...] = ()
    uncalculated: frozenset[tuple[int, int]] = frozenset()
    shown: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ColumnRead:
    """One column: its name here, the header in the file, and how the two were matched."""

    name: str
    header: str
    how: How | Literal["default", "ignored", "stated"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was understood of one input."""

    table: str
    file: str
    sheet: str = ""
    encoding: str = ""
    header_row: int = 0
    rows: int = 0
    columns: tuple[ColumnRead, ...] = ()

    def headers(self) -> dict[str, str]:
        """Headers of the file by our names, where the two differ."""
        return {
            column.name: column.header
            for column in self.columns
            if column.header and column.name and column.header != column.name
        }


def understand(
    held: Sheet,
    table: Table,
    *,
    file: str,
    named: Mapping[str, str] | None = None,
    given: Collection[str] = (),
) -> tuple[pd.DataFrame, Reading, list[Problem]]:
    """Find the header of a sheet, name its columns as we do, and leave out rows that are not data.

    Parameters
    ----------
    held
        Cells as text.
    table
        What the table must hold.
    file
        Name of the file, for the problems.
    named
        Headers by column, from the study file.
    given
        Columns that the study file states itself.

    Returns
    -------
    raw : DataFrame
        All cells as text under our names, those of unknown columns under theirs; the index is the
        row as counted in the file.
    reading : Reading
        What was understood.
    problems : list of Problem
        Errors of rows, warnings of renamed columns, notes of rows left out.

    Raises
    ------
    InputError
        If there is no table, or its header cannot be used.
    """
    named = dict(named or {})
    header = find_header(held.rows, table, named, spread=held.spread)
    if header is None:
        raise refuse("empty-table", file=file)
    # Rows of data begin at `below`; the file counts its rows from `first_row`.
    below = header.first + header.depth
    row_of_header = held.first_row + below - 1
    _check_header(held, header, row_of_header, file)
    _check_known(header, table, given, row_of_header, file)
    unnamed = sorted(at for at in held.uncalculated if header.first <= at[0] < below)
    if unnamed:
        row = held.first_row + unnamed[0][0]
        raise refuse("formula", file=file, sheet=held.sheet, row=row, count=len(unnamed))
    names, problems = _names(held, header, named, row_of_header, file)
    kept, left_out = data_rows(
        as_shown(held.rows, names, table, held.shown)[below:],
        names,
        header.names,
        table,
        first=held.first_row + below,
        file=file,
        strict=held.strict,
    )
    no_data = {one.row for one in left_out if one.row and one.severity == "note"}
    place: dict[str, Any] = {"below": below, "first_row": held.first_row, "left_out": no_data}
    formulas = formula_problems(
        held.uncalculated, names, table, file=file, sheet=held.sheet, **place
    )
    merged = merged_numbers(held.merged, held.rows, names, table, file=file, **place)
    problems = [*held.notes, *_title_notes(held, header, file), *problems, *left_out]
    problems += [*formulas, *merged]
    if not kept:
        if any(problem.severity == "error" for problem in problems):
            raise InputError(*problems)
        raise refuse("empty-table:rows", file=file)
    # Columns with a name; the index is the row in the file.
    places = [at for at, name in enumerate(names) if name]
    columns = {names[at]: [row[at] for _, row in kept] for at in places}
    index = pd.Index([number for number, _ in kept], name="row")
    raw = pd.DataFrame(columns, index=index, dtype="str")
    problems += clean_codes(raw, table, file=file)
    reading = Reading(
        table=table.name,
        file=file,
        sheet=held.sheet,
        encoding=held.encoding,
        header_row=row_of_header,
        rows=len(kept),
        columns=_account(header, names, table),
    )
    return raw, reading, problems + _variant_note(reading)


def _check_header(sheet: Sheet, header: Header, row: int, file: str) -> None:
    """Refuse tables that are too large, and columns separated by semicolons."""
    if len(sheet.rows) > MAX_ROWS or len(header.names) > MAX_COLUMNS:
        raise refuse("too-large", file=file, rows=len(sheet.rows), count=len(header.names))
    # One column with semicolons was meant to be several.
    if len(header.names) == 1 and ";" in header.names[0]:
        raise refuse("separator", file=file, row=row)


def _check_known(header: Header, table: Table, given: Collection[str], row: int, file: str) -> None:
    """Refuse a table of another layout at once, not column by column."""
    needed = {column.name for column in table.columns if column.required} - set(given)
    here = needed & {meant[0] for meant in header.meaning if meant}
    lacking = len(needed) - len(here)
    # A table that has its own identifier is this one, whatever else it lacks.
    strange = not here & set(table.key) and lacking > _MANY and len(here) * 4 < len(needed)
    if strange or (lacking > 1 and not header.score):
        raise refuse(
            "unknown-table",
            file=file,
            row=row,
            value=", ".join(filter(None, header.names[:_SHOWN])),
            name=table.name,
            count=len(here),
            number=len(needed),
        )


def _names(
    sheet: Sheet,
    header: Header,
    named: Mapping[str, str],
    row: int,
    file: str,
) -> tuple[list[str], list[Problem]]:
    """Name each column of the file; "" for those without name and content."""
    problems: list[Problem] = []
    names: list[str] = []
    taken: dict[str, int] = {}
    below = sheet.rows[header.first + header.depth :]
    # Of columns that mean the same the strongest match counts, the first of equal ones.
    strength = {"named": 0, "own": 1, "variant": 2}
    best: dict[str, int] = {}
    for at, meant in enumerate(header.meaning):
        if meant is not None:
            earlier = best.get(meant[0])
            if earlier is None or strength[meant[1]] < strength[_how(header, earlier)]:
                best[meant[0]] = at
    for at, (name, meant) in enumerate(zip(header.names, header.meaning, strict=True)):
        if not name:
            _check_unnamed(below, at, row, file)
            names.append("")
            continue
        # Our name, or the file's where it means nothing here or a better match has the name.
        own = meant[0] if meant is not None and best[meant[0]] == at else name
        if meant is not None and own == name and best[meant[0]] != at:
            problems.append(_second(header, best[meant[0]], at, below, row, file))
        # A name that is taken gets a number; letter case makes no difference.
        wanted, number = own, 1
        while own.casefold() in taken:
            number += 1
            own = f"{wanted} ({number})"
        if number > 1 and meant is None:
            problems.append(
                problem("duplicate-column:renamed", file=file, row=row, column=name, value=own)
            )
        taken[own.casefold()] = at
        names.append(own)
    # Every header that the study file names must be there.
    for name, asked in named.items():
        if name not in best or _how(header, best[name]) != "named":
            choices = ", ".join(filter(None, header.names))
            problems.append(
                problem(
                    "named-column", file=file, row=row, column=name, value=asked, choices=choices
                )
            )
    return names, problems


def _how(header: Header, at: int) -> str:
    meant = header.meaning[at]
    return meant[1] if meant is not None else ""


def _check_unnamed(below: Sequence[Sequence[str]], at: int, row: int, file: str) -> None:
    if any(at < len(cells) and cells[at].strip() for cells in below):
        raise refuse("unnamed-column", file=file, row=row, number=at + 1)


def _second(
    header: Header, first: int, second: int, below: Sequence[Sequence[str]], row: int, file: str
) -> Problem:
    """Two columns that mean the same: the first counts where they agree or are named alike."""

    def cells(at: int) -> list[str]:
        return [line[at].strip() if at < len(line) else "" for line in below]

    # Cells are compared last, since that reads both columns whole.
    alike = header.names[first].casefold() == header.names[second].casefold()
    stronger = _how(header, first) != _how(header, second)
    same = alike or stronger or cells(first) == cells(second)
    meant = header.meaning[first]
    column = meant[0] if meant is not None else ""
    return problem(
        "duplicate-column:meaning" if same else "ambiguous-column",
        file=file,
        row=row,
        column=column,
        value=header.names[second],
        first=first + 1,
        second=second + 1,
        name=column,
    )


def _title_notes(sheet: Sheet, header: Header, file: str) -> list[Problem]:
    """Say which rows above the header were left out."""
    return [
        problem(
            "title-row",
            file=file,
            row=sheet.first_row + at,
            value=next(cell.strip() for cell in sheet.rows[at] if cell.strip()),
        )
        for at in range(header.first)
        if any(cell.strip() for cell in sheet.rows[at])
    ]


def _account(header: Header, names: Sequence[str], table: Table) -> tuple[ColumnRead, ...]:
    """List our columns with their headers, then the headers that are not used."""
    place = {name: at for at, name in enumerate(names) if name}
    read = []
    for name in [*(column.name for column in table.columns), *(name for name, _ in table.totals)]:
        meant = header.meaning[place[name]] if name in place else None
        if meant is not None:
            read.append(ColumnRead(name=name, header=header.names[place[name]], how=meant[1]))
        elif name in {column.name for column in table.columns}:
            read.append(ColumnRead(name=name, header="", how="default"))
    # Columns of the file that mean nothing here, by their headers.
    used = {column.name for column in read if column.header}
    read += [
        ColumnRead(name="", header=header.names[at], how="ignored")
        for name, at in place.items()
        if name not in used
    ]
    return tuple(read)


def _variant_note(reading: Reading) -> list[Problem]:
    """One line that keeps in the data report which headers were taken for which columns."""
    pairs = [
        f"{column.header} → {column.name}"
        for column in reading.columns
        if column.how in ("variant", "named")
    ]
    if not pairs:
        return []
    return [
        problem("columns-read", file=reading.file, row=reading.header_row, value="; ".join(pairs))
    ]
