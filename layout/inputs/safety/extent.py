"""What a reader of workbooks does not tell of their cells, read from the XML beforehand.

How far the content reaches: a sheet with one cell at its far corner is a few hundred bytes long
and, once read, as large as all the cells before that corner. Which formulas no program has ever
calculated, and which hold an error: both read as blank. And what the sheet shows where zeros stand
in the number format alone: 4501 shown as 004501.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from layout.inputs.safety.archive import BROKEN
from layout.inputs.safety.formats import shown_number

__all__ = ["SheetMarks", "sheet_marks"]

Cell = tuple[int, int]

_REFERENCE = re.compile(r"([A-Za-z]{1,4})([0-9]{1,9})")
_CHUNK = 1 << 20
_MOST_MARKS = 1_000_000
"""Cells of one row or column that are all equal are written once; so many are told apart."""


@dataclass
class SheetMarks:
    """The extent of a sheet in rows and columns, and its remarkable cells, both from 0.

    ``uncalculated`` are formulas without a value, ``errors`` texts such as #N/A, ``shown`` numbers
    that the sheet shows with zeros or letters of their format.
    """

    rows: int = 0
    columns: int = 0
    uncalculated: set[Cell] = field(default_factory=set)
    errors: dict[Cell, str] = field(default_factory=dict)
    shown: dict[Cell, str] = field(default_factory=dict)

    def reach(self, row: int, column: int) -> None:
        """Let the extent hold a cell, counted from 0."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)


def sheet_marks(path: Path) -> dict[str, SheetMarks]:
    """Read extent, uncalculated formulas and formatted numbers of all sheets.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.ods`` file whose sizes were checked.

    Returns
    -------
    dict
        By name of the sheet; a part of the file that no sheet names stands under its own name.

    Raises
    ------
    ValueError
        The archive or its XML is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            if "content.xml" in members:
                return _of_ods(archive)
            names = _sheet_names(archive, members)
            formats = _formats(archive) if "xl/styles.xml" in members else []
            calculated = not _calculates_on_load(archive, members)
            return {
                names.get(member, member): _of_xlsx(archive, member, formats, calculated)
                for member in sorted(members)
                if member in names or member.startswith("xl/worksheets/sheet")
            }
    except (*BROKEN, expat.ExpatError) as error:
        raise ValueError(str(error)) from error


def _parsed(
    archive: zipfile.ZipFile,
    member: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Send the elements of a member, by their names without prefix, to functions."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _sheet_names(archive: zipfile.ZipFile, members: set[str]) -> dict[str, str]:
    """Name of each worksheet by the member that holds it."""
    target: dict[str, str] = {}
    names: dict[str, str] = {}

    def relation(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship":
            # Targets are relative to the workbook, or begin at the archive's root.
            path = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            target[attributes.get("Id", "")] = path.lstrip("/")

    def sheet(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            member = target.get(_ending(attributes, ":id"), "")
            if member in members:
                names[member] = attributes.get("name", "")

    if {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= members:
        _parsed(archive, "xl/_rels/workbook.xml.rels", relation)
        _parsed(archive, "xl/workbook.xml", sheet)
    return names


def _calculates_on_load(archive: zipfile.ZipFile, members: set[str]) -> bool:
    """Whether a library wrote the workbook and left its formulas to the next program."""
    said: set[str] = set()

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "calcPr":
            said.add(attributes.get("fullCalcOnLoad", "0"))

    if "xl/workbook.xml" in members:
        _parsed(archive, "xl/workbook.xml", start)
    return bool(said & {"1", "true"})


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """Number format of each style of cells; "" for those built in, which add nothing."""
    codes: dict[str, str] = {}
    styles: list[str] = []
    within: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        within.append(tag)
        if tag == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "xf" and within[-2:-1] == ["cellXfs"]:
            styles.append(attributes.get("numFmtId", ""))

    def end(_: str) -> None:
        within.pop()

    _parsed(archive, "xl/styles.xml", start, end)
    return [codes.get(style, "") for style in styles]


def _of_xlsx(
    archive: zipfile.ZipFile, member: str, formats: list[str], calculated: bool
) -> SheetMarks:
    marks = SheetMarks()
    # Row and column of the last cell; a cell without reference follows the one before.
    at = [-1, -1]
    # Kind and style of the cell, whether it holds a formula, and the text of its value.
    kind = style = value = ""
    formula = content = reading = stored = False

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal kind, style, value, formula, content, reading, stored
        if tag == "row":
            number = attributes.get("r", "")
            at[:] = [int(number) - 1 if number.isdecimal() else at[0] + 1, -1]
        elif tag == "c":
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
            if reference:
                at[:] = [int(reference[2]) - 1, _column_number(reference[1].upper()) - 1]
            else:
                at[1] += 1
            kind, style = attributes.get("t", "n"), attributes.get("s", "")
            value, formula, content, reading, stored = "", False, False, False, False
        elif tag == "f":
            formula = True
        elif tag in ("v", "t"):
            reading = stored = True

    def text(characters: str) -> None:
        nonlocal value, content
        if reading:
            value += characters
            content = True

    def end(tag: str) -> None:
        nonlocal reading
        if tag in ("v", "t"):
            reading = False
        elif tag == "c" and (content or formula):
            marks.reach(*at)
            # A computed empty text is of the kind “str” and stored as such; a library that
            # calculates nothing writes no value, or 0 and leaves the rest to the next program.
            missing = not value.strip() and not (kind == "str" and stored)
            if formula and (missing or (not calculated and kind == "n" and value == "0")):
                marks.uncalculated.add((at[0], at[1]))
            elif kind == "e":
                marks.errors[at[0], at[1]] = value
            elif kind == "n" and style.isdecimal() and int(style) < len(formats):
                form = formats[int(style)]
                if form and (shown := shown_number(value, form)):
                    marks.shown[at[0], at[1]] = shown

    _parsed(archive, member, start, end, text)
    return marks


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        # A is 1, Z is 26, AA is 27.
        number = number * 26 + ord(letter) - 64
    return number


_VALUES = {"float": "value", "percentage": "value", "currency": "value", "date": "date-value",
           "time": "time-value", "boolean": "boolean-value", "string": "string-value"}  # fmt: skip
"""By kind of a cell in OpenDocument: the attribute that holds its value."""
_TEXTS = ("", "string")
"""Kinds of computed texts, which may stand in a paragraph alone, also where they are empty."""
_CELLS = ("table-cell", "covered-table-cell")


def _of_ods(archive: zipfile.ZipFile) -> dict[str, SheetMarks]:
    """Follow the repetitions; blanks that only fill the sheet to its end do not count."""
    sheets: dict[str, SheetMarks] = {}
    marks = SheetMarks()
    # Where the reader is, and how many rows the current one stands for.
    row = column = repeat = 0
    # Cells of this row: first column, how many, whether a formula lacks its value, zeros, errors.
    filled: list[tuple[int, int, bool, str, str]] = []
    # The cell: its kind and attributes, the text of its paragraphs, whether it has any, and
    # whether they are those of a comment.
    kind = shown = ""
    cell: dict[str, str] = {}
    written = reading = commented = False

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal marks, row, column, repeat, kind, cell, shown, written, reading, commented
        if tag == "table":
            marks = sheets.setdefault(_ending(attributes, ":name"), SheetMarks())
            row = 0
        elif tag == "table-row":
            # One element may stand for many equal rows or cells.
            repeat, column = _count(attributes, ":number-rows-repeated"), 0
            filled.clear()
        elif tag in _CELLS:
            kind, cell = _ending(attributes, ":value-type"), dict(attributes)
            shown, written = "", False
        elif tag == "annotation":
            commented = True
        elif tag == "p":
            reading = not commented
            written |= reading

    def text(characters: str) -> None:
        nonlocal shown
        if reading:
            shown += characters

    def end(tag: str) -> None:
        nonlocal row, column, reading, commented
        if tag == "p":
            reading = False
        elif tag == "annotation":
            commented = False
        elif tag in _CELLS:
            count = _count(cell, ":number-columns-repeated")
            formula = _ending(cell, ":formula")
            if kind or formula:
                missing = bool(formula) and not (_holds(cell, kind) or (kind in _TEXTS and written))
                number = _ending(cell, ":value") if kind == "float" else ""
                zeros = shown if number and _zeros_shown(number, shown) else ""
                # LibreOffice says in a second attribute what kind it truly is.
                wrong = any(key.endswith(":value-type") and cell[key] == "error" for key in cell)
                filled.append((column, count, missing, zeros, shown if wrong else ""))
            column += count
        elif tag == "table-row":
            for first, count, missing, words, error in filled:
                marks.reach(row + repeat - 1, first + count - 1)
                if (missing or words or error) and repeat * count <= _MOST_MARKS:
                    cells = [(row + i, first + j) for i in range(repeat) for j in range(count)]
                    marks.uncalculated.update(cells if missing else ())
                    marks.shown.update(dict.fromkeys(cells, words) if words else {})
                    marks.errors.update(dict.fromkeys(cells, error) if error else {})
            row += repeat

    _parsed(archive, "content.xml", start, end, text)
    return sheets


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


def _ending(attributes: Mapping[str, str], ending: str) -> str:
    """Value of the attribute of this name, whatever its prefix."""
    return next((value for key, value in attributes.items() if key.endswith(ending)), "")


def _count(attributes: Mapping[str, str], ending: str) -> int:
    value = _ending(attributes, ending)
    return max(1, int(value[:12])) if value.isdecimal() else 1
