"""What the border belt costs by its width, with the official list and without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

import numpy as np
import pandas as pd

from layout.app.levers import Levers, is_number, items
from layout.app.shown import ChartedTable
from layout.app.steps import begun
from layout.core.errors import InfeasibleError, NoSolutionError, UsageError
from layout.core.progress import bar
from layout.core.show import brief
from layout.core.text import tr, words
from layout.inputs.study.ranges import LEVER_RANGES
from layout.inputs.study.study import Study
from layout.planning.belt import belt_table, protected_by_belt
from layout.planning.consolidation import MODEL, consolidate
from layout.planning.contract import PlanTables
from layout.planning.verify import check_plan

__all__ = ["WIDTHS_M", "BorderSweep", "border_sweep"]

WIDTHS_M = (0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0)
FLAGS = {"kept": True, "ignored": False}
"""What becomes of the official list, and the lever ``belt_official`` that says so."""
SECONDS_PER_MINUTE = 60


class BorderSweep(ChartedTable):
    """Closures by width of the border belt, see `border_sweep`; its chart is of what they add."""

    def headings(self) -> dict[str, str]:
        """Return the words of the columns."""
        return {
            "width_m": tr("Width of the belt, km"),
            "flags": tr("Official list"),
            "protected": tr("Schools protected"),
            "candidates": tr("Schools that may close"),
            "achieved": tr("Schools closed"),
            "status": tr("Status"),
            "added_minutes": words.measures()["added_pupil_minutes_per_day"],
            "over_no_belt": tr("Saved without any belt, pupil-minutes a day"),
            "closes_in_wider": tr("Close here, protected by the next wider belt"),
        }

    def in_words(self) -> pd.DataFrame:
        """Return the table in words: widths in kilometres, how many a wider belt would protect."""
        table = pd.DataFrame(self)
        table["width_m"] = table["width_m"].map(lambda width: f"{width / 1000:g}")
        table["flags"] = table["flags"].map(_flags())
        table["status"] = table["status"].map(words.statuses()).fillna(table["status"])
        schools = table["closes_in_wider"].str.split(";")
        table["closes_in_wider"] = schools.map(lambda some: len(list(filter(None, some))))
        return table.round(1).rename(columns=self.headings())

    def draw_on(self, here: Any) -> None:
        """Draw what the closures add over the width of the belt, with the list and without."""
        named = self.headings()
        for flags, rows in pd.DataFrame(self).groupby("flags", sort=False):
            known = rows.dropna(subset="added_minutes")
            label = _flags()[str(flags)]
            here.plot(known["width_m"] / 1000, known["added_minutes"], marker="o", label=label)
        here.set_xlabel(named["width_m"])
        here.set_ylabel(named["added_minutes"])
        here.legend(frameon=False, title=named["flags"])


def _flags() -> dict[str, str]:
    return {"kept": tr("kept to"), "ignored": tr("left out")}


def border_sweep(
    start: Study | PlanTables, widths_m: Iterable[float] = WIDTHS_M, **levers: Unpack[Levers]
) -> BorderSweep:
    """Close the same number of schools under border belts of several widths.

    Parameters
    ----------
    start
        A study, or a plan of it, whose study, levers and ways are taken.
    widths_m
        Widths of the belt in metres.
    **levers
        See `Levers`; how wide the belt is and what the official list does is the sweep's own.

    Returns
    -------
    BorderSweep
        One row for each width and for the official list ``kept`` and ``ignored``, columns:

        - ``width_m``, ``flags``;
        - ``protected``: how many schools the belt protects;
        - ``candidates``, ``achieved``, ``status``: how many schools may still close and do close,
          and what is proved;
        - ``added_minutes``: pupil-minutes a day that the closures add;
        - ``over_no_belt``: how many of them a plan without any belt saves, missing where it closes
          another number of schools;
        - ``closes_in_wider``: identifiers of the schools that close here and that the next wider
          belt protects, with semicolons between them.

    Raises
    ------
    layout.core.errors.UsageError
        Where no number of closures is known, or a width or lever is wrong.
    """
    if not isinstance(start, (Study, PlanTables)):
        raise UsageError(tr("border_sweep takes a study or a plan of one"))
    listed = items(widths_m)
    if not listed or not all(is_number(width, *LEVER_RANGES["belt_m"]) for width in listed):
        raise UsageError(
            tr(
                "border_sweep takes widths in metres from 0 to {most}, not {value}",
                most=f"{LEVER_RANGES['belt_m'][1]:g}",
                value=brief(widths_m),
            )
        )
    widths = sorted({float(width) for width in listed})
    today, study = begun(start, levers)
    rest = tuple(rule for rule in study.options.drop if rule != "belt")
    # Belts by what the list does, then by width, and whom each protects.
    belts = [
        study.with_options(drop=rest, belt_m=width, belt_official=official)
        for official in FLAGS.values()
        for width in widths
    ]
    protected = [protected_by_belt(belt_table(belt)) for belt in belts]
    # The plan follows from whom the belt protects, so belts that protect the same share theirs.
    none: frozenset[str] = frozenset()
    cases = {
        none: study.with_options(drop=(*rest, "belt")),
        **dict(zip(protected, belts, strict=True)),
    }
    solved = {
        schools: _row(today, case)
        for schools, case in bar(
            cases.items(), label=tr("Closures by width of the belt"), total=len(cases)
        )
    }
    rows, free = [solved[schools] for schools in protected], solved[none]
    flags = [name for name in FLAGS for _ in widths]
    wider = [
        protected[at + 1] if (at + 1) % len(widths) else frozenset() for at in range(len(rows))
    ]
    comparable = [row["achieved"] == free["achieved"] for row in rows]
    table = pd.DataFrame(
        {
            "width_m": widths * len(FLAGS),
            "flags": flags,
            "protected": [len(schools) for schools in protected],
            **{name: [row[name] for row in rows] for name in ("candidates", "achieved", "status")},
            "added_minutes": [row["added_minutes"] for row in rows],
            "over_no_belt": [
                row["added_minutes"] - free["added_minutes"] if same else np.nan
                for row, same in zip(rows, comparable, strict=True)
            ],
            "closes_in_wider": [
                ";".join(sorted(row["closed"] & schools))
                for row, schools in zip(rows, wider, strict=True)
            ],
        }
    )
    order = ["width_m", "flags"]
    return BorderSweep(table.sort_values(order, ascending=[True, False], ignore_index=True))


def _row(today: PlanTables, study: Study) -> dict[str, Any]:
    """What closes under the levers of a study: numbers, status, and the schools."""
    ways = today.ways()
    plan: PlanTables | None = None
    candidates: object = None
    status = "infeasible"
    try:
        plan = consolidate(study, ways=ways, baseline=today)
    except InfeasibleError as error:
        # The best that can be had; where nothing can, there is no plan.
        plan = error.offer if isinstance(error.offer, PlanTables) else None
        candidates = error.diagnosis.get("candidates")
    except NoSolutionError:
        status = "no_solution"
    # No county is measured: nobody reads it.
    if plan is not None:
        check_plan(plan.study, ways.walk, ways.bus, plan)
    run = None if plan is None else plan.run_of(MODEL)
    if plan is None or run is None:
        return {
            "candidates": candidates,
            "achieved": 0,
            "status": status,
            "added_minutes": np.nan,
            "closed": frozenset(),
        }
    return {
        "candidates": int(run.detail["candidates"]),
        "achieved": run.achieved,
        "status": run.status,
        "added_minutes": run.detail["added_pupil_seconds"] / SECONDS_PER_MINUTE,
        "closed": frozenset(plan.closed),
    }
