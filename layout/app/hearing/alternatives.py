"""Other plans nearly as good, and the schools that close in every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from layout.app.levers import wrong_count, wrong_number
from layout.app.plan import Plan
from layout.app.shown import ShownTable
from layout.app.steps import closure_setting, finished
from layout.core.errors import UsageError
from layout.core.progress import step
from layout.core.text import tr, words
from layout.location.solver.watch import nothing_found
from layout.planning.consolidation.consolidate import plan_of
from layout.planning.consolidation.others import closing_others
from layout.planning.contract import PlanTables

__all__ = ["Alternatives", "alternatives"]

SECONDS_PER_MINUTE = 60
MOST_PLANS, MOST_WORSE = 1000, 1000.0
"""More other plans than anybody reads; how many times worse they may be."""


class Alternatives(ShownTable):
    """Other plans in turn, see `alternatives`.

    Attributes
    ----------
    plans
        The plans, the given one first.
    schools
        One row for each school that closes in any of them: school_id, name, times, stable, and a
        column for each plan.
    """

    _metadata = ["plans", "schools"]  # noqa: RUF012 - the name that pandas looks for
    plans: tuple[Plan, ...]
    schools: pd.DataFrame

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def __iter__(self) -> Iterator[Plan]:
        """Go through the other plans."""
        return iter(self.plans[1:])

    def headings(self) -> dict[str, str]:
        """Return the words of the columns."""
        return {
            "plan": tr("Plan"),
            "value": tr("Leading level"),
            "over": tr("Over the optimum"),
            "new": tr("Schools closed in no plan before"),
            "bound": tr("At most so many"),
            "status": tr("Status"),
        }

    def in_words(self) -> pd.DataFrame:
        """Return the table with statuses in words."""
        table = pd.DataFrame(self)
        table["status"] = table["status"].map(words.statuses()).fillna(table["status"])
        table["over"] = table["over"].map("{:.2%}".format)
        return table.round(1).rename(columns=self.headings())

    def summary(self) -> str:
        """Say how many schools close in every plan, and which are sure to."""
        every = int((self.schools["times"] == len(self.plans)).sum())
        return tr(
            "{every:school closes|schools close} in all {plans:plan|plans}; "
            "{stable:closes|close} in every plan so good.",
            every=every,
            plans=len(self.plans),
            stable=int(self.schools["stable"].sum()),
        )


def alternatives(
    plan: PlanTables, *, count: int = 5, within: float = 0.02, near: PlanTables | None = None
) -> Alternatives:
    """Find other plans nearly as good as a plan, each as different as can be from those before.

    Parameters
    ----------
    plan
        A plan whose leading level is proved.
    count
        How many at most, from 0; fewer where no other school can close any more.
    within
        How much larger the leading level may be, as a share of its optimum.
    near
        A further plan of the study: one alternative more closes as many of its schools as can be.

    Returns
    -------
    Alternatives
        One row for each plan, the given one first: plan, value (pupil-minutes a day, or the unit of
        the leading level), over (share over the optimum), new (schools that close in no plan
        before; for `near` those that close there too), bound (proved), status of that number.
        ``plans`` are the plans, checked; ``schools`` says in which each school closes, and
        whether it is stable: keeping it costs more than `within`, so that it closes in every plan
        so good.

    Raises
    ------
    layout.core.errors.UsageError
        The plan closes nothing, or its leading level is not proved; a number is none; `near`
        closes no school of the study.
    layout.core.errors.NoSolutionError
        The time limit of the plan's levers ended a search.
    """
    wrong = [
        *wrong_count("count", count, 0, MOST_PLANS),
        *wrong_number("within", within, 0, MOST_WORSE),
    ]
    if wrong:
        raise UsageError("\n".join(wrong))
    given: object = plan
    run = given.run_of("closures") if isinstance(given, PlanTables) else None
    if run is None or run.objective is None or plan.closures.empty:
        raise UsageError(tr("alternatives takes a plan with closures"))
    if run.gap:
        raise UsageError(tr("alternatives takes a plan whose leading level is proved"))
    closes_there = near.closed if isinstance(near, PlanTables) else pd.Index([])
    if near is not None and not closes_there.isin(plan.study.schools.index).any():
        raise UsageError(tr("near takes a plan of the same study with closures"))
    setting, first = closure_setting(plan), Plan.of(plan)
    limit, closable = run.objective * (1 + within), set(setting.closable)
    plans, rows = [first], [_row(first, run.objective, 0, 0, "proven")]

    def another(title: str, avoid: set[str]) -> bool:
        # One more plan; none where no other school can close any more. Each has a name of its own.
        names = {one.name for one in plans}
        label = title if title not in names else f"{title} ({len(plans)})"
        with step(label):
            other = closing_others(setting, len(plan.closures), limit=limit, avoid=avoid)
            if other is None:
                raise nothing_found()
            if not other.avoided:
                return False
            made = finished(
                replace(
                    plan_of(
                        setting, len(plan.closures), other.solution, plan.ways(), plan.baseline
                    ),
                    name=label,
                )
            )
        plans.append(made)
        rows.append(_row(made, run.objective, other.avoided, other.bound, other.status))
        return True

    for number in range(1, count + 1):
        earlier = {school for one in plans for school in one.closed}
        if not another(tr("Alternative {number}", number=number), earlier):
            break
    if near is not None:
        another(tr("Nearest to {plan}", plan=near.name), closable - set(closes_there))
    table = Alternatives(pd.DataFrame(rows))
    table.plans = tuple(plans)
    table.schools = _schools(plans, within * run.objective / SECONDS_PER_MINUTE)
    return table


def _row(plan: Plan, optimum: float | None, new: int, bound: int, status: str) -> dict[str, object]:
    """One row of the table; values of the leading level in its own unit."""
    run = plan.run_of("closures")
    assert run is not None
    assert run.objective is not None
    minutes = plan.study.options.objective == "minutes"
    return {
        "plan": plan.name,
        "value": run.objective / (SECONDS_PER_MINUTE if minutes else 1),
        "over": run.objective / optimum - 1 if optimum else 0.0,
        "new": new,
        "bound": bound,
        "status": status,
    }


def _schools(plans: Sequence[Plan], slack: float) -> pd.DataFrame:
    """Every school that closes in some plan: in how many, in which, and whether it is sure to.

    A school is stable where keeping it costs more than the slack, in pupil-minutes a day, so that
    no plan within it can do so.
    """
    first = plans[0].worked_out
    kept = first.closures.set_index("school_id")
    schools = sorted({school for plan in plans for school in plan.closed})
    table = pd.DataFrame(
        {
            "school_id": schools,
            "name": first.study.schools["name"].reindex(schools).to_numpy(),
            **{plan.name: [school in set(plan.closed) for school in schools] for plan in plans},
        }
    )
    table.insert(2, "times", table[[plan.name for plan in plans]].sum(axis=1).astype("int64"))
    # Where no plan exists without a school, it closes in every one of them.
    cost = kept["added_if_kept"].reindex(schools)
    without = kept["replaces_if_kept"].reindex(schools) == ""
    stable = (cost > slack) | (cost.isna() & without & pd.Index(schools).isin(first.closed))
    table.insert(3, "stable", stable.to_numpy(dtype=bool))
    order = ["times", "school_id"]
    return table.sort_values(order, ascending=[False, True], ignore_index=True)
