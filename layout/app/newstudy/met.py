"""Numbers of programmes that a new study can meet, asked of the models that plan it later."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from layout.app.levers import with_levers
from layout.app.sitinglevers import SitingLevers, siting_levers
from layout.core.errors import InfeasibleError, NoSolutionError
from layout.inputs.study.study import Study
from layout.network.travel import study_travel
from layout.planning import assess, consolidation, siting
from layout.planning.contract import PlanTables

__all__ = ["CLASSES_A_SITE", "Numbers", "met"]

CLASSES_A_SITE = 6
"""Classes of a new kindergarten in the programme that a study starts with: two of each year."""


class Numbers(NamedTuple):
    """How many schools close, and how many kindergartens are new."""

    close: int
    kindergartens: int


def met(study_file: Path, wanted: Numbers) -> Numbers:
    """Find the largest numbers, no larger than those wanted, for which there is a plan.

    Parameters
    ----------
    study_file
        The study, whose own programmes may ask for more.
    wanted
        What is asked for.

    Returns
    -------
    Numbers

    Raises
    ------
    layout.core.errors.InputError
        If the study cannot be planned at all: it does not pass `layout check`.
    """
    study = Study.read(study_file)
    ways = study_travel(study)
    plan = today = assess.assess(study, ways=ways)
    close = wanted.close
    while close:
        try:
            asked = with_levers(today.study, {"close": close})
            plan = consolidation.consolidate(asked, ways=ways, baseline=today)
            break
        except (InfeasibleError, NoSolutionError):
            close -= 1
    kindergartens = wanted.kindergartens
    while kindergartens and not _sited(plan, kindergartens):
        kindergartens -= 1
    return Numbers(close, kindergartens)


def _sited(plan: PlanTables, count: int) -> bool:
    """Whether the models place so many kindergartens."""
    asked = SitingLevers(sites=count, classes=CLASSES_A_SITE * count)
    numbers, levers = siting_levers(plan.study, asked, "kindergarten")
    try:
        siting.site(plan, "kindergarten", levers=levers, **numbers)
    except (InfeasibleError, NoSolutionError):
        return False
    return True
