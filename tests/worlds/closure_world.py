"""Small worlds on a plane for the tests of closures: every way is a straight line.

Walking takes 15 minutes a kilometre; a bus takes 5 minutes of waiting and 2 a kilometre.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from layout.core.standards import AGE_OF_GRADE, COMPULSORY_GRADES, GRADES, STAGES, Standards
from layout.inputs.study.study import BorderProgramme, ClosureProgramme, Programmes, Study
from layout.network.travel import StudyTravel, TravelMatrix
from tests.worlds.straight import matrix_of
from tests.worlds.study import make_study

WALK_MIN_KM, BUS_MIN_KM, BUS_WAIT = 15.0, 2.0, 5.0
WEST, SOUTH = 106.0, 23.0
KM_LON, KM_LAT = 1 / 102.3, 1 / 110.8
COUNTY, OTHER = "451081", "451026"


@dataclass(frozen=True, kw_only=True)
class School:
    """One school: place in kilometres, stock; pupils follow from the homes."""

    key: str
    x: float
    y: float = 0.0
    type_code: str = "211"
    rural: bool = True
    ownership: str = "public"
    township: str = "451081100"
    classes: int = 1
    mixed: int = 0
    beds: int = 0
    boarders: int = 0
    canteen: bool | None = True
    county: str = COUNTY
    centre: str = ""
    flag: bool = False
    error_m: float = float("nan")
    opposed: float = float("nan")
    grades: Sequence[str] = STAGES["primary"]


@dataclass(frozen=True, kw_only=True)
class Home:
    """One settlement: place in kilometres, and (grade, school) → pupils."""

    key: str
    x: float
    y: float = 0.0
    attends: Mapping[tuple[str, str], int] = field(default_factory=dict)


def make_world(
    schools: Sequence[School],
    homes: Sequence[Home],
    *,
    close: int = 1,
    years: tuple[int, ...] = (2022, 2023),
    border_y_km: float | None = None,
    belt_m: float = 3000.0,
    cutoff_km: float = 200.0,
    **standards: Any,
) -> tuple[Study, StudyTravel]:
    """Return the study of a small world, and its ways; rows stand in the order given."""
    attendance = pd.DataFrame(
        [
            (home.key, grade, school, pupils)
            for home in homes
            for (grade, school), pupils in home.attends.items()
        ],
        columns=["settlement_id", "grade", "school_id", "pupils"],
    )
    border, south, north = None, SOUTH - 2, SOUTH + 2
    if border_y_km is not None:
        # The line is an edge of the county, as a border is: the schools lie on one side of it.
        y = SOUTH + border_y_km * KM_LAT
        if border_y_km > max(school.y for school in schools):
            north = y
        else:
            south = y
        line = LineString([(WEST - 1, y), (WEST + 2, y)])
        border = gpd.GeoDataFrame(geometry=[line], crs="EPSG:4326")
    units = gpd.GeoDataFrame(
        {"name": ["靖西市", "那坡县"]},
        index=pd.Index([COUNTY, OTHER], name="county_code"),
        geometry=[
            box(WEST - 2, south, WEST + 3, north),
            box(WEST - 4, south, WEST - 2, north),
        ],
        crs="EPSG:4326",
    )
    study = make_study(
        standards=Standards(**standards),
        programmes=Programmes(
            closures=ClosureProgramme(count=close, complete_by=date(2023, 8, 31), years=years),
            border=BorderProgramme(retain=1, width_m=belt_m, units=(COUNTY,)),
        ),
        units=units,
        border=border,
        settlements=_settlements(homes, attendance),
        schools=_schools(schools, attendance),
        attendance=attendance,
    )
    ways = StudyTravel(
        walk=_matrix("walk", schools, homes, cutoff_km=cutoff_km),
        bus=_matrix("bus", schools, homes, cutoff_km=cutoff_km),
    )
    return study, ways


def grades_of(count: int, school: str, *grades: str) -> dict[tuple[str, str], int]:
    """Count pupils of each grade at a school."""
    return {(grade, school): count for grade in grades}


def _settlements(homes: Sequence[Home], attendance: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = []
    for home in homes:
        own = attendance[attendance["settlement_id"] == home.key]
        by_grade = own.groupby("grade")["pupils"].sum()
        ages = {f"age_{age}": 0 for age in range(18)}
        for grade in GRADES:
            ages[f"age_{AGE_OF_GRADE[grade] - 1}"] = int(by_grade.get(grade, 0))
        rows.append({"name": f"home {home.key}", "county_code": COUNTY, **ages})
    index = pd.Index([home.key for home in homes], name="settlement_id")
    places = [Point(WEST + home.x * KM_LON, SOUTH + home.y * KM_LAT) for home in homes]
    return gpd.GeoDataFrame(rows, index=index, geometry=places, crs="EPSG:4326")


def _schools(schools: Sequence[School], attendance: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = []
    for school in schools:
        own = attendance[attendance["school_id"] == school.key]
        by_grade = own.groupby("grade")["pupils"].sum()
        row: dict[str, object] = {
            "name": f"school {school.key}",
            "type_code": school.type_code,
            "urban_rural_code": "220" if school.rural else "111",
            "ownership": school.ownership,
            "county_code": school.county,
            "centre_school_id": school.centre,
            "township_code": school.township,
            "classes_mixed": school.mixed,
            "boarders": school.boarders,
            "beds": school.beds,
            "canteen": school.canteen,
            "border_flag": school.flag,
            "position_error_m": school.error_m,
            "survey_opposed_share": school.opposed,
        }
        for grade in GRADES:
            row[f"pupils_{grade}"] = int(by_grade.get(grade, 0))
            row[f"classes_{grade}"] = school.classes if grade in school.grades else 0
        rows.append(row)
    index = pd.Index([school.key for school in schools], name="school_id")
    places = [Point(WEST + s.x * KM_LON, SOUTH + s.y * KM_LAT) for s in schools]
    return gpd.GeoDataFrame(rows, index=index, geometry=places, crs="EPSG:4326")


def _matrix(
    mode: Any, schools: Sequence[School], homes: Sequence[Home], *, cutoff_km: float
) -> TravelMatrix:
    origins = pd.Index(sorted(home.key for home in homes))
    sites = pd.Index(sorted(school.key for school in schools))
    at_home = {home.key: (home.x, home.y) for home in homes}
    at_school = {school.key: (school.x, school.y) for school in schools}
    start = np.array([at_home[key] for key in origins]).reshape(-1, 1, 2)
    end = np.array([at_school[key] for key in sites]).reshape(1, -1, 2)
    km = np.hypot(*np.moveaxis(start - end, 2, 0))
    minutes = km * WALK_MIN_KM if mode == "walk" else BUS_WAIT + km * BUS_MIN_KM
    minutes = np.where(km <= cutoff_km, minutes, np.inf)
    return matrix_of(
        mode, minutes, km * 1000, origins=origins, sites=sites, cutoff_minutes=float("inf")
    )


__all__ = ["COMPULSORY_GRADES", "Home", "School", "grades_of", "make_world"]
