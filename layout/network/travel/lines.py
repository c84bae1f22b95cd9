"""Routes as lines, for drawing a few of them on a map."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from layout.core.arrays import Floats
from layout.core.standards import Standards
from layout.network.roads import Mode, RoadNetwork, snap
from layout.network.travel.legs import Legs, edge_legs, part_minutes, stops
from layout.network.travel.routing import Graph, reversed_graph, search_tree, site_seeds

__all__ = ["paths"]


FROM_U = -2
"""The arc of a route that ends by the first of a site's two seeds: from u of its edge."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Search:
    """The search of one site: minutes from each node, and the arc that begins the route to it."""

    network: RoadNetwork
    graph: Graph
    legs: Legs
    site: pd.Series
    minutes: Floats
    taken: npt.NDArray[np.int32]


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
    # Points on the road of both kinds; only pairs with both ends on a road have a line.
    snapped = {
        kind: snap(
            network, points.loc[pairs[kind].unique()], mode=mode, limit_m=standards.snap_limit_m
        )
        for kind, points in (("origin", origins), ("site", sites))
    }
    reached = {kind: points[points["status"] == "ok"] for kind, points in snapped.items()}
    legs = edge_legs(network, mode, standards=standards)
    graph = reversed_graph(network, legs)
    doors = {
        "origin": origins.to_crs(network.crs),
        "site": sites.to_crs(network.crs),
    }
    lines: dict[object, shapely.LineString | None] = dict.fromkeys(pairs.index)
    # One search for each site, for all its pairs.
    for label in reached["site"].index:
        wanted = pairs[(pairs["site"] == label) & pairs["origin"].isin(reached["origin"].index)]
        if wanted.empty:
            continue
        seeds = site_seeds(network, legs, graph, stops(reached["site"].loc[[label]], standards))
        minutes, _, taken = search_tree(graph, seeds)
        search = _Search(
            network=network,
            graph=graph,
            legs=legs,
            site=reached["site"].loc[label],
            minutes=minutes,
            taken=taken,
        )
        for row in wanted.itertuples():
            road = _road(search, reached["origin"].loc[row.origin])
            if road is not None:
                ends = doors["origin"].loc[row.origin], doors["site"].loc[label]
                lines[row.Index] = shapely.LineString([ends[0].coords[0], *road, ends[1].coords[0]])
    return gpd.GeoSeries(lines, index=pairs.index, crs=network.crs).to_crs("EPSG:4326")


def _road(search: _Search, origin: pd.Series) -> list[tuple[float, ...]] | None:
    """Points on roads from an origin to the site of a search; None where there is no route."""
    edges, legs = search.network.edges, search.legs
    edge, fraction = int(origin["edge"]), float(origin["fraction"])
    ahead, back = float(legs.forward[edge]), float(legs.backward[edge])
    u, v = int(edges["u"].iloc[edge]), int(edges["v"].iloc[edge])
    # Three ways: by u, by v, and along the edge itself.
    by_u = search.minutes[u] + _part(fraction, back)
    by_v = search.minutes[v] + _part(1 - fraction, ahead)
    direct = np.inf
    if edge == int(search.site["edge"]):
        gap = float(search.site["fraction"]) - fraction
        direct = _part(abs(gap), ahead if gap >= 0 else back)
    best = min(by_u, by_v, direct)
    if not np.isfinite(best):
        return None
    # A journey within one edge.
    line = search.network.geometry[edge]
    if direct <= best:
        return list(
            substring(line, fraction, float(search.site["fraction"]), normalized=True).coords
        )
    # To the nearer end of the own edge, then arc by arc towards the site.
    node, end = (v, 1.0) if by_v < by_u else (u, 0.0)
    points = list(substring(line, fraction, end, normalized=True).coords)
    while (arc := int(search.taken[node])) >= 0:
        points += _step(search, arc)
        node = _head(search, arc)
    # The search ended at one end of the site's edge: the rest of the route lies on that edge.
    end = 0.0 if arc == FROM_U else 1.0
    own = search.network.geometry[int(search.site["edge"])]
    last = substring(own, end, float(search.site["fraction"]), normalized=True)
    return points + list(last.coords)[1:]


def _part(fraction: float, minutes: float) -> float:
    return float(part_minutes(np.array(fraction), np.array(minutes)))


def _step(search: _Search, arc: int) -> list[tuple[float, ...]]:
    """Points of an arc on the route, its first point aside."""
    line = search.network.geometry[int(search.graph.edge[arc])]
    if not search.graph.ahead[arc]:
        line = shapely.reverse(line)
    return list(line.coords)[1:]


def _head(search: _Search, arc: int) -> int:
    """Node where an arc ends."""
    end = "v" if search.graph.ahead[arc] else "u"
    return int(search.network.edges[end].iloc[int(search.graph.edge[arc])])
