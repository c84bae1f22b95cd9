"""CSV that Excel opens as what it is: UTF-8 with a mark, and no cell that runs as a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from layout.core.errors import UsageError
from layout.core.files import file_place, refusals_told, whole_file
from layout.core.text import tr
from layout.output.lists.frames import decimals, rounded

__all__ = [
    "FORMULA_STARTS",
    "cell_texts",
    "csv_target",
    "protected",
    "with_ending",
    "write_csv",
    "write_table",
]

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


def with_ending(path: str | Path, ending: str) -> Path:
    """Return the path of a file if its name has an ending and it can be written.

    Raises
    ------
    UsageError
        For any other ending.
    InputError
        If it cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ending:
        raise UsageError(
            tr(
                "The file name must end in {endings}, not “{name}”.",
                endings=ending,
                name=target.name,
            )
        )
    return file_place(target)


def csv_target(path: str | Path) -> Path:
    """Return the path of a table if `write_table` can write it.

    Raises
    ------
    UsageError
        For any other ending.
    InputError
        If it cannot be written.
    """
    return with_ending(path, ".csv")


def write_table(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a table that somebody asked for as CSV, whole or not at all.

    Parameters
    ----------
    frame
        As for `write_csv`.
    path
        The file; its name ends in ``.csv``.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    UsageError
        The file name does not end in ``.csv``.
    InputError
        It cannot be written.
    """
    target = csv_target(path)
    with refusals_told(target):
        return write_csv(frame, target)
