"""Each of the six packages that the project stands on has a real job, behind a public name.

A job runs through the public name alone; Python's profiler then tells which functions of the
package it called.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import networkx as nx
import osmnx
import pytest

import layout
from layout.app.newstudy import Place, new_study
from layout.inputs.study.study import Study
from tests.worlds.data_osm import SMALL
from tests.worlds.fake_plan import fake_plan
from tests.worlds.osm_server import COUNTRY, osm_servers
from tests.worlds.study_check import copied, edit

pytestmark = pytest.mark.slow

PROJECT = "geopandas shapely osmnx folium scikit-learn networkx".split()


class World(NamedTuple):
    """What the jobs find."""

    file: Path
    study: Study
    folder: Path
    patch: pytest.MonkeyPatch


class Job(NamedTuple):
    """A public name, the functions of the package that it must call, and how it is run."""

    public: str
    functions: frozenset[str]
    run: Callable[[World], object]


def read(world: World) -> object:
    return layout.Study.read(world.file)


def judge_the_border(world: World) -> object:
    return layout.retain_border(layout.assess(world.study))


def site_kindergartens(world: World) -> object:
    return layout.site(layout.assess(world.study), "kindergarten")


def draw(world: World) -> object:
    return fake_plan(world.study).map()


def travel_on_a_graph(world: World) -> object:
    """Roads as GraphML: one road through both counties."""
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs="EPSG:4326")
    for node in range(21):
        graph.add_node(node, x=105.9 + 0.02 * node, y=23.05)
    for node in range(20):
        for ends in ((node, node + 1), (node + 1, node)):
            graph.add_edge(*ends, length=2046.0, highway="tertiary")
    file = copied(world.file, world.folder)
    osmnx.save_graphml(graph, file.parent / "roads" / "roads.graphml")
    edit(file, "roads/roads.gpkg", "roads/roads.graphml")
    return layout.travel_matrix(layout.Study.read(file), mode="walk")


def start_from_a_place(world: World) -> object:
    """OpenStreetMap's servers answer from this process; all the rest is osmnx itself."""
    world.patch.setattr(time, "sleep", lambda seconds: None)
    with osm_servers(SMALL) as servers:
        world.patch.setattr(osmnx.settings, "nominatim_url", servers.url)
        world.patch.setattr(osmnx.settings, "overpass_url", f"{servers.url}/api")
        return new_study(Place(COUNTRY), world.folder / "study")


JOBS = {
    "geopandas": Job("Study.read", frozenset({"GeoDataFrame.sjoin", "GeoDataFrame.to_crs"}), read),
    "shapely": Job(
        "retain_border", frozenset({"STRtree.query_nearest", "segmentize"}), judge_the_border
    ),
    "scikit-learn": Job(
        "site", frozenset({"DBSCAN.fit_predict", "KMeans.fit"}), site_kindergartens
    ),
    "folium": Job("Plan.map", frozenset({"Map.__init__"}), draw),
    "networkx": Job("travel_matrix", frozenset({"parse_graphml"}), travel_on_a_graph),
    "osmnx": Job(
        "newstudy.new_study",
        frozenset(
            {
                *("geocode_to_gdf", "features_from_polygon", "graph_from_polygon"),
                *("simplify_graph", "save_graphml"),
            }
        ),
        start_from_a_place,
    ),
}
MODULES = {"scikit-learn": "sklearn"}


def calls(package: str, run: Callable[[], object]) -> set[str]:
    """Names of the package's own Python functions that a job calls."""
    called: set[str] = set()

    def watch(frame: FrameType, event: str, argument: object) -> None:
        module = str(frame.f_globals.get("__name__", ""))
        if event == "call" and module.partition(".")[0] == package:
            called.add(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(before)
    return called


def test_every_package_has_a_job() -> None:
    assert sorted(JOBS) == sorted(PROJECT)


@pytest.mark.parametrize("package", PROJECT)
def test_a_public_name_puts_the_package_to_work(
    package: str,
    mini_path: Path,
    mini_study: Study,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = JOBS[package]
    world = World(mini_path, mini_study, tmp_path, monkeypatch)
    called = calls(MODULES.get(package, package), lambda: job.run(world))
    assert job.functions <= called, (job.public, sorted(job.functions - called))
