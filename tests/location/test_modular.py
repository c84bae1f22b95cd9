"""Modular covering against brute force over every choice of sites and modules."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulp import PULP_CBC_CMD
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow
from spopt.locate import MCLP

from layout.core.errors import InputError
from layout.location import ModularProblem, ModularSolution, choose_modules, modular_cover
from layout.location.modular.counts import by_counts
from layout.location.modular.instance import instance_of
from layout.location.modular.model import level_model
from layout.location.solver.highs import Effort

pytestmark = pytest.mark.slow

SIZE, LIMIT, LEAST, MOST = 5, 20, 1, 3


def town(seed: int, n_sites: int = 5) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    cost = pd.DataFrame(
        rng.integers(1, 40, (7, n_sites)).astype(float),
        index=[f"d{i}" for i in range(7)],
        columns=[f"s{j}" for j in range(n_sites)],
    )
    return cost, pd.Series(rng.integers(0, 9, 7), index=cost.index)


def most_served(cost: pd.DataFrame, weight: pd.Series, modules: dict[str, int]) -> int:
    """The largest flow from demands to the places of the chosen modules."""
    n, m = cost.shape
    graph = np.zeros((n + m + 2, n + m + 2), dtype=np.int32)
    graph[0, 1 : n + 1] = weight
    graph[1 : n + 1, n + 1 : n + m + 1] = np.where(cost.to_numpy() <= LIMIT, 99, 0)
    graph[n + 1 : n + m + 1, -1] = [SIZE * modules[site] for site in cost.columns]
    return int(maximum_flow(sparse.csr_matrix(graph), 0, n + m + 1).flow_value)


def best_of_all(
    cost: pd.DataFrame, weight: pd.Series, n_new: int, total: int, existing: dict[str, int]
) -> int | None:
    """What the best of all choices covers; None where no choice keeps the counts."""
    ranges = [
        range(existing[site] + 1) if site in existing else (0, *range(LEAST, MOST + 1))
        for site in cost.columns
    ]
    found = []
    for counts in product(*ranges):
        modules = dict(zip(cost.columns, counts, strict=True))
        opened = sum(modules[site] > 0 for site in cost.columns if site not in existing)
        if opened == n_new and sum(counts) == total:
            found.append(most_served(cost, weight, modules))
    return max(found, default=None)


def solved(cost: pd.DataFrame, weight: pd.Series, **counts: object) -> ModularSolution:
    return modular_cover(
        cost,
        weight,
        LIMIT,
        min_modules=LEAST,
        max_modules=MOST,
        module_size=SIZE,
        **counts,  # type: ignore[arg-type]
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    n_new=st.integers(0, 3),
    total=st.integers(1, 8),
    grown=st.integers(0, 2),
)
def test_covers_as_much_as_the_best_of_all_choices(
    seed: int, n_new: int, total: int, grown: int
) -> None:
    cost, weight = town(seed)
    existing = {f"s{j}": 2 for j in range(grown)}
    expected = best_of_all(cost, weight, n_new, total, existing)
    solution = solved(cost, weight, n_new=n_new, modules=total, existing=existing)
    if expected is None:
        assert solution.status == "infeasible"
        assert solution.reasons
        return
    assert (solution.objective, solution.bound, solution.status) == (expected, expected, "proven")
    assert len(solution.open) == n_new
    assert solution.modules.sum() == total
    flows = solution.assignment
    assert flows["amount"].sum() == expected
    assert (flows["amount"] == flows["amount"].round()).all()
    assert (flows["cost"] <= LIMIT).all()
    served = flows.groupby("demand")["amount"].sum()
    assert (served <= weight.reindex(served.index)).all()
    taken = flows.groupby("site")["amount"].sum()
    assert (taken <= SIZE * solution.modules.reindex(taken.index)).all()


# spopt 0.7 calls what PuLP is about to rename.
@pytest.mark.filterwarnings("ignore:.*PuLP 4.0:DeprecationWarning")
@pytest.mark.parametrize("seed", range(6))
def test_without_capacities_it_is_the_max_cover_of_spopt(seed: int) -> None:
    """Sites that hold everybody: the maximal covering location problem, solved by CBC."""
    rng = np.random.default_rng(seed)
    cost = pd.DataFrame(
        rng.integers(1, 60, (30, 12)).astype(float),
        index=[f"d{i:02d}" for i in range(30)],
        columns=[f"s{j:02d}" for j in range(12)],
    )
    weight = pd.Series(rng.integers(1, 9, 30), index=cost.index)
    peer = MCLP.from_cost_matrix(
        cost.to_numpy(), weight.to_numpy(), service_radius=LIMIT // 2, p_facilities=3
    ).solve(PULP_CBC_CMD(msg=False))
    solution = modular_cover(
        cost,
        weight,
        LIMIT // 2,
        n_new=3,
        modules=3,
        min_modules=1,
        max_modules=1,
        module_size=1_000,
    )
    assert solution.status == "proven"
    assert solution.objective == peer.problem.objective.value()
    covered = cost[list(solution.open)].min(axis=1) <= LIMIT // 2
    assert weight[covered].sum() == solution.objective


def test_rows_in_any_order_give_the_same_answer() -> None:
    cost, weight = town(4)
    rng = np.random.default_rng(1)
    mixed = cost.iloc[rng.permutation(7), rng.permutation(5)]
    one = solved(cost, weight, n_new=2, modules=5)
    two = solved(mixed, weight[::-1], n_new=2, modules=5)
    pd.testing.assert_series_equal(one.modules, two.modules)
    pd.testing.assert_frame_equal(one.assignment, two.assignment)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), n_new=st.integers(0, 3), total=st.integers(1, 8))
def test_towns_without_a_way_to_each_other_share_what_there_is(
    seed: int, n_new: int, total: int
) -> None:
    one, two = town(seed, 3), town(seed + 1, 3)
    far = two[0].add_prefix("t").rename(index="t{}".format)
    cost = pd.concat([one[0], far]).fillna(np.inf)
    weight = pd.concat([one[1], two[1].rename(index="t{}".format)])
    existing = {"s0": 2}
    expected = best_of_all(cost, weight, n_new, total, existing)
    solution = solved(cost, weight, n_new=n_new, modules=total, existing=existing)
    if expected is None:
        assert solution.status == "infeasible"
        return
    assert (solution.objective, solution.bound, solution.status) == (expected, expected, "proven")
    assert (len(solution.open), solution.modules.sum()) == (n_new, total)


def test_modules_that_serve_nobody_do_not_push_sites_about() -> None:
    """Hamlets of few children: most modules stand idle, and must not decide where sites open.

    The site with most children around it is no part of the best two of a hamlet.
    """
    reached = {"a": (0, 1, 2, 3), "b": (0, 1, 4), "c": (2, 3, 5)}
    cost = pd.DataFrame(np.inf, index=[f"d{i:02d}" for i in range(12)], columns=list("abcdef"))
    for site, demands in reached.items():
        for half in range(2):
            at = [6 * half + demand for demand in demands]
            cost.iloc[at, "abc".index(site) + 3 * half] = 1.0
    solution = solved(cost, pd.Series(1, index=cost.index), n_new=4, modules=12)
    assert solution.open == ("b", "c", "e", "f")
    assert (solution.objective, solution.bound, solution.status) == (12, 12, "proven")


def test_travel_is_least_among_what_covers_as_much() -> None:
    cost = pd.DataFrame([[9.0, 2.0, 5.0]], index=["d"], columns=["a", "b", "c"])
    solution = solved(cost, pd.Series({"d": 5}), n_new=1, modules=1)
    assert solution.open == ("b",)
    assert [(level.name, level.objective, level.status) for level in solution.levels] == [
        ("covered", 5.0, "proven"),
        ("travel", 10.0, "proven"),
    ]


def test_more_modules_than_fit_are_told_before_solving() -> None:
    cost, weight = town(1)
    solution = solved(cost, weight, n_new=2, modules=7)
    assert solution.status == "infeasible"
    assert any("7 modules" in reason for reason in solution.reasons)


def test_an_expansion_table_may_give_the_most_to_be_added() -> None:
    cost, weight = town(2)
    table = pd.DataFrame({"max_modules": {"s0": 2}})
    solution = solved(cost, weight, n_new=1, modules=5, existing=table)
    assert solution.modules["s0"] == 2
    assert "s0" not in solution.open


def test_numbers_without_meaning_are_refused_together() -> None:
    cost, weight = town(3)
    with pytest.raises(InputError) as caught:
        modular_cover(
            cost,
            -weight - 1,
            np.nan,
            n_new=-1,
            modules=3,
            min_modules=4,
            max_modules=3,
            module_size=0,
        )
    codes = {problem.code for problem in caught.value.problems}
    assert {"negative", "nan", "not-a-count", "least-above-most", "zero"} <= codes


def scattered(n_demands: int, n_sites: int) -> tuple[pd.DataFrame, pd.Series]:
    """Clusters of demand as valleys have them, with sites at some of the demands."""
    rng = np.random.default_rng(1)
    centres = rng.random((n_demands // 12, 2)) * 60_000
    points = centres[rng.integers(0, len(centres), n_demands)] + rng.normal(0, 800, (n_demands, 2))
    sites = points[rng.choice(n_demands, n_sites, replace=False)]
    metres = np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))
    row, col = np.nonzero(metres <= 3000)
    demands = np.array([f"d{i:04d}" for i in range(n_demands)])
    table = pd.DataFrame(
        {
            "demand": demands[row],
            "site": [f"s{j:04d}" for j in col],
            "cost": np.rint(metres[row, col]),
        }
    )
    return table, pd.Series(rng.integers(1, 12, n_demands), index=demands)


@pytest.mark.slow
def test_a_large_model_ends_close_to_its_bound() -> None:
    cost, weight = scattered(600, 250)
    solution = modular_cover(
        cost,
        weight,
        3000,
        n_new=8,
        modules=90,
        min_modules=6,
        max_modules=12,
        module_size=30,
    )
    assert solution.status in {"proven", "gap"}
    assert solution.gap <= 0.02
    assert solution.bound >= solution.objective == solution.assignment["amount"].sum()


def districts(seed: int, *, n_demands: int = 14, n_sites: int = 9) -> ModularProblem:
    """Demands of three groups along a line, sites of two kinds between them."""
    rng = np.random.default_rng(seed)
    demands = pd.Index([f"d{i:02}" for i in range(n_demands)])
    sites = pd.Index([f"s{j}" for j in range(n_sites)])
    at, there = rng.uniform(0, 60, n_demands), rng.uniform(0, 60, n_sites)
    away = np.rint(np.abs(at[:, None] - there)).astype(int)
    row, col = np.nonzero(away <= LIMIT)
    group = np.array(["east", "mid", "west"])[np.minimum(at // 20, 2).astype(int)]
    return ModularProblem(
        demand=pd.DataFrame({"amount": rng.integers(1, 12, n_demands), "group": group}, demands),
        totals=pd.Series({"east": 40, "mid": 60, "west": 30}),
        sites=pd.DataFrame(
            {"new": True, "least": 1, "most": 2, "size": rng.choice([5, 7], n_sites)}, sites
        ),
        pairs=pd.DataFrame({"demand": demands[row], "site": sites[col], "cost": away[row, col]}),
        n_new=4,
    )


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_settling_the_numbers_by_kind_first_finds_the_same(seed: int) -> None:
    problem = districts(seed)
    whole = choose_modules(problem, effort=Effort())
    counted = choose_modules(problem, effort=Effort(node_limit=500))
    assert whole is not None
    assert counted is not None
    assert [level.status for level in whole.levels] == ["proven"] * 3
    for one, other in zip(whole.levels, counted.levels, strict=True):
        assert (one.objective, one.bound) == pytest.approx((other.objective, other.bound))


@pytest.mark.parametrize("nodes", [0, 1, 500])
def test_a_search_cut_short_keeps_a_bound_below_the_best(nodes: int) -> None:
    problem = districts(3, n_demands=30, n_sites=24)
    best = choose_modules(problem, effort=Effort())
    assert best is not None
    covered, uneven, travel = (level.objective for level in best.levels)
    instance = instance_of(problem)
    model = level_model(instance, "travel", {"covered": -covered, "uneven": uneven})
    found = by_counts(instance, model, value=travel + 1, effort=Effort(node_limit=nodes))
    assert found.bound <= travel
    if nodes == 500:
        assert (found.objective, found.bound) == pytest.approx((travel, travel))
