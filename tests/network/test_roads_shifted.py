"""Roads in GCJ-02 or BD-09 that are declared as such, and those that are declared wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from shapely import LineString

from layout.core.standards import Standards
from layout.core.text import set_language
from layout.inputs.datum import from_wgs84
from layout.inputs.roads.osm import read_roads
from layout.inputs.roads.osm_objects import read_points
from layout.inputs.roads.tables import WAY_TAGS, RoadTables
from layout.inputs.study.study import Study, examine
from layout.network.roads import RoadNetwork, network, read_network
from layout.network.travel import Mode, route
from tests.inputs.test_datum_study import declared, shifted, wide_study
from tests.worlds.data_osm import write_osm, write_roads, write_small_extract
from tests.worlds.mini import write_mini_study
from tests.worlds.study_check import check

pytestmark = pytest.mark.slow

CRS = "EPSG:4507"
Capture = pytest.CaptureFixture[str]
Move = Callable[[np.ndarray], np.ndarray]


def moved_to(datum: str) -> Move:
    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], datum))

    return move


def write_lines(path: Path, tables: RoadTables, move: Move) -> None:
    """Write roads as lines with their tags."""
    xy = move(tables.nodes.to_numpy())[tables.way_nodes]
    shapes = [LineString(part) for part in np.split(xy, tables.way_start[1:-1])]
    tags = tables.ways[list(WAY_TAGS)]
    gpd.GeoDataFrame(tags, geometry=shapes, crs="EPSG:4326").to_file(path)


def write_extract(path: Path, tables: RoadTables, move: Move) -> None:
    """Write roads as an extract."""
    ids = tables.nodes.index.to_numpy()
    places = move(tables.nodes.to_numpy())
    nodes = [(int(n), *map(float, at), {}) for n, at in zip(ids, places, strict=True)]
    ways = []
    for at, way in enumerate(tables.ways.to_dict("records")):
        held = tables.way_nodes[tables.way_start[at] : tables.way_start[at + 1]]
        tags = {key: way[key] for key in WAY_TAGS if way[key]}
        ways.append((int(way["way_id"]), ids[held].tolist(), tags))
    write_osm(path, nodes, ways)


def matrix(roads: RoadNetwork, extract: Path, mode: Mode) -> pd.DataFrame:
    """Ways between places and schools, each put where no two roads are equally near."""
    places, schools = (
        read_points(extract, tags).set_index("osm_id").geometry.translate(1.3e-4, 0.7e-4)
        for tags in ({"place": True}, {"amenity": ["school"]})
    )
    norms = Standards()
    found = route(roads, places, schools, mode=mode, cutoff_minutes=90.0, standards=norms)
    return found.pairs()


@pytest.mark.parametrize(("name", "datum"), [("roads.gpkg", "BD-09"), ("roads.osm.pbf", "GCJ-02")])
def test_shifted_roads_give_the_same_ways_to_within_a_metre(
    tmp_path: Path, name: str, datum: str
) -> None:
    extract = write_small_extract(tmp_path / "small.osm.pbf")
    write = write_lines if name.endswith(".gpkg") else write_extract
    path = tmp_path / name
    write(path, read_roads(extract), moved_to(datum))
    one = read_network(extract, crs=CRS)
    two = read_network(path, crs=CRS, datum=datum)
    wrong = read_network(path, crs=CRS)
    modes: tuple[Mode, ...] = ("walk", "bus")
    for mode in modes:
        before, after, off = (matrix(found, extract, mode) for found in (one, two, wrong))
        assert len(before) > 50
        assert before[["origin", "site"]].equals(after[["origin", "site"]])
        assert np.abs(before["metres"] - after["metres"]).max() < 1.0
        # Left as they are, they lie hundreds of metres off.
        assert off["metres"].sum() != pytest.approx(before["metres"].sum(), rel=0.01)


def test_a_shifted_graph_is_moved_and_keeps_its_lengths(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (1.0, 0.1), 3: (2.0, 0.0), 4: (2.0, 1.0)}
    roads = write_roads(tmp_path / "roads.osm", nodes, [([1, 2, 3, 4], {"highway": "tertiary"})])
    graph = osmnx.graph_from_xml(roads, retain_all=True)
    osmnx.save_graphml(graph, tmp_path / "plain.graphml")
    move = moved_to("GCJ-02")
    for _, data in graph.nodes(data=True):
        data["x"], data["y"] = move(np.array([[data["x"], data["y"]]]))[0]
    for _, _, data in graph.edges(data=True):
        data["geometry"] = shapely.transform(data["geometry"], move)
    assert isinstance(graph, nx.MultiDiGraph)
    osmnx.save_graphml(graph, tmp_path / "moved.graphml")
    one = read_network(tmp_path / "plain.graphml", crs=CRS)
    two = read_network(tmp_path / "moved.graphml", crs=CRS, datum="GCJ-02")
    assert two.nodes.to_numpy() == pytest.approx(one.nodes.to_numpy(), abs=0.01)
    assert one.edges.equals(two.edges)
    far = shapely.hausdorff_distance(one.geometry, two.geometry).max()
    assert far < 0.01


def test_a_study_with_shifted_roads_is_the_same_study(tmp_path: Path, mini_study: Study) -> None:
    path = write_mini_study(tmp_path)
    file = path.parent / "roads/roads.gpkg"
    lines = gpd.read_file(file)
    file.unlink()
    lines["geometry"] = shapely.transform(lines.geometry.to_numpy(), moved_to("GCJ-02"))
    lines.to_file(file, layer="roads")
    declared(path, '[datum]\nroads = "高德"\n')
    study = Study.read(path)
    assert study.roads_datum == "GCJ-02"
    before, after = network(mini_study), network(study)
    assert after.edges["length_m"].to_numpy() == pytest.approx(
        before.edges["length_m"].to_numpy(), abs=0.1
    )
    first = study.datums[0].as_dict()
    assert (first["table"], first["declared"], first["declared_by"]) == (
        "roads",
        "GCJ-02",
        "study file",
    )
    json.dumps(first)
    assert [record.decision for record in study.datums[1:]] == [
        record.decision for record in mini_study.datums
    ]


def move_roads(study: Path, datum: str) -> None:
    """Move the roads of the wide study."""
    file = study.parent / "wide.osm.pbf"
    tables = read_roads(file)
    file.unlink()
    write_extract(file, tables, moved_to(datum))


def told_of(study: Path) -> list[tuple[str, str]]:
    """Errors about datums, with their remedies."""
    return [
        (problem.code, str(problem.remedy))
        for problem in examine(study).problems
        if problem.code.startswith("datum") and problem.severity == "error"
    ]


@pytest.mark.more
@pytest.mark.parametrize("truth", ["GCJ-02", "WGS 84"])
def test_what_is_declared_of_the_roads_is_tested(tmp_path: Path, truth: str) -> None:
    set_language("en")
    path = wide_study(tmp_path)
    if truth != "WGS 84":
        move_roads(path, truth)
    plain = path.read_text(encoding="utf-8")
    for said in ("GCJ-02", "BD-09"):
        path.write_text(f'{plain}\n[datum]\nroads = "{said}"\n', encoding="utf-8")
        if said == truth:
            assert told_of(path) == []
            records = {record.table: record for record in Study.read(path).datums}
            assert records["roads"].decision == records["settlements"].decision == "agrees"
            assert records["roads"].detected == truth
            assert records["roads"].confidence > 0.99
        else:
            right = "delete roads" if truth == "WGS 84" else f'Write roads = "{truth}"'
            ((code, remedy),) = told_of(path)
            assert code == "datum-roads-declared"
            assert right in remedy
    path.write_text(plain, encoding="utf-8")
    found = told_of(path)
    assert [code for code, _ in found] == ([] if truth == "WGS 84" else ["datum-roads"])
    assert all(f'Write roads = "{truth}" under [datum]' in remedy for _, remedy in found)


@pytest.mark.more
def test_points_and_roads_may_be_shifted_alike(tmp_path: Path) -> None:
    set_language("en")
    path = wide_study(tmp_path)
    move_roads(path, "GCJ-02")
    shifted(path.parent, "settlements", lambda lon, lat: from_wgs84(lon, lat, "GCJ-02"))
    plain = path.read_text(encoding="utf-8")
    path.write_text(f'{plain}\n[datum]\nroads = "GCJ-02"\n', encoding="utf-8")
    ((code, remedy),) = told_of(path)
    assert code == "datum-roads-declared"
    assert "if the points are in GCJ-02 too" in remedy
    section = '[datum]\nroads = "GCJ-02"\nsettlements = "GCJ-02"\n'
    path.write_text(f"{plain}\n{section}", encoding="utf-8")
    assert told_of(path) == []


def test_a_zone_is_nothing_for_roads(tmp_path: Path, capsys: Capture) -> None:
    path = write_mini_study(tmp_path / "study")
    declared(path, '[datum]\nroads = "EPSG:4544"\n')
    told = check(path, capsys)
    assert told.code == 1
    assert told.says("error [datum-of-roads]", "datum.roads", "EPSG:4544", "Remedy")
