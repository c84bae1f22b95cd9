"""One road past six villages, in every form that road files have: the same ways and minutes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import pandas as pd
import pytest
from shapely import LineString, Point

from layout.app.datareport.roads import RoadReport, road_report
from layout.app.newstudy import new_study
from layout.inputs.study.study import Study
from layout.network.travel import travel_matrix
from tests import ROOT
from tests.worlds.eight_schools import put

pytestmark = pytest.mark.slow

SOUND = ROOT / "tests" / "worlds" / "data" / "extracts" / "sound.osm"
LAT = 20.0005
WEST, MIDDLE, EAST = 9.99, 10.08, 10.19
WHOLE_M = 16_017
"""From the first village to the last school, along the road."""

Writer = Callable[[Path], None]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of the extract, with everything but roads of another form."""
    return new_study(SOUND, tmp_path_factory.mktemp("forms") / "study", language="en").parent


def with_roads(written: Path, folder: Path, name: str, write: Writer) -> Study:
    """The study with another road file."""
    shutil.copytree(written, folder / "study")
    study = folder / "study" / "study.toml"
    write(folder / "study" / name)
    put(study, '"roads/sound.osm"', f'"{name}"')
    return Study.read(study)


def line(west: float, east: float) -> LineString:
    return LineString([(west + (east - west) * at / 20, LAT) for at in range(21)])


def lines(*shapes: LineString, **columns: str) -> Writer:
    """A layer of these lines, each with the same attributes."""
    frame = gpd.GeoDataFrame(
        {name: [value] * len(shapes) for name, value in columns.items()},
        geometry=list(shapes),
        crs="EPSG:4326",
    )
    return lambda path: frame.to_file(path, layer="roads", encoding="utf-8")


def graph(*, directed: bool, backwards: bool) -> Writer:
    """A graph of two edges as osmnx saves it; undirected ones may be drawn from their end."""
    kind = nx.MultiDiGraph if directed else nx.MultiGraph
    held = kind(crs="EPSG:4326")
    places = {1: WEST, 2: MIDDLE, 3: EAST}
    for node, x in places.items():
        held.add_node(node, x=x, y=LAT)
    for u, v in ((1, 2), (2, 3), *(((2, 1), (3, 2)) if directed else ())):
        shape = line(places[u], places[v])
        held.add_edge(
            u,
            v,
            length=abs(places[u] - places[v]) * 104_646.8,
            highway="secondary",
            geometry=(shape.reverse() if backwards else shape).wkt,
            oneway="False",
        )
    return lambda path: nx.write_graphml(held, path)


def saved_graph(path: Path) -> None:
    """Layers as `osmnx.save_graph_geopackage` writes them, nodes first."""
    nodes = gpd.GeoDataFrame({"osmid": [1]}, geometry=[Point(WEST, LAT)], crs="EPSG:4326")
    nodes.to_file(path, layer="nodes")
    edges = gpd.GeoDataFrame({"highway": ["secondary"]}, geometry=[line(WEST, EAST)], crs=4326)
    edges.to_file(path, layer="edges")


WHOLE = line(WEST, EAST)
STEPS = [WEST + (EAST - WEST) * at / 10 for at in range(11)]
# Half a metre and 0.3 m of longitude; each part ends short of the next.
SHORT = [line(a, b - 0.5 / 104_647) for a, b in pairwise(STEPS)]
BESIDE = [line(a + 0.3 / 104_647, b) for a, b in pairwise(STEPS)]
FORMS: dict[str, tuple[str, Writer]] = {
    "directed": ("roads.graphml", graph(directed=True, backwards=False)),
    "undirected": ("roads.graphml", graph(directed=False, backwards=False)),
    "drawn from v to u": ("roads.graphml", graph(directed=False, backwards=True)),
    "layers of a graph": ("roads.gpkg", saved_graph),
    "道路等级": ("roads.gpkg", lines(WHOLE, 道路等级="三级公路")),
    "等级": ("roads.geojson", lines(WHOLE, 等级="三级")),
    "RTEG": ("roads.shp", lines(WHOLE, RTEG="三级")),
    "TECHGRADE": ("roads.fgb", lines(WHOLE, TECHGRADE="三级")),
    "行政等级": ("roads.gpkg", lines(WHOLE, 行政等级="县道")),
    "GB": ("roads.gpkg", lines(WHOLE, GB="420301")),
    "list": ("roads.gpkg", lines(WHOLE, highway="['secondary', 'primary']")),
    "ends 0.5 m short": ("roads.gpkg", lines(*SHORT, highway="secondary")),
    "ends 0.3 m beside": ("roads.gpkg", lines(*BESIDE, highway="secondary")),
    "twins": ("roads.gpkg", lines(WHOLE, WHOLE.reverse(), highway="secondary", oneway="yes")),
}


@pytest.mark.more
@pytest.mark.parametrize("form", FORMS)
def test_the_ways_are_those_of_the_extract(written: Path, tmp_path: Path, form: str) -> None:
    study = with_roads(written, tmp_path, *FORMS[form])
    assert metres(study) == pytest.approx(WHOLE_M, abs=2)
    plain = bus(Study.read(written / "study.toml"))
    assert bus(study)["minutes"].to_numpy() == pytest.approx(plain["minutes"].to_numpy(), abs=0.1)
    told = road_report(study)
    assert [one.code for one in told.problems if one.severity != "note"] == []


@pytest.mark.more
def test_what_was_joined_left_and_not_found_is_noted(written: Path, tmp_path: Path) -> None:
    told = {
        form: codes(road_report(with_roads(written, tmp_path / form, *FORMS[form])))
        for form in ("ends 0.5 m short", "twins", "道路等级", "directed")
    }
    assert told == {
        "ends 0.5 m short": {"no-one-way", "ends-joined"},
        "twins": {"lines-twice"},
        "道路等级": {"no-one-way"},
        "directed": set(),
    }


def test_a_road_of_unknown_class_is_an_error(written: Path, tmp_path: Path) -> None:
    study = with_roads(written, tmp_path, "roads.gpkg", lines(WHOLE, grade="?"))
    assert codes(road_report(study)) == {"unclassified-ways", "no-one-way"}


def bus(study: Study) -> pd.DataFrame:
    return travel_matrix(study, mode="bus").pairs()


def metres(study: Study) -> float:
    """Length of the way from the first village to the last school."""
    pairs = bus(study).set_index(["origin", "site"])["metres"]
    return float(pairs["n1", "n12"])


def codes(report: RoadReport) -> set[str]:
    return {one.code for one in report.problems}
