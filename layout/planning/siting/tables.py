"""From chosen sites to the tables of a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.text import Sentence, sentence
from layout.inputs.study.study import SiteProgramme, Study
from layout.inputs.study.townships import township_names
from layout.location import LevelResult, ModularChoice
from layout.planning import schema
from layout.planning.contract import SERVED, SITES, LevelRun, ModelRun, empty

__all__ = [
    "STAGE_PREFIX",
    "WAYS",
    "model_run",
    "served_table",
    "site_table",
]

WAYS = ["demand", "site", "cost", "mode", "minutes", "metres"]
"""Columns of the routes to sites: who may be served where, at which cost, and how."""

STAGE_PREFIX: Mapping[str, str] = {"preschool": "K", "primary": "P", "junior": "J"}
"""First letter of a new site's id, by stage: for readers, nothing reads it back."""


def site_table(study: Study, table: pd.DataFrame, *, programme: str, year: int) -> pd.DataFrame:
    """Describe chosen sites in the columns of a plan.

    Parameters
    ----------
    study
        The study.
    table
        Columns stage, settlement_id (of a new site, else ""), school_id (of an expansion, else
        ""), classes, places, pupils_served, reason, pupils_lost, and runner_up and
        runner_up_loss where these are worked out.
    programme, year
        Name and year of the programme.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.SITES`; new sites first, numbered by stage, county and
        settlement, then expansions under the school's own id. The index holds the labels of
        `table`.
    """
    # New sites take name, county and position of their settlement, expansions those of the school.
    new = table["school_id"] == ""
    rows = pd.concat(
        [
            _located(table[new].assign(kind="new"), study.settlements, "settlement_id"),
            _located(table[~new].assign(kind="expansion"), study.schools, "school_id"),
        ]
    ).sort_values(
        ["kind", "stage", "county_code", "settlement_id", "school_id"],
        ascending=[False, True, True, True, True],
    )
    # New sites are numbered within their stage; an expansion goes by its school's id.
    new = rows["kind"] == "new"
    number = rows.groupby(["kind", "stage"]).cumcount() + 1
    padded = number.astype("str").str.zfill(3)
    label = rows["stage"].map(STAGE_PREFIX).astype("str") + "-" + padded
    rows["site_id"] = label.where(new, rows["school_id"])
    names: list[object] = [
        _new_name(name, stage) if kind == "new" else name
        for kind, stage, name in zip(rows["kind"], rows["stage"], rows["name"], strict=True)
    ]
    rows["name"] = pd.Series(names, index=rows.index, dtype="object")
    names_of = township_names(study)
    rows["township"] = [names_of.get(str(code), "") for code in rows["township_code"]]
    rows = rows.assign(programme=programme, year=year)
    # Nothing takes the place of an expansion, and nothing may take that of a new site.
    for column, blank in (("runner_up", ""), ("runner_up_loss", np.nan)):
        rows[column] = rows[column].fillna(blank) if column in rows else blank
    whole = ("year", "classes", "places", "pupils_served", "pupils_lost")
    return rows.astype(dict.fromkeys(whole, "int64"))[list(SITES)]


def served_table(
    flows: pd.DataFrame, ways: pd.DataFrame, site_ids: pd.Series, groups: pd.DataFrame
) -> pd.DataFrame:
    """Say whom the sites serve, in the columns of a plan.

    Parameters
    ----------
    flows
        Columns demand, site, amount.
    ways
        Routes of the pairs in use: demand, site, mode, minutes, metres.
    site_ids
        Identifier in the plan by site label of `flows`.
    groups
        By demand label: columns programme, settlement_id, band and from_school.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.SERVED`.
    """
    if flows.empty:
        return empty(SERVED)
    table = flows.merge(ways, on=["demand", "site"], how="left").join(groups, on="demand")
    table["site_id"] = site_ids.reindex(table["site"]).to_numpy()
    table = table.rename(columns={"amount": "pupils"}).astype({"pupils": "int64"})
    order = list(schema.TABLES["served"].order)
    return table.sort_values(order, ignore_index=True)[list(SERVED)]


def _located(rows: pd.DataFrame, places: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    # One row of the layer for each site, in the order of the sites; positions in WGS 84.
    at = places.loc[rows[key]]
    return rows.assign(
        name=at["name"].to_numpy(),
        county_code=at["county_code"].to_numpy(),
        township_code=at["township_code"].to_numpy(),
        lon=at.geometry.x.to_numpy(),
        lat=at.geometry.y.to_numpy(),
    )


def _new_name(place: str, stage: str) -> Sentence:
    if stage == "preschool":
        return sentence("{place} kindergarten (new)", place=place)
    if stage == "primary":
        return sentence("{place} primary school (new)", place=place)
    return sentence("{place} junior school (new)", place=place)


def model_run(
    programme: SiteProgramme,
    model: str,
    answer: ModularChoice,
    sites: pd.DataFrame,
    *,
    covered: int,
    scale: Mapping[str, float] | None = None,
) -> ModelRun:
    """Say what a programme's model reached and proved.

    The objective is the first level that is not proven, or the leading one where all are.

    Parameters
    ----------
    programme, model, answer, sites
        What was asked, the model's name, its answer and the sites in the plan.
    covered
        What is covered, counted from the finished tables, not taken from the model.
    scale
        What one unit of a level counts in the plan, by level; 1 where not given.
    """
    levels = [
        _counted(level, covered) if level.name == "covered" else level for level in answer.levels
    ]
    runs = tuple(_level_run(level, (scale or {}).get(level.name, 1.0)) for level in levels)
    # The first level that is not proven decides what is said of the whole.
    unproven = (at for at, level in enumerate(runs) if level.status != "proven")
    settled = next(unproven, len(runs))
    leading = runs[settled if settled < len(runs) else 0]
    known = math.isfinite(leading.bound)
    detail = {level.level: level.objective for level in runs}
    # Bounds of the levels that are still open, by the level's name.
    detail |= {
        f"{level.level}_bound": level.bound
        for level in runs
        if level.status != "proven" and math.isfinite(level.bound)
    }
    # Levels are settled in order: what comes after the first open one is below it.
    detail["levels_proven"] = float(settled)
    return ModelRun(
        model=model,
        requested=programme.sites,
        achieved=int((sites["kind"] == "new").sum()),
        objective=leading.objective,
        bound=leading.bound if known else None,
        gap=leading.gap if known else None,
        status=leading.status,
        detail=detail,
        levels=runs,
    )


def _level_run(level: LevelResult, scale: float) -> LevelRun:
    """What was proved of a level; a proven one has its objective as its bound."""
    value = level.objective * scale
    bound = value if level.status == "proven" else level.bound * scale
    return LevelRun(
        level=level.name,
        objective=value,
        bound=bound,
        gap=abs(value - bound) / max(1.0, abs(value)),
        status=level.status,
    )


def _counted(level: LevelResult, covered: int) -> LevelResult:
    # Children are whole: a bound less than one above the count proves it.
    proven = level.status == "proven" and level.bound - covered < 1.0
    return replace(level, objective=float(covered), status="proven" if proven else "gap")
