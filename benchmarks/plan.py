"""Seconds by step and peak memory of the main job, as a Markdown table.

Run through ``make bench``, or as ``python benchmarks/plan.py STUDY.toml``. The job runs as a
process of its own, so that the peak is its alone and the seconds include starting Python.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import layout

MIB_PER_RSS_UNIT = 1 / 1024**2 if sys.platform == "darwin" else 1 / 1024


def measure(study: Path) -> tuple[dict[str, float], float, float]:
    """Run the main job once.

    Parameters
    ----------
    study
        The study file.

    Returns
    -------
    tuple
        Seconds by step from ``run.json``, seconds of the whole process, peak memory in MiB.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        start = time.perf_counter()
        command = [sys.executable, "-m", "layout", "plan", str(study), "--out", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        total = time.perf_counter() - start
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * MIB_PER_RSS_UNIT
    return record["seconds"], total, peak_mib


def solve_again(study: Path) -> float:
    """Seconds of one lever turned: consolidation, county measures and check, travel at hand."""
    today = layout.assess(layout.Study.read(study))
    fewer = layout.consolidate(today, close=1)  # what is compiled or imported once comes first
    programme = today.study.programmes.closures
    start = time.perf_counter()
    layout.consolidate(fewer, close=1 if programme is None else programme.count - 1)
    return time.perf_counter() - start


def main(study: Path) -> None:
    """Print one table."""
    steps, total, peak_mib = measure(study)
    again = solve_again(study)
    print(f"{study}, Python {platform.python_version()}, HiGHS {version('highspy')}\n")
    print("| step | seconds |\n|---|---:|")
    for name, seconds in steps.items():
        print(f"| {name} | {seconds:.1f} |")
    print(f"| reading, starting, writing | {total - sum(steps.values()):.1f} |")
    print(f"| **all** | **{total:.1f}** |\n")
    print(f"One lever turned and solved again: {again:.1f} s, travel at hand.")
    print(f"Peak memory {peak_mib:,.0f} MiB.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/baise.toml"))
