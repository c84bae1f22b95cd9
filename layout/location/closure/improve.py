"""Moves of single groups that make a plan better: none is left in what `close_sites` returns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.closure.instance import WORST, level_costs
from layout.location.closure.values import value_of
from layout.location.labelled.results import LevelResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layout.location.closure.instance import Instance

__all__ = ["improved", "revalued"]


def improved(instance: Instance, levels: Sequence[str], x: Floats) -> Floats:
    """Move single groups to open sites with room, as long as that betters the levels in order.

    Parameters
    ----------
    instance
        The problem with all its arcs.
    levels
        Names of its levels of arcs.
    x
        A plan over the sites (1 = closes), then the arcs (1 = used).

    Returns
    -------
    numpy.ndarray
        A plan that closes the same sites, at least as good in the order of the levels, in which no
        single move is better. A plan proved on all levels comes back as it is.
    """
    n_sites = len(instance.sites)
    x, shut = x.copy(), x[:n_sites] > 0.5
    # First arc of each group, with an end mark; arcs to sites that stay open.
    starts = np.searchsorted(instance.arc_group, np.arange(len(instance.groups) + 1))
    to_open = (instance.arc_site < 0) | ~shut[instance.arc_site]
    use = sparse.csc_matrix(instance.use)
    room = instance.free - instance.use @ np.rint(x[n_sites:]).astype(np.int64)
    moving = np.flatnonzero(shut[instance.group_site] & (np.diff(starts) > 0))
    changed = True
    while changed:
        changed = False
        for group in moving.tolist():
            arcs = np.arange(starts[group], starts[group + 1])
            now = int(arcs[np.argmax(x[n_sites + arcs])])
            best = _best_move(instance, levels, x, arcs[to_open[arcs]], now, use, room)
            if best != now:
                x[n_sites + now], x[n_sites + best] = 0.0, 1.0
                room += _taken(use, now, room.size) - _taken(use, best, room.size)
                changed = True
    return x


def revalued(
    instance: Instance, results: tuple[LevelResult, ...], levels: Sequence[str], x: Floats
) -> tuple[LevelResult, ...]:
    """The results of the levels with the values of a plan that was improved."""
    costs = level_costs(instance, levels)
    values = [
        value_of(cost, x, worst=name.startswith(WORST))
        for name, cost in zip(levels, costs, strict=True)
    ]
    # What was proved stands: an improved plan differs only on levels that were not.
    better = [
        replace(result, objective=value) for result, value in zip(results, values, strict=False)
    ]
    return (*better, *results[len(levels) :])


def _best_move(
    instance: Instance,
    levels: Sequence[str],
    x: Floats,
    arcs: Ints,
    now: int,
    use: sparse.csc_matrix,
    room: Ints,
) -> int:
    """The arc of a group that betters the levels most, in their order; its own where none does."""
    n_sites = len(instance.sites)
    # Change of each level by arc, shape (arcs, levels).
    change = instance.levels[arcs] - instance.levels[now]
    for at, name in enumerate(levels):
        if name.startswith(WORST):
            others = x[n_sites:] > 0.5
            others[now] = False
            most = instance.levels[others, at].max(initial=0)
            change[:, at] = np.maximum(most, instance.levels[arcs, at]) - max(
                most, instance.levels[now, at]
            )
    # From the best down: better than the plan on the first level that differs, and feasible.
    for position in np.lexsort(change.T[::-1]).tolist():
        differs = np.flatnonzero(change[position])
        if not differs.size or change[position, differs[0]] > 0:
            return now
        arc = int(arcs[position])
        spare = room + _taken(use, now, room.size) - _taken(use, arc, room.size)
        if (spare >= 0).all() and _few_receivers(instance, x, now, arc):
            return arc
    return now


def _taken(use: sparse.csc_matrix, arc: int, n_resources: int) -> Ints:
    """What one arc takes of each resource."""
    taken = np.zeros(n_resources, dtype=np.int64)
    entries = slice(use.indptr[arc], use.indptr[arc + 1])
    taken[use.indices[entries]] = use.data[entries]
    return taken


def _few_receivers(instance: Instance, x: Floats, now: int, arc: int) -> bool:
    """Whether the group's site keeps to its number of receivers after the move."""
    if instance.max_receivers is None:
        return True
    site = instance.group_site[instance.arc_group[arc]]
    used: Bools = x[len(instance.sites) :] > 0.5
    used[now], used[arc] = False, True
    mine = np.flatnonzero(used)
    mine = mine[instance.group_site[instance.arc_group[mine]] == site]
    return len(set(instance.arc_receiver[mine])) <= instance.max_receivers
