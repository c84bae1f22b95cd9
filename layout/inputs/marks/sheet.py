"""What is read of a sheet's XML before a workbook is opened: how, and what is kept of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from layout.inputs.safety.xml import check_tag

__all__ = ["Cell", "SheetMarks", "attribute", "count_of", "parsed"]

Cell = tuple[int, int]
_CHUNK = 1 << 24
"""Large, since the parser begins a long tag anew with each piece."""
_MOST_HIDDEN = 100_000
"""More hidden rows, or columns, are not counted on: a sheet may be hidden to its end."""


@dataclass
class SheetMarks:
    """The extent of a sheet in rows and columns, and its remarkable cells, both from 0.

    ``text`` counts the characters of texts that stand once in the file and in many cells;
    ``uncalculated`` are formulas without a value, ``errors`` texts such as #N/A, ``shown`` numbers
    that the sheet shows with zeros or letters of their format. ``merged`` are ranges ((top, left),
    (bottom, right)), where the library that reads cells does not tell them.
    """

    rows: int = 0
    columns: int = 0
    text: int = 0
    uncalculated: set[Cell] = field(default_factory=set)
    errors: dict[Cell, str] = field(default_factory=dict)
    shown: dict[Cell, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[Cell, Cell]] = field(default_factory=list)

    def reach(self, row: int, column: int) -> None:
        """Let the extent hold a cell, counted from 0."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)

    def hide(self, *, row: int = -1, column: int = -1, count: int = 1) -> None:
        """Keep in mind that rows or columns from one on are hidden."""
        known, first = (self.hidden_rows, row) if row >= 0 else (self.hidden_columns, column)
        known.update(range(first, first + min(count, _MOST_HIDDEN)))


def parsed(
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
    fed = 0
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            check_tag(parser, fed=fed)
    parser.Parse(b"", True)


def attribute(attributes: Mapping[str, str], ending: str) -> str:
    """Value of the attribute of this name, whatever its prefix."""
    return next((value for key, value in attributes.items() if key.endswith(ending)), "")


def count_of(attributes: Mapping[str, str], ending: str) -> int:
    """How many rows, columns or signs an element stands for, by the attribute that says so."""
    value = attribute(attributes, ending)
    return max(1, int(value[:12])) if value.isdecimal() else 1
