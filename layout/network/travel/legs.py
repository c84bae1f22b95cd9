"""Minutes along edges and along parts of them, and the points on edges where journeys end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.core.standards import Standards
from layout.network.roads import Mode, RoadNetwork

__all__ = [
    "TRAVEL_NORMS",
    "Legs",
    "Stops",
    "edge_legs",
    "minutes_at",
    "part_minutes",
    "same_edge",
    "stops",
]

TRAVEL_NORMS = ("walk_kmh", "bus_wait_minutes", "snap_limit_m")
"""All norms that a journey depends on beside those of its roads; limits come as cut-offs."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Legs:
    """Minutes along each edge, from u to v and back; inf where the mode may not go that way.

    ``end_forward`` and ``end_backward`` are those of an edge on which a journey begins or ends,
    where they differ: against a one-way road the last metres are walked.
    """

    forward: Floats
    backward: Floats
    length_m: Floats
    end_forward: Floats | None = None
    end_backward: Floats | None = None

    def ends(self) -> tuple[Floats, Floats]:
        """Minutes from u to v and back along edges on which a journey begins or ends."""
        return (
            self.forward if self.end_forward is None else self.end_forward,
            self.backward if self.end_backward is None else self.end_backward,
        )

    def turned(self) -> Legs:
        """The same with both directions exchanged."""
        return Legs(
            forward=self.backward,
            backward=self.forward,
            length_m=self.length_m,
            end_forward=self.end_backward,
            end_backward=self.end_forward,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Stops:
    """Points on edges: edge, fraction of it from u, and the walk to the road."""

    edge: Ints
    fraction: Floats
    off_road_m: Floats
    off_road_min: Floats


def edge_legs(network: RoadNetwork, mode: Mode, *, standards: Standards) -> Legs:
    """Minutes along each edge in a mode.

    Parameters
    ----------
    network
        The roads.
    mode
        ``walk``: any walkable edge, either way; with heights up and down take their own time.
        ``bus``: the ride where a bus may go, in its direction; edges that no bus may use are
        walked, and so is the part of a one-way edge between the door and the stop at its nearer
        end, against the direction. ``drive``: as the roads allow.
    standards
        For the walking speed.

    Returns
    -------
    Legs
        One entry for each edge.
    """
    edges = network.edges
    length = edges["length_m"].to_numpy(dtype=np.float64)
    # Minutes of an adult on flat ground; with heights each direction has its own pace.
    flat = np.where(edges["walk"], length / _metres_per_minute(standards), np.inf)
    pace = network.walk_pace
    ahead, back = (flat, flat) if pace is None else (flat * pace[:, 0], flat * pace[:, 1])
    if mode == "walk":
        return Legs(forward=ahead, backward=back, length_m=length)
    # Minutes of the ride, in the directions open to vehicles (0.06 km/h per m/min).
    rides = edges[mode].to_numpy(dtype=bool)
    kmh = np.where(rides, edges[f"{mode}_kmh"].to_numpy(dtype=np.float64), 1.0)
    ride = length * 0.06 / kmh
    closed = np.full(len(edges), np.inf)
    # By bus, edges without a bus are walked; cars have no other way.
    on_foot = (ahead, back) if mode == "bus" else (closed, closed)
    forward, backward = (
        np.where(rides, np.where(edges[way], ride, np.inf), other)
        for way, other in zip(("forward", "backward"), on_foot, strict=True)
    )
    if mode != "bus":
        return Legs(forward=forward, backward=backward, length_m=length)
    return Legs(
        forward=forward,
        backward=backward,
        length_m=length,
        end_forward=np.where(np.isfinite(forward), forward, ahead),
        end_backward=np.where(np.isfinite(backward), backward, back),
    )


def _metres_per_minute(standards: Standards) -> float:
    return standards.walk_kmh * 1000 / 60


def stops(snapped: pd.DataFrame, standards: Standards) -> Stops:
    """Take the points on the road, none of them too far.

    Parameters
    ----------
    snapped
        What `layout.network.roads.snap` returns.
    standards
        For the walking speed.

    Returns
    -------
    Stops
    """
    # The walk to the road is in a straight line, at the norm.
    off_road = snapped["off_road_m"].to_numpy(dtype=np.float64)
    return Stops(
        edge=snapped["edge"].to_numpy(dtype=np.int64),
        fraction=snapped["fraction"].to_numpy(dtype=np.float64),
        off_road_m=off_road,
        off_road_min=off_road * 0.06 / standards.walk_kmh,
    )


def part_minutes(fraction: Floats, minutes: Floats) -> Floats:
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
    # A closed edge takes forever, unless nothing of it is needed.
    closed = ~np.isfinite(minutes)
    partial = fraction * np.where(closed, 0.0, minutes)
    return np.where(closed & (fraction > 0), np.inf, partial)


def minutes_at(network: RoadNetwork, legs: Legs, minutes: Floats, points: Stops) -> Floats:
    """Minutes from points on edges by the ends of their edges, given those from the nodes.

    Parameters
    ----------
    network, legs
        The roads and the minutes along them.
    minutes
        Minutes by node.
    points
        Points on edges; the legs off the road are not counted.
    """
    # From a point back to u is the part before it; on to v the part after it.
    edge, fraction = points.edge, points.fraction
    u, v = (network.edges[end].to_numpy(dtype=np.int64)[edge] for end in ("u", "v"))
    ahead, back = legs.ends()
    least: Floats = np.minimum(
        minutes[u] + part_minutes(fraction, back[edge]),
        minutes[v] + part_minutes(1 - fraction, ahead[edge]),
    )
    return least


def same_edge(legs: Legs, origins: Stops, sites: Stops) -> pd.DataFrame:
    """Pairs on one edge that need not leave it: origin, site, minutes, metres; by site.

    Parameters
    ----------
    legs
        Minutes along the edges.
    origins, sites
        Points on them; the legs off the road are not counted.
    """
    # One row for each pair of origin and site on the same edge.
    left = pd.DataFrame({"edge": origins.edge, "origin": np.arange(len(origins.edge))})
    right = pd.DataFrame({"edge": sites.edge, "site": np.arange(len(sites.edge))})
    both = left.merge(right, on="edge").sort_values(["site", "origin"], ignore_index=True)
    edge = both["edge"].to_numpy()
    # Along the edge the open direction depends on which of the two comes first.
    ahead = sites.fraction[both["site"]] - origins.fraction[both["origin"]]
    forward, backward = legs.ends()
    whole = np.where(ahead >= 0, forward[edge], backward[edge])
    minutes = part_minutes(np.abs(ahead), whole)
    both = both.assign(minutes=minutes, metres=np.abs(ahead) * legs.length_m[edge])
    return both[np.isfinite(minutes)]
