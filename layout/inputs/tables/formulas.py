"""Cells whose content a file keeps elsewhere: formulas never calculated, zeros of a format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.columns import Table

__all__ = ["as_shown", "formula_problems"]

Cell = tuple[int, int]


def formula_problems(
    cells: Collection[Cell],
    names: Sequence[str],
    table: Table,
    *,
    below: int,
    first_row: int,
    left_out: Collection[str],
    file: str,
    sheet: str,
) -> list[Problem]:
    """One problem for each column that the table uses and that holds formulas without a value.

    Parameters
    ----------
    cells
        Rows and columns of these formulas, from 0.
    names
        Our names of the columns; "" for one without a header.
    table
        Says which columns are used.
    below
        First row below the header, from 0.
    first_row
        Number of row 0 as the file counts.
    left_out
        Rows that are no data, as the file counts: sums, notes.
    file, sheet
        For the problems.

    Returns
    -------
    list of Problem
        Errors with the first row and the number of cells; of a total, which is only checked, a
        warning.
    """
    totals = {name for name, _ in table.totals}
    used = {column.name for column in table.columns} | totals
    # Rows as the file counts, by column.
    rows: dict[str, list[int]] = defaultdict(list)
    for row, column in sorted(cells):
        number = first_row + row
        if row >= below and column < len(names) and str(number) not in left_out:
            rows[names[column]].append(number)
    return [
        problem(
            "formula",
            file=file,
            sheet=sheet,
            row=rows[name][0],
            column=name,
            count=len(rows[name]),
            severity="warning" if name in totals else "error",
        )
        for name in names
        if name in used and rows[name]
    ]


def as_shown(
    rows: Sequence[Sequence[str]], names: Sequence[str], table: Table, shown: Mapping[Cell, str]
) -> Sequence[Sequence[str]]:
    """Give identifiers and words the zeros that a sheet shows and keeps in its formats alone.

    Parameters
    ----------
    rows
        Cells as text.
    names
        Our names of the columns.
    table
        Says which columns hold numbers; those are left as they are.
    shown
        Text by row and column, from 0.
    """
    numbers = {column.name for column in table.columns if column.kind in ("int", "float")}
    numbers |= {name for name, _ in table.totals}
    wanted = {
        at: text
        for at, text in shown.items()
        if at[0] < len(rows) and at[1] < len(names) and names[at[1]] not in numbers
    }
    if not wanted:
        return rows
    copied = [list(row) for row in rows]
    for (row, column), text in wanted.items():
        if column < len(copied[row]):
            copied[row][column] = text
    return copied
