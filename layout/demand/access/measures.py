"""Who can get where: reach within the norms, coverage by stage, minutes to the school attended.

A pair of settlement and school is *within reach* of a grade band when the route keeps the limits of
the norms: kindergartens on foot within a distance along the road, schools on foot within the
walking limit, else by bus, door to door, within the band's minutes. Coverage counts the children
who have an open school of their band within reach; it says nothing about places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Ints
from layout.core.standards import BANDS, STAGES
from layout.demand.access.within import Reach, reach, reached
from layout.demand.demography import children, school_year
from layout.inputs.study.parts import offering
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix

__all__ = [
    "COVERED_STAGES",
    "NewSites",
    "Reach",
    "coverage",
    "coverage_by_county",
    "offering",
    "reach",
    "travel_measures",
    "worst_decile",
]

COVERED_STAGES = ("preschool", "primary", "junior")
COVERED_BANDS = {"1-3": "1_3", "4-6": "4_6"}
"""Bands that are counted apart from their stage, with their names in columns."""


@dataclass(frozen=True, eq=False, kw_only=True)
class NewSites:
    """Sites of one stage that are not in the study's list of schools, with the routes to them."""

    stage: str
    walk: TravelMatrix
    bus: TravelMatrix


def coverage(
    study: Study,
    *,
    walk: TravelMatrix,
    bus: TravelMatrix,
    closed: Iterable[str] = (),
    new: Sequence[NewSites] = (),
    year: int | None = None,
) -> pd.DataFrame:
    """Count the children of each stage who have an open school within reach, by settlement.

    Parameters
    ----------
    study
        The study.
    walk, bus
        Travel matrices from the settlements to the study's schools.
    closed
        Schools that are shut.
    new
        Sites that are open beside the study's schools.
    year
        School year whose children are counted; the year of the school data by default.

    Returns
    -------
    pandas.DataFrame
        Index settlement_id, sorted; columns ``children_<stage>`` and ``within_<stage>`` for the
        stages of `COVERED_STAGES` and the bands of `COVERED_BANDS`. A stage with several bands adds
        them up, each by its own limit.
    """
    # Settlements × grades, in the order of the study.
    counts = children(study, year or school_year(study))
    shut = set(closed)
    settlements = study.settlements.index
    counts = counts.reindex(settlements, fill_value=0)
    # Position of each settlement among the origins of the routes, −1 where it is none of them.
    at = walk.origins.get_indexer(settlements)
    table: dict[str, Ints] = {}
    for stage in COVERED_STAGES:
        bands = [band for band, grades in BANDS.items() if set(grades) <= set(STAGES[stage])]
        of_stage = [site for site in new if site.stage == stage]
        total = np.zeros(len(settlements), dtype=np.int64)
        within = np.zeros(len(settlements), dtype=np.int64)
        # Children of the band by settlement, and those with a school of it within reach.
        for band in bands:
            size = counts[list(BANDS[band])].to_numpy(dtype=np.int64).sum(axis=1)
            served = _served(study, band, walk, bus, shut, of_stage)[at] & (at >= 0)
            total += size
            within += np.where(served, size, 0)
            if band in COVERED_BANDS:
                table[f"children_{COVERED_BANDS[band]}"] = size
                table[f"within_{COVERED_BANDS[band]}"] = np.where(served, size, 0)
        table[f"children_{stage}"] = total
        table[f"within_{stage}"] = within
    return pd.DataFrame(table, index=settlements)


def _served(
    study: Study,
    band: str,
    walk: TravelMatrix,
    bus: TravelMatrix,
    shut: set[str],
    new: Sequence[NewSites],
) -> Bools:
    """Origins of `walk` with an open school of the band, or a new site, within reach."""
    # Schools of the band that stay open, then new sites, whose routes are matrices of their own.
    opened = offering(study.schools, band).difference(pd.Index(sorted(shut), dtype="str"))
    served = reached(study, band, walk=walk, bus=bus, sites=opened)
    for site in new:
        added = reached(study, band, walk=site.walk, bus=site.bus)
        served |= np.asarray(walk.origins.isin(site.walk.origins[added]), dtype=np.bool_)
    return served


def coverage_by_county(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Turn counts by settlement into shares by county.

    Parameters
    ----------
    study
        The study.
    table
        As `coverage` returns it.

    Returns
    -------
    pandas.DataFrame
        Index county_code, sorted; columns ``coverage_<stage>``, also of the bands, from 0 to 1, NaN
        where a county has no such children.
    """
    # Children and served children, counties × stages.
    sums = table.groupby(study.settlements["county_code"]).sum().reindex(study.units.index)
    shares = {
        f"coverage_{stage}": sums[f"within_{stage}"]
        / sums[f"children_{stage}"].where(sums[f"children_{stage}"] > 0)
        for stage in (*COVERED_STAGES, *COVERED_BANDS.values())
    }
    return pd.DataFrame(shares).sort_index()


def worst_decile(minutes: pd.Series, pupils: pd.Series) -> float:
    """Return the minutes that nine pupils in ten do not exceed.

    Parameters
    ----------
    minutes, pupils
        Route and size of each group, aligned; groups without a known route are left out.

    Returns
    -------
    float
        The smallest m such that at least 90 % of the pupils need m minutes or less; NaN without
        pupils.
    """
    # Groups with a known route and any pupils, by minutes; pupils added up from the nearest.
    known = np.isfinite(minutes.to_numpy(dtype=float)) & (pupils.to_numpy() > 0)
    if not known.any():
        return float("nan")
    values = minutes.to_numpy(dtype=float)[known]
    weights = pupils.to_numpy()[known]
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    # Whole numbers on both sides: 10 × pupils ≥ 9 × total has no rounding to argue about.
    return float(values[order][np.searchsorted(10 * reached, 9 * reached[-1])])


def travel_measures(assignment: pd.DataFrame, by: pd.Series, *, column: str) -> pd.DataFrame:
    """Mean and worst-decile minutes to the school attended, weighted by pupils.

    Parameters
    ----------
    assignment
        Groups with settlement_id, pupils and minutes, as in a plan.
    by
        What each settlement belongs to, by settlement_id; the county, as a rule.
    column
        ``minutes_before`` or ``minutes_after``.

    Returns
    -------
    pandas.DataFrame
        Index the values of `by`, sorted; columns minutes_mean and minutes_worst_decile.
    """
    # Groups with a known route, by what their settlement belongs to.
    rows = assignment[["settlement_id", "pupils", column]].astype({column: "float64"})
    rows = rows[np.isfinite(rows[column])]
    keys = rows["settlement_id"].map(by)
    measures = {
        key: (
            float((groups[column] * groups["pupils"]).sum() / groups["pupils"].sum()),
            worst_decile(groups[column], groups["pupils"]),
        )
        for key, groups in rows[rows["pupils"] > 0].groupby(keys, sort=True)
    }
    return pd.DataFrame.from_dict(
        measures, orient="index", columns=["minutes_mean", "minutes_worst_decile"]
    )
