"""One closure problem in positions, and what of it no plan needs: presolve before the solver."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: Levels that minimise the largest used cost instead of the sum start with this.
WORST = "max:"
_TIE_BITS = 15


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """One closure problem in positions instead of labels.

    Parameters
    ----------
    sites
        Labels of the sites that may close, ascending; their positions are used below.
    must_close
        Bools over `sites`.
    groups, group_site, group_tie
        Labels of the groups of those sites, the position of each group's site, and the text from
        which the choice among equals is drawn.
    arc_label, arc_group, arc_site, arc_receiver
        Per arc, sorted by group, first level, further levels, receiver: its label, its group, the
        position of its receiver among `sites` (−1 for a receiver that never closes) and the
        receiver's label.
    levels
        Whole costs, arcs × levels.
    use, free
        Amount of each resource that an arc takes (resources × arcs), and what is free.
    keep_sets, keep_limits
        Sets of sites (sets × sites) and the most of each that may close.
    n_close
        How many sites close; ``None`` leaves it free.
    max_receivers
        The most receivers that the groups of one site are spread over; ``None`` for any number.
    site_levels
        Whole costs of closing each site, by the name of the level that they make.
    cost_limit
        The most that the first level of arcs may come to; ``None`` for any.
    """

    sites: pd.Index
    must_close: Bools
    groups: pd.Index
    group_site: Ints
    group_tie: NDArray[np.object_]
    arc_label: pd.Index
    arc_group: Ints
    arc_site: Ints
    arc_receiver: NDArray[np.object_]
    levels: Ints
    use: sparse.csr_matrix
    free: Ints
    keep_sets: sparse.csr_matrix
    keep_limits: Ints
    n_close: int | None
    max_receivers: int | None = None
    site_levels: Mapping[str, Ints] = field(default_factory=dict)
    cost_limit: int | None = None

    @property
    def n_arcs(self) -> int:
        """Number of arcs."""
        return int(self.arc_group.size)


def level_costs(instance: Instance, levels: Sequence[str]) -> list[Floats]:
    """Each level as an objective over the sites, then the arcs."""
    # Levels of arcs stand in the instance in the order of their names.
    arc_levels = iter(instance.levels.T.astype(np.float64))
    no_sites, no_arcs = np.zeros(len(instance.sites)), np.zeros(instance.n_arcs)
    return [
        np.concatenate([instance.site_levels[name].astype(np.float64), no_arcs])
        if name in instance.site_levels
        else np.concatenate([no_sites, next(arc_levels)])
        for name in levels
    ]


def without_arcs(instance: Instance, drop: Bools) -> Instance:
    """The instance without the arcs marked in `drop`."""
    # Every array of arcs keeps its order; groups and sites stay as they are.
    keep = np.flatnonzero(~drop)
    return replace(
        instance,
        arc_label=instance.arc_label[keep],
        arc_group=instance.arc_group[keep],
        arc_site=instance.arc_site[keep],
        arc_receiver=instance.arc_receiver[keep],
        levels=instance.levels[keep],
        use=instance.use[:, keep],
    )


def never_scarce(instance: Instance) -> Bools:
    """Resources that cannot run out, whatever closes.

    A group takes at most its dearest arc; a site sends at most the sum over its groups; and no
    more than `n_close` sites close, so the largest `n_close` such sums bound the total use.
    """
    # One entry per (resource, arc), sorted by resource, group and falling amount, so that the first
    # of each (resource, group) is the group's dearest arc.
    use = sparse.coo_matrix(instance.use)
    n_resources, n_sites = instance.free.size, len(instance.sites)
    group = instance.arc_group[use.col]
    by_group = np.lexsort((-use.data, group, use.row))
    row, group, amount = use.row[by_group], group[by_group], use.data[by_group]
    first = np.ones(row.size, dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (group[1:] != group[:-1])
    # Resources × sites: what all groups of a site take at most.
    by_site = sparse.csr_matrix(
        (amount[first], (row[first], instance.group_site[group[first]])),
        shape=(n_resources, n_sites),
    )
    # Per resource, the sum of its `n_close` largest sites.
    most = np.empty(n_resources)
    for position in range(n_resources):
        sums = by_site.data[by_site.indptr[position] : by_site.indptr[position + 1]]
        n_most = sums.size if instance.n_close is None else min(sums.size, instance.n_close)
        most[position] = np.sort(sums)[sums.size - n_most :].sum()
    return np.asarray(most <= instance.free, dtype=np.bool_)


def dominated(instance: Instance, scarce: Bools) -> Bools:
    """Arcs that no optimal plan uses.

    An arc to a receiver that never closes and that takes no scarce resource can always be used.
    Every arc of the same group that costs more on the first level is then strictly worse.
    """
    # Bools over the arcs: whether an arc takes any scarce resource.
    takes_scarce = (
        np.asarray((instance.use[np.flatnonzero(scarce)] > 0).sum(axis=0)).ravel().astype(bool)
    )
    safe = (instance.arc_site < 0) & ~takes_scarce
    # First-level cost; the least over the safe arcs of each group, the largest int64 without one.
    cost = instance.levels[:, 0]
    best = np.full(len(instance.groups), np.iinfo(np.int64).max)
    np.minimum.at(best, instance.arc_group[safe], cost[safe])
    return np.asarray(cost > best[instance.arc_group], dtype=np.bool_)


def nearest(instance: Instance, k: int) -> Ints:
    """Positions of the `k` cheapest arcs of each group (arcs are sorted so)."""
    # Arcs are sorted by group, so the rank within the group is the distance from its first arc.
    starts = np.searchsorted(instance.arc_group, np.arange(len(instance.groups)))
    rank = np.arange(instance.n_arcs) - starts[instance.arc_group]
    return np.flatnonzero(rank < k)


def tie_weight(*labels: object, salt: str) -> int:
    """A whole number below 2**15 that depends on the labels alone, the same on every machine."""
    # The unit separator keeps ("ab", "c") and ("a", "bc") apart; blake2b is the same everywhere.
    text = "\x1f".join([salt, *(str(label) for label in labels)])
    digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % (1 << _TIE_BITS) + 1
