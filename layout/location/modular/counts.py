"""A search that settles first how many new sites of each kind open, then which.

Sites of one kind serve the same group of demand and hold the same modules. A relaxation opens
fractions of many sites, and closing one of them hardly moves its bound, as a neighbour takes its
place. How many open in one county does move it: few numbers remain, and under each of them the
search for the sites is short.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.modular.model import columns_of
from layout.location.modular.pricing import Prices, own_rows, sliced, widened
from layout.location.solver.highs import Effort, Model, Outcome, linear, solve

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance

# Relaxations before the search over numbers gives up; how far from whole counts as whole.
MOST_RELAXATIONS = 200
_WHOLE = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class _Numbers:
    """Least and most new sites by kind, and what a relaxation says of them.

    `uses` has by site a bound on every choice under these numbers that uses it, `used` the sites
    that the relaxation uses.
    """

    least: Floats
    most: Floats
    bound: float
    opened: Floats
    uses: Floats
    used: Bools


def kinds_of(instance: Instance) -> Ints:
    """The kind of each new site: modules, and the group of which most is within its reach."""
    # Sites × groups: demand within reach.
    n_sites, n_groups = instance.size.size, max(1, instance.totals.size)
    first = instance.first
    key = instance.col[first] * n_groups + instance.group[instance.row[first]]
    near = np.bincount(key, instance.part[first], minlength=n_sites * n_groups).reshape(
        n_sites, n_groups
    )
    # One row for each site; equal rows of new sites are one kind.
    of_site = np.column_stack([near.argmax(axis=1), instance.least, instance.most, instance.size])
    _, kind = np.unique(of_site[instance.new], axis=0, return_inverse=True)
    return np.asarray(kind, dtype=np.int64).ravel()


def by_counts(instance: Instance, model: Model, *, value: float, effort: Effort) -> Outcome:
    """Solve a model of `layout.location.modular.model.level_model` over all sites.

    Parameters
    ----------
    instance, model
        The instance and one level of it.
    value
        The value of an incumbent; nothing above it is sought.
    effort
        The limits of each of the searches under given numbers; the clock is shared by all.

    Returns
    -------
    Outcome
        `x` is None where nothing better than `value` was found. The bound holds in any case.
    """
    kind = kinds_of(instance)
    opened = columns_of(instance).opened
    # Kinds × columns: counts the new sites of each kind that open.
    counts = sparse.csr_matrix(
        (np.ones(kind.size), (kind, np.arange(opened.start, opened.stop))),
        shape=(int(kind.max(initial=-1)) + 1, model.cost.size),
    )
    counted = replace(model, matrix=sparse.vstack([model.matrix, counts]).tocsr())
    own = np.concatenate([own_rows(instance, model), np.zeros(counts.shape[0], dtype=bool)])
    # New sites of each kind.
    size = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    every = np.ones(instance.size.size, dtype=bool)
    asked = [
        _Numbers(
            least=np.zeros(size.size),
            most=size,
            bound=-math.inf,
            opened=size,
            uses=np.full(every.size, -np.inf),
            used=every,
        )
    ]
    queue: list[tuple[float, int, _Numbers]] = []
    # `given_up` bounds the searches that a limit ended; the queue is sorted by relaxation bound.
    relaxations, given_up, best = 0, math.inf, None
    while True:
        for numbers in asked:
            relaxations += 1
            seen, ended = _relaxed(instance, counted, counts, own, numbers, value, effort)
            if seen is not None:
                heapq.heappush(queue, (seen.bound, relaxations, seen))
            elif not ended:
                given_up = min(given_up, numbers.bound)
        # Lower bound over everything that is still open.
        bound = min([given_up, value, *(entry[0] for entry in queue[:1])])
        if effort.news is not None:
            effort.news(value, bound)
        if not queue or queue[0][0] >= value or relaxations >= MOST_RELAXATIONS:
            break
        numbers = heapq.heappop(queue)[2]
        # No number is fractional: the sites under these numbers are searched exactly.
        asked = _halves(numbers)
        if asked:
            continue
        better, below = _searched(instance, _within(counted, numbers), numbers, value, effort)
        given_up = min(given_up, below)
        if better is not None:
            best, value = better, better.objective
    if best is None:
        return Outcome(status="no_solution", x=None, objective=math.inf, bound=bound)
    return replace(best, bound=bound, status="gap")


def _relaxed(
    instance: Instance,
    counted: Model,
    counts: sparse.csr_matrix,
    own: Bools,
    numbers: _Numbers,
    value: float,
    effort: Effort,
) -> tuple[_Numbers | None, bool]:
    """What the relaxation says under some numbers; else whether there is certainly nothing."""
    # Sites that cost too much under wider numbers do so under narrower ones.
    model, sites = _within(counted, numbers), numbers.uses < value
    part, columns, rows = sliced(instance, model, sites)
    outcome = solve(linear(part), effort=effort.under(effort.watch))
    if outcome.x is None or outcome.row_dual is None:
        return None, outcome.status == "infeasible"
    dual = np.zeros(model.row_lower.size)
    dual[rows] = outcome.row_dual
    prices = Prices(instance, model, dual, own, among=sites)
    x = widened(outcome, columns, model.cost.size).solution
    seen = replace(
        numbers,
        bound=max(numbers.bound, prices.bound),
        opened=np.asarray(counts @ x),
        uses=np.maximum(numbers.uses, prices.uses),
        used=x[columns_of(instance).modules] > _WHOLE,
    )
    return seen, False


def _searched(
    instance: Instance, model: Model, numbers: _Numbers, value: float, effort: Effort
) -> tuple[Outcome | None, float]:
    """The best choice below a value under some numbers, if any, and a bound on all of them."""
    best = None
    # First among the sites that the relaxation uses: a better incumbent rules out more of the rest.
    for first in (True, False):
        sites = numbers.used if first else numbers.uses < value
        part, columns, _ = sliced(instance, model, sites)
        most = value - 1.0 + _WHOLE if model.whole_objective else value
        outcome = solve(part, effort=replace(effort.under(effort.watch), most=most))
        outcome = widened(outcome, columns, model.cost.size)
        if outcome.x is not None and outcome.objective < value:
            best, value = outcome, outcome.objective
    return best, max(outcome.bound, numbers.bound)


def _halves(numbers: _Numbers) -> list[_Numbers]:
    """Both sides of the number that is furthest from whole; nothing where all are whole."""
    away = np.abs(numbers.opened - np.rint(numbers.opened))
    if away.max(initial=0.0) <= _WHOLE:
        return []
    at = int(away.argmax())
    below, above = numbers.most.copy(), numbers.least.copy()
    below[at], above[at] = np.floor(numbers.opened[at]), np.ceil(numbers.opened[at])
    return [replace(numbers, most=below), replace(numbers, least=above)]


def _within(model: Model, numbers: _Numbers) -> Model:
    return replace(
        model,
        row_lower=np.concatenate([model.row_lower, numbers.least]),
        row_upper=np.concatenate([model.row_upper, numbers.most]),
    )
