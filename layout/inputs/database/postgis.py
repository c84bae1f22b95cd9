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
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from layout.core.errors import InputError, Problem
from layout.core.progress import step
from layout.core.text import tr
from layout.inputs.safety.address import Address
from layout.inputs.safety.archive import MAX_INFLATED
from layout.inputs.safety.paths import Source
from layout.inputs.tables.reading import MAX_COLUMNS, MAX_ROWS

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
"""Where a table of a study comes from: a file and what is meant in it, or rows of a database."""


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
        plain = [name for name, kind in columns if kind not in _SHAPES]
        names = [*plain, *([shape] if shape else [])]
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


def _refuse(
    address: Address, code: str, reason: str, remedy: str, *, column: str = "", value: str = ""
) -> InputError:
    return InputError(
        Problem(
            code=code,
            file=address.shown,
            column=column,
            value=value,
            reason=reason,
            remedy=remedy,
        )
    )


@contextmanager
def _connected(address: Address) -> Iterator[Connection]:
    """Open a transaction that can only read; what goes wrong within becomes a problem."""
    try:
        import psycopg
    except ImportError as error:
        raise _refuse(
            address,
            "database-driver",
            tr("Tables of a database need the driver psycopg, which is not installed."),
            tr("Install it: pip install “psycopg[binary]”; or save the table as a file."),
        ) from error
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
        raise _refuse(
            address,
            "database-connection",
            tr("The database cannot be reached: {error}.", error=_said(error, address)),
            tr(
                "Check server, port, database, user and password; a password may also stand in the "
                "variable PGPASSWORD or in the file .pgpass."
            ),
        ) from None
    try:
        with connection:
            connection.read_only = True
            for setting in _SETTINGS:
                connection.execute(setting)
            yield connection
    except psycopg.errors.QueryCanceled as error:
        raise _refuse(
            address,
            "database-timeout",
            tr("The database did not answer within {seconds} seconds.", seconds=STATEMENT_S),
            tr("Read from a table instead of a view that computes, or save it as a file."),
        ) from error
    except (
        psycopg.errors.CharacterNotInRepertoire,
        psycopg.errors.UntranslatableCharacter,
        UnicodeDecodeError,
    ) as error:
        raise _refuse(
            address,
            "database-encoding",
            tr("The database holds text that is not in the encoding it declares."),
            tr("Save the table as a file in UTF-8."),
        ) from error
    except psycopg.Error as error:
        raise _refuse(
            address,
            "database-read",
            tr("The table cannot be read: {error}.", error=_said(error, address)),
            tr("Ask who runs the database for the right to read this table."),
        ) from None


def _said(error: Exception, address: Address) -> str:
    """First line of what the server said, without the password should it be in there."""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
    return text.replace(address.password, "***") if address.password else text


def _identifier(address: Address) -> sql.Identifier:
    from psycopg import sql

    return sql.Identifier(*(name for name in (address.schema, address.table) if name))


def _columns(connection: Connection, address: Address) -> list[tuple[str, str]]:
    """Names and types of the table's columns."""
    quoted = _identifier(address).as_string(connection)
    found = [(str(a), str(b)) for a, b in connection.execute(_COLUMNS, [quoted]).fetchall()]
    if not found:
        present = connection.execute(_TABLES, [address.schema, address.schema]).fetchall()
        raise _refuse(
            address,
            "database-table",
            tr("The database has no table {name}.", name=quoted),
            tr("Use one of: {choices}.", choices=", ".join(str(name) for (name,) in present))
            if present
            else tr("Correct the name of the table, with its schema: SCHEMA.TABLE."),
            value=address.table,
        )
    if len(found) > MAX_COLUMNS:
        raise _too_large(address, 0, len(found))
    return found


def _too_large(address: Address, rows: int, columns: int) -> InputError:
    return _refuse(
        address,
        "too-large",
        tr("The table has {rows} rows and {columns} columns.", rows=rows, columns=columns),
        tr("Keep only the table that is needed."),
    )


def _shape_column(
    connection: Connection, address: Address, columns: list[tuple[str, str]], geometry: Geometry
) -> str:
    """Name of the column with the geometry; "" where there is none or none is wanted."""
    held = [name for name, kind in columns if kind in _SHAPES]
    if geometry == "ignored" or (geometry == "possible" and not held):
        return ""
    if address.geometry in held:
        return address.geometry
    if held and not address.geometry:
        if len(held) == 1:
            return held[0]
        raise _refuse(
            address,
            "geometry-choice",
            tr("The table has several columns with geometries."),
            tr("Name one after a second bar: {choices}.", choices=", ".join(held)),
        )
    if not held and connection.execute(_POSTGIS).fetchone() is None:
        raise _refuse(
            address,
            "postgis-missing",
            tr("The database has no PostGIS, so the table cannot hold geometries."),
            tr("Use a database with PostGIS, or a file such as a GeoPackage."),
        )
    raise _refuse(
        address,
        "no-geometry-column",
        tr("The table has no column with geometries of this name.")
        if address.geometry
        else tr("The table has no column with geometries."),
        tr("Use one of: {choices}.", choices=", ".join(held))
        if held
        else tr("Name a table or view with a column of the type geometry."),
        value=address.geometry,
    )


def _rows(connection: Connection, address: Address, names: list[str]) -> Iterator[Cells]:
    """Give all rows, cells as PostgreSQL writes them; stop at what no file may hold either."""
    from psycopg import sql

    query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names),
        _identifier(address),
        sql.Literal(MAX_ROWS + 1),
    )
    count = size = 0
    with connection.cursor(name="layout") as cursor:
        cursor.execute(query)
        while batch := cursor.fetchmany(_BATCH):
            count += len(batch)
            size += sum(len(cell) for row in batch for cell in row if cell)
            if count > MAX_ROWS or size > MAX_INFLATED:
                raise _too_large(address, count, len(names))
            for row in batch:
                yield tuple([cell or "" for cell in row])


def _sha256(names: list[str], rows: list[Cells]) -> str:
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
        raise _refuse(
            address,
            "vector",
            tr("The layer cannot be read: {error}.", error=str(error)[:200]),
            tr("Convert curves to lines (ST_CurveToLine) in a view and name that."),
        ) from error


def _system(connection: Connection, srid: int) -> tuple[object, ...] | None:
    """What the database knows of a coordinate system; PostGIS may stand in any schema."""
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
    held = np.unique(shapely.get_srid(shapes[~shapely.is_missing(shapes)]))
    if len(held) > 1:
        raise _refuse(
            address,
            "srid-mixed",
            tr("The geometries are in several coordinate systems."),
            tr("Bring them into one (ST_Transform) in a view and name that."),
            value=", ".join(str(srid) for srid in held),
        )
    if not len(held) or held[0] <= 0:
        return None
    found = _system(connection, int(held[0]))
    texts = [] if found is None else [f"{found[0]}:{found[1]}", str(found[2])]
    for text in texts:
        try:
            return pyproj.CRS.from_user_input(text)
        except pyproj.exceptions.CRSError:
            continue
    raise _refuse(
        address,
        "srid-unknown",
        tr("The coordinate system of the geometries is not known."),
        tr("Give them a usual one (ST_SetSRID, ST_Transform), as 4326 or 4490."),
        value=str(held[0]),
    )
