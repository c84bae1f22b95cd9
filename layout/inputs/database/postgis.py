"""Tables of a PostgreSQL database, with PostGIS where they hold geometries; never written to.

The driver, psycopg, is an optional part of the installation. A table is read once, in a
transaction that can only read, all cells as text; its rows are sorted, for a database has no order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from layout.core.problems import refuse
from layout.core.progress import step
from layout.core.text import tr
from layout.inputs.datum import names_file
from layout.inputs.safety.address import Address
from layout.inputs.safety.limits import MAX_COLUMNS, MAX_INFLATED, MAX_ROWS
from layout.inputs.safety.paths import Source

if TYPE_CHECKING:
    from psycopg import Connection, sql

__all__ = ["Fetched", "Geometry", "Input", "fetch"]

CONNECT_S = 10
STATEMENT_S = 60
"""How long the server may take to answer, for the connection and for each statement."""

_BATCH = 5_000
_SHAPES = ("geometry", "geography")

Geometry = Literal["needed", "possible", "ignored"]
"""Whether a table must have a geometry, may have one, or is read without it."""

Cells = tuple[str, ...]

# For one transaction: limits of time, and one way to write dates and numbers on all servers.
_SETTINGS = (
    f"SET LOCAL statement_timeout = '{STATEMENT_S}s'",
    f"SET LOCAL lock_timeout = '{CONNECT_S}s'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL extra_float_digits = 1",
)

_COLUMNS = """
    SELECT a.attname, t.typname FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
# What the user may read, to be offered in a message; tables of extensions are left out.
_TABLES = """
    SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema' AND (n.nspname = %s OR %s = '')
    AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1 LIMIT 8
"""
_POSTGIS = """
    SELECT n.nspname FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'
"""
_SYSTEM = "SELECT auth_name, auth_srid, srtext FROM {} WHERE srid = {}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Fetched:
    """The rows of a table as they were read.

    Parameters
    ----------
    shown
        Address without password.
    frame
        All cells text, blank where the table has none, in the order of their text; with the
        geometry in its own system as last column where it was asked for.
    sha256
        Of the names of the columns and of all rows in this order.
    """

    shown: str
    frame: pd.DataFrame | gpd.GeoDataFrame
    sha256: str


Input = Source | Fetched
"""Where a table of a study comes from: a file and its layer or sheet, or rows of a database."""


def fetch(address: Address, *, geometry: Geometry) -> Fetched:
    """Read a table of a database.

    Parameters
    ----------
    address
        Where it is. What it leaves out, a password above all, is taken from where every client
        of PostgreSQL takes it: ``PGPASSWORD``, ``~/.pgpass`` and their like.
    geometry
        Whether its geometry is read.

    Returns
    -------
    Fetched
        Its rows.

    Raises
    ------
    InputError
        Codes ``database-driver``, ``database-connection``, ``database-table``,
        ``database-timeout``, ``database-read``, ``database-encoding``, ``postgis-missing``,
        ``no-geometry-column``, ``geometry-choice``, ``srid-mixed``, ``srid-unknown``,
        ``vector``, ``too-large``.
    """
    with step(tr("Reading from the database")), _connected(address) as connection:
        columns = _columns(connection, address)
        shape = _shape_column(connection, address, columns, geometry)
        # All columns but geometries, then the one geometry that is read.
        plain = [name for name, kind in columns if kind not in _SHAPES]
        names = [*plain, *([shape] if shape else [])]
        # Rows sorted as text, the geometry last; a database gives them in no fixed order.
        rows = sorted(_rows(connection, address, names))
        frame = pd.DataFrame(
            {name: [row[at] for row in rows] for at, name in enumerate(plain)},
            index=pd.RangeIndex(len(rows)),
            dtype="str",
        )
        if shape:
            shapes = _shapes([row[-1] for row in rows], address)
            series = gpd.GeoSeries(shapes, crs=_crs(connection, shapes, address))
            frame = gpd.GeoDataFrame(frame.assign(**{shape: series}), geometry=shape)
    return Fetched(shown=address.shown, frame=frame, sha256=_sha256(names, rows))


@contextmanager
def _connected(address: Address) -> Iterator[Connection]:
    """Open a transaction that can only read; errors within become problems."""
    try:
        import psycopg
    except ImportError as error:
        raise refuse("database-driver", file=address.shown) from error
    try:
        connection = psycopg.connect(
            psycopg.conninfo.make_conninfo(
                user=address.user or None,
                password=address.password or None,
                host=address.host or None,
                port=address.port or None,
                dbname=address.database,
                sslmode=address.sslmode or None,
                connect_timeout=CONNECT_S,
                client_encoding="UTF8",
                application_name="school-layout",
            )
        )
    except (psycopg.Error, UnicodeError, ValueError) as error:
        # Without its cause, whose text may hold the password.
        raise refuse(
            "database-connection", file=address.shown, error=_said(error, address)
        ) from None
    try:
        with connection:
            connection.read_only = True
            for setting in _SETTINGS:
                connection.execute(setting)
            yield connection
    except psycopg.errors.QueryCanceled as error:
        raise refuse("database-timeout", file=address.shown, seconds=STATEMENT_S) from error
    except (
        psycopg.errors.CharacterNotInRepertoire,
        psycopg.errors.UntranslatableCharacter,
        UnicodeDecodeError,
    ) as error:
        raise refuse("database-encoding", file=address.shown) from error
    except psycopg.Error as error:
        raise refuse("database-read", file=address.shown, error=_said(error, address)) from None


def _said(error: Exception, address: Address) -> str:
    """First line of the server's message, with the password blanked out."""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
    return text.replace(address.password, "***") if address.password else text


def _identifier(address: Address) -> sql.Identifier:
    from psycopg import sql

    # Quoted by the driver, so that no name can act as SQL.
    return sql.Identifier(*(name for name in (address.schema, address.table) if name))


def _columns(connection: Connection, address: Address) -> list[tuple[str, str]]:
    """Names and types of the table's columns."""
    quoted = _identifier(address).as_string(connection)
    columns = [(str(a), str(b)) for a, b in connection.execute(_COLUMNS, [quoted]).fetchall()]
    if not columns:
        # No such table, or none that this user may see: name the others.
        present = connection.execute(_TABLES, [address.schema, address.schema]).fetchall()
        place: dict[str, Any] = {"file": address.shown, "value": address.table}
        if not present:
            raise refuse("database-table", name=quoted, **place)
        choices = ", ".join(str(name) for (name,) in present)
        raise refuse("database-table:choices", name=quoted, choices=choices, **place)
    if len(columns) > MAX_COLUMNS:
        raise refuse("too-large", file=address.shown, rows=0, count=len(columns))
    return columns


def _shape_column(
    connection: Connection, address: Address, columns: list[tuple[str, str]], geometry: Geometry
) -> str:
    """Name of the geometry column to read; "" where none is read."""
    shapes = [name for name, kind in columns if kind in _SHAPES]
    if geometry == "ignored" or (geometry == "possible" and not shapes):
        return ""
    if address.geometry in shapes:
        return address.geometry
    if shapes and not address.geometry:
        if len(shapes) == 1:
            return shapes[0]
        raise refuse("geometry-choice", file=address.shown, choices=", ".join(shapes))
    # Without PostGIS no table can have a geometry, and the remedy is another.
    if not shapes and connection.execute(_POSTGIS).fetchone() is None:
        raise refuse("postgis-missing", file=address.shown)
    if not shapes:
        raise refuse("no-geometry-column", file=address.shown, value=address.geometry)
    raise refuse(
        "no-geometry-column:named",
        file=address.shown,
        value=address.geometry,
        choices=", ".join(shapes),
    )


def _rows(connection: Connection, address: Address, names: list[str]) -> Iterator[Cells]:
    """Give all rows, cells as PostgreSQL writes them; more than a file may hold are refused."""
    from psycopg import sql

    # One row more than allowed, to know that there are too many.
    query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names),
        _identifier(address),
        sql.Literal(MAX_ROWS + 1),
    )
    count = size = 0
    # A named cursor lives on the server, so that rows come in batches and not all at once.
    with connection.cursor(name="layout") as cursor:
        cursor.execute(query)
        while batch := cursor.fetchmany(_BATCH):
            count += len(batch)
            size += sum(len(cell) for row in batch for cell in row if cell)
            if count > MAX_ROWS or size > MAX_INFLATED:
                raise refuse("too-large", file=address.shown, rows=count, count=len(names))
            for row in batch:
                yield tuple([cell or "" for cell in row])


def _sha256(names: list[str], rows: list[Cells]) -> str:
    # One line of JSON for the names of the columns and for each row.
    digest = hashlib.sha256()
    for line in (names, *rows):
        digest.update(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def _shapes(cells: list[str], address: Address) -> npt.NDArray[np.object_]:
    """Read geometries as PostGIS writes them: hexadecimal well-known binary with SRID."""
    try:
        return np.asarray(
            shapely.from_wkb(np.array([cell or None for cell in cells], dtype=object))
        )
    except (shapely.errors.GEOSException, ValueError) as error:
        raise refuse("vector:curves", file=address.shown, error=str(error)[:200]) from error


def _system(connection: Connection, srid: int) -> tuple[object, ...] | None:
    """What the database knows of a coordinate system; PostGIS may be in any schema."""
    from psycopg import sql

    schema = connection.execute(_POSTGIS).fetchone()
    if schema is None:
        return None
    table = sql.Identifier(str(schema[0]), "spatial_ref_sys")
    query = sql.SQL(_SYSTEM).format(table, sql.Literal(srid))
    return connection.execute(query).fetchone()


def _crs(
    connection: Connection,
    shapes: npt.NDArray[np.object_],
    address: Address,
) -> pyproj.CRS | None:
    """The system that the geometries name by its number; None where it is zero."""
    # The number (SRID) of each system among the geometries, once.
    srids = np.unique(shapely.get_srid(shapes[~shapely.is_missing(shapes)]))
    if len(srids) > 1:
        raise refuse("srid-mixed", file=address.shown, value=", ".join(str(srid) for srid in srids))
    if not len(srids) or srids[0] <= 0:
        return None
    system = _system(connection, int(srids[0]))
    # By authority and code; where that is unknown here, by its definition.
    texts = [] if system is None else [f"{system[0]}:{system[1]}", str(system[2])]
    for text in texts:
        if names_file(text):
            raise refuse("crs-names-file", file=address.shown, value=srids[0])
        try:
            return pyproj.CRS.from_user_input(text)
        except pyproj.exceptions.CRSError:
            continue
    raise refuse("srid-unknown", file=address.shown, value=srids[0])
