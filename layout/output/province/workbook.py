"""``province.xlsx``: the lists of all studies, under a cover with their sums."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from layout.core.text import tr
from layout.output.lists.cover import across, contents, mark, set_up
from layout.output.lists.datums import datum_of
from layout.output.lists.explained import fields_sheet
from layout.output.lists.paper import Formats, on_paper, write_sheet
from layout.output.lists.wording import Sheet
from layout.output.lists.workbook import new_book, too_long
from layout.output.province.contents import Province, totals
from layout.output.province.figures import figure_titles, number_text
from layout.output.province.frames import fitting, sheets
from layout.output.xlsx import write_text

__all__ = ["write_book"]


def write_book(province: Province, path: str | Path) -> Path:
    """Write the workbook, in the language of this context; the same results give the same bytes.

    Parameters
    ----------
    province
        The result of all studies.
    path
        The file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    datum = datum_of("wgs84")
    made, told = fitting(sheets(province, datum))
    pages = [*made, fields_sheet(made)]
    with new_book(province, path, datum) as (book, formats):
        _cover(book.add_worksheet(tr("Cover")), province, formats, pages=pages, told=told)
        for sheet in pages:
            write_sheet(book.add_worksheet(sheet.name), sheet, formats, header=mark(province))
    return Path(path)


def _cover(
    page: Any,
    province: Province,
    formats: Formats,
    *,
    pages: Sequence[Sheet],
    told: Sequence[str],
) -> None:
    """Fill the cover: sums, what was proved, the sheets, what a reader has to know."""
    row = set_up(page, province, formats)
    for name, total in totals(province).items():
        write_text(page, row, 0, figure_titles()[name], formats["bold"])
        across(page, row, 1, number_text(total), formats["plain"])
        row += 1
    facts = [
        [tr("Date of the school data"), province.data_date.isoformat()],
        [tr("Datum of all coordinates"), datum_of("wgs84").label()],
        [tr("Sources"), province.credit],
    ]
    for title, value in facts:
        write_text(page, row, 0, title, formats["bold"])
        across(page, row, 1, value, formats["plain"])
        row += 1
    row = contents(page, pages, formats, row + 1)
    write_text(page, row, 0, tr("Findings and conflicts"), formats["bold"])
    for note in _notes(province, pages, told):
        across(page, row, 1, note, formats["plain"])
        row += 1
    on_paper(page, tr("Cover"), mark(province))


def _notes(province: Province, pages: Sequence[Sheet], told: Sequence[str]) -> list[str]:
    notes = [*map(str, province.sharing), *map(str, province.notes), *told]
    notes.append(
        tr(
            "Who goes where is in no sheet: it stands in the folder of each study, in its "
            "assignment.csv and its own workbook."
        )
    )
    if cut := sum(too_long(sheet.frame) for sheet in pages):
        notes.append(
            tr(
                "{count} texts are longer than a cell can hold; the CSV files hold them whole.",
                count=cut,
            )
        )
    return notes
