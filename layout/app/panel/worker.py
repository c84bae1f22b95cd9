"""Work beside the notebook: one job at a time in a thread of its own, which can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from layout.core.errors import LayoutError
from layout.core.progress import told_to
from layout.core.text import Language, tr, using
from layout.location.solver.watch import stoppable

__all__ = ["Ears", "Worker"]

TICK_S = 0.5
"""How often the line of a running job is renewed."""


@dataclass(frozen=True, kw_only=True)
class Ears:
    """Who hears of a job; called in threads of the worker.

    Attributes
    ----------
    told
        Hears in one line how far the job is.
    failed
        Hears why there is no result.
    ended
        Called last, whatever came of the job.
    """

    told: Callable[[str], None]
    failed: Callable[[str], None]
    ended: Callable[[], None]


class Worker:
    """Runs jobs, one at a time.

    Parameters
    ----------
    ears
        Who hears of them.
    language
        That they speak.
    """

    def __init__(self, ears: Ears, language: Language) -> None:
        self._ears, self._language = ears, language
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._line = ""

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self._thread is not None

    @property
    def stopped(self) -> bool:
        """Whether the job was asked to end."""
        return self._stop.is_set()

    def start(self, job: Callable[[], None]) -> None:
        """Begin a job, unless one runs.

        Parameters
        ----------
        job
            Its searches end once `stop` is called; what it raises of this package is told.
        """
        # The next job may be asked for by the notebook and by the end of the last one.
        with self._lock:
            if self.busy:
                return
            self._stop.clear()
            self._thread = threading.Thread(
                target=self._run, args=(job,), name="panel", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Ask the job to end: a search keeps the best so far."""
        self._stop.set()

    def join(self) -> None:
        """Wait until no job runs."""
        while (thread := self._thread) is not None:
            thread.join()

    def _run(self, job: Callable[[], None]) -> None:
        done, foreseen = threading.Event(), False
        self._line = ""
        clock = threading.Thread(target=self._tick, args=(done,), name="panel clock", daemon=True)
        clock.start()
        with using(self._language), stoppable(self._stop), told_to(self._hear):
            try:
                job()
                foreseen = True
            except LayoutError as error:
                foreseen = True
                self._ears.failed(str(error))
            finally:
                # An error that nobody foresaw goes on to the notebook, which shows it.
                if not foreseen:
                    self._ears.failed(tr("This was not foreseen; the notebook shows the error."))
                done.set()
                clock.join()
                self._thread = None
                self._ears.ended()

    def _hear(self, line: str) -> None:
        self._line = line

    def _tick(self, done: threading.Event) -> None:
        begin = time.monotonic()
        while not done.wait(TICK_S):
            self._ears.told(f"{self._line} … {time.monotonic() - begin:.0f} s")
        self._ears.told("")
