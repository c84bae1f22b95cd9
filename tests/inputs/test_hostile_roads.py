"""Roads that would fetch, vanish or eat the machine; height models without a place."""

from __future__ import annotations

import bz2
import gzip
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import osmium
import pytest
import rasterio

from layout.core.errors import InputError
from layout.inputs.rasters.height import check_heights, heights_at
from layout.inputs.roads import osm
from layout.inputs.roads.file import RoadSource
from layout.inputs.roads.osm_objects import read_points
from layout.inputs.study.study import Study
from layout.network.roads import read_network
from tests.worlds import bombs
from tests.worlds.data_osm import write_small_extract
from tests.worlds.listener import Listener, listening
from tests.worlds.study_check import SPOILING, Capture, check, contents, copied, edit

pytestmark = SPOILING

CRS = "EPSG:4507"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


def not_read(path: Path, *codes: str) -> None:
    """Neither the roads nor the objects of a file are read, and nothing is written."""
    before = contents(path.parent)
    with pytest.raises(InputError) as error:
        read_network(path, crs=CRS)
    assert error.value.problems[0].code in codes
    assert error.value.problems[0].remedy
    assert contents(path.parent) == before


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".osm", ".osm.gz", ".osm.bz2", ".graphml"])
def test_roads_in_xml_fetch_nothing(tmp_path: Path, listener: Listener, ending: str) -> None:
    entity = f'<!DOCTYPE osm [<!ENTITY e SYSTEM "{listener.url}">]>'
    texts = [
        f'<!DOCTYPE osm SYSTEM "{listener.url}"><osm version="0.6"/>',
        f'<!DOCTYPE osm [<!ENTITY % e SYSTEM "{listener.url}"> %e;]><osm version="0.6"/>',
        f'<?xml version="1.0"?>{entity}<osm version="0.6"><node id="&e;"/></osm>',
    ]
    pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(ending[4:], bytes)
    path = tmp_path / f"a{ending}"
    for text in texts:
        path.write_bytes(pack(text.encode("utf-8")))
        not_read(path, "xml-doctype")
    assert listener.asked == []


def test_a_name_that_looks_like_an_address_is_none(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    not_read(Path(f"{listener.url}.osm.pbf"), "missing-file")
    not_read(Path(f"/vsicurl/{listener.url}.gpkg"), "missing-file")
    assert listener.asked == []


# --- ids of an editor ----------------------------------------------------------------------------


def negative(text: str) -> str:
    """Write all ids as an editor does that has not uploaded anything."""
    return re.sub(r'((?: id| ref)=["\'])(\d)', r"\1-\2", text)


@pytest.mark.parametrize("ending", [".osm", ".osm.gz", ".osm.bz2"])
def test_roads_with_negative_ids_are_read(tmp_path: Path, ending: str) -> None:
    plain = write_small_extract(tmp_path / "plain.osm")
    text = negative(plain.read_text(encoding="utf-8"))
    assert 'id="-' in text or "id='-" in text
    pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(ending[4:], bytes)
    path = tmp_path / f"a{ending}"
    path.write_bytes(pack(text.encode("utf-8")))
    before = contents(tmp_path)
    expected, roads = osm.read_roads(plain), osm.read_roads(path)
    assert len(roads.nodes) == len(expected.nodes)
    assert roads.counts == expected.counts
    assert roads.ways.drop(columns="way_id").equals(expected.ways.drop(columns="way_id"))
    assert len(read_points(path, {"place": True})) == len(read_points(plain, {"place": True}))
    assert contents(tmp_path) == before


def test_new_roads_among_old_ones_are_read(study: Path, capsys: Capture) -> None:
    """Two new roads that lead on from one that is in the map."""
    nodes = "".join(
        f'<node id="{number}" lat="{lat}" lon="{lon}"/>'
        for number, lat, lon in ((1, 23.05, 106.05), (2, 23.05, 106.35), (-7, 23.15, 106.35))
    )
    ways = "".join(
        f'<way id="{number}"><nd ref="{a}"/><nd ref="{b}"/><tag k="highway" v="tertiary"/></way>'
        for number, a, b in ((5, 1, 2), (-6, 2, -7))
    )
    path = study.parent / "roads/r.osm"
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    edit(study, "roads/roads.gpkg", "roads/r.osm")
    told = check(study, capsys, "--roads")
    assert told.code == 0
    assert "clipped-ways" not in told.err
    assert len(osm.read_roads(path).ways) == 2


def test_negative_ids_of_a_binary_extract_are_told(tmp_path: Path) -> None:
    plain = write_small_extract(tmp_path / "plain.osm")
    xml = tmp_path / "negative.osm"
    xml.write_text(negative(plain.read_text(encoding="utf-8")), encoding="utf-8")
    path = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(xml)):
            writer.add(thing)
    not_read(path, "osm-negative-ids")


# --- sizes ---------------------------------------------------------------------------------------


def test_blocks_that_unpack_beyond_reason_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.pbf"
    block = bombs.pbf_block([b""], bombs.dense_nodes(3_000_000))
    path.write_bytes(bombs.pbf_header() + block * 4)
    assert path.stat().st_size < 200_000
    not_read(path, "inflates")


def test_a_block_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.pbf"
    block = bombs.blob(b"OSMData", bombs.field(2, bombs.dense_nodes(9_000_000)), told=100)
    path.write_bytes(bombs.pbf_header() + block)
    not_read(path, "osm-unreadable")


def test_a_text_that_a_block_repeats_ends_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.inputs.safety.guarded.SECONDS", 4.0)
    monkeypatch.setattr("layout.inputs.safety.guarded.MAX_MEMORY", 1 << 30)
    ways = b"".join(bombs.tagged_way(number, 4_000) for number in range(1, 600))
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(bombs.pbf_header() + bombs.pbf_block([b"", b"x" * 1_000], ways))
    assert path.stat().st_size < 50_000
    not_read(path, "osm-unreadable", "too-large")


def test_vertices_of_roads_are_counted_while_they_are_read(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.inputs.roads.tables.MAX_VERTICES", 3)
    not_read(write_small_extract(tmp_path / "a.osm"), "too-large")
    with pytest.raises(InputError, match=r"error \[too-large\] roads\.gpkg"):
        read_network(study.parent / "roads/roads.gpkg", crs=CRS)
    (tmp_path / "a.graphml").write_text(graph(places=((106.0, 23.0),) * 5), encoding="utf-8")
    not_read(tmp_path / "a.graphml", "too-large")


@pytest.mark.parametrize("begin", ['<node id="1" u="', "<!--", "<?a "])
@pytest.mark.parametrize("sign", ["x", ">"])
def test_a_tag_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: str, sign: str
) -> None:
    monkeypatch.setattr("layout.inputs.safety.xml.LONGEST_TAG", 1_000)
    path = tmp_path / "a.osm"
    path.write_text(f'<osm version="0.6">{begin}{sign * 2_000}', encoding="utf-8")
    with pytest.raises(InputError, match=r"error \[osm-unreadable\] a\.osm: .* does not end"):
        read_network(path, crs=CRS)


def test_text_of_roads_is_counted_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.inputs.roads.osm.MAX_INFLATED", 3)
    not_read(write_small_extract(tmp_path / "a.osm"), "inflates")


def graph(*, places: Sequence[tuple[float, float]]) -> str:
    """A GraphML of a line of roads, 10 metres between two places."""
    keys = (("d0", "graph", "crs", "string"), ("x", "node", "x", "double"))
    keys += (("y", "node", "y", "double"), ("l", "edge", "length", "double"))
    head = "".join(
        f'<key id="{key}" for="{of}" attr.name="{name}" attr.type="{kind}"/>'
        for key, of, name, kind in keys
    )
    nodes = "".join(
        f'<node id="{n}"><data key="x">{x}</data><data key="y">{y}</data></node>'
        for n, (x, y) in enumerate(places)
    )
    edges = "".join(
        f'<edge source="{n}" target="{n + 1}"><data key="l">10</data></edge>'
        for n in range(len(places) - 1)
    )
    return (
        f'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{head}<graph edgedefault='
        f'"directed"><data key="d0">EPSG:4326</data>{nodes}{edges}</graph></graphml>'
    )


def test_elements_of_a_graphml_are_counted_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(graph(places=((106.0, 23.0), (106.0, 23.1))), encoding="utf-8")
    monkeypatch.setattr("layout.network.roads.graphs.MAX_ELEMENTS", 15)
    assert len(read_network(path, crs=CRS).edges) == 1
    monkeypatch.setattr("layout.network.roads.graphs.MAX_ELEMENTS", 14)
    not_read(path, "too-large")


@pytest.mark.parametrize("place", [(1e308, 23.0), (106.0, 91.0), (float("nan"), 23.0)])
def test_roads_that_lie_nowhere_are_refused(tmp_path: Path, place: tuple[float, float]) -> None:
    path = tmp_path / "a.graphml"
    path.write_text(graph(places=((106.0, 23.0), place)), encoding="utf-8")
    not_read(path, "crs-wrong", "node-without-place")


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_packed_xml_that_unpacks_beyond_reason_is_refused(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"a.osm{ending}"
    path.write_bytes(pack(b'<osm version="0.6">' + b" " * 30_000_000 + b"</osm>"))
    assert path.stat().st_size < 50_000
    not_read(path, "inflates")


@pytest.mark.parametrize("cut", [1, 8, 40, 400])
@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_a_packed_extract_that_is_cut_short_is_told(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes], cut: int
) -> None:
    plain = write_small_extract(tmp_path / "plain.osm")
    path = tmp_path / f"a.osm{ending}"
    path.write_bytes(pack(plain.read_bytes())[:-cut])
    not_read(path, "osm-unreadable", "xml-malformed")


def test_an_honest_extract_is_read_packed(tmp_path: Path) -> None:
    plain = write_small_extract(tmp_path / "plain.osm")
    for ending, pack in ((".gz", gzip.compress), (".bz2", bz2.compress)):
        path = tmp_path / f"a.osm{ending}"
        path.write_bytes(pack(plain.read_bytes()))
        assert len(osm.read_roads(path).ways) == len(osm.read_roads(plain).ways)


@pytest.mark.parametrize("name", ["a.osm.pbf", "a.osm", "a.graphml", "a.gpkg", "a.shp"])
def test_a_pipe_is_no_road_file(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError) as error:
        read_network(tmp_path / name, crs=CRS)
    assert error.value.problems[0].code == "missing-file"


def test_a_layer_of_roads_is_read_from_a_copy(study: Path) -> None:
    """As of the counties: views are not run, and nothing is written beside the file."""
    import sqlite3
    from contextlib import closing

    path = study.parent / "roads/roads.gpkg"
    query = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
    with closing(sqlite3.connect(path)) as package:
        package.execute(f"CREATE VIEW endless AS {query}")
        package.commit()
    before = contents(study.parent)
    assert read_network(RoadSource(path), crs=CRS).geometry.size > 0
    with pytest.raises(InputError) as error:
        read_network(RoadSource(path, "endless"), crs=CRS)
    assert [one.code for one in error.value.problems] == ["layer-view"]
    assert contents(study.parent) == before


# --- rasters -------------------------------------------------------------------------------------


def write_heights(path: Path, transform: rasterio.Affine) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=20, height=20, count=1, dtype="float32",
        crs="EPSG:4326", transform=transform,
    ) as raster:  # fmt: skip
        raster.write(np.full((1, 20, 20), 300.0, dtype="float32"))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
@pytest.mark.parametrize("at", [0, 2, 4, 5])
def test_a_raster_without_a_place_is_refused(tmp_path: Path, wrong: float, at: int) -> None:
    numbers = [0.01, 0.0, 106.0, 0.0, -0.01, 23.3]
    numbers[at] = wrong
    write_heights(tmp_path / "h.tif", rasterio.Affine(*numbers))
    before = contents(tmp_path)
    with pytest.raises(InputError) as error:
        check_heights(tmp_path / "h.tif", file="h.tif")
    assert error.value.problems[0].code in ("height-model", "crs-missing")
    assert contents(tmp_path) == before


def test_travel_refuses_a_raster_without_a_place(
    study: Path, tmp_path: Path, capsys: Capture
) -> None:
    from layout.app.cli.command import main

    write_heights(study.parent / "h.tif", rasterio.Affine(0.01, 0, float("nan"), 0, -0.01, 23.3))
    edit(study, "[inputs]", '[inputs]\nheight = "h.tif"')
    with pytest.raises(SystemExit) as left:
        main(["travel", str(study), "--out", str(tmp_path / "t.csv"), "--lang", "en"])
    assert left.value.code == 1
    assert "error [height-model] h.tif" in capsys.readouterr().err
    assert not (tmp_path / "t.csv").exists()


def test_notes_beside_a_raster_are_not_read(study: Path) -> None:
    path = study.parent / "h.tif"
    write_heights(path, rasterio.Affine(0.05, 0, 105.8, 0, -0.05, 23.6))
    edit(study, "[inputs]", '[inputs]\nheight = "h.tif"')
    for name in ("h.tif.aux.xml", "h.tif.ovr", "h.tif.msk", "h.tfw", "h.aux"):
        os.mkfifo(path.parent / name)
    check_heights(path, file="h.tif")
    assert Study.read(study).height_file == path.resolve()


@pytest.mark.parametrize("fault", ["points", "mixed"])
def test_a_raster_that_is_read_in_giant_pieces_is_refused(tmp_path: Path, fault: str) -> None:
    """A row of a hundred bytes that unpacks to millions of cells, or to hundreds of bands."""
    mixed = fault == "mixed"
    shape = {"width": 2_000, "height": 2_000, "count": 20} if mixed else {
        "width": 40_000_000, "height": 9, "count": 1}  # fmt: skip
    with rasterio.open(
        tmp_path / "h.tif", "w", driver="GTiff", dtype="uint8", crs="EPSG:4326", sparse_ok=True,
        interleave="pixel", blockysize=2_000 if mixed else 1, compress="deflate",
        transform=rasterio.Affine(1e-7, 0, 104, 0, -1e-6, 23), **shape,
    ):  # fmt: skip
        pass
    lon, lat = np.array([104.1, 107.9]), np.array([23 - 4e-6, 23 - 4e-6])
    read = check_heights if mixed else partial(heights_at, lon=lon, lat=lat)
    with pytest.raises(InputError) as error:
        read(tmp_path / "h.tif", file="h.tif")
    assert [one.code for one in error.value.problems] == ["height-large"]
