"""Layers that are only drawn: townships and rivers, read or refused, and on the map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, box

from layout.inputs.study.study import Study, examine
from layout.inputs.study.townships import township_names
from layout.output.maps.townships import rivers, township_areas, township_borders, townships
from tests.inputs.test_ground import named, refused
from tests.worlds.fake_plan import fake_study
from tests.worlds.study_check import copied

pytestmark = pytest.mark.slow


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


def layer(study: Study, *, shift: float = 0.0) -> gpd.GeoDataFrame:
    """A box around the settlements of each township, which leave gaps."""
    homes = study.settlements.groupby("township_code")
    shapes = {code: box(*part.total_bounds) for code, part in homes}
    return gpd.GeoDataFrame(
        {"乡镇代码": list(shapes), "乡镇名称": [f"乡{at}" for at in range(len(shapes))]},
        geometry=[shapely.affinity.translate(shape, shift) for shape in shapes.values()],
        crs="EPSG:4326",
    )


def test_townships_are_read_and_drawn_as_given(study: Path) -> None:
    given = layer(Study.read(study))
    named(study, given, "townships")
    read = Study.read(study)
    assert read.townships is not None
    assert list(read.townships.index) == sorted(given["乡镇代码"])
    assert township_names(read)[given["乡镇代码"][3]] == "乡3"
    page = townships(read)
    assert page["sketched"] is False
    assert "乡3" in page["name"]
    areas = township_areas(read)
    land = read.units.to_crs(read.crs).union_all()
    assert areas.area.sum() == pytest.approx(
        given.to_crs(read.crs).intersection(land).area.sum(), rel=1e-6
    )
    # Names of settlements go before those of the layer.
    homes = read.settlements.assign(township="自名镇")
    assert set(township_names(replace(read, settlements=homes)).values()) == {"自名镇"}


def test_a_layer_without_gaps_gives_its_common_borders(study: Path) -> None:
    plain = Study.read(study)
    sketched = township_areas(plain)
    named(study, sketched[["township_code", "geometry"]], "townships")
    read = Study.read(study)
    lines = gpd.GeoSeries(township_borders(township_areas(read)), crs=4326).to_crs(read.crs)
    own = gpd.GeoSeries(township_borders(sketched), crs=4326).to_crs(read.crs)
    assert lines.length.sum() == pytest.approx(own.length.sum(), rel=0.02)


@pytest.mark.parametrize(
    ("change", "code"),
    [("far", "mostly-outside"), ("twice", "duplicate"), ("blank", "blank")],
)
def test_townships_that_cannot_be_are_refused(study: Path, change: str, code: str) -> None:
    given = layer(Study.read(study), shift=20.0 if change == "far" else 0.0)
    if change != "far":
        given.loc[0, "乡镇代码"] = given["乡镇代码"][1] if change == "twice" else ""
    named(study, given, "townships")
    assert code in {one.code for one in refused(study) if one.severity == "error"}


def test_a_code_that_no_settlement_has_is_told(study: Path) -> None:
    given = layer(Study.read(study))
    given.loc[0, "乡镇代码"] += "000"
    named(study, given, "townships")
    seen = examine(study)
    assert seen.study is not None
    told = [(one.code, one.value) for one in seen.problems if one.code == "unused-township"]
    assert told == [("unused-township", given["乡镇代码"][0])]


def test_rivers_need_no_names_and_end_with_the_study(study: Path) -> None:
    west, south, east, north = Study.read(study).units.total_bounds
    middle = (south + north) / 2
    shapes = [
        LineString([(west - 1, middle), (east + 1, middle)]),
        LineString([(west, south), (west + 0.1, middle), (east, north)]),
    ]
    named(study, gpd.GeoDataFrame({"name": ["", "右江"]}, geometry=shapes, crs=4326), "rivers")
    read = Study.read(study)
    assert read.rivers is not None
    assert list(read.rivers["name"]) == ["", "右江"]
    drawn = rivers(read)
    assert len(drawn["count"]) >= 2
    at, ends = 0, []
    for count in drawn["count"]:
        x = sum(drawn["x"][at : at + count]) / 1e4
        ends += [drawn["x"][at] / 1e4, x]
        at += count
    assert west - 0.001 <= min(ends)
    assert max(ends) <= east + 0.001


def test_areas_are_no_rivers(study: Path) -> None:
    named(
        study,
        gpd.GeoDataFrame({"name": ["湖"]}, geometry=[box(106, 23, 106.1, 23.1)], crs=4326),
        "rivers",
    )
    assert "geometry-kind" in {one.code for one in refused(study)}


def test_a_study_without_rivers_has_none() -> None:
    assert rivers(fake_study()) == {"count": [], "x": [], "y": []}
