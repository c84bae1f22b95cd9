"""GCJ-02, BD-09 and zones: there and back is the same point, and known points come out right."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout.core.errors import InputError
from layout.inputs.datum import (
    bd09_to_wgs84,
    datum_named,
    degrees_of,
    from_wgs84,
    gcj02_to_wgs84,
    in_wgs84,
    prefixed_zone,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

pytestmark = pytest.mark.slow

CENTIMETRE = 0.01
GEOD = pyproj.Geod(ellps="WGS84")

points = st.lists(
    st.tuples(st.floats(73.1, 136.7), st.floats(2.0, 54.7)), min_size=1, max_size=50
).map(lambda rows: tuple(np.array(rows).T))


def metres(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.asarray(GEOD.inv(*a, *b)[2])


@given(points)
@pytest.mark.parametrize(
    ("there", "back"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_wgs84, wgs84_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
        (bd09_to_wgs84, wgs84_to_bd09),
    ],
)
def test_inverses_are_exact_over_china(there, back, place) -> None:  # type: ignore[no-untyped-def]
    assert metres(back(*there(*place)), place).max() < CENTIMETRE


@given(points)
def test_shifts_are_as_large_as_they_are_known_to_be(place: tuple[np.ndarray, np.ndarray]) -> None:
    gcj = metres(wgs84_to_gcj02(*place), place)
    assert gcj.max() < 1_000
    assert (metres(wgs84_to_bd09(*place), wgs84_to_gcj02(*place)) > 500).all()


def test_points_of_the_public_formula() -> None:
    """Beijing and Baise, as the formula in public use gives them, to its six digits."""
    lon, lat = wgs84_to_gcj02(np.array([116.397]), np.array([39.908]))
    assert (lon[0], lat[0]) == (
        pytest.approx(116.403243, abs=1e-6),
        pytest.approx(39.909404, abs=1e-6),
    )


def test_outside_china_nothing_moves() -> None:
    here = np.array([9.5, 200.0, 100.0]), np.array([47.1, 30.0, -5.0])
    for shift in (wgs84_to_gcj02, gcj02_to_wgs84, wgs84_to_bd09, bd09_to_wgs84):
        assert np.array_equal(shift(*here), here)


@pytest.mark.parametrize(
    ("name", "datum"),
    [
        ("WGS 84", "WGS 84"),
        ("wgs-84", "WGS 84"),
        ("CGCS2000", "WGS 84"),
        ("EPSG:4490", "WGS 84"),
        ("gcj02", "GCJ-02"),
        ("火星坐标", "GCJ-02"),
        ("百度", "BD-09"),
        ("EPSG:4544", "EPSG:4544"),
    ],
)
def test_names_of_datums(name: str, datum: str) -> None:
    assert datum_named(name) == datum


@pytest.mark.parametrize("name", ["Mars", "EPSG:4610", "EPSG:99999", ""])
def test_unknown_datums_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        datum_named(name, file="s.toml", key="datum.schools")


@pytest.mark.parametrize("epsg", [4544, 4545, 4523, 4524, 4507, 4508, 4496, 4497])
def test_zones_with_and_without_prefix(epsg: int) -> None:
    middle = 108.0 if epsg in (4545, 4524) else 111.0 if epsg in (4508, 4497) else 105.0
    spread = np.random.default_rng(0).uniform((-1.9, 22.0), (1.9, 26.0), (200, 2))
    place = (middle + spread[:, 0], spread[:, 1])
    way = pyproj.Transformer.from_crs("EPSG:4490", f"EPSG:{epsg}", always_xy=True)
    east, north = way.transform(*place)
    assert metres(degrees_of(east, north, f"EPSG:{epsg}"), place).max() < CENTIMETRE
    if epsg in (4523, 4524, 4496, 4497):
        # The number of the zone stands in the easting: nothing need be declared, in either order.
        assert set(prefixed_zone(east, north)) == {epsg}
        assert metres(degrees_of(east, north, "WGS 84"), place).max() < CENTIMETRE
        assert metres(degrees_of(north, east, "WGS 84"), place).max() < CENTIMETRE
    else:
        assert set(prefixed_zone(east, north)) == {0}


def test_declared_datums_and_back() -> None:
    here = np.array([106.6, 107.1]), np.array([23.9, 24.2])
    for datum in ("WGS 84", "GCJ-02", "BD-09"):
        assert metres(in_wgs84(*from_wgs84(*here, datum), datum), here).max() < CENTIMETRE
