"""Values of closure plans, and the results of their levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Floats
from layout.location.labelled.results import LevelResult
from layout.location.solver.highs import Outcome, is_proven

if TYPE_CHECKING:
    from layout.location.closure.model import Built

_PRICE_TOLERANCE = 1e-6


def spread(built: Built, outcome: Outcome, n_columns: int) -> Floats:
    """A plan on the columns of a model as one over all columns."""
    # Columns outside the model are zero.
    x = np.zeros(n_columns)
    x[built.columns] = np.rint(outcome.solution[: built.columns.size])
    return x


def value_of(cost: Floats, x: Floats, *, worst: bool) -> float:
    """Value of a level: the sum or the largest used cost."""
    used = cost[x > 0.5]
    if worst:
        return float(used.max(initial=0.0))
    return float(used.sum())


def level_result(name: str, value: float, bound: float) -> LevelResult:
    """A level's result; a bound within one unit of a whole value is the value itself."""
    bound = min(value, math.ceil(bound - _PRICE_TOLERANCE))
    proven = is_proven(value, bound, whole=True)
    return LevelResult(
        name=name, objective=value, bound=bound, status="proven" if proven else "gap"
    )


def without_plan(name: str, outcome: Outcome) -> LevelResult:
    """The first level without a plan."""
    bound = max(0.0, outcome.bound)
    return LevelResult(name=name, objective=math.inf, bound=bound, status=outcome.status)
