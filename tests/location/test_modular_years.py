"""Floors, several periods, quotas and sites that must open, against brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from layout.location import ModularProblem, choose_modules, most_covered, serve_modules
from layout.location.modular import levels, pricing
from layout.location.solver.highs import Effort

pytestmark = pytest.mark.slow

SIZE, MOST = 3, 2
Values = tuple[int, int]


def problem_of(seed: int, *, floors: bool = True) -> ModularProblem:
    """Seven demands of two groups in three periods, six new sites and one that may grow."""
    rng = np.random.default_rng(seed)
    demands = pd.Index([f"d{i}" for i in range(7)])
    sites = pd.Index([f"s{j}" for j in range(6)] + ["t"])
    near = rng.random((7, 7)) < 0.4
    row, col = np.nonzero(near)
    return ModularProblem(
        demand=pd.DataFrame(
            {"amount": rng.integers(0, 5, 7), "group": rng.choice(["x", "y"], 7)}, demands
        ),
        totals=pd.Series({"x": 30, "y": 50}),
        sites=pd.DataFrame(
            {
                "new": [True] * 6 + [False],
                "least": [1] * 6 + [0],
                "most": MOST,
                "size": SIZE,
                "group": ["x", "x", "x", "y", "y", "y", "y"],
            },
            sites,
        ),
        pairs=pd.DataFrame(
            {
                "demand": demands[row],
                "site": sites[col],
                "cost": rng.integers(0, 9, row.size),
            }
        ),
        n_new=2,
        modules=4,
        later=(
            pd.Series(rng.integers(0, 4, 7), demands),
            pd.Series(rng.integers(0, 3, 7), demands),
        ),
        floors=pd.Series({"x": 6, "y": 3}) if floors else None,
    )


def flow(
    problem: ModularProblem, modules: dict[str, int], amount: pd.Series, floors: pd.Series | None
) -> int:
    """A maximum flow site → demand → sink; with floors demand → group → sink, up to its floor."""
    demands, sites = list(amount.index), list(problem.sites.index)
    groups = sorted(problem.totals.index)
    n, m = len(demands), len(sites)
    source, sink = n + m + len(groups), n + m + len(groups) + 1
    graph = np.zeros((sink + 1, sink + 1), dtype=np.int32)
    for j, site in enumerate(sites):
        graph[source, n + j] = SIZE * modules[site]
    for demand, site in zip(problem.pairs["demand"], problem.pairs["site"], strict=True):
        graph[n + sites.index(site), demands.index(demand)] = 99
    for i, demand in enumerate(demands):
        goal = sink
        if floors is not None:
            goal = n + m + groups.index(problem.demand.loc[demand, "group"])
        graph[i, goal] = amount[demand]
    for k, group in enumerate(groups):
        graph[n + m + k, sink] = 0 if floors is None else floors[group]
    return int(maximum_flow(sparse.csr_matrix(graph), source, sink).flow_value)


def worth(problem: ModularProblem, modules: dict[str, int]) -> Values:
    """What is missing to the floors, and minus what is covered in all periods."""
    amounts = [problem.demand["amount"], *problem.later]
    missing = 0
    if problem.floors is not None:
        met = flow(problem, modules, amounts[0], problem.floors)
        missing = int(problem.floors.sum()) - met
    return missing, -sum(flow(problem, modules, amount, None) for amount in amounts)


def best_of_all(problem: ModularProblem) -> Values:
    """The best of every choice; serving a floor never costs another child its place."""
    sites, found = problem.sites, []
    must = sites["must"] if "must" in sites else pd.Series(False, sites.index)
    for counts in product(*(range(MOST + 1) for _ in sites.index)):
        if sum(counts) != problem.modules:
            continue
        modules = dict(zip(sites.index, counts, strict=True))
        opened = [site for site in sites.index if sites.loc[site, "new"] and modules[site]]
        by_group = pd.Series([sites.loc[site, "group"] for site in opened]).value_counts()
        if (
            len(opened) == problem.n_new
            and set(must.index[must]) <= set(opened)
            and all(by_group.get(group, 0) <= most for group, most in problem.quota.items())
        ):
            found.append(worth(problem, modules))
    return min(found)


def chosen(problem: ModularProblem) -> tuple[Values, dict[str, int]]:
    answer = choose_modules(problem, effort=Effort())
    assert answer is not None
    assert all(level.status == "proven" for level in answer.levels)
    values = {level.name: round(level.objective) for level in answer.levels}
    modules = dict.fromkeys(problem.sites.index, 0) | answer.modules.to_dict()
    assert list(values)[-3:] == ["covered", "uneven", "travel"]
    return (values.get("floors", 0), -values["covered"]), modules


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("floors", [True, False])
def test_floors_and_years_equal_the_best_of_all(seed: int, floors: bool) -> None:
    problem = problem_of(seed, floors=floors)
    found, modules = chosen(problem)
    assert found == best_of_all(problem) == worth(problem, modules)
    # Whom the sites serve keeps the same levels, in whole children.
    served = serve_modules(problem, pd.Series(modules))
    group = problem.demand["group"].reindex(served["demand"]).to_numpy()
    by_group = served["amount"].groupby(group).sum().reindex(["x", "y"], fill_value=0)
    if problem.floors is not None:
        assert (problem.floors - by_group).clip(lower=0).sum() == found[0]
    assert served["amount"].sum() == flow(problem, modules, problem.demand["amount"], None)
    assert most_covered(problem) <= -best_of_all(replace(problem, floors=None))[1]


@pytest.mark.parametrize("seed", range(4))
def test_forced_sites_and_quotas_are_kept(seed: int) -> None:
    problem = problem_of(seed)
    must = problem.sites.index == "s1"
    problem = replace(problem, sites=problem.sites.assign(must=must), quota={"x": 1})
    found, modules = chosen(problem)
    assert modules["s1"] > 0
    assert sum(modules[site] > 0 for site in ("s0", "s1", "s2")) == 1
    assert found == best_of_all(problem)


@pytest.mark.parametrize("seed", range(6))
def test_pricing_sites_in_proves_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(seed)
    monkeypatch.setattr(levels, "MANY_SITES", 1)
    monkeypatch.setattr(pricing, "_FIRST", 1)
    monkeypatch.setattr(pricing, "_ADDED", 1)
    monkeypatch.setattr(pricing, "KEPT", 6)
    found, modules = chosen(problem)
    assert found == best_of_all(problem) == worth(problem, modules)
    # With few sites kept a bound still holds, whatever is found.
    monkeypatch.setattr(pricing, "KEPT", 2)
    answer = choose_modules(problem, effort=Effort())
    assert answer is not None
    assert answer.levels[0].bound <= found[0] <= answer.levels[0].objective
