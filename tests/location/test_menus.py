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
from layout.location.closure.largest import most_closures
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
    options: dict[str, Any] = {
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
    assert problem.quota_limits is not None
    assert problem.use is not None
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


@pytest.mark.more
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
        check_forced(problem, plans, frontier["closed"].loc[proven].iloc[len(proven) // 2])


@pytest.mark.parametrize(("seed", "few"), [(0, None), (7, 2), (11, 1)])
def test_a_few_worlds_against_all_plans(seed: int, few: int | None) -> None:
    problem = world(seed, ties=seed % 2 == 0, max_receivers=few)
    plans = all_plans(problem)
    frontier = check_frontier(problem, plans)
    check_forced(problem, plans, frontier["closed"].iloc[2])


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_any_order_give_the_same_choice_among_equals(seed: int) -> None:
    problem = world(seed, ties=True)
    mixed = _mixed(problem, seed)
    one = closure_frontier(problem, range(5))
    pd.testing.assert_frame_equal(one, closure_frontier(mixed, range(5)))
    closed = one["closed"].iloc[2]
    pd.testing.assert_frame_equal(
        forced_closures(problem, closed), forced_closures(mixed, closed[::-1])
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_the_largest_number_is_the_largest_of_all_plans(seed: int) -> None:
    problem = world(seed, max_receivers=[None, 1][seed % 2])
    possible = [len(sites) for sites in all_plans(problem) if sites >= set(problem.must_close)]
    largest = max(possible, default=0)
    most = most_closures(problem)
    assert (most.number, most.bound, len(most.closed)) == (largest, largest, largest)


@pytest.mark.parametrize(
    ("seed", "must_close"), [(0, ()), (2, ("s5",)), (3, ("s4",)), (1231, ("s5",))]
)
def test_menus_and_a_full_solve_of_the_problem_agree(
    seed: int, must_close: tuple[str, ...]
) -> None:
    problem = world(seed, must_close=must_close)
    frontier = closure_frontier(problem, range(N_SITES + 1))
    for number, row in frontier.iterrows():
        whole = close_sites(**vars(problem) | {"n_close": number})
        assert (whole.objective, whole.status) == (row["objective"], row["status"])


def test_without_time_nothing_is_claimed() -> None:
    problem = world(1)
    frontier = closure_frontier(problem, [2], time_limit_s=0)
    assert frontier["status"].tolist() == ["no_solution"]
    assert frontier["objective"].tolist() == [math.inf]
    assert frontier["bound"].tolist() == [0.0]
    forced = forced_closures(problem, ("s0", "s4"), time_limit_s=0)
    assert not forced["status"].isin(["proven", "gap"]).any()
    most = most_closures(problem, time_limit_s=0)
    bound = most.bound
    assert most.number == 0
    assert bound > 0


def test_labels_that_are_no_candidates_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        forced_closures(world(1), ("s0", "nowhere"))
    assert [problem.code for problem in caught.value.problems] == ["unknown-label"]


@pytest.mark.more
@pytest.mark.slow
@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), number=st.integers(1, 4), within=st.floats(0, 0.6))
def test_the_plan_most_unlike_others_within_a_limit(seed: int, number: int, within: float) -> None:
    problem = world(seed)
    costs = {
        sites: cost
        for sites, cost in all_plans(problem).items()
        if len(sites) == number and sites >= set(problem.must_close)
    }
    if not costs:
        return
    check_unlike(problem, costs, math.floor((1 + within) * min(costs.values())))


@pytest.mark.parametrize("seed", range(3))
def test_a_few_plans_unlike_others(seed: int) -> None:
    problem = replace(world(seed), must_close=())
    costs = {sites: cost for sites, cost in all_plans(problem).items() if len(sites) == 3}
    check_unlike(problem, costs, math.floor(1.3 * min(costs.values())))


def test_a_site_that_must_close_is_no_reason_to_leave_its_arcs_out() -> None:
    """One plan alone is possible: its arcs have to be in the model under a limit at its cost."""
    problem = world(1231)
    assert problem.must_close == ("s5",)
    costs = {sites: cost for sites, cost in all_plans(problem).items() if sites == {"s5"}}
    check_unlike(problem, costs, costs[frozenset({"s5"})])


def check_unlike(problem: ClosureInput, costs: dict[frozenset[str], int], most: int) -> None:
    """The most sites outside the cheapest set, then the least cost, among plans within a limit."""
    first = min(costs, key=lambda sites: (costs[sites], sorted(sites)))
    number = len(first)
    again = pd.DataFrame({"again": [int(site in first) for site in SITES]}, index=SITES)
    best = min((len(first & sites), cost) for sites, cost in costs.items() if cost <= most)
    options = vars(problem) | {"n_close": number, "site_costs": again, "cost_limit": most}
    unlike = close_sites(**options | {"levels": ("again", "cost")})
    assert unlike.status == "proven"
    assert tuple(level.objective for level in unlike.levels[:2]) == best
    assert costs[frozenset(unlike.closed)] == best[1]
    # The other way round: the plan nearest to that one under the same limit is that one.
    away = 1 - pd.DataFrame({"away": [int(site in unlike.closed) for site in SITES]}, index=SITES)
    near = close_sites(**options | {"site_costs": away, "levels": ("away", "cost")})
    assert near.closed == unlike.closed
    # No plan costs less than the cheapest.
    if min(costs.values()) > 0:
        short = {"levels": ("again", "cost"), "cost_limit": min(costs.values()) - 1}
        assert close_sites(**options | short).status == "infeasible"
