"""Codes, identifiers and truth values of a table as words for readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from layout.core.text import tr, words
from layout.planning.schema import code_words

__all__ = ["Sheet", "coded", "names_of", "said", "with_codes", "yes_no"]


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name, frame
        Its name and its rows, in words.
    titles
        The heading of each column.
    frozen
        How many columns stay in view.
    table
        The table of the schema that its columns come from; "" where they come from none.
    changed
        Columns by the one before them: a cell that differs from it is marked.
    """

    name: str
    frame: pd.DataFrame
    titles: Mapping[str, str]
    frozen: int = 2
    table: str = ""
    changed: Mapping[str, str] = field(default_factory=dict)


def coded(table: str) -> dict[str, Mapping[str, str]]:
    """Return the words of the codes of a table, by column."""
    gates = {f"gate_{letter}": words.gates() for letter in "abcd"}
    # Kinds of exclusion areas, and reasons that are no sentences, in one table alone.
    rejected = table == "rejected_sites"
    own = {name: code_words(table, name) for name in ("kind", "reason") if rejected}
    return {
        **gates,
        "band": words.bands(),
        "mode": words.modes(),
        "mode_before": words.modes(),
        "belt": words.belts(),
        "rule": code_words("candidates" if table == "candidates" else "retained", "rule"),
        "if_forced": code_words("candidates", "if_forced"),
        "programme": words.programmes(),
        "kind": words.kinds(),
        "stage": words.stages(),
        "births": code_words("site_years", "births"),
        **own,
        "cure": code_words("deficits", "cure"),
        "why": {
            "closure": tr("their school closes"),
            "site": tr("a new or larger school takes them"),
        },
    }


def said(values: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Return codes in words; a code without one stays."""
    return pd.Series([names.get(str(value), str(value)) for value in values], dtype="object")


def yes_no(values: pd.Series) -> pd.Series:
    """Return truth values in words."""
    return pd.Series([tr("yes") if value is True or value == 1 else tr("no") for value in values])


def names_of(values: pd.Series, frame: pd.DataFrame) -> pd.Series:
    """Return the names of identifiers that index a table; empty where there is none."""
    return pd.Series(frame["name"].reindex(values).fillna("").to_numpy(), dtype="object")


def with_codes(texts: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Return identifiers joined by semicolons as names with their identifiers."""
    return pd.Series(
        [
            "；".join(
                f"{names[code.strip()]}（{code.strip()}）" if code.strip() in names else code
                for code in str(text).split(";")
            )
            for text in texts
        ],
        dtype="object",
    )
