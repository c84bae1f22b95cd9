"""Pairs of settlement and school that keep the limits of the norms.

Kindergartens are reached on foot within a distance along the road, schools on foot within the
walking limit, else by bus, door to door, within the band's minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints, in_sorted
from layout.core.standards import Standards, limit_minutes
from layout.demand.groups import seconds
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix

__all__ = ["Reach", "reach", "reached"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reach:
    """Pairs of settlement and site that keep the limits of one band, sorted by row and column.

    Attributes
    ----------
    origins, sites
        Settlements and schools by id; `row` and `col` are positions in them.
    row, col
        One entry for each pair.
    minutes, metres
        The route, one direction, door to door.
    on_foot
        True where the route is walked, False where the bus is needed.
    """

    origins: pd.Index
    sites: pd.Index
    row: Ints
    col: Ints
    minutes: Floats
    metres: Floats
    on_foot: Bools

    def only(self, sites: Iterable[str]) -> Reach:
        """Keep the pairs that end at some of the sites."""
        # Bools over the sites, taken to the pairs.
        keep = np.asarray(self.sites.isin(list(sites)))[self.col]
        return Reach(
            origins=self.origins,
            sites=self.sites,
            row=self.row[keep],
            col=self.col[keep],
            minutes=self.minutes[keep],
            metres=self.metres[keep],
            on_foot=self.on_foot[keep],
        )

    def pairs(self) -> pd.DataFrame:
        """Return the pairs as a table: origin, site, mode, minutes, metres."""
        return pd.DataFrame(
            {
                "origin": self.origins.take(self.row),
                "site": self.sites.take(self.col),
                "mode": np.where(self.on_foot, "walk", "bus"),
                "minutes": self.minutes,
                "metres": self.metres,
            }
        )

    def nearest(self) -> pd.DataFrame:
        """Return the quickest site of each settlement that has one, ties by id.

        Returns
        -------
        pandas.DataFrame
            Index settlement_id; columns site, minutes, metres.
        """
        # Pairs by settlement, minutes, site: the first of each settlement is its quickest.
        order = np.lexsort((self.col, self.minutes, self.row))
        rows, first = np.unique(self.row[order], return_index=True)
        best = order[first]
        return pd.DataFrame(
            {
                "site": self.sites.take(self.col[best]),
                "minutes": self.minutes[best],
                "metres": self.metres[best],
            },
            index=pd.Index(self.origins.take(rows), name="settlement_id"),
        )


def reach(study: Study, band: str, *, walk: TravelMatrix, bus: TravelMatrix) -> Reach:
    """Return the pairs of settlement and site that keep the limits of a band.

    Parameters
    ----------
    study
        The study, for norms and for which settlements are urban.
    band
        One of `layout.core.standards.BANDS`.
    walk, bus
        Travel matrices between the same settlements and sites, metres and minutes one way.

    Returns
    -------
    Reach
        A pair that can be walked is walked, even where the bus would be quicker.
    """
    # A kindergarten is reached on foot alone.
    foot = _entries(walk, _walkable(study, band, walk), on_foot=True)
    if band == "preschool":
        return foot
    ridden = _entries(bus, _in_time(study, band, bus.minutes), on_foot=False)
    return _joined(foot, ridden)


def reached(
    study: Study,
    band: str,
    *,
    walk: TravelMatrix,
    bus: TravelMatrix,
    sites: Iterable[str] | None = None,
) -> Bools:
    """Tell which settlements have some site within reach, without listing the pairs of `reach`.

    Parameters
    ----------
    study, band, walk, bus
        As for `reach`.
    sites
        The sites that count; all where not given.

    Returns
    -------
    numpy.ndarray
        One mark for each origin of `walk`.
    """
    served = np.zeros(len(walk.origins), dtype=np.bool_)
    served[walk.row[_to(walk, sites) & _walkable(study, band, walk)]] = True
    if band == "preschool":
        return served
    # Routes on foot settle most settlements; the bus is asked about the others alone.
    same = bus.origins.equals(walk.origins)
    row = bus.row if same else walk.origins.get_indexer(bus.origins)[bus.row]
    entry = np.flatnonzero((row >= 0) & ~served[row] & _to(bus, sites))
    served[row[entry[_in_time(study, band, bus.minutes[entry])]]] = True
    return served


def _to(matrix: TravelMatrix, sites: Iterable[str] | None) -> Bools:
    """Entries of a matrix that end at one of some sites."""
    if sites is None:
        return np.ones(len(matrix.row), dtype=np.bool_)
    return np.asarray(matrix.sites.isin(list(sites)), dtype=np.bool_)[matrix.col]


def _walkable(study: Study, band: str, walk: TravelMatrix) -> Bools:
    norms: Standards = study.standards
    if band == "preschool":
        # Limit by settlement, urban or rural, in metres along the road.
        urban = study.settlements["urban"].reindex(walk.origins).to_numpy(dtype=bool)
        limit_m = np.where(urban, norms.kindergarten_urban_m, norms.kindergarten_rural_m)
        return np.asarray(walk.metres <= limit_m[walk.row])
    return np.asarray(_in_time(study, band, walk.minutes) & (walk.metres <= norms.walk_limit_m))


def _in_time(study: Study, band: str, minutes: npt.NDArray[np.floating]) -> Bools:
    """Whole seconds are compared, as everywhere else, so that no rounding flips a pair."""
    limit_s = int(limit_minutes(study.standards, band) * 60)
    return np.asarray(seconds(minutes) <= limit_s)


def _entries(matrix: TravelMatrix, keep: Bools, *, on_foot: bool) -> Reach:
    return Reach(
        origins=matrix.origins,
        sites=matrix.sites,
        row=matrix.row[keep].astype(np.int64),
        col=matrix.col[keep].astype(np.int64),
        minutes=matrix.minutes[keep].astype(np.float64),
        metres=matrix.metres[keep].astype(np.float64),
        on_foot=np.full(int(keep.sum()), on_foot),
    )


def _joined(first: Reach, second: Reach) -> Reach:
    """Put two sets of pairs together; where both have a pair, the first one counts."""
    if not (first.origins.equals(second.origins) and first.sites.equals(second.sites)):
        second = _relabelled(second, first)
    # One number for each pair, by settlement, then site; those of `first` ascend.
    width = len(first.sites)
    keys = first.row * width + first.col
    other = second.row * width + second.col
    # Pairs of the second set that the first does not have, sorted in among them.
    extra = ~in_sorted(other, keys)
    order = np.argsort(np.concatenate([keys, other[extra]]), kind="stable")
    return Reach(
        origins=first.origins,
        sites=first.sites,
        row=np.concatenate([first.row, second.row[extra]])[order],
        col=np.concatenate([first.col, second.col[extra]])[order],
        minutes=np.concatenate([first.minutes, second.minutes[extra]])[order],
        metres=np.concatenate([first.metres, second.metres[extra]])[order],
        on_foot=np.concatenate([first.on_foot, second.on_foot[extra]])[order],
    )


def _relabelled(pairs: Reach, like: Reach) -> Reach:
    # Positions among the labels of `like`; pairs with unknown labels are dropped.
    row = like.origins.get_indexer(pairs.origins)[pairs.row]
    col = like.sites.get_indexer(pairs.sites)[pairs.col]
    known = (row >= 0) & (col >= 0)
    return Reach(
        origins=like.origins,
        sites=like.sites,
        row=row[known].astype(np.int64),
        col=col[known].astype(np.int64),
        minutes=pairs.minutes[known],
        metres=pairs.metres[known],
        on_foot=pairs.on_foot[known],
    )
