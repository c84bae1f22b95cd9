"""Progress on whatever takes more than two seconds, on stderr.

In a terminal or a notebook this is a bar; in a log it is one line per finished step.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm.auto import tqdm

__all__ = ["DELAY_S", "bar", "step"]

DELAY_S = 2.0

_log = logging.getLogger("layout.progress")
_T = TypeVar("_T")


def bar(iterable: Iterable[_T], *, label: str, total: int | None = None) -> Iterator[_T]:
    """Go through an iterable; a bar appears when it takes more than two seconds.

    Parameters
    ----------
    iterable
        What to go through.
    label
        Name of the step, already translated.
    total
        Number of items, where the iterable does not know it.

    Yields
    ------
    object
        The items, unchanged.
    """
    if _interactive():
        yield from tqdm(iterable, desc=label, total=total, delay=DELAY_S, leave=False)
        return
    with step(label):
        yield from iterable


@contextmanager
def step(label: str) -> Iterator[None]:
    """Time one step; what took more than two seconds is told when it ends.

    Parameters
    ----------
    label
        Name of the step, already translated.
    """
    begin = time.monotonic()
    yield
    seconds = time.monotonic() - begin
    if seconds >= DELAY_S:
        _log.info("%s: %.1f s", label, seconds)


def _interactive() -> bool:
    """Tell whether somebody watches: a terminal, or a notebook's kernel."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules
