"""What is said of every school, new site and county of a plan, for maps and for `explain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from layout.core.errors import InputError
from layout.core.progress import step
from layout.core.text import Sentence, marked, sentence, tr
from layout.planning.consolidation import View, explanations
from layout.planning.contract import Explained, PlanTables, renewed_notes
from layout.planning.siting import explain_county, explain_expansion, explain_site

__all__ = ["told_of_school", "with_explanations"]

_NONE = marked("The map does not say why schools close or stay: {reason}")


def told_of_school(view: View, school: str) -> tuple[Sentence, ...]:
    """Say why a school closes, stays or receives, and what it gains.

    Parameters
    ----------
    view
        The plan with what its explanations share.
    school
        Identifier of a school of its study.
    """
    return (*explanations(view, [school])[school], *_gains(view.plan).get(school, ()))


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
        gains = _gains(plan)
        new = plan.sites.loc[plan.sites["kind"] == "new", "site_id"]
        explained = Explained(
            schools={school: (*lines, *gains.get(school, ())) for school, lines in schools.items()},
            sites={str(site): explain_site(plan, site) for site in new},
            counties={
                str(code): explain_county(plan, code)
                for code in plan.kindergarten_plans["county_code"]
            },
        )
    return replace(plan, explained=explained, notes=notes)


def _gains(plan: PlanTables) -> dict[str, tuple[Sentence, ...]]:
    """What is said of the expansions of each school."""
    grows = plan.sites[plan.sites["kind"] == "expansion"]
    gains: dict[str, tuple[Sentence, ...]] = {}
    for row in grows.to_dict("records"):
        school = str(row["site_id"])
        gains[school] = (*gains.get(school, ()), *explain_expansion(plan, row))
    return gains
