"""A canteen is there, is not there, or nobody says: three answers in every kind of file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from layout.core.errors import InputError
from layout.inputs.study.study import Study
from tests.worlds.study_check import SCHOOLS, SPOILING, Capture, check, copied, edit, table

pytestmark = SPOILING

ANSWERS = (True, False, None)


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    """A copy of the small study that a test may spoil."""
    return copied(mini_path, tmp_path)


def write(study: Path, kind: str, words: tuple[object, object, object]) -> pd.Series:
    """Write the schools with each answer in turn, as a file says it; returns what was meant."""
    held = table(study)
    turn = [at % 3 for at in range(len(held))]
    held["canteen"] = pd.Series([words[at] for at in turn], dtype="object")
    path = study.parent / f"schools/s.{kind}"
    if kind == "csv":
        held.to_csv(path, index=False)
    elif kind == "xlsx":
        held.to_excel(path, index=False)
    else:
        points = gpd.points_from_xy(held["lon"].astype(float), held["lat"].astype(float))
        if words == ANSWERS:
            # Else the layer has a column of text.
            held["canteen"] = held["canteen"].astype("boolean")
        plain = held.drop(columns=["lon", "lat"])
        gpd.GeoDataFrame(plain, geometry=points, crs="EPSG:4326").to_file(path)
    edit(study, SCHOOLS, f"schools/s.{kind}")
    return pd.Series([ANSWERS[at] for at in turn], index=held["school_id"], dtype="object")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "gpkg"])
@pytest.mark.parametrize(
    "words",
    [ANSWERS, ("true", "false", ""), ("是", "否", ""), ("有", "无", " "), (1, 0, None)],
    ids=["cells", "true-false", "是否", "有无", "numbers"],
)
def test_yes_no_and_blank_are_three_answers(
    study: Path, kind: str, words: tuple[object, object, object]
) -> None:
    meant = write(study, kind, words).sort_index()
    canteen = Study.read(study).schools["canteen"]
    assert canteen.index.equals(pd.Index(meant.index, name="school_id"))
    assert [answer is right for answer, right in zip(canteen, meant, strict=True)] == [
        True for _ in meant
    ]
    # Each question has a plain yes or no for every school.
    for mask, answer in ((canteen.eq(True), True), (canteen.eq(False), False)):
        assert mask.dtype == bool
        assert mask.tolist() == [right is answer for right in meant]
    assert canteen.isna().tolist() == [right is None for right in meant]


def shown_blanks(out: str) -> list[str]:
    """The last cell of the rows that the check shows for the canteen."""
    return [line.split("│")[-2].strip() for line in out.splitlines() if "canteen" in line]


def test_the_check_counts_schools_that_do_not_say(study: Path, capsys: Capture) -> None:
    meant = write(study, "csv", ("true", "false", ""))
    report = study.parent / "report"
    told = check(study, capsys, "--report", str(report))
    assert (told.code, len(told.err.splitlines())) == (0, 2)
    assert told.err.startswith("note [ends-joined]")
    assert shown_blanks(told.out) == [str(meant.isna().sum())]
    rows = list(openpyxl.load_workbook(report / "problems.xlsx")["Columns"].values)
    assert rows[0][-1] == "Rows without it"
    blank = {row[2]: row[-1] for row in rows[1:] if row[0] == "schools"}
    assert blank["canteen"] == str(meant.isna().sum())
    assert not blank["beds"]


def test_without_the_column_no_school_says(study: Path, capsys: Capture) -> None:
    held = table(study).drop(columns="canteen")
    held.to_csv(study.parent / SCHOOLS, index=False)
    assert Study.read(study).schools["canteen"].isna().all()
    assert shown_blanks(check(study, capsys).out) == [str(len(held))]


def test_a_word_that_is_no_answer_is_an_error(study: Path) -> None:
    write(study, "csv", ("true", "false", "不详"))
    with pytest.raises(InputError) as caught:
        Study.read(study)
    told = {(p.code, p.column, p.value) for p in caught.value.problems if p.severity == "error"}
    assert told == {("not-yes-or-no", "canteen", "不详")}
