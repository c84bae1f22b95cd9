"""Cities: spread over their quarters, and counted without the villages that their tag includes."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from layout.app.newstudy.kinds import folded
from layout.app.newstudy.model import PLACE_PEOPLE
from layout.app.newstudy.people import tagged_people
from layout.core.arrays import Bools, Floats
from layout.inputs.datum import choose_metre_crs, to_metres

__all__ = ["QUARTERS", "capped", "quarters_of", "spread", "with_schools", "without_villages"]

QUARTERS = ("suburb", "quarter", "neighbourhood")
"""Parts of a city by the value of ``place``; the first kind of which there are several counts."""

FEWEST_QUARTERS = 2
PEOPLE_PER_KM2 = 1_000.0
"""A city of so many people for each square kilometre covers a circle that holds its quarters."""

MOST_PER_KM2 = 10_000.0
"""Most people for each square kilometre of a study that has no unit of the city's name."""

_NEAREST_M, _FARTHEST_M = 2_000.0, 15_000.0


def quarters_of(places: gpd.GeoDataFrame, parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find the quarters that the people of cities and towns live in.

    Parameters
    ----------
    places
        Settlements; columns ``osm_id``, ``place``, ``population``.
    parts
        Objects of the kinds `QUARTERS`, same columns.

    Returns
    -------
    GeoDataFrame
        Rows of `parts`, with a column ``city``: the ``osm_id`` of the city or town around it.
    """
    if parts.empty:
        return parts.assign(city="")
    city = _city_around(places, parts)
    parts = parts.assign(city=city)[city != ""]
    kept = []
    for _, of_city in parts.groupby("city", sort=True):
        kinds = [of_city[of_city["place"] == kind] for kind in QUARTERS]
        several = [kind for kind in kinds if len(kind) >= FEWEST_QUARTERS]
        kept += several[:1]
    return gpd.GeoDataFrame(pd.concat(kept)) if kept else parts.iloc[:0]


def with_schools(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Count the places that stand for want of others at schools of a city among its quarters.

    Parameters
    ----------
    places
        Settlements; columns ``osm_id``, ``place``, ``population``, ``city``.

    Returns
    -------
    GeoDataFrame
        With ``city`` of places of the kind ``school`` within the circle of a city or town.
    """
    at_school = (places["place"] == "school").to_numpy()
    if not at_school.any():
        return places
    city = places["city"].to_numpy(dtype=object).copy()
    city[at_school] = _city_around(places, places[at_school])
    return places.assign(city=city)


def _city_around(places: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The ``osm_id`` of the city or town in whose circle each point lies; empty where in none."""
    cities = places[places["place"].isin(("city", "town"))]
    if cities.empty:
        return np.full(len(points), "", dtype=object)
    crs = choose_metre_crs(places.geometry)
    centres, there = to_metres(cities.geometry, crs), to_metres(points.geometry, crs)
    # Each point belongs to its nearest city or town, where it lies in that one's circle.
    tree = cKDTree(np.column_stack([centres.x, centres.y]))
    metres, nearest = tree.query(np.column_stack([there.x, there.y]))
    reach = np.array([_radius_m(row) for row in cities.to_dict("records")])
    names = cities["osm_id"].to_numpy(dtype=object)[nearest]
    return np.where(metres <= reach[nearest], names, "").astype(object)


def _radius_m(city: dict[str, str]) -> float:
    people = tagged_people(city["population"])
    people = people if math.isfinite(people) else PLACE_PEOPLE[city["place"]]
    radius = math.sqrt(people / PEOPLE_PER_KM2 / math.pi) * 1000
    return min(max(radius, _NEAREST_M), _FARTHEST_M)


def without_villages(
    places: gpd.GeoDataFrame, units: gpd.GeoDataFrame, people: Floats, tagged: Bools
) -> tuple[Floats, list[str]]:
    """Take the villages out of a city's number where that is the number of its whole unit.

    Parameters
    ----------
    places
        Settlements; columns ``name``, ``place``, ``county_code``, ``city``.
    units
        Columns ``county_code``, ``name``.
    people, tagged
        By place, shape (n,): inhabitants, and whether they are those of its tag.

    Returns
    -------
    people : ndarray
        By place.
    cities : list of str
        Names of the cities whose number was that of their unit: a city or town of the unit's
        name, with more inhabitants than all other places of the unit together.
    """
    people, cities = people.copy(), []
    names = units.set_index("county_code")["name"].map(folded)
    county = places["county_code"].to_numpy()
    own = (places["city"] == "").to_numpy()
    centre = places["place"].isin(("city", "town")).to_numpy() & tagged
    for at in np.flatnonzero(centre):
        name = folded(str(places["name"].iat[at]))
        others = (county == county[at]) & own
        others[at] = False
        rest = people[others].sum()
        # A unit of the same name, as 百色市 of 百色; its number is that of all its places.
        if len(name) > 1 and name in names.get(county[at], "") and 0 < rest < people[at]:
            people[at] -= rest
            cities.append(str(places["name"].iat[at]))
    return people, cities


def capped(
    places: gpd.GeoDataFrame, units: gpd.GeoDataFrame, people: Floats
) -> tuple[Floats, list[str]]:
    """Cut the number of a city that is larger than what the study's area can hold.

    A city that a box cuts keeps the tag of all its province.

    Parameters
    ----------
    places
        Settlements; columns ``name``, ``osm_id``, ``place``, ``county_code``.
    units
        Areas of the study, columns ``county_code``, ``name``.
    people
        By place, shape (n,).

    Returns
    -------
    people : ndarray
        By place, of cities and towns at most `MOST_PER_KM2` over all units together;
        a city with a unit of its own name keeps its number.
    cities : list of str
        Names of those that were cut, with their tag.
    """
    crs = choose_metre_crs(units.geometry)
    most = MOST_PER_KM2 * float(units.geometry.to_crs(crs).area.sum()) / 1e6
    over = places["place"].isin(("city", "town")).to_numpy() & (people > most)
    # A unit of its name is the city, all of it, however dense.
    county = units.set_index("county_code")["name"].map(folded)
    own = [
        len(folded(name)) > 1 and folded(name) in county.get(code, "")
        for name, code in zip(places["name"], places["county_code"], strict=True)
    ]
    over &= ~np.array(own, dtype=bool)
    names = places["name"].where(places["name"] != "", places["osm_id"])
    cities = [f"{names.iat[at]} ({people[at]:,.0f})" for at in np.flatnonzero(over)]
    return np.where(over, most, people), cities


def spread(places: gpd.GeoDataFrame, people: Floats) -> Floats:
    """Spread the people of each city evenly over itself and its quarters.

    Parameters
    ----------
    places
        Settlements; columns ``osm_id``, ``city``.
    people
        By place, shape (n,); those of quarters are not looked at.
    """
    even = people.copy()
    for city, quarters in places.reset_index(drop=True).groupby("city", sort=True).groups.items():
        if city:
            at = np.flatnonzero(places["osm_id"].to_numpy() == city)
            together = np.append(at, np.asarray(quarters))
            even[together] = people[at].sum() / together.size
    return even
