"""Verbs for a single step: ``travel``, ``assess``, ``consolidate``, ``border``, ``site``."""

from __future__ import annotations

from typing import Annotated, Unpack

import typer

from layout.app import steps
from layout.app.cli import screen
from layout.app.cli.options import (
    Lang,
    MaybeOut,
    Mode,
    OutFile,
    Scenario,
    StudyPath,
    number_texts,
    takes_levers,
)
from layout.app.cli.sources import check_folder, read_study, save, show_doubts, show_runs
from layout.app.levers import Levers
from layout.core.errors import UsageError
from layout.core.text import tr, words
from layout.network.travel import study_areas, travel_matrix
from layout.output import lists
from layout.planning.contract import COUNTIES
from layout.planning.schema import code_words

__all__ = ["assess", "border", "consolidate", "site", "travel"]


def travel(
    study: StudyPath,
    out: OutFile,
    mode: Mode = "walk",
    areas: Annotated[
        str | None,
        typer.Option("--areas", metavar="15,30", help="Write service areas instead, as .gpkg."),
    ] = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Write the travel times from settlements to schools as CSV."""
    if areas is not None:
        lists.areas_target(out)
        inputs = read_study(study, scenario, lang)
        shapes = study_areas(inputs, mode=mode, minutes=_minutes(areas))
        lists.write_areas(inputs, shapes, out)
        screen.say(tr("{count:service area|service areas} in {path}", count=len(shapes), path=out))
        return
    lists.csv_target(out)
    pairs = travel_matrix(read_study(study, scenario, lang), mode=mode).pairs()
    lists.write_table(pairs, out)
    screen.say(
        tr("{count:pair|pairs} of settlement and school in {path}", count=len(pairs), path=out)
    )


def assess(
    study: StudyPath, out: MaybeOut = None, scenario: Scenario = None, lang: Lang = None
) -> None:
    """Show the state as it is, by county."""
    check_folder(out)
    inputs = read_study(study, scenario, lang)
    today = steps.assess(inputs)
    show_doubts(today, inputs)
    shown = [name for name in COUNTIES if not name.endswith("_after") and name != "closed"]
    screen.frame(today.counties[shown], words.columns())
    save(today, out)


@takes_levers
def consolidate(
    study: StudyPath,
    out: MaybeOut = None,
    scenario: Scenario = None,
    lang: Lang = None,
    **levers: Unpack[Levers],
) -> None:
    """Choose which small schools close and where their pupils go."""
    check_folder(out)
    inputs = read_study(study, scenario, lang)
    plan = steps.consolidate(inputs, **levers)
    show_doubts(plan, inputs)
    shown = ["school_id", "name", "pupils", "year", "added_minutes_mean", "reason"]
    screen.frame(plan.closures[shown], words.columns())
    show_runs(plan)
    save(plan, out)


def border(
    study: StudyPath, out: MaybeOut = None, scenario: Scenario = None, lang: Lang = None
) -> None:
    """Show the schools of the border counties and what retention costs."""
    check_folder(out)
    inputs = read_study(study, scenario, lang)
    asked = inputs.programmes.closures is not None or inputs.options.close is not None
    plan = steps.retain_border(steps.consolidate(inputs) if asked else steps.assess(inputs))
    show_doubts(plan, inputs)
    inside = plan.retained[plan.retained["belt"] != "out"]
    screen.frame(
        inside.replace({"belt": words.belts(), "rule": code_words("retained", "rule")}),
        words.columns(),
    )
    show_runs(plan)
    save(plan, out)


def site(
    study: StudyPath,
    programme: Annotated[str, typer.Option(help="kindergarten or compulsory")],
    out: MaybeOut = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Choose the sites of one programme."""
    check_folder(out)
    inputs = read_study(study, scenario, lang)
    plan = steps.site(steps.assess(inputs), programme)
    show_doubts(plan, inputs)
    shown = ["site_id", "name", "kind", "township", "classes", "places", "pupils_served", "reason"]
    screen.frame(plan.sites[shown], words.columns())
    show_runs(plan)
    save(plan, out)


def _minutes(text: str) -> list[float]:
    try:
        return [float(part) for part in number_texts(text)]
    except ValueError as error:
        raise UsageError(tr("Give the limits as minutes with commas, as 15,30.")) from error
