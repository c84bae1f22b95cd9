"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from layout.planning.consolidation import DROPPABLE

__all__ = [
    "Close",
    "Drop",
    "Keep",
    "Lang",
    "MaybeFile",
    "MaybeOut",
    "Mode",
    "MustClose",
    "OutDir",
    "OutFile",
    "Scenario",
    "Source",
    "StudyFile",
    "StudyPath",
    "TimeLimit",
]

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file.")]
Source = Annotated[
    Path, typer.Argument(metavar="DIR|STUDY.toml", help="A plan's folder, or a study to run.")
]
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
OutFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="File for the result.")]
MaybeFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="File for the result; by default named after it."),
]
MaybeOut = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")
]
StudyFile = Annotated[
    Path | None,
    typer.Option("--study", metavar="STUDY.toml", help="The study of a plan's folder."),
]
Scenario = Annotated[
    Path | None,
    typer.Option("--scenario", metavar="FILE", help="A partial study file laid over the study."),
]
Lang = Annotated[
    Literal["zh", "en"] | None, typer.Option("--lang", help="Language of all that is written.")
]
Mode = Annotated[Literal["walk", "bus", "drive"], typer.Option("--mode", help="How they travel.")]
Close = Annotated[int | None, typer.Option(min=0, metavar="N", help="How many schools close.")]
Keep = Annotated[list[str] | None, typer.Option(metavar="SCHOOL", help="A school that must stay.")]
MustClose = Annotated[
    list[str] | None, typer.Option(metavar="SCHOOL", help="A school that must close.")
]
Drop = Annotated[
    list[str] | None,
    typer.Option(metavar="|".join(DROPPABLE), help="A rule to leave out."),
]
TimeLimit = Annotated[float | None, typer.Option(min=1, metavar="SECONDS", help="Seconds at most.")]
