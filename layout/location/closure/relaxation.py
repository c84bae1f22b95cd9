"""The relaxation of a closure problem over all its arcs, and a first plan near it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from layout.location.closure.instance import nearest
from layout.location.closure.model import build, reduced_costs, sharpened
from layout.location.closure.values import spread
from layout.location.solver.highs import Effort, Outcome, linear, solve

if TYPE_CHECKING:
    from layout.core.arrays import Bools, Floats
    from layout.location.closure.instance import Instance
    from layout.location.closure.model import Frame
    from layout.location.solver.watch import Watch

__all__ = ["first_plan", "relax"]

#: Cheapest arcs of each group that the first relaxation starts from.
FIRST_NEAREST = 5
# The first plan is sought among half as many sites again as close, and with this little effort.
_FIRST_SHARE = 1.5
_FIRST_GAP = 0.002
_FIRST_NODES = 200
_PRICE_TOLERANCE = 1e-6


def relax(
    instance: Instance,
    rows: Frame,
    sites: Bools,
    cost: Floats,
    effort: Effort,
    watch: Watch,
) -> tuple[Outcome, Floats, Bools]:
    """The linear relaxation over all arcs, solved on few of them at a time.

    Returns its outcome, the reduced costs of all columns, and the columns of the last model.
    """
    # Column generation: start on the k cheapest arcs of each group.
    k, n_sites = FIRST_NEAREST, sites.size
    usable = np.concatenate([sites, np.zeros(instance.n_arcs, dtype=bool)])
    usable[n_sites + nearest(instance, k)] = True
    while True:
        # Without the limit on receivers, which only raises the bound and is not priced.
        free = replace(instance, max_receivers=None)
        model = build(free, rows, usable, cost=cost).model
        outcome = solve(linear(model), effort=effort.under(watch))
        # Too few arcs to be feasible says nothing about the full table: take four times as many.
        if outcome.status == "infeasible" and not usable[n_sites:].all():
            k *= 4
            usable[n_sites + nearest(instance, k)] = True
            continue
        if outcome.row_dual is None or outcome.reduced_cost is None:
            return outcome, np.empty(0), usable
        # Reduced costs over all columns; inside the model the solver's own, with the link rows'
        # duals.
        price = reduced_costs(rows, outcome.row_dual, cost)
        price[usable] = outcome.reduced_cost
        price[:n_sites][~sites] = np.inf
        # Columns that would improve the relaxation; at its optimum there are none.
        missing = ~usable & (price < -_PRICE_TOLERANCE)
        if not missing.any():
            return outcome, sharpened(instance, rows, outcome.row_dual, price, cost), usable
        usable |= missing


def first_plan(
    instance: Instance,
    rows: Frame,
    relaxed: Outcome,
    price: Floats,
    usable: Bools,
    cost: Floats,
    effort: Effort,
) -> tuple[float, Floats | None]:
    """A good plan that closes only sites which the relaxation likes; it may find none."""
    n_sites = len(instance.sites)
    # Share of each column in the relaxed plan; sites with the largest share first, then by price.
    amount = np.zeros(usable.size)
    amount[usable] = relaxed.solution
    order = np.lexsort((price[:n_sites], -amount[:n_sites]))
    order = order[usable[order]]
    wanted = int(_FIRST_SHARE * (instance.n_close or order.size)) + 10
    # Columns of the restricted model: those sites, what must close, and arcs of their groups.
    few = usable.copy()
    few[:n_sites] = False
    few[order[: max(wanted, int((amount[:n_sites] > 1e-6).sum()))]] = True
    few[:n_sites] |= instance.must_close
    few[n_sites:] &= few[instance.group_site[instance.arc_group]]
    small = replace(effort, relative_gap=_FIRST_GAP, node_limit=_FIRST_NODES)
    built = build(instance, rows, few, cost=cost)
    outcome = solve(built.model, effort=small)
    if outcome.x is None:
        return math.inf, None
    return outcome.objective, spread(built, outcome, usable.size)
