"""The command ``layout``: one verb for each step of the Python interface, no logic of its own.

Results go to stdout, the log and all errors to stderr. Exit codes: 0 done, 1 bad input, 2 wrong
usage, 3 infeasible, 4 no solution within the limits, 5 an answer failed its own check,
130 interrupted.
"""

import logging
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, cast

import typer

from layout.app import newstudy, pipeline
from layout.app.cli import screen
from layout.app.datareport.listing import is_light
from layout.app.datareport.nearby import nearby_problems
from layout.app.datareport.roads import road_report
from layout.app.datareport.screen import screen_tables
from layout.app.datareport.write import write_report
from layout.app.plan import Plan, compare
from layout.app.steps import assess, consolidate, retain_border, site
from layout.core import cache
from layout.core.errors import InfeasibleError, InputError, LayoutError, UsageError, format_problems
from layout.core.text import Language, asked_language, set_language, tr, words
from layout.inputs.study.study import Study, examine, with_problems
from layout.network import travel
from layout.output import lists
from layout.planning.contract import COUNTIES

app = typer.Typer(
    name="layout",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file.")]
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
OutFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="File for the result.")]
MaybeOut = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")
]
Scenario = Annotated[
    Path | None,
    typer.Option("--scenario", metavar="FILE", help="A partial study file laid over the study."),
]
Lang = Annotated[
    Literal["zh", "en"] | None, typer.Option("--lang", help="Language of all that is written.")
]
Mode = Annotated[Literal["walk", "bus", "drive"], typer.Option("--mode", help="How they travel.")]


@app.callback(help="Plan where schools close, stay and open.")
def options(
    no_cache: Annotated[  # read by `main`, as it may stand anywhere
        bool,
        typer.Option(
            "--no-cache", help="Neither read nor write the cache of roads and travel times."
        ),
    ] = False,
) -> None:
    del no_cache


@app.command("plan", help="Run the whole job: close, retain, site, check, map and tables.")
def plan_verb(study: StudyPath, out: OutDir, scenario: Scenario = None, lang: Lang = None) -> None:
    lists.check_target(out)
    inputs = _read(study, scenario, lang)
    try:
        plan = pipeline.run(inputs)
    except InfeasibleError as error:
        lists.save_infeasible(error.diagnosis, out, offer=cast("Plan | None", error.offer))
        raise
    plan.save(out)
    _show_plan(plan)
    screen.say(tr("The map: {path}", path=out / "index.html"))


@app.command("check", help="Read and validate a study; write nothing but a report asked for.")
def check_verb(
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
    _speak(lang)
    held = examine(study, scenario)
    places: list[tuple[str, ...]] = []
    _speak(lang or held.language)
    if held.study is not None:
        found = nearby_problems(held.study)
        if roads or is_light(held.study):
            problems, places = road_report(held.study)
            found += problems
        held = with_problems(held, found)
    for header, rows in screen_tables(held):
        screen.table(header, rows)
    if report is not None:
        for path in write_report(held, report, title=study.name, places=places):
            screen.say(tr("Written: {path}", path=path))
    if held.study is None:
        raise InputError(*held.problems)
    if held.problems:
        sys.stderr.write(format_problems(held.problems) + "\n")
    warnings = sum(problem.severity == "warning" for problem in held.problems)
    screen.say(tr("The study is in order; {count} warnings.", count=warnings))


@app.command("travel", help="Write the travel times from settlements to schools as CSV.")
def travel_verb(
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
    if areas is not None:
        lists.areas_target(out)
        inputs = _read(study, scenario, lang)
        found = travel.study_areas(inputs, mode=mode, minutes=_minutes(areas))
        lists.write_areas(inputs, found, out)
        screen.say(tr("{count} service areas in {path}", count=len(found), path=out))
        return
    pairs = travel.travel_matrix(_read(study, scenario, lang), mode=mode).pairs()
    lists.write_csv(pairs, out)
    screen.say(tr("{count} pairs of settlement and school in {path}", count=len(pairs), path=out))


@app.command("assess", help="Show the state as it is, by county.")
def assess_verb(
    study: StudyPath, out: MaybeOut = None, scenario: Scenario = None, lang: Lang = None
) -> None:
    plan = assess(_read(study, scenario, lang))
    shown = [name for name in COUNTIES if not name.endswith("_after") and name != "closed"]
    screen.frame(plan.counties[shown])
    _save(plan, out)


@app.command("consolidate", help="Choose which small schools close and where their pupils go.")
def consolidate_verb(
    study: StudyPath,
    out: MaybeOut = None,
    close: Annotated[int | None, typer.Option(min=0, help="How many schools close.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="A rule to leave out.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="A school that must stay.")] = None,
    must_close: Annotated[list[str] | None, typer.Option(help="A school that must close.")] = None,
    time_limit_s: Annotated[float | None, typer.Option(min=1, help="Seconds at most.")] = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    inputs = _read(study, scenario, lang)
    levers = inputs.options
    plan = consolidate(
        inputs,
        close=levers.close if close is None else close,
        drop=drop or levers.drop,
        keep=keep or levers.keep,
        must_close=must_close or levers.must_close,
        close_uncertain=levers.close_uncertain,
        time_limit_s=time_limit_s or levers.time_limit_s,
    )
    screen.frame(
        plan.closures[["school_id", "name", "pupils", "year", "added_minutes_mean", "reason"]]
    )
    _show_runs(plan)
    _save(plan, out)


@app.command("border", help="Show the schools of the border counties and what retention costs.")
def border_verb(
    study: StudyPath, out: MaybeOut = None, scenario: Scenario = None, lang: Lang = None
) -> None:
    plan = retain_border(_read(study, scenario, lang))
    screen.frame(plan.retained[plan.retained["belt"] != "out"])
    _show_runs(plan)
    _save(plan, out)


@app.command("site", help="Choose the sites of one programme.")
def site_verb(
    study: StudyPath,
    programme: Annotated[str, typer.Option(help="kindergarten or compulsory")],
    out: MaybeOut = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    plan = site(_read(study, scenario, lang), programme=programme)
    screen.frame(plan.sites)
    _show_runs(plan)
    _save(plan, out)


@app.command("compare", help="Run a study and its scenarios and set them side by side.")
def compare_verb(
    study: StudyPath,
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO…", help="Scenario files.")],
    lang: Lang = None,
) -> None:
    plans = [pipeline.run(_read(study, scenario, lang)) for scenario in (None, *scenarios)]
    screen.frame(compare(*plans).reset_index())


@app.command("map", help="Run the whole job and write only the map, as one HTML file.")
def map_verb(study: StudyPath, out: OutFile, scenario: Scenario = None, lang: Lang = None) -> None:
    plan = pipeline.run(_read(study, scenario, lang))
    screen.say(tr("The map: {path}", path=plan.map(out)))


@app.command("export", help="Run the whole job and write one table file: .xlsx or .gpkg.")
def export_verb(
    study: StudyPath, out: OutFile, scenario: Scenario = None, lang: Lang = None
) -> None:
    lists.check_format(out)
    lists.write_one(pipeline.run(_read(study, scenario, lang)), out)
    screen.say(tr("Written: {path}", path=out))


@app.command("new", help="Start a study from an OpenStreetMap extract, or from an empty workbook.")
def new_verb(
    out: OutDir,
    osm: Annotated[
        Path | None, typer.Option("--osm", metavar="FILE.osm.pbf", help="The extract.")
    ] = None,
    area: Annotated[
        str | None, typer.Option("--area", help="Name of an area of the extract, or a file.")
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option("--population", metavar="FILE.tif", help="Raster with people per cell."),
    ] = None,
    ages: Annotated[
        Path | None,
        typer.Option("--ages", metavar="FILE.csv", help="Shares of ages 0 to 17: age, share."),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write an empty workbook to fill in.")
    ] = False,
    lang: Lang = None,
) -> None:
    _speak(lang)
    if template == (osm is not None) or (template and (area or population or ages)):
        raise UsageError(tr("Give either --osm, with its options, or --template."))
    if osm is None:
        screen.say(tr("The workbook: {path}", path=newstudy.write_template(out)))
        return
    path = newstudy.new_study(
        osm,
        out,
        area=area,
        population=population,
        age_shares=None if ages is None else newstudy.read_age_shares(ages),
    )
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            screen.say(line.removeprefix("# "))
    screen.say(tr("The study file: {path}", path=path))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with the exit code of the contract."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("layout").setLevel(logging.INFO)
    _speak(asked_language(words))
    command = typer.main.get_command(app)
    _translate(command)
    aside = "--no-cache" in words
    words = [*(["--no-cache"] if aside else []), *(word for word in words if word != "--no-cache")]
    try:
        with cache.off() if aside else nullcontext():
            command(args=words, prog_name="layout")
    except InfeasibleError as error:
        _fail(str(error) or tr("No plan keeps all the rules."), error.exit_code)
    except LayoutError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail(tr("Interrupted; earlier results are untouched."), INTERRUPTED)
    except SystemExit as leave:
        # Typer turns an interrupt into this code, and says nothing.
        if leave.code == INTERRUPTED:
            _fail(tr("Interrupted; earlier results are untouched."), INTERRUPTED)
        raise
    sys.exit(0)


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write(message.rstrip() + "\n")
    sys.exit(code)


def _speak(lang: str | None) -> None:
    set_language(cast("Language", lang or "zh"))


def _translate(command: Any) -> None:
    if command.help:
        command.help = tr(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = tr(parameter.help)
    for verb in getattr(command, "commands", {}).values():
        _translate(verb)


def _read(path: Path, scenario: Path | None, lang: str | None) -> Study:
    _speak(lang)
    study = Study.read(path, scenario=scenario)
    if lang is None:
        set_language(study.language)
    else:
        study = replace(study, language=cast("Language", lang))
    if study.warnings:
        sys.stderr.write(format_problems(study.warnings) + "\n")
    return study


def _minutes(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(tr("Give the limits as minutes with commas, as 15,30.")) from error


def _save(plan: Plan, out: Path | None) -> None:
    if out is not None:
        plan.save(out)
        screen.say(tr("Written: {path}", path=out))


def _show_plan(plan: Plan) -> None:
    for note in plan.notes:
        screen.say(note)
    _show_runs(plan)


def _show_runs(plan: Plan) -> None:
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


__all__ = ["app", "main"]
