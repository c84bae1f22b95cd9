"""CSV that Excel opens as what it is: UTF-8 with a mark, and no cell that runs as a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from layout.core.files import whole_file
from layout.output.lists.frames import decimals, rounded

__all__ = ["FORMULA_STARTS", "cell_texts", "protected", "write_csv"]

# Full-width signs too: Chinese input methods type them, and some programs read them as formulas.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def protected(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Texts that begin with a sign that starts one, in its narrow or its full-width form, get an
    apostrophe in front.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell_texts(name: str, values: pd.Series, *, protect: bool = True) -> list[str]:
    """Return the texts of one column: ``true`` and ``false``, fixed digits, empty for missing."""
    if pd.api.types.is_bool_dtype(values):
        return ["true" if value else "false" for value in values]
    # Numbers get the digits of their column, so that equal values read the same.
    if pd.api.types.is_float_dtype(values):
        digits = decimals(name)
        return ["" if pd.isna(value) else f"{value:.{digits}f}" for value in values]
    if pd.api.types.is_integer_dtype(values):
        return ["" if pd.isna(value) else str(value) for value in values]
    # Mixed columns: truth values of the table's own as words, the rest as text.
    texts = [
        "true" if value is True else "false" if value is False else str(value) for value in values
    ]
    return [protected(text) for text in texts] if protect else texts


def write_csv(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a table as CSV; an earlier file stays until the new one is complete.

    Parameters
    ----------
    frame
        Any table; its index is left out.
    path
        The file. UTF-8 with a byte order mark, lines ended as RFC 4180 has it, which
        also keeps line ends inside a text in quotes.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    target = Path(path)
    # Texts of all columns first, so that a text that cannot be written leaves no file begun.
    shown = rounded(frame.reset_index(drop=True))
    columns = [cell_texts(name, shown[name]) for name in shown.columns]
    with (
        whole_file(target) as partial,
        partial.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(protected(title) for title in shown.columns)
        writer.writerows(zip(*columns, strict=True))
    return target
