"""Progress of steps that take more than two seconds, on stderr.

In a terminal each running step has a line with a clock; in a notebook and in a log each finished
step has one line.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn, TimeElapsedColumn

from layout.core.show import printable

__all__ = ["DELAY_S", "Line", "bar", "line", "step"]

DELAY_S = 2.0

_log = logging.getLogger("layout.core.progress")
_T = TypeVar("_T")


def bar(iterable: Iterable[_T], *, label: str, total: int | None = None) -> Iterator[_T]:
    """Go through an iterable; its count appears when it takes more than two seconds.

    Parameters
    ----------
    iterable
        What to go through.
    label
        Name of the step, already translated.
    total
        Number of items, where it is known.

    Yields
    ------
    object
        The items, unchanged.
    """
    of_total = "" if total is None else f"/{total}"
    with line(label) as shown:
        for count, item in enumerate(iterable):
            shown.show(f"{count}{of_total}")
            yield item
        # The log of the whole needs no count.
        shown.show("")


@contextmanager
def step(label: str) -> Iterator[None]:
    """Time one step; one over two seconds shows a clock while it runs and is logged at its end.

    Parameters
    ----------
    label
        Name of the step, already translated.
    """
    shown, done = Line(label), False
    try:
        yield
        done = True
    finally:
        shown.end(told=done)


class Line:
    """A line that shows how far a step is, once it takes more than two seconds."""

    def __init__(self, label: str) -> None:
        self._label = printable(label)
        self._words = ""
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self._task: TaskID | None = None
        self._ended = False
        # The timer shows the line of a step that never calls `show`.
        self._timer = threading.Timer(DELAY_S, self._appear)
        self._timer.daemon = True
        if _interactive():
            self._timer.start()

    def _appear(self) -> None:
        with self._lock:
            # The timer's thread and `show` may both ask for the line.
            if self._task is None and not self._ended:
                self._task = _screen.add(self._label, self._words, begin=self._begin)

    def show(self, words: str) -> None:
        """Replace what the line says."""
        self._words = words = printable(words)
        if _interactive() and self.seconds() >= DELAY_S:
            self._appear()
        if self._task is not None:
            _screen.update(self._task, words)

    def seconds(self) -> float:
        """How long the step has been running."""
        return time.monotonic() - self._begin

    def end(self, *, told: bool = True) -> None:
        """Remove the line; unless `told` is False, log its seconds and last words."""
        self._timer.cancel()
        with self._lock:
            # A timer that fires from now on adds no line.
            self._ended = True
            if self._task is not None:
                _screen.remove(self._task)
        seconds = self.seconds()
        if told and seconds >= DELAY_S:
            words = f"; {self._words}" if self._words else ""
            _tell(f"{self._label}: {seconds:.1f} s{words}")


@contextmanager
def line(label: str) -> Iterator[Line]:
    """Say in one line how far a step is; nothing where it takes less than two seconds.

    Parameters
    ----------
    label
        Name of the step, already translated.
    """
    shown = Line(label)
    try:
        yield shown
    finally:
        shown.end()


class _Screen:
    """The lines of all steps that are running, below one another at the foot of a terminal."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: Progress | None = None

    def add(self, label: str, words: str, *, begin: float) -> TaskID:
        with self._lock:
            if self._live is None:
                columns = (
                    TextColumn("{task.description}", markup=False),
                    TextColumn("{task.fields[words]}", markup=False),
                    TimeElapsedColumn(),
                )
                self._live = Progress(
                    *columns,
                    console=Console(stderr=True, force_terminal=True),
                    transient=True,
                    refresh_per_second=2,
                    redirect_stdout=False,
                    redirect_stderr=False,
                    get_time=time.monotonic,
                )
                self._live.start()
            # The clock counts from the beginning of the step, not from now.
            task = self._live.add_task(label, total=None, words=words)
            self._live.tasks[-1].start_time = begin
            return task

    def update(self, task: TaskID, words: str) -> None:
        with self._lock:
            if self._live is not None:
                self._live.update(task, words=words, refresh=True)

    def remove(self, task: TaskID) -> None:
        with self._lock:
            if self._live is None:
                return
            self._live.remove_task(task)
            # The last step to end frees the terminal.
            if not self._live.tasks:
                self._live.stop()
                self._live = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Remove all lines within a block, which writes to the same place."""
        with self._lock:
            if self._live is not None:
                self._live.stop()
            try:
                yield
            finally:
                if self._live is not None:
                    self._live.start()


_screen = _Screen()


def _tell(sentence: str) -> None:
    """Write a line into the log; a notebook, which shows no log by itself, gets it too."""
    with _screen.away():
        _log.info("%s", sentence)
        if "ipykernel" in sys.modules and not _log.isEnabledFor(logging.INFO):
            sys.stderr.write(f"{sentence}\n")


def _interactive() -> bool:
    """Tell whether the log goes to a terminal."""
    return sys.stderr.isatty()
