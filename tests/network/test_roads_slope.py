"""Speeds by slope: known answers on modelled surfaces, bridges, gaps, files that are refused."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from layout.app.datareport.roads import road_report
from layout.core import cache
from layout.core.errors import InputError
from layout.inputs.rasters.height import cell_metres, check_heights, heights_at
from layout.inputs.study.finding import find_input
from layout.inputs.study.study import Study, examine
from layout.network.roads import (
    RoadNetwork,
    child_kmh,
    height_problems,
    network,
    network_key,
    tobler_kmh,
    with_heights,
)
from layout.network.roads.slope import STEEPEST
from layout.network.roads.stored import from_arrays, to_arrays
from layout.network.travel import travel_matrix
from layout.network.travel.legs import edge_legs
from layout.network.travel.report import travel_problems
from tests import ROOT
from tests.worlds.data_osm import SOUTH, WEST, lonlat
from tests.worlds.heights import CRS, EAST, MISSING, NORTH, Surface, write_heights
from tests.worlds.travel_world import METRES_PER_MINUTE, NORMS, go, points, roads

TRACK = {"highway": "track"}
COUNTY_ROAD = {"highway": "secondary"}


def climbed(
    folder: Path, surface: Surface, *ways: Any, nodes: dict[int, Any], **changes: Any
) -> RoadNetwork:
    flat = roads(folder, nodes, *ways)
    path = write_heights(folder / "dem.tif", surface, **changes)
    check_heights(path, file="dem.tif")
    return with_heights(flat, path, standards=NORMS)


# -- speeds ------------------------------------------------------------------------------------


def test_tobler_s_hikers() -> None:
    found = tobler_kmh(np.array([-0.05, 0.0, 0.1, -0.1]))
    expected = [6.0, 6 * math.exp(-0.175), 6 * math.exp(-0.525), 6 * math.exp(-0.175)]
    assert found == pytest.approx(expected, rel=1e-12)


@given(st.floats(-3, 3), st.floats(1, 6))
def test_a_child_s_speed_is_the_norm_on_the_flat(slope: float, flat: float) -> None:
    level, here = child_kmh(np.array([0.0, slope]), flat_kmh=flat)
    assert level == pytest.approx(flat, rel=1e-12)
    within = min(max(slope, -STEEPEST), STEEPEST)
    assert here / level == pytest.approx(math.exp(-3.5 * (abs(within + 0.05) - 0.05)), rel=1e-9)


# -- known surfaces ----------------------------------------------------------------------------


def test_up_and_down_a_plane_of_ten_percent(tmp_path: Path) -> None:
    found = climbed(
        tmp_path,
        lambda east, north: 500 + 0.1 * east,
        ([1, 2], TRACK),
        nodes={1: (0, 0), 2: (2, 0)},
    )
    legs = edge_legs(found, "walk", standards=NORMS)
    flat = found.edges["length_m"].iloc[0] / METRES_PER_MINUTE
    # 2 km on the ellipsoid are a little more or less on the map, so 10 % is not quite 10 %.
    assert legs.forward[0] / flat == pytest.approx(math.exp(0.35), rel=1e-3)
    assert legs.backward[0] / flat == pytest.approx(1.0, rel=1e-3)
    places = points(foot=(0, 0), top=(2, 0))
    way = go(found, places, places)
    up, down = way.minutes_of(["foot", "top"], ["top", "foot"])
    assert up / down == pytest.approx(math.exp(0.35), rel=1e-3)
    there, back = way.metres_of(["foot", "top"], ["top", "foot"])
    assert there == pytest.approx(back)


def test_a_hill_between_level_ends_costs(tmp_path: Path) -> None:
    found = climbed(
        tmp_path,
        lambda east, north: 100 * np.exp(-(((east - 1000) / 300) ** 2)),
        ([1, 2], TRACK),
        nodes={1: (0, 0), 2: (2, 0)},
    )
    assert found.walk_pace is not None
    # The same hill either way, summed by hand over the ground as it is.
    east = np.linspace(0, 2000, 4001)
    slope = np.gradient(100 * np.exp(-(((east - 1000) / 300) ** 2)), east)
    by_hand = float(np.mean(np.exp(3.5 * (np.abs(slope + 0.05) - 0.05))))
    assert found.walk_pace[0] == pytest.approx([by_hand, by_hand], rel=0.03)
    assert by_hand > 1.2


def test_a_plane_is_the_same_at_any_cell_size_and_in_degrees(tmp_path: Path) -> None:
    lon, lat = np.transpose([lonlat(x, y) for x, y in [(0, 0), (0.513, 1.1), (-1.2, 0.37)]])
    x, y = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon, lat)
    path = tmp_path / "dem.tif"
    for cell in (5.0, 30.0, 90.0):
        write_heights(path, lambda e, n: 300 + 0.2 * e - 0.1 * n, cell_m=cell, side_km=4)
        found = heights_at(path, lon, lat, file="dem.tif")
        assert found == pytest.approx(300 + 0.2 * (x - EAST) - 0.1 * (y - NORTH), abs=0.01)
        assert cell_metres(path, file="dem.tif") == pytest.approx(cell, rel=1e-3)
    # Cells of an arc second, with the heights in decimetres above 100 m.
    transform = from_origin(WEST - 0.05, SOUTH + 0.05, 1 / 3600, 1 / 3600)
    write_heights(
        path, lambda e, n: 2000 + e + 2 * n, cell_m=30, side_km=10.8, crs="EPSG:4326",
        transform=transform, dtype="int16", scale_offset=(0.1, 100.0),
    )  # fmt: skip
    east, north = (lon - WEST + 0.05) * 108_000 - 5400, (lat - SOUTH - 0.05) * 108_000 + 5400
    expected = 100 + (2000 + east + 2 * north) / 10
    assert heights_at(path, lon, lat, file="dem.tif") == pytest.approx(expected, abs=0.05)


def test_noise_of_the_model_makes_no_slopes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    found = climbed(
        tmp_path,
        lambda east, north: noise.normal(0, 4, east.shape),
        ([1, 2], COUNTY_ROAD),
        nodes={1: (-3, 0), 2: (3, 0)},
        cell_m=30.0,
    )
    assert found.walk_pace is not None
    assert found.walk_pace.max() < 1.03
    assert found.edges["bus_kmh"].iloc[0] == 40.0


def valley(east: Any, north: Any) -> Any:
    """A gorge 150 m deep with walls of 45°, from 400 m to 1,000 m east."""
    return 600 - np.clip(np.minimum(east - 400, 1000 - east), 0, 150)


@pytest.mark.parametrize("tag", ["bridge", "tunnel"])
def test_a_bridge_does_not_go_down_the_valley(tmp_path: Path, tag: str) -> None:
    nodes = {1: (0, 0), 2: (0.3, 0), 3: (1.15, 0), 4: (2, 0)}
    carried = {**COUNTY_ROAD, tag: "yes"}
    over = climbed(
        tmp_path, valley, ([1, 2], COUNTY_ROAD), ([2, 3], carried), ([3, 4], COUNTY_ROAD),
        nodes=nodes,
    )  # fmt: skip
    through = climbed(tmp_path, valley, ([1, 2, 3, 4], COUNTY_ROAD), nodes=nodes)
    assert len(over.edges) == len(through.edges) == 1
    assert over.walk_pace is not None
    assert through.walk_pace is not None
    assert over.walk_pace[0] == pytest.approx([1, 1], abs=1e-6)
    assert over.edges["bus_kmh"].iloc[0] == 40.0
    assert (through.walk_pace[0] > 1.3).all()
    assert through.edges["bus_kmh"].iloc[0] < 40.0


@pytest.mark.parametrize(("percent", "kmh"), [(7.5, 40.0), (8.5, 20.0)])
def test_the_bus_is_capped_where_it_is_steep(tmp_path: Path, percent: float, kmh: float) -> None:
    found = climbed(
        tmp_path,
        lambda east, north: east * percent / 100,
        ([1, 2], COUNTY_ROAD),
        ([2, 3], TRACK),
        nodes={1: (0, 0), 2: (1, 0), 3: (1, 1)},
    )
    by_class = found.edges.set_index("highway")
    assert by_class.at["secondary", "bus_kmh"] == pytest.approx(kmh)
    assert by_class.at["secondary", "drive_kmh"] == 40.0
    assert by_class.at["track", "bus_kmh"] == 0.0


def test_only_the_steep_part_is_slow(tmp_path: Path) -> None:
    found = climbed(
        tmp_path,
        lambda east, north: 0.12 * np.clip(east - 1000, 0, None),
        ([1, 2], COUNTY_ROAD),
        nodes={1: (0, 0), 2: (3, 0)},
    )
    minutes = 3 * 60 / float(found.edges["bus_kmh"].iloc[0])
    assert minutes == pytest.approx(60 / 40 + 2 * 60 / 20, rel=0.02)


# -- gaps --------------------------------------------------------------------------------------


def test_roads_without_heights_are_flat_and_told(tmp_path: Path) -> None:
    found = climbed(
        tmp_path,
        lambda east, north: np.where(np.abs(north - 1000) < 100, MISSING, 0.2 * east),
        ([1, 2], TRACK),
        ([2, 3], TRACK),
        ([2, 4], TRACK),
        ([2, 5], TRACK),
        nodes={1: (-1, 0), 2: (0, 0), 3: (1, 0), 4: (0, 2), 5: (0, -9)},
    )
    assert found.walk_pace is not None
    flat = (found.walk_pace == 1).all(axis=1)
    assert flat.sum() == 2
    assert found.edges["length_m"][flat].round(-2).tolist() == [2000, 9000]
    (problem,) = height_problems(found, file="dem.tif")
    assert (problem.code, problem.severity, problem.value) == ("height-gap", "warning", "2")
    assert "11.0 km" in str(problem.reason)
    assert height_problems(roads(tmp_path, {1: (0, 0), 2: (1, 0)}, ([1, 2], TRACK)), file="") == []


def test_a_model_of_elsewhere_is_refused(tmp_path: Path) -> None:
    for nodes in ({1: (20, 0), 2: (21, 0)}, {1: (0, 0), 2: (1, 0)}):
        with pytest.raises(InputError, match=r"\[height-elsewhere\] dem\.tif"):
            climbed(tmp_path, lambda east, north: east * 0 + 12_000, ([1, 2], TRACK), nodes=nodes)


# -- files -------------------------------------------------------------------------------------


def level(east: Any, north: Any) -> Any:
    return east * 0 + 500


@pytest.fixture
def study_file(tmp_path: Path, mini_path: Path) -> Path:
    """The small study, which names a height model that is still to be written."""
    shutil.copytree(mini_path.parent, tmp_path / "mini")
    path = tmp_path / "mini" / mini_path.name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[inputs]", '[inputs]\nheight = "dem.tif"'), encoding="utf-8")
    return path


def mini_heights(study_file: Path, percent_north: float, **changes: Any) -> Path:
    """A plane over the small study that rises to the north."""
    return write_heights(
        study_file.parent / "dem.tif",
        lambda east, north: 500 + north * percent_north / 100,
        cell_m=100.0,
        side_km=80.0,
        **changes,
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("text", "height-model"),
        ("cut", "height-model"),
        ("complex", "height-model"),
        ("no-crs", "crs-missing"),
        ("feet", "height-unit"),
        ("feet-system", "height-unit"),
        ("cells", "height-large"),
        ("block", "height-large"),
    ],
)
def test_models_that_are_refused(tmp_path: Path, kind: str, code: str) -> None:
    path = tmp_path / "dem.tif"
    if kind == "text":
        path.write_text("heights", encoding="utf-8")
    elif kind == "cut":
        path.write_bytes(write_heights(path, level).read_bytes()[:40])
    elif kind == "complex":
        write_heights(path, level, dtype="complex64", nodata=None)
    elif kind == "no-crs":
        write_heights(path, level, crs=None)
    elif kind == "feet":
        write_heights(path, level, unit="ft")
    elif kind == "feet-system":
        write_heights(path, level, crs="EPSG:4326+8228")
    elif kind == "cells":
        sparse(path, 40_000, tiled=True)
    else:
        sparse(path, 9_000, tiled=True, blockxsize=9_008, blockysize=9_008)
    with pytest.raises(InputError) as caught:
        check_heights(path, file="dem.tif")
    assert [problem.code for problem in caught.value.problems] == [code]


def sparse(path: Path, side: int, **options: Any) -> None:
    """A raster of which no cell is stored."""
    profile = {"dtype": "uint8", "crs": CRS, "transform": from_origin(EAST, NORTH, 1, 1)}
    with rasterio.open(
        path, "w", driver="GTiff", height=side, width=side, count=1, sparse_ok=True,
        **profile, **options,
    ):  # fmt: skip
        pass


def test_another_format_under_the_name_is_not_opened(study_file: Path) -> None:
    true = write_heights(study_file.parent / "true.tif", level)
    (study_file.parent / "dem.tif").write_text(
        "<VRTDataset rasterXSize='1' rasterYSize='1'><VRTRasterBand dataType='Float32' "
        f"band='1'><SimpleSource><SourceFilename>{true.name}</SourceFilename>"
        "</SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    held = examine(study_file)
    assert held.study is None
    assert [(p.code, p.file) for p in held.problems if p.severity == "error"] == [
        ("height-model", "dem.tif")
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dem.tif", "missing-file"),
        ("../dem.tif", "outside-folder"),
        ("dem.vrt", "file-kind"),
        ("/vsicurl/http://example.org/dem.tif", "not-a-path"),
        ("postgresql://example.org/heights?table=dem", "not-a-path"),
    ],
)
def test_only_a_geotiff_in_the_study_s_folder(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        find_input(tmp_path, "height", text, file="study.toml")
    assert [problem.code for problem in caught.value.problems] == [code]


# -- a study -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_its_bytes_are_part_of_the_names_of_results(
    study_file: Path, mini_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", str(study_file.parent / "cache"))
    names, hashes, ways = {network_key(mini_study)}, set(), []
    for percent in (0.0, 12.0):
        mini_heights(study_file, percent)
        study = Study.read(study_file)
        names.add(network_key(study))
        hashes |= {file.sha256 for file in study.inputs if file.name == "height"}
        ways.append(travel_matrix(study, mode="walk", cutoff_minutes=30).pairs())
    assert (len(names), len(hashes)) == (3, 2)
    cold = network(study)
    pd.testing.assert_frame_equal(
        ways[0], travel_matrix(mini_study, mode="walk", cutoff_minutes=30).pairs()
    )
    assert len(ways[1]) < len(ways[0])
    arrays = cache.load(network_key(study))
    assert arrays is not None
    warm = from_arrays(arrays, crs=study.crs)
    assert warm is not None
    assert warm.walk_pace is not None
    assert cold.walk_pace is not None
    assert (warm.walk_pace == cold.walk_pace).all()
    assert (warm.carried == cold.carried).all()
    for wrong in (cold.walk_pace[1:], -cold.walk_pace, cold.walk_pace * np.nan):
        assert from_arrays({**to_arrays(cold), "walk_pace": wrong}, crs=study.crs) is None


def test_gaps_are_in_both_reports(study_file: Path) -> None:
    path = study_file.parent / "dem.tif"
    write_heights(path, level, cell_m=100.0, side_km=16.0)
    study = Study.read(study_file)
    bus = travel_matrix(study, mode="bus", cutoff_minutes=5)
    for problems in (
        road_report(study).problems,
        travel_problems(study, network=network(study), bus=bus),
    ):
        (gap,) = [problem for problem in problems if problem.code == "height-gap"]
        assert gap.file == "dem.tif"
        assert 0 < int(gap.value) < len(network(study).edges)


def test_the_order_of_roads_changes_nothing(tmp_path: Path) -> None:
    nodes = {n: (n % 5 - 2, n // 5 - 2) for n in range(25)}
    ways = [([n, n + 1], TRACK) for n in range(24)] + [([n, n + 5], COUNTY_ROAD) for n in range(20)]
    rolling: Surface = lambda e, n: 100 * np.sin(e / 400) * np.cos(n / 300)  # noqa: E731
    one = climbed(tmp_path, rolling, *ways, nodes=nodes)
    other = climbed(tmp_path, rolling, *reversed(ways), nodes=nodes)
    assert one.walk_pace is not None
    assert other.walk_pace is not None
    assert one.walk_pace.tobytes() == other.walk_pace.tobytes()
    pd.testing.assert_frame_equal(one.edges, other.edges)


@pytest.mark.more
@pytest.mark.slow
def test_the_command_walks_uphill_more_slowly(
    study_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from layout.app.cli.command import main

    tables = {}
    for name, percent in (("level", 0.0), ("rising", 10.0)):
        mini_heights(study_file, percent)
        out = study_file.parent / f"{name}.csv"
        with pytest.raises(SystemExit) as left:
            main(f"travel {study_file} --mode walk --out {out} --lang en".split())
        assert left.value.code == 0
        tables[name] = pd.read_csv(out, dtype={0: str, 1: str})
    study = Study.read(study_file)
    keys = list(tables["level"].columns[:2])
    both = tables["level"].merge(tables["rising"], on=keys, suffixes=("", "_rising"))
    home = study.settlements.geometry.y.reindex(both[keys[0]]).to_numpy()
    school = study.schools.geometry.y.reindex(both[keys[1]]).to_numpy()
    more = (both["minutes_rising"] - both["minutes"]).to_numpy()
    far = np.abs(school - home) > 0.005
    assert far.sum() > 20
    assert np.corrcoef(more[far], (school - home)[far])[0, 1] > 0.5
    assert more[(school - home) > 0.005].min() > 0
    capsys.readouterr()
    assert study.crs == CRS


def test_nothing_is_said_of_formats_that_are_left_out(tmp_path: Path) -> None:
    path = write_heights(tmp_path / "h.tif", lambda east, north: 0 * east + 500.0)
    code = (
        "import logging, sys; from pathlib import Path; logging.basicConfig();"
        "from layout.inputs.rasters.height import check_heights;"
        "check_heights(Path(sys.argv[1]), file='h.tif')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
