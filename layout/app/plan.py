"""`Plan`: one scenario's answer, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from layout.core.text import tr
from layout.output import lists, maps
from layout.planning.consolidation import explain
from layout.planning.contract import PlanTables

__all__ = ["Plan", "compare"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan(PlanTables):
    """One scenario's answer with its evidence; see `PlanTables` for what it holds."""

    @classmethod
    def of(cls, made: PlanTables) -> Plan:
        """Return what the models made as a plan, today's and its alternatives as well."""
        held = {field.name: getattr(made, field.name) for field in fields(PlanTables)}
        held["baseline"] = None if made.baseline is None else cls.of(made.baseline)
        held["alternatives"] = {name: cls.of(one) for name, one in made.alternatives.items()}
        return cls(**held)

    def explain(self, school_id: str) -> str:
        """Say in words why a school closes, stays or receives.

        Raises
        ------
        layout.core.errors.UsageError
            Where the study has no school of that identifier.
        """
        return explain(self, school_id)

    def map(self, path: str | Path | None = None) -> Path | str:
        """Draw the plan as one offline HTML page.

        Parameters
        ----------
        path
            Where to write the page. Without it the page is returned as text.
        """
        if path is None:
            return maps.render(self)
        return maps.write(self, Path(path))

    def save(self, folder: str | Path, *, language: str | None = None) -> Path:
        """Write the map, the workbook, the GeoPackage, the CSV files and ``run.json``.

        The folder appears whole or not at all; an earlier result stays until the new one is
        complete.
        """
        return lists.save(self, Path(folder), lang=language)


def compare(*plans: Plan) -> pd.DataFrame:
    """Set plans side by side.

    Returns
    -------
    pandas.DataFrame
        One column for each plan by name, one row for each measure: schools closed, pupils moved,
        added pupil-minutes a day, mean and worst minutes of those moved, boarders, bus riders,
        new sites, classes and places.
    """
    columns: dict[str, pd.Series] = {}
    for plan in plans:
        name = plan.name
        while name in columns:
            name += "′"
        columns[name] = pd.Series(_measures(plan), dtype="float64")
    table = pd.DataFrame(columns)
    table.index.name = tr("measure")
    return table


def _measures(plan: Plan) -> dict[str, float]:
    moved = plan.assignment[plan.assignment["mode"] != "stay"]
    pupils = moved["pupils"]
    added = (moved["minutes_after"] - moved["minutes_before"]).clip(lower=0)
    total = int(pupils.sum())
    built = plan.sites[plan.sites["kind"] == "new"]
    run = plan.run_of("closures")
    result: dict[str, float] = {
        "schools_closed": len(plan.closures),
        "pupils_moved": total,
        "added_pupil_minutes_per_day": (
            run.objective / 60 if run is not None and run.objective is not None else 0.0
        ),
        "added_minutes_mean": float((added * pupils).sum() / total) if total else 0.0,
        "added_minutes_max": float(added.max()) if total else 0.0,
        "boarders_added": int(pupils[moved["mode"] == "board"].sum()),
        "bus_riders_added": int(pupils[moved["mode"] == "bus"].sum()),
        "new_sites": len(built),
        "classes_added": float(plan.sites["classes"].sum()) if len(plan.sites) else 0.0,
        "places_added": float(plan.sites["places"].sum()) if len(plan.sites) else 0.0,
    }
    return result
