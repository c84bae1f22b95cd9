"""Attendance of the compulsory stage and above: who goes where in autumn 2021."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from tools.baise.choice import balanced
from tools.baise.reach import Reach
from tools.baise.terrain import Bools, Floats, Ints

Flow = tuple[int, str, int, int]
LOOK_M = 16_000.0
PRIMARY = ("g1", "g2", "g3", "g4", "g5", "g6")
JUNIOR = ("g7", "g8", "g9")
SENIOR = ("g10", "g11", "g12")
ENROLLED = {"primary": 0.995, "junior": 0.978, "senior": 0.80}
TO_CENTRE = 0.06
VILLAGE_SCHOOL_M = 5500.0
LESSER_SCHOOL_M = 3000.0
VALLEY_SCHOOL_M = 2200.0
CHOOSING = 0.25


def age_column(grade: str) -> str:
    """Column of the census age that attends a grade in autumn 2021."""
    offset = 2 if grade.startswith("k") else 5
    return f"age_{int(grade[1:]) - 1 + offset}"


def assign_primary(
    frame: pd.DataFrame,
    schools: pd.DataFrame,
    reach: Reach,
    deep: Bools,
    rng: np.random.Generator,
) -> list[Flow]:
    """Primary pupils by settlement, grade and school.

    Parameters
    ----------
    frame, schools : DataFrame
        Settlements; compulsory schools with settlement, type_code, role, township.
    reach : Reach
        Distances on foot.
    deep : (k,) bool array
        Schools in valleys with tracks only.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    list of (settlement, grade, school, pupils)
        Mostly the nearest school that teaches the grade; in towns by room; some children live
        with relatives near the centre school.
    """
    teaches = schools.type_code.isin(["211", "218", "312"]).to_numpy()
    complete = schools.type_code.isin(["211", "312"]).to_numpy()
    way = reach.metres(schools.settlement.to_numpy(), limit_m=LOOK_M)
    own = near_only(own_place(frame, schools, way), schools, deep)
    demand = frame[[age_column(g) for g in PRIMARY]].sum(axis=1).to_numpy()
    capacity = np.where(schools.role == "urban", 1560.0, np.where(complete, 1500.0, 1e9))
    lower = balanced(own, teaches, demand, capacity, taste_m=250.0, rng=rng)
    upper = balanced(own, complete, demand, capacity, taste_m=250.0, rng=rng)
    lower = with_fallback(lower, frame, schools, teaches)
    upper = with_fallback(upper, frame, schools, complete)
    centre = centre_of_township(frame, schools)
    choosing = rng.random(len(frame)) < CHOOSING
    flows: list[Flow] = []
    for grade in PRIMARY:
        nearest = lower if grade <= "g3" else upper
        flows += split_flows(frame, grade, nearest, centre, choosing, ENROLLED["primary"], rng)
    return flows


def own_place(
    frame: pd.DataFrame, schools: pd.DataFrame, way: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Distances with a surcharge for schools of another county, which take few from outside."""
    other = (
        frame.county_code.to_numpy()[schools.settlement.to_numpy()][:, None]
        != frame.county_code.to_numpy()[None]
    )
    return np.asarray(way + np.where(other, 2500.0, 0.0), dtype=np.float32)


def near_only(way: NDArray[np.float32], schools: pd.DataFrame, deep: Bools) -> NDArray[np.float32]:
    """Village schools draw from their surroundings only; children from afar go to a centre."""
    local = schools.role.isin(["village", "point"]).to_numpy()
    lesser = schools.role.eq("lesser").to_numpy()
    longest = np.where(local, VILLAGE_SCHOOL_M, np.inf)
    longest = np.where(lesser, LESSER_SCHOOL_M, longest)
    longest = np.where(deep, VALLEY_SCHOOL_M, longest)
    return np.where(way > longest[:, None], np.float32(np.inf), way)


def with_fallback(pick: Ints, frame: pd.DataFrame, schools: pd.DataFrame, offers: Bools) -> Ints:
    """Where no school is within sight by road, the one nearest as the crow flies."""
    lost = np.flatnonzero(pick < 0)
    if len(lost) == 0:
        return pick
    xy = frame[["x", "y"]].to_numpy()
    places = np.flatnonzero(offers)
    tree = KDTree(xy[schools.settlement.to_numpy()[places]])
    pick = pick.copy()
    pick[lost] = places[tree.query(xy[lost])[1]]
    return pick


def centre_of_township(frame: pd.DataFrame, schools: pd.DataFrame) -> Ints:
    """Centre school (or nine-year school) of each settlement's township, -1 where none."""
    centre = schools[schools.role.isin(["centre", "nine"])]
    by_town = dict(zip(centre.township, centre.index, strict=True))
    return np.array([by_town.get(town, -1) for town in frame.township.tolist()])


def split_flows(
    frame: pd.DataFrame,
    grade: str,
    nearest: Ints,
    centre: Ints,
    choosing: Bools,
    enrolled: float,
    rng: np.random.Generator,
) -> list[Flow]:
    """Split each settlement's age group: not enrolled, at the centre school, at the nearest."""
    number = frame[age_column(grade)].to_numpy()
    absent = rng.binomial(number, 1.0 - enrolled)
    away = np.where(choosing & (centre >= 0), rng.binomial(number - absent, TO_CENTRE * 3), 0)
    rows: list[Flow] = []
    for home in np.flatnonzero(number > 0).tolist():
        parts = {-1: int(absent[home])}
        parts[int(centre[home])] = parts.get(int(centre[home]), 0) + int(away[home])
        rest = int(number[home] - absent[home] - away[home])
        parts[int(nearest[home])] = parts.get(int(nearest[home]), 0) + rest
        rows += [(home, grade, school, count) for school, count in parts.items() if count > 0]
    return rows


def assign_older(
    frame: pd.DataFrame,
    schools: pd.DataFrame,
    reach: Reach,
    rng: np.random.Generator,
    *,
    stage: str,
    capacity: Floats,
) -> list[Flow]:
    """Junior or senior pupils: the nearest school with room, within the county for seniors."""
    grades = JUNIOR if stage == "junior" else SENIOR
    offers = np.isin(
        schools.type_code.to_numpy(), ("311", "312") if stage == "junior" else ("342", "361")
    )
    where = schools.settlement.to_numpy()
    way = np.full((len(schools), len(frame)), np.inf, dtype=np.float32)
    way[offers] = reach.metres(where[offers], limit_m=150_000.0)
    demand = frame[[age_column(g) for g in grades]].sum(axis=1).to_numpy()
    taste = 1500.0 if stage == "junior" else 25_000.0
    own = own_place(frame, schools, way)
    pick = balanced(own, offers, demand, capacity, step_m=900.0, taste_m=taste, rng=rng)
    pick = with_fallback(pick, frame, schools, offers)
    nobody = np.full(len(frame), -1)
    free = np.zeros(len(frame), dtype=bool)
    flows: list[Flow] = []
    for grade in grades:
        flows += split_flows(frame, grade, pick, nobody, free, ENROLLED[stage], rng)
    return flows
