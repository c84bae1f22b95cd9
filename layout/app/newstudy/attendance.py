"""Modelled attendance: which children go to which school, by the way and by room."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.standards import AGE_OF_GRADE, GRADES, GRADES_OF_TYPE, STAGE_OF_GRADE
from layout.inputs.datum import choose_metre_crs, to_metres

__all__ = ["MOST_A_GRADE", "spread_children"]

ENROLLED = {"preschool": 0.7, "primary": 1.0, "junior": 1.0, "senior": 0.8}
"""Share of children of a stage's age who go to a school of it, where one is offered."""

CHOICE = 4
"""Schools of a grade among which the families of a place choose: the nearest."""

FALL_M = 2_000.0
"""Extra metres at which a school is chosen by 1/e as many (Huff, 1963, with an exponential)."""

MOST_A_GRADE = 500
"""Most pupils that one school takes into a grade: ten classes of fifty."""


def spread_children(settlements: gpd.GeoDataFrame, schools: gpd.GeoDataFrame) -> pd.DataFrame:
    r"""Split each place's children of a grade over its nearest schools.

    .. math:: p_{ij} \propto e^{-(d_{ij} - \min_j d_{ij}) / 2000 m}

    over the four nearest schools that teach the grade, in whole children (largest remainders). A
    school that nobody chooses gets a part of its nearest place; none takes more than
    `MOST_A_GRADE` into a grade.

    Parameters
    ----------
    settlements
        Columns ``settlement_id``, ``age_0`` … ``age_17``; points.
    schools
        Columns ``school_id``, ``type_code``; points.

    Returns
    -------
    DataFrame
        Columns settlement_id, grade, school_id, pupils (> 0), in this order; children who go to
        no school, or found no room, stand with an empty school_id. The sum over schools is that
        of the place's children.
    """
    crs = choose_metre_crs(settlements.geometry)
    places, sites = to_metres(settlements.geometry, crs), to_metres(schools.geometry, crs)
    # Metres, settlements × schools.
    metres = np.hypot(
        places.x.to_numpy()[:, None] - sites.x.to_numpy(),
        places.y.to_numpy()[:, None] - sites.y.to_numpy(),
    )
    tables = []
    for grade in GRADES:
        teaches = np.array([grade in GRADES_OF_TYPE[code] for code in schools["type_code"]])
        children = settlements[f"age_{AGE_OF_GRADE[grade]}"].to_numpy("int64")
        share = ENROLLED[STAGE_OF_GRADE[grade]] if teaches.any() else 0.0
        going = np.rint(children * share).astype(np.int64)
        # Pupils, settlements × schools that teach the grade, and those without a school.
        pupils = _with_room(_chosen(metres[:, teaches], going))
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


def _chosen(metres: Floats, going: Ints) -> Ints:
    """Pupils by settlement and school, whole; the sum by settlement is `going`."""
    n_places, n_schools = metres.shape
    if n_schools == 0:
        return np.zeros((n_places, 0), dtype=np.int64)
    # Bools of the nearest schools of each place, ties to the first; and each school's nearest
    # place, so that no school is without any.
    order = np.argsort(metres, axis=1, kind="stable")[:, :CHOICE]
    among = np.zeros(metres.shape, dtype=bool)
    np.put_along_axis(among, order, True, axis=1)
    nearest = np.where(going[:, None] > 0, metres, np.inf).argmin(axis=0)
    lonely = ~(among & (going[:, None] > 0)).any(axis=0)
    among[nearest[lonely], np.flatnonzero(lonely)] = True
    weight = np.where(among, np.exp(-(metres - metres.min(axis=1, keepdims=True)) / FALL_M), 0.0)
    # A school far behind the nearest one still counts a little for the place that it has.
    weight[nearest[lonely], np.flatnonzero(lonely)] = np.maximum(
        weight[nearest[lonely], np.flatnonzero(lonely)], 0.1
    )
    exact = going[:, None] * weight / weight.sum(axis=1, keepdims=True)
    return _some_for_each(_whole(exact, going), metres, going)


def _whole(exact: Floats, going: Ints) -> Ints:
    """Whole numbers by row whose sum is `going`: largest remainders, ties to the first."""
    whole = np.floor(exact + 1e-9).astype(np.int64)
    left = going - whole.sum(axis=1)
    # Rank of each remainder within its row, largest first.
    rank = np.argsort(np.argsort(whole - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(whole + (rank < left[:, None]), dtype=np.int64)


def _some_for_each(pupils: Ints, metres: Floats, going: Ints) -> Ints:
    """Give a child to each school that has none, from the nearest place with a school of two."""
    pupils = pupils.copy()
    for school in np.flatnonzero(pupils.sum(axis=0) == 0):
        # Places by distance whose largest school keeps pupils when it gives one.
        can: Bools = pupils.max(axis=1) > 1
        if not can.any():
            continue
        place = int(np.where(can, metres[:, school], np.inf).argmin())
        giver = int(pupils[place].argmax())
        moved = max(1, int(pupils[place, giver]) // 4)
        pupils[place, giver] -= moved
        pupils[place, school] += moved
    return pupils


def _with_room(pupils: Ints) -> Ints:
    """The same with at most `MOST_A_GRADE` at each school; who finds no room is left out."""
    total = pupils.sum(axis=0)
    full = total > MOST_A_GRADE
    if not full.any():
        return pupils
    pupils = pupils.copy()
    for school in np.flatnonzero(full):
        share = pupils[:, school] * MOST_A_GRADE / total[school]
        pupils[:, school] = _whole(share[None, :], np.array([MOST_A_GRADE]))[0]
    return pupils
