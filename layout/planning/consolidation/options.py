"""Where a group may go: every way on foot, by bus or to a bed that keeps the norms.

A pair (group, receiver) goes on foot where the walk keeps the walking limit and the band's
minutes, else by bus where the door-to-door minutes keep the band's limit, else to a bed. A bed is
only for bands from the boarding grade on, and only for a group that has no daily way to any
school of its band but today's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.standards import BANDS, COMPULSORY_GRADES, Standards, limit_minutes
from layout.demand.groups import COMPULSORY_BANDS, boarding_bands, seconds
from layout.network.travel import TravelMatrix

__all__ = ["DAY_TRIPS", "MODES", "Pairs", "added_seconds", "arcs", "bed_pairs", "day_pairs"]

DAY_TRIPS = 2.0
MODES: tuple[str, ...] = ("walk", "bus", "board")
_WALK, _BUS, _BOARD = 0, 1, 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairs:
    """Ways from settlements to schools, sorted by row and column.

    Attributes
    ----------
    row, col
        Positions of the settlement and the school in the indexes they were made for.
    mode
        Position in `MODES`.
    minutes, metres
        One way, door to door.
    over
        True where the way is over the band's limit (only where the limits are dropped).
    """

    row: Ints
    col: Ints
    mode: Ints
    minutes: Floats
    metres: Floats
    over: Bools

    def where(self, keep: Bools) -> Pairs:
        """Only the pairs marked in `keep`."""
        return Pairs(
            row=self.row[keep],
            col=self.col[keep],
            mode=self.mode[keep],
            minutes=self.minutes[keep],
            metres=self.metres[keep],
            over=self.over[keep],
        )

    def to(self, sites: Bools) -> Pairs:
        """Only the pairs that end at the schools marked in `sites`."""
        return self.where(sites[self.col])


def day_pairs(
    walk: TravelMatrix,
    bus: TravelMatrix,
    *,
    settlements: pd.Index,
    schools: pd.Index,
    band: str,
    standards: Standards,
    limited: bool = True,
) -> Pairs:
    """Find all daily ways of a band.

    Parameters
    ----------
    walk, bus
        Ways from settlements to schools.
    settlements, schools
        Ids that rows and columns refer to; others are left out.
    band
        One of the bands of the compulsory stage.
    standards
        Walking limit and the limits in minutes.
    limited
        False adds every other way that the matrices hold, marked `over`.

    Returns
    -------
    Pairs
        At most one way a pair: on foot, else by bus.
    """
    limit_s = int(limit_minutes(standards, band) * 60)
    on_foot = _taken(walk, settlements, schools, _WALK, limit_s)
    on_foot = on_foot.where(on_foot.metres <= standards.walk_limit_m)
    ways = [on_foot, _taken(bus, settlements, schools, _BUS, limit_s)]
    if not limited:
        ways.append(_taken(bus, settlements, schools, _BUS, None))
        ways.append(_taken(walk, settlements, schools, _WALK, None))
    return _first_of(ways, len(schools))


def bed_pairs(
    bus: TravelMatrix,
    *,
    settlements: pd.Index,
    schools: pd.DataFrame,
    standards: Standards,
) -> Pairs:
    """Find all ways to a bed: schools with beds and a canteen within the weekly reach by bus.

    Parameters
    ----------
    bus
        Ways from settlements to schools.
    settlements
        Ids that rows refer to.
    schools
        Columns ``beds`` and ``canteen`` (gate c: lodging and meals); columns of the result refer
        to its index.
    standards
        The reach in minutes.
    """
    reach_s = int(standards.boarding_reach_minutes * 60)
    sleeps = ((schools["beds"] > 0) & schools["canteen"]).to_numpy(dtype=bool)
    ways = _taken(bus, settlements, schools.index, _BOARD, reach_s).to(sleeps)
    return _first_of([ways], len(schools))


def arcs(
    groups: pd.DataFrame,
    day: Mapping[str, Pairs],
    beds: Pairs,
    *,
    settlements: pd.Index,
    schools: pd.Index,
    offered: pd.DataFrame,
    receives: pd.Series,
    standards: Standards,
) -> pd.DataFrame:
    """List every way of every group to another school that teaches its grades.

    Parameters
    ----------
    groups
        Groups that may have to move, from `layout.demand.groups.groups`.
    day, beds
        Ways by band, and ways to a bed, for `settlements` × `schools`.
    settlements, schools
        Ids of the rows and columns of `day` and `beds`.
    offered
        Schools × grades taught, bool, index `schools`.
    receives
        Whether a school may receive anybody, index `schools`.
    standards
        Boarding grade and trips.

    Returns
    -------
    pandas.DataFrame
        Columns group, site, mode, minutes, metres, over, cost (pupil-seconds added a day),
        boarders, bus_seats, worst (seconds added a day for each pupil); sorted by group and site.
    """
    parts = []
    for band in COMPULSORY_BANDS:
        moving = groups[groups["band"] == band]
        if moving.empty:
            continue
        open_to = receives.to_numpy() & offered[list(BANDS[band])].any(axis=1).to_numpy()
        ways = _expand(moving, day[band].to(open_to), settlements, schools, offered)
        parts.append(ways)
        if band in boarding_bands(standards):
            within = ways.loc[~ways["over"].to_numpy(dtype=bool), "group"]
            far = moving[~moving.index.isin(within.unique())]
            sleeping = _expand(far, beds.to(open_to), settlements, schools, offered)
            parts[-1] = _without_doubles(sleeping, ways)
    table = pd.concat(parts, ignore_index=True) if parts else _expand_nothing()
    return _with_costs(table, groups, standards).sort_values(["group", "site"], ignore_index=True)


def added_seconds(
    minutes_before: Floats,
    beyond: Bools,
    boards_before: Bools,
    minutes_after: Floats,
    boards_after: Bools,
    *,
    standards: Standards,
) -> Ints:
    r"""Seconds that a pupil's way to school gets longer a day, never below zero.

    Notes
    -----
    :math:`\max(0, r(t' s') - r(t s))` with one-way seconds s, trips a day t (two for day pupils,
    0.4 for boarders) and r rounding to whole seconds. A way today that is beyond the cut-off is
    longer than any way after, which adds nothing; one that is not known at all counts as none, so
    that the whole new way counts as added.
    """
    trips = np.array([DAY_TRIPS, standards.boarding_trips_per_day])
    before = np.rint(trips[boards_before.astype(int)] * seconds(np.nan_to_num(minutes_before)))
    before = np.where(beyond, np.inf, before)
    after = np.rint(trips[boards_after.astype(int)] * seconds(minutes_after))
    return np.asarray(np.maximum(0, after - before), dtype=np.int64)


def _taken(
    matrix: TravelMatrix, settlements: pd.Index, schools: pd.Index, mode: int, limit_s: int | None
) -> Pairs:
    """Entries of a matrix as pairs; those over the limit are left out, or marked without one."""
    row = settlements.get_indexer(matrix.origins)[matrix.row]
    col = schools.get_indexer(matrix.sites)[matrix.col]
    keep = (row >= 0) & (col >= 0)
    if limit_s is not None:
        keep &= seconds(matrix.minutes) <= limit_s
    n = int(keep.sum())
    return Pairs(
        row=row[keep].astype(np.int64),
        col=col[keep].astype(np.int64),
        mode=np.full(n, mode, dtype=np.int64),
        minutes=matrix.minutes[keep].astype(np.float64),
        metres=matrix.metres[keep].astype(np.float64),
        over=np.full(n, limit_s is None),
    )


def _first_of(ways: list[Pairs], n_schools: int) -> Pairs:
    """Merge; where several hold the same pair, the earlier one counts."""
    row = np.concatenate([way.row for way in ways])
    col = np.concatenate([way.col for way in ways])
    _, first = np.unique(row * n_schools + col, return_index=True)
    return Pairs(
        row=row[first],
        col=col[first],
        mode=np.concatenate([way.mode for way in ways])[first],
        minutes=np.concatenate([way.minutes for way in ways])[first],
        metres=np.concatenate([way.metres for way in ways])[first],
        over=np.concatenate([way.over for way in ways])[first],
    )


def _expand(
    groups: pd.DataFrame,
    pairs: Pairs,
    settlements: pd.Index,
    schools: pd.Index,
    offered: pd.DataFrame,
) -> pd.DataFrame:
    """Give each group the ways of its settlement to the other schools that teach its grades."""
    starts = np.searchsorted(pairs.row, np.arange(len(settlements) + 1))
    home = settlements.get_indexer(pd.Index(groups["settlement_id"]))
    count = np.where(home >= 0, starts[home + 1] - starts[home], 0)
    which = np.repeat(np.arange(len(groups)), count)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    entry = starts[home[which]] + offset
    col = pairs.col[entry]
    needs = groups[[f"n_{grade}" for grade in COMPULSORY_GRADES]].to_numpy() > 0
    taught = offered.loc[schools, list(COMPULSORY_GRADES)].to_numpy()
    today = schools.get_indexer(pd.Index(groups["school_id"]))
    keep = (col != today[which]) & ~(needs[which] & ~taught[col]).any(axis=1)
    which, entry, col = which[keep], entry[keep], col[keep]
    return pd.DataFrame(
        {
            "group": groups.index.take(which),
            "site": schools.take(col),
            "mode": np.array(MODES, dtype=object)[pairs.mode[entry]],
            "minutes": pairs.minutes[entry],
            "metres": pairs.metres[entry],
            "over": pairs.over[entry],
        }
    )


def _expand_nothing() -> pd.DataFrame:
    text, number = pd.Series(dtype="str"), pd.Series(dtype="float64")
    table = pd.DataFrame({"group": text, "site": text, "mode": text.astype(object)})
    return table.assign(minutes=number, metres=number, over=pd.Series(dtype=bool))


def _without_doubles(beds: pd.DataFrame, ways: pd.DataFrame) -> pd.DataFrame:
    """Join ways of a band; to one school, a bed goes before a daily way over the limit."""
    both = pd.concat([beds, ways], ignore_index=True)
    return both[~both.duplicated(["group", "site"])]


def _with_costs(table: pd.DataFrame, groups: pd.DataFrame, standards: Standards) -> pd.DataFrame:
    """Add what the objective counts, in whole numbers."""
    home = groups.index.get_indexer(pd.Index(table["group"]))
    pupils = groups["pupils"].to_numpy()[home]
    boards = (table["mode"] == "board").to_numpy(dtype=bool)
    added = added_seconds(
        groups["minutes_before"].to_numpy(dtype=np.float64)[home],
        groups["beyond"].to_numpy(dtype=bool)[home],
        (groups["mode_before"] == "board").to_numpy(dtype=bool)[home],
        table["minutes"].to_numpy(dtype=np.float64),
        boards,
        standards=standards,
    )
    return table.assign(
        cost=added * pupils,
        boarders=np.where(boards, pupils, 0),
        bus_seats=np.where((table["mode"] == "bus").to_numpy(dtype=bool), pupils, 0),
        worst=added,
    )
