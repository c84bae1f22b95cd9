"""Attendance inferred from its margins, for a study that has no table of who goes where.

The children of each settlement and the pupils of each school are known; who goes where is not.
The inferred table keeps both margins exactly, in whole pupils, sends as many as possible to a
school within reach, and then with the least travel. It is a model of attendance, not a record:
whatever rests on it is marked as inferred.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from layout.core.errors import InputError
from layout.core.problems import problem
from layout.core.standards import BAND_OF_GRADE, GRADES
from layout.demand.access import Reach, reach
from layout.demand.demography import children, school_year
from layout.demand.groups import seconds
from layout.inputs.study.study import Study
from layout.location import serve
from layout.network.travel import TravelMatrix

__all__ = ["with_attendance"]

NEAREST = 40
"""Schools of a grade, nearest first, to which the children of one settlement may be sent."""

COLUMNS = ("settlement_id", "grade", "school_id", "pupils")


def with_attendance(study: Study, walk: TravelMatrix, bus: TravelMatrix) -> Study:
    """Return the study with attendance; inferred, marked and warned about where none is given.

    Parameters
    ----------
    study
        The study as read.
    walk, bus
        Ways from settlements to schools.

    Returns
    -------
    Study
        Its attendance has the columns settlement_id, grade, school_id, pupils (whole, > 0),
        sorted. For every grade the pupils of a school add up to its own number, and the pupils of
        a settlement, together with the row of school ``""`` (children who attend none), to its
        children of that age.

    Raises
    ------
    InputError
        Where the schools have more pupils of a grade than there are children of its age.

    Notes
    -----
    Three rounds for each grade: ways within the band's limits, then any way in the matrices, then
    straight lines. Each round fills as many remaining places as can be filled and, given that,
    takes the least time in total (`layout.location.serve`). Every settlement is offered its
    nearest 40 schools in the first two rounds.
    """
    if study.attendance is not None:
        return study
    table, far = _inferred(study, walk, bus)
    total = int(table.loc[table["school_id"] != "", "pupils"].sum())
    warning = problem("attendance-inferred", total=total, far=far)
    return replace(
        study, attendance=table, attendance_inferred=True, warnings=(*study.warnings, warning)
    )


def _inferred(study: Study, walk: TravelMatrix, bus: TravelMatrix) -> tuple[pd.DataFrame, int]:
    counts = children(study, school_year(study))
    _check_totals(study, counts)
    ways: dict[str, tuple[pd.DataFrame, ...]] = {}
    parts, far = [], 0
    for grade in GRADES:
        band = BAND_OF_GRADE[grade]
        if band not in ways:
            within = reach(study, band, walk=walk, bus=bus)
            ways[band] = (_costs(within), _anyway(walk, bus))
        part, beyond = _grade(study, grade, counts[grade], ways[band])
        far += beyond
        parts.append(part.assign(grade=grade))
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    return table.sort_values(list(COLUMNS[:3]), ignore_index=True), far


def _check_totals(study: Study, counts: pd.DataFrame) -> None:
    problems = []
    for grade in GRADES:
        pupils, residents = int(study.schools[f"pupils_{grade}"].sum()), int(counts[grade].sum())
        if pupils > residents:
            problems.append(
                problem(
                    "more-pupils-than-children:inferred",
                    column=f"pupils_{grade}",
                    value=pupils,
                    pupils=pupils,
                    grade=grade,
                    children=residents,
                )
            )
    if problems:
        raise InputError(*problems)


def _grade(
    study: Study, grade: str, residents: pd.Series, ways: tuple[pd.DataFrame, ...]
) -> tuple[pd.DataFrame, int]:
    """The rows of one grade, and how many of its pupils go to a school beyond the limits."""
    left = residents.astype("int64").copy()
    places = study.schools[f"pupils_{grade}"].astype("int64").copy()
    flows = []
    for pairs in (*ways, None):
        if places.sum() == 0:
            break
        if pairs is None:
            offered = _lines(study, left, places)
        else:
            offered = _nearest(pairs[pairs["site"].isin(places.index[places > 0])])
        flow = serve(offered, left, places)
        left = left.sub(flow.groupby("demand")["amount"].sum(), fill_value=0).astype("int64")
        places = places.sub(flow.groupby("site")["amount"].sum(), fill_value=0).astype("int64")
        flows.append(flow)
    within = int(flows[0]["amount"].sum()) if flows else 0
    none = left[left > 0].sort_index()
    nobody = pd.DataFrame({"demand": none.index, "site": "", "amount": none.to_numpy()})
    together = pd.concat([*flows, nobody], ignore_index=True)
    sums = together.groupby(["demand", "site"])["amount"].sum()
    table = sums.rename_axis(["settlement_id", "school_id"]).rename("pupils").reset_index()
    return table, int(study.schools[f"pupils_{grade}"].sum()) - within


def _nearest(pairs: pd.DataFrame) -> pd.DataFrame:
    ordered = pairs.sort_values(["demand", "cost", "site"])
    return ordered[ordered.groupby("demand").cumcount() < NEAREST]


def _costs(pairs: Reach) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "demand": pairs.origins.take(pairs.row),
            "site": pairs.sites.take(pairs.col),
            "cost": seconds(pairs.minutes),
        }
    )


def _anyway(walk: TravelMatrix, bus: TravelMatrix) -> pd.DataFrame:
    """Every pair with a way at all, by the quicker of the two."""
    both = pd.concat([walk.pairs(), bus.pairs()], ignore_index=True)
    both["cost"] = seconds(both["minutes"].to_numpy())
    quickest = both.groupby(["origin", "site"])["cost"].min()
    return quickest.rename_axis(["demand", "site"]).reset_index()


def _lines(study: Study, left: pd.Series, places: pd.Series) -> pd.DataFrame:
    """Straight lines, in metres, from the children left to the places left.

    Every school is offered its nearest settlements until they hold all the places left anywhere:
    then no choice made for another school can leave it short.
    """
    from_ids, to_ids = left.index[left > 0], places.index[places > 0]
    points = study.settlements.geometry.loc[from_ids].to_crs(study.crs)
    goals = study.schools.geometry.loc[to_ids].to_crs(study.crs)
    tree = cKDTree(np.column_stack([points.x, points.y]))
    distance, index = tree.query(np.column_stack([goals.x, goals.y]), k=len(from_ids))
    distance = np.asarray(distance).reshape(len(to_ids), -1)
    index = np.asarray(index).reshape(len(to_ids), -1)
    offered = left.loc[from_ids].to_numpy()[index].cumsum(axis=1)
    needed = np.minimum((offered < places.sum()).sum(axis=1) + 1, len(from_ids))
    keep = np.arange(len(from_ids))[None, :] < needed[:, None]
    goal = np.repeat(np.arange(len(to_ids)), needed)
    return pd.DataFrame(
        {
            "demand": from_ids.take(index[keep]),
            "site": to_ids.take(goal),
            "cost": np.rint(distance[keep]).astype(np.int64),
        }
    )
