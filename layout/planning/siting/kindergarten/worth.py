"""What numbers of sites and classes are worth to a kindergarten programme at its leading levels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.study.ranges import MOST
from layout.inputs.study.study import SiteProgramme
from layout.location import ModularProblem, choose_modules
from layout.location.modular.sharing import FIRST, Frame
from layout.location.modular.tangent import Tangent, tangent
from layout.planning.contract import PlanTables
from layout.planning.siting.kindergarten.ceilings import least_site, reading
from layout.planning.siting.kindergarten.model import around_of, programme_problem
from layout.planning.siting.kindergarten.need import expansion_room
from layout.planning.siting.kindergarten.places import Around, kindergarten_candidates
from layout.planning.siting.levers import SiteLevers

__all__ = ["kindergarten_worth"]

Pair = tuple[int, int]

_WHOLE = 1e-6


def kindergarten_worth(
    plan: PlanTables, asked: SiteProgramme, numbers: Iterable[Pair]
) -> tuple[Frame, dict[Pair, tuple[float, float]]]:
    """Find the least that some numbers of sites and classes leave missing.

    Parameters
    ----------
    plan
        Plan to build on.
    asked
        The programme, for its year.
    numbers
        New sites, and classes of all sites together.

    Returns
    -------
    frame : Frame
        Which numbers are possible, and what no number is worth more than.
    costs : dict
        By numbers value and proved bound of: children to be served for the floors who are not,
        times `FIRST`, less the children served in all years; infinite where it is impossible.

    Raises
    ------
    layout.core.errors.UsageError
        Sites of several sizes are possible, so that a larger number may be worth less.
    """
    levers = SiteLevers()
    around, _ = around_of(plan, asked, levers)
    # One set of candidates, that of the largest number, so that pairs bound each other.
    most = kindergarten_candidates(_numbered(around, (MOST, MOST)), levers)[0]
    if (most != around.read.most).any():
        raise UsageError(tr("sites are shared out only where every new site may have any size"))
    size, room = around.size, int(expansion_room(plan.study, plan.closed).sum())
    frame = Frame(
        least=least_site(plan.study.standards),
        most=around.read.most,
        sites=len(most),
        room=room,
        size=size,
        left=tuple(int(one.left.sum()) for one in around.needs),
    )
    costs, tangents = {}, []
    for pair in sorted(set(numbers)):
        costs[pair] = (math.inf, math.inf)
        if np.isfinite(frame.lower(*(np.array(number) for number in pair))):
            here = _numbered(around, pair)
            problem = programme_problem(plan, here, levers, most)[0]
            costs[pair], new = _worth(problem, nothing=-float(sum(frame.left)))
            tangents += new
    return replace(frame, tangents=tuple(tangents)), costs


def _numbered(around: Around, numbers: Pair) -> Around:
    """The same with other numbers."""
    named = dict(zip(("sites", "classes", "places"), (*numbers, 0), strict=True))
    asked = around.asked.model_copy(update=named)
    return replace(around, asked=asked, read=reading(asked, around.study.standards))


def _worth(problem: ModularProblem, *, nothing: float) -> tuple[tuple[float, float], list[Tangent]]:
    """Value and bound of the two leading levels as one number; what bounds other numbers."""
    answer = choose_modules(problem, last="covered")
    if answer is None:
        return (math.inf, nothing), []
    levels = {level.name: level for level in answer.levels}
    covered = levels["covered"]
    kept = {name: levels[name].objective for name in levels if name == "floors"}
    # What is served at the most is proved of all that miss no more than the value.
    least = math.ceil(levels["floors"].bound - _WHOLE) if kept else 0
    value = FIRST * kept.get("floors", 0.0) - covered.objective
    bound = FIRST * least - math.floor(covered.bound + _WHOLE)
    if problem.modules is None:
        return (value, bound), []
    found = [tangent(problem, answer.modules, "covered", kept)]
    if kept:
        found.append(tangent(problem, answer.modules, "floors", {}))
    return (value, bound), [one for one in found if one is not None]
