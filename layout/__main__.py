"""The command ``layout``, also as ``python -m layout``."""

import gc
import sys

ALLOCATIONS = (100_000, 50, 100)
"""Reading makes millions of small objects that stay; to look for garbage among them as often as
Python does by default takes a quarter of the time of a check."""


def main() -> None:
    """Load the command and run it; an interrupt before it can answer ends it quietly."""
    gc.set_threshold(*ALLOCATIONS)
    try:
        from layout.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
