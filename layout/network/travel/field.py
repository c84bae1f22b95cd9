"""How far every point on the roads is from the nearest of some sites, edges cut where that matters.

A search gives the minutes at the nodes. Within an edge the quickest route goes to one of its ends
or to a site on the edge itself; so an edge is first cut at the sites on it, and on each part that
remains the minutes are the lower of two straight lines, one from either end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from layout.core.arrays import Floats, Ints
from layout.network.roads import RoadNetwork
from layout.network.travel import kernel
from layout.network.travel.legs import Legs, Stops, part_minutes, same_edge
from layout.network.travel.routing import Graph, search_tree, site_seeds

__all__ = ["NOBODY", "Field", "Parts", "Pieces", "cut_lines", "edge_parts", "field", "within"]

NOBODY = -1
"""Site of a point from which none is reached."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Field:
    """Site, minutes and metres to its door from every node; inf and `NOBODY` where none is."""

    site: Ints
    minutes: Floats
    metres: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """Parts of edges without a site inside.

    ``begin`` and ``end`` are fractions of the edge; ``minutes`` and ``site``, shape (parts, 2), are
    of both ends of the part; ``ahead`` and ``back`` minutes along the part and against it.
    """

    edge: Ints
    begin: Floats
    end: Floats
    minutes: Floats
    site: Ints
    ahead: Floats
    back: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces:
    """Pieces of edges with the site that all of a piece belongs to; fractions of the edge."""

    edge: Ints
    begin: Floats
    end: Floats
    site: Ints


def field(
    network: RoadNetwork,
    legs: Legs,
    graph: Graph,
    sites: Stops,
    *,
    wait_min: float,
    limit_min: float,
) -> Field:
    """Find the nearest site of every node in one search from all of them.

    Parameters
    ----------
    network, legs, graph
        The roads, the minutes along them, and their reversed graph.
    sites
        Points on edges; their order decides where two are equally near.
    wait_min
        Added to each journey.
    limit_min
        Longest journey that counts, to the door of the site.

    Returns
    -------
    Field
        Metres are those of the shortest of the quickest routes to that site.
    """
    # Minutes and metres of each seed, with the walk from the road to the door.
    seeds = site_seeds(network, legs, graph, sites)
    off = (sites.off_road_min + wait_min)[:, None]
    seeds = seeds._replace(
        minutes=seeds.minutes + off, metres=seeds.metres + sites.off_road_m[:, None]
    )
    # The search numbers nodes anew; `minutes` is by its numbers, `reached` by the network's.
    reached, _, _ = search_tree(graph, seeds, limit_min=limit_min)
    minutes = np.empty(len(reached))
    minutes[graph.number] = reached
    # Nodes in the order of their minutes: each takes its site from one before it.
    order = np.flatnonzero(np.isfinite(minutes))
    order = order[np.argsort(minutes[order], kind="stable")]
    site, metres = kernel.owners(graph.arcs, seeds, minutes, order)
    return Field(site=site[graph.number], minutes=reached, metres=metres[graph.number])


def edge_parts(
    network: RoadNetwork,
    legs: Legs,
    from_nodes: Field,
    sites: Stops,
    *,
    edges: Ints,
    wait_min: float,
) -> Parts:
    """Cut edges at the sites on them and say how far the ends of each part are.

    Parameters
    ----------
    network, legs
        The roads and the minutes along them.
    from_nodes
        What `field` returned for these sites.
    sites
        Points on edges.
    edges
        Positions of the edges wanted, in ascending order.
    wait_min
        Added to each journey.

    Returns
    -------
    Parts
        By edge, then along it.
    """
    u, v = (network.edges[end].to_numpy(dtype=np.int64)[edges] for end in ("u", "v"))
    # Edge and fraction of each different site within an edge.
    inside = (sites.fraction > 0) & (sites.fraction < 1) & np.isin(sites.edge, edges)
    cuts = np.unique(np.column_stack([sites.edge[inside], sites.fraction[inside]]), axis=0)
    at_cut, site_at_cut = _at_cuts(network, legs, from_nodes, sites, cuts, wait_min=wait_min)
    # Both ends of every edge and the cuts, sorted along each edge.
    edge = np.concatenate([edges, edges, cuts[:, 0].astype(np.int64)])
    fraction = np.concatenate([np.zeros(len(edges)), np.ones(len(edges)), cuts[:, 1]])
    minutes = np.concatenate([from_nodes.minutes[u], from_nodes.minutes[v], at_cut])
    site = np.concatenate([from_nodes.site[u], from_nodes.site[v], site_at_cut])
    order = np.lexsort((fraction, edge))
    edge, fraction, minutes, site = (a[order] for a in (edge, fraction, minutes, site))
    # Neighbours on one edge bound a part of it.
    first = np.flatnonzero(edge[1:] == edge[:-1])
    share = fraction[first + 1] - fraction[first]
    forward, backward = legs.ends()
    return Parts(
        edge=edge[first],
        begin=fraction[first],
        end=fraction[first + 1],
        minutes=np.column_stack([minutes[first], minutes[first + 1]]),
        site=np.column_stack([site[first], site[first + 1]]),
        ahead=share * forward[edge[first]],
        back=share * backward[edge[first]],
    )


def _at_cuts(
    network: RoadNetwork,
    legs: Legs,
    from_nodes: Field,
    sites: Stops,
    cuts: Floats,
    *,
    wait_min: float,
) -> tuple[Floats, Ints]:
    """Minutes and site at points within edges: by either end, or along the edge to a site on it."""
    edge, fraction = cuts[:, 0].astype(np.int64), cuts[:, 1]
    u, v = (network.edges[end].to_numpy(dtype=np.int64)[edge] for end in ("u", "v"))
    # The cuts as stops at the road itself.
    none = np.zeros(len(edge))
    here = Stops(edge=edge, fraction=fraction, off_road_m=none, off_road_min=none)
    direct = same_edge(legs, here, sites)
    to = direct["site"].to_numpy(dtype=np.int64)
    forward, backward = legs.ends()
    # Three ways from each cut: by u, by v, and along the edge to a site on it.
    at = np.concatenate([np.arange(len(edge)), np.arange(len(edge)), direct["origin"].to_numpy()])
    minutes = np.concatenate(
        [
            from_nodes.minutes[u] + part_minutes(fraction, backward[edge]),
            from_nodes.minutes[v] + part_minutes(1 - fraction, forward[edge]),
            direct["minutes"].to_numpy() + (sites.off_road_min[to] + wait_min),
        ]
    )
    site = np.concatenate([from_nodes.site[u], from_nodes.site[v], to])
    # The quickest of each cut, the first site among equals.
    order = np.lexsort((site, minutes, at))
    _, first = np.unique(at[order], return_index=True)
    best = order[first]
    return minutes[best], np.where(np.isfinite(minutes[best]), site[best], NOBODY)


def within(parts: Parts, *, limit_min: float) -> Pieces:
    """Cut parts of edges where two sites meet and where the limit is reached.

    Parameters
    ----------
    parts
        What `edge_parts` returns.
    limit_min
        Longest journey that counts, minutes.

    Returns
    -------
    Pieces
        What can be left for a site within the limit. On a part of ``back`` minutes towards its
        begin, ``a`` minutes from the door there, and ``ahead`` towards its end, ``b`` minutes from
        it, the routes by both ends are equal at ``t = (b + ahead - a) / (ahead + back)`` of the
        part.
    """
    # Minutes at begin and end of each part, and whether there is a route by that end.
    a, b = parts.minutes[:, 0], parts.minutes[:, 1]
    by_begin = np.isfinite(a) & np.isfinite(parts.back)
    by_end = np.isfinite(b) & np.isfinite(parts.ahead)
    # Share of the part that goes by its begin, up to where both ways are equal.
    there_and_back = parts.ahead + parts.back
    with np.errstate(divide="ignore", invalid="ignore"):
        meet = np.clip((b + parts.ahead - a) / there_and_back, 0.0, 1.0)
        # Shares up to which, and from which, the limit is kept.
        to = (limit_min - a) / parts.back
        since = 1 - (limit_min - b) / parts.ahead
    # Where only one end has a route, all of the part goes by it.
    meet = np.where(there_and_back == 0, a <= b, meet)
    meet = np.where(by_begin & by_end, meet, by_begin)
    # A part that takes no time is all as far as its end.
    to = np.where(parts.back == 0, 1.0, to)
    since = np.where(parts.ahead == 0, 0.0, since)
    # Nothing of a part whose end is already beyond the limit.
    to = np.where(by_begin & (a <= limit_min), np.minimum(to, meet), 0.0)
    since = np.where(by_end & (b <= limit_min), np.maximum(since, meet), 1.0)
    # Both pieces meet and belong to one site: they are a single piece.
    whole = (to >= since) & (parts.site[:, 0] == parts.site[:, 1])
    to = np.where(whole, 1.0, to)
    since = np.where(whole, 1.0, since)
    share = parts.end - parts.begin
    # Pieces from the begin, then those to the end.
    edge = np.concatenate([parts.edge, parts.edge])
    begin = np.concatenate([parts.begin, parts.begin + share * since])
    # At the end itself the fraction is kept as it is, not as a sum that may round above it.
    end = np.concatenate([np.where(to == 1, parts.end, parts.begin + share * to), parts.end])
    site = np.concatenate([parts.site[:, 0], parts.site[:, 1]])
    # Pieces of some length, by edge and along it.
    keep = np.concatenate([to > 0, since < 1]) & (begin < end)
    order = np.flatnonzero(keep)
    order = order[np.lexsort((begin[order], edge[order]))]
    return Pieces(edge=edge[order], begin=begin[order], end=end[order], site=site[order])


def cut_lines(
    lines: npt.NDArray[np.object_], begin: Floats, end: Floats
) -> npt.NDArray[np.object_]:
    """Cut a piece out of each of many lines.

    Parameters
    ----------
    lines
        LineStrings.
    begin, end
        Fractions of the length of each, ``begin < end``.

    Returns
    -------
    numpy.ndarray
        LineStrings, each in the direction of its line; whole lines are handed back as they are.
    """
    out = lines.copy()
    cut = np.flatnonzero((begin > 0) | (end < 1))
    if not len(cut):
        return out
    # Points of the lines that are cut, and metres along their line to each.
    xy, which = shapely.get_coordinates(lines[cut], return_index=True)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    starts = np.r_[True, which[1:] != which[:-1]]
    step[starts] = 0
    along = np.cumsum(step)
    along -= along[starts][which]
    # Length of each line: the distance at its last point.
    length = along[np.r_[np.flatnonzero(starts)[1:] - 1, len(along) - 1]]
    low, high = begin[cut] * length, end[cut] * length
    keep = (along > low[which]) & (along < high[which])
    # First and last point of each piece, and the points of the line between them.
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines[cut], distance))
        for distance in (low, high)
    ]
    every = np.concatenate([ends[0], xy[keep], ends[1]])
    # Stable: first point, inner points in their order, last point.
    own = np.concatenate([np.arange(len(cut)), which[keep], np.arange(len(cut))])
    order = np.argsort(own, kind="stable")
    out[cut] = shapely.linestrings(every[order], indices=own[order])
    return out
