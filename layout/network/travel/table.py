"""The table of routes between origins and sites, and what can be read off it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.network.roads import Mode

__all__ = ["TravelMatrix", "nearest"]

_Floats32 = npt.NDArray[np.float32]
_Ints32 = npt.NDArray[np.int32]
_Labels = Sequence[str] | pd.Index | pd.Series


@dataclass(frozen=True, eq=False, kw_only=True)
class TravelMatrix:
    """Routes from origins to sites that are within a cut-off; pairs beyond it are left out.

    Parameters
    ----------
    mode
        ``walk``, ``bus`` or ``drive``.
    cutoff_minutes
        Every pair up to this many minutes is there; for some sites there may be longer ones.
    origins, sites
        Labels, sorted.
    row, col
        Positions in `origins` and `sites` of each pair, sorted by row, then col.
    minutes, metres
        Door to door, one way, of each pair.
    origin_status, site_status
        By label: ``ok``, ``too_far`` (farther from any road than the snap limit; never routed) or
        ``unreachable`` (on a road, but no pair within the cut-off).
    """

    mode: Mode
    cutoff_minutes: float
    origins: pd.Index
    sites: pd.Index
    row: _Ints32
    col: _Ints32
    minutes: _Floats32
    metres: _Floats32
    origin_status: pd.Series
    site_status: pd.Series

    def pairs(self) -> pd.DataFrame:
        """Return all pairs as a table.

        Returns
        -------
        pandas.DataFrame
            Columns origin, site (labels), minutes, metres; sorted by origin, then site.
        """
        return pd.DataFrame(
            {
                "origin": self.origins.take(self.row),
                "site": self.sites.take(self.col),
                "minutes": self.minutes,
                "metres": self.metres,
            }
        )

    def minutes_of(self, origins: _Labels, sites: _Labels) -> Floats:
        """Return the minutes of given pairs.

        Parameters
        ----------
        origins, sites
            Labels, one of each for every pair.

        Returns
        -------
        numpy.ndarray
            Minutes for each pair; inf where the pair is missing or a label is unknown.
        """
        return self._looked_up(origins, sites, self.minutes)[0]

    def metres_of(self, origins: _Labels, sites: _Labels) -> Floats:
        """Return the metres of given pairs; see `minutes_of`.

        Parameters
        ----------
        origins, sites
            Labels, one of each for every pair.

        Returns
        -------
        numpy.ndarray
            Metres for each pair; inf where the pair is missing or a label is unknown.
        """
        return self._looked_up(origins, sites, self.metres)[0]

    def ways_of(self, origins: _Labels, sites: _Labels) -> tuple[Floats, Floats]:
        """Return the minutes and the metres of given pairs; see `minutes_of`.

        Parameters
        ----------
        origins, sites
            Labels, one of each for every pair.

        Returns
        -------
        minutes, metres : numpy.ndarray
            For each pair; inf where the pair is missing or a label is unknown.
        """
        minutes, metres = self._looked_up(origins, sites, self.minutes, self.metres)
        return minutes, metres

    @cached_property
    def _keys(self) -> Ints:
        """One number for each pair, ascending since pairs are sorted by row, then column."""
        return self.row.astype(np.int64) * len(self.sites) + self.col

    def _looked_up(self, origins: _Labels, sites: _Labels, *values: _Floats32) -> list[Floats]:
        # Positions of the labels; −1 for those that the matrix does not know.
        row = self.origins.get_indexer(pd.Index(origins)).astype(np.int64)
        col = self.sites.get_indexer(pd.Index(sites)).astype(np.int64)
        keys = self._keys
        wanted = np.where((row < 0) | (col < 0), -1, row * len(self.sites) + col)
        out = [np.full(len(wanted), np.inf) for _ in values]
        # Where each wanted number is, or would be, among them.
        if len(keys):
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            hit = keys[at] == wanted
            for known, value in zip(out, values, strict=True):
                known[hit] = value[at[hit]]
        return out


def nearest(matrix: TravelMatrix, *, k: int = 1) -> pd.DataFrame:
    """Return the nearest sites of each origin by minutes.

    Parameters
    ----------
    matrix
        Routes from origins to sites.
    k
        How many sites at most.

    Returns
    -------
    pandas.DataFrame
        Columns origin, site, rank (from 1), minutes, metres; sorted by origin, then rank; sites
        equally near in order of their label. Origins without a pair are not in it.

    Raises
    ------
    UsageError
        If `k` is not positive.
    """
    if k < 1:
        raise UsageError(tr("At least one nearest site must be asked for."))
    # Pairs by origin, minutes, site; the rank within an origin counts from its first pair.
    order = np.lexsort((matrix.col, matrix.minutes, matrix.row))
    row = matrix.row[order]
    first = np.searchsorted(row, row)
    rank = np.arange(len(row)) - first + 1
    keep = order[rank <= k]
    return pd.DataFrame(
        {
            "origin": matrix.origins.take(matrix.row[keep]),
            "site": matrix.sites.take(matrix.col[keep]),
            "rank": rank[rank <= k],
            "minutes": matrix.minutes[keep],
            "metres": matrix.metres[keep],
        }
    )
