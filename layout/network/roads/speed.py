"""Minutes along the shape of an edge: the class speed, slower round sharp bends.

The legal cap of 20 km/h on sharp bends belongs to the bend, not to the road: some metres of road on
either side of it are driven at the cap, the rest at the speed of the way. What counts is the shape
as it is drawn: points on a straight line change nothing, nor does a finer drawing of one curve.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from layout.core.arrays import Bools, Floats, Ints

__all__ = ["SHARP_RADIUS_M", "SHARP_RUN_M", "edge_minutes", "slow_metres"]

SHARP_RADIUS_M = 30.0
"""Mean radius over as many metres of road under which a bend counts as sharp: the limit radius of
30 km/h (JTG B01-2014). The road then turns by more than one radian (57°) within them."""
SHARP_RUN_M = 30.0
"""Metres of road before and after a sharp bend that are driven at the cap: braking from 40 km/h."""

# Turns of direction under this are rounding of coordinates: the road runs straight there.
_STRAIGHT_RAD = 1e-4


class _Bends(NamedTuple):
    """Points where lines turn, in their order: place, line, turn (signed, radians), reach.

    A turn is spread evenly from `before` metres before the point to `after` metres behind it: half
    the run to the next bend, so a curve turns evenly, however it is drawn; a run that is longer
    than `SHARP_RADIUS_M` is more and more a straight, where nothing turns.
    """

    at: Floats
    line: Ints
    turn: Floats
    before: Floats
    after: Floats


def slow_metres(xy: Floats, start: Ints, *, length_m: Floats) -> Floats:
    """Metres of each segment that are driven at the cap for sharp bends.

    Parameters
    ----------
    xy
        Points in metres, shape (n, 2), line after line; each line has at least two.
    start
        Where each line begins, with n as last entry.
    length_m
        Length of each segment, line after line, metres.

    Returns
    -------
    numpy.ndarray
        Metres for each segment: what lies within `SHARP_RUN_M` of road of a sharp bend of its line.
        A point is one where the road around it turns by at least a radian within
        `SHARP_RADIUS_M`, and the point itself has its share in that.
    """
    at = _laid_out(start, length_m)
    sharp_at, line = _sharp(_bends(xy, start, at))
    if not len(sharp_at):
        return np.zeros(len(length_m))
    # Stretches round the sharp bends, within their lines; each begins where the one before ends.
    begin = np.maximum(sharp_at - SHARP_RUN_M, at[start[:-1]][line])
    end = np.minimum(sharp_at + SHARP_RUN_M, at[start[1:] - 1][line])
    begin[1:] = np.maximum(begin[1:], end[:-1])
    # Slow metres up to each point; those of a segment lie between its two.
    along = np.column_stack([begin, end]).ravel()
    metres = np.column_stack([np.zeros(len(begin)), end - begin]).ravel().cumsum()
    up_to = np.interp(at, along, metres)
    slow: Floats = np.clip(np.diff(up_to)[_inner(start)], 0.0, length_m)
    return slow


def edge_minutes(
    start: Ints, *, length_m: Floats, slow_m: Floats, kmh: Floats, sharp_kmh: float
) -> Floats:
    """Driving time of each line, with sharp bends at the cap.

    Parameters
    ----------
    start
        Where each line begins among the points, with their number as last entry.
    length_m, slow_m
        Length of each segment, line after line, and what of it is slow (`slow_metres`).
    kmh
        Speed on each segment away from sharp bends, km/h, positive.
    sharp_kmh
        Greatest speed round sharp bends, km/h.

    Returns
    -------
    numpy.ndarray
        Minutes for each line.
    """
    slow_kmh = np.minimum(kmh, sharp_kmh)
    minutes = (slow_m / slow_kmh + (length_m - slow_m) / kmh) * (60 / 1000)
    # First segment of each line; a line has one segment fewer than points.
    first = start[:-1] - np.arange(len(start) - 1)
    return np.add.reduceat(minutes, first) if len(first) else np.empty(0)


def _inner(start: Ints) -> Bools:
    """Of each two neighbouring points, whether they are of one line: a segment."""
    inner = np.ones(max(int(start[-1]) - 1, 0), dtype=np.bool_)
    inner[start[1:-1] - 1] = False
    return inner


def _laid_out(start: Ints, length_m: Floats) -> Floats:
    """Place of each point in metres, with all lines one after the other along one axis."""
    # Between two lines a gap that no bend reaches over.
    step = np.full(max(int(start[-1]) - 1, 0), 2 * (SHARP_RUN_M + SHARP_RADIUS_M))
    step[_inner(start)] = length_m
    return np.concatenate([[0.0], np.cumsum(step)])


def _bends(xy: Floats, start: Ints, place: Floats) -> _Bends:
    """Find the points where lines turn; `place` has all points along one axis."""
    # Segments of some length: their direction, line, and the place where each ends.
    step = np.diff(xy, axis=0)
    real = np.flatnonzero(_inner(start) & (step != 0).any(axis=1))
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))[real]
    step, ends = step[real], place[real + 1]
    # Turn from each to the next one of its line, from the cross and dot product of the two.
    cross = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
    dot = (step[:-1] * step[1:]).sum(axis=1)
    turn = np.where(line[:-1] == line[1:], np.arctan2(cross, dot), 0.0)
    bent = np.flatnonzero(np.abs(turn) > _STRAIGHT_RAD)
    at, line, turn = ends[bent], line[bent], turn[bent]
    # Straight run before and after each: to the next bend, or to the end of the line.
    begin, end = place[start[:-1]][line], place[start[1:] - 1][line]
    begin[1:] = np.maximum(begin[1:], at[:-1])
    end[:-1] = np.minimum(end[:-1], at[1:])
    return _Bends(at, line, turn, _reach(at - begin), _reach(end - at))


def _reach(run_m: Floats) -> Floats:
    """How far a turn is spread into a run beside it: half of a short run, nothing of a long one."""
    return np.minimum(run_m / 2, np.maximum(1.5 * SHARP_RADIUS_M - run_m, 0.0))


def _sharp(bends: _Bends) -> tuple[Floats, Ints]:
    """Place and line of each sharp bend."""
    if not len(bends.at):
        return bends.at, bends.line
    # Direction of the road along the axis, summed from the first line on; lines are far apart.
    at, before, after = bends.at, bends.before, bends.after
    along = np.column_stack([at - before, at + after]).ravel()
    ahead = bends.turn.cumsum()
    direction = np.column_stack([ahead - bends.turn, ahead])
    # Turn within as many metres as the radius, around each point, up to it and from it on, itself
    # included: a way that swings aside and back is as sharp as its parts.
    begin, up_to, end, onward = (
        np.interp(place, along, direction.ravel())
        for place in (
            at - SHARP_RADIUS_M / 2,
            at + after - SHARP_RADIUS_M,
            at + SHARP_RADIUS_M / 2,
            at - before + SHARP_RADIUS_M,
        )
    )
    turns = (end - begin, direction[:, 1] - up_to, onward - direction[:, 0])
    turned = np.abs(turns).max(axis=0)
    # A point has its share in that where its own radius is as small.
    own = np.abs(bends.turn) * SHARP_RADIUS_M >= before + after
    sharp = own & (turned >= 1)
    return at[sharp], bends.line[sharp]
