"""Layers that would fetch, lead out of the study, run a program or eat the machine."""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pyproj
import pytest
from pyarrow import parquet
from shapely import MultiPolygon, Polygon, box

from layout.core.errors import InputError, format_problem
from layout.inputs.database.postgis import Fetched
from layout.inputs.layers.vector import AREAS, read_vector
from layout.inputs.safety.paths import sha256_of
from layout.inputs.study.study import Study
from layout.network.roads import from_graph
from tests.worlds.listener import Listener, listening
from tests.worlds.study_check import SPOILING, UNITS, Capture, Told, check, contents, copied, edit

pytestmark = SPOILING


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


def units_from(study: Path, name: str) -> Path:
    """Let the study read its counties from another file, as yet unwritten."""
    edit(study, f"{UNITS}|counties", f"boundaries/{name}")
    return study.parent / "boundaries" / name


def counties(study: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(study.parent / UNITS)


def refused(study: Path, capsys: Capture, code: str, *parts: str) -> Told:
    told = check(study, capsys)
    assert told.code == 1
    assert told.says(f"error [{code}]", *parts, "Remedy"), told.err
    return told


def not_read(path: Path, code: str, *parts: str, layer: str = "") -> None:
    """As `refused`, by the reader alone, of which every verb makes use; nothing is written."""
    before = contents(path.parent)
    with pytest.raises(InputError) as error:
        read_vector((path, layer), file=path.name, kinds=AREAS)
    (told,) = error.value.problems
    assert told.code == code
    assert all(part in format_problem(told) for part in (path.name, *parts))
    assert contents(path.parent) == before


def changed(study: Path, *statements: str) -> Path:
    """Change the counties' GeoPackage by SQL."""
    path = study.parent / UNITS
    with closing(sqlite3.connect(path)) as package:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            package.create_function(name, 1, lambda _: 0)
        for statement in statements:
            package.execute(statement)
        package.commit()
    return path


# --- requests ------------------------------------------------------------------------------------

LINK = {"type": "link", "properties": {"href": "@", "type": "ogcwkt"}}
NAMED = {"type": "name", "properties": {"name": "@"}}


def with_crs(place: str, crs: object) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        data.pop("crs", None)
        first = data["features"][0]
        if place == "geometries":
            first["geometry"] = {"type": "GeometryCollection", "geometries": [first["geometry"]]}
            first["geometry"]["geometries"][0]["crs"] = crs
        else:
            {"top": data, "feature": first, "geometry": first["geometry"]}[place]["crs"] = crs

    return change


@pytest.mark.parametrize("place", ["top", "feature", "geometry", "geometries"])
@pytest.mark.parametrize("crs", [LINK, NAMED, {"type": "url", "properties": {"url": "@"}}, ["@"]])
def test_a_geojson_asks_nobody_for_its_system(
    mini_path: Path, tmp_path: Path, listener: Listener, place: str, crs: object
) -> None:
    data = json.loads(counties(mini_path).to_json())
    with_crs(place, json.loads(json.dumps(crs).replace("@", listener.url)))(data)
    (tmp_path / "u.geojson").write_text(json.dumps(data), encoding="utf-8")
    not_read(tmp_path / "u.geojson", "crs-unknown", listener.url)
    assert listener.asked == []


@pytest.mark.parametrize("word", ['"CRS"', '"\\u0063rs"', '"crs": null, "crs"'])
def test_no_spelling_hides_the_system_of_a_geojson(
    mini_path: Path, tmp_path: Path, listener: Listener, word: str
) -> None:
    data = json.loads(counties(mini_path).to_json())
    data["crs"] = {**LINK, "properties": {"href": listener.url, "type": "ogcwkt"}}
    text = json.dumps(data).replace('"crs"', word)
    (tmp_path / "u.geojson").write_text(text, encoding="utf-8")
    not_read(tmp_path / "u.geojson", "crs-unknown")
    assert listener.asked == []


@pytest.mark.more
@pytest.mark.parametrize("verb", ["plan", "travel", "assess"])
def test_no_verb_asks_for_a_system(
    study: Path, tmp_path: Path, capsys: Capture, listener: Listener, verb: str
) -> None:
    from layout.app.cli.command import main

    data = json.loads(counties(study).to_json())
    data["crs"] = {**LINK, "properties": {"href": listener.url, "type": "ogcwkt"}}
    units_from(study, "u.geojson").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main([verb, str(study), "--out", str(tmp_path / "out.csv"), "--lang", "en"])
    assert left.value.code == 1
    assert "error [crs-unknown]" in capsys.readouterr().err
    assert listener.asked == []
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.more
def test_roads_and_points_ask_for_no_system_either(
    study: Path, capsys: Capture, listener: Listener
) -> None:
    crs = {**LINK, "properties": {"href": listener.url, "type": "ogcwkt"}}
    roads = gpd.read_file(study.parent / "roads/roads.gpkg")
    (study.parent / "roads/r.geojson").write_text(
        json.dumps({**json.loads(roads.to_json()), "crs": crs}), encoding="utf-8"
    )
    edit(study, "roads/roads.gpkg", "roads/r.geojson")
    told = check(study, capsys, "--roads")
    assert told.code == 1
    assert told.says("error [crs-unknown]", "r.geojson")
    assert listener.asked == []


@pytest.mark.more
@pytest.mark.parametrize("kind", ["gpkg", "shp", "fgb", "parquet"])
def test_the_definition_of_a_system_is_no_address(
    study: Path, capsys: Capture, listener: Listener, kind: str
) -> None:
    address = listener.url.encode("ascii")
    if kind == "gpkg":
        # The counties' own system, and the one that every package has.
        changed(study, f"UPDATE gpkg_spatial_ref_sys SET definition = '{listener.url}'")
        changed(study, "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE'")
    elif kind == "parquet":
        path = units_from(study, "u.parquet")
        counties(study).to_parquet(path)
        table = parquet.read_table(path)
        geo = json.loads(table.schema.metadata[b"geo"])
        geo["columns"]["geometry"]["crs"] = listener.url
        notes = {**table.schema.metadata, b"geo": json.dumps(geo).encode("ascii")}
        parquet.write_table(table.replace_schema_metadata(notes), path)
    else:
        path = units_from(study, f"u.{kind}")
        counties(study).to_crs("+proj=tmerc +lon_0=106.3 +ellps=GRS80 +type=crs").to_file(path)
        if kind == "shp":
            path.with_suffix(".prj").write_bytes(address)
        else:
            data = path.read_bytes()
            begin = data.index(b"PROJC")
            end = data.index(b"]]", begin + 100)
            path.write_bytes(data[:begin] + address.ljust(end - begin) + data[end:])
    told = check(study, capsys)
    assert listener.asked == []
    assert told.code == 1 or kind == "gpkg"


@pytest.mark.parametrize("name", ["u.geojson", "u.gpkg", "u.shp", "u.fgb", "u.parquet"])
def test_a_program_in_disguise_is_not_opened(tmp_path: Path, listener: Listener, name: str) -> None:
    source = f"/vsicurl/{listener.url}.gpkg"
    kml = f"<kml><NetworkLink><Link><href>{listener.url}</href></Link></NetworkLink></kml>"
    vrt = f"<OGRVRTLayer name='u'><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>"
    gml = "<gml xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='x @'/>"
    texts = [
        f"<OGRVRTDataSource>{vrt}</OGRVRTDataSource>",
        f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read {source}"}}',
        kml,
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{listener.url}">]><x>&e;</x>',
        gml.replace("@", listener.url),
        source,
    ]
    path = tmp_path / name
    for suffix in (".shx", ".dbf"):
        path.with_suffix(suffix).touch()
    for text in texts:
        path.write_text(text, encoding="utf-8")
        not_read(path, "file-content")
    assert listener.asked == []


@pytest.mark.more
def test_a_virtual_table_of_a_geopackage_opens_nothing(
    study: Path, capsys: Capture, listener: Listener
) -> None:
    # No module of this name is known here; its line is written into the schema itself.
    path = changed(
        study,
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_master VALUES ('table', 'far', 'far', 0, 'CREATE VIRTUAL TABLE far "
        f"USING VirtualOGR(''/vsicurl/{listener.url}.gpkg'', 0)')",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES ('far', 'features', 'far', 4326)",
    )
    before = path.read_bytes()
    assert check(study, capsys).code == 0
    edit(study, f"{UNITS}|counties", f"{UNITS}|far")
    refused(study, capsys, "layer-view", "counties.gpkg", "far")
    assert listener.asked == []
    assert path.read_bytes() == before


# --- systems -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["GCJ-02", "BD-09", "EPSG:999999", "urn:ogc:def:crs:EPSG::0", "WGS84 maybe", "", 4326]
)
def test_an_unknown_system_is_not_taken_for_wgs84(
    mini_path: Path, tmp_path: Path, name: object
) -> None:
    data = json.loads(counties(mini_path).to_json())
    data["crs"] = {"type": "name", "properties": {"name": name}}
    (tmp_path / "u.geojson").write_text(json.dumps(data), encoding="utf-8")
    not_read(tmp_path / "u.geojson", "crs-unknown")


@pytest.mark.parametrize("crs", ["EPSG:4326", 4326, True])
def test_a_system_without_its_form_is_not_overlooked(
    mini_path: Path, tmp_path: Path, crs: object
) -> None:
    data = json.loads(counties(mini_path).to_json()) | {"crs": crs}
    (tmp_path / "u.geojson").write_text(json.dumps(data), encoding="utf-8")
    not_read(tmp_path / "u.geojson", "crs-unknown")


@pytest.mark.more
@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4490", "EPSG:4326"]
)
def test_known_names_of_systems_are_read(study: Path, capsys: Capture, name: str) -> None:
    before = Study.read(study).units
    data = json.loads(counties(study).assign(crs="a text").to_json())
    data["crs"] = {"type": "name", "properties": {"name": name}}
    units_from(study, "u.geojson").write_text(json.dumps(data), encoding="utf-8")
    assert check(study, capsys).code == 0
    assert Study.read(study).units.geometry.geom_equals_exact(before.geometry, 1e-6).all()


@pytest.mark.parametrize("number", [0, -1])
def test_an_undefined_system_of_a_geopackage_is_refused(
    study: Path, capsys: Capture, number: int
) -> None:
    changed(
        study,
        f"UPDATE gpkg_geometry_columns SET srs_id = {number}",
        f"UPDATE gpkg_contents SET srs_id = {number}",
    )
    refused(study, capsys, "crs-missing", "counties.gpkg")


@pytest.mark.more
def test_the_system_of_another_planet_is_refused(study: Path, capsys: Capture) -> None:
    held = counties(study)
    moon = 'GEOGCS["Moon",DATUM["D",SPHEROID["S",1737400,0]],PRIMEM["R",0],UNIT["degree",0.0174]]'
    path = units_from(study, "u.shp")
    held.to_file(path)
    path.with_suffix(".prj").write_text(moon)
    refused(study, capsys, "crs-not-earth", "u.shp")


@pytest.mark.more
@pytest.mark.parametrize(
    "text",
    [
        "+proj=longlat +ellps=WGS84 +nadgrids=@ +type=crs",
        "+proj=longlat +ellps=WGS84 +geoidgrids=@ +type=crs",
        "+init=@:4326 +type=crs",
    ],
)
def test_a_system_that_names_a_file_opens_none(
    study: Path, tmp_path: Path, capsys: Capture, text: str
) -> None:
    text = text.replace("@", f"{tmp_path}/secret.gsb")
    os.mkfifo(tmp_path / "secret.gsb")  # who opened it would wait for ever
    path = units_from(study, "u.parquet")
    counties(study).to_parquet(path)
    table = parquet.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["crs"] = text
    notes = {**table.schema.metadata, b"geo": json.dumps(geo).encode("ascii")}
    parquet.write_table(table.replace_schema_metadata(notes), path)
    refused_without_listing(study, capsys)
    edit(study, 'crs = "EPSG:4507"', f'crs = "{text}"')
    refused_without_listing(study, capsys)
    edges = [("a", "b", {"length": 1.0})]
    graph = nx.MultiDiGraph(edges, crs=text)
    nx.set_node_attributes(graph, {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}})
    with pytest.raises(InputError, match="crs-names-file"):
        from_graph(graph, crs="EPSG:4507")


def refused_without_listing(study: Path, capsys: Capture) -> None:
    """As `refused`, where beside the study lies what cannot be read."""
    from layout.app.cli.command import main

    with pytest.raises(SystemExit) as left:
        main(["check", str(study), "--lang", "en"])
    assert left.value.code == 1
    assert "error [crs-names-file]" in capsys.readouterr().err


# --- files beside --------------------------------------------------------------------------------


def shapefile(study: Path) -> Path:
    path = units_from(study, "u.shp")
    counties(study).to_file(path)
    return path


@pytest.mark.parametrize("suffix", [".shx", ".dbf", ".prj", ".cpg"])
def test_no_part_of_a_shapefile_leads_out(
    study: Path, tmp_path: Path, capsys: Capture, suffix: str
) -> None:
    path = shapefile(study)
    outside = tmp_path / f"secret{suffix}"
    path.with_suffix(suffix).rename(outside)
    path.with_suffix(suffix).symlink_to(outside)
    told = refused(study, capsys, "outside-folder", "u.shp", suffix)
    assert "secret" not in told.out + told.err


@pytest.mark.parametrize("name", ["u.qix", "u.sbn", "u.shp.aux.xml", "u.ovr", "u.idm"])
def test_what_else_lies_beside_a_shapefile_is_not_opened(
    mini_path: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "u.shp"
    counties(mini_path).to_file(path)
    before = sha256_of(path)
    # A pipe: who opened it would wait for ever.
    os.mkfifo(tmp_path / name)
    read_vector((path, ""), file="u.shp", kinds=AREAS)
    assert sha256_of(path) == before


@pytest.mark.parametrize("suffix", [".dbf", ".prj"])
def test_a_pipe_is_no_part_of_a_shapefile(study: Path, capsys: Capture, suffix: str) -> None:
    path = shapefile(study)
    path.with_suffix(suffix).unlink()
    os.mkfifo(path.with_suffix(suffix))
    refused(study, capsys, "not-a-file", "u.shp", suffix)


def test_a_pipe_is_no_input(study: Path, capsys: Capture) -> None:
    os.mkfifo(units_from(study, "u.gpkg"))
    refused(study, capsys, "not-a-file", "u.gpkg")


def test_a_shapefile_in_capitals_is_read(study: Path, capsys: Capture) -> None:
    before, path = Study.read(study).units, shapefile(study)
    for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
        part = path.with_suffix(suffix)
        part.rename(part.with_suffix(suffix.upper()))
    edit(study, "boundaries/u.shp", "boundaries/u.SHP")
    assert check(study, capsys).code == 0
    units = Study.read(study).units
    assert units["name"].equals(before["name"])
    # All parts count in the hash, whatever their letters.
    whole = sha256_of(path.with_suffix(".SHP"))
    path.with_suffix(".DBF").write_bytes(path.with_suffix(".DBF").read_bytes() + b"\x1a")
    assert sha256_of(path.with_suffix(".SHP")) != whole


def test_a_geopackage_with_waiting_changes_is_read_with_them(study: Path, capsys: Capture) -> None:
    path = study.parent / UNITS
    package = sqlite3.connect(path)
    try:
        package.execute("PRAGMA journal_mode = WAL")
        package.execute("PRAGMA wal_autocheckpoint = 0")
        before = sha256_of(path)
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            package.create_function(name, 1, lambda _: 0)
        package.execute("UPDATE counties SET name = 'waiting'")
        package.commit()
        assert path.with_name("counties.gpkg-wal").stat().st_size > 0
        assert check(study, capsys).code == 0
        assert set(Study.read(study).units["name"]) == {"waiting"}
        assert sha256_of(path) != before
    finally:
        package.close()


def test_waiting_changes_of_another_file_are_not_read(
    study: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (study.parent / f"{UNITS}-wal").symlink_to(tmp_path / "secret")
    refused(study, capsys, "outside-folder", "counties.gpkg-wal")


def test_an_unfinished_change_is_refused_and_not_undone(study: Path, capsys: Capture) -> None:
    journal = study.parent / f"{UNITS}-journal"
    journal.write_bytes(bytes.fromhex("d9d505f920a163d7") + bytes(504))
    refused(study, capsys, "unfinished", "counties.gpkg-journal")
    # What SQLite leaves behind of a change that was finished.
    journal.write_bytes(bytes(512))
    assert check(study, capsys).code == 0


def test_notes_of_a_geopackage_leave_no_file_behind(study: Path, capsys: Capture) -> None:
    held = counties(study)
    held.to_file(
        study.parent / UNITS, layer="counties", driver="GPKG",
        dataset_metadata={"c": "d"}, layer_metadata={"e": "f"},
    )  # fmt: skip
    assert check(study, capsys).code == 0


def test_an_input_that_may_not_be_opened_is_told(
    study: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def locked(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "counties.gpkg":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", locked)
    # The check of this test itself reads all files.
    monkeypatch.setattr("tests.worlds.study_check.contents", lambda _: {})
    refused(study, capsys, "cannot-read", "boundaries/counties.gpkg", "Permission denied")


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "hex", "undefined", "\x00"])
def test_what_is_no_encoding_in_a_cpg_is_told(mini_path: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "u.shp"
    pyogrio.write_dataframe(counties(mini_path), path, encoding="GBK")
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    attributes[29] = 0
    path.with_suffix(".dbf").write_bytes(attributes)
    path.with_suffix(".cpg").write_text(name)
    not_read(path, "shapefile-encoding")


@pytest.mark.parametrize("name", ["mini.toml", "scenario.toml"])
def test_a_pipe_is_no_study(study: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    with pytest.raises(InputError, match="cannot-read"):
        Study.read(path) if name == study.name else Study.read(study, scenario=path)


# --- programs and sizes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 100_000 + " = 1\n",
        "[a" + ".a" * 100_000 + "]\n",
        "".join(f"k{n}{'.a' * 1_900} = 1\n" for n in range(1_000)),
        "a = " + "[" * 1_000_000,
    ],
)
def test_a_study_file_of_endless_names_is_refused(study: Path, capsys: Capture, text: str) -> None:
    study.write_text(text, encoding="utf-8")
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [toml]", "thousands of dots", "Remedy"), told.err


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


@pytest.mark.parametrize(
    "query",
    [
        f"{ENDLESS} SELECT x AS fid, (SELECT geom FROM old) AS geom, x AS county_code FROM c",
        f"SELECT * FROM old WHERE ({ENDLESS} SELECT count(*) FROM c) > 0",
    ],
)
def test_a_view_of_a_geopackage_is_not_run(study: Path, capsys: Capture, query: str) -> None:
    changed(study, "ALTER TABLE counties RENAME TO old", f"CREATE VIEW counties AS {query}")
    refused(study, capsys, "layer-view", "counties.gpkg", "counties")
    edit(study, f"{UNITS}|counties", UNITS)
    refused(study, capsys, "layer-view", "counties.gpkg", "counties")


def test_a_view_beside_the_layer_does_no_harm(study: Path, capsys: Capture) -> None:
    path = changed(study, f"CREATE VIEW other AS {ENDLESS} SELECT x AS fid, x AS name FROM c")
    before = path.read_bytes()
    assert check(study, capsys).code == 0
    edit(study, f"{UNITS}|counties", UNITS)
    assert check(study, capsys).code == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["gpkg_spatial_ref_sys", "gpkg_geometry_columns"])
def test_the_lists_of_a_geopackage_are_no_queries(study: Path, capsys: Capture, name: str) -> None:
    changed(
        study,
        "PRAGMA legacy_alter_table = ON",
        f"ALTER TABLE {name} RENAME TO old",
        f"CREATE VIEW {name} AS {ENDLESS} SELECT old.* FROM old, c",
    )
    refused(study, capsys, "layer-view", "counties.gpkg", name)


def test_a_computed_column_is_not_computed(study: Path, capsys: Capture) -> None:
    changed(study, "ALTER TABLE counties ADD COLUMN big AS (hex(zeroblob(500000000)))")
    refused(study, capsys, "layer-view", "counties.gpkg", "counties")


@pytest.mark.parametrize("place", ["column", "rule"])
def test_what_a_table_would_compute_is_not_computed(
    study: Path, capsys: Capture, place: str
) -> None:
    """A rule (CHECK) or column that makes a text far larger than the file, for each row."""
    large = "hex(zeroblob(499999999))"
    rule = f"CHECK (length({large}) = 1)" if place == "rule" else f"g TEXT NOT NULL AS ({large})"
    changed(
        study,
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = substr(trim(sql), 1, length(trim(sql)) - 1) || ', {rule})'"
        " WHERE name = 'counties'",
    )
    if place == "rule":
        assert check(study, capsys).code == 0
    else:
        refused(study, capsys, "layer-view", "counties.gpkg", "counties")


def test_triggers_and_indices_are_left_alone(study: Path, capsys: Capture) -> None:
    changed(study, "CREATE TRIGGER t AFTER UPDATE ON counties BEGIN SELECT hex(zeroblob(9)); END")
    assert check(study, capsys).code == 0


@pytest.mark.more
def test_bytes_and_lists_are_no_text(study: Path, capsys: Capture) -> None:
    changed(study, "ALTER TABLE counties ADD COLUMN photo BLOB",
            "UPDATE counties SET photo = x'ff00fe'")  # fmt: skip
    assert check(study, capsys).code == 0
    path = units_from(study, "u.parquet")
    held = counties(study).drop(columns="photo")
    held.assign(photo=[b"\xff", None], many=[[1, 2], [3]]).to_parquet(path)
    assert check(study, capsys).code == 0
    _, problems = read_vector((path, ""), file="u.parquet", kinds=AREAS)
    assert [(one.code, one.column) for one in problems] == [
        ("binary-column", "photo"),
        ("binary-column", "many"),
    ]


def test_rows_of_a_parquet_are_counted_before_they_are_read(study: Path, capsys: Capture) -> None:
    path = units_from(study, "u.parquet")
    counties(study).to_parquet(path)
    schema = parquet.read_schema(path)
    rows = 2_500_000
    point = pa.array([box(0, 0, 1, 1).wkb]).dictionary_encode()
    index = pa.array(np.zeros(rows, dtype="int32"))
    columns = {
        name: pa.DictionaryArray.from_arrays(
            index, point.dictionary if name == "geometry" else pa.array(["x"])
        )
        for name in schema.names
    }
    table = pa.table(columns).replace_schema_metadata(schema.metadata)
    parquet.write_table(table, path, compression="zstd")
    assert path.stat().st_size < 100_000
    refused(study, capsys, "too-large", "u.parquet", "2500000 rows")


@pytest.mark.parametrize("kept", [True, False])
def test_a_long_text_that_a_parquet_repeats_does_not_eat_the_machine(
    study: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr("layout.inputs.safety.guarded.MAX_MEMORY", 2 << 30)
    path = units_from(study, "u.parquet")
    counties(study).iloc[:1].assign(note="x" * 5_000_000).to_parquet(path)
    one = parquet.read_table(path)
    index = pa.array(np.zeros(4_000, dtype="int32"))
    columns = {
        name: pa.DictionaryArray.from_arrays(index, one[name].combine_chunks())
        for name in one.schema.names
    }
    table = pa.table(columns).replace_schema_metadata(one.schema.metadata)
    # Where the kind of the column is not kept, each row has the text for itself.
    parquet.write_table(
        table, path, compression="zstd", dictionary_pagesize_limit=1 << 30, store_schema=kept
    )
    assert path.stat().st_size < 100_000
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [inflates]" if kept else "error [too-large]", "u.parquet")


def test_notes_of_a_parquet_that_go_too_deep_are_refused(study: Path, capsys: Capture) -> None:
    path = units_from(study, "u.parquet")
    counties(study).to_parquet(path)
    table = parquet.read_table(path)
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    notes = {**table.schema.metadata, b"geo": deep}
    parquet.write_table(table.replace_schema_metadata(notes), path)
    refused(study, capsys, "vector", "u.parquet")


def test_an_index_that_names_one_shape_many_times_is_refused(study: Path, capsys: Capture) -> None:
    path = shapefile(study)
    index = path.with_suffix(".shx").read_bytes()
    path.with_suffix(".shx").write_bytes(index[:100] + index[100:108] * 100_000)
    refused(study, capsys, "vector", "u.shp")


def test_attributes_that_each_feature_has_alone_are_refused(study: Path, capsys: Capture) -> None:
    data = json.loads(counties(study).to_json())
    first = data["features"][0]
    data["features"] += [{**first, "properties": {f"a{n}": 1}} for n in range(21_000)]
    units_from(study, "u.geojson").write_text(json.dumps(data), encoding="utf-8")
    refused(study, capsys, "too-large", "u.geojson")


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "fgb"])
def test_more_features_than_may_be_are_refused(
    study: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for room in ("limits", "geopackage"):
        monkeypatch.setattr(f"layout.inputs.safety.{room}.MAX_ROWS", 50)
    monkeypatch.setattr("layout.inputs.layers.vector.MAX_ROWS", 50)
    path = units_from(study, f"u.{kind}")
    pd.concat([counties(study)] * 30, ignore_index=True).to_file(path)
    refused(study, capsys, "too-large", f"u.{kind}")


@pytest.mark.parametrize(("limit", "most"), [("MAX_OBJECTS", 5), ("MAX_CELLS", 10)])
def test_objects_and_lists_of_a_geojson_are_counted_before_they_are_made(
    mini_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    counties(mini_path).to_file(tmp_path / "u.geojson")
    monkeypatch.setattr(f"layout.inputs.safety.geojson.{limit}", most)
    not_read(tmp_path / "u.geojson", "too-large", "memory")


def test_columns_of_a_layer_are_no_more_than_those_of_a_table(
    mini_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counties(mini_path).assign(**{f"a{n}": n for n in range(10)}).to_file(tmp_path / "u.gpkg")
    monkeypatch.setattr("layout.inputs.layers.checks.MAX_COLUMNS", 10)
    not_read(tmp_path / "u.gpkg", "too-large", "13 columns")


def test_tables_of_a_geopackage_are_counted_before_they_are_looked_at(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.inputs.safety.geopackage.MAX_TABLES", 20)
    path = changed(study, *(f"CREATE TABLE t{n} (a)" for n in range(20)))
    not_read(path, "vector", "tables")


def test_a_damaged_tree_of_a_geopackage_is_refused(study: Path, capsys: Capture) -> None:
    path = study.parent / UNITS
    data = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as package:
        pages = dict(package.execute("SELECT name, rootpage FROM sqlite_master"))
        size = package.execute("PRAGMA page_size").fetchone()[0]
    # Two tables share a page, so that what one holds would be read twice.
    own = (pages["counties"] - 1) * size
    other = (pages["gpkg_extensions"] - 1) * size
    data[other : other + size] = data[own : own + size]
    data[own : own + size] = os.urandom(size)
    path.write_bytes(data)
    refused(study, capsys, "vector", "counties.gpkg")


# --- shapes --------------------------------------------------------------------------------------


def star(points: int, *, x: float, y: float, radius: float) -> Polygon:
    """A star whose every side crosses nearly every other."""
    step = 2 * math.pi * (points // 2 - 1) / points
    return Polygon(
        [(x + radius * math.cos(n * step), y + radius * math.sin(n * step)) for n in range(points)]
    )


def test_a_star_of_many_points_is_refused_in_seconds(study: Path, capsys: Capture) -> None:
    held = counties(study)
    middle = held.geometry.iloc[1].centroid
    held.loc[1, "geometry"] = star(301, x=middle.x, y=middle.y, radius=0.2)
    held.to_file(units_from(study, "u.geojson"))
    refused(study, capsys, "crossings", "u.geojson", "row 2")


def test_a_star_of_few_points_is_repaired(study: Path, capsys: Capture) -> None:
    held = counties(study)
    middle = held.geometry.iloc[1].centroid
    held.loc[1, "geometry"] = star(21, x=middle.x, y=middle.y, radius=0.2)
    held.to_file(units_from(study, "u.geojson"))
    assert check(study, capsys).says("warning [repaired]", "u.geojson", "row 2")


def test_many_small_stars_count_together(study: Path, capsys: Capture) -> None:
    held = pd.concat([counties(study)] * 20, ignore_index=True)
    for at in range(2, len(held)):
        held.loc[at, "geometry"] = star(21, x=106 + at / 100, y=23, radius=0.001)
    held.to_file(units_from(study, "u.geojson"))
    refused(study, capsys, "crossings", "u.geojson")


def test_parts_that_lie_in_each_other_by_the_thousand_are_refused(
    study: Path, capsys: Capture
) -> None:
    held = counties(study)
    middle = held.geometry.iloc[1].centroid
    sizes = [n / 100_000 for n in range(1, 4_000)]
    boxes = [box(middle.x - s, middle.y - s, middle.x + s, middle.y + s) for s in sizes]
    held.loc[1, "geometry"] = MultiPolygon(boxes)
    held.to_file(units_from(study, "u.geojson"))
    refused(study, capsys, "crossings", "u.geojson", "row 2")


def test_rows_of_a_database_are_held_to_the_same(study: Path) -> None:
    held = counties(study)
    middle = held.geometry.iloc[1].centroid
    held.loc[1, "geometry"] = star(301, x=middle.x, y=middle.y, radius=0.2)
    fetched = Fetched(shown="database", frame=held, sha256="")
    _, problems = read_vector(fetched, file="database", kinds=AREAS)
    assert [one.code for one in problems] == ["crossings"]
    moon = pyproj.CRS("+proj=longlat +R=1737400 +type=crs")
    fetched = Fetched(shown="d", frame=held.set_crs(moon, allow_override=True), sha256="")
    with pytest.raises(InputError, match="crs-not-earth"):
        read_vector(fetched, file="database", kinds=AREAS)


def test_copies_are_gone_after_reading(
    study: Path, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    assert check(study, capsys).code == 0
    assert list(aside.iterdir()) == []
    shutil.rmtree(aside)
