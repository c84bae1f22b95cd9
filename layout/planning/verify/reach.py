"""Check that no settlement's band loses its last school within the limit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.core.standards import AGE_OF_GRADE, BANDS
from layout.core.text import tr
from layout.network.travel import TravelMatrix
from layout.planning.verify.facts import Facts, joined, limit_seconds, whole_seconds

__all__ = ["reach_failures"]


def reach_failures(facts: Facts) -> Iterator[str]:
    """Settlements with children of a band and a school of it in reach today keep one.

    Reach is the walking limit, else the bus limit, or a bed where the band may board.
    """
    if not facts.limited:
        return
    for band in ("1-3", "4-6", "7-9"):
        before = _reached(facts, band, closed=set())
        after = _reached(facts, band, closed=facts.closed)
        lost = (before - after) & _with_children(facts, band)
        if lost:
            yield tr(
                "band {band} loses its last school within the limit: {settlements}",
                band=band,
                settlements=joined(lost),
            )


def _with_children(facts: Facts, band: str) -> set[str]:
    """Settlements with children of a band in the school year of the data."""
    study = facts.study
    year = study.data_date.year if study.data_date.month >= 9 else study.data_date.year - 1
    columns = [f"age_{AGE_OF_GRADE[grade] - (year - study.children_year)}" for grade in BANDS[band]]
    some = (study.settlements[columns] > 0).any(axis=1)
    return set(study.settlements.index[some])


def _reached(facts: Facts, band: str, *, closed: set[str]) -> set[str]:
    """Settlements that reach some open public school which teaches all grades of a band."""
    schools, norms = facts.study.schools, facts.study.standards
    offers = facts.teaches[list(BANDS[band])].all(axis=1)
    usable = offers & (schools["ownership"] != "private").reindex(offers.index)
    usable &= ~usable.index.isin(list(closed))
    limit = int(limit_seconds(facts, [band])[0])
    reached = _origins(facts.walk, usable, limit, norms.walk_limit_m)
    reached |= _origins(facts.bus, usable, limit, np.inf)
    if int(band[0]) >= norms.boarding_from_grade:
        beds = ((schools["beds"] > 0) & schools["canteen"]).reindex(usable.index)
        reached |= _origins(
            facts.bus, usable & beds, int(60 * norms.boarding_reach_minutes), np.inf
        )
    return reached


def _origins(matrix: TravelMatrix, usable: pd.Series, limit_s: int, metres: float) -> set[str]:
    """Origins of a matrix with some usable site within both limits."""
    site = usable.reindex(matrix.sites, fill_value=False).to_numpy(dtype=bool)
    near = site[matrix.col] & (whole_seconds(matrix.minutes) <= limit_s)
    near &= matrix.metres <= metres
    return set(matrix.origins.take(np.unique(matrix.row[near])))
