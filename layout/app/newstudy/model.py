"""The tables of a new study: places and schools of an extract with modelled numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.core.standards import (
    AGE_OF_GRADE,
    GRADES,
    GRADES_OF_TYPE,
    STAGE_OF_GRADE,
    Standards,
    class_size,
)
from layout.core.text import tr
from layout.inputs.datum import WGS84, choose_metre_crs, to_metres

__all__ = [
    "FALLBACK_PEOPLE",
    "PLACE_PEOPLE",
    "SHARE_PER_AGE",
    "equal_people",
    "names_of",
    "schools_of",
    "settlements_of",
    "spread_children",
    "with_numbers",
]

PLACE_PEOPLE = {"city": 20_000, "town": 5_000, "village": 1_000, "hamlet": 60}
"""Inhabitants where the extract names none, by the value of ``place``."""

FALLBACK_PEOPLE = {"suburb": 3_000, "quarter": 1_500, "neighbourhood": 500, "isolated_dwelling": 5}
"""The same for places that count only where an extract holds none of the usual ones."""

PLACE_KIND = {
    "city": "neighbourhood",
    "town": "neighbourhood",
    "village": "village",
    "hamlet": "hamlet",
    "suburb": "neighbourhood",
    "quarter": "neighbourhood",
    "neighbourhood": "neighbourhood",
    "isolated_dwelling": "hamlet",
}
URBAN = ("city", "town", "suburb", "quarter", "neighbourhood")
SHARE_PER_AGE = 0.01
"""Children of one year of age per inhabitant."""

ENROLLED = {"preschool": 0.7, "primary": 1.0, "junior": 1.0, "senior": 0.8}
"""Share of children of a stage's age who go to a school of it, where one is offered."""

SPARE = 1.25
"""Classes are counted for a quarter more pupils than there are."""

_LEVELS = {"1": "primary", "2": "junior", "3": "senior"}
_NAMES = (
    ("312", r"九年一贯"),
    ("345", r"十二年一贯"),
    ("218", r"教学点"),
    ("341", r"完全中学|weiterf|schulzentrum|gymnasium|secondary|middle and high"),
    ("342", r"高级中学|高中|senior|high school"),
    ("361", r"职业|berufs|vocational"),
    ("311", r"初级中学|初中|中学|sekundar|realschule|oberschule|junior|middle school"),
    ("514", r"特殊教育|sonderschule|special school"),
)


def names_of(table: gpd.GeoDataFrame, language: str) -> pd.Series[str]:
    """Names as people know them: the translated one first, the local one behind it."""
    # Whichever name there is; both where they differ.
    local, other = table["name"], table[f"name_{language}"]
    one = local.where(local != "", other)
    both: pd.Series[str] = (other + " " + local).where(
        (other != "") & (local != "") & (other != local), one
    )
    return both


def equal_people(places: gpd.GeoDataFrame) -> Floats:
    """Inhabitants where nothing is known: the same number for every place of one kind."""
    people = places["place"].map(PLACE_PEOPLE | FALLBACK_PEOPLE)
    return np.asarray(people, dtype="float64")


def settlements_of(
    places: gpd.GeoDataFrame, children: Mapping[int, Ints], language: str
) -> gpd.GeoDataFrame:
    """Places with their children by age, shape (n,) each."""
    name = names_of(places, language)
    table = pd.DataFrame(
        {
            "settlement_id": places["osm_id"],
            "name": name.where(name != "", tr("Unnamed place")),
            "kind": places["place"].map(PLACE_KIND),
            "urban": places["place"].isin(URBAN),
            "village_code": places["osm_id"],
            **{f"age_{age}": numbers for age, numbers in children.items()},
        }
    )
    return gpd.GeoDataFrame(table, geometry=places.geometry.to_numpy(), crs=WGS84)


def schools_of(
    found: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    language: str,
) -> gpd.GeoDataFrame:
    """Schools with type, ownership and the nearest place."""
    # By school: position of the nearest place, its kind and its name.
    nearest = _nearest(found.geometry, settlements.geometry)
    kind = places["place"].to_numpy()[nearest]
    name = names_of(found, language)
    near = settlements["name"].to_numpy()[nearest]
    unnamed = [
        tr("Kindergarten in {place}", place=place)
        if amenity == "kindergarten"
        else tr("School in {place}", place=place)
        for place, amenity in zip(near, found["amenity"], strict=True)
    ]
    private = found["operator:type"].eq("private") | name.str.contains("民办|privat", case=False)
    types = [
        "111" if amenity == "kindergarten" else _type_of(level, called)
        for amenity, level, called in zip(found["amenity"], found["isced:level"], name, strict=True)
    ]
    table = pd.DataFrame(
        {
            "school_id": found["osm_id"],
            "name": np.where(name != "", name, unnamed),
            "type_code": types,
            "urban_rural_code": np.select(
                [kind == "city", kind == "town"], ["111", "121"], default="220"
            ),
            "ownership": np.where(private, "private", "public"),
            "village_code": settlements["settlement_id"].to_numpy()[nearest],
        }
    )
    return gpd.GeoDataFrame(table, geometry=found.geometry.to_numpy(), crs=WGS84)


def _type_of(level: str, name: str) -> str:
    """Type of a school by its ISCED levels, else by its name, else a primary school."""
    # "1-2" and "1;2" are levels 1 and 2; level 0 alone is a kindergarten mapped as a school.
    levels = re.sub(r"[0-3]\s*-\s*[0-3]", _spelt_out, level)
    stages = {_LEVELS[digit] for digit in re.findall(r"[123]", levels)}
    if not stages and re.fullmatch(r"\s*0[0-9]*\s*", level):
        return "111"
    by_stage = {
        frozenset({"primary"}): "211",
        frozenset({"junior"}): "311",
        frozenset({"senior"}): "342",
        frozenset({"primary", "junior"}): "312",
        frozenset({"junior", "senior"}): "341",
        frozenset({"primary", "junior", "senior"}): "345",
    }
    if frozenset(stages) in by_stage:
        return by_stage[frozenset(stages)]
    for code, pattern in _NAMES:
        if re.search(pattern, name, re.IGNORECASE):
            return code
    return "211"


def _spelt_out(match: re.Match[str]) -> str:
    """``1-3`` as ``1;2;3``."""
    first, last = int(match[0][0]), int(match[0][-1])
    return ";".join(str(level) for level in range(first, last + 1))


def _nearest(points: gpd.GeoSeries, others: gpd.GeoSeries) -> Ints:
    """Position of the nearest other point, the first one on a tie."""
    crs = choose_metre_crs(others)
    a, b = to_metres(points, crs), to_metres(others, crs)
    # Distances, points × others.
    metres = np.hypot(
        a.x.to_numpy()[:, None] - b.x.to_numpy(), a.y.to_numpy()[:, None] - b.y.to_numpy()
    )
    nearest: Ints = metres.argmin(axis=1)
    return nearest


def spread_children(settlements: gpd.GeoDataFrame, schools: gpd.GeoDataFrame) -> pd.DataFrame:
    """Split each place's children evenly over its own schools of the stage, else the nearest.

    A place's own schools are those that stand nearer to it than to any other place.
    """
    rows: list[tuple[str, str, str, int]] = []
    for grade in GRADES:
        # Schools that teach the grade, and by settlement the position of the nearest of them.
        offering = [grade in GRADES_OF_TYPE[code] for code in schools["type_code"]]
        offered = schools[offering]
        nearest = _nearest(settlements.geometry, offered.geometry) if len(offered) else None
        share = ENROLLED[STAGE_OF_GRADE[grade]]
        for place, settlement in enumerate(settlements.itertuples(index=False)):
            children = int(getattr(settlement, f"age_{AGE_OF_GRADE[grade]}"))
            going = 0 if nearest is None else round(children * share)
            if nearest is not None:
                own = offered.loc[offered["village_code"] == settlement.settlement_id, "school_id"]
                chosen = sorted(own) or [offered["school_id"].iloc[nearest[place]]]
                for turn, school in enumerate(chosen):
                    # Whole children: what does not divide goes to the first schools, one each.
                    part = going // len(chosen) + (turn < going % len(chosen))
                    rows.append((settlement.settlement_id, grade, school, part))
            # Children who attend no school stand with an empty school_id.
            rows.append((settlement.settlement_id, grade, "", children - going))
    table = pd.DataFrame(rows, columns=["settlement_id", "grade", "school_id", "pupils"])
    return table[table["pupils"] > 0].reset_index(drop=True)


def with_numbers(schools: gpd.GeoDataFrame, attendance: pd.DataFrame) -> gpd.GeoDataFrame:
    """Pupils from attendance, classes with a quarter to spare; no beds, and no word of canteens."""
    norms = Standards()
    # Schools × grades, in the order of `schools`.
    pupils = (
        attendance.pivot_table(
            index="school_id", columns="grade", values="pupils", aggfunc="sum", fill_value=0
        )
        .reindex(index=schools["school_id"], columns=list(GRADES), fill_value=0)
        .astype("int64")
    )
    # Both loops by grade: all pupils first, then all classes, as the columns of a school table are.
    table = schools.copy()
    for grade in GRADES:
        table[f"pupils_{grade}"] = pupils[grade].to_numpy()
    for grade in GRADES:
        size = np.array([class_size(norms, code, grade) for code in table["type_code"]])
        table[f"classes_{grade}"] = np.ceil(table[f"pupils_{grade}"] * SPARE / size).astype("int64")
    table["classes_mixed"] = 0
    table["boarders"] = 0
    table["beds"] = 0
    table["canteen"] = ""
    table["border_flag"] = False
    return table
