"""What is said of every school, new site and county of a plan, for maps and for `explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from layout.app.levers import nearest_names, school_ids
from layout.core.errors import InputError, UsageError
from layout.core.progress import step
from layout.core.text import Sentence, marked, sentence, tr
from layout.planning.consolidation import View, explanations
from layout.planning.contract import Explained, PlanTables, renewed_notes
from layout.planning.siting import explain_county, explain_expansion, explain_site

__all__ = ["told_of_place", "told_of_school", "with_explanations"]

_NONE = marked("The map does not say why schools close or stay: {reason}")


def told_of_place(plan: PlanTables, place: str, view: Callable[[], View]) -> tuple[Sentence, ...]:
    """Say what the plan means for a place that somebody names.

    Parameters
    ----------
    plan
        The plan.
    place
        A site by identifier or name, a county by code or name, or a school by identifier or name.
    view
        Gives what the explanations of its schools share.

    Raises
    ------
    layout.core.errors.UsageError
        There is no such place; the nearest names are told.
    """
    text = str(place).strip()
    sites = plan.sites.assign(name=[str(name) for name in plan.sites["name"]])
    new = sites[sites["kind"] == "new"]
    meant = new[(new["site_id"] == text) | (new["name"] == text)]
    if len(meant) == 1:
        return tuple(explain_site(plan, str(meant["site_id"].iloc[0])))
    counties = plan.kindergarten_plans
    county = counties[(counties["county_code"] == text) | (counties["name"] == text)]
    if len(county) == 1:
        return tuple(explain_county(plan, str(county["county_code"].iloc[0])))
    schools = plan.study.schools
    if text not in schools.index and not (schools["name"] == text).any():
        near = nearest_names(text, list(new["name"]), list(new["site_id"]))
        if near:
            raise UsageError(
                tr(
                    "there is no school or site {text}; the nearest: {nearest}",
                    text=text,
                    nearest=", ".join(near),
                )
            )
    (school,) = school_ids(plan.study, text)
    return told_of_school(view(), school)


def told_of_school(view: View, school: str) -> tuple[Sentence, ...]:
    """Say why a school closes, stays or receives, and what it gains.

    Parameters
    ----------
    view
        The plan with what its explanations share.
    school
        Identifier of a school of its study.
    """
    return (*explanations(view, [school])[school], *_gains(view.plan, school))


def with_explanations(plan: PlanTables, view: Callable[[], View]) -> PlanTables:
    """Return the plan with what is said of everything on its map.

    Parameters
    ----------
    plan
        The plan.
    view
        Gives what the explanations of its schools share. Where it cannot, because the roads of
        the study cannot be read, nothing is said of schools, and a note says so.
    """
    with step(tr("Saying why schools close or stay")):
        schools: dict[str, tuple[Sentence, ...]] = {}
        notes = plan.notes
        try:
            schools = explanations(view(), sorted(plan.study.schools.index))
        except InputError as error:
            notes = renewed_notes(notes, (sentence(_NONE, reason=str(error)),))
        grows, new = (
            set(plan.sites.loc[plan.sites["kind"] == kind, "site_id"])
            for kind in ("expansion", "new")
        )
        explained = Explained(
            schools={
                school: (*lines, *_gains(plan, school)) if school in grows else lines
                for school, lines in schools.items()
            },
            sites={str(site): explain_site(plan, site) for site in sorted(new)},
            counties={
                str(code): explain_county(plan, code)
                for code in plan.kindergarten_plans["county_code"]
            },
        )
    return replace(plan, explained=explained, notes=notes)


def _gains(plan: PlanTables, school: str) -> Iterator[Sentence]:
    """What is said of the expansions of a school."""
    sites = plan.sites
    for row in sites[(sites["kind"] == "expansion") & (sites["site_id"] == school)].to_dict(
        "records"
    ):
        yield from explain_expansion(plan, row)
