"""Solving the levels of a closure problem in turn, each on what the earlier ones leave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.location.closure_model import (
    WORST,
    Instance,
    build,
    nearest,
    reduced_costs,
    tie_weight,
)
from layout.location.highs import Effort, Outcome, is_proven, solve
from layout.location.result import LevelResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Cheapest arcs of each group that the first relaxation starts from.
FIRST_NEAREST = 5
#: Name of the last level, which only chooses among plans that are equal on all others.
TIE = "id"
_PRICE_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class _State:
    """The best plan so far and what a plan as good as it may look like.

    All arrays run over the sites, then over all arcs of the instance. `usable` marks the columns
    that such a plan may use; `fixed` holds the sums that it may not exceed.
    """

    x: NDArray[np.float64]
    usable: NDArray[np.bool_]
    fixed: tuple[tuple[NDArray[np.float64], float], ...] = ()


def solve_levels(
    instance: Instance, levels: Sequence[str], effort: Effort, deadline: float | None
) -> tuple[tuple[LevelResult, ...], NDArray[np.float64] | None]:
    """Solve every level in turn, and at the end the choice among equals.

    Returns the results of the levels and the plan (sites, then arcs), or ``None`` without one.
    After a level that is not proven the later ones are evaluated, not solved.
    """
    costs = [_over_columns(instance, instance.levels[:, i]) for i in range(len(levels))]
    if levels[0].startswith(WORST):
        result, state = _first_worst(instance, levels[0], costs[0], effort.until(deadline))
    else:
        result, state = _first_sum(instance, levels[0], costs[0], effort, deadline)
    if state is None:
        return (result,), None
    results = [result]
    for name, cost in zip(levels[1:], costs[1:], strict=True):
        proven = results[-1].status == "proven"
        step = _later if proven else _evaluated
        result, state = step(instance, name, cost, state, effort.until(deadline))
        results.append(result)
    for salt in ("first", "second"):
        weights = _tie_weights(instance, state, salt)
        step = _later if results[-1].status == "proven" else _evaluated
        result, state = step(instance, TIE, weights, state, effort.until(deadline))
        results.append(result)
    *front, first_tie, last_tie = results
    return (*front, first_tie if last_tie.status == "proven" else last_tie), state.x


def _over_columns(instance: Instance, arc_cost: NDArray[np.int64]) -> NDArray[np.float64]:
    """Costs of arcs as an objective over sites (nothing) and arcs."""
    return np.concatenate([np.zeros(len(instance.sites)), arc_cost.astype(float)])


def _tie_weights(instance: Instance, state: _State, salt: str) -> NDArray[np.float64]:
    """Weights of the usable columns that depend on labels alone."""
    n_sites = len(instance.sites)
    weights = np.zeros(state.usable.size)
    for column in np.flatnonzero(state.usable):
        if column < n_sites:
            weights[column] = tie_weight(instance.sites[column], salt=salt)
            continue
        arc = column - n_sites
        group = instance.groups[instance.arc_group[arc]]
        weights[column] = tie_weight(group, instance.arc_receiver[arc], salt=salt)
    return weights


def _first_sum(
    instance: Instance,
    name: str,
    cost: NDArray[np.float64],
    effort: Effort,
    deadline: float | None,
) -> tuple[LevelResult, _State | None]:
    """Relax with priced arcs, solve on those, then add every arc that a plan as good could use."""
    arcs, relaxed, price = _relax(instance, cost, effort, deadline)
    if relaxed.x is None:
        return _without_plan(name, relaxed), None
    n_sites, low = len(instance.sites), relaxed.objective
    outcome = _whole(instance, arcs, cost, effort.until(deadline))
    if outcome.x is None and arcs.size < instance.n_arcs:
        arcs = np.arange(instance.n_arcs)
        outcome = _whole(instance, arcs, cost, effort.until(deadline))
    if outcome.x is None:
        return _without_plan(name, outcome), None
    x, value, bound = _spread(instance, arcs, outcome), outcome.objective, outcome.bound
    wanted = low + price[n_sites:] <= value + 0.5
    wanted[arcs] = False
    if wanted.any():
        arcs = np.flatnonzero(low + price[n_sites:] <= value + 0.5)
        outcome = _whole(instance, arcs, cost, effort.until(deadline), start=x)
        bound = min(outcome.bound, value)
        if outcome.x is not None and outcome.objective <= value:
            x, value = _spread(instance, arcs, outcome), outcome.objective
    result = _result(name, value, max(bound, low))
    usable = low + price <= value + 0.5
    return result, _State(x=x, usable=usable, fixed=((cost, value),))


def _relax(
    instance: Instance, cost: NDArray[np.float64], effort: Effort, deadline: float | None
) -> tuple[NDArray[np.int64], Outcome, NDArray[np.float64]]:
    """The linear relaxation over all arcs, solved on few of them at a time.

    Returns the arcs in the last model, its outcome, and the reduced costs of all columns.
    """
    k, n_sites = FIRST_NEAREST, len(instance.sites)
    arcs = nearest(instance, k)
    while True:
        built = build(instance, arcs, cost=cost, relaxed=True)
        outcome = solve(built.model, effort=effort.until(deadline))
        if outcome.status == "infeasible" and arcs.size < instance.n_arcs:
            k *= 4
            arcs = nearest(instance, k)
            continue
        if outcome.row_dual is None or outcome.reduced_cost is None:
            return arcs, outcome, np.empty(0)
        price = np.empty(cost.size)
        price[:n_sites] = outcome.reduced_cost[:n_sites]
        price[n_sites:] = reduced_costs(instance, built, outcome.row_dual, cost[n_sites:])
        price[n_sites + arcs] = outcome.reduced_cost[n_sites:]
        missing = price[n_sites:] < -_PRICE_TOLERANCE
        missing[arcs] = False
        if not missing.any():
            return arcs, outcome, price
        arcs = np.union1d(arcs, np.flatnonzero(missing))


def _whole(
    instance: Instance,
    arcs: NDArray[np.int64],
    cost: NDArray[np.float64],
    effort: Effort,
    *,
    start: NDArray[np.float64] | None = None,
) -> Outcome:
    """The first level in whole numbers on `arcs`."""
    built = build(instance, arcs, cost=cost)
    begin = None
    if start is not None:
        begin = start[_columns(instance, arcs)]
    return solve(built.model, effort=effort, start=begin)


def _first_worst(
    instance: Instance, name: str, cost: NDArray[np.float64], effort: Effort
) -> tuple[LevelResult, _State | None]:
    """A worst-off level that stands first: on all arcs at once."""
    arcs = np.arange(instance.n_arcs)
    built = build(instance, arcs, cost=cost, worst=True)
    outcome = solve(built.model, effort=effort)
    if outcome.x is None:
        return _without_plan(name, outcome), None
    x = _spread(instance, arcs, outcome)
    value = _value(cost, x, worst=True)
    result = _result(name, value, outcome.bound)
    usable = np.where(np.arange(cost.size) < len(instance.sites), True, cost <= value)
    return result, _State(x=x, usable=usable)


def _evaluated(
    _: Instance, name: str, cost: NDArray[np.float64], state: _State, __: Effort
) -> tuple[LevelResult, _State]:
    """A level after one that was not proven: its value, and no bound but zero."""
    value = _value(cost, state.x, worst=name.startswith(WORST))
    return LevelResult(name=name, objective=value, bound=0.0, status="gap"), state


def _later(
    instance: Instance, name: str, cost: NDArray[np.float64], state: _State, effort: Effort
) -> tuple[LevelResult, _State]:
    """Minimise one further level among the plans that are as good on the earlier ones."""
    worst, n_sites = name.startswith(WORST), len(instance.sites)
    value = _value(cost, state.x, worst=worst)
    if not cost[state.usable].any():
        return _result(name, value, value), state
    arcs = np.flatnonzero(state.usable[n_sites:])
    columns = _columns(instance, arcs)
    built = build(
        instance, arcs, cost=cost, fixed=state.fixed, worst=worst, open_columns=state.usable
    )
    relaxed = replace(
        built.model, integer=np.zeros(built.model.cost.size, dtype=bool), whole_objective=False
    )
    linear = solve(relaxed, effort=effort)
    low = linear.objective if linear.x is not None else 0.0
    x, bound = _whole_relaxation(columns, linear, state), low
    if x is None and not is_proven(value, low, whole=True):
        begin = state.x[columns]
        outcome = solve(
            built.model,
            effort=effort,
            start=np.append(begin, value) if worst else begin,
        )
        bound = max(low, min(outcome.bound, value))
        x = _spread(instance, arcs, outcome) if outcome.x is not None else None
    if x is not None and _value(cost, x, worst=worst) <= value:
        value, state = _value(cost, x, worst=worst), replace(state, x=x)
    usable = state.usable.copy()
    if worst:
        usable[n_sites:] &= cost[n_sites:] <= value
        fixed = state.fixed
    else:
        if linear.reduced_cost is not None:
            usable[columns] &= low + linear.reduced_cost <= value + 0.5
        fixed = (*state.fixed, (cost, value))
    return _result(name, value, bound), replace(state, usable=usable, fixed=fixed)


def _whole_relaxation(
    columns: NDArray[np.int64], linear: Outcome, state: _State
) -> NDArray[np.float64] | None:
    """The relaxation's plan, where it happens to be whole and so solves the level."""
    if linear.x is None:
        return None
    part = linear.x[: columns.size]
    if np.abs(part - np.rint(part)).max() > 1e-7:
        return None
    x = np.zeros(state.x.size)
    x[columns] = np.rint(part)
    return x


def _columns(instance: Instance, arcs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the sites and of `arcs` among all columns."""
    n_sites = len(instance.sites)
    return np.concatenate([np.arange(n_sites), n_sites + arcs])


def _spread(
    instance: Instance, arcs: NDArray[np.int64], outcome: Outcome
) -> NDArray[np.float64]:
    """A plan on some arcs as one over all columns."""
    columns = _columns(instance, arcs)
    x = np.zeros(len(instance.sites) + instance.n_arcs)
    x[columns] = np.rint(outcome.solution[: columns.size])
    return x


def _value(cost: NDArray[np.float64], x: NDArray[np.float64], *, worst: bool) -> float:
    """Value of a level: the sum or the largest used cost."""
    used = cost[x > 0.5]
    if worst:
        return float(used.max(initial=0.0))
    return float(used.sum())


def _result(name: str, value: float, bound: float) -> LevelResult:
    """A level's result; a bound within one unit of a whole value is the value itself."""
    bound = min(value, math.ceil(bound - _PRICE_TOLERANCE))
    proven = is_proven(value, bound, whole=True)
    return LevelResult(
        name=name, objective=value, bound=bound, status="proven" if proven else "gap"
    )


def _without_plan(name: str, outcome: Outcome) -> LevelResult:
    """The first level without a plan."""
    bound = max(0.0, outcome.bound)
    return LevelResult(name=name, objective=math.inf, bound=bound, status=outcome.status)

