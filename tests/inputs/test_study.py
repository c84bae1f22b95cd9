"""A study is read whole or not at all, and every problem of every file is told at once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from layout.core.errors import InputError, Problem
from layout.core.standards import Standards
from layout.inputs.roads.file import RoadSource
from layout.inputs.safety.paths import sha256_of
from layout.inputs.study.file import merged
from layout.inputs.study.study import Study
from tests.worlds.mini import write_mini_study


@pytest.fixture
def study_file(mini_path: Path, tmp_path: Path) -> Path:
    """A copy of the small study that a test may spoil."""
    shutil.copytree(mini_path.parent, tmp_path / "study")
    return tmp_path / "study" / mini_path.name


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def spoil(study_file: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = study_file.parent / name
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(table).to_csv(path, index=False)


def cell(row: int, column: str, value: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Change one cell; the row is counted as in the file."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[row - 2, column] = value
        return table

    return change


def problems(study_file: Path, scenario: Path | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        Study.read(study_file, scenario=scenario)
    assert caught.value.exit_code == 1
    return caught.value.problems


def one(study_file: Path) -> Problem:
    (problem,) = problems(study_file)
    assert problem.reason
    assert problem.remedy
    return problem


def test_the_small_study_is_read(mini_study: Study, mini_path: Path) -> None:
    study = mini_study
    assert study.name == "两县示例"
    assert study.root == mini_path.parent.resolve()
    assert (study.crs, study.data_date) == ("EPSG:4507", date(2021, 9, 1))
    assert study.provenance == "modelled"
    assert study.standards == Standards()
    assert study.births == {2021: 450, 2022: 420, 2023: 400}
    assert study.warnings == ()
    assert not study.attendance_inferred
    path = mini_path.parent.resolve() / "roads/roads.gpkg"
    assert study.roads == RoadSource(path, sha256=sha256_of(path))
    closures = study.programmes.closures
    assert closures is not None
    assert (closures.count, closures.years) == (5, (2022, 2023))
    assert study.programmes.kindergarten is not None
    assert study.programmes.kindergarten.places == 780


def test_tables_are_indexed_sorted_and_typed(mini_study: Study) -> None:
    for table, key in (
        (mini_study.units, "county_code"),
        (mini_study.settlements, "settlement_id"),
        (mini_study.schools, "school_id"),
    ):
        assert isinstance(table, gpd.GeoDataFrame)
        assert table.index.name == key
        assert table.index.is_monotonic_increasing
        assert table.crs == "EPSG:4326"
    numbers = [name for name in mini_study.schools if name.startswith(("pupils_", "classes_"))]
    assert len(numbers) == 31
    assert {str(mini_study.schools[name].dtype) for name in numbers} == {"int64"}
    assert mini_study.schools["border_flag"].dtype == bool
    assert mini_study.schools["survey_opposed_share"].isna().any()


@pytest.mark.parametrize(
    "header", ["position_error_m", "位置误差（米）", "定位误差", "坐标误差(m)"]
)
def test_a_school_may_have_its_own_position_error(study_file: Path, header: str) -> None:
    assert Study.read(study_file).schools["position_error_m"].isna().all()
    cells = ["15", "", "120.5米", "0.3km", "2公里"]

    def add(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{header: [*cells, *[""] * (len(table) - len(cells))]})

    file = study_file.parent / "schools/schools.csv"
    ids = pd.read_csv(file, dtype="str")["school_id"][: len(cells)]
    spoil(study_file, "schools/schools.csv", add)
    told = Study.read(study_file).schools["position_error_m"]
    assert told.loc[ids].fillna(-1).tolist() == [15.0, -1.0, 120.5, 300.0, 2000.0]
    assert told.notna().sum() == 4


@pytest.mark.parametrize(
    ("text", "code"), [("-1", "minimum"), ("1e5", "maximum"), ("?", "not-a-number")]
)
def test_a_position_error_is_metres_below_a_hundred_kilometres(
    study_file: Path, text: str, code: str
) -> None:
    spoil(
        study_file,
        "schools/schools.csv",
        lambda table: table.assign(position_error_m=[text, *[""] * (len(table) - 1)]),
    )
    (told,) = problems(study_file)
    assert (told.code, told.row, told.column) == (code, "2", "position_error_m")


def test_attendance_balances(mini_study: Study) -> None:
    table = mini_study.attendance
    assert table is not None
    by_school = table[table["school_id"] != ""].groupby("school_id")["pupils"].sum()
    pupils = (
        mini_study.schools.filter(like="pupils_")
        .drop(columns="integrated_pupils", errors="ignore")
        .sum(axis=1)
    )
    assert by_school.reindex(pupils.index, fill_value=0).equals(pupils.rename("pupils"))


def test_a_study_is_frozen_and_levers_make_a_new_one(mini_study: Study) -> None:
    with pytest.raises(FrozenInstanceError):
        mini_study.name = "other"  # type: ignore[misc]
    other = mini_study.with_options(close=7, drop=("belt",))
    assert (other.options.close, other.options.drop) == (7, ("belt",))
    assert mini_study.options.close is None
    assert other.schools is mini_study.schools


def test_every_input_is_hashed(mini_study: Study, mini_path: Path) -> None:
    names = [item.name for item in mini_study.inputs]
    assert names == ["study", "units", "border", "settlements", "schools", "attendance", "roads"]
    for item in mini_study.inputs:
        digest = hashlib.sha256((mini_path.parent / item.path).read_bytes()).hexdigest()
        assert item.sha256 == digest


def test_the_order_of_rows_does_not_matter(study_file: Path, mini_study: Study) -> None:
    for name in ("settlements/settlements.csv", "schools/schools.csv", "schools/attendance.csv"):
        spoil(study_file, name, lambda table: table.sample(frac=1, random_state=1))
    study = Study.read(study_file)
    for field in ("settlements", "schools", "attendance"):
        assert getattr(study, field).equals(getattr(mini_study, field))


@pytest.mark.slow
def test_workbooks_serve_as_well_as_csv(study_file: Path, mini_study: Study) -> None:
    path = study_file.parent / "schools/schools.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = [name for name in table if name.startswith(("pupils", "classes", "lon", "lat"))]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    table.to_excel(path.with_suffix(".xlsx"), sheet_name="学校", index=False)
    edit(study_file, "schools/schools.csv", "schools/schools.xlsx|学校")
    assert Study.read(study_file).schools.equals(mini_study.schools)


def test_a_study_without_attendance_is_read(study_file: Path) -> None:
    edit(study_file, 'attendance = "schools/attendance.csv"\n', "")
    assert Study.read(study_file).attendance is None


def test_a_wrong_path_is_one_error(study_file: Path) -> None:
    edit(study_file, "schools/schools.csv", "schools/school.csv")
    problem = one(study_file)
    assert (problem.code, problem.file, problem.column) == (
        "missing-file",
        "mini.toml",
        "inputs.schools",
    )
    assert "schools.csv" in str(problem.remedy)


def test_a_study_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    assert one(tmp_path / "none.toml").code == "missing-file"
    assert one(tmp_path).code == "missing-file"


@pytest.mark.parametrize("column", ["school_id", "pupils_g1"])
def test_a_missing_column_is_one_error(study_file: Path, column: str) -> None:
    spoil(study_file, "schools/schools.csv", lambda table: table.drop(columns=column))
    problem = one(study_file)
    assert (problem.code, problem.file, problem.row, problem.column) == (
        "missing-column",
        "schools/schools.csv",
        "1",
        column,
    )


def test_a_study_without_roads_is_one_error(study_file: Path) -> None:
    (study_file.parent / "roads/roads.gpkg").unlink()
    assert one(study_file).column == "inputs.roads"
    edit(study_file, 'roads = "roads/roads.gpkg"\n', "")
    problem = one(study_file)
    assert (problem.code, problem.column) == ("missing-key", "inputs.roads")
    assert "roads" in str(problem.reason)


Wrong = tuple[int, str, str, str]


@pytest.mark.parametrize(
    ("file", "wrong"),
    [
        (
            "schools/schools.csv",
            (
                (5, "pupils_g1", "-4", "minimum"),
                (6, "beds", "约300", "not-a-number"),
                (7, "school_id", "2145000001", "duplicate"),
                (8, "school_id", "4.51E+09", "mangled-id"),
                (9, "type_code", "999", "choice"),
                (10, "name", "", "blank"),
                (11, "lat", "106.1", "maximum"),
            ),
        ),
        (
            "schools/schools.csv",
            (
                (5, "county_code", "451099", "unknown-county"),
                (6, "centre_school_id", "x", "unknown-centre"),
                (7, "boarders", "9999", "boarders"),
                (12, "lon", "0", "zero-position"),
                (12, "lat", "0", ""),
            ),
        ),
        ("settlements/settlements.csv", ((7, "county_code", "451099", "unknown-county"),)),
        (
            "schools/attendance.csv",
            (
                (8, "school_id", "x", "unknown-school"),
                (9, "settlement_id", "x", "unknown-settlement"),
            ),
        ),
    ],
)
def test_wrong_cells_are_errors_with_their_places(
    study_file: Path, file: str, wrong: tuple[Wrong, ...]
) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        for row, column, value, _ in wrong:
            table = cell(row, column, value)(table)
        return table

    spoil(study_file, file, change)
    found = {
        (problem.file, problem.row, problem.code)
        for problem in problems(study_file)
        if problem.severity == "error"
    }
    assert found == {(file, str(row), code) for row, _, _, code in wrong if code}


def test_attendance_that_does_not_add_up_names_school_and_settlement(study_file: Path) -> None:
    spoil(study_file, "schools/attendance.csv", cell(5, "pupils", "999"))
    found = {(problem.code, problem.file) for problem in problems(study_file)}
    assert found == {
        ("attendance-school", "schools/schools.csv"),
        ("attendance-settlement", "settlements/settlements.csv"),
    }


def test_problems_of_all_files_come_together(study_file: Path) -> None:
    (study_file.parent / "roads/roads.gpkg").unlink()
    edit(study_file, "EPSG:4507", "EPSG:4326")
    spoil(study_file, "schools/schools.csv", cell(5, "pupils_g1", "-4"))
    spoil(study_file, "schools/schools.csv", lambda table: table.drop(columns="beds"))
    spoil(study_file, "settlements/settlements.csv", cell(7, "county_code", "99"))
    spoil(study_file, "schools/attendance.csv", cell(11, "grade", "g13"))
    assert {problem.code for problem in problems(study_file)} == {
        "missing-file",
        "crs-not-metres",
        "minimum",
        "missing-column",
        "unknown-county",
        "choice",
    }


def test_points_in_doubt_are_warnings(study_file: Path) -> None:
    spoil(study_file, "schools/schools.csv", cell(5, "lon", "110.5"))
    (warning,) = Study.read(study_file).warnings
    assert (warning.code, warning.severity, warning.row) == ("outside-study", "warning", "5")


@pytest.mark.parametrize(
    ("old", "new", "code", "column"),
    [
        ("count = 5", 'count = "5"', "wrong-kind", "programmes.closures.count"),
        ("count = 5", "count = -5", "out-of-range", "programmes.closures.count"),
        ("count = 5", "count = ", "toml", ""),
        ("[programmes.closures]", "[programmes.closure]", "unknown-key", "programmes.closure"),
        ("2021-09-01", '"2021-09-01"', "wrong-kind", "study.data_date"),
        ('"modelled"', '"guessed"', "unknown-value", "study.provenance"),
        ("2021 = 450", "x = 450", "wrong-kind", "demography.births.x"),
        ('name = "两县示例"\n', "", "missing-key", "study.name"),
        ("EPSG:4507", "EPSG:4490", "crs-not-metres", "crs"),
        ("children_year = 2020", "children_year = 2010", "children-year", "study.children_year"),
        ('units = ["451026"', 'units = ["451099"', "unknown-county", "programmes.border.units"),
        ("|counties", "|country", "missing-layer", ""),
        ("schools/schools.csv", "http://host/x.csv", "not-a-path", "inputs.schools"),
    ],
)
def test_the_study_file_is_checked_key_by_key(
    study_file: Path, old: str, new: str, code: str, column: str
) -> None:
    edit(study_file, old, new)
    problem = one(study_file)
    assert (problem.code, problem.column) == (code, column)


def test_norms_can_be_overridden_within_reason(study_file: Path) -> None:
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(f"{text}\n[standards]\nsmall_school_pupils = 60\nwalk_kmh = 3\n")
    norms = Study.read(study_file).standards
    assert (norms.small_school_pupils, norms.walk_kmh) == (60, 3.0)
    study_file.write_text(
        f"{text}\n[standards]\nwalk_kmhh = 3\nopposed_share = 3\nwalk_kmh = nan\n"
    )
    found = {(problem.code, problem.column) for problem in problems(study_file)}
    assert found == {
        ("unknown-key", "standards.walk_kmhh"),
        ("out-of-range", "standards.opposed_share"),
        ("out-of-range", "standards.walk_kmh"),
    }


def test_a_byte_order_mark_is_no_problem_and_other_encodings_are(study_file: Path) -> None:
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(text, encoding="utf-8-sig")
    assert Study.read(study_file).name == "两县示例"
    study_file.write_text(text, encoding="gb18030")
    assert one(study_file).code == "encoding"


def test_a_scenario_is_laid_over_the_study(study_file: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "less.toml"
    scenario.write_text(
        '[scenario]\nname = "少撤"\n[programmes.closures]\ncount = 3\n'
        '[consolidate]\nclose = 3\ndrop = ["belt"]\nkeep = ["2145000001"]\ntime_limit_s = 9\n'
    )
    study = Study.read(study_file, scenario=scenario)
    assert study.scenario == "少撤"
    assert study.programmes.closures is not None
    assert study.programmes.closures.count == 3
    assert study.programmes.closures.years == (2022, 2023)
    assert study.options.drop == ("belt",)
    assert study.options.keep == ("2145000001",)
    assert [item.name for item in study.inputs][:2] == ["study", "scenario"]
    scenario.write_text("[consolidate]\nbelt_m = 2500\nbelt_official = false\n")
    narrow = Study.read(study_file, scenario=scenario).options
    assert (narrow.belt_m, narrow.belt_official) == (2500.0, False)
    scenario.write_text("[consolidate]\nbelt_m = -1\nbelt_official = 1\n")
    assert [(p.code, p.column) for p in problems(study_file, scenario)] == [
        ("out-of-range", "consolidate.belt_m"),
        ("wrong-kind", "consolidate.belt_official"),
    ]
    scenario.write_text("[standards]\nborder_uncertainty_m = 200.0\n")
    assert [(p.code, p.column) for p in problems(study_file, scenario)] == [
        ("unknown-key", "standards.border_uncertainty_m")
    ]
    scenario.write_text('[consolidate]\ndrop = ["belts"]\n')
    assert [p.code for p in problems(study_file, scenario)] == ["unknown-value"]
    scenario.write_text("[programes.closures]\ncount = 3\n[consolidate]\ncloze = 3\n")
    told = problems(study_file, scenario)
    assert {(p.code, p.file, p.column) for p in told} == {
        ("unknown-key", "less.toml", "programes"),
        ("unknown-key", "less.toml", "consolidate.cloze"),
    }
    assert {str(p.remedy).rpartition("is ")[2] for p in told} == {
        "programmes.",
        "consolidate.close.",
    }
    scenario.write_text('[consolidate]\nmust_close = ["x"]\n')
    (told,) = problems(study_file, scenario)
    assert (told.code, told.file, told.value) == ("unknown-school", "less.toml", "x")
    scenario.write_text('[consolidate.quota]\n"451026" = 2\n"451026101" = 1\n"45" = 1\n')
    (told,) = problems(study_file, scenario)
    assert (told.code, told.column, told.value) == ("unknown-quota", "consolidate.quota", "45")
    names = study.schools["name"]
    only = names[~names.duplicated(keep=False)].index[0]
    scenario.write_text(f'[consolidate]\nkeep = ["{names[only]}"]\n', encoding="utf-8")
    assert Study.read(study_file, scenario=scenario).options.keep == (only,)
    assert [p.code for p in problems(study_file, tmp_path / "none.toml")] == ["missing-file"]


def test_merging_keeps_what_is_not_named() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    over = {"a": {"c": [3]}, "e": {"f": 1}}
    assert merged(base, over) == {"a": {"b": 1, "c": [3]}, "d": 1, "e": {"f": 1}}
    assert base == {"a": {"b": 1, "c": [1, 2]}, "d": 1}


def test_every_field_of_a_study_is_documented() -> None:
    documented = Study.__doc__ or ""
    assert [field.name for field in fields(Study) if field.name not in documented] == []


def test_the_small_study_follows_from_its_seed(mini_path: Path, tmp_path: Path) -> None:
    again = write_mini_study(tmp_path / "again")
    for file in sorted(mini_path.parent.rglob("*.*")):
        assert (again.parent / file.relative_to(mini_path.parent)).read_bytes() == file.read_bytes()


def test_the_small_study_is_rich_enough(mini_study: Study) -> None:
    schools = mini_study.schools
    compulsory = [f"pupils_g{grade}" for grade in range(1, 10)]
    small = schools[
        schools["type_code"].isin(["211", "218"])
        & schools["urban_rural_code"].isin(["210", "220"])
        & (schools[compulsory].sum(axis=1) < 100)
    ]
    assert len(small) >= 25
    assert small["border_flag"].sum() >= 5
    assert (small["survey_opposed_share"] > 0.5).sum() >= 3
    assert len(mini_study.settlements) >= 250
    assert set(schools["type_code"]) >= {"111", "211", "218", "311", "312", "342", "361", "514"}
