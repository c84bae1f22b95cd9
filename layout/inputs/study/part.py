"""One county of a study as a study of its own: its schools, and all who go to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import UsageError
from layout.core.problems import problem
from layout.core.standards import AGE_OF_GRADE
from layout.core.text import tr
from layout.inputs.study.parts import ConsolidateOptions
from layout.inputs.study.study import BorderProgramme, Programmes, Study

__all__ = ["part_of", "whole_of"]

SITED = ("kindergarten", "compulsory")
"""Programmes of new sites, whose numbers are those of the whole study."""

NAMED = ("keep", "must_close", "forbid_receiver")
"""Levers that name schools."""


def part_of(study: Study, code: str, *, programmes: Collection[str] = ()) -> Study:
    """Return one county of a study, by the county of its schools.

    Parameters
    ----------
    study
        The whole study under its levers; with attendance, given or inferred.
    code
        Code of the county.
    programmes
        Programmes of new sites that are kept, ``kindergarten`` and ``compulsory``; their numbers
        are the county's already. Without, no site is chosen.

    Returns
    -------
    Study
        The schools of the county and the pupils who go to them. Settlements are all of the county,
        and those elsewhere whose pupils go to a school here, with these pupils alone. Pupils of the
        county who go to school elsewhere stand in the attendance as in no school of the study.
        Births are shared out by the youngest children; levers and quotas keep what is of the
        county. Roads and border line are those of the whole (``whole``), which also judges what
        looks beyond the county: the belt, and the last school within the limits of a settlement.

    Raises
    ------
    UsageError
        There is no such county, the study is a part already, or nobody is known to go to school.

    Notes
    -----
    With ``across_counties = False`` pupils of a closed school go to schools of its county, so that
    parts share nothing but the number of closures. Only where the last schools within the limits of
    a settlement lie in several counties and could all close is a part stricter than the whole: one
    of its own stays.
    """
    if code not in study.units.index:
        known = ", ".join(map(str, study.units.index))
        raise UsageError(
            tr("There is no county {code}; there are: {known}", code=code, known=known)
        )
    if study.whole is not None:
        raise UsageError(tr("{name} is one county of a study already", name=study.name))
    if study.attendance is None:
        raise UsageError(
            tr("a study is divided by who goes to which school; its attendance is to be inferred")
        )
    schools = study.schools[study.schools["county_code"] == code]
    name = str(study.units.at[code, "name"])
    here, own = study.attendance["school_id"].isin(schools.index), _lives(study, code)
    settlements = _settlements(study, code, study.attendance[here])
    left_out = [one for one in SITED if getattr(study.programmes, one) and one not in programmes]
    kept = study.config.get("programmes", {})
    return replace(
        study,
        name=f"{study.name} · {name}",
        scenario=f"{study.scenario} · {name}" if study.scenario else "",
        units=study.units.loc[[code]],
        whole=study,
        schools=schools,
        settlements=settlements,
        # Who goes to a school elsewhere goes to none of this study.
        attendance=_attendance(study.attendance, here, own),
        births=_births(study, settlements),
        programmes=_programmes(study, schools, left_out),
        options=_options(study.options, schools, code),
        warnings=(*study.warnings, problem("part-of-study", value=code, name=name)),
        config={
            **study.config,
            "part": code,
            "programmes": {one: kept[one] for one in kept if one not in left_out},
        },
    )


def whole_of(study: Study) -> Study | None:
    """Return the whole study of a part under its levers; None where it is no part.

    Parameters
    ----------
    study
        Any study; schools that levers of the whole name elsewhere stay named.
    """
    if study.whole is None:
        return None
    whole, here = study.whole, study.options
    changes: dict[str, Any] = {"quota": whole.options.quota}
    for name in NAMED:
        elsewhere = set(getattr(whole.options, name)) - set(study.schools.index)
        changes[name] = tuple(sorted({*getattr(here, name), *elsewhere}))
    return replace(whole, options=replace(here, **changes), standards=study.standards)


def _lives(study: Study, code: str) -> pd.Series:
    """Whether each row of the attendance is of children who live in the county."""
    assert study.attendance is not None
    homes = study.settlements.index[study.settlements["county_code"] == code]
    return study.attendance["settlement_id"].isin(homes)


def _attendance(attendance: pd.DataFrame, here: pd.Series, own: pd.Series) -> pd.DataFrame:
    """Rows of the schools here, and of the children here who go to none of them, added up."""
    rows = attendance[here | own]
    rows = rows.assign(school_id=rows["school_id"].where(here[here | own], ""))
    # Rows stay in their order; several schools elsewhere become one row.
    keys = ["settlement_id", "grade", "school_id"]
    return rows.groupby(keys, sort=False)["pupils"].sum().reset_index()


def _settlements(study: Study, code: str, rows: pd.DataFrame) -> gpd.GeoDataFrame:
    """Settlements of the county, and others with those of their children who go to school here."""
    table = study.settlements
    inside = (table["county_code"] == code).to_numpy(dtype=bool)
    table = table[inside | table.index.isin(rows["settlement_id"])].copy()
    others = table.index[table["county_code"] != code]
    ages = [column for column in table.columns if column.startswith("age_")]
    # Children by settlement and column of their age at the census.
    year = study.data_date.year - (study.data_date.month < 9)
    column = rows["grade"].map(
        {grade: f"age_{age - (year - study.children_year)}" for grade, age in AGE_OF_GRADE.items()}
    )
    counts = rows["pupils"].groupby([rows["settlement_id"], column]).sum().unstack(fill_value=0)
    table.loc[others, ages] = counts.reindex(index=others, columns=ages, fill_value=0).to_numpy()
    return table


def _births(study: Study, settlements: gpd.GeoDataFrame) -> dict[int, int]:
    """Births by year as the youngest children live, whole."""
    share = settlements["age_0"].sum() / max(1, study.settlements["age_0"].sum())
    return {year: int(np.rint(count * share)) for year, count in study.births.items()}


def _programmes(study: Study, schools: pd.DataFrame, left_out: list[str]) -> Programmes:
    """Programmes without those of new sites; the county retains the schools of its own list."""
    changes: dict[str, object] = dict.fromkeys(left_out)
    border: BorderProgramme | None = study.programmes.border
    if border is not None and border.retain == study.schools["border_flag"].sum():
        retain = int(schools["border_flag"].sum())
        changes["border"] = border.model_copy(update={"retain": retain})
    return study.programmes.model_copy(update=changes)


def _options(options: ConsolidateOptions, schools: pd.DataFrame, code: str) -> ConsolidateOptions:
    """Levers of the schools and codes that are of the county."""
    codes = {code, *schools["township_code"]}
    changes: dict[str, Any] = {
        name: tuple(one for one in getattr(options, name) if one in schools.index) for name in NAMED
    }
    quota = tuple(pair for pair in options.quota if pair[0] in codes)
    return replace(options, quota=quota, **changes)
