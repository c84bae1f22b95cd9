"""What a sheet shows and does not mean: codes with signs nobody sees, numbers of merged cells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.characters import half_width, visible
from layout.inputs.tables.columns import Table

__all__ = ["clean_codes", "merged_numbers"]

Cell = tuple[int, int]

_MARK_OF_TEXT = re.compile(r"^['‘’`](?=[0-9]+$)")


def clean_codes(raw: pd.DataFrame, table: Table, *, file: str) -> list[Problem]:
    """Take out of codes what is no part of them; write full-width characters as ASCII.

    That is what cannot be seen, and the mark that spreadsheets put before digits to make them text.

    Parameters
    ----------
    raw
        Cells as text; columns of identifiers are replaced.
    table
        Says which columns are identifiers.
    file
        Name of the file, for the warnings.

    Returns
    -------
    list of Problem
        A warning for each cell that was changed.
    """
    problems: list[Problem] = []
    for column in table.columns:
        if column.kind != "id" or column.name not in raw.columns:
            continue
        cells = raw[column.name]
        # Each distinct text once: nearly all are plain, and identifiers repeat.
        clean = {
            text: _MARK_OF_TEXT.sub("", half_width(visible(text)).strip())
            for text in pd.unique(cells).tolist()
            if not text.isascii() or text.lstrip().startswith(("'", "`"))
        }
        clean = {text: code for text, code in clean.items() if text.strip() != code}
        if clean:
            hit = cells.isin(list(clean))
            raw[column.name] = cells.where(~hit, cells.map(clean)).astype("str")
            problems += [
                problem(
                    "code-cleaned",
                    file=file,
                    row=row,
                    column=column.name,
                    value=text,
                    name=clean[text],
                )
                for row, text in cells[hit].items()
            ]
    return problems


def merged_numbers(
    merged: Mapping[Cell, Cell],
    rows: Sequence[Sequence[str]],
    names: Sequence[str],
    table: Table,
    *,
    below: int,
    first_row: int,
    left_out: Collection[str],
    file: str,
) -> list[Problem]:
    """One problem for each column of numbers in which a merged cell covers several rows or columns.

    Parameters
    ----------
    merged
        Cells that a merged range covers and its first cell, by row and column from 0.
    rows
        All cells of the sheet, filled.
    names
        Our names of the columns; "" for one without a header.
    table
        Says which columns hold numbers.
    below
        First row below the header, from 0.
    first_row
        Number of row 0 as the file counts.
    left_out
        Rows that are no data, as the file counts.
    file
        For the problems.

    Returns
    -------
    list of Problem
        Errors for counts, with the first row, its number and how many cells are covered; for
        measures and totals, which may well be the same in each row, warnings.
    """
    kinds = {column.name: column.kind for column in table.columns}
    kinds |= {name: "float" for name, _ in table.totals}
    # Cells with a number by column, those below the header alone.
    covered: dict[str, list[Cell]] = defaultdict(list)
    for at, first in sorted(merged.items()):
        row, column = at
        name = names[column] if column < len(names) else ""
        if row < below or kinds.get(name) not in ("int", "float"):
            continue
        # Also of a nought nobody knows whether it was meant for all.
        if rows[row][column].strip() and str(first_row + row) not in left_out:
            covered[name] += [first, at] if first[1] == column else [at]
    return [
        problem(
            "merged-numbers",
            file=file,
            row=first_row + cells[0][0],
            column=name,
            value=rows[cells[0][0]][cells[0][1]],
            count=len(set(cells)),
            severity="error" if kinds[name] == "int" else "warning",
        )
        for name, cells in covered.items()
    ]
