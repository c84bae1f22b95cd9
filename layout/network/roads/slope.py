"""Speeds by slope: what a height model says of each edge, on foot and by bus."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely

from layout.core.arrays import Floats, Ints
from layout.core.errors import Problem
from layout.core.problems import problem, refuse
from layout.core.standards import Standards
from layout.inputs.rasters.height import cell_metres, heights_at
from layout.network.roads.classes import STEEP_PERCENT, slow_kmh
from layout.network.roads.network import RoadNetwork
from layout.network.roads.projection import transformer

__all__ = ["STEEPEST", "STEP_M", "child_kmh", "height_problems", "tobler_kmh", "with_heights"]

STEEPEST = 0.5
"""Steepest slope that counts on foot; a planner's default.

Stairs are as steep. What the model shows as steeper is a road that winds where the map draws it
straight, or a rock wall beside the road.
"""

STEP_M = (10.0, 100.0)
"""Least and greatest distance of heights along an edge; between them the cell of the model."""


class _Stations(NamedTuple):
    """Points along edges, edge after edge: edge, share of it from u, and where each edge begins."""

    edge: Ints
    share: Floats
    start: Ints


def tobler_kmh(slope: Floats) -> Floats:
    """Walking speed of grown hikers by slope: ``6 exp(−3.5 |s + 0.05|)``.

    Source: W. Tobler, Three presentations on geographical analysis and modeling, NCGIA technical
    report 93-1, 1993, fitted to figures of Imhof.

    Parameters
    ----------
    slope
        Rise over run in the direction walked, negative downhill.

    Returns
    -------
    numpy.ndarray
        km/h: 5.04 on the flat, 6 at 5 % downhill.

    Examples
    --------
    >>> tobler_kmh(np.array([-0.05, 0.0, 0.1])).round(2).tolist()
    [6.0, 5.04, 3.55]
    """
    speed: Floats = 6.0 * np.exp(-3.5 * np.abs(np.asarray(slope, dtype=np.float64) + 0.05))
    return speed


def child_kmh(slope: Floats, *, flat_kmh: float) -> Floats:
    """Walking speed of a child by slope: the norm on the flat times Tobler's ratio.

    ``flat_kmh · tobler_kmh(s) / tobler_kmh(0)`` with ``s`` within `STEEPEST` either way. That
    slopes slow a child down in the same proportion as a grown hiker is a planner's default (M).

    Parameters
    ----------
    slope
        Rise over run in the direction walked, negative downhill.
    flat_kmh
        Speed on the flat: the norm ``walk_kmh``.

    Returns
    -------
    numpy.ndarray
        km/h.
    """
    # Beyond the steepest slope the speed stays; on the flat it is the norm.
    within = np.clip(np.asarray(slope, dtype=np.float64), -STEEPEST, STEEPEST)
    speed: Floats = flat_kmh * tobler_kmh(within) / tobler_kmh(np.zeros(1))[0]
    return speed


def with_heights(network: RoadNetwork, path: Path, *, standards: Standards) -> RoadNetwork:
    """Let the speeds of a network follow the slopes of a height model.

    Heights are read along each edge about as far apart as the cells of the model lie (within
    `STEP_M`), from a surface whose gradient is that over `layout.inputs.rasters.height.RUN_M`.
    Bridges and tunnels run straight between the heights of their ends. Each piece between two
    heights is walked at `child_kmh`; by bus, pieces of 8 % and more are driven at
    ``bus_cap_sharp_kmh`` at most, sharp bends being spread evenly over the edge.

    Parameters
    ----------
    network
        The roads.
    path
        Height model that `layout.inputs.rasters.height.check_heights` has looked at.
    standards
        For the legal cap on steep roads.

    Returns
    -------
    RoadNetwork
        With `walk_pace` and other ``bus_kmh``. Edges that are not wholly within the model and on
        cells with a height are taken as flat, and counted.

    Raises
    ------
    InputError
        Code ``height-elsewhere``: no edge has heights. Or the file cannot be read.
    """
    # Stations along all edges, about a cell apart, with the height of each.
    apart = float(np.clip(cell_metres(path, file=path.name), *STEP_M))
    stations = _stations(network, apart)
    height = _heights(network, stations, path)
    edges = network.edges
    length = edges["length_m"].to_numpy(dtype=np.float64)
    # Neighbouring stations of one edge are a piece; the pair across two edges is not.
    inner = np.ones(max(len(height) - 1, 0), dtype=bool)
    inner[stations.start[1:-1] - 1] = False
    edge = stations.edge[:-1][inner]
    # Run and rise of each piece in metres; edges with any missing height are flat.
    run = length[edge] / (np.diff(stations.start) - 1)[edge]
    rise = np.diff(height)[inner]
    missing = np.bincount(edge, ~np.isfinite(rise), minlength=len(edges)) > 0
    if missing.all():
        raise refuse("height-elsewhere", file=path.name, column="inputs.height")
    # Slope of each piece from u to v, 0 where it is unknown or has no length.
    level = missing[edge] | (run <= 0)
    slope = np.divide(rise, run, out=np.zeros(len(run)), where=~level)
    pieces = np.diff(stations.start) - 1
    # Edges × (u to v, v to u): mean minutes of the pieces, by those on the flat.
    pace = np.column_stack(
        [
            np.bincount(edge, 1 / child_kmh(way, flat_kmh=1.0), minlength=len(edges)) / pieces
            for way in (slope, -slope)
        ]
    )
    # Share of each edge that is steep for a bus.
    steep = np.bincount(edge, np.abs(slope) * 100 >= STEEP_PERCENT, minlength=len(edges)) / pieces
    kmh = edges["bus_kmh"].to_numpy(dtype=np.float64)
    return replace(
        network,
        edges=edges.assign(bus_kmh=_capped(kmh, steep, slow_kmh(standards))),
        walk_pace=pace,
        counts={
            **network.counts,
            "flat_edges": int(missing.sum()),
            "flat_metres": round(float(length[missing].sum())),
        },
    )


def height_problems(network: RoadNetwork, *, file: str) -> list[Problem]:
    """Warn of roads without heights.

    Parameters
    ----------
    network
        What `with_heights` returned, or a network without heights, of which there is none.
    file
        Name of the height model.

    Returns
    -------
    list of Problem
    """
    count = network.counts.get("flat_edges", 0)
    if not count:
        return []
    return [
        problem(
            "height-gap",
            file=file,
            column="inputs.height",
            value=count,
            count=count,
            km=f"{network.counts['flat_metres'] / 1000:.1f}",
        )
    ]


def _capped(kmh: Floats, steep: Floats, cap: float) -> Floats:
    """Mean speed where a share of the length is driven at a cap at most; 0 stays 0."""
    # Travel times of both shares add up.
    slowed = (kmh > cap) & (steep > 0)
    uncapped = np.where(slowed, kmh, 1.0)
    return np.where(slowed, 1 / ((1 - steep) / uncapped + steep / cap), kmh)


def _stations(network: RoadNetwork, apart_m: float) -> _Stations:
    """Both ends of every edge, and points evenly between them."""
    length = network.edges["length_m"].to_numpy(dtype=np.float64)
    # At least one piece an edge; the small number keeps exact multiples from one more.
    pieces = np.maximum(1, np.ceil(length / apart_m - 1e-9)).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(pieces + 1)])
    edge = np.repeat(np.arange(len(pieces)), pieces + 1)
    share = (np.arange(start[-1]) - start[edge]) / pieces[edge]
    return _Stations(edge, share, start)


def _heights(network: RoadNetwork, stations: _Stations, path: Path) -> Floats:
    """Heights at stations: on the ground, or on the line between the ends of a bridge."""
    points = shapely.line_interpolate_point(
        network.geometry[stations.edge], stations.share, normalized=True
    )
    height = _ground(network, shapely.get_coordinates(points), path)
    spans = _spans(network)
    if not len(spans.edge):
        return height
    # Heights at both ends of each bridge or tunnel, shape (spans, 2).
    ends = _ground(network, spans.xy.reshape(-1, 2), path).reshape(-1, 2)
    for at in range(len(spans.edge)):
        first, last = stations.start[spans.edge[at]], stations.start[spans.edge[at] + 1]
        share = stations.share[first:last]
        begin, end = spans.share[at]
        # Stations on the span take the straight line between its ends.
        on = first + np.flatnonzero((share >= begin) & (share <= end))
        height[on] = np.interp(stations.share[on], (begin, end), ends[at])
    return height


def _ground(network: RoadNetwork, xy: Floats, path: Path) -> Floats:
    lon, lat = transformer(network.crs, "EPSG:4326").transform(xy[:, 0], xy[:, 1])
    return heights_at(path, np.asarray(lon), np.asarray(lat), file=path.name)


class _Spans(NamedTuple):
    """Bridges and tunnels: edge, share of it where each begins and ends, and those two points."""

    edge: Ints
    share: Floats
    xy: Floats


def _spans(network: RoadNetwork) -> _Spans:
    """Runs of segments of one edge that do not lie on the ground."""
    # Segments of all edges: first point, length and edge of each.
    xy, line = shapely.get_coordinates(network.geometry, return_index=True)
    tail = np.flatnonzero(line[1:] == line[:-1])
    step = np.hypot(*(xy[tail + 1] - xy[tail]).T)
    total = np.bincount(line[tail], step, minlength=len(network.edges))
    # Metres from the start of its edge to the end of each segment.
    along = np.cumsum(step)
    along -= np.repeat(*_before(along - step, line[tail]))
    carried = network.carried
    # A run begins where the segment before is not carried, or belongs to another edge.
    same = line[tail][1:] == line[tail][:-1]
    begin = np.flatnonzero(carried & np.r_[True, ~(same & carried[:-1])])
    end = np.flatnonzero(carried & np.r_[~(same & carried[1:]), True])
    edge = line[tail][begin]
    # Both ends of each run as shares of the edge; an edge of no length stays finite.
    whole = np.maximum(total[edge], np.finfo(float).tiny)
    share = np.column_stack([(along - step)[begin] / whole, along[end] / whole])
    return _Spans(edge, np.clip(share, 0.0, 1.0), np.stack([xy[tail[begin]], xy[tail[end] + 1]], 1))


def _before(values: Floats, line: Ints) -> tuple[Floats, Ints]:
    """Value at the first segment of each edge, and the number of its segments."""
    _, first, count = np.unique(line, return_index=True, return_counts=True)
    return values[first], count
