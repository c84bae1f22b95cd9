r"""How many sites can close at most, whatever it costs.

.. math::

    \max \sum_j y_j \quad\text{s.t.}\quad \sum_k x_{gk} = y_{site(g)}, \;\; x_{gk} + y_k \le 1,
    \;\; \sum_{g,k} u^r_{gk} x_{gk} \le f_r, \;\; \sum_{j \in C} y_j \le |C| - 1

Before it is solved, groups leave it that can always go somewhere: to a site that never closes
and whose limits could take everybody who may come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.location.solver.highs import Effort, Model, Rows, solve

__all__ = ["Demand", "most_closures"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """A closure problem in positions.

    Attributes
    ----------
    n_sites
        Sites that may close; positions below count them.
    home
        Site of each group.
    group, receiver
        Group of each arc; its receiver, −1 where that never closes.
    use_arc, use_resource, amount
        What arcs take of resources.
    free
        What each resource has.
    covers
        Sets of sites of which one at least stays.
    forced
        Sites that close in any case.
    """

    n_sites: int
    home: Ints
    group: Ints
    receiver: Ints
    use_arc: Ints
    use_resource: Ints
    amount: Ints
    free: Ints
    covers: tuple[Ints, ...]
    forced: Ints

    def only(self, arcs: Bools) -> Demand:
        """The same problem with the marked arcs only."""
        # New position of each arc that stays; uses of dropped arcs go with them.
        position = np.cumsum(arcs) - 1
        keep = arcs[self.use_arc]
        return replace(
            self,
            group=self.group[arcs],
            receiver=self.receiver[arcs],
            use_arc=position[self.use_arc[keep]],
            use_resource=self.use_resource[keep],
            amount=self.amount[keep],
        )


def most_closures(demand: Demand, *, enough: int, time_limit_s: float) -> tuple[int, int]:
    """Find how many sites can close, up to a number that is enough.

    Parameters
    ----------
    demand
        The problem.
    enough
        No more than this many are looked for.
    time_limit_s
        Clock limit in seconds.

    Returns
    -------
    tuple of int
        A number that can close, and the proved most, both at most `enough`; equal unless the
        clock ended the search. Both are 0 where not even the forced sites can close.
    """
    if demand.n_sites == 0 or enough <= 0:
        return 0, 0
    # A greedy choice gives the incumbent; the solver is asked only where it falls short.
    demand = _settled(demand)
    greedy = one_by_one(demand)
    incumbent = int(greedy[: demand.n_sites].sum()) if greedy[demand.forced].all() else 0
    if incumbent >= min(enough, demand.n_sites):
        return min(incumbent, enough), min(incumbent, enough)
    outcome = solve(_model(demand, enough), effort=Effort(time_limit_s=time_limit_s))
    if outcome.status == "infeasible":
        return 0, 0
    if outcome.x is not None:
        incumbent = max(incumbent, round(float(outcome.x[: demand.n_sites].sum())))
    # The model minimises minus the number, so its lower bound is an upper bound on the number.
    bound = -outcome.bound
    limit = demand.n_sites if not math.isfinite(bound) else math.floor(bound + 1e-6)
    limit = min(limit, enough)
    return min(incumbent, enough), incumbent if outcome.status == "proven" else max(
        incumbent, limit
    )


def one_by_one(demand: Demand) -> Floats:
    """Close sites in turn where all their groups still fit, each group by its first arc that fits.

    Parameters
    ----------
    demand
        The problem.

    Returns
    -------
    numpy.ndarray
        A feasible choice: 1 for each site that closes, then for each arc used. Forced sites come
        first; one that does not fit stays open all the same.
    """
    n_sites, free = demand.n_sites, demand.free.copy()
    # Positions by what they belong to: groups of each site, arcs of each group, uses of each arc.
    groups = _members(demand.home, n_sites)
    arcs = _members(demand.group, demand.home.size)
    uses = _members(demand.use_arc, demand.group.size)
    # `chosen` runs over sites, then arcs; `stays` marks receivers in use, which may not close.
    chosen = np.zeros(n_sites + demand.group.size)
    stays = np.zeros(n_sites, dtype=bool)
    # How many more sites of each cover may close, and the covers that each site is in.
    left = np.array([cover.size - 1 for cover in demand.covers], dtype=np.int64)
    covers = _members(np.concatenate([*demand.covers, np.empty(0, dtype=np.int64)]), n_sites)
    cover_of = np.repeat(np.arange(left.size), left + 1)
    # Sites with few groups first: they are the easiest to close.
    easy = np.argsort([len(members) for members in groups], kind="stable")
    for site in dict.fromkeys([*demand.forced.tolist(), *easy.tolist()]):
        its_covers = cover_of[covers[site]]
        if stays[site] or (left[its_covers] == 0).any():
            continue
        # All groups of a site move or none: capacity is taken from a copy until the last one fits.
        remaining, taken = free.copy(), []
        for group in groups[site].tolist():
            arc = _first_fit(demand, arcs[group], uses, remaining, chosen)
            if arc is None:
                break
            remaining[demand.use_resource[uses[arc]]] -= demand.amount[uses[arc]]
            taken.append(arc)
        if len(taken) < groups[site].size:
            continue
        free, chosen[site] = remaining, 1.0
        chosen[n_sites + np.array(taken, dtype=np.int64)] = 1.0
        receivers = demand.receiver[taken]
        stays[receivers[receivers >= 0]] = True
        left[its_covers] -= 1
    return chosen


def _members(of: Ints, n: int) -> list[Ints]:
    """Positions in `of`, split by the value at each, for the values 0 … n − 1."""
    order = np.argsort(of, kind="stable")
    return np.split(order, np.searchsorted(of[order], np.arange(1, n)))


def _first_fit(
    demand: Demand,
    arcs: Ints,
    uses: list[Ints],
    free: Ints,
    chosen: Floats,
) -> int | None:
    """The first arc to a site that has not closed and that has room for all the arc takes."""
    for arc in arcs.tolist():
        receiver = int(demand.receiver[arc])
        shut = receiver >= 0 and bool(chosen[receiver])
        if not shut and (demand.amount[uses[arc]] <= free[demand.use_resource[uses[arc]]]).all():
            return int(arc)
    return None


def _settled(demand: Demand) -> Demand:
    """Leave each group that can always go somewhere just one such way, until nothing changes."""
    while True:
        # Arcs that take more of a resource than there is can never be used.
        fits = demand.amount <= demand.free[demand.use_resource]
        too_large = np.zeros(demand.group.size, dtype=bool)
        too_large[demand.use_arc[~fits]] = True
        demand = demand.only(~too_large)
        # An arc is safe where its receiver never closes and nothing it takes can run out.
        scarce = _possible(demand) > demand.free
        safe = demand.receiver < 0
        safe[demand.use_arc[scarce[demand.use_resource]]] = False
        # The first safe arc of each group that has one; its other arcs are not needed.
        groups, first = np.unique(demand.group[safe], return_index=True)
        chosen = np.zeros(demand.group.size, dtype=bool)
        chosen[np.flatnonzero(safe)[first]] = True
        keep = chosen | ~np.isin(demand.group, groups)
        if keep.all():
            return demand
        demand = demand.only(keep)


def _possible(demand: Demand) -> Ints:
    """The most that could ever be taken of each resource: every group by its greediest arc."""
    # Largest amount of each (group, resource), added up by resource.
    table = pd.DataFrame(
        {
            "group": demand.group[demand.use_arc],
            "resource": demand.use_resource,
            "amount": demand.amount,
        }
    )
    largest = table.groupby(["group", "resource"])["amount"].max().groupby("resource").sum()
    possible = np.zeros(demand.free.size, dtype=np.int64)
    possible[largest.index.to_numpy(dtype=np.int64)] = largest.to_numpy(dtype=np.int64)
    return possible


def _model(demand: Demand, enough: int) -> Model:
    """The arrays: columns are the sites (1 = closes), then the arcs."""
    n_sites, n_arcs, n_groups = demand.n_sites, demand.group.size, demand.home.size
    arc = n_sites + np.arange(n_arcs)
    # Group rows: arcs used = 1 where the group's site closes.
    rows = Rows()
    rows.add(
        np.concatenate([demand.group, np.arange(n_groups)]),
        np.concatenate([arc, demand.home]),
        np.concatenate([np.ones(n_arcs), -np.ones(n_groups)]),
        lower=0.0,
        upper=0.0,
        n_rows=n_groups,
    )
    # Link rows: an arc to a site that may close is shut when it does.
    linked = np.flatnonzero(demand.receiver >= 0)
    row = np.arange(linked.size)
    rows.add(
        np.concatenate([row, row]),
        np.concatenate([arc[linked], demand.receiver[linked]]),
        1.0,
        lower=-np.inf,
        upper=1.0,
        n_rows=linked.size,
    )
    # Resource rows: amounts used ≤ what is free.
    rows.add(
        demand.use_resource,
        n_sites + demand.use_arc,
        demand.amount.astype(np.float64),
        lower=-np.inf,
        upper=demand.free.astype(np.float64),
        n_rows=demand.free.size,
    )
    # Cover rows: all but one site of a cover may close.
    sizes = np.array([cover.size for cover in demand.covers], dtype=np.int64)
    rows.add(
        np.repeat(np.arange(sizes.size), sizes),
        np.concatenate([*demand.covers, np.empty(0, dtype=np.int64)]),
        1.0,
        lower=-np.inf,
        upper=sizes.astype(np.float64) - 1.0,
        n_rows=sizes.size,
    )
    # No more than `enough` sites close.
    rows.add(
        np.zeros(n_sites, dtype=np.int64),
        np.arange(n_sites),
        1.0,
        lower=-np.inf,
        upper=float(enough),
        n_rows=1,
    )
    n_columns = n_sites + n_arcs
    matrix, row_lower, row_upper = rows.build(n_columns)
    # Maximise the sites that close: cost −1 each, 0 for arcs.
    cost, lower = np.zeros(n_columns), np.zeros(n_columns)
    cost[:n_sites] = -1.0
    lower[demand.forced] = 1.0
    return Model(
        cost=cost,
        lower=lower,
        upper=np.ones(n_columns),
        integer=np.ones(n_columns, dtype=bool),
        matrix=matrix,
        row_lower=row_lower,
        row_upper=row_upper,
        whole_objective=True,
    )
