"""Tables whose digits are none or whose signs nobody sees; workbooks that eat the machine."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlwt
from openpyxl.worksheet.worksheet import Worksheet

from layout.core.errors import InputError, format_problem
from layout.inputs import tables
from layout.inputs.sheets.text import read_sheet
from layout.inputs.study.study import Study
from layout.inputs.study.tabular import read_table
from tests.worlds.study_check import (
    SCHOOLS,
    SETTLEMENTS,
    SPOILING,
    UNITS,
    Capture,
    check,
    contents,
    copied,
    edit,
    spoil,
    table,
)

pytestmark = SPOILING


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


# --- digits and signs ----------------------------------------------------------------------------


def told_of(
    mini_path: Path, folder: Path, name: str, row: int, column: str, cell: str
) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Read one table alone with another cell: the table, and code, row and column of problems."""
    meant = {SCHOOLS: tables.SCHOOLS, SETTLEMENTS: tables.SETTLEMENTS}[name]
    held = pd.read_csv(mini_path.parent / name, dtype=str, keep_default_na=False)
    held.loc[row - 2, column] = cell
    held.to_csv(folder / "t.csv", index=False)
    raw, _, problems = read_table((folder / "t.csv", ""), meant, file="t.csv", named={})
    plain, notes = tables.spoken_values(raw, meant, file="t.csv")
    typed, wrong = tables.check_table(plain, meant, file="t.csv")
    said = [*problems, *notes, *wrong]
    return typed, [(one.code, one.row or "", one.column) for one in said if one.severity != "note"]


CELLS = ["4²", "4①", "4⑫", "4㊀", "¼", "4₂", "٤", "4⁰", "Ⅳ", "4🄋", "४", "4²人", "4①人", "4²个"]


@pytest.mark.parametrize("cell", CELLS)
def test_a_note_at_a_number_is_no_digit(mini_path: Path, tmp_path: Path, cell: str) -> None:
    _, told = told_of(mini_path, tmp_path, SETTLEMENTS, 5, "age_7", cell)
    assert ("not-a-number", "5", "age_7") in told


@pytest.mark.parametrize("cell", ["4²", "4①人"])
def test_the_check_refuses_notes_at_numbers(study: Path, capsys: Capture, cell: str) -> None:
    spoil(study, SETTLEMENTS, (5, "age_7", cell))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [not-a-number]", "settlements.csv", "row 5", "age_7")


def test_full_width_digits_stay_digits(study: Path) -> None:
    spoil(study, SETTLEMENTS, (5, "age_7", "４２"), (6, "age_7", "１，２００人"))
    settlements = Study.read(study).settlements
    assert {42, 1200} <= set(settlements["age_7"])


def test_a_note_at_a_header_makes_no_other_header(study: Path, capsys: Capture) -> None:
    held = table(study, SETTLEMENTS)
    held = held.rename(columns={"age_1": "age_1²", "age_12": "age 12"})
    held.to_csv(study.parent / SETTLEMENTS, index=False)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [missing-column]", "age_1")


HIDDEN = ["\u200b", "\ufeff", "\u2060", "\u00ad", "\u202e", "\u200f", "\u2066", "\ufe0f", "\u3164"]


@pytest.mark.parametrize("sign", HIDDEN)
@pytest.mark.parametrize("where", ["end", "middle"])
def test_signs_nobody_sees_make_no_other_township(
    mini_path: Path, tmp_path: Path, sign: str, where: str
) -> None:
    held = pd.read_csv(mini_path.parent / SCHOOLS, dtype=str, keep_default_na=False)
    code = held.loc[3, "township_code"]
    held.loc[3, "township_code"] = code + sign if where == "end" else code[:4] + sign + code[4:]
    held.to_csv(tmp_path / "s.csv", index=False)
    raw, _, problems = read_table((tmp_path / "s.csv", ""), tables.SCHOOLS, file="s.csv", named={})
    assert raw.loc[5, "township_code"] == code
    told = [one for one in problems if one.code == "code-cleaned"]
    assert [(one.row, one.column, one.severity) for one in told] == [
        ("5", "township_code", "warning")
    ]


def test_codes_of_every_kind_of_table_are_cleaned(study: Path, capsys: Capture) -> None:
    before = Study.read(study)
    first = table(study).loc[0, "school_id"]
    spoil(study, SCHOOLS, (2, "school_id", f"\u200b{first}"), (3, "county_code", "４５１０２６"))
    path = study.parent / UNITS
    import geopandas as gpd

    held = gpd.read_file(path)
    held["county_code"] = held["county_code"] + "\u200b"
    held.to_file(path, layer="counties", driver="GPKG")
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [code-cleaned]", "schools.csv", "row 2", "school_id")
    assert told.says("warning [code-cleaned]", "schools.csv", "row 3", "451026")
    assert told.says("warning [code-cleaned]", "counties.gpkg", "county_code")
    after = Study.read(study)
    assert after.schools.index.equals(before.schools.index)
    assert after.units.index.equals(before.units.index)


@pytest.mark.parametrize("sign", ["①", "²", "٣", "\u00a07", "\u30007"])
def test_a_code_with_a_note_is_refused(mini_path: Path, tmp_path: Path, sign: str) -> None:
    cell = f"451026001{sign}"
    _, told = told_of(mini_path, tmp_path, SCHOOLS, 5, "township_code", cell)
    assert ("bad-id", "5", "township_code") in told


@pytest.mark.parametrize("sign", ["\u200b", "\u2060", "\ufeff"])
def test_names_lose_signs_without_width(mini_path: Path, tmp_path: Path, sign: str) -> None:
    typed, told = told_of(mini_path, tmp_path, SCHOOLS, 2, "name", f"某{sign}小学")
    assert ("control-characters", "2", "name") in told
    assert "某小学" in set(typed["name"])


# --- merged and hidden ---------------------------------------------------------------------------


def workbook(study: Path, change: Callable[[Worksheet], None]) -> Path:
    """The schools as a workbook, numbers as numbers, changed."""
    held = table(study)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(held.columns))
    for row in held.itertuples(index=False):
        cells = [
            int(cell) if name.startswith(("pupils_", "classes_")) and cell else cell
            for name, cell in zip(held.columns, row, strict=True)
        ]
        sheet.append(cells)
    change(sheet)
    path = study.parent / "schools/s.xlsx"
    book.save(path)
    edit(study, SCHOOLS, "schools/s.xlsx")
    return path


def place(study: Path, column: str) -> int:
    return list(table(study).columns).index(column) + 1


def test_merged_numbers_are_refused(study: Path, capsys: Capture) -> None:
    at = place(study, "pupils_g1")

    def change(sheet: Worksheet) -> None:
        sheet.cell(4, at).value = 48
        sheet.merge_cells(start_row=4, end_row=7, start_column=at, end_column=at)

    workbook(study, change)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [merged-numbers]", "s.xlsx", "row 4", "pupils_g1", "48", "4 cells")


def test_numbers_merged_across_columns_are_refused(study: Path, capsys: Capture) -> None:
    at = place(study, "pupils_g1")

    def change(sheet: Worksheet) -> None:
        sheet.cell(4, at).value = 48
        sheet.merge_cells(start_row=4, end_row=4, start_column=at, end_column=at + 2)

    workbook(study, change)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [merged-numbers]", "row 4", "pupils_g2", "48")


def test_a_merged_nought_is_refused(study: Path, capsys: Capture) -> None:
    at = place(study, "pupils_k2")

    def change(sheet: Worksheet) -> None:
        sheet.cell(3, at).value = 0
        sheet.merge_cells(start_row=3, end_row=6, start_column=at, end_column=at)

    workbook(study, change)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [merged-numbers]", "s.xlsx", "row 3", "pupils_k2", "4 cells")


def test_merged_words_and_blanks_are_read(study: Path, capsys: Capture) -> None:
    at, name = place(study, "pupils_k2"), place(study, "county_code")

    def change(sheet: Worksheet) -> None:
        for row in range(4, 8):
            sheet.cell(row, at).value = None
        sheet.merge_cells(start_row=4, end_row=7, start_column=at, end_column=at)
        sheet.merge_cells(start_row=4, end_row=7, start_column=name, end_column=name)

    workbook(study, change)
    assert "merged-numbers" not in check(study, capsys).err


def test_merged_numbers_of_opendocument_are_refused(study: Path, capsys: Capture) -> None:
    held = table(study)
    at = place(study, "pupils_g1") - 1
    rows = [list(held.columns), *held.to_numpy().tolist()]
    rows[3][at] = "48"
    lines = [
        "".join(ods_cell(cell, spans=3 if (n, c) == (3, at) else 1) for c, cell in enumerate(row))
        for n, row in enumerate(rows)
    ]
    write_ods(
        study.parent / "schools/s.ods",
        "".join(f"<table:table-row>{x}</table:table-row>" for x in lines),
    )
    edit(study, SCHOOLS, "schools/s.ods")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [merged-numbers]", "s.ods", "row 4", "pupils_g1", "48", "3 cells")


def test_hidden_rows_columns_and_sheets_are_told(study: Path, capsys: Capture) -> None:
    def change(sheet: Worksheet) -> None:
        for row in (4, 5, 9):
            sheet.row_dimensions[row].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.parent.create_sheet("旧").sheet_state = "hidden"
        sheet.parent.create_sheet("更旧").sheet_state = "veryHidden"

    path = workbook(study, change)
    no_height = 'ht="0" customHeight="1"'
    with_member(
        path,
        "xl/worksheets/sheet1.xml",
        lambda s: s.replace('<row r="12"', f'<row r="12" {no_height}'),
    )
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [hidden-cells]", "s.xlsx", "row 4", "4-5, 9, 12", "4 rows")
    assert told.says("warning [hidden-cells]", "s.xlsx", "“B”", "1 column")
    sheet = read_sheet((study.parent / "schools/s.xlsx", ""), file="s.xlsx")
    (note,) = [one for one in sheet.notes if one.code == "hidden-sheets"]
    assert (note.severity, note.value) == ("note", "旧, 更旧")


def test_a_hidden_sheet_that_is_read_is_told(study: Path, capsys: Capture) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.title = "名单"
        sheet.parent.create_sheet("空")
        sheet.sheet_state = "hidden"

    workbook(study, change)
    edit(study, "schools/s.xlsx", "schools/s.xlsx|名单")
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [hidden-sheets]", "s.xlsx", "名单")


def test_hidden_rows_and_columns_of_opendocument_are_told(tmp_path: Path) -> None:
    hidden = 'table:visibility="collapse" table:number-columns-repeated="2"'
    columns = f"<table:table-column/><table:table-column {hidden}/>"
    row = f"<table:table-row @>{ods_cell('a') * 3}</table:table-row>"
    rows = [row.replace("@", ""), row.replace("@", 'table:visibility="filter"')]
    write_ods(tmp_path / "s.ods", columns + "".join(rows))
    sheet = read_sheet((tmp_path / "s.ods", ""), file="s.ods")
    assert [(one.code, one.value) for one in sheet.notes] == [
        ("hidden-cells", "2"),
        ("hidden-cells", "B, C"),
    ]


def test_hidden_rows_and_columns_of_an_old_workbook_are_told(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    for row in range(4):
        for column in range(3):
            page.write(row, column, f"{row}{column}")
    page.row(2).hidden = True
    page.col(1).hidden = True
    book.add_sheet("b").visibility = 1
    book.save(str(tmp_path / "s.xls"))
    sheet = read_sheet((tmp_path / "s.xls", ""), file="s.xls")
    assert [(one.code, one.value) for one in sheet.notes] == [
        ("hidden-sheets", "b"),
        ("hidden-cells", "3"),
        ("hidden-cells", "B"),
    ]


# --- sizes ---------------------------------------------------------------------------------------

SPOKEN = "urn:oasis:names:tc:opendocument:xmlns"


def ods_cell(text: str, *, spans: int = 1, more: str = "") -> str:
    spanned = f'table:number-rows-spanned="{spans}"' if spans > 1 else ""
    kind = f'office:value-type="string" {spanned} {more}'
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"


def write_ods(
    path: Path, rows: str, *, prolog: str = "", extra: dict[str, str] | None = None
) -> None:
    names = " ".join(f'xmlns:{name}="{SPOKEN}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?>{prolog}<office:document-content {names}><office:body>'
        f'<office:spreadsheet><table:table table:name="a">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{SPOKEN}:manifest:1.0"/>')
        archive.writestr("content.xml", content)
        for name, text in (extra or {}).items():
            archive.writestr(name, text)


def refused(path: Path, code: str, *parts: str) -> None:
    """The workbook is refused before a cell is read, and nothing is written."""
    before = contents(path.parent)
    with pytest.raises(InputError) as error:
        read_sheet((path, ""), file=path.name)
    (told,) = error.value.problems
    assert told.code == code
    assert all(part in format_problem(told) for part in parts)
    assert contents(path.parent) == before


REPEATED = [
    ods_cell("x" * 3_000, more='table:number-columns-repeated="15000"'),
    ods_cell('<text:s text:c="400000000"/>'),
    ods_cell('<text:s text:c="300000"/>', more='table:number-columns-repeated="2000"'),
]


@pytest.mark.parametrize("cells", REPEATED)
@pytest.mark.parametrize("rows", [1, 10])
def test_texts_that_opendocument_repeats_are_counted_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: str, rows: int
) -> None:
    never_opened(monkeypatch)
    path = tmp_path / "s.ods"
    write_ods(
        path, f'<table:table-row table:number-rows-repeated="{rows * 10}">{cells}</table:table-row>'
    )
    assert path.stat().st_size < 2_000
    refused(path, "inflates", "s.ods")


@pytest.mark.parametrize("data", [b"," * 31_000_000, b"a,b\n" * 2_100_000, b"\r" * 2_100_000])
@pytest.mark.parametrize("packed", [True, False])
def test_cells_of_text_are_counted_first(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / ("s.zip" if packed else "s.csv")
    # Some of it is no repetition, so that the archive itself is not beyond reason.
    text = b"a,b\n" + random.Random(1).randbytes(200_000).hex().encode("ascii") + data
    if packed:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("s.csv", text)
    else:
        path.write_bytes(text)
    refused(path, "too-large", path.name)


def test_cells_that_opendocument_repeats_are_counted_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_opened(monkeypatch)
    cell = ods_cell("x", more='table:number-columns-repeated="16000"')
    write_ods(
        tmp_path / "s.ods",
        f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>',
    )
    refused(tmp_path / "s.ods", "too-large", "s.ods")


def never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the workbook library fail the test where it is asked at all."""

    def opened(*_: object, **__: object) -> bytes:
        raise AssertionError("the workbook was opened")

    monkeypatch.setattr("layout.inputs.sheets.workbooks.guarded", opened)


def with_member(path: Path, name: str, change: Callable[[str], str]) -> None:
    """Change or add a member of a workbook."""
    with zipfile.ZipFile(path) as old:
        members = {one: old.read(one) for one in old.namelist()}
    members[name] = change(members.get(name, b"").decode("utf-8")).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for one, data in members.items():
            new.writestr(one, data)


def small_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a"])
    book.save(path)
    return path


def test_a_text_that_a_workbook_repeats_is_counted_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_workbook(tmp_path / "s.xlsx")
    text = f"<sst><si><t>{'a' * 30_000}</t></si></sst>"
    with_member(path, "xl/sharedStrings.xml", lambda _: text)
    cells = '<c t="s"><v>0</v></c>' * 100
    rows = "".join(f'<row r="{n}">{cells}</row>' for n in range(1, 201))
    with_member(
        path,
        "xl/worksheets/sheet1.xml",
        lambda s: s[: s.index("<sheetData>")] + f"<sheetData>{rows}</sheetData></worksheet>",
    )
    never_opened(monkeypatch)
    refused(path, "inflates", "s.xlsx", "600 MB")


@pytest.mark.parametrize(
    ("text", "count", "code"), [("a" * 3_000, 2, "inflates"), ("a", 500, "too-large")]
)
def test_merged_ranges_that_lie_on_each_other_are_counted_first(
    tmp_path: Path, text: str, count: int, code: str
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["CV2000"] = text, "z"
    path = tmp_path / "s.xlsx"
    book.save(path)
    ranges = "".join(f'<mergeCell ref="A1:CV{2000 - n}"/>' for n in range(count))
    with_member(
        path,
        "xl/worksheets/sheet1.xml",
        lambda s: s.replace("</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>"),
    )
    refused(path, code, "s.xlsx")


@pytest.mark.more
def test_the_reader_of_workbooks_tells_that_memory_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.inputs.safety.guarded.MAX_MEMORY", 80 << 20)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(20_000):
        sheet.append([f"{row}-{n}" for n in range(40)])
    book.save(tmp_path / "s.xlsx")
    refused(tmp_path / "s.xlsx", "too-large", "memory")


def test_the_reader_keeps_to_a_limit_that_is_in_force(tmp_path: Path) -> None:
    """A child under a hard limit below its own neither fails to start nor rises above it."""
    import resource
    import subprocess
    import sys

    path = small_workbook(tmp_path / "s.xlsx")
    code = (
        "from pathlib import Path; from layout.inputs.sheets.text import read_sheet; "
        f"print(read_sheet((Path({str(path)!r}), ''), file='s.xlsx').rows)"
    )
    limit = 5 << 30
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[['a']]"), done.stderr


def test_a_part_in_an_encoding_that_does_not_exist_is_told(tmp_path: Path) -> None:
    path = small_workbook(tmp_path / "s.xlsx")
    sheet = "xl/worksheets/sheet1.xml"
    with_member(path, sheet, lambda s: f"<?xml version='1.0' encoding='abc'?>{s}")
    refused(path, "workbook", "s.xlsx")


# --- document types ------------------------------------------------------------------------------

DOCTYPES = [
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
    '<?xml version="1.0"?>\n<!-- c --><!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>',
]
UNUSED = [
    *("docProps/app.xml", "xl/theme/theme1.xml", "customXml/item1.xml", "xl/unused.bin"),
    *("[Content_Types].xml", "_rels/.rels", "xl/worksheets/sheet9.xml", "xl/drawings/v.vml"),
]


@pytest.mark.parametrize("member", UNUSED)
@pytest.mark.parametrize("text", DOCTYPES)
def test_no_part_of_a_workbook_has_a_document_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str, text: str
) -> None:
    path = small_workbook(tmp_path / "s.xlsx")
    with_member(path, member, lambda _: text)
    never_opened(monkeypatch)
    refused(path, "xml-doctype", "s.xlsx", member)


@pytest.mark.parametrize("text", DOCTYPES)
@pytest.mark.parametrize("member", ["styles.xml", "meta.xml", "Object 1/content.xml"])
def test_no_part_of_opendocument_has_a_document_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str, text: str
) -> None:
    path = tmp_path / "s.ods"
    write_ods(path, f"<table:table-row>{ods_cell('a')}</table:table-row>", extra={member: text})
    never_opened(monkeypatch)
    refused(path, "xml-doctype", "s.ods", member)
    write_ods(path, "", prolog="<!DOCTYPE o>")
    refused(path, "xml-doctype", "s.ods", "content.xml")


def test_a_document_type_in_other_letters_is_found(tmp_path: Path) -> None:
    path = small_workbook(tmp_path / "s.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("docProps/more.xml", "<!DOCTYPE x><x/>".encode("utf-16"))
    refused(path, "xml-doctype", "s.xlsx", "more.xml")


# --- text ----------------------------------------------------------------------------------------


def test_a_text_is_no_longer_than_what_is_unpacked_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 100, encoding="utf-8")
    monkeypatch.setattr("layout.inputs.sheets.text.MAX_INFLATED", 400)
    with pytest.raises(InputError, match=r"error \[too-large\] a\.csv"):
        read_sheet((tmp_path / "a.csv", ""), file="a.csv")


def test_one_row_among_many_is_no_wider_than_a_table_may_be(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" * 100 + "," * 30_000 + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"1 row and 30001 columns"):
        read_sheet((tmp_path / "a.csv", ""), file="a.csv")


@pytest.mark.parametrize("sign", ["x", ">"])
def test_a_tag_of_a_workbook_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    monkeypatch.setattr("layout.inputs.safety.xml.LONGEST_TAG", 1_000)
    sheet = f'<document-content><table name="{sign * 2_000}'
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", sheet)
    with pytest.raises(InputError, match=r"error \[workbook\] a\.ods: .* does not end"):
        read_sheet((tmp_path / "a.ods", ""), file="a.ods")
