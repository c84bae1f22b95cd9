"""Workbooks (.xlsx, .xls, .ods): checked before they are opened, then read as text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from layout.core.errors import InputError, Problem
from layout.core.problems import problem, refuse
from layout.core.text import marked, sentence
from layout.inputs.marks.biff import old_sheet_marks
from layout.inputs.marks.sheet import Cell, SheetMarks
from layout.inputs.marks.xlsx import sheet_marks
from layout.inputs.safety.archive import check_archive
from layout.inputs.safety.guarded import Crashed, Endless, guarded
from layout.inputs.safety.limits import MAX_CELLS, check_inflated, check_size
from layout.inputs.tables.reading import Sheet

__all__ = ["WORKBOOK_SUFFIXES", "read_workbook"]

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")

_DAMAGED = marked("its inner structure is damaged")
_CHILD = Path(__file__).with_name("calamine_child.py")

_SHOWN = 8
"""So many hidden rows or columns are named."""

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|table|\?xml|meta|head)", re.I
)


def read_workbook(path: Path, sheet: str, *, file: str) -> Sheet:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path
        ``.xlsx``, ``.xls`` or ``.ods``; what it truly is decides, not the name.
    sheet
        Name of the sheet; "" for the first visible one.
    file
        Name of the file, for the problems.

    Returns
    -------
    Sheet
        Cells as text. Where the format records merged cells, each of them has the text of the
        first.

    Raises
    ------
    InputError
        Protected, of another kind, too large, without the sheet.
    """
    marks = _check_kind(path, sheet, file)
    answer = _by_child(path, sheet, file)
    # No sheet was chosen where the one that was asked for is not there.
    names, chosen = answer["names"], answer["chosen"]
    if not chosen:
        raise refuse("missing-sheet", file=file, name=sheet, choices=", ".join(names))
    check_size(answer["height"], answer["width"], file=file, sheet=chosen)
    rows, own = answer["rows"], marks.get(chosen, SheetMarks())
    # Errors read as blank; they stay what they are.
    for (row, column), text in own.errors.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    merged = answer["merged"] or own.merged
    return Sheet(
        rows=rows,
        sheet=chosen,
        spread=answer["merged"] is None,
        notes=tuple(_notes(answer, own, file=file, asked=bool(sheet))),
        uncalculated=frozenset(own.uncalculated),
        shown=own.shown,
        merged=_filled(rows, merged, file=file, sheet=chosen),
    )


def _notes(answer: dict[str, Any], own: SheetMarks, *, file: str, asked: bool) -> list[Problem]:
    """What was not read of a workbook, and what was read though nobody sees it."""
    chosen, rows = answer["chosen"], answer["rows"]
    told: dict[str, Any] = {"file": file, "sheet": chosen}
    others = [name for name in answer["visible"] if name != chosen]
    hidden = [name for name in answer["names"] if name not in (*answer["visible"], chosen)]
    notes = []
    if others and not asked:
        notes.append(problem("other-sheets", value=", ".join(others), **told))
    if hidden and not asked:
        notes.append(problem("hidden-sheets", value=", ".join(hidden), **told))
    if chosen not in answer["visible"]:
        notes.append(problem("hidden-sheets:read", **told))
    # Hidden rows and columns that hold anything, from 0; told by the first.
    of_rows = [at for at in sorted(own.hidden_rows) if at < len(rows) and any(rows[at])]
    of_columns = [
        at
        for at in sorted(own.hidden_columns)
        if any(at < len(cells) and cells[at] for cells in rows)
    ]
    if of_rows:
        value = _spans([at + 1 for at in of_rows])
        where: dict[str, Any] = {"row": of_rows[0] + 1, "value": value, "count": len(of_rows)}
        notes.append(problem("hidden-cells:rows", **where, **told))
    if of_columns:
        value = ", ".join(_letters(at) for at in of_columns[:_SHOWN])
        notes.append(problem("hidden-cells:columns", value=value, count=len(of_columns), **told))
    return notes


def _spans(numbers: list[int]) -> str:
    """Write sorted numbers as ``3-5, 8``, the first of them."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = [f"{first}-{last}" if last > first else str(first) for first, last in spans[:_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(spans) > _SHOWN else [])])


def _letters(column: int) -> str:
    """Name of a column, counted from 0, as spreadsheet programs show it."""
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return letters


def _by_child(path: Path, sheet: str, file: str) -> dict[str, Any]:
    """Read in a process of its own, which may crash or be ended without harm to this one."""
    try:
        said = guarded(_CHILD, path, sheet, str(MAX_CELLS), file=file)
    except Endless as error:
        reason = sentence("reading it does not come to an end")
        raise refuse("workbook", file=file, error=reason) from error
    except Crashed as error:
        raise refuse("workbook", file=file, error=sentence(_DAMAGED)) from error
    answer: dict[str, Any] = json.loads(said)
    if "error" in answer:
        raise refuse("workbook", file=file, error=answer["error"])
    return answer


def _filled(
    rows: list[list[str]], merged: list[tuple[Cell, Cell]], *, file: str, sheet: str
) -> dict[Cell, Cell]:
    """Write the text of each merged cell into all cells that it covers.

    Returns the first cell of each that covers others, by those; texts are not taken from a range
    that lies beyond all cells with content.
    """
    width = len(rows[0]) if rows else 0
    # Ranges with content, cut to the sheet; they may lie upon each other, each as large as it.
    spans = [
        (range(top, min(bottom + 1, len(rows))), range(left, min(right + 1, width)))
        for (top, left), (bottom, right) in merged
        if top < len(rows) and left < width
    ]
    sizes = [len(down) * len(across) for down, across in spans]
    texts = [rows[down[0]][across[0]] for down, across in spans]
    check_size(sum(sizes), 1, file=file, sheet=sheet)
    length = sum(size * len(text) for size, text in zip(sizes, texts, strict=True))
    check_inflated(length, file=file, sheet=sheet)
    first: dict[Cell, Cell] = {}
    for (down, across), text in zip(spans, texts, strict=True):
        for row in down:
            for at in across:
                rows[row][at] = text
                first[row, at] = (down[0], across[0])
        del first[down[0], across[0]]
    return first


def _check_kind(path: Path, sheet: str, file: str) -> dict[str, SheetMarks]:
    """Look at what a workbook is: a zip of XML, an old binary one, or something else."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(b"PK\x03\x04"):
        check_archive(path, file=file, workbook=True)
        try:
            marks = sheet_marks(path, file=file)
        except InputError:  # a ValueError too
            raise
        except ValueError as error:
            raise refuse("workbook", file=file, error=str(error)[:200]) from error
        for name, own in marks.items():
            # Of the sheet that is asked for; of all where none is.
            if sheet in ("", name):
                check_size(own.rows, own.columns, file=file, sheet=name)
                check_inflated(own.text, file=file, sheet=name)
        return marks
    if head.startswith(_OLE):
        # A protected .xlsx is an old container with one encrypted stream of this name.
        data = path.read_bytes()
        if _ENCRYPTED in data:
            raise refuse("password", file=file)
        try:
            return old_sheet_marks(data)
        except ValueError as error:
            raise refuse("workbook", file=file, error=sentence(_DAMAGED)) from error
    if _MARKUP.match(head):
        raise refuse("not-a-workbook:markup", file=file)
    raise refuse("not-a-workbook", file=file)
