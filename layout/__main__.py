"""The command ``layout``, also as ``python -m layout``."""

import sys


def main() -> None:
    """Load the command and run it; an interrupt before it can answer ends it quietly."""
    try:
        from layout.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
