"""GeoPackages: databases, of which only plain tables are read and no query is run.

A view of a database is a query that may never end or make a million rows of nothing; a trigger or
a computed column is a program too. All of this is done to a private copy, never to the input.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from layout.core.problems import refuse
from layout.core.text import sentence
from layout.inputs.safety.limits import MAX_ROWS, check_size

__all__ = ["MAX_TABLES", "plain_geopackage"]

MAX_TABLES = 2_000
"""Of all kinds; a layer has up to five, and each is looked at."""

_STEPS, _MOST_CALLS = 1_000_000, 500
"""After so many steps of SQLite's machine, times so many, a look at a file has gone astray."""
_LEAST_LENGTH = 10_000_000
_DAMAGE = re.compile(r"\b(?:page|cell|btree|tree|overflow|offset)\b", re.IGNORECASE)
"""Damage of the file itself, as a page that two rows share; rows may break rules of their table."""
_COMPUTED = (2, 3)


def plain_geopackage(path: Path, layer: str, *, file: str) -> None:
    """Take views, triggers and virtual tables out of a private copy, and look at its size.

    Parameters
    ----------
    path
        A copy that nobody else reads; it is changed.
    layer
        The layer that is wanted, "" for any.
    file
        Name of the input, for the problems.

    Raises
    ------
    InputError
        Codes ``layer-view``, ``too-large``, ``vector``.
    """
    # With changes that wait beside the copy.
    size = sum(part.stat().st_size for part in path.parent.iterdir())
    try:
        with closing(sqlite3.connect(path)) as package:
            _plain(package, layer, file, size)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise refuse("vector", file=file, error=str(error)[:200]) from error


def _plain(package: sqlite3.Connection, layer: str, file: str, size: int) -> None:
    calls = 0

    def astray() -> bool:
        nonlocal calls
        calls += 1
        return calls > _MOST_CALLS

    package.set_progress_handler(astray, _STEPS)
    # No row is longer than its file; one step that makes a longer text is not counted as many.
    package.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(size, _LEAST_LENGTH))
    package.execute("PRAGMA trusted_schema = OFF")
    package.execute("PRAGMA cell_size_check = ON")
    package.execute("PRAGMA ignore_check_constraints = ON")
    # Changes that wait in a file of their own go into the copy.
    package.execute("PRAGMA journal_mode = DELETE")
    entries = package.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    queries = {name for kind, name, sql in entries if kind == "view" or _is_virtual(kind, sql)}
    tables = [str(name) for kind, name, _ in entries if kind == "table" and name not in queries]
    if len(tables) > MAX_TABLES:
        raise refuse(
            "vector", file=file, error=sentence("it has {count:table|tables}", count=len(tables))
        )
    _check_views(package, layer, queries, file)
    columns = {name: _columns(package, name, file) for name in tables}
    # Only now: this look would compute what a column or a rule says.
    damage = [str(row[0]) for row in package.execute("PRAGMA quick_check(20)")]
    if told := next((text for text in damage if _DAMAGE.search(text)), None):
        raise refuse("vector", file=file, error=told[:200])
    package.execute("PRAGMA writable_schema = ON")
    package.execute(
        "DELETE FROM sqlite_master WHERE type IN ('view', 'trigger') "
        "OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL%')"
    )
    package.commit()
    for name, count in columns.items():
        _check_rows(package, name, count, file)


def _is_virtual(kind: str, sql: str | None) -> bool:
    return kind == "table" and (sql or "").lstrip().upper().startswith("CREATE VIRTUAL")


def _check_views(package: sqlite3.Connection, layer: str, queries: set[str], file: str) -> None:
    """Refuse what is wanted but no table, and a package whose own lists are queries."""
    own = next((name for name in sorted(queries) if name.lower().startswith("gpkg_")), None)
    if own is not None:
        raise refuse("layer-view", file=file, layer=own)
    listed = [row[0] for row in package.execute("SELECT table_name FROM gpkg_contents")]
    if layer in queries or (not layer and listed and set(listed) <= queries):
        raise refuse("layer-view", file=file, layer=layer or listed[0])


def _columns(package: sqlite3.Connection, name: str, file: str) -> int:
    """Count the columns of a table, of which none may be computed."""
    columns = package.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
    if any(column[6] in _COMPUTED for column in columns):
        raise refuse("layer-view", file=file, layer=name)
    return len(columns)


def _check_rows(package: sqlite3.Connection, name: str, columns: int, file: str) -> None:
    some = f"SELECT 1 FROM {_quoted(name)} LIMIT {MAX_ROWS + 1}"
    count = package.execute(f"SELECT count(*) FROM ({some})").fetchone()[0]
    check_size(count, columns, file=file)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
