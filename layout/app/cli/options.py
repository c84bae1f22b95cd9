"""Arguments and options that several verbs share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.study.parts import OBJECTIVES, PREFERRED
from layout.inputs.tables.characters import half_width
from layout.planning.consolidation import DROPPABLE

__all__ = [
    "Lang",
    "MaybeFile",
    "MaybeOut",
    "Mode",
    "OutDir",
    "OutFile",
    "Scenario",
    "Source",
    "StudyFile",
    "StudyPath",
    "number_texts",
    "takes_levers",
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
LONGEST_NUMBER = 18
LEVER_OPTIONS: dict[str, Any] = {
    "close": Annotated[int | None, typer.Option(min=0, metavar="N", help="How many close.")],
    "keep": Annotated[
        list[str] | None, typer.Option(metavar="SCHOOL", help="A school that must stay.")
    ],
    "must_close": Annotated[
        list[str] | None, typer.Option(metavar="SCHOOL", help="A school that must close.")
    ],
    "forbid_receiver": Annotated[
        list[str] | None, typer.Option(metavar="SCHOOL", help="A school that receives nobody.")
    ],
    "quota": Annotated[
        list[str] | None,
        typer.Option(metavar="CODE=N", help="At most N close in a county or township."),
    ],
    "drop": Annotated[
        list[str] | None, typer.Option(metavar="|".join(DROPPABLE), help="A rule to leave out.")
    ],
    "objective": Annotated[
        str | None, typer.Option(metavar="|".join(OBJECTIVES), help="What is kept small first.")
    ],
    "belt_m": Annotated[
        float | None, typer.Option(min=0, metavar="METRES", help="Width of the border belt.")
    ],
    "belt_official": Annotated[
        bool | None,
        typer.Option(
            "--belt-official/--no-belt-official",
            help="Whether the official border list protects its schools.",
        ),
    ],
    "across_counties": Annotated[
        bool | None, typer.Option("--across-counties", help="Pupils may cross county borders.")
    ],
    "max_receivers": Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Most receivers of one closed school.")
    ],
    "prefer_receivers": Annotated[
        str | None, typer.Option(metavar="|".join(PREFERRED), help="Receivers to be preferred.")
    ],
    "min_receiver_pupils": Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Fewest pupils of a receiver.")
    ],
    "time_limit_s": Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="Seconds at most.")
    ],
    "walk_kmh": Annotated[
        float | None, typer.Option(metavar="KMH", help="Walking speed of children on the flat.")
    ],
    "bus_speed_factor": Annotated[
        float | None, typer.Option(metavar="FACTOR", help="Factor on the speeds of school buses.")
    ],
}
"""An option for each lever of `layout.app.levers.Levers` that is not left to a scenario file."""


def takes_levers(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb that ends in ``**levers`` an option for each of `LEVER_OPTIONS`.

    Parameters
    ----------
    verb
        The function of the verb; it gets the levers that were named, as `Levers`.
    """
    signature = inspect.signature(verb, eval_str=True)
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in LEVER_OPTIONS.items()
    ]

    @functools.wraps(verb)
    def run(*args: object, **options: Any) -> None:
        named = {name: options.pop(name) for name in LEVER_OPTIONS}
        levers = {name: value for name, value in named.items() if value not in (None, [])}
        if "quota" in levers:
            levers["quota"] = _quotas(levers["quota"])
        verb(*args, **options, **levers)

    # The command line reads signature and annotations.
    changed: Any = run
    changed.__signature__ = signature.replace(parameters=[*own, *more])
    changed.__annotations__ = {one.name: one.annotation for one in [*own, *more]}
    return run


def number_texts(text: str) -> list[str]:
    """Return the parts of a list with commas, in half width as Chinese input methods type them.

    Parameters
    ----------
    text
        As typed.

    Raises
    ------
    ValueError
        There are digits of other scripts, or marks between digits, which Python takes for numbers.
    """
    plain = half_width(text)
    if not plain.isascii() or "_" in plain:
        raise ValueError(text)
    return plain.split(",")


def _quotas(texts: Iterable[str]) -> dict[str, int]:
    """Number by code of several ``CODE=N``."""
    quotas: dict[str, int] = {}
    for code, most in map(_quota, texts):
        if code in quotas:
            raise UsageError(tr("quota names {code} twice", code=code))
        quotas[code] = most
    return quotas


def _quota(text: str) -> tuple[str, int]:
    """Code and number of ``CODE=N``."""
    code, sign, number = text.partition("=")
    number = half_width(number).strip()
    if not sign or not (number.isascii() and number.isdecimal()) or len(number) > LONGEST_NUMBER:
        raise UsageError(tr("Give a quota as CODE=N, not {text}.", text=text))
    return code.strip(), int(number)
