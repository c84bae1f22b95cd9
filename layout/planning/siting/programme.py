"""Siting programmes: how many new sites of a stage, where, how large, and whom they serve.

`site` runs one programme on top of a plan. The models are in `layout.planning.siting.kindergarten`
and `layout.planning.siting.compulsory`; both choose by `layout.location.choose_modules`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from layout.core.errors import UsageError
from layout.core.text import Sentence, sentence, tr
from layout.inputs.study.study import Study
from layout.location.solver.highs import Effort
from layout.planning import schema
from layout.planning.contract import PlanTables, renewed_notes
from layout.planning.siting.compulsory.notes import COMPULSORY_NOTES
from layout.planning.siting.compulsory.run import site_compulsory
from layout.planning.siting.kindergarten.run import SAID_ANEW, site_kindergartens
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.result import Result

__all__ = ["PROGRAMMES", "site", "unplanned"]

PROGRAMMES = ("kindergarten", "compulsory")


def site(
    plan: PlanTables,
    programme: str,
    *,
    time_limit_s: float | None = None,
    sites: int | None = None,
    classes: int | None = None,
    expansions: int | None = None,
    levers: SiteLevers | None = None,
) -> PlanTables:
    """Choose the sites of one programme.

    Parameters
    ----------
    plan
        Plan to build on, today's or a later one: its closed schools are shut, its pupils have
        moved. Its study names the programme's numbers.
    programme
        ``kindergarten`` or ``compulsory``.
    time_limit_s
        Time limit of the model; what it ends is never ``proven``.
    sites, classes, expansions
        In place of the programme's numbers; the plan's study then has them.
    levers
        See `SiteLevers`.

    Returns
    -------
    PlanTables
        The plan with ``sites``, ``served``, ``runs`` and ``notes`` extended; sites of the same
        programme chosen before are replaced.

    Raises
    ------
    UsageError
        Where the programme is not offered, the study does not name it, or it knows no expansions.
    InfeasibleError
        Where the programme's numbers cannot be met; names them and the smallest relaxation.
    NoSolutionError
        Where the time limit ended the model before it had a solution.
    """
    if programme not in PROGRAMMES:
        offered = ", ".join(PROGRAMMES)
        raise UsageError(
            tr("programme {name} is not offered, only {offered}", name=programme, offered=offered)
        )
    asked = getattr(plan.study.programmes, programme)
    if asked is None:
        raise UsageError(tr("the study names no programme {name}", name=programme))
    if expansions is not None and "expansions" not in type(asked).model_fields:
        raise UsageError(
            tr("the programme {name} has no number of expansions of its own", name=programme)
        )
    places = None if classes is None else 0
    changes = {"sites": sites, "classes": classes, "places": places, "expansions": expansions}
    asked = asked.model_copy(update={k: v for k, v in changes.items() if v is not None})
    named = plan.study.programmes.model_copy(update={programme: asked})
    plan = replace(plan, study=replace(plan.study, programmes=named))
    effort = None if time_limit_s is None else Effort(time_limit_s=time_limit_s)
    run: Callable[..., Result] = (
        site_kindergartens if programme == "kindergarten" else site_compulsory
    )
    result = run(plan, asked, effort, levers or SiteLevers())
    # What the programme said before and says no more.
    gone = SAID_ANEW if programme == "kindergarten" else COMPULSORY_NOTES
    before = tuple(note for note in plan.notes if note.message not in gone)
    # The sites of all other programmes stay, in front.
    return replace(
        plan,
        sites=_beside(plan.sites, result.sites, programme),
        served=_beside(plan.served, result.served, programme),
        site_years=_years_beside(plan, result, programme),
        rejected_sites=_beside(plan.rejected_sites, result.rejected_sites, programme),
        deficits=_renewed(plan.deficits, result.deficits),
        kindergarten_plans=(
            result.county_plans if programme == "kindergarten" else plan.kindergarten_plans
        ),
        runs=(*(r for r in plan.runs if r.model != programme), result.run),
        notes=renewed_notes(before, result.notes),
    )


def _renewed(before: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of some stages in place of those of before."""
    others = before[~before["stage"].isin(rows["stage"])]
    parts = [part for part in (others, rows) if len(part)] or [rows]
    return pd.concat(parts, ignore_index=True)


def unplanned(study: Study) -> Sentence | None:
    """Name the programmes of the study file that are not planned yet; None where there are none.

    Parameters
    ----------
    study
        The study.
    """
    named = vars(study.programmes)
    later = [name for name in schema.PROGRAMMES if name not in PROGRAMMES and named.get(name)]
    if not later:
        return None
    names = tuple(sentence(schema.PROGRAMMES[name]) for name in later)
    return sentence("Named in the study file, not planned yet: {names}.", names=names)


def _years_beside(plan: PlanTables, result: Result, programme: str) -> pd.DataFrame:
    """Years of a programme's sites in place of its own of before, sorted as the table is."""
    others = plan.sites.loc[plan.sites["programme"] != programme, "site_id"]
    before = plan.site_years[plan.site_years["site_id"].isin(others)]
    parts = [part for part in (before, result.site_years) if len(part)] or [result.site_years]
    order = list(schema.TABLES["site_years"].order)
    return pd.concat(parts).sort_values(order, ignore_index=True)


def _beside(before: pd.DataFrame, rows: pd.DataFrame, programme: str) -> pd.DataFrame:
    """Rows of a programme after those of all others, in place of its own of before."""
    others = before[before["programme"] != programme]
    parts = [part for part in (others, rows) if len(part)] or [rows]
    return pd.concat(parts, ignore_index=True)
