"""The datum of counties and border, systems without a known way, scales that are off."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
from shapely import LineString

from layout.inputs.datum import is_ballpark, scale_error
from layout.inputs.study.positions import DatumRecord
from layout.inputs.study.shifting import shifted_layer
from layout.inputs.study.study import examine
from tests.worlds.eight_schools import add, put, told, written

WEST, MIDDLE, EAST, SOUTH = 105.98, 106.059, 106.14, 23.29
DRIFT = 0.0015
"""Degrees; GCJ-02 lies farther off."""


def to_gcj02(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.set_geometry(shifted_layer(layer.geometry, "GCJ-02", back=True))


def beside_borders(held: pd.DataFrame, west: float, east: float) -> pd.DataFrame:
    """Put the settlements of the two counties at these longitudes, one above the other."""
    lon = [west if code == "451001" else east for code in held["county_code"]]
    return held.assign(lon=lon, lat=[SOUTH + 0.012 * at for at in range(len(held))])


def east_of_borders(held: pd.DataFrame) -> pd.DataFrame:
    return beside_borders(held, WEST + DRIFT, MIDDLE + DRIFT)


def west_of_borders(held: pd.DataFrame) -> pd.DataFrame:
    return beside_borders(held, MIDDLE - DRIFT, EAST - DRIFT)


@pytest.mark.parametrize(("most", "severity"), [(None, "error"), (6, "warning")])
def test_shifted_counties_are_told_and_converted(
    tmp_path: Path, most: int | None, severity: str
) -> None:
    study = written(tmp_path, units=to_gcj02, settlements=lambda held: east_of_borders(held)[:most])
    told_of = [one for one in examine(study).problems if one.code == "datum-units"]
    assert [(one.code, one.file, one.value, one.severity) for one in told_of] == [
        ("datum-units", "units.gpkg", "GCJ-02", severity)
    ]
    add(study, '[datum]\nunits = "GCJ-02"')
    assert "datum-units" not in {code for code, *_ in told(study)}


def test_counties_that_are_declared_as_shifted_and_are_not(tmp_path: Path) -> None:
    study = written(tmp_path, settlements=west_of_borders)
    assert "datum-units" not in {code for code, *_ in told(study)}
    add(study, '[datum]\nunits = "GCJ-02"')
    told_of = [one for one in examine(study).problems if one.code == "datum-units"]
    assert [one.value for one in told_of] == ["WGS 84"]
    put(study, "[inputs]\n", 'datum_checked = { name = "甲", date = 2026-01-31 }\n\n[inputs]\n')
    assert "datum-units" not in {code for code, *_ in told(study)}


def test_a_shifted_border_is_told_and_converted(tmp_path: Path) -> None:
    study = written(tmp_path)
    units = gpd.read_file(study.parent / "units.geojson")
    line = units.dissolve().boundary.segmentize(0.01)
    border = gpd.GeoDataFrame({"name": ["b"]}, geometry=line.values, crs="EPSG:4326")
    to_gcj02(border).to_file(study.parent / "border.gpkg")
    put(study, "[inputs]\n", '[inputs]\nborder = "border.gpkg"\n')
    assert told(study) == [("datum-border", "border.gpkg", None, "")]
    add(study, '[datum]\nborder = "GCJ-02"')
    assert told(study) == []
    put(study, 'border = "GCJ-02"', 'border = "EPSG:4544"')
    assert [code for code, *_ in told(study)] == ["datum-of-layer"]


@pytest.mark.parametrize(("south", "codes"), [(0.0, []), (0.5, ["border-elsewhere"])])
def test_a_border_that_no_county_comes_near_is_doubted(
    tmp_path: Path, south: float, codes: list[str]
) -> None:
    study = written(tmp_path)
    units = gpd.read_file(study.parent / "units.geojson")
    west, bottom, east, _ = units.total_bounds
    line = LineString([(west, bottom - south), (east, bottom - south)])
    gpd.GeoDataFrame({"name": ["b"]}, geometry=[line], crs="EPSG:4326").to_file(
        study.parent / "border.gpkg"
    )
    put(study, "[inputs]\n", '[inputs]\nborder = "border.gpkg"\n')
    add(study, '[programmes.border]\nretain = 0\nwidth_m = 3000\nunits = ["451001", "451002"]\n')
    assert [one.code for one in examine(study).problems] == codes


@pytest.mark.parametrize(
    ("system", "unsure"),
    [
        *((4610, True), (2334, True), (4214, True), (4555, True), (21418, True)),
        *((4326, False), (4490, False), (4507, False), (4544, False), (32648, False)),
    ],
)
def test_systems_without_a_known_way(system: int, unsure: bool) -> None:
    assert is_ballpark(pyproj.CRS(system)) == unsure


def test_a_layer_in_an_old_system_is_warned_of(tmp_path: Path) -> None:
    study = written(tmp_path, units=lambda units: units.to_crs(2381))
    assert told(study) == [("crs-ballpark", "units.gpkg", None, "")]


def test_a_table_in_an_old_zone_is_warned_of(tmp_path: Path) -> None:
    to_old = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2381", always_xy=True)

    def moved(held: pd.DataFrame) -> pd.DataFrame:
        east, north = to_old.transform(held["lon"].astype(float), held["lat"].astype(float))
        return held.assign(lon=east, lat=north)

    study = written(tmp_path, schools=moved)
    add(study, '[datum]\nschools = "EPSG:2381"')
    assert ("crs-ballpark", "schools.csv", None, "") in told(study)


@pytest.mark.parametrize(
    ("crs", "off"), [("EPSG:3857", 0.08), ("EPSG:4507", 0.0), ("EPSG:32650", 0.02)]
)
def test_a_scale_that_is_off_is_warned_of(tmp_path: Path, crs: str, off: float) -> None:
    bounds = (106.0, 23.3, 106.1, 23.4)
    assert scale_error(crs, bounds) == pytest.approx(off, abs=0.011)
    study = written(tmp_path)
    put(study, "EPSG:4507", crs)
    warned = {code for code, *_ in told(study)}
    assert ("crs-scale" in warned) == (scale_error(crs, bounds) > 0.01)


def test_what_is_not_told_apart_says_nothing_else(tmp_path: Path) -> None:
    held = examine(written(tmp_path)).study
    assert held is not None
    records = {record.decision for record in held.datums}
    assert records <= {"agrees", "not told apart"}
    record = DatumRecord(
        table="schools", declared="WGS 84", declared_by="default", detected="BD-09",
        confidence=0.69, shift_m=700.0, mixed=True, share=0.4, points=9, decision="not told apart",
    )  # fmt: skip
    assert set(record.as_dict()) == {"table", "declared", "declared_by", "points", "decision"}
