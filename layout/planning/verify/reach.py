"""Check that no settlement's band loses its last school within the limit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layout.core.arrays import Bools
from layout.core.standards import AGE_OF_GRADE, BANDS
from layout.core.text import tr
from layout.planning.verify.facts import Facts, joined, limit_seconds

__all__ = ["reach_failures"]


def reach_failures(facts: Facts) -> Iterator[str]:
    """Settlements with children of a band and a school of it in reach today keep one.

    Reach is the walking limit, else the bus limit, or the weekly reach where the band may board.
    """
    if not facts.limited:
        return
    for band in ("1-3", "4-6", "7-9"):
        before, after = _reached(facts, band)
        lost = facts.study.settlements.index[before & ~after & _with_children(facts, band)]
        if len(lost):
            yield tr(
                "band {band} loses its last school within the limit: {settlements}",
                band=band,
                settlements=joined(lost),
            )


def _with_children(facts: Facts, band: str) -> Bools:
    """Mark the settlements with children of a band in the school year of the data."""
    study = facts.study
    # A school year begins in September; columns hold ages in the year of the census.
    year = study.data_date.year if study.data_date.month >= 9 else study.data_date.year - 1
    columns = [f"age_{AGE_OF_GRADE[grade] - (year - study.children_year)}" for grade in BANDS[band]]
    return np.asarray((study.settlements[columns].to_numpy() > 0).any(axis=1), dtype=np.bool_)


def _reached(facts: Facts, band: str) -> tuple[Bools, Bools]:
    """Mark the settlements that reach a public school which teaches all grades of a band.

    Once today, and once after the closures, when only schools that stay open count.
    """
    schools, norms = facts.study.schools, facts.study.standards
    offers = facts.teaches[list(BANDS[band])].all(axis=1)
    usable = offers & (schools["ownership"] != "private").reindex(offers.index)
    limit = int(limit_seconds(facts, [band])[0])
    on_foot = (facts.walk.metres <= norms.walk_limit_m) & (facts.walk_seconds <= limit)
    ways = [(facts.walk, on_foot, usable), (facts.bus, facts.bus_seconds <= limit, usable)]
    if int(band[0]) >= norms.boarding_from_grade:
        canteen = schools["canteen"].astype("boolean").fillna(True)
        beds = ((schools["beds"] > 0) & canteen).astype(bool).reindex(usable.index)
        far = facts.bus_seconds <= int(60 * norms.boarding_reach_minutes)
        ways.append((facts.bus, far, usable & beds))
    settlements = facts.study.settlements.index
    # One mark a settlement, and a last one for origins that the study does not know.
    before, after = np.zeros((2, len(settlements) + 1), dtype=bool)
    for matrix, near, some in ways:
        open_after = ~matrix.sites.isin(list(facts.closed))
        site = some.reindex(matrix.sites, fill_value=False).to_numpy(dtype=bool)
        # Entries of the matrix that count, today and after; then the settlements they start from.
        today = np.flatnonzero(near & site[matrix.col])
        later = today[open_after[matrix.col[today]]]
        position = settlements.get_indexer(matrix.origins)
        before[position[matrix.row[today]]] = True
        after[position[matrix.row[later]]] = True
    return before[:-1], after[:-1]
