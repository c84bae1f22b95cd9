"""Every route that a moved group could take: looked up again, by the rule of modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Ints
from layout.core.standards import COMPULSORY_GRADES
from layout.planning.verify.facts import Facts, whole_seconds
from layout.planning.verify.receivers import may_receive, meals_refused
from layout.planning.verify.ways import daily_modes, ways_between

__all__ = ["Options", "options_of"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Options:
    """Routes that rows could take: the row's position, the school, the mode, whether within limits.

    Schools that the plan closes are among them.
    """

    row: Ints
    school: pd.Index
    mode: np.ndarray
    within: Bools

    def where(self, keep: Bools) -> Options:
        """Only the routes that are marked."""
        at = np.flatnonzero(keep)
        return Options(
            row=self.row[at],
            school=self.school.take(at),
            mode=self.mode[at],
            within=self.within[at],
        )


def options_of(facts: Facts, rows: pd.DataFrame) -> Options:
    """List the routes of rows of the assignment to every other school that may take them.

    On foot within the limits, else by bus within them, else to a bed where no school is within
    daily reach; with the limits dropped, else by bus or on foot however far.
    """
    norms, schools = facts.study.standards, facts.study.schools
    row, school = _pairs(facts, rows)
    ways = ways_between(
        facts,
        rows["settlement_id"].take(row),
        school,
        rows["band"].take(row),
    )
    # By pair: whether a meal that is needed is refused, on foot only beyond the meal distance.
    hungry = meals_refused(facts, school, np.ones(row.size, dtype=bool))
    afoot = ~(hungry & (ways.walk_metres > norms.meal_distance_m))
    walks, rides = daily_modes(facts, ways)
    walks, rides = walks & afoot, rides & ~hungry
    # Rows without any daily route may board, from the boarding grade on.
    far = np.ones(len(rows), dtype=bool)
    far[row[walks | rides]] = False
    far &= (rows["band"].str[0].astype(int) >= norms.boarding_from_grade).to_numpy(dtype=bool)
    boards = far[row] & ~hungry & (schools["beds"] > 0).reindex(school).to_numpy(dtype=bool)
    boards &= whole_seconds(ways.bus_minutes) <= int(60 * norms.boarding_reach_minutes)
    mode = np.where(walks, "walk", np.where(rides, "bus", np.where(boards, "board", "")))
    within = mode != ""
    if not facts.limited:
        ridden = np.where(np.isfinite(ways.bus_minutes) & ~hungry, "bus", "")
        walked = np.where(np.isfinite(ways.walk_minutes) & afoot, "walk", "")
        mode = np.where(within, mode, np.where(ridden != "", ridden, walked))
    return Options(row=row, school=school, mode=mode, within=within).where(mode != "")


def _pairs(facts: Facts, rows: pd.DataFrame) -> tuple[Ints, pd.Index]:
    """Rows, by position, and schools that may take them: grades, county, levers, another school."""
    schools = facts.study.schools
    receivers = schools.index[may_receive(facts)]
    # Rows × receivers: no grade with pupils that is not taught.
    needs = (rows[list(COMPULSORY_GRADES)].to_numpy() > 0).astype(np.int64)
    lacks = (~facts.teaches.reindex(receivers).to_numpy(dtype=bool)).astype(np.int64)
    fits = (needs @ lacks.T) == 0
    if not facts.options.across_counties:
        home = schools["county_code"].reindex(rows["from_school"]).to_numpy(dtype=object)
        there = schools["county_code"].reindex(receivers).to_numpy(dtype=object)
        fits &= home[:, None] == there[None, :]
    fits &= rows["from_school"].to_numpy(dtype=object)[:, None] != receivers.to_numpy(dtype=object)
    row, col = np.nonzero(fits)
    return row.astype(np.int64), receivers.take(col)
