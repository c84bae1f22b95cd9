"""The verb ``new``: studies from an OpenStreetMap extract or a place, or an empty workbook."""

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
    place: Annotated[
        str | None,
        typer.Option("--place", metavar="NAME", help="A place to download from OpenStreetMap."),
    ] = None,
    area: Annotated[
        str | None, typer.Option("--area", help="Name of an area of the extract, or a file.")
    ] = None,
    areas: Annotated[
        Path | None,
        typer.Option("--areas", metavar="FILE", help="Polygons with names: one study for each."),
    ] = None,
    level: Annotated[
        int | None,
        typer.Option(
            "--level",
            metavar="N",
            help="One study for each administrative area of this level of the extract.",
        ),
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
    """Start a study from an OpenStreetMap extract or a place, or from an empty workbook."""
    speak(lang)
    if [osm is not None, place is not None, template].count(True) != 1:
        raise UsageError(tr("Give one of --osm, --place and --template."))
    if template and (population or ages):
        raise UsageError(tr("--population and --ages go with --osm or --place."))
    if area is not None and osm is None:
        raise UsageError(tr("--area goes with --osm."))
    many = areas is not None or level is not None
    if many and osm is None:
        raise UsageError(tr("--areas and --level go with --osm."))
    source = osm if place is None else newstudy.Place(place)
    if source is None:
        screen.say(tr("The workbook: {path}", path=newstudy.write_template(out)))
        return
    path = newstudy.new_study(
        source,
        out,
        area=area,
        areas=areas,
        level=level,
        population=population,
        age_shares=None if ages is None else newstudy.read_age_shares(ages),
    )
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            screen.say(line.removeprefix("# "))
    said = tr("The list: {path}", path=path) if many else tr("The study file: {path}", path=path)
    screen.say(said)
