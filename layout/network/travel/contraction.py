"""Roads without what no journey needs: blind ends, and nodes where nothing meets.

Between the edges that carry origins and sites, a road network is mostly chains of nodes with two
neighbours and trees that lead nowhere. Searches settle each of those nodes again for every site;
here they are taken out once. What remains has the same quickest routes between the nodes that are
kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from layout.core.arrays import Bools, Floats, Ints

__all__ = ["Edges", "contracted"]


class Edges(NamedTuple):
    """Edges between numbered nodes; minutes from u to v and back, inf where closed; metres."""

    u: Ints
    v: Ints
    forward: Floats
    backward: Floats
    metres: Floats


def contracted(edges: Edges, *, keep: Bools) -> Edges:
    """Take out blind ends and join the edges of a chain into one.

    Parameters
    ----------
    edges
        Any multigraph; loops and edges closed both ways lead nowhere.
    keep
        By node: whether journeys may begin or end there. Its length is the number of nodes.

    Returns
    -------
    Edges
        Between some of the nodes, all kept ones that had a route among them. Minutes and metres are
        sums along the chain, so that the quickest route between two kept nodes, and the shortest
        among the quickest, are those of the full graph up to rounding.
    """
    # Edges that lead anywhere; loops and edges closed both ways do not.
    leads = (np.isfinite(edges.forward) | np.isfinite(edges.backward)) & (edges.u != edges.v)
    usable = Edges(*(column[leads] for column in edges))
    # Both ends of all edges, sorted by node: the incident edges of each node are a slice.
    ends = np.concatenate([usable.u, usable.v])
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(len(keep) + 1)).astype(np.int64)
    return Edges(*_chains(usable, first, order % max(len(usable.u), 1), keep))


@njit(cache=True, nogil=True)
def _chains(edges, first, incident, keep):  # type: ignore[no-untyped-def]
    """Walk from every node that stays along each of its chains, each chain once."""
    degree, alive = _without_blind_ends(edges, first, incident, keep)
    out_u, out_v = np.empty_like(edges.u), np.empty_like(edges.v)
    out_forward, out_backward = np.empty_like(edges.forward), np.empty_like(edges.backward)
    out_metres = np.empty_like(edges.metres)
    # Number of edges written so far.
    count = 0
    # Chains begin at nodes that stay: kept ones, and those where more than two edges meet.
    for begin in range(len(keep)):
        if not (keep[begin] or degree[begin] > 2):
            continue
        for at in range(first[begin], first[begin + 1]):
            edge, node = incident[at], begin
            if not alive[edge]:
                continue
            # Minutes both ways and metres, added up along the chain until a node that stays.
            there = back = metres = 0.0
            while True:
                alive[edge] = False
                ahead = edges.u[edge] == node
                there += edges.forward[edge] if ahead else edges.backward[edge]
                back += edges.backward[edge] if ahead else edges.forward[edge]
                metres += edges.metres[edge]
                node = edges.v[edge] if ahead else edges.u[edge]
                if keep[node] or degree[node] > 2:
                    break
                # The other edge of a node with two: the one that is still alive.
                for other in range(first[node], first[node + 1]):
                    if alive[incident[other]]:
                        edge = incident[other]
                        break
            # A chain that returns to its begin leads nowhere; one closed both ways neither.
            if node == begin or not (np.isfinite(there) or np.isfinite(back)):
                continue
            out_u[count], out_v[count] = begin, node
            out_forward[count], out_backward[count], out_metres[count] = there, back, metres
            count += 1
    return (
        out_u[:count],
        out_v[:count],
        out_forward[:count],
        out_backward[:count],
        out_metres[:count],
    )


@njit(cache=True, nogil=True)
def _without_blind_ends(edges, first, incident, keep):  # type: ignore[no-untyped-def]
    """Edges left by node, and whether an edge is left, after the trees that lead nowhere."""
    degree = first[1:] - first[:-1]
    alive = np.ones(len(edges.u), np.bool_)
    # From each blind end inwards, until a node that is kept or has another edge.
    for start in range(len(keep)):
        node = start
        while degree[node] == 1 and not keep[node]:
            for at in range(first[node], first[node + 1]):
                edge = incident[at]
                if alive[edge]:
                    alive[edge] = False
                    degree[node] -= 1
                    node = edges.v[edge] if edges.u[edge] == node else edges.u[edge]
                    degree[node] -= 1
                    break
    return degree, alive
