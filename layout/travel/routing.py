"""Shortest ways on a road network from many origins to many sites, as arrays.

One run of Dijkstra's algorithm for each site on the reversed graph, with a cut-off, in batches
(`scipy.sparse.csgraph.dijkstra`). Sites are nodes of their own, tied to both ends of their edge by
the parts of it; origins add the parts of theirs afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from layout.roads import Mode, RoadNetwork
from layout.standards import Standards

__all__ = [
    "Graph",
    "Legs",
    "Pairs",
    "Stops",
    "batches",
    "edge_legs",
    "metres_to_site",
    "part_minutes",
    "reversed_graph",
    "stops",
]

EPSILON_MINUTES = 1e-9
"""Stands for a way of no length, which a sparse matrix would not hold; far below a second."""

BATCH_CELLS = 6_400_000
"""Sites × nodes of one batch: some 50 MB of minutes and 25 MB of predecessors."""

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Legs:
    """Minutes along each edge, from u to v and back; inf where the mode may not go that way."""

    forward: _Floats
    backward: _Floats
    length_m: _Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Stops:
    """Points on edges: edge, fraction of it from u, and the walk to the road."""

    edge: _Ints
    fraction: _Floats
    off_road_m: _Floats
    off_road_min: _Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairs:
    """Origin and site by position, with minutes and metres from door to door."""

    origin: _Ints
    site: _Ints
    minutes: _Floats
    metres: _Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph:
    """The reversed graph; site j is node ``nodes + j``.

    Arcs are in the order of `matrix`: ``arc_key`` is row × size + column, ``arc_origin`` where the
    arc comes from: e for edge e from u to v, edges + e for it from v to u, then the arcs from u
    to each site, then those from v.
    """

    matrix: csr_array
    arc_key: _Ints
    arc_metres: _Floats
    arc_origin: _Ints
    nodes: int


def edge_legs(network: RoadNetwork, mode: Mode, *, standards: Standards) -> Legs:
    """Minutes along each edge in a mode.

    Parameters
    ----------
    network
        The roads.
    mode
        ``walk``: any walkable edge, either way. ``bus``: the ride where a bus may go, in its
        direction; edges that no bus may use are walked. ``drive``: as the roads allow.
    standards
        For the walking speed.

    Returns
    -------
    Legs
        One entry for each edge.
    """
    edges = network.edges
    length = edges["length_m"].to_numpy(dtype=np.float64)
    on_foot = np.where(edges["walk"], length / _metres_per_minute(standards), np.inf)
    if mode == "walk":
        return Legs(forward=on_foot, backward=on_foot, length_m=length)
    rides = edges[mode].to_numpy(dtype=bool)
    kmh = np.where(rides, edges[f"{mode}_kmh"].to_numpy(dtype=np.float64), 1.0)
    ride = length * 0.06 / kmh
    other = on_foot if mode == "bus" else np.full(len(edges), np.inf)
    forward, backward = (
        np.where(rides, np.where(edges[way], ride, np.inf), other)
        for way in ("forward", "backward")
    )
    return Legs(forward=forward, backward=backward, length_m=length)


def _metres_per_minute(standards: Standards) -> float:
    return standards.walk_kmh * 1000 / 60


def stops(places: pd.DataFrame, standards: Standards) -> Stops:
    """Take the places of points on the road, none of them too far.

    Parameters
    ----------
    places
        What `layout.roads.snap` returns.
    standards
        For the walking speed.

    Returns
    -------
    Stops
    """
    off_road = places["off_road_m"].to_numpy(dtype=np.float64)
    return Stops(
        edge=places["edge"].to_numpy(dtype=np.int64),
        fraction=places["fraction"].to_numpy(dtype=np.float64),
        off_road_m=off_road,
        off_road_min=off_road * 0.06 / standards.walk_kmh,
    )


def reversed_graph(network: RoadNetwork, legs: Legs, sites: Stops) -> Graph:
    """Build the graph on which each site finds all nodes from which it can be reached.

    Parameters
    ----------
    network
        The roads.
    legs
        Minutes along its edges.
    sites
        Places on its edges.

    Returns
    -------
    Graph
        Of parallel arcs only the quickest is kept, as a sparse matrix would add them up.
    """
    u = network.edges["u"].to_numpy(dtype=np.int64)
    v = network.edges["v"].to_numpy(dtype=np.int64)
    count = len(network.nodes)
    size = count + len(sites.edge)
    own = np.arange(count, size)
    edge, part = sites.edge, sites.fraction
    to_site = part_minutes(part, legs.forward[edge]), part_minutes(1 - part, legs.backward[edge])
    tail = np.concatenate([u, v, u[edge], v[edge]])
    head = np.concatenate([v, u, own, own])
    minutes = np.concatenate([legs.forward, legs.backward, *to_site])
    metres = np.concatenate(
        [legs.length_m, legs.length_m, part * legs.length_m[edge], (1 - part) * legs.length_m[edge]]
    )
    keep = np.flatnonzero(np.isfinite(minutes) & (tail != head))
    key = head[keep] * size + tail[keep]
    minutes, metres = np.maximum(minutes[keep], EPSILON_MINUTES), metres[keep]
    order = np.lexsort((metres, minutes, key))
    key, first = np.unique(key[order], return_index=True)
    best = order[first]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(key // size, minlength=size))])
    matrix = csr_array(
        (minutes[best], (key % size).astype(np.int32), indptr.astype(np.int32)), shape=(size, size)
    )
    return Graph(
        matrix=matrix,
        arc_key=key,
        arc_metres=metres[best],
        arc_origin=keep[best],
        nodes=count,
    )


def part_minutes(fraction: _Floats, minutes: _Floats) -> _Floats:
    """Minutes for a part of an edge: inf where it is closed, unless there is no way to go.

    Parameters
    ----------
    fraction
        Part of the edge, 0 to 1.
    minutes
        Minutes for the whole edge in the direction wanted, inf where that is closed.

    Returns
    -------
    numpy.ndarray
        Minutes.
    """
    closed = ~np.isfinite(minutes)
    part = fraction * np.where(closed, 0.0, minutes)
    return np.where(closed & (fraction > 0), np.inf, part)


def batches(
    network: RoadNetwork,
    legs: Legs,
    origins: Stops,
    sites: Stops,
    *,
    wait_min: float,
    cutoff_min: _Floats,
) -> Iterator[Pairs]:
    """Find all pairs within the cut-off, some sites at a time.

    Parameters
    ----------
    network, legs
        The roads and the minutes along them.
    origins, sites
        Places on edges.
    wait_min
        Added once to each journey.
    cutoff_min
        For each site the longest journey that counts, door to door.

    Yields
    ------
    Pairs
        Of consecutive sites, each pair once.
    """
    if not len(origins.edge) or not len(sites.edge):
        return
    graph = reversed_graph(network, legs, sites)
    budget = cutoff_min - wait_min - sites.off_road_min - origins.off_road_min.min()
    same = _same_edge(legs, origins, sites)
    width = max(1, min(len(sites.edge), BATCH_CELLS // graph.matrix.shape[0]))
    for begin in range(0, len(sites.edge), width):
        chosen = np.arange(begin, min(begin + width, len(sites.edge)))
        limit = max(float(budget[chosen].max()), 0.0)
        minutes, before = dijkstra(
            graph.matrix, indices=graph.nodes + chosen, limit=limit, return_predecessors=True
        )
        metres = metres_to_site(graph, minutes, before)
        found = _via_ends(network, legs, origins, minutes, metres)
        direct = same[same["site"].isin(chosen)]
        yield _door_to_door(found, direct, origins, sites, chosen, wait_min, cutoff_min)


def metres_to_site(graph: Graph, minutes: _Floats, before: npt.NDArray[np.int32]) -> _Floats:
    """Metres along the quickest way from each node to each site of a batch.

    Parameters
    ----------
    graph
        The reversed graph.
    minutes, before
        Distances and predecessors as Dijkstra's algorithm gives them, shape (sites, nodes).

    Returns
    -------
    numpy.ndarray
        Same shape; 0 at the site, NaN where it cannot be reached. The lengths are added up along
        the tree of predecessors by doubling the stride each round, for reached nodes only.
    """
    size = minutes.shape[1]
    reached = np.flatnonzero(np.isfinite(minutes.ravel()))
    number = np.empty(minutes.size, dtype=np.int32)
    number[reached] = np.arange(len(reached), dtype=np.int32)
    at, node = np.divmod(reached, size)
    previous = before.ravel()[reached].astype(np.int64)
    root = previous < 0
    step = np.where(root, reached, at * size + previous)
    up = number[step]
    where = np.searchsorted(graph.arc_key, np.where(root, 0, previous * size + node))
    metres = np.where(root, 0.0, graph.arc_metres[np.minimum(where, len(graph.arc_metres) - 1)])
    while True:
        further = up[up]
        metres = metres + metres[up]
        if np.array_equal(further, up):
            break
        up = further
    out = np.full(minutes.size, np.nan)
    out[reached] = metres
    return out.reshape(minutes.shape)


def _via_ends(
    network: RoadNetwork, legs: Legs, origins: Stops, minutes: _Floats, metres: _Floats
) -> tuple[_Floats, _Floats]:
    """Minutes and metres on roads from each origin by the better end of its edge."""
    edge, part = origins.edge, origins.fraction
    u = network.edges["u"].to_numpy()[edge]
    v = network.edges["v"].to_numpy()[edge]
    by_u = minutes[:, u] + part_minutes(part, legs.backward[edge])
    by_v = minutes[:, v] + part_minutes(1 - part, legs.forward[edge])
    take_v = by_v < by_u
    length = legs.length_m[edge]
    along = np.where(take_v, metres[:, v] + (1 - part) * length, metres[:, u] + part * length)
    return np.where(take_v, by_v, by_u), along


def _same_edge(legs: Legs, origins: Stops, sites: Stops) -> pd.DataFrame:
    """Pairs on one edge that need not leave it: origin, site, minutes, metres."""
    left = pd.DataFrame({"edge": origins.edge, "origin": np.arange(len(origins.edge))})
    right = pd.DataFrame({"edge": sites.edge, "site": np.arange(len(sites.edge))})
    both = left.merge(right, on="edge")
    edge = both["edge"].to_numpy()
    ahead = sites.fraction[both["site"]] - origins.fraction[both["origin"]]
    whole = np.where(ahead >= 0, legs.forward[edge], legs.backward[edge])
    minutes = part_minutes(np.abs(ahead), whole)
    both = both.assign(minutes=minutes, metres=np.abs(ahead) * legs.length_m[edge])
    return both[np.isfinite(minutes)]


def _door_to_door(
    found: tuple[_Floats, _Floats],
    direct: pd.DataFrame,
    origins: Stops,
    sites: Stops,
    chosen: _Ints,
    wait_min: float,
    cutoff_min: _Floats,
) -> Pairs:
    """Put direct ways in, add the legs off the road and the wait, keep what is within reach."""
    minutes, metres = found
    at = direct["site"].to_numpy() - chosen[0], direct["origin"].to_numpy()
    better = direct["minutes"].to_numpy() <= minutes[at]
    at = at[0][better], at[1][better]
    minutes[at] = direct["minutes"].to_numpy()[better]
    metres[at] = direct["metres"].to_numpy()[better]
    minutes += wait_min + origins.off_road_min[None, :] + sites.off_road_min[chosen, None]
    site, origin = np.nonzero(
        minutes <= np.where(np.isfinite(cutoff_min), cutoff_min, _HUGE)[chosen, None]
    )
    return Pairs(
        origin=origin,
        site=chosen[site],
        minutes=minutes[site, origin],
        metres=metres[site, origin] + origins.off_road_m[origin] + sites.off_road_m[chosen[site]],
    )


_HUGE = np.finfo(np.float64).max
"""No cut-off: every finite journey counts, while inf (no way) still does not."""
