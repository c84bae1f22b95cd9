"""The cover of the workbook: what it is, what was asked and reached, what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from layout.core.text import tr
from layout.output.lists.datums import Datum
from layout.output.lists.paper import Formats, on_paper
from layout.output.lists.wording import Sheet
from layout.output.maps import report
from layout.output.xlsx import CELL_LIMIT, columns_of, write_text
from layout.planning.contract import PlanTables

__all__ = ["Source", "across", "contents", "mark", "set_up", "write_cover"]

# Widths of the columns in characters, and the last column that texts run across.
_FIRST, _OTHER, _LAST = 26, 24, 4
# Height of a line of the cover's type, in points.
_LINE_POINTS = 16.5


class Source(Protocol):
    """What a result is of: a study, or many of them."""

    @property
    def name(self) -> str:
        """Its title."""

    @property
    def provenance(self) -> str:
        """``observed`` or ``modelled``."""

    @property
    def data_date(self) -> date:
        """Day that its data hold for."""

    @property
    def credit(self) -> str:
        """Where they come from."""


def mark(source: Source) -> str:
    """Return what every sheet is marked with."""
    internal = tr("Internal working table")
    modelled = source.provenance == "modelled"
    return f"{tr('Modelled data')} · {internal}" if modelled else internal


def write_cover(
    page: Any, plan: PlanTables, formats: Formats, *, pages: Sequence[Sheet], datum: Datum, cut: int
) -> None:
    """Fill the cover.

    Parameters
    ----------
    page
        The empty sheet.
    plan, formats
        The plan, and the formats of the workbook by name.
    pages, datum
        The sheets after it, which it lists, and what their coordinates are in.
    cut
        Number of texts on other sheets that are longer than a cell can hold.
    """
    row = set_up(page, plan.study, formats)
    # Facts, models, findings, one below the other; `row` counts from 0.
    for title, value in [
        *report.report(plan)["facts"],
        [tr("Datum of all coordinates"), datum.label()],
    ]:
        write_text(page, row, 0, title, formats["bold"])
        across(page, row, 1, value, formats["plain"])
        row += 1
    row = _models(page, plan, formats, row + 1)
    row = contents(page, pages, formats, row)
    write_text(page, row, 0, tr("Findings and conflicts"), formats["bold"])
    for note in _notes(plan, cut):
        across(page, row, 1, note, formats["plain"])
        row += 1
    on_paper(page, tr("Cover"), mark(plan.study))


def set_up(page: Any, source: Source, formats: Formats) -> int:
    """Write title and mark onto an empty cover; return the row after them."""
    # Gridlines off on screen as well.
    page.hide_gridlines(2)
    page.set_column(0, 0, _FIRST)
    page.set_column(1, _LAST, _OTHER)
    across(page, 0, 0, source.name, formats["title"], height=34)
    across(page, 1, 0, mark(source), formats["mark"], height=22)
    return 3


def contents(page: Any, pages: Sequence[Sheet], formats: Formats, row: int) -> int:
    """List the sheets with their rows, two beside each other; return the row after them."""
    half = -(-len(pages) // 2)
    for place, sheet in enumerate(pages):
        column, at = 2 * (place // half), row + 1 + place % half
        write_text(page, at, column, sheet.name, formats["text"])
        page.write_number(at, column + 1, len(sheet.frame), formats["int"])
    for column, title in enumerate((tr("Sheet"), tr("Rows")) * 2):
        write_text(page, row, column, title, formats["head"])
    return row + half + 2


def _notes(plan: PlanTables, cut: int) -> list[str]:
    notes = [str(note) for note in plan.notes] or [tr("No conflicts were found.")]
    if cut:
        notes.append(
            tr(
                "{count:text is|texts are} longer than a cell can hold; the CSV files hold all "
                "of it.",
                count=cut,
            )
        )
    return notes


def across(
    page: Any, row: int, first: int, text: str, style: Any, *, height: float | None = None
) -> None:
    """Write a text over all columns from the first, in a row as high as it needs."""
    # A merged cell does not grow with its text: the height is set from its lines.
    page.merge_range(row, first, row, _LAST, "", style)
    write_text(page, row, first, text, style)
    width = _OTHER * (_LAST - max(first, 1) + 1) - 4
    lines = sum(1 + columns_of(line, most=CELL_LIMIT) // width for line in text.split("\n"))
    page.set_row(row, height or min(400, _LINE_POINTS * lines))


def _models(page: Any, plan: PlanTables, formats: Formats, row: int) -> int:
    titles = (tr("Model"), tr("Asked"), tr("Reached"), tr("Proof"))
    for column, title in enumerate(titles):
        write_text(page, row, column, title, formats["head"])
    for run in report.model_rows(plan):
        row += 1
        write_text(page, row, 0, run["model"], formats["text"])
        page.write_number(row, 1, run["requested"], formats["int"])
        page.write_number(row, 2, run["achieved"], formats["int"])
        across(page, row, 3, run["sentence"], formats["wrap"])
    return row + 2
