"""Set cover and p-center with capacities: the search, the proof, and why there is no solution."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.core.text import tr
from layout.location.covering.capacitated import (
    Attempt,
    Served,
    all_open,
    crowded,
    enough,
    fewest_served,
    fitting,
    least_radius,
    with_least_travel,
)
from layout.location.labelled.arguments import answer, checked, counting_reasons, refused
from layout.location.labelled.relaxations import MOST_PAIRS, NODES, relaxations
from layout.location.labelled.results import Solution
from layout.location.solver.highs import Effort, is_proven

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments
    from layout.location.solver.highs import Status
    from layout.location.solver.watch import Watch

_SLACK = 1e-9


def cover_with_capacity(
    given: Arguments,
    everyone: Arguments,
    limit: Floats,
    *,
    split: bool,
    watch: Watch,
) -> Solution:
    """The fewest sites that serve everybody within the limit; see `layout.location.set_cover`.

    Parameters
    ----------
    given, everyone
        The arguments on the pairs within the limit, and on all pairs.
    limit
        By demand.
    split, watch
        Whether demand may be shared; when the clock ends the search.
    """
    # What counting alone rules out needs no solver, only the smallest change that would help.
    reasons = counting_reasons(given, split=split)
    if reasons:
        reasons += _changes(given, everyone, limit, split=split)
        return refused(given, "infeasible", reasons, split=split)
    fits = fitting(given, split=split)
    fewest_sites = fewest_served(fits, split=split, effort=Effort().under(watch, watch.tell))
    if fewest_sites.served is None:
        if fewest_sites.status == "infeasible":
            reasons = crowded(given) + _changes(given, everyone, limit, split=split)
        return refused(given, fewest_sites.status, reasons, bound=fewest_sites.bound, split=split)
    # Travel is a second objective, for the same number of sites.
    served = with_least_travel(fewest_sites.served, split=split, watch=watch)
    opened = float(served.is_open.sum())
    return _labelled(
        served,
        objective=opened,
        bound=float(np.ceil(fewest_sites.bound - 1e-6)),
        unit=1.0,
        status="proven" if is_proven(opened, fewest_sites.bound, whole=True) else "gap",
        split=split,
    )


def center_with_capacity(given: Arguments, *, split: bool, watch: Watch) -> Solution:
    """The least largest cost with capacities; see `layout.location.p_center`.

    Notes
    -----
    Özsoy and Pınar (2006), *Computers & Operations Research* 33: bisection over the costs, for
    each of which p sites serve everybody or cannot. The relaxations go first, because they
    exclude most radii at little cost.
    """
    reasons = counting_reasons(given, split=split)
    if reasons or not given.n_open:
        reasons += relaxations(given, split=split)
        return refused(given, "infeasible", reasons, split=split)
    fits = fitting(given, split=split)
    costs = fits.costs
    # The optimum is one of the costs; no radius is below the largest of the demands' least costs.
    radii = np.unique(costs.cost)
    nearest = costs.cost[np.searchsorted(costs.row, np.arange(len(costs.demands)))]
    low = int(np.searchsorted(radii, nearest.max()))
    for relaxed in (True, False):

        def attempt(radius: float, nodes: int | None, relaxed: bool = relaxed) -> Attempt:
            within, effort = _within(fits, radius), Effort(node_limit=nodes).under(watch)
            trial = enough(within, split=split, effort=effort, relaxed=relaxed)
            if trial.status == "infeasible":
                watch.tell(np.inf, radius)
            elif trial.served is not None and not relaxed:
                watch.tell(radius, -np.inf)
            return trial

        best, low, ended = least_radius(radii, low, attempt)
        if low == radii.size:
            reasons = crowded(given) + relaxations(given, split=split)
            return refused(given, "infeasible", reasons, split=split)
        watch.tell(np.inf, float(radii[low]))
    bound = float(radii[low])
    if best is None:
        unit = given.cost_unit
        return refused(given, "no_solution", (), bound=bound, unit=unit, split=split)
    # With the radius settled, the least travel within it.
    served = with_least_travel(best, split=split, watch=watch)
    objective = float(served.given.costs.cost[served.pairs].max())
    served = replace(served, is_open=filled(served.is_open, given))
    return _labelled(
        served,
        objective=objective,
        bound=min(bound, objective),
        unit=given.cost_unit,
        status="proven" if ended else "gap",
        split=split,
    )


def filled(is_open: Bools, given: Arguments) -> Bools:
    """Open further sites, first labels first, until there are as many as wanted."""
    more = is_open.copy()
    # Positions of sites that may open still, in label order.
    others = np.setdiff1d(np.flatnonzero(~is_open), given.must_close)
    more[others[: (given.n_open or 0) - int(is_open.sum())]] = True
    return more


def _within(given: Arguments, radius: float) -> Arguments:
    return replace(given, costs=given.costs.where(given.costs.cost <= radius))


def _labelled(
    served: Served, *, objective: float, bound: float, unit: float, status: Status, split: bool
) -> Solution:
    """Labels instead of positions, and the check."""
    given, is_open, pairs, share = served.given, served.is_open, served.pairs, served.share
    solution = answer(
        given,
        is_open,
        pairs,
        share,
        objective=objective,
        bound=bound,
        unit=unit,
        status=status,
        split=split,
    )
    return checked(given, solution, pairs, share, is_open)


def _changes(
    given: Arguments, everyone: Arguments, limit: Floats, *, split: bool
) -> tuple[str, ...]:
    """The least added capacity, and the least limit, that would do; each alone, if proved."""
    if everyone.costs.row.size > MOST_PAIRS:
        return ()
    return relaxations(given, split=split) + _wider(everyone, limit, split=split)


def _wider(given: Arguments, limit: Floats, *, split: bool) -> tuple[str, ...]:
    """By how much the limits must be larger for all sites together to serve everybody."""
    fits = fitting(given, split=split)
    costs = fits.costs
    # By how much each pair's cost exceeds its demand's limit; one of these is the optimum.
    beyond = np.maximum(costs.cost - limit[costs.row], 0.0)
    steps = np.unique(beyond)
    best, low, ended = least_radius(
        steps,
        0,
        lambda more, _: all_open(
            replace(fits, costs=costs.where(beyond <= more)),
            split=split,
            effort=Effort(node_limit=NODES),
        ),
    )
    if best is None or not ended:
        return ()
    unit = given.cost_unit
    # One limit for all is told as such; limits by demand as what they all need more.
    if np.ptp(limit) == 0:
        return (tr("a limit of {limit} would do", limit=f"{(limit[0] + steps[low]) * unit:g}"),)
    return (tr("limits larger by {more} would do", more=f"{steps[low] * unit:g}"),)
