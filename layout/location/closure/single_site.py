"""What closing one site costs when all others stay open: a small exact problem for each site.

Groups are undivided and capacity comes in few units, so the linear relaxation of the whole
problem closes a tenth of a site for next to nothing. The exact cost of closing a site alone is
a lower bound on what its groups cost in any plan; as a row of the model it lifts the relaxation
most of the way.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.solver.highs import Effort, Model, solve

if TYPE_CHECKING:
    from layout.location.closure.instance import Instance

_NODE_LIMIT = 2_000
# What was proved of a site's problem, by its numbers: another number of closures, or a second look
# at the same schools, leaves most of them as they are. The oldest go first.
_PROVED: dict[bytes, tuple[int, str]] = {}
_MOST_PROVED = 4_096


def alone(instance: Instance, effort: Effort) -> tuple[Ints, Bools]:
    """Least first-level cost of closing each site alone, and which sites cannot close at all.

    Where every group can take its cheapest arc at once the cost is their sum and needs no
    solver; those sites get 0 here, because the relaxation knows that bound already.
    """
    # First-level cost and whether it cannot close, by site.
    n_sites = len(instance.sites)
    least = np.zeros(n_sites, dtype=np.int64)
    never = np.zeros(n_sites, dtype=bool)
    # First arc of each group, with an end mark; arcs are sorted by group.
    starts = np.searchsorted(instance.arc_group, np.arange(len(instance.groups) + 1))
    has_arc = starts[1:] > starts[:-1]
    use = sparse.csc_matrix(instance.use)
    contested = _contested(instance, use, starts[:-1][has_arc])
    # Groups of each site as slices of `order`.
    order = np.argsort(instance.group_site, kind="stable")
    first = np.searchsorted(instance.group_site[order], np.arange(n_sites + 1))
    for site in range(n_sites):
        groups = order[first[site] : first[site + 1]]
        if not has_arc[groups].all():
            never[site] = True
        elif contested[site]:
            arcs = np.concatenate([np.arange(starts[g], starts[g + 1]) for g in groups])
            cost, status = _cheapest(instance, use, arcs, effort)
            least[site], never[site] = cost, status == "infeasible"
    return least, never


def _contested(instance: Instance, use: sparse.csc_matrix, cheapest: Ints) -> Bools:
    """Sites whose groups cannot all take their cheapest arc, even with nobody else around."""
    # Resources × groups: what each group's cheapest arc takes, added up by site.
    cheapest_use = sparse.coo_matrix(use[:, cheapest])
    site = instance.group_site[instance.arc_group[cheapest[cheapest_use.col]]]
    shape = (instance.free.size, len(instance.sites))
    total = sparse.coo_matrix(
        sparse.csr_matrix((cheapest_use.data, (cheapest_use.row, site)), shape=shape)
    )
    mask = np.zeros(len(instance.sites), dtype=bool)
    mask[total.col[total.data > instance.free[total.row]]] = True
    return mask


def _cheapest(
    instance: Instance, use: sparse.csc_matrix, arcs: Ints, effort: Effort
) -> tuple[int, str]:
    """A proved bound on the cost of sending each group of one site along one of its `arcs`.

    A plan found by taking groups in order bounds how much more than its cheapest arc a group may
    cost; dearer arcs cannot be in a better plan and stay out of the model.
    """
    # First-level cost and group number (0 …) of each arc.
    cost = instance.levels[arcs, 0].astype(float)
    _, group = np.unique(instance.arc_group[arcs], return_inverse=True)
    arc_use = sparse.csc_matrix(use[:, arcs])
    name = _name(cost, group, arc_use, instance.free)
    if name in _PROVED:
        return _PROVED[name]
    answer = _solved(cost, group, arc_use, instance.free, effort)
    # What a limit of time ended may be known better another time.
    if answer[1] in ("proven", "infeasible"):
        if len(_PROVED) >= _MOST_PROVED:
            del _PROVED[next(iter(_PROVED))]
        _PROVED[name] = answer
    return answer


def _name(cost: Floats, group: Ints, use: sparse.csc_matrix, free: Ints) -> bytes:
    """A digest of all that the cost of closing a site follows from."""
    digest = hashlib.sha256()
    touched = np.unique(use.indices)
    for array in (cost, group, use.indptr, use.indices, use.data, free[touched]):
        digest.update(f"{array.dtype} {array.size} ".encode() + array.tobytes())
    return digest.digest()


def _solved(
    cost: Floats, group: Ints, arc_use: sparse.csc_matrix, free: Ints, effort: Effort
) -> tuple[int, str]:
    cheapest = np.full(int(group.max()) + 1, np.inf)
    np.minimum.at(cheapest, group, cost)
    # Reduced-cost fixing by hand: an arc whose extra cost exceeds the incumbent's is not needed.
    known = _in_turn(cost, group, arc_use, free)
    keep = np.flatnonzero(cost - cheapest[group] <= known - cheapest.sum())
    cost, group = cost[keep], group[keep]
    # Only resources that all arcs together could overfill need a row.
    rows = sparse.csr_matrix(arc_use[:, keep], dtype=float)
    tight = np.flatnonzero(np.asarray(rows.sum(axis=1)).ravel() > free)
    one_each = sparse.csr_matrix((np.ones(keep.size), (group, np.arange(keep.size))))
    outcome = solve(
        Model(
            cost=cost,
            lower=np.zeros(keep.size),
            upper=np.ones(keep.size),
            integer=np.ones(keep.size, dtype=bool),
            matrix=sparse.vstack([one_each, rows[tight]], format="csr"),
            row_lower=np.concatenate([np.ones(cheapest.size), np.full(tight.size, -np.inf)]),
            row_upper=np.concatenate([np.ones(cheapest.size), free[tight].astype(float)]),
            whole_objective=True,
        ),
        effort=replace(effort, node_limit=_NODE_LIMIT),
    )
    if outcome.status == "infeasible":
        return 0, "infeasible"
    return int(max(0.0, np.ceil(outcome.bound - 1e-6))), outcome.status


def _in_turn(
    cost: Floats,
    group: Ints,
    use: sparse.csc_matrix,
    free: Ints,
) -> float:
    """Cost of sending the groups one after the other, each along its cheapest arc with room.

    Arcs are sorted by group and cost. Groups that take most go first; ``inf`` where one is left
    over.
    """
    # What is left of each resource; the largest amount that any arc of a group takes.
    left = free.copy()
    most = np.zeros(int(group.max()) + 1)
    np.maximum.at(most, group, np.asarray(use.max(axis=0).todense()).ravel())
    total = 0.0
    for member in np.argsort(-most, kind="stable"):
        for arc in np.flatnonzero(group == member):
            entries = slice(use.indptr[arc], use.indptr[arc + 1])
            taken, amount = use.indices[entries], use.data[entries]
            if (amount <= left[taken]).all():
                left[taken] -= amount
                total += cost[arc]
                break
        else:
            return np.inf
    return total
