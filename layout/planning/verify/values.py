"""What each moved group adds to the objective's levels, counted again from its row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats
from layout.core.standards import STAGES
from layout.core.text import tr
from layout.planning.verify.facts import Facts, seconds_before, whole_seconds
from layout.planning.verify.ways import Ways, boarded_before, quickest, ways_between

__all__ = [
    "WORST",
    "added_minutes",
    "level_values",
    "objective_failures",
]

WORST = "worst_added_seconds"
LEADING = {
    "minutes": "added_pupil_seconds",
    "metres": "added_pupil_metres",
    "bus_seats": "bus_seats",
}


def _added_seconds(facts: Facts, rows: pd.DataFrame, ways: Ways, boards: Bools) -> Floats:
    """Seconds a day that each pupil of a row travels more, quickest way against quickest way."""
    weekly = facts.study.standards.boarding_trips_per_day
    before, boarded = _quickest_before(facts, rows)
    after = np.where(boards, whole_seconds(ways.bus_minutes), whole_seconds(quickest(facts, ways)))
    # New boarders count as if they went daily.
    a_day = np.rint(np.where(boards & boarded, weekly, 2.0) * after)
    a_day_before = np.rint(np.where(boarded, weekly, 2.0) * before)
    return np.asarray(np.maximum(0.0, a_day - a_day_before), dtype=np.float64)


def added_minutes(facts: Facts, rows: pd.DataFrame) -> Floats:
    """Minutes one way that each row's pupils travel more, quickest way against quickest way."""
    ways = ways_between(facts, rows["settlement_id"], rows["to_school"], rows["band"])
    boards = (rows["mode"] == "board").to_numpy(dtype=bool)
    after = np.where(boards, ways.bus_minutes, quickest(facts, ways))
    today = _today(facts, rows)
    before = quickest(facts, today)
    told = rows["minutes_before"].to_numpy(dtype=float)
    unknown = np.where(np.isinf(seconds_before(facts, rows)), np.inf, 0.0)
    told = np.where(np.isnan(told), unknown, told)
    before = np.where(boarded_before(facts, rows, today) | np.isinf(before), told, before)
    return np.maximum(0.0, after - before)


def _quickest_before(facts: Facts, rows: pd.DataFrame) -> tuple[Floats, Bools]:
    """One-way seconds of the quickest way today (inf beyond the cut-off), and who boards."""
    today = _today(facts, rows)
    boarded = boarded_before(facts, rows, today)
    told = seconds_before(facts, rows)
    seconds = whole_seconds(quickest(facts, today))
    # Without any route the told seconds say whether that is far or unknown.
    return np.where(boarded | np.isinf(seconds), told, seconds), boarded


def _today(facts: Facts, rows: pd.DataFrame) -> Ways:
    return ways_between(facts, rows["settlement_id"], rows["from_school"], rows["band"])


def level_values(
    facts: Facts, rows: pd.DataFrame, to_school: pd.Index, mode: np.ndarray
) -> dict[str, Floats]:
    """Every level's value of each row, were it to go to a school by a mode.

    `rows` are rows of the assignment; `to_school` and `mode` have one entry for each.
    """
    norms = facts.study.standards
    ways = ways_between(facts, rows["settlement_id"], to_school, rows["band"])
    boards, walks = mode == "board", mode == "walk"
    pupils = rows["pupils"].to_numpy(dtype=float)
    added = _added_seconds(facts, rows, ways, boards)
    # The way that the family is told, seconds and metres one way.
    seconds = whole_seconds(np.where(walks, ways.walk_minutes, ways.bus_minutes))
    metres = np.rint(np.where(walks, ways.walk_metres, ways.bus_metres))
    today = _today(facts, rows)
    boarded = boarded_before(facts, rows, today)
    metres_today = np.nan_to_num(rows["metres_before"].to_numpy(dtype=float))
    trips = np.where(boards & boarded, norms.boarding_trips_per_day, 2.0)
    trips_today = np.where(boarded, norms.boarding_trips_per_day, 2.0)
    more = np.rint(trips * metres) - np.rint(trips_today * np.rint(metres_today))
    beyond = np.isinf(seconds_before(facts, rows))
    walked = (rows["mode_before"] == "walk").to_numpy()
    junior = (rows["band"] == "7-9").to_numpy(dtype=bool)
    spared = junior | _preferred(facts).reindex(to_school).to_numpy(dtype=bool)
    return {
        "added_pupil_seconds": added * pupils,
        "added_pupil_metres": np.where(beyond, 0.0, np.maximum(0.0, more)) * pupils,
        "boarders": np.where(boards, pupils, 0.0),
        "lose_walking": np.where(walked & ~walks, pupils, 0.0),
        "bus_seats": np.where(walks, 0.0, pupils),
        WORST: added,
        "pupils_to_other_receivers": np.where(spared, 0.0, pupils),
        "pupil_seconds_after": np.rint(trips * seconds) * pupils,
        "pupil_metres_after": np.rint(trips * metres) * pupils,
    }


def _preferred(facts: Facts) -> pd.Series:
    """Whether the lever prefers each school as a receiver; all, where it is not set."""
    schools, lever = facts.study.schools, facts.options.prefer_receivers
    if lever == "complete":
        whole = facts.teaches[list(STAGES["primary"])].all(axis=1)
        kinds = schools["type_code"].isin(["211", "312", "345"])
        complete: pd.Series = whole & kinds & (schools["ownership"] != "private")
        return complete
    if lever == "centre":
        return pd.Series(schools.index.isin(schools["centre_school_id"].unique()), schools.index)
    return pd.Series(data=True, index=schools.index)


def objective_failures(facts: Facts) -> Iterator[str]:
    """The run's objective and further levels, added up again from the rows."""
    run = facts.plan.run_of("closures")
    if run is None or run.objective is None:
        return
    moved = facts.moved
    values = level_values(facts, moved, pd.Index(moved["to_school"]), moved["mode"].to_numpy())
    # Sums over the rows, or the largest.
    recomputed = {
        name: float(value.max(initial=0.0) if name == WORST else value.sum())
        for name, value in values.items()
    }
    stated = [
        *run.detail.items(),
        (LEADING[facts.options.objective], run.objective),
        *((level.level, level.objective) for level in run.levels),
    ]
    missing = sorted(set(recomputed) - {name for name, _ in stated})
    if missing:
        yield tr("the run does not say {name}", name=", ".join(missing))
    for name, told in stated:
        value = recomputed.get(name, told)
        if abs(told - value) > 0.5:
            yield tr(
                "{name} is {told} in the run and {value} by the rows",
                name=name,
                told=told,
                value=value,
            )
    if run.bound is not None and run.bound > run.objective + 0.5:
        yield tr("the proved bound lies above the objective")
