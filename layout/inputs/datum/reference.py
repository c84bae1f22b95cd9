"""What positions are compared with: distances from points to the nearest line or place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from layout.core.arrays import Floats, Ints

__all__ = ["REACH_M", "Near", "Reference", "reference_of"]


M_PER_DEGREE = 111_195.0
"""Metres of a degree of latitude on the mean sphere; good to 0.6 % of a distance."""

STEP_M = 40.0
"""Longer pieces of a line are cut to this, so that the nearest middles are those of
the nearest pieces."""

LONG_M = 500.0
"""Longer pieces are cut to this at once, so that a piece's middle says which cell it is in."""

REACH_M = 1_500.0
"""All distances above this count as this: nothing here depends on how far above they are."""

_CELL_M = 1_500.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """Lines or points in a flat frame of metres; made by `reference_of`.

    Parameters
    ----------
    start, end
        Ends of short straight pieces, shape (n, 2); equal for points.
    cell
        Number of the cell that each piece's middle is in.
    low, high
        Corners of the box that holds all of it, metres.
    lat0
        Latitude, in degrees, at which the frame is true.
    """

    start: Floats
    end: Floats
    cell: Ints
    low: Floats
    high: Floats
    lat0: float

    def flat(self, lon: Floats, lat: Floats) -> Floats:
        """Return degrees as metres east and north, shape (n, 2); true near ``lat0``."""
        return _flat(lon, lat, self.lat0)

    def near(self, xy: Floats) -> Near:
        """Prepare for distances from places around `xy` (metres, shape (n, 2))."""
        rows, columns = _size(self.low, self.high)
        # Cells of the places, each once, shape (m, 2), and the eight around each.
        cells = np.unique(_cells(xy, self.low), axis=0)
        steps = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
        around = (cells[:, None, :] + steps).reshape(-1, 2)
        around = around[((around >= 0) & (around < (rows, columns))).all(axis=1)]
        # A cell (row, column) has the number row * columns + column.
        wanted = np.zeros(rows * columns, dtype=bool)
        wanted[around[:, 0] * columns + around[:, 1]] = True
        # Positions are picked several times faster than a mask of rows is applied.
        piece = np.flatnonzero(wanted[self.cell])
        start, end = _cut(self.start[piece], self.end[piece], STEP_M)
        return Near(start, end, cKDTree((start + end) / 2))


class Near:
    """The pieces of a reference around some places, indexed."""

    def __init__(self, start: Floats, end: Floats, tree: cKDTree) -> None:
        self._start, self._end, self._tree = start, end, tree

    def distance_m(self, xy: Floats) -> Floats:
        """Return metres to the nearest piece, shape (n,); at most `REACH_M`."""
        if not self._tree.n:
            return np.full(len(xy), REACH_M)
        # Two nearest middles, shapes (n, 2): the piece with the second may pass closer by.
        reached: Any = self._tree.query(xy, k=2, distance_upper_bound=REACH_M)
        to_middle, piece = reached
        best = np.full(len(xy), REACH_M)
        for nearest in range(2):
            # The tree gives inf where nothing is within reach.
            within = np.isfinite(to_middle[:, nearest])
            at = piece[within, nearest]
            metres = _to_piece(xy[within], self._start[at], self._end[at])
            best[within] = np.minimum(best[within], metres)
        return best


def reference_of(lonlat: Floats, owner: Ints) -> Reference:
    """Make a reference of coordinates.

    Parameters
    ----------
    lonlat
        Floats, shape (n, 2), line after line.
    owner
        Number of the line of each, shape (n,), ascending.

    Returns
    -------
    Reference
        As of the lines.
    """
    lat0 = float(np.median(lonlat[:, 1])) if len(lonlat) else 0.0
    xy = _flat(lonlat[:, 0], lonlat[:, 1], lat0)
    # True at the first vertex of each line; every other vertex ends a piece.
    begins = np.diff(owner, prepend=-1) != 0
    first = np.flatnonzero(~begins) - 1
    # A line of one vertex is a piece without length.
    alone = np.flatnonzero(begins & np.append(begins[1:], True))
    start, end = xy[np.concatenate([first, alone])], xy[np.concatenate([first + 1, alone])]
    start, end = _cut(start, end, LONG_M)
    low, high = (xy.min(axis=0), xy.max(axis=0)) if len(xy) else (np.zeros(2), np.zeros(2))
    # The cell of a piece is that of its middle.
    at = _cells((start + end) / 2, low)
    cell = at[:, 0] * _size(low, high)[1] + at[:, 1]
    return Reference(start=start, end=end, cell=cell, low=low, high=high, lat0=lat0)


def _flat(lon: Floats, lat: Floats, lat0: float) -> Floats:
    return np.column_stack([lon * M_PER_DEGREE * np.cos(np.radians(lat0)), lat * M_PER_DEGREE])


def _cut(start: Floats, end: Floats, step_m: float) -> tuple[Floats, Floats]:
    """Cut pieces longer than a step into equal ones."""
    length = np.hypot(*(end - start).T)
    long = np.flatnonzero(length > step_m)
    if not len(long):
        return start, end
    count = np.ceil(length[long] / step_m).astype(np.int64)
    # For each new piece the old one, and its place along it: 0, 1, … count − 1.
    owner = np.repeat(long, count)
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    step = (end - start)[owner] / np.repeat(count, count)[:, None]
    first = start[owner] + step * turn[:, None]
    short = np.flatnonzero(length <= step_m)
    return np.concatenate([start[short], first]), np.concatenate([end[short], first + step])


def _cells(xy: Floats, low: Floats) -> Ints:
    return np.floor((xy - low) / _CELL_M).astype(np.int64)


def _size(low: Floats, high: Floats) -> tuple[int, int]:
    """Rows and columns of the cells of a box."""
    rows, columns = np.floor((high - low) / _CELL_M).astype(np.int64) + 1
    return int(rows), int(columns)


def _to_piece(xy: Floats, start: Floats, end: Floats) -> Floats:
    along = end - start
    # Share of the piece, 0 to 1, at which the foot of the perpendicular lies; 0 for a point.
    length2 = (along**2).sum(axis=1)
    share = ((xy - start) * along).sum(axis=1)
    share = np.clip(np.divide(share, length2, out=np.zeros_like(share), where=length2 > 0), 0, 1)
    gap: Floats = np.hypot(*(xy - start - share[:, None] * along).T)
    return gap
