"""Groups: the undivided unit that a plan moves, with its route to school today.

A group is (settlement, grade band, school attended today). A settlement whose children of one
band attend several schools is several groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import UsageError
from layout.core.standards import BAND_OF_GRADE, BANDS, COMPULSORY_GRADES, Standards, limit_minutes
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix

__all__ = [
    "COMPULSORY_BANDS",
    "assignment_today",
    "boarding_bands",
    "group_counts",
    "groups",
    "quickest_minutes",
    "seconds",
]

COMPULSORY_BANDS: tuple[str, ...] = ("1-3", "4-6", "7-9")
_BAND_OF_GRADE = np.array([COMPULSORY_BANDS.index(BAND_OF_GRADE[g]) for g in COMPULSORY_GRADES])
"""Position of the band of each grade of the compulsory stage."""
# Models compare whole seconds.
SECONDS_PER_MINUTE = 60


def groups(
    study: Study,
    walk: TravelMatrix,
    bus: TravelMatrix,
    *,
    attendance: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather attendance into groups and describe each one's route to school today.

    Parameters
    ----------
    study
        Supplies schools, norms and, by default, the attendance table.
    walk, bus
        Routes from settlements to schools.
    attendance
        Who goes where, columns settlement_id, grade, school_id, pupils; by default the study's.

    Returns
    -------
    pandas.DataFrame
        Index ``group``: positions from 0, by settlement, band and school. Columns settlement_id,
        band, school_id, pupils, ``n_g1`` … ``n_g9``, mode_before (``walk``, ``bus``, ``board``),
        minutes_before, metres_before (one way; missing where the matrices have no route),
        baseline_minutes (the same of the quickest way, what added travel counts from),
        beyond (bool: there is no route although settlement and school both have routes, so that the
        route of today is longer than the cut-off).

    Raises
    ------
    UsageError
        Where there is no attendance: neither given nor in the study.

    Notes
    -----
    On foot within the walking limit, else by bus. Pupils from the boarding grade on, whose day
    route is over the limit or unknown, at a school that has boarders, count as boarders: their
    minutes are those of one weekly trip by bus.
    """
    table = study.attendance if attendance is None else attendance
    if table is None:
        raise UsageError(tr("the study has no attendance table; infer one first"))
    result = group_counts(table)
    norms = study.standards
    routes = _routes(result, walk, bus, norms)
    # Pupils board who are old enough, have no route within the limits, and whose school has
    # boarders.
    has_boarders = study.schools["boarders"].reindex(result["school_id"]).fillna(0).to_numpy() > 0
    may_board = result["band"].isin(boarding_bands(norms)).to_numpy()
    boards = has_boarders & may_board & ~routes.within
    # The weekly trip of a boarder is by bus where there is a bus.
    by_bus = ~routes.walked | (boards & np.isfinite(routes.bus_minutes))
    minutes = _missing(np.where(by_bus, routes.bus_minutes, routes.walk_minutes))
    result["mode_before"] = np.where(boards, "board", np.where(routes.walked, "walk", "bus"))
    result["minutes_before"] = minutes
    result["metres_before"] = _missing(np.where(by_bus, routes.bus_metres, routes.walk_metres))
    # A boarder's baseline is the weekly trip as it is made.
    quickest = quickest_minutes(
        routes.walk_minutes, routes.walk_metres, routes.bus_minutes, standards=norms
    )
    result["baseline_minutes"] = np.where(boards, minutes, _missing(quickest))
    result["beyond"] = np.isnan(minutes) & _routed(walk, bus, result)
    return result


def assignment_today(today: pd.DataFrame) -> pd.DataFrame:
    """Describe today's attendance as an assignment in which every group stays at its school.

    Parameters
    ----------
    today
        From `groups`.

    Returns
    -------
    pandas.DataFrame
        A plan's assignment, one row a group, in the order and with the index of the groups.
    """
    return pd.DataFrame(
        {
            "settlement_id": today["settlement_id"],
            "band": today["band"],
            "pupils": today["pupils"],
            "from_school": today["school_id"],
            "to_school": today["school_id"],
            "mode": "stay",
            "mode_before": today["mode_before"],
            "minutes_before": today["minutes_before"],
            "metres_before": today["metres_before"],
            "baseline_minutes": today["baseline_minutes"],
            "minutes_after": today["minutes_before"],
            "metres_after": today["metres_before"],
        }
    )


def group_counts(attendance: pd.DataFrame) -> pd.DataFrame:
    """Count pupils of the compulsory stage by settlement, band and school.

    Parameters
    ----------
    attendance
        Columns settlement_id, grade, school_id, pupils. Rows without a school are children who
        attend none; they make no group.

    Returns
    -------
    pandas.DataFrame
        Index ``group``: positions from 0, by settlement, band and school; columns settlement_id,
        band, school_id, pupils, ``n_<grade>``.
    """
    attends = (attendance["school_id"] != "") & attendance["grade"].isin(COMPULSORY_GRADES)
    rows = attendance[attends & (attendance["pupils"] > 0)]
    # One whole number a row for settlement, band and school; it sorts as they do.
    settlement, settlements = pd.factorize(rows["settlement_id"].astype("str"), sort=True)
    school, schools = pd.factorize(rows["school_id"].astype("str"), sort=True)
    grade = pd.Index(COMPULSORY_GRADES).get_indexer(pd.Index(rows["grade"]))
    band = _BAND_OF_GRADE[grade]
    key = (settlement * len(COMPULSORY_BANDS) + band) * max(1, len(schools)) + school
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    # Pupils, groups × grades.
    count = np.zeros((len(first), len(COMPULSORY_GRADES)), dtype=np.int64)
    np.add.at(count, (group, grade), rows["pupils"].to_numpy(dtype=np.int64))
    return pd.DataFrame(
        {
            "settlement_id": pd.Series(settlements.take(settlement[first]), dtype="str"),
            "band": pd.Series(np.array(COMPULSORY_BANDS)[band[first]], dtype="str"),
            "school_id": pd.Series(schools.take(school[first]), dtype="str"),
            "pupils": count.sum(axis=1),
            **{f"n_{name}": count[:, at] for at, name in enumerate(COMPULSORY_GRADES)},
        },
        index=pd.RangeIndex(len(first), name="group"),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Routes:
    """Routes to the school of today, one entry a group; minutes and metres are inf without a route.

    `walked` says that the daily route is on foot, `within` that it keeps its limits. Where neither
    route keeps its limit, the bus is taken, else the walk.
    """

    walk_minutes: Floats
    walk_metres: Floats
    bus_minutes: Floats
    bus_metres: Floats
    walked: Bools
    within: Bools


def _routes(
    table: pd.DataFrame, walk: TravelMatrix, bus: TravelMatrix, norms: Standards
) -> _Routes:
    """Choose the daily route of each group: on foot within the limits, else by bus."""
    # Limit of each group in whole seconds.
    limit_s = np.asarray(table["band"].map(_limits_s(norms)), dtype=np.int64)
    # Minutes and metres to the school of today, by group.
    pairs = table["settlement_id"], table["school_id"]
    walk_minutes, walk_metres = walk.ways_of(*pairs)
    bus_minutes, bus_metres = bus.ways_of(*pairs)
    # On foot within both limits: metres and time.
    on_foot = (walk_metres <= norms.walk_limit_m) & _within(walk_minutes, limit_s)
    return _Routes(
        walk_minutes=walk_minutes,
        walk_metres=walk_metres,
        bus_minutes=bus_minutes,
        bus_metres=bus_metres,
        walked=on_foot | (~np.isfinite(bus_minutes) & np.isfinite(walk_minutes)),
        within=on_foot | _within(bus_minutes, limit_s),
    )


def boarding_bands(standards: Standards) -> tuple[str, ...]:
    """Bands of the compulsory stage whose grades may all board."""
    return tuple(
        band
        for band in COMPULSORY_BANDS
        if min(int(grade[1:]) for grade in BANDS[band]) >= standards.boarding_from_grade
    )


def quickest_minutes(
    walk_minutes: Floats, walk_metres: Floats, bus_minutes: Floats, *, standards: Standards
) -> Floats:
    """Minutes of the quickest way: on foot within the walking limit or by bus, else on foot.

    What families are told is a rule (on foot within the limits, else by bus), and a rule is no
    measure: a walk today set against a bus tomorrow would make a longer way look shorter. So
    added travel compares the quickest way of both states. Slower walkers never make it shorter.

    Parameters
    ----------
    walk_minutes, walk_metres, bus_minutes
        One way, by pair; infinite where there is no route.
    standards
        The walking limit in metres.

    Returns
    -------
    numpy.ndarray
        Minutes by pair, infinite where there is no route at all.
    """
    near = np.where(walk_metres <= standards.walk_limit_m, walk_minutes, np.inf)
    best = np.minimum(near, bus_minutes)
    return np.asarray(np.where(np.isfinite(best), best, walk_minutes), dtype=np.float64)


def seconds(minutes: npt.NDArray[np.floating]) -> Ints:
    """Whole seconds of finite minutes; the unit in which models add and compare."""
    return np.rint(np.asarray(minutes, dtype=np.float64) * SECONDS_PER_MINUTE).astype(np.int64)


def _routed(walk: TravelMatrix, bus: TravelMatrix, table: pd.DataFrame) -> Bools:
    """Whether both ends of each group's route have any route at all, on foot or by bus."""
    routed = np.zeros(len(table), dtype=np.bool_)
    for matrix in (walk, bus):
        # Status of the settlement and of the school of each group.
        start = (matrix.origin_status == "ok").reindex(table["settlement_id"], fill_value=False)
        end = (matrix.site_status == "ok").reindex(table["school_id"], fill_value=False)
        routed |= start.to_numpy(dtype=bool) & end.to_numpy(dtype=bool)
    return routed


def _limits_s(standards: Standards) -> dict[str, int]:
    return {
        band: int(limit_minutes(standards, band) * SECONDS_PER_MINUTE) for band in COMPULSORY_BANDS
    }


def _within(minutes: npt.NDArray[np.floating], limit_s: Ints) -> Bools:
    # Infinite minutes cannot be rounded: they are masked first.
    finite = np.isfinite(minutes)
    return np.asarray(finite & (seconds(np.where(finite, minutes, 0.0)) <= limit_s), dtype=np.bool_)


def _missing(values: npt.NDArray[np.floating]) -> Floats:
    """Turn the matrices' infinity into a missing value, as tables have it."""
    result = np.asarray(values, dtype=np.float64).copy()
    result[~np.isfinite(result)] = np.nan
    return result
