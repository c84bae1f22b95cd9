"""The sparse arrays behind `close_sites`: rows, artificial columns, reduced costs of every arc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.closure.instance import Instance
from layout.location.solver.highs import Model
from layout.location.solver.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence


# Weights that are tried on a site's least-cost row when reduced costs are sharpened.
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """All rows but the links, over the sites (1 = closes) and then all arcs of the instance.

    The first rows are those of the groups; `least_cost_row` is the row of each site's least cost,
    −1 where it has none.
    """

    matrix: sparse.csc_matrix
    lower: Floats
    upper: Floats
    least_cost_row: Ints
    least_cost: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Built:
    """A model and its columns: `columns` of the instance, then artificial ones by group."""

    model: Model
    columns: Ints
    artificial_groups: Ints


def frame(instance: Instance, least_cost: Ints) -> Frame:
    """The rows of `instance`; `least_cost` is what closing each site costs at the very least."""
    rows = Rows()
    n_sites = len(instance.sites)
    n_groups = len(instance.groups)
    # Group rows come first: arcs used − site closes = 0.
    rows.add(
        np.concatenate([instance.arc_group, np.arange(n_groups)]),
        np.concatenate([n_sites + np.arange(instance.n_arcs), instance.group_site]),
        np.concatenate([np.ones(instance.n_arcs), -np.ones(n_groups)]),
        lower=0.0,
        upper=0.0,
        n_rows=n_groups,
    )
    _add_resources(rows, instance, n_sites)
    _add_counts(rows, instance, n_sites)
    least_cost_row = _add_least_cost(rows, instance, n_sites, least_cost)
    matrix, lower, upper = rows.build(n_sites + instance.n_arcs)
    return Frame(
        matrix=sparse.csc_matrix(matrix),
        lower=lower,
        upper=upper,
        least_cost_row=least_cost_row,
        least_cost=least_cost,
    )


def _add_resources(rows: Rows, instance: Instance, n_sites: int) -> None:
    """Use ≤ free; ≤ free × (1 − close) where only arcs to one closable site use the resource."""
    # Lowest and highest closable receiver of the arcs that use a resource; equal ones own it.
    use = sparse.coo_matrix(instance.use)
    low = np.full(instance.free.size, np.iinfo(np.int64).max)
    high = np.full(instance.free.size, -2)
    np.minimum.at(low, use.row, instance.arc_site[use.col])
    np.maximum.at(high, use.row, instance.arc_site[use.col])
    owned = np.flatnonzero((low == high) & (high >= 0))
    free = instance.free.astype(float)
    # Where one site owns the resource, closing it takes the whole capacity: a tighter row.
    rows.add(
        np.concatenate([use.row, owned]),
        np.concatenate([use.col + n_sites, high[owned]]),
        np.concatenate([use.data.astype(float), free[owned]]),
        lower=-np.inf,
        upper=free,
        n_rows=free.size,
    )


def _add_counts(rows: Rows, instance: Instance, n_sites: int) -> None:
    """Exactly n close; and of each keep set no more than its limit."""
    # Keep sets: quotas and covers alike, at most `keep_limits` sites of each close.
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


def _add_least_cost(rows: Rows, instance: Instance, n_sites: int, least_cost: Ints) -> Ints:
    """Closing a site costs on the first level what it would cost alone, or more."""
    # One row for each site with a cost: arcs' first-level cost − least cost × closes ≥ 0.
    sites = np.flatnonzero(least_cost > 0)
    number = np.full(n_sites, -1)
    number[sites] = np.arange(sites.size)
    row = number[instance.group_site[instance.arc_group]]
    arcs = np.flatnonzero((row >= 0) & (instance.levels[:, 0] > 0))
    block = rows.add(
        np.concatenate([row[arcs], np.arange(sites.size)]),
        np.concatenate([n_sites + arcs, sites]),
        np.concatenate([instance.levels[arcs, 0].astype(float), -least_cost[sites].astype(float)]),
        lower=0.0,
        upper=np.inf,
        n_rows=sites.size,
    )
    return np.where(number >= 0, number + block.start, -1)


def build(
    instance: Instance,
    rows: Frame,
    usable: Bools,
    *,
    cost: Floats,
    chosen: Bools | None = None,
    fixed: Sequence[tuple[Floats, float]] = (),
    worst: bool = False,
) -> Built:
    """The model on the columns (sites, then arcs) that are usable and, if given, chosen.

    A group with usable arcs that are not chosen gets one *artificial* column for them all. It
    takes no resource and costs on every level the least of the arcs that it replaces, so that the
    model bounds the whole problem from below, and solves it when no artificial column is used.

    Parameters
    ----------
    cost
        Objective over all columns.
    chosen
        Columns that are in the model themselves; ``None`` for all that are usable.
    fixed
        Earlier levels: coefficients over all columns, and the value that may not be exceeded.
    worst
        Whether the largest used `cost` is minimised instead of the sum; it gets the last column.
    """
    n_sites = len(instance.sites)
    inside = usable if chosen is None else usable & chosen
    # Sites are in the model in any case; only arcs are priced in.
    inside = inside | (usable & (np.arange(usable.size) < n_sites))
    columns = np.flatnonzero(inside)
    artificial = _artificial_columns(instance, rows, usable & ~inside)
    n_near, n_artificial = columns.size, artificial.groups.size
    extra = Rows()
    _add_links(extra, instance, inside)
    n_pairs = _add_receivers(extra, instance, inside, n_near + n_artificial)
    n_columns = n_near + n_artificial + n_pairs + int(worst)
    for weights, most in fixed:
        # Half a unit above a whole value: no whole sum lies between, and no rounding matters.
        values = np.concatenate([weights[columns], artificial.least(weights)])
        entries = np.flatnonzero(values)
        row = np.zeros(entries.size, dtype=np.int64)
        extra.add(row, entries, values[entries], lower=-np.inf, upper=most + 0.5, n_rows=1)
    objective = np.concatenate([cost[columns], artificial.least(cost), np.zeros(n_pairs)])
    # The worst-off has a column of its own, above the cost of every group's arc.
    if worst:
        group = np.concatenate(
            [instance.arc_group[columns[columns >= n_sites] - n_sites], artificial.groups]
        )
        position = np.concatenate(
            [np.flatnonzero(columns >= n_sites), n_near + np.arange(n_artificial)]
        )
        _add_worst(extra, len(instance.groups), group, position, objective[position], n_columns - 1)
        objective = np.append(np.zeros(n_columns - 1), 1.0)
    # Rows of the frame over the columns in use, then links, earlier levels and the worst-off.
    more, more_lower, more_upper = extra.build(n_columns)
    blocks = [rows.matrix[:, columns], artificial.matrix]
    if n_pairs or worst:
        blocks.append(sparse.csc_matrix((rows.lower.size, n_pairs + int(worst))))
    # Columns in use that are sites come first; those that must close have lower bound 1.
    lower, upper = np.zeros(n_columns), np.ones(n_columns)
    n_open = int(inside[:n_sites].sum())
    lower[:n_open] = instance.must_close[columns[:n_open]]
    if worst:
        upper[-1] = np.inf
    model = Model(
        cost=objective,
        lower=lower,
        upper=upper,
        integer=np.ones(n_columns, dtype=bool),
        matrix=sparse.vstack([sparse.hstack(blocks, format="csr"), more], format="csr"),
        row_lower=np.concatenate([rows.lower, more_lower]),
        row_upper=np.concatenate([rows.upper, more_upper]),
        whole_objective=True,
    )
    return Built(model=model, columns=columns, artificial_groups=artificial.groups)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Artificial:
    """Artificial columns: each replaces the arcs of one group that are left out."""

    groups: Ints
    arcs: Ints
    starts: Ints
    matrix: sparse.csc_matrix
    n_sites: int

    def least(self, weights: Floats) -> Floats:
        """The least weight among the arcs that each column replaces."""
        if self.groups.size == 0:
            return np.empty(0)
        return np.minimum.reduceat(weights[self.n_sites + self.arcs], self.starts)


def _artificial_columns(instance: Instance, rows: Frame, left_out: Bools) -> _Artificial:
    """One column per group with arcs among `left_out`.

    In the row of its group it counts like any arc; in a least-cost row, which is a lower side,
    it has the largest coefficient of what it replaces; it takes no resource.
    """
    n_sites = len(instance.sites)
    # Arcs left out, sorted by group, and where each group's begin.
    arcs = np.flatnonzero(left_out[n_sites:])
    groups, starts = np.unique(instance.arc_group[arcs], return_index=True)
    n_artificial = groups.size
    # One entry in the row of the group, and one in the least-cost row of its site.
    row, column, value = groups, np.arange(n_artificial), np.ones(n_artificial)
    if n_artificial and rows.least_cost_row.size:
        dearest = np.maximum.reduceat(instance.levels[arcs, 0].astype(float), starts)
        line = rows.least_cost_row[instance.group_site[groups]]
        has = (line >= 0) & (dearest > 0)
        row = np.concatenate([row, line[has]])
        column = np.concatenate([column, column[has]])
        value = np.concatenate([value, dearest[has]])
    matrix = sparse.csc_matrix((value, (row, column)), shape=(rows.lower.size, n_artificial))
    return _Artificial(groups=groups, arcs=arcs, starts=starts, matrix=matrix, n_sites=n_sites)


def _add_links(rows: Rows, instance: Instance, usable: Bools) -> None:
    """Strong links: an arc to a site is shut when that site closes (x ≤ 1 − close)."""
    n_sites = len(instance.sites)
    # Column of the model at each column of the instance.
    position = np.cumsum(usable) - 1
    # Arcs to a closable site that is itself in the model.
    arcs = np.flatnonzero(usable[n_sites:])
    arcs = arcs[instance.arc_site[arcs] >= 0]
    arcs = arcs[usable[instance.arc_site[arcs]]]
    row = np.arange(arcs.size)
    rows.add(
        np.concatenate([row, row]),
        np.concatenate([position[n_sites + arcs], position[instance.arc_site[arcs]]]),
        1.0,
        lower=-np.inf,
        upper=1.0,
        n_rows=arcs.size,
    )


def _add_receivers(rows: Rows, instance: Instance, usable: Bools, first: int) -> int:
    """A column for each pair of a site and a receiver in use, and at most so many of each site.

    The columns begin at `first`; returns how many there are.
    """
    n_sites = len(instance.sites)
    if instance.max_receivers is None:
        return 0
    position = np.cumsum(usable) - 1
    # Pairs (site, receiver) of the arcs in the model, as one number each.
    arcs = np.flatnonzero(usable[n_sites:])
    receiver, labels = pd.factorize(instance.arc_receiver[arcs], sort=True)
    site = instance.group_site[instance.arc_group[arcs]]
    pairs, pair = np.unique(site * max(1, len(labels)) + receiver, return_inverse=True)
    # An arc is used only with its pair: x ≤ z.
    row = np.arange(arcs.size)
    rows.add(
        np.concatenate([row, row]),
        np.concatenate([position[n_sites + arcs], first + pair]),
        np.concatenate([np.ones(arcs.size), -np.ones(arcs.size)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=arcs.size,
    )
    rows.add(
        pairs // max(1, len(labels)),
        first + np.arange(pairs.size),
        1.0,
        lower=-np.inf,
        upper=float(instance.max_receivers),
        n_rows=n_sites,
    )
    return int(pairs.size)


def _add_worst(
    rows: Rows,
    n_groups: int,
    group: Ints,
    position: Ints,
    cost: Floats,
    last: int,
) -> None:
    """The `last` column is at least the cost of each group's arc."""
    rows.add(
        np.concatenate([group, np.arange(n_groups)]),
        np.concatenate([position, np.full(n_groups, last)]),
        np.concatenate([cost, -np.ones(n_groups)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_groups,
    )


def reduced_costs(rows: Frame, row_dual: Floats, cost: Floats) -> Floats:
    """Reduced cost of every column under the duals of a relaxation on some of them.

    For arcs that are not in the model the link row's dual is taken as zero, which is a feasible
    choice: these are lower bounds on what forcing the arc into the plan would add.
    """
    # c − Aᵀy over all columns, with the frame's rows only.
    price = rows.matrix.T @ row_dual[: rows.lower.size]
    return np.asarray(cost - price, dtype=np.float64)


def sharpened(
    instance: Instance,
    rows: Frame,
    row_dual: Floats,
    price: Floats,
    cost: Floats,
) -> Floats:
    """Larger reduced costs from the same relaxation, each from a dual solution chosen for it.

    Using an arc means closing its site, so an arc may be charged with both. The duals of a
    site's group rows and least-cost row appear in no other site's columns and may be set anew
    for each site: with a weight w on the least-cost row the best group duals are
    ``min over arcs of (1 − w) cost + other prices``. The largest charge over a few w is taken.
    """
    n_sites, n_groups = len(instance.sites), len(instance.groups)
    # Site of each arc; dual of each site's least-cost row, 0 without one.
    site = instance.group_site[instance.arc_group]
    weight = np.where(rows.least_cost_row >= 0, row_dual[rows.least_cost_row], 0.0)
    arc_cost = cost[n_sites:]
    group_dual = row_dual[:n_groups]
    # Arc and site prices without the duals that are set anew.
    other = price[n_sites:] + group_dual[instance.arc_group] + weight[site] * arc_cost
    per_site = np.bincount(instance.group_site, weights=group_dual, minlength=n_sites)
    rest = price[:n_sites] - per_site - weight * rows.least_cost
    # Where each group's arcs begin.
    starts = np.flatnonzero(np.diff(instance.arc_group, prepend=-1))
    groups = instance.arc_group[starts]
    best = price.copy()
    # A site with negative reduced cost is paid for already, and one that must close whatever its
    # reduced cost: the charge starts from there.
    paid = np.where(instance.must_close, -price[:n_sites], np.maximum(0.0, -price[:n_sites]))
    # The relaxation's own weight, then five fixed ones; the largest charge is kept for each column.
    for trial in (weight, *(np.full(n_sites, share) for share in _SHARES)):
        trial = np.where(rows.least_cost_row >= 0, trial, 0.0)
        own = other - trial[site] * arc_cost
        # Best group duals under this weight, and what closing each site then costs.
        least = np.zeros(n_groups)
        least[groups] = np.minimum.reduceat(own, starts) if starts.size else 0.0
        closing = (
            np.bincount(instance.group_site, weights=least, minlength=n_sites)
            + trial * rows.least_cost
            + rest
            + paid
        )
        best[n_sites:] = np.maximum(best[n_sites:], closing[site] + own - least[instance.arc_group])
        best[:n_sites] = np.where(
            price[:n_sites] >= 0, np.maximum(best[:n_sites], closing), price[:n_sites]
        )
    return best
