"""The title of the page and its data report: sources, models, warnings and norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.core.standards import PARCEL_NORMS, standards_table
from layout.core.text import language, tr, words
from layout.output.maps.embed import clean
from layout.planning.belt import belt_width_m
from layout.planning.contract import ModelRun, PlanTables

__all__ = ["gap_text", "meta", "model_rows", "report", "sentence_of"]


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
    return {
        "facts": _facts(plan),
        "models": model_rows(plan),
        "notes": [clean(note) for note in plan.notes],
        "inputs": [[clean(item.name), clean(item.path), item.sha256] for item in study.inputs],
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
                str(row["unit"]),
                str(row["source"]),
                tr("changed by the study") if row["changed"] else "",
            ]
            for row in standards_table(study.standards)
            if row["name"] not in replaced
        ],
    }


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
            "status_words": _proof(run, statuses),
            "sentence": _with_candidates(run),
        }
        for run in plan.runs
    ]


def gap_text(gap: float) -> str:
    """Return a gap as a percentage that never says nought where something is left."""
    return f"{gap:.2%}" if gap >= 0.00005 else "< 0.01%"


def _proof(run: ModelRun, statuses: Mapping[str, str]) -> str:
    if run.status == "gap" and run.gap is not None:
        # Levels that are proved before the first that is not.
        proved = int(run.detail.get("levels_proven", 0))
        if proved:
            return tr(
                "goals proved: {count}; gap of the next: {gap}", count=proved, gap=gap_text(run.gap)
            )
        return tr("not proved, gap {gap}", gap=gap_text(run.gap))
    return statuses[run.status]


def _with_candidates(run: ModelRun) -> str:
    """How far an answer is proved, and by how much other candidates could be better."""
    told = sentence_of(run)
    if run.candidates is None or run.beyond is None:
        return told
    among = tr(
        "Chosen among {count} candidates; with any other place at most {share} better.",
        count=run.candidates,
        share=gap_text(run.beyond) if run.beyond else "0%",
    )
    return f"{told} {among}"


def sentence_of(run: ModelRun) -> str:
    """Say in one sentence how far the answer of a model is proved."""
    if run.status == "proven":
        return tr("No better plan exists under these rules.")
    if run.status == "gap" and run.gap is not None:
        return tr("Not proved: a plan better by at most {gap} may exist.", gap=gap_text(run.gap))
    if run.status == "gap":
        return tr("Not proved: a better plan may exist.")
    return words.statuses()[run.status]
