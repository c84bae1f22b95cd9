"""What each number of closures costs at least."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from layout.app.levers import is_count, items
from layout.app.shown import ChartedTable, minutes_unit
from layout.app.steps import closure_setting
from layout.core.errors import UsageError
from layout.core.progress import step
from layout.core.text import tr, words
from layout.inputs.study.ranges import MOST
from layout.inputs.study.study import Study
from layout.location.closure.what_if import closure_frontier
from layout.planning.consolidation.model import closure_input
from layout.planning.contract import PlanTables

__all__ = ["NUMBERS", "Frontier", "frontier"]

NUMBERS = tuple(range(0, 200, 10))
SECONDS_PER_MINUTE = 60


class Frontier(ChartedTable):
    """Least added travel by number of closures, see `frontier`; its chart is of both."""

    def headings(self) -> dict[str, str]:
        """Return the words of the columns."""
        return {
            "close": tr("Schools closed"),
            "value": tr("At the least: {unit}", unit=minutes_unit(self.attrs["objective"])),
            "bound": tr("Proved bound"),
            "status": tr("Status"),
            "one_more": tr("Each further closure costs"),
        }

    def in_words(self) -> pd.DataFrame:
        """Return the table without the schools, statuses in words."""
        table = pd.DataFrame(self).drop(columns="closes")
        table["status"] = table["status"].map(words.statuses()).fillna(table["status"])
        return table.round(1).rename(columns=self.headings())

    def draw_on(self, here: Any) -> None:
        """Draw value and bound over the number of closures."""
        solved = pd.DataFrame(self).dropna(subset="value")
        here.plot(solved["close"], solved["value"], marker="o")
        here.fill_between(solved["close"], solved["bound"], solved["value"], alpha=0.3)
        here.set_xlabel(tr("Schools closed"))
        here.set_ylabel(minutes_unit(self.attrs["objective"]))


def frontier(start: Study | PlanTables, numbers: Iterable[int] = NUMBERS) -> Frontier:
    """Find what each of some numbers of closures costs at least on the leading level.

    Parameters
    ----------
    start
        A study, or a plan of it, whose levers are taken.
    numbers
        How many close; the larger ones may be impossible.

    Returns
    -------
    Frontier
        One row for each number, ascending: close, value (pupil-minutes a day; of the leading level
        where the lever ``objective`` names another: metres or seats; missing where no plan
        exists), bound, status, one_more (what each further closure costs, on average up to the
        next row), closes (school_ids of one best choice). ``attrs`` hold the objective.

    Raises
    ------
    layout.core.errors.UsageError
        No number is given, or one that is none.

    Notes
    -----
    Pieces of the problem that share only the number are solved apart and put together by min-plus
    convolution; see `layout.location.closure.menus`.
    """
    listed = items(numbers)
    if not listed or not all(is_count(number, 0) for number in listed):
        raise UsageError(tr("frontier takes numbers of closures from 0 to {most}", most=MOST))
    wanted = sorted({int(number) for number in listed})
    setting = closure_setting(start)
    with step(tr("What each number of closures costs")):
        table = closure_frontier(
            closure_input(setting), wanted, time_limit_s=setting.options.time_limit_s
        )
    unit = SECONDS_PER_MINUTE if setting.options.objective == "minutes" else 1
    solved = table["status"].isin(["proven", "gap"])
    value = (table["objective"] / unit).where(solved).to_numpy()
    frame = pd.DataFrame(
        {
            "close": wanted,
            "value": value,
            "bound": (table["bound"] / unit).where(solved).to_numpy(),
            "status": table["status"].to_numpy(),
            "closes": table["closed"].map(tuple).to_numpy(),
        }
    )
    frame.insert(4, "one_more", -frame["value"].diff(-1) / -frame["close"].diff(-1))
    result = Frontier(frame)
    result.attrs["objective"] = setting.options.objective
    return result
