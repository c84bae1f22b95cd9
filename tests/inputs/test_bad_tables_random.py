"""Tables of any content: a name comes through letter by letter or is told of, a number as written.

What comes out of reading is a table or problems, never another error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layout.core.errors import InputError, Problem
from layout.inputs import tables
from layout.inputs.study.tabular import read_table
from layout.inputs.tables import check_table, spoken_values
from layout.output.lists.csvs import protected, write_csv

pytestmark = pytest.mark.slow

SETTLEMENTS = tables.SETTLEMENTS
PLAIN = {
    "settlement_id": "s1",
    "name": "甲",
    "kind": "village",
    "urban": "false",
    "village_code": "451026001201",
    "township_code": "451026001",
    "county_code": "451026",
    "lon": "106.1",
    "lat": "23.1",
    **{f"age_{age}": str(age) for age in range(18)},
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
XML_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=40)
ODD = st.sampled_from(
    ["合计", "=1+1", "NA", "约300", "1,200", "\u202eabc", "a\x00b", '"', "x\ny", "𠮷"],
)
CELLS = st.one_of(TEXTS, ODD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


def as_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> None:
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    path.write_bytes(held.getvalue().encode(encoding))


def read(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table of settlements as a study does."""
    raw, _, problems = read_table((path, ""), SETTLEMENTS, file=path.name, named={})
    plain, notes = spoken_values(raw, SETTLEMENTS, file=path.name)
    typed, wrong = check_table(plain, SETTLEMENTS, file=path.name)
    return typed, problems + notes + wrong


def read_or_refused(path: Path) -> tuple[pd.DataFrame | None, list[Problem]]:
    try:
        return read(path)
    except InputError as error:
        return None, list(error.problems)


def as_xlsx(path: Path, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = book.active.cell(number, column)
            cell.value, cell.data_type = text, "s"
    book.save(path)


def with_names(names: list[str]) -> list[list[str]]:
    """A header and a sound row for each name."""
    rows = [PLAIN | {"settlement_id": f"s{n}", "name": name} for n, name in enumerate(names)]
    return [list(PLAIN), *(list(row.values()) for row in rows)]


def hold_to_names(names: list[str], typed: pd.DataFrame, problems: list[Problem]) -> None:
    """Every name is there as it was written, but for blanks around it, or is told of."""
    told = {problem.row for problem in problems if problem.column == "name"}
    assert typed["settlement_id"].tolist() == [f"s{n}" for n in range(len(names))]
    for row, name, found in zip(typed.index, names, typed["name"], strict=True):
        assert found == name.strip() or str(row) in told, (name, found)


@pytest.mark.more
@given(st.lists(st.one_of(TEXTS, ODD), min_size=1, max_size=5), st.booleans())
@example(["合计", "小计", "注：", "name"], True)
@settings(max_examples=50)
def test_any_name_in_a_csv_survives_or_is_told_of(folder: Path, names: list[str], gb: bool) -> None:
    path = folder / "a.csv"
    as_csv(path, with_names([*names, "那坡县"]), "gb18030" if gb else "utf-8")
    typed, problems = read_or_refused(path)
    if typed is None:
        assert all(problem.file == "a.csv" and problem.remedy for problem in problems)
        return
    hold_to_names([*names, "那坡县"], typed, problems)
    out = write_csv(typed[["name"]], folder / "out.csv")
    with out.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1:] == [[protected(name)] for name in typed["name"]] or any(
            name == "" for name in typed["name"]
        )


@given(st.lists(XML_TEXTS, min_size=1, max_size=12))
@settings(max_examples=8)
def test_any_name_in_a_workbook_survives_or_is_told_of(folder: Path, names: list[str]) -> None:
    path = folder / "a.xlsx"
    as_xlsx(path, with_names(names))
    hold_to_names(names, *read(path))


@pytest.mark.more
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=6), st.sampled_from("\t,"))
@settings(max_examples=50)
def test_any_cells_at_all_are_a_table_or_problems(
    folder: Path, cells: list[list[str]], separator: str
) -> None:
    path = folder / ("a.tsv" if separator == "\t" else "a.csv")
    as_csv(path, [list(PLAIN), *cells, list(PLAIN.values())])
    typed, problems = read_or_refused(path)
    if typed is None:
        assert all(problem.remedy for problem in problems)
        return
    assert list(typed) == [column.name for column in SETTLEMENTS.columns]
    assert len(typed) + len(problems) >= 1


NOTATIONS: list[Callable[[int], str]] = [
    str,
    "{:,}".format,
    "{} 人".format,
    "{:,}人".format,
    "{}.0".format,
    "  {} ".format,
    lambda number: "".join(chr(0xFF10 + int(digit)) for digit in str(number)),
    lambda number: f"{number:,}".translate(
        {ord(","): "，", **{ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}}
    ),
]


@pytest.mark.more
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(NOTATIONS)), min_size=1))
@settings(max_examples=25)
def test_numbers_are_read_in_every_notation(
    folder: Path, cells: list[tuple[int, Callable[[int], str]]]
) -> None:
    rows = [
        list((PLAIN | {"settlement_id": f"s{n}", "age_5": write(number)}).values())
        for n, (number, write) in enumerate(cells)
    ]
    as_csv(folder / "a.csv", [list(PLAIN), *rows])
    typed, problems = read(folder / "a.csv")
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert typed["age_5"].tolist() == [number for number, _ in cells]


@pytest.mark.more
@given(st.lists(st.floats(-180, 180, allow_nan=False), min_size=1))
@settings(max_examples=25)
def test_positions_keep_every_digit(folder: Path, places: list[float]) -> None:
    rows = [
        list((PLAIN | {"settlement_id": f"s{n}", "lon": repr(lon)}).values())
        for n, lon in enumerate(places)
    ]
    as_csv(folder / "a.csv", [list(PLAIN), *rows])
    typed, problems = read(folder / "a.csv")
    assert [problem.code for problem in problems if problem.severity == "error"] == []
    assert typed["lon"].tolist() == places
