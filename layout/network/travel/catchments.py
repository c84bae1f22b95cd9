"""Catchments: the nearest site of every point on the roads, found in one search from all sites."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import UsageError
from layout.core.standards import Standards
from layout.core.text import tr
from layout.network.roads import Mode, RoadNetwork, snap, snappable
from layout.network.travel.asked import checked_mode, sorted_points
from layout.network.travel.field import NOBODY, cut_lines, edge_parts, field, within
from layout.network.travel.legs import edge_legs, stops
from layout.network.travel.routing import reversed_graph

__all__ = ["Catchments", "catchments"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Catchments:
    """What belongs to which site.

    Parameters
    ----------
    nodes
        By position in the network's nodes: ``site`` (label, missing where none is reached),
        ``minutes`` and ``metres`` to its door.
    pieces
        Pieces of the edges on which a journey may begin: ``edge`` (position), ``begin``, ``end``
        (fractions of it), ``site`` (label), and the geometry as LineStrings in the network's
        projected CRS; by edge, then along it. Where two sites are equally far an edge is cut.
    sites
        Status by label: ``ok`` or ``too_far`` (from any road; such a site has no catchment).
    """

    nodes: pd.DataFrame
    pieces: gpd.GeoDataFrame
    sites: pd.Series


def catchments(
    network: RoadNetwork,
    sites: gpd.GeoSeries,
    *,
    mode: Mode,
    standards: Standards,
    cutoff_minutes: float = np.inf,
) -> Catchments:
    """Find the nearest site of every junction and every stretch of road.

    Parameters
    ----------
    network
        The roads.
    sites
        Points by label, in any CRS and order.
    mode
        ``walk``, ``bus`` or ``drive``.
    standards
        For walking speed, bus wait and snap limit.
    cutoff_minutes
        Longest journey that counts, to the door of the site; what is farther belongs to none.

    Returns
    -------
    Catchments
        Minutes from a point on the road to the door, in the direction point → site, as
        `layout.network.travel.route` gives them for that point. Of sites equally near
        the first label counts.

    Raises
    ------
    InputError
        Points without a CRS, or that are no points.
    UsageError
        Unknown mode, duplicate labels, or a cut-off that is no positive number.
    """
    if not cutoff_minutes > 0:
        raise UsageError(tr("The cut-off is a positive number of minutes for every site."))
    sites = sorted_points(sites)
    snapped = snap(network, sites, mode=checked_mode(mode), limit_m=standards.snap_limit_m)
    # Sites on a road, by position; the field counts these only.
    routed = np.flatnonzero(snapped["status"] == "ok")
    goals = stops(snapped.iloc[routed], standards)
    legs = edge_legs(network, mode, standards=standards)
    wait = standards.bus_wait_minutes if mode == "bus" else 0.0
    graph = reversed_graph(network, legs)
    from_nodes = field(network, legs, graph, goals, wait_min=wait, limit_min=cutoff_minutes)
    edges = np.flatnonzero(snappable(network, mode))
    # Edges a journey may begin on, cut where the nearest site changes or the cut-off is reached.
    parts = edge_parts(network, legs, from_nodes, goals, edges=edges, wait_min=wait)
    pieces = within(parts, limit_min=cutoff_minutes)
    labels = sites.index.take(routed)
    return Catchments(
        # Positions among the routed sites become labels; `NOBODY` finds none.
        nodes=pd.DataFrame(
            {
                "site": pd.Series(labels).reindex(from_nodes.site).to_numpy(),
                "minutes": np.where(from_nodes.site == NOBODY, np.inf, from_nodes.minutes),
                "metres": from_nodes.metres,
            }
        ),
        pieces=gpd.GeoDataFrame(
            {
                "edge": pieces.edge,
                "begin": pieces.begin,
                "end": pieces.end,
                "site": labels.take(pieces.site),
            },
            geometry=cut_lines(network.geometry[pieces.edge], pieces.begin, pieces.end),
            crs=network.crs,
        ),
        sites=snapped["status"],
    )
