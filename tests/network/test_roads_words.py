"""What road files call classes and directions, and what the study file may say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import LineString, Point

from layout.core.errors import InputError
from layout.core.text import set_language
from layout.inputs.roads.coordinates import road_coordinates
from layout.inputs.roads.file import RoadSource, layer_notes
from layout.inputs.roads.words import CLASSES, RoadWords, class_of
from layout.network.roads import DESIGN_KMH, RoadNetwork, read_network
from tests.worlds.data_osm import lonlat
from tests.worlds.travel_world import CRS


def lines(**columns: list[Any]) -> gpd.GeoDataFrame:
    """Parallel roads of two kilometres, one for each row."""
    count = len(next(iter(columns.values())))
    shapes = [LineString([lonlat(0, n), lonlat(2, n)]) for n in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def read(folder: Path, frame: gpd.GeoDataFrame, words: RoadWords | None = None) -> RoadNetwork:
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_file(folder / "roads.gpkg", layer="roads")
    return read_network(folder / "roads.gpkg", crs=CRS, words=words)


def classes(roads: RoadNetwork) -> list[str]:
    """Classes of the roads, from south to north."""
    north = roads.nodes["lat"].to_numpy()[roads.edges["u"]]
    return roads.edges["highway"].iloc[north.argsort()].astype(str).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高速公路", "motorway"),
        ("高速", "motorway"),
        ("一级公路", "trunk"),
        ("1级", "trunk"),
        ("Ⅰ级公路", "trunk"),
        ("国道", "trunk"),
        ("省道", "primary"),
        ("二级", "primary"),
        ("主干路", "primary"),
        ("县道", "secondary"),
        ("三级公路(双车道)", "secondary"),
        ("次干道", "secondary"),
        ("乡道", "tertiary"),
        ("支路", "tertiary"),
        ("村道", "unclassified"),
        ("四级公路", "unclassified"),
        ("等外公路", "unclassified"),
        ("机耕路", "track"),
        ("人行道", "footway"),
        ("G", "trunk"),
        ("Ｘ", "secondary"),
        ("c", "unclassified"),
        ("420101", "trunk"),
        ("420202", "primary"),
        ("420301.0", "secondary"),
        ("420400", "tertiary"),
        ("430502", "secondary"),
        ("4305030000", "tertiary"),
        ("440100", "track"),
        ("440300", "path"),
        ("410100", ""),
        ("['secondary', 'tertiary']", "tertiary"),
        ('["primary", "trunk"]', "primary"),
        ("[residential, ??]", "residential"),
        ("secondary;primary", "secondary"),
        ("secondary|tertiary", "tertiary"),
        ("二级/三级", "secondary"),
        ("['国道' '县道']", "secondary"),
        ("Primary", "primary"),
        ("3", ""),
        ("三等", ""),
        ("", ""),
    ],
)
def test_a_class_has_many_names(text: str, expected: str) -> None:
    assert class_of(text) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("G80", "motorway"),
        ("G7211", "motorway"),
        ("S60", "motorway"),
        ("G323", "trunk"),
        ("G323451002", "trunk"),
        ("S210", "primary"),
        ("X612451002", "secondary"),
        ("Y001", "tertiary"),
        ("C001451002", "unclassified"),
    ],
)
def test_a_route_number_tells_who_keeps_the_road(number: str, expected: str) -> None:
    assert class_of(number, number=True) == expected
    assert class_of(number) == ""


def test_the_slowest_class_comes_first() -> None:
    speeds = [DESIGN_KMH.get(name, 0.0) for name in CLASSES]
    assert speeds == sorted(speeds)
    assert set(DESIGN_KMH) <= set(CLASSES)


@pytest.mark.parametrize("column", ["道路等级", "TECHGRADE", "RTEG", "等级", "DLDJ", "Type"])
def test_a_class_may_stand_in_many_columns(tmp_path: Path, column: str) -> None:
    roads = read(tmp_path, lines(**{column: ["一级公路", "县道"]}))
    assert roads.counts["unclassified_ways"] == 0
    assert classes(roads) == ["trunk", "secondary"]


def test_where_one_column_says_nothing_the_next_one_counts(tmp_path: Path) -> None:
    frame = lines(
        技术等级=["二级", "", None, "?", ""],
        行政等级=["X", "G", None, "", ""],
        GB=["420101", "420101", 420301, "", ""],
        路线编号=["", "", "", "X612451002", ""],
    )
    roads = read(tmp_path, frame)
    assert classes(roads) == ["primary", "trunk", "secondary", "secondary", "unclassified"]
    assert roads.counts["unclassified_ways"] == 1


def test_the_study_file_names_columns_and_what_values_mean(tmp_path: Path) -> None:
    frame = lines(CapDuong=[1, 2, 3, 9], MotChieu=[0, 1, 2, None], highway=["trunk"] * 4)
    words = RoadWords(
        columns={"highway": "capduong", "oneway": "MotChieu"},
        values={
            "highway": {"1": "primary", "2": "三级", "3": "residential"},
            "oneway": {"1": "yes", "2": "-1"},
        },
    )
    roads = read(tmp_path, frame, words)
    assert classes(roads) == ["primary", "secondary", "residential", "unclassified"]
    assert roads.counts["unclassified_ways"] == 1
    edges = roads.edges.set_index(roads.nodes["lat"].to_numpy()[roads.edges["u"]]).sort_index()
    # Edges run from west to east.
    assert edges["forward"].tolist() == [True, True, False, True]
    assert edges["backward"].tolist() == [True, False, True, True]
    other = RoadWords(columns=words.columns, values=words.values, other_class="tertiary")
    assert classes(read(tmp_path / "other", frame, other))[3] == "tertiary"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (RoadWords(columns={"highway": "KapDuong"}), "named-column"),
        (RoadWords(values={"highway": {"3": "big"}}), "road-class"),
    ],
)
def test_what_the_study_file_says_must_be_there(
    tmp_path: Path, words: RoadWords, code: str
) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, lines(CapDuong=["3"]), words)
    assert [one.code for one in error.value.problems] == [code]


def ways(roads: RoadNetwork) -> list[tuple[bool, bool]]:
    """Open along and against its line, for each road from south to north."""
    north = roads.nodes["lat"].to_numpy()[roads.edges["u"]]
    edges = roads.edges.iloc[north.argsort()]
    return list(zip(edges["forward"].tolist(), edges["backward"].tolist(), strict=True))


BOTH, AHEAD, BACK = (True, True), (True, False), (False, True)


@pytest.mark.parametrize(
    ("values", "open_ways"),
    [
        (["单行", "双行"], [AHEAD, BOTH]),
        (["true", "false"], [AHEAD, BOTH]),
        ([True, False], [AHEAD, BOTH]),
        ([1, -1, 0], [AHEAD, BACK, BOTH]),
        ([1.0, -1.0, None], [AHEAD, BACK, BOTH]),
        (["[True]"], [AHEAD]),
        (["√", ""], [AHEAD, BOTH]),
        (["Y", "N"], [AHEAD, BOTH]),
        (["有", "无"], [AHEAD, BOTH]),
        (["单行线", "双行线", "逆行"], [AHEAD, BOTH, BACK]),
        # Directions where B stands beside them, else true and false.
        (["F", "T", "B"], [AHEAD, BACK, BOTH]),
        (["F", "T", "F"], [BOTH, AHEAD, BOTH]),
        (["F"], [BOTH]),
    ],
)
def test_a_direction_has_many_names(
    tmp_path: Path, values: list[Any], open_ways: list[tuple[bool, bool]]
) -> None:
    roads = read(tmp_path, lines(highway=["tertiary"] * len(values), oneway=values))
    assert ways(roads) == open_ways
    assert roads.counts["unknown_directions"] == 0


@pytest.mark.parametrize("name", ["限速", "maxspeed", "Max_Speed"])
@pytest.mark.parametrize("value", ["15", "15.0", "15 km/h", "15公里/小时", "１５千米/时"])
def test_a_limit_has_several_names_and_units(tmp_path: Path, name: str, value: str) -> None:
    roads = read(tmp_path, lines(highway=["primary", "primary"], **{name: [value, "0.0"]}))
    assert sorted(roads.edges["bus_kmh"]) == pytest.approx([15, 60])


def test_of_listed_limits_the_lowest_counts(tmp_path: Path) -> None:
    roads = read(tmp_path, lines(highway=["primary"], maxspeed=["['50', '30']"]))
    assert roads.edges["bus_kmh"].iloc[0] == pytest.approx(30)


# -- layers --------------------------------------------------------------------------------------


def several(folder: Path) -> Path:
    """Layers as osmnx saves them, nodes first, and rivers before the roads."""
    path = folder / "all.gpkg"
    points = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(lonlat(0, 0))], crs="EPSG:4326")
    points.to_file(path, layer="nodes")
    lines(river=["x"]).to_file(path, layer="rivers")
    lines(highway=["secondary", "primary"]).to_file(path, layer="edges")
    return path


def test_of_several_layers_that_of_the_roads_is_read_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    path = several(tmp_path)
    assert classes(read_network(path, crs=CRS)) == ["secondary", "primary"]
    assert len(road_coordinates(RoadSource(path))[0]) == 4
    (note,) = layer_notes(RoadSource(path))
    set_language("en")
    assert (note.code, note.severity, note.value) == ("other-layers", "note", "edges")
    assert "nodes, rivers" in str(note.reason)
    assert layer_notes(RoadSource(path, "rivers")) == []
    # Another layer that may be the roads as well is doubted.
    lines(highway=["track", "path"]).to_file(path, layer="paths")
    (doubt,) = layer_notes(RoadSource(path))
    assert (doubt.severity, doubt.value) == ("warning", "edges")
    assert len(read_network(RoadSource(path, "rivers"), crs=CRS).edges) == 1


def test_a_file_without_lines_names_its_layers_once(tmp_path: Path) -> None:
    path = several(tmp_path)
    set_language("en")
    for source in (RoadSource(path, "nodes"), RoadSource(path)):
        if not source.layer:
            path.unlink()
            points = gpd.GeoSeries([Point(lonlat(0, n)) for n in range(3)], crs="EPSG:4326")
            points.to_file(path, layer="nodes")
        with pytest.raises(InputError) as error:
            read_network(source, crs=CRS)
        (problem,) = error.value.problems
        assert problem.code == "road-layer"
        assert "nodes (Point)" in str(problem.reason)
