"""A modular location problem by label and in positions; demands that are alike are merged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.location.labelled.costs import is_whole

if TYPE_CHECKING:
    pass


SHARE_STEPS = 50
"""Steps of the unserved share in the evening-out level; 50 steps of 2 %."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ModularProblem:
    """What to choose from, by label.

    Attributes
    ----------
    demand
        Index the demand's label; columns amount and group.
    totals
        By group: the number that the unserved demand is a share of.
    sites
        Index the site's label; columns new (bool), least and most (modules of a site that is
        used), size (capacity of a module). Sites that are not new may stay at 0 modules.
    pairs
        Columns demand, site, cost (≥ 0) and, where a site reaches only a part of a demand, most:
        who can be served where, and how much of it.
    n_new
        How many new sites open.
    modules
        Modules of all sites together, or None where that is free.
    """

    demand: pd.DataFrame
    totals: pd.Series
    sites: pd.DataFrame
    pairs: pd.DataFrame
    n_new: int
    modules: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """One problem in positions: pairs within reach, and what each site may hold.

    Attributes
    ----------
    amount, group
        By demand.
    totals
        By group; empty where nothing is to be evened out.
    new
        Bools of the sites that may open; the others exist already and may grow.
    least, most, size
        By site: modules of a new site that opens, and 0 and the most to be added for the others;
        what a module serves.
    row, col, cost, part
        By pair, sorted by row and column: demand, site, cost, and how much of the demand the
        site reaches.
    n_new, modules
        How many new sites open, and how many modules there are, exactly; None for any number.
    whole
        Whether amounts and sizes are whole, and flows therefore too.
    """

    amount: Floats
    group: Ints
    totals: Floats
    new: Bools
    least: Floats
    most: Floats
    size: Floats
    row: Ints
    col: Ints
    cost: Floats
    part: Floats
    n_new: int
    modules: int | None
    whole: bool


def instance_of(problem: ModularProblem) -> Instance:
    """Positions for labels, in label order."""
    demand, sites = problem.demand.sort_index(), problem.sites.sort_index()
    groups = pd.Index(sorted(problem.totals.index))
    pairs = problem.pairs
    # Positions in label order, and pairs by demand, then site.
    row = demand.index.get_indexer(pd.Index(pairs["demand"]))
    col = sites.index.get_indexer(pd.Index(pairs["site"]))
    order = np.lexsort((col, row))
    amount = demand["amount"].to_numpy(dtype=np.float64)
    # A site reaches the whole of a demand unless `most` says less.
    part = pairs["most"].to_numpy(dtype=np.float64) if "most" in pairs else amount[row]
    size = sites["size"].to_numpy(dtype=np.float64)
    return Instance(
        amount=amount,
        group=groups.get_indexer(pd.Index(demand["group"])).astype(np.int64),
        totals=problem.totals.reindex(groups).to_numpy(dtype=np.float64),
        new=sites["new"].to_numpy(dtype=bool),
        least=sites["least"].to_numpy(dtype=np.float64),
        most=sites["most"].to_numpy(dtype=np.float64),
        size=size,
        row=row[order].astype(np.int64),
        col=col[order].astype(np.int64),
        cost=pairs["cost"].to_numpy(dtype=np.float64)[order],
        part=np.minimum(part, amount[row])[order],
        n_new=problem.n_new,
        modules=problem.modules,
        whole=is_whole(amount, size, part),
    )


def within_reach(instance: Instance) -> Floats:
    """What lies within reach of each site."""
    sums = np.bincount(instance.col, instance.part, minlength=instance.size.size)
    return sums.astype(np.float64)


def counted_bound(instance: Instance) -> float:
    """No more can be covered than there is capacity, or than lies within reach of any site."""
    # Demand within reach of any site that may hold modules, each demand at most once.
    open_to = instance.most[instance.col] > 0
    reached = np.zeros(instance.amount.size)
    np.add.at(reached, instance.row[open_to], instance.part[open_to])
    most = float(np.minimum(reached, instance.amount).sum())
    if instance.modules is None:
        return most
    largest = float(instance.size.max(initial=0.0))
    return min(largest * instance.modules, most)


def merged(instance: Instance) -> Instance:
    """The same with demands of one group that the same sites reach merged into one; costs are void.

    Nothing but travel depends on which of them is served. Demands that a site reaches only in
    part stay alone; those of a group that no site reaches become one.
    """
    # Pairs are sorted by demand: a slice of each.
    starts = np.searchsorted(instance.row, np.arange(instance.amount.size + 1))
    full = instance.part >= instance.amount[instance.row]
    names: dict[tuple[object, ...], int] = {}
    new_row = np.empty(instance.amount.size, dtype=np.int64)
    # Two demands are alike where group and reachable sites are the same, all in full.
    for demand, (first, last) in enumerate(pairwise(starts)):
        kind = int(instance.group[demand]) if instance.totals.size else 0
        alike = bool(full[first:last].all())
        name = (kind, instance.col[first:last].tobytes()) if alike else (kind, b"", demand)
        new_row[demand] = names.setdefault(name, len(names))
    # One pair for each (merged demand, site); amounts and parts add up.
    n_sites = instance.size.size
    keys, first_pair = np.unique(new_row[instance.row] * n_sites + instance.col, return_index=True)
    row = keys // max(1, n_sites)
    sums = np.bincount(new_row[instance.row] * n_sites + instance.col, instance.part)
    amount = np.bincount(new_row, instance.amount, minlength=len(names)).astype(np.float64)
    group = np.zeros(len(names), dtype=np.int64)
    group[new_row] = instance.group
    return replace(
        instance,
        amount=amount,
        group=group,
        row=row,
        col=instance.col[first_pair],
        cost=np.zeros(row.size),
        part=sums[keys].astype(np.float64) if keys.size else np.zeros(0),
    )
