"""A modular location problem by label and in positions; demands that are alike are merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.location.labelled.costs import is_whole

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
        used), size (capacity of a module). Sites that are not new may stay at 0 modules. Where
        they are given, must (bool: a new site that opens in any case) and group (of the quota).
    pairs
        Columns demand, site, cost (≥ 0) and, where a site reaches only a part of a demand, most:
        who can be served where, and how much of it.
    n_new
        How many new sites open.
    modules
        Modules of all sites together, or None where that is free.
    later
        Demand of further periods by label, one series a period: the same sites serve it with the
        same modules. What is covered counts over all periods; floors, evenness and travel are
        those of the first, whose labels are those of `demand`.
    floors
        By group: how much of its demand is to be served at the least. What is missing to these
        numbers is kept as small as can be before anything else.
    quota
        The most new sites by group of the sites.
    """

    demand: pd.DataFrame
    totals: pd.Series
    sites: pd.DataFrame
    pairs: pd.DataFrame
    n_new: int
    modules: int | None = None
    later: tuple[pd.Series, ...] = ()
    floors: pd.Series | None = None
    quota: Mapping[str, int] = field(default_factory=dict)


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
    period
        By demand: 0 for the first period, which alone floors, evenness and travel look at.
    floor
        By group: what is to be served at the least; empty where there are no floors.
    must
        By site: whether it opens in any case.
    capped, quota
        By site: which quota it counts for, −1 for none; the most new sites by quota.
    cost_unit, load_unit
        What one of the costs, and of the amounts, is in the caller's: powers of two.
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
    period: Ints
    floor: Floats
    must: Bools
    capped: Ints
    quota: Floats
    cost_unit: float = 1.0
    load_unit: float = 1.0

    def unit(self, level: str) -> float:
        """What one unit of a level's value is in the caller's."""
        if level == "uneven":
            return 1.0
        return self.load_unit * (self.cost_unit if level == "travel" else 1.0)

    @property
    def n_periods(self) -> int:
        """How many periods there are."""
        return int(self.period.max(initial=0)) + 1

    @property
    def first(self) -> Bools:
        """The pairs of the first period."""
        return np.asarray(self.period[self.row] == 0)


def instance_of(problem: ModularProblem) -> Instance:
    """Positions for labels, in label order."""
    demand, sites = problem.demand.sort_index(), problem.sites.sort_index()
    groups = pd.Index(sorted(problem.totals.index))
    pairs = problem.pairs
    # Positions in label order, and pairs by demand, then site.
    row = demand.index.get_indexer(pd.Index(pairs["demand"]))
    col = sites.index.get_indexer(pd.Index(pairs["site"]))
    order = np.lexsort((col, row))
    row, col = row[order].astype(np.int64), col[order].astype(np.int64)
    # Demand by period (rows) and label (columns): each period has demands of its own.
    later = [one.reindex(demand.index, fill_value=0) for one in problem.later]
    amounts = np.vstack([demand["amount"], *later]).astype(np.float64)
    amount, n_periods, n_pairs = amounts.ravel(), len(amounts), row.size
    period = np.repeat(np.arange(n_periods), len(demand))
    rows = (np.arange(n_periods)[:, None] * len(demand) + row).ravel()
    # A site reaches the whole of a demand unless `most` says less; travel is that of period 0.
    part = amount[rows]
    if "most" in pairs:
        most = pairs["most"].to_numpy(dtype=np.float64)[order]
        part = np.minimum(part, np.tile(most, n_periods))
    cost = np.zeros(rows.size)
    cost[:n_pairs] = pairs["cost"].to_numpy(dtype=np.float64)[order]
    # Pairs of later periods in which there is nobody to serve are none.
    keep = (part > 0) | (np.arange(rows.size) < n_pairs)
    size = sites["size"].to_numpy(dtype=np.float64)
    floor = np.zeros(0)
    if problem.floors is not None:
        floor = problem.floors.reindex(groups, fill_value=0).to_numpy(dtype=np.float64)
    return Instance(
        amount=amount,
        group=np.tile(groups.get_indexer(pd.Index(demand["group"])), n_periods).astype(np.int64),
        totals=problem.totals.reindex(groups).to_numpy(dtype=np.float64),
        new=sites["new"].to_numpy(dtype=bool),
        least=sites["least"].to_numpy(dtype=np.float64),
        most=sites["most"].to_numpy(dtype=np.float64),
        size=size,
        row=rows[keep],
        col=np.tile(col, n_periods)[keep],
        cost=cost[keep],
        part=part[keep],
        n_new=problem.n_new,
        modules=problem.modules,
        whole=is_whole(amount, size, part, floor),
        period=period.astype(np.int64),
        floor=floor,
        must=sites["must"].to_numpy(dtype=bool) if "must" in sites else np.zeros(len(sites), bool),
        capped=_capped(sites, problem.quota),
        quota=np.array([problem.quota[name] for name in sorted(problem.quota)], dtype=np.float64),
    )


def _capped(sites: pd.DataFrame, quota: Mapping[str, int]) -> Ints:
    """The position of each new site's quota, −1 where it has none."""
    if "group" not in sites:
        return np.full(len(sites), -1, dtype=np.int64)
    at = pd.Index(sorted(quota), dtype="object").get_indexer(pd.Index(sites["group"]))
    return np.where(sites["new"], at, -1).astype(np.int64)


def keeps_counts(instance: Instance, modules: Floats) -> bool:
    """Whether a choice opens what must open, and no more than the quotas."""
    opened = instance.new & (modules > 0)
    capped = np.bincount(
        instance.capped[opened & (instance.capped >= 0)], minlength=instance.quota.size
    )
    return bool((opened | ~instance.must).all() and (capped <= instance.quota).all())


def first_period(instance: Instance) -> Instance:
    """The same with the demand of the first period alone."""
    if instance.n_periods == 1:
        return instance
    mine, first = instance.period == 0, instance.first
    # Demands of the first period come first, so their positions stay.
    return replace(
        instance,
        amount=instance.amount[mine],
        group=instance.group[mine],
        period=instance.period[mine],
        row=instance.row[first],
        col=instance.col[first],
        cost=instance.cost[first],
        part=instance.part[first],
    )


def narrowed(instance: Instance, sites: Bools) -> Instance:
    """The same with some of the sites alone; demands stay, and with them what is not served."""
    keep = sites[instance.col]
    return replace(
        instance,
        new=instance.new[sites],
        least=instance.least[sites],
        most=instance.most[sites],
        size=instance.size[sites],
        must=instance.must[sites],
        capped=instance.capped[sites],
        row=instance.row[keep],
        # Positions among the sites that are left.
        col=(np.cumsum(sites) - 1)[instance.col[keep]],
        cost=instance.cost[keep],
        part=instance.part[keep],
    )


def within_reach(instance: Instance) -> Floats:
    """What lies within reach of each site: periods × sites."""
    n_sites = instance.size.size
    key = instance.period[instance.row] * n_sites + instance.col
    sums = np.bincount(key, instance.part, minlength=instance.n_periods * n_sites)
    return sums.astype(np.float64).reshape(instance.n_periods, n_sites)


def counted_bound(instance: Instance) -> float:
    """No more can be covered than there is capacity, or than lies within reach of any site."""
    # Demand within reach of any site that may hold modules, each demand at most once.
    open_to = instance.most[instance.col] > 0
    reached = np.zeros(instance.amount.size)
    np.add.at(reached, instance.row[open_to], instance.part[open_to])
    most = np.bincount(instance.period, np.minimum(reached, instance.amount))
    if instance.modules is not None:
        most = np.minimum(most, float(instance.size.max(initial=0.0)) * instance.modules)
    return float(most.sum())


def merged(instance: Instance, *, later: bool = False) -> Instance:
    """The same with demands of one group that the same sites reach merged into one; costs are void.

    Nothing but travel depends on which of them is served. With `later` the demands of the first
    period stay as they are, and keep their costs. Demands that a site reaches only in
    part stay alone; those of a group that no site reaches become one.
    """
    # Pairs are sorted by demand: a slice of each; its sites as bytes.
    starts = np.searchsorted(instance.row, np.arange(instance.amount.size + 1))
    sites, width = instance.col.tobytes(), instance.col.itemsize
    # Two demands are alike where group and reachable sites are the same, all in full. Groups
    # matter in the first period alone.
    in_part = instance.part < instance.amount[instance.row]
    alone = np.bincount(instance.row, in_part, minlength=instance.amount.size) > 0
    kind = instance.period.copy()
    if instance.totals.size:
        kind += np.where(instance.period == 0, instance.group, 0) * instance.n_periods
    if later:
        alone |= instance.period == 0
    names: dict[tuple[object, ...], int] = {}
    new_row = np.empty(instance.amount.size, dtype=np.int64)
    ends = pairwise((starts * width).tolist())
    for demand, (of, single, (first, last)) in enumerate(
        zip(kind.tolist(), alone.tolist(), ends, strict=True)
    ):
        name = (of, b"", demand) if single else (of, sites[first:last])
        new_row[demand] = names.setdefault(name, len(names))
    # One pair for each (merged demand, site); amounts and parts add up.
    n_sites = instance.size.size
    keys, first_pair = np.unique(new_row[instance.row] * n_sites + instance.col, return_index=True)
    row = keys // max(1, n_sites)
    sums = np.bincount(new_row[instance.row] * n_sites + instance.col, instance.part)
    amount = np.bincount(new_row, instance.amount, minlength=len(names)).astype(np.float64)
    group = np.zeros(len(names), dtype=np.int64)
    group[new_row] = instance.group
    period = np.zeros(len(names), dtype=np.int64)
    period[new_row] = instance.period
    return replace(
        instance,
        amount=amount,
        group=group,
        period=period,
        row=row,
        col=instance.col[first_pair],
        cost=instance.cost[first_pair] if later else np.zeros(row.size),
        part=sums[keys].astype(np.float64) if keys.size else np.zeros(0),
    )
