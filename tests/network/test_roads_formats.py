"""The same roads from other formats: road lines, osmnx's graphs, GraphML."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from shapely import LineString, MultiLineString, Point

from layout.core.errors import InputError
from layout.core.standards import Standards
from layout.inputs.roads.coordinates import road_coordinates
from layout.inputs.roads.file import RoadSource
from layout.inputs.roads.osm import read_roads
from layout.inputs.roads.osm_objects import read_points
from layout.inputs.roads.tables import WAY_TAGS
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork, from_graph, network, read_network
from layout.network.travel import Mode, route
from tests.worlds.data_osm import lonlat, write_roads, write_small_extract

pytestmark = pytest.mark.slow

CRS = "EPSG:4507"
NORMS = Standards()


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def matrix(roads: RoadNetwork, extract: Path, mode: Mode) -> pd.DataFrame:
    """Ways between the places and schools of the modelled country."""
    places = read_points(extract, {"place": True}).set_index("osm_id").geometry
    schools = read_points(extract, {"amenity": ["school"]}).set_index("osm_id").geometry
    found = route(roads, places, schools, mode=mode, cutoff_minutes=90.0, standards=NORMS)
    return found.pairs()


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_extract(tmp_path_factory.mktemp("formats") / "small.osm.pbf")


@pytest.fixture(scope="module")
def lines(extract: Path) -> gpd.GeoDataFrame:
    """The roads of the modelled country as lines with their tags."""
    tables = read_roads(extract)
    xy = tables.nodes.to_numpy()[tables.way_nodes]
    shapes = [LineString(part) for part in np.split(xy, tables.way_start[1:-1])]
    return gpd.GeoDataFrame(tables.ways[list(WAY_TAGS)], geometry=shapes, crs="EPSG:4326")


def pack(folder: Path, *names: str) -> Path:
    """Pack files of a folder, all of them where none is named."""
    path = folder / "packed.zip"
    files = [folder / name for name in names] or sorted(folder.iterdir())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"roads/{file.name}")
    return path


# -- archives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small.osm.pbf", "Small.OSM.xml", "small.osm"])
def test_an_extract_in_a_zip_is_the_extract(tmp_path: Path, extract: Path, name: str) -> None:
    if name.endswith("pbf"):
        (tmp_path / name).write_bytes(extract.read_bytes())
    else:
        write_small_extract(tmp_path / name)
    packed = pack(tmp_path, name)
    before, after = (read_network(path, crs=CRS) for path in (tmp_path / name, packed))
    pd.testing.assert_frame_equal(before.edges, after.edges)
    one, two = (road_coordinates(RoadSource(path))[0] for path in (tmp_path / name, packed))
    assert one.tolist() == two.tolist()


def test_a_zip_says_what_is_wrong_within_it(tmp_path: Path, lines: gpd.GeoDataFrame) -> None:
    lines.to_file(tmp_path / "a.gpkg", layer="roads")
    lines.iloc[:5].to_file(tmp_path / "b.gpkg", layer="few")
    (tmp_path / "c.osm").write_text("<osm", encoding="utf-8")
    path = pack(tmp_path, "a.gpkg", "b.gpkg", "c.osm")
    for wanted, code in (
        ("", "zip-choice"),
        ("d.gpkg", "zip-choice"),
        ("c.osm", "xml-malformed"),
        ("a.gpkg|none", "missing-layer"),
    ):
        with pytest.raises(InputError) as error:
            read_network(RoadSource(path, wanted), crs=CRS)
        assert codes(error) == [code]
        assert error.value.problems[0].file == "packed.zip"
    whole = read_network(RoadSource(path, "a.gpkg"), crs=CRS)
    few = read_network(RoadSource(path, "b.gpkg|few"), crs=CRS)
    assert len(few.edges) < len(whole.edges)
    with pytest.raises(InputError) as error:
        read_network(tmp_path / "none.zip", crs=CRS)
    assert codes(error) == ["missing-file"]


# -- lines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["roads.gpkg", "roads.geojson", "roads.shp", "roads.fgb", "roads.parquet"]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_lines_give_the_same_ways_as_the_extract(
    tmp_path: Path, extract: Path, lines: gpd.GeoDataFrame, name: str, zipped: bool
) -> None:
    if name.endswith(".shp"):  # shapefiles cut names at ten characters
        lines = lines.rename(columns=lambda column: column[:10])
    if name.endswith(".parquet"):
        lines.to_parquet(tmp_path / name)
    else:
        lines.to_file(tmp_path / name, engine="pyogrio", encoding="utf-8")
    path = pack(tmp_path) if zipped else tmp_path / name
    assert (
        len(road_coordinates(RoadSource(path))[0])
        == shapely.get_num_coordinates(lines.geometry).sum()
    )
    from_lines = read_network(path, crs=CRS)
    from_extract = read_network(extract, crs=CRS)
    assert len(from_lines.edges) == len(from_extract.edges)
    modes: tuple[Mode, ...] = ("walk", "bus")
    for mode in modes:
        one, two = (matrix(found, extract, mode) for found in (from_lines, from_extract))
        assert one[["origin", "site"]].equals(two[["origin", "site"]])
        assert one["minutes"].to_numpy() == pytest.approx(two["minutes"].to_numpy(), abs=1e-3)
        assert one["metres"].to_numpy() == pytest.approx(two["metres"].to_numpy(), abs=0.1)


def test_neither_order_nor_cutting_of_lines_matters(
    tmp_path: Path, lines: gpd.GeoDataFrame
) -> None:
    lines.to_file(tmp_path / "a.gpkg", layer="roads")
    pieces = lines.copy()
    pieces["geometry"] = [
        MultiLineString([line.coords[:2], line.coords[1:]]) if len(line.coords) > 2 else line
        for line in lines.geometry
    ]
    pieces = pieces.explode(ignore_index=True).iloc[::-1].to_crs("EPSG:4490")
    pieces.to_file(tmp_path / "b.gpkg", layer="other")
    pieces.iloc[:1].to_file(tmp_path / "b.gpkg", layer="nothing")
    one = read_network(tmp_path / "a.gpkg", crs=CRS)
    two = read_network(RoadSource(tmp_path / "b.gpkg", "other"), crs=CRS)
    # A ring without a junction begins wherever its first piece does; all else is equal.
    assert len(one.edges) == len(two.edges)
    assert sorted(one.edges["length_m"].round(3)) == sorted(two.edges["length_m"].round(3))


def test_classes_have_many_names_and_the_unknown_ones_are_counted(tmp_path: Path) -> None:
    names = [
        "高速公路",
        "国道",
        "省道",
        "县道",
        "乡道",
        "村道",
        "机耕路",
        "Primary",
        "??",
        "",
        None,
    ]
    shapes = [LineString([lonlat(0, n), lonlat(1, n), lonlat(1, n + 1)]) for n in range(len(names))]
    frame = gpd.GeoDataFrame({"等级": names}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "roads.gpkg")
    found = read_network(tmp_path / "roads.gpkg", crs=CRS)
    assert found.counts["unclassified_ways"] == 3
    assert set(found.edges["highway"]) == {
        "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "track",
    }  # fmt: skip


def test_geofabrik_s_letters_for_the_direction(tmp_path: Path) -> None:
    shapes = [LineString([lonlat(0, n), lonlat(1, n)]) for n in range(3)]
    frame = gpd.GeoDataFrame(
        {"fclass": ["tertiary"] * 3, "oneway": ["F", "T", "B"], "maxspeed": [0, 0, 20]},
        geometry=shapes,
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "roads.shp")
    edges = read_network(tmp_path / "roads.shp", crs=CRS).edges
    assert list(zip(edges["forward"], edges["backward"], strict=True)).count((True, True)) == 1
    assert (edges["forward"] ^ edges["backward"]).sum() == 2
    assert sorted(edges["bus_kmh"].round()) == [20, 30, 30]


def test_lines_meet_at_shared_vertices_only(tmp_path: Path) -> None:
    through = LineString([lonlat(0, 0), lonlat(1, 0), lonlat(2, 0)])
    branch = LineString([lonlat(1, 0), lonlat(1, 1)])
    bridge = LineString([lonlat(0.5, -1), lonlat(0.5, 1)])
    frame = gpd.GeoDataFrame(
        {"highway": ["tertiary"] * 3}, geometry=[through, branch, bridge], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "roads.gpkg")
    found = read_network(tmp_path / "roads.gpkg", crs=CRS)
    assert len(found.edges) == 4
    assert np.bincount(found.component).tolist() == [4, 2]


def test_lines_that_are_none_are_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"highway": ["a"]}, geometry=[Point(106, 23)], crs="EPSG:4326")
    frame.to_file(tmp_path / "points.gpkg")
    frame.set_geometry([LineString([(1, 1), (2, 2)])], crs=None).to_file(
        tmp_path / "bare.shp", engine="pyogrio"
    )
    vrt = "<OGRVRTDataSource><OGRVRTLayer name='x'></OGRVRTLayer></OGRVRTDataSource>"
    (tmp_path / "virtual.shp").write_text(vrt)
    for name in ("points.gpkg", "missing.gpkg", "virtual.shp"):
        with pytest.raises(InputError):
            read_network(tmp_path / name, crs=CRS)


# -- osmnx -------------------------------------------------------------------------------------


def graph_of(edges: list[tuple[Any, Any, dict[str, Any]]]) -> nx.MultiDiGraph[Any]:
    """A graph as osmnx builds it, nodes labelled 1, 2, 3 on a line, a kilometre apart."""
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs="EPSG:4326")
    for node in {end for edge in edges for end in edge[:2]}:
        lon, lat = lonlat(float(node), 0.0)
        graph.add_node(node, x=lon, y=lat)
    for tail, head, data in edges:
        graph.add_edge(tail, head, **{"highway": "tertiary", **data})
    return graph


def both_ways(tail: int, head: int, **data: Any) -> list[tuple[Any, Any, dict[str, Any]]]:
    return [(tail, head, data), (head, tail, data)]


def test_a_graph_keeps_its_lengths_and_joins_twins() -> None:
    graph = graph_of(
        [
            *both_ways(1, 2, length=1234.5),
            (2, 3, {"length": 5.0, "oneway": True}),
            (2, 3, {"length": 2.0, "oneway": True}),
            (3, 3, {"length": 80.0}),
        ]
    )
    edges = from_graph(graph, crs=CRS).edges
    assert sorted(edges["length_m"]) == [2.0, 5.0, 80.0, 1234.5]
    twin = edges[edges["length_m"] == 1234.5].iloc[0]
    assert twin["forward"]
    assert twin["backward"]
    single = edges[edges["length_m"] == 5.0].iloc[0]
    assert single["forward"]
    assert not single["backward"]


def test_a_geometry_may_run_either_way_along_its_edge() -> None:
    # A bend of two kilometres north at the end of node 2: turned, it would begin at node 1.
    bend = [lonlat(*km) for km in ((1, 0), (2, 2), (2, 0))]
    back = {"length": 4000.0, "geometry": LineString(bend[::-1])}
    ahead = {"length": 4000.0, "geometry": LineString(bend)}
    undirected: nx.MultiGraph[Any] = nx.MultiGraph(graph_of([(1, 2, back)]))
    undirected.graph["crs"] = "EPSG:4326"
    for graph in (graph_of([(1, 2, back), (2, 1, back)]), undirected):
        one = from_graph(graph, crs=CRS)
        two = from_graph(graph_of([(1, 2, ahead), (2, 1, ahead)]), crs=CRS)
        assert one.edges.equals(two.edges)
        assert shapely.equals(one.geometry, two.geometry).all()
        assert Point(one.geometry[0].coords[0]).distance(Point(one.nodes[["x", "y"]].iloc[0])) < 1


def test_an_undirected_graph_keeps_what_osmnx_says_of_one_way_roads() -> None:
    said = [
        {"oneway": True, "from": 2, "to": 1},
        {"oneway": "True", "from": "1", "to": "2"},
        {"oneway": False, "from": 2, "to": 1},
        {"oneway": True},
    ]
    edges = [(1, 2, {"length": 1000.0 + n, **data}) for n, data in enumerate(said)]
    graph: nx.MultiGraph[Any] = nx.MultiGraph(graph_of(edges))
    table = from_graph(graph, crs=CRS).edges.sort_values("length_m")
    assert table["forward"].tolist() == [False, True, True, True]
    assert table["backward"].tolist() == [True, False, True, True]


@pytest.mark.parametrize("length", [None, "", "far", float("nan"), float("inf"), -1.0, "-3", True])
def test_an_edge_without_a_proper_length_is_an_error(length: object) -> None:
    edges = [*both_ways(1, 2, length=10.0), (2, 3, {} if length is None else {"length": length})]
    with pytest.raises(InputError) as error:
        from_graph(graph_of(edges), crs=CRS, file="roads.graphml")
    assert codes(error) == ["edge-length"]
    assert error.value.problems[0].row == "2 → 3"
    assert error.value.problems[0].file == "roads.graphml"


def test_an_edge_of_no_length_is_none() -> None:
    graph = graph_of([*both_ways(1, 2, length=0), *both_ways(2, 3, length="7.5")])
    found = from_graph(graph, crs=CRS)
    sites = gpd.GeoSeries({"s": Point(lonlat(3, 0))}, crs="EPSG:4326")
    here = gpd.GeoSeries({"a": Point(lonlat(1, 0))}, crs="EPSG:4326")
    ways = route(found, here, sites, mode="walk", cutoff_minutes=9, standards=NORMS)
    assert ways.metres[0] == pytest.approx(7.5, abs=0.01)


def test_all_bad_lengths_are_told_together() -> None:
    edges = [(n, n + 1, {"length": -n}) for n in range(1, 6)]
    with pytest.raises(InputError) as error:
        from_graph(graph_of(edges), crs=CRS)
    assert codes(error) == ["edge-length"] * 5


def test_of_merged_classes_the_slowest_counts() -> None:
    graph = graph_of(
        both_ways(1, 2, length=9.0, highway=["primary", "tertiary"], maxspeed=["60", "20"])
    )
    edges = from_graph(graph, crs=CRS).edges
    assert edges["highway"].tolist() == ["tertiary"]
    assert edges["drive_kmh"].tolist() == pytest.approx([20.0])


def test_a_graph_needs_a_crs_places_and_edges() -> None:
    graph = graph_of(both_ways(1, 2, length=9.0))
    bare = graph.copy()
    del bare.graph["crs"]
    strange = graph.copy()
    strange.graph["crs"] = "EPSG:none"
    nowhere = graph.copy()
    del nowhere.nodes[2]["x"]
    empty: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs="EPSG:4326")
    for wrong, code in (
        (bare, "crs-missing"),
        (strange, "crs-unknown"),
        (nowhere, "node-without-place"),
        (empty, "no-roads"),
    ):
        with pytest.raises(InputError) as error:
            from_graph(wrong, crs=CRS)
        assert codes(error) == [code]


@pytest.fixture(scope="module")
def osmnx_graph(tmp_path_factory: pytest.TempPathFactory) -> nx.MultiDiGraph[Any]:
    """A graph that osmnx itself built from a small extract, simplified."""
    nodes = {
        1: (0.0, 0.0), 2: (1.0, 0.1), 3: (2.0, 0.0), 4: (2.0, 1.0), 5: (1.0, 1.2), 6: (0.0, 1.0),
        7: (3.0, 0.5), 8: (1.0, 2.0),
    }  # fmt: skip
    ways = [
        ([1, 2, 3], {"highway": "tertiary"}),
        ([3, 4, 5, 6], {"highway": "residential", "oneway": "yes"}),
        ([1, 6], {"highway": "residential", "oneway": "-1"}),
        ([3, 7], {"highway": "secondary"}),
        ([5, 8], {"highway": "track"}),
    ]
    path = write_roads(tmp_path_factory.mktemp("nx") / "roads.osm", nodes, ways)
    return osmnx.graph_from_xml(path, retain_all=True)


def test_graphml_gives_the_same_network_as_the_graph(
    tmp_path: Path, osmnx_graph: nx.MultiDiGraph[Any]
) -> None:
    path = tmp_path / "roads.graphml"
    osmnx.save_graphml(osmnx_graph, path)
    one, two = from_graph(osmnx_graph, crs=CRS), read_network(path, crs=CRS)
    pd.testing.assert_frame_equal(one.edges, two.edges)
    pd.testing.assert_frame_equal(one.nodes, two.nodes)
    assert shapely.equals(one.geometry, two.geometry).all()
    projected = from_graph(osmnx.project_graph(osmnx_graph), crs=CRS)
    assert projected.edges["length_m"].to_numpy() == pytest.approx(one.edges["length_m"].to_numpy())
    assert projected.nodes.to_numpy() == pytest.approx(one.nodes.to_numpy(), abs=1e-3)


def test_networkx_finds_the_same_ways_on_osmnx_s_graph(osmnx_graph: nx.MultiDiGraph[Any]) -> None:
    roads = osmnx_graph.copy()
    tracks = [e[:3] for e in roads.edges(keys=True, data="highway") if e[3] == "track"]
    roads.remove_edges_from(tracks)
    nodes = {n: data for n, data in roads.nodes(data=True) if roads.degree(n)}
    here = gpd.GeoSeries({str(n): Point(d["x"], d["y"]) for n, d in nodes.items()}, crs="EPSG:4326")
    found = from_graph(osmnx_graph, crs=CRS)
    table = route(found, here, here, mode="drive", cutoff_minutes=99, standards=NORMS)
    for origin in nodes:
        for site in nodes:
            expected = nx.dijkstra_path_length(roads, origin, site, weight="length")
            assert table.metres_of([str(origin)], [str(site)]) == pytest.approx(expected, abs=0.1)


def graphml(body: str, prolog: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{prolog}'
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="d0" for="graph" attr.name="crs" attr.type="string"/>'
        '<key id="d1" for="node" attr.name="x" attr.type="string"/>'
        '<key id="d2" for="node" attr.name="y" attr.type="string"/>'
        '<key id="d3" for="edge" attr.name="length" attr.type="string"/>'
        '<key id="d4" for="edge" attr.name="highway" attr.type="string"/>'
        '<graph edgedefault="directed"><data key="d0">epsg:4326</data>'
        '<node id="1"><data key="d1">106.0</data><data key="d2">23.0</data></node>'
        '<node id="2"><data key="d1">106.01</data><data key="d2">23.0</data></node>'
        f"{body}</graph></graphml>"
    )


def edge(length: str, highway: str) -> str:
    return (
        f'<edge source="1" target="2"><data key="d3">{length}</data>'
        f'<data key="d4">{highway}</data></edge>'
    )


def test_values_are_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    code = f"__import__('pathlib').Path('{trap}').touch()"
    path = tmp_path / "a.graphml"
    path.write_text(graphml(edge("10", f"[{code}]") + edge("20", "['tertiary', 'primary']")))
    edges = read_network(path, crs=CRS).edges
    assert "tertiary" in set(edges["highway"])
    path.write_text(graphml(edge(code, "tertiary")))
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert codes(error) == ["edge-length"]
    assert not trap.exists()


def test_graphml_that_would_swell_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(graphml(edge("10", "[" + "1, " * 2_000_000 + "1]")))
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert codes(error) == ["graph-value-too-long"]
    monkeypatch.setattr("layout.network.roads.graphs.GRAPHML_LIMIT_BYTES", 1_000_000)
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert codes(error) == ["graphml-too-large"]


@pytest.mark.parametrize("label", ["--2", "2" * 5_000, "-", "²"])
def test_any_label_of_a_node_is_one(tmp_path: Path, label: str) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(graphml(edge("10", "tertiary")).replace('"2"', f'"{label}"'))
    assert len(read_network(path, crs=CRS).edges) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (graphml("", '<!DOCTYPE x [<!ENTITY a "aaa">]>'), "xml-doctype"),
        ("graphml", "xml-malformed"),
        ("<graphml><graph", "graphml-malformed"),
        (graphml(edge("10", "tertiary")).replace("</graphml>", ""), "graphml-malformed"),
        (graphml(""), "no-roads"),
        (graphml(edge("10", "proposed")), "no-roads"),
    ],
)
def test_graphml_that_is_none_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert codes(error) == [code]


# -- a study's network -------------------------------------------------------------------------


def test_a_county_without_roads_is_an_error(mini_study: Study) -> None:
    from dataclasses import replace

    units = mini_study.units.copy()
    units.loc["459999"] = units.iloc[0]
    units.loc["459999", "geometry"] = shapely.box(120, 30, 121, 31)
    with pytest.raises(InputError) as error:
        network(replace(mini_study, units=units))
    assert codes(error) == ["unit-without-roads"]
    assert error.value.problems[0].label == "459999"
