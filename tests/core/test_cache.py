"""The cache on disk: the same answers, quicker, and nothing believed that it cannot have held."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import shapely

from layout.core import cache
from layout.core.errors import InputError
from layout.core.standards import Standards
from layout.inputs.study.study import Study
from layout.network.roads import (
    Mode,
    network,
    network_key,
    read_network,
    sources,
    with_heights,
)
from layout.network.roads.classes import ROAD_NORMS
from layout.network.roads.stored import from_arrays, to_arrays
from layout.network.travel import matrix, route, stored, study_travel, travel_matrix
from layout.network.travel.legs import TRAVEL_NORMS
from tests.worlds.data_osm import write_small_extract
from tests.worlds.heights import Floats, write_heights

NAME = cache.key("roads", "a test")
ARRAYS = {"a": np.arange(5), "b": np.array(["x", "路"]), "c": np.zeros((3, 2))}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("LAYOUT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_arrays_come_back_as_they_were(folder: Path) -> None:
    assert cache.load(NAME) is None
    cache.store(NAME, ARRAYS)
    found = cache.load(NAME)
    assert found is not None
    assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
        name: (a.dtype, a.tolist()) for name, a in ARRAYS.items()
    }
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_names_tell_every_part_apart() -> None:
    names = {
        cache.key(*parts)
        for parts in [("roads", "ab", "c"), ("roads", "a", "bc"), ("travel", "ab", "c"), ("roads",)]
    }
    assert len(names) == 4
    assert cache.key("roads", "ab") == cache.key("roads", b"ab")


@pytest.mark.parametrize("way", ["off", "0", "", " OFF "])
def test_the_user_can_switch_it_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", way)
    assert cache.folder() is None
    cache.store(NAME, ARRAYS)
    assert cache.load(NAME) is None
    monkeypatch.setenv("LAYOUT_CACHE", str(folder))
    with cache.off():
        cache.store(NAME, ARRAYS)
        assert cache.load(NAME) is None
    assert not folder.exists()


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "school-layout"),
        ("win32", "LOCALAPPDATA", "school-layout"),
        ("linux", "", ".cache/school-layout"),
        ("darwin", "", "Library/Caches/school-layout"),
        ("win32", "", "AppData/Local/school-layout"),
    ],
)
def test_its_folder_is_where_caches_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str, expected: str
) -> None:
    for name in ("LAYOUT_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert cache.folder() == tmp_path / expected


def test_a_folder_that_cannot_be_written_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("here", encoding="utf-8")
    monkeypatch.setenv("LAYOUT_CACHE", str(tmp_path / "file"))
    cache.store(NAME, ARRAYS)
    assert cache.load(NAME) is None


def test_the_oldest_entries_make_room_and_others_files_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [cache.key("roads", str(n)) for n in range(4)]
    for age, name in enumerate(names[:3]):
        cache.store(name, {"a": np.zeros(1000)})
        os.utime(folder / name, (1000 + age, 1000 + age))
    (folder / "letter.npz").write_bytes(bytes(10_000))
    assert cache.load(names[0]) is not None  # used again, so no longer the oldest
    monkeypatch.setattr(cache, "LIMIT_BYTES", 27_000)
    cache.store(names[3], {"a": np.zeros(1000)})
    kept = {path.name for path in folder.iterdir()}
    assert kept == {names[0], names[2], names[3], "letter.npz"}


def test_what_a_killed_run_was_writing_makes_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remains = folder / f".{NAME}.x1"
    remains.mkdir(parents=True)
    (remains / NAME).write_bytes(bytes(10_000))
    os.utime(remains, (1000, 1000))
    (folder / ".others").mkdir()
    cache.store(NAME, ARRAYS)
    assert remains.exists()
    monkeypatch.setattr(cache, "LIMIT_BYTES", 10_000)
    cache.store(NAME, ARRAYS)
    assert {path.name for path in folder.iterdir()} == {NAME, ".others"}


class Boom:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def _pickled(path: Path) -> None:
    mark = path.parent / "boom"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.npy", "w") as stream:
        np.lib.format.write_array(stream, np.array([Boom(mark)], dtype=object), allow_pickle=True)


def _bare_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Boom(path.parent / "boom")))


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(50_000_000))


def _lying(path: Path) -> None:
    """An array whose head speaks of a petabyte."""
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.npy", "w") as stream:
        head = {"descr": "<f8", "fortran_order": False, "shape": (1 << 47,)}
        np.lib.format.write_array_header_1_0(stream, head)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flipped(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"\x93NUMPY") + 130] ^= 0xFF
    path.write_bytes(raw)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [_pickled, _bare_pickle, _bomb, _lying, _cut, _flipped, _emptied]
)
def test_damaged_entries_are_as_if_not_there(folder: Path, damage: Callable[[Path], None]) -> None:
    cache.store(NAME, ARRAYS)
    damage(folder / NAME)
    assert cache.load(NAME) is None
    assert not (folder / "boom").exists()
    cache.store(NAME, ARRAYS)
    assert cache.load(NAME) is not None


# -- roads and ways ----------------------------------------------------------------------------


def test_a_network_comes_back_as_it_was(tmp_path: Path) -> None:
    one = read_network(write_small_extract(tmp_path / "small.osm.pbf"), crs="EPSG:4507")
    other = from_arrays(to_arrays(one), crs=one.crs)
    assert other is not None
    pd.testing.assert_frame_equal(one.edges, other.edges)
    pd.testing.assert_frame_equal(one.nodes, other.nodes)
    assert (shapely.to_wkb(one.geometry) == shapely.to_wkb(other.geometry)).all()
    assert (one.component == other.component).all()
    assert one.component.dtype == other.component.dtype
    assert (other.counts, other.crs) == (dict(one.counts), one.crs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"u": np.array([0])},
        {"start": None},
        {"highway": None},
        {"component": None},
        {"xy": None},
        {"length_m": None},
        {"more": np.array([1])},
    ],
)
def test_arrays_of_no_network_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    one = read_network(write_small_extract(tmp_path / "small.osm.pbf"), crs="EPSG:4507")
    arrays = to_arrays(one)
    for name, value in wrong.items():
        arrays[name] = -arrays[name] - 1 if value is None else value  # type: ignore[assignment]
    if "xy" in wrong:
        arrays["xy"] = np.full_like(arrays["xy"], np.nan)
    assert from_arrays(arrays, crs=one.crs) is None
    del arrays["v"]
    assert from_arrays(arrays, crs=one.crs) is None


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("it was in the cache")


@pytest.mark.slow
def test_a_study_is_read_and_routed_once_for_all_runs(
    folder: Path, mini_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study.read(mini_path)
    cold = study_travel(study)
    assert len(list(folder.iterdir())) == 3
    roads = network(study)
    again = Study.read(mini_path)
    with monkeypatch.context() as patch:
        patch.setattr(sources, "read_network", refuse)
        patch.setattr(sources, "sha256_of", refuse)
        patch.setattr(matrix, "route", refuse)
        with monkeypatch.context() as without_roads:
            without_roads.setattr(matrix, "study_network", refuse)
            warm = study_travel(again)
        pd.testing.assert_frame_equal(network(study).edges, roads.edges)
        with pytest.raises(AssertionError, match="in the cache"):
            travel_matrix(study, mode="walk", cutoff_minutes=31)
        with pytest.raises(AssertionError, match="in the cache"):
            travel_matrix(study, mode="walk", sites=study.schools.geometry.iloc[1:])
    units = pd.concat([study.units, study.units.iloc[:1].rename({study.units.index[0]: "459999"})])
    units.loc["459999", "geometry"] = shapely.box(120, 30, 121, 31)
    with pytest.raises(InputError, match="unit-without-roads"):
        study_travel(replace(study, units=units))
    for one, other in ((cold.walk, warm.walk), (cold.bus, warm.bus)):
        pd.testing.assert_frame_equal(one.pairs(), other.pairs())
        pd.testing.assert_series_equal(one.origin_status, other.origin_status)
        pd.testing.assert_series_equal(one.site_status, other.site_status)
        assert (one.mode, one.cutoff_minutes) == (other.mode, other.cutoff_minutes)
        assert one.row.dtype == other.row.dtype


def test_roads_that_changed_since_the_study_was_read_are_refused(
    folder: Path, tmp_path: Path, mini_path: Path
) -> None:
    shutil.copytree(mini_path.parent, tmp_path / "study")
    study = Study.read(tmp_path / "study" / mini_path.name)
    with sqlite3.connect(tmp_path / "study/roads/roads.gpkg") as database:
        database.execute("PRAGMA user_version = 10400")
    for ask in (network, study_travel):
        with pytest.raises(InputError) as error:
            ask(study)
        assert [problem.code for problem in error.value.problems] == ["file-changed"]
    assert not folder.exists()
    network(Study.read(tmp_path / "study" / mini_path.name))
    assert len(list(folder.iterdir())) == 1


class Watched(Standards):
    """Norms that write down which of them were read."""

    def __getattribute__(self, name: str) -> object:
        if name in NORMS:
            READ.add(name)
        return super().__getattribute__(name)


def rising(east: Floats, north: Floats) -> Floats:
    return 500 + north * 0.12


NORMS = frozenset(norm.name for norm in fields(Standards))
READ: set[str] = set()


@pytest.mark.slow
def test_the_norms_in_a_name_are_those_that_are_read(mini_study: Study, tmp_path: Path) -> None:
    heights = write_heights(tmp_path / "dem.tif", rising, cell_m=100.0, side_km=80.0)
    study = replace(mini_study, standards=Watched())
    READ.clear()
    roads = read_network(study.roads, crs=study.crs, standards=study.standards)
    with_heights(roads, heights, standards=study.standards)
    assert set(ROAD_NORMS) == READ
    READ.clear()
    origins, sites = study.settlements.geometry, study.schools.geometry
    for mode in get_args(Mode):
        route(roads, origins, sites, mode=mode, cutoff_minutes=5.0, standards=study.standards)
    assert set(TRAVEL_NORMS) == READ


def test_only_norms_that_matter_change_a_name(
    mini_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(cache, "load", asked.append)
    monkeypatch.setattr(matrix, "study_network", refuse)

    def names(standards: Standards) -> tuple[str, str]:
        study = replace(mini_study, standards=standards)
        with pytest.raises(AssertionError, match="in the cache"):
            travel_matrix(study, mode="bus", cutoff_minutes=60)
        return network_key(study), asked.pop()

    usual = names(Standards())
    for norm in fields(Standards):
        value = getattr(Standards(), norm.name)
        roads, ways = names(Standards(**{norm.name: type(value)(value / 2)}))
        assert (roads != usual[0]) == (norm.name in ROAD_NORMS), norm.name
        assert (ways != usual[1]) == (norm.name in (*ROAD_NORMS, *TRAVEL_NORMS)), norm.name


@pytest.mark.slow
def test_wrong_ways_of_the_right_name_are_searched_again(folder: Path, mini_path: Path) -> None:
    study = Study.read(mini_path)
    cold = travel_matrix(study, mode="walk")
    (entry,) = folder.glob("layout-travel-*")
    held = cache.load(entry.name)
    assert held is not None
    for name, value in (
        ("row", held["row"] + len(cold.origins)),
        ("col", held["col"][::-1]),
        ("minutes", -held["minutes"]),
        ("metres", held["metres"].astype(np.float64)),
        ("site_status", held["site_status"] + np.int8(9)),
        ("origin_status", held["origin_status"][1:]),
    ):
        wrong = {**held, name: value}
        assert (
            stored.from_arrays(wrong, mode="walk", origins=cold.origins, sites=cold.sites) is None
        )
        cache.store(entry.name, wrong)
        assert travel_matrix(study, mode="walk").pairs().equals(cold.pairs())
        again = cache.load(entry.name)
        assert again is not None
        assert (again[name] == held[name]).all()
