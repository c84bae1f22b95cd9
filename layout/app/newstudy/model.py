"""The tables of a new study: places and schools of an extract with modelled numbers."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.app.newstudy.kinds import folded
from layout.core.arrays import Floats, Ints
from layout.core.standards import (
    GRADES,
    Standards,
    class_size,
)
from layout.core.text import tr
from layout.inputs.datum import WGS84, choose_metre_crs, to_metres

__all__ = [
    "AREA_PEOPLE",
    "FALLBACK_PEOPLE",
    "LONELY_PEOPLE",
    "PLACE_PEOPLE",
    "SHARE_PER_AGE",
    "equal_people",
    "names_of",
    "schools_of",
    "settlements_of",
    "with_numbers",
]

PLACE_PEOPLE = {"city": 20_000, "town": 5_000, "village": 1_000, "hamlet": 60}
"""Inhabitants where the extract names none, by the value of ``place``."""

FALLBACK_PEOPLE = {"suburb": 3_000, "quarter": 1_500, "neighbourhood": 500, "isolated_dwelling": 5}
"""The same for places that count only where an extract holds none of the usual ones."""

AREA_PEOPLE = {"residential": 500}
"""The same for residential areas, where there are no places at all, by ``landuse``."""

LONELY_PEOPLE = {"island": 300, "islet": 20, "locality": 60, "farm": 5, "school": 1_000}
"""The same for places that count only where a school has no other, and for those at a school."""

PLACE_KIND = {
    "city": "neighbourhood",
    "town": "neighbourhood",
    "village": "village",
    "hamlet": "hamlet",
    "suburb": "neighbourhood",
    "quarter": "neighbourhood",
    "neighbourhood": "neighbourhood",
    "isolated_dwelling": "hamlet",
    "residential": "neighbourhood",
    "island": "village",
    "islet": "hamlet",
    "locality": "hamlet",
    "farm": "hamlet",
    "school": "village",
}
URBAN = ("city", "town", "suburb", "quarter", "neighbourhood")
URBAN_CODES = {**dict.fromkeys(URBAN, "111"), "town": "121"}
"""Where a school stands, by the kind of its place: city, town; all else is the country."""

SHARE_PER_AGE = 0.01
"""Children of one year of age per inhabitant."""

SPARE = 1.25
"""Classes are counted for a quarter more pupils than there are."""


def names_of(table: gpd.GeoDataFrame, language: str) -> pd.Series[str]:
    """Names as people know them: the translated one first, the local one behind it.

    One alone where they differ by accents or letter case only, or the other is a part of it.
    """
    both = [
        _both(local, other)
        for local, other in zip(table["name"], table[f"name_{language}"], strict=True)
    ]
    return pd.Series(both, index=table.index, dtype="str")


def _both(local: str, other: str) -> str:
    if folded(other) in folded(local):
        return local
    return other if folded(local) in folded(other) else f"{other} {local}"


def equal_people(places: gpd.GeoDataFrame) -> Floats:
    """Inhabitants where nothing is known: the same number for every place of one kind."""
    people = places["place"].map(PLACE_PEOPLE | FALLBACK_PEOPLE | AREA_PEOPLE | LONELY_PEOPLE)
    return np.asarray(people, dtype="float64")


def settlements_of(
    places: gpd.GeoDataFrame, children: Mapping[int, Ints], language: str
) -> gpd.GeoDataFrame:
    """Places with their children by age, shape (n,) each."""
    name = names_of(places, language)
    # What lies in a city is a quarter of it, however it was mapped.
    place = places["place"].mask(places["city"] != "", "quarter")
    unnamed = [tr("Unnamed place {id}", id=osm_id) for osm_id in places["osm_id"]]
    table = pd.DataFrame(
        {
            "settlement_id": places["osm_id"],
            "name": name.where(name != "", unnamed),
            "kind": place.map(PLACE_KIND),
            "urban": place.isin(URBAN),
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
    kind = _kind_of_town(places)[nearest]
    name = names_of(found, language)
    near = settlements["name"].to_numpy()[nearest]
    unnamed = [
        tr("Kindergarten in {place}", place=place)
        if amenity == "kindergarten"
        else tr("School in {place}", place=place)
        for place, amenity in zip(near, found["amenity"], strict=True)
    ]
    private = found["operator:type"].eq("private") | name.str.contains("民办|privat", case=False)
    table = pd.DataFrame(
        {
            "school_id": found["osm_id"],
            "name": np.where(name != "", name, unnamed),
            "type_code": found["type_code"],
            "urban_rural_code": [URBAN_CODES.get(one, "220") for one in kind],
            "ownership": np.where(private, "private", "public"),
            "village_code": settlements["settlement_id"].to_numpy()[nearest],
        }
    )
    return gpd.GeoDataFrame(table, geometry=found.geometry.to_numpy(), crs=WGS84)


def _kind_of_town(places: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Kind of each place; of a quarter, that of its city or town."""
    kind = places.set_index("osm_id")["place"]
    city = places["city"].where(places["city"] != "", places["osm_id"])
    return np.asarray(kind.loc[city], dtype=object)


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
