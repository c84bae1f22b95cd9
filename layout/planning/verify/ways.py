"""Routes of pairs looked up in the matrices, the rule that families are told, the quickest way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats
from layout.planning.verify.facts import Facts, limit_seconds, whole_seconds

__all__ = ["Ways", "boarded_before", "daily_modes", "quickest", "ways_between"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ways:
    """Both routes of some pairs of a settlement and a school; infinite where there is none.

    Attributes
    ----------
    walk_minutes, walk_metres, bus_minutes, bus_metres
        One way, by pair.
    limit
        Whole seconds that the pair's band may travel daily.
    """

    walk_minutes: Floats
    walk_metres: Floats
    bus_minutes: Floats
    bus_metres: Floats
    limit: Floats


def ways_between(
    facts: Facts, settlements: pd.Series, schools: pd.Series | pd.Index, bands: pd.Series
) -> Ways:
    """Look up the routes of pairs; `bands` has the band of each."""
    walk_minutes, walk_metres = facts.walk.ways_of(settlements, schools)
    bus_minutes, bus_metres = facts.bus.ways_of(settlements, schools)
    return Ways(
        walk_minutes=walk_minutes,
        walk_metres=walk_metres,
        bus_minutes=bus_minutes,
        bus_metres=bus_metres,
        limit=limit_seconds(facts, bands).astype(np.float64),
    )


def daily_modes(facts: Facts, ways: Ways) -> tuple[Bools, Bools]:
    """Whether a pair is walked daily within the limits, and else ridden within them."""
    walks = ways.walk_metres <= facts.study.standards.walk_limit_m
    walks &= whole_seconds(ways.walk_minutes) <= ways.limit
    rides = whole_seconds(ways.bus_minutes) <= ways.limit
    return walks, rides & ~walks


def quickest(facts: Facts, ways: Ways) -> Floats:
    """Minutes of the bus or of a walk within the walking limit, else of any walk."""
    minutes = ways.walk_minutes
    allowed = np.where(ways.walk_metres <= facts.study.standards.walk_limit_m, minutes, np.inf)
    best = np.minimum(allowed, ways.bus_minutes)
    return np.where(np.isinf(best), minutes, best)


def boarded_before(facts: Facts, rows: pd.DataFrame, today: Ways) -> Bools:
    """Whether the pupils of a row board today: old enough, boarders there, the way too long."""
    walks, rides = daily_modes(facts, today)
    # The first grade of a band is its first character.
    old = rows["band"].str[0].astype(int) >= facts.study.standards.boarding_from_grade
    boarders = facts.study.schools["boarders"].reindex(rows["from_school"]).to_numpy() > 0
    return np.asarray(old.to_numpy() & boarders & ~(walks | rides), dtype=bool)
