"""The door to the solver: only what is at most so much counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from layout.location.solver.highs import Effort, Model, solve

COST = np.array([7.0, 5.0, 4.0, 3.0])
SIZE = np.array([[5.0, 4.0, 3.0, 2.0]])
# The cheapest choice of sizes that add up to 7 at least: 5 + 2, or 4 + 3 for less.
LEAST = 9.0


@pytest.fixture
def model() -> Model:
    return Model(
        cost=COST,
        lower=np.zeros(4),
        upper=np.ones(4),
        integer=np.ones(4, dtype=bool),
        matrix=sparse.csr_matrix(SIZE),
        row_lower=np.array([7.0]),
        row_upper=np.array([np.inf]),
        whole_objective=True,
    )


@pytest.mark.parametrize("most", [math.inf, 100.0, LEAST])
def test_what_is_at_most_so_much_is_found(model: Model, most: float) -> None:
    outcome = solve(model, effort=Effort(most=most))
    assert (outcome.status, outcome.objective) == ("proven", LEAST)
    assert outcome.bound == pytest.approx(LEAST, abs=1.0)


@pytest.mark.parametrize("most", [LEAST - 1.0 + 1e-6, 0.0])
def test_without_anything_at_most_so_much_a_model_is_infeasible(model: Model, most: float) -> None:
    outcome = solve(model, effort=Effort(most=most))
    assert (outcome.status, outcome.x, outcome.bound) == ("infeasible", None, math.inf)
