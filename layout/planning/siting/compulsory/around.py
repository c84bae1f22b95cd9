"""Who lives within reach of a school anywhere, and the most that any schools could relieve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from layout.core.arrays import Floats, Ints
from layout.core.standards import limit_minutes
from layout.demand.groups import seconds
from layout.inputs.study.study import Study
from layout.network.travel import travel_matrix
from layout.planning.siting.compulsory.overflow import Overflow
from layout.planning.siting.compulsory.pupils import SITED_STAGES, stage_bands

__all__ = ["Anywhere", "most_anywhere", "pupils_around"]

_ROUNDS = 30
"""Steps of the price search; each gives a valid bound, and most of the gain is in the first 20."""
_CLOSE = 1e-4
"""A bound so near to what is relieved is good enough."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Anywhere:
    """What schools in any settlement could do.

    Attributes
    ----------
    most
        No schools, wherever they stand, relieve more pupils than this.
    sites
        Columns stage, settlement_id and worth: what a school there is worth at the prices of the
        bound, the best first.
    """

    most: int
    sites: pd.DataFrame


def pupils_around(study: Study, over: Overflow) -> pd.DataFrame:
    """Count the pupils of each overflowing school within reach of every settlement.

    Parameters
    ----------
    study, over
        The study and its overflow.

    Returns
    -------
    pandas.DataFrame
        Columns pool, settlement_id, pupils (> 0): at most the pool's overflow. Reach is the ride
        within the limit of each band; those within the walking limit in a straight line count as
        well, so that nobody who can come is left out.
    """
    homes = study.settlements.sort_index()
    count, n_pools = len(homes), len(over.pools)
    longest = max(limit_minutes(study.standards, b) for s in SITED_STAGES for b in stage_bands(s))
    bus = travel_matrix(study, mode="bus", sites=homes.geometry, cutoff_minutes=longest)
    took = seconds(bus.minutes)
    # Settlements × settlements that may be walked, as the crow flies.
    points = homes.geometry.to_crs(study.crs)
    tree = cKDTree(np.column_stack([points.x, points.y]))
    near = tree.sparse_distance_matrix(tree, study.standards.walk_limit_m, output_type="ndarray")
    # Pools × settlements: pupils of each band by home, carried to all that the home reaches.
    total = sparse.csr_array((n_pools, count), dtype=np.int64)
    for stage in SITED_STAGES:
        for band in stage_bands(stage):
            groups = over.groups[over.groups["band"] == band]
            within = took <= int(limit_minutes(study.standards, band) * 60)
            row = np.concatenate([bus.row[within], near["i"]])
            col = np.concatenate([bus.col[within], near["j"]])
            reached = sparse.csr_array((np.ones(row.size, dtype=bool), (row, col)), (count, count))
            at = homes.index.get_indexer(pd.Index(groups["settlement_id"]))
            live = sparse.csr_array(
                (groups["may"].to_numpy(dtype=np.int64), (groups["pool"].to_numpy(), at)),
                (n_pools, count),
            )
            total = total + live @ reached.astype(np.int64)
    table = sparse.coo_array(total)
    most = over.pools["over"].to_numpy(dtype=np.int64)[table.row]
    pupils = np.minimum(table.data, most)
    rows = pd.DataFrame({"pool": table.row, "at": table.col, "pupils": pupils})
    rows = rows[rows["pupils"] > 0].sort_values(["at", "pool"], ignore_index=True)
    return rows.assign(settlement_id=homes.index.take(rows["at"]))[
        ["pool", "settlement_id", "pupils"]
    ]


def most_anywhere(
    over: Overflow,
    around: pd.DataFrame,
    places: pd.Series,
    *,
    sites: int,
    goal: int,
    places_in_all: int | None = None,
) -> Anywhere:
    r"""Bound what schools in any settlements can relieve.

    Parameters
    ----------
    over
        The overflow.
    around
        As `pupils_around` returns it, of the settlements that may hold a school.
    places
        Most places of one school by stage.
    sites
        How many schools are built.
    goal
        What is relieved so far; the search for a better bound ends near it.
    places_in_all
        Most places of all schools together, where their classes are named.

    Returns
    -------
    Anywhere

    Notes
    -----
    Lagrangian relaxation: at a price :math:`0 \le u_p \le 1` for each pupil over the places of
    school *p* the schools no longer compete, and no choice relieves more than

    .. math:: \sum_p u_p o_p + \max_{|S| = n} \sum_{s \in S} v_s(u), \quad
        v_s(u) = \max\{\sum_p (1 - u_p) x_p : x_p \le m_{ps}, \sum_p x_p \le c_s\}.

    The prices are improved by subgradient steps (Polyak); every one of them bounds.
    """
    # Sites are stages × settlements; rows sorted by site.
    stage = over.pools["stage"].reindex(around["pool"]).to_numpy()
    key = pd.MultiIndex.from_arrays([stage, around["settlement_id"]])
    at, names = pd.factorize(key, sort=True)
    order = np.argsort(at, kind="stable")
    at, pool = at[order], around["pool"].to_numpy(dtype=np.int64)[order]
    part = around["pupils"].to_numpy(dtype=np.float64)[order]
    room = places.reindex(names.get_level_values(0)).to_numpy(dtype=np.float64)
    amount = over.pools["over"].to_numpy(dtype=np.float64)
    price, best_price = np.zeros(amount.size), np.zeros(amount.size)
    best, step, since = np.inf, 1.0, 0
    for _ in range(_ROUNDS):
        taken, worth = _knapsacks(at, pool, part, room, price)
        top = np.argsort(-worth, kind="stable")[:sites]
        value = float(price @ amount + worth[top].sum())
        best, best_price, since = (
            (value, price, 0) if value < best - 1e-6 else (best, best_price, since + 1)
        )
        if best <= goal * (1 + _CLOSE):
            break
        # A shorter step where the last ten brought nothing.
        step, since = (step / 2, 0) if since == 10 else (step, since)
        chosen = np.isin(at, top)
        slack = amount - np.bincount(pool[chosen], taken[chosen], minlength=amount.size)
        slack[(price <= 0) & (slack > 0)] = 0.0
        length = float(slack @ slack)
        if length == 0.0:
            break
        price = np.clip(price - step * (value - goal) / length * slack, 0.0, 1.0)
    _, worth = _knapsacks(at, pool, part, room, best_price)
    order = np.argsort(-worth, kind="stable")
    table = pd.DataFrame(list(names.take(order)), columns=["stage", "settlement_id"])
    limits = [float(amount.sum()), best if names.size else 0.0]
    if places_in_all is not None:
        limits.append(places_in_all)
    # Pupils are whole; a hair more allows for rounding.
    most = math.floor(min(limits) + 1e-6)
    return Anywhere(most=most, sites=table.assign(worth=worth[order].round(6)))


def _knapsacks(
    at: Ints, pool: Ints, part: Floats, room: Floats, price: Floats
) -> tuple[Floats, Floats]:
    """What each site takes of each pool at some prices, by row, and what that is worth, by site."""
    gain = 1.0 - price[pool]
    # The most worth first; what a row takes is what those before it leave.
    order = np.lexsort((-gain, at))
    ordered = part[order]
    total = np.cumsum(ordered)
    first = np.searchsorted(at, np.arange(room.size))
    before = total - ordered - (total - ordered)[first][at]
    taken = np.zeros(part.size)
    taken[order] = np.clip(room[at] - before, 0.0, ordered)
    taken[gain <= 0] = 0.0
    worth = np.bincount(at, taken * gain, minlength=room.size).astype(np.float64)
    return taken, worth
