"""What is said of every school, new site and county of a plan, for maps and for `explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
