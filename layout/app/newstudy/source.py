"""Where a new study comes from: an extract on disk, or OpenStreetMap's servers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import geopandas as gpd
import shapely

from layout.app.newstudy.model import (
    AREA_PEOPLE,
    FALLBACK_PEOPLE,
    LONELY_PEOPLE,
    PLACE_PEOPLE,
)
from layout.core.errors import InputError
from layout.core.files import is_ordinary
from layout.core.problems import refuse
from layout.core.progress import step
from layout.core.text import Sentence, tr
from layout.inputs.datum import WGS84, choose_metre_crs
from layout.inputs.roads import osm, osm_cut, osm_objects
from layout.network.roads import download

__all__ = ["AMENITIES", "Place", "Source", "no_objects", "of_extract", "of_place"]

AMENITIES = ("school", "kindergarten")

_ONLINE_LEVELS = range(5, 11)
"""Administrative levels to download; the border of a province has a hundred thousand corners."""

AROUND_M = 10_000.0
"""Roads of an extract that belong to one of its areas: a way to school may leave the area."""

_ROADS, _ROADS_OF_AREA = "roads.graphml", "roads.osm.pbf"

_T = TypeVar("_T")


class Place(NamedTuple):
    """A place by the name that OpenStreetMap's geocoder knows, as ``Jingxi, Guangxi, China``."""

    name: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """What the builder of a study takes objects and roads from, on disk or downloaded.

    Parameters
    ----------
    name
        Name for problems.
    study_name
        Name of the study where no other is given.
    area
        What the study covers where no other area is asked for, EPSG:4326; None for everything.
    points, boundaries, border
        Readers of objects: `read_points`, `read_boundaries` and `read_border` of
        `layout.inputs.roads.osm` without their path.
    save_roads
        Writes the road file into a folder and returns its path; of an area, EPSG:4326, the roads
        within it and around it, of None all.
    """

    name: str
    study_name: str
    area: shapely.Geometry | None
    points: Callable[..., gpd.GeoDataFrame]
    boundaries: Callable[..., gpd.GeoDataFrame]
    border: Callable[[], gpd.GeoDataFrame]
    save_roads: Callable[[Path, shapely.Geometry | None], Path]


def of_extract(path: Path) -> Source:
    """Take everything from an extract; what is read stays, so that it is read once for all areas.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``, the latter also packed (``.gz``, ``.bz2``).

    Returns
    -------
    Source

    Raises
    ------
    InputError
        If it cannot be read, or holds no roads.
    """
    if not is_ordinary(path):
        raise refuse("missing-file:area", file=path.name, column="--osm", path=path.name)
    if not osm.has_roads(path):
        raise refuse("no-roads", file=path.name)
    roads = _once(partial(osm.read_roads, path))

    def save_roads(folder: Path, within: shapely.Geometry | None) -> Path:
        if within is None:
            return Path(shutil.copyfile(path, folder / path.name))
        file = folder / _ROADS_OF_AREA
        osm_cut.write_roads(file, roads(), _around(within), file=path.name)
        return file

    return Source(
        name=path.name,
        study_name=path.name.split(".")[0],
        area=None,
        points=_once(partial(osm_objects.read_points, path)),
        boundaries=_once(partial(osm_objects.read_boundaries, path)),
        border=_once(partial(osm.read_border, path)),
        save_roads=save_roads,
    )


def _once(read: Callable[..., _T]) -> Callable[..., _T]:
    """A reader that keeps what it has read by what was asked; nobody changes it."""
    kept: dict[str, _T] = {}

    def reader(*asked: object, **named: object) -> _T:
        words = repr((asked, sorted(named.items())))
        if words not in kept:
            kept[words] = read(*asked, **named)
        return kept[words]

    return reader


def _around(area: shapely.Geometry) -> shapely.Geometry:
    """An area with the margin from which roads are taken."""
    there = gpd.GeoSeries([area], crs=WGS84)
    crs = choose_metre_crs(there)
    around: shapely.Geometry = there.to_crs(crs).buffer(AROUND_M).to_crs(WGS84).iloc[0]
    return around


def of_place(place: Place) -> Source:
    """Download everything that a study needs.

    Parameters
    ----------
    place
        The place.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        As for `layout.network.roads.download`.
    """
    kinds = [kind for kind in PLACE_PEOPLE | FALLBACK_PEOPLE | LONELY_PEOPLE if kind != "school"]
    filters = {"place": kinds, "landuse": [*AREA_PEOPLE], "amenity": AMENITIES}
    with step(tr("Downloading from OpenStreetMap")):
        downloaded = download(place.name, filters=filters, admin_levels=_ONLINE_LEVELS)

    def save_roads(folder: Path, _: shapely.Geometry | None) -> Path:
        downloaded.save_roads(folder / _ROADS)
        return folder / _ROADS

    return Source(
        name=place.name,
        study_name=place.name,
        area=downloaded.area,
        points=downloaded.points,
        boundaries=downloaded.boundaries,
        border=lambda: downloaded.border,
        save_roads=save_roads,
    )


def no_objects(source: Source, what: Sentence, *, within: shapely.Geometry | None) -> InputError:
    """Say that there are no places or schools.

    Parameters
    ----------
    source
        Where they were looked for.
    what
        What is missing.
    within
        The area looked at; None for everything.

    Returns
    -------
    InputError
    """
    if source.area is not None:
        return refuse("empty-extract:place", file=source.name, what=what)
    return refuse(
        "empty-extract" if within is None else "empty-extract:area", file=source.name, what=what
    )
