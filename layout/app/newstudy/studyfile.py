"""The study file of a new study: its programmes, with numbers that can be met."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from layout.app.newstudy.met import CLASSES_A_SITE, Numbers
from layout.core.standards import COMPULSORY_GRADES, RURAL_CODES, Standards
from layout.core.text import tr
from layout.inputs.datum import to_metres
from layout.planning.consolidation.candidates import CANDIDATE_TYPES

__all__ = ["Asked", "Parts", "may_close", "number_notes", "study_text"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the maker of a study chose.

    Attributes
    ----------
    name, language
        Of the study.
    crs
        Projected system in metres.
    year
        Of the data date.
    roads
        Path of the road file in the study's folder.
    width_m
        Of the border belt.
    small_school_pupils
        Override of the norm, or None.
    """

    name: str
    language: str
    crs: str
    year: int
    roads: str
    width_m: float
    small_school_pupils: int | None


class Parts(NamedTuple):
    """What the source holds, as far as a study needs it; EPSG:4326."""

    units: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    border: gpd.GeoDataFrame
    people: pd.DataFrame
    notes: tuple[str, ...]


def may_close(parts: Parts, asked: Asked) -> int:
    """Count the small public primary schools in the country outside the belt.

    Parameters
    ----------
    parts
        What the study holds.
    asked
        The belt and what a small school is.
    """
    schools = parts.schools
    small = asked.small_school_pupils or Standards().small_school_pupils
    pupils = schools[[f"pupils_{grade}" for grade in COMPULSORY_GRADES]].sum(axis=1)
    may = (
        schools["type_code"].isin(CANDIDATE_TYPES)
        & schools["urban_rural_code"].isin(RURAL_CODES)
        & (schools["ownership"] != "private")
        & (pupils < small)
    )
    return int((may & ~_near_border(parts, asked)).sum())


def number_notes(wanted: Numbers, numbers: Numbers, possible: int) -> list[str]:
    """Say which numbers are smaller than those wanted, and why.

    Parameters
    ----------
    wanted, numbers
        What was asked for, and what can be met.
    possible
        How many schools may close at all.
    """
    notes = []
    if possible < wanted.close:
        notes.append(
            tr(
                "Small rural schools outside the border belt: {count}. So many are to "
                "close in the programme, not {asked}.",
                count=possible,
                asked=wanted.close,
            )
        )
    if numbers.close < min(possible, wanted.close):
        notes.append(
            tr(
                "At most {count:small school|small schools} can close under all rules: so many "
                "are to close in "
                "the programme, not {asked}.",
                count=numbers.close,
                asked=wanted.close,
            )
        )
    if numbers.kindergartens < wanted.kindergartens:
        notes.append(
            tr(
                "There is room for {count:new kindergarten|new kindergartens}: so many are in "
                "the programme, not "
                "{asked}.",
                count=numbers.kindergartens,
                asked=wanted.kindergartens,
            )
        )
    return notes


def _near_border(parts: Parts, asked: Asked) -> pd.Series[bool]:
    """Mark the schools within the belt's width of the border; none where it has no width."""
    if parts.border.empty or asked.width_m <= 0:
        return pd.Series(False, index=parts.schools.index)
    line = to_metres(parts.border.geometry, asked.crs).union_all()
    near: pd.Series[bool] = (
        to_metres(parts.schools.geometry, asked.crs).distance(line) <= asked.width_m
    )
    return near


def _programmes(parts: Parts, asked: Asked, numbers: Numbers) -> str:
    """Write the programmes' part of the study file."""
    lines = [
        "[programmes.closures]",
        f"count = {numbers.close}",
        f"complete_by = {date(asked.year + 2, 8, 31).isoformat()}",
        f"years = [{asked.year + 1}, {asked.year + 2}]",
    ]
    if numbers.kindergartens:
        classes = CLASSES_A_SITE * numbers.kindergartens
        lines += [
            "",
            "[programmes.kindergarten]",
            f"sites = {numbers.kindergartens}",
            f"classes = {classes}",
            f"places = {classes * Standards().class_size_preschool}",
            f"year = {asked.year + 2}",
        ]
    if not parts.border.empty:
        inside = _near_border(parts, asked) & (parts.schools["type_code"] != "111")
        units = sorted(parts.units["county_code"])
        lines += [
            "",
            "[programmes.border]",
            f"retain = {int(inside.sum())}",
            f"width_m = {asked.width_m:g}",
            f"units = {json.dumps(units)}",
        ]
    return "\n".join(lines)


def study_text(parts: Parts, asked: Asked, numbers: Numbers) -> str:
    """Write the study file; JSON's way of writing text is valid in TOML.

    Parameters
    ----------
    parts
        What the study holds.
    asked
        What its maker chose.
    numbers
        Of its programmes.
    """
    births = int(parts.settlements["age_0"].sum())

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    comments = [
        tr("Places, schools and roads: OpenStreetMap. Children and attendance: modelled."),
        *parts.notes,
    ]
    credit = tr("© OpenStreetMap contributors (ODbL); numbers of children and pupils modelled")
    lines = [
        "\n".join(f"# {comment}" for comment in comments),
        "[study]",
        f"name = {quoted(asked.name)}",
        f"crs = {quoted(asked.crs)}",
        f"data_date = {asked.year}-09-01",
        f"children_year = {asked.year}",
        'provenance = "modelled"',
        f"language = {quoted(asked.language)}",
        f"credit = {quoted(credit)}",
        "",
        "[inputs]",
        'units = "boundaries/units.gpkg|units"',
        *(['border = "boundaries/border.gpkg|border"'] if len(parts.border) else []),
        'settlements = "settlements/settlements.csv"',
        'schools = "schools/schools.csv"',
        'attendance = "schools/attendance.csv"',
        f"roads = {quoted(asked.roads)}",
        "",
        _programmes(parts, asked, numbers),
        "",
        "[demography]",
        f"births = {{ {', '.join(f'{asked.year + later} = {births}' for later in range(1, 4))} }}",
    ]
    if asked.small_school_pupils is not None:
        lines += ["", "[standards]", f"small_school_pupils = {asked.small_school_pupils}"]
    return "\n".join(lines) + "\n"
