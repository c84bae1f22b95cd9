"""Verbs around a plan: ``frontier``, ``alternatives``, ``sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Unpack

import pandas as pd
import typer

from layout.app import hearing, steps
from layout.app.cli import screen
from layout.app.cli.options import Lang, Scenario, StudyPath, number_texts, takes_levers
from layout.app.cli.sources import read_study
from layout.app.hearing.frontier import NUMBERS
from layout.app.levers import Levers, with_levers
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.output import lists

__all__ = ["alternatives", "frontier", "sensitivity"]

MaybeCsv = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.csv", help="File for the table.")
]


@takes_levers
def frontier(
    study: StudyPath,
    numbers: Annotated[
        str | None, typer.Option(metavar="0,10,20", help="Numbers of closures.")
    ] = None,
    out: MaybeCsv = None,
    scenario: Scenario = None,
    lang: Lang = None,
    **levers: Unpack[Levers],
) -> None:
    """Show what each number of closures costs at least."""
    _check(out)
    wanted = NUMBERS if numbers is None else _numbers(numbers)
    inputs = with_levers(read_study(study, scenario, lang), levers)
    table = hearing.frontier(inputs, wanted)
    screen.frame(table.in_words())
    _write(pd.DataFrame(table), out)


@takes_levers
def alternatives(
    study: StudyPath,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="How many other plans.")] = 5,
    within: Annotated[
        float, typer.Option(min=0.0, metavar="SHARE", help="How much worse they may be.")
    ] = 0.02,
    out: MaybeCsv = None,
    scenario: Scenario = None,
    lang: Lang = None,
    **levers: Unpack[Levers],
) -> None:
    """Show other plans nearly as good, and the schools that close in all of them."""
    _check(out)
    plan = steps.consolidate(read_study(study, scenario, lang), **levers)
    others = hearing.alternatives(plan, count=count, within=within)
    screen.frame(others.in_words())
    screen.say(others.summary())
    _write(pd.DataFrame(others.schools), out)


@takes_levers
def sensitivity(
    study: StudyPath,
    by: Annotated[
        float, typer.Option(min=0.01, max=0.9, metavar="SHARE", help="How far assumptions are off.")
    ] = 0.2,
    out: MaybeCsv = None,
    scenario: Scenario = None,
    lang: Lang = None,
    **levers: Unpack[Levers],
) -> None:
    """Show how often each school closes when speeds, pupils and class sizes are off."""
    _check(out)
    plan = steps.consolidate(read_study(study, scenario, lang), **levers)
    table = hearing.sensitivity(plan, by=by)
    screen.frame(table.in_words())
    _write(pd.DataFrame(table), out)


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in number_texts(text)]
    except ValueError as error:
        raise UsageError(tr("Give the numbers with commas, as 0,10,20.")) from error


def _check(out: Path | None) -> None:
    if out is not None:
        lists.csv_target(out)


def _write(table: pd.DataFrame, out: Path | None) -> None:
    if out is None:
        return
    lists.write_table(table, out)
    screen.say(tr("Written: {path}", path=out))
