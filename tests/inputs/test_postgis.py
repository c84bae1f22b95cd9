"""Tables of a study in a real PostgreSQL with PostGIS: the same as from files, or refused."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import psycopg
import pytest

from layout.core.errors import InputError
from layout.inputs.database import postgis
from layout.inputs.safety.address import is_address, parse_address, without_password
from layout.inputs.study.study import Study
from layout.network.roads import network
from tests.worlds.postgis import PASSWORD, Server, create, load, programs, server
from tests.worlds.study_check import ATTENDANCE, SCHOOLS, SETTLEMENTS, UNITS, check, contents, edit

pytestmark = pytest.mark.slow
Capture = pytest.CaptureFixture[str]

IN_FILES = {
    "units": f"{UNITS}|counties",
    "border": "boundaries/border.gpkg|border",
    "settlements": SETTLEMENTS,
    "schools": SCHOOLS,
    "attendance": ATTENDANCE,
    "roads": "roads/roads.gpkg",
}
IN_DATABASE = {
    "units": "教育.县界",
    "border": "border",
    "settlements": "教育.villages",
    "schools": '"Edu.2021"."School ""list"""',
    "attendance": "attendance",
    "roads": "roads",
}


@pytest.fixture(scope="module")
def running(mini_path: Path) -> Iterator[Server]:
    """A server whose database `study` holds the small study."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL with PostGIS is not installed")
    with server(found) as held:
        create(held, "study")
        with held.admin("study") as admin:
            fill(admin, mini_path.parent)
        yield held


def fill(admin: psycopg.Connection, folder: Path) -> None:
    """Put every table of the small study in, each in another way."""
    texts = {"county_code": str, "school_id": str, "settlement_id": str, "township_code": str}
    texts |= {"village_code": str, "type_code": str, "urban_rural_code": str}
    texts |= {"centre_school_id": str}
    read = {name: folder / path.partition("|")[0] for name, path in IN_FILES.items()}
    units = gpd.read_file(read["units"])
    load(admin, ("教育", "县界"), units.to_crs("EPSG:4490"), srid=4490)
    load(admin, ("border",), gpd.read_file(read["border"]))
    load(admin, ("roads",), gpd.read_file(read["roads"]))
    villages = pd.read_csv(read["settlements"], dtype=texts, keep_default_na=False)
    places = gpd.points_from_xy(villages["lon"], villages["lat"])
    shaped = gpd.GeoDataFrame(
        villages.drop(columns=["lon", "lat"]), geometry=places, crs="EPSG:4326"
    ).rename_geometry("geom")
    load(admin, ("教育", "villages"), shaped)
    schools = pd.read_csv(read["schools"], dtype=texts, keep_default_na=False)
    load(admin, ("Edu.2021", 'School "list"'), schools)
    load(admin, ("attendance",), pd.read_csv(read["attendance"], dtype=texts, na_filter=False))


@pytest.fixture
def study(mini_path: Path, tmp_path: Path, running: Server) -> Path:
    """The study file with all its inputs in the database."""
    folder = tmp_path / "study"
    folder.mkdir()
    path = folder / "mini.toml"
    text = mini_path.read_text(encoding="utf-8")
    for name, file in IN_FILES.items():
        assert f'"{file}"' in text
        text = text.replace(f'"{file}"', f"'{running.address(IN_DATABASE[name])}'")
    path.write_text(text, encoding="utf-8")
    return path


def to(study: Path, running: Server, name: str, address: str) -> None:
    """Let an input be read from another address."""
    edit(study, f"'{running.address(IN_DATABASE[name])}'", f"'{address}'")


@pytest.mark.more
def test_a_study_in_a_database_is_the_study_in_files(
    study: Path, mini_path: Path, capsys: Capture
) -> None:
    one, two = Study.read(mini_path), Study.read(study)
    for name in ("units", "settlements", "schools"):
        before, after = getattr(one, name), getattr(two, name)
        order = list(before.columns)
        assert sorted(after.columns) == sorted(order)
        assert before.crs == after.crs
        assert before.geometry.geom_equals_exact(after.geometry, 1e-9).all(), name
        pd.testing.assert_frame_equal(
            pd.DataFrame(before.drop(columns="geometry")),
            pd.DataFrame(after[order].drop(columns="geometry")),
        )
    assert one.border is not None
    assert two.border is not None
    assert one.border.union_all().equals(two.border.union_all())
    assert one.attendance is not None
    assert two.attendance is not None
    pd.testing.assert_frame_equal(one.attendance, two.attendance)
    roads, again = network(one), network(two)
    pd.testing.assert_frame_equal(roads.edges, again.edges)
    pd.testing.assert_frame_equal(roads.nodes, again.nodes)
    assert [record.decision for record in one.datums] == [record.decision for record in two.datums]
    assert check(study, capsys).code == 0


@pytest.mark.more
def test_the_hash_is_of_the_rows_and_the_password_is_nowhere(
    study: Path, running: Server, tmp_path: Path, capsys: Capture
) -> None:
    from layout.output.lists.runfile import as_json, run_record
    from tests.worlds.fake_plan import fake_plan

    held = Study.read(study)
    by_name = {item.name: item for item in held.inputs}
    assert by_name["schools"].path == (
        f"postgresql://reader@127.0.0.1:{running.port}/study" + '|"Edu.2021"."School ""list"""'
    )
    assert len(by_name["attendance"].sha256) == 64
    with running.admin("study") as admin:
        first = admin.execute("SELECT settlement_id, ctid FROM attendance LIMIT 1").fetchone()
        assert first is not None
        # An update of PostgreSQL moves the row to another place in the table.
        admin.execute("UPDATE attendance SET pupils = pupils WHERE ctid = %s", [first[1]])
        again = parse_address(running.address("attendance"), file="s", key="k")
        fetched_again = postgis.fetch(again, geometry="ignored")
        assert fetched_again.sha256 == by_name["attendance"].sha256
        admin.execute("CREATE TABLE spare AS SELECT * FROM attendance")
        admin.execute("GRANT SELECT ON spare TO reader")
        admin.execute("DELETE FROM spare WHERE ctid = (SELECT ctid FROM spare LIMIT 1)")
    spare = parse_address(running.address("spare"), file="s", key="k")
    shorter = postgis.fetch(spare, geometry="ignored")
    assert shorter.sha256 != by_name["attendance"].sha256
    told = check(study, capsys, "--report", str(tmp_path / "report"))
    assert told.code == 0
    record = as_json(run_record(replace(fake_plan(), study=held)))
    assert json.loads(record)["inputs"][-1]["sha256"]
    written = b"".join(contents(tmp_path / "report").values())
    for secret in (PASSWORD, "pa%40ss"):
        assert secret not in told.out + told.err + record + repr(held.roads)
        assert secret.encode() not in written


@pytest.mark.more
def test_the_password_may_stand_elsewhere(
    running: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = parse_address(running.address("attendance", password=None), file="s", key="k")
    with pytest.raises(InputError, match="PGPASSWORD") as error:
        postgis.fetch(address, geometry="ignored")
    assert [problem.code for problem in error.value.problems] == ["database-connection"]
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    held = postgis.fetch(address, geometry="ignored")
    monkeypatch.delenv("PGPASSWORD")
    kept = tmp_path / "kept.pgpass"
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    kept.write_text(f"127.0.0.1:{running.port}:study:reader:{escaped}\n", encoding="utf-8")
    kept.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    assert postgis.fetch(address, geometry="ignored").sha256 == held.sha256


@pytest.mark.more
def test_reading_cannot_write(running: Server) -> None:
    with running.admin("study") as admin:
        admin.execute("CREATE TABLE log (text text)")
        admin.execute(
            "CREATE FUNCTION note() RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER "
            "AS $$INSERT INTO log VALUES ('read') RETURNING text$$"
        )
        admin.execute("CREATE VIEW sly AS SELECT note() AS school_id")
        admin.execute("GRANT SELECT ON sly TO reader")
        with pytest.raises(InputError) as error:
            fetched(running, "sly")
        assert "read-only" in str(error.value)
        assert admin.execute("SELECT count(*) FROM log").fetchone() == (0,)


def fetched(running: Server, table: str, geometry: postgis.Geometry = "ignored") -> postgis.Fetched:
    address = parse_address(running.address(table), file="s.toml", key="inputs.x")
    return postgis.fetch(address, geometry=geometry)


def codes(running: Server, table: str, geometry: postgis.Geometry = "needed") -> list[str]:
    with pytest.raises(InputError) as error:
        fetched(running, table, geometry)
    assert all(problem.remedy for problem in error.value.problems)
    assert PASSWORD not in str(error.value)
    return [problem.code for problem in error.value.problems]


@pytest.mark.more
def test_what_a_table_can_be_wrong_in(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(running, "attendence") == ["database-table"]
    assert codes(running, "教育.nothing") == ["database-table"]
    assert codes(running, "attendance") == ["no-geometry-column"]
    assert codes(running, "border|shape") == ["no-geometry-column"]
    with running.admin("study") as admin:
        for name, columns in (
            ("secret", "a text"),
            ("two_shapes", "a geometry, b geometry"),
            ("mixed", "id text, geom geometry"),
            ("odd", "geom geometry"),
        ):
            admin.execute(f"CREATE TABLE {name} ({columns})")
            if name != "secret":
                admin.execute(f"GRANT SELECT ON {name} TO reader")
        point = "ST_SetSRID(ST_MakePoint(106, 24), {})"
        admin.execute(f"INSERT INTO mixed VALUES ('a', {point.format(4326)})")
        admin.execute(f"INSERT INTO mixed VALUES ('b', {point.format(4490)}), ('c', NULL)")
        admin.execute(f"INSERT INTO odd VALUES ({point.format(999_001)})")
        admin.execute(
            "CREATE VIEW slow AS SELECT pg_sleep(5)::text AS a; GRANT SELECT ON slow TO reader"
        )
        admin.execute("CREATE TABLE wide AS SELECT repeat('x', 1000) a FROM generate_series(1, 9)")
        admin.execute("GRANT SELECT ON wide TO reader")
    assert codes(running, "secret", "ignored") == ["database-read"]
    assert codes(running, "two_shapes") == ["geometry-choice"]
    assert codes(running, "mixed") == ["srid-mixed"]
    assert codes(running, "odd") == ["srid-unknown"]
    monkeypatch.setattr(postgis, "MAX_INFLATED", 5_000)
    assert codes(running, "wide", "ignored") == ["too-large"]
    monkeypatch.setattr(postgis, "MAX_ROWS", 5)
    assert codes(running, "wide", "ignored") == ["too-large"]
    quick = [line.replace("60s", "200ms") for line in postgis._SETTINGS]
    monkeypatch.setattr(postgis, "_SETTINGS", quick)
    assert codes(running, "slow", "ignored") == ["database-timeout"]


@pytest.mark.more
def test_a_database_without_postgis(study: Path, running: Server, capsys: Capture) -> None:
    create(running, "plain", postgis=False)
    with running.admin("plain") as admin:
        admin.execute("CREATE TABLE units (county_code text, name text)")
        admin.execute("GRANT SELECT ON units TO reader")
    to(study, running, "units", running.address("units", database="plain"))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [postgis-missing]", "/plain|units", "Remedy")


@pytest.mark.more
def test_text_in_another_encoding(running: Server) -> None:
    with running.admin() as admin:
        admin.execute("CREATE DATABASE raw TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with running.admin("raw") as admin:
        admin.execute("CREATE TABLE t (name text)")
        admin.execute("INSERT INTO t VALUES (E'\\xB0\\xD9')")
        admin.execute("GRANT SELECT ON t TO reader")
    address = parse_address(running.address("t", database="raw"), file="s", key="k")
    with pytest.raises(InputError) as error:
        postgis.fetch(address, geometry="ignored")
    assert [problem.code for problem in error.value.problems] == ["database-encoding"]


@pytest.mark.more
def test_problems_of_a_server_are_told_with_all_others(
    study: Path, running: Server, capsys: Capture
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    gone = running.address("attendance").replace(f":{running.port}/", f":{closed}/")
    to(study, running, "attendance", gone)
    to(study, running, "border", running.address("border", password="wrong!"))
    to(study, running, "roads", running.address("raods"))
    told = check(study, capsys)
    assert told.code == 1
    assert told.says("error [database-connection]", f":{closed}/study|attendance")
    assert told.says("error [database-connection]", "|border", "authentication failed")
    assert told.says("error [database-table]", "|raods", "public.roads")
    assert "wrong!" not in told.err
    capsys.readouterr()
    from layout.app.cli.command import main

    with pytest.raises(SystemExit) as left:
        main(["check", str(study), "--lang", "zh"])
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert "无法连接数据库" in said
    assert "wrong!" not in said


@pytest.mark.more
def test_wrong_cells_are_told_by_the_row_in_order_of_text(
    study: Path, running: Server, capsys: Capture
) -> None:
    with running.admin("study") as admin:
        admin.execute("CREATE TABLE bad AS SELECT * FROM attendance")
        admin.execute("UPDATE bad SET school_id = 'zzz' WHERE ctid = (SELECT max(ctid) FROM bad)")
        admin.execute("GRANT SELECT ON bad TO reader")
    to(study, running, "attendance", running.address("bad"))
    told = check(study, capsys)
    assert told.code == 1
    rows = fetched(running, "bad").frame
    at = rows.index[rows["school_id"] == "zzz"][0] + 1
    assert told.says("error [unknown-school]", "|bad", "zzz", f"row {at}")


def test_the_driver_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    address = parse_address("postgresql://h/d|t", file="s", key="k")
    with pytest.raises(InputError) as error:
        postgis.fetch(address, geometry="ignored")
    assert [problem.code for problem in error.value.problems] == ["database-driver"]
    assert "psycopg" in str(error.value)


@pytest.mark.parametrize(
    ("text", "parts", "shown"),
    [
        ("postgresql://h/d|t", ("", "", "h", "", "d", "", "t", ""), "postgresql://h/d|t"),
        (
            "postgres://u:p%40%7C@h:5433/d%20b?sslmode=require|s.t|geom",
            ("u", "p@|", "h", "5433", "d b", "s", "t", "geom"),
            "postgresql://u@h:5433/d%20b|s.t|geom",
        ),
        (
            'postgresql://u@/d?host=/run/pg | "a.b"."c""d" ',
            ("u", "", "/run/pg", "", "d", "a.b", 'c"d', ""),
            'postgresql://u@%2Frun%2Fpg/d|"a.b"."c""d"',
        ),
        (
            "postgresql://[::1]:5432/教育|学校",
            ("", "", "::1", "5432", "教育", "", "学校", ""),
            "postgresql://[::1]:5432/%E6%95%99%E8%82%B2|学校",
        ),
    ],
)
def test_addresses(text: str, parts: tuple[str, ...], shown: str) -> None:
    held = parse_address(text, file="s", key="k")
    names = ("user", "password", "host", "port", "database", "schema", "table", "geometry")
    assert tuple(getattr(held, name) for name in names) == parts
    assert held.shown == shown
    assert "p@|" not in repr(held)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:S3cr@h/d",
        "postgresql://u:S3cr@h/|t",
        "postgresql://u:S3cr@h/d|",
        "postgresql://u:S3cr@h/d|a.b.c",
        "postgresql://u:S3cr@h/d|t.",
        "postgresql://u:S3cr@h/d?passfile=/etc/passwd|t",
        "postgresql://u:S3cr@h/d?options=-csearch_path%3Dx|t",
        "postgresql://u:S3/cr@h/d|t",
        "postgresql://u:S3?cr@h/d|t",
        "postgresql://u:S3#cr@h/d|t",
        "postgresql://u:S3|cr@h/d|t",
        "postgresql://u:S3 cr|@h/d|t",
        "postgresql://u:[S3cr@h/d|t",
        "postgresql://u:S3cr@h:port/d|t",
    ],
)
def test_addresses_that_are_none(text: str) -> None:
    assert is_address(text)
    with pytest.raises(InputError) as error:
        parse_address(text, file="s", key="k")
    assert [problem.code for problem in error.value.problems] == ["database-address"]
    assert "S3" not in str(error.value)
    assert "cr@" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "PG:host=h dbname=d password=S3cr user=u",
        "PG:dbname='d' password='S3 cr'",
        "mysql://u:S3cr@h/d|t",
        "postgresql+psycopg://u:S3cr@h/d|t",
        "https://u:S3cr@h/x.gpkg",
    ],
)
def test_07_other_addresses_stay_refused(
    mini_path: Path, tmp_path: Path, capsys: Capture, text: str
) -> None:
    shutil.copytree(mini_path.parent, tmp_path / "study")
    path = tmp_path / "study" / mini_path.name
    edit(path, f'"{SCHOOLS}"', f'"{text}"')
    told = check(path, capsys)
    assert told.code == 1
    assert told.says("error [not-a-path]", "inputs.schools")
    assert "S3" not in told.err
    assert "cr" not in without_password(text).replace("mysql", "")


def test_a_password_under_a_wrong_key_is_not_told(
    mini_path: Path, tmp_path: Path, capsys: Capture
) -> None:
    shutil.copytree(mini_path.parent, tmp_path / "study")
    path = tmp_path / "study" / mini_path.name
    edit(path, "[inputs]\n", '[inputs]\nscools = "postgresql://u:S3cr@h/d|t"\n')
    told = check(path, capsys)
    assert told.code == 1
    assert told.says("scools", "u:***@h")
    assert "S3cr" not in told.err
