"""Where a group may go: every route on foot, by bus or as boarders that keeps the norms.

A pair (group, receiver) goes on foot where the walk keeps the walking limit and the band's
minutes, else by bus where the door-to-door minutes keep the band's limit, else to board. Only
bands from the boarding grade on may board, and only a group that has no daily route to any other
school of its band than today's. This is what families are told; what a route costs compares the
quickest way today with the quickest way after, see `layout.demand.groups.quickest_minutes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints, in_sorted
from layout.core.standards import BANDS, COMPULSORY_GRADES, Standards
from layout.demand.groups import COMPULSORY_BANDS, boarding_bands, quickest_minutes
from layout.planning.consolidation.costs import route_costs
from layout.planning.consolidation.entries import Entries, near_day
from layout.planning.consolidation.receivers import Receivers

__all__ = ["MODES", "routes"]

MODES: tuple[str, ...] = ("walk", "bus", "board")
_WALK, _BUS, _BOARD = 0, 1, 2


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


def routes(
    groups: pd.DataFrame,
    walk: Entries,
    bus: Entries,
    *,
    settlements: pd.Index,
    receivers: Receivers,
    offered: pd.DataFrame,
    standards: Standards,
    limited: bool = True,
    fed: bool = True,
) -> pd.DataFrame:
    """List every route of every group to another school that may receive it.

    Parameters
    ----------
    groups
        Groups that may have to move, from `layout.demand.groups.groups`.
    walk, bus
        Routes from `settlements` to the schools.
    settlements
        Ids that the rows of the entries refer to.
    receivers
        What each school may take.
    offered
        Schools × grades taught, bool; the columns of the entries refer to its rows.
    standards
        Walking limit, limits in minutes, meal distance, boarding grade and trips.
    limited
        False adds every other route in the matrices, marked ``over``.
    fed
        False lets schools without a canteen take those who need a meal.

    Returns
    -------
    pandas.DataFrame
        Index a RangeIndex; columns group (label of `groups`), site, mode, minutes, metres (what
        the family is told), quickest (minutes that the cost counts), over, and what the objective
        counts in whole numbers: see `ROUTE_COSTS`; sorted by group and site.
    """
    which: list[Ints] = []
    ways: list[Pairs] = []
    facts = _Facts.of(groups, settlements, offered, receivers)
    meals = receivers.feeds() if fed else np.ones_like(receivers.may)
    for band in COMPULSORY_BANDS:
        moving = np.flatnonzero((groups["band"] == band).to_numpy(dtype=bool))
        # Settlements of these groups (one mark more, for position −1), and schools that teach some
        # grade of the band: only routes between them are looked at.
        origins = np.zeros(len(settlements) + 1, dtype=np.bool_)
        origins[facts.row[moving]] = True
        teach = receivers.may & offered[list(BANDS[band])].to_numpy(dtype=bool).any(axis=1)
        on_foot, by_bus = near_day(walk, bus, band=band, standards=standards)
        # Who walks further than the meal distance eats at school.
        eats = meals[walk.col] | (walk.metres <= standards.meal_distance_m)
        # By preference: on foot, by bus, then over the limit by bus and on foot.
        days = [
            _pairs(walk, on_foot & eats, _WALK, origins, teach),
            _pairs(bus, by_bus, _BUS, origins, teach & meals),
        ]
        if not limited:
            days.append(_pairs(bus, ~by_bus, _BUS, origins, teach & meals, over=True))
            days.append(_pairs(walk, ~on_foot & eats, _WALK, origins, teach, over=True))
        group, pairs = _expand(moving, _first_of(days), facts)
        if band in boarding_bands(standards):
            # Groups without any daily route within the limits may board. Where a group could also
            # ride daily to the same school, over the limit, it boards.
            near = bus.within(int(standards.boarding_reach_minutes * 60))
            far = np.setdiff1d(moving, group[~pairs.over])
            beds = teach & receivers.beds & meals
            sleeper, sleeping = _expand(far, _pairs(bus, near, _BOARD, origins, beds), facts)
            # Pairs (group, school) as one number each, so that sorted search compares them.
            taken = np.sort(sleeper * len(offered) + sleeping.col)
            left = ~in_sorted(group * len(offered) + pairs.col, taken)
            group, pairs = group[left], pairs.where(left)
            which.append(sleeper)
            ways.append(sleeping)
        which.append(group)
        ways.append(pairs)
    group, pairs = np.concatenate(which), _joined(ways)
    order = np.lexsort((pairs.col, group))
    group, pairs = group[order], pairs.where(order)
    # The quickest way of each route: a bus may be quicker than the walk that the rule prescribes.
    afoot, ridden = walk.of(pairs.row, pairs.col), bus.of(pairs.row, pairs.col)
    quickest = quickest_minutes(*afoot, ridden[0], standards=standards)
    quickest = np.where(pairs.mode == _BOARD, pairs.minutes, quickest)
    table = pd.DataFrame(
        {
            "group": groups.index.take(group),
            "site": pd.Series(offered.index.take(pairs.col), dtype="str"),
            "mode": np.array(MODES, dtype=object)[pairs.mode],
            "minutes": pairs.minutes,
            "metres": pairs.metres,
            "quickest": quickest,
            "over": pairs.over,
        }
    )
    costs = route_costs(table, groups.iloc[group], receivers.preferred[pairs.col], standards)
    return pd.concat([table, costs], axis=1)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Facts:
    """What decides where groups may go: settlement, grades, school today; and who teaches what.

    By group: `row`, the settlement's position (−1 where unknown), `needs` (× grades) and `today`,
    the school's position. By school: `taught` (× grades) and `county`, its number, where receivers
    lie in the county of the school today.
    """

    row: Ints
    needs: Bools
    today: Ints
    taught: Bools
    county: Ints | None

    @classmethod
    def of(
        cls,
        groups: pd.DataFrame,
        settlements: pd.Index,
        offered: pd.DataFrame,
        receivers: Receivers,
    ) -> _Facts:
        """Read groups in the positions of settlements and schools."""
        return cls(
            row=settlements.get_indexer(pd.Index(groups["settlement_id"])),
            needs=groups[[f"n_{grade}" for grade in COMPULSORY_GRADES]].to_numpy() > 0,
            today=offered.index.get_indexer(pd.Index(groups["school_id"])),
            taught=offered[list(COMPULSORY_GRADES)].to_numpy(dtype=bool),
            county=receivers.county,
        )

    def fits(self, group: Ints, receiver: Ints) -> Bools:
        """Whether receivers teach all grades of groups, lie where they may, and are others."""
        lacking = (self.needs[group] & ~self.taught[receiver]).any(axis=1)
        fits: Bools = (receiver != self.today[group]) & ~lacking
        if self.county is not None:
            fits &= self.county[receiver] == self.county[self.today[group]]
        return fits


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
    fits = facts.fits(group, pairs.col)
    return group[fits], pairs.where(fits)
