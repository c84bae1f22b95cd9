"""The sparse arrays behind `close_sites`: presolve, rows, and reduced costs of every arc."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from layout.location.highs import Model, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        Mask over `sites`.
    groups, group_site
        Labels of the groups of those sites and the position of each group's site.
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
    """

    sites: pd.Index
    must_close: NDArray[np.bool_]
    groups: pd.Index
    group_site: NDArray[np.int64]
    arc_label: pd.Index
    arc_group: NDArray[np.int64]
    arc_site: NDArray[np.int64]
    arc_receiver: NDArray[np.object_]
    levels: NDArray[np.int64]
    use: sparse.csr_matrix
    free: NDArray[np.int64]
    keep_sets: sparse.csr_matrix
    keep_limits: NDArray[np.int64]
    n_close: int | None

    @property
    def n_arcs(self) -> int:
        """Number of arcs."""
        return int(self.arc_group.size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Built:
    """A model over the sites, the chosen `arcs` and, for a worst-off level, one maximum.

    Columns are the sites (1 = closes), then `arcs`, then the maximum where there is one.
    """

    model: Model
    arcs: NDArray[np.int64]
    assign: slice
    resource: slice
    resource_ids: NDArray[np.int64]


def without_arcs(instance: Instance, drop: NDArray[np.bool_]) -> Instance:
    """The instance without the arcs marked in `drop`."""
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


def never_scarce(instance: Instance) -> NDArray[np.bool_]:
    """Resources that cannot run out, whatever closes.

    A group takes at most its dearest arc; a site sends at most the sum over its groups; and no
    more than `n_close` sites close, so the largest `n_close` such sums bound the total use.
    """
    use = sparse.coo_matrix(instance.use)
    n_resources, n_sites = instance.free.size, len(instance.sites)
    group = instance.arc_group[use.col]
    order = np.lexsort((-use.data, group, use.row))
    row, group, amount = use.row[order], group[order], use.data[order]
    first = np.ones(row.size, dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (group[1:] != group[:-1])
    by_site = sparse.csr_matrix(
        (amount[first], (row[first], instance.group_site[group[first]])),
        shape=(n_resources, n_sites),
    )
    most = np.empty(n_resources)
    for position in range(n_resources):
        sums = by_site.data[by_site.indptr[position] : by_site.indptr[position + 1]]
        n_most = sums.size if instance.n_close is None else min(sums.size, instance.n_close)
        most[position] = np.sort(sums)[sums.size - n_most :].sum()
    return np.asarray(most <= instance.free, dtype=np.bool_)


def dominated(instance: Instance, scarce: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Arcs that no optimal plan uses.

    An arc to a receiver that never closes and that takes no scarce resource can always be used.
    Every arc of the same group that costs more on the first level is then strictly worse.
    """
    takes_scarce = np.asarray(
        (instance.use[np.flatnonzero(scarce)] > 0).sum(axis=0)
    ).ravel().astype(bool)
    safe = (instance.arc_site < 0) & ~takes_scarce
    cost = instance.levels[:, 0]
    best = np.full(len(instance.groups), np.iinfo(np.int64).max)
    np.minimum.at(best, instance.arc_group[safe], cost[safe])
    return np.asarray(cost > best[instance.arc_group], dtype=np.bool_)


def nearest(instance: Instance, k: int) -> NDArray[np.int64]:
    """Positions of the `k` cheapest arcs of each group (arcs stand in that order)."""
    starts = np.searchsorted(instance.arc_group, np.arange(len(instance.groups)))
    rank = np.arange(instance.n_arcs) - starts[instance.arc_group]
    return np.flatnonzero(rank < k)


def build(
    instance: Instance,
    arcs: NDArray[np.int64],
    *,
    cost: NDArray[np.float64],
    fixed: Sequence[tuple[NDArray[np.float64], float]] = (),
    worst: bool = False,
    open_columns: NDArray[np.bool_] | None = None,
    relaxed: bool = False,
) -> Built:
    """The model on `arcs`.

    Parameters
    ----------
    cost
        Objective over the sites, then over all arcs of the instance.
    fixed
        Earlier levels: coefficients like `cost`, and the value that may not be exceeded.
    worst
        Whether the largest used `cost` of an arc is minimised instead of the sum.
    open_columns
        Columns (sites, then all arcs) that may be used; the rest is shut.
    relaxed
        Whether to leave whole numbers out (the linear relaxation).
    """
    n_sites, n_arcs = len(instance.sites), arcs.size
    n_columns = n_sites + n_arcs + int(worst)
    columns = np.concatenate([np.arange(n_sites), n_sites + arcs])
    rows = Rows()
    assign = _add_assignment(rows, instance, arcs, n_sites)
    _add_links(rows, instance, arcs, n_sites)
    resource, resource_ids = _add_resources(rows, instance, arcs, n_sites)
    _add_counts(rows, instance, n_sites)
    for weights, most in fixed:
        # Half a unit above a whole value: no whole sum lies between, and no rounding matters.
        row = np.zeros(columns.size, dtype=np.int64)
        rows.add(
            row, np.arange(columns.size), weights[columns], lower=-np.inf, upper=most + 0.5, n_rows=1
        )
    if worst:
        _add_worst(rows, instance, arcs, cost[n_sites:], n_columns)
    matrix, row_lower, row_upper = rows.build(n_columns)
    lower, upper, objective = np.zeros(n_columns), np.ones(n_columns), np.zeros(n_columns)
    lower[:n_sites][instance.must_close] = 1.0
    if open_columns is not None:
        upper[: columns.size] = open_columns[columns]
    if worst:
        objective[-1], upper[-1] = 1.0, np.inf
    else:
        objective[:] = cost[columns]
    model = Model(
        cost=objective,
        lower=lower,
        upper=upper,
        integer=np.full(n_columns, not relaxed),
        matrix=matrix,
        row_lower=row_lower,
        row_upper=row_upper,
        whole_objective=not relaxed,
    )
    return Built(
        model=model, arcs=arcs, assign=assign, resource=resource, resource_ids=resource_ids
    )


def _add_assignment(
    rows: Rows, instance: Instance, arcs: NDArray[np.int64], n_sites: int
) -> slice:
    """Each group goes somewhere exactly when its site closes."""
    n_groups = len(instance.groups)
    return rows.add(
        np.concatenate([instance.arc_group[arcs], np.arange(n_groups)]),
        np.concatenate([n_sites + np.arange(arcs.size), instance.group_site]),
        np.concatenate([np.ones(arcs.size), -np.ones(n_groups)]),
        lower=0.0,
        upper=0.0,
        n_rows=n_groups,
    )


def _add_worst(
    rows: Rows,
    instance: Instance,
    arcs: NDArray[np.int64],
    cost: NDArray[np.float64],
    n_columns: int,
) -> None:
    """The last column is at least the cost of every group's way."""
    n_groups, n_sites = len(instance.groups), len(instance.sites)
    rows.add(
        np.concatenate([instance.arc_group[arcs], np.arange(n_groups)]),
        np.concatenate([n_sites + np.arange(arcs.size), np.full(n_groups, n_columns - 1)]),
        np.concatenate([cost[arcs], -np.ones(n_groups)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_groups,
    )


def _add_links(
    rows: Rows, instance: Instance, arcs: NDArray[np.int64], n_sites: int
) -> None:
    """Strong links: an arc to a site is shut when that site closes (x ≤ 1 − close)."""
    linked = np.flatnonzero(instance.arc_site[arcs] >= 0)
    row = np.arange(linked.size)
    rows.add(
        np.concatenate([row, row]),
        np.concatenate([n_sites + linked, instance.arc_site[arcs[linked]]]),
        1.0,
        lower=-np.inf,
        upper=1.0,
        n_rows=linked.size,
    )


def _add_resources(
    rows: Rows, instance: Instance, arcs: NDArray[np.int64], n_sites: int
) -> tuple[slice, NDArray[np.int64]]:
    """Use ≤ free; ≤ free × (1 − close) where only arcs to one closable site use the resource."""
    use = sparse.coo_matrix(instance.use)
    owner_low = np.full(instance.free.size, np.iinfo(np.int64).max)
    owner_high = np.full(instance.free.size, -2)
    np.minimum.at(owner_low, use.row, instance.arc_site[use.col])
    np.maximum.at(owner_high, use.row, instance.arc_site[use.col])
    used = owner_high > -2
    ids = np.flatnonzero(used)
    part = sparse.coo_matrix(instance.use[ids][:, arcs])
    owned = np.flatnonzero((owner_low == owner_high)[ids] & (owner_high[ids] >= 0))
    free = instance.free[ids].astype(float)
    block = rows.add(
        np.concatenate([part.row, owned]),
        np.concatenate([part.col + n_sites, owner_high[ids][owned]]),
        np.concatenate([part.data.astype(float), free[owned]]),
        lower=-np.inf,
        upper=free,
        n_rows=ids.size,
    )
    return block, ids


def _add_counts(rows: Rows, instance: Instance, n_sites: int) -> None:
    """Exactly n close; and of each keep set no more than its limit."""
    sets = sparse.coo_matrix(instance.keep_sets)
    rows.add(
        sets.row,
        sets.col,
        1.0,
        lower=-np.inf,
        upper=instance.keep_limits.astype(float),
        n_rows=instance.keep_limits.size,
    )
    if instance.n_close is not None:
        rows.add(
            np.zeros(n_sites, dtype=np.int64),
            np.arange(n_sites),
            1.0,
            lower=float(instance.n_close),
            upper=float(instance.n_close),
            n_rows=1,
        )


def reduced_costs(
    instance: Instance, built: Built, row_dual: NDArray[np.float64], arc_cost: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Reduced cost of every arc of the instance under the duals of a relaxation on some of them.

    For arcs that are not in the model the link row's dual is taken as zero, which is a feasible
    choice: these are lower bounds on what forcing the arc into the plan would add.
    """
    per_resource = np.zeros(instance.free.size)
    per_resource[built.resource_ids] = row_dual[built.resource]
    price = row_dual[built.assign][instance.arc_group] + instance.use.T @ per_resource
    return np.asarray(arc_cost - price, dtype=np.float64)


def tie_weight(*labels: object, salt: str) -> int:
    """A whole number below 2**15 that depends on the labels alone, the same on every machine."""
    text = "\x1f".join([salt, *(str(label) for label in labels)])
    digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % (1 << _TIE_BITS) + 1
