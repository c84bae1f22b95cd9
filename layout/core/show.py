"""Short tables for notebooks and terminals: a summary of a value, never all of it."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["as_html", "as_text"]

Rows = Sequence[Sequence[object]]


def as_html(title: object, rows: Rows, *, header: Sequence[object] = ()) -> str:
    """Return a small HTML table; every text is escaped.

    Parameters
    ----------
    title
        Shown above the table.
    rows
        Cells; the first of each row heads it.
    header
        Heads of the columns, where they need any.
    """

    def cells(tag: str, values: Sequence[object]) -> str:
        return "".join(f"<{tag}>{html.escape(str(value))}</{tag}>" for value in values)

    head = f"<thead><tr>{cells('th', header)}</tr></thead>" if header else ""
    body = "".join(f"<tr>{cells('th', row[:1])}{cells('td', row[1:])}</tr>" for row in rows)
    caption = f"<caption><b>{html.escape(str(title))}</b></caption>"
    return f"<table>{caption}{head}<tbody>{body}</tbody></table>"


def as_text(title: object, rows: Rows) -> str:
    """Return the same as lines of plain text: the head of each row, then its cells.

    Parameters
    ----------
    title, rows
        As for `as_html`.
    """
    lines = [f"{row[0]}: {', '.join(str(cell) for cell in row[1:])}" for row in rows]
    return "\n  ".join([str(title), *lines])
