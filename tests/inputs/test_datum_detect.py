"""Telling a datum from the roads: on winding modelled roads, and on real ones where there are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from layout.inputs.datum import (
    REFERENCE_GCJ02,
    SWAPPED,
    Reference,
    detect_datum,
    from_wgs84,
    reference_of,
)
from layout.inputs.roads import osm_objects
from layout.inputs.roads.coordinates import road_coordinates
from layout.inputs.roads.file import RoadSource

pytestmark = pytest.mark.slow

REAL = "liechtenstein-240304.osm.pbf"
Points = tuple[np.ndarray, np.ndarray]


def winding_roads() -> tuple[Reference, np.ndarray]:
    """Roads every three kilometres that wind through 60 × 60 km, and their vertices."""
    along = np.arange(0, 0.6, 0.0005)
    lines = []
    for at in range(20):
        swing = 0.004 * np.sin(along * (60 + 7 * at) + at)
        lines.append(np.column_stack([106.3 + along, 23.6 + 0.03 * at + swing]))
        lines.append(np.column_stack([106.3 + 0.03 * at + swing, 23.6 + along]))
    vertices = np.concatenate(lines)
    return reference_of(vertices, np.repeat(np.arange(len(lines)), len(along))), vertices


ROADS, VERTICES = winding_roads()


def beside(count: int, *, seed: int = 1, off_road: float = 0.25) -> Points:
    """Points some 20 m from roads, a part of them hamlets anywhere."""
    random = np.random.default_rng(seed)
    xy = VERTICES[random.choice(len(VERTICES), count, replace=False)].copy()
    xy += random.normal(0, 0.00015, xy.shape)
    far = random.random(count) < off_road
    xy[far] = random.uniform((106.3, 23.6), (106.9, 24.2), (int(far.sum()), 2))
    return xy[:, 0], xy[:, 1]


@pytest.mark.parametrize("truth", ["WGS 84", "GCJ-02", "BD-09"])
@pytest.mark.parametrize("declared", ["WGS 84", "GCJ-02", "BD-09"])
def test_the_datum_is_told_whatever_was_declared(truth: str, declared: str) -> None:
    found = detect_datum(*from_wgs84(*beside(200), truth), ROADS, declared=declared)
    assert (found.detected, found.mixed, found.declared) == (truth, False, declared)
    assert found.confidence > 0.99
    if truth == declared:
        assert (found.shift_m, found.rows) == (0.0, ())
    else:
        assert 100 < found.shift_m < 2_000
        assert found.near_detected > found.near_declared + 0.3


def test_mixed_tables_are_told_with_their_rows() -> None:
    lon, lat = beside(600, off_road=0.0)
    part = np.arange(600) % 3 == 0
    lon, lat = lon.copy(), lat.copy()
    lon[part], lat[part] = from_wgs84(lon[part], lat[part], "GCJ-02")
    found = detect_datum(lon, lat, ROADS)
    assert (found.detected, found.mixed) == ("GCJ-02", True)
    assert found.share == pytest.approx(1 / 3, abs=0.12)
    rows = np.array(found.rows)
    assert part[rows].mean() > 0.9
    assert len(rows) > 0.6 * part.sum()


def test_shifted_roads_are_told_apart_from_shifted_points() -> None:
    moved = np.column_stack(from_wgs84(*VERTICES.T, "GCJ-02"))
    shifted = reference_of(moved, np.zeros(len(moved), dtype=np.int64))
    assert detect_datum(*beside(200), shifted).detected == REFERENCE_GCJ02


def test_points_that_know_nothing_of_roads_tell_nothing() -> None:
    random = np.random.default_rng(3)
    wrong = 0
    for _ in range(20):
        lon, lat = random.uniform((106.3, 23.6), (106.9, 24.2), (100, 2)).T
        found = detect_datum(lon, lat, ROADS)
        wrong += found.detected not in ("", "WGS 84") and found.confidence >= 0.99
    assert wrong <= 1


def test_right_points_raise_no_alarm_however_few() -> None:
    for seed in range(20):
        found = detect_datum(*beside(20, seed=seed), ROADS)
        assert found.detected in ("", "WGS 84") or found.confidence < 0.99


def test_swapped_axes_few_points_and_places_abroad() -> None:
    lon, lat = beside(50)
    assert detect_datum(lat, lon, ROADS).detected == SWAPPED
    assert detect_datum(lon[:4], lat[:4], ROADS).detected == ""
    assert detect_datum(lon - 100, lat, ROADS).detected == ""
    assert detect_datum(lon[:0], lat[:0], ROADS).points == 0


def test_the_order_of_rows_does_not_matter() -> None:
    lon, lat = from_wgs84(*beside(700), "GCJ-02")
    order = np.random.default_rng(5).permutation(700)
    one, other = detect_datum(lon, lat, ROADS), detect_datum(lon[order], lat[order], ROADS)
    assert (one.confidence, one.shift_m) == (other.confidence, other.shift_m)
    assert sorted(order[list(other.rows)]) == list(one.rows)


def test_distances_are_those_of_shapely() -> None:
    random = np.random.default_rng(7)
    lines = [shapely.LineString(random.uniform(0, 0.03, (5, 2))) for _ in range(10)]
    shapes = [*lines, shapely.Point(0.02, 0.02)]
    reference = reference_of(*shapely.get_coordinates(shapes, return_index=True))
    flat = [
        shapely.transform(shape, lambda xy: reference.flat(xy[:, 0], xy[:, 1])) for shape in shapes
    ]
    xy = reference.flat(*random.uniform(0, 0.03, (300, 2)).T)
    told = reference.near(xy).distance_m(xy)
    true = np.array([min(shape.distance(shapely.Point(at)) for shape in flat) for at in xy])
    assert told == pytest.approx(true, abs=12)
    assert (told >= true - 1e-6).all()


def worlds() -> list[Any]:
    """The modelled roads, and the real ones where the environment names their folder."""
    real = Path(os.environ.get("LAYOUT_REALDATA", "none")) / REAL
    return ["modelled", *([pytest.param("real", marks=pytest.mark.more)] if real.is_file() else [])]


def real_roads() -> tuple[Reference, Points]:
    """A real extract, moved into China without turning or stretching it, and its shops."""
    extract = Path(os.environ["LAYOUT_REALDATA"]) / REAL
    lonlat, owner = road_coordinates(RoadSource(extract))
    shops = osm_objects.read_points(extract, {"shop": True, "amenity": True}).geometry
    middle = np.median(lonlat, axis=0)
    squeeze = np.array([np.cos(np.radians(middle[1])) / np.cos(np.radians(23.9)), 1.0])
    roads = reference_of((106.6, 23.9) + (lonlat - middle) * squeeze, owner)
    points = (106.6, 23.9) + (np.column_stack([shops.x, shops.y]) - middle) * squeeze
    return roads, tuple(points[::8].T)


@pytest.mark.parametrize("world", worlds())
@pytest.mark.parametrize("truth", ["WGS 84", "GCJ-02", "BD-09"])
def test_points_of_a_place_are_told(world: str, truth: str) -> None:
    roads, points = real_roads() if world == "real" else (ROADS, beside(200))
    found = detect_datum(*from_wgs84(*points, truth), roads)
    assert found.detected == truth
    assert found.confidence > 0.99
