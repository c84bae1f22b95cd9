r"""How many schools can close at most, whatever it costs.

.. math::

    \max \sum_j y_j \quad\text{s.t.}\quad \sum_k x_{gk} = y_{site(g)}, \;\; x_{gk} + y_k \le 1,
    \;\; \sum_{g,k} u^r_{gk} x_{gk} \le f_r, \;\; \sum_{j \in C} y_j \le |C| - 1

Before it is solved, groups leave it that can always go somewhere: to a school that never closes
and whose limits could take everybody who may come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.location.highs import Effort, Model, Rows, solve

__all__ = ["Demand", "most"]

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """A closure problem in positions.

    Attributes
    ----------
    n_sites
        Schools that may close; positions below count them.
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
    home: _Ints
    group: _Ints
    receiver: _Ints
    use_arc: _Ints
    use_resource: _Ints
    amount: _Ints
    free: _Ints
    covers: tuple[_Ints, ...]
    forced: _Ints

    def only(self, arcs: npt.NDArray[np.bool_]) -> Demand:
        """The same problem with the arcs marked alone."""
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


def most(demand: Demand, *, time_limit_s: float) -> tuple[int, int]:
    """Find how many sites can close at most.

    Parameters
    ----------
    demand
        The problem.
    time_limit_s
        Clock limit in seconds.

    Returns
    -------
    tuple of int
        A number that can close, and the proved most; equal unless the clock ended the search.
        Both are 0 where not even the forced sites can close.
    """
    if demand.n_sites == 0:
        return 0, 0
    outcome = solve(_model(_settled(demand)), effort=Effort(time_limit_s=time_limit_s))
    if outcome.status == "infeasible":
        return 0, 0
    found = 0 if outcome.x is None else round(float(outcome.x[: demand.n_sites].sum()))
    bound = -outcome.bound
    limit = demand.n_sites if not math.isfinite(bound) else math.floor(bound + 1e-6)
    return found, found if outcome.status == "proven" else max(found, limit)


def _settled(demand: Demand) -> Demand:
    """Leave each group that can always go somewhere just one such way, until nothing changes."""
    while True:
        fits = demand.amount <= demand.free[demand.use_resource]
        too_large = np.zeros(demand.group.size, dtype=bool)
        too_large[demand.use_arc[~fits]] = True
        demand = demand.only(~too_large)
        scarce = _possible(demand) > demand.free
        safe = demand.receiver < 0
        safe[demand.use_arc[scarce[demand.use_resource]]] = False
        groups, first = np.unique(demand.group[safe], return_index=True)
        chosen = np.zeros(demand.group.size, dtype=bool)
        chosen[np.flatnonzero(safe)[first]] = True
        keep = chosen | ~np.isin(demand.group, groups)
        if keep.all():
            return demand
        demand = demand.only(keep)


def _possible(demand: Demand) -> _Ints:
    """The most that could ever be taken of each resource: every group by its greediest arc."""
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


def _model(demand: Demand) -> Model:
    """The arrays: columns are the sites (1 = closes), then the arcs."""
    n_sites, n_arcs, n_groups = demand.n_sites, demand.group.size, demand.home.size
    arc = n_sites + np.arange(n_arcs)
    rows = Rows()
    rows.add(
        np.concatenate([demand.group, np.arange(n_groups)]),
        np.concatenate([arc, demand.home]),
        np.concatenate([np.ones(n_arcs), -np.ones(n_groups)]),
        lower=0.0,
        upper=0.0,
        n_rows=n_groups,
    )
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
    rows.add(
        demand.use_resource,
        n_sites + demand.use_arc,
        demand.amount.astype(np.float64),
        lower=-np.inf,
        upper=demand.free.astype(np.float64),
        n_rows=demand.free.size,
    )
    sizes = np.array([cover.size for cover in demand.covers], dtype=np.int64)
    rows.add(
        np.repeat(np.arange(sizes.size), sizes),
        np.concatenate([*demand.covers, np.empty(0, dtype=np.int64)]),
        1.0,
        lower=-np.inf,
        upper=sizes.astype(np.float64) - 1.0,
        n_rows=sizes.size,
    )
    n_columns = n_sites + n_arcs
    matrix, row_lower, row_upper = rows.build(n_columns)
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
