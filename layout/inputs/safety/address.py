"""Addresses of tables in a database: the only inputs that are not files of the study's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from layout.core.problems import refuse

__all__ = ["Address", "is_address", "parse_address", "without_password"]

_SCHEME = re.compile(r"\s*postgres(?:ql)?://", re.IGNORECASE)
_PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^".|]+))\s*')
_IN_URL = re.compile(r"(://[^/:@|]*):.*@", re.DOTALL)
_IN_WORDS = re.compile(r"(password\s*=\s*)('(?:\\.|[^'])*'|[^\s&|'\"]+)", re.IGNORECASE)

_PORTS = re.compile(r"(?:\d{1,5}(?:,\d{1,5})*)?")

_OPTIONS = ("host", "port", "sslmode")
"""What may follow a question mark; other settings come from the client's environment."""

EXAMPLE = "postgresql://USER@HOST:5432/DATABASE|SCHEMA.TABLE"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a table is: the server, the table and, where it has several, the geometry's column.

    ``shown`` is the address as it may be shown anywhere: without the password.
    """

    user: str
    password: str = field(repr=False)
    host: str
    port: str
    database: str
    sslmode: str
    schema: str
    table: str
    geometry: str
    shown: str


def is_address(text: str) -> bool:
    """Tell whether an input is a table of a PostgreSQL database.

    Parameters
    ----------
    text
        As written in the study file.
    """
    return _SCHEME.match(text) is not None


def without_password(text: str) -> str:
    """Blank out what may be a password in an address of any kind.

    Parameters
    ----------
    text
        Anything that a study file may hold.

    Returns
    -------
    str
        The same, with ``***`` for a password.
    """
    return _IN_WORDS.sub(r"\1***", _IN_URL.sub(r"\1:***@", text))


def parse_address(text: str, *, file: str, key: str) -> Address:
    """Take the address of a table apart.

    Parameters
    ----------
    text
        ``postgresql://user:password@host:port/database|schema.table|column``; user, password,
        port, schema and the column of the geometry may be left out. What holds ``@ : / ? # | %``
        is written with percent signs, as in any address; names of the table are put in double
        quotes where they contain a dot. ``?sslmode=…`` and ``?host=/folder/of/a/socket`` may follow
        the database.
    file, key
        Study file and key, for the problem.

    Returns
    -------
    Address
        The parts.

    Raises
    ------
    InputError
        Code ``database-address``; the password is in none of its words.
    """
    place: dict[str, Any] = {
        "file": file,
        "column": key,
        "value": without_password(text),
        "example": EXAMPLE,
    }
    url, _, rest = text.strip().partition("|")
    names, _, geometry = rest.partition("|")
    try:
        parts = urlsplit(url.strip())
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        # Without its cause, whose text may hold the password.
        raise refuse("database-address", **place) from None
    database = unquote(parts.path.lstrip("/"))
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise refuse("database-address:unknown", names=", ".join(unknown), **place)
    user, password, host, port = _server(parts)
    host, port = options.get("host", host), options.get("port", port)
    # A sign of the password that is not written with its number would end up in these parts.
    if "@" in parts.path + parts.query + parts.fragment or not _PORTS.fullmatch(port):
        raise refuse("database-address", **place)
    if not database or "/" in database or parts.fragment:
        raise refuse("database-address:database", **place)
    table = _names(names)
    if not 1 <= len(table) <= 2:
        raise refuse("database-address:table", **place)
    column = _names(geometry)
    return Address(
        user=user,
        password=password,
        host=host,
        port=port,
        database=database,
        sslmode=options.get("sslmode", ""),
        schema=table[0] if len(table) == 2 else "",
        table=table[-1],
        geometry=column[0] if column else "",
        shown="|".join(
            part.strip() for part in (_shown(user, host, port, database), names, geometry) if part
        ),
    )


def _server(parts: SplitResult) -> tuple[str, str, str, str]:
    """User, password, host and port; `SplitResult.hostname` would change the letters' case."""
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    # An IPv6 address is written in brackets, for it has colons itself.
    bracket, _, port = where.rpartition("]") if "]" in where else ("", "", where)
    host, _, port = (bracket.lstrip("["), "", port.lstrip(":")) if bracket else port.partition(":")
    return unquote(user), unquote(password), unquote(host), port


def _shown(user: str, host: str, port: str, database: str) -> str:
    who = f"{quote(user)}@" if user else ""
    at = f"[{host}]" if host.count(":") > 1 else quote(host, safe=".,")
    return f"postgresql://{who}{at}{':' + port if port else ''}/{quote(database)}"


def _names(text: str) -> list[str]:
    """Split ``schema.table`` at its dot; a text in double quotes is one name."""
    names: list[str] = []
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            return []
        # A double quote within a quoted name is written twice.
        quoted, plain = part.groups()
        names.append(quoted.replace('""', '"') if quoted is not None else plain.strip())
        at = part.end()
        if at < len(text):
            if text[at] != ".":
                return []
            at += 1
            if at == len(text):
                return []
    return names if all(names) else []
