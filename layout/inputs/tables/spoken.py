"""Cells as people write them: units after numbers, words for codes, former county codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.aliases import CHOICE_WORDS, UNITS_OF
from layout.inputs.tables.characters import half_width
from layout.inputs.tables.columns import Column, Table

__all__ = ["RENEWED_COUNTIES", "renewed_codes", "spoken_values"]

RENEWED_COUNTIES: Mapping[str, str] = MappingProxyType(
    {"451021": "451003", "451023": "451082", "451025": "451081"}
)
"""Codes of counties that became districts or cities (GB/T 2260 and its yearly lists):
田阳县 → 田阳区, 平果县 → 平果市, 靖西县 → 靖西市."""

_CODE_COLUMNS = ("county_code", "township_code", "village_code")
_CODE_LETTERS = 6
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?)"
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*([^0-9.,\s].*)")
_PLAIN = re.compile(r"\s*[+-]?[0-9.]*\s*")
_LEADING_CODE = re.compile(r"([0-9]{3})[\s:：—\-]*(\D+)")


def spoken_values(
    raw: pd.DataFrame, table: Table, *, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Put numbers without their units and codes in place of the words that stand for them.

    Only what can be read in one way is changed: “1200人” in a column of pupils is 1200, “约300”
    stays and is refused later.

    Parameters
    ----------
    raw
        Columns of text, or of numbers where a geometry gave them; the index is the row as counted
        in the file.
    table
        What the table must hold.
    file
        Name of the file, for the notes.

    Returns
    -------
    raw : DataFrame
        A copy with those cells changed.
    notes : list of Problem
        One for each column in which anything was changed, with its first row and value.
    """
    raw = raw.copy(deep=False)
    notes: list[Problem] = []
    totals = (Column(name=name, kind="int") for name, _ in table.totals)
    for column in (*table.columns, *totals):
        # A geometry's numbers have no unit.
        if column.name not in raw.columns or raw[column.name].dtype == "float64":
            continue
        cells = raw[column.name]
        if column.kind in ("int", "float"):
            units = UNITS_OF.get(column.name.partition("_")[0], {})
            plain = _without_units(cells, units) if units else {}
        elif column.kind == "choice":
            plain = _codes(cells, column)
        else:
            continue
        if plain:
            changed = cells.map(plain).where(cells.isin(list(plain)), cells)
            notes.append(_read_as(cells, plain, column, file))
            raw[column.name] = changed.astype("str")
    return raw, notes


def _without_units(cells: pd.Series, units: Mapping[str, float]) -> dict[str, str]:
    """Cells that end in a unit of their column, and the number alone."""
    plain = {}
    # Each distinct text once: columns repeat few of them.
    for cell in pd.unique(cells).tolist():
        if _PLAIN.fullmatch(cell):
            continue
        parts = _WITH_UNIT.fullmatch(half_width(cell).strip())
        if parts is None:
            continue
        # The unit alone is compared in all forms that are compatible: ㎡ is m2.
        number, said = parts[1], unicodedata.normalize("NFKC", parts[2])
        for unit, factor in units.items():
            if said == unicodedata.normalize("NFKC", unit):
                plain[cell] = (
                    number if factor == 1 else f"{float(number.replace(',', '')) * factor:.10g}"
                )
                break
    return plain


def _codes(cells: pd.Series, column: Column) -> dict[str, str]:
    """Cells that hold the word for a code, or the code with its word behind it."""
    # Letter case makes no difference: PUBLIC is public, G1 is g1.
    words = {word.casefold(): code for word, code in CHOICE_WORDS.get(column.name, {}).items()}
    words |= {code.casefold(): code for code in column.choices if code}
    plain = {}
    for cell in pd.unique(cells).tolist():
        text = half_width(cell).strip()
        if text in column.choices or not text:
            continue
        text = text.casefold()
        # “211 小学”: the word must mean the same code, or be unknown.
        leading = _LEADING_CODE.fullmatch(text)
        if text in words:
            plain[cell] = words[text]
        elif (
            leading
            and leading[1] in column.choices
            and (words.get(leading[2].strip(), leading[1]) == leading[1])
        ):
            plain[cell] = leading[1]
    return {cell: code for cell, code in plain.items() if code in column.choices}


def _read_as(cells: pd.Series, plain: Mapping[str, str], column: Column, file: str) -> Problem:
    changed = cells[cells.isin(list(plain))]
    value = str(changed.iloc[0])
    return problem(
        "read-as",
        file=file,
        row=changed.index[0],
        column=column.name,
        value=value,
        count=len(changed),
        meaning=plain[value],
    )


def renewed_codes(
    raw: pd.DataFrame, known: Iterable[str], *, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Put the present codes of counties in place of former ones.

    Parameters
    ----------
    raw
        All columns text; county_code, township_code and village_code are looked at.
    known
        County codes of the study; a former code that is among them stays.
    file
        Name of the file, for the warnings.

    Returns
    -------
    raw : DataFrame
        A copy with those codes changed; of townships and villages their first six digits.
    warnings : list of Problem
        One for each column and code, with its first row and the number of rows.
    """
    # While the counties themselves are read none is known, and every former code changes.
    present = set(known)
    old_codes = {old: new for old, new in RENEWED_COUNTIES.items() if old not in present}
    raw = raw.copy(deep=False)
    warnings: list[Problem] = []
    for name in _CODE_COLUMNS:
        if name not in raw.columns:
            continue
        # First six digits of each code; longer codes of townships and villages keep the rest.
        heads = raw[name].str.strip().str.slice(0, _CODE_LETTERS)
        for old, new in old_codes.items():
            hit = heads == old
            if hit.any() and (new in present or not present):
                cells = raw[name].str.strip()
                raw[name] = cells.mask(hit, new + cells.str.slice(_CODE_LETTERS)).astype("str")
                warnings.append(
                    problem(
                        "old-county-code",
                        file=file,
                        row=raw.index[hit][0],
                        column=name,
                        value=old,
                        new=new,
                        count=int(hit.sum()),
                    )
                )
    return raw, warnings
