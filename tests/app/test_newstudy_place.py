"""A study of a place that is downloaded: osmnx asks servers that run in this process."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmnx
import pandas as pd
import pytest

from layout.app.cli.command import main
from layout.app.newstudy import new_study
from layout.inputs.study.study import Study
from layout.network.roads import download, read_network
from tests.worlds.data_osm import SMALL
from tests.worlds.osm_server import (
    CONTINENT,
    COUNTRY,
    NO_ROADS,
    POINT,
    SEA,
    Servers,
    osm_servers,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def pauses() -> list[float]:
    """Seconds that osmnx would have waited."""
    return []


@contextmanager
def asked_here(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Servers]:
    """The servers, in place of the real ones; a folder of its own to look into afterwards."""
    patch.chdir(folder)
    with osm_servers(SMALL) as running:
        patch.setattr(osmnx.settings, "nominatim_url", running.url)
        patch.setattr(osmnx.settings, "overpass_url", f"{running.url}/api")
        yield running


@pytest.fixture
def servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> Iterator[Servers]:
    monkeypatch.setattr(time, "sleep", pauses.append)
    with asked_here(monkeypatch, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of a place, made by the command; read only."""
    folder = tmp_path_factory.mktemp("online")
    with pytest.MonkeyPatch.context() as patch, asked_here(patch, folder) as running:
        before = state()
        assert run("new", "--place", COUNTRY, "--out", "s") == 0
        # Roads, border and objects: one question each.
        assert (running.searched, len(running.queries)) == ([COUNTRY], 3)
        assert state() == before
    assert [path.name for path in folder.iterdir()] == ["s"]
    return folder / "s"


def run(*words: str) -> object:
    with pytest.raises(SystemExit) as left:
        main([*words, "--lang", "en"])
    return left.value.code


def state() -> dict[str, Any]:
    """All settings of osmnx, and who resolves names."""
    settings = {name: value for name, value in vars(osmnx.settings).items() if name[0] != "_"}
    return {**settings, "resolver": socket.getaddrinfo}


@pytest.mark.more
def test_the_whole_job_runs_on_a_place(
    online: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maps = tmp_path / "maps"
    assert run("check", str(online / "study.toml")) == 0
    assert run("plan", str(online / "study.toml"), "--out", str(maps)) == 0, capsys.readouterr().err
    assert {"index.html", "plan.xlsx", "run.json"} <= {path.name for path in maps.iterdir()}


@pytest.mark.more
def test_a_place_gives_the_study_of_its_extract(online: Path, tmp_path: Path) -> None:
    extract = new_study(SMALL, tmp_path / "extract", language="en").parent
    for name in ("settlements/settlements.csv", "schools/schools.csv", "schools/attendance.csv"):
        tables = [pd.read_csv(folder / name) for folder in (online, extract)]
        # Points within areas may differ in the last digit.
        pd.testing.assert_frame_equal(*tables, atol=2e-7, rtol=0)
    shapes = [gpd.read_file(folder / "boundaries/units.gpkg") for folder in (online, extract)]
    assert shapes[0]["county_code"].tolist() == shapes[1]["county_code"].tolist()
    areas = [frame.to_crs("EPSG:4508").area.sum() for frame in shapes]
    assert areas[0] == pytest.approx(areas[1], rel=1e-6)
    borders = [
        gpd.read_file(folder / "boundaries/border.gpkg").to_crs("EPSG:4508").union_all()
        for folder in (online, extract)
    ]
    assert borders[0].hausdorff_distance(borders[1]) < 0.05


def test_the_roads_are_those_of_the_extract(online: Path) -> None:
    downloaded = read_network(online / "roads/roads.graphml", crs="EPSG:4508")
    extract = read_network(SMALL, crs="EPSG:4508")
    for mode in ("walk", "bus", "drive"):
        lengths = [
            edges.loc[edges[mode]].groupby("highway", observed=True)["length_m"].sum().to_dict()
            for edges in (downloaded.edges, extract.edges)
        ]
        # osmnx measures on a sphere, 0.4 % too much along a meridian so near to the equator.
        assert lengths[0] == pytest.approx(lengths[1], rel=5e-3)


@pytest.mark.more
def test_the_same_answers_give_the_same_bytes(online: Path, servers: Servers) -> None:
    assert run("new", "--place", COUNTRY, "--out", "again") == 0
    files = [path.relative_to(online) for path in online.rglob("*") if path.is_file()]
    assert len(files) == 8
    for file in files:
        assert (online / file).read_bytes() == (Path("again") / file).read_bytes(), file


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Nowhere", "place-unknown"),
        (POINT, "place-no-area"),
        (CONTINENT, "place-large"),
        (NO_ROADS, "no-roads"),
        (SEA, "no-roads"),
    ],
)
def test_places_that_are_refused(
    place: str, code: str, servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state()
    assert run("new", "--place", place, "--out", "s") == 1
    told = capsys.readouterr().err
    assert f"error [{code}] {place}" in told
    assert "Remedy" in told
    assert "Traceback" not in told
    assert state() == before
    assert list(tmp_path.iterdir()) == []
    assert (code == "no-roads") == bool(servers.queries)


def test_a_place_without_schools_is_refused(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    servers.elements = [e for e in servers.elements if "amenity" not in e.get("tags", {})]
    assert run("new", "--place", COUNTRY, "--out", "s") == 1
    assert "OpenStreetMap holds no schools or kindergartens there" in capsys.readouterr().err


CUT = '{"version": 0.6, "elements": [], "remark": "runtime error: Query timed out"}'


@pytest.mark.parametrize(
    ("path", "status", "text", "code", "told"),
    [
        ("/search", 429, "", "download-busy", "127.0.0.1 is busy"),
        ("/interpreter", 504, "<html>", "download-busy", "127.0.0.1 is busy"),
        ("/interpreter", 200, CUT, "download-busy", "127.0.0.1 is busy"),
        ("/search", 403, "[]", "download-failed", "HTTP 403"),
        ("/interpreter", 500, "{}", "download-failed", "HTTP 500"),
        ("/interpreter", 200, "<html>Sign in</html>", "download-failed", "of another kind"),
        ("/interpreter", 200, "{}", "download-failed", "of another kind"),
        ("/search", 200, "[broken", "download-failed", "of another kind"),
        ("/search", 200, '{"error": 1}', "download-failed", "of another kind"),
    ],
)
def test_servers_that_do_not_answer(
    path: str,
    status: int,
    text: str,
    code: str,
    told: str,
    servers: Servers,
    pauses: list[float],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = state()
    servers.always[path] = (status, text)
    assert run("new", "--place", COUNTRY, "--out", "s") == 1
    err = capsys.readouterr().err
    assert f"error [{code}] {COUNTRY}" in err
    assert told in err
    assert "Traceback" not in err
    assert state() == before
    assert list(tmp_path.iterdir()) == []
    # A busy server is asked again twice, after the pause that osmnx makes.
    assert pauses.count(55) == (2 if status in (429, 504) else 0)


def test_a_server_that_is_busy_once_is_waited_for(servers: Servers, pauses: list[float]) -> None:
    servers.refusals += [(429, "")]
    assert not download(COUNTRY, filters={"place": ["town"]}, admin_levels=[6]).features.empty
    assert pauses.count(55) == 1


def test_without_a_connection_one_sentence_says_so(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(osmnx.settings, "nominatim_url", nobody)
    assert run("new", "--place", COUNTRY, "--out", "s") == 1
    err = capsys.readouterr().err
    assert "The server 127.0.0.1 gave no usable answer: no connection." in err


@pytest.mark.parametrize(
    "words",
    [
        ["--place", COUNTRY, "--osm", "a.osm.pbf"],
        ["--place", COUNTRY, "--template"],
        ["--place", COUNTRY, "--area", "South County"],
        ["--template", "--population", "p.tif"],
        [],
    ],
)
def test_one_source_at_a_time(
    words: list[str], servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("new", "--out", "s", *words) == 2
    assert "--" in capsys.readouterr().err
    assert servers.searched == []


def test_a_folder_in_use_is_left_alone_before_anybody_is_asked(
    servers: Servers, tmp_path: Path
) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    assert run("new", "--place", COUNTRY, "--out", str(tmp_path)) == 2
    assert servers.searched == []


def test_an_area_in_several_parts_is_asked_for_once(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osmnx.settings, "max_query_area_size", 1e7)
    found = download(COUNTRY, filters={"place": ["town", "village"]}, admin_levels=[6])
    assert osmnx.settings.max_query_area_size == 1e7
    assert len(servers.queries) > 3
    places = found.points({"place": ["village"]}, languages=("en",))
    assert places["osm_id"].is_unique
    assert set(places["place"]) == {"village"}
    assert found.points({"place": True}, languages=("en",))["place"].nunique() == 2
    assert len(found.boundaries(admin_level=6, languages=("en",))) == 2


def test_the_study_reads_as_any_other(online: Path) -> None:
    study = Study.read(online / "study.toml")
    assert study.name == COUNTRY
    assert study.warnings == ()
    assert study.provenance == "modelled"
