"""Places and schools of a source, each once, whatever way they were mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layout.app.newstudy.cities import QUARTERS, quarters_of, with_schools
from layout.app.newstudy.kinds import KIND_TAGS, folded, kind_of
from layout.app.newstudy.model import (
    AREA_PEOPLE,
    FALLBACK_PEOPLE,
    LONELY_PEOPLE,
    PLACE_PEOPLE,
)
from layout.app.newstudy.people import tagged_people
from layout.app.newstudy.source import AMENITIES, Source, no_objects
from layout.core.arrays import Bools
from layout.core.problems import refuse
from layout.core.text import sentence, tr
from layout.inputs.datum import choose_metre_crs, to_metres

__all__ = ["add_places", "find_places", "find_schools", "with_quarters"]

NAMES = ("name:zh-Hans", "name:zh", "name:en", "int_name", "official_name", "alt_name", "loc_name")
"""Tags that name a thing which has no name of its own, in this order."""

SAME_PLACE_M = 3_000.0
"""A place's area and its node of the same name are that far apart at most."""

SAME_SCHOOL_M = 200.0
"""A school's grounds and its node of the same name are that far apart at most."""

AT_SCHOOL_M = 60.0
"""An unnamed object this near to a school of the same kind is a part of it."""

ALONE_M = 2_000.0
"""A school without a settlement within this distance gets one."""

ISLAND_PEOPLE = 2_000.0
"""A larger island has settlements, which count its people."""

TOGETHER_M = 1_000.0
"""Schools so near to each other get one together."""

_KEPT = ("population", *NAMES)
# Reach of the UTM zones, and the width of a study that must go over the date line.
_NORTH, _SOUTH, _HALF_TURN = 84.0, -80.0, 180.0


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
        geometry, ``whole``. Cities, towns, villages and hamlets; where there are none, quarters and
        single dwellings, else residential areas; empty where there are none of these either. Of a
        place mapped as node and as area the node stays, with the population of either.
    """
    filters: tuple[tuple[str, Mapping[str, int]], ...] = (
        ("place", PLACE_PEOPLE),
        ("place", FALLBACK_PEOPLE),
        ("landuse", AREA_PEOPLE),
    )
    for key, kinds in filters:
        objects = source.points({key: list(kinds)}, languages=(language,), keep=_KEPT)
        places = _named(_within(objects, area), language).rename(columns={key: "place"})
        if len(places):
            break
    return _places_once(places)


def add_places(
    places: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    source: Source,
    *,
    language: str,
    area: shapely.Geometry | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[int, int, int]]:
    """Add the islands with people, and give every school a settlement.

    That of a school is an island or locality near it, else one at the school.

    Parameters
    ----------
    places, schools
        As `with_quarters` and `find_schools` return them.
    source, language, area
        As for `find_places`.

    Returns
    -------
    places : GeoDataFrame
        With the places that were added; those at schools have the kind ``school``.
    counts : tuple of int
        How many islands and localities near schools, and how many islands with a tag of up to
        `ISLAND_PEOPLE` and without a settlement within `ALONE_M` were added; how many schools got a
        settlement.
    """
    alone = _alone(schools, places)
    kinds = list(FALLBACK_PEOPLE | LONELY_PEOPLE)
    objects = source.points({"place": kinds}, languages=(language,), keep=_KEPT)
    other = _places_once(_named(_within(objects, area), language))
    # Places that a school without settlement has near it, and islands; none that is there already.
    new = ~np.isin(other["osm_id"], places["osm_id"])
    near = ~_alone(other, schools[alone]) & new
    people = np.array([tagged_people(text) for text in other["population"]], dtype="float64")
    peopled = other["place"].isin(("island", "islet")).to_numpy() & (people <= ISLAND_PEOPLE)
    peopled &= _alone(other, places) & new & ~near
    places = _joined(places, other[near | peopled])
    # What is still alone gets a settlement of its own; of schools near each other the first.
    lonely = schools[_alone(schools, places)]
    counts = (int(near.sum()), int(peopled.sum()), len(lonely))
    at = lonely.iloc[_first_of_each(lonely)]
    names = at["name"].where(at["name"] != "", at["osm_id"])
    added = at.assign(
        osm_id="at_" + at["osm_id"],
        name=[tr("Around {school}", school=name) for name in names],
        place="school",
        population="",
    )
    return with_schools(_joined(places, added)), counts


def _first_of_each(schools: gpd.GeoDataFrame) -> list[int]:
    """Positions of schools of which none has an earlier one near it."""
    first: list[int] = []
    if schools.empty:
        return first
    near = set(_pairs(schools.reset_index(drop=True), TOGETHER_M))
    for at in range(len(schools)):
        if not any((earlier, at) in near for earlier in first):
            first.append(at)
    return first


def with_quarters(
    places: gpd.GeoDataFrame,
    source: Source,
    *,
    language: str,
    area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """Add the quarters over which the people of cities and towns are spread.

    Parameters
    ----------
    places
        As `find_places` returns them.
    source, language, area
        As for `find_places`.

    Returns
    -------
    GeoDataFrame
        With a column ``city``: of a quarter the ``osm_id`` of its city, otherwise empty.
    """
    places = places.assign(city="")
    if not places["place"].isin(("city", "town")).any():
        return places
    objects = source.points({"place": list(QUARTERS)}, languages=(language,), keep=_KEPT)
    parts = _places_once(_named(_within(objects, area), language))
    return _joined(places, quarters_of(places, parts))


def _alone(objects: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> Bools:
    """Bools of the objects that have none of the others within reach of a way to school."""
    if others.empty or objects.empty:
        return np.full(len(objects), others.empty)
    crs = choose_metre_crs(others.geometry)
    a, b = to_metres(objects.geometry, crs), to_metres(others.geometry, crs)
    metres, _ = cKDTree(np.column_stack([b.x, b.y])).query(np.column_stack([a.x, a.y]))
    return np.asarray(metres > ALONE_M)


def _joined(places: gpd.GeoDataFrame, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    columns = list(places.columns)
    table = pd.concat([places, more.reindex(columns=columns, fill_value="")], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=places.crs)


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
        Columns ``osm_id``, ``name``, ``name_<language>``, ``amenity``, ``operator:type``,
        ``type_code``, ``type_by`` (what told the type), point geometry, ``whole``. A school mapped
        as node and as area, or as several parts of one name and type, is listed once; what is no
        school of children has the type ``""``.

    Raises
    ------
    InputError
        If there are none.
    """
    objects = source.points(
        {"amenity": list(AMENITIES)},
        languages=(language,),
        keep=("operator:type", *dict.fromkeys([*KIND_TAGS, *NAMES])),
    )
    objects = _within(objects, area)
    if objects.empty:
        raise no_objects(source, sentence("schools or kindergartens"), within=area)
    kinds = [
        kind_of(
            row["amenity"],
            " ".join(row[name] for name in ("name", f"name_{language}", *NAMES)),
            {tag: row[tag] for tag in KIND_TAGS},
        )
        for row in objects.drop(columns="geometry").to_dict("records")
    ]
    objects = objects.assign(
        type_code=np.array([kind.code for kind in kinds], dtype=object),
        type_by=np.array([kind.by for kind in kinds], dtype=object),
    ).drop(columns=[tag for tag in KIND_TAGS if tag not in NAMES])
    schools = _named(objects, language)
    _check_place(source, schools)
    return _schools_once(schools)


def _check_place(source: Source, objects: gpd.GeoDataFrame) -> None:
    """Refuse what lies where no plane system is good, or on both sides of the date line."""
    west, south, east, north = (float(degrees) for degrees in objects.total_bounds)
    if north > _NORTH or south < _SOUTH:
        latitude = north if north > _NORTH else south
        raise refuse("pole", file=source.name, latitude=f"{latitude:.2f}")
    if east - west > _HALF_TURN:
        # The sides as they meet: the smallest of the east, the largest of the west.
        x = objects.geometry.x
        sides = {"west": f"{x[x > 0].min():.2f}", "east": f"{x[x < 0].max():.2f}"}
        raise refuse("antimeridian", file=source.name, **sides)


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
        shapely.prepare(area)
        objects = objects[shapely.intersects(area, objects.geometry.to_numpy())]
    return objects.reset_index(drop=True)


def _pairs(objects: gpd.GeoDataFrame, metres: float) -> list[tuple[int, int]]:
    """Positions of objects near each other, the first one first."""
    points = to_metres(objects.geometry, choose_metre_crs(objects.geometry))
    # Positions, first < second; sorted, so that nothing depends on the order of the tree.
    return sorted(cKDTree(np.column_stack([points.x, points.y])).query_pairs(metres))


def _places_once(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if places.empty:
        return places
    # Nodes first: they stand where people look for the place, areas anywhere inside.
    is_area = ~places["osm_id"].str.startswith("n")
    places = places.iloc[np.argsort(is_area.to_numpy(), kind="stable")].reset_index(drop=True)
    area = ~places["osm_id"].str.startswith("n").to_numpy()
    # By position; of a pair of equal names the second, an area, goes and leaves its population.
    names = np.array([folded(name) for name in places["name"]], dtype=object)
    people = places["population"].to_numpy(dtype=object).copy()
    dropped: set[int] = set()
    for a, b in _pairs(places, SAME_PLACE_M):
        if area[b] and a not in dropped and names[a] == names[b] != "":
            people[a] = people[a] or people[b]
            dropped.add(b)
    places["population"] = pd.array(people, dtype="str")
    return _left(places, dropped)


def _schools_once(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kind, code = schools["amenity"].to_numpy(), schools["type_code"].to_numpy()
    names = np.array([folded(name) for name in schools["name"]], dtype=object)
    other = schools.filter(like="name_").iloc[:, 0].to_numpy()
    points = to_metres(schools.geometry, choose_metre_crs(schools.geometry))
    dropped: set[int] = set()
    for a, b in _pairs(schools, SAME_SCHOOL_M):
        if kind[a] != kind[b] or a in dropped or b in dropped:
            continue
        # Positions of the pair without any name; where both are bare, the second goes.
        bare = [at for at in (b, a) if names[at] == "" and other[at] == ""]
        # Two schools of one name may teach different grades.
        if names[a] == names[b] != "" and code[a] == code[b]:
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
