"""``plan.xlsx``: the tables that a bureau works with, under a cover that says what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from layout.core.text import tr
from layout.output.lists.cover import Formats, mark, write_cover
from layout.output.lists.frames import decimals, tables
from layout.output.lists.sheets import Sheet, plain_sheet, sheets
from layout.output.maps.embed import clean
from layout.output.xlsx import CELL_LIMIT, columns_of, write_text
from layout.planning.contract import PlanTables

__all__ = ["write_tables", "write_workbook"]

# A fixed time of creation: equal plans give equal bytes.
_FIXED_TIME = datetime(2021, 9, 1)
# Number formats by kind of column.
_FORMATS = {
    "int": "#,##0",
    "year": "0",
    "minutes": "#,##0.0",
    "share": "0.00%",
    "degrees": "0.000000",
}
# Widest column in characters; points of a line of text, and of the highest row.
_WIDE = 60
_LINE_POINTS = 15.0
_MOST_POINTS = 400


def write_workbook(
    plan: PlanTables, path: str | Path, *, frames: Mapping[str, pd.DataFrame] | None = None
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
    frames
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
    pages = sheets(plan, tables(plan) if frames is None else frames)
    # The cover comes first, but needs to know how many texts are cut on the others.
    with _book(plan, path) as (book, formats):
        write_cover(
            book.add_worksheet(tr("Cover")),
            plan,
            formats,
            cut=sum(_too_long(sheet.frame) for sheet in pages),
        )
        for sheet in pages:
            _table(book, sheet, plan, formats)
    return Path(path)


def write_tables(plan: PlanTables, path: str | Path, shown: Mapping[str, pd.DataFrame]) -> Path:
    """Write some tables of a plan, a sheet each, under headings in the language of this context.

    Parameters
    ----------
    plan
        The plan, for its title and marks.
    path
        The file.
    shown
        Tables by name.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with _book(plan, path) as (book, formats):
        for name, table in shown.items():
            _table(book, plain_sheet(name, table), plan, formats)
    return Path(path)


@contextmanager
def _book(plan: PlanTables, path: str | Path) -> Iterator[tuple[xlsxwriter.Workbook, Formats]]:
    """Give an empty workbook, and close it."""
    # Texts stay texts: nothing typed by a user becomes a formula, a link or a number.
    book = xlsxwriter.Workbook(
        str(path),
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
    yield book, _formats(book)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


def _formats(book: xlsxwriter.Workbook) -> Formats:
    # A font that every Windows with Chinese has.
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
    head = {**base, "bold": True, "text_wrap": True, "bg_color": "#123C69", "font_color": "#FFFFFF"}
    formats: Formats = {
        "text": book.add_format({**base, "num_format": "@"}),
        "wrap": book.add_format({**base, "num_format": "@", "text_wrap": True}),
        "head": book.add_format({**head, "border": 1, "valign": "vcenter"}),
        "title": book.add_format({**base, "bold": True, "font_size": 18, "valign": "vcenter"}),
        "mark": book.add_format(
            {**base, "bold": True, "font_size": 12, "bg_color": "#FFD166", "valign": "vcenter"}
        ),
        "bold": book.add_format({**base, "bold": True}),
        "indent": book.add_format({**base, "num_format": "@", "indent": 1}),
    }
    for kind, pattern in _FORMATS.items():
        formats[kind] = book.add_format({**base, "num_format": pattern})
    return formats


def _too_long(frame: pd.DataFrame) -> int:
    # Only columns that are written as text can be too long.
    texts = [frame[name] for name in frame if _kind(frame[name]) == "text"]
    return sum(len(str(value)) > CELL_LIMIT for column in texts for value in column)


def _table(book: xlsxwriter.Workbook, sheet: Sheet, plan: PlanTables, formats: Formats) -> None:
    page = book.add_worksheet(sheet.name)
    # Lines of text that each row needs, by row: heights are set once all columns are written.
    lines: dict[int, int] = {}
    for column, name in enumerate(sheet.frame.columns):
        _column(page, column, sheet.titles[name], sheet.frame[name], formats, lines)
    for row in sorted(lines):
        page.set_row(row, min(_MOST_POINTS, _LINE_POINTS * lines[row]))
    _paper(page, sheet, plan)


def _column(
    page: Any, column: int, title: str, values: pd.Series, formats: Formats, lines: dict[int, int]
) -> None:
    """Write one column, and note in ``lines`` how many lines of text its rows need."""
    # Long texts are wrapped; the row gets as many lines as they need.
    kind, width = _kind(values), _width(title, values)
    wrapped = kind == "text" and width >= _WIDE
    style = formats["wrap"] if wrapped else formats[kind]
    page.set_column(column, column, width)
    write_text(page, 0, column, title, formats["head"])
    lines[0] = max(lines.get(0, 1), _lines(title, width - 3))
    for row, value in enumerate(values, start=1):
        if kind == "text":
            text = str(value)[:CELL_LIMIT]
            page.write_string(row, column, text, style)
            if wrapped and (needed := _lines(text, width)) > 1:
                lines[row] = max(lines.get(row, 1), needed)
        elif not pd.isna(value):
            page.write_number(row, column, float(value), style)


def _lines(text: str, width: float) -> int:
    lengths = (columns_of(line, most=CELL_LIMIT) for line in text.split("\n"))
    return sum(1 + int(length // max(1, width - 2)) for length in lengths)


def _paper(page: Any, sheet: Sheet, plan: PlanTables) -> None:
    page.freeze_panes(1, min(sheet.frozen, len(sheet.frame.columns)))
    # At least one row below the headings, also for an empty table.
    page.autofilter(0, 0, max(1, len(sheet.frame)), len(sheet.frame.columns) - 1)
    page.set_landscape()
    # Paper 8 is A3; one page wide, as many as needed long, headings on each.
    page.set_paper(8)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_header("&C" + mark(plan).replace("&", "&&"))
    page.set_footer("&C&P / &N")


def _kind(values: pd.Series) -> str:
    name = str(values.name)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "text"
    if name in {"lon", "lat"}:
        return "degrees"
    if "share" in name or name.startswith("coverage"):
        return "share"
    if name in {"year", "until"}:
        return "year"
    return "minutes" if decimals(name) == 1 else "int"


def _width(title: str, values: pd.Series) -> float:
    # The first 500 rows are enough for the width.
    longest = max((columns_of(str(value)) for value in values.head(500)), default=0)
    return min(_WIDE, max(8, longest + 2, min(16, columns_of(title) / 2 + 3)))
