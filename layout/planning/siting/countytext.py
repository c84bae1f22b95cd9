"""The kindergarten layout plan of a county in words: what it has, gets, and still misses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

import pandas as pd

from layout.core.text import Sentence, sentence
from layout.inputs.study.townships import township_names
from layout.planning.contract import PlanTables

__all__ = ["explain_county"]


def explain_county(plan: PlanTables, county_code: str) -> tuple[Sentence, ...]:
    """Say what a county's kindergartens have, get and still miss, from the plan's tables alone.

    Parameters
    ----------
    plan
        A plan with a kindergarten programme.
    county_code
        One of its counties.
    """
    table = plan.kindergarten_plans
    row = table[table["county_code"] == county_code].iloc[0]
    return (
        sentence(
            "Kindergarten layout plan of {county} for {year}.", county=row["name"], year=row["year"]
        ),
        sentence(
            "{children:child wants|children want} a place; places: {before}, {after} after the "
            "plan. Without a place: {unserved} today, {left} after the plan; {idle:place "
            "stays|places stay} idle.",
            children=int(row["children"]),
            before=int(row["places_before"]),
            after=int(row["places_after"]),
            unserved=int(row["unserved_before"]),
            left=int(row["unserved_after"]),
            idle=int(row["places_idle"]),
        ),
        *_floor(row),
        *_sites(plan, county_code),
        *_townships(plan, row),
        *_missing(plan, county_code),
        *_years(row),
    )


def _floor(row: pd.Series) -> Iterator[Sentence]:
    """The public share and its floor."""
    # As the table keeps it, so that a plan that was read back says the same.
    before, after = (
        "–" if pd.isna(share) else f"{round(float(share), 4):.1%}"
        for share in (row["public_share_before"], row["public_share_after"])
    )
    facts: dict[str, object] = {
        "before": before,
        "after": after,
        "floor": f"{row['floor_share']:.0%}",
        "missing": int(row["floor_missing"]),
    }
    if row["floor_met"]:
        yield sentence(
            "Public share: {before} today, {after} after the plan; the floor is {floor}.", **facts
        )
    else:
        yield sentence(
            "Public share: {before} today, {after} after the plan; the floor of {floor} is not "
            "reached, {missing:public child is|public children are} missing.",
            **facts,
        )


def _sites(plan: PlanTables, county_code: str) -> Iterator[Sentence]:
    """New kindergartens and those that grow, by township."""
    sites = plan.sites[
        (plan.sites["programme"] == "kindergarten") & (plan.sites["county_code"] == county_code)
    ]
    if sites.empty:
        yield sentence("The programme builds and adds nothing here.")
    for kind in ("new", "expansion"):
        mine = sites[sites["kind"] == kind]
        if mine.empty:
            continue
        facts: dict[str, object] = {"count": len(mine), "classes": int(mine["classes"].sum())}
        if kind == "new":
            yield sentence("New kindergartens ({count}, {classes:class|classes}):", **facts)
        else:
            yield sentence("Kindergartens that grow ({count}, {classes:class|classes}):", **facts)
        for code, rows in mine.groupby("township_code", sort=True):
            named = [
                sentence(
                    "{name} ({id}): {classes:class|classes}, {served:child|children} on "
                    "{places:place|places}",
                    name=row["name"],
                    id=row["site_id"],
                    classes=int(row["classes"]),
                    served=int(row["pupils_served"]),
                    places=int(row["places"]),
                )
                for row in rows.to_dict("records")
            ]
            yield sentence(
                "  {township}: {sites}", township=_named(plan, str(code)), sites=_listed(named)
            )


def _named(plan: PlanTables, code: str) -> str:
    return township_names(plan.study).get(code, code)


def _townships(plan: PlanTables, row: pd.Series) -> Iterator[Sentence]:
    """Townships without a public kindergarten."""
    before, after = (
        [code for code in str(row[f"townships_without_{when}"]).split(";") if code]
        for when in ("before", "after")
    )
    if not before:
        yield sentence(
            "All {count} townships have a public kindergarten.", count=int(row["townships"])
        )
        return
    yield sentence(
        "Townships without a public kindergarten, of {count}: {before} today, {after} after the "
        "plan{names}.",
        count=int(row["townships"]),
        before=len(before),
        after=len(after),
        names=sentence(": {names}", names=[_named(plan, code) for code in after]) if after else "",
    )


def _missing(plan: PlanTables, county_code: str) -> Iterator[Sentence]:
    """Who still has no place, what would give them one, and where they are most."""
    rows = plan.deficits[
        (plan.deficits["county_code"] == county_code) & (plan.deficits["stage"] == "preschool")
    ]
    total: Any = rows.sum(numeric_only=True)
    if not total["unserved"]:
        return
    yield sentence(
        "What would serve the {count:child|children} without a place: {cures}.",
        count=int(total["unserved"]),
        cures=_listed(_cures(total, rows["radius_m"].max())),
    )
    most = rows[rows["unserved"] > 0].sort_values(
        ["unserved", "township_code"], ascending=[False, True]
    )
    yield sentence(
        "By township: {townships}.",
        townships=[
            f"{_named(plan, code)} {count}"
            for code, count in zip(most["township_code"], most["unserved"], strict=True)
        ],
    )


def _listed(parts: Iterable[Sentence]) -> Sentence:
    """One sentence of several that have commas of their own."""
    return reduce(lambda one, other: sentence("{one}; {other}", one=one, other=other), parts)


def _cures(total: Any, radius_m: float) -> Iterator[Sentence]:
    """Each cure with its children, those of nobody left out."""
    if total["unserved_expansion"]:
        yield sentence(
            "{count} by {classes:more class|more classes} at public kindergartens within reach",
            count=int(total["unserved_expansion"]),
            classes=int(total["expansion_classes"]),
        )
    if total["unserved_new_site"]:
        yield sentence(
            "{count} by {sites:further new kindergarten|further new kindergartens}",
            count=int(total["unserved_new_site"]),
            sites=int(total["new_sites"]),
        )
    if total["unserved_radius"]:
        yield sentence(
            "{count:lives|live} up to {metres} m from places that stand idle",
            count=int(total["unserved_radius"]),
            metres=round(radius_m),
        )
    if total["unserved_scattered"]:
        yield sentence(
            "{count:lives|live} too scattered for any of these",
            count=int(total["unserved_scattered"]),
        )


def _years(row: pd.Series) -> Iterator[Sentence]:
    """Children by year against the places after the plan."""
    children = [int(part) for part in str(row["children_by_year"]).split(";")]
    if len(children) > 1:
        yield sentence(
            "Children who want a place by year: {years}; in the last one there are {surplus} "
            "places more than children.",
            years=[f"{int(row['year']) + later}: {count}" for later, count in enumerate(children)],
            surplus=int(row["surplus_until"]),
        )
