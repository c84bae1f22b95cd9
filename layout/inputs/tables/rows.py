"""Which rows of a sheet are data: blanks, sums, notes and repeated headers are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.columns import Table

__all__ = ["data_rows"]

Rows = list[tuple[int, Sequence[str]]]
RowKind = Literal["data", "sums", "footnote", "header"]

_TOTAL = re.compile(
    r"(?:.{0,20}(?:合计|总计|小计|共计)|总数|(?:sub|grand)?total|sum)(?:数)?[:：]?", re.IGNORECASE
)
_GRAND = re.compile(r"(?:合计|总计|共计|总数|(?:grand)?total|sum)(?:数)?[:：]?", re.IGNORECASE)
_FOOTNOTE = re.compile(
    r"(?:注|备注|说明|填表|填报|制表|审核|单位|联系|统计时间|notes?\b).*", re.IGNORECASE | re.DOTALL
)
_WHOLE = re.compile(r"[0-9]{1,12}(?:\.0)?")


def data_rows(
    rows: Sequence[Sequence[str]],
    names: Sequence[str],
    headers: Sequence[str],
    table: Table,
    *,
    first: int,
    file: str,
    strict: bool,
) -> tuple[Rows, list[Problem]]:
    """Keep the rows of data below a header.

    Parameters
    ----------
    rows
        Cells below the header.
    names, headers
        Our names of the columns and those in the file.
    table
        What the table holds; a row of sums has no key of its own.
    first
        Number of the first of `rows` in the file.
    file
        Name of the file, for the problems.
    strict
        Whether a row of another width than the header is an error, as in CSV.

    Returns
    -------
    kept : list of tuple
        Number in the file and cells, as many as there are names.
    problems : list of Problem
        Notes of rows left out, errors of rows with too few or too many cells.
    """
    width = len(names)
    problems: list[Problem] = []
    kept: Rows = []
    sums: Rows = []
    # Columns where words may be, the column of the key, and the header to recognise again.
    texts = _text_places(names, table)
    key = names.index(table.key[0]) if table.key and table.key[0] in names else None
    own = tuple(headers)
    for number, row in enumerate(rows, start=first):
        # Nearly every row is this one: of the right width, with a key that ends in a digit.
        if len(row) == width and key is not None and row[key][-1:].isdigit():
            kept.append((number, row))
            continue
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != width:
            row, wrong = _fitted(row, width, strict)
            if wrong:
                problems.append(
                    problem("row-width", file=file, row=number, count=wrong, width=width)
                )
                continue
        kind = "data" if key is None else _kind_of(row, key, texts, own)
        if kind == "data":
            kept.append((number, row))
            continue
        problems.append(_left_out(kind, row, number, file))
        if kind == "sums":
            sums.append((number, row))
    return kept, problems + _compare(sums, kept, names, texts, table, file)


def _fitted(row: Sequence[str], width: int, strict: bool) -> tuple[Sequence[str], int]:
    """Cut or fill a row to the width of the header; its true width where that loses something."""
    surplus = any(cell.strip() for cell in row[width:])
    if surplus or (strict and len(row) < width):
        return row, len(row)
    return [*row[:width], *([""] * (width - len(row)))], 0


def _text_places(names: Sequence[str], table: Table) -> list[int]:
    """Columns that may hold a word such as 合计."""
    words = {column.name for column in table.columns if column.kind in ("id", "text", "choice")}
    known = {column.name for column in table.columns} | {name for name, _ in table.totals}
    return [at for at, name in enumerate(names) if name in words or name not in known]


def _kind_of(
    row: Sequence[str], key: int, texts: Sequence[int], headers: tuple[str, ...]
) -> RowKind:
    # A header again: two thirds of the filled cells, and two at least, are their column's name.
    cells = [cell.strip() for cell in row]
    filled_in = sum(1 for cell in cells if cell)
    again = sum(_is_header(cell, name) for cell, name in zip(cells, headers, strict=True))
    if again >= max(2, filled_in * 2 // 3):
        return "header"
    # A sum: a word for it, and no key of its own.
    words = ["".join(cells[at].split()) for at in texts]
    mark = "".join(cells[key].split())
    summed = any(_TOTAL.fullmatch(word) for word in words)
    if summed and (not mark or _TOTAL.fullmatch(mark)):
        return "sums"
    # A footnote: one text alone, perhaps repeated by merged cells.
    filled = {cell for cell in cells if cell}
    if len(filled) == 1 and len(cells) > 2 and _FOOTNOTE.fullmatch(next(iter(filled))):
        return "footnote"
    return "data"


def _is_header(cell: str, name: str) -> bool:
    """Tell whether a cell is the name of its column, or one of the words stacked in it."""
    return bool(cell) and (cell == name or name.endswith(f" {cell}") or name.startswith(f"{cell} "))


def _left_out(kind: RowKind, row: Sequence[str], number: int, file: str) -> Problem:
    where: dict[str, Any] = {
        "file": file,
        "row": number,
        "value": next(cell.strip() for cell in row if cell.strip()),
    }
    if kind == "sums":
        return problem("totals-row", **where)
    if kind == "footnote":
        return problem("footnote-row", **where)
    return problem("header-again", **where)


def _compare(
    sums: Rows,
    kept: Rows,
    names: Sequence[str],
    texts: Sequence[int],
    table: Table,
    file: str,
) -> list[Problem]:
    """Compare the only row of grand totals with the rows above it."""
    if len(sums) != 1:
        return []
    number, row = sums[0]
    if not any(_GRAND.fullmatch("".join(row[at].split())) for at in texts):
        return []
    counts = {column.name for column in table.columns if column.kind == "int"}
    counts |= {name for name, _ in table.totals}
    problems = []
    for at, name in enumerate(names):
        # Blanks count as zero; a column with anything but whole numbers is not compared.
        stated = row[at].strip().replace(",", "")
        cells = [line[at].strip().replace(",", "") or "0" for _, line in kept]
        if name not in counts or not _WHOLE.fullmatch(stated):
            continue
        if all(_WHOLE.fullmatch(cell) for cell in cells):
            added = sum(int(float(cell)) for cell in cells)
            if added != int(float(stated)):
                where: dict[str, Any] = {"file": file, "row": number, "column": name}
                problems.append(problem("totals-differ", value=stated, added=added, **where))
    return problems
