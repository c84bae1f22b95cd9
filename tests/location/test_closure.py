"""The closure model against brute force over every plan, level by level."""

from __future__ import annotations

import _thread
import threading
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from layout.core.errors import CheckError, InputError
from layout.location import ClosureSolution, close_sites
from layout.location.closure.check import check_closure
from layout.location.closure.tables import ClosureInput
from layout.location.solver.highs import Model, solve

LEVELS = ("cost", "beds", "max:worst")
CANDIDATES = [f"s{j}" for j in range(5)]


def world(seed: int, *, others: int = 3, ties: bool = False) -> dict[str, Any]:
    """A small closure problem: candidates with two groups each, sites that stay, few places."""
    rng = np.random.default_rng(seed)
    sites = [*CANDIDATES, *(f"t{j}" for j in range(others))]
    groups = pd.DataFrame(
        {"site": np.repeat(CANDIDATES, 2)}, index=[f"g{i:02d}" for i in range(10)]
    )
    size = pd.Series(rng.integers(1, 6, 10), index=groups.index)
    rows = []
    for group, home in groups["site"].items():
        for site in sites:
            if site != home and rng.random() < 0.8:
                cost = int(rng.integers(0, 3 if ties else 40))
                rows.append((group, site, cost, int(rng.integers(0, 2)), int(rng.integers(0, 9))))
    arcs = pd.DataFrame(rows, columns=["group", "site", "cost", "beds", "worst"])
    arcs.index = pd.Index([f"a{i:03d}" for i in range(len(arcs))])
    use = pd.DataFrame(
        {"arc": arcs.index, "resource": arcs["site"].to_numpy(), "amount": size[arcs["group"]]}
    )
    return {
        "groups": groups,
        "arcs": arcs,
        "candidates": CANDIDATES,
        "resources": pd.Series(rng.integers(0, 12, len(sites)), index=sites),
        "use": use.reset_index(drop=True),
        "quotas": pd.DataFrame({"quota": ["q", "q", "q"], "site": ["s0", "s1", "s2"]}),
        "quota_limits": {"q": 2},
        "covers": pd.DataFrame({"cover": ["c", "c", "e", "e"], "site": ["s3", "s4", "s0", "t0"]}),
        "levels": LEVELS,
    }


def best_of_all(problem: dict[str, Any], n_close: int) -> tuple[int, int, int] | None:
    """The lexicographic best over every set of sites and every way of every group."""
    arcs, home = problem["arcs"], problem["groups"]["site"]
    use = problem["use"].set_index("arc")["amount"]
    best = None
    for closed in combinations(CANDIDATES, n_close):
        if len(set(closed) & {"s0", "s1", "s2"}) > 2 or {"s3", "s4"} <= set(closed):
            continue
        ways = [
            [
                (way.Index, way.site, way.cost, way.beds, way.worst)
                for way in arcs[arcs["group"] == group].itertuples()
                if way.site not in closed
            ]
            for group in home.index[home.isin(closed)]
        ]
        for plan in product(*ways):
            taken: dict[str, int] = {}
            for arc, site, *_ in plan:
                taken[site] = taken.get(site, 0) + int(use[arc])
            if any(taken[site] > problem["resources"][site] for site in taken):
                continue
            value = (
                sum(way[2] for way in plan),
                sum(way[3] for way in plan),
                max((way[4] for way in plan), default=0),
            )
            best = value if best is None else min(best, value)
    return best


def closing(problem: dict[str, Any], n_close: int, **more: Any) -> ClosureSolution:
    options = {name: value for name, value in problem.items() if name not in ("groups", "arcs")}
    return close_sites(problem["groups"], problem["arcs"], n_close=n_close, **options | more)


@pytest.mark.more
@pytest.mark.slow
@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), n_close=st.integers(0, 3), ties=st.booleans())
def test_every_level_is_the_best_of_all_plans(seed: int, n_close: int, ties: bool) -> None:
    _as_good_as_all(world(seed, ties=ties), n_close)


@pytest.mark.parametrize(("seed", "n_close"), [(1, 2), (3, 2)])
def test_levels_of_a_few_worlds(seed: int, n_close: int) -> None:
    _as_good_as_all(world(seed, ties=True), n_close)


def _as_good_as_all(problem: dict[str, Any], n_close: int) -> None:
    expected = best_of_all(problem, n_close)
    solution = closing(problem, n_close)
    if expected is None:
        assert solution.status == "infeasible"
        assert solution.reasons
        return
    assert solution.status == "proven"
    assert tuple(level.objective for level in solution.levels[:3]) == expected
    assert all(level.bound == level.objective for level in solution.levels)
    assert len(solution.closed) == n_close
    home = problem["groups"]["site"]
    assert set(solution.assignment["group"]) == set(home.index[home.isin(solution.closed)])


@pytest.mark.parametrize("seed", range(4))
def test_rows_in_any_order_and_other_seeds_give_the_same_plan(seed: int) -> None:
    problem = world(seed, ties=True)
    rng = np.random.default_rng(seed)
    mixed = problem | {
        name: problem[name].sample(frac=1, random_state=rng)
        for name in ("groups", "arcs", "use", "quotas", "covers", "resources")
    }
    mixed["candidates"] = CANDIDATES[::-1]
    one, two = closing(problem, 2), closing(mixed, 2, seed=17)
    assert (one.closed, one.levels) == (two.closed, two.levels)
    pd.testing.assert_frame_equal(one.assignment, two.assignment)


@pytest.mark.parametrize("seed", range(4))
def test_numbered_groups_with_their_names_as_ties_give_the_same_plan(seed: int) -> None:
    problem = world(seed, ties=True)
    names = problem["groups"].index
    number = pd.Series(range(len(names)), index=names)
    numbered = problem | {
        "groups": problem["groups"].set_axis(number.to_numpy()),
        "arcs": problem["arcs"].assign(group=problem["arcs"]["group"].map(number)),
        "ties": pd.Series(names, index=number.to_numpy()),
    }
    one, two = closing(problem, 2), closing(numbered, 2)
    assert (one.closed, one.levels) == (two.closed, two.levels)
    assert one.assignment["arc"].tolist() == two.assignment["arc"].tolist()


def test_a_group_with_many_ways_may_need_a_far_one() -> None:
    """Thirty near receivers without places; the only way stands last in the list."""
    near = [f"n{j:02d}" for j in range(30)]
    arcs = pd.DataFrame({"group": "g", "site": [*near, "z"], "cost": [*range(30), 99]})
    solution = close_sites(
        pd.DataFrame({"site": ["s"]}, index=["g"]),
        arcs,
        n_close=1,
        candidates=["s"],
        resources=pd.Series(0, index=near) + 1,
        use=pd.DataFrame({"arc": range(30), "resource": near, "amount": 2}),
    )
    assert (solution.objective, solution.status) == (99, "proven")
    assert solution.assignment["to_site"].tolist() == ["z"]


def test_sites_that_must_close_or_stay_do() -> None:
    problem = world(5)
    free = closing(problem, 2)
    kept = closing(problem, 2, must_keep=[free.closed[0]])
    forced = closing(problem, 2, must_close=[free.closed[0]])
    assert free.closed[0] not in kept.closed
    assert kept.objective >= free.objective
    assert forced.objective == free.objective


def test_reasons_are_counted_before_solving() -> None:
    too_many = closing(world(1), 5, must_keep=["s0"])
    assert too_many.status == "infeasible"
    assert any("5 are to close" in reason for reason in too_many.reasons)
    assert np.isinf(too_many.objective)
    assert too_many.assignment.empty


def test_no_clock_no_plan_no_claim() -> None:
    solution = closing(world(1), 2, time_limit_s=0)
    assert solution.status == "no_solution"
    assert solution.closed == ()


def test_tables_without_meaning_are_refused_together() -> None:
    problem = world(2)
    problem["arcs"] = problem["arcs"].assign(cost=-1, beds=0.5)
    problem["resources"] = problem["resources"].astype(float).where(lambda free: free > 3)
    with pytest.raises(InputError) as caught:
        closing(problem, -1, must_close=["s0", "nowhere"], must_keep=["s0"])
    arguments = {problem.column for problem in caught.value.problems}
    assert {"arcs cost", "arcs beds", "resources", "n_close", "must_close"} <= arguments
    codes = {problem.code for problem in caught.value.problems}
    assert {"not-a-count", "kept-and-closed", "unknown-label"} <= codes
    problem = world(2)
    problem["arcs"] = pd.concat([problem["arcs"], problem["arcs"].iloc[:1]])
    problem["groups"] = pd.concat([problem["groups"], problem["groups"].iloc[:1]])
    problem["covers"] = problem["covers"].drop(columns="site")
    with pytest.raises(InputError) as caught:
        closing(problem, 1)
    codes = {problem.code for problem in caught.value.problems}
    assert "missing-column" in codes
    problem["covers"] = None
    with pytest.raises(InputError) as caught:
        closing(problem, 1)
    codes = {problem.code for problem in caught.value.problems}
    assert {"duplicate-label", "duplicate-pair"} <= codes


def test_the_check_finds_what_a_plan_breaks() -> None:
    problem = world(6)
    solution = closing(problem, 2)
    given_ = ClosureInput(n_close=3, **problem)
    values = {"cost": solution.objective + 1}
    with pytest.raises(CheckError) as caught:
        check_closure(given_, solution.closed, solution.assignment.iloc[1:], values)
    assert len(caught.value.failures) >= 3


def test_what_only_a_search_shows_to_be_infeasible_is_called_so() -> None:
    # Two equations in ten switches that no choice solves, as trying all of them shows.
    rows = np.random.default_rng(4).integers(1, 40, (2, 10)).astype(float)
    half = np.floor(rows.sum(axis=1) / 2)
    choices = np.array(list(product([0.0, 1.0], repeat=10)))
    assert not (choices @ rows.T == half).all(axis=1).any()
    model = Model(
        cost=np.ones(10),
        lower=np.zeros(10),
        upper=np.ones(10),
        integer=np.ones(10, dtype=bool),
        matrix=sparse.csr_matrix(rows),
        row_lower=half,
        row_upper=half,
        whole_objective=True,
    )
    assert solve(model).status == "infeasible"


@pytest.mark.slow
def test_an_interrupt_reaches_python_while_the_solver_runs() -> None:
    rng = np.random.default_rng(0)
    n = 400
    model = Model(
        cost=-rng.integers(100, 200, n).astype(float),
        lower=np.zeros(n),
        upper=np.ones(n),
        integer=np.ones(n, dtype=bool),
        matrix=sparse.csr_matrix(rng.integers(100, 999, (60, n)).astype(float)),
        row_lower=np.full(60, -np.inf),
        row_upper=np.full(60, 50_000.0),
    )
    timer = threading.Timer(1.0, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        solve(model)
    timer.join()


def test_a_site_that_cannot_close_even_alone_and_must_is_infeasible() -> None:
    """Two groups of two for one receiver with room for three."""
    solution = close_sites(
        pd.DataFrame({"site": ["s", "s", "r"]}, index=["g", "h", "i"]),
        pd.DataFrame({"group": ["g", "h", "i"], "site": ["t", "t", "t"], "cost": [1, 1, 1]}),
        n_close=1,
        candidates=["s", "r"],
        must_close=["s"],
        resources={"t": 3},
        use=pd.DataFrame({"arc": [0, 1, 2], "resource": ["t"] * 3, "amount": [2, 2, 2]}),
    )
    assert solution.status == "infeasible"
    assert solution.closed == ()


def test_the_check_knows_costs_of_sites_and_the_limit() -> None:
    problem = world(3) | {
        "site_costs": pd.DataFrame({"again": [1, 0, 0, 1, 0]}, index=CANDIDATES),
        "levels": ("again", *LEVELS),
    }
    solution = closing(problem, 2)
    claims = dict(
        zip(problem["levels"], (level.objective for level in solution.levels), strict=False)
    )
    given = ClosureInput(n_close=2, **problem | {"candidates": tuple(CANDIDATES)})
    check_closure(given, solution.closed, solution.assignment, claims)
    limited = ClosureInput(
        n_close=2,
        cost_limit=int(claims["cost"]) - 1,
        **problem | {"candidates": tuple(CANDIDATES)},
    )
    with pytest.raises(CheckError) as caught:
        check_closure(
            limited, solution.closed, solution.assignment, claims | {"again": claims["again"] + 1}
        )
    assert len(caught.value.failures) == 2
