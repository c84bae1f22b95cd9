"""Catchments: the nearest site of every place on the roads, found in one search from all sites."""

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
        Minutes from a place on the road to the door, in the direction place → site, as
        `layout.network.travel.route` gives them for a point on that place. Of sites equally near
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
    places = snap(network, sites, mode=checked_mode(mode), limit_m=standards.snap_limit_m)
    held = np.flatnonzero(places["status"] == "ok")
    goals = stops(places.iloc[held], standards)
    legs = edge_legs(network, mode, standards=standards)
    wait = standards.bus_wait_minutes if mode == "bus" else 0.0
    graph = reversed_graph(network, legs)
    found = field(network, legs, graph, goals, wait_min=wait, limit_min=cutoff_minutes)
    edges = np.flatnonzero(snappable(network, mode))
    parts = edge_parts(network, legs, found, goals, edges=edges, wait_min=wait)
    pieces = within(parts, limit_min=cutoff_minutes)
    labels = sites.index.take(held)
    return Catchments(
        nodes=pd.DataFrame(
            {
                "site": pd.Series(labels).reindex(found.site).to_numpy(),
                "minutes": np.where(found.site == NOBODY, np.inf, found.minutes),
                "metres": found.metres,
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
        sites=places["status"],
    )
