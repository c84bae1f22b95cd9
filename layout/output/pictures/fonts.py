"""Letters for pictures: a font with Chinese that this computer has, or what to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from layout.core.errors import UsageError
from layout.core.text import language, tr

__all__ = [
    "CHINESE",
    "chinese_font",
    "lettered",
    "load_backend",
    "need_matplotlib",
    "use_chinese_font",
]

CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Heiti SC",
    "SimHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "SimSun",
    # The same family for other readers has all the signs.
    "Noto Sans CJK JP",
    "Arial Unicode MS",
)
"""Families with Chinese letters, the best for print first."""


def need_matplotlib() -> None:
    """Say what to install where matplotlib is missing.

    Raises
    ------
    layout.core.errors.UsageError
        It cannot be loaded.
    """
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError as error:
        raise UsageError(
            tr("Pictures need the package matplotlib: pip install matplotlib")
        ) from error


def chinese_font() -> str:
    """Return the first family of `CHINESE` that this computer has.

    Raises
    ------
    layout.core.errors.UsageError
        It has none; the message says what to install.
    """
    from matplotlib import font_manager

    known = font_manager.fontManager
    family = _first({entry.name for entry in known.ttflist})
    if family is None:
        # The list of fonts is kept from run to run: look again for what was installed since.
        fresh = font_manager.FontManager().ttflist
        family = _first({entry.name for entry in fresh})
        known.ttflist.extend(entry for entry in fresh if entry.name == family)
    if family is None:
        raise UsageError(
            tr(
                "There is no font with Chinese letters. Install one of: {fonts}; on Debian and "
                "Ubuntu: apt-get install fonts-noto-cjk.",
                fonts=", ".join(CHINESE),
            )
        )
    return family


@contextmanager
def lettered() -> Iterator[None]:
    """Letter plots for the reader's language within a block; names are no formulas.

    Raises
    ------
    layout.core.errors.UsageError
        The reader reads Chinese, and this computer has no font with it.
    """
    import matplotlib as mpl

    try:
        chinese = [chinese_font()]
    except UsageError:
        if language() == "zh":
            raise
        chinese = []
    load_backend()
    with mpl.rc_context(_letters(*chinese)):
        yield


def load_backend() -> None:
    """Let pyplot load what shows its figures, before any settings that end with a block.

    It sets whether figures are shown as soon as they are made; set within such a block, that would
    end with it, and a notebook would show no further figure.
    """
    from matplotlib import pyplot as plt

    plt.close(plt.figure())


def use_chinese_font() -> str:
    """Let all plots of matplotlib after this one show Chinese, your own as well.

    Returns
    -------
    str
        The family that was found.

    Raises
    ------
    layout.core.errors.UsageError
        Where matplotlib is missing, or this computer has no font with Chinese; the message says
        what to install.
    """
    need_matplotlib()
    import matplotlib as mpl

    family = chinese_font()
    mpl.rcParams.update(_letters(family))
    return family


def _letters(*chinese: str) -> dict[Any, Any]:
    """Settings of matplotlib: what Chinese fonts lack comes from its own."""
    return {
        "font.family": [*chinese, "DejaVu Sans"],
        # The long minus is one of these, and a name with a dollar is a name.
        "axes.unicode_minus": False,
        "text.parse_math": False,
    }


def _first(names: set[str]) -> str | None:
    return next((family for family in CHINESE if family in names), None)
