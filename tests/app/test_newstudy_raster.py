"""What a population raster declares, and what makes it doubtful."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from layout.app.newstudy.people import RasterPeople, raster_people
from layout.app.newstudy.rasterdoubts import raster_doubts
from layout.app.newstudy.rasterplaces import raster_places
from layout.core.errors import InputError
from layout.core.text import set_language

CRS = "EPSG:4507"
WEST, NORTH, CELL = 106.0, 23.1, 0.01
PLACES = gpd.GeoDataFrame(
    {"name": ["A", "B", "C", "D"]},
    geometry=gpd.points_from_xy([106.015, 106.035, 106.055, 106.075], [23.05] * 4),
    crs="EPSG:4326",
)
AREA = shapely.box(WEST, 23.0, WEST + 0.1, NORTH)


def people(path: Path, values: Any, *, scale: float = 1, offset: float = 0) -> RasterPeople:
    """Write a raster of cells of about a kilometre over the places, and sum it."""
    cells = np.asarray(values)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=cells.shape[0],
        width=cells.shape[1],
        count=1,
        dtype=cells.dtype,
        crs="EPSG:4326",
        transform=from_origin(WEST, NORTH, CELL, CELL),
    ) as raster:
        raster.write(cells, 1)
        raster.scales, raster.offsets = (scale,), (offset,)
    return raster_people(path, PLACES.geometry, AREA, crs=CRS)


def test_squares_of_people_stand_for_settlements_where_none_is_mapped(tmp_path: Path) -> None:
    cells = np.zeros((10, 10))
    # Two full cells beside each other, one alone and nearly empty, one far away.
    cells[4, 4], cells[4, 5], cells[0, 0], cells[9, 9] = 5_000.0, 500.0, 3.0, 60.0
    people(tmp_path / "a.tif", cells)
    schools = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(106.05, 23.05)], crs=4326)
    places, note = raster_places(tmp_path / "a.tif", schools, language="en", area=AREA)
    assert "3 squares of 1.0 km" in note
    assert sorted(places["place"]) == ["neighbourhood", "village", "village"]
    dense = places[places["place"] == "neighbourhood"].geometry.iloc[0]
    assert (dense.x, dense.y) == (pytest.approx(106.045), pytest.approx(23.055))
    # Around the school alone, two.
    assert len(raster_places(tmp_path / "a.tif", schools, language="en", area=None)[0]) == 2
    with pytest.raises(InputError) as caught:
        raster_places(tmp_path / "a.tif", schools, language="en", area=shapely.box(0, 0, 0.1, 0.1))
    assert caught.value.problems[0].code == "raster-empty"


def doubts(raster: RasterPeople, tags: list[float]) -> str:
    set_language("en")
    return "\n".join(raster_doubts(raster, np.array(tags), PLACES))


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    plain = people(tmp_path / "a.tif", np.full((10, 10), 12.0, dtype="float32"))
    scaled = people(
        tmp_path / "b.tif", np.full((10, 10), 1000, dtype="int32"), scale=0.01, offset=2.0
    )
    assert plain.inside == pytest.approx(1200)
    assert scaled.by_settlement == pytest.approx(plain.by_settlement)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "uint32"])
def test_a_missing_value_that_is_not_declared_is_nobody(tmp_path: Path, kind: str) -> None:
    cells = np.full((10, 10), 7, dtype=kind)
    cells[:2] = np.iinfo(kind).max
    summed = people(tmp_path / "a.tif", cells)
    assert (summed.inside, summed.filled) == (pytest.approx(560), 20)
    assert "20 cells hold the greatest number" in doubts(summed, [np.nan] * 4)


@pytest.mark.parametrize("wrong", [1e308, 6e7, np.inf, np.nan, -5.0])
def test_a_cell_of_more_people_than_can_be_is_nobody(tmp_path: Path, wrong: float) -> None:
    cells = np.ones((10, 10))
    cells[4, 4] = wrong
    assert people(tmp_path / "a.tif", cells).inside == 99.0


def test_tags_and_cells_are_told_and_compared(tmp_path: Path) -> None:
    summed = people(tmp_path / "a.tif", np.full((10, 10), 40.0))
    near = (summed.by_settlement * [0.5, 1, 1.2, 3]).tolist()
    told = doubts(summed, near)
    assert "the raster 4,000" in told
    assert "WARNING" not in told
    told = doubts(summed, [value / 30 for value in near])
    assert "WARNING: at 4 places" in told
    assert "per square kilometre or hectare" in told
    # Two tags are too few to judge by.
    assert doubts(summed, [1, 1, np.nan, np.nan]) == ""


def test_a_cell_too_full_is_doubted(tmp_path: Path) -> None:
    cells = np.full((10, 10), 40.0)
    cells[4, 4] = 80_000.0
    assert "people per square kilometre" in doubts(people(tmp_path / "a.tif", cells), [np.nan] * 4)


def test_places_beside_the_raster_are_named(tmp_path: Path) -> None:
    summed = people(tmp_path / "a.tif", np.full((10, 5), 40.0))
    assert PLACES["name"].iloc[summed.beside].tolist() == ["C", "D"]
    assert "2 places lie beside the raster" in doubts(summed, [np.nan] * 4)
    assert ": C, D." in doubts(summed, [np.nan] * 4)
