"""Plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from layout.app.land import common_land
from layout.app.saved import read_plan
from layout.core.errors import UsageError
from layout.core.text import chosen_language, tr, using, words
from layout.output.maps import MapPage, draw_options
from layout.planning.contract import TODAY, PlanTables
from layout.planning.final import final_state

__all__ = ["Comparison", "compare", "compared_map"]

MOST_OPTIONS = 7


class Comparison(pd.DataFrame):
    """Measures by plan: codes in the index, shown in words."""

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def in_words(self) -> pd.DataFrame:
        """Return the table with measures in the reader's language and numbers as texts."""
        table = self.map(lambda value: f"{value:,.1f}".removesuffix(".0"))
        return table.rename(index=words.measures()).rename_axis(index=None)

    def __repr__(self) -> str:
        return self.in_words().to_string()

    def _repr_html_(self) -> str:
        return str(self.in_words().to_html())


def compare(*plans: PlanTables | str | Path) -> Comparison:
    """Set plans side by side.

    Parameters
    ----------
    *plans
        Plans, or folders of saved ones.

    Returns
    -------
    Comparison
        One column for each plan by name, one row for each measure: schools closed, pupils moved,
        added pupil-minutes a day, mean and worst minutes of those moved, boarders, bus riders,
        new sites, classes and places.
    """
    given: tuple[object, ...] = plans
    if not plans or not all(isinstance(one, (PlanTables, str, Path)) for one in given):
        raise UsageError(
            tr("compare takes plans or folders of saved ones: layout.compare(plan, other).")
        )
    columns: dict[str, pd.Series] = {}
    for one in plans:
        plan = one if isinstance(one, PlanTables) else read_plan(one)
        name = tr("Today") if plan.name == TODAY else plan.name
        while name in columns:
            name += "′"
        columns[name] = pd.Series(_measures(plan), dtype="float64")
    return Comparison(pd.DataFrame(columns).rename_axis(index="measure"))


def compared_map(plans: Mapping[str, PlanTables], *, language: str | None = None) -> MapPage:
    """Draw several plans of one study on one page, with a switch between them.

    Parameters
    ----------
    plans
        The plans by the name of the option; at most seven.
    language
        ``zh`` or ``en``; by default the language chosen, else that of the first plan's study.

    Raises
    ------
    layout.core.errors.UsageError
        Plans of other schools or settlements than the first one's, or too many.
    """
    options = list(plans.values())
    first = options[0].study
    if len(options) > MOST_OPTIONS:
        raise UsageError(tr("A map compares at most {count} plans.", count=MOST_OPTIONS))
    for plan in options[1:]:
        study = plan.study
        same = [set(first.schools.index) == set(study.schools.index)]
        same.append(set(first.settlements.index) == set(study.settlements.index))
        if not all(same):
            raise UsageError(
                tr(
                    "{plan} is a plan of other schools or settlements; a map compares plans of one "
                    "study.",
                    plan=plan.name,
                )
            )
    with using(chosen_language(language, default=first.language)):
        table = compare(*options).in_words()
        figures = [[str(name), *map(str, row)] for name, *row in table.itertuples()]
        return draw_options(plans, figures, common_land(options))


def _measures(plan: PlanTables) -> dict[str, float]:
    # Pupils who change school, by a closure or to a new site; children who had no place apart.
    state = final_state(plan)
    state = state[state["mode"] != "stay"]
    moved = state[state["from_school"] != ""]
    pupils = moved["pupils"]
    # Minutes one way by school that closes, quickest way against quickest way.
    closures = plan.closures
    total = int(closures["pupils"].sum())
    added = float((closures["added_minutes_mean"] * closures["pupils"]).sum())
    run = plan.run_of("closures")
    return {
        "schools_closed": len(plan.closures),
        "pupils_moved": int(pupils.sum()),
        "added_pupil_minutes_per_day": (
            run.detail["added_pupil_seconds"] / 60 if run is not None and run.detail else 0.0
        ),
        "added_minutes_mean": added / total if total else 0.0,
        "added_minutes_max": float(closures["added_minutes_max"].max()) if total else 0.0,
        "boarders_added": int(pupils[moved["mode"] == "board"].sum()),
        "bus_riders_added": int(pupils[moved["mode"] == "bus"].sum()),
        "new_sites": int((plan.sites["kind"] == "new").sum()),
        "classes_added": float(plan.sites["classes"].sum()),
        "children_served": int(state.loc[state["from_school"] == "", "pupils"].sum()),
        "places_added": float(plan.sites["places"].sum()),
    }
