"""Sheets of OpenDocument, whose rows and cells may each stand for many."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping

from layout.inputs.marks.sheet import Cell, SheetMarks, attribute, count_of, parsed

__all__ = ["ods_marks"]

_MOST_MARKS = 1_000_000
"""Cells of one row or column that are all equal are written once; so many are told apart."""

_VALUES = {"float": "value", "percentage": "value", "currency": "value", "date": "date-value",
           "time": "time-value", "boolean": "boolean-value", "string": "string-value"}  # fmt: skip
"""By kind of a cell in OpenDocument: the attribute that holds its value."""
_TEXTS = ("", "string")
"""Kinds of computed texts, which may stand in a paragraph alone, also where they are empty."""
_CELLS = ("table-cell", "covered-table-cell")


def ods_marks(archive: zipfile.ZipFile) -> dict[str, SheetMarks]:
    """Follow the repetitions; blanks that only fill the sheet to its end do not count.

    Parameters
    ----------
    archive
        The workbook.

    Returns
    -------
    dict
        By name of the sheet.
    """
    reader = _Reader()
    parsed(archive, "content.xml", reader.start, reader.end, reader.text)
    return reader.sheets


class _Reader:
    """Where the reading is: sheet, row and cell, and what was seen of them."""

    def __init__(self) -> None:
        self.sheets: dict[str, SheetMarks] = {}
        self.marks = SheetMarks()
        # Place of the next cell, and how many rows the current one stands for.
        self.row = self.column = self.repeat = 0
        # Cells of this row: first column, how many, whether a value is missing, zeros, error.
        self.filled: list[tuple[int, int, bool, str, str]] = []
        # The cell: its kind and attributes, the text of its paragraphs, whether it has any, and
        # whether they are those of a comment.
        self.kind = self.shown = ""
        self.cell: dict[str, str] = {}
        self.written = self.reading = self.commented = False
        # Characters of the cell, and of all cells of the row.
        self.of_cell = self.of_row = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "table":
            self.marks = self.sheets.setdefault(attribute(attributes, ":name"), SheetMarks())
            self.row = self.column = 0
        elif tag == "table-column":
            count = count_of(attributes, ":number-columns-repeated")
            self.marks.hide(column=self.column, count=count if _is_hidden(attributes) else 0)
            self.column += count
        elif tag == "table-row":
            # One element may stand for many equal rows or cells.
            self.repeat, self.column = count_of(attributes, ":number-rows-repeated"), 0
            self.marks.hide(row=self.row, count=self.repeat if _is_hidden(attributes) else 0)
            self.filled.clear()
            self.of_row = 0
        elif tag in _CELLS:
            self.kind, self.cell = attribute(attributes, ":value-type"), dict(attributes)
            self.shown, self.written, self.of_cell = "", False, 0
        elif tag == "annotation":
            self.commented = True
        elif tag == "p":
            self.reading = not self.commented
            self.written |= self.reading
        elif tag == "s":
            # So many spaces.
            self.of_cell += count_of(attributes, ":c")

    def text(self, characters: str) -> None:
        self.of_cell += len(characters)
        if self.reading:
            self.shown += characters

    def end(self, tag: str) -> None:
        if tag == "p":
            self.reading = False
        elif tag == "annotation":
            self.commented = False
        elif tag in _CELLS:
            self._end_of_cell()
        elif tag == "table-row":
            self._end_of_row()

    def _end_of_cell(self) -> None:
        cell, kind, shown = self.cell, self.kind, self.shown
        count = count_of(cell, ":number-columns-repeated")
        formula = attribute(cell, ":formula")
        if kind or formula:
            missing = bool(formula) and not (
                _holds(cell, kind) or (kind in _TEXTS and self.written)
            )
            number = attribute(cell, ":value") if kind == "float" else ""
            zeros = shown if number and _zeros_shown(number, shown) else ""
            # LibreOffice says in a second attribute what kind it truly is.
            wrong = any(key.endswith(":value-type") and cell[key] == "error" for key in cell)
            self.filled.append((self.column, count, missing, zeros, shown if wrong else ""))
        self.marks.merged += _merged(cell, self.row, self.column)
        self.column += count
        self.of_row += self.of_cell * count

    def _end_of_row(self) -> None:
        marks, row, repeat = self.marks, self.row, self.repeat
        for first, count, missing, words, error in self.filled:
            marks.reach(row + repeat - 1, first + count - 1)
            if (missing or words or error) and repeat * count <= _MOST_MARKS:
                cells = [(row + i, first + j) for i in range(repeat) for j in range(count)]
                marks.uncalculated.update(cells if missing else ())
                marks.shown.update(dict.fromkeys(cells, words) if words else {})
                marks.errors.update(dict.fromkeys(cells, error) if error else {})
        self.row += repeat
        marks.text += self.of_row * repeat


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return attribute(attributes, ":visibility") in ("collapse", "filter")


def _merged(attributes: Mapping[str, str], row: int, column: int) -> list[tuple[Cell, Cell]]:
    """The range that a cell covers, where that is more than itself."""
    down = count_of(attributes, ":number-rows-spanned") - 1
    right = count_of(attributes, ":number-columns-spanned") - 1
    return [((row, column), (row + down, column + right))] if down or right else []


def _holds(cell: Mapping[str, str], kind: str) -> bool:
    """Whether the value of a cell stands in its attribute; that of a text may be empty."""
    name = f":{_VALUES.get(kind)}"
    return any(key.endswith(name) and (value or kind == "string") for key, value in cell.items())


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
