"""Minutes along the shape of an edge: the class speed, slower round sharp bends.

The legal cap of 20 km/h on sharp bends belongs to the bend, not to the road: a few metres on
either side of it are driven at the cap, the rest at the speed of the way.
"""

from __future__ import annotations

import numpy as np

from layout.core.arrays import Floats, Ints

__all__ = ["SHARP_RADIUS_M", "SHARP_RUN_M", "bend_radius", "edge_minutes"]

SHARP_RADIUS_M = 30.0
"""Radius under which a bend counts as sharp: the limit radius of 30 km/h (JTG B01-2014)."""
SHARP_RUN_M = 30.0
"""Metres before and after a sharp bend that are driven at the cap: braking from 40 km/h."""


def bend_radius(xy: Floats, start: Ints) -> Floats:
    """Radius of the bend at each point of a set of lines.

    Parameters
    ----------
    xy
        Points in metres, shape (n, 2), line after line.
    start
        Where each line begins, with n as last entry.

    Returns
    -------
    numpy.ndarray
        Metres, shape (n,); inf at both ends of a line and where it runs straight. The radius is
        that of the circle that touches both neighbouring segments, at half the shorter one:
        ``min(l1, l2) / (2 tan(θ/2))`` with θ the turn of direction.
    """
    radius = np.full(len(xy), np.inf)
    if len(xy) < 3:
        return radius
    # Segments of all lines; those across two lines are overwritten at the end.
    step = np.diff(xy, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    # Turn of direction at each inner point, from the cross and dot product of its two segments.
    cross = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
    dot = (step[:-1] * step[1:]).sum(axis=1)
    half_turn = np.arctan2(np.abs(cross), dot) / 2
    # Circle through the middle of the shorter segment; straight points keep an infinite radius.
    shorter = np.minimum(length[:-1], length[1:])
    bent = (half_turn > 0) & (shorter > 0)
    inner = radius[1:-1]
    inner[bent] = shorter[bent] / (2 * np.tan(half_turn[bent]))
    # Ends of lines are no bends.
    radius[start[:-1]] = np.inf
    radius[start[1:] - 1] = np.inf
    return radius


def edge_minutes(
    xy: Floats, start: Ints, *, length_m: Floats, kmh: Floats, sharp_kmh: float
) -> Floats:
    """Driving time of each line, with sharp bends at the cap.

    Parameters
    ----------
    xy, start
        Lines as for `bend_radius`; each has at least two points.
    length_m
        Length of each segment, line after line, metres.
    kmh
        Speed on each segment away from sharp bends, km/h, positive.
    sharp_kmh
        Greatest speed round sharp bends, km/h.

    Returns
    -------
    numpy.ndarray
        Minutes for each line.
    """
    sharp = bend_radius(xy, start) < SHARP_RADIUS_M
    inner = np.ones(max(len(xy) - 1, 0), dtype=bool)
    inner[start[1:-1] - 1] = False  # no segment between one line's end and the next one's begin
    # How many of the two ends of each segment are sharp bends: 0, 1 or 2.
    bends = (sharp[:-1].astype(np.int64) + sharp[1:])[inner]
    # Metres at the cap, half the segment at most on either side.
    slow_m = bends * np.minimum(length_m / 2, SHARP_RUN_M)
    slow_kmh = np.minimum(kmh, sharp_kmh)
    minutes = (slow_m / slow_kmh + (length_m - slow_m) / kmh) * (60 / 1000)
    # First segment of each line; a line has one segment fewer than points.
    first = start[:-1] - np.arange(len(start) - 1)
    return np.add.reduceat(minutes, first) if len(first) else np.empty(0)
