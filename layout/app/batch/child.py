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

OUT_OF_MEMORY, ORPHANED, CHANGED, UNWRITTEN = 71, 72, 73, 74
"""How the process ends where the task has no result."""
LOOK_S = 0.1
"""How often the memory is looked at."""
_ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Carry out the task that the first line of the standard input describes."""
    if sys.platform != "win32":
        # A Ctrl-C is the caller's to answer.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    call = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_caller, daemon=True).start()
    if call["memory_bytes"] is not None:
        watch = (call["memory_bytes"],)
        threading.Thread(target=_end_beyond, args=watch, daemon=True).start()
    # The code of the caller, where another version is installed.
    spec = importlib.util.find_spec("layout")
    if spec is None or spec.origin is None or Path(spec.origin).resolve().parents[1] != _ROOT:
        sys.path.insert(0, str(_ROOT))
    from layout.app.batch.work import Task, carry_out, inputs_of, key_of
    from layout.core.errors import InputError

    task = Task.from_data(call["task"])
    # Another file than the caller saw, or another version of this package on this machine.
    if key_of(task, inputs_of(task)) != call["key"]:
        os._exit(CHANGED)
    # What nobody foresaw ends the process as Python does it, with its steps on stderr.
    try:
        carry_out(task, call["key"], Path(call["target"]))
    except (OSError, InputError) as error:
        # Of a study that cannot be read there is a result; what has none could not be written.
        problems = error.problems if isinstance(error, InputError) else ()
        sys.stderr.write(f"{problems[0].reason if problems else error}\n")
        sys.stderr.flush()
        os._exit(UNWRITTEN)
    # The result stands; what libraries do at the end of a process can only go wrong.
    os._exit(0)


def _end_with_caller() -> None:
    """End as soon as the caller is gone, who holds the other end of the standard input."""
    # Not by Python's own stream: its lock would be held when the process ends.
    while os.read(0, 1):
        pass
    os._exit(ORPHANED)


def _end_beyond(most_bytes: int) -> None:
    """End as soon as this process has taken more memory than it may; not on Windows.

    A limit set with the system instead makes libraries fail in a hundred ways, or never end.
    """
    never = threading.Event()
    while (taken := _most_taken()) is not None:
        if taken > most_bytes:
            os._exit(OUT_OF_MEMORY)
        never.wait(LOOK_S)


def _most_taken() -> int | None:
    """The most memory, in bytes, that this process has had at once; None where not known."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    except (OSError, StopIteration):
        pass
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
