"""``python -m tools.baise build``: rebuild the demonstration study from its seed."""

import argparse
import sys
from pathlib import Path

from tools.baise.build import SEED, build

DATA = Path("data")


def main(arguments: list[str] | None = None) -> int:
    """Run the builder; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.baise")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("build", help="write settlements, schools, attendance and roads")
    verb.add_argument("--data", type=Path, default=DATA, help="boundaries, names and census")
    verb.add_argument("--out", type=Path, default=DATA, help="folder to write to")
    verb.add_argument("--seed", type=int, default=SEED, help="seed of everything modelled")
    options = parser.parse_args(arguments)
    tables = build(options.data, options.out, seed=options.seed)
    for name in ("settlements", "schools", "attendance"):
        sys.stdout.write(f"{name}: {len(getattr(tables, name))} rows\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
