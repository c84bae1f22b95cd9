"""`RoadNetwork`: the junctions and edges of a road network, with the shape of each edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import UsageError, expect
from layout.core.problems import refuse
from layout.core.show import brief
from layout.core.standards import Standards
from layout.core.text import tr
from layout.inputs.datum import metre_crs
from layout.inputs.roads.tables import RoadTables, check_degrees
from layout.network.roads.classes import slow_kmh, usage
from layout.network.roads.projection import transformer
from layout.network.roads.speed import edge_minutes, slow_metres
from layout.network.roads.topology import chains

__all__ = ["EDGE_COLUMNS", "RoadNetwork", "assemble", "closed", "from_tables"]

EDGE_COLUMNS = (
    "u", "v", "length_m", "highway", "forward", "backward", "walk", "bus", "drive",
    "bus_kmh", "drive_kmh",
)  # fmt: skip

_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadNetwork:
    """Roads as a network, ready for snapping and routing.

    Parameters
    ----------
    nodes
        ``lon``, ``lat`` (EPSG:4326), ``x``, ``y`` (metres in `crs`), by position.
    edges
        By position: ``u``, ``v`` (positions in `nodes`), ``length_m`` (geodesic), ``highway``
        (class), ``forward``, ``backward`` (open to vehicles from u to v, from v to u), ``walk``,
        ``bus``, ``drive`` (who may use it), ``bus_kmh``, ``drive_kmh`` (mean speed, 0 where no
        such vehicle may go).
    geometry
        A LineString from u to v for each edge, in `crs`.
    crs
        Projected CRS in metres.
    component
        For each node the number of the connected component that it belongs to, whatever the
        mode and the direction; 0 holds the most nodes.
    carried
        For each segment of all edges, edge after edge: on a bridge or in a tunnel.
    counts
        What was cut or left out: ``clipped_ways``, ``closed_ways``, ``unclassified_ways``; with
        heights ``flat_edges`` and ``flat_metres``, which have none.
    walk_pace
        For each edge the minutes on foot from u to v and back, each by those on the flat; shape
        (edges, 2). None without a height model.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    geometry: npt.NDArray[np.object_]
    crs: str
    component: npt.NDArray[np.int32]
    carried: Bools
    counts: Mapping[str, int] = field(default_factory=dict)
    walk_pace: Floats | None = None


def from_tables(tables: RoadTables, *, crs: str, standards: Standards) -> RoadNetwork:
    """Build the network from nodes and ways as a file has them.

    Parameters
    ----------
    tables
        What a road reader returns.
    crs
        Projected CRS in metres for the network.
    standards
        For the legal caps on bus speed.

    Returns
    -------
    RoadNetwork
        Ways that nobody may use are left out; runs of plain nodes are single edges.

    Raises
    ------
    InputError
        `crs` is not in metres, no way may be used by anybody, or one lies nowhere on Earth.
    """
    # Ways × (tags, users, speeds); what nobody may use is left out before topology.
    used = _used(tables.ways, standards)
    ways = tables.ways.assign(**used)
    open_ways = (ways["walk"] | ways["bus"] | ways["drive"]).to_numpy()
    if not open_ways.any():
        raise refuse("no-roads:closed")
    # Nodes of the open ways, way after way, and where each begins.
    size = np.diff(tables.way_start)
    way_nodes = tables.way_nodes[np.repeat(open_ways, size)]
    way_start = np.concatenate([[0], np.cumsum(size[open_ways])]).astype(np.int64)
    ways = ways[open_ways].reset_index(drop=True)
    runs = chains(way_nodes, way_start, style=_style(ways), direction=_direction(ways))

    # Points of all edges, edge after edge, in degrees.
    lon = tables.nodes["lon"].to_numpy()[runs.nodes]
    lat = tables.nodes["lat"].to_numpy()[runs.nodes]
    check_degrees(np.column_stack([lon, lat]), runs.start)
    # Neighbours in one edge are a segment; the pair across two edges is not.
    inner = np.ones(len(lon) - 1, dtype=bool)
    inner[runs.start[1:-1] - 1] = False
    _, _, segment_m = _GEOD.inv(lon[:-1][inner], lat[:-1][inner], lon[1:][inner], lat[1:][inner])
    # One row for each segment, from the way that it comes from; its other tags have been used.
    ways = ways[["highway", *used]].astype({"highway": "category"})
    of_segment = ways.iloc[runs.ways].reset_index(drop=True)
    return assemble(
        lonlat=np.column_stack([lon, lat]),
        start=runs.start,
        node_of_end=np.column_stack([runs.nodes[runs.start[:-1]], runs.nodes[runs.start[1:] - 1]]),
        segment_m=np.asarray(segment_m, dtype=np.float64),
        of_segment=of_segment,
        direction=runs.direction,
        crs=crs,
        standards=standards,
        counts={**tables.counts, "closed_ways": int((~open_ways).sum())},
    )


def assemble(
    *,
    lonlat: Floats,
    start: Ints,
    node_of_end: Ints,
    segment_m: Floats,
    of_segment: pd.DataFrame,
    direction: Ints,
    crs: str,
    standards: Standards,
    counts: Mapping[str, int],
) -> RoadNetwork:
    """Put a network together from the points of its edges.

    Parameters
    ----------
    lonlat, start
        Points of all edges (degrees, shape (n, 2)), edge after edge; where each begins.
    node_of_end
        Labels (integers) of both end nodes of each edge, shape (edges, 2); nodes of the network
        are in the order of these labels.
    segment_m
        Length of each segment in metres, edge after edge.
    of_segment
        For each segment: ``highway`` and the columns of `layout.network.roads.classes.usage`.
    direction
        For each edge 1 (one-way along it), -1 (against it) or 0.
    crs, standards, counts
        As for `from_tables`.

    Returns
    -------
    RoadNetwork
        The edges in the order given.
    """
    # Points in metres; first segment of each edge, which has one segment fewer than points.
    metre_crs(crs)
    x, y = transformer("EPSG:4326", crs).transform(lonlat[:, 0], lonlat[:, 1])
    xy = np.column_stack([x, y])
    first = start[:-1] - np.arange(len(start) - 1)
    length = np.add.reduceat(segment_m, first)
    # Class and users are the same in all of an edge; the first segment has them.
    head = of_segment.iloc[first].reset_index(drop=True)
    # Nodes in label order: where each occurs first among the ends, and both ends by position.
    labels, where, ends = np.unique(node_of_end, return_index=True, return_inverse=True)
    ends = ends.reshape(node_of_end.shape)
    at = np.column_stack([start[:-1], start[1:] - 1]).ravel()[where]
    edges = pd.DataFrame(
        {
            "u": ends[:, 0].astype(np.int32),
            "v": ends[:, 1].astype(np.int32),
            "length_m": length,
            "highway": head["highway"].astype("category").cat.remove_unused_categories(),
            "forward": direction >= 0,
            "backward": direction <= 0,
            "walk": head["walk"],
            "bus": head["bus"],
            "drive": head["drive"],
        }
    )
    # Mean speed of an edge: its length over the minutes along its shape, sharp bends at the cap.
    slow_m = slow_metres(xy, start, length_m=segment_m)
    for mode, sharp in (("bus", slow_kmh(standards)), ("drive", np.inf)):
        kmh = of_segment[f"{mode}_kmh"].to_numpy()
        speed = np.where(kmh > 0, kmh, 1.0)
        minutes = edge_minutes(start, length_m=segment_m, slow_m=slow_m, kmh=speed, sharp_kmh=sharp)
        mean = np.divide(length * 0.06, minutes, out=speed[first], where=minutes > 0)
        edges[f"{mode}_kmh"] = np.where(head[mode], mean, 0.0)
    return RoadNetwork(
        nodes=pd.DataFrame(
            {"lon": lonlat[at, 0], "lat": lonlat[at, 1], "x": xy[at, 0], "y": xy[at, 1]}
        ),
        edges=edges[list(EDGE_COLUMNS)],
        geometry=np.asarray(
            shapely.linestrings(xy, indices=np.repeat(np.arange(len(edges)), np.diff(start)))
        ),
        crs=crs,
        component=_components(ends, len(labels)),
        carried=of_segment["carried"].to_numpy(dtype=bool),
        counts=dict(counts),
    )


def closed(network: RoadNetwork, edges: Sequence[int]) -> RoadNetwork:
    """Close edges to everybody, in both directions.

    Parameters
    ----------
    network
        The roads.
    edges
        Positions of edges.

    Returns
    -------
    RoadNetwork
        The same nodes and edges by position; nobody may use those closed, and components are
        those of the others.

    Raises
    ------
    UsageError
        The network has no such edge.
    """
    # Every position is checked before anything is closed.
    count = len(network.edges)
    expect(Iterable, edges=edges)
    named: Iterable[object] = edges
    for edge in named:
        if not isinstance(edge, (int, np.integer)) or not 0 <= edge < count:
            raise UsageError(tr("The network has no edge {edge}.", edge=brief(edge)))
    shut = np.zeros(count, dtype=bool)
    shut[list(edges)] = True
    # No user, no speed, and no link in the components.
    table = network.edges.copy()
    for mode in ("walk", "bus", "drive"):
        table[mode] = table[mode].to_numpy(dtype=bool) & ~shut
    for mode in ("bus", "drive"):
        table[f"{mode}_kmh"] = np.where(shut, 0.0, table[f"{mode}_kmh"])
    ends = table[["u", "v"]].to_numpy(dtype=np.int64)
    return replace(network, edges=table, component=_components(ends[~shut], len(network.nodes)))


def _used(ways: pd.DataFrame, standards: Standards) -> dict[str, pd.Series]:
    uses = usage(ways, standards=standards)
    return {str(column): uses[column] for column in uses.columns}


def _style(ways: pd.DataFrame) -> Ints:
    """Give ways a number by class and users; only like ways are joined to one edge."""
    alike = ways.groupby(["highway", "walk", "bus", "drive"], sort=True).ngroup()
    return np.asarray(alike, dtype=np.int64)


def _direction(ways: pd.DataFrame) -> Ints:
    """1 for one-way ways, -1 against their own direction, 0 for both ways or no vehicles."""
    vehicles = ways["bus"] | ways["drive"]
    signed = ways["forward"].astype(np.int64) - ways["backward"].astype(np.int64)
    return np.where(vehicles, signed, 0).astype(np.int64)


def _components(ends: Ints, count: int) -> npt.NDArray[np.int32]:
    """Label connected components, the one of most nodes 0, ties by their first node."""
    # Undirected links between both ends of each edge.
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, label = connected_components(links, directed=False)
    # Largest first; among equals the one with the first node.
    size = np.bincount(label)
    first = np.unique(label, return_index=True)[1]
    rank = np.empty(len(size), dtype=np.int32)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return rank[label]
