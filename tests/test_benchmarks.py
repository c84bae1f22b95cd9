"""The measuring programs still run: what they measure is looked at by people, not here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.more]


def lines(*words: object) -> list[list[str]]:
    """Run a program and return the cells of the tables that it prints."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [
        [cell.strip(" *") for cell in line.strip("|").split("|")]
        for line in done.stdout.splitlines()
        if line.startswith("|")
    ]


def test_the_main_job_is_measured_by_step(mini_path: Path) -> None:
    table = lines("benchmarks/plan.py", mini_path)
    steps = [row[0] for row in table[2:]]
    assert {"travel", "consolidate", "site_kindergarten", "all"} <= set(steps)
    assert all(float(row[1]) >= 0 for row in table[2:])


def test_location_models_are_set_beside_their_peers() -> None:
    table = lines("-m", "benchmarks.location", "--quick", "--limit", "1")
    own = [row for row in table if row[1] == "layout" and row[0] != "all it ran"]
    assert len(own) >= 5
    assert {row[4] for row in own} == {"proven"}


def test_a_province_is_planned_again_as_it_was(tmp_path: Path) -> None:
    words = ("--small", "--studies", "2", "--kills", "1", "--parts", "undisturbed,killed,changed")
    table = lines("-m", "benchmarks.province", "--folder", tmp_path, *words)
    told = {row[0]: row[1:] for row in table}
    assert told["status"] == ["proven"]
    assert int(told["processes of studies killed"][0]) + int(
        told["whole killed and started again"][0]
    )
    assert told["files that differ from the undisturbed"] == ["none"]
    # Of the second run: nothing changed, and one study changed.
    assert told["processes: plans"] == ["0", "1"]
    assert told["studies written"] == ["0", "1 (city0)"]


@pytest.mark.browser
def test_maps_are_set_beside_their_peers() -> None:
    table = lines("-m", "benchmarks.maps", "--quick")
    pages = {row[1]: row for row in table[2:]}
    assert len(pages) == 5
    assert all(number.split()[0] for row in pages.values() for number in row[2:])
    # A peer's number is followed by how many times ours it is.
    assert "×" in pages["folium GeoJson"][4]
    assert "×" not in pages["layout, the whole page"][4]


def test_files_changed_at_random_are_read_or_refused() -> None:
    done = subprocess.run(
        # The first hundred: of later ones some damaged .osm.pbf end in libosmium itself.
        [sys.executable, "-m", "tools.fuzz", "--seconds", "300", "--inputs", "100"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100 inputs" in done.stdout
