"""Tables in CSV and XLSX files, read as text so that identifiers stay what they are."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from layout.errors import InputError, Problem
from layout.readers.safe import Source
from layout.text import tr

__all__ = ["SHEET_SUFFIXES", "read_sheet"]

SHEET_SUFFIXES = (".csv", ".xlsx")
ENCODINGS = ("utf-8-sig", "gb18030")
MAX_INFLATED = 300_000_000
MAX_RATIO = 200
RATIO_FROM = 20_000_000
"""Small sheets may well shrink to a hundredth; a bomb shows by ratio and size together."""
EXACT_INTEGER = 10**15


def read_sheet(source: Source, *, file: str) -> pd.DataFrame:
    """Read a table whose first row names the columns.

    Parameters
    ----------
    source
        A ``.csv`` file in UTF-8 (with or without byte order mark) or GB18030, or an ``.xlsx``
        workbook with the name of a sheet.
    file
        Name of the file, for the problems.

    Returns
    -------
    DataFrame
        All cells as text, blanks as empty text; the index is the row as counted in the file,
        the header being row 1. Rows without any content are left out.

    Raises
    ------
    InputError
        If the file cannot be read as such a table, or holds no rows.
    """
    path, sheet = source
    rows = _csv_rows(path, file) if path.suffix.lower() == ".csv" else _xlsx_rows(path, sheet, file)
    return _frame(rows, file)


def _refuse(
    file: str, code: str, reason: str, remedy: str, *, row: int | None = None
) -> InputError:
    shown = None if row is None else str(row)
    return InputError(Problem(code=code, file=file, row=shown, reason=reason, remedy=remedy))


def _csv_rows(path: Path, file: str) -> list[list[str]]:
    text = _decoded(path.read_bytes(), file)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        raise _refuse(
            file,
            "csv",
            tr("The file cannot be split into rows and columns: {error}.", error=error),
            tr("Save it again as CSV with commas, quotation marks doubled within cells."),
            row=reader.line_num,
        ) from error


def _decoded(data: bytes, file: str) -> str:
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refuse(
        file,
        "encoding",
        tr("The text is neither UTF-8 nor GB18030."),
        tr("Save the file again as “CSV UTF-8”."),
    )


def _xlsx_rows(path: Path, sheet: str, file: str) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    _check_zip(path, file)
    try:
        with CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
            if sheet and sheet not in names:
                raise _refuse(
                    file,
                    "missing-sheet",
                    tr("The workbook has no sheet “{sheet}”.", sheet=sheet),
                    tr("Use one of: {choices}.", choices=", ".join(names)),
                )
            cells = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise _refuse(
            file,
            "xlsx",
            tr("The workbook cannot be opened: {error}.", error=error),
            tr("Save it again as .xlsx, without a password."),
        ) from error
    return [[_cell(value) for value in row] for row in cells]


def _check_zip(path: Path, file: str) -> None:
    """Refuse what is no workbook, and workbooks that would inflate beyond all reason."""
    if not zipfile.is_zipfile(path):
        raise _refuse(
            file,
            "xlsx",
            tr("This is not an .xlsx workbook; it may have a password or be of an older kind."),
            tr("Save it again as .xlsx, without a password."),
        )
    with zipfile.ZipFile(path) as archive:
        inflated = sum(member.file_size for member in archive.infolist())
        packed = max(1, sum(member.compress_size for member in archive.infolist()))
    if inflated > MAX_INFLATED or (inflated > RATIO_FROM and inflated > MAX_RATIO * packed):
        raise _refuse(
            file,
            "inflates",
            tr("The workbook would inflate to {megabytes} MB.", megabytes=inflated // 1_000_000),
            tr("Keep only the table that is needed, and save it as CSV."),
        )


def _cell(value: object) -> str:
    """Return a spreadsheet's cell as the text that a reader of the sheet would expect."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGER:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return "" if value is None else str(value)


def _frame(rows: Sequence[Sequence[str]], file: str) -> pd.DataFrame:
    """Name the columns by the first row; keep the file's own count of rows."""
    header = [name.strip() for name in rows[0]] if rows else []
    while header and not header[-1]:
        header.pop()
    if not header:
        raise _refuse(
            file,
            "empty-table",
            tr("The table is empty."),
            tr("Write the names of the columns in the first row and the data below."),
        )
    _check_header(header, file)
    numbered = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(row)]
    width = len(header)
    problems = [
        problem
        for number, row in numbered
        if len(row) != width and (len(row) < width or any(row[width:]))
        for problem in _wrong_width(file, number, len(row), width).problems
    ]
    if problems:
        raise InputError(*problems)
    if not numbered:
        raise _refuse(
            file,
            "empty-table",
            tr("The table has names of columns but no rows."),
            tr("Write the data below the names of the columns."),
        )
    columns = zip(*(row[:width] for _, row in numbered), strict=True)
    index = pd.Index([number for number, _ in numbered], name="row")
    return pd.DataFrame(dict(zip(header, columns, strict=True)), index=index, dtype="str")


def _wrong_width(file: str, number: int, count: int, width: int) -> InputError:
    return _refuse(
        file,
        "row-width",
        tr("The row has {count} cells, the header {width}.", count=count, width=width),
        tr("Check for missing or surplus commas and quotation marks."),
        row=number,
    )


def _check_header(header: list[str], file: str) -> None:
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise _refuse(
            file,
            "duplicate-column",
            tr("Two columns have the same name: {names}.", names=", ".join(twice)),
            tr("Rename or delete one of them."),
            row=1,
        )
    if "" in header:
        raise _refuse(
            file,
            "unnamed-column",
            tr("Column number {number} has no name.", number=header.index("") + 1),
            tr("Name the column in the first row, or delete it."),
            row=1,
        )
    if len(header) == 1 and any(mark in header[0] for mark in (";", "\t")):
        raise _refuse(
            file,
            "separator",
            tr("The columns are not separated by commas."),
            tr("Save the file again as CSV with commas."),
            row=1,
        )
