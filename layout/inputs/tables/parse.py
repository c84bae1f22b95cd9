"""From the text of cells to typed columns; what cannot be read becomes a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import Maker, problem
from layout.inputs.tables.characters import SPACES, half_width, has_odd_digits
from layout.inputs.tables.columns import Column, Table

__all__ = ["typed_table"]

TRUE = frozenset({"true", "1", "1.0", "yes", "y", "t", "是", "有", "√", "✓", "✔", "☑"})
FALSE = frozenset({"false", "0", "0.0", "no", "n", "f", "否", "无", "×", "✗", "✘", "☐"})

DIGITS = r"[0-9]{1,15}"
INTEGER = r"[+-]?[0-9]{1,15}(?:\.(?:0{1,2}|0{4,}))?"
"""Three zeros behind a point may be thousands; they are refused as `GROUPED`."""
GROUPED = r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+"
DECIMAL = r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
THOUSANDS = r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+"
IDENTIFIER = rf"[^\s{SPACES}|;,\x00-\x1f\x7f-\x9f]{{1,60}}"
CELL_ERROR = (
    r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!"
    r"|BUSY!|GETTING_DATA)|#(?:REF|VALUE|NAME|NUM|NULL|DIV/0|NV|#+)[!?]?|Err:[0-9]{3}"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
MANGLED: Mapping[str, str] = MappingProxyType(
    {
        # 4.51E+11, and what programs write of larger numbers.
        "rounded": r"[+-]?(?:[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+|[0-9]+[.,][0-9]+[eE][+-]?[0-9]+)",
        "decimal": r"[+-]?[0-9]+\.0*|[+-]?[0-9]{4,}\.[0-9]+",
        "negative": r"[+-][0-9]+",
        "error": (
            rf"{CELL_ERROR}|nan|none|null|<na>|n/a|nat|undefined|true|false|[-–—−_./\\?]+"
            r"|无|空|未知|不详|待定"
        ),
        "date": (
            r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[ t][0-9:.+z-]*)?|[0-9]{1,2}:[0-9]{2}.*"
            r"|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}"
            rf"|[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2,4}})?|{_MONTH}-[0-9]{{1,4}}"
            r"|(?:[0-9]{2,4}年)?[0-9]{1,2}月(?:[0-9]{1,2}日)?"
        ),
    }
)
"""What spreadsheets and programs make of identifiers, in any letter case."""

POSITION = ("lon", "lat")
MANY = 8
"""More missing columns than these are told of together."""
LONG_NAME = 200
CONTROLS = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u2060\ufeff]"
"""Control characters, and those without width that part no letters of any script."""
PRIVATE = r"[\ue000-\uf8ff]"
BIDI = r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def typed_table(
    raw: pd.DataFrame, table: Table, *, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Type all columns of a table as it was read.

    Parameters
    ----------
    raw
        Columns of text, or of numbers where a geometry gave them; the index is the row as counted
        in the file.
    table
        What the table must hold.
    file
        Name of the file, for the problems.

    Returns
    -------
    typed : DataFrame
        Exactly the columns of `table`, same index; a cell that could not be read holds a
        harmless stand-in (0, NaN, False or None, empty text).
    problems : list of Problem
        Missing columns and cells that could not be read.
    """
    columns: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    strangers = set(raw.columns) - {column.name for column in table.columns}
    # Where a place is is one thing to be missing, not two.
    unplaced = not set(POSITION) & set(raw.columns)
    # Columns that need no look at single cells: plain counts, and numbers of a geometry.
    counts = _plain_counts(raw, table)
    for column in table.columns:
        if column.name in counts:
            columns[column.name] = counts[column.name]
            continue
        if column.name in raw.columns and raw[column.name].dtype == "float64":
            columns[column.name] = raw[column.name]
            continue
        if column.name in raw.columns:
            text = raw[column.name].astype("str")
        else:
            if column.required and not (column.name == "lat" and unplaced):
                problems.append(
                    problem("missing-column:position", file=file, row=1, columns=POSITION)
                    if unplaced and column.name == "lon"
                    else _missing_column(column.name, strangers, file)
                )
            text = pd.Series(_stand_in(column), index=raw.index, dtype="str")
        values, bad = _typed(text, column, problems, file)
        columns[column.name] = values
        problems += bad
    return pd.DataFrame(columns, index=raw.index), _joined_blanks(
        _joined_columns(problems, strangers, file)
    )


def _joined_columns(problems: list[Problem], strangers: Iterable[str], file: str) -> list[Problem]:
    """Tell of many missing columns at once; those that may be misspelt stay on their own."""
    missing = [one for one in problems if one.code == "missing-column" and one.column]
    plain = [one for one in missing if not _near(one.column, strangers)]
    if len(plain) <= MANY:
        return problems
    names = tuple(one.column for one in plain)
    told = problem("missing-column:several", file=file, row=1, columns=names, count=len(plain))
    return [told, *(one for one in problems if one not in plain)]


def _near(name: str, strangers: Iterable[str]) -> list[str]:
    """The column of unknown name that is most like a name, if any is."""
    return get_close_matches(name, sorted(strangers), n=1, cutoff=0.75)


def _joined_blanks(problems: list[Problem]) -> list[Problem]:
    """Put the blank longitude and latitude of one row into one problem."""
    rows = {
        name: {one.row for one in problems if one.code == "blank" and one.column == name}
        for name in POSITION
    }
    both = rows["lon"] & rows["lat"]
    joined = []
    for one in problems:
        if one.code == "blank" and one.row in both and one.column in POSITION:
            if one.column == "lat":
                continue
            one = problem("blank:position", file=one.file, row=one.row, columns=POSITION)
        joined.append(one)
    return joined


def _plain_counts(raw: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Read all counts at once where each is written in digits alone, as nearly always.

    Where a single one is not, no columns are returned and each column is read by itself.
    """
    names = [c.name for c in table.columns if c.kind == "int" and c.name in raw.columns]
    if names:
        # All columns of counts below one another, so that one pass tests them all.
        cells = pd.concat([raw[name] for name in names], ignore_index=True)
        if cells.str.fullmatch(DIGITS).all():
            # Shape (columns, rows).
            block = cells.astype("int64").to_numpy().reshape(len(names), len(raw))
            return pd.DataFrame(block.T, index=raw.index, columns=names)
    return pd.DataFrame(index=raw.index)


def _stand_in(column: Column) -> str:
    if column.default is not None:
        return column.default
    if column.kind == "int":
        return str(int(column.minimum or 0))
    return {"float": "", "bool": "false", "choice": "", "id": "?", "text": "?"}[column.kind]


def _missing_column(name: str, strangers: Iterable[str], file: str) -> Problem:
    """Report a missing column, and a column of unknown name that may be it misspelt."""
    near = _near(name, strangers)
    where: dict[str, Any] = {"file": file, "row": 1, "column": name, "name": name}
    if near:
        return problem("missing-column:near", near=near[0], **where)
    return problem("missing-column", **where)


def _typed(
    text: pd.Series, column: Column, known: list[Problem], file: str
) -> tuple[pd.Series, list[Problem]]:
    """One column as its kind; blanks take the default or become problems."""
    stripped = text.str.strip()
    # A missing column is one problem; its blanks are not reported as well.
    absent = any(
        p.code == "missing-column" and column.name in (p.column, *p.columns) for p in known
    )
    blank = stripped.eq("")
    problems: list[Problem] = []
    if column.default is not None:
        stripped = stripped.mask(blank, column.default)
    elif not absent and blank.any():
        problems += _each(stripped[blank], partial(problem, "blank", file=file, column=column.name))
    if column.kind in ("int", "float"):
        values, bad = _numbers(stripped, whole=column.kind == "int")
        # Blanks were reported above, or have their default by now.
        bad &= ~blank
        wrong = partial(
            problem,
            "not-a-number:whole" if column.kind == "int" else "not-a-number",
            file=file,
            column=column.name,
        )
        grouped = bad & stripped.str.fullmatch(GROUPED)
        thousands = partial(problem, "not-a-number:thousands", file=file, column=column.name)
        problems += _each(text[grouped], thousands) + _each(text[bad & ~grouped], wrong)
        return values.fillna(0).astype("int64") if column.kind == "int" else values, problems
    if column.kind == "bool":
        low = stripped.str.lower()
        yes, no = low.isin(TRUE), low.isin(FALSE)
        wrong = partial(problem, "not-yes-or-no", file=file, column=column.name)
        problems += _each(text[~(yes | no) & ~blank], wrong)
        # True, False, and None where no answer is one as well.
        return yes.astype("object").where(yes | no, None) if column.nullable else yes, problems
    if column.kind == "id" and not absent:
        return stripped, problems + _bad_ids(stripped[~blank], column, file)
    if column.kind == "text":
        return _clean_text(text, stripped, column, file, problems)
    return stripped, problems


def _numbers(text: pd.Series, *, whole: bool) -> tuple[pd.Series, pd.Series]:
    """Read numbers; full-width digits and thousands commas are unambiguous, so they pass."""
    pattern = INTEGER if whole else DECIMAL
    good = text.str.fullmatch(pattern)
    odd = ~good & text.ne("")
    if odd.any():
        # To half width; commas go where they separate groups of three digits.
        plain = text[odd].map(lambda cell: half_width(cell).strip())
        grouped = plain.str.fullmatch(THOUSANDS)
        plain = plain.mask(grouped, plain.str.replace(",", ""))
        text = text.mask(odd, plain.reindex(text.index))
        good = text.str.fullmatch(pattern)
    # NaN where the text is no number; infinity, from too large a number, is refused too.
    values = pd.to_numeric(text.where(good, "nan"), errors="coerce").astype("float64")
    finite = pd.Series(np.isfinite(values.to_numpy()), index=text.index)
    return values.where(finite), ~finite


def _matches(text: pd.Series, test: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Test each distinct text once; identifiers repeat many times in large tables."""
    # Place of each row's text among the distinct ones, and these in order of appearance.
    codes, distinct = pd.factorize(text)
    passed = test(pd.Series(distinct, dtype="str")).to_numpy(dtype=bool)
    return pd.Series(passed[codes], index=text.index, dtype=bool)


def _bad_ids(text: pd.Series, column: Column, file: str) -> list[Problem]:
    place: dict[str, Any] = {"file": file, "column": column.name}
    # Masks by row; each cell is told of once, by the first that fits.
    left = pd.Series(True, index=text.index)
    problems: list[Problem] = []
    for kind, told in {
        "rounded": partial(problem, "mangled-id", **place),
        "decimal": partial(problem, "mangled-id:decimal", **place),
        "negative": partial(problem, "mangled-id:negative", **place),
        "error": partial(problem, "mangled-id:error", **place),
        "date": partial(problem, "mangled-id:date", **place),
    }.items():
        hit = left & _fit(text, MANGLED[kind])
        problems += _each(text[hit], told)
        left &= ~hit
    odd = _matches(text, lambda cells: cells.map(has_odd_digits))
    other = left & (~_fit(text, IDENTIFIER) | odd)
    return problems + _each(text[other], partial(problem, "bad-id", **place))


def _fit(text: pd.Series, pattern: str) -> pd.Series:
    """Tell which texts a pattern fits as a whole, in any letter case and width."""
    return _matches(
        text,
        lambda cells: cells.map(half_width).str.fullmatch(pattern, case=False),
    )


def _clean_text(
    text: pd.Series, stripped: pd.Series, column: Column, file: str, problems: list[Problem]
) -> tuple[pd.Series, list[Problem]]:
    """Names keep every character but controls; what may surprise on a page is a warning."""
    # Masks by row of what a name should not hold.
    nul = _matches(text, lambda cells: cells.str.contains("\x00", regex=False))
    control = _matches(text, lambda cells: cells.str.contains(CONTROLS, regex=True))
    marks = _matches(text, lambda cells: cells.str.contains(BIDI, regex=True))
    long = _matches(text, lambda cells: cells.str.len() > LONG_NAME)
    kept = stripped
    if nul.any() or control.any():
        kept = stripped.str.replace(f"\x00|{CONTROLS}", "", regex=True)
    place: dict[str, Any] = {"file": file, "column": column.name}
    problems += _each(text[nul], partial(problem, "nul", **place))
    problems += _each(text[control], partial(problem, "control-characters", **place))
    problems += _each(text[marks], partial(problem, "direction-marks", **place))
    problems += _each(text[long], partial(problem, "long-text", **place))
    # What stands for nothing, and characters that mean something in one font only.
    failed = _matches(text, lambda cells: cells.str.strip().str.fullmatch(CELL_ERROR))
    private = _matches(text, lambda cells: cells.str.contains(PRIVATE, regex=True))
    problems += _each(text[failed], partial(problem, "cell-error", **place))
    problems += _each(text[private], partial(problem, "private-use", **place))
    return kept, problems


def _each(cells: pd.Series, maker: Maker) -> list[Problem]:
    """One problem for each cell, in the order of rows."""
    return [maker(row=row, value=value) for row, value in cells.items()]
