"""Areas that studies are made of: administrative ones of an extract, or polygons of a file."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from layout.app.newstudy.model import names_of
from layout.app.newstudy.source import Source
from layout.core.errors import InputError
from layout.core.files import is_ordinary
from layout.core.problems import problem, refuse
from layout.inputs.layers.vector import AREAS, VECTOR_SUFFIXES, read_vector

__all__ = ["LEVELS", "Area", "areas_of_file", "areas_of_level", "find_area", "with_folders"]

LEVELS = range(2, 11)
"""Administrative levels of OpenStreetMap, from a country to a quarter."""

AREA_LEVELS = (6, 5, 4, 7, 8, 9, 10, 3, 2)
"""Levels in which a named area is looked for; of equal names the first level counts."""

NAME_COLUMNS = ("name", "名称")
"""Columns of a file of areas that hold their names, the first one that is there."""

_HALF = 0.5
_LONGEST_NAME, _LONGEST_FOLDER = 200, 40
_UNSAFE = re.compile(r"[^\w-]+")


@dataclass(frozen=True, eq=False, kw_only=True)
class Area:
    """What one study covers.

    Attributes
    ----------
    name
        Name of its study; empty for that of the extract.
    code
        Its identifier in the extract, or the number of its polygon in the file.
    shape
        Polygon or multipolygon, EPSG:4326.
    folder
        Name of its folder beside those of other areas.
    """

    name: str
    code: str
    shape: shapely.Geometry
    folder: str = ""


def find_area(source: Source, wanted: str, *, language: str) -> Area:
    """Find the area of a study.

    Parameters
    ----------
    source
        The extract.
    wanted
        A file of polygons (``.gpkg``, ``.geojson``, ``.shp``), or the name of an administrative
        area of the extract, in its own or the given language, or its ``r123``.
    language
        Language of the second name.

    Returns
    -------
    Area
        All polygons of the file, or all areas of the name together.

    Raises
    ------
    InputError
        If there is no such file or area; names areas of similar names.
    """
    path = Path(wanted)
    if path.suffix.lower() in VECTOR_SUFFIXES:
        frame = _polygons(path, option="--area")
        return Area(name="", code="", shape=shapely.union_all(frame.geometry.to_numpy()))
    known: list[str] = []
    for level in AREA_LEVELS:
        areas = source.boundaries(admin_level=level, languages=(language,))
        names = [areas[column] for column in ("name", f"name_{language}", "osm_id")]
        # By area: whether its name, its other name or its identifier is the one asked for.
        match = np.logical_or.reduce([name.str.casefold() == wanted.casefold() for name in names])
        if match.any():
            return _together(areas[match], language)
        known += [name for column in names[:2] for name in column if name]
    near = get_close_matches(wanted, known, n=5, cutoff=0.5) or sorted(set(known))[:10]
    raise refuse(
        "unknown-area",
        file=source.name,
        column="--area",
        value=wanted,
        names=", ".join(dict.fromkeys(near)) or "–",
    )


def areas_of_level(
    source: Source, level: int, *, language: str, within: shapely.Geometry | None
) -> list[Area]:
    """Find the complete administrative areas of a level, in the order of their numbers.

    Parameters
    ----------
    source
        The extract.
    level
        One of `LEVELS`; 6 is a county in China.
    language
        Language of names beside the local one.
    within
        Only those of which at least half lies in it, EPSG:4326; all where None.

    Raises
    ------
    InputError
        Code ``no-areas``: there are none; names the levels that there are.
    """
    areas = source.boundaries(admin_level=level, languages=(language,))
    if within is not None and len(areas):
        # Neighbours share the line; square degrees do for a share.
        shapes = areas.geometry.to_numpy()
        shared = shapely.area(shapely.intersection(shapes, within)) / shapely.area(shapes)
        areas = areas[shared >= _HALF]
    if areas.empty:
        counts = {
            at: len(source.boundaries(admin_level=at, languages=(language,))) for at in LEVELS
        }
        there = ", ".join(f"{at} ({count})" for at, count in counts.items() if count)
        raise refuse(
            "no-areas", file=source.name, column="--level", value=level, levels=there or "–"
        )
    return [_together(areas.iloc[[at]], language) for at in range(len(areas))]


def areas_of_file(path: Path, *, language: str) -> list[Area]:
    """Read the polygons of a file, each as an area of its own.

    Parameters
    ----------
    path
        A layer of polygons, as for `find_area`; their names stand in one of `NAME_COLUMNS`, or in
        ``name_<language>``.
    language
        Language of the names that are taken where there is a choice.

    Raises
    ------
    InputError
        There is no such file, it cannot be read or has no column of names, or a polygon none.
    """
    if path.suffix.lower() not in VECTOR_SUFFIXES:
        raise refuse("areas-format", file=path.name, choices=", ".join(VECTOR_SUFFIXES))
    frame = _polygons(path, option="--areas")
    column = {str(name).casefold(): name for name in frame.columns}
    named = next(
        (column[name] for name in (f"name_{language}", *NAME_COLUMNS) if name in column), None
    )
    if named is None:
        raise refuse("missing-column", file=path.name, column="name", name="name")
    names = frame[named].fillna("").astype(str).str.split().str.join(" ")
    bare = frame.index[(names == "").to_numpy()]
    if len(bare):
        raise InputError(*(problem("area-unnamed", file=path.name, row=row) for row in bare))
    return [
        Area(name=name[:_LONGEST_NAME], code=str(row), shape=shapely.union_all([shape]))
        for row, name, shape in zip(frame.index, names, frame.geometry, strict=True)
    ]


def with_folders(areas: Sequence[Area]) -> tuple[list[Area], list[Area]]:
    """Name a folder for each area; names that several would have get the code of each.

    Parameters
    ----------
    areas
        Each with another code.

    Returns
    -------
    areas, alike : list of Area
        With their folders, no two of which differ by the case of letters alone; those whose name
        alone would not do.
    """
    names = [_safe(area.name) for area in areas]
    while alike := {name for name, count in Counter(map(str.casefold, names)).items() if count > 1}:
        names = [
            f"{name}-{_safe(area.code)}" if name.casefold() in alike else name
            for name, area in zip(names, areas, strict=True)
        ]
    placed = [replace(area, folder=name) for area, name in zip(areas, names, strict=True)]
    return placed, [area for area in placed if area.folder != _safe(area.name)]


def _safe(name: str) -> str:
    """Letters, digits and dashes of a name, so many that it fits any disk."""
    text = _UNSAFE.sub("-", unicodedata.normalize("NFC", name)).strip("-_")
    return text[:_LONGEST_FOLDER].rstrip("-_") or "area"


def _together(areas: gpd.GeoDataFrame, language: str) -> Area:
    """Administrative areas as one, called like the first of them."""
    code = str(areas["osm_id"].iloc[0])
    name = " ".join(str(names_of(areas, language).iloc[0]).split())
    return Area(
        name=name[:_LONGEST_NAME] or code,
        code=code,
        shape=shapely.union_all(areas.geometry.to_numpy()),
    )


def _polygons(path: Path, *, option: str) -> gpd.GeoDataFrame:
    """The polygons of a file, EPSG:4326."""
    if not is_ordinary(path):
        raise refuse("missing-file:area", file=path.name, column=option, path=path.name)
    frame, problems = read_vector((path, ""), file=path.name, kinds=AREAS)
    errors = [one for one in problems if one.severity == "error"]
    if errors:
        raise InputError(*errors)
    return frame
