"""Coordinate systems: only known ones in metres pass, and there and back is the same point."""

from __future__ import annotations

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from layout.core.errors import InputError
from layout.inputs.datum import choose_metre_crs, metre_crs, parse_crs, to_metres


def series(lon: float, lat: float) -> gpd.GeoSeries:
    return gpd.GeoSeries([Point(lon, lat)], crs="EPSG:4326")


@pytest.mark.parametrize("name", ["EPSG:4507", "EPSG:4544", "EPSG:4523", "EPSG:32632"])
def test_projected_systems_in_metres_pass(name: str) -> None:
    assert metre_crs(name).is_projected


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("EPSG:4326", "crs-not-metres"),
        ("EPSG:4490", "crs-not-metres"),
        ("EPSG:2263", "crs-not-metres"),
        ("EPSG:999999", "crs"),
        ("Gauss", "crs"),
    ],
)
def test_others_are_refused_with_a_remedy(name: str, code: str) -> None:
    with pytest.raises(InputError, match="EPSG") as caught:
        metre_crs(name, file="baise.toml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.file, problem.value) == (code, "baise.toml", name)


@given(lon=st.floats(104, 108), lat=st.floats(22, 26))
def test_there_and_back_is_the_same_point(lon: float, lat: float) -> None:
    back = to_metres(series(lon, lat), "EPSG:4507").to_crs("EPSG:4326").iloc[0]
    assert back.x == pytest.approx(lon, abs=1e-8)
    assert back.y == pytest.approx(lat, abs=1e-8)


def test_cgcs2000_is_taken_as_wgs84() -> None:
    metres = to_metres(series(106.6, 23.9), "EPSG:4507").iloc[0]
    geographic = gpd.GeoSeries([Point(106.6, 23.9)], crs="EPSG:4490")
    assert to_metres(geographic, "EPSG:4507").iloc[0].distance(metres) < 1


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (106.6, 23.9, "EPSG:4507"),
        (121.5, 31.2, "EPSG:4510"),
        (9.5, 47.1, "EPSG:32632"),
        (106.6, -6.2, "EPSG:32748"),
    ],
)
def test_the_zone_follows_the_place(lon: float, lat: float, crs: str) -> None:
    assert choose_metre_crs(series(lon, lat)) == crs
    assert parse_crs(crs).is_projected


def test_geometry_without_a_system_is_refused() -> None:
    bare = gpd.GeoSeries([Point(1, 2)])
    with pytest.raises(InputError, match="no coordinate reference system"):
        to_metres(bare, "EPSG:4507")
