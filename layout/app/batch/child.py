"""The process of one task: reads the call from its standard input, and ends with its caller.

Run as a script, so that limits and variables of the environment stand before anything is loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import threading
from pathlib import Path

OUT_OF_MEMORY, UNFORESEEN, ORPHANED = 71, 70, 72
"""How the process ends where the task has no result."""
_ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Carry out the task that the first line of the standard input describes."""
    if sys.platform != "win32":
        # A Ctrl-C is the caller's to answer.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    call = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_caller, daemon=True).start()
    _limit(call["memory_bytes"])
    # The code of the caller, where another version is installed.
    spec = importlib.util.find_spec("layout")
    if spec is None or spec.origin is None or Path(spec.origin).resolve().parents[1] != _ROOT:
        sys.path.insert(0, str(_ROOT))
    try:
        from layout.app.batch.work import Task, carry_out

        carry_out(Task.from_data(call["task"]), call["key"], Path(call["target"]))
        # The result stands; what libraries do at the end of a process can only go wrong.
        os._exit(0)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001
        sys.stderr.write(_steps(error))
        sys.stderr.flush()
        os._exit(OUT_OF_MEMORY if isinstance(error.__cause__, MemoryError) else UNFORESEEN)


def _steps(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _end_with_caller() -> None:
    """End as soon as the caller is gone, who holds the other end of the standard input."""
    # Not by Python's own stream: its lock would be held when the process ends.
    while os.read(0, 1):
        pass
    os._exit(ORPHANED)


def _limit(most_bytes: int | None) -> None:
    """Limit the memory of this process, where the system can: not on Windows."""
    if most_bytes is None or sys.platform == "win32":
        return
    import resource

    # What is written to counts, and no reserved addresses, of which libraries take many.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        most_bytes = min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, hard))


if __name__ == "__main__":
    main()
