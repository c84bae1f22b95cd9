"""The nodes and edges of osmnx's graphs as plain numbers and text.

Values are read as text or numbers; nothing in them is ever evaluated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from layout.core.arrays import Floats
from layout.core.errors import InputError, Problem
from layout.core.problems import problem, refuse
from layout.inputs.datum import check_system, names_file
from layout.inputs.roads.tables import WAY_TAGS, check_degrees
from layout.inputs.roads.words import listed, one_value
from layout.network.roads.projection import transformer

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["GraphEdge", "merge_twins", "read_edges", "segment_shares"]

VALUE_LIMIT_CHARS = 1_000_000
"""A single value longer than this (the shape of a road has some thousands) is refused."""
_NUMBER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, eq=False, kw_only=True)
class GraphEdge:
    """One edge of a graph: end nodes by position, points u to v, metres, tags."""

    u: int
    v: int
    lonlat: Floats
    length_m: float
    forward: bool
    backward: bool
    tags: tuple[str, ...]


def read_edges(graph: nx.Graph[Any], *, crs: str, file: str) -> list[GraphEdge]:
    """Read nodes and edges of a graph.

    Parameters
    ----------
    graph
        As for `layout.network.roads.graphs.from_graph`.
    crs
        CRS of its coordinates.
    file
        Name of the file that it came from, for problems.

    Returns
    -------
    list of GraphEdge
        Nodes numbered in the order of their labels.

    Raises
    ------
    InputError
        All nodes without coordinates and all edges without a proper length together.
    """
    problems: list[Problem] = []
    # Positions follow the labels, so that the order of nodes in the file does not matter.
    labels = sorted(graph.nodes, key=_label_key)
    position = {label: at for at, label in enumerate(labels)}
    node_xy = _node_xy(graph, labels, problems, file)
    directed = graph.is_directed()
    edges: list[GraphEdge] = []
    # Every edge is read before anything is refused, so that all problems are reported together.
    for tail, head, data in graph.edges(data=True):
        u, v = position[tail], position[head]
        problem = _edge_problem(f"{tail} → {head}", data, file)
        if problem is not None:
            problems.append(problem)
            continue
        shape = _along(_shape(data.get("geometry")), node_xy[[u, v]])
        forward, backward = (True, False) if directed else _open(data, str(tail), str(head))
        edges.append(
            GraphEdge(
                u=u,
                v=v,
                lonlat=shape,
                length_m=_number(data.get("length")),
                forward=forward,
                backward=backward,
                tags=tuple(_tag(key, data.get(key)) for key in WAY_TAGS),
            )
        )
    if problems:
        raise InputError(*problems)
    return _in_degrees(edges, crs, file)


def _label_key(label: object) -> tuple[bool, int, str]:
    """Numbers first and by value, whether stored as numbers or as text."""
    text = str(label)
    number = _NUMBER.fullmatch(text) is not None
    return not number, int(text) if number else 0, text


def _node_xy(graph: nx.Graph[Any], labels: list[Any], problems: list[Problem], file: str) -> Floats:
    # Nodes × (x, y) in the graph's own CRS; NaN where it has none.
    xy = np.full((len(labels), 2), np.nan)
    for at, label in enumerate(labels):
        data = graph.nodes[label]
        xy[at] = _number(data.get("x")), _number(data.get("y"))
        if not np.isfinite(xy[at]).all():
            problems.append(
                problem("node-without-place", file=file, label=label, columns=("x", "y"))
            )
    return xy


def _in_degrees(edges: list[GraphEdge], crs: str, file: str) -> list[GraphEdge]:
    """Convert the points of all edges at once."""
    if names_file(crs):
        raise refuse("crs-names-file", file=file, value=crs)
    try:
        check_system(pyproj.CRS.from_user_input(crs), file=file)
        to_degrees = transformer(crs, "EPSG:4326")
    except pyproj.exceptions.CRSError as error:
        raise refuse("crs-unknown", file=file, value=crs) from error
    if not edges:
        return []
    # Points of all edges in one array, and where to split it again.
    every = np.concatenate([edge.lonlat for edge in edges])
    lonlat = np.column_stack(to_degrees.transform(every[:, 0], every[:, 1]))
    ends = np.cumsum([len(edge.lonlat) for edge in edges])[:-1]
    check_degrees(lonlat, np.concatenate([[0], ends]), file=file)
    return [
        replace(edge, lonlat=points)
        for edge, points in zip(edges, np.split(lonlat, ends), strict=True)
    ]


def _edge_problem(row: str, data: Mapping[str, Any], file: str) -> Problem | None:
    """Return what is wrong with an edge, if anything."""
    # Length before content: a text of many megabytes is never parsed.
    longest = max((len(v) for v in data.values() if isinstance(v, str)), default=0)
    if longest > VALUE_LIMIT_CHARS:
        return problem(
            "graph-value-too-long", file=file, row=row, value=longest, limit=VALUE_LIMIT_CHARS
        )
    given = data.get("length")
    if given is None or given == "":
        return problem("edge-length:missing", file=file, row=row, column="length")
    length = _number(given)
    if not (math.isfinite(length) and length >= 0):
        return problem("edge-length", file=file, row=row, column="length", value=str(given)[:40])
    return None


def _number(value: object) -> float:
    """Read a number or its text; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _shape(value: object) -> Floats | None:
    """Points of an edge's geometry; None where the edge has no valid one."""
    if isinstance(value, str) and value:
        value = shapely.from_wkt(value, on_invalid="ignore")
    if not isinstance(value, shapely.LineString) or value.is_empty:
        return None
    return shapely.get_coordinates(value)


def _open(data: Mapping[str, Any], tail: str, head: str) -> tuple[bool, bool]:
    """Directions of an undirected edge: osmnx keeps those of a one-way road as from and to."""
    begin = str(data.get("from", ""))
    if str(data.get("oneway", "")).lower() != "true" or begin not in (tail, head):
        return True, True
    return begin == tail, begin == head


def _along(shape: Floats | None, ends: Floats) -> Floats:
    """Points of an edge from its first end to its second; an undirected graph may turn them."""
    if shape is None:
        return ends
    # Squared distances in the graph's own system: of the points as they come, and turned.
    ahead = np.square(shape[[0, -1]] - ends).sum()
    back = np.square(shape[[-1, 0]] - ends).sum()
    return shape[::-1] if back < ahead else shape


def _tag(key: str, value: object) -> str:
    """Return one text for a tag; of several values the slowest class, else the first in order."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    # Sorted: the order in which osmnx merged the values does not matter.
    if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)):
        return one_value(key, sorted(str(item) for item in value))
    # GraphML writes lists as the text of a Python list.
    return one_value(key, listed(str(value)))


def merge_twins(edges: list[GraphEdge]) -> list[GraphEdge]:
    """Turn all edges low to high and join twins of the same shape and length to one."""
    merged: dict[tuple[object, ...], GraphEdge] = {}
    for edge in edges:
        # Micro-degrees (0.1 m): twins differ by rounding only. A loop is turned by its points.
        points = np.round(edge.lonlat * 1e6).astype(np.int64)
        turn = edge.u > edge.v or (edge.u == edge.v and points[::-1].tolist() < points.tolist())
        low, high = (edge.v, edge.u) if turn else (edge.u, edge.v)
        lonlat = edge.lonlat[::-1] if turn else edge.lonlat
        shape = (points[::-1] if turn else points).tobytes()
        # Edges of one key are one road; each twin opens its own direction.
        key = (low, high, round(edge.length_m, 2), shape, edge.tags)
        twin = merged.get(key)
        merged[key] = GraphEdge(
            u=low,
            v=high,
            lonlat=lonlat if twin is None else twin.lonlat,
            length_m=edge.length_m if twin is None else twin.length_m,
            forward=(edge.backward if turn else edge.forward)
            or (twin is not None and twin.forward),
            backward=(edge.forward if turn else edge.backward)
            or (twin is not None and twin.backward),
            tags=edge.tags,
        )
    return [merged[key] for key in sorted(merged, key=lambda key: key)]


def segment_shares(edge: GraphEdge) -> Floats:
    """Length of each segment of an edge: its share in the shape of the length given."""
    # Lengths in degrees of latitude, longitudes scaled by the cosine; only their shares count.
    east, north = np.diff(edge.lonlat, axis=0).T
    # Across the 180th meridian a step is short, not once around the world.
    east = np.where(np.abs(east) > 180.0, east - np.copysign(360.0, east), east)
    steps = np.hypot(east * math.cos(math.radians(edge.lonlat[0, 1])), north)
    total = steps.sum()
    # An edge without extent is shared out evenly.
    share = steps / total if total > 0 else np.full(len(steps), 1 / len(steps))
    return np.asarray(share * edge.length_m, dtype=np.float64)
