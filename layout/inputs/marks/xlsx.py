"""What a reader of workbooks does not tell of their cells, read from the XML beforehand.

How far the content reaches: a sheet with one cell at its far corner is a few hundred bytes long
and, once read, as large as all the cells before that corner. Which formulas no program has ever
calculated, and which hold an error: both read as blank. And what the sheet shows where zeros stand
in the number format alone: 4501 shown as 004501. How much room texts take that stand once in the
file and in many cells; and which rows and columns are hidden.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from layout.core.errors import InputError
from layout.inputs.marks.ods import ods_marks
from layout.inputs.marks.sheet import SheetMarks, attribute, parsed
from layout.inputs.marks.shown import shown_number
from layout.inputs.safety.archive import BROKEN
from layout.inputs.safety.xml import check_members

__all__ = ["sheet_marks"]

_REFERENCE = re.compile(r"([A-Za-z]{1,4})([0-9]{1,9})")


def sheet_marks(path: Path, *, file: str) -> dict[str, SheetMarks]:
    """Read extent, uncalculated formulas, formatted numbers and what is hidden of all sheets.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.ods`` file whose sizes were checked.
    file
        Its name, for the problems.

    Returns
    -------
    dict
        By name of the sheet; a part of the file that no sheet names stands under its own name.

    Raises
    ------
    InputError
        Code ``xml-doctype``.
    ValueError
        The archive or its XML is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(archive, file=file)
            members = set(archive.namelist())
            if "content.xml" in members:
                return ods_marks(archive)
            names = _sheet_names(archive, members)
            formats = _formats(archive) if "xl/styles.xml" in members else []
            calculated = not _calculates_on_load(archive, members)
            lengths = _text_lengths(archive)
            return {
                names.get(member, member): _of_xlsx(archive, member, formats, lengths, calculated)
                for member in sorted(members)
                if member in names or member.startswith("xl/worksheets/sheet")
            }
    except InputError:  # a ValueError too
        raise
    except (*BROKEN, expat.ExpatError, LookupError) as error:
        # A part may also name an encoding that does not exist.
        raise ValueError(str(error)) from error


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
            member = target.get(attribute(attributes, ":id"), "")
            if member in members:
                names[member] = attributes.get("name", "")

    if {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= members:
        parsed(archive, "xl/_rels/workbook.xml.rels", relation)
        parsed(archive, "xl/workbook.xml", sheet)
    return names


def _calculates_on_load(archive: zipfile.ZipFile, members: set[str]) -> bool:
    """Whether a library wrote the workbook and left its formulas to the next program."""
    said: set[str] = set()

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "calcPr":
            said.add(attributes.get("fullCalcOnLoad", "0"))

    if "xl/workbook.xml" in members:
        parsed(archive, "xl/workbook.xml", start)
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

    parsed(archive, "xl/styles.xml", start, end)
    return [codes.get(style, "") for style in styles]


def _text_lengths(archive: zipfile.ZipFile) -> list[int]:
    """Characters of each text that cells refer to by its number."""
    lengths: list[int] = []

    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag == "si":
            lengths.append(0)

    def text(characters: str) -> None:
        if lengths:
            lengths[-1] += len(characters)

    for member in archive.namelist():
        if member.lower().endswith("sharedstrings.xml"):
            parsed(archive, member, start, text=text)
    return lengths


def _of_xlsx(
    archive: zipfile.ZipFile,
    member: str,
    formats: list[str],
    lengths: list[int],
    calculated: bool,
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
            if _is_hidden(attributes, "ht"):
                marks.hide(row=at[0])
        elif tag == "col" and _is_hidden(attributes, "width"):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                marks.hide(column=int(first) - 1, count=int(last) - int(first) + 1)
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
            if kind == "s" and value.isdecimal() and int(value) < len(lengths):
                marks.text += lengths[int(value)]
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

    parsed(archive, member, start, end, text)
    return marks


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Whether a row or column is not shown, or shown with no height or width."""
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) in ("0", "0.0")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        # A is 1, Z is 26, AA is 27.
        number = number * 26 + ord(letter) - 64
    return number
