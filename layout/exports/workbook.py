"""``plan.xlsx``: the tables that a bureau works with, under a cover that says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from layout.exports.frames import tables
from layout.exports.sheets import Sheet, sheets
from layout.maps import report
from layout.maps.embed import clean
from layout.plan import Plan
from layout.text import tr

__all__ = ["CELL_LIMIT", "write_workbook"]

CELL_LIMIT = 32_767
"""The longest text that a cell of a workbook can hold."""
_FIXED_TIME = datetime(2021, 9, 1)
_FORMATS = {
    "int": "#,##0",
    "year": "0",
    "minutes": "#,##0.0",
    "share": "0.00%",
    "degrees": "0.000000",
}
_WIDE = 60
Formats = dict[str, Any]


def write_workbook(
    plan: Plan, path: str | Path, *, held: Mapping[str, pd.DataFrame] | None = None
) -> Path:
    """Write the workbook of a plan, in the language of this context.

    Every text is written as text: no cell becomes a formula or a link. The same plan gives the
    same bytes.

    Parameters
    ----------
    plan
        The plan.
    path
        The file.
    held
        The tables of the plan, where they were already made.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    target = Path(path)
    book = xlsxwriter.Workbook(
        str(target),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "in_memory": True,
        },
    )
    book.set_properties(
        {"title": clean(plan.study.name)[:255], "created": _FIXED_TIME, "author": "layout"}
    )
    formats = _formats(book)
    pages = sheets(plan, tables(plan) if held is None else held)
    _cover(book, plan, formats, cut=sum(_too_long(sheet.frame) for sheet in pages))
    for sheet in pages:
        _table(book, sheet, plan, formats)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error
    return target


def _formats(book: xlsxwriter.Workbook) -> Formats:
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
    head = {**base, "bold": True, "text_wrap": True, "bg_color": "#123C69", "font_color": "#FFFFFF"}
    made: Formats = {
        "text": book.add_format({**base, "num_format": "@"}),
        "wrap": book.add_format({**base, "num_format": "@", "text_wrap": True}),
        "head": book.add_format({**head, "border": 1, "valign": "vcenter"}),
        "title": book.add_format({**base, "bold": True, "font_size": 18}),
        "mark": book.add_format({**base, "bold": True, "font_size": 12, "bg_color": "#FFD166"}),
        "bold": book.add_format({**base, "bold": True}),
    }
    for kind, pattern in _FORMATS.items():
        made[kind] = book.add_format({**base, "num_format": pattern})
    return made


def _mark(plan: Plan) -> str:
    internal = tr("Internal working table")
    return (
        f"{tr('Modelled data')} · {internal}" if plan.study.provenance == "modelled" else internal
    )


def _text(sheet: Any, row: int, column: int, text: object, style: Any) -> None:
    sheet.write_string(row, column, clean(text)[:CELL_LIMIT], style)


def _cover(book: xlsxwriter.Workbook, plan: Plan, formats: Formats, *, cut: int) -> None:
    page = book.add_worksheet(tr("Cover"))
    page.hide_gridlines(2)
    page.set_column(0, 0, 30)
    page.set_column(1, 4, 22)
    _text(page, 0, 0, plan.study.name, formats["title"])
    _text(page, 1, 0, _mark(plan), formats["mark"])
    row = 3
    for title, value in report.report(plan)["facts"]:
        _text(page, row, 0, title, formats["bold"])
        _text(page, row, 1, value, formats["text"])
        row += 1
    row = _cover_models(page, plan, formats, row + 1)
    _text(page, row, 0, tr("Findings and conflicts"), formats["bold"])
    notes = list(plan.notes) or [tr("No conflicts were found.")]
    if cut:
        notes.append(
            tr(
                "{count} texts are longer than a cell can hold; the CSV files hold them whole.",
                count=cut,
            )
        )
    for note in notes:
        page.merge_range(row, 1, row, 4, "", formats["wrap"])
        _text(page, row, 1, note, formats["wrap"])
        page.set_row(row, 15 * min(20, 1 + max(len(note) // 38, note.count("\n"))))
        row += 1
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_paper(9)


def _too_long(frame: pd.DataFrame) -> int:
    texts = [frame[name] for name in frame if _kind(frame[name]) == "text"]
    return sum(len(str(value)) > CELL_LIMIT for column in texts for value in column)


def _cover_models(page: Any, plan: Plan, formats: Formats, row: int) -> int:
    titles = (tr("Model"), tr("Asked"), tr("Reached"), tr("Gap"), tr("Proof"))
    for column, title in enumerate(titles):
        _text(page, row, column, title, formats["head"])
    for run in report.model_rows(plan):
        row += 1
        _text(page, row, 0, run["model"], formats["text"])
        page.write_number(row, 1, run["requested"], formats["int"])
        page.write_number(row, 2, run["achieved"], formats["int"])
        if run["gap"] is not None:
            page.write_number(row, 3, run["gap"], formats["share"])
        _text(page, row, 4, run["status_words"], formats["text"])
    return row + 2


def _table(book: xlsxwriter.Workbook, sheet: Sheet, plan: Plan, formats: Formats) -> None:
    page = book.add_worksheet(sheet.name)
    frame = sheet.frame
    for column, name in enumerate(frame.columns):
        kind, width = _kind(frame[name]), _width(sheet.titles[name], frame[name])
        style = formats["wrap"] if kind == "text" and width >= _WIDE else formats[kind]
        page.set_column(column, column, width)
        _text(page, 0, column, sheet.titles[name], formats["head"])
        for row, value in enumerate(frame[name], start=1):
            if kind == "text":
                page.write_string(row, column, str(value)[:CELL_LIMIT], style)
            elif not pd.isna(value):
                page.write_number(row, column, float(value), style)
    page.set_row(0, 32)
    page.freeze_panes(1, min(sheet.frozen, len(frame.columns)))
    page.autofilter(0, 0, max(1, len(frame)), len(frame.columns) - 1)
    page.set_landscape()
    page.set_paper(8)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_header("&C" + _mark(plan).replace("&", "&&"))
    page.set_footer("&C&P / &N")


def _kind(values: pd.Series) -> str:
    name = str(values.name)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "text"
    if name in {"lon", "lat"}:
        return "degrees"
    if "share" in name or name.startswith("coverage"):
        return "share"
    if name == "year":
        return "year"
    return "minutes" if "minutes" in name or name.endswith("_m") else "int"


def _width(title: str, values: pd.Series) -> float:
    longest = max((_columns(str(value)) for value in values.head(500)), default=0)
    return min(_WIDE, max(8, longest + 2, min(16, _columns(title) / 2 + 3)))


def _columns(text: str) -> int:
    """Return how many narrow letters wide a text is; Chinese ones count twice."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text[:_WIDE])
