"""Totals that a file states beside their parts; they are checked and not kept."""

from __future__ import annotations

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.columns import Table
from layout.inputs.tables.parse import GROUPED

__all__ = ["total_problems"]

_WHOLE = r"[0-9]{1,15}(?:\.(?:0{1,2}|0{4,}))?"


def total_problems(
    raw: pd.DataFrame, typed: pd.DataFrame, table: Table, *, file: str
) -> list[Problem]:
    """Rows whose stated total is not the sum of its parts.

    Parameters
    ----------
    raw
        Cells as text, with the columns of totals where the file has them.
    typed
        The same rows, typed.
    table
        Says which totals there may be.
    file
        Name of the file, for the problems.

    Returns
    -------
    list of Problem
        Errors, also where a point may separate thousands; a blank total is not checked.
    """
    problems: list[Problem] = []
    for name, prefix in table.totals:
        if name not in raw.columns:
            continue
        cells = raw[name].str.strip().str.replace(",", "", regex=False)
        problems += [
            problem("not-a-number:thousands", file=file, row=row, column=name, value=cell)
            for row, cell in cells[cells.str.fullmatch(GROUPED)].items()
        ]
        # NaN where the total is blank or no whole number; columns that a file lacks add 0.
        stated = pd.to_numeric(cells.where(cells.str.fullmatch(_WHOLE)), errors="coerce")
        parts = [column.name for column in table.columns if column.name.startswith(prefix)]
        added = typed[parts].sum(axis=1)
        for row in raw.index[stated.notna() & (stated != added)]:
            problems.append(
                problem(
                    "total",
                    file=file,
                    row=row,
                    column=name,
                    value=raw.at[row, name],
                    added=int(added[row]),
                )
            )
    return problems
