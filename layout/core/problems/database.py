"""Problems of tables of a database."""

from __future__ import annotations

from layout.core.problems.form import Form, error

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "database-address": error(
        "The address of the database cannot be read.",
        "Write {example}; signs such as @ : / | % in a name or password as %40 and so on.",
    ),
    "database-address:database": error(
        "The address names no database.",
        "Write {example}; signs such as @ : / | % in a name or password as %40 and so on.",
    ),
    "database-address:table": error(
        "The address names no table after a bar.",
        "Write {example}; signs such as @ : / | % in a name or password as %40 and so on.",
    ),
    "database-address:unknown": error(
        "The address sets what is not known here: {names}.",
        "Write {example}; signs such as @ : / | % in a name or password as %40 and so on.",
    ),
    "database-connection": error(
        "The database cannot be reached: {error}.",
        "Check server, port, database, user and password; a password may also stand in the "
        "variable PGPASSWORD or in the file .pgpass.",
    ),
    "database-driver": error(
        "Tables of a database need the driver psycopg, which is not installed.",
        "Install it: pip install “psycopg[binary]”; or save the table as a file.",
    ),
    "database-encoding": error(
        "The database holds text that is not in the encoding it declares.",
        "Save the table as a file in UTF-8.",
    ),
    "database-read": error(
        "The table cannot be read: {error}.",
        "Ask who runs the database for the right to read this table.",
    ),
    "database-table": error(
        "The database has no table {name}.",
        "Correct the name of the table, with its schema: SCHEMA.TABLE.",
    ),
    "database-table:choices": error(
        "The database has no table {name}.",
        "Use one of: {choices}.",
    ),
    "database-timeout": error(
        "The database did not answer within {seconds} seconds.",
        "Read from a table instead of a view that computes, or save it as a file.",
    ),
    "geometry-choice": error(
        "The table has several columns with geometries.",
        "Name one after a second bar: {choices}.",
    ),
    "no-geometry-column": error(
        "The table has no column with geometries.",
        "Name a table or view with a column of the type geometry.",
    ),
    "no-geometry-column:named": error(
        "The table has no column with geometries of this name.",
        "Use one of: {choices}.",
    ),
    "postgis-missing": error(
        "The database has no PostGIS, so the table cannot hold geometries.",
        "Use a database with PostGIS, or a file such as a GeoPackage.",
    ),
    "srid-mixed": error(
        "The geometries are in several coordinate systems.",
        "Bring them into one (ST_Transform) in a view and name that.",
    ),
    "srid-unknown": error(
        "The coordinate system of the geometries is not known.",
        "Give them a usual one (ST_SetSRID, ST_Transform), as 4326 or 4490.",
    ),
    "vector:curves": error(
        "The layer cannot be read: {error}.",
        "Convert curves to lines (ST_CurveToLine) in a view and name that.",
    ),
}
