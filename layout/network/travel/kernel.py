"""The search itself: quickest routes to one site, compiled.

Dijkstra's algorithm with a queue of buckets as wide as a usual arc, in which nodes are corrected
until a bucket is empty (Meyer & Sanders, *Journal of Algorithms* 49, 2003). Every function works
on plain arrays and releases the interpreter's lock, so that threads share the graph. Among routes
of equal minutes the shorter one counts, which makes the answer independent of the order of the
arcs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from layout.core.arrays import Floats, Ints

__all__ = ["Arcs", "Ends", "Seeds", "owners", "tree", "within"]


# Columns of what a search keeps of each node: its bucket, its neighbours there, the arc taken.
BUCKET, BEFORE, AFTER, ARC = 0, 1, 2, 3


class Arcs(NamedTuple):
    """Arcs by the node where they end: for node n, positions first[n] to first[n + 1].

    ``tail`` is where an arc begins, ``width`` and ``buckets`` shape the queue.
    """

    first: Ints
    tail: Ints
    minutes: Floats
    metres: Floats
    width: float
    buckets: int


class Seeds(NamedTuple):
    """The two ends of the edge of each site, shape (sites, 2): node, minutes and metres to it."""

    node: Ints
    minutes: Floats
    metres: Floats


class Ends(NamedTuple):
    """Origins by node: for node n, positions first[n] to first[n + 1]; the route from the door.

    The last three arrays are of pairs that share an edge, by site in the same manner.
    """

    first: Ints
    origin: Ints
    minutes: Floats
    metres: Floats
    direct_first: Ints
    direct_origin: Ints
    direct_minutes: Floats
    direct_metres: Floats


@njit(cache=True, nogil=True)
def _take_out(node, links, heads):  # type: ignore[no-untyped-def]
    """Take a node out of its bucket."""
    before, after = links[node, BEFORE], links[node, AFTER]
    if before >= 0:
        links[before, AFTER] = after
    else:
        heads[links[node, BUCKET]] = after
    if after >= 0:
        links[after, BEFORE] = before
    links[node, BUCKET] = -1


@njit(cache=True, nogil=True)
def _put(node, bucket, links, heads):  # type: ignore[no-untyped-def]
    """Put a node at the head of a bucket."""
    first = heads[bucket]
    links[node, BUCKET], links[node, AFTER], links[node, BEFORE] = bucket, first, -1
    if first >= 0:
        links[first, BEFORE] = node
    heads[bucket] = node


@njit(cache=True, nogil=True)
def _search(arcs, nodes, starts, lengths, limit, way, links, heads, reached):  # type: ignore[no-untyped-def]
    """Find the quickest route from every node to the seeds; returns how many nodes were reached.

    ``way`` has minutes and metres by node (inf), ``links`` bucket, neighbours in it, and arc
    taken (−1), ``heads`` the first node of each bucket (−1); ``reached`` lists the nodes. What
    belongs to one node is stored together, as most of the time goes into fetching it.
    """
    # Seeds go first; a node that is a seed twice keeps the better route.
    count = waiting = 0
    bucket = -1
    for at in range(len(nodes)):
        node = nodes[at]
        if not starts[at] <= limit or starts[at] == np.inf:
            continue
        if starts[at] < way[node, 0] or (starts[at] == way[node, 0] and lengths[at] < way[node, 1]):
            if way[node, 0] == np.inf:
                reached[count] = node
                count += 1
                waiting += 1
            else:
                _take_out(node, links, heads)
            way[node, 0], way[node, 1] = starts[at], lengths[at]
            links[node, ARC] = -2 - at
            number = int(starts[at] / arcs.width)
            # The ring of buckets spans the longest arc; two seeds differ by no more than that.
            bucket = number if bucket < 0 else min(bucket, number)
            _put(node, number % arcs.buckets, links, heads)
    ring = bucket % arcs.buckets
    while waiting:
        while heads[ring] >= 0:
            node = heads[ring]
            # A node may come back to its bucket with fewer minutes: it is then searched again.
            _take_out(node, links, heads)
            waiting -= 1
            minutes, metres = way[node, 0], way[node, 1]
            for arc in range(arcs.first[node], arcs.first[node + 1]):
                tail = arcs.tail[arc]
                total = minutes + arcs.minutes[arc]
                if total > way[tail, 0] or total > limit:
                    continue
                length = metres + arcs.metres[arc]
                if total == way[tail, 0] and length >= way[tail, 1]:
                    continue
                if way[tail, 0] == np.inf:
                    reached[count] = tail
                    count += 1
                way[tail, 0], way[tail, 1] = total, length
                links[tail, ARC] = arc
                target = int(total / arcs.width) % arcs.buckets
                if links[tail, BUCKET] != target:
                    if links[tail, BUCKET] >= 0:
                        _take_out(tail, links, heads)
                    else:
                        waiting += 1
                    _put(tail, target, links, heads)
        # The ring is finite: buckets are used again once all nearer ones are empty.
        ring = ring + 1 if ring + 1 < arcs.buckets else 0
    return count


@njit(cache=True, nogil=True)
def _workspace(arcs):  # type: ignore[no-untyped-def]
    # Minutes and metres, links, heads of buckets, and the list of nodes reached.
    count = len(arcs.first) - 1
    return (
        np.full((count, 2), np.inf),
        np.full((count, 4), -1, np.int32),
        np.full(arcs.buckets, -1, np.int32),
        np.empty(count, np.int32),
    )


@njit(cache=True, nogil=True)
def tree(arcs, nodes, minutes, metres, limit):  # type: ignore[no-untyped-def]
    """Search from seeds over the whole graph.

    Parameters
    ----------
    arcs : Arcs
        The graph.
    nodes, minutes, metres
        Seeds: nodes, and the rest of the route from each.
    limit
        Longest route that counts, minutes.

    Returns
    -------
    tuple
        Minutes and metres by node, shape (nodes, 2), inf where not reached, and the arc taken
        first: −2 − s where the route ends at seed s, −1 where there is none.
    """
    way, links, heads, reached = _workspace(arcs)
    _search(arcs, nodes, minutes, metres, limit, way, links, heads, reached)
    return way, links[:, ARC].copy()


@njit(cache=True, nogil=True)
def owners(arcs, seeds, minutes, order):  # type: ignore[no-untyped-def]
    """Say to which seed each node's quickest route leads, the first one where several do.

    Parameters
    ----------
    arcs : Arcs
        The graph.
    seeds : Seeds
        Sites.
    minutes
        Minutes by node, of a search from all the seeds.
    order
        The nodes reached, by minutes.

    Returns
    -------
    tuple of arrays
        Site and metres by node; −1 and inf where none was reached. Of the quickest routes to that
        site it is the shortest.
    """
    site = np.full(len(minutes), -1, np.int64)
    metres = np.full(len(minutes), np.inf)
    # Nodes where a site's own end is the quickest route: the seeds of the owners.
    for at in range(len(seeds.node)):
        for end in range(2):
            node = seeds.node[at, end]
            if seeds.minutes[at, end] != minutes[node] or minutes[node] == np.inf:
                continue
            if site[node] == -1 or (site[node] == at and seeds.metres[at, end] < metres[node]):
                site[node], metres[node] = at, seeds.metres[at, end]
    changed = True
    # Once would do, were there no roads that take no time.
    while changed:
        changed = False
        for node in order:
            if site[node] < 0:
                continue
            for arc in range(arcs.first[node], arcs.first[node + 1]):
                tail = arcs.tail[arc]
                if minutes[node] + arcs.minutes[arc] != minutes[tail]:
                    continue
                length = metres[node] + arcs.metres[arc]
                if (
                    site[tail] < 0
                    or site[node] < site[tail]
                    or (site[node] == site[tail] and length < metres[tail])
                ):
                    site[tail], metres[tail], changed = site[node], length, True
    return site, metres


@njit(cache=True, nogil=True)
def _offer(origin, minutes, metres, best, along, origins, count):  # type: ignore[no-untyped-def]
    """Keep a route from an origin where it is better than the one known."""
    if best[origin] == np.inf:
        if minutes == np.inf:
            return count
        origins[count] = origin
        count += 1
    elif minutes > best[origin] or (minutes == best[origin] and metres >= along[origin]):
        return count
    best[origin], along[origin] = minutes, metres
    return count


@njit(cache=True, nogil=True)
def within(arcs, seeds, ends, origin_off, site_off, wait, cutoff, begin, end):  # type: ignore[no-untyped-def]
    """Find all pairs of origin and site within the cut-off, door to door, for some sites.

    Parameters
    ----------
    arcs : Arcs
        The graph.
    seeds : Seeds
        Sites.
    ends : Ends
        Origins.
    origin_off, site_off
        Minutes from the door to the road, by origin and by site.
    wait
        Minutes added to each journey.
    cutoff
        Longest journey by site, minutes.
    begin, end
        Sites to search.

    Returns
    -------
    tuple of arrays
        Origin, site, minutes door to door, and metres on roads, of each pair; by site.
    """
    way, links, heads, reached = _workspace(arcs)
    # Best route from each origin to the site at hand, and the origins that have one.
    best = np.full(len(origin_off), np.inf)
    along = np.full(len(origin_off), np.inf)
    origins = np.empty(len(origin_off), np.int32)
    nearest_door = origin_off.min()
    # The pairs so far; the arrays double when they are full.
    size = 1024
    out_origin, out_site = np.empty(size, np.int32), np.empty(size, np.int32)
    out_minutes, out_metres = np.empty(size, np.float64), np.empty(size, np.float64)
    written = 0
    for site in range(begin, end):
        # A little slack: whether a journey counts is decided below, on its own sum.
        limit = (cutoff[site] - wait - site_off[site] - nearest_door) * (1 + 1e-12) + 1e-9
        starts, lengths = seeds.minutes[site], seeds.metres[site]
        nodes = _search(arcs, seeds.node[site], starts, lengths, limit, way, links, heads, reached)
        count = 0
        # Only nodes that were reached are set back: the arrays serve every site.
        for at in range(nodes):
            node = reached[at]
            for end_at in range(ends.first[node], ends.first[node + 1]):
                count = _offer(
                    ends.origin[end_at],
                    way[node, 0] + ends.minutes[end_at],
                    way[node, 1] + ends.metres[end_at],
                    best,
                    along,
                    origins,
                    count,
                )
            way[node, 0] = way[node, 1] = np.inf
            links[node, ARC] = -1
        # Pairs on one edge, which need not pass a node.
        for at in range(ends.direct_first[site], ends.direct_first[site + 1]):
            count = _offer(
                ends.direct_origin[at],
                ends.direct_minutes[at],
                ends.direct_metres[at],
                best,
                along,
                origins,
                count,
            )
        # Room for all origins of this site.
        if written + count > size:
            size = max(2 * size, written + count)
            out_origin, out_site = _grown(out_origin, size), _grown(out_site, size)
            out_minutes, out_metres = _grown(out_minutes, size), _grown(out_metres, size)
        # Door to door, with the walks off the road and the wait; then the arrays are set back.
        for at in range(count):
            origin = origins[at]
            total = best[origin] + (wait + origin_off[origin] + site_off[site])
            if total <= cutoff[site]:
                out_origin[written], out_site[written] = origin, site
                out_minutes[written], out_metres[written] = total, along[origin]
                written += 1
            best[origin], along[origin] = np.inf, np.inf
    return out_origin[:written], out_site[:written], out_minutes[:written], out_metres[:written]


@njit(cache=True, nogil=True)
def _grown(array, size):  # type: ignore[no-untyped-def]
    larger = np.empty(size, array.dtype)
    larger[: len(array)] = array
    return larger
