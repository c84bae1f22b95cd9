"""One sheet of a workbook: columns that fit, and paper that a person would print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from layout.core.text import tr
from layout.output.lists.frames import decimals
from layout.output.lists.wording import Sheet
from layout.output.maps.embed import clean
from layout.output.xlsx import CELL_LIMIT, columns_of, lines_of, write_text

__all__ = ["PRINTED_ROWS", "Formats", "formats_of", "kind_of", "on_paper", "write_sheet"]

Formats = dict[str, Any]
NUMBERS = {
    "int": "#,##0_ ",
    "year": "0_ ",
    "minutes": "#,##0.0_ ",
    "number": "#,##0.0_ ",
    "share": "0.00%_ ",
    "degrees": "0.000000_ ",
}
"""Number formats by kind of column; a space keeps them off the text beside."""

PRINTED_ROWS = 40
"""How many rows of a sheet with very many are printed: a page."""
_MANY_ROWS = 400
# Columns in narrow letters: those of texts that are one line, and of sentences.
_ONE_LINE, _SENTENCE, _SLIM = 26, 42, 7
_MEASURED_ROWS = 2000
# Points of a line of text, and of the highest row.
_LINE_POINTS, _MOST_POINTS = 16.0, 400
# Narrow letters across a page at its full size; wider sheets go onto A3.
_A4_LETTERS = 175
_A4, _A3 = 9, 8


def write_sheet(page: Any, sheet: Sheet, formats: Formats, *, header: str) -> None:
    """Fill an empty sheet.

    Parameters
    ----------
    page, sheet
        The sheet of the workbook, and what goes onto it.
    formats
        The formats of the workbook by name.
    header
        What every printed page is marked with.
    """
    # Lines of text that each row needs, by row: heights are set once all columns are written.
    lines: dict[int, int] = {}
    letters = 0.0
    for column, name in enumerate(sheet.frame.columns):
        title = sheet.titles.get(str(name), str(name))
        letters += _column(page, column, title, sheet.frame[name], formats, lines)
    for row in sorted(lines):
        page.set_row(row, min(_MOST_POINTS, _LINE_POINTS * lines[row] + 2))
    last = len(sheet.frame), max(0, len(sheet.frame.columns) - 1)
    _mark_changes(page, sheet, formats)
    page.freeze_panes(1, min(sheet.frozen, len(sheet.frame.columns)))
    # At least one row below the headings, also for an empty table.
    page.autofilter(0, 0, max(1, last[0]), last[1])
    page.ignore_errors(
        {"number_stored_as_text": f"A1:{xl_rowcol_to_cell(max(1, last[0]), last[1])}"}
    )
    page.repeat_rows(0)
    rows = len(sheet.frame)
    if rows > _MANY_ROWS:
        page.print_area(0, 0, PRINTED_ROWS, last[1])
        note = tr(
            "printed: the first {count} of {rows:row|rows}", count=PRINTED_ROWS, rows=f"{rows:,}"
        )
        header = f"{header} · {note}"
    on_paper(page, sheet.name, header, wide=letters > _A4_LETTERS)


def on_paper(page: Any, name: str, header: str, *, wide: bool = False) -> None:
    """Set up paper: landscape, a page wide, name and mark above, pages counted below."""
    page.set_landscape()
    page.set_paper(_A3 if wide else _A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.6)
    page.set_header("&L&B" + _kept(name) + "&B&C" + _kept(header)[:200])
    page.set_footer("&C&P / &N")


def _kept(text: str) -> str:
    """A text of a header in which no sign starts a command."""
    return clean(text).replace("&", "&&")


def _mark_changes(page: Any, sheet: Sheet, formats: Formats) -> None:
    """Colour the cells that differ from the autumn before."""
    place = {str(name): at for at, name in enumerate(sheet.frame.columns)}
    for name, before in sheet.changed.items():
        at, was = place[name], place[before]
        differs = f"={xl_rowcol_to_cell(1, at)}<>{xl_rowcol_to_cell(1, was)}"
        rule = {"type": "formula", "criteria": differs, "format": formats["changed"]}
        page.conditional_format(1, at, max(1, len(sheet.frame)), at, rule)


def _column(
    page: Any, column: int, title: str, values: pd.Series, formats: Formats, lines: dict[int, int]
) -> float:
    """Write one column, note how many lines of text its rows need, and return its width."""
    kind = kind_of(values)
    longest = max((columns_of(str(value)) for value in values.head(_MEASURED_ROWS)), default=0)
    width = _width(title, kind, longest)
    # Long texts are wrapped; the row gets as many lines as they need.
    wrapped = kind == "text" and longest > width - 2
    style = formats["wrap"] if wrapped else formats[kind]
    page.set_column(column, column, width)
    write_text(page, 0, column, title, formats["head"])
    # A button of the filter takes some room.
    lines[0] = max(lines.get(0, 1), lines_of(title, width - 1))
    for row, value in enumerate(values, start=1):
        if kind == "text":
            text = str(value)[:CELL_LIMIT]
            page.write_string(row, column, text, style)
            if wrapped and (needed := lines_of(text, width)) > 1:
                lines[row] = max(lines.get(row, 1), needed)
        elif pd.isna(value):
            page.write_blank(row, column, None, style)
        else:
            page.write_number(row, column, float(value), style)
    return width


def _width(title: str, kind: str, longest: int) -> float:
    """Width in narrow letters: of the cells, and of a heading in three lines."""
    heading = min(14.0, columns_of(title) / 3 + 3)
    if kind != "text":
        return max(_SLIM, heading, min(14, longest + 2))
    if longest < 2 * _ONE_LINE:
        return max(_SLIM, heading, min(_ONE_LINE, longest + 2))
    return _SENTENCE


def kind_of(values: pd.Series) -> str:
    """Return the kind of a column: text, or one of `NUMBERS`."""
    name = str(values.name)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "text"
    if name.startswith(("lon", "lat")):
        return "degrees"
    if "share" in name or name.startswith("coverage"):
        return "share"
    if name in {"year", "until"} or name.endswith("_year"):
        return "year"
    if pd.api.types.is_integer_dtype(values):
        return "int"
    return {0: "int", 1: "minutes"}.get(decimals(name), "number")


def formats_of(book: Any) -> Formats:
    """Add the formats of a workbook, by name."""
    # A font that every Windows with Chinese has; thin lines, as on paper.
    base: Mapping[str, Any] = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
    cell = {**base, "border": 1, "border_color": "#C5CDD6"}
    head = {**cell, "bold": True, "text_wrap": True, "bg_color": "#123C69", "font_color": "#FFFFFF"}
    formats: Formats = {
        "text": book.add_format({**cell, "num_format": "@"}),
        "wrap": book.add_format({**cell, "num_format": "@", "text_wrap": True}),
        "head": book.add_format({**head, "valign": "vcenter"}),
        "changed": book.add_format({"bg_color": "#FFE9A8"}),
        "title": book.add_format({**base, "bold": True, "font_size": 18, "valign": "vcenter"}),
        "mark": book.add_format(
            {**base, "bold": True, "font_size": 12, "bg_color": "#FFD166", "valign": "vcenter"}
        ),
        "bold": book.add_format({**base, "bold": True}),
        "indent": book.add_format({**base, "num_format": "@", "indent": 1}),
        "plain": book.add_format({**base, "num_format": "@", "text_wrap": True}),
    }
    for kind, pattern in NUMBERS.items():
        formats[kind] = book.add_format({**cell, "num_format": pattern})
    return formats
