"""A linear programme that grows: rows and bounds change, the solver goes on from its last basis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.core.arrays import Floats, Ints
from layout.location.solver.highs import Effort, Model, loaded

if TYPE_CHECKING:
    from layout.location.solver.watch import Watch


class OutOfTimeError(Exception):
    """The clock ended a linear programme; never leaves this package's models."""


class Growing:
    """A linear programme that stays in the solver between changes; not shared, not stored."""

    def __init__(self, model: Model) -> None:
        self._highs: Any = loaded(model, Effort())
        self._highs.setOptionValue("presolve", "off")
        self._columns = model.cost.size
        self.objective = -math.inf

    def add(
        self,
        row: Ints,
        column: Ints,
        value: Floats,
        lower: Floats,
    ) -> None:
        """Append rows ``value @ x >= lower``; `row` ascends from 0, entries may not repeat."""
        # Compressed rows: where the entries of each row begin.
        starts = np.searchsorted(row, np.arange(lower.size)).astype(np.int32)
        self._highs.addRows(
            lower.size,
            lower,
            np.full(lower.size, np.inf),
            row.size,
            starts,
            column.astype(np.int32),
            value,
        )

    def bound(self, column: Ints, lower: Floats, upper: Floats) -> None:
        """Change the bounds of some columns."""
        self._highs.changeColsBounds(column.size, column.astype(np.int32), lower, upper)

    def solve(self, *, most: float = math.inf, watch: Watch | None = None) -> Floats | None:
        """Least cost; ``None`` where there is no solution, or none below `most`.

        `objective` is the value then, and infinite where there is none.

        Raises
        ------
        OutOfTimeError
            Where the time limit ended the solver first.
        """
        import highspy

        # The dual simplex stops once its bound passes `most`.
        self._highs.setOptionValue("objective_bound", most)
        left = None if watch is None else watch.left_s()
        if left is not None:
            # HiGHS counts the time of all runs together.
            self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left)
        self._highs.run()
        kinds, verdict = highspy.HighsModelStatus, self._highs.getModelStatus()
        if verdict == kinds.kOptimal:
            self.objective = float(self._highs.getInfo().objective_function_value)
            return np.asarray(self._highs.getSolution().col_value, dtype=np.float64)
        if verdict in (kinds.kInfeasible, kinds.kObjectiveBound):
            self.objective = math.inf
            return None
        raise OutOfTimeError

    def reduced_cost(self) -> Floats:
        """Reduced costs of the columns at the last solution."""
        return np.asarray(self._highs.getSolution().col_dual, dtype=np.float64)

    def rows(self) -> int:
        """How many rows there are."""
        return int(self._highs.getNumRow())
