"""One problem for each row of a table that has it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import Maker

__all__ = ["row_problems"]


def row_problems(
    rows: pd.DataFrame, told: Maker, *, value: Callable[[pd.Series], str] | str
) -> list[Problem]:
    """One problem for each row.

    Parameters
    ----------
    rows
        The rows concerned; index = row in the file.
    told
        Makes a problem of a row and a value.
    value
        Name of the column whose value is shown, or what makes the text of a row.

    Returns
    -------
    list of Problem
        In the order of the rows.
    """
    # Without rows `apply` gives a table and no column.
    shown = rows[value].astype("str") if isinstance(value, str) else rows.apply(value, axis=1)
    return [
        told(row=row, value=text)
        for row, text in zip(rows.index, shown if len(rows) else (), strict=True)
    ]
