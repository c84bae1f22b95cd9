"""Cells that carry nothing or something else than they did: refused, or read as the sheet shows."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import PatternFill

from layout.app.datareport.write import write_report
from layout.inputs.marks.shown import shown_number
from layout.inputs.marks.xlsx import sheet_marks
from layout.inputs.study.study import examine
from tests.worlds.eight_schools import add, into_workbook, put, sheet, told, written

BOOK = "book.xlsx|schools"


def column_of(page: object, name: str) -> int:
    """Number of a column of a sheet by its header."""
    return next(cell.column for cell in page[1] if cell.value == name)  # type: ignore[index]


@pytest.mark.parametrize(
    ("column", "formula"),
    [
        ("border_flag", '=IF(K2<23.35,"是","否")'),
        ("teachers", "=5+5"),
        ("school_id", '="214"&"5"'),
        ("pupils_g1", "=16"),
        ("lon", "=106+0.1"),
        ("village_code", '=""&G2'),
    ],
)
def test_formulas_without_a_value_are_one_problem_of_their_column(
    tmp_path: Path, column: str, formula: str
) -> None:
    study = written(tmp_path)
    path = into_workbook(study, "schools")
    book = openpyxl.load_workbook(path)
    page = book["schools"]
    for row in (3, 4, 7):
        page.cell(row, column_of(page, column), formula)
    book.save(path)
    seen = examine(study)
    assert told(seen) == [("formula", BOOK, "3", column)]
    assert str(seen.problems[-1].reason).startswith("3 cells hold a formula")


def test_a_row_of_sums_a_header_and_a_column_that_is_not_used(tmp_path: Path) -> None:
    study = written(tmp_path)
    path = into_workbook(study, "schools")
    book = openpyxl.load_workbook(path)
    page = book["schools"]
    # A row of sums may hold formulas, and so may a column that nobody reads.
    page.cell(11, 2, "合计")
    page.cell(11, column_of(page, "pupils_g1"), "=SUM(O2:O10)")
    page.cell(1, page.max_column + 1, "备用")
    page.cell(2, page.max_column, "=1+1")
    book.save(path)
    assert told(study) == []
    page.cell(1, column_of(page, "beds"), '="be"&"ds"')
    book.save(path)
    assert told(study) == [("formula", BOOK, "1", "")]


def edited(path: Path, member: str, old: str, new: str) -> None:
    """Change the text of a member of a workbook."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name) for name in archive.namelist()}
    assert old in texts[member].decode()
    texts[member] = texts[member].decode().replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)


@pytest.mark.parametrize(
    ("cell", "missing"),
    [
        ('<c r="A1"><f>1+1</f></c>', True),
        ('<c r="A1"><f>1+1</f><v/></c>', True),
        ('<c r="A1"><f>1+1</f><v></v></c>', True),
        # A library that calculates nothing writes 0 and says that the next program has to.
        ('<c r="A1"><f>1+1</f><v>0</v></c>', True),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', False),
        # So a spreadsheet program writes a text that is empty.
        ('<c r="A1" t="str"><f>""</f><v></v></c>', False),
        ('<c r="A1" t="str"><f>""</f><v>x</v></c>', False),
        ('<c r="A1" t="str"><f>A2</f></c>', True),
        ('<c r="A1" s="0"/>', False),
    ],
)
def test_what_a_formula_without_value_looks_like(tmp_path: Path, cell: str, missing: bool) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = "=1"
    book.save(path)
    edited(path, "xl/worksheets/sheet1.xml", '<c r="A1"><f>1</f><v /></c>', cell)
    marks = sheet_marks(path, file="x")["Sheet"]
    assert marks.uncalculated == ({(0, 0)} if missing else set())


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="A"><table:table-row>{}</table:table-row></table:table>
</office:spreadsheet></office:body></office:document-content>"""


@pytest.mark.parametrize(
    ("cell", "missing", "shown"),
    [
        ('<table:table-cell table:formula="of:=1+1"/>', True, ""),
        ('<table:table-cell table:formula="of:=1" office:value-type="float"/>', True, ""),
        (
            (
                '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string" '
                'office:string-value=""/>'
            ),
            False,
            "",
        ),
        ('<table:table-cell table:formula="of:=A2" office:value-type="string"/>', True, ""),
        # So LibreOffice writes a computed text that is empty.
        (
            '<table:table-cell table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>',
            False,
            "",
        ),
        (
            (
                '<table:table-cell table:formula="of:=A2" office:value-type="string">'
                "<text:p>是</text:p></table:table-cell>"
            ),
            False,
            "",
        ),
        (
            (
                '<table:table-cell office:value-type="float" office:value="4501">'
                "<office:annotation><text:p>ask</text:p></office:annotation>"
                "<text:p>004501</text:p></table:table-cell>"
            ),
            False,
            "004501",
        ),
        (
            (
                '<table:table-cell office:value-type="float" office:value="4501">'
                "<text:p>004501</text:p></table:table-cell>"
            ),
            False,
            "004501",
        ),
        (
            (
                '<table:table-cell office:value-type="float" office:value="4501">'
                "<text:p>4,501</text:p></table:table-cell>"
            ),
            False,
            "",
        ),
    ],
)
def test_cells_of_opendocument(tmp_path: Path, cell: str, missing: bool, shown: str) -> None:
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", ODS.format(cell))
    marks = sheet_marks(path, file="x")["A"]
    assert marks.uncalculated == ({(0, 0)} if missing else set())
    assert marks.shown == ({(0, 0): shown} if shown else {})


@pytest.mark.parametrize(
    ("column", "code"),
    [
        *(("border_flag", "not-yes-or-no"), ("village_code", "mangled-id")),
        *(("beds", "not-a-number"), ("name", "cell-error"), ("ownership", "choice")),
    ],
)
def test_an_error_of_a_sheet_is_no_blank(tmp_path: Path, column: str, code: str) -> None:
    study = written(tmp_path)
    path = into_workbook(study, "schools")
    book = openpyxl.load_workbook(path)
    cell = book["schools"].cell(3, column_of(book["schools"], column))
    cell.value, cell.data_type = "#N/A", "e"
    book.save(path)
    seen = examine(study)
    assert told(seen) == [(code, BOOK, "3", column)]
    assert seen.problems[-1].value == "#N/A"


def test_an_error_of_opendocument_is_no_blank(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    cell = (
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    )
    declared = (
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    )
    text = ODS.format(cell).replace("xmlns:office", f"{declared} xmlns:office", 1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", text)
    marks = sheet_marks(path, file="x")["A"]
    assert (marks.errors, marks.uncalculated) == ({(0, 0): "#N/A"}, set())


@pytest.mark.more
@pytest.mark.parametrize(
    "mangled",
    [
        *("4.51E+08", "4.51001e8", "#N/A", "#REF!", "451001101.0", "-451001101", "2021-09-01"),
        *("1-Sep", "nan", "None", "4.51001101e+17", "TRUE", "12:30:00", "3月4日", "Err:502"),
        *("-", "—", "无", "未知", "NULL"),
    ],
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("schools", name) for name in ("township_code", "village_code", "centre_school_id")),
        *(("settlements", name) for name in ("settlement_id", "county_code", "village_code")),
    ],
)
def test_identifiers_that_a_spreadsheet_has_changed(
    tmp_path: Path, table: str, column: str, mangled: str
) -> None:
    def change(held: pd.DataFrame) -> pd.DataFrame:
        held.loc[1, column] = mangled
        return held

    study = written(tmp_path, **{table: change})
    codes = {(code, row, name) for code, _, row, name in told(study)}
    assert ("mangled-id", "3", column) in codes


def test_a_school_in_the_attendance_is_an_identifier(tmp_path: Path) -> None:
    study = written(tmp_path)
    rows = "settlement_id,grade,school_id,pupils\n451001101001,g1,2.145E+09,3\n"
    (study.parent / "a.csv").write_text(rows, encoding="utf-8")
    put(study, "[inputs]\n", '[inputs]\nattendance = "a.csv"\n')
    assert ("mangled-id", "a.csv", "2", "school_id") in told(study)


@pytest.mark.parametrize("values", [[4.51001e17, 4.51002e17], [-451001, 451002]])
def test_codes_of_a_layer_are_looked_at_as_those_of_a_sheet(
    tmp_path: Path, values: list[float]
) -> None:
    study = written(tmp_path, units=lambda units: units.assign(county_code=values))
    assert ("mangled-id", "units.gpkg", "1", "county_code") in told(study)


def test_whole_decimals_of_a_layer_are_codes(tmp_path: Path) -> None:
    study = written(tmp_path, units=lambda units: units.assign(county_code=[451001.0, 451002.0]))
    assert told(study) == []


def test_zeros_of_a_number_format_belong_to_an_identifier(tmp_path: Path) -> None:
    def shorter(held: pd.DataFrame) -> pd.DataFrame:
        return held.assign(township_code=held["township_code"].str.slice(3))

    study = written(tmp_path, schools=shorter, settlements=shorter)
    into_workbook(study, "schools", formats={"township_code": "000000", "pupils_g1": "000"})
    seen = examine(study)
    assert set(seen.tables["schools"]["township_code"]) == {"001101", "001102", "002101", "002102"}
    assert told(seen) == []


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        *(("4501", "000000", "004501"), ("451002", "000000", ""), ("5", '"S"0000', "S0005")),
        *(("1234567", "000\\-000", "1234-567"), ("7", "[Red]000;-000", "007")),
        *(("12", "#,##0", ""), ("12", "0.00", ""), ("12", "yyyy-mm-dd", ""), ("12", "@", "")),
        *(("1.5", "000", ""), ("12", "0_ ", ""), ("0", "000", "000")),
    ],
)
def test_what_a_sheet_shows_of_a_number(number: str, form: str, shown: str) -> None:
    assert shown_number(number, form) == shown


@pytest.mark.parametrize("cell", ["1.000", "12.000", "1.234.567"])
def test_a_point_before_three_zeros_may_separate_thousands(tmp_path: Path, cell: str) -> None:
    def change(held: pd.DataFrame) -> pd.DataFrame:
        held.loc[0, "age_6"] = cell
        return held

    study = written(tmp_path, settlements=change)
    assert told(study) == [("not-a-number", "settlements.csv", "2", "age_6")]
    assert "thousands" in str(examine(study).problems[-1].reason)


@pytest.mark.parametrize("column", ["site_area_m2", "floor_area_m2", "dormitory_area_m2"])
@pytest.mark.parametrize("cell", ["1.200", "12.500", "5"])
def test_an_area_of_a_few_square_metres_is_doubted(tmp_path: Path, column: str, cell: str) -> None:
    seen = examine(written(tmp_path, schools=lambda held: held.assign(**{column: cell})))
    small = [one for one in seen.problems if one.code == "small-area"]
    # A dormitory may be a small room.
    assert len(small) == (0 if cell == "5" and column == "dormitory_area_m2" else 9)
    assert {(one.code, one.column) for one in small} <= {("small-area", column)}
    assert all(("thousands" in str(one.reason)) == (cell != "5") for one in small)


def test_a_point_behind_four_digits_is_one_of_decimals(tmp_path: Path) -> None:
    areas = ["985.125", "12345.678", *["1200"] * 7]
    assert told(written(tmp_path, schools=lambda held: held.assign(site_area_m2=areas))) == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *(("site_area_m2", "0,500"), ("survey_opposed_share", "0,500"), ("beds", "0,500")),
        *(("pupils_total", "1.000"), ("beds", "2.000"), ("classes_g1", "3.000")),
    ],
)
def test_no_thousands_and_no_point_is_guessed(tmp_path: Path, column: str, cell: str) -> None:
    study = written(tmp_path, schools=lambda held: held.assign(**{column: cell}))
    assert {(one[0], one[3]) for one in told(study)} == {("not-a-number", column)}


@pytest.mark.parametrize("cell", ["A1048576", "XFD1048576"])
def test_a_coloured_cell_at_the_end_of_a_sheet_is_no_table(tmp_path: Path, cell: str) -> None:
    study = written(tmp_path)
    path = into_workbook(study, "schools")
    book = openpyxl.load_workbook(path)
    book["schools"][cell].fill = PatternFill("solid", fgColor="FFFF00")
    book.save(path)
    assert told(study) == []
    book["schools"][cell] = 1
    book.save(path)
    seen = examine(study)
    assert [one.code for one in seen.problems if one.severity == "error"] == ["too-large"]
    assert "Ctrl+End" in str(seen.problems[-1].remedy)


def test_two_tables_of_one_workbook_are_told_apart(tmp_path: Path) -> None:
    study = written(
        tmp_path,
        schools=lambda held: held.assign(beds=["0", "0", "若干", *["0"] * 6]),
        settlements=lambda held: held.rename(columns={"name": "屯名"}),
    )
    path = into_workbook(study, "settlements", "schools")
    book = openpyxl.load_workbook(path)
    page = book["settlements"]
    page.cell(5, column_of(page, "age_6"), "约300")
    book.save(path)
    seen = examine(study)
    assert sorted(told(seen)) == [
        ("not-a-number", "book.xlsx|schools", "4", "beds"),
        ("not-a-number", "book.xlsx|settlements", "5", "age_6"),
    ]
    assert told(seen, "note") == [("columns-read", "book.xlsx|settlements", "1", "")]
    write_report(seen, tmp_path / "report", title="t")
    report = openpyxl.load_workbook(tmp_path / "report" / "problems.xlsx")
    coloured = [
        (page.title, cell.row, page.cell(1, cell.column).value)
        for page in report
        for row in page.iter_rows()
        for cell in row
        if cell.comment
    ]
    assert sorted(coloured) == [("schools", 4, "beds"), ("settlements", 5, "age_6")]


def test_flags_unlike_the_programme_are_warned_of(tmp_path: Path) -> None:
    study = written(tmp_path)
    programme = '[programmes.border]\nretain = 2\nwidth_m = 3\nunits = ["451001"]'
    add(study, programme)
    put(study, "[inputs]\n", '[inputs]\nborder = "roads.geojson"\n')
    codes = [code for code, *_ in told(study)]
    assert codes.count("border-flags") == codes.count("narrow-belt") == 1
    put(study, "width_m = 3\n", "width_m = 3000\n")
    put(study, "retain = 2\n", "retain = 0\n")
    assert {"border-flags", "narrow-belt"} & {code for code, *_ in told(study)} == set()


def test_big5_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    study = written(tmp_path, schools=lambda held: held.assign(name="中心國民小學"))
    path = study.parent / "schools.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("big5"))
    assert told(study) == [("encoding", "schools.csv", None, "")]
    add(study, '[encodings]\nschools = "BIG5"')
    assert told(study) == []
    assert sheet(study.parent / ".", "settlements")["name"].ne("").all()


@pytest.mark.parametrize("name", ["忠孝國中", "文化里", "和平高中", "新店國中"])
def test_big5_of_a_few_letters_is_noticed(tmp_path: Path, name: str) -> None:
    study = written(tmp_path, schools=lambda held: held.assign(name=name))
    path = study.parent / "schools.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("big5"))
    assert told(study) == [("encoding", "schools.csv", None, "")]


@pytest.mark.parametrize(
    "name", ["百色市右江区第一小学", "甲村α教学点", "靖西市新靖镇", "大王岭村"]
)
def test_gb18030_is_not_taken_for_big5(tmp_path: Path, name: str) -> None:
    study = written(tmp_path, schools=lambda held: held.assign(name=name))
    path = study.parent / "schools.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert told(study) == []


def test_texts_that_are_errors_or_of_private_use(tmp_path: Path) -> None:
    study = written(
        tmp_path, schools=lambda held: held.assign(name=["#REF!", "甲\ue4c6", *held["name"][2:]])
    )
    assert told(study) == [
        ("cell-error", "schools.csv", "2", "name"),
        ("private-use", "schools.csv", "3", "name"),
    ]
