"""Old workbooks (.xls): formulas without a value and zeros of a number format are seen in them."""

from __future__ import annotations

import struct
from pathlib import Path

import pandas as pd
import pytest
import xlwt

from layout.inputs.marks.biff import old_sheet_marks
from layout.inputs.study.study import examine
from tests.worlds.eight_schools import put, sheet, told, written

SUMMARY = "\x05SummaryInformation".encode("utf-16-le")
"""Name of a stream that spreadsheet programs write and this library does not."""


def book_of(*cells: object, form: str = "General") -> bytes:
    """An old workbook whose first row holds cells of one number format."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("学校")
    for at, value in enumerate(cells):
        page.write(0, at, value, xlwt.easyxf(num_format_str=form))
    path = Path("book.xls")
    book.save(str(path))
    return path.read_bytes()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        # One cell, several beside one another, one too long for 30 bits, hundredths.
        ([4501], {(0, 0): "004501"}),
        ([4501, 451002, 12], {(0, 0): "004501", (0, 2): "000012"}),
        ([4501.0, "4501", 1.25], {(0, 0): "004501"}),
        ([0], {(0, 0): "000000"}),
    ],
)
def test_zeros_of_a_format(cells: list[object], shown: dict[tuple[int, int], str]) -> None:
    assert old_sheet_marks(book_of(*cells, form="000000"))["学校"].shown == shown
    assert old_sheet_marks(book_of(*cells))["学校"].shown == {}


def test_a_formula_that_nobody_has_calculated() -> None:
    data = book_of("a", xlwt.Formula("1+1"))
    assert old_sheet_marks(data)["学校"].uncalculated == {(0, 1)}
    # A spreadsheet program that leaves the text empty has calculated it; the flag says otherwise.
    assert old_sheet_marks(data + SUMMARY)["学校"].uncalculated == set()
    cell = struct.pack("<Q", 0xFFFF_0000_0000_0003)
    assert data.count(cell) == 1
    flagged = data.replace(cell + b"\x00", cell + b"\x02") + SUMMARY
    assert old_sheet_marks(flagged)["学校"].uncalculated == {(0, 1)}
    calculated = data.replace(cell, struct.pack("<d", 2.0))
    assert old_sheet_marks(calculated)["学校"].uncalculated == set()


def test_errors_are_no_blanks() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("A")
    page.write(0, 1, xlwt.Formula("1/0"))
    page.row(1).set_cell_error(2, 0x2A)
    page.row(1).set_cell_boolean(3, True)
    book.save("book.xls")
    data = Path("book.xls").read_bytes()
    formula = struct.pack("<Q", 0xFFFF_0000_0000_0003)
    assert data.count(formula) == 1
    marks = old_sheet_marks(data.replace(formula, struct.pack("<Q", 0xFFFF_0000_0007_0002)))["A"]
    assert marks.errors == {(0, 1): "#DIV/0!", (1, 2): "#N/A"}
    assert marks.uncalculated == set()


@pytest.mark.parametrize("keep", [100, 600, 3000])
def test_a_workbook_cut_short_is_damaged(keep: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        old_sheet_marks(book_of(1)[:keep])


def test_a_study_in_an_old_workbook(tmp_path: Path) -> None:
    study = written(tmp_path, settlements=shorter)
    schools = shorter(sheet(study.parent, "schools"))
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("schools", cell_overwrite_ok=True)
    for column, name in enumerate(schools):
        page.write(0, column, name)
        for row, text in enumerate(schools[name], start=1):
            page.write(row, column, text)
            if name == "township_code":
                page.write(row, column, int(text), xlwt.easyxf(num_format_str="000000"))
    path = study.parent / "book.xls"
    book.save(str(path))
    put(study, "schools.csv", "book.xls|schools")
    seen = examine(study)
    assert told(seen) == []
    assert set(seen.tables["schools"]["township_code"]) == {"001101", "001102", "002101", "002102"}
    page.write(2, list(schools).index("border_flag"), xlwt.Formula('IF(K2<23,"true","false")'))
    book.save(str(path))
    assert told(study) == [("formula", "book.xls|schools", "3", "border_flag")]


def shorter(held: pd.DataFrame) -> pd.DataFrame:
    """Townships whose codes begin with zeros."""
    return held.assign(township_code=held["township_code"].str.slice(3))
