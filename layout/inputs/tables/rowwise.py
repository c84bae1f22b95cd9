"""One problem for each row of a table that has it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from layout.core.errors import Problem

__all__ = ["Words", "row_problems"]

Words = tuple[str, str]


def row_problems(
    rows: pd.DataFrame,
    file: str,
    code: str,
    column: str | tuple[str, ...],
    words: Words,
    *,
    value: Callable[[pd.Series], str] | str,
    warning: bool = False,
) -> list[Problem]:
    """One problem for each row.

    Parameters
    ----------
    rows
        The rows concerned; index = row in the file.
    file, code, column
        Of the problems; several columns where they are concerned together.
    words
        Reason and remedy.
    value
        Name of the column whose value is shown, or what makes the text of a row.
    warning
        Whether they are warnings.

    Returns
    -------
    list of Problem
        In the order of the rows.
    """
    reason, remedy = words
    shown = rows[value].astype("str") if isinstance(value, str) else rows.apply(value, axis=1)
    return [
        Problem(
            code=code,
            severity="warning" if warning else "error",
            file=file,
            row=str(row),
            column=column if isinstance(column, str) else "",
            columns=() if isinstance(column, str) else column,
            value=str(text),
            reason=reason,
            remedy=remedy,
        )
        for row, text in zip(rows.index, shown if len(rows) else (), strict=True)
    ]
