"""No group goes past a better school: moving one to an open school with room betters no level.

Every route that each moved group could take is looked up again, and its values are set against
those of the plan. A move that worsens no level and betters one is a failure of the plan, whether or
not it was proved.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.core.arrays import Ints
from layout.core.text import tr
from layout.planning.verify.capacity import Room
from layout.planning.verify.facts import Facts, joined
from layout.planning.verify.options import Options, options_of
from layout.planning.verify.values import WORST, level_values

__all__ = ["dominance_failures"]


def dominance_failures(facts: Facts) -> Iterator[str]:
    """List the groups that could move to an open school to the better of a level and no worse."""
    run, moved = facts.plan.run_of("closures"), facts.moved
    if run is None or moved.empty:
        return
    options = options_of(facts, moved)
    now = pd.Index(moved["to_school"]).take(options.row)
    options = options.where(~options.school.isin(list(facts.closed)) & (options.school != now))
    there = level_values(facts, moved.iloc[options.row], options.school, options.mode)
    here = level_values(facts, moved, pd.Index(moved["to_school"]), moved["mode"].to_numpy())
    # Change of each ranked level by option; that of the worst-off is the change of the largest.
    names = [level.level for level in run.levels]
    change = np.column_stack(
        [
            _worst_change(here[name], there[name], options.row)
            if name == WORST
            else there[name] - here[name][options.row]
            for name in names
        ]
    )
    better = np.flatnonzero((change <= 0).all(axis=1) & (change < 0).any(axis=1))
    room = Room.left_by(facts)
    passed = [
        str(moved["settlement_id"].iloc[int(options.row[at])])
        for at in better
        if _could_move(facts, moved, room, options, int(at))
    ]
    if passed:
        yield tr(
            "groups go past a better school that is open and has room, from {settlements}",
            settlements=joined(passed),
        )


def _worst_change(here: np.ndarray, there: np.ndarray, row: Ints) -> np.ndarray:
    """Change of the largest value over all rows, where one row takes another value."""
    # The largest of the others: the largest, or the second where the row itself is it.
    order = np.sort(here)
    first, second = order[-1], order[-2] if len(order) > 1 else 0.0
    others = np.where(here[row] == first, second, first)
    return np.asarray(np.maximum(others, there) - first, dtype=np.float64)


def _could_move(facts: Facts, moved: pd.DataFrame, room: Room, options: Options, at: int) -> bool:
    """Whether the school has room for the group, and the closed school for another receiver."""
    group, school = moved.iloc[int(options.row[at])], str(options.school[at])
    most = facts.options.max_receivers
    if most is not None:
        same = moved["from_school"] == group["from_school"]
        others = moved[same & (moved.index != group.name)]
        if len({*others["to_school"], school}) > most:
            return False
    return room.takes(group, school, boards=options.mode[at] == "board")
