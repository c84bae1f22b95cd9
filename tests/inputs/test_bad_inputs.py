"""Tables that are wrong, odd or ugly: each is refused, warned of or read rightly, and never lost.

The number in a test's name is that of the kind of input: one test for each kind, with the real
file, the exit code, the message and the proof that nothing was written.
"""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from layout.inputs.study.study import Study
from tests.worlds.study_check import (
    ATTENDANCE,
    SCHOOLS,
    SETTLEMENTS,
    Capture,
    check,
    copied,
    edit,
    spoil,
    table,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


@pytest.fixture
def whole(mini_path: Path, tmp_path: Path) -> Path:
    """The small study with its attendance table."""
    return copied(mini_path, tmp_path, attendance=True)


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "${alert(3)}",
    "`\\`",
    "A{{7*7}}B",
    "{% set x=1 %}",
    "{# x",
    "{% raw %}",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    '=HYPERLINK("http://host","x")',
    "a\nb",
    "a\u2028b",
    "h" * 150,
    "NA",
    "null",
    "nan",
    "None",
]


def test_01_02_04_28_hostile_names_are_kept_letter_by_letter(study: Path, capsys: Capture) -> None:
    spoil(study, SCHOOLS, *((row, "name", name) for row, name in enumerate(HOSTILE, start=2)))
    told = check(study, capsys)
    # Nothing is said of the names.
    assert (told.code, re.findall(r"\[(\S+)\]", told.err.partition("\n")[0])) == (
        0,
        ["ends-joined"],
    )
    assert len(told.err.splitlines()) == 2
    ids = table(study)["school_id"].tolist()[: len(HOSTILE)]
    assert Study.read(study).schools.loc[ids, "name"].tolist() == HOSTILE


def test_03_05_odd_characters_are_cleaned_or_isolated_with_a_warning(
    study: Path, capsys: Capture
) -> None:
    url = "http://host/" + "x" * 3000
    odd = ["a\x00b", "\u202eabc", "字" * 300, url, "y" * 32_768, "a\x07b\x1b[31m", "a\x85b"]
    spoil(study, SCHOOLS, *((row, "name", name) for row, name in enumerate(odd, start=2)))
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [nul]", "row 2", "column name", "Remedy")
    assert told.says("warning [direction-marks]", "row 3")
    assert all(told.says("warning [long-text]", f"row {row}") for row in (4, 5, 6))
    assert told.says("warning [control-characters]", "row 7")
    assert "\x1b" not in told.err + told.out
    ids = table(study)["school_id"].tolist()
    names = Study.read(study).schools["name"]
    expected = ["ab", "\u202eabc", "字" * 300, url, "y" * 32_768, "ab[31m", "ab"]
    assert [names[key] for key in ids[:7]] == expected


@pytest.mark.more
def test_06_a_scenario_s_name_is_only_a_name(study: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "s.toml"
    for name in ("方案/一:A", "../../x", "C:\\\\x", "CON", "."):
        scenario.write_text(f'[scenario]\nname = "{name}"\n', encoding="utf-8")
        assert Study.read(study, scenario).scenario == name.replace("\\\\", "\\")


def test_20_swapped_axes_in_one_row_or_in_all(study: Path, capsys: Capture) -> None:
    held = table(study)
    spoil(study, SCHOOLS, (5, "lon", held.loc[3, "lat"]), (5, "lat", held.loc[3, "lon"]))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("row 5", "column lat", held.loc[3, "lon"], "swapped")
    swapped = held.rename(columns={"lon": "lat", "lat": "lon"})
    swapped.to_csv(study.parent / SCHOOLS, index=False)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("row 2", "column lat", "swapped")


def test_23_points_at_zero_outside_or_doubled(study: Path, capsys: Capture) -> None:
    spoil(study, SCHOOLS, (5, "lon", "0"), (5, "lat", "0"))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [zero-position]", "row 5", "0.0, 0.0", "Remedy")
    held = table(study)
    spoil(
        study,
        SCHOOLS,
        (5, "lon", held.loc[4, "lon"]),
        (5, "lat", held.loc[4, "lat"]),
        (7, "lon", "110.5"),
    )
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [same-position]", "row 6", str(float(held.loc[4, "lon"])))
    assert told.says("warning [outside-study]", "row 7", "110.5")
    held["lon"] = "116.4"
    held.to_csv(study.parent / SCHOOLS, index=False)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [mostly-outside]", "schools.csv", "116.4", "coordinate system")


def test_27_identifiers_stay_text_or_are_refused(study: Path, capsys: Capture) -> None:
    first, second = table(study)["school_id"].tolist()[:2]
    spoil(study, SCHOOLS, (3, "school_id", first), (4, "school_id", "4.51E+09"))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [duplicate]", "row 3", first, "row 2", "Remedy")
    assert told.says("error [mangled-id]", "row 4", "4.51E+09", "Export the column again as text")
    long = "451026001001001234"
    held = table(study)
    held.loc[[1, 2], "school_id"] = ["00123", long]
    held.loc[held["centre_school_id"].isin([first, second]), "centre_school_id"] = ""
    held.to_csv(study.parent / SCHOOLS, index=False)
    assert check(study, capsys).code == 0
    assert {"00123", long} <= set(Study.read(study).schools.index)


def test_27_a_long_identifier_that_a_workbook_rounded_is_refused(
    study: Path, capsys: Capture
) -> None:
    held = table(study)
    held.to_excel(study.parent / "schools/s.xlsx", index=False)
    book = openpyxl.load_workbook(study.parent / "schools/s.xlsx")
    book.active["A3"] = 451026001001001234
    book.save(study.parent / "schools/s.xlsx")
    edit(study, SCHOOLS, "schools/s.xlsx")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [mangled-id]", "s.xlsx", "sheet Sheet1", "row 3", "school_id")


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1,200", 1200), ("１２００", 1200), ("1200人", 1200), ("１，２００ 人", 1200), ("12 名", 12)],
)
def test_29_numbers_that_mean_one_thing_are_read(
    study: Path, capsys: Capture, cell: str, number: int
) -> None:
    spoil(study, SETTLEMENTS, (4, "age_5", cell))
    assert check(study, capsys).code == 0
    settlement = table(study, SETTLEMENTS).loc[2, "settlement_id"]
    assert Study.read(study).settlements.at[settlement, "age_5"] == number


@pytest.mark.parametrize(
    "cell", ["约300", "1e400", "-5", "", "300多", "1200班", "十二", "1.200,5", "12-15", "#N/A"]
)
def test_29_numbers_that_do_not_are_refused(study: Path, capsys: Capture, cell: str) -> None:
    spoil(study, SETTLEMENTS, (4, "age_5", cell))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("settlements.csv", "row 4", "column age_5", cell, "Remedy")


def test_31_pupils_are_the_same_in_every_table(whole: Path, capsys: Capture) -> None:
    spoil(whole, ATTENDANCE, (5, "pupils", "999"))
    told = check(whole, capsys)
    assert told.code == 1
    assert told.says("error [attendance-school]", "schools.csv", "Remedy")
    assert told.says("error [attendance-settlement]", "settlements.csv", "Remedy")


def test_32_columns_of_one_name_are_renamed_with_a_warning(study: Path, capsys: Capture) -> None:
    path = study.parent / SCHOOLS
    lines = path.read_text(encoding="utf-8").splitlines()
    before = Study.read(study).schools["name"].tolist()
    added = ["name,A,a,fid", *(["other,1,2,3"] * (len(lines) - 1))]
    text = "\n".join(f"{line},{more}" for line, more in zip(lines, added, strict=True))
    path.write_text(text + "\n", encoding="utf-8")
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [duplicate-column]", "column name", "number 2 is used")
    assert told.says("warning [duplicate-column]", "column a", "a (2)")
    assert Study.read(study).schools["name"].tolist() == before


def test_32_two_headers_of_one_meaning_that_differ_are_refused(
    study: Path, capsys: Capture
) -> None:
    held = table(study).rename(columns={"name": "学校名称"})
    held["校名"] = "别的"
    held.to_csv(study.parent / SCHOOLS, index=False)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [ambiguous-column]", "name", "校名", "[columns]")
    with study.open("a", encoding="utf-8") as stream:
        stream.write('\n[columns.schools]\nname = "学校名称"\n')
    assert check(study, capsys).code == 0


def test_32_a_column_fid_in_a_geopackage_is_no_trouble(study: Path, capsys: Capture) -> None:
    import geopandas as gpd

    path = study.parent / "boundaries/counties.gpkg"
    units = gpd.read_file(path)
    before = Study.read(study).units
    units.assign(FID=[7, 9]).to_file(path, layer="counties", driver="GPKG")
    assert check(study, capsys).code == 0
    after = Study.read(study).units
    assert after["name"].equals(before["name"])
    assert after.geometry.geom_equals(before.geometry).all()


def test_38_former_county_codes_are_mapped_with_a_warning(study: Path, capsys: Capture) -> None:
    before = Study.read(study).schools
    for name in (SCHOOLS, SETTLEMENTS):
        path = study.parent / name
        held = pd.read_csv(path, dtype=str, keep_default_na=False)
        for column in ("county_code", "township_code", "village_code"):
            held[column] = held[column].str.replace("^451081", "451025", regex=True)
        held.to_csv(path, index=False)
    told = check(study, capsys)
    assert told.code == 0
    for name in ("schools.csv", "settlements.csv"):
        for column in ("county_code", "township_code", "village_code"):
            assert told.says("warning [old-county-code]", name, column, "451025", "451081")
    schools = Study.read(study).schools
    for column in ("county_code", "township_code", "village_code"):
        assert schools[column].equals(before[column])


def test_39_numbers_of_a_school_that_contradict(study: Path, capsys: Capture) -> None:
    held = table(study)
    grades = [name for name in held if re.fullmatch(r"pupils_[kg]\d+", name)]
    held["在校生数"] = held[grades].astype(int).sum(axis=1).astype(str)
    held.to_csv(study.parent / SCHOOLS, index=False)
    assert check(study, capsys).code == 0
    right = held.loc[3, "在校生数"]
    spoil(
        study,
        SCHOOLS,
        (5, "在校生数", "9999"),
        (6, "boarders", "99999"),
        (7, "boarders", "1"),
        (7, "beds", "0"),
    )
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [total]", "row 5", "pupils_total (在校生数)", "9999", right, "Remedy")
    assert told.says("error [boarders]", "row 6", "99999", "Remedy")
    assert told.says("error [no-beds]", "row 7", "column beds", "Remedy")


def test_40_places_beyond_any_road_are_counted(study: Path, capsys: Capture) -> None:
    held = table(study, SETTLEMENTS)
    spoil(study, SETTLEMENTS, (2, "lat", "22.85"))
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [place-too-far]", held.loc[0, "settlement_id"], "3000 m", "Remedy")


def test_all_problems_come_together_and_nothing_is_written(whole: Path, capsys: Capture) -> None:
    spoil(whole, SCHOOLS, (5, "pupils_g1", "约300"), (6, "type_code", "999"))
    spoil(whole, SETTLEMENTS, (7, "county_code", "99"))
    spoil(whole, ATTENDANCE, (9, "grade", "g13"))
    told = check(whole, capsys)
    assert told.code == 1
    for parts in (
        ("schools.csv", "row 5", "约300"),
        ("schools.csv", "row 6", "999"),
        ("settlements.csv", "row 7", "99"),
        ("attendance.csv", "row 9", "g13"),
    ):
        assert told.says(*parts, "Remedy")
