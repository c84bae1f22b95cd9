"""A page of a picture: title, marks, legend and source round what is drawn."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from layout.core.text import tr
from layout.output.maps.embed import clean
from layout.output.pictures.fonts import chinese_font, load_backend
from layout.output.xlsx import columns_of
from layout.planning.contract import PlanTables

__all__ = ["INK", "QUIET", "Draw", "save_page", "show_page", "wrapped"]

Draw = Callable[[Any, Any], None]
"""Draws into the axes of the picture, and its legend and notes into those beside it."""
INK, QUIET, PAPER = "#1f2933", "#52606d", "#ffffff"
# A4 across, in inches; dots per inch of a PNG, and of a screen.
_WIDE, _HIGH, _DOTS, _SCREEN_DOTS = 11.69, 8.27, 200, 110
_EDGE = 0.035
# Nothing of the moment of drawing goes into the file.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "layout"},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": "layout", "Producer": "layout"},
}


def save_page(plan: PlanTables, path: Path, form: str, subject: str, draw: Draw) -> None:
    """Draw one page and write it; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan, for title, marks and source.
    path, form
        The file, and ``png``, ``svg`` or ``pdf``.
    subject
        What the picture shows.
    draw
        Draws it.
    """
    from matplotlib.figure import Figure

    with _settings():
        figure = Figure(figsize=(_WIDE, _HIGH), dpi=_DOTS, facecolor=PAPER)
        _page(figure, plan, subject, draw)
        figure.savefig(path, format=form, metadata=_METADATA[form])


def show_page(plan: PlanTables, subject: str, draw: Draw) -> Any:
    """Draw one page as a figure of pyplot, which a notebook shows.

    Parameters
    ----------
    plan, subject, draw
        As for `save_page`.

    Returns
    -------
    matplotlib.axes.Axes
        Those of the picture.
    """
    from matplotlib import pyplot as plt

    load_backend()
    with _settings():
        figure = plt.figure(figsize=(_WIDE, _HIGH), dpi=_SCREEN_DOTS, facecolor=PAPER)
        axes = _page(figure, plan, subject, draw)
        # Ticks come into being while they are drawn, and keep the letters that they had then.
        figure.draw_without_rendering()
    return axes


def _page(figure: Any, plan: PlanTables, subject: str, draw: Draw) -> Any:
    _frame(figure, plan, subject)
    axes = figure.add_axes((_EDGE, 0.085, 0.69, 0.79))
    beside = figure.add_axes((0.745, 0.085, 0.22, 0.79))
    beside.set_axis_off()
    draw(axes, beside)
    return axes


@contextmanager
def _settings() -> Iterator[None]:
    """The same settings on every computer, whatever its user has set."""
    import matplotlib as mpl

    family = chinese_font()
    with mpl.rc_context(), warnings.catch_warnings():
        # A sign that no font has is drawn as a box; no reader can do more about it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # The program that shows windows is none of ours, nor when it does.
        own = ("backend", "interactive")
        kept = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(own)}
        mpl.rcParams.update(kept)
        mpl.rcParams.update(
            {
                "font.family": [family, "DejaVu Sans"],
                "font.size": 9,
                "axes.unicode_minus": False,
                "text.color": INK,
                "axes.labelcolor": INK,
                "axes.edgecolor": QUIET,
                "xtick.color": QUIET,
                "ytick.color": INK,
                "svg.hashsalt": "layout",
                "svg.fonttype": "path",
                # Letters as outlines: any printer has them, also those of a collection of fonts.
                "pdf.fonttype": 3,
                # A name with a dollar is a name.
                "text.parse_math": False,
            }
        )
        yield


def _frame(figure: Any, plan: PlanTables, subject: str) -> None:
    """Title and marks above, source and date below."""
    study = plan.study
    modelled = study.provenance == "modelled"
    figure.text(_EDGE, 0.945, _short(subject, 60), fontsize=17, fontweight="bold", va="center")
    figure.text(_EDGE, 0.902, _short(study.name, 80), fontsize=10, color=QUIET, va="center")
    mark = tr("Modelled data") if modelled else tr("Internal working table")
    figure.text(
        1 - _EDGE,
        0.945,
        mark,
        fontsize=12,
        fontweight="bold",
        ha="right",
        va="center",
        bbox={"facecolor": "#ffd166", "edgecolor": "none", "boxstyle": "square,pad=0.5"},
    )
    facts = tr(
        "School data of {date}. Sources: {credit}",
        date=study.data_date.isoformat(),
        credit=_short(study.credit, 300),
    )
    if modelled:
        facts = f"{tr('Modelled data')} · {facts}"
    told = "\n".join(wrapped(facts, 225)[:3])
    figure.text(_EDGE, 0.06, told, fontsize=6.5, color=QUIET, va="top", linespacing=1.4)


def wrapped(text: object, letters: int, *, indent: str = "") -> list[str]:
    """Break a text into lines of so many narrow letters, never within a word or a number.

    Parameters
    ----------
    text
        Chinese may break at any sign.
    letters
        Width of a line; a Chinese sign is two of them.
    indent
        What the lines after the first begin with.
    """
    lines, line = [], ""
    for word in re.findall(r"(?:[!-~]+|.)[、，。；：）”》]*", " ".join(clean(text).split())):
        if line and columns_of(line + word, most=10_000) > letters:
            lines.append(line.rstrip())
            line = indent
        line += word if line.strip() else word.lstrip()
    return [*lines, line.rstrip()]


def _short(text: object, most: int) -> str:
    """A text of one line, cut with an ellipsis."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"
