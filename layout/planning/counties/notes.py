"""Large classes and coverage in words: the city before and after, what is missed by county."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from layout.core.standards import BANDS, STAGES
from layout.core.text import Sentence, marked, sentence
from layout.demand.demography import children, school_year
from layout.inputs.study.study import Study
from layout.planning.contract import PlanTables
from layout.planning.counties.classes import grown_schools, large_classes, pupils_by_grade
from layout.planning.siting.compulsory.growing import room_to_grow
from layout.planning.siting.compulsory.pupils import SITED_STAGES

__all__ = ["COUNTY_NOTES", "county_notes"]

_CITY = marked(
    "Classes of {line} pupils or more: {before} of {classes_before} today ({share_before}), "
    "{after} of {classes_after} under the plan ({share_after}); the norm asks for at most {asked}."
)
_MISSED = marked(
    "Counties with more classes of {line} pupils or more than {asked}, and the classes that would "
    "cure all of these: {counties}."
)
_ROOM = marked(
    "Adding classes at {count:existing school|existing schools} ({classes:class|classes}: "
    "{counties}) would bring the classes of {line} pupils or more to {share}; fewer schools "
    "would not, if nobody moves."
)
_NO_ROOM = marked(
    "All {count:existing school|existing schools} that may grow under the ceilings "
    "({classes:class|classes}) would bring the classes of {line} pupils or more to {share}; "
    "the rest is cured by new schools alone."
)
_NO_SCHOOL = marked(
    "No existing school that may grow under the ceilings has classes of {line} pupils or more; "
    "the rest is cured by new schools alone."
)
_COVERAGE = marked(
    "Children within the limit of a school of their grades, today and under the plan: {bands}."
)
_BEYOND = marked(
    "Children of grades {grades} beyond the limits under the plan: {counties}; classes nearer to "
    "them would cure it."
)
_BEYOND_OLDER = marked(
    "Children of grades {grades} beyond the limits under the plan: {counties}; beds at their "
    "schools would cure it, or classes nearer to them."
)
COUNTY_NOTES = frozenset(
    {_CITY, _MISSED, _ROOM, _NO_ROOM, _NO_SCHOOL, _COVERAGE, _BEYOND, _BEYOND_OLDER}
)
"""Messages of these notes, all of which every plan with compulsory sites says anew."""

_BAND_COLUMNS = {"1-3": "coverage_1_3", "4-6": "coverage_4_6", "7-9": "coverage_junior"}


def county_notes(plan: PlanTables) -> tuple[Sentence, ...]:
    """Say what became of large classes and of coverage, where compulsory schools were sited.

    Parameters
    ----------
    plan
        With its county table.

    Returns
    -------
    tuple of Sentence
        None where the plan has no compulsory programme.
    """
    if plan.run_of("compulsory") is None or plan.counties.empty:
        return ()
    norms = plan.study.standards
    notes = [
        _city(plan, "large_classes", norms.large_class, norms.large_class_share),
        _city(plan, "super_large_classes", norms.super_large_class, norms.super_large_class_share),
        *_missed(plan),
        *_room(plan),
        *_coverage(plan),
    ]
    return tuple(notes)


def _city(plan: PlanTables, measure: str, line: int, asked: float) -> Sentence:
    """Classes over a line in the whole city, before and after, against the norm's share."""
    total = plan.counties[
        [f"{name}_{when}" for name in (measure, "classes") for when in ("before", "after")]
    ].sum()
    values: dict[str, object] = {"line": line, "asked": f"{asked:.1%}"}
    for when in ("before", "after"):
        some, all_of = int(total[f"{measure}_{when}"]), int(total[f"classes_{when}"])
        values[when], values[f"classes_{when}"] = some, all_of
        values[f"share_{when}"] = f"{some / max(1, all_of):.1%}"
    return sentence(_CITY, **values)


def _missed(plan: PlanTables) -> Iterator[Sentence]:
    """Counties over the norm's share, with the classes that would cure all large ones."""
    norms, study = plan.study.standards, plan.study
    more = _classes_needed(grown_schools(study, plan), pupils_by_grade(study, plan))
    county = study.schools["county_code"]
    needed, schools = more.groupby(county).sum(), (more > 0).groupby(county).sum()
    table = plan.counties
    codes = table["county_code"]
    share = table["large_classes_after"] / table["classes_after"].clip(lower=1)
    rows = zip(
        *(table["name"], table["large_classes_after"], table["classes_after"], share),
        *(one.reindex(codes, fill_value=0) for one in (needed, schools)),
        strict=True,
    )
    named = [
        sentence(
            "{county} {large} of {classes} = {share} ({more:more class|more classes} at "
            "{schools:school|schools})",
            county=name,
            large=large,
            classes=classes,
            share=f"{part:.1%}",
            more=int(lacking),
            schools=int(at),
        )
        for name, large, classes, part, lacking, at in rows
        if part > norms.large_class_share
    ]
    if named:
        asked = f"{norms.large_class_share:.1%}"
        yield sentence(_MISSED, line=norms.large_class, asked=asked, counties=named)


def _classes_needed(study: Study, pupils: pd.DataFrame) -> pd.Series:
    """Classes that each school lacks so that none is large: grade by grade, by school_id."""
    most, schools = study.standards.large_class - 1, study.schools
    need = pd.Series(0, index=schools.index)
    alone = pd.Series(0, index=schools.index)
    for grade in pupils.columns:
        size, classes = pupils[grade], schools[f"classes_{grade}"]
        need += (-(-size // most) - classes).clip(lower=0).where(classes > 0, 0)
        alone += size.where((classes == 0) & (grade in STAGES["primary"]), 0)
    # Grades without classes of their own share the multigrade ones.
    mixed = schools["classes_mixed"]
    result: pd.Series = need + (-(-alone // most) - mixed).clip(lower=0).where(mixed > 0, 0)
    return result


def _room(plan: PlanTables) -> Iterator[Sentence]:
    """The fewest schools whose growth brings large classes to the norm, if nobody moves."""
    norms, table = plan.study.standards, plan.counties
    share = norms.large_class_share
    large, classes = (int(table[f"{name}_after"].sum()) for name in ("large_classes", "classes"))
    if large <= share * classes:
        return
    # What a school cures, and the classes it adds, count towards the share: the best come first,
    # and as no school bears on another, no other set of so many does more.
    cures = _cures(plan)
    if cures.empty:
        yield sentence(_NO_SCHOOL, line=norms.large_class)
        return
    worth = cures["cured"] + share * cures["added"]
    cures = cures.loc[worth[worth > 0].sort_values(ascending=False, kind="stable").index]
    left = large - cures["cured"].cumsum() - share * (classes + cures["added"].cumsum())
    enough = np.flatnonzero(left.to_numpy() <= 1e-9)
    used = cures.iloc[: enough[0] + 1] if enough.size else cures
    ids = used.index.get_level_values("school_id")
    counted = plan.study.schools["county_code"].reindex(ids).value_counts().sort_index()
    names = zip(plan.study.units["name"].reindex(counted.index), counted, strict=True)
    after = (large - used["cured"].sum()) / max(1, classes + used["added"].sum())
    yield sentence(
        _ROOM if enough.size else _NO_ROOM,
        count=len(used),
        classes=int(used["added"].sum()),
        counties=[f"{name} {count}" for name, count in names],
        line=norms.large_class,
        share=f"{after:.1%}",
    )


def _cures(plan: PlanTables) -> pd.DataFrame:
    """Large classes that a school cures by growing, and the fewest classes for as many.

    Index school_id and stage, of each school the stage that cures more; columns cured, added.
    """
    study = grown_schools(plan.study, plan)
    pupils, line = pupils_by_grade(plan.study, plan), study.standards.large_class
    room = room_to_grow(study, plan.closed)
    now = large_classes(study, pupils, line=line)
    rows = []
    for stage in SITED_STAGES:
        grades = [f"classes_{grade}" for grade in STAGES[stage]]
        for step in range(1, int(room[stage].max()) + 1 if len(room) else 1):
            mine = room.index[room[stage] >= step]
            schools = study.schools.loc[mine].copy()
            schools[grades] += step
            then = large_classes(replace(study, schools=schools), pupils.loc[mine], line=line)
            cured = now.loc[mine] - then
            rows.append(pd.DataFrame({"stage": stage, "cured": cured, "added": step * len(grades)}))
    if not rows:
        return pd.DataFrame({"cured": [], "added": []})
    table = pd.concat(rows).rename_axis("school_id").reset_index()
    table = table[table["cured"] > 0].sort_values(
        ["school_id", "cured", "added", "stage"], ascending=[True, False, True, True]
    )
    return table.drop_duplicates("school_id").set_index(["school_id", "stage"])


def _coverage(plan: PlanTables) -> Iterator[Sentence]:
    """The city's coverage by band, and the children beyond the limits by county."""
    study, table = plan.study, plan.counties.set_index("county_code")
    counts = children(study, school_year(study)).groupby(study.settlements["county_code"]).sum()
    bands, beyond = [], []
    for band, column in _BAND_COLUMNS.items():
        size = counts[list(BANDS[band])].sum(axis=1).reindex(table.index)
        shares = [
            float((table[f"{column}_{when}"].fillna(0) * size).sum() / max(1, size.sum()))
            for when in ("before", "after")
        ]
        bands.append(
            sentence(
                "grades {grades} {before} → {after}",
                grades=band,
                before=f"{shares[0]:.1%}",
                after=f"{shares[1]:.1%}",
            )
        )
        out = ((1 - table[f"{column}_after"]) * size).fillna(0).round().astype("int64")
        out = out[out > 0]
        if len(out):
            at = zip(table["name"].reindex(out.index), out, strict=True)
            beyond.append((band, [f"{name} {count}" for name, count in at]))
    yield sentence(_COVERAGE, bands=bands)
    for band, names in beyond:
        # Bands are named by their grades; the young do not board.
        young = int(band.partition("-")[0]) < study.standards.boarding_from_grade
        yield sentence(_BEYOND if young else _BEYOND_OLDER, grades=band, counties=names)
