"""What every workbook needs: texts as texts, columns as wide as their contents."""

from __future__ import annotations

from typing import Any

from layout.output.maps.embed import clean

__all__ = ["CELL_LIMIT", "columns_of", "lines_of", "write_text"]

CELL_LIMIT = 32_767
"""The longest text that a cell of a workbook can hold."""


def write_text(sheet: Any, row: int, column: int, text: object, style: Any) -> None:
    """Write a text as text, without control characters, cut where a cell ends."""
    sheet.write_string(row, column, clean(text)[:CELL_LIMIT], style)


def columns_of(text: str, *, most: int = 60) -> int:
    """Return how many narrow letters wide a text is; Chinese ones count twice."""
    # From U+2E80 on, signs are those of Chinese, Japanese and Korean.
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text[:most])


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text needs in a column of some narrow letters."""
    # Chinese signs are a little less wide than two narrow letters.
    room = max(2, int(width) // 2 * 2)
    lengths = (columns_of(line, most=CELL_LIMIT) for line in text.split("\n"))
    return sum(max(1, -int(-length // room)) for length in lengths)
