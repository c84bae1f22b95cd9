"""A PostgreSQL server with PostGIS of the test's own, and tables of a study put into it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import geopandas as gpd
import pandas as pd
import psycopg
from psycopg import sql

USER, PASSWORD = "reader", "pa@ss:w/or|d%"
"""A password of the signs that an address must write with their numbers."""


@dataclass(frozen=True)
class Server:
    """A running server; ``admin`` may do everything, `USER` may read what it is granted."""

    folder: Path
    port: int

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def address(
        self, table: str, *, database: str = "study", password: str | None = PASSWORD
    ) -> str:
        secret = "" if password is None else f":{quote(password, safe='')}"
        return f"postgresql://{USER}{secret}@127.0.0.1:{self.port}/{database}|{table}"


def programs() -> Path | None:
    """Folder of the server's programs, None where it or PostGIS is not installed."""
    found = shutil.which("initdb")
    # Debian keeps the programs of each version in a folder of its own.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path(found).resolve().parent] if found else []
    for folder in folders:
        if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "pg_config")):
            continue
        asked = [str(folder / "pg_config"), "--sharedir"]
        shared = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        if (Path(shared) / "extension" / "postgis.control").exists():
            return folder
    return None


@contextmanager
def server(folder_of_programs: Path) -> Iterator[Server]:
    """Run a server on a free port of this machine, in a folder that goes with it."""
    folder = Path(mkdtemp(prefix="pg-"))
    # The server refuses to run as root.
    is_root = os.name == "posix" and os.getuid() == 0
    as_other = ["runuser", "-u", "postgres", "--"] if is_root else []
    if as_other:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*as_other, str(folder_of_programs / program), *arguments]
        subprocess.run(
            command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        run("initdb", "-D", str(data), "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        rules = "local all postgres trust\nlocal all all scram-sha-256\n"
        rules += "host all all 127.0.0.1/32 scram-sha-256\n"
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")
        run("pg_ctl", "-D", str(data), "-w", "-s", "-o", settings, "start")
        try:
            yield Server(folder, port)
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def create(held: Server, database: str, *, postgis: bool = True) -> None:
    """Make a database, and once the user who reads."""
    with held.admin() as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER]).fetchone() is None:
            query = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            admin.execute(query.format(sql.Identifier(USER), sql.Literal(PASSWORD)))
    with held.admin(database) as admin:
        if postgis:
            admin.execute("CREATE EXTENSION postgis")


def load(
    connection: psycopg.Connection, name: tuple[str, ...], frame: pd.DataFrame, *, srid: int = 4326
) -> None:
    """Put a table in, numbers as numbers, its rows in another order than they come."""
    table = sql.Identifier(*name)
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else ""
    kinds = []
    for column in frame.columns:
        kind = "text"
        if column == shape:
            kind = f"geometry(Geometry, {srid})"
        elif pd.api.types.is_integer_dtype(frame[column].dtype):
            kind = "integer"
        elif pd.api.types.is_float_dtype(frame[column].dtype):
            kind = "double precision"
        kinds.append(sql.SQL("{} " + kind).format(sql.Identifier(column)))
    if len(name) == 2:
        schema = sql.Identifier(name[0])
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        connection.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, sql.Identifier(USER))
        )
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(kinds)))
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, sql.Identifier(USER)))
    cells = pd.DataFrame(frame).astype(object).where(frame.notna(), None)
    if shape:
        cells[shape] = [f"SRID={srid};{place.wkt}" for place in frame.geometry]
    query = sql.SQL("COPY {} FROM STDIN").format(table)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for row in cells.iloc[::-1].itertuples(index=False, name=None):
            copy.write_row(row)
