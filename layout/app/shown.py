"""Tables that show themselves in words, and charts of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

from layout.core.text import tr
from layout.output.pictures import lettered, need_matplotlib

__all__ = ["ChartedTable", "ShownTable", "minutes_unit", "numbers", "panels"]

NOT_KNOWN = "–"
"""What is shown of a number that is missing."""


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

    def nothing(self) -> str:
        """Return what is said where there is nothing to list."""
        return tr("There is nothing to list.")

    def __repr__(self) -> str:
        if self.empty:
            return self.nothing()
        table = self._told()
        return "\n".join([table.to_string(index=False), *self._more(table)])

    def _repr_html_(self) -> str:
        if self.empty:
            return f"<p>{self.nothing()}</p>"
        table = self._told()
        more = (f"<p>{line}</p>" for line in self._more(table))
        return "".join([table.to_html(index=False), *more])

    def _more(self, shown: pd.DataFrame) -> list[str]:
        """What is said of the rows that are not shown."""
        count = len(self) - len(shown)
        return [tr("… and {count:row|rows} more", count=count)] if count else []

    def _told(self) -> pd.DataFrame:
        """The table in words, its fractions as texts."""
        table = self.in_words()
        for name in table.select_dtypes("float"):
            table[name] = [text or NOT_KNOWN for text in numbers(table[name])]
        return table


def numbers(values: Iterable[float]) -> list[str]:
    """Return numbers of one kind as texts: with one decimal where any has a fraction.

    Parameters
    ----------
    values
        What is no number becomes "".
    """
    rounded = [round(float(value), 1) for value in values]
    whole = all(math.isnan(value) or value.is_integer() for value in rounded)
    form = "{:,.0f}" if whole else "{:,.1f}"
    return ["" if math.isnan(value) else form.format(value) for value in rounded]


class ChartedTable(ShownTable):
    """A table that has a chart, which its docstring describes."""

    def chart(self, ax: Any = None) -> Any:
        """Draw the table as a chart.

        Parameters
        ----------
        ax
            Axes to draw on; new ones, which a notebook shows, where not given.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        layout.core.errors.UsageError
            Where matplotlib is not installed, or no font has Chinese where the reader does.
        """
        need_matplotlib()
        from matplotlib import pyplot as plt

        with lettered():
            here = ax
            if here is None:
                _, here = plt.subplots(figsize=(7, 4), layout="constrained")
            self.draw_on(here)
            _plain(here)
            # Ticks come into being while they are drawn, and keep the letters that they had then.
            here.figure.draw_without_rendering()
        return here

    def draw_on(self, here: Any) -> None:
        """Draw on axes of matplotlib what the chart shows."""
        raise NotImplementedError


@contextmanager
def panels(count: int, *, columns: int = 3) -> Iterator[Any]:
    """Draw so many small charts beside and below each other.

    Parameters
    ----------
    count
        How many, at least one.
    columns
        How many beside each other.

    Yields
    ------
    numpy.ndarray of matplotlib.axes.Axes
        As many as were asked for; letters and errors as of `ChartedTable.chart`.
    """
    need_matplotlib()
    from matplotlib import pyplot as plt

    rows = -(-count // columns)
    with lettered():
        size = (3.4 * columns, 2.2 * rows)
        figure, grid = plt.subplots(
            rows, columns, figsize=size, layout="constrained", squeeze=False
        )
        for spare in grid.ravel()[count:]:
            spare.set_axis_off()
        yield grid.ravel()[:count]
        for here in grid.ravel()[:count]:
            _plain(here)
        figure.draw_without_rendering()


def _plain(here: Any) -> None:
    here.grid(color="#dde2e8", lw=0.6)
    here.set_axisbelow(True)
    here.spines[["top", "right"]].set_visible(False)


def minutes_unit(objective: str) -> str:
    """Return what the leading level counts, for an axis: pupil-minutes a day by default.

    Parameters
    ----------
    objective
        The lever ``objective``.
    """
    return {
        "minutes": tr("Pupil-minutes a day"),
        "metres": tr("Pupil-metres a day"),
        "bus_seats": tr("Bus seats"),
    }[objective]
