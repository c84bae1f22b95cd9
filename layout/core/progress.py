"""Progress on whatever takes more than two seconds, on stderr.

In a terminal or a notebook this is a bar or a clock; in a log one line per finished step.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Never, TypeVar

from tqdm.auto import tqdm

__all__ = ["DELAY_S", "Line", "bar", "line", "step"]

DELAY_S = 2.0

_log = logging.getLogger("layout.core.progress")
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
    """Time one step; what takes more than two seconds shows its clock and is told at the end.

    Parameters
    ----------
    label
        Name of the step, already translated.
    """
    begin = time.monotonic()
    done = threading.Event()
    clock = threading.Thread(target=_tick, args=(label, done), daemon=True)
    if _interactive():
        clock.start()
    try:
        yield
    finally:
        done.set()
        if clock.ident is not None:
            clock.join()
    seconds = time.monotonic() - begin
    if seconds >= DELAY_S:
        _log.info("%s: %.1f s", label, seconds)


class Line:
    """A line that says how far a search is, once it takes more than two seconds."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._begin = time.monotonic()
        self._words = ""
        self._shown: tqdm[Never] | None = None

    def show(self, words: str) -> None:
        """Replace what the line says."""
        self._words = words
        if self._shown is None and self.seconds() >= DELAY_S and _interactive():
            form = "{desc}{postfix} ({elapsed})"
            self._shown = tqdm(desc=self._label, bar_format=form, leave=False)
        if self._shown is not None:
            self._shown.set_postfix_str(words)

    def seconds(self) -> float:
        """How long the search has been running."""
        return time.monotonic() - self._begin

    def end(self) -> None:
        """Take the line away; a log keeps its last words."""
        if self._shown is not None:
            self._shown.close()
        if self.seconds() >= DELAY_S:
            _log.info("%s: %.1f s; %s", self._label, self.seconds(), self._words)


@contextmanager
def line(label: str) -> Iterator[Line]:
    """Say in one line how far a search is; what takes less than two seconds says nothing.

    Parameters
    ----------
    label
        Name of the search, already translated.
    """
    shown = Line(label)
    try:
        yield shown
    finally:
        shown.end()


def _tick(label: str, done: threading.Event) -> None:
    """Show the seconds of a step that does not know how far it is, until it is done."""
    if done.wait(DELAY_S):
        return
    with tqdm(desc=label, bar_format="{desc}: {elapsed}", leave=False) as shown:
        while not done.wait(1.0):
            shown.refresh()


def _interactive() -> bool:
    """Tell whether somebody watches: a terminal, or a notebook's kernel."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules
