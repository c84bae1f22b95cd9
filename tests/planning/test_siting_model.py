"""The siting model against brute force, and the promises of serving."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.location import ModularChoice, ModularProblem, choose_modules, serve
from layout.location.modular.instance import SHARE_STEPS
from layout.location.solver.highs import Effort

pytestmark = pytest.mark.slow

Row = tuple[int, ...]


def uneven_cost(left: dict[str, int], totals: dict[str, int]) -> int:
    """Cost of the unserved demand: of each group's k-th step of 2 %, 2k − 1 a head."""
    cost = 0
    for group, count in left.items():
        step = max(1, -(-totals[group] // SHARE_STEPS))
        cost += sum(2 * (head // step) + 1 for head in range(count))
    return cost


def all_flows(limits: list[int]) -> np.ndarray:
    """Every whole flow up to the limits, one row each."""
    if not limits:
        return np.zeros((1, 0), dtype=int)
    return np.indices([limit + 1 for limit in limits]).reshape(len(limits), -1).T


def sums_by(flows: np.ndarray, labels: list[str], names: list[str]) -> np.ndarray:
    """Flows added up by label: rows × names."""
    at = np.array([[label == name for name in names] for label in labels], dtype=int)
    sums: np.ndarray = flows @ at.reshape(len(labels), len(names))
    return sums


def brute_force(problem: ModularProblem) -> tuple[int, int, int] | None:
    """Best (−covered, uneven, travel) over every choice of sites, modules and flows."""
    demand, sites = problem.demand, problem.sites
    froms, goals = problem.pairs["demand"].tolist(), problem.pairs["site"].tolist()
    flows = all_flows([int(demand.loc[d, "amount"]) for d in froms])
    sent = sums_by(flows, froms, demand.index.tolist())
    flows = flows[(sent <= demand["amount"].to_numpy()).all(axis=1)]
    taken = sums_by(flows, goals, sites.index.tolist())
    groups = sorted(problem.totals.index)
    served = sums_by(flows, [demand.loc[d, "group"] for d in froms], groups)
    needed = demand.groupby("group")["amount"].sum().reindex(groups, fill_value=0).to_numpy()
    totals = {str(k): int(v) for k, v in problem.totals.items()}
    values = [
        (-int(flow.sum()), uneven_cost(dict(zip(groups, left, strict=True)), totals), int(cost))
        for flow, left, cost in zip(
            flows, needed - served, flows @ problem.pairs["cost"].to_numpy(), strict=True
        )
    ]
    best = None
    for modules in itertools.product(*(range(int(most) + 1) for most in sites["most"])):
        if not allowed(problem, dict(zip(sites.index, modules, strict=True))):
            continue
        fits = (taken <= np.array(modules) * sites["size"].to_numpy()).all(axis=1)
        found = min(values[k] for k in np.flatnonzero(fits))
        best = found if best is None else min(best, found)
    return best


def allowed(problem: ModularProblem, chosen: dict[str, int]) -> bool:
    sites = problem.sites
    opened = [s for s in chosen if sites.loc[s, "new"] and chosen[s] > 0]
    if problem.modules is not None and sum(chosen.values()) != problem.modules:
        return False
    if (pd.Series(chosen).loc[opened] < sites.loc[opened, "least"]).any():
        return False
    return len(opened) == problem.n_new


def small_problem(seed: int, *, modules: int | None) -> ModularProblem:
    rng = np.random.default_rng(seed)
    demands, sites = ["d1", "d2", "d3"], ["a", "b", "e", "n"]
    pairs = [(d, s) for d in demands for s in sites if rng.random() < 0.55][:7]
    return ModularProblem(
        demand=pd.DataFrame(
            {"amount": rng.integers(1, 3, 3), "group": rng.choice(["x", "y"], 3)}, index=demands
        ),
        totals=pd.Series({"x": int(rng.integers(3, 150)), "y": int(rng.integers(3, 150))}),
        sites=pd.DataFrame(
            {"new": [True, True, False, True], "least": [1, 1, 0, 2], "most": 2, "size": 2},
            index=sites,
        ),
        pairs=pd.DataFrame(
            {
                "demand": [d for d, _ in pairs],
                "site": [s for _, s in pairs],
                "cost": rng.integers(0, 9, len(pairs)),
            }
        ),
        n_new=2,
        modules=modules,
    )


def values(answer: ModularChoice | None) -> tuple[int, int, int]:
    assert answer is not None
    assert all(level.status == "proven" for level in answer.levels)
    covered, uneven, travel = (round(level.objective) for level in answer.levels)
    return -covered, uneven, travel


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("modules", [3, 5, None])
def test_answer_equals_brute_force(seed: int, modules: int | None) -> None:
    problem = small_problem(seed, modules=modules)
    answer = choose_modules(problem, effort=Effort())
    best = brute_force(problem)
    assert best is not None
    assert values(answer) == best
    assert answer is not None
    chosen = dict.fromkeys(problem.sites.index, 0) | answer.modules.to_dict()
    assert allowed(problem, chosen)


def test_counts_that_cannot_be_kept_have_no_answer() -> None:
    assert choose_modules(small_problem(0, modules=50)) is None


def test_order_of_rows_makes_no_difference() -> None:
    problem = small_problem(3, modules=5)
    turned = ModularProblem(
        demand=problem.demand.iloc[::-1],
        totals=problem.totals.iloc[::-1],
        sites=problem.sites.iloc[::-1],
        pairs=problem.pairs.iloc[::-1],
        n_new=problem.n_new,
        modules=problem.modules,
    )
    one, other = choose_modules(problem), choose_modules(turned)
    assert one is not None
    assert other is not None
    pd.testing.assert_series_equal(one.modules, other.modules)
    assert one.levels == other.levels


@st.composite
def supplies(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    demands = [f"d{i}" for i in range(draw(st.integers(1, 4)))]
    sites = [f"s{i}" for i in range(draw(st.integers(1, 3)))]
    pairs = [(d, s) for d in demands for s in sites if draw(st.booleans())]
    costs = [draw(st.integers(0, 9)) for _ in pairs]
    amount = pd.Series({d: draw(st.integers(0, 3)) for d in demands}, dtype="int64")
    places = pd.Series({s: draw(st.integers(0, 4)) for s in sites}, dtype="int64")
    table = pd.DataFrame(
        {"demand": [d for d, _ in pairs], "site": [s for _, s in pairs], "cost": costs}
    )
    return table.astype({"demand": "str", "site": "str", "cost": "int64"}), amount, places


def best_flow(
    table: pd.DataFrame, amount: pd.Series, places: pd.Series, caps: dict[str, int]
) -> tuple[int, int]:
    flows = all_flows([int(amount[d]) for d in table["demand"]])
    pools = [pool_of(d) for d in table["demand"]]
    for labels, most in (
        (table["demand"].tolist(), amount),
        (table["site"].tolist(), places),
        (pools, pd.Series(caps)),
    ):
        kept = sums_by(flows, labels, most.index.tolist()) <= most.to_numpy()
        flows = flows[kept.all(axis=1)]
    costs = flows @ table["cost"].to_numpy(dtype=int)
    return min(zip((-flows.sum(axis=1)).tolist(), costs.tolist(), strict=True))


def pool_of(demand: str) -> str:
    return "odd" if int(demand[1:]) % 2 else "even"


@settings(max_examples=40, deadline=None)
@given(supplies(), st.integers(0, 5), st.booleans())
def test_serving_equals_brute_force(
    case: tuple[pd.DataFrame, pd.Series, pd.Series], cap: int, pooled: bool
) -> None:
    table, amount, places = case
    if np.prod([amount[d] + 1 for d in table["demand"]]) > 5_000:
        return
    caps = {"odd": cap, "even": 99} if pooled else {"odd": 99, "even": 99}
    pool = pd.Series({d: pool_of(d) for d in amount.index})
    flows = (
        serve(table, amount, places, pool=pool, pool_most=pd.Series(caps))
        if pooled
        else serve(table, amount, places)
    )
    assert (flows["amount"] > 0).all()
    sent, taken = (flows.groupby(key)["amount"].sum() for key in ("demand", "site"))
    assert (sent <= amount.reindex(sent.index)).all()
    assert (taken <= places.reindex(taken.index)).all()
    cost = flows.merge(table, on=["demand", "site"])
    found = (-int(flows["amount"].sum()), int((cost["amount"] * cost["cost"]).sum()))
    assert found == best_flow(table, amount, places, caps)
    turned = table.iloc[::-1]
    if not pooled:
        pd.testing.assert_frame_equal(serve(turned, amount, places), flows)
