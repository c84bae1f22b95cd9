"""A relaxation over very many sites: some first, further ones priced in until none can help.

The relaxation over some of the sites prices what all sites share: demands, groups, numbers and
earlier levels. At these prices what any site is worth is a knapsack of its own, so that the whole
has a bound although most sites are never looked at together (Lagrangian relaxation). The same
prices bound every choice that uses a given site, or a given number of modules there: what is
above the value of an incumbent needs no search any more (reduced-cost fixing).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.modular.instance import within_reach
from layout.location.modular.model import columns_of
from layout.location.solver.highs import Effort, Model, Outcome, linear, solve

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance
    from layout.location.solver.highs import Status

MANY_SITES = 200
"""Above so many new sites a relaxation is not solved over all of them at once."""
LARGE_LINKS = 5_000
"""Above so many pairs at new sites a relaxation is first solved in a looser form."""
# New sites in the first relaxation, by what lies around them; most added in a round; rounds.
_FIRST, _ADDED, _ROUNDS = 120, 60, 25
# The bound is good enough when pricing could move it by no more than this share.
_CLOSE = 1e-4
KEPT = 320
"""New sites that are searched at most, besides those that the relaxation uses."""
# What counts as a price, and as modules.
_NOTHING = 1e-6


class Prices:
    """What sites are worth at the prices of what they share, and what that bounds.

    Attributes
    ----------
    dual
        By row of the model: what it is worth to have one more; 0 where it is of one site alone.
    bound
        A bound below every choice.
    worth
        By site: what using it costs at these prices, with the number of modules that is best;
        infinite for sites that are not among those looked at.
    uses, spares
        By site: bounds below every choice that uses it, and below every one that does not.
    """

    def __init__(
        self, instance: Instance, model: Model, dual: Floats, own: Bools, *, among: Bools
    ) -> None:
        self._instance = instance
        at, new = columns_of(instance), instance.new
        # Rows of one site alone have no price: its knapsack keeps them. Nor has a missing side.
        dual = np.where(own, 0.0, dual)
        dual = np.where(np.isinf(np.where(dual > 0, model.row_lower, model.row_upper)), 0.0, dual)
        self.dual = dual
        sides = np.where(dual > 0, model.row_lower, np.where(dual < 0, model.row_upper, 0.0))
        reduced = model.cost - model.matrix.T @ dual
        rest = slice(at.flow.stop, at.total)
        constant = float(dual @ sides) + float(
            np.minimum(reduced[rest] * model.lower[rest], reduced[rest] * model.upper[rest]).sum()
        )
        self._module, self._opening = reduced[at.modules], np.zeros(new.size)
        self._opening[new] = reduced[at.opened]
        self._fill(reduced[at.flow])
        self.worth = np.where(among, self._at_best(), np.inf)
        # Sites that exist grow where that pays; of the new ones those open that must, and the
        # best of the others.
        grown = np.minimum(self.worth[~new], 0.0)
        rank = np.where(new, np.where(instance.must, -np.inf, self.worth), np.inf)
        order = np.argsort(rank, kind="stable")
        opened, count = order[: instance.n_new], instance.n_new
        if count > int((new & among).sum()):
            self.bound = math.inf
        else:
            self.bound = constant + float(grown.sum()) + float(self.worth[opened].sum())
        # The last of those that open gives way to another.
        last = float(rank[order[count - 1]]) if count else -math.inf
        extra = np.where(new, np.maximum(self.worth - last, 0.0), np.maximum(self.worth, 0.0))
        extra[opened] = 0.0
        extra[~among] = np.inf
        self.uses = self.bound + extra
        # Without one that opens the first of the others does.
        following = float(rank[order[count]]) if count < order.size else math.inf
        self.spares = np.full(new.size, self.bound)
        self.spares[~new] -= grown
        self.spares[opened] += following - self.worth[opened]

    def _fill(self, cost: Floats) -> None:
        """Pairs worth serving, by period and site, the best first; what those before them take."""
        instance = self._instance
        key = instance.period[instance.row] * instance.size.size + instance.col
        pairs = np.flatnonzero(cost < 0)
        pairs = pairs[np.lexsort((cost[pairs], key[pairs]))]
        self._part, total = instance.part[pairs], np.cumsum(instance.part[pairs])
        start = np.searchsorted(key[pairs], key[pairs])
        self._before = total - self._part - np.concatenate([[0.0], total])[start]
        self._col, self._cost = instance.col[pairs], cost[pairs]

    def _value(self, modules: Floats) -> Floats:
        """What each site is worth with so many modules in use; convex in their number."""
        size = self._instance.size[self._col]
        taken = np.clip(size * modules[self._col] - self._before, 0.0, self._part)
        gain = np.bincount(self._col, self._cost * taken, minlength=modules.size)
        return np.asarray(gain + self._module * modules + self._opening)

    def _at_best(self) -> Floats:
        instance = self._instance
        self._fewest = np.where(instance.new, instance.least, np.minimum(1.0, instance.most))
        self._largest = np.maximum(instance.most, self._fewest)
        # The least of a convex function lies where the next step rises.
        rises = lambda modules: self._value(modules + 1) >= self._value(modules)  # noqa: E731
        self._best = _first(self._fewest, self._largest, rises)
        return self._value(self._best)

    def ranges(self, value: float) -> tuple[Floats, Floats]:
        """Least and most modules of each site in all choices up to a value that use it."""
        limit = self.worth + np.maximum(value - self.uses, 0.0) + _NOTHING
        fits = lambda modules: self._value(modules) <= limit  # noqa: E731
        ends = lambda modules: self._value(modules + 1) > limit  # noqa: E731
        least = _first(self._fewest, self._best, fits)
        return least, _first(self._best, self._largest, ends)


def _first(low: Floats, high: Floats, holds: Callable[[Floats], Bools]) -> Floats:
    """By site the first whole number for which a condition holds from then on; at last `high`."""
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        yes = holds(middle)
        low, high = np.where(yes, low, np.minimum(middle + 1, high)), np.where(yes, middle, high)
    return low


@dataclass(frozen=True, eq=False, kw_only=True)
class Priced:
    """What a relaxation over all sites says.

    Attributes
    ----------
    status
        ``infeasible`` or ``no_solution`` where there is no relaxed solution, else ``gap``.
    bound
        A bound over all sites.
    used
        Sites with modules in the relaxation, and the incumbent's.
    uses
        By site: a bound on every choice that uses it.
    prices
        The last prices; None where there is no relaxed solution.
    """

    status: Status
    bound: float
    used: Bools
    uses: Floats
    prices: Prices | None = None

    def worthwhile(self, new: Bools, value: float, *, whole: bool) -> Bools:
        """Sites that a choice below a value may use; of new ones no more than are searched."""
        below = value - 1.0 + _NOTHING if whole else value
        # Sites in use stay in any case; of the other new ones those with the lowest bounds.
        free = new & ~self.used
        order = np.argsort(np.where(free, self.uses, np.inf), kind="stable")
        kept = ~free
        kept[order[: max(0, KEPT - int((new & self.used).sum()))]] = True
        return kept & (self.used | (self.uses <= below))


def priced(instance: Instance, model: Model, start: Floats | None, effort: Effort) -> Priced:
    """Bound a model over all sites, and every choice that uses a given one.

    Parameters
    ----------
    instance, model
        The instance and one level of it, over all sites.
    start
        Modules of an incumbent, whose sites are looked at from the beginning.
    """
    sites = _first_sites(instance, start)
    nothing = np.full(sites.size, -np.inf)
    known = Priced(status="gap", bound=-math.inf, used=np.ones_like(sites), uses=nothing)
    # What is missing to floors takes little time: most of the demand does not matter.
    easy = bool(model.cost[columns_of(instance).short].any())
    if not easy and int((instance.new & sites)[instance.col].sum()) > LARGE_LINKS:
        # A much smaller relaxation finds most of the sites that matter. Where an incumbent keeps
        # the numbers and earlier levels, the others are left out at first.
        loose = summed_links(instance, model)
        known = _priced_in(instance, loose, sites, known, effort, close=0.0)
        sites = known.used | (sites if start is None else start > 0)
    if known.status == "gap":
        known = _priced_in(instance, model, sites, known, effort, close=_CLOSE)
    return known if start is None else replace(known, used=known.used | (start > 0))


def _priced_in(
    instance: Instance, model: Model, sites: Bools, known: Priced, effort: Effort, *, close: float
) -> Priced:
    """Relax a model over some sites and price others in until none can help.

    The bound is good enough when pricing could move it by no more than the share `close`.
    """
    own, everything = own_rows(instance, model), np.ones_like(sites)
    bound, uses = known.bound, known.uses
    for _ in range(_ROUNDS):
        part, columns, rows = sliced(instance, model, sites)
        outcome = solve(linear(part), effort=effort)
        if outcome.x is None or outcome.row_dual is None:
            # Too few sites to keep the numbers and what earlier levels have: all of them.
            if outcome.status == "infeasible" and not sites.all():
                sites = everything
                continue
            return Priced(status=outcome.status, bound=bound, used=everything, uses=uses)
        dual = np.zeros(model.row_lower.size)
        dual[rows] = outcome.row_dual
        prices = Prices(instance, model, dual, own, among=everything)
        # Every round's prices bound every choice; the best bound of each site counts.
        bound, uses = max(bound, prices.bound), np.maximum(uses, prices.uses)
        more = ~sites & (prices.worth < -_NOTHING)
        near = prices.bound >= outcome.objective - close * max(1.0, abs(outcome.objective))
        if near or not more.any():
            break
        ranked = np.argsort(np.where(more, prices.worth, 0.0), kind="stable")[:_ADDED]
        sites = sites.copy()
        sites[ranked[more[ranked]]] = True
    solution = widened(outcome, columns, model.cost.size).solution
    used = solution[columns_of(instance).modules] > _NOTHING
    return Priced(status="gap", bound=bound, used=used, uses=uses, prices=prices)


def summed_links(instance: Instance, model: Model) -> Model:
    """A looser form of a model, several times smaller.

    Instead of every pair on its own, all pairs of a new site and period together keep to the
    site's opening: the sum of their rows. `Prices` of this form bound the model as well, as they
    take no account of the rows of one site.
    """
    at, matrix = columns_of(instance), model.matrix
    # Rows with two entries, the flow of a pair and the opening of its site.
    entries = np.diff(matrix.indptr)
    flows, openings = matrix[:, at.flow], matrix[:, at.opened]
    linked = (entries == 2) & (np.diff(flows.indptr) == 1) & (np.diff(openings.indptr) == 1)
    pair = flows[linked].indices
    # Summed by period and site.
    key = instance.period[instance.row[pair]] * instance.size.size + instance.col[pair]
    _, row = np.unique(key, return_inverse=True)
    sums = sparse.csr_matrix((np.ones(row.size), (row, np.arange(row.size))))
    zeros = np.zeros(sums.shape[0])
    return replace(
        model,
        matrix=sparse.vstack([matrix[~linked], sums @ matrix[linked]]).tocsr(),
        row_lower=np.concatenate([model.row_lower[~linked], zeros - np.inf]),
        row_upper=np.concatenate([model.row_upper[~linked], zeros]),
    )


def _first_sites(instance: Instance, start: Floats | None) -> Bools:
    """All sites where they are few; else those with most within reach, and the incumbent's."""
    sites = np.ones(instance.size.size, dtype=bool)
    if int(instance.new.sum()) <= MANY_SITES:
        return sites
    near = within_reach(instance).sum(axis=0)
    order = np.lexsort((np.arange(near.size), -np.where(instance.new, near, -1.0)))
    # Without an incumbent the sites that exist may be needed to place all modules.
    sites = instance.must | (~instance.new if start is None else start > 0)
    sites[order[: min(_FIRST, int(instance.new.sum()))]] = True
    return sites


def own_rows(instance: Instance, model: Model) -> Bools:
    """Rows in which only one site has entries."""
    at, matrix = columns_of(instance), model.matrix
    site = np.full(at.total, -1)
    site[at.opened], site[at.modules] = np.flatnonzero(instance.new), np.arange(instance.size.size)
    site[at.flow] = instance.col
    # The first and the last site of each row that has entries.
    of_entry = site[matrix.indices]
    full = np.flatnonzero(np.diff(matrix.indptr) > 0)
    own = np.zeros(matrix.shape[0], dtype=bool)
    if full.size:
        first = np.minimum.reduceat(of_entry, matrix.indptr[full])
        own[full] = (first == np.maximum.reduceat(of_entry, matrix.indptr[full])) & (first >= 0)
    return own


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
