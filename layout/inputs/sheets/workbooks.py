"""Workbooks (.xlsx, .xls, .ods): checked before they are opened, then read as text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from layout.core.problems import problem, refuse
from layout.core.text import marked, sentence
from layout.inputs.safety.archive import check_archive
from layout.inputs.safety.biff import old_sheet_marks
from layout.inputs.safety.extent import SheetMarks, sheet_marks
from layout.inputs.tables.reading import MAX_COLUMNS, MAX_ROWS, Sheet

__all__ = ["WORKBOOK_SUFFIXES", "read_workbook"]

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
MAX_CELLS = 30_000_000
SECONDS, SECONDS_PER_MB = 20.0, 2.0
"""How long the reading of a workbook may take, and more for each megabyte."""

_DAMAGED = marked("its inner structure is damaged")
_CHILD = Path(__file__).with_name("calamine_child.py")

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
    _check_extent(answer["height"], answer["width"], file, chosen)
    rows, merged = answer["rows"], answer["merged"]
    own = marks.get(chosen, SheetMarks())
    # Errors read as blank; they stay what they are.
    for (row, column), text in own.errors.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    for (top, left), (bottom, right) in merged or []:
        _fill(rows, top, left, bottom, right)
    others = ", ".join(name for name in answer["visible"] if name != chosen)
    notes = []
    if others and not sheet:
        notes.append(problem("other-sheets", file=file, sheet=chosen, value=others))
    return Sheet(
        rows=rows,
        sheet=chosen,
        spread=merged is None,
        notes=tuple(notes),
        uncalculated=frozenset(own.uncalculated),
        shown=own.shown,
    )


def _by_child(path: Path, sheet: str, file: str) -> dict[str, Any]:
    """Read in a process of its own, which may crash or be ended without harm to this one."""
    seconds = SECONDS + SECONDS_PER_MB * path.stat().st_size / 1e6
    # -I: neither the user's environment nor the current folder can change what is imported.
    call = [sys.executable, "-I", str(_CHILD), str(path), sheet, str(MAX_CELLS)]
    try:
        done = subprocess.run(call, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise refuse(
            "workbook", file=file, error=sentence("reading it does not come to an end")
        ) from error
    if done.returncode != 0:
        raise refuse("workbook", file=file, error=sentence(_DAMAGED))
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise refuse("workbook", file=file, error=answer["error"])
    return answer


def _fill(rows: list[list[str]], top: int, left: int, bottom: int, right: int) -> None:
    """Write the text of a merged cell into all cells that it covers."""
    # A merged range may lie beyond all cells with content.
    if top >= len(rows) or left >= len(rows[top]):
        return
    text = rows[top][left]
    for row in rows[top : bottom + 1]:
        for at in range(left, min(right + 1, len(row))):
            row[at] = text


def _check_kind(path: Path, sheet: str, file: str) -> dict[str, SheetMarks]:
    """Look at what a workbook is: a zip of XML, an old binary one, or something else."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(b"PK\x03\x04"):
        check_archive(path, file=file, workbook=True)
        try:
            marks = sheet_marks(path)
        except ValueError as error:
            raise refuse("workbook", file=file, error=str(error)[:200]) from error
        for name, own in marks.items():
            # Of the sheet that is asked for; of all where none is.
            if sheet in ("", name):
                _check_extent(own.rows, own.columns, file, name)
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


def _check_extent(rows: int, columns: int, file: str, sheet: str) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS * 10 or rows * columns > MAX_CELLS:
        raise refuse("too-large", file=file, sheet=sheet, rows=rows, count=columns)
