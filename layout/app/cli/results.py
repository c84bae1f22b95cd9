"""Verbs for results: ``compare``, ``map`` and ``export``.

Each takes the folder of a saved plan, and then solves nothing, or a study, and then runs the whole
job.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from layout.app.batch.compare import compare_batches
from layout.app.batch.saved import is_batch, read_batch
from layout.app.cli import screen
from layout.app.cli.options import Lang, MaybeFile, Scenario, Source, StudyFile
from layout.app.cli.sources import plan_from, speak
from layout.app.compare import compare as side_by_side
from layout.app.compare import compared_map
from layout.app.plan import Plan
from layout.core.errors import InputError, UsageError
from layout.core.text import tr
from layout.inputs.study.file import read_toml
from layout.output import lists, pictures
from layout.output.maps import page_path

__all__ = ["compare", "draw", "export"]


def compare(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR|STUDY.toml|SCENARIO.toml…",
            help="Plans' folders, studies, and scenarios of the study before them; or batches.",
        ),
    ],
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="File for a map with all plans."),
    ] = None,
    study_file: StudyFile = None,
    lang: Lang = None,
) -> None:
    """Set plans side by side, or batches of studies."""
    if any(map(is_batch, sources)):
        _compare_batches(sources, named=map_file or study_file, lang=lang)
        return
    target = None if map_file is None else page_path(map_file)
    plans: list[Plan] = []
    study: Path | None = None
    # What cannot be read is told before anything is solved.
    whole = [source.is_dir() or _is_study(source) for source in sources]
    for source, is_whole in zip(sources, whole, strict=True):
        if is_whole:
            study = None if source.is_dir() else source
            own = study_file if source.is_dir() else None
            plans.append(plan_from(source, study=own, lang=lang))
        elif study is None:
            raise UsageError(tr("{path} is a scenario; name its study before it.", path=source))
        else:
            plans.append(plan_from(study, scenario=source, lang=lang))
    table = side_by_side(*plans).in_words()
    screen.frame(table.rename_axis("").reset_index())
    if target is not None:
        page = compared_map(dict(zip(_names(plans, sources), plans, strict=True)), language=lang)
        screen.say(tr("The map: {path}", path=page.save(target)))


def _compare_batches(sources: Sequence[Path], *, named: Path | None, lang: str | None) -> None:
    """Print batches side by side."""
    others = [source for source in sources if not is_batch(source)]
    if others:
        raise UsageError(
            tr("{path} is no batch; batches are compared with batches alone.", path=others[0])
        )
    if named is not None:
        raise UsageError(tr("Batches are compared without a map and without a study."))
    speak(lang or read_batch(sources[0]).language)
    compared = compare_batches(*sources)
    screen.frame(compared.closures_in_words())
    screen.frame(compared.sums_in_words())


def _names(plans: Sequence[Plan], sources: Sequence[Path]) -> list[str]:
    """A name for each plan: its own; where two share one, that of its folder or file."""
    names = [plan.name for plan in plans]
    if len(set(names)) == len(names):
        return names
    # What follows a dot in the name of a folder is part of it.
    paths = [source.resolve() for source in sources]
    names = [path.name if path.is_dir() else path.stem for path in paths]
    if len(set(names)) == len(names):
        return names
    return [f"{at} {name}" for at, name in enumerate(names, start=1)]


def _is_study(path: Path) -> bool:
    """Whether a file says what study it is; a scenario is laid over one and does not."""
    try:
        section = read_toml(path, file=path.name).get("study", {})
    except InputError as error:
        if error.problems[0].code == "cannot-read":
            raise
        return True  # reading it as a study tells what is wrong with it
    return "crs" in section


def draw(
    source: Source,
    out: MaybeFile = None,
    scenario: Scenario = None,
    study: StudyFile = None,
    edition: Annotated[
        Literal["internal", "public"],
        typer.Option(help="For the bureau, or for public notice: fewer fields, rounded numbers."),
    ] = "internal",
    lang: Lang = None,
) -> None:
    """Write only the map, as one HTML file."""
    target = _free(f"{source.resolve().stem}.html") if out is None else page_path(out)
    plan = plan_from(source, scenario=scenario, study=study, lang=lang)
    page = plan.map(language=lang, edition=edition)
    screen.say(tr("The map: {path}", path=page.save(target)))


def export(
    source: Source,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE|DIR", help="File for the result, or folder for pictures."
        ),
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(lists.EXPORTED), help="A table to write; the whole plan without."
        ),
    ] = None,
    draw_all: Annotated[
        bool,
        typer.Option("--pictures", help="Maps and plots for print into a folder, no tables."),
    ] = False,
    form: Annotated[
        Literal["xlsx", "csv", "gpkg", "geojson", "parquet", "png", "svg", "pdf"] | None,
        typer.Option("--format", help="Kind of file; by default as the file name ends."),
    ] = None,
    datum: Annotated[
        str,
        typer.Option(metavar="|".join(lists.DATUMS), help="Coordinate system of the places."),
    ] = "wgs84",
    scenario: Scenario = None,
    study: StudyFile = None,
    lang: Lang = None,
) -> None:
    """Write tables of a plan into one file to send on, or its pictures for print."""
    named = tables or None
    if draw_all:
        _draw_all(source, out, named, form, datum, scenario, study, lang)
        return
    if form in pictures.FORMS:
        raise UsageError(tr("{form} is a kind of picture; add --pictures.", form=form))
    target = _target(out, form, named, datum)
    lists.check_export(target, tables=named, datum=datum)
    plan = plan_from(source, scenario=scenario, study=study, lang=lang)
    path = plan.export(target, tables=named, datum=datum, language=lang)
    screen.say(tr("Written: {path}", path=path))


def _draw_all(
    source: Path,
    out: Path | None,
    tables: list[str] | None,
    form: str | None,
    datum: str,
    scenario: Path | None,
    study: Path | None,
    lang: str | None,
) -> None:
    """Draw all pictures of a plan into a folder."""
    if tables or datum != "wgs84" or (form is not None and form not in pictures.FORMS):
        raise UsageError(
            tr("--pictures goes without tables and datum; --format is png, svg or pdf.")
        )
    folder = pictures.check_set(_free("pictures") if out is None else out)
    plan = plan_from(source, scenario=scenario, study=study, lang=lang)
    made = plan.pictures(folder, form=form or "png", language=lang)  # type: ignore[arg-type]
    screen.say(tr("Written: {count:picture|pictures} into {path}", count=len(made), path=folder))


def _target(out: Path | None, form: str | None, tables: list[str] | None, datum: str) -> Path:
    """The file to write; without a name one that says what is in it, never over another.

    A datum other than WGS 84 stands in the name as well.
    """
    if out is not None:
        if form is not None and out.suffix.lower() != f".{form}":
            raise UsageError(
                tr(
                    "The file name must end in {endings}, not “{name}”.",
                    endings=f".{form}",
                    name=out.name,
                )
            )
        return out
    suffix = "" if datum == "wgs84" else f"-{datum}"
    return _free(f"{'-'.join(tables or ['plan'])}{suffix}.{form or 'xlsx'}")


def _free(name: str) -> Path:
    """A file of this name here; one that is there already is never written over unasked."""
    path = Path(name)
    if path.exists():
        raise UsageError(tr("There is already a file {path}; name another with --out.", path=path))
    return path
