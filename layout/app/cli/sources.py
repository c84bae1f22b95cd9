"""What a verb works on: a study with its scenario, or the folder of a plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from layout.app.cli import screen
from layout.app.plan import Plan
from layout.app.saved import read_plan
from layout.app.steps import make_plan
from layout.core.errors import UsageError, format_problems
from layout.core.text import Language, set_language, tr, words
from layout.inputs.study.study import Study
from layout.output import lists
from layout.output.maps import proofs
from layout.planning.contract import PlanTables

__all__ = [
    "check_folder",
    "plan_from",
    "read_study",
    "save",
    "show_doubts",
    "show_plan",
    "show_runs",
    "speak",
]

DOUBTS_PER_KIND = 3
"""How many warnings of one kind are printed beside a plan; its data report has them all."""


def speak(lang: str | None) -> None:
    """Speak the language asked for; Chinese where nobody asks."""
    set_language(cast("Language", lang or "zh"))


def read_study(path: Path, scenario: Path | None, lang: str | None) -> Study:
    """Read a study, tell its warnings, and speak its language where no other is asked for."""
    speak(lang)
    study = Study.read(path, scenario=scenario)
    if lang is None:
        set_language(study.language)
    else:
        study = replace(study, language=cast("Language", lang))
    if study.warnings:
        screen.warn(format_problems(study.warnings))
    return study


def plan_from(
    source: Path, *, scenario: Path | None = None, study: Path | None = None, lang: str | None
) -> Plan:
    """Return the plan of a folder, as it was saved, or run the whole job on a study."""
    speak(lang)
    if not source.is_dir():
        if study is not None:
            raise UsageError(tr("--study goes with a plan's folder; {path} is none.", path=source))
        # A page or table of a plan is easily given for the plan itself.
        if source.is_file() and source.suffix.lower() != ".toml":
            raise UsageError(
                tr(
                    "{path} is neither a study file (.toml) nor the folder of a saved plan.",
                    path=source,
                )
            )
        return make_plan(read_study(source, scenario, lang))
    if scenario is not None:
        raise UsageError(
            tr("A saved plan is as it is; a scenario needs its study: layout plan STUDY.toml.")
        )
    plan = read_plan(source, study=study)
    if lang is None:
        set_language(plan.study.language)
    return plan


def check_folder(out: Path | None) -> None:
    """Refuse a folder that `save` could not write before anything is solved."""
    if out is not None:
        lists.check_target(out)


def save(plan: Plan, out: Path | None) -> None:
    """Write a plan's folder where one is asked for."""
    if out is not None:
        plan.save(out)
        screen.say(tr("Written: {path}", path=out))


def show_doubts(plan: PlanTables, inputs: Study) -> None:
    """Print, on stderr, the warnings of a plan that reading its study has not told yet."""
    told = set(map(id, inputs.warnings))
    doubts = [one for one in plan.study.warnings if id(one) not in told]
    if doubts:
        screen.warn(format_problems(doubts, most=DOUBTS_PER_KIND))


def show_plan(plan: PlanTables) -> None:
    """Print the findings of a plan, then what each model reached."""
    for note in plan.notes:
        screen.say(str(note))
    show_runs(plan)


def show_runs(plan: PlanTables) -> None:
    """Print what each model reached and proved."""
    models, statuses = words.models(), words.statuses()
    rows = [
        (
            models.get(run.model, run.model),
            run.requested,
            run.achieved,
            "" if run.objective is None else f"{run.objective:,.0f}",
            "" if run.gap is None else f"{run.gap:.4%}",
            statuses.get(run.status, run.status),
        )
        for run in plan.runs
    ]
    screen.table(
        (tr("model"), tr("asked"), tr("reached"), tr("objective"), tr("gap"), tr("status")), rows
    )
    for run in plan.runs:
        name, proof = models.get(run.model, run.model), proofs.sentence_of(run)
        screen.say(tr("{model}: {proof}", model=name, proof=proof))
