"""A good first choice for modular location: one module at a time where the need is greatest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.modular.instance import first_period

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance


def first_choice(instance: Instance) -> Floats | None:
    """Choose modules by site, greedily; of several periods only the first is looked at.

    Returns
    -------
    numpy.ndarray or None
        Modules by site; None where the greedy choice cannot keep the counts.

    Notes
    -----
    First the new sites, then single modules: always at a site whose next module would be full,
    once in the group with the largest unserved share, once at the site with the most need
    anywhere; the choice that serves more counts.
    """
    instance = first_period(instance)
    # With groups to even out, also by their unserved shares; the better choice counts.
    kinds = (True, False) if instance.totals.size else (False,)
    choices = [_greedy(instance, even=even) for even in kinds]
    complete = [state for state in choices if state is not None]
    return min(complete, key=lambda state: float(state.left.sum())).modules if complete else None


def _greedy(instance: Instance, *, even: bool) -> _State | None:
    state = _State.of(instance, even=even)
    free = np.inf if instance.modules is None else float(instance.modules)
    # Modules that the new sites still to come need at least stay reserved.
    smallest = np.sort(instance.least[instance.new])
    for turn in range(instance.n_new):
        room = np.minimum(instance.most, free - smallest[: instance.n_new - turn - 1].sum())
        allowed = instance.new & (state.modules == 0) & (instance.least <= room) & (room > 0)
        if not allowed.any():
            return None
        site = state.best(allowed, instance.least * instance.size, room * instance.size)
        count = room[site]
        # As many modules as the demand around fills, within the limits.
        if instance.modules is not None:
            wanted = np.floor(state.near[site] / instance.size[site])
            count = min(max(wanted, instance.least[site], 1.0), room[site])
        state.add(site, float(count))
        free -= count
    # Modules left over grow one at a time, at sites that are open.
    while instance.modules is not None and free > 0:
        allowed = (state.modules < instance.most) & (~instance.new | (state.modules > 0))
        if not allowed.any():
            return None
        state.add(state.best(allowed, instance.size, instance.size), 1.0)
        free -= 1
    return state


@dataclass(eq=False, kw_only=True)
class _State:
    """What is left while modules are handed out; local to one call of `first_choice`."""

    instance: Instance
    left: Floats
    near: Floats
    modules: Floats
    rarity: Ints
    by_site: Ints
    starts: Ints
    even: bool

    @classmethod
    def of(cls, instance: Instance, *, even: bool) -> _State:
        # Pairs by site; how many sites each demand may use.
        n_sites = instance.size.size
        choices = np.bincount(instance.row, minlength=instance.amount.size)
        by_site = np.argsort(instance.col, kind="stable")
        near = np.bincount(instance.col, instance.part, minlength=n_sites)
        return cls(
            instance=instance,
            left=instance.amount.copy(),
            near=near.astype(np.float64),
            modules=np.zeros(n_sites),
            rarity=choices.astype(np.int64),
            by_site=by_site,
            starts=np.searchsorted(instance.col[by_site], np.arange(n_sites + 1)),
            even=even,
        )

    def best(self, allowed: Bools, full: Floats, places: Floats) -> int:
        """The allowed site with the most need in the neediest group, preferring full modules."""
        # Sites whose next module would be full, else all allowed ones.
        filled = allowed & (self.near >= full)
        candidates = np.flatnonzero(filled if filled.any() else allowed)
        near = self.near[candidates]
        gain = np.minimum(near, places[candidates])
        by_share = self.even and bool(filled.any())
        # Sort keys from the last to the first: share, gain, demand around, position.
        share = self._share_around()[candidates] if by_share else np.zeros(candidates.size)
        return int(candidates[np.lexsort((candidates, -near, -gain, -share))[0]])

    def _share_around(self) -> Floats:
        """Largest unserved share among the groups with demand within reach of each site."""
        instance = self.instance
        # Unserved share of each group.
        unserved = np.bincount(instance.group, self.left, minlength=instance.totals.size)
        share = unserved / np.maximum(instance.totals, 1)
        around = np.zeros(instance.size.size)
        waiting = self.left[instance.row] > 0
        np.maximum.at(around, instance.col[waiting], share[instance.group[instance.row[waiting]]])
        return around

    def add(self, site: int, count: float) -> None:
        """Give a site modules and serve with them those who have the fewest other choices."""
        instance = self.instance
        # Demands within reach: those with the fewest other sites first, then the nearest.
        pairs = self.by_site[self.starts[site] : self.starts[site + 1]]
        rows = instance.row[pairs]
        order = np.lexsort((rows, instance.cost[pairs], self.rarity[rows]))
        # Served in that order until the capacity is used up.
        open_part = np.minimum(self.left[rows], instance.part[pairs])[order]
        capacity = count * instance.size[site]
        taken = np.clip(capacity - (np.cumsum(open_part) - open_part), 0, open_part)
        self.left[rows[order]] -= taken
        self.modules[site] += count
        # What is left within reach of each site.
        open_now = np.minimum(self.left[instance.row], instance.part)
        self.near = np.bincount(instance.col, open_now, minlength=self.near.size).astype(np.float64)
