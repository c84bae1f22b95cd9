"""An empty workbook for a bureau to fill in: the columns, what they mean, and drop-downs.

The sheets of tables begin with the plain names of columns, so that a filled workbook is read as it
is; explanations stand on a sheet of their own and beside each cell that is clicked.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from layout.app.newstudy.template_words import explained
from layout.core.errors import UsageError
from layout.core.files import file_place, refusals_told, whole_file
from layout.core.text import Language, tr, using
from layout.core.text import language as current_language
from layout.core.text.words import school_types
from layout.inputs.tables import ATTENDANCE, SCHOOLS, SETTLEMENTS, Column, Table

__all__ = ["TEMPLATE_NAME", "write_template"]

TEMPLATE_NAME = "template.xlsx"

ROWS = 20_000
"""Rows that have drop-downs; more may be filled in without."""

_FIXED_TIME = datetime(2021, 9, 1)
_TEXT_KINDS = ("id", "text", "choice", "bool")
_INPUT_TITLE, _INPUT_TEXT = 32, 255
"""What the format allows for the words beside a cell."""


def write_template(path: str | Path, *, language: Language | None = None) -> Path:
    """Write an empty workbook with a sheet for each table that a bureau fills in.

    Parameters
    ----------
    path
        The file to make (``.xlsx``), or a folder, in which it is called ``template.xlsx``. A file
        that exists is never written over.
    language
        Language of the explanations and of yes and no; by default the one in which this package
        speaks at the moment.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        If the file exists.
    InputError
        If it cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        target = target / TEMPLATE_NAME
    file_place(target)
    if target.exists():
        raise UsageError(tr("The file {file} exists; name a new one.", file=target))
    with (
        using(language or current_language()),
        refusals_told(target),
        whole_file(target) as partial,
    ):
        content = io.BytesIO()
        book = xlsxwriter.Workbook(
            content, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        )
        book.set_properties({"title": tr("Tables of a study"), "created": _FIXED_TIME})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1}),
            "needed": book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1}),
            "text": book.add_format({"num_format": "@"}),
            "number": book.add_format({"num_format": "General"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
        }
        for table in (SCHOOLS, SETTLEMENTS, ATTENDANCE):
            _write_table(book.add_worksheet(table.name), table, formats)
        _write_guide(book.add_worksheet(tr("Guide")), formats)
        book.close()
        partial.write_bytes(content.getvalue())
    return target


def _write_table(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    for at, column in enumerate(table.columns):
        head = "needed" if _needed(column) else "head"
        sheet.write_string(0, at, column.name, formats[head])
        kind = "text" if column.kind in _TEXT_KINDS else "number"
        sheet.set_column(at, at, max(9, len(column.name) + 2), formats[kind])
        sheet.data_validation(1, at, ROWS, at, _rule(column))
    sheet.freeze_panes(1, 2)


def _needed(column: Column) -> bool:
    return column.required and column.default is None


def _choices(column: Column) -> list[str]:
    if column.kind == "bool":
        return [tr("yes"), tr("no")]
    return [choice for choice in column.choices if choice]


def _rule(column: Column) -> dict[str, Any]:
    """What a cell of a column may hold, for the program that fills it in."""
    rule: dict[str, Any] = {
        "input_title": column.name[:_INPUT_TITLE],
        "input_message": explained(column.name)[:_INPUT_TEXT],
        "error_title": tr("Please check"),
        "error_message": _allowed(column)[:_INPUT_TEXT],
        "ignore_blank": True,
    }
    low = column.minimum if column.minimum is not None else -1e9
    high = column.maximum if column.maximum is not None else 1e9
    if column.kind in ("choice", "bool"):
        # Codes are text here, which a program may take for numbers: so a hint, no wall.
        return rule | {"validate": "list", "source": _choices(column), "error_type": "warning"}
    if column.kind == "int":
        return rule | {
            "validate": "integer",
            "criteria": "between",
            "minimum": int(low),
            "maximum": int(high),
        }
    if column.kind == "float":
        # Eastings and northings are allowed where degrees are usual.
        kind = "warning" if column.name in ("lon", "lat") else "stop"
        return rule | {
            "validate": "decimal",
            "criteria": "between",
            "minimum": low,
            "maximum": high,
            "error_type": kind,
        }
    return rule | {"validate": "any"}


def _allowed(column: Column) -> str:
    if column.kind in ("choice", "bool"):
        return ", ".join(_choices(column))
    if column.kind == "int":
        return tr("a whole number, 0 or more")
    if column.kind == "float":
        if column.maximum is None:
            return tr("a number, {low} or more", low=f"{column.minimum or 0:g}")
        return tr(
            "a number from {low} to {high}",
            low=f"{column.minimum or 0:g}",
            high=f"{column.maximum:g}",
        )
    if column.kind == "id":
        return tr("letters, digits, points and dashes, without spaces")
    return tr("text")


def _write_guide(sheet: Any, formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 4, 50, formats["wrap"])
    sheet.write_string(0, 0, tr("How to fill in these tables"), formats["title"])
    lines = (
        tr("Columns with an orange head must be filled in; in the others a blank has a meaning."),
        tr("Keep the names of the columns in the first row. Their order does not matter."),
        tr("Identifiers are text: set the cells to text before pasting, or digits are lost."),
        tr("attendance may stay empty: leave it out of the study file and it is inferred."),
        tr("Grades: k1–k3 kindergarten, g1–g6 primary, g7–g9 junior, g10–g12 senior."),
        tr("Name the sheets in the study file under [inputs], as in these lines:"),
        'schools = "template.xlsx|schools"',
        'settlements = "template.xlsx|settlements"',
        'attendance = "template.xlsx|attendance"',
    )
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line)
    row = len(lines) + 2
    titles = (tr("table"), tr("column"), tr("meaning"), tr("allowed"), tr("blank means"))
    for at, title in enumerate(titles):
        sheet.write_string(row, at, title, formats["head"])
    for table in (SCHOOLS, SETTLEMENTS, ATTENDANCE):
        for column in table.columns:
            row += 1
            blank = tr("not allowed") if _needed(column) else column.default or "–"
            cells = (table.name, column.name, explained(column.name), _allowed(column), blank)
            for at, cell in enumerate(cells):
                sheet.write_string(row, at, cell)
    row += 2
    sheet.write_string(row, 0, tr("Codes of type_code"), formats["title"])
    for code, name in school_types().items():
        row += 1
        sheet.write_string(row, 0, {"36": "361–366", "5": "510–519"}.get(code, code))
        sheet.write_string(row, 1, name)
