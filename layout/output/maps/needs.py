"""What stands on cards beside the lists: candidates forced, schools that grow, places missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from layout.core.standards import STAGES, class_size
from layout.core.text import words
from layout.inputs.study.study import Study
from layout.output.maps.embed import clean, integers
from layout.planning.contract import PlanTables
from layout.planning.schema import code_words
from layout.planning.siting.compulsory.overflow import class_places
from layout.planning.siting.kindergarten.need import existing_classes

__all__ = ["forced", "missing", "size_before"]


def forced(plan: PlanTables, schools: pd.Index) -> dict[str, Any]:
    """Return what happens if a candidate stays that closes, or closes that stays.

    Parameters
    ----------
    plan
        The plan. Led by another goal than minutes, it has no exact cost of a candidate, and
        nothing is told.
    schools
        Identifiers of the page's schools, in its order.

    Returns
    -------
    dict
        By row: ``school`` (position), ``kept`` (whether it is kept, else closed), ``closes`` (who
        closes then: positions, codes of schools that the page lacks) and ``added`` (pupil-minutes
        a day; None where no plan closes as many).
    """
    table = plan.candidates[plan.candidates["if_forced"] != ""].sort_values("school_id")
    if plan.study.options.objective != "minutes":
        table = table.iloc[:0]
    position = {str(school): at for at, school in enumerate(schools)}
    return {
        "school": [position.get(str(school)) for school in table["school_id"]],
        "kept": [one == "kept" for one in table["if_forced"]],
        "closes": [
            [position.get(one, clean(one)) for one in str(text).split(";") if one]
            for text in table["closes_then"]
        ],
        "added": integers(table["added"]),
    }


def size_before(study: Study, sites: pd.DataFrame) -> dict[str, list[int | None]]:
    """Return classes and places of today of each site that grows, in its stage.

    Parameters
    ----------
    study
        The study.
    sites
        Rows of a plan's sites. New ones, and those of other stages, have None.
    """
    norms, schools = study.standards, study.schools
    # Places by school_id and stage: of all its classes, at the standard size.
    places = class_places(schools, norms)
    places["preschool"] = existing_classes(schools) * norms.class_size_preschool
    rows: list[tuple[int | None, int | None]] = []
    for row in sites.to_dict("records"):
        stage, school = str(row["stage"]), str(row["site_id"])
        if row["kind"] != "expansion" or stage not in places:
            rows.append((None, None))
            continue
        size = class_size(norms, str(schools.at[school, "type_code"]), STAGES[stage][0])
        held = int(places[stage].fillna(0)[school])
        rows.append((held // size, held))
    return {
        "classes_before": [classes for classes, _ in rows],
        "places_before": [places for _, places in rows],
    }


def missing(plan: PlanTables, counties: list[str]) -> dict[str, Any]:
    """Return who has no place after the plan, by township, and the children of later years.

    Parameters
    ----------
    plan
        The plan.
    counties
        Codes of the page's counties, in its order.
    """
    table = plan.deficits.sort_values(["stage", "county_code", "township_code"])
    position = {code: at for at, code in enumerate(counties)}
    years = plan.kindergarten_plans.sort_values("county_code")
    return {
        "cures": words.cures(),
        "stages": code_words("deficits", "stage"),
        "townships": {
            "stage": [str(stage) for stage in table["stage"]],
            "county": [position.get(str(code)) for code in table["county_code"]],
            "code": [clean(code) for code in table["township_code"]],
            "name": [clean(name) for name in table["township"]],
            "year": integers(table["year"]),
            "children": integers(table["children"]),
            "places": integers(table["places_existing"] + table["places_new"]),
            "unserved": integers(table["unserved"]),
            "cure": [str(code) for code in table["cure"]],
        },
        "years": {
            "county": [position.get(str(code)) for code in years["county_code"]],
            "first": integers(years["year"]),
            "before": integers(years["places_before"]),
            "after": integers(years["places_after"]),
            "today": integers(years["unserved_before"]),
            "left": integers(years["unserved_after"]),
            "children": [
                [int(number) for number in str(text).split(";") if number]
                for text in years["children_by_year"]
            ],
        },
    }
