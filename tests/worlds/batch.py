"""Small studies for a batch, its list, and a look at all that a batch wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests import ROOT
from tests.worlds.mini import write_mini_study

STUDY = "mini.toml"
SECONDS = re.compile(rb'"seconds": \{[^}]*\}')


SMALL_KINDERGARTENS = """
[standards]
class_size_preschool = 18
kindergarten_min_classes = 1
kindergarten_max_classes = 5
public_kindergarten_share = 0.96
"""
"""Norms under which places, floors of the public share, and settlements within reach all bind."""


def write_studies(
    folder: Path,
    count: int,
    *,
    rest: str = "",
    head: str = "",
    attendance: bool = True,
    kindergartens: bool = False,
) -> Path:
    """Write studies that only close schools, and the list of them; return the list.

    With `kindergartens` they also build some, under `SMALL_KINDERGARTENS`.
    """
    for seed in range(count):
        study = write_mini_study(folder / f"city{seed}", seed=seed, attendance=attendance)
        text = study.read_text(encoding="utf-8")
        # What is built would take most of the time.
        for name in ("compulsory",) if kindergartens else ("kindergarten", "compulsory"):
            text = re.sub(rf"\[programmes\.{name}\].*?\n\n", "", text, flags=re.DOTALL)
        if kindergartens:
            text = text.replace("places = 780\n", "") + SMALL_KINDERGARTENS
        study.write_text(text, encoding="utf-8")
    path = folder / "list.toml"
    path.write_text(f'{head}\n[[studies]]\npath = "city*/{STUDY}"\n{rest}', encoding="utf-8")
    return path


def batch_command(path: Path, out: Path, *more: str) -> list[str]:
    """The call of a batch in a process of its own."""
    return [sys.executable, "-m", "layout", "batch", str(path), "--out", str(out), *more]


def environment(cache: Path) -> dict[str, str]:
    """Variables of such a process: this package, and a cache of its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "LAYOUT_CACHE": str(cache)}


def run_batch(
    path: Path, out: Path, *more: str, cache: Path, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a batch to its end, which is the one expected."""
    done = subprocess.run(
        batch_command(path, out, "--lang", "en", *more),
        env=environment(cache),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def contents(out: Path, *, but: Sequence[str] = ("seconds.json",)) -> dict[str, bytes]:
    """All files of a batch by their path, without the seconds that it took."""
    files = {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in but
    }
    return {
        name: SECONDS.sub(b"", data) if name.endswith("run.json") else data
        for name, data in files.items()
    }


def keys(out: Path) -> dict[str, str]:
    """The key of each study's result."""
    records = sorted(out.glob("studies/*/task.json"))
    return {path.parent.name: json.loads(path.read_text("utf-8"))["key"] for path in records}
