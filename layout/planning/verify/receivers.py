"""Checks of who receives: county, meals, and the levers on receivers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from layout.core.arrays import Bools
from layout.core.standards import COMPULSORY_GRADES
from layout.core.text import tr
from layout.planning.verify.facts import Facts, joined

__all__ = ["may_receive", "meals_refused", "receiver_failures"]


def may_receive(facts: Facts) -> pd.Series:
    """Whether each school may receive anybody: public, not forbidden, of the size asked for."""
    schools, options = facts.study.schools, facts.options
    pupils = sum(schools[f"pupils_{grade}"] for grade in COMPULSORY_GRADES)
    allowed = (schools["ownership"] != "private") & (pupils >= (options.min_receiver_pupils or 0))
    forbidden = pd.Series(schools.index.isin(list(options.forbid_receiver)), index=schools.index)
    may: pd.Series = allowed & ~forbidden
    return may


def meals_refused(facts: Facts, schools: pd.Index, needs_meal: Bools) -> Bools:
    """Pupils who need a meal at schools that say they have no canteen, by pair."""
    if "meals" in facts.options.drop:
        return needs_meal & False
    canteen = facts.study.schools["canteen"].astype("boolean")
    without = (canteen == False).fillna(False).astype(bool)  # noqa: E712
    refused: Bools = without.reindex(schools).to_numpy(dtype=bool) & needs_meal
    return refused


def receiver_failures(facts: Facts) -> Iterator[str]:
    """Pupils go to schools of their county that may take them and can feed them."""
    moved, schools, options = facts.moved, facts.study.schools, facts.options
    if moved.empty:
        return
    to = pd.Index(moved["to_school"])
    refused = ~may_receive(facts).reindex(to).to_numpy(dtype=bool)
    if refused.any():
        yield tr("schools receive pupils that may not: {schools}", schools=joined(to[refused]))
    county = schools["county_code"]
    abroad = (county.reindex(moved["from_school"]).to_numpy() != county.reindex(to).to_numpy()) & (
        not options.across_counties
    )
    if abroad.any():
        yield tr(
            "pupils are sent into another county: {schools}",
            schools=joined(moved["from_school"][abroad]),
        )
    far = moved["metres_after"].to_numpy(dtype=float) > facts.study.standards.meal_distance_m
    needs = (moved["mode"] != "walk").to_numpy() | far
    hungry = meals_refused(facts, to, needs)
    if hungry.any():
        yield tr(
            "pupils who need a meal are sent to schools without a canteen: {schools}",
            schools=joined(to[hungry]),
        )
    if options.max_receivers is not None:
        spread = moved.groupby("from_school")["to_school"].nunique()
        wide = spread.index[spread > options.max_receivers]
        if len(wide):
            yield tr("schools are spread over too many receivers: {schools}", schools=joined(wide))
