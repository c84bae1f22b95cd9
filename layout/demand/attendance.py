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
    """Return the study with attendance; inferred, marked and with a warning where none is given.

    Parameters
    ----------
    study
        The study as read.
    walk, bus
        Routes from settlements to schools.

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
    Three rounds for each grade: routes within the band's limits, then any route in the matrices,
    then straight lines. Each round fills as many remaining places as possible and, given that,
    takes the least time in total (`layout.location.serve`). Every settlement is offered its nearest
    40 schools in the first two rounds.
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
    # Settlements × grades; the routes are the same for all grades of a band.
    counts = children(study, school_year(study))
    _check_totals(study, counts)
    routes: dict[str, tuple[pd.DataFrame, ...]] = {}
    tables, far = [], 0
    for grade in GRADES:
        band = BAND_OF_GRADE[grade]
        if band not in routes:
            within = reach(study, band, walk=walk, bus=bus)
            routes[band] = (_costs(within), _anyway(walk, bus))
        table_of_grade, beyond = _grade(study, grade, counts[grade], routes[band])
        far += beyond
        tables.append(table_of_grade.assign(grade=grade))
    table = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
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
    study: Study, grade: str, residents: pd.Series, routes: tuple[pd.DataFrame, ...]
) -> tuple[pd.DataFrame, int]:
    """The rows of one grade, and how many of its pupils go to a school beyond the limits."""
    # Children without a school so far by settlement, and places left by school.
    waiting = residents.astype("int64").copy()
    vacant = study.schools[f"pupils_{grade}"].astype("int64").copy()
    flows = []
    # Three rounds: within the limits, any route, straight lines.
    for pairs in (*routes, None):
        if vacant.sum() == 0:
            break
        if pairs is None:
            candidates = _lines(study, waiting, vacant)
        else:
            # Only schools with a place left, so that the nearest 40 are of use.
            candidates = _nearest(pairs[pairs["site"].isin(vacant.index[vacant > 0])])
        flow = serve(candidates, waiting, vacant)
        # What this round assigned is taken off both margins.
        waiting = waiting.sub(flow.groupby("demand")["amount"].sum(), fill_value=0).astype("int64")
        vacant = vacant.sub(flow.groupby("site")["amount"].sum(), fill_value=0).astype("int64")
        flows.append(flow)
    # The first round is the one within the limits.
    within = int(flows[0]["amount"].sum()) if flows else 0
    # Children who attend no school.
    none = waiting[waiting > 0].sort_index()
    nobody = pd.DataFrame({"demand": none.index, "site": "", "amount": none.to_numpy()})
    # A pair may occur in several rounds: its pupils add up.
    together = pd.concat([*flows, nobody], ignore_index=True)
    sums = together.groupby(["demand", "site"])["amount"].sum()
    table = sums.rename_axis(["settlement_id", "school_id"]).rename("pupils").reset_index()
    return table, int(study.schools[f"pupils_{grade}"].sum()) - within


def _nearest(pairs: pd.DataFrame) -> pd.DataFrame:
    # The rank of each school by cost within its settlement.
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
    """Every pair with a route at all, by the quicker of the two."""
    # Walk and bus below each other; the smaller cost of each pair.
    both = pd.concat([walk.pairs(), bus.pairs()], ignore_index=True)
    both["cost"] = seconds(both["minutes"].to_numpy())
    quickest = both.groupby(["origin", "site"])["cost"].min()
    return quickest.rename_axis(["demand", "site"]).reset_index()


def _lines(study: Study, waiting: pd.Series, vacant: pd.Series) -> pd.DataFrame:
    """Straight lines, in metres, from the children left to the places left.

    Every school is offered its nearest settlements until these have as many children as there are
    places left anywhere: then no choice made for another school can leave it short.
    """
    from_ids, to_ids = waiting.index[waiting > 0], vacant.index[vacant > 0]
    # Points in metres: settlements with children left, schools with places left.
    points = study.settlements.geometry.loc[from_ids].to_crs(study.crs)
    goals = study.schools.geometry.loc[to_ids].to_crs(study.crs)
    # Schools × settlements by distance in metres.
    tree = cKDTree(np.column_stack([points.x, points.y]))
    distance, index = tree.query(np.column_stack([goals.x, goals.y]), k=len(from_ids))
    distance = np.asarray(distance).reshape(len(to_ids), -1)
    index = np.asarray(index).reshape(len(to_ids), -1)
    # Children in the nearest settlements of each school, added up outwards.
    children_within = waiting.loc[from_ids].to_numpy()[index].cumsum(axis=1)
    # How many settlements each school is offered, and a mask of its nearest ones.
    needed = np.minimum((children_within < vacant.sum()).sum(axis=1) + 1, len(from_ids))
    keep = np.arange(len(from_ids))[None, :] < needed[:, None]
    goal = np.repeat(np.arange(len(to_ids)), needed)
    return pd.DataFrame(
        {
            "demand": from_ids.take(index[keep]),
            "site": to_ids.take(goal),
            "cost": np.rint(distance[keep]).astype(np.int64),
        }
    )
