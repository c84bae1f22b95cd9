"""Verbs for a whole study: ``plan`` and ``check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Unpack

import typer

from layout.app.cli import screen
from layout.app.cli.options import (
    Lang,
    OutDir,
    Scenario,
    StudyPath,
    takes_levers,
)
from layout.app.cli.sources import read_study, show_doubts, show_plan, speak
from layout.app.datareport.checked import check as checked
from layout.app.datareport.nearby import nearby_problems
from layout.app.datareport.screen import piece_table, screen_tables
from layout.app.datareport.write import check_report, write_report
from layout.app.levers import Levers
from layout.app.steps import make_plan
from layout.core.errors import InfeasibleError, InputError, format_problems
from layout.core.text import tr
from layout.output import lists
from layout.planning.contract import PlanTables
from layout.planning.siting import unplanned

__all__ = ["check", "plan"]


@takes_levers
def plan(
    study: StudyPath,
    out: OutDir,
    scenario: Scenario = None,
    lang: Lang = None,
    **levers: Unpack[Levers],
) -> None:
    """Run the whole job: close, retain, site, check, map and tables."""
    lists.check_target(out)
    inputs = read_study(study, scenario, lang)
    if far := nearby_problems(inputs):
        screen.warn(format_problems(far))
    try:
        made = make_plan(inputs, **levers)
    except InfeasibleError as error:
        offer = error.offer if isinstance(error.offer, PlanTables) else None
        if offer is not None:
            show_doubts(offer, inputs)
        lists.save_infeasible(error.diagnosis, out, offer=offer, language=lang)
        screen.say(tr("Why there is no plan: {path}", path=out / "infeasible.json"))
        if offer is not None:
            screen.say(tr("The best plan that can be had: {path}", path=out / "offer"))
        raise
    show_doubts(made, inputs)
    made.save(out)
    show_plan(made)
    screen.say(tr("The map: {path}", path=out / "index.html"))


def check(
    study: StudyPath,
    scenario: Scenario = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Folder for the problems as HTML and XLSX."),
    ] = None,
    roads: Annotated[
        bool, typer.Option("--roads", help="Read the roads too, however large their file is.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Read and validate a study; write nothing but a report asked for."""
    speak(lang)
    if report is not None:
        check_report(report)
    told = checked(study, scenario, roads=roads or None)
    seen = told.seen
    speak(lang or seen.language)
    tables = [] if told.pieces is None else [piece_table(told.pieces)]
    for header, rows in [*screen_tables(seen), *tables]:
        screen.table(header, rows)
    if report is not None:
        for path in write_report(seen, report, title=study.name, places=told.places):
            screen.say(tr("Written: {path}", path=path))
    if seen.study is None:
        raise InputError(*seen.problems)
    if seen.problems:
        screen.warn(format_problems(seen.problems))
    parcels, exclusions = seen.study.parcels, seen.study.exclusions
    if parcels is not None or exclusions is not None:
        counts = {
            "parcels": 0 if parcels is None else len(parcels),
            "exclusions": 0 if exclusions is None else len(exclusions),
        }
        screen.say(
            tr("Parcels offered for building: {parcels}; exclusion areas: {exclusions}.", **counts)
        )
    if told.pieces is None:
        screen.say(tr("The file of the roads is large and was not read; --roads reads it too."))
    later = unplanned(seen.study)
    if later is not None:
        screen.say(str(later))
    warnings = sum(problem.severity == "warning" for problem in seen.problems)
    screen.say(tr("The study is in order; {count:warning|warnings}.", count=warnings))
