"""Cohorts: children by grade, band and stage of every settlement in a school year.

Children grow older in place. A school year Y begins on 1 September; the census date is
1 November of ``study.children_year``. Children of age a in school year Y were of age
``a − (Y − children_year)`` at the census; for later cohorts, births of the calendar year are used
instead, spread over the settlements as the youngest children of the census were.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from layout.core.arrays import Ints
from layout.core.errors import InputError, UsageError
from layout.core.problems import problem
from layout.core.standards import AGE_OF_GRADE, BANDS, GRADES
from layout.core.text import tr
from layout.inputs.study.study import Study

__all__ = ["apportion", "children", "children_by_band", "school_year", "with_births"]

OLDEST_AGE = 17
"""The last age column of the settlements table."""

# First month of a school year.
FIRST_MONTH = 9


def children(study: Study, year: int, *, migration: float | None = None) -> pd.DataFrame:
    """Count the children of each grade's age in each settlement in a school year.

    Parameters
    ----------
    study
        Supplies the age columns, the births by calendar year and the net migration.
    year
        School year by its autumn, such as 2023.
    migration
        Net migration a year as a share of a cohort (0.01 adds one percent a year); by default
        that of the study. It acts from the census on, or from birth for later cohorts.

    Returns
    -------
    pandas.DataFrame
        Settlements (index, sorted by id) × grades ``k1`` … ``g12``; whole children. With no
        migration the total of a cohort is the same in every year.

    Raises
    ------
    InputError
        Where a cohort is not in the data: births of a year are missing, or the children were
        older than the last age column at the census.

    Notes
    -----
    A cohort walk without mortality: ``N(a, Y) = N(a − t, Y − t) · (1 + m)^t``. Totals are
    rounded once for each cohort and shared out by largest remainders, so that no child is lost
    in rounding (Hamilton's method).
    """
    rate = study.migration if migration is None else migration
    settlements = study.settlements.sort_index()
    _require_births(study, year)
    columns: dict[str, Ints] = {}
    for grade in GRADES:
        # The cohort at the census, one number a settlement; later cohorts as the youngest live.
        age_then = AGE_OF_GRADE[grade] - (year - study.children_year)
        if age_then >= 0:
            # Children who were born at the census: their number then, grown by migration.
            base = settlements[f"age_{age_then}"].to_numpy(dtype=np.int64)
            growth = (1.0 + rate) ** (year - study.children_year)
            total = round(float(base.sum()) * growth)
        else:
            # Children born later: births of their year, shared out like the children of age 0.
            born = study.children_year - age_then
            base = settlements["age_0"].to_numpy(dtype=np.int64)
            total = round(study.births[born] * (1.0 + rate) ** (year - born))
        columns[grade] = base if total == base.sum() else apportion(total, base)
    return pd.DataFrame(columns, index=settlements.index.rename("settlement_id"))


def children_by_band(study: Study, year: int, *, migration: float | None = None) -> pd.DataFrame:
    """Count the children of each grade band; settlements × `BANDS`, see `children`."""
    table = children(study, year, migration=migration)
    return pd.DataFrame({band: table[list(grades)].sum(axis=1) for band, grades in BANDS.items()})


def with_births(study: Study, reading: str) -> Study:
    """Return the study with another reading of the births that are still to come.

    Parameters
    ----------
    study
        The study; births up to the year of its data are known.
    reading
        ``low``, ``middle`` (those of the study) or ``high``: fewer or more by the norm
        ``births_spread``.
    """
    factor = {"low": -1.0, "middle": 0.0, "high": 1.0}[reading] * study.standards.births_spread
    known = study.data_date.year
    births = {
        year: round(count * (1.0 + factor)) if year > known else count
        for year, count in study.births.items()
    }
    return replace(study, births=births)


def school_year(study: Study) -> int:
    """School year of the study's data, by its autumn: a year begins on 1 September."""
    return study.data_date.year - (study.data_date.month < FIRST_MONTH)


def apportion(total: int, weights: Ints) -> Ints:
    """Share a whole number out by weights, largest remainders first, ties to the earlier row.

    Parameters
    ----------
    total
        Whole number ≥ 0 to share out.
    weights
        Shape (n,), ≥ 0, whole; not all zero unless `total` is.

    Returns
    -------
    numpy.ndarray
        Shape (n,), whole, sums to `total`.

    Raises
    ------
    UsageError
        Where something is to be shared out and every weight is zero.
    """
    whole = int(weights.sum())
    if total == 0:
        return np.zeros(len(weights), dtype=np.int64)
    if whole == 0:
        raise UsageError(tr("{total:child|children} cannot be shared out: no weights", total=total))
    # Python's whole numbers where 64 bits do not hold the products: nothing is ever rounded here.
    small = total * int(weights.max()) < 2**63
    products = total * weights.astype(np.int64 if small else object)
    shares = (products // whole).astype(np.int64)
    remainders = (products % whole).astype(np.int64)
    # Largest remainders first; a stable sort gives ties to the earlier row.
    order = np.argsort(-remainders, kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return shares


def _require_births(study: Study, year: int) -> None:
    """Refuse a school year whose cohorts the data cannot give, naming every missing number."""
    problems = []
    for grade in GRADES:
        age_then = AGE_OF_GRADE[grade] - (year - study.children_year)
        # Older than any column at the census, or born in a year without births.
        if age_then > OLDEST_AGE:
            problems.append(
                problem(
                    "missing-cohort",
                    value=year,
                    grade=grade,
                    year=year,
                    first=study.children_year,
                    age=OLDEST_AGE,
                )
            )
        elif age_then < 0 and study.children_year - age_then not in study.births:
            born = study.children_year - age_then
            problems.append(
                problem("missing-births", column=f"demography.births.{born}", year=year, born=born)
            )
    if problems:
        raise InputError(*problems)
