"""Where a group may go: every route on foot, by bus or as boarders that keeps the norms.

A pair (group, receiver) goes on foot where the walk keeps the walking limit and the band's
minutes, else by bus where the door-to-door minutes keep the band's limit, else to board. Only
bands from the boarding grade on may board, and only a group that has no daily route to any other
school of its band than today's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints, in_sorted
from layout.core.standards import BANDS, COMPULSORY_GRADES, Standards, limit_minutes
from layout.demand.groups import COMPULSORY_BANDS, boarding_bands, seconds
from layout.network.travel import TravelMatrix

__all__ = [
    "DAY_TRIPS",
    "MODES",
    "Entries",
    "added_seconds",
    "entries",
    "near_bed",
    "near_day",
    "routes",
]

DAY_TRIPS = 2.0
MODES: tuple[str, ...] = ("walk", "bus", "board")
_WALK, _BUS, _BOARD = 0, 1, 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Entries:
    """Entries of a travel matrix between known settlements and schools, sorted by row and column.

    Attributes
    ----------
    row, col
        Positions of the settlement and the school in the indexes they were built for.
    seconds, minutes, metres
        One way, door to door; as the matrix holds them, and in whole seconds.
    """

    row: npt.NDArray[np.integer]
    col: npt.NDArray[np.integer]
    seconds: Ints
    minutes: npt.NDArray[np.floating]
    metres: npt.NDArray[np.floating]

    def within(self, limit_s: int, *, metres: float = np.inf) -> Bools:
        """Mark the entries of at most so many seconds and metres."""
        near: Bools = self.seconds <= limit_s
        if metres < np.inf:
            near &= self.metres <= np.float64(metres)
        return near


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairs:
    """Routes from settlements to schools, sorted by row and column.

    Attributes
    ----------
    row, col
        Positions of the settlement and the school in the indexes they were built for.
    mode
        Position in `MODES`.
    minutes, metres
        One way, door to door.
    over
        True where the route is over the band's limit (only where the limits are dropped).
    """

    row: Ints
    col: Ints
    mode: Ints
    minutes: Floats
    metres: Floats
    over: Bools

    def where(self, keep: Bools | Ints) -> Pairs:
        """Only the pairs that a mask marks, or those at given positions, in their order."""
        return Pairs(
            row=self.row[keep],
            col=self.col[keep],
            mode=self.mode[keep],
            minutes=self.minutes[keep],
            metres=self.metres[keep],
            over=self.over[keep],
        )


def entries(matrix: TravelMatrix, *, settlements: pd.Index, schools: pd.Index) -> Entries:
    """Read a travel matrix in the positions of a study.

    Parameters
    ----------
    matrix
        Routes from settlements to schools.
    settlements, schools
        Ids, sorted, that rows and columns refer to; others are left out.
    """
    # Positions by entry, −1 where an end is unknown; 32 bits, as there are millions of them.
    row = settlements.get_indexer(matrix.origins).astype(np.int32)[matrix.row]
    col = schools.get_indexer(matrix.sites).astype(np.int32)[matrix.col]
    known = np.flatnonzero((row >= 0) & (col >= 0))
    minutes = matrix.minutes[known]
    return Entries(
        row=row[known],
        col=col[known],
        seconds=seconds(minutes),
        minutes=minutes,
        metres=matrix.metres[known],
    )


def near_day(
    walk: Entries, bus: Entries, *, band: str, standards: Standards
) -> tuple[Bools, Bools]:
    """Mark the ways on foot and by bus that a band may take daily; limits of the norms."""
    limit_s = int(limit_minutes(standards, band) * 60)
    return walk.within(limit_s, metres=standards.walk_limit_m), bus.within(limit_s)


def near_bed(bus: Entries, *, schools: pd.DataFrame, standards: Standards) -> Bools:
    """Mark the routes of boarders: to schools with beds and a canteen, within the weekly reach.

    Parameters
    ----------
    bus
        Routes from settlements to schools.
    schools
        Columns ``beds`` and ``canteen`` (gate c: lodging and meals), in the order that the columns
        of `bus` refer to.
    standards
        The reach in minutes.
    """
    # By school; then by entry of the bus matrix.
    sleeps = ((schools["beds"] > 0) & schools["canteen"]).to_numpy(dtype=bool)
    near = bus.within(int(standards.boarding_reach_minutes * 60))
    return np.asarray(near & sleeps[bus.col], dtype=np.bool_)


def routes(
    groups: pd.DataFrame,
    walk: Entries,
    bus: Entries,
    *,
    settlements: pd.Index,
    schools: pd.DataFrame,
    offered: pd.DataFrame,
    standards: Standards,
    limited: bool = True,
) -> pd.DataFrame:
    """List every route of every group to another public school that teaches its grades.

    Parameters
    ----------
    groups
        Groups that may have to move, from `layout.demand.groups.groups`.
    walk, bus
        Routes from `settlements` to `schools`.
    settlements
        Ids that the rows of the entries refer to.
    schools
        Columns ownership, beds, canteen; the columns of the entries refer to its rows.
    offered
        Schools × grades taught, bool, in the same order.
    standards
        Walking limit, limits in minutes, boarding grade and trips.
    limited
        False adds every other route in the matrices, marked ``over``.

    Returns
    -------
    pandas.DataFrame
        Index a RangeIndex; columns group (label of `groups`), site, mode, minutes, metres, over,
        cost (pupil-seconds added a day), boarders, bus_seats, worst (seconds added a day for each
        pupil); sorted by group and site.
    """
    which: list[Ints] = []
    ways: list[Pairs] = []
    facts = _Facts.of(groups, settlements, offered)
    receives = (schools["ownership"] != "private").to_numpy(dtype=bool)
    for band in COMPULSORY_BANDS:
        moving = np.flatnonzero((groups["band"] == band).to_numpy(dtype=bool))
        # Settlements of these groups (one mark more, for position −1), and schools that teach some
        # grade of the band: only routes between them are looked at.
        origins = np.zeros(len(settlements) + 1, dtype=np.bool_)
        origins[facts.row[moving]] = True
        receivers = receives & offered[list(BANDS[band])].to_numpy(dtype=bool).any(axis=1)
        on_foot, by_bus = near_day(walk, bus, band=band, standards=standards)
        # By preference: on foot, by bus, then over the limit by bus and on foot.
        days = [
            _pairs(walk, on_foot, _WALK, origins, receivers),
            _pairs(bus, by_bus, _BUS, origins, receivers),
        ]
        if not limited:
            days.append(_pairs(bus, ~by_bus, _BUS, origins, receivers, over=True))
            days.append(_pairs(walk, ~on_foot, _WALK, origins, receivers, over=True))
        group, pairs = _expand(moving, _first_of(days), facts)
        if band in boarding_bands(standards):
            # Groups without any daily route within the limits may board. Where a group could also
            # ride daily to the same school, over the limit, it boards.
            near = near_bed(bus, schools=schools, standards=standards)
            far = np.setdiff1d(moving, group[~pairs.over])
            sleeper, sleeping = _expand(far, _pairs(bus, near, _BOARD, origins, receivers), facts)
            # Pairs (group, school) as one number each, so that sorted search compares them.
            taken = np.sort(sleeper * len(offered) + sleeping.col)
            left = ~in_sorted(group * len(offered) + pairs.col, taken)
            group, pairs = group[left], pairs.where(left)
            which.append(sleeper)
            ways.append(sleeping)
        which.append(group)
        ways.append(pairs)
    return _table(np.concatenate(which), _joined(ways), groups, offered.index, standards)


def added_seconds(
    minutes_before: Floats,
    beyond: Bools,
    boards_before: Bools,
    minutes_after: Floats,
    boards_after: Bools,
    *,
    standards: Standards,
) -> Ints:
    r"""Seconds that a pupil travels more a day than today, never below zero.

    Notes
    -----
    :math:`\max(0, r(t' s') - r(t s))` with one-way seconds s, trips a day t (two for day pupils,
    0.4 for boarders) and r rounding to whole seconds. A route today that is beyond the cut-off
    is longer than any route after, which adds nothing; one that is not known at all counts as
    none, so that the whole new route counts as added.
    """
    # Whole seconds a day by route: trips a day × seconds one way.
    trips = np.array([DAY_TRIPS, standards.boarding_trips_per_day])
    before = np.rint(trips[boards_before.astype(int)] * seconds(np.nan_to_num(minutes_before)))
    before = np.where(beyond, np.inf, before)
    after = np.rint(trips[boards_after.astype(int)] * seconds(minutes_after))
    return np.asarray(np.maximum(0, after - before), dtype=np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Facts:
    """What decides where groups may go: settlement, grades, school today; and who teaches what.

    By group: `row`, the settlement's position (−1 where unknown), `needs` (× grades) and `today`,
    the school's position. By school: `taught` (× grades).
    """

    row: Ints
    needs: Bools
    today: Ints
    taught: Bools

    @classmethod
    def of(cls, groups: pd.DataFrame, settlements: pd.Index, offered: pd.DataFrame) -> _Facts:
        """Read groups in the positions of settlements and schools."""
        return cls(
            row=settlements.get_indexer(pd.Index(groups["settlement_id"])),
            needs=groups[[f"n_{grade}" for grade in COMPULSORY_GRADES]].to_numpy() > 0,
            today=offered.index.get_indexer(pd.Index(groups["school_id"])),
            taught=offered[list(COMPULSORY_GRADES)].to_numpy(dtype=bool),
        )


def _pairs(
    ways: Entries, keep: Bools, mode: int, origins: Bools, receivers: Bools, *, over: bool = False
) -> Pairs:
    """Entries that are kept, from marked settlements to marked schools, as pairs of one mode."""
    # Positions of the entries, few of millions: each test looks only at what the one before left.
    at = np.flatnonzero(keep)
    at = at[origins[ways.row[at]]]
    at = at[receivers[ways.col[at]]]
    return Pairs(
        row=ways.row[at].astype(np.int64),
        col=ways.col[at].astype(np.int64),
        mode=np.full(at.size, mode, dtype=np.int64),
        minutes=ways.minutes[at].astype(np.float64),
        metres=ways.metres[at].astype(np.float64),
        over=np.full(at.size, over),
    )


def _joined(parts: list[Pairs]) -> Pairs:
    """Pairs one after the other."""
    return Pairs(
        row=np.concatenate([pairs.row for pairs in parts]),
        col=np.concatenate([pairs.col for pairs in parts]),
        mode=np.concatenate([pairs.mode for pairs in parts]),
        minutes=np.concatenate([pairs.minutes for pairs in parts]),
        metres=np.concatenate([pairs.metres for pairs in parts]),
        over=np.concatenate([pairs.over for pairs in parts]),
    )


def _first_of(ways: list[Pairs]) -> Pairs:
    """Merge; where several hold the same pair, the earlier one counts."""
    # Pairs (row, col) as one number each, smaller than `width` times the rows.
    width = 1 + max((int(way.col.max(initial=0)) for way in ways), default=0)
    keys = [way.row * width + way.col for way in ways]
    # Each list has a pair once, so that a pair is new where no earlier list has its key.
    seen = np.zeros(0, dtype=np.int64)
    parts = []
    for position, key in enumerate(keys):
        new = ~in_sorted(key, seen)
        keys[position] = key[new]
        parts.append(ways[position].where(new))
        seen = np.sort(np.concatenate([seen, keys[position]]), kind="stable")
    return _joined(parts).where(np.argsort(np.concatenate(keys), kind="stable"))


def _expand(which: Ints, pairs: Pairs, facts: _Facts) -> tuple[Ints, Pairs]:
    """Give each of some groups the pairs of its settlement to other schools that teach its grades.

    Returns the group of each pair, and the pairs.
    """
    # Pairs are sorted by row: those of a settlement lie between two bounds. Shape (groups,).
    row = facts.row[which]
    start = np.searchsorted(pairs.row, row)
    count = np.where(row >= 0, np.searchsorted(pairs.row, row, side="right") - start, 0)
    # Entry by entry: the group, and the pair's place counted from the first of its settlement.
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    group, pairs = np.repeat(which, count), pairs.where(np.repeat(start, count) + offset)
    # By pair × grade: grades that the group needs and the school does not teach.
    lacking = (facts.needs[group] & ~facts.taught[pairs.col]).any(axis=1)
    fits = (pairs.col != facts.today[group]) & ~lacking
    return group[fits], pairs.where(fits)


def _table(
    group: Ints, pairs: Pairs, groups: pd.DataFrame, schools: pd.Index, standards: Standards
) -> pd.DataFrame:
    """Routes with what the objective counts, in whole numbers, sorted by group and school."""
    order = np.lexsort((pairs.col, group))
    group, pairs = group[order], pairs.where(order)
    # By route, in the order of the pairs; `added` is seconds a day for each pupil.
    pupils = groups["pupils"].to_numpy(dtype=np.int64)[group]
    boards = pairs.mode == _BOARD
    added = added_seconds(
        groups["minutes_before"].to_numpy(dtype=np.float64)[group],
        groups["beyond"].to_numpy(dtype=bool)[group],
        (groups["mode_before"] == "board").to_numpy(dtype=bool)[group],
        pairs.minutes,
        boards,
        standards=standards,
    )
    return pd.DataFrame(
        {
            "group": groups.index.take(group),
            "site": pd.Series(schools.take(pairs.col), dtype="str"),
            "mode": np.array(MODES, dtype=object)[pairs.mode],
            "minutes": pairs.minutes,
            "metres": pairs.metres,
            "over": pairs.over,
            "cost": added * pupils,
            "boarders": np.where(boards, pupils, 0),
            "bus_seats": np.where(pairs.mode == _BUS, pupils, 0),
            "worst": added,
        }
    )
