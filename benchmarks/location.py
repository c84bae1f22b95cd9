"""Location models side by side: ours, spopt (PuLP, CBC) and OR-Tools (SCIP).

Run through ``make bench``, or as ``python -m benchmarks.location [--quick] [--limit SECONDS]``.
Every solver works on every case in a process of its own, so that seconds and peak memory are its
alone; CPU seconds count building the model and solving it, not reading the case. The peers get a
time limit; ours runs until it is done. Published instances are read where ``LAYOUT_INSTANCES``
names their folder, or beside the folder that ``LAYOUT_REALDATA`` names; spopt's own cases are in
its wheel.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.location_cases import cases
from benchmarks.location_solvers import LOADS, SOLVERS

MIB_PER_RSS_UNIT = 1 / 1024**2 if sys.platform == "darwin" else 1 / 1024
MOST_PAIRS = 5_000_000
"""Full models of more pairs than this take more memory than the machine has."""
PATIENCE = 2.0
"""A peer that takes so many times its limit, building included, is ended from outside."""


def cpu_seconds() -> float:
    """CPU seconds of this process and of those it has waited for."""
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def one(name: str, solver: str, limit_s: float) -> None:
    """Solve one case and print what came of it as JSON."""
    case = dict(cases(quick=False))[name]()
    if solver != "layout" and np.size(case.data.get("cost", 0)) > MOST_PAIRS:
        print(json.dumps({"status": "not tried: too large to build"}))
        return
    for module in LOADS[solver]:
        import_module(module)
    before = cpu_seconds()
    answer = SOLVERS[solver](case, limit_s)
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    record = {
        "objective": None if answer is None else answer.objective,
        "bound": None if answer is None else answer.bound,
        "status": "no such model" if answer is None else answer.status,
        "seconds": None if answer is None else cpu_seconds() - before,
        "mib": max(u.ru_maxrss for u in used) * MIB_PER_RSS_UNIT,
        "known": case.known,
    }
    print(json.dumps(record))


def measured(name: str, solver: str, limit_s: float) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.location", "--one", name, solver]
    command += ["--limit", str(limit_s)]
    longest = None if solver == "layout" else PATIENCE * limit_s + 30
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=longest, check=False)
    except subprocess.TimeoutExpired:
        return {"status": "ended from outside", "seconds": longest}
    if run.returncode:
        return {"status": "failed: " + (run.stderr.strip().splitlines() or ["?"])[-1][:60]}
    record: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return record


def text(value: float | None, digits: int = 1) -> str:
    """A number for the table, or a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.{digits}f}"


def judged(record: dict[str, Any], ours: dict[str, Any]) -> str:
    """The status, and what is wrong with it: against the published optimum, or between the two.

    Without a published optimum neither side is the judge: where two proofs disagree, that is said.
    """
    status, value = str(record["status"]), record.get("objective")
    known = ours.get("known")
    best = ours.get("objective") if known is None else known
    sure = status.lower().startswith(("optimal", "proven"))
    if known is None and ours.get("status") != "proven":
        return status
    if value is None or best is None or not sure or abs(value - best) <= 1e-4 * abs(best):
        return status
    return f"**{status}, but wrong**" if known is not None else f"**{status}; proofs disagree**"


def table(*, quick: bool, limit_s: float) -> None:
    """Print the table, row by row as it comes."""
    print("| case | solver | objective | bound | status | CPU s | MiB | ratio |")
    print("|---|---|---:|---:|---|---:|---:|---:|")
    total = dict.fromkeys(SOLVERS, 0.0)
    shared = dict.fromkeys(SOLVERS, 0.0)
    for name, _ in cases(quick=quick):
        base: float | None = None
        ours: dict[str, Any] = {}
        for solver in SOLVERS:
            record = measured(name, solver, limit_s)
            seconds = record.get("seconds")
            if solver == "layout":
                base, ours = seconds, record
            if seconds is not None and base:
                total[solver] += seconds
                shared[solver] += base
            ratio = "" if not seconds or not base or solver == "layout" else f"{seconds / base:.1f}"
            cells = [text(record.get("objective")), text(record.get("bound"))]
            cells += [judged(record, ours), text(seconds, 2), text(record.get("mib"), 0), ratio]
            print(f"| {name} | {solver} | {' | '.join(cells)} |", flush=True)
    for solver, seconds in total.items():
        ratio = seconds / shared[solver] if shared[solver] else math.nan
        print(f"| **all it ran** | {solver} | | | | {seconds:,.1f} | | {ratio:.1f} |")


def main() -> None:
    """Print where and with what, then the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what fits into a minute or so")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds that a peer gets")
    parser.add_argument("--one", nargs=2, metavar=("CASE", "SOLVER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    limit = min(given.limit, 5.0) if given.quick else given.limit
    if given.one:
        one(*given.one, limit)
        return
    names = ("highspy", "spopt", "pulp", "ortools")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names))
    print(f"Peers: {limit:g} s each. Ratio: CPU seconds over ours.\n")
    table(quick=given.quick, limit_s=limit)


if __name__ == "__main__":
    main()
