"""Doubts about whole tables: what one of them lacks that another has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.parse import GROUPED
from layout.inputs.tables.rowwise import row_problems

__all__ = [
    "area_problems",
    "birth_problems",
    "code_problems",
    "county_problems",
    "flag_problems",
    "township_problems",
]

LEAST_M2 = {"site_area_m2": 10, "floor_area_m2": 10, "dormitory_area_m2": 0}
"""Smaller grounds and buildings of a school are slips; a dormitory may be a room."""

BIRTHS_OFF = 3
"""Births are doubted that are this many times more or fewer than the children of one age."""

_DECIMALS = r"[0-9]{4,}\.[0-9]+"


def area_problems(schools: pd.DataFrame, raw: pd.DataFrame) -> list[Problem]:
    """List areas of schools under 10 m², and those whose point may separate thousands.

    Parameters
    ----------
    schools
        Typed table; index = row in the file.
    raw
        The same as written.

    Returns
    -------
    list of Problem
        A warning for each cell.
    """
    problems: list[Problem] = []
    for name, least in LEAST_M2.items():
        if name not in raw.columns:
            continue
        table = schools.assign(written=raw[name].astype("str").str.strip())
        # A point behind four digits is one of decimals, and then so is every other.
        grouped = table["written"].str.fullmatch(GROUPED) & (table[name] > 0)
        grouped &= not table["written"].str.fullmatch(_DECIMALS).any()
        small = (table[name] > 0) & (table[name] < least) & ~grouped
        thousands = partial(problem, "small-area:thousands", column=name)
        problems += row_problems(table[grouped], thousands, value="written")
        problems += row_problems(
            table[small], partial(problem, "small-area", column=name), value="written"
        )
    return problems


def county_problems(table: pd.DataFrame, units: pd.DataFrame, *, name: str) -> list[Problem]:
    """List counties without a row in a table.

    Parameters
    ----------
    table
        Typed settlements or schools, column ``county_code``.
    units
        Counties by code, with their names.
    name
        Which of the two tables.

    Returns
    -------
    list of Problem
        A warning for each county.
    """
    told = partial(problem, "county-without-settlements")
    if name == "schools":
        told = partial(problem, "county-without-schools")
    lacking = units[~units.index.isin(table["county_code"])]
    return [
        told(column="county_code", value=f"{code} {county}".strip())
        for code, county in lacking["name"].items()
    ]


def township_problems(schools: pd.DataFrame, settlements: pd.DataFrame) -> list[Problem]:
    """List townships that have schools but no settlement.

    Parameters
    ----------
    schools, settlements
        Typed tables, columns ``township_code`` and ``county_code``; index = row in the file.

    Returns
    -------
    list of Problem
        A warning for each township at its first school.
    """
    # A county without any settlement has a warning of its own.
    lost = schools[
        ~schools["township_code"].isin(settlements["township_code"])
        & schools["county_code"].isin(settlements["county_code"])
    ]
    return [
        problem(
            "township-without-settlements",
            row=rows.index[0],
            column="township_code",
            value=code,
            count=len(rows),
        )
        for code, rows in lost.groupby("township_code")
    ]


def code_problems(table: pd.DataFrame, counties: Iterable[str]) -> list[Problem]:
    """Doubt codes of townships that are not formed as most are: the county's six digits, then more.

    Parameters
    ----------
    table
        Typed settlements or schools, columns ``township_code`` and ``county_code``; index = row in
        the file.
    counties
        Codes of the study's counties; rows of another one have an error of their own.

    Returns
    -------
    list of Problem
        At most one warning, at the first of these rows; none where most codes have another form.
    """
    table = table[table["county_code"].isin(list(counties))]
    codes, county = table["township_code"], table["county_code"]
    formed = codes.str.fullmatch("[0-9]{7,}") & county.str.fullmatch("[0-9]{6}")
    formed &= codes.str.slice(0, 6) == county
    # Most codes have one length, as nine digits.
    length = codes[formed].str.len().mode()
    formed &= codes.str.len().isin(length[:1])
    if formed.all() or 2 * formed.sum() < len(formed):
        return []
    other = codes[~formed]
    return [
        problem(
            "township-form",
            row=other.index[0],
            column="township_code",
            value=other.iloc[0],
            count=len(other),
            usual=codes[formed].iloc[0],
        )
    ]


def birth_problems(
    settlements: pd.DataFrame, births: Mapping[int, float], *, file: str
) -> list[Problem]:
    """Doubt births that do not fit the youngest children, as where they are counted in thousands.

    Parameters
    ----------
    settlements
        Typed table, columns ``age_0`` to ``age_2``.
    births
        By calendar year; the first one is looked at.
    file
        Name of the study file, for the problem.

    Returns
    -------
    list of Problem
        At most one warning.
    """
    children = float(settlements[["age_0", "age_1", "age_2"]].to_numpy().sum()) / 3
    if not births or not children:
        return []
    year = min(births)
    if children <= BIRTHS_OFF * births[year] and births[year] <= BIRTHS_OFF * children:
        return []
    return [
        problem(
            "births-doubt",
            file=file,
            column="demography.births",
            value=f"{births[year]:g}",
            year=year,
            children=f"{children:,.0f}",
        )
    ]


def flag_problems(
    schools: pd.DataFrame, *, retain: int, units: Iterable[str], file: str
) -> list[Problem]:
    """Doubt a border programme that retains another number of schools than are flagged.

    Parameters
    ----------
    schools
        Typed table, columns ``border_flag`` and ``county_code``.
    retain, units
        The programme's number of schools, and the counties that it names.
    file
        Name of the study file, for the problem.

    Returns
    -------
    list of Problem
        At most one warning.
    """
    flagged = int(schools["border_flag"].sum())
    if flagged == retain:
        return []
    return [
        problem(
            "border-flags",
            file=file,
            column="programmes.border.retain",
            value=retain,
            flagged=flagged,
            counties=", ".join(units),
        )
    ]
