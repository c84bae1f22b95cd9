"""Entries of the travel matrices in the positions of a study, and which of them are near enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.standards import Standards, limit_minutes
from layout.demand.groups import seconds
from layout.network.travel import TravelMatrix

__all__ = ["Entries", "entries", "near_day"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Entries:
    """Entries of a travel matrix between known settlements and schools, sorted by row and column.

    Attributes
    ----------
    row, col
        Positions of the settlement and the school in the indexes they were built for.
    seconds, minutes, metres
        One way, door to door; as the matrix holds them, and in whole seconds.
    """

    row: npt.NDArray[np.integer]
    col: npt.NDArray[np.integer]
    seconds: Ints
    minutes: npt.NDArray[np.floating]
    metres: npt.NDArray[np.floating]

    def within(self, limit_s: int, *, metres: float = np.inf) -> Bools:
        """Mark the entries of at most so many seconds and metres."""
        near: Bools = self.seconds <= limit_s
        if metres < np.inf:
            near &= self.metres <= np.float64(metres)
        return near

    def of(self, row: Ints, col: Ints) -> tuple[Floats, Floats]:
        """Minutes and metres of some pairs, infinite where there is no entry."""
        minutes, metres = np.full((2, row.size), np.inf)
        if not self.row.size:
            return minutes, metres
        # Pairs as one number each; entries are sorted by it.
        width = 1 + max(int(self.col.max()), int(col.max(initial=0)))
        key = self.row.astype(np.int64) * width + self.col
        at = np.minimum(np.searchsorted(key, row * width + col), key.size - 1)
        same = key[at] == row * width + col
        minutes[same], metres[same] = self.minutes[at[same]], self.metres[at[same]]
        return minutes, metres


def entries(matrix: TravelMatrix, *, settlements: pd.Index, schools: pd.Index) -> Entries:
    """Read a travel matrix in the positions of a study.

    Parameters
    ----------
    matrix
        Routes from settlements to schools.
    settlements, schools
        Ids, sorted, that rows and columns refer to; others are left out.
    """
    # Positions by entry, −1 where an end is unknown; 32 bits, as there are millions of them.
    row = settlements.get_indexer(matrix.origins).astype(np.int32)[matrix.row]
    col = schools.get_indexer(matrix.sites).astype(np.int32)[matrix.col]
    known = np.flatnonzero((row >= 0) & (col >= 0))
    minutes = matrix.minutes[known]
    return Entries(
        row=row[known],
        col=col[known],
        seconds=seconds(minutes),
        minutes=minutes,
        metres=matrix.metres[known],
    )


def near_day(
    walk: Entries, bus: Entries, *, band: str, standards: Standards
) -> tuple[Bools, Bools]:
    """Mark the ways on foot and by bus that a band may take daily; limits of the norms."""
    limit_s = int(limit_minutes(standards, band) * 60)
    return walk.within(limit_s, metres=standards.walk_limit_m), bus.within(limit_s)
