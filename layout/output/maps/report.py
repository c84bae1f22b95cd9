"""The title of the page and its data report: sources, models, warnings and norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.core.standards import PARCEL_NORMS, standards_table
from layout.core.text import language, tr, words
from layout.core.text.norms import NORM_USES
from layout.output.maps import proofs
from layout.output.maps.embed import clean
from layout.planning.belt import belt_width_m
from layout.planning.contract import PlanTables

__all__ = ["meta", "model_rows", "report"]


def meta(plan: PlanTables) -> dict[str, Any]:
    """Return what is printed around the map: title, marks, dates, credit."""
    study = plan.study
    # A plan with a name of its own shows it as its scenario.
    names = (study.scenario, plan.name if plan.name != study.name else "")
    scenario = " · ".join(dict.fromkeys(name for name in names if name))
    return {
        "title": clean(study.name),
        "scenario": clean(scenario),
        "language": language(),
        "modelled": study.provenance == "modelled",
        "date": study.data_date.isoformat(),
        "credit": clean(study.credit),
        "belt_km": belt_width_m(study) / 1000,
    }


def report(plan: PlanTables) -> dict[str, Any]:
    """Return the data report, in the language of this context."""
    study = plan.study
    # The width of the belt in a programme takes the place of the norm.
    replaced = {"belt_width_m"} if study.programmes.border is not None else set()
    # Nothing is measured against these where no parcels are offered.
    replaced |= set(PARCEL_NORMS) if study.parcels is None else set()
    kinds = words.inputs()
    return {
        "facts": _facts(plan),
        "models": model_rows(plan),
        "notes": [clean(note) for note in plan.notes],
        "inputs": [
            [kinds.get(item.name, clean(item.name)), clean(item.path), item.sha256]
            for item in study.inputs
        ],
        # Tables of texts, row by row, in the order of their columns.
        "warnings": [
            [
                problem.code,
                clean(problem.file),
                clean(problem.row or problem.label),
                clean(problem.shown_column),
                clean(problem.value),
                clean(problem.reason),
                clean(problem.remedy),
            ]
            for problem in study.warnings
        ],
        "standards": [
            [
                str(row["name"]),
                f"{row['value']:g}"
                if isinstance(row["value"], (int, float))
                else str(row["value"]),
                tr(str(row["unit"])),
                tr(str(row["source"])),
                _remark(row),
            ]
            for row in standards_table(study.standards)
            if row["name"] not in replaced
        ],
    }


def _remark(row: Mapping[str, str | float | bool]) -> str:
    """What a norm does, and whether the study has changed it."""
    told = tr(NORM_USES[str(row["name"])])
    return tr("{use}; changed by the study", use=told) if row["changed"] else told


def _facts(plan: PlanTables) -> list[list[str]]:
    study = plan.study
    # What a reader has to know before any number: modelled or observed, inferred or given.
    provenance = (
        tr("Modelled data: settlements, roads, schools or pupils are modelled, not observed.")
        if study.provenance == "modelled"
        else tr("Observed data, as given in the input files.")
    )
    attendance = (
        tr("Who goes where today was inferred from totals.")
        if study.attendance_inferred or study.attendance is None
        else tr("Who goes where today was given as a table.")
    )
    return [
        [tr("Origin of the data"), provenance],
        [tr("Attendance"), attendance],
        [tr("Date of the school data"), study.data_date.isoformat()],
        [tr("Year of the census of children"), str(study.children_year)],
        [tr("Coordinate system of all distances"), clean(study.crs)],
        [tr("Settlements"), f"{len(study.settlements):,}"],
        [tr("Schools"), f"{len(study.schools):,}"],
        [tr("Sources"), clean(study.credit)],
    ]


def model_rows(plan: PlanTables) -> list[dict[str, Any]]:
    """Return one row for every model: asked, reached, and what was proved in words."""
    names, statuses = words.models(), words.statuses()
    return [
        {
            "model": names.get(run.model, run.model),
            "key": run.model,
            "requested": run.requested,
            "achieved": run.achieved,
            "objective": run.objective,
            "bound": run.bound,
            "gap": run.gap,
            "status": run.status,
            "status_short": statuses[run.status],
            "status_words": proofs.badge(run),
            "sentence": proofs.sentence_of(run),
        }
        for run in plan.runs
    ]
