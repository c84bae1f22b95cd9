"""A good first choice for the siting model: one module at a time where the need is greatest.

The search of a solver is much shorter when it begins with a choice that fills its places. The
first choice decides nothing: the model improves on it and proves how good the result is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Instance", "first_choice"]

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Instance:
    """The siting model in positions instead of labels; see `layout.siting.model.SitingProblem`.

    Attributes
    ----------
    amount, group
        By demand.
    totals
        By group.
    new
        Positions of the new sites.
    least, most, size
        By site.
    row, col, cost, part
        By pair, sorted by row and column; `part` is how much of the demand the site reaches.
    """

    amount: _Ints
    group: _Ints
    totals: _Ints
    new: _Ints
    least: _Ints
    most: _Ints
    size: _Ints
    row: _Ints
    col: _Ints
    cost: _Ints
    part: _Ints


def first_choice(instance: Instance, n_new: int, modules: int | None) -> _Ints | None:
    """Choose modules by site, greedily.

    Parameters
    ----------
    instance
        Demand, sites and pairs.
    n_new
        New sites to open.
    modules
        Modules in all; None leaves them free, and every opened site gets the most.

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
    choices = [_greedy(instance, n_new, modules, even=even) for even in (True, False)]
    found = [state for state in choices if state is not None]
    return min(found, key=lambda state: int(state.left.sum())).modules if found else None


def _greedy(instance: Instance, n_new: int, modules: int | None, *, even: bool) -> _State | None:
    state = _State.of(instance, even=even)
    is_new = np.zeros(instance.size.size, dtype=bool)
    is_new[instance.new] = True
    free = np.inf if modules is None else modules
    for k in range(n_new):
        reserve = sum(sorted(instance.least[instance.new])[: n_new - k - 1])
        allowed = is_new & (state.modules == 0) & (instance.least <= free - reserve)
        if not allowed.any():
            return None
        site = state.best(allowed, instance.least * instance.size)
        need = int(state.reachable()[site])
        count = instance.most[site]
        if modules is not None:
            count = np.clip(need // instance.size[site], instance.least[site], count)
            count = min(count, int(free - reserve))
        state.add(site, int(count))
        free -= count
    if modules is None:
        return state
    while free > 0:
        room = (state.modules < instance.most) & (~is_new | (state.modules > 0))
        if not room.any():
            return None
        state.add(state.best(room, instance.size), 1)
        free -= 1
    return state


@dataclass(eq=False, kw_only=True)
class _State:
    """What is left while modules are handed out; local to one call of `first_choice`."""

    instance: Instance
    left: _Ints
    modules: _Ints
    rarity: _Ints
    even: bool

    @classmethod
    def of(cls, instance: Instance, *, even: bool) -> _State:
        choices = np.bincount(instance.row, minlength=instance.amount.size)
        return cls(
            instance=instance,
            left=instance.amount.copy(),
            modules=np.zeros(instance.size.size, dtype=np.int64),
            rarity=choices.astype(np.int64),
            even=even,
        )

    def reachable(self) -> _Ints:
        """Unserved demand within reach of each site."""
        instance = self.instance
        open_part = np.minimum(self.left[instance.row], instance.part)
        sums = np.bincount(instance.col, weights=open_part, minlength=instance.size.size)
        return sums.astype(np.int64)

    def best(self, allowed: npt.NDArray[np.bool_], full: _Ints) -> int:
        """The allowed site with the most need in the neediest group, preferring full modules."""
        instance = self.instance
        reachable = self.reachable()
        filled = allowed & (reachable >= full)
        candidates = np.flatnonzero(filled if filled.any() else allowed)
        gain = np.minimum(reachable, instance.most * instance.size)[candidates]
        by_share = self.even and bool(filled.any())
        share = self._share_around()[candidates] if by_share else np.zeros(candidates.size)
        return int(candidates[np.lexsort((candidates, -gain, -share))[0]])

    def _share_around(self) -> npt.NDArray[np.float64]:
        """Largest unserved share among the groups with demand within reach of each site."""
        instance = self.instance
        unserved = np.bincount(instance.group, weights=self.left, minlength=instance.totals.size)
        share = unserved / np.maximum(instance.totals, 1)
        around = np.zeros(instance.size.size)
        held = self.left[instance.row] > 0
        np.maximum.at(around, instance.col[held], share[instance.group[instance.row[held]]])
        return around

    def add(self, site: int, count: int) -> None:
        """Give a site modules and serve with them those who have the fewest other choices."""
        instance = self.instance
        pairs = np.flatnonzero(instance.col == site)
        rows = instance.row[pairs]
        order = np.lexsort((rows, instance.cost[pairs], self.rarity[rows]))
        open_part = np.minimum(self.left[rows], instance.part[pairs])[order]
        places = count * instance.size[site]
        taken = np.clip(places - (np.cumsum(open_part) - open_part), 0, open_part)
        self.left[rows[order]] -= taken
        self.modules[site] += count
