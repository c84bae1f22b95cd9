"""Tables: what is read from cells, what is refused, and the checks between tables."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from layout.core.standards import GRADES
from layout.core.text import using
from layout.inputs import tables
from layout.inputs.tables import Column, Table

THINGS = Table(
    name="things",
    columns=(
        Column(name="thing_id", kind="id"),
        Column(name="name"),
        Column(name="size", kind="int", minimum=0, maximum=1000),
        Column(name="share", kind="float", minimum=0, maximum=1, required=False, default=""),
        Column(name="flag", kind="bool", required=False, default="false"),
        Column(name="answer", kind="bool", required=False, default=""),
        Column(name="kind", kind="choice", choices=("a", "b"), required=False, default="a"),
    ),
    key=("thing_id",),
)


def check(**columns: list[str]) -> tuple[pd.DataFrame, list[tuple[str, str | None, str]]]:
    """Check a table of things; missing columns are filled with good values."""
    count = len(next(iter(columns.values())))
    good = {
        "thing_id": [f"t{i}" for i in range(count)],
        "name": ["n"] * count,
        "size": ["1"] * count,
    }
    index = pd.RangeIndex(2, 2 + count, name="row")
    raw = pd.DataFrame({**good, **columns}, index=index, dtype="str")
    typed, problems = tables.check_table(raw, THINGS, file="things.csv")
    return typed, [(p.code, p.row, p.column) for p in problems]


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12), (" 12 ", 12), ("12.0", 12), ("1,000", 1000), ("１２", 12), ("+3", 3), ("007", 7)],
)
def test_unambiguous_numbers_are_read(cell: str, number: int) -> None:
    typed, problems = check(size=[cell])
    assert problems == []
    assert typed["size"].tolist() == [number]
    assert typed["size"].dtype == "int64"


@pytest.mark.parametrize(
    "cell",
    [
        "约300",
        "1200人",
        "1.5",
        "1e400",
        "nan",
        "inf",
        "1,20",
        "12,",
        "0x10",
        "1_000",
        "--3",
        "=1+1",
    ],
)
def test_ambiguous_numbers_are_refused_with_their_row(cell: str) -> None:
    _, problems = check(size=["5", cell])
    assert problems == [("not-a-number", "3", "size")]


def test_each_kind_of_wrong_cell_is_one_problem() -> None:
    _, problems = check(
        thing_id=["a", "a", "4.51E+09", "x y", ""],
        size=["-5", "2000", "", "1", "1"],
        share=["2", "x", "", "0.5", "1e-3"],
        flag=["maybe", "是", "否", "", "TRUE"],
        kind=["c", "a", "b", "", "a"],
    )
    assert set(problems) == {
        ("duplicate", "3", "thing_id"),
        ("mangled-id", "4", "thing_id"),
        ("bad-id", "5", "thing_id"),
        ("blank", "6", "thing_id"),
        ("minimum", "2", "size"),
        ("maximum", "3", "size"),
        ("blank", "4", "size"),
        ("maximum", "2", "share"),
        ("not-a-number", "3", "share"),
        ("not-yes-or-no", "2", "flag"),
        ("choice", "2", "kind"),
    }


def test_blanks_take_the_default_where_there_is_one() -> None:
    typed, problems = check(share=["", "0.5"], flag=["", "是"], answer=["", "否"], kind=["", "b"])
    assert problems == []
    assert typed["share"].isna().tolist() == [True, False]
    assert typed["flag"].tolist() == [False, True]
    assert typed["answer"].tolist() == [None, False]
    assert typed["kind"].tolist() == ["a", "b"]


@pytest.mark.parametrize("name", ["NA", "null", "nan", "None", "00123", "=1+1", "{{7*7}}", "a\nb"])
def test_names_are_kept_as_they_are(name: str) -> None:
    typed, problems = check(name=[name])
    assert problems == []
    assert typed["name"].tolist() == [name]


def test_identifiers_stay_text() -> None:
    ids = ["00123", "451026001001001234", "n32011241"]
    typed, problems = check(thing_id=ids)
    assert problems == []
    assert typed["thing_id"].tolist() == ids


def test_odd_names_are_warned_of() -> None:
    typed, problems = check(name=["a\x00b", "\u202eabc", "x" * 300])
    assert problems == [
        ("nul", "2", "name"),
        ("direction-marks", "3", "name"),
        ("long-text", "4", "name"),
    ]
    assert typed["name"].iloc[0] == "ab"


def test_a_missing_column_is_one_problem_and_a_misspelt_one_is_named() -> None:
    raw = pd.DataFrame({"thing_id": ["a"], "nmae": ["n"]}, index=[2], dtype="str")
    _, problems = tables.check_table(raw, THINGS, file="things.csv")
    assert [(p.code, p.column) for p in problems] == [
        ("missing-column", "name"),
        ("missing-column", "size"),
    ]
    assert "nmae" in str(problems[0].remedy)
    with using("zh"):
        _, problems = tables.check_table(raw, THINGS, file="things.csv")
        assert "size" in str(problems[1].remedy)
        assert not str(problems[1].reason).isascii()


@pytest.mark.slow
@settings(max_examples=25)
@given(cells=st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_no_cell_breaks_the_reading(cells: list[str]) -> None:
    columns = ("thing_id", "name", "size", "share", "flag", "kind")
    typed, problems = check(**dict.fromkeys(columns, cells))
    assert typed.index.tolist() == list(range(2, 2 + len(cells)))
    assert typed["size"].dtype == "int64"
    assert all(row is not None for _, row, _ in problems)


@pytest.mark.slow
@settings(max_examples=25)
@given(values=st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_numbers_survive_writing_and_reading(values: list[int]) -> None:
    typed, problems = check(size=[f"{value:,}" for value in values])
    assert problems == []
    assert typed["size"].tolist() == values


UNITS = gpd.GeoDataFrame(
    {"name": ["A", "B"]},
    geometry=[box(106, 23, 107, 24), box(107, 23, 108, 24)],
    index=pd.Index(["1", "2"], name="county_code"),
    crs="EPSG:4326",
)


def places(*points: tuple[float, float, str]) -> list[tuple[str, str, str | None]]:
    frame = pd.DataFrame(points, columns=["lon", "lat", "county_code"])
    frame.index += 2
    found = tables.place_problems(frame, UNITS, file="f")
    return [(p.code, p.severity, p.row) for p in found]


def test_places_are_checked_against_the_counties() -> None:
    assert places((106.5, 23.5, "1"), (107.5, 23.5, "2")) == []
    assert places((0, 0, "1")) == [("zero-position", "error", "2")]
    assert places((106.5, 23.5, "1"), (50, 23.5, "1")) == [("outside-study", "warning", "3")]
    assert places((106.5, 23.5, "2")) == [("other-county", "warning", "2")]


def test_swapped_axes_are_told_from_points_outside() -> None:
    here = gpd.GeoDataFrame(
        {"name": ["L"]},
        geometry=[box(9, 47, 10, 48)],
        index=pd.Index(["1"], name="county_code"),
        crs="EPSG:4326",
    )
    frame = pd.DataFrame({"lon": [47.1], "lat": [9.5], "county_code": ["1"]}, index=[2])
    (problem,) = tables.place_problems(frame, here, file="f")
    assert (problem.code, problem.severity) == ("swapped-axes", "error")


def test_a_point_on_a_shared_border_lies_in_exactly_one_county() -> None:
    assert places((107.0, 23.5, "1")) == []
    assert places((107.0, 23.5, "2")) == [("other-county", "warning", "2")]


def school(**numbers: int | str) -> pd.DataFrame:
    row: dict[str, int | str] = {f"pupils_{grade}": 0 for grade in GRADES}
    row |= {f"classes_{grade}": 0 for grade in GRADES}
    row |= {"school_id": "s", "type_code": "211", "classes_mixed": 0, "boarders": 0, "beds": 0}
    row["canteen"] = True
    return pd.DataFrame([row | numbers], index=[2])


@pytest.mark.parametrize(
    ("numbers", "codes"),
    [
        ({"pupils_g1": 20, "classes_g1": 1}, []),
        ({"pupils_g1": 20, "classes_mixed": 1}, []),
        ({"pupils_g1": 20}, ["no-class"]),
        ({"pupils_g8": 20, "classes_g8": 1}, ["unusual-grade"]),
        ({"pupils_g1": 20, "classes_g1": 1, "boarders": 21, "beds": 30}, ["boarders"]),
        ({"pupils_g1": 20, "classes_g1": 1, "boarders": 5}, ["no-beds"]),
        ({"pupils_g1": 20, "classes_g1": 1, "boarders": 5, "beds": 4}, ["few-beds"]),
    ],
)
def test_numbers_of_a_school_must_not_contradict(numbers: dict[str, int], codes: list[str]) -> None:
    assert [p.code for p in tables.school_problems(school(**numbers), file="f")] == codes


def test_attendance_must_balance_both_ways() -> None:
    settlements = pd.DataFrame(
        {"settlement_id": ["h"], **{f"age_{age}": [0] for age in range(18)}}, index=[2]
    )
    settlements["age_5"] = 30
    schools = school(pupils_g1=20)
    files = {"settlements": "h.csv", "schools": "s.csv"}

    def problems(enrolled: int, rest: int) -> list[tuple[str, str, str | None, str]]:
        attendance = pd.DataFrame(
            {
                "settlement_id": ["h", "h"],
                "grade": ["g1", "g1"],
                "school_id": ["s", ""],
                "pupils": [enrolled, rest],
            }
        )
        found = tables.attendance_problems(attendance, settlements, schools, years=1, files=files)
        return [(p.code, p.file, p.row, p.column) for p in found]

    assert problems(20, 10) == []
    at_home = ("attendance-settlement", "h.csv", "2", "age_5")
    at_school = ("attendance-school", "s.csv", "2", "pupils_g1")
    assert problems(20, 9) == [at_home]
    assert problems(21, 9) == [at_school]
    assert problems(21, 10) == [at_school, at_home]


def test_more_pupils_than_children_is_a_warning() -> None:
    settlements = pd.DataFrame({f"age_{age}": [10] for age in range(18)})
    found = tables.margin_problems(settlements, school(pupils_g1=20), years=1, file="f")
    assert [(p.severity, p.column) for p in found] == [("warning", "pupils_g1")]
