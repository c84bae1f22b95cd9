"""Solving a modular location level by level: most covered, evened out, least travel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.labelled.results import LevelResult
from layout.location.modular.components import apart, by_parts
from layout.location.modular.counts import by_counts
from layout.location.modular.greedy import first_choice
from layout.location.modular.instance import counted_bound, keeps_counts, merged, within_reach
from layout.location.modular.model import columns_of, compact_model, level_model
from layout.location.modular.pricing import MANY_SITES, priced, sliced, widened
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
_BY_COUNTS = Effort(node_limit=400)
_MANY = {
    "floors": Effort(node_limit=300),
    "covered": Effort(node_limit=100, relative_gap=0.003),
    "uneven": Effort(node_limit=3, relative_gap=0.005),
    "travel": Effort(node_limit=10, relative_gap=0.005),
}
_BELOW_A_GAP = {"uneven": Effort(node_limit=10), "travel": Effort(node_limit=0)}
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
class _Search:
    """One level: the instance it is solved on, what is kept of those before, and the limits."""

    instance: Instance
    level: str
    kept: Mapping[str, float]
    effort: Effort

    def model(self, *, sites: Bools | None = None, fixed: Floats | None = None) -> Model:
        return level_model(self.instance, self.level, self.kept, sites=sites, fixed=fixed)

    @property
    def over_many(self) -> bool:
        """Whether sites are priced in, instead of looked at all together."""
        n_new = int(self.instance.new.sum())
        return n_new > MANY_SITES and (self.instance.n_periods > 1 or self.instance.floor.size > 0)

    def worth(self, modules: Floats) -> float:
        """The least value with the modules fixed; infinite where they do not keep what is kept.

        It takes little, and counts even after the search was ended.
        """
        # Without a clock: an incumbent that is there must be evaluated in any case.
        freely = replace(self.effort, time_limit_s=None, watch=None)
        used, _, _ = sliced(self.instance, linear(self.model(fixed=modules)), modules > 0)
        outcome = solve(used, effort=freely)
        return math.inf if outcome.x is None else self._rounded(outcome.objective)

    def _rounded(self, value: float) -> float:
        # Values are whole up to the solver's tolerance, or stay as they are.
        near = float(np.rint(value))
        return near if abs(near - value) <= 1e-6 * max(1.0, abs(value)) else value

    def modules_of(self, outcome: Outcome) -> Floats:
        # Modules of an integral solution, up to the solver's tolerance.
        at = columns_of(self.instance).modules
        return np.asarray(np.rint(outcome.solution[at]), dtype=np.float64)


def best_modules(instance: Instance, watch: Watch, *, effort: Effort | None = None) -> Modular:
    """Choose modules by site, level by level.

    Parameters
    ----------
    watch
        Ends the search, and what it ends is never ``proven``; it is told how far each level is.
    effort
        Limits of each level instead of the usual ones.

    Notes
    -----
    All levels but travel are solved on the merged demands; travel is that of the first period. A
    level below one that is not proven is searched less: it chooses among solutions that may not be
    optimal above.
    """
    small = merged(instance)
    near = merged(instance, later=True) if instance.n_periods > 1 else instance
    names = level_names(floors=instance.floor.size > 0, groups=instance.totals.size > 0)
    levels: list[LevelResult] = []
    kept: dict[str, float] = {}
    # Greedy incumbent; every later level starts from the incumbent of the one before.
    best = first_choice(small)
    if best is not None and not keeps_counts(small, best):
        best = None
    for name in names:
        within = near if name == "travel" else small
        watch.level(name, sign=-1.0 if name == "covered" else 1.0)
        search = _Search(
            instance=within,
            level=name,
            kept=dict(kept),
            effort=_limits(within, name, levels, effort).under(watch),
        )
        best, value, bound, status = _level(search, best, watch)
        if best is None:
            return Modular(modules=None, levels=(), status=status, bound=-bound)
        # A whole objective: the bound may be rounded up.
        whole = search.model(sites=np.zeros(instance.size.size, dtype=bool)).whole_objective
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
    return Modular(modules=best, levels=tuple(levels), status=levels[0].status, bound=0.0)


def _limits(
    instance: Instance, level: str, above: list[LevelResult], effort: Effort | None
) -> Effort:
    if effort is not None:
        return effort
    # New sites and modules are the integer columns: few of them are searched to the end.
    if int(instance.new.sum()) + instance.size.size <= SMALL_COLUMNS // 2:
        return Effort()
    if instance.n_periods > 1 or instance.floor.size:
        return _MANY[level]
    if instance.row.size > LARGE_PAIRS:
        return _LARGE[level]
    if any(result.status != "proven" for result in above):
        return _BELOW_A_GAP[level]
    return _BY_COUNTS if _is_counted(instance, level) else _EFFORT[level]


def _is_counted(instance: Instance, level: str) -> bool:
    """Whether it helps to settle first how many sites open for each group."""
    return level == "travel" and instance.totals.size > 0


def _level(
    search: _Search, start: Floats | None, watch: Watch
) -> tuple[Floats | None, float, float, Status]:
    """Best modules, their value, a bound below any value, and the status."""
    instance, n_sites = search.instance, search.instance.size.size
    # The incumbent's value, and a bound by counting.
    value = math.inf if start is None else search.worth(start)
    bound = -counted_bound(instance) if search.level == "covered" else -math.inf
    if _met(search, value, bound):
        return start, value, bound, "proven"
    if search.over_many:
        return _level_over_many(search, start, value, bound)
    # Small components: exact by a dynamic programme, without the travel levels.
    if search.level == "covered" and apart(instance):
        parts = by_parts(instance, replace(search.effort, node_limit=None), watch)
        bound = max(bound, -parts.bound)
        if parts.modules is not None:
            start, value = parts.modules, search.worth(parts.modules)
        if _met(search, value, bound):
            return start, value, bound, "proven"
    # Relaxations bound the value, and say which sites of a large model are worth searching.
    relaxations, sites = [], np.ones(n_sites, dtype=bool)
    large = instance.row.size > LARGE_PAIRS and instance.n_periods == 1
    if large and search.level == "covered":
        model = compact_model(instance)
        relaxations = [
            solve(linear(model), effort=search.effort),
            solve(model, effort=search.effort),
        ]
    else:
        relaxations = [solve(linear(search.model()), effort=search.effort)]
    bound = max(bound, *(outcome.bound for outcome in relaxations))
    if _met(search, value, bound):
        return start, value, bound, "proven"
    if search.effort.node_limit == 0 and math.isfinite(value):
        return start, value, bound, "gap"
    if large:
        sites = _kernel(instance, relaxations, start)
    # What a search on some of the sites proves does not hold for all of them.
    news = watch.tell if sites.all() else lambda best, _: watch.tell(best, bound)
    effort = search.effort.under(watch, news)
    if _is_counted(instance, search.level) and effort.node_limit is not None and not large:
        outcome = by_counts(instance, search.model(), value=value, effort=effort)
    else:
        outcome = solve(search.model(sites=sites), effort=effort)
    if sites.all():
        bound = max(bound, outcome.bound)
    if outcome.x is not None:
        modules = search.modules_of(outcome)
        other = search.worth(modules)
        if other <= value:
            start, value = modules, other
    if not math.isfinite(value):
        status = outcome.status if sites.all() else "no_solution"
        return None, value, bound, "no_solution" if status == "proven" else status
    return start, value, bound, "gap"


def _level_over_many(
    search: _Search, start: Floats | None, value: float, bound: float
) -> tuple[Floats | None, float, float, Status]:
    """The same for a level with very many new sites, most of which are only priced."""
    instance, model = search.instance, search.model()
    sites = priced(instance, model, start, search.effort)
    bound = max(bound, sites.bound)
    if _met(search, value, bound):
        return start, value, bound, "proven"
    # The few sites of the relaxation often suffice; else the next best as well.
    for searched in (sites.used, sites.sites):
        part, columns, _ = sliced(instance, model, searched)
        outcome = widened(solve(part, effort=search.effort), columns, model.cost.size)
        if outcome.x is not None:
            modules = search.modules_of(outcome)
            other = search.worth(modules)
            if other <= value:
                start, value = modules, other
        if _met(search, value, bound):
            return start, value, bound, "proven"
    # A better choice is among the sites that were searched, or has one of the others.
    bound = max(bound, min(outcome.bound, sites.beyond))
    if not math.isfinite(value):
        return None, value, bound, "no_solution"
    return start, value, bound, "gap"


def _met(search: _Search, value: float, bound: float) -> bool:
    """Whether the value is good enough for the limits."""
    if not math.isfinite(value):
        return False
    enough = search.effort.relative_gap * max(1.0, abs(value))
    return value - bound <= enough or is_proven(value, bound, whole=search.instance.whole)


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
    search = _Search(instance=instance, level="covered", kept={}, effort=Effort())
    return -search.worth(modules)


def flows(instance: Instance, modules: Floats, covered: float, effort: Effort) -> Floats | None:
    """Least travel over all pairs with the modules fixed and no less covered, by pair."""
    model = level_model(instance, "travel", {"covered": -covered}, sites=modules > 0, fixed=modules)
    outcome = solve(linear(model), effort=effort)
    if outcome.x is None:
        return None
    # By pair; whole amounts have whole flows, up to the tolerance.
    flow = outcome.x[columns_of(instance).flow]
    return np.asarray(np.rint(flow) if instance.whole else np.maximum(flow, 0.0))
