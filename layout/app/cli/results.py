"""Verbs for results: ``compare``, ``map`` and ``export``.

Each takes the folder of a saved plan, and then solves nothing, or a study, and then runs the whole
job.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import typer

from layout.app.cli import screen
from layout.app.cli.options import Lang, MaybeFile, Scenario, Source, StudyFile
from layout.app.cli.sources import plan_from
from layout.app.compare import compare as side_by_side
from layout.app.plan import Plan
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.output import lists
from layout.output.maps import page_path

__all__ = ["compare", "draw", "export"]


def compare(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR|STUDY.toml|SCENARIO.toml…",
            help="Plans' folders, studies, and scenarios of the study before them.",
        ),
    ],
    lang: Lang = None,
) -> None:
    """Set plans side by side."""
    plans: list[Plan] = []
    study: Path | None = None
    for source in sources:
        if source.is_dir() or _is_study(source):
            study = None if source.is_dir() else source
            plans.append(plan_from(source, lang=lang))
        elif study is None:
            raise UsageError(tr("{path} is a scenario; name its study before it.", path=source))
        else:
            plans.append(plan_from(study, scenario=source, lang=lang))
    table = side_by_side(*plans).in_words()
    screen.frame(table.rename_axis("").reset_index())


def _is_study(path: Path) -> bool:
    """Whether a file says what study it is; a scenario is laid over one and does not."""
    try:
        section = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("study", {})
    except (OSError, ValueError):
        return True  # reading it as a study tells what is wrong with it
    return "crs" in section


def draw(
    source: Source,
    out: MaybeFile = None,
    scenario: Scenario = None,
    study: StudyFile = None,
    lang: Lang = None,
) -> None:
    """Write only the map, as one HTML file."""
    target = _free(f"{source.resolve().stem}.html") if out is None else page_path(out)
    plan = plan_from(source, scenario=scenario, study=study, lang=lang)
    screen.say(tr("The map: {path}", path=plan.map(language=lang).save(target)))


def export(
    source: Source,
    out: MaybeFile = None,
    tables: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(lists.CONTRACT), help="A table to write; the whole plan without."
        ),
    ] = None,
    form: Annotated[
        Literal["xlsx", "csv", "gpkg", "geojson", "parquet"] | None,
        typer.Option("--format", help="Kind of file; by default as the file name ends."),
    ] = None,
    datum: Annotated[
        Literal["wgs84", "cgcs2000", "gcj02", "bd09"],
        typer.Option(help="Coordinate system of the places."),
    ] = "wgs84",
    scenario: Scenario = None,
    study: StudyFile = None,
    lang: Lang = None,
) -> None:
    """Write tables of a plan into one file to send on."""
    named = tables or None
    target = _target(out, form, named)
    lists.check_export(target, tables=named, datum=datum)
    plan = plan_from(source, scenario=scenario, study=study, lang=lang)
    path = plan.export(target, tables=named, datum=datum, language=lang)
    screen.say(tr("Written: {path}", path=path))


def _target(out: Path | None, form: str | None, tables: list[str] | None) -> Path:
    """The file to write; without a name one that says what is in it, never over another."""
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
    return _free(f"{'-'.join(tables or ['plan'])}.{form or 'xlsx'}")


def _free(name: str) -> Path:
    """A file of this name here; one that is there already is never written over unasked."""
    path = Path(name)
    if path.exists():
        raise UsageError(tr("There is already a file {path}; name another with --out.", path=path))
    return path
