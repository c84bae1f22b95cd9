"""Files that are wrong, hostile or ugly: refused before they do harm, or read rightly.

The number in a test's name is that of the kind of input, as in `test_bad_inputs`.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from shapely import LineString, box

from layout.inputs.study.study import Study
from tests import ROOT
from tests.worlds.study_check import (
    ATTENDANCE,
    SCHOOLS,
    SETTLEMENTS,
    SPOILING,
    UNITS,
    Capture,
    check,
    copied,
    edit,
    table,
)

pytestmark = SPOILING
SECRET = "not to be read"


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


def units_from(study: Path, name: str) -> Path:
    """Let the study read its counties from another file, as yet unwritten."""
    edit(study, f"{UNITS}|counties", f"boundaries/{name}")
    return study.parent / "boundaries" / name


def counties(study: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(study.parent / UNITS)


@pytest.mark.parametrize(
    "address",
    [
        "/vsicurl/http://127.0.0.1:9/a.csv",
        "http://127.0.0.1:9/a.csv",
        "s3://bucket/a.csv",
        '{\\"type\\":\\"x\\"}',
        "PG:dbname=x",
        "<OGRVRTDataSource>",
        "../secret.csv",
        "link.csv",
    ],
)
def test_07_addresses_and_ways_out_are_refused(study: Path, capsys: Capture, address: str) -> None:
    secret = study.parent.parent / "secret.csv"
    secret.write_text(SECRET)
    (study.parent / "link.csv").symlink_to(secret)
    edit(study, SCHOOLS, address)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("inputs.schools", address.replace("\\", ""), "Remedy")
    assert SECRET not in told.out + told.err


VRT = """<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize("name", ["u.geojson", "u.shp", "u.gpkg", "u.fgb", "s.csv", "s.xlsx"])
@pytest.mark.parametrize("kind", ["vrt", "gdalg"])
def test_08_a_virtual_file_under_another_name_reads_no_other(
    study: Path, capsys: Capture, name: str, kind: str
) -> None:
    secret = study.parent.parent / "secret.geojson"
    counties(study).assign(name=SECRET).to_file(secret)
    alg = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline read {secret}"}
    content = VRT.format(secret) if kind == "vrt" else json.dumps(alg)
    if name.startswith("u"):
        path = units_from(study, name)
    else:
        edit(study, SCHOOLS, f"schools/{name}")
        path = study.parent / "schools" / name
    path.write_text(content)
    for suffix in (".shx", ".dbf"):
        path.with_suffix(suffix).write_bytes(b"0" * 64)
    told = check(study, capsys)
    assert told.code == 1
    assert SECRET not in told.out + told.err
    assert told.says(name, "Remedy")


def test_08_gdal_knows_only_the_formats_that_are_allowed() -> None:
    code = (
        "import layout.inputs.study.study, pyogrio; from layout.inputs.safety.gdal import ALLOWED; "
        "print(sorted(set(pyogrio.list_drivers()) - set(ALLOWED)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")


def zipped(study: Path, members: list[tuple[str, bytes]]) -> None:
    edit(study, SCHOOLS, "schools/s.zip")
    path = study.parent / "schools/s.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ([("../../s.csv", b"a,b\n1,2\n")], "zip-member"),
        ([("/etc/s.csv", b"a,b\n1,2\n")], "zip-member"),
        ([("C:\\s.csv", b"a,b\n1,2\n")], "zip-member"),
        ([("s.csv", b"a,b\n1,2\n"), ("s.csv", b"a,b\n3,4\n")], "zip-member"),
        ([("s.csv", b"a,b\n1,2\n"), ("S.CSV", b"a,b\n3,4\n")], "zip-member"),
        ([("s.csv", b"0" * 5_000_000)], "inflates"),
        ([("inner.zip", b"PK")], "zip-nested"),
        ([("readme.md", b"x")], "zip-choice"),
        ([("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n1,2\n")], "zip-choice"),
    ],
)
def test_09_archives_are_looked_at_before_they_inflate(
    study: Path, capsys: Capture, members: list[tuple[str, bytes]], word: str
) -> None:
    zipped(study, members)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says(f"error [{word}]", "s.zip", "Remedy")


def test_09_workbooks_that_swell_are_refused(study: Path, capsys: Capture) -> None:
    edit(study, SCHOOLS, "schools/s.xlsx")
    path = study.parent / "schools/s.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    assert path.stat().st_size < 500_000
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [inflates]", "s.xlsx", "200 MB", "Remedy")
    book = pd.DataFrame({"a": ["x"]})
    book.to_excel(path, index=False)
    far = path.with_name("far.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(far, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(b'r="A2"', b'r="XFD1048576"'))
    edit(study, "s.xlsx", "far.xlsx")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [too-large]", "far.xlsx", "1048576 rows", "Remedy")


def test_09_an_ods_that_repeats_without_end_is_refused(study: Path, capsys: Capture) -> None:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    names = 'xmlns:table="urn:t" xmlns:office="urn:o"'
    edit(study, SCHOOLS, "schools/s.ods")
    with zipfile.ZipFile(study.parent / "schools/s.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<r {names}><table:table>{row}</table:table></r>")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [too-large]", "s.ods", "Remedy")


def test_10_a_password_is_refused(study: Path, capsys: Capture) -> None:
    """The workbook is encrypted as spreadsheet programs do it (ECMA-376, agile)."""
    plain = io.BytesIO()
    table(study).to_excel(plain, index=False)
    path = study.parent / "schools/s.xlsx"
    with path.open("wb") as out:
        OOXMLFile(plain).encrypt("1234", out)
    with path.open("rb") as stream:
        office = OOXMLFile(stream)
        assert office.is_encrypted()
        office.load_key(password="1234", verify_password=True)
        opened = io.BytesIO()
        office.decrypt(opened)
    assert opened.getvalue() == plain.getvalue()
    edit(study, SCHOOLS, "schools/s.xlsx")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [password]", "s.xlsx", "protected by a password", "Remedy")
    assert told.says("without a password")
    path.write_bytes(opened.getvalue())
    assert check(study, capsys).code == 0


def old_workbook(held: pd.DataFrame, path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("学校")
    for column, name in enumerate(held):
        page.write(0, column, name)
        for row, text in enumerate(held[name], start=1):
            page.write(row, column, text)
    book.save(str(path))


def test_10_an_old_workbook_under_the_new_name_is_read(study: Path, capsys: Capture) -> None:
    before = Study.read(study).schools
    old_workbook(table(study), study.parent / "schools/s.xlsx")
    edit(study, SCHOOLS, "schools/s.xlsx")
    assert check(study, capsys).code == 0
    assert Study.read(study).schools.equals(before)


def test_10_a_workbook_whose_parts_go_round_in_circles_is_refused(
    study: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.inputs.safety.guarded.SECONDS", 2.0)
    found = ROOT / "tests" / "worlds" / "finds" / "circle.xls"
    (study.parent / "schools/s.xls").write_bytes(found.read_bytes())
    edit(study, SCHOOLS, "schools/s.xls")
    told = check(study, capsys)
    assert told.code == 1
    # Whether the clock or the memory of the reader ends first depends on the machine.
    # Whichever ends first: the look at its records, the clock, or the memory.
    ends = told.says("error [workbook]", "s.xls", "Remedy")
    assert ends or told.says("error [too-large]", "s.xls", "memory")


def test_09_a_member_without_a_name_is_no_crash(study: Path, capsys: Capture) -> None:
    zipped(study, [("s.csv", b"a,b\n1,2\n")])
    path = study.parent / "schools/s.zip"
    # The length of the name in the table of contents, made nought.
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 28 : at + 30] = b"\0\0"
    del data[at + 46 : at + 51]
    path.write_bytes(bytes(data))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("s.zip", "Remedy")


@pytest.mark.parametrize("kept", [600, 3000, 4162, 9000])
def test_10_a_workbook_cut_short_is_refused(study: Path, capsys: Capture, kept: int) -> None:
    path = study.parent / "schools/s.xls"
    old_workbook(table(study).iloc[:2, :4], path)
    path.write_bytes(path.read_bytes()[:kept])
    edit(study, SCHOOLS, "schools/s.xls")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("s.xls", "Remedy")


def test_10_a_web_page_under_the_name_of_a_workbook_is_refused(
    study: Path, capsys: Capture
) -> None:
    edit(study, SCHOOLS, "schools/s.xls")
    table(study).to_html(study.parent / "schools/s.xls")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [not-a-workbook]", "s.xls", "save it as .xlsx")


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("name", ["r.osm", "r.graphml"])
def test_11_a_document_type_in_road_data_is_refused(
    study: Path, capsys: Capture, name: str
) -> None:
    edit(study, "roads/roads.gpkg", f"roads/{name}")
    root = "osm" if name.endswith("osm") else "graphml"
    (study.parent / "roads" / name).write_text(f"<?xml version='1.0'?>{LAUGHS}<{root}>&b;</{root}>")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("doctype", name, "Remedy")


def test_15_a_county_without_roads_is_refused_and_parts_are_told(
    study: Path, capsys: Capture
) -> None:
    path = study.parent / "roads/roads.gpkg"
    roads = gpd.read_file(path)
    apart = LineString([(105.95, 23.05), (105.951, 23.051)])
    more = gpd.GeoDataFrame({"highway": ["track"]}, geometry=[apart], crs=roads.crs)
    pd.concat([roads, more]).to_file(path, layer="roads", driver="GPKG")
    settlements = table(study, SETTLEMENTS)
    settlements.loc[0, ["lon", "lat"]] = ["105.9502", "23.0502"]
    settlements.to_csv(study.parent / SETTLEMENTS, index=False)
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [roads-apart]", settlements.loc[0, "settlement_id"], "Remedy")
    assert told.says("its piece has 0.2 km of road and reaches 0.2 km")
    east = box(106.11, 22.9, 106.4, 23.3)
    roads[roads.within(east)].to_file(path, layer="roads", driver="GPKG")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [unit-without-roads]", "roads.gpkg", "451026", "Remedy")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_16_csv_in_every_usual_encoding_is_read(
    study: Path, capsys: Capture, encoding: str
) -> None:
    held = table(study)
    held.loc[0, "name"] = "𠮷祥小学"
    held.to_csv(study.parent / SCHOOLS, index=False, encoding=encoding)
    assert check(study, capsys).code == 0
    assert Study.read(study).schools.at[held.loc[0, "school_id"], "name"] == "𠮷祥小学"


def test_16_utf8_declared_as_gbk_is_refused(study: Path, capsys: Capture) -> None:
    with study.open("a", encoding="utf-8") as stream:
        stream.write('\n[encodings]\nschools = "GBK"\n')
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [encoding-declared]", "schools.csv", "GBK", "UTF-8")
    (study.parent / SCHOOLS).write_bytes(b"school_id,name\n1,\x81\x30\xff\n")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [encoding]", "schools.csv", "Remedy")


def test_30_an_empty_sheet_is_refused(study: Path, capsys: Capture) -> None:
    with pd.ExcelWriter(study.parent / "schools/s.xlsx") as writer:
        table(study).to_excel(writer, sheet_name="学校", index=False)
        pd.DataFrame().to_excel(writer, sheet_name="空", index=False)
    edit(study, SCHOOLS, "schools/s.xlsx|空")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [empty-table]", "s.xlsx", "Remedy")
    edit(study, "s.xlsx|空", "s.xlsx")
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("note [other-sheets]", "s.xlsx", "sheet 学校", "空")


def test_good_tables_in_tsv_and_zip_are_read(
    study: Path, mini_study: Study, capsys: Capture
) -> None:
    table(study).to_csv(study.parent / "schools/s.tsv", sep="\t", index=False, encoding="gb18030")
    edit(study, SCHOOLS, "schools/s.tsv")
    with zipfile.ZipFile(study.parent / "schools/a.zip", "w") as archive:
        archive.write(study.parent / ATTENDANCE, "a.csv")
    edit(study, "roads =", 'attendance = "schools/a.zip|a.csv"\nroads =')
    assert check(study, capsys).code == 0
    after = Study.read(study)
    assert after.schools.equals(mini_study.schools)
    assert after.attendance is not None
    assert after.attendance.equals(mini_study.attendance)
