"""What the command says of small studies, on which stream, and what it keeps to itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from tests import ROOT
from tests.worlds.eight_schools import into_workbook, put, sheet, written

pytestmark = pytest.mark.slow

STEP = re.compile(r".+: [0-9.]+ s")
SOUND = ROOT / "tests" / "worlds" / "data" / "extracts" / "sound.osm"


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "layout", *map(str, words), "--lang", "en"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", "LAYOUT_CACHE": str(folder / "cache")},
    )


def raster(path: Path, value: float, west: float, north: float) -> Path:
    """A raster of one value, 20 × 20 cells of 0.01 degrees."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=20,
        width=20,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(west, north, 0.01, 0.01),
    ) as made:
        made.write(np.full((20, 20), value, dtype="float32"), 1)
    return path


@pytest.mark.more
def test_gdal_says_nothing(tmp_path: Path) -> None:
    people = raster(tmp_path / "people.tif", 10.0, 9.98, 20.1)
    made = run(tmp_path, "new", "--osm", SOUND, "--population", people, "--out", tmp_path / "new")
    assert made.returncode == 0, made.stderr
    # How long a step took may be said.
    assert [line for line in made.stderr.splitlines() if not STEP.fullmatch(line)] == []
    study = written(tmp_path)
    raster(study.parent / "height.tif", 100.0, 105.97, 23.46)
    put(study, "[inputs]\n", '[inputs]\nheight = "height.tif"\n')
    seen = run(tmp_path, "check", study)
    assert seen.returncode == 0, seen.stderr
    lines = [line for line in seen.stderr.splitlines() if not STEP.fullmatch(line)]
    assert {line.split()[0] for line in lines} <= {"warning", "note", "Remedy:"}


@pytest.mark.more
def test_right_codes_protect_the_last_school_of_a_township_and_mangled_ones_are_refused(
    tmp_path: Path,
) -> None:
    study = written(tmp_path)
    done = run(tmp_path, "plan", study, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "5 schools are to close, but at most 4 can" in done.stderr
    assert f"The best plan that can be had: {tmp_path / 'out' / 'offer'}" in done.stdout
    # What `check` warns of stands before it.
    assert done.stderr.index("warning [no-school-near]") < done.stderr.index("5 schools are")
    for name in ("schools", "settlements"):
        sheet(study.parent, name).assign(township_code="4.51E+08").to_csv(
            study.parent / f"{name}.csv", index=False
        )
    done = run(tmp_path, "plan", study, "--out", tmp_path / "none")
    assert done.returncode == 1
    assert "error [mangled-id]" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.more
def test_plan_refuses_formulas_and_prints_the_warnings_of_reading(tmp_path: Path) -> None:
    study = written(tmp_path)
    put(study, "count = 5", "count = 2")
    path = study.parent / "schools.csv"
    sheet(study.parent, "schools").assign(site_area_m2="1.200").to_csv(path, index=False)
    done = run(tmp_path, "plan", study, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "warning [small-area] schools.csv, row 2, column site_area_m2" in done.stderr
    sheet(study.parent, "schools").assign(border_flag="=1=1").to_csv(path, index=False)
    into_workbook(study, "schools")
    done = run(tmp_path, "plan", study, "--out", tmp_path / "none")
    assert done.returncode == 1
    assert "error [formula] book.xlsx, sheet schools, row 2, column border_flag" in done.stderr
