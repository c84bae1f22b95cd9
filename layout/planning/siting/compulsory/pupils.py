"""Pupils of the compulsory stages in the year of a programme, at the schools of a plan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout.core.standards import BANDS, STAGES
from layout.demand.access import offering, reach
from layout.demand.demography import children, school_year
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix

__all__ = ["SITED_STAGES", "future_pupils", "nearest_schools", "stage_bands"]

SITED_STAGES = ("primary", "junior")


def stage_bands(stage: str) -> tuple[str, ...]:
    """Bands of a stage."""
    return tuple(band for band, grades in BANDS.items() if set(grades) <= set(STAGES[stage]))


def nearest_schools(
    study: Study, assignment: pd.DataFrame, *, walk: TravelMatrix, bus: TravelMatrix
) -> dict[str, pd.DataFrame]:
    """The nearest school in use under a plan, by band: see `layout.demand.access.Reach.nearest`.

    Parameters
    ----------
    study
        The study.
    assignment
        Groups of a plan: to_school.
    walk, bus
        Routes to the study's schools.
    """
    used = pd.Index(assignment["to_school"].unique())
    bands = [band for stage in SITED_STAGES for band in stage_bands(stage)]
    return {
        band: reach(study, band, walk=walk, bus=bus)
        .only(offering(study.schools, band).intersection(used))
        .nearest()
        for band in bands
    }


def future_pupils(
    study: Study, year: int, assignment: pd.DataFrame, *, near: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Carry a plan's pupils to a later year by the cohorts of their settlements.

    Parameters
    ----------
    study, year
        The study and the school year.
    assignment
        Groups of a plan: settlement_id, band, pupils, to_school.
    near
        As `nearest_schools` returns it, for settlements whose band had nobody before.

    Returns
    -------
    pandas.DataFrame
        Columns settlement_id, band, school_id, pupils, sorted; whole pupils. The share of a
        band's children who attend, and the schools they attend, stay as they are; children of a
        band that had none in its settlement go to the nearest school open under the plan.
    """
    # Pupils of each settlement and band by the school they attend under the plan.
    today = assignment.rename(columns={"to_school": "school_id"})
    keys_of = ["settlement_id", "band", "school_id"]
    today = today.groupby(keys_of)["pupils"].sum().reset_index()
    now, then = (_by_band(study, when) for when in (school_year(study), year))
    keys = pd.MultiIndex.from_frame(today[["settlement_id", "band"]])
    # Of the band's children who attend, as many attend later as the cohort grows, rounded.
    resident, later = (table.reindex(keys).to_numpy(dtype=np.int64) for table in (now, then))
    attending = today.groupby(["settlement_id", "band"])["pupils"].transform("sum").to_numpy()
    base = np.maximum(np.maximum(resident, attending), 1)
    total = (2 * attending * later + base) // (2 * base)
    # Shared over the schools as today: whole parts, then the largest remainders.
    product = total * today["pupils"].to_numpy()
    today["share"], today["rest"] = product // attending, product % attending
    missing = total - today.groupby(["settlement_id", "band"])["share"].transform("sum").to_numpy()
    ordered = today.sort_values(["rest", "school_id"], ascending=[False, True])
    rank = ordered.groupby(["settlement_id", "band"]).cumcount().reindex(today.index)
    today["pupils"] = today["share"] + (rank.to_numpy() < missing)
    fresh = _newcomers(study, then, keys, near)
    table = pd.concat([today[[*keys_of, "pupils"]], fresh], ignore_index=True)
    return table[table["pupils"] > 0].sort_values(keys_of, ignore_index=True)


def _by_band(study: Study, year: int) -> pd.Series:
    # Long: one number for each settlement and band.
    counts = children(study, year)
    bands = [band for stage in SITED_STAGES for band in stage_bands(stage)]
    parts = {band: counts[list(BANDS[band])].sum(axis=1) for band in bands}
    long: pd.Series = pd.concat(parts, names=["band", "settlement_id"])
    return long.swaplevel().sort_index()


def _newcomers(
    study: Study, then: pd.Series, known: pd.MultiIndex, near: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Children of bands that had no pupils in their settlement, sent to the nearest open school."""
    # Neither pupils nor children today: where all children stay away now, they stay away later.
    new = then[(then > 0) & ~then.index.isin(known)]
    now = _by_band(study, school_year(study))
    new = new[now.reindex(new.index).to_numpy() == 0]
    parts = []
    for band, rows in new.groupby(level="band"):
        # Children with no school within reach are left out.
        near_school, size = near[str(band)], rows.droplevel("band")
        settlements = size.index.intersection(near_school.index)
        parts.append(
            pd.DataFrame(
                {
                    "settlement_id": settlements,
                    "band": band,
                    "school_id": near_school.loc[settlements, "site"].to_numpy(),
                    "pupils": size.loc[settlements].to_numpy(),
                }
            )
        )
    return pd.concat(parts) if parts else pd.DataFrame()
