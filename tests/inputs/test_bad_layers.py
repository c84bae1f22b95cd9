"""Layers that are wrong, broken or ugly: refused with the feature, or read rightly.

The number in a test's name is that of the kind of input, as in `test_bad_inputs`.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely import GeometryCollection, Point, Polygon, box, unary_union

from layout.inputs.study.study import Study
from layout.inputs.study.tabular import read_table
from layout.inputs.tables import SCHOOLS as SCHOOLS_TABLE
from tests.worlds.study_check import (
    SCHOOLS,
    SPOILING,
    UNITS,
    Capture,
    check,
    copied,
    edit,
    table,
)

pytestmark = SPOILING


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


def units_from(study: Path, name: str) -> Path:
    """Let the study read its counties from another file, as yet unwritten."""
    edit(study, f"{UNITS}|counties", f"boundaries/{name}")
    return study.parent / "boundaries" / name


def counties(study: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(study.parent / UNITS)


def gbk_shapefile(study: Path) -> Path:
    path = units_from(study, "u.shp")
    pyogrio.write_dataframe(counties(study), path, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    attributes[29] = 0
    path.with_suffix(".dbf").write_bytes(attributes)
    return path


@pytest.mark.more
def test_17_a_shapefile_must_say_its_encoding_and_be_whole(study: Path, capsys: Capture) -> None:
    before = Study.read(study).units
    path = gbk_shapefile(study)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [shapefile-encoding]", "u.shp", "[encodings]")
    plain = study.read_text(encoding="utf-8")
    study.write_text(plain + '\n[encodings]\nunits = "GBK"\n', encoding="utf-8")
    assert check(study, capsys).code == 0
    assert Study.read(study).units["name"].equals(before["name"])
    study.write_text(plain + '\n[encodings]\nunits = "UTF-8"\n', encoding="utf-8")
    assert check(study, capsys).code == 1
    study.write_text(plain + '\n[encodings]\nunits = "GBK"\n', encoding="utf-8")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 20])
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("u.shp", "Remedy")
    path.write_bytes(whole)
    for part in (".shx", ".dbf"):
        held = path.with_suffix(part).read_bytes()
        path.with_suffix(part).unlink()
        told = check(study, capsys)
        assert told.code == 1
        assert told.says("error [shapefile-part]", "u.shp", part, "Remedy")
        path.with_suffix(part).write_bytes(held)


def test_18_long_chinese_names_of_columns_in_a_shapefile_are_refused(
    study: Path, capsys: Capture
) -> None:
    path = units_from(study, "u.shp")
    held = counties(study).rename(columns={"name": "cut_here_xy", "county_code": "code"})
    held.to_file(path, encoding="UTF-8")
    # As other programs write it: ten bytes of four characters, the last one cut.
    attributes = path.with_suffix(".dbf").read_bytes()
    cut = "行政区名".encode()[:10]
    path.with_suffix(".dbf").write_bytes(attributes.replace(b"cut_here_x", cut, 1))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [shapefile-names]", "u.shp", "行政区", "three Chinese characters")


def test_19_layers_need_their_true_system(study: Path, capsys: Capture) -> None:
    held = counties(study)
    path = units_from(study, "u.shp")
    held.to_file(path)
    path.with_suffix(".prj").unlink()
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [crs-missing]", "u.shp", "EPSG:4326")
    for wrong in (held.set_crs("EPSG:4507", allow_override=True), held.to_crs("EPSG:4507")):
        crs = "EPSG:4507" if wrong.total_bounds[0] < 180 else "EPSG:4326"
        wrong.set_crs(crs, allow_override=True).to_file(path)
        told = check(study, capsys)
        assert told.code == 1
        assert told.says("error [crs-wrong]", "u.shp", "degrees or metres")
    edit(study, "EPSG:4507", "EPSG:4490")
    assert check(study, capsys).says("error [crs-not-metres]", "EPSG:4490")


@pytest.mark.more
@pytest.mark.parametrize("crs", ["EPSG:4523", "EPSG:4544", "EPSG:4507"])
def test_22_points_in_a_zone_of_cgcs2000_are_read(study: Path, capsys: Capture, crs: str) -> None:
    before = Study.read(study).schools
    held = table(study)
    points = gpd.points_from_xy(held["lon"].astype(float), held["lat"].astype(float))
    layer = gpd.GeoDataFrame(held.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4490")
    layer.to_crs(crs).to_file(study.parent / "schools/s.gpkg", layer="学校")
    edit(study, SCHOOLS, "schools/s.gpkg|学校")
    assert check(study, capsys).code == 0
    after = Study.read(study).schools
    assert (after.get_coordinates() - before.get_coordinates()).abs().to_numpy().max() < 1e-7
    assert after.drop(columns="geometry").equals(before.drop(columns="geometry"))


def test_22_positions_of_a_layer_stay_numbers_beside_rows_left_out(tmp_path: Path) -> None:
    path = tmp_path / "schools.gpkg"
    layer = gpd.GeoDataFrame(
        {"school_id": ["s1", "合计", "s2"], "name": ["a", "", "b"]},
        geometry=gpd.points_from_xy([106.1, 0.0, 106.1234567891], [23.9, 0.0, 24.0]),
        crs="EPSG:4326",
    )
    layer.to_file(path, layer="s")
    raw, _, problems = read_table((path, "s"), SCHOOLS_TABLE, file="s", named={})
    assert [(problem.code, problem.row) for problem in problems] == [("totals-row", "2")]
    assert raw["lon"].dtype == raw["lat"].dtype == "float64"
    assert raw[["lon", "lat"]].values.tolist() == [[106.1, 23.9], [106.123456789, 24.0]]


@pytest.mark.more
def test_24_features_without_geometry_are_refused(study: Path, capsys: Capture) -> None:
    held = counties(study)
    path = units_from(study, "u.gpkg")
    for shape in (None, Polygon(), Point(106, 23)):
        wrong = held.copy()
        wrong.loc[1, "geometry"] = shape
        wrong.to_file(path, layer="u", driver="GPKG")
        told = check(study, capsys)
        assert told.code == 1
        assert told.says("u.gpkg", "row 2", "Remedy")
    high = held.set_geometry(held.geometry.force_3d(100))
    high.to_file(path, layer="u", driver="GPKG")
    assert check(study, capsys).code == 0
    units = Study.read(study).units
    assert not units.has_z.any()
    assert units.geometry.iloc[0].equals(held.geometry.iloc[0])


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_24_numbers_that_are_no_coordinates_are_refused(
    study: Path, capsys: Capture, value: str
) -> None:
    held = json.loads(counties(study).to_json())
    held["features"][1]["geometry"]["coordinates"][0][1][0] = "@"
    path = units_from(study, "u.geojson")
    path.write_text(json.dumps(held).replace('"@"', value))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("u.geojson", "Remedy")


def test_25_broken_outlines_are_repaired_or_refused(study: Path, capsys: Capture) -> None:
    held = counties(study)
    west, south, east, north = held.geometry.iloc[1].bounds
    path = units_from(study, "u.geojson")
    spike = Polygon(
        [(west, south), (east, south), (east, north), (west, north), (west - 0.01, south + 0.05),
         (west, north)]
    )  # fmt: skip
    held.loc[1, "geometry"] = spike
    held.to_file(path)
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [repaired]", "u.geojson", "row 2", "km²", "Remedy")
    data = json.loads(path.read_text(encoding="utf-8"))
    data["features"][1]["geometry"]["coordinates"] = [[[west, south], [east, south], [east, north]]]
    path.write_text(json.dumps(data), encoding="utf-8")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("u.geojson", "Remedy")
    held.loc[1, "geometry"] = GeometryCollection([box(west, south, east, north), Point(1, 1)])
    held.to_file(path)
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [geometry-kind]", "row 2", "GeometryCollection", "Remedy")


def test_25_gaps_and_overlaps_are_told_with_their_area(study: Path, capsys: Capture) -> None:
    held = counties(study)
    west, south, east, north = held.geometry.iloc[1].bounds
    path = units_from(study, "u.gpkg")
    hole = box(west + 0.05, south + 0.05, west + 0.06, south + 0.06)
    held.loc[1, "geometry"] = box(west - 0.01, south, east, north).difference(hole)
    held.to_file(path, layer="u", driver="GPKG")
    told = check(study, capsys)
    assert told.code == 0
    square_km = unary_union([hole]).area * 111.0 * 102.4
    assert told.says("warning [gap]", "u.gpkg", f"{square_km:.1f}"[:2], "km²", "Remedy")
    assert told.says("warning [overlap]", "451026, 451081", "km²", "Remedy")


@pytest.mark.more
def test_26_a_point_on_a_shared_border_is_in_one_county(study: Path, capsys: Capture) -> None:
    held = table(study)
    border = counties(study).geometry.iloc[1].bounds[0]
    held.loc[0, "lon"] = repr(border)
    held.to_csv(study.parent / SCHOOLS, index=False)
    first = check(study, capsys)
    held.sample(frac=1, random_state=1).to_csv(study.parent / SCHOOLS, index=False)
    second = check(study, capsys)
    assert first.code == second.code == 0
    assert "other-county" not in first.err + second.err
    held.loc[0, "county_code"] = "451081"
    held.to_csv(study.parent / SCHOOLS, index=False)
    told = check(study, capsys)
    assert told.says("warning [other-county]", "row 2", "451081")


def test_32_two_attributes_of_one_name_in_a_layer_are_no_crash(
    study: Path, capsys: Capture
) -> None:
    path = units_from(study, "u.shp")
    counties(study).assign(name_b="x").rename(columns={"name": "name_a"}).to_file(path)
    data = path.with_suffix(".dbf").read_bytes()
    data = data.replace(b"name_a", b"name\0\0").replace(b"name_b", b"name\0\0")
    path.with_suffix(".dbf").write_bytes(data)
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [duplicate-column]", "u.shp", "column name", "name")


@pytest.mark.more
@pytest.mark.parametrize("kind", ["u.fgb", "u.parquet", "u.zip", "u.geojson"])
def test_good_layers_of_every_kind_are_read(study: Path, capsys: Capture, kind: str) -> None:
    before = Study.read(study).units
    held = counties(study)
    path = units_from(study, kind)
    if kind.endswith(".parquet"):
        held.to_parquet(path)
    elif kind.endswith(".zip"):
        held.to_file(path.with_suffix(".shp"))
        with zipfile.ZipFile(path, "w") as archive:
            for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.write(path.with_suffix(suffix), f"县界/u{suffix}")
                path.with_suffix(suffix).unlink()
    else:
        held.to_file(path)
    assert check(study, capsys).code == 0
    units = Study.read(study).units
    assert units["name"].equals(before["name"])
    assert units.geometry.normalize().geom_equals_exact(before.geometry.normalize(), 1e-9).all()


@pytest.mark.more
@pytest.mark.parametrize("word", [b"numpy_type", b"unicode"])
def test_08_damaged_notes_in_a_geoparquet_are_no_crash(
    study: Path, capsys: Capture, word: bytes
) -> None:
    path = units_from(study, "u.parquet")
    counties(study).to_parquet(path)
    whole, data = Study.read(study).units, path.read_bytes()
    assert word in data
    path.write_bytes(data.replace(word, word[:-1] + b"X"))
    assert check(study, capsys).code == 0
    assert Study.read(study).units.equals(whole)
