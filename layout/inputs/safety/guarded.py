"""Reading in a process of its own, which may crash, run for ever or eat all memory without harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from layout.core.problems import refuse

__all__ = ["MAX_MEMORY", "Crashed", "Endless", "guarded"]

MAX_MEMORY = 6 << 30
"""Bytes that the process may take, where the system can limit it."""
SECONDS, SECONDS_PER_MB = 20.0, 2.0
"""How long the reading of a file may take, and more for each megabyte."""

_CHILD = Path(__file__).with_name("guarded_child.py")
_OUT_OF_MEMORY = (b"MemoryError", b"memory allocation", b"bad_alloc", b"malloc", b"ut of memory")
_KILLED = -9
"""How a process ends that the system stops where there is no more memory."""


class Endless(Exception):
    """The reading did not end within its time."""


class Crashed(Exception):
    """The process ended by itself; its last words are the exception's text."""


def guarded(script: Path, path: Path, *more: str, file: str) -> bytes:
    """Let a script read a file in a process with limits of time and memory.

    Parameters
    ----------
    script
        Imports nothing of this package; writes its answer to standard output.
    path, *more
        The file and the script's further arguments.
    file
        Name of the input, for the problem.

    Returns
    -------
    bytes
        What the script wrote.

    Raises
    ------
    InputError
        Code ``too-large`` where the memory did not suffice.
    Endless, Crashed
        It did not end in time, or not well.
    """
    seconds = SECONDS + SECONDS_PER_MB * path.stat().st_size / 1e6
    # -I: neither the user's environment nor the current folder can change what is imported.
    call = [sys.executable, "-I", str(_CHILD), str(script), str(MAX_MEMORY), str(path), *more]
    # Memory that libraries put by for each processor would count as taken.
    few = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    try:
        done = subprocess.run(
            call, capture_output=True, timeout=seconds, check=False, env={**os.environ, **few}
        )
    except subprocess.TimeoutExpired as error:
        raise Endless from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _KILLED or any(word in done.stderr for word in _OUT_OF_MEMORY):
        raise refuse("too-large:memory", file=file, gigabytes=MAX_MEMORY >> 30)
    raise Crashed((done.stderr.decode("utf-8", "replace").strip().splitlines() or [""])[-1])
