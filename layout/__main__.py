"""The command ``layout``, also as ``python -m layout``."""

import gc
import os
import signal
import sys
from types import FrameType

ALLOCATIONS = (100_000, 50, 100)
"""Reading makes millions of small objects that stay; to look for garbage among them as often as
Python does by default takes a quarter of the time of a check."""


def main() -> None:
    """Load the command and run it; an interrupt while it loads ends it at once, with a word."""
    signal.signal(signal.SIGINT, _leave)
    # What fails while an object is thrown away changes nothing.
    sys.unraisablehook = _unheard
    _fill_low_numbers()
    gc.set_threshold(*ALLOCATIONS)
    from layout.app.cli.command import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _unheard(_: "sys.UnraisableHookArgs") -> None:
    """Say nothing."""


def _fill_low_numbers() -> None:
    """Open what the caller closed of the three standard streams, onto nothing.

    The first file that is opened would have its number otherwise, and libraries that write
    messages to the second or third stream would write them into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End before anything was read: an exception would be lost in half-loaded libraries."""
    from layout.core.text import asked_language, set_language, tr

    set_language(asked_language(sys.argv[1:]) or "zh")
    os.write(2, f"{tr('Interrupted; earlier results are untouched.')}\n".encode())
    os._exit(130)


if __name__ == "__main__":
    main()
