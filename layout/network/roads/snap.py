"""From points to the nearest point on a road."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from layout.core.arrays import Bools, Ints
from layout.core.errors import InputError
from layout.core.problems import problem, refuse
from layout.network.roads.network import RoadNetwork
from layout.network.roads.projection import transformer

__all__ = ["Mode", "check_points", "snap", "snappable"]

Mode = Literal["walk", "bus", "drive"]

ISLAND_DETOUR_M = 100.0
"""A connected road is preferred to one that leads nowhere if at most this much farther."""

ISLAND_KM = 10.0
ISLAND_SHARE = 0.1
"""A piece of roads leads nowhere if it has fewer kilometres, and a smaller share of the largest."""

AT_NODE_M = 0.01
"""Within a centimetre of the end of a road one is at the junction, free to leave by any road."""

_GEOD = pyproj.Geod(ellps="WGS84")


def snappable(network: RoadNetwork, mode: Mode) -> Bools:
    """Say which edges a journey in a mode may begin or end on.

    Parameters
    ----------
    network
        The roads.
    mode
        ``walk`` and ``bus``: whatever may be walked, as children walk to the bus and none waits
        on an expressway; ``drive``: whatever may be driven, expressways aside.

    Returns
    -------
    numpy.ndarray
        One bool for each edge.
    """
    edges = network.edges
    if mode == "drive":
        return (edges["drive"] & ~edges["highway"].isin(["motorway", "motorway_link"])).to_numpy()
    return edges["walk"].to_numpy()


def snap(
    network: RoadNetwork, points: gpd.GeoSeries, *, mode: Mode, limit_m: float
) -> pd.DataFrame:
    """Find for each point the nearest point on an edge that its mode may begin on.

    Parameters
    ----------
    network
        The roads.
    points
        Points in any CRS.
    mode
        ``walk``, ``bus`` or ``drive``; see `snappable`.
    limit_m
        A point farther from every such edge gets the status ``too_far`` and no edge.

    Returns
    -------
    pandas.DataFrame
        Index of `points`; ``edge`` (position, -1 for none), ``fraction`` (0 at u … 1 at v),
        ``off_road_m`` (geodesic metres in a straight line; NaN for none), ``x``, ``y`` (point on
        the road in the network's CRS), ``status`` (``ok`` or ``too_far``). Of edges equally near
        the first one counts. A point beside a piece of roads that leads nowhere (see `ISLAND_KM`;
        also where none of it is open to a bus) goes to a road of the network at most
        `ISLAND_DETOUR_M` farther away.

    Raises
    ------
    InputError
        Points without a CRS, or a null, empty or non-point geometry (code ``point-geometry``).
    """
    check_points(points)
    projected = points.to_crs(network.crs)
    point = shapely.force_2d(projected.to_numpy())
    usable = snappable(network, mode)
    edge = _nearest_edge(network, point, usable, limit_m)
    island = _on_island(network)
    # Points beside a component that leads nowhere look for the network again, a little farther.
    isolated = np.flatnonzero((edge >= 0) & island[edge])
    if len(isolated):
        near = shapely.distance(network.geometry[edge[isolated]], point[isolated])
        other = _nearest_edge(network, point[isolated], usable & ~island, limit_m)
        far = shapely.distance(network.geometry[other], point[isolated])
        better = (other >= 0) & (far <= near + ISLAND_DETOUR_M)
        edge[isolated[better]] = other[better]
    return _described(network, points.index, point, edge)


def _nearest_edge(
    network: RoadNetwork,
    point: npt.NDArray[np.object_],
    usable: Bools,
    limit_m: float,
) -> Ints:
    """Nearest usable edge of each point, -1 where none is within the limit."""
    nearest = np.full(len(point), -1, dtype=np.int64)
    edges = np.flatnonzero(usable)
    if len(edges) and len(point):
        tree = shapely.STRtree(network.geometry[edges])
        # Of several edges at the same distance the first position counts.
        who, which = tree.query_nearest(point, max_distance=limit_m)
        order = np.lexsort((which, who))
        who, which = who[order], which[order]
        who, first = np.unique(who, return_index=True)
        nearest[who] = edges[which[first]]
    return nearest


def _on_island(network: RoadNetwork) -> Bools:
    """Edges of components that lead nowhere: loose service roads, garden paths, cut-off tracks."""
    # Component of each edge, and kilometres of each.
    of_edge = network.component[network.edges["u"].to_numpy()]
    count = int(network.component.max(initial=-1)) + 1
    km = np.bincount(of_edge, network.edges["length_m"].to_numpy("float64"), count) / 1000
    small = km < min(ISLAND_KM, ISLAND_SHARE * float(km.max(initial=0.0)))
    # Whatever its size, from one without a road for a bus no bus leaves.
    served = np.zeros(count, dtype=bool)
    served[of_edge[network.edges["bus"].to_numpy(dtype=bool)]] = True
    alone: Bools = (small | ~served)[of_edge]
    return alone


def _described(
    network: RoadNetwork,
    index: pd.Index,
    point: npt.NDArray[np.object_],
    edge: Ints,
) -> pd.DataFrame:
    # Points with an edge; the others stay NaN.
    ok = edge >= 0
    lines = network.geometry[edge[ok]]
    fraction = np.full(len(edge), np.nan)
    off_road = np.full(len(edge), np.nan)
    xy = np.full((len(edge), 2), np.nan)
    if ok.any():
        length = shapely.length(lines)
        # Metres along the edge; within a centimetre of an end it is the end itself.
        along = shapely.line_locate_point(lines, point[ok])
        along = np.where(along < AT_NODE_M, 0.0, along)
        along = np.where(along > length - AT_NODE_M, length, along)
        fraction[ok] = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
        xy[ok] = shapely.get_coordinates(shapely.line_interpolate_point(lines, along))
        # Geodesic metres between the point and its place on the road.
        back = transformer(network.crs, "EPSG:4326")
        here = back.transform(*shapely.get_coordinates(point[ok]).T)
        road = back.transform(*xy[ok].T)
        off_road[ok] = _GEOD.inv(*here, *road)[2]
    return pd.DataFrame(
        {
            "edge": edge,
            "fraction": fraction,
            "off_road_m": off_road,
            "x": xy[:, 0],
            "y": xy[:, 1],
            "status": np.where(ok, "ok", "too_far"),
        },
        index=index,
    )


def check_points(points: gpd.GeoSeries) -> None:
    """Refuse points without a CRS, and what is no point with finite coordinates."""
    if points.crs is None:
        raise refuse("crs-missing:points")
    # Points, not empty, with finite coordinates.
    shapes = points.to_numpy()
    right = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    right[right] = np.isfinite(shapely.get_coordinates(shapes[right])).all(axis=1)
    wrong = points.index[~right]
    if len(wrong):
        raise InputError(
            *(problem("point-geometry", row=label, column="geometry") for label in wrong)
        )
