"""From ways of many nodes to a network of junctions: chains of plain nodes become one edge.

A node is plain where exactly two road segments meet that are used alike; everything else
(junctions, dead ends, changes of class or of direction) stays a node of the network. The shape of
every chain is kept, so snapping loses nothing. All steps are vectorised but one linear pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout.core.arrays import Bools, Ints

__all__ = ["Chains", "chains"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Chains:
    """Edges of a simplified network, as runs of nodes.

    Parameters
    ----------
    nodes
        Node positions, edge after edge, both ends included.
    start
        Where each edge begins in `nodes`, with the total length as last entry.
    ways
        For each segment (pair of neighbours within an edge), the way that it comes from; edge
        after edge.
    direction
        For each edge 1 (one-way along it), -1 (against it) or 0.
    """

    nodes: Ints
    start: Ints
    ways: Ints
    direction: Ints


def chains(way_nodes: Ints, way_start: Ints, *, style: Ints, direction: Ints) -> Chains:
    """Cut ways at junctions and join what continues without one.

    Parameters
    ----------
    way_nodes, way_start
        Ways as runs of node positions, as in `layout.inputs.roads.tables.RoadTables`.
    style
        For each way a number; only ways of the same number are joined to one edge.
    direction
        For each way 1 (one-way along it), -1 (against it) or 0 (both ways, or neither).

    Returns
    -------
    Chains
        Every segment once; each edge runs from its lower to its higher end node; edges sorted by
        their ends, then by their shape. Neither the order of ways nor where a road is split into
        ways matters, unless a ring has no junction at all.
    """
    # First and last position of each way; ways of a single node are none.
    nodes, way_of = _without_repeats(way_nodes, way_start)
    first = np.flatnonzero(np.r_[True, way_of[1:] != way_of[:-1]][: len(nodes)])
    last = np.r_[first[1:] - 1, len(nodes) - 1][: len(first)]
    long = last > first
    first, last = first[long], last[long]
    # Pieces between cuts, joined at plain nodes, and walked from end to end.
    begin, end = _pieces(nodes, first, last)
    way = way_of[begin]
    link = _links(nodes[begin], nodes[end], style[way], direction[way])
    piece, flipped, head = _walk(link)
    # An edge has the direction of its first piece, turned where that was walked backwards.
    first_piece = piece[head]
    heading = direction[way[first_piece]] * np.where(flipped[head], -1, 1)
    enter, leave, ways, start = _written_out(nodes, way_of, begin[piece], end[piece], flipped, head)
    return _canonical(enter, leave, ways, start, heading, style[way[first_piece]])


def _without_repeats(way_nodes: Ints, way_start: Ints) -> tuple[Ints, Ints]:
    """Drop a node that follows itself within a way; return nodes and the way of each."""
    # A repeated node would make a segment of no length.
    way_of = np.repeat(np.arange(len(way_start) - 1), np.diff(way_start))
    same = (way_nodes[1:] == way_nodes[:-1]) & (way_of[1:] == way_of[:-1])
    keep = np.r_[True, ~same][: len(way_nodes)]
    return way_nodes[keep], way_of[keep]


def _pieces(nodes: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Cut ways wherever a node has other than two segment ends; positions of both ends."""
    # +1 where a way begins and −1 where it ends: the running sum tells positions with a segment.
    inside = np.zeros(len(nodes) + 1, dtype=np.int64)
    inside[first] += 1
    inside[last] -= 1
    tail = np.flatnonzero(np.cumsum(inside)[:-1] > 0)  # positions at which a segment begins
    # Segment ends at each node; a plain node has exactly two.
    degree = np.bincount(np.r_[nodes[tail], nodes[tail + 1]], minlength=nodes.max(initial=0) + 1)
    is_cut = degree[nodes] != 2
    is_cut[first] = is_cut[last] = True
    return tail[is_cut[tail]], tail[is_cut[tail + 1]] + 1


def _links(a: Ints, b: Ints, style: Ints, direction: Ints) -> Ints:
    """For each piece and end (0 = begin, 1 = end) the piece end that continues it, or -1.

    Piece ends are numbered ``2 * piece + end``.
    """
    count = len(a)
    # Node at each piece end.
    ends = np.empty(2 * count, dtype=np.int64)
    ends[0::2], ends[1::2] = a, b
    # Piece ends by node, so that the two of a plain node are neighbours.
    order = np.argsort(ends, kind="stable")
    degree = np.bincount(ends, minlength=1)
    pairs = order[degree[ends[order]] == 2].reshape(-1, 2)
    one, two = pairs[:, 0], pairs[:, 1]
    # Leaving a piece by its end keeps its direction, by its begin turns it; entering likewise.
    leaving = direction[one // 2] * np.where(one % 2 == 1, 1, -1)
    entering = direction[two // 2] * np.where(two % 2 == 0, 1, -1)
    joined = (one // 2 != two // 2) & (style[one // 2] == style[two // 2]) & (leaving == entering)
    link = np.full(2 * count, -1, dtype=np.int64)
    link[one[joined]] = two[joined]
    link[two[joined]] = one[joined]
    return link


def _walk(link: Ints) -> tuple[Ints, Bools, Bools]:
    """Follow the links: pieces in the order of edges, which are flipped, which begin an edge."""
    # A Python list and a bytearray: element access is far quicker than on arrays.
    follow = link.tolist()
    count = len(follow) // 2
    seen = bytearray(count)
    order: list[int] = []
    flipped: list[bool] = []
    head: list[bool] = []
    open_ends = np.flatnonzero(link < 0).tolist()
    # Rings without an open end are entered at their first piece, after all other edges.
    for entry in [*open_ends, *range(0, 2 * count, 2)]:
        end, first = entry, True
        # From the entered end to the other end of the piece, and on over its link.
        while end >= 0 and not seen[end >> 1]:
            seen[end >> 1] = 1
            order.append(end >> 1)
            flipped.append(bool(end & 1))
            head.append(first)
            first = False
            end = follow[end ^ 1]
    return np.array(order, dtype=np.int64), np.array(flipped, bool), np.array(head, bool)


def _written_out(
    nodes: Ints, way_of: Ints, begin: Ints, end: Ints, flipped: Bools, head: Bools
) -> tuple[Ints, Ints, Ints, Ints]:
    """Write out all segments, edge after edge: from, to, way; and where each edge starts."""
    # Segments of each piece; position of each segment within its piece.
    segments = end - begin
    offset = np.concatenate([[0], np.cumsum(segments)])
    step = np.arange(offset[-1]) - np.repeat(offset[:-1], segments)
    # Flipped pieces run from their last segment to their first.
    back = np.repeat(flipped, segments)
    lower = np.where(back, np.repeat(end, segments) - 1 - step, np.repeat(begin, segments) + step)
    return (
        nodes[lower + back],
        nodes[lower + ~back],
        way_of[lower],
        np.r_[offset[:-1][head], offset[-1]],
    )


def _canonical(
    enter: Ints, leave: Ints, ways: Ints, start: Ints, heading: Ints, style: Ints
) -> Chains:
    """Turn each edge so that its lower end comes first; sort by ends, shape and use."""
    # Both ends of each edge; loops are turned by their second node.
    first, final = start[:-1], start[1:] - 1
    u, v = enter[first], leave[final]
    turn = (u > v) | ((u == v) & (leave[first] > enter[final]))
    low, high = np.minimum(u, v), np.maximum(u, v)
    second = np.where(turn, enter[final], leave[first])
    heading = np.where(turn, -heading, heading)
    # Stable order: ends, shape, then use; nothing depends on the order of ways.
    order = np.lexsort((heading, style, final - first, second, high, low))
    # Segments of the sorted edges, and where each is among the unsorted ones.
    sizes = (final - first + 1)[order]
    ends = np.concatenate([[0], np.cumsum(sizes)])
    step = np.arange(ends[-1]) - np.repeat(ends[:-1], sizes)
    turned = np.repeat(turn[order], sizes)
    at = np.repeat(np.where(turn, final, first)[order], sizes) + np.where(turned, -step, step)
    # An edge has one node more than segments: its first node, then where each segment leads.
    node_start = ends + np.arange(len(ends))
    is_first = np.zeros(node_start[-1], dtype=bool)
    is_first[node_start[:-1]] = True
    nodes = np.empty(node_start[-1], dtype=np.int64)
    nodes[is_first] = low[order]
    nodes[~is_first] = np.where(turned, enter[at], leave[at])
    return Chains(nodes=nodes, start=node_start, ways=ways[at], direction=heading[order])
