"""What opens in place of a new site that may not open, and what that loses at the leading level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, in_sorted
from layout.location.modular.instance import (
    Instance,
    ModularProblem,
    first_period,
    instance_of,
    merged,
    narrowed,
)
from layout.location.modular.levels import Search, State, solve_level
from layout.location.modular.model import columns_of, level_model
from layout.location.modular.pricing import MANY_SITES, Priced, priced, sliced, widened
from layout.location.modular.serving import level_names
from layout.location.solver.highs import Effort, is_proven, solve
from layout.location.solver.watch import Watch

if TYPE_CHECKING:
    from layout.location.modular.modular_cover import ModularChoice

COLUMNS = ["loss", "bound", "status", "runner_up", "without", "without_covered"]
# New sites that may take a site's place at first, those with the lowest bounds; of equal ones those
# that share most demand with it; limits of a search.
_NEXT, _NEIGHBOURS = 60, 20
_EFFORT = Effort(node_limit=100)
_SWAP = Effort(node_limit=20)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Answer:
    """The problem at its leading level, and the choice that is asked about.

    `leading` is the instance that the leading level looks at, `near` the sites that may take
    another's place at first, and `small` by level the instance with them alone.
    """

    instance: Instance
    leading: Instance
    level: str
    modules: Floats
    value: float
    bound: float
    sites: Priced
    near: Bools
    small: Mapping[str, Instance]


def runners_up(problem: ModularProblem, choice: ModularChoice) -> pd.DataFrame:
    """Forbid each new site of a choice in turn: what the leading level loses, what opens instead.

    Parameters
    ----------
    problem, choice
        The problem, and what `choose_modules` chose.

    Returns
    -------
    pandas.DataFrame
        Index the new sites of the choice, ascending. Columns: `loss`, by how much the best choice
        found without the site is worse at the leading level; `bound`, the least that it can be
        (equal where `status` is ``proven``); `runner_up`, the first site by label that it opens
        and the choice does not, None where there is none; `without`, the loss where the site is
        dropped and nothing takes its place; and `without_covered`, how many of the first period
        are then served less.

    Notes
    -----
    Of exchanges of one site that are equal at the leading level the later levels decide, among
    the sites that share most demand with it and as far as a short search tells. The prices of one
    relaxation bound every choice without a site, and every one that uses a given other; only
    where that does not prove the best exchange is there a search, among the sites that could
    beat it.
    """
    answer = _answer(problem, choice)
    labels = problem.sites.sort_index().index
    opened = np.flatnonzero(answer.instance.new & (answer.modules > 0))
    served = _served(answer.instance, answer.modules)
    rows = []
    for site in opened:
        state = _best_without(answer, int(site))
        dropped = answer.modules.copy()
        dropped[site] = 0.0
        value = _freely(answer.instance, dropped, answer.level, {})
        instead = np.zeros(0, dtype=np.int64)
        if state.modules is not None:
            fresh = answer.instance.new & (state.modules > 0) & (answer.modules == 0)
            instead = np.flatnonzero(fresh)
        rows.append(
            {
                "loss": state.value - answer.value,
                "bound": state.bound - answer.value,
                "status": state.status,
                "runner_up": labels[instead[0]] if instead.size else None,
                "without": value - answer.value,
                "without_covered": served - _served(answer.instance, dropped),
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS, index=labels[opened])
    return table.astype({"runner_up": object})


def _answer(problem: ModularProblem, choice: ModularChoice) -> _Answer:
    whole = instance_of(problem)
    instance = merged(whole)
    labels = problem.sites.sort_index().index
    modules = choice.modules.reindex(labels, fill_value=0).to_numpy(dtype=np.float64)
    names = level_names(floors=instance.floor.size > 0, groups=instance.totals.size > 0)
    # Floors are those of the first period.
    leading = first_period(instance) if names[0] == "floors" else instance
    search = Search(instance=leading, level=names[0], kept={}, effort=Effort())
    value, sites = search.worth(modules), priced(leading, search.model, modules, Effort())
    # The best that any choice has: what is proved of the answer, or of the relaxation.
    bound = choice.levels[0].bound * (-1.0 if names[0] == "covered" else 1.0)
    # Sites that the choice uses or that grow at no cost, and new ones with the lowest bounds.
    new = instance.new
    near = (modules > 0) | (~new & (sites.uses <= value + 1e-6))
    free = new & (modules == 0)
    order = np.argsort(np.where(free, sites.uses, np.inf), kind="stable")
    near[order[: min(_NEXT, int(free.sum()))]] = True
    # Merging takes a while; only travel, the last level, keeps who lives where.
    few = narrowed(whole, near)
    small = dict.fromkeys(names, merged(few)) | {names[-1]: merged(few, later=True)}
    return _Answer(
        instance=instance,
        leading=leading,
        level=names[0],
        modules=modules,
        value=value,
        bound=max(bound, sites.bound),
        sites=sites,
        near=near,
        small=small,
    )


def _best_without(answer: _Answer, site: int) -> State:
    """The best choice without a site at the leading level, as far as it is known."""
    others = np.ones(answer.modules.size, dtype=bool)
    others[site] = False
    state = _exchanged(answer, site, others)
    whole = answer.instance.whole
    prices = answer.sites.prices
    bound = answer.bound if prices is None else max(answer.bound, float(prices.spares[site]))
    # A better choice uses only sites whose bound is below the value of the exchange.
    worth = others & (answer.sites.uses < state.value)
    if state.modules is not None:
        worth |= state.modules > 0
    few = answer.level == "floors" or int((worth & answer.instance.new).sum()) <= MANY_SITES
    if few and not is_proven(state.value, bound, whole=whole):
        search = Search(
            instance=narrowed(answer.leading, worth), level=answer.level, kept={}, effort=_EFFORT
        )
        start = None if state.modules is None else state.modules[worth]
        better = solve_level(search, start, Watch())
        if better.status == "infeasible":
            bound = math.inf
        bound = max(bound, better.bound)
        # The exchange stays where nothing is better: the later levels chose it.
        if better.modules is not None and better.value < state.value:
            modules = np.zeros(others.size)
            modules[worth] = better.modules
            state = replace(state, modules=modules, value=better.value)
    if whole and math.isfinite(bound):
        bound = math.ceil(bound - 1e-6)
    bound = min(bound, state.value)
    if state.modules is None:
        return replace(state, bound=bound, status="infeasible" if math.isinf(bound) else "gap")
    proven = is_proven(state.value, bound, whole=whole)
    return replace(state, bound=bound, status="proven" if proven else "gap")


def _exchanged(answer: _Answer, site: int, others: Bools) -> State:
    """The best choice with one of the sites near in place of another; modules may move."""
    sites = others[answer.near]
    stays = sites & (answer.modules[answer.near] > 0)
    # Sites that share most demand with it.
    everyone = answer.instance
    pairs = in_sorted(everyone.row, np.unique(everyone.row[everyone.col == site]))
    shared = np.bincount(everyone.col[pairs], everyone.part[pairs], minlength=others.size)
    shared = np.where(others, shared, 0.0)[answer.near]
    order = np.argsort(-shared, kind="stable")[:_NEIGHBOURS]
    neighbours = np.zeros(sites.size, dtype=bool)
    neighbours[order[shared[order] > 0]] = True
    state = State(modules=None, value=math.inf, bound=-math.inf)
    kept: dict[str, float] = {}
    # The leading level, then the others among its equals.
    for level, instance in answer.small.items():
        model = level_model(instance, level, kept)
        model.lower[columns_of(instance).opened] = stays[instance.new]
        part, columns, _ = sliced(instance, model, sites)
        outcome = widened(solve(part, effort=_SWAP), columns, model.cost.size)
        if outcome.x is None:
            return state
        value = outcome.objective
        kept[level] = float(np.rint(value)) if instance.whole else value
        modules = np.zeros(others.size)
        modules[answer.near] = np.rint(outcome.x[columns_of(instance).modules])
        state = replace(state, modules=modules, value=kept[answer.level])
        # Among equals only neighbours are looked at.
        sites = sites & (neighbours | (modules > 0)[answer.near])
    return state


def _freely(instance: Instance, modules: Floats, level: str, kept: Mapping[str, float]) -> float:
    """The value of a level with modules whose numbers are not those that were asked for."""
    open_now = int((instance.new & (modules > 0)).sum())
    loose = replace(
        instance,
        n_new=open_now,
        modules=None,
        must=np.zeros_like(instance.must),
        capped=np.full(instance.capped.size, -1),
        quota=np.zeros(0),
    )
    return Search(instance=loose, level=level, kept=kept, effort=Effort()).worth(modules)


def _served(instance: Instance, modules: Floats) -> float:
    """How many of the first period the modules serve, once the floors are met as far as can be."""
    first, kept = first_period(instance), dict[str, float]()
    if first.floor.size:
        kept["floors"] = _freely(first, modules, "floors", {})
    return -_freely(first, modules, "covered", kept)
