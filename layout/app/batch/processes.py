"""Tasks in processes of their own: started, watched, ended, and what became of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from layout.app.batch.child import CHANGED, OUT_OF_MEMORY, UNWRITTEN

__all__ = ["CHILDREN", "Call", "Ended", "Stopped", "carried_out"]

_CHILD = Path(__file__).with_name("child.py")
_LAST_WORDS = 4000
# One thread of each library: as many tasks as cores run beside each other.
ONE_THREAD = dict.fromkeys(
    (
        *("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
        *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "GDAL_NUM_THREADS"),
    ),
    "1",
)
_NO_MEMORY = (
    *("MemoryError", "bad_alloc", "out of memory", "Cannot allocate memory"),
    "Memory allocation still failed",
)


class Stopped(Exception):
    """The process was ended because the whole batch is."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """One task with what is not part of its result.

    Attributes
    ----------
    task
        The task as plain data.
    key
        Its key.
    target
        Absolute path of its result.
    memory_bytes
        The most memory that its process may take; None for no limit.
    """

    task: Mapping[str, Any]
    key: str
    target: str
    memory_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended.

    Attributes
    ----------
    how
        ``whole``: the result stands in its place. ``lost``: the process, or its machine, was
        killed; it may be tried again. ``changed``: its files are not what they were when it was
        called, or the machine has another version. ``unwritten``: the disk is full, or not to be
        written to. ``out_of_memory``, ``unforeseen``: trying again would end the same way.
    message
        Its last words, where it has no result.
    """

    how: Literal["whole", "lost", "changed", "unwritten", "out_of_memory", "unforeseen"]
    message: str = ""


@dataclass(eq=False)
class Children:
    """The processes that are running, so that all can be ended at once."""

    running: set[subprocess.Popen[str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False

    def stop(self) -> None:
        """End all processes, and let none begin."""
        with self.lock:
            self.stopped = True
            for process in self.running:
                process.kill()

    def forget(self, process: subprocess.Popen[str]) -> None:
        """Leave out one that has ended."""
        with self.lock:
            self.running.discard(process)

    def go_on(self) -> None:
        """Let processes begin again."""
        with self.lock:
            self.stopped = False


CHILDREN = Children()
"""Those of this process."""


def carried_out(call: Call) -> Ended:
    """Carry out a task in a process of its own, and wait for its end.

    Parameters
    ----------
    call
        The task and where its result goes.

    Raises
    ------
    Stopped
        Where `Children.stop` ended it.
    """
    # In a group of its own: a Ctrl-C in the terminal reaches the caller alone.
    flags: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    # -P: the script's own folder is none of packages.
    words = [sys.executable, "-P", str(_CHILD)]
    with CHILDREN.lock:
        if CHILDREN.stopped:
            raise Stopped
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **ONE_THREAD},
            **flags,
        )
        CHILDREN.running.add(process)
    try:
        said = _conversation(process, json.dumps(vars(call), default=dict))
    finally:
        process.kill()
        process.wait()
        CHILDREN.forget(process)
    if process.returncode != 0 and CHILDREN.stopped:
        raise Stopped
    return _verdict(process.returncode, said)


def _conversation(process: subprocess.Popen[str], call: str) -> str:
    """Hand the call over, and return what the process says until it ends."""
    assert process.stdin is not None
    assert process.stderr is not None
    said = ""
    try:
        process.stdin.write(call + "\n")
        process.stdin.flush()
        # The other end of the standard input stays open: when it closes, the process ends.
        for line in process.stderr:
            said = (said + line)[-_LAST_WORDS:]
        process.wait()
    except BrokenPipeError:
        process.wait()
    finally:
        process.stderr.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
    return said


def _verdict(code: int, said: str) -> Ended:
    """What a process came to by its exit code and its last words."""
    if code == 0:
        return Ended(how="whole")
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    if code == OUT_OF_MEMORY or any(word in said for word in _NO_MEMORY):
        return Ended(how="out_of_memory", message=last)
    if code == CHANGED:
        return Ended(how="changed")
    if code == UNWRITTEN:
        return Ended(how="unwritten", message=last)
    # Killed by a signal, or in a way of Windows': somebody else's doing.
    if code < 0 or code > 255:
        return Ended(how="lost", message=f"{code} {last}".strip())
    return Ended(how="unforeseen", message=last)
