"""The unit of costs, weights and loads decides neither the choice nor what is proved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from layout.location import Solution, max_cover, modular_cover, p_center, p_median, set_cover
from layout.location.labelled.units import unit_of

UNITS = [(1e-5, 1.0), (1e-3, 1e-9), (1e-100, 1e-12), (1e9, 1e6)]
"""Of costs and shares: radians, tiny and far tinier ones, and beyond sums of whole numbers."""
N, P = 24, 5


def world(seed: int) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Distances of places to each other, shares of the children, and places at each."""
    rng = np.random.default_rng(seed)
    points = rng.random((N, 2))
    cost = pd.DataFrame(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))
    share = pd.Series(rng.integers(1, 9, N).astype(float))
    return cost, share / share.sum(), pd.Series(np.full(N, 1.2 / P))


def answers(seed: int, cost_unit: float, share_unit: float) -> dict[str, Solution]:
    """What each model says in these units; places are in the unit of the shares."""
    cost, share, places = world(seed)
    cost, share, places = cost * cost_unit, share * share_unit, places * share_unit
    limit = 0.35 * cost_unit
    held: dict[str, Any] = {"load": share, "capacity": places}
    return {
        "median": p_median(cost, share, P),
        "median with places": p_median(cost, share, P, capacity=places),
        "median, split": p_median(cost, share, P, capacity=places, split=True),
        "fixed": p_median(
            cost, share, fixed_cost=pd.Series(np.full(N, 0.05 * cost_unit * share_unit))
        ),
        "cover": max_cover(cost, share, P, 0.5 * limit),
        "cover with places": max_cover(cost, share, P, limit, capacity=places * 0.6),
        "fewest with places": set_cover(cost, limit, **held),
        "center with places": p_center(cost, P, **held),
        "modules": modular_cover(
            cost,
            share,
            limit,
            n_new=P,
            modules=20,
            min_modules=1,
            max_modules=5,
            module_size=0.03 * share_unit,
        ),
    }


VALUE = {"median": (1, 1), "fixed": (1, 1), "cover": (0, 1), "modules": (0, 1), "center": (1, 0)}
"""Powers of the units of cost and share in each objective."""


@pytest.mark.more
@pytest.mark.slow
def test_the_choice_is_the_same_in_any_unit() -> None:
    plain = answers(100, 1.0, 1.0)
    proven = [name for name, solution in plain.items() if solution.status == "proven"]
    assert set(plain) - set(proven) <= {"modules"}
    for cost_unit, share_unit in UNITS:
        for name, solution in answers(100, cost_unit, share_unit).items():
            power = VALUE.get(name.split()[0].strip(","), (0, 0))
            unit = cost_unit ** power[0] * share_unit ** power[1]
            where = (name, cost_unit, share_unit)
            assert solution.status == plain[name].status, where
            assert solution.gap == pytest.approx(plain[name].gap, abs=1e-5), where
            assert solution.objective / unit == pytest.approx(plain[name].objective, 1e-9), where
            assert solution.bound / unit == pytest.approx(plain[name].bound, 1e-5), where


def test_flows_come_back_in_the_units_of_the_caller() -> None:
    cost, share, places = world(3)
    cost, share, places = cost * 1e-5, share * 1e-8, places * 1e-8
    flows = p_median(cost, share, P, capacity=places, split=True)
    assert isinstance(flows.assignment, pd.DataFrame)
    rows = flows.assignment
    assert rows.groupby("demand")["amount"].sum().to_numpy() == pytest.approx(share.to_numpy())
    assert (rows["amount"] * rows["cost"]).sum() == pytest.approx(flows.objective, 1e-9)
    at = [(demand, site) for demand, site in rows[["demand", "site"]].to_numpy().tolist()]
    assert rows["cost"].to_list() == [cost.at[pair] for pair in at]
    modules = modular_cover(
        cost, share, 0.35e-5, n_new=P, modules=20, min_modules=1, max_modules=5, module_size=3e-10
    )
    assert modules.assignment["amount"].sum() == pytest.approx(modules.objective, 1e-9)
    travel = (modules.assignment["amount"] * modules.assignment["cost"]).sum()
    assert travel == pytest.approx(modules.levels[1].objective, 1e-9)


def test_sentences_and_news_speak_in_the_units_of_the_caller() -> None:
    cost, share, places = world(3)
    told: list[Any] = []
    small = p_median(cost * 1e-5, share, P, capacity=places, on_progress=told.append)
    assert told[-1].objective == small.objective
    refused = p_median(cost * 1e-5, share * 1e-8, P, capacity=places * 0.5e-8)
    assert refused.status == "infeasible"
    assert f"the load is {1e-8:g}, the largest sites together hold {0.6e-8:g}" in refused.reasons
    assert any("4e-09 more places" in reason for reason in refused.reasons)
    alone = set_cover(cost.where(cost > 0, np.inf) * 1e-5, 1e-9)
    nearest = cost.where(cost > 0, np.inf).min(axis=1).max() * 1e-5
    assert alone.reasons[-1] == f"a limit of {nearest:g} would do"


def test_units_change_no_digit_and_leave_whole_numbers_alone() -> None:
    assert unit_of(np.array([3.0, 0.0, 2.0**39])) == 1.0
    assert unit_of(np.array([0.0, 0.0])) == 1.0
    numbers = np.array([1e-7, 3e-7, 5.5e-7, 1e12])
    unit = unit_of(numbers)
    assert 128 <= np.median(numbers) / unit < 256
    assert (numbers / unit * unit == numbers).all()
    # The smallest number there is has a unit too.
    assert unit_of(np.array([5e-324])) > 0
