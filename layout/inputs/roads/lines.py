"""Road lines of a layer or of a database in the same form as OpenStreetMap's ways.

Lines meet where they share a vertex, at an end or in between, rounded to
what OpenStreetMap itself holds (1e-7 degrees, about one centimetre). Lines that cross without
a shared vertex do not meet: a bridge is no junction.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.inputs.database.postgis import Fetched
from layout.inputs.layers.vector import LINES, read_vector
from layout.inputs.roads.tables import WAY_TAGS, RoadTables

__all__ = ["CLASS_COLUMNS", "CLASS_NAMES", "DEFAULT_CLASS", "is_lines", "read_lines"]

CLASS_COLUMNS = ("highway", "fclass", "class", "roadclass", "road_class", "type", "等级", "类型")
"""Columns that may hold the class of road, the first one present counts; any letter case."""

DEFAULT_CLASS = "unclassified"
"""Class of a line that names none or an unknown one; such lines are counted and reported."""

CLASS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "高速": "motorway",
        "高速公路": "motorway",
        "国道": "trunk",
        "一级": "trunk",
        "一级公路": "trunk",
        "省道": "primary",
        "二级": "primary",
        "二级公路": "primary",
        "县道": "secondary",
        "三级": "secondary",
        "三级公路": "secondary",
        "乡道": "tertiary",
        "村道": "unclassified",
        "四级": "unclassified",
        "四级公路": "unclassified",
        "等外": "unclassified",
        "专用公路": "service",
        "街道": "residential",
        "城市道路": "residential",
        "机耕路": "track",
        "小路": "path",
        "expressway": "motorway",
        "highway": "trunk",
        "local": "residential",
        "street": "residential",
        "track_grade1": "track",
        "track_grade2": "track",
        "track_grade3": "track",
        "track_grade4": "track",
        "track_grade5": "track",
        "unknown": "unclassified",
    }
)
"""Names of classes beside OpenStreetMap's own: of Chinese road registers and of Geofabrik."""

_OSM_CLASSES = frozenset(
    f"{name}{link}"
    for name in ("motorway", "trunk", "primary", "secondary", "tertiary")
    for link in ("", "_link")
) | {
    "unclassified", "residential", "living_street", "service", "road", "busway", "track", "path",
    "footway", "steps", "pedestrian", "cycleway", "bridleway", "construction", "proposed",
}  # fmt: skip

_ONEWAY = MappingProxyType(
    {"f": "yes", "ft": "yes", "t": "-1", "tf": "-1", "b": "no", "1": "yes", "0": "no"}
)
"""Geofabrik's letters and numbers for the direction, as OpenStreetMap's values."""

_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet")
_SCALE = 1e7


def is_lines(path: Path) -> bool:
    """Tell by its name whether a file may hold road lines.

    Parameters
    ----------
    path
        Any path.
    """
    return path.suffix.lower() in _SUFFIXES


def read_lines(roads: Path | Fetched, *, layer: str | None = None) -> RoadTables:
    """Read road lines.

    Parameters
    ----------
    roads
        ``.gpkg``, ``.shp``, ``.geojson``, ``.fgb`` or ``.parquet`` with its CRS declared, or rows
        of a database.
    layer
        Layer of the file; the first one where not given.

    Returns
    -------
    RoadTables
        Columns named like OpenStreetMap's tags are taken as such. Neither the order of the lines
        nor how a road is cut into lines matters. ``counts["unclassified_ways"]`` says how many
        lines had no known class and got `DEFAULT_CLASS`.

    Raises
    ------
    InputError
        No such file, unreadable, no CRS, or geometries that are no lines.
    """
    if isinstance(roads, Path) and not roads.is_file():
        raise refuse("missing-file", file=roads.name)
    if isinstance(roads, Fetched):
        frame, problems = read_vector(roads, file=roads.shown, kinds=LINES)
    else:
        frame, problems = read_vector((roads, layer or ""), file=roads.name, kinds=LINES)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InputError(*errors)
    # Single lines, and for each the feature whose tags it has.
    parts, owner = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    tags, unknown = _tags(pd.DataFrame(frame.drop(columns="geometry")))
    return _tables(parts, tags.iloc[owner].reset_index(drop=True), unknown)


def _tags(columns: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Attributes as OpenStreetMap's tags, and how many lines have no known class."""
    # The file's own names of columns by lower case; of several alike the first counts.
    own = {str(name).lower(): str(name) for name in reversed(columns.columns)}
    empty = pd.Series("", index=columns.index, dtype="str")
    tags = pd.DataFrame({key: columns[own[key]] if key in own else empty for key in WAY_TAGS})
    # Shapefiles cut names at ten characters.
    if "motor_vehi" in own:
        tags["motor_vehicle"] = columns[own["motor_vehi"]]
    # Geofabrik writes 0 where there is no tag.
    if "maxspeed" in own:
        tags["maxspeed"] = tags["maxspeed"].where(tags["maxspeed"] != "0", "")
    # Class of each line: our name for it where there is one, else the text itself.
    column = next((own[name] for name in CLASS_COLUMNS if name in own), None)
    named = empty if column is None else columns[column].str.strip().str.lower()
    classes = named.map(lambda text: CLASS_NAMES.get(text, text))
    known = classes.isin(list(_OSM_CLASSES))
    tags["highway"] = classes.where(known, DEFAULT_CLASS)
    tags["oneway"] = tags["oneway"].str.lower().map(lambda text: _ONEWAY.get(text, text))
    return tags, int((~known).sum())


def _tables(
    parts: np.ndarray[tuple[int, ...], np.dtype[np.object_]], tags: pd.DataFrame, unknown: int
) -> RoadTables:
    """Make nodes of equal vertices, sorted by place; sort the ways by their shape."""
    # Vertices of all lines, shape (vertices, 2), and the line of each.
    xy, line = shapely.get_coordinates(parts, return_index=True)
    # Whole units of 1e-7 degrees, so that equal places are found exactly.
    fixed = np.round(xy * _SCALE).astype(np.int64)
    places, position = np.unique(fixed, axis=0, return_inverse=True)
    position = position.reshape(-1).astype(np.int64)
    # Number of vertices of each line, and where its first one is.
    size = np.bincount(line, minlength=len(parts))
    begin = np.concatenate([[0], np.cumsum(size)])[:-1]
    # Order of the ways by first, second and last node, size and class, so not of the file.
    order = np.lexsort(
        (tags["highway"], size, position[begin + size - 1], position[begin + 1], position[begin])
    )
    start = np.concatenate([[0], np.cumsum(size[order])]).astype(np.int64)
    # Old place of each vertex in the new order of the lines.
    take = np.arange(start[-1]) + np.repeat(begin[order] - start[:-1], size[order])
    ways = tags.iloc[order].reset_index(drop=True)
    ways.insert(0, "way_id", np.arange(1, len(ways) + 1, dtype=np.int64))
    return RoadTables(
        nodes=pd.DataFrame(
            {"lon": places[:, 0] / _SCALE, "lat": places[:, 1] / _SCALE},
            index=pd.RangeIndex(len(places), name="node_id"),
        ),
        ways=ways,
        way_nodes=position[take],
        way_start=start,
        counts={"unclassified_ways": unknown},
    )
