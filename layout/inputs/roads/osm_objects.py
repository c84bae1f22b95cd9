"""Objects of OpenStreetMap extracts by their tags: as points, and administrative areas.

All geometry is EPSG:4326. What the extract's edge cuts, or a mapper left open or crossed, is not
lost: it stands at a point of what there is of it, and says so. `osmium` is imported only when a
file is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.inputs.roads.osm import CRS, UNDEFINED
from layout.inputs.roads.osm_file import in_our_words, opened

__all__ = ["TagFilters", "read_boundaries", "read_points"]

TagFilters = Mapping[str, Collection[str] | Literal[True]]
"""Tag key → accepted values, or True for any value; an object passes with one key's match."""

_FIXED_POINT = 1e7

XY = tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    """The nodes of a way that the extract holds, in degrees, and whether these are all."""

    points: list[XY]
    whole: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    """Objects that pass the filters: records, with shapes where there are whole ones.

    Attributes
    ----------
    records, shapes
        Nodes and whole areas.
    ways, relations
        Record by number; of ways with their line, of relations with their members.
    members
        Numbers of the ways that belong to relations that pass, with an area or without.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[shapely.Geometry] = field(default_factory=list)
    ways: dict[int, tuple[dict[str, Any], _Line]] = field(default_factory=dict)
    relations: dict[int, tuple[dict[str, Any], list[tuple[str, int, str]]]] = field(
        default_factory=dict
    )
    members: set[int] = field(default_factory=set)


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
        ``whole`` (bool; False where an area is crossed, cut or not closed, so that the point is
        one of what there is of it), ``geometry`` (Point, EPSG:4326). Empty where nothing matches.

    Raises
    ------
    InputError
        No such file, not a readable extract, or a DOCTYPE in XML.
    """
    keys = list(dict.fromkeys([*filters, *keep]))
    with in_our_words(path):
        objects = _objects(path, filters, keys, languages)
        records = [record | {"whole": True} for record in objects.records]
        shapes = list(shapely.point_on_surface(np.array(objects.shapes, dtype=object)))
        # Ways that are no area, then relations that are none: a point of what there is.
        rest = [
            (record, line.points)
            for number, (record, line) in objects.ways.items()
            if number not in objects.members
        ]
        rest += _of_members(path, objects)
        for record, points in rest:
            if points:
                records.append(record | {"whole": False})
                shapes.append(_point_of(points))
    return _frame(records, shapes, keys, languages)


def _point_of(points: Sequence[XY]) -> shapely.Geometry:
    """A point on the outline that is nearest to the middle of its corners."""
    if len(points) == 1:
        return shapely.Point(points[0])
    outline, middle = shapely.LineString(points), shapely.MultiPoint(points).centroid
    return shapely.line_interpolate_point(outline, shapely.line_locate_point(outline, middle))


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
        ``admin_level``, then `keep`, ``whole`` (bool; False where rings cross, so that the area
        is what they enclose), ``geometry`` (MultiPolygon, EPSG:4326). Areas that the extract's
        edge cuts open are not in it.

    Raises
    ------
    InputError
        No such file, not a readable extract, or a DOCTYPE in XML.
    """
    keys = list(dict.fromkeys(["admin_level", "boundary", *keep]))
    with in_our_words(path):
        objects = _objects(path, {"admin_level": [str(admin_level)]}, keys, languages)
        records: list[dict[str, Any]] = []
        shapes: list[shapely.Geometry] = []
        for record, shape in zip(objects.records, objects.shapes, strict=True):
            is_area = shapely.get_dimensions(shape) == 2
            if record["boundary"] == "administrative" and is_area:
                records.append(record | {"whole": True})
                shapes.append(shape)
        for record, shape in _crossed(path, objects):
            if record["boundary"] == "administrative":
                records.append(record | {"whole": False})
                shapes.append(shape)
    return _frame(records, shapes, keys, languages).drop(columns="boundary")


def _objects(
    path: Path, filters: TagFilters, keys: Sequence[str], languages: Sequence[str]
) -> _Found:
    """Read nodes and areas that pass the filters, and the ways and relations that make no area."""
    import osmium

    # Keys of which any value passes, and pairs of key and value.
    any_value = [key for key, values in filters.items() if values is True]
    pairs = [(k, v) for k, values in filters.items() if values is not True for v in values]
    factory, found = osmium.geom.WKBFactory(), _Found()
    # Whether a way's, and the number, of every area that was made.
    resolved: set[tuple[bool, int]] = set()

    def passes(obj: Any) -> bool:
        return any(key in obj.tags for key in any_value) or any(
            obj.tags.get(key) == value for key, value in pairs
        )

    with opened(path) as file:
        # The filter knows keys only; `passes` looks at their values.
        known = osmium.filter.KeyFilter(*filters)
        objects: Iterator[Any] = iter(
            osmium.FileProcessor(file).with_areas(known).with_filter(known)
        )
        for obj in objects:
            if not passes(obj):
                continue
            record = _record(obj, keys, languages)
            if obj.is_node():
                found.records.append(record)
                found.shapes.append(shapely.Point(obj.location.lon, obj.location.lat))
            elif obj.is_way():
                found.ways[obj.id] = (record, _line(obj))
            elif obj.is_relation():
                members = [(m.type, m.ref, m.role) for m in obj.members]
                found.relations[obj.id] = (record, members)
                found.members.update(_members([members], "w"))
            elif obj.is_area():
                try:
                    shape = shapely.from_wkb(factory.create_multipolygon(obj))
                except RuntimeError:
                    # Rings that cross: its way or relation stays among those without an area.
                    continue
                resolved.add((obj.from_way(), obj.orig_id()))
                found.records.append(record)
                found.shapes.append(shape)
    # An area may come before its relation does.
    for from_way, number in resolved:
        (found.ways if from_way else found.relations).pop(number, None)
    return found


def _line(way: Any) -> _Line:
    nodes = [(node.x, node.y) for node in way.nodes]
    there = [(x / _FIXED_POINT, y / _FIXED_POINT) for x, y in nodes if x != UNDEFINED]
    return _Line(points=there, whole=len(there) == len(nodes))


def _lines_of(path: Path, wanted: Collection[int]) -> dict[int, _Line]:
    """The lines of ways by number."""
    import osmium

    if not wanted:
        return {}
    with opened(path) as file:
        ways: Iterator[Any] = iter(
            osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.IdFilter(wanted))
        )
        return {way.id: _line(way) for way in ways}


def _nodes_of(path: Path, wanted: Collection[int]) -> dict[int, XY]:
    """The places of nodes by number."""
    import osmium

    if not wanted:
        return {}
    with opened(path) as file:
        nodes: Iterator[Any] = iter(
            osmium.FileProcessor(file, osmium.osm.NODE).with_filter(osmium.filter.IdFilter(wanted))
        )
        return {node.id: (node.location.lon, node.location.lat) for node in nodes}


def _members(relations: Iterable[list[tuple[str, int, str]]], kind: str) -> set[int]:
    return {ref for members in relations for type_, ref, _ in members if type_ == kind}


def _of_members(path: Path, objects: _Found) -> list[tuple[dict[str, Any], list[XY]]]:
    """Relations without an area, with the places of all members that the extract holds."""
    every = [members for _, members in objects.relations.values()]
    lines = _lines_of(path, _members(every, "w"))
    nodes = _nodes_of(path, _members(every, "n"))
    rest = []
    for record, members in objects.relations.values():
        points = [
            point
            for kind, ref, _ in members
            if kind == "w" and ref in lines
            for point in lines[ref].points
        ]
        points += [nodes[ref] for kind, ref, _ in members if kind == "n" and ref in nodes]
        rest.append((record, points))
    return rest


def _crossed(path: Path, objects: _Found) -> Iterator[tuple[dict[str, Any], shapely.Geometry]]:
    """What the crossing rings of relations and closed ways enclose; nothing of rings cut open."""
    lines = _lines_of(path, _members((m for _, m in objects.relations.values()), "w"))
    lines |= {number: line for number, (_, line) in objects.ways.items()}
    shapes: list[tuple[dict[str, Any], list[tuple[int, str]]]] = [
        (record, [(ref, role) for kind, ref, role in members if kind == "w"])
        for record, members in objects.relations.values()
    ]
    shapes += [
        (record, [(number, "outer")])
        for number, (record, line) in objects.ways.items()
        if number not in objects.members
        and len(line.points) > 3
        and line.points[0] == line.points[-1]
    ]
    for record, rings in shapes:
        if any(ref not in lines or not lines[ref].whole for ref, _ in rings):
            continue
        outer = _enclosed(lines[ref] for ref, role in rings if role != "inner")
        inner = _enclosed(lines[ref] for ref, role in rings if role == "inner")
        area = shapely.difference(outer, inner)
        if not area.is_empty:
            yield record, area


def _enclosed(lines: Iterable[_Line]) -> shapely.Geometry:
    """Every face that the lines enclose, together."""
    drawn = [shapely.LineString(line.points) for line in lines if len(line.points) > 1]
    # Crossing lines get a node where they cross; then each face is a polygon.
    faces = shapely.polygonize([shapely.union_all(drawn)])
    return shapely.union_all(shapely.get_parts(faces))


def _record(obj: Any, keys: Sequence[str], languages: Sequence[str]) -> dict[str, Any]:
    tags = obj.tags
    # An area has a number of its own; it is named by the way or relation that it comes from.
    kind = "n" if obj.is_node() else "w" if obj.is_way() else "r"
    osm_id = f"{kind}{obj.id}"
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
    table["whole"] = np.array([record["whole"] for record in records], dtype=bool)
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)
    # By kind of object, then by number: n2 before n10.
    order = sorted(range(len(frame)), key=lambda i: _id_key(records[i]["osm_id"]))
    return frame.iloc[order].reset_index(drop=True)


def _id_key(osm_id: str) -> tuple[str, int]:
    return osm_id[0], int(osm_id[1:])
