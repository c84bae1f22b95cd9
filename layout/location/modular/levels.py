"""Solving a modular location level by level: most covered, evened out, least travel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.labelled.results import LevelResult
from layout.location.modular.components import apart, by_parts
from layout.location.modular.counts import by_counts
from layout.location.modular.greedy import first_choice
from layout.location.modular.instance import (
    counted_bound,
    keeps_counts,
    merged,
    narrowed,
    within_reach,
)
from layout.location.modular.model import columns_of, compact_model, level_model, with_modules
from layout.location.modular.pricing import MANY_SITES, Priced, priced, sliced, widened
from layout.location.modular.serving import level_names
from layout.location.solver.highs import Effort, Model, Outcome, is_proven, linear, solve

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance
    from layout.location.solver.highs import Status
    from layout.location.solver.watch import Watch

LARGE_PAIRS = 20_000
"""Above so many pairs the search is not over all sites, but over those that relaxations prefer."""
SMALL_COLUMNS = 200
"""Integer columns up to which a model is searched to the end."""
# Sites kept for each new one when a large model is searched; what counts as zero modules.
KEPT_PER_NEW = 3
_NOTHING = 1e-6
# Usual limits by level, then those for a search by numbers, over many sites or periods, below a
# level that is not proven, and of large models.
_EFFORT = {
    "floors": Effort(node_limit=300),
    "covered": Effort(node_limit=300),
    "uneven": Effort(node_limit=50),
    "travel": Effort(node_limit=50, relative_gap=0.005),
}
_BY_COUNTS = Effort(node_limit=400, restart=False)
_MANY = {
    "floors": Effort(node_limit=300),
    "covered": Effort(node_limit=100, relative_gap=0.003),
    "uneven": Effort(node_limit=3, relative_gap=0.005),
    "travel": Effort(node_limit=10, relative_gap=0.005),
}
_BELOW_A_GAP = {
    "covered": Effort(node_limit=100, relative_gap=0.003),
    "uneven": Effort(node_limit=10),
    "travel": Effort(node_limit=0),
}
_LARGE = {
    "covered": Effort(node_limit=200, relative_gap=0.002),
    "uneven": Effort(node_limit=5),
    "travel": Effort(node_limit=5, relative_gap=0.03),
}
"""Where the searches stop when the caller sets no limits; never by the clock."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Modular:
    """Modules by site, and what is proved of each level; no modules where there is no solution."""

    modules: Floats | None
    levels: tuple[LevelResult, ...]
    status: Status
    bound: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """One level: the instance it is solved on, what is kept of those before, and the limits.

    Below a level that is not proven a search need not be `thorough`.
    """

    instance: Instance
    level: str
    kept: Mapping[str, float]
    effort: Effort
    thorough: bool = True

    @cached_property
    def model(self) -> Model:
        """The model over all sites."""
        return level_model(self.instance, self.level, self.kept)

    def worth(self, modules: Floats) -> float:
        """The least value with the modules fixed; infinite where they do not keep what is kept.

        It takes little, and counts even after the search was ended.
        """
        # Without a clock: an incumbent that is there must be evaluated in any case.
        freely = replace(self.effort, time_limit_s=None, watch=None)
        fixed = with_modules(self.instance, self.model, modules)
        outcome = solve(sliced(self.instance, fixed, modules > 0)[0], effort=freely)
        return math.inf if outcome.x is None else self._rounded(outcome.objective)

    def _rounded(self, value: float) -> float:
        # Values are whole up to the solver's tolerance, or stay as they are.
        near = float(np.rint(value))
        return near if abs(near - value) <= 1e-6 * max(1.0, abs(value)) else value

    def better(self, outcome: Outcome, state: State) -> State:
        """The state with the solution of a search, where that is as good."""
        if outcome.x is None:
            return state
        # Modules of an integral solution, up to the solver's tolerance.
        modules = np.rint(outcome.x[columns_of(self.instance).modules]).astype(np.float64)
        value = self.worth(modules)
        return replace(state, modules=modules, value=value) if value <= state.value else state

    def met(self, state: State) -> bool:
        """Whether the value is good enough for the limits."""
        if not math.isfinite(state.value):
            return False
        return state.bound >= self.enough(state) or is_proven(
            state.value, state.bound, whole=self.instance.whole
        )

    def enough(self, state: State) -> float:
        """A bound with which the limits are content."""
        if not math.isfinite(state.value):
            return state.value
        return state.value - self.effort.relative_gap * max(1.0, abs(state.value))


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """How far one level is: modules, their value, a bound below any value, what sites cost."""

    modules: Floats | None
    value: float
    bound: float
    status: Status = "gap"
    sites: Priced | None = None

    def raised(self, bound: float) -> State:
        """The same with a bound, where it is above the one known."""
        return replace(self, bound=max(self.bound, bound))


def best_modules(
    instance: Instance, watch: Watch, *, effort: Effort | None = None, last: str = "travel"
) -> Modular:
    """Choose modules by site, level by level.

    Parameters
    ----------
    watch
        Ends the search, and what it ends is never ``proven``; it is told how far each level is.
    effort
        Limits of each level instead of the usual ones.
    last
        The level to end with.

    Notes
    -----
    All levels but travel are solved on the merged demands; travel is that of the first period. A
    level below one that is not proven is searched less: it chooses among solutions that may not be
    optimal above. Sites and numbers of modules that the prices of a level rule out are left out of
    all later ones, whose bounds hold nevertheless: nothing with them keeps the level.
    """
    names = level_names(floors=instance.floor.size > 0, groups=instance.totals.size > 0)
    names = names[: names.index(last) + 1]
    levels: list[LevelResult] = []
    kept: dict[str, float] = {}
    # New sites and modules are the integer columns: few of them are searched to the end.
    few = int(instance.new.sum()) + instance.size.size <= SMALL_COLUMNS // 2
    # Greedy incumbent; every later level starts from the incumbent of the one before.
    left, positions = instance, np.arange(instance.size.size)
    best = first_choice(merged(instance))
    if best is not None and not keeps_counts(instance, best):
        best = None
    for name in names:
        within = merged(left, later=name == "travel")
        unit = instance.unit(name)
        watch.level(name, unit=-unit if name == "covered" else unit)
        limits = Effort() if few and effort is None else _limits(within, name, levels, effort)
        search = Search(
            instance=within,
            level=name,
            kept=dict(kept),
            effort=limits.under(watch),
            thorough=all(level.status == "proven" for level in levels),
        )
        state = solve_level(search, best, watch)
        if state.modules is None:
            return Modular(modules=None, levels=(), status=state.status, bound=-state.bound)
        # A whole objective: the bound may be rounded up.
        value, bound, whole = state.value, state.bound, search.model.whole_objective
        bound = math.ceil(bound - _NOTHING) if whole and math.isfinite(bound) else bound
        bound = min(bound, value)
        watch.tell(value, bound)
        # Proven only where all earlier levels are.
        proven = is_proven(value, bound, whole=whole) and all(
            level.status == "proven" for level in levels
        )
        levels.append(
            LevelResult(
                name=name,
                objective=abs(value),
                bound=abs(bound) if math.isfinite(bound) else bound,
                status="proven" if proven else "gap",
            )
        )
        # Later levels must not exceed it.
        kept[name] = value
        left, used = _fitting(left, state)
        positions, best = positions[used], state.modules[used]
    modules = np.zeros(instance.size.size)
    modules[positions] = best
    return Modular(modules=modules, levels=tuple(levels), status=levels[0].status, bound=0.0)


def _fitting(instance: Instance, state: State) -> tuple[Instance, Bools]:
    """The instance with the sites and modules that can keep a level's value, and which sites."""
    modules, sites = state.modules, state.sites
    if modules is None or sites is None or sites.prices is None:
        return instance, np.ones(instance.size.size, dtype=bool)
    value = state.value + _NOTHING * max(1.0, abs(state.value))
    least, most = sites.prices.ranges(value)
    # The incumbent stays, whatever rounding says.
    opened = instance.new & (modules > 0)
    least = np.where(instance.new, np.where(opened, np.minimum(least, modules), least), 0.0)
    smaller = replace(instance, least=least, most=np.maximum(most, modules))
    used = (sites.uses <= value) | (modules > 0)
    return narrowed(smaller, used), used


def _limits(
    instance: Instance, level: str, above: list[LevelResult], effort: Effort | None
) -> Effort:
    if effort is not None:
        return effort
    if _is_large(instance):
        return _LARGE[level]
    if int(instance.new.sum()) > MANY_SITES:
        return _MANY[level]
    if any(result.status != "proven" for result in above):
        return _BELOW_A_GAP[level]
    return _BY_COUNTS if _is_counted(instance, level) else _EFFORT[level]


def _is_large(instance: Instance) -> bool:
    """Whether even a relaxation over some sites would take long; of one period, without floors."""
    simple = instance.n_periods == 1 and not instance.floor.size
    return simple and instance.row.size > LARGE_PAIRS


def _is_counted(instance: Instance, level: str) -> bool:
    """Whether it helps to settle first how many sites open for each group."""
    return level == "travel" and instance.totals.size > 0


def solve_level(search: Search, start: Floats | None, watch: Watch) -> State:
    """Best modules of one level, as far as the limits let."""
    instance = search.instance
    # The incumbent's value, and a bound by counting.
    value = math.inf if start is None else search.worth(start)
    bound = -counted_bound(instance) if search.level == "covered" else -math.inf
    state = State(modules=start, value=value, bound=bound)
    if search.met(state):
        return state
    # Small components: exact by a dynamic programme, without the travel levels.
    if search.level == "covered" and apart(instance):
        parts = by_parts(instance, replace(search.effort, node_limit=None), watch)
        state = state.raised(-parts.bound)
        if parts.modules is not None:
            value = search.worth(parts.modules)
            state = replace(state, modules=parts.modules, value=value)
        if search.met(state):
            return state
    if _is_large(instance):
        state = _over_large(search, state, watch)
    else:
        state = _over_priced(search, state, watch)
    return state if math.isfinite(state.value) else replace(state, modules=None)


def _over_priced(search: Search, state: State, watch: Watch) -> State:
    """The level by a relaxation that bounds each site, and a search over those worth it."""
    instance, model = search.instance, search.model
    priced_sites = priced(instance, model, state.modules, search.effort)
    state = replace(state.raised(priced_sites.bound), sites=priced_sites)
    if priced_sites.status != "gap":
        return replace(state, status=priced_sites.status)
    if search.met(state) or (search.effort.node_limit == 0 and math.isfinite(state.value)):
        return state
    many = int(instance.new.sum()) > MANY_SITES
    counted = _is_counted(instance, search.level) and search.effort.node_limit is not None
    if counted and not many:
        effort = search.effort.under(watch, watch.tell)
        outcome = by_counts(instance, model, value=state.value, effort=effort)
        return search.better(outcome, state.raised(outcome.bound))
    # The few sites of the relaxation often suffice; else all that can be better.
    for first in (True, False):
        whole = model.whole_objective
        searched = priced_sites.worthwhile(instance.new, state.value, whole=whole)
        if first and 2 * int(priced_sites.used.sum()) > int(searched.sum()):
            continue
        searched = priced_sites.used if first else searched
        part, columns, _ = sliced(instance, model, searched)
        news = partial(_among_some, watch, state.bound)
        effort = replace(search.effort.under(watch, news), enough=search.enough(state))
        outcome = widened(solve(part, effort=effort), columns, model.cost.size)
        # A better choice is among the sites that were searched, or has one of the others.
        beyond = float(priced_sites.uses[~searched].min(initial=math.inf))
        state = search.better(outcome, state.raised(min(outcome.bound, beyond, state.value)))
        # Below a level that is not proven the few are enough.
        if search.met(state) or (math.isfinite(state.value) and not search.thorough):
            break
    if math.isfinite(state.value):
        return state
    infeasible = outcome.status == "infeasible" and bool(searched.all())
    return replace(state, status="infeasible" if infeasible else "no_solution")


def _among_some(watch: Watch, bound: float, best: float, _bound: float) -> None:
    """Tell of a search among some sites: what it proves does not hold for all of them."""
    watch.tell(best, bound)


def _over_large(search: Search, state: State, watch: Watch) -> State:
    """The level of a large model: bounds by relaxations, a search over the sites they prefer."""
    instance, effort = search.instance, search.effort
    model = compact_model(instance) if search.level == "covered" else search.model
    relaxations = [solve(linear(model), effort=effort)]
    if search.level == "covered":
        relaxations.append(solve(model, effort=effort))
    state = state.raised(max(outcome.bound for outcome in relaxations))
    if search.met(state) or (effort.node_limit == 0 and math.isfinite(state.value)):
        return state
    sites = _kernel(instance, relaxations, state.modules)
    news = watch.tell if sites.all() else partial(_among_some, watch, state.bound)
    part, columns, _ = sliced(instance, search.model, sites)
    outcome = solve(part, effort=effort.under(watch, news))
    outcome = widened(outcome, columns, search.model.cost.size)
    if sites.all():
        state = state.raised(outcome.bound)
    state = search.better(outcome, state)
    ended = outcome.status if sites.all() else "no_solution"
    return state if math.isfinite(state.value) else replace(state, status=ended)


def _kernel(instance: Instance, relaxations: list[Outcome], start: Floats | None) -> Bools:
    """The new sites that relaxations open most, those that they give modules, the incumbent's."""
    n_new, n_sites = int(instance.new.sum()), instance.size.size
    # Largest opening of each new site, and largest number of modules of each site, over all
    # relaxations.
    share, modules = np.zeros(n_sites), np.zeros(n_sites)
    for outcome in relaxations:
        if outcome.x is not None:
            share[instance.new] = np.maximum(share[instance.new], outcome.x[:n_new])
            modules = np.maximum(modules, outcome.x[n_new : n_new + n_sites])
    # New sites by opening, largest first; among equals the first label.
    order = np.argsort(-np.where(instance.new, share, -1.0), kind="stable")
    kernel = ~instance.new & (modules > _NOTHING)
    # What serves nobody can still hold the modules that are left over.
    kernel |= within_reach(instance).sum(axis=0) == 0
    kernel[order[: min(KEPT_PER_NEW * instance.n_new, n_new)]] = True
    if start is not None:
        kernel[start > 0] = True
    return kernel


def covered_by(instance: Instance, modules: Floats) -> float:
    """What given modules cover in all periods."""
    search = Search(instance=instance, level="covered", kept={}, effort=Effort())
    return -search.worth(modules)


def flows(instance: Instance, modules: Floats, covered: float, effort: Effort) -> Floats | None:
    """Least travel over all pairs with the modules fixed and no less covered, by pair."""
    model = level_model(instance, "travel", {"covered": -covered}, sites=modules > 0)
    outcome = solve(with_modules(instance, model, modules), effort=effort)
    if outcome.x is None:
        return None
    # By pair; whole amounts have whole flows, up to the tolerance.
    flow = outcome.x[columns_of(instance).flow]
    return np.asarray(np.rint(flow) if instance.whole else np.maximum(flow, 0.0))
