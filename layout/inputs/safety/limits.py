"""How much may be read of one input, told before it is read; the readers share these numbers."""

from __future__ import annotations

from layout.core.problems import refuse
from layout.inputs.tables.reading import MAX_COLUMNS, MAX_ROWS

__all__ = [
    "MAX_BYTES",
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_INFLATED",
    "MAX_ROWS",
    "check_inflated",
    "check_size",
]

MAX_CELLS = 30_000_000
MAX_BYTES = 1_000_000_000
"""Of a file as it lies on the disk."""
MAX_INFLATED = 300_000_000
"""Bytes that text or numbers may take once what is packed or repeated is written out."""


def check_size(rows: int, columns: int, *, file: str, sheet: str = "") -> None:
    """Refuse a table of too many rows, columns or cells.

    Parameters
    ----------
    rows, columns
        As the file states them.
    file, sheet
        Where, for the problem.

    Raises
    ------
    InputError
        Code ``too-large``.
    """
    if rows > MAX_ROWS or columns > MAX_COLUMNS * 10 or rows * columns > MAX_CELLS:
        raise refuse("too-large", file=file, sheet=sheet, rows=rows, count=columns)


def check_inflated(size: int, *, file: str, sheet: str = "") -> None:
    """Refuse what takes too much room once it is written out.

    Parameters
    ----------
    size
        Bytes or characters.
    file, sheet
        Where, for the problem.

    Raises
    ------
    InputError
        Code ``inflates``.
    """
    if size > MAX_INFLATED:
        raise refuse("inflates", file=file, sheet=sheet, megabytes=size // 1_000_000)
