"""The Baise study, planned once for all tests of a run, whatever process they are in.

The plan is what the command of the README leaves behind. Its ways stay in a cache beside it, so a
test that solves the study again under other rules searches none of them.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests import ROOT

CACHE = "LAYOUT_TEST_CACHE"
"""Names the folder in which a run of the tests keeps the ways of the Baise study."""

STUDY = ROOT / "data" / "baise.toml"
CODES = dict.fromkeys(
    "school_id county_code township_code settlement_id from_school to_school site_id".split(), str
)


@dataclass(frozen=True)
class BaisePlan:
    """Where the run keeps the plan of the Baise study, and the ways that it went by."""

    folder: Path
    cache: Path

    def table(self, name: str) -> pd.DataFrame:
        """One of the plan's CSV files."""
        return read_table(self.folder, name)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One of the CSV files of a plan's folder, identifiers as text."""
    return pd.read_csv(folder / f"{name}.csv", dtype=CODES, encoding="utf-8-sig")


def run_plan(study: Path, folder: Path, *, cache: Path) -> None:
    """Run the main job as a command; what it says of a failure is in the error."""
    command = [sys.executable, "-m", "layout", "plan", str(study), "--out", str(folder)]
    environment = {**os.environ, "PYTHONUTF8": "1", "LAYOUT_CACHE": str(cache)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr


def planned(shared: Path) -> BaisePlan:
    """Return the plan in a folder that all processes of the run share; the first one makes it."""
    held = BaisePlan(folder=shared / "baise", cache=Path(os.environ[CACHE]))
    with _one_at_a_time(shared / "baise.lock"):
        if not held.folder.exists():
            run_plan(STUDY, held.folder, cache=held.cache)
    return held


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait for other processes; a database is a lock on every system, and falls with its owner."""
    with closing(sqlite3.connect(path, timeout=1800, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
