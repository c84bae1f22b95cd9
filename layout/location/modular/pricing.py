"""A relaxation over very many new sites: some first, further ones priced in until none can help.

The relaxation over some of the sites prices what all sites share: demands, groups, numbers and
earlier levels. At these prices what any other site is worth is a knapsack of its own, so that the
whole has a bound although most sites are never looked at together (Lagrangian relaxation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.modular.instance import within_reach
from layout.location.modular.model import columns_of
from layout.location.solver.highs import Effort, Model, Outcome, linear, solve

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance

MANY_SITES = 200
"""Above so many new sites a model is not solved over all of them at once."""
# New sites in the first relaxation, by what lies around them; most added in a round; rounds.
_FIRST, _ADDED, _ROUNDS = 120, 60, 25
# The bound is good enough when pricing could move it by no more than this share.
_CLOSE = 1e-4
KEPT = 320
"""New sites that are searched: those in the relaxation, and the next best at its prices."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Priced:
    """Sites to search, and what is proved of all of them.

    Attributes
    ----------
    used
        Sites that exist already, those that the relaxation opens, and the incumbent's.
    sites
        These and the next best at the prices of the relaxation.
    bound
        A bound over all sites.
    beyond
        A bound on every choice that has a site outside `sites`.
    """

    used: Bools
    sites: Bools
    bound: float
    beyond: float


def priced(instance: Instance, model: Model, start: Floats | None, effort: Effort) -> Priced:
    """Bound a model over all sites, and say which of them are worth searching.

    Parameters
    ----------
    instance, model
        The instance and one level of it, over all sites.
    start
        Modules of an incumbent, whose sites are looked at from the beginning.
    """
    # First those with most within reach, and every site that exists already.
    near = within_reach(instance).sum(axis=0)
    order = np.lexsort((np.arange(near.size), -np.where(instance.new, near, -1.0)))
    sites = ~instance.new | instance.must
    sites[order[: min(_FIRST, int(instance.new.sum()))]] = True
    if start is not None:
        sites |= start > 0
    bound, worth = -math.inf, np.zeros(near.size)
    for _ in range(_ROUNDS):
        part, columns, rows = sliced(instance, model, sites)
        outcome = solve(linear(part), effort=effort)
        if outcome.x is None or outcome.row_dual is None:
            # Too few sites to keep what earlier levels have: all of them, and no bound from here.
            everything = np.ones_like(sites)
            return Priced(used=everything, sites=everything, bound=bound, beyond=-math.inf)
        worth = _worth(instance, model, outcome, rows, sites)
        outside = np.sort(worth[~sites])[: instance.n_new]
        missing = float(np.minimum(outside, 0.0).sum())
        bound = max(bound, outcome.objective + missing)
        if missing >= -_CLOSE * max(1.0, abs(outcome.objective)):
            break
        ranked = np.argsort(np.where(sites, 0.0, worth), kind="stable")[:_ADDED]
        sites[ranked[worth[ranked] < 0]] = True
    # Sites that exist, sites with modules in the relaxation, and those of the incumbent.
    used = ~instance.new
    used |= widened(outcome, columns, model.cost.size).solution[columns_of(instance).modules] > 1e-6
    if start is not None:
        used |= start > 0
    # The next best: a choice with any site outside costs its price on top of the relaxation.
    ranked = np.argsort(np.where(sites, np.inf, worth), kind="stable")
    free = max(0, KEPT - int((sites & instance.new).sum()))
    sites[ranked[: min(free, int((~sites).sum()))]] = True
    beyond = outcome.objective + missing + float(worth[~sites].min(initial=math.inf))
    return Priced(used=used, sites=sites, bound=bound, beyond=max(bound, beyond))


def sliced(instance: Instance, model: Model, sites: Bools) -> tuple[Model, Ints, Ints]:
    """The part of a model that some sites take part in, with its columns and rows."""
    at = columns_of(instance)
    keep = np.ones(at.total, dtype=bool)
    keep[at.opened], keep[at.modules] = sites[instance.new], sites
    keep[at.flow] = sites[instance.col]
    columns = np.flatnonzero(keep)
    matrix = model.matrix[:, columns]
    # Rows of other sites are empty; rows that ask for something stay, and tell that it is missing.
    full = np.diff(matrix.indptr) > 0
    rows = np.flatnonzero(full | (model.row_lower > 0) | (model.row_upper < 0))
    part = replace(
        model,
        cost=model.cost[columns],
        lower=model.lower[columns],
        upper=model.upper[columns],
        integer=model.integer[columns],
        matrix=matrix[rows],
        row_lower=model.row_lower[rows],
        row_upper=model.row_upper[rows],
    )
    return part, columns, rows


def widened(outcome: Outcome, columns: Ints, total: int) -> Outcome:
    """The outcome of a part of a model as one of the whole: 0 for every other column."""
    if outcome.x is None:
        return outcome
    x = np.zeros(total)
    x[columns] = outcome.x
    return replace(outcome, x=x)


def _worth(instance: Instance, model: Model, outcome: Outcome, rows: Ints, sites: Bools) -> Floats:
    """By new site what opening it costs at the prices of a relaxation; infinite for the others."""
    at = columns_of(instance)
    dual = np.zeros(model.row_lower.size)
    dual[rows] = outcome.row_dual
    # Reduced costs; rows of a site outside have no price, so its knapsack sees those of all others.
    reduced = model.cost - model.matrix.T @ dual
    n_sites, cost = instance.size.size, reduced[at.flow]
    key = instance.period[instance.row] * n_sites + instance.col
    # Pairs worth serving, by period and site, the best first; what those before them take.
    pairs = np.flatnonzero((cost < 0) & ~sites[instance.col])
    pairs = pairs[np.lexsort((cost[pairs], key[pairs]))]
    part, total = instance.part[pairs], np.cumsum(instance.part[pairs])
    start = np.searchsorted(key[pairs], key[pairs])
    before = total - part - np.concatenate([[0.0], total])[start]
    best = np.full(n_sites, np.inf)
    # For each number of modules that a new site may hold: what its capacity gains in all periods.
    counts = np.arange(1, int(instance.most[instance.new].max(initial=0)) + 1)
    for count in counts:
        taken = np.clip(instance.size[instance.col[pairs]] * count - before, 0.0, part)
        gain = np.bincount(instance.col[pairs], cost[pairs] * taken, minlength=n_sites)
        value = gain + reduced[at.modules] * count
        fits = (instance.least <= count) & (count <= instance.most)
        best = np.where(fits, np.minimum(best, value), best)
    opened = np.full(n_sites, np.inf)
    opened[instance.new] = reduced[at.opened]
    return best + np.where(sites, np.inf, opened)
