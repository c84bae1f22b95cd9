"""A study that `new` has written is checked and planned, and its map is alive: for any place.

The small extracts are always there; the real ones in the folder that `LAYOUT_REALDATA` names, and
in `places` beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from layout.app.cli.command import main
from layout.app.newstudy.attendance import most_a_grade
from layout.inputs.study.study import Study
from tests import ROOT
from tests.worlds.browser import opened, started

pytestmark = [pytest.mark.browser, pytest.mark.more]

SMALL = ROOT / "tests" / "worlds" / "data" / "extracts"
REFUSED = ("antimeridian", "lat85", "no-roads")


def extracts() -> list[Path]:
    small = [path for path in sorted(SMALL.glob("*.osm")) if path.stem not in REFUSED]
    folder = Path(os.environ.get("LAYOUT_REALDATA", "none"))
    real = [*folder.glob("*.osm.pbf"), *(folder.parent / "places").glob("*.osm.pbf")]
    return [*small, *sorted(real)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.mark.parametrize("extract", extracts(), ids=lambda path: path.name.split(".")[0])
def test_a_study_that_was_written_plans(extract: Path, browser: Browser, tmp_path: Path) -> None:
    study, plan = tmp_path / "study", tmp_path / "plan"
    for words in (
        ["new", "--osm", str(extract), "--out", str(study)],
        ["check", str(study / "study.toml")],
        ["plan", str(study / "study.toml"), "--out", str(plan)],
    ):
        with pytest.raises(SystemExit) as left:
            main([*words, "--lang", "en"])
        assert (words[0], left.value.code) == (words[0], 0)
    believable(Study.read(study / "study.toml"), pd.read_csv(plan / "closures.csv"))
    with opened(browser, plan / "index.html") as (page, log):
        page.wait_for_function("() => document.querySelector('canvas.areas') !== null")
        assert page.locator("#hits").count() == 1
        assert (log.messages, log.dialogs) == ([], [])


def believable(study: Study, closures: pd.DataFrame) -> None:
    """Every school has pupils, none more than such a school holds; no name stands twice in one."""
    grades = study.schools.filter(like="pupils_")
    assert (grades.sum(axis=1) > 0).all()
    for code, of_type in grades.groupby(study.schools["type_code"]):
        for grade, most in of_type.max().items():
            if most:
                assert most <= most_a_grade(str(code), str(grade).removeprefix("pupils_"))
    assert (closures["pupils"] > 0).all()
    # The children in a school, whose place stands with its school of each grade.
    assert study.attendance is not None
    assert study.attendance.groupby(["settlement_id", "grade"])["pupils"].sum().min() > 0
