"""Groups without minutes in the check and in a plan, and a plan's warnings on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import layout
from layout.app.cli.command import main
from tests.worlds.study_check import SETTLEMENTS, check, copied, spoil, table

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]
LOST = 5


@pytest.fixture(scope="module")
def lost(mini_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """The small study with some homes far from every road, and their identifiers."""
    study = copied(mini_path, tmp_path_factory.mktemp("lost"), attendance=True)
    spoil(study, SETTLEMENTS, *((row, "lat", "22.85") for row in range(2, 2 + LOST)))
    return study, set(table(study, SETTLEMENTS)["settlement_id"][:LOST])


def groups_of(study: Path, homes: set[str]) -> tuple[int, int]:
    """Groups and pupils of the compulsory stage of some homes."""
    rows = layout.assess(layout.Study.read(study)).assignment
    own = rows[rows["settlement_id"].isin(homes)]
    return len(own), int(own["pupils"].sum())


@pytest.mark.more
def test_the_check_tells_groups_without_minutes(
    lost: tuple[Path, set[str]], capsys: Capture
) -> None:
    study, homes = lost
    groups, pupils = groups_of(study, homes)
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [no-minutes-far]", f"{groups} groups with {pupils} pupils", "3,000 m")
    assert "no-minutes-island" not in told.err
    assert "no-minutes-cutoff" not in told.err


@pytest.mark.more
def test_a_plan_counts_them_and_prints_its_warnings_short(
    lost: tuple[Path, set[str]], tmp_path: Path, capsys: Capture
) -> None:
    study, homes = lost
    groups, pupils = groups_of(study, homes)
    with pytest.raises(SystemExit) as left:
        main(["plan", str(study), "--lang", "en", "--out", str(tmp_path / "out")])
    assert not left.value.code
    said = capsys.readouterr()
    # Three of the homes, then how many more.
    assert said.err.count("warning [place-too-far]") == 3
    assert f"… and {LOST - 3} more of kind [place-too-far]" in said.err
    assert said.err.count("warning [no-minutes-far]") == 1
    assert f"{groups} groups with {pupils} pupils" in said.out
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["warnings"] == len(layout.Study.read(study).warnings) + LOST + 1
    assert record["unrouted"] == {
        "too_far": {"groups": groups, "pupils": pupils},
        "island": {"groups": 0, "pupils": 0},
        "over_cutoff": {"groups": 0, "pupils": 0},
    }
    assert any(f"{groups} groups with {pupils} pupils" in note for note in record["notes"])
    # Blank in the table of groups, none of the others is.
    assignment = pd.read_csv(tmp_path / "out" / "assignment.csv", encoding="utf-8-sig")
    blank = assignment["minutes_before"].isna()
    assert set(assignment.loc[blank, "settlement_id"].astype(str)) == homes
    assert blank.sum() == groups
    saved = layout.read_plan(tmp_path / "out", study=study)
    assert saved.unrouted == record["unrouted"]
    # Drawn or saved again it tells of the same doubts, also of those that travel alone shows.
    assert len(saved.study.warnings) == record["warnings"]
    again = saved.save(tmp_path / "again")
    assert (
        json.loads((again / "run.json").read_text(encoding="utf-8"))["sentences"]
        == (record["sentences"])
    )


def test_a_plan_without_doubts_prints_none(mini_path: Path, capsys: Capture) -> None:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["assess", str(mini_path), "--lang", "en"])
    assert not left.value.code
    assert "warning" not in capsys.readouterr().err
