"""Which schools may take whom: who may receive at all, has beds and meals, lies in which county."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Ints
from layout.core.standards import STAGES, Standards
from layout.inputs.study.study import ConsolidateOptions
from layout.planning.consolidation.candidates import COMPLETE_TYPES, compulsory_pupils
from layout.planning.consolidation.entries import Entries

__all__ = ["Receivers", "complete_primaries", "near_bed", "receivers"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Receivers:
    """Which schools may take whom, by school in the order of the entries' columns.

    Attributes
    ----------
    may
        Whether a school may receive anybody: public, and no lever says otherwise.
    beds
        Whether it has beds.
    canteen
        1 with a canteen, 0 without, −1 where that is not given.
    county
        Number of its county; a receiver lies in the county of the group's school. None where
        groups may cross county borders.
    preferred
        Whether it is one of those that a lever prefers; all are, without the lever.
    """

    may: Bools
    beds: Bools
    canteen: Ints
    county: Ints | None
    preferred: Bools

    def feeds(self) -> Bools:
        """Schools that may take pupils who need a meal; without knowledge they are not refused."""
        return np.asarray(self.canteen != 0, dtype=np.bool_)


def receivers(
    schools: pd.DataFrame, *, offered: pd.DataFrame, options: ConsolidateOptions
) -> Receivers:
    """Judge every school as a receiver under the levers.

    Parameters
    ----------
    schools
        Columns ownership, beds, canteen, county_code, centre_school_id, type_code and pupils by
        grade.
    offered
        Schools × grades taught, in the same order.
    options
        Levers ``forbid_receiver``, ``min_receiver_pupils``, ``across_counties`` and
        ``prefer_receivers``.
    """
    may = (schools["ownership"] != "private").to_numpy(dtype=bool).copy()
    may &= ~schools.index.isin(list(options.forbid_receiver))
    may &= (compulsory_pupils(schools) >= (options.min_receiver_pupils or 0)).to_numpy()
    # 1, 0 or −1: a canteen, none, or nothing known.
    given = schools["canteen"].notna().to_numpy(dtype=bool)
    has = schools["canteen"].fillna(False).to_numpy(dtype=bool)
    county = pd.factorize(schools["county_code"], sort=True)[0].astype(np.int64)
    return Receivers(
        may=may,
        beds=(schools["beds"] > 0).to_numpy(dtype=bool),
        canteen=np.where(given, has.astype(np.int64), -1),
        county=None if options.across_counties else county,
        preferred=_preferred(schools, offered, options.prefer_receivers),
    )


def complete_primaries(schools: pd.DataFrame, offered: pd.DataFrame) -> Bools:
    """Mark the public schools that teach all six primary grades, teaching points apart."""
    complete = schools["type_code"].isin(COMPLETE_TYPES) & (schools["ownership"] != "private")
    complete &= offered[list(STAGES["primary"])].all(axis=1)
    return complete.to_numpy(dtype=bool)


def _preferred(schools: pd.DataFrame, offered: pd.DataFrame, lever: str | None) -> Bools:
    """Schools that the lever prefers: complete primaries, or those that run teaching points."""
    if lever is None:
        return np.ones(len(schools), dtype=np.bool_)
    if lever == "complete":
        return complete_primaries(schools, offered)
    return np.asarray(schools.index.isin(schools["centre_school_id"].unique()), dtype=np.bool_)


def near_bed(bus: Entries, *, receivers: Receivers, standards: Standards) -> Bools:
    """Mark the routes of boarders: to schools with beds and meals (gate c), in the weekly reach."""
    # By school; then by entry of the bus matrix.
    sleeps = receivers.beds & receivers.feeds()
    near = bus.within(int(standards.boarding_reach_minutes * 60))
    return np.asarray(near & sleeps[bus.col], dtype=np.bool_)
