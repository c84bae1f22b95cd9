"""The result of one scenario: what is open, who goes where, and the evidence.

``Plan`` is a frozen value. "Today" is a plan too (:func:`layout.assess`), so that before and
after share their measures, maps and exports. The column names of its tables are the contract of
the exported files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

import pandas as pd

from layout.core.text import tr
from layout.inputs.study.study import Study

ASSIGNMENT = (
    "settlement_id",
    "band",
    "pupils",
    "from_school",
    "to_school",
    "mode",
    "minutes_before",
    "minutes_after",
    "metres_after",
)
CLOSURES = (
    "school_id",
    "name",
    "county_code",
    "township_code",
    "pupils",
    "year",
    "reason",
    "gate_a",
    "gate_b",
    "gate_c",
    "gate_d",
    "receivers",
    "added_minutes_mean",
    "added_minutes_max",
    "share_over_limit",
    "replaces_if_kept",
)
RETAINED = (
    "school_id",
    "name",
    "official",
    "distance_m",
    "uncertainty_m",
    "belt",
    "protected",
    "rule",
)
SITES = (
    "programme",
    "site_id",
    "name",
    "kind",
    "county_code",
    "classes",
    "places",
    "pupils_served",
    "lon",
    "lat",
)
COUNTY_MEASURES = (
    "pupils",
    "schools",
    "coverage_preschool",
    "coverage_primary",
    "coverage_junior",
    "minutes_mean",
    "minutes_worst_decile",
    "large_classes",
    "places_short_kindergarten",
    "places_short_compulsory",
    "public_kindergarten_share",
)
COUNTIES = (
    "county_code",
    "name",
    "closed",
    *(f"{measure}_{when}" for measure in COUNTY_MEASURES for when in ("before", "after")),
)

Status = Literal["proven", "gap", "infeasible", "no_solution"]


def empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table without rows that has the columns of a contract."""
    return pd.DataFrame({column: [] for column in columns})


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """What one model was asked for, what it reached and what was proved.

    Attributes
    ----------
    model
        Name of the model, such as ``"closures"`` or ``"kindergarten"``.
    requested, achieved
        The number that the policy asks for and the number in the plan.
    objective, bound
        Value of the leading objective that is still in question and the proved bound on it.
    gap
        ``|objective - bound| / max(1, |objective|)``.
    status
        ``proven``, ``gap``, ``infeasible`` or ``no_solution``; never more than was proved.
    detail
        Objectives of the further levels, by name.
    """

    model: str
    requested: int
    achieved: int
    objective: float | None
    bound: float | None
    gap: float | None
    status: Status
    detail: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """One scenario's answer with its evidence.

    Attributes
    ----------
    name
        Shown as the title; "today" for the state as it is.
    study
        The validated inputs that the plan was made from.
    assignment
        One row for every group of the compulsory stage, columns :data:`ASSIGNMENT`.
    closures, retained, sites, counties
        Tables with the columns :data:`CLOSURES`, :data:`RETAINED`, :data:`SITES` and
        :data:`COUNTIES`; empty where the model was not run.
    runs
        One :class:`ModelRun` for each model.
    notes
        Findings in words, in the user's language: conflicts, options, doubts.
    baseline
        Today's plan, for before and after.
    alternatives
        Plans to be read beside this one, by name, such as ``"without_retention"``.
    """

    name: str
    study: Study
    assignment: pd.DataFrame
    closures: pd.DataFrame = field(default_factory=lambda: empty(CLOSURES))
    retained: pd.DataFrame = field(default_factory=lambda: empty(RETAINED))
    sites: pd.DataFrame = field(default_factory=lambda: empty(SITES))
    counties: pd.DataFrame = field(default_factory=lambda: empty(COUNTIES))
    runs: tuple[ModelRun, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    baseline: Plan | None = None
    alternatives: Mapping[str, Plan] = field(default_factory=dict)

    @property
    def closed(self) -> pd.Index:
        """Identifiers of the schools that this plan closes, sorted."""
        closed: pd.Index = pd.Index(
            sorted(self.closures["school_id"]), name="school_id", dtype="str"
        )
        return closed

    def with_(self, **changes: object) -> Self:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def run_of(self, model: str) -> ModelRun | None:
        """Return the run of a model by name, or None where it was not run."""
        return next((run for run in self.runs if run.model == model), None)

    def explain(self, school_id: str) -> str:
        """Say in words why a school closes, stays or receives.

        Raises
        ------
        layout.core.errors.UsageError
            Where the study has no school of that identifier.
        """
        from layout.consolidation import explain

        return explain(self, school_id)

    def map(self, path: str | Path | None = None) -> Path | str:
        """Draw the plan as one offline HTML page.

        Parameters
        ----------
        path
            Where to write the page. Without it the page is returned as text.
        """
        from layout import maps

        if path is None:
            return maps.render(self)
        return maps.write(self, Path(path))

    def save(self, folder: str | Path, *, language: str | None = None) -> Path:
        """Write the map, the workbook, the GeoPackage, the CSV files and ``run.json``.

        The folder appears whole or not at all; an earlier result stays until the new one is
        complete.
        """
        from layout import exports

        return exports.save(self, Path(folder), lang=language)


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
