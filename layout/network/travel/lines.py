"""Routes as edges and as lines, for drawing a few of them on a map."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from layout.core.arrays import Floats, Ints
from layout.core.standards import Standards
from layout.network.roads import Mode, RoadNetwork, snap
from layout.network.travel.legs import Legs, edge_legs, part_minutes, stops
from layout.network.travel.routing import Graph, reversed_graph, search_tree, site_seeds

__all__ = ["Way", "along", "paths", "ways"]


Point = tuple[float, ...]
FROM_U = -2
"""The arc of a route that ends by the first of a site's two seeds: from u of its edge."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Way:
    """A route on the roads.

    Attributes
    ----------
    edges
        The edges in order, from the origin's to the site's.
    ahead
        True where an edge is taken from u to v.
    start, end
        Where the route begins on the first edge and ends on the last: fraction of it from u.
    """

    edges: list[int]
    ahead: list[bool]
    start: float
    end: float


@dataclass(frozen=True, eq=False, kw_only=True)
class _Search:
    """The search of one site: minutes from each node, and the arc that begins the route to it."""

    u: Ints
    v: Ints
    graph: Graph
    legs: Legs
    door: tuple[int, float]
    minutes: Floats
    taken: npt.NDArray[np.int32]


def ways(
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    pairs: pd.DataFrame,
    *,
    mode: Mode,
    standards: Standards,
) -> dict[Hashable, Way]:
    """Find the quickest routes of given pairs, edge by edge.

    Parameters
    ----------
    network, origins, sites, pairs, mode, standards
        As of `paths`.

    Returns
    -------
    dict
        By the index of `pairs`; without those that have no route.
    """
    # Points on the road of both kinds; only pairs with both ends on a road have a route.
    snapped = {
        kind: snap(
            network, points.loc[pairs[kind].unique()], mode=mode, limit_m=standards.snap_limit_m
        )
        for kind, points in (("origin", origins), ("site", sites))
    }
    reached = {kind: points[points["status"] == "ok"] for kind, points in snapped.items()}
    on_road = pairs[
        pairs["origin"].isin(reached["origin"].index) & pairs["site"].isin(reached["site"].index)
    ]
    legs = edge_legs(network, mode, standards=standards)
    graph = reversed_graph(network, legs)
    u, v = (network.edges[end].to_numpy(dtype=np.int64) for end in ("u", "v"))
    # Edge and part of it by label.
    doors = {
        kind: dict(
            zip(table.index, zip(table["edge"], table["fraction"], strict=True), strict=True)
        )
        for kind, table in reached.items()
    }
    routes: dict[Hashable, Way] = {}
    # One search for each site, for all its pairs.
    for label, wanted in on_road.groupby("site"):
        seeds = site_seeds(network, legs, graph, stops(reached["site"].loc[[label]], standards))
        minutes, _, taken = search_tree(graph, seeds)
        search = _Search(
            u=u,
            v=v,
            graph=graph,
            legs=legs,
            door=doors["site"][label],
            minutes=minutes,
            taken=taken,
        )
        for index, origin in wanted["origin"].items():
            route = _way(search, *doors["origin"][origin])
            if route is not None:
                routes[index] = route
    return routes


def paths(
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    pairs: pd.DataFrame,
    *,
    mode: Mode,
    standards: Standards,
) -> gpd.GeoSeries:
    """Draw the quickest routes of given pairs, from door to door.

    Parameters
    ----------
    network
        The roads.
    origins, sites
        Points by label, in any CRS.
    pairs
        Columns ``origin`` and ``site``, labels of the points.
    mode
        ``walk``, ``bus`` or ``drive``.
    standards
        For walking speed and snap limit.

    Returns
    -------
    geopandas.GeoSeries
        Index of `pairs`; a LineString from the origin to the site in EPSG:4326, with the legs off
        the road, or None where there is no route or a point is too far from any road. It is the
        route whose minutes and metres `layout.network.travel.route` gives.
    """
    # The doors at both ends, with the way on roads between them.
    doors = origins.to_crs(network.crs), sites.to_crs(network.crs)
    found = ways(network, origins, sites, pairs, mode=mode, standards=standards)
    lines: dict[object, shapely.LineString | None] = dict.fromkeys(pairs.index)
    for index, route in found.items():
        origin, site = pairs.at[index, "origin"], pairs.at[index, "site"]
        road = along(network, route)
        lines[index] = shapely.LineString(
            [doors[0].loc[origin].coords[0], *road, doors[1].loc[site].coords[0]]
        )
    return gpd.GeoSeries(lines, index=pairs.index, crs=network.crs).to_crs("EPSG:4326")


def along(network: RoadNetwork, route: Way, *, tolerance_m: float = 0.0) -> list[Point]:
    """Return the points of a route on the roads, in the network's CRS.

    Parameters
    ----------
    network
        The roads.
    route
        As of `ways`.
    tolerance_m
        Simplifies each edge by itself: routes along one edge have the same points.
    """
    last = len(route.edges) - 1
    points: list[Point] = []
    for at, (edge, ahead) in enumerate(zip(route.edges, route.ahead, strict=True)):
        begin = route.start if at == 0 else float(not ahead)
        end = route.end if at == last else float(ahead)
        line = network.geometry[edge]
        if 0 < at < last:
            part = line if ahead else shapely.reverse(line)
        else:
            part = substring(line, begin, end, normalized=True)
        if tolerance_m and part.geom_type == "LineString":
            part = shapely.simplify(part, tolerance_m)
        points += list(part.coords)[1 if points else 0 :]
    return points


def _way(search: _Search, edge: int, fraction: float) -> Way | None:
    """The route from a door to the site of a search; None where there is none."""
    legs = search.legs
    last, rest = search.door
    ahead, back = (float(minutes[edge]) for minutes in legs.ends())
    u, v = int(search.u[edge]), int(search.v[edge])
    # Three ways: by u, by v, and along the edge itself.
    by_u = search.minutes[u] + _part(fraction, back)
    by_v = search.minutes[v] + _part(1 - fraction, ahead)
    direct = np.inf
    if edge == last:
        direct = _part(abs(rest - fraction), ahead if rest >= fraction else back)
    best = min(by_u, by_v, direct)
    if not np.isfinite(best):
        return None
    if direct <= best:
        return Way(edges=[edge], ahead=[rest >= fraction], start=fraction, end=rest)
    # To the nearer end of the own edge, then arc by arc towards the site.
    taken, directions = [edge], [bool(by_v < by_u)]
    node = v if by_v < by_u else u
    while (arc := int(search.taken[node])) >= 0:
        taken.append(int(search.graph.edge[arc]))
        directions.append(bool(search.graph.ahead[arc]))
        node = int((search.v if directions[-1] else search.u)[taken[-1]])
    # The search ended at one end of the site's edge: the rest of the route lies on that edge.
    return Way(edges=[*taken, last], ahead=[*directions, arc == FROM_U], start=fraction, end=rest)


def _part(fraction: float, minutes: float) -> float:
    return float(part_minutes(np.array(fraction), np.array(minutes)))
