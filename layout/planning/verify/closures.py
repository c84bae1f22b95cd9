"""Checks of the closures: number, protection, quotas, last schools, table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from layout.core.standards import COMPULSORY_GRADES, STAGES
from layout.core.text import tr
from layout.planning.verify.capacity import capacity_failures
from layout.planning.verify.dominance import dominance_failures
from layout.planning.verify.facts import Facts, joined, of_the_whole
from layout.planning.verify.reach import reach_failures
from layout.planning.verify.receivers import receiver_failures
from layout.planning.verify.values import added_minutes, objective_failures
from layout.planning.verify.walking import walking_failures

__all__ = ["closure_failures"]

TOLERANCE_MINUTES = 0.01
PRIMARY_TYPES = ("211", "218", "219")
RURAL = ("210", "220")


def closure_failures(facts: Facts) -> list[str]:
    """List every failure of the closures; the assignment must have passed its checks."""
    known = facts.plan.closures["school_id"]
    if known.duplicated().any():
        return [tr("schools close twice: {schools}", schools=joined(known[known.duplicated()]))]
    unknown = facts.closed - set(facts.study.schools.index)
    if unknown:
        return [tr("the study has no school {schools}", schools=joined(unknown))]
    # Schools beyond a county are in reach too, and may be of the same township.
    wider = of_the_whole(facts)
    return [
        *_number(facts),
        *_closable(facts),
        *_quotas(facts),
        *receiver_failures(facts),
        *capacity_failures(facts),
        *_township(wider),
        *reach_failures(wider),
        *objective_failures(facts),
        *_table(facts),
        *dominance_failures(facts),
        *walking_failures(facts),
    ]


def _number(facts: Facts) -> Iterator[str]:
    """As many schools close as were asked for, and as the run says."""
    run, count = facts.plan.run_of("closures"), len(facts.plan.closures)
    if run is None:
        if count:
            yield tr("schools close although no model ran")
        return
    programme = facts.study.programmes.closures
    asked = facts.options.close
    if asked is None and programme is not None:
        asked = programme.count
    if run.requested != asked:
        yield tr(
            "{told:closure was|closures were} asked for, not {asked}",
            told=asked,
            asked=run.requested,
        )
    if run.achieved != count:
        yield tr(
            "{count:school closes|schools close}, the run says {told}",
            count=count,
            told=run.achieved,
        )
    if run.status in ("proven", "gap") and count != run.requested:
        yield tr(
            "{count:school closes|schools close} instead of {asked}",
            count=count,
            asked=run.requested,
        )


def _closable(facts: Facts) -> Iterator[str]:
    """Only small, rural, public primary schools whose parents do not oppose; the user's lists."""
    schools = facts.study.schools.loc[sorted(facts.closed)]
    norms = facts.study.standards
    pupils = sum(schools[f"pupils_{grade}"] for grade in COMPULSORY_GRADES)
    rules = {
        tr("are no primary schools"): ~schools["type_code"].isin(PRIMARY_TYPES),
        tr("are not rural"): ~schools["urban_rural_code"].isin(RURAL),
        tr("are private"): schools["ownership"] == "private",
        tr("are not small"): pupils >= norms.small_school_pupils,
        tr("are kept by the scenario"): schools.index.isin(list(facts.options.keep)),
    }
    if "gates" not in facts.options.drop:
        opposed = schools["survey_opposed_share"] > norms.opposed_share
        rules[tr("have most parents against it")] = opposed
    for what, broken in rules.items():
        if np.any(broken):
            names = joined(schools.index[np.asarray(broken, dtype=bool)])
            yield tr("schools close that {what}: {schools}", what=what, schools=names)
    left = set(facts.options.must_close) - facts.closed
    if left:
        yield tr("schools stay open that must close: {schools}", schools=joined(left))


def _quotas(facts: Facts) -> Iterator[str]:
    """No more schools of a county or township close than its quota allows."""
    schools = facts.study.schools.loc[sorted(facts.closed)]
    for code, most in facts.options.quota:
        inside = (schools["county_code"] == code) | (schools["township_code"] == code)
        here = int(inside.sum())
        if here > most:
            yield tr(
                "{count:school closes|schools close} in {code}, where {most} may",
                count=here,
                code=code,
                most=most,
            )


def _township(facts: Facts) -> Iterator[str]:
    """Every township that has complete public primaries keeps one."""
    if "township" in facts.options.drop:
        return
    schools = facts.study.schools
    # Public schools with complete primaries: a type that has all six grades, and teaches them.
    complete = schools[
        schools["type_code"].isin(["211", "312", "345"])
        & (schools["ownership"] != "private")
        & facts.teaches.loc[schools.index, list(STAGES["primary"])].all(axis=1)
    ]
    for township, members in complete.groupby("township_code", sort=True):
        if set(members.index) <= facts.closed:
            yield tr("township {code} loses its last complete primary", code=township)


def _table(facts: Facts) -> Iterator[str]:
    """The closure table's numbers follow from the assignment."""
    moved = facts.moved
    # Minutes one way that each group gains, quickest way against quickest way, never below zero.
    moved = moved.assign(added=added_minutes(facts, moved))
    moved = moved.assign(meals=_meals(facts, moved))
    parts = dict(tuple(moved.groupby("from_school")))
    for row in pd.DataFrame(facts.plan.closures).to_dict("records"):
        part = parts.get(row["school_id"], moved.iloc[:0])
        wrong = _wrong_columns(facts, row, part)
        if wrong:
            yield tr(
                "the closure table is wrong for {school}: {columns}",
                school=row["school_id"],
                columns=", ".join(wrong),
            )


def _wrong_columns(facts: Facts, row: Mapping[Any, Any], part: pd.DataFrame) -> list[str]:
    """Columns of one row of the closure table that contradict the assignment."""
    school = facts.schools[str(row["school_id"])]
    moved = int(part["pupils"].sum())
    enrolled = sum(int(school[f"pupils_{grade}"]) for grade in COMPULSORY_GRADES)
    mean = float((part["added"] * part["pupils"]).sum()) / max(1, moved)
    most = float(part["added"].max()) if len(part) else 0.0
    programme = facts.study.programmes.closures
    years = () if programme is None else programme.years
    # By column: whether it follows from the rows. A dropped rule leaves its gate unjudged.
    right = {
        "pupils": int(row["pupils"]) == enrolled == moved,
        "receivers": set(filter(None, str(row["receivers"]).split(";"))) == set(part["to_school"]),
        "added_minutes_mean": abs(float(row["added_minutes_mean"]) - mean) <= TOLERANCE_MINUTES,
        "added_minutes_max": abs(float(row["added_minutes_max"]) - most) <= TOLERANCE_MINUTES,
        "share_over_limit": not facts.limited or float(row["share_over_limit"]) == 0.0,
        "gate_a": row["gate_a"] == _gate_a(facts, float(school["survey_opposed_share"])),
        "gate_b": not facts.limited or row["gate_b"] == "pass",
        "gate_c": not {"beds", "meals"}.isdisjoint(facts.options.drop)
        or row["gate_c"] == ("unknown" if part["meals"].isna().any() else "pass"),
        "gate_d": "places" in facts.options.drop or row["gate_d"] == "pass",
        "year": not years or int(row["year"]) in years,
    }
    return [column for column, holds in right.items() if not holds]


def _meals(facts: Facts, moved: pd.DataFrame) -> pd.Series:
    """Whether the school feeds a group that needs it; missing where no canteen is given."""
    canteen = facts.study.schools["canteen"].astype("boolean")
    answer = pd.Series(canteen.reindex(moved["to_school"]).array, index=moved.index)
    near = moved["metres_after"] <= facts.study.standards.meal_distance_m
    return answer.where(~((moved["mode"] == "walk") & near), other=True)


def _gate_a(facts: Facts, opposed: float) -> str:
    """What a survey says about gate (a)."""
    if np.isnan(opposed):
        return "unknown"
    return "fail" if opposed > facts.study.standards.opposed_share else "pass"
