"""What check and plan tell of a road file as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely import Point
from shapely.ops import substring

import layout
from layout.app.cli.command import main
from layout.core.errors import InputError
from layout.inputs.roads.file import RoadSource
from layout.inputs.roads.words import RoadWords
from layout.network.roads import from_graph, network, road_problems
from tests.worlds.study_check import Capture, check, copied

pytestmark = pytest.mark.slow

ROADS = "roads/roads.gpkg"
SHORT = 3 / 111_000
"""Three metres in degrees."""
SAID = """
[columns.roads]
highway = "CapDuong"
oneway = "oneway"

[values.roads.highway]
1 = "secondary"
2 = "乡道"
3 = "unclassified"
"""


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    """The small study, whose roads have classes of their own in columns of other names."""
    path = copied(mini_path, tmp_path)
    lines = read(path)
    codes = lines["highway"].map({"secondary": "1", "tertiary": "2"}).fillna("3")
    write(path, lines.drop(columns="highway").assign(TenDuong="x", CapDuong=codes))
    return path


def read(study: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(study.parent / ROADS)


def write(study: Path, lines: gpd.GeoDataFrame) -> None:
    (study.parent / ROADS).unlink()
    lines.to_file(study.parent / ROADS, layer="roads")


def add(study: Path, text: str) -> None:
    study.write_text(study.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_roads_without_any_known_class_are_refused(study: Path, capsys: Capture) -> None:
    count = len(read(study))
    told = check(study, capsys, "--roads")
    assert told.code == 1
    assert told.says(
        "error [unclassified-ways]",
        f"{count} of {count} roads (100%)",
        "TenDuong (x), CapDuong (",
        "[columns.roads]",
    )
    with pytest.raises(InputError, match="unclassified-ways"):
        network(layout.Study.read(study))


def test_with_the_error_stands_what_else_was_not_found(study: Path, capsys: Capture) -> None:
    write(study, read(study)[["CapDuong", "geometry"]])
    told = check(study, capsys, "--roads")
    assert told.says("error [unclassified-ways]")
    assert told.says("note [no-one-way]")


def test_roads_in_an_old_system_are_warned_of(mini_path: Path, tmp_path: Path) -> None:
    path = copied(mini_path, tmp_path)
    write(path, read(path).to_crs(4610))
    study = layout.Study.read(path)
    doubts = [(one.code, one.severity) for one in road_problems(study, network(study))]
    assert ("crs-ballpark", "warning") in doubts


def test_one_class_for_all_of_them_can_be_stated(study: Path, capsys: Capture) -> None:
    add(study, '\n[roads]\nother_class = "tertiary"\n')
    told = check(study, capsys, "--roads")
    assert told.code == 0
    assert told.says("warning [unclassified-ways]", "taken as tertiary")
    assert set(network(layout.Study.read(study)).edges["highway"]) == {"tertiary"}


@pytest.mark.more
def test_columns_and_values_of_the_study_file_are_understood(study: Path, capsys: Capture) -> None:
    add(study, SAID)
    told = check(study, capsys, "--roads")
    assert told.code == 0
    assert "unclassified-ways" not in told.err
    roads = network(layout.Study.read(study))
    assert set(roads.edges["highway"]) == {"secondary", "tertiary", "unclassified"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[columns.roads]\nklass = "a"\n', "unknown-value"),
        ('[roads]\nother_class = "big"\n', "unknown-value"),
        ("[roads]\njoin_m = -1.0\n", "out-of-range"),
        ('[columns.roads]\nhighway = "Kap"\n', "named-column"),
        ('[values.roads.highway]\n3 = "big"\n', "road-class"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    study: Path, capsys: Capture, text: str, code: str
) -> None:
    add(study, f"\n{text}")
    told = check(study, capsys, "--roads")
    assert told.code == 1
    assert told.says(f"error [{code}]")


@pytest.mark.more
def test_a_few_unknown_classes_and_pieces_are_warned_of_by_check_and_plan(
    mini_path: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = copied(mini_path, tmp_path, attendance=True)
    lines = read(path)
    # A third of the roads are unknown; all end three metres short of where they led to.
    kinds = lines["highway"].where(np.arange(len(lines)) % 3 > 0, "Kl. 7")
    shapes = [substring(line, SHORT, line.length - SHORT) for line in lines.geometry]
    write(path, lines.drop(columns="oneway").assign(highway=kinds, geometry=shapes))
    told = check(path, capsys, "--roads")
    assert told.code == 0
    few = len(range(0, len(lines), 3))
    assert told.says("warning [unclassified-ways]", f"{few} of {len(lines)}", f"Kl. 7 ({few})")
    assert told.says("warning [roads-in-pieces]", "pieces that do not meet", "join_m")
    assert told.says("note [no-one-way]", "both ways")
    with pytest.raises(SystemExit):
        main(["plan", str(path), "--lang", "en", "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert "warning [unclassified-ways]" in said
    assert "warning [roads-in-pieces]" in said
    add(path, "\n[roads]\njoin_m = 8\n")
    told = check(path, capsys, "--roads")
    assert told.says("note [ends-joined]", "at most 8 m")
    assert "roads-in-pieces" not in told.err


def test_directions_that_are_not_known_are_told(study: Path, capsys: Capture) -> None:
    lines = read(study)
    # As navigation maps have it: 2 with the line, 3 against it.
    codes = ["2", "3"] + ["1"] * (len(lines) - 2)
    write(study, lines.assign(oneway=codes))
    add(study, SAID)
    told = check(study, capsys, "--roads")
    assert told.code == 0
    assert told.says("warning [one-way-values]", "2 road lines", "2 (1), 3 (1)", "values.roads")
    add(study, '\n[values.roads.oneway]\n1 = "no"\n2 = "yes"\n3 = "-1"\n')
    assert "one-way-values" not in check(study, capsys, "--roads").err


@pytest.mark.more
def test_layers_and_twins_are_told(mini_path: Path, tmp_path: Path, capsys: Capture) -> None:
    path = copied(mini_path, tmp_path)
    lines = read(path)
    file = path.parent / ROADS
    file.unlink()
    # As osmnx saves a graph: nodes first, each road once for each direction.
    nodes = gpd.GeoSeries([Point(line.coords[0]) for line in lines.geometry], crs=lines.crs)
    nodes.to_file(file, layer="nodes")
    turned = lines.assign(geometry=lines.geometry.reverse())[lines["oneway"] == "no"]
    pd.concat([lines, turned]).to_file(file, layer="edges")
    told = check(path, capsys, "--roads")
    assert told.code == 0
    assert told.says("note [other-layers]", "“edges”", "nodes")
    assert told.says("note [lines-twice]", f"{len(turned)} road lines")
    before, after = (network(layout.Study.read(study)) for study in (mini_path, path))
    assert before.edges.equals(after.edges)
    assert not any(one.severity != "note" for one in road_problems(layout.Study.read(path), after))


def test_a_graph_without_classes_is_an_error_too(mini_study: layout.Study, tmp_path: Path) -> None:
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="EPSG:4326")
    for node in range(4):
        graph.add_node(node, x=106 + node / 100, y=23.0)
    for node, highway in enumerate(["", "", "primary"]):
        graph.add_edge(node, node + 1, length=1000.0, **({"highway": highway} if highway else {}))
    (tmp_path / "a.graphml").write_text("<graphml/>", encoding="utf-8")
    study = replace(mini_study, roads=RoadSource(tmp_path / "a.graphml"))
    (told,) = road_problems(study, from_graph(graph, crs=study.crs))
    assert (told.code, told.severity) == ("unclassified-ways", "error")
    assert "2 of 3 edges" in str(told.reason)
    stated = replace(study, road_words=RoadWords(other_class="tertiary"))
    roads = from_graph(graph, crs=study.crs, other_class="tertiary")
    assert [one.severity for one in road_problems(stated, roads)] == ["warning"]
    assert set(roads.edges["highway"]) == {"tertiary", "primary"}
