"""How foreign texts and values are shown: short, and nothing in them that steers a terminal."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["as_html", "as_text", "brief", "printable"]

_LONGEST = 60
_WIDE_SPACE = "\u3000"

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
    return "\n  ".join(map(printable, [str(title), *lines]))


def printable(text: str) -> str:
    """Show what could steer a terminal or hide in a line by its escape.

    Every message and every cell of a table goes through here before it is printed.

    Parameters
    ----------
    text
        From anywhere: control characters, marks that turn the direction of writing, characters
        without width, line ends and bytes that are no text may be in it.
    """
    # The wide space of Chinese texts is a space.
    if text.replace(_WIDE_SPACE, " ").isprintable():
        return text
    return "".join(
        ch if ch.isprintable() or ch == _WIDE_SPACE else ch.encode("unicode_escape").decode()
        for ch in text
    )


def brief(value: object) -> str:
    """Show a value of any kind in a few letters, for a message about it.

    Parameters
    ----------
    value
        Anything, a whole number of thousands of digits included.
    """
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to spell out a whole number of that length.
        text = type(value).__name__ + " …"
    return printable(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
