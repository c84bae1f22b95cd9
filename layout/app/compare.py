"""Plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from layout.app.differ import counties_differ, schools_differ, settlements_differ
from layout.app.land import common_land
from layout.app.saved import read_plan
from layout.app.shown import ShownTable, numbers, panels
from layout.core.errors import UsageError
from layout.core.text import chosen_language, tr, using, words
from layout.output.maps import MapPage, draw_options
from layout.output.pictures import wrapped
from layout.planning.contract import TODAY, PlanTables
from layout.planning.final import final_state

__all__ = ["Comparison", "compare", "compared_map"]

MOST_OPTIONS = 7
SITING = ("new_sites", "classes_added", "children_served", "places_added")
"""Measures of what is built."""
LONGEST_TITLE = 40
"""Narrow letters in a line of the title of a small chart."""


class Comparison(pd.DataFrame):
    """Measures by plan: codes in the index, shown in words.

    Attributes
    ----------
    plans
        The plans by the name of their column.
    """

    _metadata = ["plans"]  # noqa: RUF012 - the name that pandas looks for
    plans: dict[str, PlanTables]

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def in_words(self) -> pd.DataFrame:
        """Return the table in the reader's language, numbers as texts.

        Measures of new sites stand there where any of the plans has one.
        """
        table = pd.DataFrame(self)
        table = table.drop(index=[one for one in SITING if not table.loc[one].any()])
        told = [numbers(row) for row in table.to_numpy()]
        shown = pd.DataFrame(told, index=table.index, columns=table.columns)
        return shown.rename(index=words.measures()).rename_axis(index=None)

    def __repr__(self) -> str:
        return self.in_words().to_string()

    def _repr_html_(self) -> str:
        return str(self.in_words().to_html())

    def counties(self) -> ShownTable:
        """Return how many schools close and how many pupils that concerns, county by county.

        Returns
        -------
        ShownTable
            One row for each county in which any of the plans closes a school, with columns county,
            and for each plan its schools and pupils, headed by its name.
        """
        return counties_differ(self.plans)

    def schools(self) -> ShownTable:
        """Return the schools that close in one plan and not in another.

        Returns
        -------
        ShownTable
            Columns school_id, name, county, pupils and a truth value for each plan: whether it
            closes there. The schools that fewest plans close come first.
        """
        return schools_differ(self.plans)

    def settlements(self, count: int = 10) -> gpd.GeoDataFrame:
        """Return the settlements whose way to school differs most between the plans.

        Parameters
        ----------
        count
            How many.

        Returns
        -------
        geopandas.GeoDataFrame
            Columns settlement_id, name, county, pupils, for each plan the minutes of those who go
            daily, differ (the largest less the smallest) and geometry, points in EPSG:4326; those
            with the largest difference first, none without any.
        """
        return settlements_differ(self.plans, count)

    def map(self, *arguments: Any, language: str | None = None, **options: Any) -> Any:
        """Draw the plans on one page with a switch between them, as `compared_map` does.

        Parameters
        ----------
        *arguments, **options
            With a function, cell by cell as of any table of pandas.
        language
            As for `compared_map`.

        Returns
        -------
        MapPage
            Shows itself in a notebook; ``.save(path)`` writes it.
        """
        if arguments or options:
            return super().map(*arguments, **options)
        return compared_map(self.plans, language=language)

    def chart(self) -> Any:
        """Draw each measure that is not 0 everywhere, the plans beside each other.

        Returns
        -------
        numpy.ndarray of matplotlib.axes.Axes

        Raises
        ------
        layout.core.errors.UsageError
            Where every measure is 0, or matplotlib is not installed.
        """
        table = pd.DataFrame(self)
        table = table[(table != 0).any(axis="columns")]
        if table.empty:
            raise UsageError(tr("There is nothing to draw: every measure is 0 in every plan."))
        # Names of many plans stand in lines, so that none runs into the next.
        letters = LONGEST_TITLE // len(table.columns)
        plans = ["\n".join(wrapped(name, letters)) for name in table.columns]
        colours = [f"C{at}" for at in range(len(plans))]
        with panels(len(table)) as places:
            for place, (measure, row) in zip(places, table.iterrows(), strict=True):
                at = range(len(plans))
                bars = place.bar(at, row.to_numpy(), color=colours, tick_label=plans)
                place.tick_params(axis="x", labelsize=8)
                place.bar_label(bars, numbers(row), fontsize=8)
                title = wrapped(words.measures()[str(measure)], LONGEST_TITLE)
                place.set_title("\n".join(title), fontsize=9)
                place.margins(y=0.15)
        return places


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
        new sites, classes and places. ``counties()``, ``schools()`` and ``settlements()`` say what
        differs for whom, ``map()`` draws the plans on one page, ``chart()`` the measures.
    """
    given: tuple[object, ...] = plans
    if not plans or not all(isinstance(one, (PlanTables, str, Path)) for one in given):
        raise UsageError(
            tr("compare takes plans or folders of saved ones: layout.compare(plan, other).")
        )
    named: dict[str, PlanTables] = {}
    for one in plans:
        plan = one if isinstance(one, PlanTables) else read_plan(one)
        name = tr("Today") if plan.name == TODAY else plan.name
        while name in named:
            name += "′"
        named[name] = plan
    columns = {name: pd.Series(_measures(plan), dtype="float64") for name, plan in named.items()}
    table = Comparison(pd.DataFrame(columns).rename_axis(index="measure"))
    table.plans = named
    return table


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
    if not options:
        raise UsageError(tr("There is no plan to draw yet."))
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
