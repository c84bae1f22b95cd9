"""The data report as a workbook: all problems, and the tables to mend and hand back."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import xlsxwriter

from layout.app.datareport.listing import (
    problem_cells,
    problem_titles,
    understood,
    understood_titles,
)
from layout.core.errors import Problem
from layout.core.text import tr
from layout.inputs.study.study import Examination
from layout.inputs.tables import Reading
from layout.output.xlsx import columns_of, write_text

__all__ = ["workbook"]

_FIXED_TIME = datetime(2021, 9, 1)
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", "num_format": "@"}
_COLOURS = {"error": "#F4B6BE", "warning": "#FFE8A3", "note": "#DFE7EF"}
_WIDEST = 60
_MOST_REMARKS = 2_000


def workbook(held: Examination, places: Sequence[tuple[str, ...]] = ()) -> bytes:
    """Write the data report as a workbook, in the language of this context.

    The first sheet lists the problems, the second the columns, the third how far each place is
    from a road where the roads were read. Then each table that has a problem follows in
    full on a sheet of its own name, wrong cells coloured and commented; once it is corrected there,
    the study file can name that sheet in place of the first file.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.
    places
        As `layout.app.datareport.roads.RoadReport` has them.

    Returns
    -------
    bytes
        An ``.xlsx`` file in which every cell is text, the same for the same problems.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        },
    )
    book.set_properties({"title": tr("Data report"), "created": _FIXED_TIME, "author": "layout"})
    styles: dict[str, Any] = {
        "head": book.add_format(
            {**_FONT, "bold": True, "bg_color": "#123C69", "font_color": "#FFFFFF"}
        ),
        "text": book.add_format(_FONT),
        **{name: book.add_format({**_FONT, "bg_color": tint}) for name, tint in _COLOURS.items()},
    }
    _list(
        book.add_worksheet(tr("Problems")),
        problem_titles(),
        [problem_cells(problem) for problem in held.problems],
        styles,
        [problem.severity for problem in held.problems],
    )
    _list(book.add_worksheet(tr("Columns")), understood_titles(), understood(held), styles, [])
    if places:
        heads = (tr("Table"), tr("Identifier"), tr("Name"), tr("Metres to the road"))
        _list(book.add_worksheet(tr("Roads")), heads, places, styles, [])
    for reading in held.readings:
        to_mend = [p for p in held.problems if p.severity != "note" and _is_of(p, reading)]
        if to_mend and reading.table in held.tables:
            page = book.add_worksheet(reading.table)
            _mendable(page, held.tables[reading.table], reading, to_mend, styles)
    book.close()
    return buffer.getvalue()


def _list(
    page: Any,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Mapping[str, Any],
    severities: Sequence[str],
) -> None:
    for column, title in enumerate(titles):
        write_text(page, 0, column, title, styles["head"])
        # Wide enough for the first rows, in columns of Latin letters (a Chinese one takes two).
        longest = max((columns_of(row[column]) for row in rows[:500]), default=0)
        page.set_column(column, column, min(_WIDEST, max(8, longest + 2, columns_of(title) + 2)))
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            first = column == 0 and bool(severities)
            write_text(page, at + 1, column, text, styles[severities[at] if first else "text"])
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(1, len(rows)), len(titles) - 1)


def _is_of(problem: Problem, reading: Reading) -> bool:
    """Whether a problem is of this table; one found after reading names its file alone."""
    return problem.table == reading.table if problem.table else problem.file == reading.file


def _mendable(
    page: Any,
    table: pd.DataFrame,
    reading: Reading,
    problems: Sequence[Problem],
    styles: Mapping[str, Any],
) -> None:
    """Write a table under the headers of its file, its problems beside the rows they are of."""
    headers = reading.headers()
    names = [str(name) for name in table.columns]
    # Column by name, line by row of the input; then problems by line, and the first by cell.
    place = {name: at for at, name in enumerate(names)}
    line = {str(row): at for at, row in enumerate(table.index, start=1)}
    key = f"{reading.table.removesuffix('s')}_id"
    labels = table[key].str.strip().tolist() if key in names else []
    line_of_label = {label: at for at, label in enumerate(labels, start=1)}
    said: dict[int, list[Problem]] = {}
    wrong: dict[tuple[int, int], Problem] = {}
    for problem in problems:
        at = line.get(problem.row or "") or line_of_label.get(problem.label)
        if at is None:
            continue
        said.setdefault(at, []).append(problem)
        for name in (problem.column, *problem.columns):
            if name in place:
                wrong.setdefault((at, place[name]), problem)
    for column, name in enumerate(names):
        write_text(page, 0, column, headers.get(name, name), styles["head"])
        for at, text in enumerate(table[name].tolist(), start=1):
            first_problem = wrong.get((at, column))
            write_text(
                page, at, column, text, styles[first_problem.severity if first_problem else "text"]
            )
    write_text(page, 0, len(names), tr("Row in the file"), styles["head"])
    write_text(page, 0, len(names) + 1, tr("What is wrong"), styles["head"])
    for row, at in line.items():
        write_text(page, at, len(names), row, styles["text"])
    for at, of_row in said.items():
        text = "\n".join(f"{p.shown_column}: {p.reason} {p.remedy}" for p in of_row)
        write_text(page, at, len(names) + 1, text, styles[of_row[0].severity])
    # Remarks are drawn shapes, which slow a workbook down: only the first get one.
    for (at, column), problem in list(wrong.items())[:_MOST_REMARKS]:
        page.write_comment(at, column, f"{problem.reason}\n{problem.remedy}", {"author": "layout"})
    page.set_column(0, len(names), 14)
    page.set_column(len(names) + 1, len(names) + 1, _WIDEST)
    page.freeze_panes(1, 2)
