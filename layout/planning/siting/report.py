"""From chosen sites to the tables and the sentences that a planner reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from layout.core.text import Sentence, sentence
from layout.inputs.study.study import SiteProgramme, Study
from layout.location import LevelResult, ModularChoice
from layout.planning import schema
from layout.planning.contract import SERVED, SITES, LevelRun, ModelRun, empty
from layout.planning.siting.ceilings import Reading
from layout.planning.siting.compulsory import Overflow
from layout.planning.siting.kindergarten import Need, outlook

__all__ = [
    "STAGE_PREFIX",
    "compulsory_notes",
    "kindergarten_notes",
    "model_run",
    "served_table",
    "site_table",
]

STAGE_PREFIX: Mapping[str, str] = {"preschool": "K", "primary": "P", "junior": "J"}
"""First letter of a new site's id, by stage: for readers, nothing reads it back."""

OUTLOOK_UNTIL = 2030


def site_table(study: Study, table: pd.DataFrame, *, programme: str) -> pd.DataFrame:
    """Describe chosen sites in the columns of a plan.

    Parameters
    ----------
    study
        The study.
    table
        Columns stage, settlement_id (of a new site, else ""), school_id (of an expansion, else
        ""), classes, places, pupils_served.
    programme
        Name of the programme.

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
    label = rows["stage"].map(STAGE_PREFIX) + "-" + number.map("{:03d}".format)
    rows["site_id"] = label.where(new, rows["school_id"])
    names: list[object] = [
        _new_name(name, stage) if kind == "new" else name
        for kind, stage, name in zip(rows["kind"], rows["stage"], rows["name"], strict=True)
    ]
    rows["name"] = pd.Series(names, index=rows.index, dtype="object")
    rows["programme"] = programme
    whole = {"classes": "int64", "places": "int64", "pupils_served": "int64"}
    return rows.astype(whole)[list(SITES)]


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


def kindergarten_notes(
    study: Study, programme: SiteProgramme, read: Reading, need: Need, sites: pd.DataFrame
) -> tuple[Sentence, ...]:
    """Say how the kindergarten numbers were read, what they reach and what comes after."""
    norms, left = study.standards, int(need.left.sum())
    served = int(sites["pupils_served"].sum())
    notes = []
    if read.with_expansions and read.classes is not None:
        notes += _conflict(study, read, read.classes, sites)
    planned = int(sites["places"].sum())
    if programme.places and programme.places != planned:
        notes.append(
            sentence(
                "The programme names {asked} kindergarten places; at {size} a class the plan has "
                "{planned}.",
                asked=programme.places,
                size=norms.class_size_preschool,
                planned=planned,
            )
        )
    notes.append(
        sentence(
            "Kindergartens in {year}: {children} children want a place, {left} of them find none "
            "within reach today; the programme serves {served} of these, {rest} stay without.",
            year=programme.year,
            children=int(need.demand.sum()),
            left=left,
            served=served,
            rest=left - served,
        )
    )
    if planned > served:
        notes.append(
            sentence(
                "{idle} of the {planned} new kindergarten places find no child within reach who "
                "has none; their classes stand in the counties with most children left over.",
                idle=planned - served,
                planned=planned,
            )
        )
    notes += _idle(sites, sentence("kindergarten"))
    notes += _outlook(study, programme, int(need.places.sum()) + planned)
    return tuple(notes)


def _conflict(study: Study, read: Reading, classes: int, sites: pd.DataFrame) -> list[Sentence]:
    size, most = study.standards.class_size_preschool, read.most
    new, added = sites[sites["kind"] == "new"], sites[sites["kind"] == "expansion"]
    # Classes of one site if the ceiling did not hold.
    giant = -(-classes // read.sites)
    return [
        sentence(
            "{classes} classes in {sites} new kindergartens are {mean} classes and {children} "
            "children each; the norm's ceiling is {most} classes and {ceiling} children. Within "
            "the ceiling the classes need at least {least} kindergartens.",
            classes=classes,
            sites=read.sites,
            mean=f"{classes / read.sites:.1f}",
            children=round(classes * size / read.sites),
            most=most,
            ceiling=study.standards.kindergarten_max_children,
            least=-(-classes // most),
        ),
        sentence(
            "Reading used: {sites} new kindergartens of at most {most} classes with {new_classes} "
            "classes together, and {added_classes} classes added at {schools} existing public "
            "kindergartens under the same ceiling: {classes} classes and {places} places.",
            sites=len(new),
            most=most,
            new_classes=int(new["classes"].sum()),
            added_classes=int(added["classes"].sum()),
            schools=len(added),
            classes=int(sites["classes"].sum()),
            places=int(sites["places"].sum()),
        ),
        sentence(
            "Other readings: {sites} new kindergartens of up to {giant} classes ({giant_children} "
            "children) if the ceiling were relaxed; or {least} new kindergartens within the "
            "ceiling and no expansions.",
            sites=read.sites,
            giant=giant,
            giant_children=giant * size,
            least=-(-classes // most),
        ),
    ]


def _idle(sites: pd.DataFrame, word: Sentence) -> list[Sentence]:
    # New sites without anybody to serve.
    idle = sites[(sites["kind"] == "new") & (sites["pupils_served"] == 0)]
    if idle.empty:
        return []
    return [
        sentence(
            "{count} new sites ({word}) serve nobody whom existing places leave over; they are "
            "built because the programme asks for them: {names}.",
            count=len(idle),
            word=word,
            names=idle["site_id"],
        )
    ]


def _outlook(study: Study, programme: SiteProgramme, places: int) -> list[Sentence]:
    """Places against children by year; one year alone has no outlook."""
    table = outlook(study, programme.year, places, OUTLOOK_UNTIL)
    if len(table) < 2:
        return []
    years = "; ".join(
        f"{year}: {row.children} / {row.places} ({row.surplus:+d})"
        for year, row in zip(table.index, table.itertuples(index=False), strict=True)
    )
    return [
        sentence(
            "Children of kindergarten age who want a place / places existing and new (surplus) by "
            "year: {years}.",
            years=years,
        )
    ]


def compulsory_notes(
    study: Study, programme: SiteProgramme, over: Overflow, sites: pd.DataFrame
) -> tuple[Sentence, ...]:
    """Say where pupils outnumber class places and what the new schools relieve."""
    total, served = int(over.pools["over"].sum()), int(sites["pupils_served"].sum())
    note = sentence(
        "Compulsory schools in {year}: {total} pupils over the class places of {schools} schools; "
        "{primary} new primary and {junior} new junior schools take {served} of them, {rest} stay.",
        year=programme.year,
        total=total,
        schools=over.pools["school_id"].nunique(),
        primary=int((sites["stage"] == "primary").sum()),
        junior=int((sites["stage"] == "junior").sum()),
        served=served,
        rest=total - served,
    )
    return (note, *_idle(sites, sentence("compulsory school")))
