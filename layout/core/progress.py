"""Progress of steps that take more than two seconds.

In a terminal each running step has a line with a clock, on stderr. In a notebook one output of the
cell has a line for each step, running or finished, and is renewed in place; it needs no widgets. In
a log each finished step has one line.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn, TimeElapsedColumn

from layout.core.show import printable

__all__ = ["DELAY_S", "Line", "bar", "line", "step", "told_to"]

DELAY_S = 2.0
TICK_S = 1.0
"""How often the clock of a notebook moves."""

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
        self.label = printable(label)
        self.words = ""
        self.begin = time.monotonic()
        self._lock = threading.Lock()
        self._place: _Screen | _Cell | _Ear | None = _ear.get()
        self._ended = False
        # The timer shows the line of a step that never calls `show`.
        self._timer = threading.Timer(DELAY_S, self._appear)
        self._timer.daemon = True
        if self._place is not None:
            self._place.add(self)
        elif _place() is not None:
            self._timer.start()

    def _appear(self) -> None:
        with self._lock:
            # The timer's thread and `show` may both ask for the line.
            if self._place is None and not self._ended:
                self._place = _place()
                if self._place is not None:
                    self._place.add(self)

    def show(self, words: str) -> None:
        """Replace what the line says."""
        self.words = printable(words)
        if self._place is None and self.seconds() >= DELAY_S:
            self._appear()
        if self._place is not None:
            self._place.update(self)

    def seconds(self) -> float:
        """How long the step has been running."""
        return time.monotonic() - self.begin

    def end(self, *, told: bool = True) -> None:
        """Remove the line; unless `told` is False, tell its seconds and log its last words."""
        self._timer.cancel()
        seconds = self.seconds()
        told = told and seconds >= DELAY_S
        if told:
            # Where the step left the timer's thread no turn.
            self._appear()
        with self._lock:
            # A timer that fires from now on adds no line.
            self._ended = True
        if self._place is not None:
            self._place.remove(self, seconds=seconds if told else None)
        if told:
            words = f"; {self.words}" if self.words else ""
            with _screen.away():
                _log.info("%s", f"{self.label}: {seconds:.1f} s{words}")


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
        self._tasks: dict[Line, TaskID] = {}

    def add(self, shown: Line) -> None:
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
            self._tasks[shown] = self._live.add_task(shown.label, total=None, words=shown.words)
            self._live.tasks[-1].start_time = shown.begin

    def update(self, shown: Line) -> None:
        with self._lock:
            if self._live is not None and shown in self._tasks:
                self._live.update(self._tasks[shown], words=shown.words, refresh=True)

    def remove(self, shown: Line, *, seconds: float | None) -> None:
        with self._lock:
            task = self._tasks.pop(shown, None)
            if self._live is None or task is None:
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


class _Cell:
    """The lines of the steps of one cell of a notebook, in an output that is renewed in place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count: object = None
        self._handle: Any = None
        self._lines: dict[Line, float | None] = {}
        self._clock: threading.Timer | None = None

    def add(self, shown: Line) -> None:
        with self._lock:
            # Steps that still run stay in the output of the cell that began them.
            running = any(seconds is None for seconds in self._lines.values())
            if not running and self._count != (count := _shell().execution_count):
                self._count, self._handle, self._lines = count, None, {}
            self._lines[shown] = None
            self._draw()
            self._tick()

    def update(self, shown: Line) -> None:
        """Leave it to the clock: a solver may say something new many times a second."""

    def remove(self, shown: Line, *, seconds: float | None) -> None:
        with self._lock:
            self._lines[shown] = seconds
            # A step that is finished stands for the steps within it.
            for line, took in list(self._lines.items()):
                within = line is not shown and line.begin >= shown.begin and took is not None
                if within or (line is shown and seconds is None):
                    del self._lines[line]
            self._draw()

    def _tick(self) -> None:
        if self._clock is None and any(seconds is None for seconds in self._lines.values()):
            self._clock = threading.Timer(TICK_S, self._move)
            self._clock.daemon = True
            self._clock.start()

    def _move(self) -> None:
        with self._lock:
            self._clock = None
            if any(seconds is None for seconds in self._lines.values()):
                self._draw()
                self._tick()

    def _draw(self) -> None:
        lines = [
            f"{line.label}: {took:.1f} s"
            if took is not None
            else f"{line.label} … {line.seconds():.0f} s {line.words}".rstrip()
            for line, took in self._lines.items()
        ]
        data = {"text/plain": "\n".join(lines)}
        if self._handle is None:
            display = sys.modules["IPython.display"].display
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


class _Ear:
    """Somebody who hears of the steps of a block at once, in place of a screen."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        self._hear = hear

    def add(self, shown: Line) -> None:
        self._hear(shown.label)

    def update(self, shown: Line) -> None:
        self._hear(f"{shown.label}: {shown.words}" if shown.words else shown.label)

    def remove(self, shown: Line, *, seconds: float | None) -> None:
        """Leave the last line until there is another."""


_screen, _cell = _Screen(), _Cell()
# Read where a step begins: timers and threads of a solver know nothing of its context.
_ear: ContextVar[_Ear | None] = ContextVar("layout_ear", default=None)


@contextmanager
def told_to(hear: Callable[[str], None]) -> Iterator[None]:
    """Tell somebody of each step within a block, in place of a terminal or notebook.

    Parameters
    ----------
    hear
        Called with what a step is called when it begins, and with its words behind that whenever
        they change.
    """
    token = _ear.set(_Ear(hear))
    try:
        yield
    finally:
        _ear.reset(token)


def _place() -> _Screen | _Cell | None:
    """Where lines go now: a terminal, a cell, or nowhere but the log."""
    if sys.stderr.isatty():
        return _screen
    # Who has set up a log in the notebook reads it there.
    kernel = getattr(_shell(), "kernel", None) is not None
    return _cell if kernel and not _log.isEnabledFor(logging.INFO) else None


def _shell() -> Any:
    """IPython's shell where this runs in one; its `kernel` is a notebook's."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
