"""Parcels and exclusion areas: read in every format, or refused with the feature."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from layout.core.errors import InputError, Problem
from layout.inputs.datum import wgs84_to_gcj02
from layout.inputs.study.study import Study, examine
from tests.worlds.study_check import Capture, check, copied, edit

pytestmark = pytest.mark.slow

# About 100 m by 110 m each, in the small study's first county.
WEST, SOUTH, STEP = 105.95, 23.05, 0.001
SQUARE = box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


def parcels(**columns: object) -> gpd.GeoDataFrame:
    """Three parcels side by side, out of order."""
    plain: dict[str, object] = {
        "parcel_id": ["P3", "P1", "P2"],
        "name": ["东", "西", "中"],
        "stage": ["", "preschool", "小学"],
        "area_m2": ["", "11000", "17亩"],
    }
    shapes = [
        box(WEST + at * STEP, SOUTH, WEST + (at + 1) * STEP, SOUTH + STEP) for at in (2, 0, 1)
    ]
    return gpd.GeoDataFrame({**plain, **columns}, geometry=shapes, crs="EPSG:4326")


def exclusions(*shapes: shapely.Geometry, **columns: object) -> gpd.GeoDataFrame:
    shapes = shapes or (SQUARE,)
    plain: dict[str, object] = {"kind": ["flood"] * len(shapes), "name": ["河滩"] * len(shapes)}
    return gpd.GeoDataFrame({**plain, **columns}, geometry=list(shapes), crs="EPSG:4326")


def named(study: Path, layer: gpd.GeoDataFrame, key: str, name: str = "") -> Path:
    """Write a layer beside the others and name it in the study file."""
    name = name or f"{key}.gpkg"
    path = study.parent / "boundaries" / name.partition("|")[0]
    if path.suffix == ".zip":
        whole = path.with_suffix("")
        whole.mkdir()
        layer.to_file(whole / f"{key}.shp", encoding="UTF-8")
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(whole.iterdir()):
                archive.write(part, part.name)
    elif path.suffix == ".parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path)
    edit(study, 'units = "', f'{key} = "boundaries/{name}"\nunits = "')
    return path


def refused(study: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        Study.read(study)
    assert all(str(one.remedy) for one in caught.value.problems)
    return caught.value.problems


@pytest.mark.more
@pytest.mark.filterwarnings("ignore:Column names longer")
@pytest.mark.parametrize("ending", ["gpkg", "shp", "fgb", "parquet", "zip", "zip|parcels.shp"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "EPSG:4545"])
def test_parcels_are_read_in_every_format(study: Path, ending: str, crs: str) -> None:
    named(study, parcels().to_crs(crs), "parcels", f"parcels.{ending}")
    check_parcels(study)


def test_parcels_are_read_from_geojson(study: Path) -> None:
    named(study, parcels(), "parcels", "parcels.geojson")
    check_parcels(study)


def check_parcels(study: Path) -> None:
    table = Study.read(study).parcels
    assert table is not None
    assert table.crs == "EPSG:4326"
    assert table.index.tolist() == ["P1", "P2", "P3"]
    assert table["name"].tolist() == ["西", "中", "东"]
    assert table["stage"].tolist() == ["preschool", "primary", ""]
    # Square metres of the file, mu of the file, and of the outline.
    drawn_m2 = table.geometry.to_crs("EPSG:4507").area["P3"]
    assert table["area_m2"].tolist() == pytest.approx([11000, 17 * 2000 / 3, drawn_m2])
    assert 10_000 < drawn_m2 < 12_000
    west = shapely.bounds(table.geometry.to_numpy())[:, 0]
    assert west.tolist() == pytest.approx([WEST, WEST + STEP, WEST + 2 * STEP], abs=1e-7)


def test_exclusions_are_read_in_an_order_of_their_own(study: Path) -> None:
    first, second = SQUARE, box(106, 23.1, 106.01, 23.11)
    layer = exclusions(first, second, MultiPolygon([second]), kind=["滑坡", "flood", "flood"])
    layer = layer.rename(columns={"kind": "灾害类型", "name": "名称"})
    named(study, layer, "exclusions")
    table = Study.read(study).exclusions
    assert table is not None
    assert table["kind"].tolist() == ["flood", "flood", "geology"]
    assert table["name"].tolist() == ["河滩"] * 3
    layer.iloc[::-1].to_file(study.parent / "boundaries" / "exclusions.gpkg")
    again = Study.read(study).exclusions
    assert again is not None
    assert again.equals(table)


def test_without_the_layers_there_are_none(study: Path, capsys: Capture) -> None:
    read = Study.read(study)
    assert (read.parcels, read.exclusions) == (None, None)
    assert "parcel" not in check(study, capsys).out


def test_the_check_says_how_many_there_are(study: Path, capsys: Capture) -> None:
    named(study, parcels(), "parcels")
    named(study, exclusions(), "exclusions")
    told = check(study, capsys)
    assert told.code == 0
    assert "Parcels offered for building: 3; exclusion areas: 1." in told.out
    assert "Parcels" in repr(Study.read(study))


@pytest.mark.more
@pytest.mark.parametrize(
    ("key", "layer", "code", "row", "column"),
    [
        ("parcels", parcels().drop(columns="parcel_id"), "missing-column", "1", "parcel_id"),
        ("parcels", parcels(parcel_id=["P1", "P1", "P2"]), "duplicate", "2", "parcel_id"),
        ("parcels", parcels(stage=["", "college", ""]), "choice", "2", "stage"),
        ("parcels", parcels(area_m2=["", "large", ""]), "not-a-number", "2", "area_m2"),
        ("parcels", parcels(area_m2=["0", "", ""]), "minimum", "1", "area_m2"),
        ("parcels", parcels(parcel_id=["P 1", "P2", "P3"]), "bad-id", "1", "parcel_id"),
        ("exclusions", exclusions().drop(columns="kind"), "missing-column", "1", "kind"),
        ("exclusions", exclusions(kind=["dragons"]), "choice", "1", "kind"),
        ("exclusions", exclusions(kind=[""]), "blank", "1", "kind"),
        (
            "exclusions",
            exclusions(SQUARE, SQUARE, kind=["", "flood"], name=""),
            "blank",
            "1",
            "kind",
        ),
        ("exclusions", exclusions(Polygon()), "no-geometry", "1", ""),
        ("exclusions", exclusions(LineString([(106, 23), (106, 24)])), "geometry-kind", None, ""),
        (
            "exclusions",
            exclusions(Polygon([(106, 23.1), (106.01, 23.1), (106, 23.1)])),
            "no-geometry",
            "1",
            "",
        ),
        ("exclusions", exclusions(box(10, 10, 11, 11)), "mostly-outside", None, ""),
        ("exclusions", exclusions().iloc[:0], "empty-layer", None, ""),
        (
            "exclusions",
            exclusions().set_crs("EPSG:4507", allow_override=True),
            "crs-wrong",
            "1",
            "",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_feature(
    study: Path, key: str, layer: gpd.GeoDataFrame, code: str, row: str | None, column: str
) -> None:
    named(study, layer, key)
    told = {(one.code, one.row, one.column) for one in refused(study)}
    assert (code, row, column) in told


def test_a_layer_without_a_system_is_refused(study: Path) -> None:
    path = named(study, exclusions(), "exclusions", "exclusions.shp")
    path.with_suffix(".prj").unlink()
    assert [one.code for one in refused(study)] == ["crs-missing"]


def test_all_problems_of_both_layers_are_told_together(study: Path) -> None:
    named(study, parcels(parcel_id=["", "P1", "P1"]), "parcels")
    named(study, exclusions(kind=["dragons"]), "exclusions")
    told = {(one.file, one.code) for one in refused(study) if one.severity == "error"}
    assert told == {
        ("boundaries/parcels.gpkg", "blank"),
        ("boundaries/parcels.gpkg", "duplicate"),
        ("boundaries/exclusions.gpkg", "choice"),
    }


def test_doubts_are_told_and_stop_nothing(study: Path) -> None:
    layer = parcels(area_m2=["11000", "110", ""])
    crossed = Polygon([(106, 23.1), (106.001, 23.101), (106.001, 23.1), (106, 23.101)])
    layer.geometry = [layer.geometry[0], layer.geometry[1], box(20, 20, 20.001, 20.001)]
    named(study, layer, "parcels")
    named(study, exclusions(crossed, box(20, 20, 21, 21), kind=["flood"] * 2), "exclusions")
    seen = examine(study)
    assert seen.study is not None
    told = {(one.file.partition("/")[2], one.code, one.row) for one in seen.problems}
    assert told == {
        ("parcels.gpkg", "read-as", "3"),
        ("parcels.gpkg", "area-differs", "2"),
        ("parcels.gpkg", "outside-study", "3"),
        ("exclusions.gpkg", "repaired", "1"),
    }
    assert seen.study.parcels is not None
    assert seen.study.parcels.at["P1", "area_m2"] == 110


def test_a_shifted_layer_is_brought_back(study: Path) -> None:
    plain = exclusions()

    def to_gcj(points: np.ndarray) -> np.ndarray:
        return np.column_stack(wgs84_to_gcj02(points[:, 0], points[:, 1]))

    shifted = plain.set_geometry(
        gpd.GeoSeries(shapely.transform(plain.geometry.to_numpy(), to_gcj), crs="EPSG:4326")
    )
    named(study, shifted, "exclusions")
    study.write_text(
        study.read_text(encoding="utf-8") + '\n[datum]\nexclusions = "GCJ-02"\n', encoding="utf-8"
    )
    table = Study.read(study).exclusions
    assert table is not None
    assert shapely.hausdorff_distance(table.geometry[0], plain.geometry[0]) < 1e-6
    edit(study, '"GCJ-02"', '"EPSG:4545"')
    (one,) = refused(study)
    assert (one.code, one.column) == ("datum-of-layer", "datum.exclusions")
