"""Capacities, set sites and impossible numbers, against brute force and a second solver."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pyscipopt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.location import max_cover, p_center, p_median, set_cover
from layout.location.labelled.results import Solution
from layout.location.median import uncapacitated

pytestmark = pytest.mark.slow

seeds = st.integers(0, 10_000)
models = settings(max_examples=20, deadline=None, derandomize=True)


def table(seed: int, n: int, m: int, *, holes: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 40, (n, m)).astype(float)
    cost[rng.random(cost.shape) < holes] = np.inf
    labels = [f"d{i:02d}" for i in range(n)], [f"s{j:02d}" for j in range(m)]
    return pd.DataFrame(cost, index=labels[0], columns=labels[1])


def amounts(cost: pd.DataFrame, seed: int) -> pd.Series:
    rng = np.random.default_rng(seed + 1)
    return pd.Series(rng.integers(1, 9, len(cost)).astype(float), index=cost.index)


def second_median(cost: pd.DataFrame, weights: pd.Series, n_open: int) -> float:
    """The p-median by another solver."""
    model = pyscipopt.Model()
    model.hideOutput()
    opened = {site: model.addVar(vtype="B") for site in cost.columns}
    ways = {
        (d, s): model.addVar(vtype="C", lb=0, ub=1)
        for d in cost.index
        for s in cost.columns
        if np.isfinite(cost.loc[d, s])
    }
    for d in cost.index:
        model.addCons(pyscipopt.quicksum(x for (a, _), x in ways.items() if a == d) == 1)
    for (_, s), x in ways.items():
        model.addCons(x <= opened[s])
    model.addCons(pyscipopt.quicksum(opened.values()) == n_open)
    value = pyscipopt.quicksum(weights[d] * cost.loc[d, s] * x for (d, s), x in ways.items())
    model.setObjective(value)
    model.optimize()
    return float(model.getObjVal()) if model.getStatus() == "optimal" else float("inf")


@pytest.mark.parametrize("seed", range(4))
def test_medians_that_start_on_the_nearest_pairs_agree_with_a_second_solver(seed: int) -> None:
    """Whole far corners without a site near: the nearest 24 of 40 sites do not suffice."""
    cost = table(seed, 30, 40, holes=0.2)
    cost.iloc[:5] = np.sort(cost.iloc[:5].to_numpy(), axis=1)
    weights = amounts(cost, seed)
    shut = list(cost.columns[:30])
    solution = p_median(cost, weights, 3, must_close=shut)
    expected = second_median(cost.drop(columns=shut), weights, 3)
    if np.isinf(expected):
        assert solution.status == "infeasible"
        return
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(expected)


@models
@given(seed=seeds, n_open=st.integers(0, 4))
def test_medians_with_holes_are_the_best_of_all_choices(seed: int, n_open: int) -> None:
    cost = table(seed, 8, 6, holes=0.45)
    weights = amounts(cost, seed) / 7
    best = min(
        (
            (cost[list(chosen)].min(axis=1) * weights).sum() if n_open else np.inf
            for chosen in combinations(cost.columns, n_open)
        ),
        default=np.inf,
    )
    solution = p_median(cost, weights, n_open)
    if np.isinf(best):
        assert solution.status == "infeasible"
        return
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(best)


@models
@given(seed=seeds, gap=st.sampled_from([0.05, 0.3]))
def test_a_gap_that_is_allowed_is_kept(seed: int, gap: float) -> None:
    cost = table(seed, 25, 25)
    weights = amounts(cost, seed)
    best = p_median(cost, weights, 4)
    loose = p_median(cost, weights, 4, gap=gap)
    assert loose.bound <= best.objective <= loose.objective
    assert loose.objective - loose.bound <= gap * loose.objective + 1e-6


def test_the_clock_ends_a_median_with_a_bound_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = table(5, 60, 60)
    best = p_median(cost, 1.0, 6)
    monkeypatch.setattr(uncapacitated, "STAGES", 1)
    stopped = p_median(cost, 1.0, 6, time_limit_s=0.0)
    assert stopped.status in {"gap", "no_solution"}
    assert stopped.bound <= best.objective <= stopped.objective


def test_weights_of_nought_and_ties_give_an_answer_by_label() -> None:
    cost = pd.DataFrame(np.ones((6, 5)), index=list("abcdef"), columns=list("vwxyz"))
    assert p_median(cost, 0.0, 2).objective == 0
    first = p_median(cost, 1.0, 2)
    turned = p_median(cost.iloc[::-1, ::-1], 1.0, 2)
    assert first.open == turned.open
    assert (first.objective, first.status) == (6, "proven")


def brute_cover(
    cost: pd.DataFrame, load: pd.Series, capacity: float, n_open: int, limit: float
) -> float:
    """Most load that whole demands at n sites with places cover, by trying everything."""
    best = 0.0
    for chosen in combinations(cost.columns, n_open):
        states = {tuple([capacity] * n_open): 0.0}
        for demand in cost.index:
            following = dict(states)
            for left, value in states.items():
                for k, site in enumerate(chosen):
                    if cost.loc[demand, site] <= limit and left[k] >= load[demand]:
                        new = (*left[:k], left[k] - load[demand], *left[k + 1 :])
                        following[new] = max(following.get(new, 0.0), value + load[demand])
            states = following
        best = max(best, *states.values())
    return best


@pytest.mark.parametrize("seed", range(5))
def test_capacitated_cover_is_the_best_of_all_choices(seed: int) -> None:
    cost = table(seed, 6, 4)
    load = amounts(cost, seed)
    solution = max_cover(cost, load, 2, 18, capacity=9)
    assert solution.status == "proven"
    assert solution.objective == brute_cover(cost, load, 9, 2, 18)


@pytest.mark.parametrize("seed", range(5))
def test_shared_cover_fills_what_lies_within_reach(seed: int) -> None:
    cost = table(seed, 7, 4)
    load = amounts(cost, seed)
    solution = max_cover(cost, load, 2, 18, capacity=9, split=True)
    flows = solution.assignment
    assert isinstance(flows, pd.DataFrame)
    assert flows["amount"].sum() == pytest.approx(solution.objective)
    assert (flows.groupby("site")["amount"].sum() <= 9 + 1e-6).all()
    served = flows.groupby("demand")["amount"].sum()
    assert (served <= load.reindex(served.index) + 1e-6).all()
    assert solution.objective >= max_cover(cost, load, 2, 18, capacity=9).objective - 1e-6


@models
@given(seed=seeds)
def test_set_sites_hold_in_every_model(seed: int) -> None:
    cost = table(seed, 7, 6)
    must, shut = ["s04"], ["s00", "s01"]
    free = [c for c in cost.columns if c not in shut]
    choices = [list(c) for n in range(1, 5) for c in combinations(free, n) if "s04" in c]
    weights = amounts(cost, seed)

    def kept(solution: Solution) -> bool:
        return "s04" in solution.open and not set(shut) & set(solution.open)

    cover = set_cover(cost, 25, must_open=must, must_close=shut)
    enough = [len(c) for c in choices if (cost[c].min(axis=1) <= 25).all()]
    assert (cover.status == "proven") == bool(enough)
    assert not enough or (cover.objective == min(enough) and kept(cover))
    pairs = [c for c in choices if len(c) == 2]
    centre = p_center(cost, 2, must_open=must, must_close=shut)
    assert centre.objective == min(cost[c].min(axis=1).max() for c in pairs)
    assert kept(centre)
    most = max_cover(cost, weights, 2, 12, must_open=must, must_close=shut)
    assert most.objective == max(weights[cost[c].min(axis=1) <= 12].sum() for c in pairs)
    assert kept(most)


def test_too_few_sites_are_told_with_the_number_that_would_do() -> None:
    cost = pd.DataFrame([[1, np.inf, 9], [np.inf, 1, np.inf]], index=["a", "b"], columns=[1, 2, 3])
    for solution in (p_median(cost, 1.0, 1), p_center(cost, 1)):
        assert solution.status == "infeasible"
        assert any("2 open sites instead of 1" in reason for reason in solution.reasons)


def test_too_few_places_are_told_with_the_number_that_would_do() -> None:
    cost = pd.DataFrame(np.ones((3, 2)), index=list("abc"), columns=["x", "y"])
    solution = p_median(cost, 1.0, 2, load=[4, 4, 4], capacity=6)
    assert solution.status == "infeasible"
    assert any("2 more places" in reason for reason in solution.reasons)
    shared = p_median(cost, 1.0, 2, load=[4, 4, 4], capacity=5.5, split=True)
    assert any("1 more place" in reason for reason in shared.reasons)


def test_a_limit_too_small_is_told_with_the_one_that_would_do() -> None:
    cost = pd.DataFrame([[3.0, 8.0], [9.0, 7.0]], index=["a", "b"], columns=["x", "y"])
    solution = set_cover(cost, 5)
    assert solution.status == "infeasible"
    assert any("limit of 7" in reason for reason in solution.reasons)
