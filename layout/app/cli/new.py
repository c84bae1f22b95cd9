"""The verb ``new``: a study from an OpenStreetMap extract, or an empty workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout.app import newstudy
from layout.app.cli import screen
from layout.app.cli.options import Lang, OutDir
from layout.app.cli.sources import speak
from layout.core.errors import UsageError
from layout.core.text import tr

__all__ = ["new"]


def new(
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
    """Start a study from an OpenStreetMap extract, or from an empty workbook."""
    speak(lang)
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
