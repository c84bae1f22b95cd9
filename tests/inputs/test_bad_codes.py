"""Problems that no kind of bad input brings about alone: each from a real file, by the command.

Also networks whose edges have no sound length, or stand twice, against turns and loops.
"""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
from pyarrow import parquet
from shapely import Point

from layout.app.cli.command import main
from layout.core.errors import InputError
from layout.network.roads import read_network
from layout.network.roads.snap import snap
from tests.worlds.study_check import (
    SCHOOLS,
    SETTLEMENTS,
    SPOILING,
    UNITS,
    Capture,
    check,
    copied,
    edit,
    table,
)

pytestmark = SPOILING
SPACE = "http://graphml.graphdrawing.org/xmlns"


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


def test_a_layer_without_features_or_with_a_damaged_system(study: Path, capsys: Capture) -> None:
    path = study.parent / "boundaries/u.shp"
    units = gpd.read_file(study.parent / UNITS)
    edit(study, f"{UNITS}|counties", "boundaries/u.shp")
    units.to_file(path)
    system = path.with_suffix(".prj").read_bytes()
    path.with_suffix(".prj").write_bytes(system.replace(b"GCS_WGS", b"GCS_\xe5\xff"))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [crs-unreadable]", "boundaries/u.shp", "EPSG:4326")
    units.iloc[:0].to_file(path.with_suffix(".gpkg"), layer="u")
    edit(study, "u.shp", "u.gpkg")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [empty-layer]", "boundaries/u.gpkg", "Remedy")


@pytest.mark.parametrize("name", [b"\0\0", b"uu", b"no such", b"\xff\xfe"])
def test_an_encoding_that_is_none_is_as_good_as_not_said(
    study: Path, capsys: Capture, name: bytes
) -> None:
    path = study.parent / "boundaries/u.shp"
    gpd.read_file(study.parent / UNITS).to_file(path, encoding="GBK")
    path.with_suffix(".cpg").write_bytes(name)
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    attributes[29] = 0
    path.with_suffix(".dbf").write_bytes(attributes)
    edit(study, f"{UNITS}|counties", "boundaries/u.shp")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [shapefile-encoding]", "u.shp", "[encodings]", "Remedy")


def test_what_a_library_remarks_on_is_handed_on(study: Path, capsys: Capture) -> None:
    with closing(sqlite3.connect(study.parent / UNITS)) as held:
        held.execute("PRAGMA application_id = 7")
    told = check(study, capsys)
    assert told.code == 0
    assert told.says("warning [reader-remark]", UNITS, "application_id", "Remedy")
    assert str(study.parent) not in told.err


def test_names_of_columns_and_borders_that_are_not_there(study: Path, capsys: Capture) -> None:
    plain = study.read_text(encoding="utf-8")
    study.write_text(plain + '\n[columns.schools]\nname = "校名（全）"\n', encoding="utf-8")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [named-column]", SCHOOLS, "row 1", "校名（全）", "school_id")
    line = next(line for line in plain.splitlines() if line.startswith("border ="))
    study.write_text(plain.replace(f"{line}\n", ""), encoding="utf-8")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [no-border]", "mini.toml", "inputs.border", "Remedy")


def test_points_that_are_none_cannot_be_snapped(study: Path) -> None:
    roads = read_network(study.parent / "roads/roads.gpkg", crs="EPSG:4507")
    for shape in (None, Point(), Point(106, 23).buffer(1)):
        points = gpd.GeoSeries({"a": Point(106, 23), "b": shape}, crs="EPSG:4326")
        with pytest.raises(InputError, match=r"error \[point-geometry\] row b, column geometry"):
            snap(roads, points, mode="walk", limit_m=100)


def test_an_extract_with_numbers_that_are_none_is_refused(study: Path, capsys: Capture) -> None:
    for wrong in ('id="𠮷1"', 'id="1" lat="x"'):
        path = study.parent / "roads/r.osm"
        path.write_text(f'<osm version="0.6"><node {wrong}/></osm>', encoding="utf-8")
        if "r.osm" not in study.read_text(encoding="utf-8"):
            edit(study, "roads/roads.gpkg", "roads/r.osm")
        told = check(study, capsys)
        assert told.code == 1
        assert told.says("error [osm-unreadable]", "r.osm", "Remedy")


@pytest.mark.parametrize("encoding", ["no such", "big5", "uu"])
def test_a_road_file_in_an_encoding_that_cannot_be_read_is_refused(
    study: Path, capsys: Capture, encoding: str
) -> None:
    (study.parent / "roads/r.osm").write_text(
        f'<?xml version="1.0" encoding="{encoding}"?><osm version="0.6"></osm>', encoding="utf-8"
    )
    edit(study, "roads/roads.gpkg", "roads/r.osm")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [xml-malformed]", "r.osm", "Remedy")


def test_tags_that_are_no_text_are_refused(tmp_path: Path, capsys: Capture) -> None:
    import osmium

    from tests.worlds.data_osm import write_small_extract

    path = tmp_path / "a.pbf"
    plain = osmium.io.File(str(path), "pbf,pbf_compression=none")
    with osmium.SimpleWriter(plain, overwrite=True) as writer:
        for thing in osmium.FileProcessor(str(write_small_extract(tmp_path / "b.osm"))):
            writer.add(thing)
    path.write_bytes(path.read_bytes().replace("石桥".encode(), b"\xff" * 6))
    with pytest.raises(SystemExit) as left:
        main(["new", "--osm", str(path), "--out", str(tmp_path / "s"), "--lang", "en"])
    assert left.value.code == 1
    assert "error [osm-unreadable] a.pbf" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_a_workbook_whose_contents_point_nowhere_is_refused(study: Path, capsys: Capture) -> None:
    path = study.parent / "schools/s.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    data = bytearray(path.read_bytes())
    # Where the table of contents says that it begins: far behind its true place.
    at = data.index(b"PK\x05\x06") + 16
    data[at : at + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(bytes(data))
    edit(study, SCHOOLS, "schools/s.ods")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("s.ods", "Remedy")


def test_brackets_without_end_in_a_study_file_are_refused(study: Path, capsys: Capture) -> None:
    study.write_text("a = " + "[" * 5000, encoding="utf-8")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [toml]", "mini.toml", "Remedy")


def test_text_that_is_none_in_a_geoparquet_is_refused(study: Path, capsys: Capture) -> None:
    path = study.parent / "boundaries/u.parquet"
    gpd.read_file(study.parent / UNITS).to_parquet(path, compression=None)
    data = path.read_bytes()
    path.write_bytes(data.replace("那坡县".encode(), b"\xff" * 9))
    edit(study, f"{UNITS}|counties", "boundaries/u.parquet")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [vector]", "u.parquet", "Remedy")


def test_a_system_that_is_none_in_a_geoparquet_is_refused(study: Path, capsys: Capture) -> None:
    path = study.parent / "boundaries/u.parquet"
    gpd.read_file(study.parent / UNITS).to_parquet(path)
    table = parquet.read_table(path)
    notes = dict(table.schema.metadata)
    notes[b"geo"] = notes[b"geo"].replace(b'"GeographicCRS"', b'"GeographicCR?"')
    parquet.write_table(table.replace_schema_metadata(notes), path)
    edit(study, f"{UNITS}|counties", "boundaries/u.parquet")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [vector]", "u.parquet", "Remedy")


def test_children_far_from_every_school_are_counted(study: Path, capsys: Capture) -> None:
    held = table(study)
    pupils = [name for name in held if name in ("pupils_g7", "pupils_g8", "pupils_g9")]
    held[[*pupils, *(name.replace("pupils", "classes") for name in pupils)]] = "0"
    held["boarders"] = "0"
    held.to_csv(study.parent / SCHOOLS, index=False)
    settlements = table(study, SETTLEMENTS)
    years = 2021 - 2020
    ages = settlements[[f"age_{age - years}" for age in (12, 13, 14)]].astype(int).sum(axis=1)
    told = check(study, capsys)
    assert told.code == 0
    most = settlements.loc[ages.idxmax(), "settlement_id"]
    assert told.says(
        "warning [no-school-near]", SETTLEMENTS, f"id {most}", f"{ages.sum()} children", "Remedy"
    )


def graph(edges: str) -> str:
    """A GraphML file as osmnx saves it, with three places on a line."""
    keys = "".join(
        f'<key id="{name}" for="{of}" attr.name="{name}" attr.type="string"/>'
        for of, names in (("graph", ("crs",)), ("node", "xy"), ("edge", ("length", "highway")))
        for name in names
    )
    nodes = "".join(
        f'<node id="{n}"><data key="x">{105.95 + n * 0.1}</data><data key="y">23.1</data></node>'
        for n in range(4)
    )
    crs = '<data key="crs">EPSG:4326</data>'
    inside = f'<graph edgedefault="directed">{crs}{nodes}{edges}</graph>'
    return f'<?xml version="1.0"?><graphml xmlns="{SPACE}">{keys}{inside}</graphml>'


def edge(one: int, other: int, length: str | None, more: str = "") -> str:
    data = "" if length is None else f'<data key="length">{length}</data>'
    held = f'{data}<data key="highway">tertiary</data>{more}'
    return f'<edge source="{one}" target="{other}">{held}</edge>'


def graphml(study: Path, edges: str) -> Path:
    path = study.parent / "roads/r.graphml"
    path.write_text(graph(edges), encoding="utf-8")
    if "r.graphml" not in study.read_text(encoding="utf-8"):
        edit(study, "roads/roads.gpkg", "roads/r.graphml")
    return path


@pytest.mark.parametrize("length", [None, "NaN", "-1", "inf", "ten"])
def test_13_an_edge_without_a_sound_length_is_refused(
    study: Path, capsys: Capture, length: str | None
) -> None:
    graphml(study, edge(0, 1, "100") + edge(1, 2, length) + edge(2, 3, "100"))
    told = check(study, capsys)
    assert told.code == 1
    shown = ["value “" + length + "”"] if length else []
    assert told.says("error [edge-length]", "r.graphml", "1", "column length", *shown, "Remedy")


def test_13_an_edge_of_no_length_is_a_road(study: Path, capsys: Capture) -> None:
    path = graphml(study, edge(0, 1, "100") + edge(1, 2, "0") + edge(2, 3, "100"))
    assert check(study, capsys).code == 0
    found = read_network(path, crs="EPSG:4507")
    assert found.edges["length_m"].sum() == 200


@pytest.mark.parametrize(
    ("edges", "lengths"),
    [
        (edge(0, 1, "5") + edge(0, 1, "2") + edge(1, 2, "7"), [2, 7]),
        (edge(0, 1, "5") + edge(1, 0, "5") + edge(1, 2, "7"), [5, 7]),
        (edge(0, 1, "5") + edge(1, 1, "9") + edge(1, 2, "7"), [5, 7]),
    ],
)
def test_14_twins_and_loops_are_no_trouble(
    study: Path, capsys: Capture, edges: str, lengths: list[float]
) -> None:
    path = graphml(study, edges + edge(2, 3, "11"))
    assert check(study, capsys).code == 0
    found = read_network(path, crs="EPSG:4507").edges
    loops = found["u"] == found["v"]
    shortest = found[~loops].groupby([found["u"], found["v"]])["length_m"].min()
    assert sorted(shortest) == sorted([*lengths, 11])


def test_12_a_value_of_six_megabytes_and_code_in_values(study: Path, capsys: Capture) -> None:
    long = '<data key="highway">' + '"a", ' * 1_200_000 + "</data>"
    graphml(study, edge(0, 1, "100", long) + edge(1, 2, "100") + edge(2, 3, "100"))
    told = check(study, capsys, "--roads")
    assert told.code == 1
    assert told.says("error [graph-value-too-long]", "r.graphml", "Remedy")
    sign = study.parent.parent / "executed"
    code = f"[__import__('pathlib').Path('{sign}').touch()]"
    named = f'<data key="highway">{code}</data>'
    graphml(study, edge(0, 1, "100", named) + edge(1, 2, "100") + edge(2, 3, "100"))
    assert check(study, capsys).code == 0
    assert not sign.exists()
