"""What a route costs, in the whole numbers that the objective adds up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.standards import Standards
from layout.demand.groups import seconds

__all__ = ["DAY_TRIPS", "ROUTE_COSTS", "added_seconds", "route_costs"]

DAY_TRIPS = 2.0

ROUTE_COSTS: Mapping[str, str] = MappingProxyType(
    {
        "cost": "pupil-seconds added a day, quickest way against quickest way",
        "added_metres": "pupil-metres added a day",
        "boarders": "pupils who board",
        "lose_walking": "pupils who walk today and no longer will",
        "bus_seats": "pupils who go by bus, boarders among them",
        "worst": "seconds added a day for each pupil",
        "small_receivers": "pupils of primary grades sent to a school that is not preferred",
        "seconds_after": "pupil-seconds a day on the way that the family is told",
        "metres_after": "pupil-metres a day on that way",
    }
)
"""Columns of `routes` that the objective counts, all whole numbers."""


def added_seconds(
    baseline_minutes: Floats,
    beyond: Bools,
    boards_before: Bools,
    quickest: Floats,
    boards_after: Bools,
    *,
    standards: Standards,
) -> Ints:
    r"""Seconds that a pupil travels more a day than today, never below zero.

    Notes
    -----
    :math:`\max(0, r(t' s') - r(t s))` with one-way seconds s of the quickest way, trips a day t
    and r rounding to whole seconds. Trips are two for day pupils, and 0.4 for pupils who board
    today. Who has to board because the school closes counts as if the way were daily: a bed spares
    the child the way, not the distance from home, and a sum of weekly trips would send children
    to beds because it is small. A route today that is
    beyond the cut-off is longer than any route after, which adds nothing; one that is not known at
    all counts as none, so that the whole new route counts as added.
    """
    before = _a_day(seconds(np.nan_to_num(baseline_minutes)), boards_before, standards)
    before = np.where(beyond, np.inf, before)
    # Only who boards today goes weekly in the sums after.
    after = _a_day(seconds(quickest), boards_after & boards_before, standards)
    return np.asarray(np.maximum(0, after - before), dtype=np.int64)


def _a_day(one_way: Ints, boards: Bools, standards: Standards) -> Ints:
    """Whole seconds or metres a day: trips a day × one way."""
    trips = np.array([DAY_TRIPS, standards.boarding_trips_per_day])
    return np.asarray(np.rint(trips[boards.astype(int)] * one_way), dtype=np.int64)


def route_costs(
    table: pd.DataFrame, of: pd.DataFrame, preferred: Bools, standards: Standards
) -> pd.DataFrame:
    """What the objective counts of each route, `ROUTE_COSTS`; `of` has the group of each."""
    # By route: pupils, whether they board after and before, seconds added a day for each of them.
    pupils = of["pupils"].to_numpy(dtype=np.int64)
    boards = (table["mode"] == "board").to_numpy(dtype=bool)
    boarded = (of["mode_before"] == "board").to_numpy(dtype=bool)
    beyond = of["beyond"].to_numpy(dtype=bool)
    added = added_seconds(
        of["baseline_minutes"].to_numpy(dtype=np.float64),
        beyond,
        boarded,
        table["quickest"].to_numpy(dtype=np.float64),
        boards,
        standards=standards,
    )
    # Metres of the ways that families are told, a day; like minutes, unknown ones count as none.
    metres_before = np.nan_to_num(of["metres_before"].to_numpy(dtype=np.float64))
    before = _a_day(np.rint(metres_before).astype(np.int64), boarded, standards)
    metres = np.rint(table["metres"].to_numpy(dtype=np.float64)).astype(np.int64)
    metres_after = _a_day(metres, boards & boarded, standards)
    more_metres = np.where(beyond, 0, np.maximum(0, metres_after - before))
    walked = (of["mode_before"] == "walk").to_numpy(dtype=bool)
    walks = (table["mode"] == "walk").to_numpy(dtype=bool)
    # Junior pupils have no small school of their own kind to be spared.
    spared = preferred | (of["band"] == "7-9").to_numpy(dtype=bool)
    one_way = seconds(table["minutes"].to_numpy(dtype=np.float64))
    after = _a_day(one_way, boards & boarded, standards)
    return pd.DataFrame(
        {
            "cost": added * pupils,
            "added_metres": more_metres * pupils,
            "boarders": np.where(boards, pupils, 0),
            "lose_walking": np.where(walked & ~walks, pupils, 0),
            # A boarder takes a seat too, on the days of the trip.
            "bus_seats": np.where(walks, 0, pupils),
            "worst": added,
            "small_receivers": np.where(spared, 0, pupils),
            "seconds_after": after * pupils,
            "metres_after": metres_after * pupils,
        }
    )
