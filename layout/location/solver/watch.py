"""Watching a search: its clock, Ctrl-C, a stop from another thread, and who hears of its progress.

HiGHS works in C, where Ctrl-C cannot reach it. While a search is watched, the first Ctrl-C only
marks it as stopped; the solver's callbacks and the loops of this package see the mark and end as
if the clock had. A second Ctrl-C interrupts at once. Searches in a block of `stoppable` see its
event as such a mark, whichever thread sets it.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

import numpy as np

from layout.core.errors import InputError, NoSolutionError
from layout.core.problems import problem
from layout.core.progress import Line, line
from layout.core.show import brief
from layout.core.text import tr

MOST_SECONDS = 1e9
"""A clock beyond this is no limit that a timer can hold; ``inf`` is none at all."""
EVERY_S = 0.2
"""Callers are told no more often than this while a search runs."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a search is.

    Attributes
    ----------
    level
        What is being improved: ``cost``, ``sites``, ``radius``, ``covered``, or the name of a
        level.
    objective
        Value of the incumbent; infinite (minus infinite where more is better) without.
    bound
        Proved bound on every solution.
    """

    level: str
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound; ``inf`` without either."""
        if not (math.isfinite(self.objective) and math.isfinite(self.bound)):
            return math.inf
        return abs(self.objective - self.bound) / (abs(self.objective) or 1.0)


Listener = Callable[[Progress], None]

# Read where a search begins: the solver's own threads know nothing of this context.
_stop: ContextVar[threading.Event | None] = ContextVar("layout_stop", default=None)


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """End the searches of a block once an event is set, from whatever thread.

    The one that runs then ends as if its clock had: with the best solution so far, and a status
    that says what was proved. One that begins later raises `NoSolutionError`.

    Parameters
    ----------
    stop
        The event.
    """
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def nothing_found() -> NoSolutionError:
    """The error of a search that was ended before it had any solution."""
    return NoSolutionError(
        tr("the search was ended, by its time limit or by hand, before any plan was found")
    )


class Watch:
    """The clock and the news of one search, which many functions share.

    Attributes
    ----------
    deadline
        Moment on the monotonic clock at which the search ends; None for no limit.
    """

    def __init__(self, deadline: float | None = None, listener: Listener | None = None) -> None:
        self.deadline = deadline
        self._marked, self._asked = False, _stop.get()
        self._listener = listener
        self._line: Line | None = None
        self._news: Progress | None = None
        self._next = 0.0
        self._told: Progress | None = None
        self.level("")

    @property
    def stopped(self) -> bool:
        """Whether somebody asked the search to end."""
        return self._marked or (self._asked is not None and self._asked.is_set())

    def stop(self) -> None:
        """Ask the search to end."""
        self._marked = True

    def level(self, name: str, *, unit: float = 1.0) -> None:
        """Begin to improve something else.

        `unit` is what one unit of the model is in the caller's, negative where more is better.
        """
        self._level, self._unit = name, unit
        # Both in the minimised sense, whatever the level's direction.
        self._objective, self._bound = math.inf, -math.inf

    def tell(self, objective: float, bound: float) -> None:
        """Note a value and a lower bound, in the minimised sense; the better of each counts."""
        self._objective = min(self._objective, objective)
        self._bound = max(self._bound, bound)
        self._news = Progress(
            level=self._level,
            objective=self._unit * self._objective,
            bound=self._unit * min(self._bound, self._objective),
        )
        # Listeners hear at most every `EVERY_S`; the solver may report far more often.
        if time.monotonic() >= self._next:
            self.pass_on()

    def end(self, objective: float, bound: float) -> None:
        """Note the final value and bound, in the caller's sense."""
        if math.isfinite(objective):
            self.tell(objective / self._unit, bound / self._unit)

    def pass_on(self) -> None:
        """Hand the latest news to whoever listens or looks."""
        self._next = time.monotonic() + EVERY_S
        if self._line is not None:
            self._line.show(_words(self._news))
        if self._listener is not None and self._news is not None and self._news != self._told:
            self._told = self._news
            self._listener(self._news)

    def left_s(self) -> float | None:
        """Seconds that are left; 0 once the search is stopped, None without a limit."""
        if self.stopped:
            return 0.0
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def shown_in(self, shown: Line) -> None:
        """Show the news in a line as well."""
        self._line = shown


def over(watch: Watch | None) -> bool:
    """Whether the search has to end."""
    return watch is not None and watch.left_s() == 0.0


def _words(news: Progress | None) -> str:
    if news is None:
        return ""
    return tr(
        "{level}: best {objective}, bound {bound}, gap {gap}",
        level=_spoken(news.level),
        objective=_number(news.objective),
        bound=_number(news.bound),
        gap=f"{news.gap:.2%}" if math.isfinite(news.gap) else "–",
    )


def _spoken(name: str) -> str:
    """Name of a model or level in the reader's language; a caller's own name as it is."""
    known = {
        "p_median": tr("p-median"),
        "set_cover": tr("set cover"),
        "max_cover": tr("maximal cover"),
        "p_center": tr("p-center"),
        "modular_cover": tr("choice of modules"),
        "choose_modules": tr("choice of new places"),
        "close_sites": tr("choice of closures"),
        "closure_menus": tr("cost of other closures"),
        "cost": tr("cost"),
        "sites": tr("sites"),
        "radius": tr("largest cost"),
        "covered": tr("covered"),
        "uneven": tr("unevenness"),
        "travel": tr("travel"),
        "boarders": tr("boarders"),
        "bus_seats": tr("bus seats"),
        "max:worst": tr("worst-off"),
        "id": tr("choice among equals"),
    }
    return known.get(name, name)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:,.3f}"


@contextmanager
def watching(
    name: str,
    *,
    time_limit_s: float | None = None,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = False,
) -> Iterator[Watch]:
    """Watch a search: tell how far it is, and stop it at its limit or when Ctrl-C is pressed.

    Parameters
    ----------
    name
        Of the model, for the line in a terminal or notebook and for the log.
    time_limit_s
        Clock limit from now on.
    on_progress
        Called in the calling thread, at most five times a second while the search runs, and at
        its end with the last news.
    keep_on_interrupt
        Whether the first Ctrl-C only ends the search. It does so in the main thread and where
        nobody else has taken the signal; otherwise ``KeyboardInterrupt`` is raised as ever.

    Raises
    ------
    layout.core.errors.InputError
        Where one of them is of a wrong kind.
    layout.core.errors.NoSolutionError
        Where the search was to end before it began, see `stoppable`.
    """
    _refuse_unwatchable(time_limit_s, on_progress, keep_on_interrupt)
    if (asked := _stop.get()) is not None and asked.is_set():
        raise nothing_found()
    deadline = None if time_limit_s is None else time.monotonic() + time_limit_s
    watch = Watch(deadline, on_progress)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if watch.stopped:
            raise KeyboardInterrupt
        watch.stop()

    # Only where Python's own handler is in place: nobody else's handler is replaced.
    mine = (
        keep_on_interrupt
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    with line(_spoken(name)) as shown:
        watch.shown_in(shown)
        if mine:
            signal.signal(signal.SIGINT, stop)
        try:
            yield watch
        finally:
            if mine:
                signal.signal(signal.SIGINT, signal.default_int_handler)
        watch.pass_on()


def _refuse_unwatchable(
    time_limit_s: object, on_progress: object, keep_on_interrupt: object
) -> None:
    """Refuse what is no number of seconds, no function or no switch, all together."""
    problems = []
    # NaN is no limit that is ever reached; a whole number may be larger than any float.
    seconds = math.inf if time_limit_s is None else time_limit_s
    number = isinstance(seconds, (int, float, np.integer, np.floating))
    if not number or not (seconds == math.inf or 0 <= seconds <= MOST_SECONDS):  # type: ignore[operator]
        told = brief(time_limit_s)
        problems.append(problem("wrong-kind:seconds", column="time_limit_s", number=told))
    if on_progress is not None and not callable(on_progress):
        kind = type(on_progress).__name__
        problems.append(problem("wrong-kind:listener", column="on_progress", kind=kind))
    if not isinstance(keep_on_interrupt, (bool, np.bool_)):
        kind = type(keep_on_interrupt).__name__
        problems.append(problem("wrong-kind:switch", column="keep_on_interrupt", kind=kind))
    if problems:
        raise InputError(*problems)
