"""Quickest routes on a road network from many origins to many sites, as arrays.

One search for each site on the reversed graph, with a cut-off (`layout.network.travel.kernel`), on
all cores. A site starts its search at both ends of its edge with the parts of it; an origin is
reached from the ends of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from layout.core.arrays import Bools, Floats, Ints
from layout.network.roads import RoadNetwork
from layout.network.travel import kernel
from layout.network.travel.contraction import Edges, contracted
from layout.network.travel.legs import Legs, Stops, part_minutes, same_edge

__all__ = [
    "Graph",
    "Pairs",
    "batches",
    "cores",
    "reversed_graph",
    "search_tree",
    "site_seeds",
]

BUCKETS_MOST = 4096
"""Buckets of the queue at most, where one arc is far longer than the others."""

BATCH_SITES = 32
"""Sites of one task: some milliseconds of work, so that threads end together."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairs:
    """Origin and site by position, with minutes and metres from door to door."""

    origin: Ints
    site: Ints
    minutes: Floats
    metres: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph:
    """The reversed graph.

    Attributes
    ----------
    arcs
        Arcs by the node where they end, as the search takes them.
    edge
        Edge of each arc, in the same order.
    ahead
        True where the arc goes from u to v of its edge.
    number
        The search's number of each node of the network, −1 for one left out: neighbours have near
        numbers, which halves the time that a search spends on fetching them.
    """

    arcs: kernel.Arcs
    edge: Ints
    ahead: Bools
    number: Ints


def reversed_graph(network: RoadNetwork, legs: Legs) -> Graph:
    """Build the graph on which each site finds all nodes from which it can be reached.

    Parameters
    ----------
    network
        The roads.
    legs
        Minutes along its edges.

    Returns
    -------
    Graph
        With every arc that is open; loops lead nowhere and are left out.
    """
    return _reversed(_edges(network, legs), np.ones(len(network.nodes), dtype=bool))


def _edges(network: RoadNetwork, legs: Legs) -> Edges:
    u, v = (network.edges[end].to_numpy(dtype=np.int64) for end in ("u", "v"))
    return Edges(u, v, legs.forward, legs.backward, legs.length_m)


def _reversed(edges: Edges, keep: Bools) -> Graph:
    """The reversed graph of some edges, whose nodes are those of the edges and those kept."""
    # Nodes with near numbers; an edge is two arcs, u to v and back.
    u, v = edges.u, edges.v
    number, count = _near_numbers(u, v, keep)
    tail, head = number[np.concatenate([u, v])], number[np.concatenate([v, u])]
    minutes = np.concatenate([edges.forward, edges.backward])
    # Buckets half as wide as a usual arc, but not more of them than `BUCKETS_MOST`.
    is_open = np.isfinite(minutes)
    longest = float(minutes[is_open].max(initial=0.0))
    usual = float(minutes[is_open].mean()) if is_open.any() else 0.0
    width = max(usual / 2, longest / BUCKETS_MOST) or 1.0
    # Open arcs, sorted by the node where they end.
    arc = np.flatnonzero(is_open & (tail != head))
    arc = arc[np.argsort(head[arc], kind="stable")]
    # The second half of the arcs goes from v to u.
    edge, back = arc % max(len(u), 1), arc >= len(u)
    arcs = kernel.Arcs(
        first=_firsts(head[arc], count),
        tail=tail[arc],
        minutes=minutes[arc],
        metres=edges.metres[edge],
        width=width,
        buckets=int(longest / width) + 2,
    )
    return Graph(arcs=arcs, edge=edge, ahead=~back, number=number)


def _near_numbers(u: Ints, v: Ints, keep: Bools) -> tuple[Ints, int]:
    """Number the nodes anew so that neighbours are close together; −1 for those left out."""
    # Nodes in use, numbered without gaps, and the links between them.
    used = keep.copy()
    used[u] = used[v] = True
    nodes = np.flatnonzero(used)
    dense = np.cumsum(used) - 1
    links = coo_array(
        (np.ones(len(u), dtype=np.int8), (dense[u], dense[v])), shape=(len(nodes), len(nodes))
    ).tocsr()
    # Reverse Cuthill–McKee keeps neighbours within a narrow band of numbers.
    number = np.full(len(keep), -1, dtype=np.int64)
    number[nodes[reverse_cuthill_mckee(links + links.T, symmetric_mode=True)]] = np.arange(
        len(nodes)
    )
    return number, len(nodes)


def _firsts(sorted_keys: Ints, count: int) -> Ints:
    """Where each key's entries begin, and after the last one the number of all."""
    return np.searchsorted(sorted_keys, np.arange(count + 1)).astype(np.int64)


def site_seeds(network: RoadNetwork, legs: Legs, graph: Graph, sites: Stops) -> kernel.Seeds:
    """Ends of the edge of each site, with the rest of the route from each; shape (sites, 2)."""
    edge, fraction = sites.edge, sites.fraction
    u, v = (network.edges[end].to_numpy(dtype=np.int64)[edge] for end in ("u", "v"))
    # From u it is the part before the site; from v, against the edge, the part after it.
    length = legs.length_m[edge]
    ahead, back = legs.ends()
    from_u = part_minutes(fraction, ahead[edge])
    from_v = part_minutes(1 - fraction, back[edge])
    return kernel.Seeds(
        node=graph.number[np.column_stack([u, v])],
        minutes=np.column_stack([from_u, from_v]),
        metres=np.column_stack([fraction * length, (1 - fraction) * length]),
    )


def search_tree(
    graph: Graph, seeds: kernel.Seeds, *, limit_min: float = np.inf
) -> tuple[Floats, Floats, npt.NDArray[np.int32]]:
    """Search from all seeds at once: the route from every node to the nearest of them.

    Parameters
    ----------
    graph
        The reversed graph.
    seeds
        Sites; one of them for the routes to one site.
    limit_min
        Longest route that counts.

    Returns
    -------
    tuple of numpy.ndarray
        Minutes and metres by node, inf where not reached, and the arc taken first: −2 − s where
        the route ends at seed s of the flattened seeds, −1 where there is none.
    """
    starts = seeds.minutes[np.isfinite(seeds.minutes)]
    arcs = _spanning(graph.arcs, float(np.ptp(starts)) if len(starts) else 0.0)
    way, taken = kernel.tree(
        arcs, seeds.node.ravel(), seeds.minutes.ravel(), seeds.metres.ravel(), limit_min
    )
    # From the search's numbers back to the network's.
    way, taken = way[graph.number], taken[graph.number]
    return way[:, 0], way[:, 1], taken


def _spanning(arcs: kernel.Arcs, spread_min: float) -> kernel.Arcs:
    """The arcs with a ring of buckets that spans also what the seeds of a search differ by."""
    return arcs._replace(buckets=max(arcs.buckets, int(spread_min / arcs.width) + 2))


def batches(
    network: RoadNetwork,
    legs: Legs,
    origins: Stops,
    sites: Stops,
    *,
    wait_min: float,
    cutoff_min: Floats,
) -> Iterator[Pairs]:
    """Find all pairs within the cut-off, some sites at a time, on all cores.

    Parameters
    ----------
    network, legs
        The roads and the minutes along them.
    origins, sites
        Points on edges.
    wait_min
        Added once to each journey.
    cutoff_min
        For each site the longest journey that counts, door to door.

    Yields
    ------
    Pairs
        Of consecutive sites, each pair once; the same for any number of threads.
    """
    if not len(origins.edge) or not len(sites.edge):
        return
    graph = _between(network, legs, origins, sites)
    seeds = site_seeds(network, legs, graph, sites)
    # Both ends of a site's edge differ by its length on foot where that is against a one-way road.
    spread = np.abs(np.subtract(*np.where(np.isfinite(seeds.minutes), seeds.minutes, 0.0).T))
    arcs = _spanning(graph.arcs, float(spread.max(initial=0.0)))
    ends = _ends(network, legs, graph, origins, sites)

    def of_sites(begin: int) -> Pairs:
        end = min(begin + BATCH_SITES, len(sites.edge))
        origin, site, minutes, metres = kernel.within(
            arcs,
            seeds,
            ends,
            origins.off_road_min,
            sites.off_road_min,
            wait_min,
            cutoff_min,
            begin,
            end,
        )
        # The search counts metres on roads; the legs off the road are added here.
        metres += origins.off_road_m[origin] + sites.off_road_m[site]
        return Pairs(origin=origin, site=site, minutes=minutes, metres=metres)

    with ThreadPoolExecutor(cores()) as pool:
        yield from pool.map(of_sites, range(0, len(sites.edge), BATCH_SITES))


def _between(network: RoadNetwork, legs: Legs, origins: Stops, sites: Stops) -> Graph:
    """The reversed graph without what no route between these points needs."""
    edges = _edges(network, legs)
    # Both ends of the edges with an origin or a site stay.
    keep = np.zeros(len(network.nodes), dtype=bool)
    for side in (edges.u, edges.v):
        keep[side[origins.edge]] = keep[side[sites.edge]] = True
    return _reversed(contracted(edges, keep=keep), keep)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ends(
    network: RoadNetwork, legs: Legs, graph: Graph, origins: Stops, sites: Stops
) -> kernel.Ends:
    """Origins by the nodes at the ends of their edges, and by the sites on the same edge."""
    edge, fraction = origins.edge, origins.fraction
    u, v = (network.edges[end].to_numpy(dtype=np.int64)[edge] for end in ("u", "v"))
    # Ends of the origins' edges, u then v, with the route from the point to each.
    length, (ahead, back) = legs.length_m[edge], legs.ends()
    node = graph.number[np.concatenate([u, v])]
    minutes = np.concatenate(
        [
            part_minutes(fraction, back[edge]),
            part_minutes(1 - fraction, ahead[edge]),
        ]
    )
    metres = np.concatenate([fraction * length, (1 - fraction) * length])
    # Sorted by node, closed routes left out; position modulo the number of origins is the origin.
    order = np.argsort(node, kind="stable")
    order = order[np.isfinite(minutes[order])]
    direct = same_edge(legs, origins, sites)
    return kernel.Ends(
        first=_firsts(node[order], len(graph.arcs.first) - 1),
        origin=order % len(edge),
        minutes=minutes[order],
        metres=metres[order],
        direct_first=_firsts(direct["site"].to_numpy(dtype=np.int64), len(sites.edge)),
        direct_origin=direct["origin"].to_numpy(dtype=np.int64),
        direct_minutes=direct["minutes"].to_numpy(dtype=np.float64),
        direct_metres=direct["metres"].to_numpy(dtype=np.float64),
    )
