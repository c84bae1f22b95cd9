"""Readers: which files are opened, how they are decoded, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from layout.core.errors import InputError
from layout.inputs.layers.vector import AREAS, LINES, read_vector
from layout.inputs.safety.paths import locate, sha256_of, split_layer
from layout.inputs.sheets.text import read_sheet
from layout.inputs.tables import Column, Table, understand

CSV = "id,name\n00123,学校\n9,NA\n"


def code_of(caught: pytest.ExceptionInfo[InputError]) -> str:
    assert all(problem.remedy for problem in caught.value.problems)
    return caught.value.problems[0].code


def find(root: Path, text: str) -> Path:
    return locate(root, text, suffixes=(".csv", ".gpkg"), file="s.toml", key="inputs.x")[0]


@pytest.mark.parametrize(
    "text",
    [
        "/vsicurl/http://host/a.csv",
        "/vsizip/a.zip/a.csv",
        "http://host/a.csv",
        "s3://bucket/a.csv",
        "PG:dbname=x",
        '{"type":"x"}',
        "<OGRVRTDataSource>",
        "\\\\host\\share\\a.csv",
        "C:\\a.csv",
    ],
)
def test_addresses_are_not_paths(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        find(tmp_path, text)
    assert code_of(caught) == "not-a-path"


def test_files_stand_inside_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "study"
    inside.mkdir()
    (inside / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text(CSV)
    (inside / "link.csv").symlink_to(tmp_path / "b.csv")
    assert find(inside, "a.csv") == (inside / "a.csv").resolve()
    for text in ("../b.csv", str(tmp_path / "b.csv"), "link.csv"):
        with pytest.raises(InputError) as caught:
            find(inside, text)
        assert code_of(caught) == "outside-folder"


def test_kinds_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    with pytest.raises(InputError) as caught:
        find(tmp_path, "a.xls")
    assert code_of(caught) == "file-kind"
    with pytest.raises(InputError, match=r"a\.csv") as caught:
        find(tmp_path, "b.csv")
    assert code_of(caught) == "missing-file"
    with pytest.raises(InputError) as caught:
        find(tmp_path, "no/b.csv")
    assert code_of(caught) == "missing-file"


def test_layers_follow_a_bar() -> None:
    assert split_layer("a/b.gpkg|roads") == ("a/b.gpkg", "roads")
    assert split_layer("a/b.gpkg") == ("a/b.gpkg", "")


def test_hashes_cover_all_parts_of_a_shapefile(tmp_path: Path) -> None:
    for suffix in (".shp", ".shx", ".dbf", ".prj"):
        (tmp_path / f"a{suffix}").write_text(suffix)
    before = sha256_of(tmp_path / "a.shp")
    (tmp_path / "a.dbf").write_text("changed")
    assert sha256_of(tmp_path / "a.shp") != before


THINGS = Table(
    name="things",
    columns=tuple(Column(name=name) for name in ("id", "name", "n", "flag", "day")),
    key=("id",),
)


def sheet(path: Path, name: str = "") -> pd.DataFrame:
    held = read_sheet((path, name), file=path.name)
    return understand(held, THINGS, file=path.name)[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_every_encoding_planners_use(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.replace("学校", "𠮷学校").encode(encoding))
    table = sheet(path)
    assert table["id"].tolist() == ["00123", "9"]
    assert table["name"].tolist() == ["𠮷学校", "NA"]
    assert table.index.tolist() == [2, 3]


def test_rows_are_counted_as_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,name\r\n1,"two\nlines"\r\n\r\n,\r\n3,c\r\n')
    table = sheet(path)
    assert table.index.tolist() == [2, 5]
    assert table["name"].tolist() == ["two\nlines", "c"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"id,name\n1,\xff\xff\n", "encoding"),
        (b"", "empty-table"),
        (b"id,name\n", "empty-table"),
        (b"id,name\n1\n", "row-width"),
        (b"id,name\n1,a,b\n", "row-width"),
        (b"id,,name\n1,2,3\n", "unnamed-column"),
        (b"id;name\n1;a\n", "separator"),
        (b'id,name\n1,"a\n', "csv"),
        (b'id,name\n1,"' + b"x" * 200_000 + b'"\n', "csv"),
    ],
)
def test_csv_that_is_no_table_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        sheet(path)
    assert code_of(caught) == code


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "学校"
    first.append(["id", "name", "n", "flag", "day"])
    first.append([4510000001, "NA", 2.5, True, pd.Timestamp("2021-06-15")])
    first.append([None, None, None, None, None])
    first.append(["00123", "=1+1", 3, False, None])
    book.create_sheet("empty")
    book.save(path)


def test_workbooks_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path)
    table = sheet(path, "学校")
    assert table.index.tolist() == [2, 4]
    assert table.loc[2].tolist() == ["4510000001", "NA", "2.5", "true", "2021-06-15"]
    assert table.loc[4, "id"] == "00123"
    assert sheet(path).equals(table)


def test_workbooks_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path)
    for name, code in (("none", "missing-sheet"), ("empty", "empty-table")):
        with pytest.raises(InputError) as caught:
            sheet(path, name)
        assert code_of(caught) == code
    for content, code in (
        (b"<html><table></table></html>", "not-a-workbook"),
        (b"id,name", "not-a-workbook"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 600, "workbook"),
        (b"PK\x03\x04" + b"0" * 600, "zip"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            sheet(path)
        assert code_of(caught) == code


def test_a_workbook_that_would_inflate_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(InputError, match="30 MB") as caught:
        sheet(path)
    assert code_of(caught) == "inflates"


SQUARE = box(106, 23, 107, 24)


def saved(path: Path, *shapes: shapely.Geometry, crs: str = "EPSG:4490", **columns: object) -> Path:
    table = columns or {"name": ["n"] * len(shapes)}
    frame = gpd.GeoDataFrame(table, geometry=list(shapes), crs=crs)
    frame.to_file(path)
    return path


def vector(
    path: Path, layer: str = "", kinds: tuple[str, ...] = AREAS
) -> tuple[gpd.GeoDataFrame, list[str]]:
    frame, problems = read_vector((path, layer), file=path.name, kinds=kinds)
    return frame, [problem.code for problem in problems]


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp"])
def test_layers_are_read_into_wgs84(tmp_path: Path, name: str) -> None:
    crs = "EPSG:4326" if name == "a.geojson" else "EPSG:4507"
    shape = gpd.GeoSeries([SQUARE], crs="EPSG:4326").to_crs(crs).iloc[0]
    path = saved(tmp_path / name, shape, crs=crs, name=["右江区"])
    frame, problems = vector(path)
    assert problems == []
    assert frame.crs == "EPSG:4326"
    assert frame["name"].tolist() == ["右江区"]
    assert frame.geometry.iloc[0].symmetric_difference(SQUARE).area < 1e-3


def test_codes_stored_as_numbers_become_text(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", SQUARE, county_code=[451002], share=[451002.0])
    frame, _ = vector(path)
    assert frame["county_code"].tolist() == ["451002"]
    assert frame["share"].tolist() == ["451002"]


def test_heights_are_dropped_and_lines_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", LineString([(106, 23, 5), (107, 23, 6)]))
    frame, problems = vector(path, kinds=LINES)
    assert problems == []
    assert not frame.geometry.iloc[0].has_z


def test_a_bow_tie_is_repaired_with_the_change_of_area(tmp_path: Path) -> None:
    bow = Polygon([(106, 23), (107, 24), (107, 23), (106, 24)])
    frame, problems = vector(saved(tmp_path / "a.gpkg", bow))
    assert problems == ["repaired"]
    assert frame.geometry.is_valid.all()
    assert shapely.area(frame.geometry.iloc[0]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        ((SQUARE, None), "no-geometry"),
        ((SQUARE, Polygon()), "no-geometry"),
        ((SQUARE, Point(106, 23)), "geometry-kind"),
    ],
)
def test_features_without_use_are_problems_with_their_number(
    tmp_path: Path, shapes: tuple[shapely.Geometry, ...], code: str
) -> None:
    path = saved(tmp_path / "a.gpkg", *shapes)
    _, problems = read_vector((path, ""), file="a.gpkg", kinds=AREAS)
    assert [(problem.code, problem.row) for problem in problems] == [(code, "2")]


def test_a_layer_without_a_system_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.shp", SQUARE)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError) as caught:
        vector(path)
    assert code_of(caught) == "crs-missing"


def test_a_layer_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Use one of: a") as caught:
        vector(saved(tmp_path / "a.gpkg", SQUARE), "b")
    assert code_of(caught) == "missing-layer"


VRT = '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>'


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp"])
@pytest.mark.parametrize(
    "content",
    [VRT, json.dumps({"type": "gdal_streamed_alg", "command_line": "x"}), "[" * 100_000, "\xff"],
)
def test_virtual_formats_under_other_names_are_refused(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    for suffix in (".shx", ".dbf"):
        path.with_suffix(suffix).write_bytes(b"0" * 64)
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        vector(path)
    assert code_of(caught) == "file-content"


def test_shapefiles_need_their_parts_and_their_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    frame = gpd.GeoDataFrame({"name": ["右江区"]}, geometry=[SQUARE], crs="EPSG:4326")
    pyogrio.write_dataframe(frame, path, encoding="GBK")
    assert vector(path)[0]["name"].tolist() == ["右江区"]
    path.with_suffix(".cpg").unlink()
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    attributes[29] = 0
    path.with_suffix(".dbf").write_bytes(attributes)
    with pytest.raises(InputError, match=r"\.cpg") as caught:
        vector(path)
    assert code_of(caught) == "shapefile-encoding"
    path.with_suffix(".dbf").unlink()
    with pytest.raises(InputError) as caught:
        vector(path)
    assert code_of(caught) == "shapefile-part"


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", SQUARE)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError) as caught:
        vector(path)
    assert code_of(caught) == "vector"
