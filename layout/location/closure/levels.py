"""Solving the levels of a closure problem in turn, each on what the earlier ones leave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.closure.instance import WORST, Instance, level_costs, tie_weight
from layout.location.closure.model import Frame, build, frame
from layout.location.closure.relaxation import first_plan, relax
from layout.location.closure.single_site import alone
from layout.location.closure.values import level_result, spread, value_of, without_plan
from layout.location.labelled.results import LevelResult
from layout.location.solver.highs import Effort, Outcome, Status, is_proven, linear, solve

if TYPE_CHECKING:
    from layout.location.solver.watch import Watch

#: Name of the last level, which only chooses among plans that are equal on all others.
TIE = "id"
_FEWEST_MORE = 5
_PRICE_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class _State:
    """The best plan so far and what a plan as good as it may look like.

    All arrays run over the sites, then over all arcs of the instance. `usable` marks the columns
    that such a plan may use, `chosen` those that are in the model themselves; `fixed` has the
    sums that it may not exceed.
    """

    instance: Instance
    rows: Frame
    x: Floats
    usable: Bools
    chosen: Bools
    fixed: tuple[tuple[Floats, float], ...] = ()


def solve_levels(
    instance: Instance, levels: Sequence[str], effort: Effort, watch: Watch
) -> tuple[tuple[LevelResult, ...], Floats | None]:
    """Solve every level in turn, and at the end the choice among equals.

    Returns the results of the levels and the plan (sites, then arcs), or ``None`` without one.
    After a level that is not proven the later ones are evaluated, not solved.
    """
    # One objective per level, over sites and arcs. The first of arcs is solved before all others,
    # since its relaxation tells which arcs a plan may use at all.
    costs = level_costs(instance, levels)
    lead = next(at for at, name in enumerate(levels) if name not in instance.site_levels)
    watch.level(levels[lead])
    # What it may come to at most, where that is not its least: others go before it, or a limit.
    limit = None
    if lead > 0 or instance.cost_limit is not None:
        limit = math.inf if instance.cost_limit is None else float(instance.cost_limit)
    first = _first_worst if levels[lead].startswith(WORST) else _first_sum
    result, state = first(instance, levels[lead], costs[lead], effort, watch, limit)
    if state is None:
        return (result,), None
    watch.tell(result.objective, result.bound)
    if limit is not None and result.objective > limit:
        status: Status = "infeasible" if result.bound > limit else "no_solution"
        return (replace(result, objective=math.inf, status=status),), None
    results = [result] if limit is None else []
    # Once a level is not proven the later ones are evaluated on the incumbent, not solved.
    for at in range(len(results), len(levels)):
        name, cost = levels[at], costs[at]
        step = _later if _all_proven(results) else _evaluated
        watch.level(name)
        result, state = step(name, cost, state, effort, watch)
        watch.tell(result.objective, result.bound)
        results.append(result)
        if at == lead and _all_proven(results):
            state = _settled(state, cost, result.objective, effort, watch)
    # Two independent hashes break ties; a clash in both is next to impossible.
    for salt in ("first", "second"):
        step = _later if _all_proven(results) else _evaluated
        weights = _tie_weights(state, salt)
        result, state = step(TIE, weights, state, effort, watch)
        results.append(result)
    *front, first_tie, last_tie = results
    return (*front, first_tie if last_tie.status == "proven" else last_tie), state.x


def _all_proven(results: Sequence[LevelResult]) -> bool:
    return not results or results[-1].status == "proven"


def _tie_weights(state: _State, salt: str) -> Floats:
    """Weights of the usable columns that depend on labels alone."""
    instance, n_sites = state.instance, len(state.instance.sites)
    weights = np.zeros(state.usable.size)
    for column in np.flatnonzero(state.usable).tolist():
        if column < n_sites:
            weights[column] = tie_weight(instance.sites[column], salt=salt)
            continue
        arc = column - n_sites
        tie = instance.group_tie[instance.arc_group[arc]]
        weights[column] = tie_weight(tie, instance.arc_receiver[arc], salt=salt)
    return weights


def _first_sum(
    instance: Instance,
    name: str,
    cost: Floats,
    effort: Effort,
    watch: Watch,
    limit: float | None,
) -> tuple[LevelResult, _State | None]:
    """Relax with priced arcs, find a plan nearby, then solve on all that could be as good.

    With a `limit` the state is open to all plans that cost no more, not only to the cheapest.
    """
    whole = instance
    # Exact cost of closing each site by itself; sites that cannot close even so are left out.
    least, never = alone(instance, effort.under(watch))
    if (never & instance.must_close).any():
        none = LevelResult(name=name, objective=math.inf, bound=math.inf, status="infeasible")
        return none, None
    rows = frame(instance, least)
    sites = ~never
    # The relaxation over all arcs, by pricing: its value is the first lower bound.
    relaxed, price, start = relax(instance, rows, sites, cost, effort, watch)
    if relaxed.x is None:
        return without_plan(name, relaxed), None
    low = relaxed.objective
    watch.tell(math.inf, low)
    # An incumbent from a restricted model.
    first = effort.under(watch, lambda best, _: watch.tell(best, low))
    value, x = first_plan(instance, rows, relaxed, price, start, cost, first)
    # Reduced-cost fixing: a column whose bound exceeds the incumbent by over half a unit is in no
    # plan as good, since all values are whole.
    usable = low + price <= value + 0.5
    if x is not None:
        # A site that every plan as good must close has minus its reduced cost above the gap.
        sure = low - price[: sites.size] > value + 0.5
        instance = replace(instance, must_close=instance.must_close | (sure & sites))
    usable[: sites.size] = (usable[: sites.size] | instance.must_close) & sites
    # The exact model on what is left, with arcs added as artificial columns are used.
    outcome, better, chosen = _grown(
        instance, rows, usable, start, cost, x, value, effort, watch, fixed=(), worst=False
    )
    if better is not None and float(cost @ better) <= value:
        value, x = float(cost @ better), better
    if x is None:
        return without_plan(name, outcome), None
    result = level_result(name, value, max(low, outcome.bound if outcome.x is not None else low))
    if limit is not None:
        usable = low + price <= limit + 0.5
        usable[: sites.size] = (usable[: sites.size] | whole.must_close) & sites
        fixed = ((cost, limit),) if math.isfinite(limit) else ()
        chosen = usable if limit == math.inf else chosen
        return result, _State(
            instance=whole, rows=rows, x=x, usable=usable, chosen=chosen, fixed=fixed
        )
    # The incumbent may have improved: fix again by reduced costs, now for the later levels.
    usable &= low + price <= value + 0.5
    usable[: sites.size] |= instance.must_close
    state = _State(
        instance=instance, rows=rows, x=x, usable=usable, chosen=chosen, fixed=((cost, value),)
    )
    if result.status == "proven":
        state = _settled(state, cost, value, effort, watch)
    return result, state


def _settled(
    state: _State,
    cost: Floats,
    value: float,
    effort: Effort,
    watch: Watch,
) -> _State:
    """Fix the set of sites that close, where no other set is as good.

    Whether there is another is a model of its own: as good a plan that leaves one of these sites
    open. If it has no solution the later levels only choose among arcs, which is far smaller.
    """
    instance, n_sites = state.instance, len(state.instance.sites)
    # A row for plans of the same value that leave open at least one site that closes now.
    closed = state.x * (np.arange(state.x.size) < n_sites)
    others = (*state.fixed, (closed, closed.sum() - 1.0))
    built = build(instance, state.rows, state.usable, cost=cost, chosen=state.chosen, fixed=others)
    outcome = solve(built.model, effort=effort.under(watch))
    if outcome.status != "infeasible":
        return state
    shut = closed[:n_sites] > 0.5
    # Only arcs of closing groups to receivers that stay open remain.
    usable = state.usable.copy()
    usable[:n_sites] &= shut
    usable[n_sites:] &= shut[instance.group_site[instance.arc_group]]
    receiver = instance.arc_site
    usable[n_sites:] &= (receiver < 0) | ~shut[receiver]
    instance = replace(instance, must_close=shut)
    # A relaxation of the smaller model fixes more arcs by reduced cost.
    built = build(instance, state.rows, usable, cost=cost)
    relaxed = solve(linear(built.model), effort=effort.under(watch))
    if relaxed.reduced_cost is not None:
        price = relaxed.reduced_cost[: built.columns.size]
        usable[built.columns[relaxed.objective + price > value + 0.5]] = False
        usable[:n_sites] |= shut
    return replace(state, instance=instance, usable=usable, chosen=usable)


def _grown(
    instance: Instance,
    rows: Frame,
    usable: Bools,
    chosen: Bools,
    cost: Floats,
    x: Floats | None,
    value: float,
    effort: Effort,
    watch: Watch,
    *,
    fixed: Sequence[tuple[Floats, float]],
    worst: bool,
) -> tuple[Outcome, Floats | None, Bools]:
    """Solve on chosen arcs and artificial columns; choose more arcs until none of those is used.

    `x` is a plan of the given `value`, where one is known. Returns the last outcome, whose bound
    holds for all usable arcs, the best plan found, and the arcs chosen by then.
    """
    chosen, best = chosen.copy(), x
    # The incumbent's own arcs are in the model, so that it can be met.
    while True:
        if best is not None:
            chosen |= best > 0.5
        built = build(instance, rows, usable, cost=cost, chosen=chosen, fixed=fixed, worst=worst)
        # With artificial columns the model proves a bound, but its solutions are no plans.
        news = effort.under(watch, lambda _, bound: watch.tell(value, bound))
        outcome = solve(built.model, effort=news)
        if outcome.x is None:
            return outcome, best, chosen
        artificial = outcome.x[built.columns.size :][: built.artificial_groups.size] > 0.5
        if not artificial.any():
            return outcome, spread(built, outcome, usable.size), chosen
        if best is not None and is_proven(value, outcome.bound, whole=True):
            return outcome, best, chosen
        chosen = _more(instance, usable, chosen, built.artificial_groups[artificial])


def _more(
    instance: Instance,
    usable: Bools,
    chosen: Bools,
    groups: Ints,
) -> Bools:
    """Three times as many arcs for `groups`, the cheapest first."""
    n_sites = len(instance.sites)
    chosen = chosen.copy()
    # Arcs of a group are consecutive and sorted by cost: the first ones waiting are the cheapest.
    for group in groups:
        first, end = np.searchsorted(instance.arc_group, [group, group + 1]) + n_sites
        inside = int((chosen & usable)[first:end].sum())
        waiting = first + np.flatnonzero((usable & ~chosen)[first:end])
        chosen[waiting[: max(_FEWEST_MORE, 2 * inside)]] = True
    return chosen


def _first_worst(
    instance: Instance,
    name: str,
    cost: Floats,
    effort: Effort,
    watch: Watch,
    limit: float | None,
) -> tuple[LevelResult, _State | None]:
    """A worst-off level that comes first: solved on all arcs at once."""
    n_sites = len(instance.sites)
    rows = frame(instance, np.zeros(n_sites, dtype=np.int64))
    usable = np.ones(cost.size, dtype=bool)
    built = build(instance, rows, usable, cost=cost, worst=True)
    outcome = solve(built.model, effort=effort.under(watch))
    if outcome.x is None:
        return without_plan(name, outcome), None
    x = spread(built, outcome, usable.size)
    value = value_of(cost, x, worst=True)
    return level_result(name, value, outcome.bound), _State(
        instance=instance,
        rows=rows,
        x=x,
        usable=cost <= (value if limit is None else limit),
        chosen=usable,
    )


def _evaluated(
    name: str, cost: Floats, state: _State, _: Effort, __: Watch
) -> tuple[LevelResult, _State]:
    """A level after one that was not proven: its value, and no bound but zero."""
    value = value_of(cost, state.x, worst=name.startswith(WORST))
    return LevelResult(name=name, objective=value, bound=0.0, status="gap"), state


def _later(
    name: str,
    cost: Floats,
    state: _State,
    effort: Effort,
    watch: Watch,
) -> tuple[LevelResult, _State]:
    """Minimise one further level among the plans that are as good on the earlier ones."""
    worst = name.startswith(WORST)
    value = value_of(cost, state.x, worst=worst)
    # Nothing usable costs anything on this level: zero is its proven value.
    if not cost[state.usable].any():
        return level_result(name, value, value), state
    built = build(
        state.instance,
        state.rows,
        state.usable,
        cost=cost,
        chosen=state.chosen,
        fixed=state.fixed,
        worst=worst,
    )
    # A relaxation first: often its bound, rounded up, already meets the incumbent.
    relaxed = solve(linear(built.model), effort=effort.under(watch))
    low = max(0.0, relaxed.objective) if relaxed.x is not None else 0.0
    bound, x, chosen = low, None, state.chosen
    if not is_proven(value, math.ceil(low - _PRICE_TOLERANCE), whole=True):
        outcome, x, chosen = _grown(
            state.instance,
            state.rows,
            state.usable,
            state.chosen,
            cost,
            state.x,
            value,
            effort,
            watch,
            fixed=state.fixed,
            worst=worst,
        )
        bound = max(low, outcome.bound) if outcome.x is not None else low
    if x is not None and value_of(cost, x, worst=worst) <= value:
        value, state = value_of(cost, x, worst=worst), replace(state, x=x)
    state = replace(state, chosen=chosen)
    # Later levels: no arc above the worst-off, or no column whose reduced cost exceeds the gap.
    if worst:
        usable = state.usable & (cost <= value)
        return level_result(name, value, bound), replace(state, usable=usable)
    usable = state.usable.copy()
    if relaxed.reduced_cost is not None:
        dear = low + relaxed.reduced_cost[: built.columns.size] > value + 0.5
        usable[built.columns[dear]] = False
        usable[: state.instance.must_close.size] |= state.instance.must_close
    fixed = (*state.fixed, (cost, value))
    return level_result(name, value, bound), replace(state, usable=usable, fixed=fixed)
