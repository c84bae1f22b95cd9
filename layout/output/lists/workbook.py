"""``plan.xlsx``: the tables that a bureau works with, under a cover that says what they are."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from layout.core.text import tr
from layout.output.lists.cover import Source, mark, write_cover
from layout.output.lists.datums import Datum, datum_of
from layout.output.lists.frames import tables
from layout.output.lists.paper import Formats, formats_of, kind_of, write_sheet
from layout.output.lists.sheets import plain_sheet, sheets
from layout.output.maps.embed import clean
from layout.output.xlsx import CELL_LIMIT
from layout.planning.contract import PlanTables

__all__ = ["new_book", "too_long", "write_tables", "write_workbook"]

# A fixed time of creation: equal plans give equal bytes.
_FIXED_TIME = datetime(2021, 9, 1)


def write_workbook(
    plan: PlanTables,
    path: str | Path,
    *,
    frames: Mapping[str, pd.DataFrame] | None = None,
    datum: Datum | None = None,
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
    datum
        What the coordinates of sites are written in; WGS 84 where not given.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    datum = datum or datum_of("wgs84")
    pages = sheets(plan, tables(plan) if frames is None else frames, datum)
    # The cover comes first, but needs to know how many texts are cut on the others.
    with new_book(plan.study, path, datum) as (book, formats):
        write_cover(
            book.add_worksheet(tr("Cover")),
            plan,
            formats,
            pages=pages,
            datum=datum,
            cut=sum(too_long(sheet.frame) for sheet in pages),
        )
        for sheet in pages:
            write_sheet(book.add_worksheet(sheet.name), sheet, formats, header=mark(plan.study))
    return Path(path)


def write_tables(
    plan: PlanTables, path: str | Path, shown: Mapping[str, pd.DataFrame], *, datum: Datum
) -> Path:
    """Write some tables of a plan, a sheet each, under headings in the language of this context.

    Parameters
    ----------
    plan
        The plan, for its title and marks.
    path
        The file.
    shown
        Tables by name.
    datum
        What their coordinates are in.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with new_book(plan.study, path, datum) as (book, formats):
        for name, table in shown.items():
            sheet = plain_sheet(name, table, datum)
            write_sheet(book.add_worksheet(sheet.name), sheet, formats, header=mark(plan.study))
    return Path(path)


@contextmanager
def new_book(
    source: Source, path: str | Path, datum: Datum
) -> Iterator[tuple[xlsxwriter.Workbook, Formats]]:
    """Give an empty workbook whose texts stay texts and its formats; write it when it is filled."""
    # Texts stay texts: nothing typed by a user becomes a formula, a link or a number.
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content,
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "in_memory": True,
        },
    )
    book.set_properties(
        {
            "title": clean(source.name)[:255],
            "created": _FIXED_TIME,
            "author": "layout",
            "comments": f"{mark(source)} · {tr('Datum: {datum}', datum=datum.label())}",
        }
    )
    yield book, formats_of(book)
    book.close()
    Path(path).write_bytes(content.getvalue())


def too_long(frame: pd.DataFrame) -> int:
    """Return how many texts of a sheet are longer than a cell."""
    # Only columns that are written as text can be too long.
    texts = [frame[name] for name in frame if kind_of(frame[name]) == "text"]
    return sum(len(str(value)) > CELL_LIMIT for column in texts for value in column)
