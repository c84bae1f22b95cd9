"""Menus of closures, forced sites and the largest number, against brute force over every plan."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.core.errors import InputError
from layout.location import close_sites
from layout.location.closure.menus import min_plus
from layout.location.closure.tables import ClosureInput
from layout.location.closure.what_if import closure_frontier, forced_closures

N_SITES = 7
SITES = [f"s{j}" for j in range(N_SITES)]
ELSEWHERE = [f"t{j}" for j in range(4)]


def world(seed: int, *, ties: bool = False, **more: Any) -> ClosureInput:
    """Seven candidates of one or two groups each, few arcs, some scarce places, a quota, covers."""
    rng = np.random.default_rng(seed)
    home = [site for site in SITES for _ in range(int(rng.integers(1, 3)))]
    groups = pd.DataFrame({"site": home}, index=[f"g{i:02d}" for i in range(len(home))])
    size = pd.Series(rng.integers(1, 5, len(home)), index=groups.index)
    rows = []
    for group, own in groups["site"].items():
        # Neighbours only, so that the problem falls into pieces now and then.
        at = SITES.index(own)
        near = [SITES[k] for k in (at - 1, at + 1) if 0 <= k < N_SITES and rng.random() < 0.4]
        far = [site for site in ELSEWHERE if rng.random() < 0.5]
        for site in [*near, *far]:
            rows.append((group, site, int(rng.integers(0, 3 if ties else 40))))
    arcs = pd.DataFrame(rows, columns=["group", "site", "cost"])
    arcs.index = pd.Index([f"a{i:03d}" for i in range(len(arcs))])
    use = pd.DataFrame(
        {
            "arc": arcs.index,
            "resource": arcs["site"].to_numpy(),
            "amount": size.reindex(arcs["group"]).to_numpy(),
        }
    )
    places = pd.Series(rng.integers(0, 14, N_SITES + 4), index=[*SITES, *ELSEWHERE])
    places.iloc[-1] = 1_000
    options = {
        "groups": groups,
        "arcs": arcs,
        "candidates": tuple(SITES),
        "n_close": None,
        "resources": places,
        "use": use,
        "quotas": pd.DataFrame({"quota": "q", "site": ["s0", "s1", "s6"]}),
        "quota_limits": {"q": int(rng.integers(1, 4))},
        "covers": pd.DataFrame({"cover": ["c", "c", "e", "e"], "site": ["s2", "s3", "s4", "t0"]}),
        "must_close": ("s5",) if rng.random() < 0.2 else (),
    }
    return ClosureInput(**(options | more))


def all_plans(problem: ClosureInput) -> dict[frozenset[str], int]:
    """Least cost of every set of sites that can close, whatever must."""
    assert problem.quota_limits is not None and problem.use is not None
    size = problem.use.set_index("arc")["amount"].to_dict()
    # By group: site and cost of each way, and what it takes.
    ways: dict[str, list[tuple[str, int, int]]] = {group: [] for group in problem.groups.index}
    for arc, group, site, cost in problem.arcs[["group", "site", "cost"]].itertuples():
        ways[group].append((site, cost, size[arc]))
    groups_of = {site: list(part.index) for site, part in problem.groups.groupby("site")}
    costs = {}
    for count in range(N_SITES + 1):
        for closed in map(frozenset, combinations(SITES, count)):
            few = len(closed & {"s0", "s1", "s6"}) <= problem.quota_limits["q"]
            if few and not {"s2", "s3"} <= closed:
                moving = [
                    (site, ways[group]) for site in sorted(closed) for group in groups_of[site]
                ]
                least = cheapest(problem, closed, moving)
                if math.isfinite(least):
                    costs[closed] = int(least)
    return costs


def cheapest(problem: ClosureInput, closed: frozenset[str], moving: list[Any]) -> float:
    """Least cost of sending groups to sites that stay: every way of one after the other."""
    assert isinstance(problem.resources, pd.Series)
    left = problem.resources.to_dict()
    receivers: dict[str, list[str]] = {site: [] for site in closed}
    best = math.inf

    def send(at: int, cost: float) -> None:
        nonlocal best
        if at == len(moving) or cost >= best:
            best = min(best, cost)
            return
        home, ways = moving[at]
        mine = receivers[home]
        for site, more, taken in ways:
            full = len({*mine, site}) > (problem.max_receivers or len(left))
            if site not in closed and taken <= left[site] and not full:
                left[site] -= taken
                mine.append(site)
                send(at + 1, cost + more)
                mine.pop()
                left[site] += taken

    send(0, 0.0)
    return best


def check_frontier(problem: ClosureInput, plans: dict[frozenset[str], int]) -> pd.DataFrame:
    """Every number of closures costs what the cheapest set of that size costs."""
    costs = {sites: cost for sites, cost in plans.items() if sites >= set(problem.must_close)}
    frontier = closure_frontier(problem, range(N_SITES + 2))
    assert frontier.index.tolist() == list(range(N_SITES + 2))
    for number, row in frontier.iterrows():
        least = min((cost for sites, cost in costs.items() if len(sites) == number), default=None)
        if least is None:
            assert (row["status"], row["objective"], row["bound"]) == (
                "infeasible",
                math.inf,
                math.inf,
            )
            continue
        assert (row["objective"], row["bound"], row["status"]) == (least, least, "proven")
        assert costs[frozenset(row["closed"])] == least
        assert len(row["closed"]) == number
    return frontier


def check_forced(
    problem: ClosureInput, plans: dict[frozenset[str], int], closed: tuple[str, ...]
) -> None:
    """Every forced site costs what the cheapest set with or without it costs, nearest first."""
    now = frozenset(closed)
    table = forced_closures(problem, closed)
    for site, row in table.iterrows():
        kept = site in now
        assert row["if_forced"] == ("kept" if kept else "closed")
        must = set(problem.must_close) - {site}
        costs = {
            sites: cost
            for sites, cost in plans.items()
            if len(sites) == len(now) and (site in sites) != kept and sites >= must
        }
        if not costs:
            assert row["status"] == "infeasible"
            assert math.isinf(row["bound"])
            continue
        least = min(costs.values())
        assert (row["objective"], row["bound"], row["status"]) == (least, least, "proven")
        then = (now | set(row["closes"])) - set(row["stays"])
        then = then - {site} if kept else then | {site}
        nearest = min(len(sites ^ now) for sites, cost in costs.items() if cost == least)
        assert costs[then] == least
        assert len(then ^ now) == nearest


def _mixed(problem: ClosureInput, seed: int) -> ClosureInput:
    rng = np.random.default_rng(seed)
    tables = {
        name: getattr(problem, name).sample(frac=1, random_state=rng)
        for name in ("groups", "arcs", "use", "quotas", "covers", "resources")
    }
    return replace(problem, candidates=problem.candidates[::-1], **tables)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), ties=st.booleans(), few=st.sampled_from([None, None, 1]))
def test_menus_and_forced_sites_are_the_best_of_all_plans(
    seed: int, ties: bool, few: int | None
) -> None:
    problem = world(seed, ties=ties, max_receivers=few)
    plans = all_plans(problem)
    frontier = check_frontier(problem, plans)
    proven = frontier.index[frontier["status"] == "proven"]
    if len(proven):
        check_forced(problem, plans, frontier.at[int(proven[len(proven) // 2]), "closed"])
