"""Service areas: from where a school can be reached in time, as polygons."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.arrays import Bools, Ints, Objects
from layout.core.errors import UsageError
from layout.core.progress import bar
from layout.core.standards import Standards
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.roads import Mode, RoadNetwork, snap, snappable
from layout.network.roads import network as study_network
from layout.network.travel.asked import checked_mode, sorted_points
from layout.network.travel.field import cut_lines, edge_parts, field, within
from layout.network.travel.legs import Legs, Stops, edge_legs, stops
from layout.network.travel.routing import Graph, cores, reversed_graph

__all__ = ["AREA_WIDTH_M", "service_areas", "study_areas"]

AREA_WIDTH_M = 200.0
"""Metres to either side of a road that its service area takes in."""

QUARTER_CIRCLE = 4
"""Corners of a quarter of the circle round the end of a road: 2 % inside the true circle."""

ROUGHLY = 20
"""The shape of a road is followed to this part of the width: ten times quicker, no visible loss."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Search:
    """What all sites share."""

    network: RoadNetwork
    legs: Legs
    graph: Graph
    goals: Stops
    doors: Objects
    usable: Bools
    ends: tuple[Ints, Ints]
    minutes: tuple[float, ...]
    wait_min: float
    width_m: float


MOST_MINUTES, MOST_WIDTH_M = 1440, 10_000
"""No way to school is longer than a day."""


def service_areas(
    network: RoadNetwork,
    sites: gpd.GeoSeries,
    *,
    minutes: Sequence[float],
    mode: Mode,
    standards: Standards,
    width_m: float = AREA_WIDTH_M,
) -> gpd.GeoDataFrame:
    """Draw the areas from which sites can be reached within some limits.

    Parameters
    ----------
    network
        The roads.
    sites
        Points by label, in any CRS and order.
    minutes
        Limits, door to door; each gives one area for every site.
    mode
        ``walk``, ``bus`` or ``drive``.
    standards
        For walking speed, bus wait and snap limit.
    width_m
        How far to either side of a road its area reaches.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns ``site`` (label), ``minutes``, and the geometry: MultiPolygons in the network's
        projected CRS (`RoadNetwork.crs`, metres), by site and limit. An area is all within
        `width_m` of a point on a road from which the site is reached in time, in the direction
        point → site, and of the path from the road to its door; roads end where the limit is
        reached, exactly there. The areas of one site lie within each other. An area is empty
        where the site is too far from any road, or the limit shorter than wait and path.

    Raises
    ------
    InputError
        Points without a CRS, or that are no points.
    UsageError
        Unknown mode, duplicate labels, no limits, or a limit or width that is not positive and
        finite.

    Notes
    -----
    Curves of less than a twentieth of the width are drawn straight. What lies off the road is not
    timed: a door `width_m` from the road is up to
    ``width_m / walking speed`` later than the limit. `layout.network.travel.route` times doors.
    """
    limits = tuple(sorted({float(limit) for limit in minutes}))
    within = all(0 < value <= MOST_MINUTES for value in limits) and 0 < width_m <= MOST_WIDTH_M
    if not limits or not within:
        raise UsageError(
            tr(
                "Limits of service areas are numbers above 0 and up to {minutes} minutes, their "
                "width up to {metres} metres.",
                minutes=MOST_MINUTES,
                metres=MOST_WIDTH_M,
            )
        )
    sites = sorted_points(sites)
    snapped = snap(network, sites, mode=checked_mode(mode), limit_m=standards.snap_limit_m)
    # Sites on a road, by position; the others keep empty areas.
    routed = np.flatnonzero(snapped["status"] == "ok")
    legs = edge_legs(network, mode, standards=standards)
    doors = sites.to_crs(network.crs).to_numpy()[routed]
    on_road = shapely.points(snapped[["x", "y"]].to_numpy()[routed])
    # Straight paths from each door to its point on the road.
    paths = shapely.linestrings(
        np.stack([shapely.get_coordinates(doors), shapely.get_coordinates(on_road)], axis=1)
    )
    search = _Search(
        network=network,
        legs=legs,
        graph=reversed_graph(network, legs),
        goals=stops(snapped.iloc[routed], standards),
        doors=np.asarray(paths, dtype=object),
        usable=snappable(network, mode),
        ends=(
            network.edges["u"].to_numpy(dtype=np.int64),
            network.edges["v"].to_numpy(dtype=np.int64),
        ),
        minutes=limits,
        wait_min=standards.bus_wait_minutes if mode == "bus" else 0.0,
        width_m=width_m,
    )
    # Sites × limits, one MultiPolygon each.
    areas = np.full((len(sites), len(limits)), shapely.MultiPolygon(), dtype=object)
    with ThreadPoolExecutor(cores()) as pool:
        of_sites = pool.map(lambda at: _areas(search, at), range(len(routed)))
        for row, of_limits in zip(routed, bar(of_sites, label=tr("Service areas")), strict=True):
            areas[row] = of_limits
    return gpd.GeoDataFrame(
        {
            "site": sites.index.repeat(len(limits)),
            "minutes": pd.Series(np.tile(limits, len(sites)), dtype="float64"),
        },
        geometry=areas.ravel(),
        crs=network.crs,
    )


def study_areas(study: Study, *, minutes: Sequence[float], mode: Mode) -> gpd.GeoDataFrame:
    """Draw the service areas of all schools of a study.

    Parameters
    ----------
    study
        The study.
    minutes
        Limits, door to door.
    mode
        ``walk``, ``bus`` or ``drive``.

    Returns
    -------
    geopandas.GeoDataFrame
        As `service_areas` gives it, in the study's CRS.

    Raises
    ------
    InputError
        The road file cannot be read, or a county has no roads.
    UsageError
        Unknown mode, or limits that are none.
    """
    return service_areas(
        study_network(study),
        study.schools.geometry,
        minutes=minutes,
        mode=mode,
        standards=study.standards,
    )


def _areas(search: _Search, at: int) -> Objects:
    """Areas of one site, from the shortest limit to the longest."""
    goals = search.goals
    goal = Stops(
        edge=goals.edge[at : at + 1],
        fraction=goals.fraction[at : at + 1],
        off_road_m=goals.off_road_m[at : at + 1],
        off_road_min=goals.off_road_min[at : at + 1],
    )
    # Minutes from every node to the site, up to the longest limit.
    from_nodes = field(
        search.network,
        search.legs,
        search.graph,
        goal,
        wait_min=search.wait_min,
        limit_min=search.minutes[-1],
    )
    u, v = search.ends
    # Edges that an end of the area may lie on: with a node in reach, and the site's own.
    near = np.isfinite(from_nodes.minutes)
    touched = near[u] | near[v]
    touched[goal.edge] = True
    parts = edge_parts(
        search.network,
        search.legs,
        from_nodes,
        goal,
        edges=np.flatnonzero(touched & search.usable),
        wait_min=search.wait_min,
    )
    out = np.full(len(search.minutes), shapely.MultiPolygon(), dtype=object)
    # Areas of shorter limits lie within longer ones: each starts from the one before.
    inner, done = shapely.MultiPolygon(), np.empty(0, dtype=np.int64)
    for at_limit, limit in enumerate(search.minutes):
        # The walk off the road and the wait alone may take longer than the limit.
        if goal.off_road_min[0] + search.wait_min > limit:
            continue
        pieces = within(parts, limit_min=limit)
        whole = (pieces.begin == 0) & (pieces.end == 1)
        # Edges that were whole at a shorter limit are in its area already.
        new = ~(whole & np.isin(pieces.edge, done))
        done = pieces.edge[whole]
        lines = cut_lines(
            search.network.geometry[pieces.edge[new]], pieces.begin[new], pieces.end[new]
        )
        inner = _several([*_ribbons(lines, search), *_ribbons(search.doors[[at]], search), inner])
        out[at_limit] = inner
    return out


def _ribbons(lines: Objects, search: _Search) -> Objects:
    """Each line with all that is within the width of it."""
    rough = shapely.simplify(lines, search.width_m / ROUGHLY, preserve_topology=False)
    return np.asarray(shapely.buffer(rough, search.width_m, quad_segs=QUARTER_CIRCLE), dtype=object)


def _several(areas: list[shapely.Geometry]) -> shapely.MultiPolygon:
    """All areas in one, its parts and corners in one order, always as a MultiPolygon."""
    parts = shapely.get_parts(shapely.union_all(areas))
    return cast("shapely.MultiPolygon", shapely.MultiPolygon(parts.tolist()).normalize())
