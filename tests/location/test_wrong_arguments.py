"""Arguments of a wrong kind or of no use get a sentence; every scale a true status."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from layout.core.errors import InputError, NoSolutionError
from layout.location import max_cover, modular_cover, p_center, p_median, set_cover

COST = pd.DataFrame(
    [[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]], index=list("abc"), columns=list("xyz")
)
WEIGHTS = pd.Series(1.0, index=COST.index)
CALLS: dict[Any, dict[str, Any]] = {
    p_median: {"cost": COST, "weights": WEIGHTS, "n_open": 1},
    set_cover: {"cost": COST, "limit": 2.0},
    max_cover: {"cost": COST, "weights": WEIGHTS, "n_open": 1, "limit": 2.0},
    p_center: {"cost": COST, "n_open": 1},
    modular_cover: {
        "cost": COST,
        "weights": WEIGHTS,
        "limit": 2.0,
        "n_new": 1,
        "modules": 2,
        "min_modules": 1,
        "max_modules": 2,
        "module_size": 1.0,
    },
}
GIANT = 10**5000
WRONG = [
    ("cost", None, "wrong-kind"),
    ("cost", [[1.0]], "wrong-kind"),
    ("cost", COST.astype(object).replace(1.0, GIANT), "not-a-number"),
    ("weights", object(), "wrong-kind"),
    ("weights", GIANT, "infinite"),
    ("weights", [1, 2, GIANT], "not-a-number"),
    ("weights", 1e308, "infinite"),
    ("load", np.array(3j), "wrong-kind"),
    ("capacity", int, "wrong-kind"),
    ("fixed_cost", pd.NaT, "wrong-kind"),
    ("must_open", None, "wrong-kind"),
    ("must_open", "xy", "wrong-kind"),
    ("must_close", [["x"]], "wrong-kind"),
    ("n_open", GIANT, "not-a-count"),
    ("n_open", 1e308, "not-a-count"),
    ("n_open", True, "not-a-count"),
    ("split", WEIGHTS, "wrong-kind"),
    ("gap", float("inf"), "out-of-range"),
    ("gap", None, "out-of-range"),
    ("time_limit_s", "5", "wrong-kind"),
    ("time_limit_s", float("nan"), "wrong-kind"),
    ("time_limit_s", -1, "wrong-kind"),
    ("time_limit_s", GIANT, "wrong-kind"),
    ("on_progress", True, "wrong-kind"),
    ("keep_on_interrupt", WEIGHTS, "wrong-kind"),
    ("node_limit", float("nan"), "not-a-count"),
    ("node_limit", GIANT, "not-a-count"),
    ("module_size", 1e300, "out-of-range"),
    ("existing", {1, 2}, "wrong-kind"),
    ("existing", COST, "missing-column"),
]


@pytest.mark.parametrize(
    ("name", "value", "code"), WRONG, ids=[f"{at}-{name}" for at, (name, _, _) in enumerate(WRONG)]
)
def test_an_argument_of_no_use_gets_a_sentence(name: str, value: object, code: str) -> None:
    took = [(model, options) for model, options in CALLS.items() if name in model.__annotations__]
    assert took
    for model, options in took:
        with pytest.raises(InputError) as caught:
            model(**{**options, name: value})
        assert {one.code for one in caught.value.problems} == {code}, model.__name__
        assert all(len(line) < 200 for line in str(caught.value).splitlines())


def least(cost: np.ndarray, weights: np.ndarray, n_open: int) -> float:
    """The p-median by trying every choice."""
    choices = combinations(range(cost.shape[1]), n_open)
    return float(min((cost[:, list(sites)].min(axis=1) * weights).sum() for sites in choices))


@pytest.mark.parametrize("by_cost", [1.0, 1e-300, 1e-12, 1e12, 1e290])
@pytest.mark.parametrize("by_weight", [1.0, 1e-320, 1e-300, 1e-12, 1e12, 1e290])
def test_a_status_is_true_in_any_unit(by_cost: float, by_weight: float) -> None:
    rng = np.random.default_rng(0)
    cost = rng.integers(1, 500, (9, 6)).astype(float) * by_cost
    weights = rng.integers(1, 30, 9).astype(float) * by_weight
    table, by_demand = pd.DataFrame(cost), pd.Series(weights)
    # Whether the objective itself is a number.
    if not 1e-290 < by_cost * by_weight < 1e300:
        if by_cost * by_weight in (0.0, float("inf")):
            with pytest.raises(InputError, match=r"\[out-of-range\]"):
                p_median(table, by_demand, 2)
        return
    for capacity in (None, float(weights.sum())):
        solved = p_median(table, by_demand, 2, capacity=capacity, time_limit_s=20)
        assert solved.status == "proven"
        assert solved.objective == pytest.approx(least(cost, weights, 2), rel=1e-6, abs=0)
    covered = max_cover(table, by_demand, 2, float(np.median(cost)), time_limit_s=20)
    within = cost <= np.median(cost)
    most = max(weights[within[:, list(two)].any(axis=1)].sum() for two in combinations(range(6), 2))
    assert covered.status == "proven"
    assert covered.objective == pytest.approx(most, rel=1e-6, abs=0)


def test_numbers_that_drown_all_others_are_told() -> None:
    far = COST.replace(3.0, 1e30) + 0.5
    with pytest.raises(InputError, match=r"\[out-of-range\] column cost: the number 1e\+30"):
        p_median(far, WEIGHTS, 1)


def test_numbers_that_the_solver_refuses_are_told() -> None:
    with pytest.raises(NoSolutionError, match="too far apart"):
        p_median(COST, WEIGHTS, 1, load=[1.0, 1.0, 1e16], capacity=2e16)
