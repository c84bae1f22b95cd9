"""Places and schools of a source, each once, whatever way they were mapped."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layout.app.newstudy.model import FALLBACK_PEOPLE, PLACE_PEOPLE
from layout.app.newstudy.source import AMENITIES, Source, no_objects
from layout.core.text import sentence
from layout.inputs.datum import choose_metre_crs, to_metres

__all__ = ["find_places", "find_schools"]

NAMES = ("name:zh", "name:zh-Hans", "name:en", "int_name", "official_name", "alt_name", "loc_name")
"""Tags that name a thing which has no name of its own, in this order."""

SAME_PLACE_M = 3_000.0
"""A place's area and its node of the same name are that far apart at most."""

SAME_SCHOOL_M = 200.0
"""A school's grounds and its node of the same name are that far apart at most."""

AT_SCHOOL_M = 60.0
"""An unnamed object this near to a school of the same kind is a part of it."""


def find_places(
    source: Source, *, language: str, area: shapely.Geometry | None = None
) -> gpd.GeoDataFrame:
    """Read the settlements of a source.

    Parameters
    ----------
    source
        An extract, or a place.
    language
        Language of names to carry beside the local one.
    area
        Only what lies in it, EPSG:4326; everything where not given.

    Returns
    -------
    GeoDataFrame
        Columns ``osm_id``, ``name``, ``name_<language>``, ``place``, ``population`` (text), point
        geometry. Cities, towns, villages and hamlets; where there are none, quarters and single
        dwellings. Of a place mapped as node and as area the node stays, with the population of
        either.

    Raises
    ------
    InputError
        If there are none.
    """
    keep = ("population", *NAMES)
    for kinds in (PLACE_PEOPLE, FALLBACK_PEOPLE):
        objects = source.points({"place": list(kinds)}, languages=(language,), keep=keep)
        places = _within(_named(objects, language), area)
        if len(places):
            return _places_once(places)
    raise no_objects(source, sentence("places (towns, villages or hamlets)"), within=area)


def find_schools(
    source: Source, *, language: str, area: shapely.Geometry | None = None
) -> gpd.GeoDataFrame:
    """Read the schools and kindergartens of a source.

    Parameters
    ----------
    source, language, area
        As for `find_places`.

    Returns
    -------
    GeoDataFrame
        Columns ``osm_id``, ``name``, ``name_<language>``, ``amenity``, ``isced:level``,
        ``operator:type``, point geometry. A school mapped as node and as area, or as several
        parts of one name, is listed once.

    Raises
    ------
    InputError
        If there are none.
    """
    objects = source.points(
        {"amenity": list(AMENITIES)},
        languages=(language,),
        keep=("isced:level", "operator:type", *NAMES),
    )
    schools = _within(_named(objects, language), area)
    if schools.empty:
        raise no_objects(source, sentence("schools or kindergartens"), within=area)
    return _schools_once(schools)


def _named(objects: gpd.GeoDataFrame, language: str) -> gpd.GeoDataFrame:
    """Fill missing names from other tags; line breaks within names become spaces."""
    named = objects.copy()
    other = f"name_{language}"
    for tag in NAMES:
        # A name is taken only where both columns are empty still: the first tag that has one wins.
        bare = (named["name"] == "") & (named[other] == "")
        named["name"] = named["name"].mask(bare, named[tag])
    for column in ("name", other):
        named[column] = named[column].str.replace(r"\s+", " ", regex=True).str.strip()
    return named.drop(columns=list(NAMES))


def _within(objects: gpd.GeoDataFrame, area: shapely.Geometry | None) -> gpd.GeoDataFrame:
    if area is not None and len(objects):
        objects = objects[shapely.intersects(area, objects.geometry.to_numpy())]
    return objects.reset_index(drop=True)


def _pairs(objects: gpd.GeoDataFrame, metres: float) -> list[tuple[int, int]]:
    """Positions of objects near each other, the first one first."""
    points = to_metres(objects.geometry, choose_metre_crs(objects.geometry))
    # Positions, first < second; sorted, so that nothing depends on the order of the tree.
    return sorted(cKDTree(np.column_stack([points.x, points.y])).query_pairs(metres))


def _places_once(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    # Nodes first: they stand where people look for the place, areas anywhere inside.
    is_area = ~places["osm_id"].str.startswith("n")
    places = places.iloc[np.argsort(is_area.to_numpy(), kind="stable")].reset_index(drop=True)
    area = ~places["osm_id"].str.startswith("n").to_numpy()
    # By position; of a pair of equal names the second, an area, goes and leaves its population.
    names, people = places["name"].to_numpy(), places["population"].to_numpy(dtype=object).copy()
    dropped: set[int] = set()
    for a, b in _pairs(places, SAME_PLACE_M):
        if area[b] and a not in dropped and names[a] == names[b] != "":
            people[a] = people[a] or people[b]
            dropped.add(b)
    places["population"] = pd.array(people, dtype="str")
    return _left(places, dropped)


def _schools_once(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kind, names = schools["amenity"].to_numpy(), schools["name"].to_numpy()
    other = schools.filter(like="name_").iloc[:, 0].to_numpy()
    points = to_metres(schools.geometry, choose_metre_crs(schools.geometry))
    dropped: set[int] = set()
    for a, b in _pairs(schools, SAME_SCHOOL_M):
        if kind[a] != kind[b] or a in dropped or b in dropped:
            continue
        # Positions of the pair without any name; where both are bare, the second goes.
        bare = [at for at in (b, a) if names[at] == "" and other[at] == ""]
        if names[a] == names[b] != "":
            dropped.add(b)
        elif bare and points.iloc[a].distance(points.iloc[b]) <= AT_SCHOOL_M:
            dropped.add(bare[0])
    return _left(schools, dropped)


def _left(objects: gpd.GeoDataFrame, dropped: Sequence[int] | set[int]) -> gpd.GeoDataFrame:
    """What is not dropped, in the order of the reader: by kind of object and number."""
    kept = objects.drop(index=sorted(dropped))
    # Positions by kind of object (n, r, w) and number, as the reader sorts them.
    order = sorted(range(len(kept)), key=lambda at: _key(kept["osm_id"].iloc[at]))
    return kept.iloc[order].reset_index(drop=True)


def _key(osm_id: str) -> tuple[str, int]:
    return osm_id[0], int(osm_id[1:])
