"""Children of a school year counted anew, and whole numbers shared out, for the checks alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout.core.arrays import Ints
from layout.core.standards import AGE_OF_GRADE
from layout.inputs.study.study import Study

__all__ = ["cohorts", "shared"]


def cohorts(study: Study, year: int, grades: Sequence[str]) -> pd.Series:
    """Children of the ages of some grades in a school year, by settlement_id, sorted.

    A cohort is known from the census, or from the births of its year spread as the youngest were;
    it grows by the migration and stays a whole number.
    """
    settlements = study.settlements.sort_index()
    total = np.zeros(len(settlements), dtype=np.int64)
    for grade in grades:
        born = year - AGE_OF_GRADE[grade]
        # Born before the census they are counted at their age, later ones are births of their year.
        known = born <= study.children_year
        here = settlements[f"age_{study.children_year - born}" if known else "age_0"]
        count = int(here.sum()) if known else study.births[born]
        since = max(born, study.children_year)
        grown = round(count * (1.0 + study.migration) ** (year - since))
        total += shared(grown, here.to_numpy(dtype=np.int64))
    return pd.Series(total, index=settlements.index)


def shared(total: int, by: Ints) -> Ints:
    """A whole number in parts as large as others; the largest fractions get what is left over."""
    if total == 0 or not by.any():
        return np.zeros_like(by)
    # Whole parts and remainders (in units of 1/sum, so whole numbers too) by position.
    part, fraction = np.divmod(total * by, by.sum())
    short = total - int(part.sum())
    position = np.arange(len(by))
    part[np.lexsort((position, -fraction))[:short]] += 1
    return part
