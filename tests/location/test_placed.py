"""Set cover and p-center with places, against every choice of sites and a second solver."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pyscipopt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from layout.location import Solution, p_center, p_median, set_cover
from layout.location.median.knapsack import CapacitatedMedian, priced, reduced
from layout.location.median.reassignment import answer_from

seeds = st.integers(0, 10_000)
models = settings(max_examples=25, deadline=None, derandomize=True)


def problem(seed: int, n: int = 7, m: int = 5) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Costs with holes, loads and places; about a third of them cannot be solved."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 30, (n, m)).astype(float)
    cost[rng.random(cost.shape) < 0.15] = np.inf
    demands, sites = [f"d{i}" for i in range(n)], [f"s{j}" for j in range(m)]
    load = pd.Series(rng.integers(1, 9, n).astype(float), index=demands)
    tight = rng.uniform(1.0, 2.2) * load.sum() / m
    places = np.rint(rng.uniform(0.6, 1.8, m) * tight)
    return pd.DataFrame(cost, demands, sites), load, pd.Series(places, index=sites)


@cache
def ways(n: int, m: int) -> np.ndarray:
    """Every way to send n demands to m sites, one a row."""
    return np.indices((m,) * n).reshape(n, -1).T


def whole_fits(cost: pd.DataFrame, load: pd.Series, places: pd.Series, limit: float) -> bool:
    """Whether the sites of the table hold everybody undivided, by trying every way."""
    n, m = cost.shape
    to, within = ways(n, m), cost.to_numpy() <= limit
    to = to[within[np.arange(n), to].all(axis=1)]
    taken = np.stack([(to == k) @ load.to_numpy() for k in range(m)], axis=1)
    return bool((taken <= places[cost.columns].to_numpy()).all(axis=1).any())


def shared_fits(cost: pd.DataFrame, load: pd.Series, places: pd.Series, limit: float) -> bool:
    """The same with demand divided: a maximum flow."""
    n, m = cost.shape
    arcs = np.zeros((n + m + 2, n + m + 2), dtype=np.int32)
    arcs[0, 1 : n + 1] = load
    arcs[1 : n + 1, n + 1 : n + m + 1] = np.where(cost <= limit, 10_000, 0)
    arcs[n + 1 : n + m + 1, -1] = places[cost.columns]
    return bool(maximum_flow(csr_array(arcs), 0, n + m + 1).flow_value == load.sum())


FITS = {False: whole_fits, True: shared_fits}


def least_radius(
    choices: list[list[str]],
    cost: pd.DataFrame,
    load: pd.Series,
    places: pd.Series,
    *,
    split: bool,
) -> float:
    """The least of all choices; what fits into a radius fits into a larger one."""
    best, radius = np.inf, 29
    for sites in choices:
        while radius > 0 and FITS[split](cost[sites], load, places, radius):
            best, radius = radius, radius - 1
    return best


def kept(
    solution: Solution,
    cost: pd.DataFrame,
    load: pd.Series,
    places: pd.Series,
    limit: float,
    split: bool,
) -> None:
    """The answer serves everybody within the limit and within the places of its open sites."""
    if split:
        flows = solution.assignment
        assert isinstance(flows, pd.DataFrame)
        pd.testing.assert_series_equal(
            flows.groupby("demand")["amount"].sum(), load, check_names=False
        )
    else:
        assert isinstance(solution.assignment, pd.Series)
        flows = pd.DataFrame({"site": solution.assignment, "amount": load})
        flows["cost"] = [cost.loc[d, s] for d, s in solution.assignment.items()]
    assert set(flows["site"]) <= set(solution.open)
    taken = flows.groupby("site")["amount"].sum()
    assert (taken <= places[taken.index] + 1e-5).all()
    assert flows["cost"].max() <= limit


@pytest.mark.more
@pytest.mark.slow
@pytest.mark.parametrize("split", [False, True])
@models
@given(seed=seeds, limit=st.integers(8, 29))
def test_cover_with_capacities_opens_the_fewest_of_all_choices(
    seed: int, limit: int, split: bool
) -> None:
    cost, load, places = problem(seed)
    counts = [
        n
        for n in range(1, 6)
        for sites in combinations(cost.columns, n)
        if FITS[split](cost[list(sites)], load, places, limit)
    ]
    solution = set_cover(cost, limit, load=load, capacity=places, split=split)
    if not counts:
        assert solution.status == "infeasible"
        assert solution.reasons
        return
    assert (solution.objective, solution.status) == (min(counts), "proven")
    assert len(solution.open) == min(counts)
    kept(solution, cost, load, places, limit, split)


@pytest.mark.slow
@pytest.mark.parametrize("split", [False, True])
@models
@given(seed=seeds, n_open=st.integers(1, 5))
def test_center_with_places_is_the_least_of_all_choices(
    seed: int, n_open: int, split: bool
) -> None:
    cost, load, places = problem(seed)
    choices = [list(sites) for sites in combinations(cost.columns, n_open)]
    best = least_radius(choices, cost, load, places, split=split)
    solution = p_center(cost, n_open, load=load, capacity=places, split=split)
    if np.isinf(best):
        assert solution.status == "infeasible"
        assert solution.objective == solution.bound == np.inf
        return
    assert (solution.objective, solution.bound, solution.status) == (best, best, "proven")
    assert len(solution.open) == n_open
    kept(solution, cost, load, places, best, split)


@pytest.mark.slow
@models
@given(seed=seeds)
def test_set_sites_hold_with_places(seed: int) -> None:
    cost, load, places = problem(seed, 6, 6)
    must, shut = ["s4"], ["s0", "s1"]
    choices = [
        list(sites)
        for n in range(1, 5)
        for sites in combinations(["s2", "s3", "s4", "s5"], n)
        if "s4" in sites
    ]
    given_ = {"load": load, "capacity": places, "must_open": must, "must_close": shut}
    fits = [len(c) for c in choices if whole_fits(cost[c], load, places, 25)]
    cover = set_cover(cost, 25, **given_)
    assert cover.objective == min(fits, default=np.inf)
    assert not fits or ("s4" in cover.open and not set(shut) & set(cover.open))
    centre = p_center(cost, 3, **given_)
    trios = [c for c in choices if len(c) == 3]
    best = least_radius(trios, cost, load, places, split=False)
    assert centre.objective == best
    assert np.isinf(best) or ("s4" in centre.open and not set(shut) & set(centre.open))


def least_cost(
    cost: pd.DataFrame, load: pd.Series, places: pd.Series, opened: list[str], shut: list[str]
) -> dict[int, float]:
    """The least cost of whole demands by number of sites, of every choice and every way."""
    best = {}
    free = [site for site in cost.columns if site not in shut]
    to = ways(len(cost), len(free))
    table = cost[free].to_numpy()
    taken = np.stack([(to == k) @ load.to_numpy() for k in range(len(free))], axis=1)
    to = to[(taken <= places[free].to_numpy()).all(axis=1)]
    total = table[np.arange(len(cost)), to].sum(axis=1)
    used = np.stack([(to == k).any(axis=1) for k in range(len(free))], axis=1)
    used |= np.isin(free, opened)
    for n in range(1, len(free) + 1):
        # A site more does no harm: the open ones are those used, and others beside them.
        best[n] = total[used.sum(axis=1) <= n].min(initial=np.inf)
    return best


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [1.0, 0.37])
@models
@given(seed=seeds, n_open=st.integers(1, 5), bound_sites=st.booleans())
def test_median_with_places_is_the_least_of_all_choices(
    seed: int, n_open: int, bound_sites: bool, fraction: float
) -> None:
    """Whole loads go through knapsacks first; with others the model stands alone."""
    cost, load, places = problem(seed, 6, 5)
    opened, shut = (["s1"], ["s3"]) if bound_sites else ([], [])
    best = least_cost(cost, load, places, opened, shut).get(n_open, np.inf)
    solution = p_median(
        cost,
        1.0,
        n_open,
        load=load * fraction,
        capacity=places * fraction,
        must_open=opened,
        must_close=shut,
    )
    if np.isinf(best):
        assert solution.status == "infeasible"
        return
    assert (solution.objective, solution.bound, solution.status) == (best, best, "proven")
    assert set(opened) <= set(solution.open)
    assert not set(shut) & set(solution.open)
    kept(solution, cost, load, places, 30, split=False)


@pytest.mark.slow
@models
@given(seed=seeds)
def test_facilities_with_places_are_the_least_of_all_choices(seed: int) -> None:
    cost, load, places = problem(seed, 6, 5)
    fixed = pd.Series(np.random.default_rng(seed).integers(1, 40, 5) / 3, index=cost.columns)
    to, table = ways(6, 5), cost.to_numpy()
    taken = np.stack([(to == k) @ load.to_numpy() for k in range(5)], axis=1)
    to = to[(taken <= places.to_numpy()).all(axis=1)]
    used = np.stack([(to == k).any(axis=1) for k in range(5)], axis=1)
    total = table[np.arange(6), to].sum(axis=1) + used @ fixed.to_numpy()
    best = total.min(initial=np.inf)
    solution = p_median(cost, 1.0, load=load, capacity=places, fixed_cost=fixed)
    assert solution.status == ("infeasible" if np.isinf(best) else "proven")
    assert solution.objective == pytest.approx(best)


@models
@given(seed=seeds)
def test_no_price_proves_too_much_and_none_rules_out_the_best(seed: int) -> None:
    cost, load, room = problem(seed, 6, 5)
    best = least_cost(cost, load, room, [], [])[3]
    places = CapacitatedMedian(
        cost=cost.to_numpy(),
        load=load.to_numpy().astype(np.int64),
        capacity=room.to_numpy().astype(np.int64),
        fixed=np.zeros(5),
        may=np.ones(5, dtype=bool),
        must=np.zeros(5, dtype=bool),
        n_open=3,
    )
    price = np.random.default_rng(seed).uniform(0, 30, 6)
    bound = priced(places, price)
    assert bound.value <= best + 1e-9
    if np.isinf(best):
        return
    left = reduced(places, bound, best + 1e-6)
    rest = pd.DataFrame(left.cost, cost.index, cost.columns)
    opened = list(cost.columns[left.must])
    shut = list(cost.columns[~left.may])
    assert least_cost(rest, load, room, opened, shut)[3] == best
    found = answer_from(places, bound.chosen)
    assert found is None or (found.cost >= best and found.is_open.sum() == 3)


def test_the_median_with_places_is_the_same_in_any_order() -> None:
    rng = np.random.default_rng(2)
    points = rng.random((40, 2)) * 100
    cost = pd.DataFrame(np.rint(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))))
    load = pd.Series(rng.integers(1, 20, 40).astype(float))
    first = p_median(cost, 1.0, 5, load=load, capacity=95)
    mixed = cost.iloc[rng.permutation(40), rng.permutation(40)]
    second = p_median(mixed, 1.0, 5, load=load[::-1], capacity=95)
    assert first.status == "proven"
    assert first.open == second.open
    assert first.assignment.equals(second.assignment)


def second_center(cost: pd.DataFrame, load: pd.Series, places: pd.Series, n_open: int) -> float:
    """The p-center with places by another solver and the textbook model."""
    model = pyscipopt.Model()
    model.hideOutput()
    opened = {site: model.addVar(vtype="B") for site in cost.columns}
    x = {(d, s): model.addVar(vtype="B") for d in cost.index for s in cost.columns}
    radius = model.addVar(vtype="C", lb=0)
    for d in cost.index:
        model.addCons(pyscipopt.quicksum(x[d, s] for s in cost.columns) == 1)
        longest = pyscipopt.quicksum(cost.loc[d, s] * x[d, s] for s in cost.columns)
        model.addCons(longest <= radius)
    for s in cost.columns:
        taken = pyscipopt.quicksum(load[d] * x[d, s] for d in cost.index)
        model.addCons(taken <= places[s] * opened[s])
    model.addCons(pyscipopt.quicksum(opened.values()) == n_open)
    model.setObjective(radius)
    model.optimize()
    return float(model.getObjVal()) if model.getStatus() == "optimal" else np.inf


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_center_with_places_agrees_with_a_second_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    homes, sites = rng.random((30, 2)) * 100, rng.random((12, 2)) * 100
    cost = pd.DataFrame(np.rint(np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1))))
    load = pd.Series(rng.integers(1, 9, 30).astype(float))
    places = pd.Series(np.full(12, np.ceil(load.sum() / 4 * 1.1)))
    solution = p_center(cost, 4, load=load, capacity=places)
    expected = second_center(cost, load, places, 4)
    assert solution.objective == pytest.approx(expected)
    assert solution.status == ("proven" if np.isfinite(expected) else "infeasible")


@pytest.mark.parametrize("split", [False, True])
def test_rows_in_any_order_give_the_same_answer(split: bool) -> None:
    cost, load, places = problem(4, 12, 7)
    rng = np.random.default_rng(1)
    mixed = cost.iloc[rng.permutation(12), rng.permutation(7)]
    for model in (lambda c, **k: p_center(c, 4, **k), lambda c, **k: set_cover(c, 25, **k)):
        first = model(cost, load=load, capacity=places * 2, split=split)
        second = model(mixed, load=load[::-1], capacity=places[::-1] * 2, split=split)
        assert first.status == "proven"
        assert first.open == second.open
        assert first.assignment.equals(second.assignment)


def test_places_that_are_plenty_change_nothing() -> None:
    cost, load, _ = problem(9, 12, 7)
    cost = cost.replace(np.inf, 9.0)
    loose = p_center(cost, 3, load=load, capacity=1000)
    assert loose.objective == p_center(cost, 3).objective
    wide = set_cover(cost, 20, load=load, capacity=1000)
    assert wide.objective == set_cover(cost, 20).objective
    # Each goes to its nearest open site where there is room for all.
    nearest = cost[list(wide.open)].min(axis=1)
    assert all(cost.loc[d, s] == nearest[d] for d, s in wide.assignment.items())


def crowd() -> tuple[pd.DataFrame, list[float], list[float]]:
    """Two valleys; the one of a and b has too few places, the other plenty."""
    inf = np.inf
    rows = [[1, inf, 9], [2, inf, inf], [inf, 3, inf]]
    return pd.DataFrame(rows, list("abc"), list("xyz")), [5.0, 4.0, 1.0], [6.0, 90.0, 3.0]


def test_who_is_short_of_places_is_told_with_what_would_do() -> None:
    cost, load, places = crowd()
    for solution in (
        set_cover(cost, 5, load=load, capacity=places),
        set_cover(cost, 5, load=load, capacity=places, split=True),
        p_center(cost, 2, load=load, capacity=places),
        p_median(cost, 1, 2, load=load, capacity=places),
    ):
        assert solution.status == "infeasible"
        assert "3 more places at the open sites would do" in solution.reasons
    short = set_cover(cost, 5, load=load, capacity=places).reasons
    assert short[0] == (
        "2 demands of 9 together, the first is a, may use sites of 6 places: 3 are missing"
    )
    # A wider limit lets a go to z too, but only a part of it: whole, five do not fit into three.
    assert not any("limit of" in reason for reason in short)
    shared = set_cover(cost, 5, load=load, capacity=places, split=True).reasons
    assert any("a limit of 9 would do" in reason for reason in shared)
    other = set_cover(cost, [5, 5, 4], load=load, capacity=places, split=True).reasons
    assert any("limits larger by 4 would do" in reason for reason in other)


def test_a_demand_larger_than_every_site_is_told() -> None:
    cost = pd.DataFrame(np.ones((2, 2)), list("ab"), list("xy"))
    for solution in (
        set_cover(cost, 2, load=[7, 1], capacity=5),
        p_center(cost, 2, load=[7, 1], capacity=5),
        p_median(cost, 1, 2, load=[7, 1], capacity=5),
    ):
        assert solution.status == "infeasible"
        assert any("the first is a: 7 where the largest holds 5" in r for r in solution.reasons)
        assert any("2 more places" in r for r in solution.reasons)
    assert p_center(cost, 2, load=[7, 1], capacity=5, split=True).status == "proven"


def test_more_sites_that_would_do_are_told() -> None:
    cost = pd.DataFrame(np.ones((4, 4)), list("abcd"), list("wxyz"))
    solution = p_center(cost, 2, load=3, capacity=5)
    assert solution.status == "infeasible"
    assert any("4 open sites instead of 2" in reason for reason in solution.reasons)


def test_a_clock_that_stops_the_search_is_never_proof() -> None:
    rng = np.random.default_rng(5)
    points = rng.random((120, 2)) * 1000
    cost = pd.DataFrame(np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)))
    for stopped in (
        p_center(cost, 8, load=7, capacity=110, time_limit_s=0.3),
        set_cover(cost, 180, load=7, capacity=64, time_limit_s=0.05),
    ):
        assert stopped.status in {"gap", "no_solution"}
        assert stopped.bound <= stopped.objective
