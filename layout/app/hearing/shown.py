"""Tables that show themselves in words, and charts of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from layout.core.errors import UsageError
from layout.core.text import tr

__all__ = ["ShownTable", "axes"]


class ShownTable(pd.DataFrame):
    """A table with codes for columns that is shown in words; what is taken from it is plain."""

    SHOWN_ROWS = 30

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def headings(self) -> dict[str, str]:
        """Return the words of the columns."""
        return {}

    def in_words(self) -> pd.DataFrame:
        """Return the table with headings in the reader's language, the first rows of a long one."""
        return pd.DataFrame(self).head(self.SHOWN_ROWS).rename(columns=self.headings())

    def __repr__(self) -> str:
        return self.in_words().to_string(index=False)

    def _repr_html_(self) -> str:
        return str(self.in_words().to_html(index=False))


def axes() -> Any:
    """Return new axes of matplotlib to draw on.

    Raises
    ------
    UsageError
        Where matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(tr("Charts need matplotlib: install it with pip.")) from error
    return Figure(figsize=(7, 4), layout="constrained").add_subplot()
