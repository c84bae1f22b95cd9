"""Assign children to sites: as many as possible, then with the least travel, in whole children.

A transport problem on the pairs within reach. Its matrix is totally unimodular, so the linear
programme has an integral solution; the most that can be served is a maximum flow, found first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from layout.core.arrays import Floats, Ints
from layout.location.solver.highs import Model, solve
from layout.location.solver.rows import Rows

__all__ = ["serve"]


def serve(
    pairs: pd.DataFrame,
    amount: pd.Series,
    places: pd.Series,
    *,
    pool: pd.Series | None = None,
    pool_most: pd.Series | None = None,
) -> pd.DataFrame:
    """Serve as much demand as the capacities allow, then with the least total cost.

    Parameters
    ----------
    pairs
        Columns demand, site and cost (whole, ≥ 0), each pair once: who may be served where.
    amount
        Whole demand by label.
    places
        Capacity by site label, whole.
    pool, pool_most
        The pool that each demand draws on, by demand label, and the most that may be served out
        of each pool, by pool label. By default every demand is a pool of its own.

    Returns
    -------
    pandas.DataFrame
        Columns demand, site, amount (whole, > 0), sorted by demand and site. The sum of the
        amounts is the most that can be served (maximum flow), and their cost is the least for it.

    Notes
    -----
    The order of the rows makes no difference.
    """
    table = pairs.sort_values(["demand", "site"], ignore_index=True)
    # Positions in ascending label order; −1 for labels that only the pairs name.
    demands, sites = pd.Index(sorted(amount.index)), pd.Index(sorted(places.index))
    row = demands.get_indexer(pd.Index(table["demand"]))
    col = sites.get_indexer(pd.Index(table["site"]))
    supply = amount.reindex(demands).to_numpy(dtype=np.int64)
    room = places.reindex(sites).to_numpy(dtype=np.int64)
    # Pairs between known ends where there is somebody to serve and room.
    useful = (row >= 0) & (col >= 0)
    useful[useful] = (supply[row[useful]] > 0) & (room[col[useful]] > 0)
    row, col = row[useful].astype(np.int64), col[useful].astype(np.int64)
    cost = table["cost"].to_numpy(dtype=np.float64)[useful]
    # Without pools every demand is a pool of its own.
    if pool is None or pool_most is None:
        pools, drawn = supply, np.arange(supply.size)
    else:
        names = pd.Index(sorted(pool_most.index))
        pools = pool_most.reindex(names).to_numpy(dtype=np.int64)
        drawn = names.get_indexer(pd.Index(pool.reindex(demands))).astype(np.int64)
    # Whole numbers by pool, pool of each demand, by demand and by site.
    levels = (pools, drawn, supply, room)
    flow = _remembered(row, col, cost, levels) if row.size else np.zeros(0, dtype=np.int64)
    used = flow > 0
    return pd.DataFrame(
        {
            "demand": demands.take(row[used]),
            "site": sites.take(col[used]),
            "amount": flow[used],
        }
    )


@dataclass(frozen=True)
class _Key:
    """A transport problem, equal to another one of the same numbers."""

    digest: bytes
    arrays: tuple[Ints, Ints, Floats, tuple[Ints, Ints, Ints, Ints]] = field(compare=False)


def _remembered(row: Ints, col: Ints, cost: Floats, levels: tuple[Ints, Ints, Ints, Ints]) -> Ints:
    """The flow of a problem; the last ones are kept: a changed lever leaves most as they are."""
    digest = hashlib.sha256()
    for array in (row, col, cost, *levels):
        digest.update(f"{array.dtype} {array.size} ".encode() + array.tobytes())
    return _kept(_Key(digest.digest(), (row, col, cost, levels)))


# A plan asks for some 70, most of them needs of years that no site changes.
@lru_cache(maxsize=128)
def _kept(key: _Key) -> Ints:
    return _flow(*key.arrays)


def _flow(row: Ints, col: Ints, cost: Floats, levels: tuple[Ints, Ints, Ints, Ints]) -> Ints:
    """The least costly of the largest flows pool → demand → site, whole by total unimodularity."""
    pools, drawn, supply, room = levels
    # One column for each pair; rows for demands, pools and sites, then one for the total.
    rows = Rows()
    each = np.arange(row.size)
    # The total is fixed at the maximum flow; the cost decides among such flows.
    total = _most(row, col, levels)
    # Where every demand is a pool of its own its row says it all.
    own = pools is supply
    for key, upper in ((row, supply), *(() if own else ((drawn[row], pools),)), (col, room)):
        rows.add(key, each, 1.0, lower=-np.inf, upper=upper, n_rows=upper.size)
    rows.add(np.zeros(row.size), each, 1.0, lower=total, upper=total, n_rows=1)
    matrix, row_lower, row_upper = rows.build(row.size)
    outcome = solve(
        Model(
            cost=cost,
            lower=np.zeros(row.size),
            upper=np.minimum(supply[row], room[col]).astype(np.float64),
            integer=np.zeros(row.size, dtype=bool),
            matrix=matrix,
            row_lower=row_lower,
            row_upper=row_upper,
        )
    )
    # A vertex of the polytope is integral; anything else is a fault of the solver.
    flow = np.rint(outcome.solution).astype(np.int64)
    if np.abs(outcome.solution - flow).max() > 1e-6 or flow.sum() != total:
        raise ArithmeticError("the transport problem has no whole vertex")
    return flow


def _most(row: Ints, col: Ints, levels: tuple[Ints, Ints, Ints, Ints]) -> int:
    """The most that can be served: a maximum flow source → pool → demand → site → sink."""
    pools, drawn, supply, room = levels
    # Nodes: pools, demands, sites, source, sink.
    at_demand, at_site = pools.size, pools.size + supply.size
    source, sink = at_site + room.size, at_site + room.size + 1
    # Arcs (tails, heads, capacities) in the order of the flow.
    arcs = (
        (np.full(pools.size, source), np.arange(pools.size), pools),
        (drawn, at_demand + np.arange(supply.size), supply),
        (at_demand + row, at_site + col, np.minimum(supply[row], room[col])),
        (at_site + np.arange(room.size), np.full(room.size, sink), room),
    )
    tails, heads, capacity = (np.concatenate(part) for part in zip(*arcs, strict=True))
    graph = sparse.csr_array(
        (capacity.astype(np.int32), (tails, heads)), shape=(sink + 1, sink + 1)
    )
    return int(maximum_flow(graph, source, sink).flow_value)
