"""OpenStreetMap extracts (.osm.pbf, .osm, .osm.xml): roads, points of interest, boundaries.

All geometry is EPSG:4326. Ways whose nodes are missing at the edge of an extract are cut there,
and reading goes on. This module alone imports `osmium`, and only when a file is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.problems import refuse
from layout.inputs.roads.osm_file import in_our_words, is_osm, opened
from layout.inputs.roads.tables import WAY_TAGS, RoadTables

__all__ = ["is_osm", "opened", "read_border", "read_boundaries", "read_points", "read_roads"]

CRS = "EPSG:4326"
UNDEFINED = 2_147_483_647
"""Coordinate of a node that the extract does not hold (libosmium's own marker)."""

_FIXED_POINT = 1e7

TagFilters = Mapping[str, Collection[str] | Literal[True]]
"""Tag key → accepted values, or True for any value; an object passes with one key's match."""


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
        No such file, not a readable extract, a DOCTYPE in XML, or no roads in it.
    """
    import osmium

    # Node id, longitude and latitude (1e-7 degrees) of each vertex, part after part; where each
    # part begins; way id and tags of each part.
    refs: list[int] = []
    xs: list[int] = []
    ys: list[int] = []
    start: list[int] = [0]
    ids: list[int] = []
    tags: list[tuple[str, ...]] = []
    clipped = 0
    with opened(path) as file:
        ways = (
            osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for way in ways:
            parts, cut = _parts(way.nodes)  # type: ignore[union-attr]
            clipped += cut
            of_way: Any = way.tags
            values = tuple(of_way.get(key, "") for key in WAY_TAGS) if parts else ()
            for part in parts:
                ids.append(way.id)
                tags.append(values)
                for ref, x, y in part:
                    refs.append(ref)
                    xs.append(x)
                    ys.append(y)
                start.append(len(refs))
    if not ids:
        raise refuse("no-roads", file=path.name)
    table = pd.DataFrame(tags, columns=list(WAY_TAGS), dtype=str)
    table.insert(0, "way_id", np.array(ids, dtype=np.int64))
    return _sorted_tables(table, start, refs, xs, ys, clipped)


def _parts(nodes: Any) -> tuple[list[list[tuple[int, int, int]]], bool]:
    """Split a way's nodes at those without a place; runs of a single node are dropped."""
    parts: list[list[tuple[int, int, int]]] = [[]]
    cut = False
    for node in nodes:
        x = node.x
        if x == UNDEFINED:
            cut = True
            # The next node that has a place begins a new part.
            parts.append([])
        else:
            parts[-1].append((node.ref, x, node.y))
    return [part for part in parts if len(part) > 1], cut


def _sorted_tables(
    ways: pd.DataFrame,
    start: list[int],
    refs: list[int],
    xs: list[int],
    ys: list[int],
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


def read_points(
    path: Path,
    filters: TagFilters,
    *,
    languages: Sequence[str] = ("zh", "en"),
    keep: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Read objects by their tags as points: nodes as they are, areas by a point inside them.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``.
    filters
        Tag key → accepted values, or True for any value; one key that matches suffices.
        Example: ``{"amenity": ["school", "kindergarten"]}`` or ``{"place": True}``.
    languages
        Languages of names to carry beside the local one.
    keep
        Further tags to carry as columns.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by ``osm_id`` (``n123``, ``w123`` or ``r123``). Columns ``osm_id``, ``name``,
        ``name_<language>`` each, the keys of `filters`, then `keep` (text, empty where absent),
        ``geometry`` (Point, EPSG:4326). Empty where nothing matches.

    Raises
    ------
    InputError
        No such file, not a readable extract, or a DOCTYPE in XML.
    """
    keys = list(dict.fromkeys([*filters, *keep]))
    records: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry] = []
    with in_our_words(path):
        for obj, geometry in _objects(path, filters, nodes=True):
            records.append(_record(obj, keys, languages))
            shapes.append(geometry if obj.is_node() else shapely.point_on_surface(geometry))
    return _frame(records, shapes, keys, languages)


def read_boundaries(
    path: Path,
    *,
    admin_level: int | str,
    languages: Sequence[str] = ("zh", "en"),
    keep: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Read administrative areas of one level as polygons.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``.
    admin_level
        OpenStreetMap's level: 2 countries, 4 provinces, 5 prefectures, 6 counties (in China).
    languages, keep
        As for `read_points`.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by ``osm_id``; columns ``osm_id``, ``name``, ``name_<language>``,
        ``admin_level``, then `keep`, ``geometry`` (MultiPolygon, EPSG:4326). Areas that the
        extract's edge cuts open are not in it.

    Raises
    ------
    InputError
        No such file, not a readable extract, or a DOCTYPE in XML.
    """
    keys = list(dict.fromkeys(["admin_level", *keep]))
    records: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry] = []
    with in_our_words(path):
        for obj, geometry in _objects(path, {"admin_level": [str(admin_level)]}, nodes=False):
            if obj.tags.get("boundary") == "administrative":
                records.append(_record(obj, keys, languages))
                shapes.append(geometry)
    return _frame(records, shapes, keys, languages)


def read_border(path: Path, *, admin_level: int | str = 2) -> gpd.GeoDataFrame:
    """Read border lines: ways that carry an administrative boundary of a level or belong to one.

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
    # Ways of the boundary relations first; then their lines, and ways tagged themselves.
    members: set[int] = set()
    lines: list[tuple[int, shapely.Geometry]] = []
    with opened(path) as file:
        relations = osmium.FileProcessor(file, osmium.osm.RELATION).with_filter(
            osmium.filter.TagFilter(("admin_level", level))
        )
        for relation in relations:
            if relation.tags.get("boundary") == "administrative":
                members.update(m.ref for m in relation.members if m.type == "w")  # type: ignore[union-attr]
        ways = (
            osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        )
        for way in ways:
            if way.id not in members and not (
                way.tags.get("boundary") == "administrative"
                and way.tags.get("admin_level") == level
            ):
                continue
            if way.tags.get("maritime") == "yes":
                continue
            for part in _parts(way.nodes)[0]:  # type: ignore[union-attr]
                # Degrees, shape (nodes, 2).
                xy = np.array([(x, y) for _, x, y in part]) / _FIXED_POINT
                lines.append((way.id, shapely.LineString(xy)))
    lines.sort(key=lambda line: line[0])
    return gpd.GeoDataFrame(
        {"osm_id": [f"w{way}" for way, _ in lines]},
        geometry=[shape for _, shape in lines],
        crs=CRS,
    )


def _objects(
    path: Path, filters: TagFilters, *, nodes: bool
) -> Iterator[tuple[Any, shapely.Geometry]]:
    """Nodes (where asked) and areas that pass the tag filters, with their geometry."""
    import osmium

    # Keys of which any value passes, and pairs of key and value.
    any_value = [key for key, values in filters.items() if values is True]
    pairs = [(k, v) for k, values in filters.items() if values is not True for v in values]
    factory = osmium.geom.WKBFactory()

    def passes(obj: Any) -> bool:
        return any(key in obj.tags for key in any_value) or any(
            obj.tags.get(key) == value for key, value in pairs
        )

    with opened(path) as file:
        # The filter knows keys only; `passes` looks at their values.
        keys = osmium.filter.KeyFilter(*filters)
        objects: Iterator[Any] = iter(osmium.FileProcessor(file).with_areas(keys).with_filter(keys))
        for obj in objects:
            if obj.is_node() and nodes and passes(obj):
                place = obj.location
                yield obj, shapely.Point(place.lon, place.lat)
            elif obj.is_area() and passes(obj):
                wkb = factory.create_multipolygon(obj)
                yield obj, shapely.from_wkb(wkb)


def _record(obj: Any, keys: Sequence[str], languages: Sequence[str]) -> dict[str, Any]:
    tags = obj.tags
    # An area has a number of its own; it is named by the way or relation that it comes from.
    osm_id = f"n{obj.id}"
    if obj.is_area():
        osm_id = f"{'w' if obj.from_way() else 'r'}{obj.orig_id()}"
    names = {f"name_{language}": tags.get(f"name:{language}", "") for language in languages}
    return {
        "osm_id": osm_id,
        "name": tags.get("name", ""),
        **names,
        **{key: tags.get(key, "") for key in keys},
    }


def _frame(
    records: list[dict[str, Any]],
    shapes: list[shapely.Geometry],
    keys: Sequence[str],
    languages: Sequence[str],
) -> gpd.GeoDataFrame:
    columns = ["osm_id", "name", *(f"name_{language}" for language in languages), *keys]
    table = pd.DataFrame(records, columns=columns, dtype=str)
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)
    # By kind of object, then by number: n2 before n10.
    order = sorted(range(len(frame)), key=lambda i: _id_key(records[i]["osm_id"]))
    return frame.iloc[order].reset_index(drop=True)


def _id_key(osm_id: str) -> tuple[str, int]:
    return osm_id[0], int(osm_id[1:])
