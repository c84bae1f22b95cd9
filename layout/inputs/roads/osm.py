"""OpenStreetMap extracts (.osm.pbf, .osm, .osm.xml): roads and national borders.

All geometry is EPSG:4326. Ways whose nodes are missing at the edge of an extract are cut there,
and reading goes on. `osmium` is imported only when a file is read.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.problems import refuse
from layout.inputs.roads.osm_file import is_osm, opened
from layout.inputs.roads.tables import WAY_TAGS, RoadTables, check_vertices
from layout.inputs.safety.limits import MAX_INFLATED

__all__ = ["has_roads", "is_osm", "opened", "read_border", "read_roads"]

CRS = "EPSG:4326"
UNDEFINED = 2_147_483_647
"""Coordinate of a node that the extract does not hold (libosmium's own marker)."""

_FIXED_POINT = 1e7


def read_roads(path: Path) -> RoadTables:
    """Read all ways with a ``highway`` tag.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``.

    Returns
    -------
    RoadTables
        Ways in order of their id; a way cut at the extract's edge gives one row per part that is
        left (at least two nodes each). ``counts["clipped_ways"]`` says how many were cut.

    Raises
    ------
    InputError
        No such file, not a readable extract, a DOCTYPE in XML, or no roads in it, or too many.
    """
    import osmium

    # Node id, longitude and latitude (1e-7 degrees) of each vertex, part after part; where each
    # part begins; way id and tags of each part.
    refs, xs, ys = array("q"), array("q"), array("q")
    start: list[int] = [0]
    ids: list[int] = []
    tags: list[tuple[str, ...]] = []
    clipped = length = 0
    with opened(path) as file:
        ways = (
            osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for way in ways:
            parts, cut = _parts(way.nodes, path.name)  # type: ignore[union-attr]
            clipped += cut
            of_way: Any = way.tags
            values = tuple(of_way.get(key, "") for key in WAY_TAGS) if parts else ()
            length += sum(map(len, values))
            if length > MAX_INFLATED:
                megabytes = length // 1_000_000
                raise refuse("inflates:roads", file=path.name, megabytes=megabytes)
            for part in parts:
                ids.append(way.id)
                tags.append(values)
                for ref, x, y in part:
                    refs.append(ref)
                    xs.append(x)
                    ys.append(y)
                start.append(len(refs))
                check_vertices(len(refs), file=path.name)
    if not ids:
        raise refuse("no-roads", file=path.name)
    table = pd.DataFrame(tags, columns=list(WAY_TAGS), dtype=str)
    table.insert(0, "way_id", np.array(ids, dtype=np.int64))
    return _sorted_tables(table, start, refs, xs, ys, clipped)


def _parts(nodes: Any, file: str) -> tuple[list[list[tuple[int, int, int]]], bool]:
    """Split a way's nodes at those without a place; runs of a single node are dropped."""
    parts: list[list[tuple[int, int, int]]] = [[]]
    cut = False
    for node in nodes:
        x = node.x
        if x == UNDEFINED:
            # Of XML such ids were replaced before.
            if node.ref < 0:
                raise refuse("osm-negative-ids", file=file, value=node.ref)
            cut = True
            # The next node that has a place begins a new part.
            parts.append([])
        else:
            parts[-1].append((node.ref, x, node.y))
    return [part for part in parts if len(part) > 1], cut


def _sorted_tables(
    ways: pd.DataFrame,
    start: list[int],
    refs: array[int],
    xs: array[int],
    ys: array[int],
    clipped: int,
) -> RoadTables:
    """Sort ways and nodes by id, so that the order of the file does not matter."""
    # First vertex and number of vertices of each part.
    ends = np.array(start, dtype=np.int64)
    begin = ends[:-1]
    count = ends[1:] - begin
    order = np.argsort(ways["way_id"].to_numpy(), kind="stable")
    sorted_start = np.concatenate([[0], np.cumsum(count[order])])
    # Old place of each vertex in the new order of the parts.
    offset = np.repeat(begin[order] - sorted_start[:-1], count[order])
    take = np.arange(sorted_start[-1]) + offset
    # Each node once, by id, and for each vertex its place among them.
    ids, first, position = np.unique(
        np.array(refs, dtype=np.int64), return_index=True, return_inverse=True
    )
    nodes = pd.DataFrame(
        {
            "lon": np.array(xs, dtype=np.int64)[first] / _FIXED_POINT,
            "lat": np.array(ys, dtype=np.int64)[first] / _FIXED_POINT,
        },
        index=pd.Index(ids, name="node_id"),
    )
    return RoadTables(
        nodes=nodes,
        ways=ways.iloc[order].reset_index(drop=True),
        way_nodes=position[take].astype(np.int64),
        way_start=sorted_start.astype(np.int64),
        counts={"clipped_ways": clipped},
    )


def has_roads(path: Path) -> bool:
    """Tell whether an extract holds any way with a ``highway`` tag.

    Parameters
    ----------
    path
        As for `read_roads`.

    Raises
    ------
    InputError
        No such file, not a readable extract, or a DOCTYPE in XML.
    """
    import osmium

    with opened(path) as file:
        ways = osmium.FileProcessor(file, osmium.osm.WAY)
        return any(True for _ in ways.with_filter(osmium.filter.KeyFilter("highway")))


def read_border(path: Path, *, admin_level: int | str = 2) -> gpd.GeoDataFrame:
    """Read border lines: ways that belong to an administrative boundary of a level.

    A way that only carries the tags of one, and belongs to none, is a slip of a mapper.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``.
    admin_level
        2 for national borders.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by ``osm_id`` (``w123``); columns ``osm_id``, ``geometry`` (LineString, EPSG:4326;
        a clipped way gives one row per part). Maritime boundaries are left out.

    Raises
    ------
    InputError
        No such file, not a readable extract, or a DOCTYPE in XML.
    """
    import osmium

    level = str(admin_level)
    # Ways of the boundary relations first, then their lines.
    members: set[int] = set()
    lines: list[tuple[int, shapely.Geometry]] = []
    with opened(path) as file:
        relations = osmium.FileProcessor(file, osmium.osm.RELATION).with_filter(
            osmium.filter.TagFilter(("admin_level", level))
        )
        for relation in relations:
            if relation.tags.get("boundary") == "administrative":
                members.update(m.ref for m in relation.members if m.type == "w")  # type: ignore[union-attr]
        if not members:
            return gpd.GeoDataFrame({"osm_id": []}, geometry=[], crs=CRS)
        ways = (
            osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.IdFilter(members))
        )
        for way in ways:
            if way.tags.get("maritime") == "yes":
                continue
            for part in _parts(way.nodes, path.name)[0]:  # type: ignore[union-attr]
                # Degrees, shape (nodes, 2).
                xy = np.array([(x, y) for _, x, y in part]) / _FIXED_POINT
                lines.append((way.id, shapely.LineString(xy)))
    lines.sort(key=lambda line: line[0])
    return gpd.GeoDataFrame(
        {"osm_id": [f"w{way}" for way, _ in lines]},
        geometry=[shape for _, shape in lines],
        crs=CRS,
    )
