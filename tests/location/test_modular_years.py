"""Floors, several periods, quotas and sites that must open, against brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import maximum_flow

from layout.location import (
    ModularProblem,
    choose_modules,
    most_covered,
    runners_up,
    serve_modules,
)
from layout.location.modular import levels, pricing
from layout.location.modular.instance import instance_of, merged
from layout.location.modular.model import level_model
from layout.location.modular.sharing import Frame
from layout.location.modular.tangent import tangent
from layout.location.solver.highs import Effort

pytestmark = pytest.mark.slow

SIZE, MOST = 3, 2
Values = tuple[int, int]


def problem_of(seed: int, *, floors: bool = True, parts: bool = False) -> ModularProblem:
    """Seven demands of two groups in three periods, six new sites and one that may grow."""
    rng = np.random.default_rng(seed)
    demands = pd.Index([f"d{i}" for i in range(7)])
    sites = pd.Index([f"s{j}" for j in range(6)] + ["t"])
    near = rng.random((7, 7)) < 0.4
    row, col = np.nonzero(near)
    # How much of a demand a site reaches, where it is not all of it.
    some = {"most": np.random.default_rng(seed).integers(1, 4, row.size)} if parts else {}
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
                **some,
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


def reached(problem: ModularProblem) -> dict[tuple[str, str], int]:
    """How much of a demand each site reaches at most."""
    pairs = problem.pairs
    most = pairs["most"] if "most" in pairs else pd.Series(99, pairs.index)
    return dict(zip(zip(pairs["demand"], pairs["site"], strict=True), most, strict=True))


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
    for (demand, site), most in reached(problem).items():
        graph[n + sites.index(site), demands.index(demand)] = most
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


def choices(problem: ModularProblem) -> Iterator[dict[str, int]]:
    """Every choice of modules that keeps the counts, the quotas and the sites that must open."""
    sites = problem.sites
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
            yield modules


def best_of_all(problem: ModularProblem) -> Values:
    """The best of every choice; serving a floor never costs another child its place."""
    return min(worth(problem, modules) for modules in choices(problem))


def unevenness(problem: ModularProblem, modules: dict[str, int]) -> int:
    """The least sum of squares of the groups' unserved, with floors and coverage at their best."""
    amount, pairs = problem.demand["amount"], list(reached(problem).items())
    groups = sorted(problem.totals.index)
    group = problem.demand["group"]
    steps = int(amount.sum())
    # Columns: a flow a pair, a shortage a group, then a step of one child a group at 1, 3, 5, …
    n, k = len(pairs), len(groups)
    cost = np.concatenate([np.zeros(n + k), np.tile(2 * np.arange(steps) + 1, k)])
    rows, sides = [], []

    def add(row: np.ndarray, side: float) -> None:
        rows.append(row)
        sides.append(side)

    total = n + k + k * steps
    for demand, most in amount.items():
        add(np.array([pair[0][0] == demand for pair in pairs] + [0] * (total - n)), most)
    for site, count in modules.items():
        add(np.array([pair[0][1] == site for pair in pairs] + [0] * (total - n)), SIZE * count)
    for at, name in enumerate(groups):
        served = np.zeros(total)
        served[:n] = [group[pair[0][0]] == name for pair in pairs]
        short, left = served.copy(), served.copy()
        short[n + at] = 1
        left[n + k + at * steps : n + k + (at + 1) * steps] = 1
        floor = 0 if problem.floors is None else problem.floors[name]
        add(-short, -floor)
        add(-left, -amount[group == name].sum())
    missing, _ = worth(problem, modules)
    add(np.arange(total) // n == 0, 0)
    rows[-1], sides[-1] = -1.0 * rows[-1], -flow(problem, modules, amount, None)
    add(1.0 * ((np.arange(total) >= n) & (np.arange(total) < n + k)), missing)
    upper = [min(most, amount[demand]) for (demand, _), most in pairs]
    bounds = [(0, most) for most in [*upper, *[None] * k, *[1] * (k * steps)]]
    answer = linprog(cost, A_ub=np.array(rows, dtype=float), b_ub=sides, bounds=bounds)
    return round(answer.fun)


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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("many", [False, True])
def test_all_at_once_equals_the_best_of_all(
    seed: int, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Floors, years, parts, a quota, a forced site and an expansion, down to the evenness."""
    problem = problem_of(seed, parts=True)
    must = problem.sites.index == "s4"
    problem = replace(problem, sites=problem.sites.assign(must=must), quota={"y": 1})
    if many:
        priced_in(monkeypatch)
    best = best_of_all(problem)
    squares = min(
        unevenness(problem, modules)
        for modules in choices(problem)
        if worth(problem, modules) == best
    )
    found, modules = chosen(problem)
    assert found == best == worth(problem, modules)
    answer = choose_modules(problem, effort=Effort())
    assert answer is not None
    assert answer.levels[2].objective == squares == unevenness(problem, modules)


def priced_in(monkeypatch: pytest.MonkeyPatch, *, kept: int = 6) -> None:
    """Let a relaxation begin with one site, and a search take so many."""
    for module in (levels, pricing):
        monkeypatch.setattr(module, "MANY_SITES", 1)
    monkeypatch.setattr(pricing, "LARGE_LINKS", 0)
    monkeypatch.setattr(pricing, "_FIRST", 1)
    monkeypatch.setattr(pricing, "_ADDED", 1)
    monkeypatch.setattr(pricing, "KEPT", kept)


@pytest.mark.parametrize("seed", range(6))
def test_pricing_sites_in_proves_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(seed)
    priced_in(monkeypatch)
    found, modules = chosen(problem)
    assert found == best_of_all(problem) == worth(problem, modules)
    # With few sites kept a bound still holds, whatever is found.
    priced_in(monkeypatch, kept=2)
    answer = choose_modules(problem, effort=Effort())
    assert answer is not None
    assert answer.levels[0].bound <= found[0] <= answer.levels[0].objective


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("nodes", [0, 400])
def test_limits_of_a_search_keep_its_bounds(
    seed: int, nodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a level is left with a gap, or all are proved by numbers of sites first."""
    problem = problem_of(seed, parts=True)
    monkeypatch.setattr(levels, "SMALL_COLUMNS", 0)
    monkeypatch.setitem(levels._EFFORT, "floors", Effort(node_limit=nodes))
    answer = choose_modules(problem)
    assert answer is not None
    modules = dict.fromkeys(problem.sites.index, 0) | answer.modules.to_dict()
    floors, covered = worth(problem, modules)
    best = best_of_all(problem)
    assert answer.levels[0].bound <= best[0] <= floors == answer.levels[0].objective
    assert answer.levels[1].objective == -covered <= answer.levels[1].bound
    if nodes:
        assert (floors, covered) == best


@pytest.mark.parametrize("level", ["floors", "covered"])
@pytest.mark.parametrize("seed", range(3))
def test_prices_bound_every_choice(seed: int, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By site: no choice with it, without it or with more modules is below what is said of it."""
    monkeypatch.setattr(pricing, "LARGE_LINKS", 0)
    problem = problem_of(seed, parts=True)
    instance = merged(instance_of(problem))
    priced_sites = pricing.priced(instance, level_model(instance, level, {}), None, Effort())
    prices = priced_sites.prices
    assert prices is not None
    values = {}
    for modules in choices(problem):
        values[tuple(modules.values())] = worth(problem, modules)[level == "covered"]
    best = min(values.values())
    least, most = prices.ranges(best)
    seen = 0
    for counts, value in values.items():
        used = np.array(counts) > 0
        assert value >= priced_sites.bound - 1e-6
        assert (value >= priced_sites.uses[used] - 1e-6).all()
        assert (value >= prices.spares[~used] - 1e-6).all()
        if value == best:
            seen += 1
            assert (np.array(counts)[used] >= least[used]).all()
            assert (np.array(counts)[used] <= most[used]).all()
    assert seen


@pytest.mark.parametrize("floors", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_runners_up_equal_the_best_of_all_without_the_site(seed: int, floors: bool) -> None:
    problem = problem_of(seed, floors=floors)
    at = 0 if floors else 1
    answer = choose_modules(problem, effort=Effort())
    assert answer is not None
    modules = dict.fromkeys(problem.sites.index, 0) | answer.modules.to_dict()
    value = worth(problem, modules)[at]
    table = runners_up(problem, answer)
    new = problem.sites["new"]
    assert list(table.index) == [site for site in answer.modules.index if new[site]]
    first = problem.demand["amount"]
    for site, row in table.iterrows():
        less = replace(
            problem,
            sites=problem.sites.drop(index=site),
            pairs=problem.pairs[problem.pairs["site"] != site],
        )
        best = min(worth(less, each)[at] for each in choices(less))
        assert (row["loss"], row["bound"], row["status"]) == (best - value,) * 2 + ("proven",)
        # Some choice as good opens the runner-up.
        assert row["runner_up"] not in answer.modules.index
        assert best == min(
            worth(less, each)[at] for each in choices(less) if each[row["runner_up"]]
        )
        dropped = modules | {site: 0}
        assert row["without"] == worth(problem, dropped)[at] - value
        lost = flow(problem, modules, first, None) - flow(problem, dropped, first, None)
        assert row["without_covered"] == lost


def test_a_site_without_any_other_has_no_runner_up() -> None:
    problem = replace(problem_of(1), n_new=6, modules=8)
    answer = choose_modules(problem, effort=Effort())
    assert answer is not None
    table = runners_up(problem, answer)
    assert table["runner_up"].isna().all()
    assert set(table["status"]) == {"infeasible"}
    assert np.isinf(table["loss"]).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("floors", [True, False])
def test_prices_of_one_number_bound_all_others(seed: int, floors: bool) -> None:
    problem = problem_of(seed, floors=floors)
    answer = choose_modules(problem, last="covered")
    assert answer is not None
    assert answer.levels[-1].name == "covered"
    kept = {level.name: level.objective for level in answer.levels if level.name == "floors"}
    told = [tangent(problem, answer.modules, "covered", kept)]
    if floors:
        told.append(tangent(problem, answer.modules, "floors", {}))
    tangents = tuple(one for one in told if one is not None)
    assert len(tangents) == len(told)
    frame = Frame(
        least=1, most=MOST, sites=6, room=MOST, size=SIZE, left=(99, 99, 99), tangents=tangents
    )
    known = 0
    for n, modules in product(range(7), range(1, 9)):
        if modules < n or modules > (n + 1) * MOST:
            continue
        other = choose_modules(replace(problem, n_new=n, modules=modules), last="covered")
        assert other is not None
        value = sum(
            level.objective * {"floors": 2.0**32, "covered": -1.0}[level.name]
            for level in other.levels
        )
        # The instance lets the existing site grow at any number: so do the bounds.
        below = frame.lower(np.array(n), np.array(modules))
        if modules > n * MOST:
            assert below <= value
        known += bool(below > -3 * SIZE * modules)
    assert known
