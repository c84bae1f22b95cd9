"""The command ``layout``, also as ``python -m layout``."""

import sys


def main() -> None:
    """Load the command and run it; an interrupt while the libraries load ends it quietly."""
    try:
        from layout.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
