"""A closure problem falls into pieces that share nothing but the number of sites that close.

Where only the first level counts, a group never needs an arc that costs as much as one which it
can always use, or more: to a site that never closes, taking nothing that can run out. Without
such arcs most sites have nothing to do with each other. Two sites are of one piece where

- an arc of one goes to the other,
- arcs of both take a resource that can run out, or
- a set of which not all may close holds both,

and so are the ends of every chain of such pairs. What one piece closes changes neither what
another can do nor what that costs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from layout.core.arrays import Bools, Ints
from layout.location.closure.instance import Instance, never_scarce, without_arcs
from layout.location.closure.single_site import alone
from layout.location.solver.highs import Effort

__all__ = ["part", "pieces", "reduced"]


def reduced(instance: Instance, effort: Effort) -> tuple[Instance, Ints]:
    """Leave out what no plan needs that is best on the first level, for any number of closures.

    Parameters
    ----------
    instance
        The whole problem; its number of closures does not matter.
    effort
        Of the solver, for sites whose groups contest their receivers.

    Returns
    -------
    tuple
        The instance without the sites that cannot close even alone and without useless arcs and
        sets, and what closing each site that is left costs at the very least.
    """
    instance = _without_idle_arcs(replace(instance, n_close=None))
    least, never = alone(instance, effort)
    # A site that never closes receives for ever: more arcs can always be used.
    never |= _kept_by_sets(instance)
    can = np.flatnonzero(~never)
    instance = _without_idle_arcs(part(instance, can, sites_elsewhere_stay=True))
    return instance, least[can]


def pieces(instance: Instance) -> list[Ints]:
    """Positions of the sites of each piece, ascending; pieces in the order of their first sites."""
    n_sites, n_resources = len(instance.sites), instance.free.size
    home = instance.group_site[instance.arc_group]
    to_site = np.flatnonzero(instance.arc_site >= 0)
    # Entries (resource, arc) of resources that can run out, and (set, site).
    use = sparse.coo_matrix(instance.use)
    scarce = np.flatnonzero(~never_scarce(instance)[use.row])
    sets = sparse.coo_matrix(instance.keep_sets)
    # A graph over sites, resources and sets: what a site touches is of its piece.
    ends = (
        np.concatenate(
            [home[to_site], n_sites + use.row[scarce], n_sites + n_resources + sets.row]
        ),
        np.concatenate([instance.arc_site[to_site], home[use.col[scarce]], sets.col]),
    )
    n_nodes = n_sites + n_resources + sets.shape[0]
    graph = sparse.csr_matrix((np.ones(ends[0].size), ends), shape=(n_nodes, n_nodes))
    label = connected_components(graph, directed=False)[1][:n_sites]
    # Sites in the order of their piece's first site.
    first, inverse = np.unique(label, return_index=True, return_inverse=True)[1:]
    order = np.argsort(first[inverse], kind="stable")
    cuts = np.flatnonzero(np.diff(first[inverse][order])) + 1
    return np.split(order, cuts) if n_sites else []


def part(instance: Instance, sites: Ints, *, sites_elsewhere_stay: bool = False) -> Instance:
    """The same problem for some of the sites, ascending, which share nothing with the others.

    With `sites_elsewhere_stay` the others never close, and are receivers as any that never do.
    """
    # New positions of sites, groups and arcs; −1 where they are left out.
    position = np.full(len(instance.sites) + 1, -1)
    position[sites] = np.arange(sites.size)
    groups = np.flatnonzero(position[instance.group_site] >= 0)
    group_position = np.full(len(instance.groups), -1)
    group_position[groups] = np.arange(groups.size)
    arcs = np.flatnonzero(group_position[instance.arc_group] >= 0)
    receiver = position[instance.arc_site[arcs]]
    if not sites_elsewhere_stay and (receiver < 0)[instance.arc_site[arcs] >= 0].any():
        raise ValueError("an arc leads to a site outside")
    # Resources that can run out, and sets of which not all may close.
    use = instance.use[:, arcs]
    taken = np.asarray((use > 0).sum(axis=1)).ravel() > 0
    members = instance.keep_sets[:, sites]
    binds = np.asarray(members.sum(axis=1)).ravel() > instance.keep_limits
    smaller = replace(
        instance,
        sites=instance.sites[sites],
        must_close=instance.must_close[sites],
        groups=instance.groups[groups],
        group_site=position[instance.group_site[groups]],
        group_tie=instance.group_tie[groups],
        arc_label=instance.arc_label[arcs],
        arc_group=group_position[instance.arc_group[arcs]],
        arc_site=receiver,
        arc_receiver=instance.arc_receiver[arcs],
        levels=instance.levels[arcs],
        use=use[taken],
        free=instance.free[taken],
        keep_sets=members[binds],
        keep_limits=instance.keep_limits[binds],
    )
    scarce = ~never_scarce(smaller)
    return replace(smaller, use=smaller.use[scarce], free=smaller.free[scarce])


def _without_idle_arcs(instance: Instance) -> Instance:
    """Of a group that can always use some arc keep that and cheaper ones, until nothing changes.

    Where the receivers of a site are limited, only of groups that are alone at their site: others
    may need a dearer arc to meet.
    """
    alone_there = np.bincount(instance.group_site, minlength=len(instance.sites)) == 1
    free = alone_there[instance.group_site] | (instance.max_receivers is None)
    while True:
        scarce = np.flatnonzero(~never_scarce(instance))
        takes_scarce = np.asarray((instance.use[scarce] > 0).sum(axis=0)).ravel() > 0
        safe = np.flatnonzero((instance.arc_site < 0) & ~takes_scarce)
        safe = safe[free[instance.arc_group[safe]]]
        # Arcs are sorted by group and cost: the first safe one of each group, and its cost.
        groups, at = np.unique(instance.arc_group[safe], return_index=True)
        cost = instance.levels[:, 0]
        most = np.full(len(instance.groups), np.iinfo(np.int64).max)
        most[groups] = cost[safe[at]]
        idle = cost >= most[instance.arc_group]
        idle[safe[at]] = False
        if not idle.any():
            return instance
        instance = without_arcs(instance, idle)


def _kept_by_sets(instance: Instance) -> Bools:
    """Sites of sets of which none may close."""
    none = np.flatnonzero(instance.keep_limits == 0)
    return np.asarray(instance.keep_sets[none].sum(axis=0)).ravel() > 0
