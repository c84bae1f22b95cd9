"""Checks of new sites: numbers of the programme, ceilings, places, pupils served, positions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layout.core.standards import STAGES, Standards
from layout.core.text import tr
from layout.inputs.study.study import SiteProgramme, Study
from layout.planning.contract import PlanTables
from layout.planning.verify.facts import joined

__all__ = ["site_failures"]

KINDS = ("new", "expansion", "designation")
PRESCHOOL_CLASSES = ("classes_k1", "classes_k2", "classes_k3")


def site_failures(study: Study, plan: PlanTables) -> list[str]:
    """List every failure of the sites table; empty for a plan without sites."""
    sites = plan.sites
    if sites.empty:
        return []
    broken = [*_rows(study, sites)]
    for name, programme in (
        ("kindergarten", study.programmes.kindergarten),
        ("compulsory", study.programmes.compulsory),
    ):
        part = sites[sites["programme"] == name]
        if len(part):
            broken += _programme(plan, part, name, programme)
    broken += _kindergartens(study, sites[sites["programme"] == "kindergarten"])
    compulsory = sites[sites["programme"] == "compulsory"]
    broken += _compulsory(study.standards, compulsory)
    broken += _growing(study, plan, compulsory[compulsory["kind"] == "expansion"])
    return broken


def _rows(study: Study, sites: pd.DataFrame) -> Iterator[str]:
    """Identity, kind, numbers and position of every site."""
    doubles = sites[sites.duplicated(["programme", "site_id"])]
    if len(doubles):
        yield tr("sites stand twice: {sites}", sites=joined(doubles["site_id"]))
    strange = sites[~sites["kind"].isin(KINDS)]
    if len(strange):
        yield tr("unknown kinds of sites: {kinds}", kinds=joined(strange["kind"]))
    unserved = sites[sites["pupils_served"] > sites["places"]]
    if len(unserved):
        yield tr(
            "sites serve more pupils than they have places: {sites}",
            sites=joined(unserved["site_id"]),
        )
    for column in ("classes", "places", "pupils_served"):
        # As floats, so that a missing number or a fraction fails as well.
        numbers = sites[column].to_numpy(dtype=float)
        bad = ~(numbers >= 0) | (numbers != np.rint(numbers))
        if bad.any():
            yield tr(
                "{column} is not a whole number at {sites}",
                column=column,
                sites=joined(sites["site_id"][bad]),
            )
    unknown = sites[~sites["county_code"].isin(study.units.index)]
    if len(unknown):
        yield tr("sites lie in unknown counties: {sites}", sites=joined(unknown["site_id"]))
        return
    # A new building lies within its county; an existing school stands where the school list says.
    new = sites[sites["kind"] == "new"]
    units = study.units.geometry.loc[new["county_code"]].to_numpy()
    points = shapely.points(new["lon"].to_numpy(float), new["lat"].to_numpy(float))
    outside = ~shapely.intersects(units, points)
    if outside.any():
        yield tr("sites lie outside their county: {sites}", sites=joined(new["site_id"][outside]))


def _programme(
    plan: PlanTables, part: pd.DataFrame, name: str, programme: SiteProgramme | None
) -> Iterator[str]:
    """The numbers that the programme asks for, where the plan says that it meets them."""
    run = plan.run_of(name)
    if run is None or programme is None:
        yield tr("there are sites of {programme}, but no model ran", programme=name)
        return
    if run.status not in ("proven", "gap"):
        return
    new = part[part["kind"] == "new"]
    if len(new) != programme.sites:
        yield tr(
            "{programme}: {count:new site|new sites} instead of {asked}",
            programme=name,
            count=len(new),
            asked=programme.sites,
        )
    # The classes of a compulsory programme are those of its new schools.
    built = new if name == "compulsory" else part
    for column, asked in (("classes", programme.classes), ("places", programme.places)):
        if asked and int(built[column].sum()) != asked:
            yield tr(
                "{programme}: {count} {column} instead of {asked}",
                programme=name,
                count=int(built[column].sum()),
                column=column,
                asked=asked,
            )


def _kindergartens(study: Study, part: pd.DataFrame) -> Iterator[str]:
    """Thirty places a class; the ceiling of classes and children, existing and added together."""
    norms = study.standards
    wrong = part[part["places"] != part["classes"] * norms.class_size_preschool]
    if len(wrong):
        yield tr("places are not classes times class size: {sites}", sites=joined(wrong["site_id"]))
    grown = part[part["kind"] == "expansion"]
    unknown = grown[~grown["site_id"].isin(study.schools.index)]
    if len(unknown):
        yield tr("schools to expand are unknown: {sites}", sites=joined(unknown["site_id"]))
        return
    # By site: classes and children that are there today, 0 for a new building.
    classes_today = pd.Series(0, index=part["site_id"].to_numpy())
    children = classes_today.copy()
    for school in grown["site_id"]:
        row = study.schools.loc[school]
        classes_today[school] = sum(int(row[column]) for column in PRESCHOOL_CLASSES)
        if "classes_mixed" in row and row["type_code"] in ("111", "119"):
            classes_today[school] += int(row["classes_mixed"])
        children[school] = sum(int(row[f"pupils_k{age}"]) for age in (1, 2, 3))
        if row["ownership"] != "public":
            yield tr("a kindergarten is expanded that is not public: {site}", site=school)
    # Today's and added together, in the order of the sites, against both ceilings.
    classes = part["classes"].to_numpy() + classes_today.to_numpy()
    size = part["places"].to_numpy() + children.to_numpy()
    over = (classes > norms.kindergarten_max_classes) | (
        np.maximum(size, part["places"].to_numpy()) > norms.kindergarten_max_children
    )
    if over.any():
        yield tr("kindergartens are over the ceiling: {sites}", sites=joined(part["site_id"][over]))


def _compulsory(norms: Standards, part: pd.DataFrame) -> Iterator[str]:
    """Places by class size of the stage, and no school over the largest size."""
    size = {"primary": norms.class_size_primary, "junior": norms.class_size_junior}
    wrong = part[part["places"] != part["classes"] * part["stage"].map(size)]
    if len(wrong):
        yield tr("places are not classes times class size: {sites}", sites=joined(wrong["site_id"]))
    large = part[part["places"] > norms.through_school_max_pupils]
    if len(large):
        yield tr("schools are over the ceiling: {sites}", sites=joined(large["site_id"]))


def _growing(study: Study, plan: PlanTables, part: pd.DataFrame) -> Iterator[str]:
    """As many schools as asked for, open ones of the study; each as it may grow."""
    programme, run = study.programmes.compulsory, plan.run_of("compulsory")
    if programme is None or run is None:
        return
    if len(part) != programme.expansions:
        yield tr(
            "{programme}: {count:school grows|schools grow} instead of {asked}",
            programme="compulsory",
            count=len(part),
            asked=programme.expansions,
        )
    schools = study.schools.drop(index=list(plan.closed))
    known = part["school_id"].isin(schools.index) & (part["site_id"] == part["school_id"])
    if not known.all():
        yield tr("schools to expand are unknown: {sites}", sites=joined(part["site_id"][~known]))
        return
    for row in part.to_dict("records"):
        yield from _grown(study.standards, row, schools.loc[row["school_id"]])


def _grown(norms: Standards, row: Mapping[Hashable, Any], school: pd.Series) -> Iterator[str]:
    """A public school with a campus, whole classes in each grade of a stage, two ceilings."""
    if school["ownership"] != "public" or school["type_code"] in ("218", "219", "319"):
        yield tr("a school is expanded that may not grow: {site}", site=row["site_id"])
    grades = STAGES[row["stage"]]
    today = [int(school[f"classes_{grade}"]) for grade in grades]
    primary = row["stage"] == "primary"
    most = norms.primary_max_classes if primary else norms.junior_max_classes
    if row["classes"] % len(grades) or min(today) == 0 or sum(today) + row["classes"] > most:
        yield tr("classes are added that the school may not have: {site}", site=row["site_id"])
    # Pupils of the compulsory grades today: those enrolled, or what the classes hold.
    enrolled, held_by_classes = 0, 0
    for stage, size in (
        ("primary", norms.class_size_primary),
        ("junior", norms.class_size_junior),
    ):
        for grade in STAGES[stage]:
            enrolled += int(school[f"pupils_{grade}"])
            held_by_classes += int(school[f"classes_{grade}"]) * size
    through = school["type_code"] in ("312", "345")
    ceiling = norms.through_school_max_pupils if through else norms.compulsory_max_pupils
    if max(enrolled, held_by_classes) + row["places"] > ceiling:
        yield tr("schools are over the ceiling: {sites}", sites=row["site_id"])
