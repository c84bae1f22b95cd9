"""Road lines of a layer or of a database in the same form as OpenStreetMap's ways.

Lines meet where they share a vertex, at an end or in between, rounded to what OpenStreetMap itself
holds (1e-7 degrees, about one centimetre), and where the end of one misses another by no more than
`RoadWords.join_m`. Lines that cross without a shared vertex do not meet: a bridge is no junction.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.inputs.database.postgis import Fetched
from layout.inputs.layers.vector import LINES, read_vector
from layout.inputs.roads.joins import joined_ends, without_twins
from layout.inputs.roads.tables import RoadTables, check_vertices
from layout.inputs.roads.words import DEFAULT_CLASS, DIRECTIONS, RoadWords, tags_of

__all__ = ["UnknownWords", "is_lines", "read_lines", "unknown_words"]

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


def read_lines(
    roads: Path | Fetched, *, layer: str = "", encoding: str = "", words: RoadWords | None = None
) -> RoadTables:
    """Read road lines.

    Parameters
    ----------
    roads
        ``.gpkg``, ``.shp``, ``.geojson``, ``.fgb`` or ``.parquet`` with its CRS declared, or rows
        of a database.
    layer
        Layer of the file; the first one where not given.
    encoding
        Of a shapefile's text where one is declared.
    words
        What the study file says of columns and values, and how near ends are joined.

    Returns
    -------
    RoadTables
        Columns named like OpenStreetMap's tags, or as `layout.inputs.roads.words.COLUMNS` has them,
        are taken as such. Neither the order of the lines nor how a road is cut into lines matters.
        ``counts`` says of how many lines (``lines``) how many had no known class
        (``unclassified_ways``) and got `DEFAULT_CLASS` or the study file's, for how many there is
        no column of the direction (``undirected_lines``) or none known in it
        (``unknown_directions``), how many were twins (``twin_ways``), and
        how many ends were joined (``joined_ends``).

    Raises
    ------
    InputError
        No such file, unreadable, no CRS, or geometries that are no lines.
    """
    words = words or RoadWords()
    frame, file, doubts = _features(roads, layer, encoding)
    check_vertices(int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()), file=file)
    # Single lines, and for each the feature whose tags it has.
    parts, owner = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    tags, _, used = tags_of(pd.DataFrame(frame.drop(columns="geometry")), words, file=file)
    unknown = (tags["highway"] == "").to_numpy()
    tags["highway"] = tags["highway"].where(~unknown, words.other_class or DEFAULT_CLASS)
    tables = _tables(
        parts,
        tags.iloc[owner].reset_index(drop=True),
        {
            "lines": len(frame),
            "unclassified_ways": int(unknown.sum()),
            "undirected_lines": 0 if "oneway" in used else len(frame),
            "unknown_directions": int((~tags["oneway"].isin(DIRECTIONS)).sum()),
            "ballpark": int("crs-ballpark" in doubts),
        },
    )
    return joined_ends(without_twins(tables), metres=words.join_m)


class UnknownWords(NamedTuple):
    """What lines say of classes and directions that are not known, most frequent first.

    Attributes
    ----------
    values
        Texts of the columns of classes with the number of lines; "" where there is none.
    unread
        Columns of the file that nothing was read from, each with its most frequent text.
    directions
        Unknown directions with the number of lines.
    """

    values: list[tuple[str, int]]
    unread: list[tuple[str, str]]
    directions: list[tuple[str, int]]


def unknown_words(
    roads: Path | Fetched, *, layer: str = "", encoding: str = "", words: RoadWords
) -> UnknownWords:
    """Tell of lines without a known class or direction what they say of it.

    Parameters
    ----------
    roads, layer, encoding, words
        As for `read_lines`.
    """
    frame, file, _ = _features(roads, layer, encoding)
    columns = pd.DataFrame(frame.drop(columns="geometry"))
    tags, said, used = tags_of(columns, words, file=file)
    values = _counted(said[tags["highway"] == ""])
    directions = _counted(tags["oneway"][~tags["oneway"].isin(DIRECTIONS)])
    read = {name for names in used.values() for name in names}
    unread = [
        (str(name), str(columns[name].value_counts().sort_index().idxmax()))
        for name in columns.columns
        if name not in read and columns[name].notna().any()
    ]
    return UnknownWords(values, unread, directions)


def _counted(texts: pd.Series) -> list[tuple[str, int]]:
    """Distinct texts and their numbers, most frequent first, equal ones in their own order."""
    counts = texts.value_counts().items()
    return sorted(((str(text), int(n)) for text, n in counts), key=lambda one: (-one[1], one[0]))


def _features(
    roads: Path | Fetched, layer: str, encoding: str
) -> tuple[gpd.GeoDataFrame, str, set[str]]:
    """Features of a layer or a table, with the name of the file and the codes of its warnings."""
    if isinstance(roads, Path) and not roads.is_file():
        raise refuse("missing-file", file=roads.name)
    if isinstance(roads, Fetched):
        file = roads.shown
        frame, problems = read_vector(roads, file=file, kinds=LINES)
    else:
        file = roads.name
        frame, problems = read_vector((roads, layer), file=file, kinds=LINES, encoding=encoding)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InputError(*errors)
    return frame, file, {problem.code for problem in problems}


def _tables(
    parts: np.ndarray[tuple[int, ...], np.dtype[np.object_]],
    tags: pd.DataFrame,
    counts: dict[str, int],
) -> RoadTables:
    """Make nodes of equal vertices, sorted by place; sort the ways by their shape."""
    # Vertices of all lines, shape (vertices, 2), and the line of each.
    xy, line = shapely.get_coordinates(parts, return_index=True)
    # 180 degrees east and west are one place.
    xy[:, 0] = np.where(xy[:, 0] >= 180.0, -180.0, xy[:, 0])
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
        counts=counts,
    )
