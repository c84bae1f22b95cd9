"""How often each school closes when what was assumed is a fifth off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from layout.app.levers import is_number
from layout.app.plan import Plan
from layout.app.shown import ChartedTable
from layout.app.steps import consolidate
from layout.core.errors import InfeasibleError, UsageError
from layout.core.progress import step
from layout.core.show import brief
from layout.core.standards import BUS_SPEED_FACTORS, GRADES
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.planning.assess import assess
from layout.planning.contract import PlanTables

__all__ = ["Sensitivity", "sensitivity"]


class Sensitivity(ChartedTable):
    """How often each school closes, see `sensitivity`; its chart counts the schools."""

    def headings(self) -> dict[str, str]:
        """Return the words of the columns."""
        return {
            "school_id": tr("School code"),
            "name": tr("Name"),
            "closed": tr("Closes in the plan"),
            "times": tr("Closes in so many cases"),
            **_cases(),
        }

    def draw_on(self, here: Any) -> None:
        """Draw how many schools close in so many cases: those of the plan, and others."""
        table = pd.DataFrame(self)
        cases = np.arange(len(_cases()) + 1)
        below = np.zeros(len(cases))
        for of_plan, colour, said in (
            (True, "#d55e00", tr("close in the plan")),
            (False, "#9aa5b1", tr("close in other cases alone")),
        ):
            times = table.loc[table["closed"] == of_plan, "times"].to_numpy()
            number = np.bincount(times, minlength=len(cases))
            here.bar(cases, number, bottom=below, color=colour, label=said)
            below += number
        here.set_xlabel(tr("Closes in so many cases"))
        here.set_ylabel(tr("Schools"))
        here.yaxis.get_major_locator().set_params(integer=True)
        here.set_xticks(cases)
        here.legend(frameon=False)


def sensitivity(plan: PlanTables, *, by: float = 0.2) -> Sensitivity:
    """Solve a plan's closures again with speeds, pupils and class sizes larger and smaller.

    Parameters
    ----------
    plan
        A plan with closures, from `layout.consolidate` or `layout.make_plan`.
    by
        How far each assumption is off, as a share above 0 and below 1.

    Returns
    -------
    Sensitivity
        One row for each school that closes in the plan or in any case, those of the plan first,
        the surest first: school_id, name, closed, times (cases in which it closes), and a column
        for each case, missing where the number of closures is impossible in it. ``attrs`` hold
        the pupil-minutes a day of each case.

    Raises
    ------
    layout.core.errors.UsageError
        The plan has no closures, or the share is none that speeds of buses can be off by.
    """
    given: object = plan
    if not isinstance(given, PlanTables) or given.run_of("closures") is None:
        raise UsageError(tr("sensitivity takes a plan with closures"))
    if not is_number(by, 0, 1) or by in (0, 1):
        raise UsageError(tr("by is a share between 0 and 1, not {value}", value=brief(by)))
    (least, most), now = BUS_SPEED_FACTORS, plan.study.standards.bus_speed_factor
    widest = min(1 - least / now, most / now - 1)
    if by > widest:
        raise UsageError(
            tr(
                "by is at most {most} here, not {value}: bus_speed_factor stays within its limits",
                most=f"{widest:g}",
                value=brief(by),
            )
        )
    closes: dict[str, set[str] | None] = {}
    cost: dict[str, float] = {}
    for name, label in _cases().items():
        with step(label):
            try:
                other = _SOLVE[name](plan, by)
            except InfeasibleError:
                closes[name] = None
                continue
            closes[name] = set(other.closed)
            cost[name] = _seconds(other) / 60
    # Schools of the plan, then those of any case; by school × case whether it closes.
    of_plan = set(plan.closed)
    schools = sorted(of_plan.union(*(some for some in closes.values() if some is not None)))
    cases = {
        name: [np.nan if some is None else float(school in some) for school in schools]
        for name, some in closes.items()
    }
    table = pd.DataFrame(
        {
            "school_id": schools,
            "name": plan.study.schools["name"].reindex(schools).to_numpy(),
            "closed": [school in of_plan for school in schools],
            **cases,
        }
    )
    table.insert(3, "times", table[list(cases)].sum(axis=1).astype("int64"))
    order = ["closed", "times", "school_id"]
    table = table.sort_values(order, ascending=[False, False, True], ignore_index=True)
    result = Sensitivity(table)
    result.attrs["pupil_minutes"] = cost
    return result


def _seconds(plan: PlanTables) -> float:
    run = plan.run_of("closures")
    return 0.0 if run is None else run.detail["added_pupil_seconds"]


def _cases() -> dict[str, str]:
    """Names of the cases in the reader's language."""
    return {
        "walk_slower": tr("Slower on foot"),
        "walk_faster": tr("Faster on foot"),
        "bus_slower": tr("Slower buses"),
        "bus_faster": tr("Faster buses"),
        "pupils_fewer": tr("Fewer pupils"),
        "pupils_more": tr("More pupils"),
        "classes_smaller": tr("Smaller classes"),
        "classes_larger": tr("Larger classes"),
    }


def _walking(plan: PlanTables, factor: float) -> Plan:
    return consolidate(
        plan, walk_kmh=plan.study.standards.walk_kmh * factor, close=len(plan.closures)
    )


def _riding(plan: PlanTables, factor: float) -> Plan:
    now = plan.study.standards.bus_speed_factor
    return consolidate(plan, bus_speed_factor=now * factor, close=len(plan.closures))


def _pupils(plan: PlanTables, factor: float) -> Plan:
    return _of(plan, with_pupils(plan.study, factor))


def _classes(plan: PlanTables, factor: float) -> Plan:
    norms = plan.study.standards
    sizes = {
        name: max(1, round(getattr(norms, name) * factor))
        for name in ("class_size_primary", "class_size_junior", "class_size_point")
    }
    return _of(plan, replace(plan.study, standards=replace(norms, **sizes)))


def _of(plan: PlanTables, study: Study) -> Plan:
    """The closures of a changed study on the same ways."""
    return consolidate(assess(study, ways=plan.ways()), close=len(plan.closures))


def with_pupils(study: Study, factor: float) -> Study:
    """Return a study with so many times the pupils, settlement by settlement in whole pupils.

    Parameters
    ----------
    study
        Its attendance must be known; classes, beds and boarders stay as they are.
    factor
        Of every count of pupils.
    """
    attendance = study.attendance
    if attendance is None:
        raise UsageError(tr("the study has no attendance table; infer one first"))
    # Sums so far of each school and grade, rounded half up: so its total is scaled, not every row
    # by itself. A row keeps at least one pupil: no group vanishes by rounding.
    rows = attendance.sort_values(["school_id", "grade", "settlement_id"])
    sums = rows.groupby(["school_id", "grade"])["pupils"].cumsum().to_numpy()
    upto, before = (
        np.floor(count * factor + 0.5) for count in (sums, sums - rows["pupils"].to_numpy())
    )
    scaled = np.where(rows["pupils"] > 0, np.maximum(1, upto - before), 0).astype(np.int64)
    changed = rows.assign(pupils=scaled).reindex(attendance.index)
    schools = study.schools.copy()
    for grade in GRADES:
        before, after = (
            table[table["grade"] == grade].groupby("school_id")["pupils"].sum()
            for table in (attendance, changed)
        )
        more = (after - before).reindex(schools.index, fill_value=0)
        schools[f"pupils_{grade}"] = (schools[f"pupils_{grade}"] + more).clip(lower=0)
    return replace(study, attendance=changed, schools=schools)


_SOLVE: Mapping[str, Callable[[PlanTables, float], Plan]] = {
    "walk_slower": lambda plan, by: _walking(plan, 1 - by),
    "walk_faster": lambda plan, by: _walking(plan, 1 + by),
    "bus_slower": lambda plan, by: _riding(plan, 1 - by),
    "bus_faster": lambda plan, by: _riding(plan, 1 + by),
    "pupils_fewer": lambda plan, by: _pupils(plan, 1 - by),
    "pupils_more": lambda plan, by: _pupils(plan, 1 + by),
    "classes_smaller": lambda plan, by: _classes(plan, 1 - by),
    "classes_larger": lambda plan, by: _classes(plan, 1 + by),
}
"""How each case is solved."""
