"""Which header means which column: read below titles and from merged cells, never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from layout.inputs.tables.aliases import GRADE_WORDS, OTHER_NAMES, plain
from layout.inputs.tables.columns import AGES, Table

__all__ = ["Header", "How", "find_header", "match_names"]

SEARCHED_ROWS = 20
DEEPEST = 3
FEWEST = 2
"""Columns that a row below the first must name to be taken for the header."""

How = Literal["own", "variant", "named"]

_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?")
_BARE = frozenset(plain(word) for word in GRADE_WORDS) | {
    plain(f"{age.removeprefix('age_')}岁") for age in AGES
}
"""Words that mean pupils of a grade only where there is no other word above them."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """The header of a table: its rows (from 0), the names as shown, and what each means.

    ``meaning`` holds, for each column of the file, a column of the table and how it was
    recognised, or None.
    """

    first: int
    depth: int
    names: tuple[str, ...]
    meaning: tuple[tuple[str, How] | None, ...]

    @property
    def score(self) -> int:
        """How many different columns of the table are named."""
        return len({meant[0] for meant in self.meaning if meant})


def match_names(
    parts: Sequence[Sequence[str]], table: Table, named: Mapping[str, str]
) -> list[tuple[str, How] | None]:
    """Match headers with the columns of a table.

    Parameters
    ----------
    parts
        For each column of the file the words above one another, the lowest last.
    table
        What the table must hold.
    named
        Headers that the study file names, by column of the table.

    Returns
    -------
    list
        For each header the column that it means and how that is known: ``own`` name, ``named`` in
        the study file, a known ``variant``; None where it is not known.
    """
    known = {column.name for column in table.columns} | {name for name, _ in table.totals}
    chosen = {plain(header): name for name, header in named.items()}
    # Reduced header → column of this table, by our own names and by the known variants.
    variants = {
        **{plain(name): name for name in known},
        **{k: v for k, v in OTHER_NAMES.get(table.name, {}).items() if v in known},
    }

    def match(words: Sequence[str]) -> tuple[str, How] | None:
        if not words:
            return None
        lowest, joined = plain(words[-1]), plain("".join(words))
        for text in (joined, lowest):
            if text and text in chosen:
                return chosen[text], "named"
        if words[-1] in known and words[-1] not in named:
            return words[-1], "own"
        for text in (joined, lowest):
            # “三年级” below “班级数” means classes and not pupils.
            bare = len(words) > 1 and text == lowest and text in _BARE
            if text in variants and not bare and variants[text] not in named:
                return variants[text], "variant"
        return None

    return [match(words) for words in parts]


def find_header(
    rows: Sequence[Sequence[str]], table: Table, named: Mapping[str, str], *, spread: bool
) -> Header | None:
    """Find the header among the first rows of a sheet.

    Parameters
    ----------
    rows
        Cells as text.
    table, named
        As for `match_names`.
    spread
        Whether a blank cell above a name takes the text left of it: merged cells look
        like that in files that do not record merging.

    Returns
    -------
    Header or None
        The rows that name most columns of the table; the first row with content where none names
        at least two; None for a sheet without content.
    """
    top = list(rows[:SEARCHED_ROWS])
    filled = [at for at, row in enumerate(top) if any(cell.strip() for cell in row)]
    if not filled:
        return None
    best = _header(top, filled[0], 1, table, named, spread=spread)
    for depth in range(1, DEEPEST + 1):
        for first in filled:
            if first + depth > len(top) or (depth > 1 and not _is_heading(top, first, depth)):
                continue
            other = _header(top, first, depth, table, named, spread=spread)
            better = other.score > best.score and other.score >= FEWEST
            # A group of words above the names changes what they mean, so it belongs to them.
            deeper = depth > best.depth and first + depth == best.first + best.depth
            if better or (deeper and other.score == best.score >= FEWEST):
                best = other
    return best


def _is_heading(rows: Sequence[Sequence[str]], first: int, depth: int) -> bool:
    """Tell whether rows one above another may form a header: words in groups, no numbers."""
    inside = [cell.strip() for row in rows[first : first + depth] for cell in row]
    above = {cell.strip() for cell in rows[first]} - {""}
    return len(above) > 1 and not any(_NUMBER.fullmatch(cell) for cell in inside)


def _header(
    rows: Sequence[Sequence[str]],
    first: int,
    depth: int,
    table: Table,
    named: Mapping[str, str],
    *,
    spread: bool,
) -> Header:
    width = max(len(row) for row in rows[first : first + depth])
    # Words of each header row, blank beyond its end; one row of words above another.
    levels = [
        [row[at].strip() if at < len(row) else "" for at in range(width)]
        for row in rows[first : first + depth]
    ]
    if spread:
        for upper, lower in pairwise(levels):
            for at in range(1, width):
                if not upper[at] and lower[at]:
                    upper[at] = upper[at - 1]
    # Words above one another by column, the same word in merged rows only once.
    parts = []
    for at in range(width):
        words = [level[at] for level in levels if level[at]]
        parts.append([w for i, w in enumerate(words) if i == 0 or w != words[i - 1]])
    while parts and not parts[-1]:
        parts.pop()
    return Header(
        first=first,
        depth=depth,
        names=tuple(" ".join(words) for words in parts),
        meaning=tuple(match_names(parts, table, named)),
    )
