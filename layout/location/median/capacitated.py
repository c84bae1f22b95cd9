"""The p-median with places, each demand whole: a start, a bound, and what they rule out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.labelled.costs import is_whole
from layout.location.median.branch_and_cut import cutoff
from layout.location.median.knapsack import LEAST_STEP, Places, ascend, priced, reduced
from layout.location.median.reassignment import Found, answer_from
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments
    from layout.location.solver.watch import Watch

MOST_WORK = 10_000_000
"""Demands × sites × places of the largest: above, one bound takes longer than it is worth."""
MOST_DEMANDS = 600
"""Above, comparing all exchanges of two demands takes too long."""
STAGES, ROUNDS = 12, 30
FIRST_STEP = 1.5
LITTLE, FEWER = 0.03, 0.9
"""A stage that closes less of the gap, and leaves a larger part of the pairs, is the last one."""
FEW_PAIRS = 6
"""So many pairs a demand are left to the exact model."""
BLIND_STAGES = 3
"""Stages without any answer, before the exact model is asked for one."""
_FIRST_NEAREST = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """What is known before the exact model.

    Attributes
    ----------
    found
        The best answer, if there is one.
    bound
        On every answer.
    most
        An answer below it uses only the pairs and sites that are left in `rest`.
    rest
        The arguments without what was ruled out.
    """

    found: Found | None
    bound: float
    most: float
    rest: Arguments


class _Best:
    """The best answer so far; sites that were tried are not tried again."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.found: Found | None = None
        self.cost = math.inf
        self._tried: set[bytes] = set()

    def offer(self, chosen: Bools) -> float:
        """Turn sites into an answer; the best cost known."""
        if chosen.tobytes() not in self._tried:
            self._tried.add(chosen.tobytes())
            found = answer_from(self.places, chosen)
            if found is not None and found.cost < self.cost:
                self.found, self.cost = found, found.cost
        return self.cost


def tractable(given: Arguments) -> bool:
    """Whether loads and places are whole and few enough for dynamic programmes."""
    if given.capacity is None or not is_whole(given.load):
        return False
    if not 0 < given.load.size <= MOST_DEMANDS:
        return False
    largest = min(float(given.capacity.max(initial=0.0)), float(given.load.sum()))
    return given.load.size * given.capacity.size * (largest + 1) <= MOST_WORK


def started(given: Arguments, gap: float, watch: Watch) -> Start:
    """Start, bound and reduction by turns, while they help each other."""
    places = _dense(given)
    whole = is_whole(given.costs.cost, given.weights, given.fixed_cost)
    best = _Best(places)
    bound = priced(places, _first_prices(places))
    best.offer(bound.chosen)
    step, value = FIRST_STEP, bound.value
    for stage in range(STAGES):
        most, before, left = cutoff(best.cost, gap, whole=whole), bound.value, _pairs(places)
        if bound.value >= most or over(watch):
            break
        offer: Callable[[Bools], float] = best.offer
        bound, step = ascend(
            places, bound, best.cost, rounds=ROUNDS, step=step, offer=offer, watch=watch
        )
        most = cutoff(best.cost, gap, whole=whole)
        value = max(value, min(bound.value, most))
        watch.tell(best.cost, value)
        places = reduced(places, bound, most)
        if step < LEAST_STEP or _pairs(places) <= FEW_PAIRS * places.load.size:
            break
        if best.found is None and stage < BLIND_STAGES:
            continue
        gained = bound.value - before > LITTLE * (best.cost - value)
        if not gained and _pairs(places) > FEWER * left:
            break
    most = cutoff(best.cost, gap, whole=whole)
    return Start(
        found=best.found,
        bound=min(value, most),
        most=most,
        rest=_rest(given, places),
    )


def _pairs(places: Places) -> int:
    return int(np.isfinite(places.cost).sum())


def _dense(given: Arguments) -> Places:
    """All pairs as a table; capacities as whole numbers no larger than all loads together."""
    if given.capacity is None:
        raise ValueError("no capacity")
    costs, shape = given.costs, (len(given.costs.demands), len(given.costs.sites))
    cost: Floats = np.full(shape, np.inf)
    cost[costs.row, costs.col] = given.weights[costs.row] * costs.cost
    load = given.load.astype(np.int64)
    room = np.floor(np.minimum(given.capacity, given.load.sum()) + 1e-9).astype(np.int64)
    may, must = np.ones(shape[1], dtype=bool), np.zeros(shape[1], dtype=bool)
    may[given.must_close] = False
    must[given.must_open] = True
    cost[load[:, None] > room[None, :]] = np.inf
    cost[:, ~may] = np.inf
    return Places(
        cost=cost,
        load=load,
        room=room,
        fixed=given.fixed_cost,
        may=may,
        must=must,
        n_open=given.n_open,
    )


def _first_prices(places: Places) -> Floats:
    """What a demand costs at one of its nearest sites."""
    near = np.sort(places.cost, axis=1)[:, : _FIRST_NEAREST + 1]
    return np.asarray(np.where(np.isfinite(near), near, 0.0).max(axis=1, initial=0.0))


def _rest(given: Arguments, places: Places) -> Arguments:
    costs = given.costs
    return replace(
        given,
        costs=costs.where(np.isfinite(places.cost[costs.row, costs.col])),
        must_open=np.flatnonzero(places.must),
        must_close=np.flatnonzero(~places.may),
    )
