"""Sheets of OpenDocument, whose rows and cells may each stand for many."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping

from layout.inputs.safety.marks import Cell, SheetMarks, attribute, count_of, parsed

__all__ = ["ods_marks"]

_MOST_MARKS = 1_000_000
"""Cells of one row or column that are all equal are written once; so many are told apart."""

_VALUES = {"float": "value", "percentage": "value", "currency": "value", "date": "date-value",
           "time": "time-value", "boolean": "boolean-value"}  # fmt: skip
"""By kind of a cell in OpenDocument: the attribute that holds its value; texts need none."""


def ods_marks(archive: zipfile.ZipFile) -> dict[str, SheetMarks]:
    """Follow the repetitions; blanks that only fill the sheet to its end do not count."""
    sheets: dict[str, SheetMarks] = {}
    marks = SheetMarks()
    # Where the reader is, and how many rows the current one stands for.
    row = column = repeat = 0
    # Cells of this row: first column, how many, whether a formula lacks its value, what is shown.
    filled: list[tuple[int, int, bool, str]] = []
    number = shown = ""
    reading = False
    # Cells that the last one stands for; characters of it, and of all cells of the row.
    count = of_cell = of_row = 0

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal marks, row, column, repeat, number, shown, reading, count, of_cell, of_row
        if tag == "table":
            marks = sheets.setdefault(attribute(attributes, ":name"), SheetMarks())
            row = column = 0
        elif tag == "table-column":
            count = count_of(attributes, ":number-columns-repeated")
            marks.hide(column=column, count=count if _is_hidden(attributes) else 0)
            column += count
        elif tag == "table-row":
            # One element may stand for many equal rows or cells.
            repeat, column = count_of(attributes, ":number-rows-repeated"), 0
            marks.hide(row=row, count=repeat if _is_hidden(attributes) else 0)
            filled.clear()
            of_row = 0
        elif tag in ("table-cell", "covered-table-cell"):
            count = count_of(attributes, ":number-columns-repeated")
            kind, formula = attribute(attributes, ":value-type"), attribute(attributes, ":formula")
            if kind or formula:
                holds = attribute(attributes, f":{_VALUES[kind]}") if kind in _VALUES else kind
                filled.append((column, count, bool(formula) and not holds, ""))
            marks.merged += _merged(attributes, row, column)
            number = attribute(attributes, ":value") if kind == "float" else ""
            column, shown, of_cell = column + count, "", 0
        elif tag == "s":
            # So many spaces.
            of_cell += count_of(attributes, ":c")
        elif tag == "p" and number:
            reading = True

    def text(characters: str) -> None:
        nonlocal shown, of_cell
        of_cell += len(characters)
        if reading:
            shown += characters

    def end(tag: str) -> None:
        nonlocal row, number, reading, of_row
        if tag == "p":
            reading = False
        elif tag == "table-cell" and number and _zeros_shown(number, shown):
            filled[-1] = (*filled[-1][:3], shown)
        elif tag == "table-row":
            for first, width, missing, words in filled:
                marks.reach(row + repeat - 1, first + width - 1)
                if (missing or words) and repeat * width <= _MOST_MARKS:
                    cells = [(row + i, first + j) for i in range(repeat) for j in range(width)]
                    marks.uncalculated.update(cells if missing else ())
                    marks.shown.update(dict.fromkeys(cells, words) if words else {})
            row += repeat
            marks.text += of_row * repeat
        if tag == "table-cell":
            number = ""
            of_row += of_cell * count

    parsed(archive, "content.xml", start, end, text)
    return sheets


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return attribute(attributes, ":visibility") in ("collapse", "filter")


def _merged(attributes: Mapping[str, str], row: int, column: int) -> list[tuple[Cell, Cell]]:
    """The range that a cell covers, where that is more than itself."""
    down = count_of(attributes, ":number-rows-spanned") - 1
    right = count_of(attributes, ":number-columns-spanned") - 1
    return [((row, column), (row + down, column + right))] if down or right else []


def _zeros_shown(number: str, shown: str) -> bool:
    """Whether a cell shows a whole number with more than its digits, and no mark that divides."""
    digits = re.sub(r"[^0-9]", "", shown)
    whole = number.removesuffix(".0")
    return (
        whole.isdecimal()
        and bool(digits)
        and int(digits) == int(whole)
        and shown != whole
        and not re.search(r"[.,\s%’']", shown)
    )
