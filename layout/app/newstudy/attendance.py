"""Modelled attendance: which children go to which school, by the way and by room."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.app.newstudy.notes import listed
from layout.core.arrays import Bools, Floats, Ints
from layout.core.standards import (
    AGE_OF_GRADE,
    GRADES,
    GRADES_OF_TYPE,
    STAGE_OF_GRADE,
    STAGES,
    Standards,
    class_size,
)
from layout.core.text import tr
from layout.inputs.datum import choose_metre_crs, to_metres
from layout.network.roads import RoadNetwork
from layout.network.travel import route

__all__ = ["attendance_notes", "most_a_grade", "spread_children", "way_notes", "ways_m"]

ENROLLED = {"preschool": 0.7, "primary": 1.0, "junior": 1.0, "senior": 0.8}
"""Share of children of a stage's age who go to a school of it, where one is offered."""

CHOICE = 4
"""Schools of a grade among which the families of a place choose: the nearest."""

FALL_M = 2_000.0
"""Extra metres at which a school is chosen by 1/e as many (Huff, 1963, with an exponential)."""

REACH_MINUTES = 60.0
"""Longest way by bus that is looked for; beyond it the straight line tells which is nearer."""

NO_WAY_M = 1_000_000.0
"""Added to the straight line where there is no way: such a school is the last to be chosen."""

FARTHEST_M = {"preschool": 5_000.0}
"""No small child goes farther than this; older ones go, or board, wherever there is a school."""

MOST_CLASSES = 10
"""Most classes of one grade at a school."""

SPECIAL_A_GRADE = 10
"""Most children of a grade at a school of special education, to which few children go."""

_TOLD_SHARE = 0.1


def ways_m(
    settlements: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, network: RoadNetwork
) -> Floats:
    """Measure the ways from all places to all schools.

    Parameters
    ----------
    settlements, schools
        Columns ``settlement_id`` and ``school_id``; points.
    network
        The roads.

    Returns
    -------
    ndarray
        Metres along the roads, settlements × schools; where there is no way within
        `REACH_MINUTES`, the straight line and `NO_WAY_M`.
    """
    crs = choose_metre_crs(settlements.geometry)
    a, b = to_metres(settlements.geometry, crs), to_metres(schools.geometry, crs)
    straight = np.hypot(
        a.x.to_numpy()[:, None] - b.x.to_numpy(), a.y.to_numpy()[:, None] - b.y.to_numpy()
    )
    by_bus = route(
        network,
        settlements.set_index("settlement_id").geometry,
        schools.set_index("school_id").geometry,
        mode="bus",
        cutoff_minutes=REACH_MINUTES,
        standards=Standards(),
    )
    # The matrix is sorted by label: positions of its rows and columns in both tables.
    rows = pd.Index(settlements["settlement_id"]).get_indexer(by_bus.origins)
    columns = pd.Index(schools["school_id"]).get_indexer(by_bus.sites)
    metres = straight + NO_WAY_M
    metres[rows[by_bus.row], columns[by_bus.col]] = by_bus.metres
    return np.asarray(metres, dtype=np.float64)


def spread_children(
    settlements: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, metres: Floats
) -> pd.DataFrame:
    r"""Split each place's children of a grade over its nearest schools.

    .. math:: p_{ij} \propto e^{-(d_{ij} - \min_j d_{ij}) / 2000 m}

    over the four nearest schools that teach the grade, in whole children (largest remainders). No
    school takes more than `most_a_grade` into a grade; who finds no room chooses again among those
    that have some and to which there is a way. A school that nobody chooses gets a part of its
    nearest place.

    Parameters
    ----------
    settlements
        Columns ``settlement_id``, ``age_0`` … ``age_17``.
    schools
        Columns ``school_id``, ``type_code``.
    metres
        As `ways_m` measures them, settlements × schools.

    Returns
    -------
    DataFrame
        Columns settlement_id, grade, school_id, pupils (> 0), in this order; children who go to
        no school, or found no room, stand with an empty school_id. The sum over schools is that
        of the place's children.
    """
    tables = []
    for grade in GRADES:
        stage = STAGE_OF_GRADE[grade]
        teaches = np.array([grade in GRADES_OF_TYPE[code] for code in schools["type_code"]])
        children = settlements[f"age_{AGE_OF_GRADE[grade]}"].to_numpy("int64")
        share = ENROLLED[stage] if teaches.any() else 0.0
        going = np.rint(children * share).astype(np.int64)
        # Pupils, settlements × schools that teach the grade, and those without a school.
        pupils = _placed(
            metres[:, teaches],
            going,
            np.array(
                [most_a_grade(code, grade) for code in schools.loc[teaches, "type_code"]], int
            ),
            farthest_m=FARTHEST_M.get(stage, np.inf),
        )
        ids = np.append(schools.loc[teaches, "school_id"].to_numpy(dtype=object), "")
        counts = np.column_stack([pupils, children - pupils.sum(axis=1)])
        at, school = np.nonzero(counts)
        tables.append(
            pd.DataFrame(
                {
                    "settlement_id": settlements["settlement_id"].to_numpy()[at],
                    "grade": grade,
                    "school_id": ids[school],
                    "pupils": counts[at, school],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def most_a_grade(type_code: str, grade: str) -> int:
    """Most pupils whom a school of a type takes into a grade.

    Parameters
    ----------
    type_code, grade
        Type of school and one of its grades.

    Returns
    -------
    int
        The largest size of such a school by the norms over its grades, at most `MOST_CLASSES`
        classes; `SPECIAL_A_GRADE` of special education.
    """
    norms, grades = Standards(), GRADES_OF_TYPE[type_code]
    if type_code.startswith("5"):
        return SPECIAL_A_GRADE
    if STAGE_OF_GRADE[grade] == "preschool":
        return norms.kindergarten_max_children // len(grades)
    one_stage = len({STAGE_OF_GRADE[one] for one in grades}) == 1
    most = norms.compulsory_max_pupils if one_stage else norms.through_school_max_pupils
    return min(most // len(grades), MOST_CLASSES * class_size(norms, type_code, grade))


def attendance_notes(attendance: pd.DataFrame) -> tuple[str, ...]:
    """Say of which stages many more children than usual are in no school.

    Parameters
    ----------
    attendance
        As `spread_children` returns it.
    """
    names = {
        "preschool": tr("kindergarten"),
        "primary": tr("primary"),
        "junior": tr("junior"),
        "senior": tr("senior"),
    }
    notes = []
    for stage, grades in STAGES.items():
        of_stage = attendance[attendance["grade"].isin(grades)]
        total = int(of_stage["pupils"].sum())
        out = int(of_stage.loc[of_stage["school_id"] == "", "pupils"].sum())
        if out < total and out > (1 - ENROLLED[stage] + _TOLD_SHARE) * total:
            notes.append(
                tr(
                    "Of {total:child|children} of the stage {stage}, {count:is|are} in no "
                    "school: none is near, or none has room. Schools may be missing, or their "
                    "kind is not tagged.",
                    total=total,
                    stage=names[stage],
                    count=out,
                )
            )
    return tuple(notes)


def way_notes(settlements: gpd.GeoDataFrame, metres: Floats) -> tuple[str, ...]:
    """Say which places no road ties to any school.

    Parameters
    ----------
    settlements
        Columns ``name``, ``age_0`` … ``age_17``.
    metres
        As `ways_m` measures them.
    """
    lost = settlements[(metres >= NO_WAY_M).all(axis=1)]
    if lost.empty:
        return ()
    note = tr(
        "From {count:place|places} with {children:child|children} no way by road and bus leads "
        "to any school; "
        "they stand at the nearest ones as the crow flies: {names}.",
        count=len(lost),
        children=int(lost.filter(regex=r"^age_[0-9]+$").to_numpy().sum()),
        names=listed(lost["name"]),
    )
    return (note,)


def _placed(metres: Floats, going: Ints, most: Ints, *, farthest_m: float) -> Ints:
    """Pupils by settlement and school, whole, at most so many at each school."""
    pupils = np.zeros(metres.shape, dtype=np.int64)
    near = metres <= farthest_m
    left, room = going.copy(), most.copy()
    # The first round takes the nearest, by whatever way; later ones look for room along roads.
    allowed = near
    while len(most):
        may = allowed & (room > 0) & (left[:, None] > 0)
        if not may.any():
            break
        taken = _with_room(_chosen(np.where(may, metres, np.inf), left), room)
        pupils += taken
        left, room = left - taken.sum(axis=1), room - taken.sum(axis=0)
        allowed = near & (metres < NO_WAY_M)
    return _some_for_each(pupils, metres, left, most)


def _chosen(metres: Floats, going: Ints) -> Ints:
    """Pupils by settlement and school, whole; the sum by settlement is `going`, or 0."""
    # Bools of the nearest schools of each place, ties to the first; inf is no school.
    order = np.argsort(metres, axis=1, kind="stable")[:, :CHOICE]
    among = np.zeros(metres.shape, dtype=bool)
    np.put_along_axis(among, order, True, axis=1)
    among &= np.isfinite(metres)
    first = metres.min(axis=1, keepdims=True)
    further = np.where(among, metres - np.where(np.isfinite(first), first, 0.0), 0.0)
    weight = np.where(among, np.exp(-further / FALL_M), 0.0)
    total = weight.sum(axis=1, keepdims=True)
    exact = going[:, None] * np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return _whole(exact, np.where(total[:, 0] > 0, going, 0))


def _whole(exact: Floats, going: Ints) -> Ints:
    """Whole numbers by row whose sum is `going`: largest remainders, ties to the first."""
    whole = np.floor(exact + 1e-9).astype(np.int64)
    left = going - whole.sum(axis=1)
    # Rank of each remainder within its row, largest first.
    rank = np.argsort(np.argsort(whole - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(whole + (rank < left[:, None]), dtype=np.int64)


def _with_room(pupils: Ints, room: Ints) -> Ints:
    """The same with at most `room` at each school, of all places in proportion."""
    total = pupils.sum(axis=0)
    pupils = pupils.copy()
    for school in np.flatnonzero(total > room):
        share = pupils[:, school] * room[school] / total[school]
        pupils[:, school] = _whole(share[None, :], room[school : school + 1])[0]
    return pupils


def _some_for_each(pupils: Ints, metres: Floats, left: Ints, most: Ints) -> Ints:
    """Give children of the nearest place to each school that has none.

    They are some who found no school, else a quarter of those at the place's largest school; where
    no place has two there, the only one of a place whose school keeps others.
    """
    pupils, left = pupils.copy(), left.copy()
    for school in np.flatnonzero(pupils.sum(axis=0) == 0):
        # Places with children left over, or whose largest school keeps some when it gives some.
        can: Bools = (left > 0) | (pupils.max(axis=1) > 1)
        # Pupils by place and school who may go: all, or those whose school keeps others.
        may = pupils
        if not can.any():
            may = np.where(pupils.sum(axis=0) > 1, pupils, 0)
            can = np.asarray(may.any(axis=1))
        if not can.any():
            continue
        place = int(np.where(can, metres[:, school], np.inf).argmin())
        if left[place]:
            moved = min(int(left[place]), int(most[school]))
            left[place] -= moved
        else:
            giver = int(may[place].argmax())
            moved = max(1, int(pupils[place, giver]) // 4)
            pupils[place, giver] -= moved
        pupils[place, school] += moved
    return pupils
