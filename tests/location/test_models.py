"""Location models against brute force over every choice of sites, and against a second solver."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pyscipopt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.core.errors import InputError
from layout.location import max_cover, p_center, p_median, set_cover

pytestmark = pytest.mark.slow


def table(seed: int, n_demands: int = 9, n_sites: int = 6, *, holes: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 40, (n_demands, n_sites)).astype(float)
    if holes:
        cost[rng.random(cost.shape) < 0.15] = np.inf
        cost[:, 0] = np.where(np.isinf(cost).all(axis=1), 39.0, cost[:, 0])
    return pd.DataFrame(
        cost,
        index=[f"d{i:02d}" for i in range(n_demands)],
        columns=[f"s{j}" for j in range(n_sites)],
    )


def weights_of(cost: pd.DataFrame, seed: int) -> pd.Series:
    rng = np.random.default_rng(seed + 1)
    return pd.Series(rng.integers(1, 9, len(cost)).astype(float), index=cost.index)


def choices(cost: pd.DataFrame, n_open: int) -> list[list[str]]:
    return [list(chosen) for chosen in combinations(cost.columns, n_open)]


seeds = st.integers(0, 10_000)
slow_models = settings(max_examples=25, deadline=None, derandomize=True)


@slow_models
@given(seed=seeds, n_open=st.integers(1, 5))
def test_p_median_is_the_best_of_all_choices(seed: int, n_open: int) -> None:
    cost = table(seed)
    weights = weights_of(cost, seed)
    best = min((cost[chosen].min(axis=1) * weights).sum() for chosen in choices(cost, n_open))
    solution = p_median(cost, weights, n_open)
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(best)
    assert len(solution.open) == n_open
    served = [cost.loc[demand, site] for demand, site in solution.assignment.items()]
    assert (np.array(served) * weights.to_numpy()).sum() == pytest.approx(best)


@slow_models
@given(seed=seeds)
def test_facility_location_is_the_best_of_all_choices(seed: int) -> None:
    cost = table(seed)
    weights = weights_of(cost, seed)
    fixed = pd.Series(np.arange(20, 20 + 10 * 6, 10.0), index=cost.columns)
    best = min(
        (cost[chosen].min(axis=1) * weights).sum() + fixed[chosen].sum()
        for n_open in range(1, 7)
        for chosen in choices(cost, n_open)
    )
    solution = p_median(cost, weights, fixed_cost=fixed)
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(best)


@slow_models
@given(seed=seeds, n_open=st.integers(1, 5))
def test_p_center_is_the_best_of_all_choices(seed: int, n_open: int) -> None:
    cost = table(seed)
    best = min(cost[chosen].min(axis=1).max() for chosen in choices(cost, n_open))
    solution = p_center(cost, n_open)
    assert (solution.objective, solution.status) == (best, "proven")
    assert len(solution.open) == n_open


@slow_models
@given(seed=seeds, limit=st.integers(4, 39))
def test_set_cover_opens_the_fewest(seed: int, limit: int) -> None:
    cost = table(seed, holes=True)
    enough = [
        len(chosen)
        for n_open in range(1, 7)
        for chosen in choices(cost, n_open)
        if (cost[chosen].min(axis=1) <= limit).all()
    ]
    solution = set_cover(cost, limit)
    if enough:
        assert (solution.objective, solution.status) == (min(enough), "proven")
    else:
        assert solution.status == "infeasible"
        assert solution.reasons


@slow_models
@given(seed=seeds, limit=st.integers(2, 20), n_open=st.integers(1, 5))
def test_max_cover_is_the_best_of_all_choices(seed: int, limit: int, n_open: int) -> None:
    cost = table(seed)
    weights = weights_of(cost, seed)
    best = max(
        weights[(cost[chosen].min(axis=1) <= limit)].sum() for chosen in choices(cost, n_open)
    )
    solution = max_cover(cost, weights, n_open, limit)
    assert (solution.objective, solution.status) == (best, "proven")


@slow_models
@given(seed=seeds)
def test_rows_in_any_order_give_the_same_answer(seed: int) -> None:
    cost = table(seed)
    weights = weights_of(cost, seed)
    rng = np.random.default_rng(seed)
    shuffled = cost.iloc[rng.permutation(len(cost)), rng.permutation(cost.shape[1])]
    first, second = p_median(cost, weights, 3), p_median(shuffled, weights[::-1], 3)
    assert first.open == second.open
    pd.testing.assert_series_equal(first.assignment, second.assignment)


def second_opinion(
    cost: pd.DataFrame, load: pd.Series, capacity: float, n_open: int, *, split: bool
) -> float:
    """The capacitated p-median by another solver and another formulation."""
    model = pyscipopt.Model()
    model.hideOutput()
    opened = {site: model.addVar(vtype="B") for site in cost.columns}
    kind = "C" if split else "B"
    x = {
        (demand, site): model.addVar(vtype=kind, lb=0, ub=1)
        for demand in cost.index
        for site in cost.columns
    }
    for demand in cost.index:
        model.addCons(pyscipopt.quicksum(x[demand, site] for site in cost.columns) == 1)
    for site in cost.columns:
        taken = pyscipopt.quicksum(load[demand] * x[demand, site] for demand in cost.index)
        model.addCons(taken <= capacity * opened[site])
        for demand in cost.index:
            model.addCons(x[demand, site] <= opened[site])
    model.addCons(pyscipopt.quicksum(opened.values()) == n_open)
    model.setObjective(
        pyscipopt.quicksum(cost.loc[demand, site] * x[demand, site] for demand, site in x)
    )
    model.optimize()
    return float(model.getObjVal()) if model.getStatus() == "optimal" else float("inf")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("split", [False, True])
def test_capacities_agree_with_a_second_solver(seed: int, split: bool) -> None:
    cost = table(seed, 10, 5)
    load = weights_of(cost, seed)
    capacity = float(np.ceil(load.sum() / 3 * 1.1))
    expected = second_opinion(cost, load, capacity, 3, split=split)
    solution = p_median(cost, 1.0, 3, load=load, capacity=capacity, split=split)
    if np.isinf(expected):
        assert solution.status == "infeasible"
        return
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(expected, rel=1e-6)
    if split:
        assert solution.assignment["amount"].sum() == pytest.approx(load.sum())
        taken = solution.assignment.groupby("site")["amount"].sum()
    else:
        taken = load.groupby(solution.assignment).sum()
    assert (taken <= capacity + 1e-6).all()


def test_capacitated_cover_counts_whole_demands_only() -> None:
    cost = pd.DataFrame([[1.0], [1.0], [1.0]], index=["a", "b", "c"], columns=["s"])
    solution = max_cover(cost, {"a": 3, "b": 3, "c": 4}, 1, 2, capacity=6)
    assert solution.objective == 6
    assert solution.assignment.notna().sum() == 2


def test_must_open_and_must_close_hold() -> None:
    cost = table(7)
    free = p_median(cost, 1.0, 2)
    other = next(site for site in cost.columns if site not in free.open)
    held = p_median(cost, 1.0, 2, must_open=[other], must_close=[free.open[0]])
    assert other in held.open
    assert free.open[0] not in held.open
    assert held.objective >= free.objective


def test_a_long_table_and_a_wide_one_agree() -> None:
    cost = table(3, holes=True)
    long = (
        cost.rename_axis("demand").reset_index().melt("demand", var_name="site", value_name="cost")
    )
    long = long[np.isfinite(long["cost"])]
    assert p_median(long, 1.0, 3).objective == p_median(cost, 1.0, 3).objective


def test_too_small_places_are_told_before_solving() -> None:
    solution = p_median(table(1), 1.0, 2, capacity=1.0)
    assert solution.status == "infeasible"
    assert any("9" in reason for reason in solution.reasons)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(np.nan, "nan"), (-1.0, "negative")],
)
def test_numbers_without_meaning_are_refused(wrong: float, code: str) -> None:
    cost = table(2)
    cost.iloc[0, 0] = wrong
    with pytest.raises(InputError) as caught:
        p_median(cost, [-1.0] * 9, 2)
    assert {code, "negative"} <= {problem.code for problem in caught.value.problems}


def test_labels_without_meaning_are_refused() -> None:
    cost = table(2)
    site = list(cost.columns[:1])
    with pytest.raises(InputError) as caught:
        p_median(cost, [1.0, 2.0], 2, must_open=site, must_close=[*site, "nowhere"])
    codes = {problem.code for problem in caught.value.problems}
    assert {"wrong-length", "open-and-closed", "unknown-label"} <= codes


def test_infinite_capacity_and_weights_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        p_median(table(2), 1.0, 2, capacity=np.inf)
    assert caught.value.problems[0].code == "infinite"


def test_a_clock_that_stops_the_search_is_never_proof() -> None:
    rng = np.random.default_rng(5)
    points = rng.random((400, 2)) * 1000
    cost = pd.DataFrame(np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)))
    solution = p_median(cost, 1.0, 15, capacity=28.0, time_limit_s=0.5)
    assert solution.status in {"gap", "no_solution"}
    assert solution.bound <= solution.objective
