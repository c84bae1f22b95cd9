"""What the command prints: sentences and tables on stdout."""

import math
import sys
from collections.abc import Mapping, Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

__all__ = ["frame", "say", "table"]


def frame(shown: pd.DataFrame, titles: Mapping[str, str] | None = None) -> None:
    """Print a table of data under the titles of its columns, or their names."""
    columns = [(titles or {}).get(str(name), str(name)) for name in shown.columns]
    table(columns, [[_cell(value) for value in row] for row in shown.itertuples(index=False)])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:,.2f}"
    return str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a header."""
    shown = Table(*header)
    for row in rows:
        shown.add_row(*(str(value) for value in row))
    _console().print(shown)


def say(sentence: str) -> None:
    """Print a sentence as it is."""
    _console().print(sentence, markup=False, highlight=False, soft_wrap=True)


def _console() -> Console:
    # A pipe has no width; names must not be cut there.
    return Console(markup=False, width=None if sys.stdout.isatty() else 200)
